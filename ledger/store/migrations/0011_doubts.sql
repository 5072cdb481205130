-- What a change rests on is kept with it, what was not told of an account is null, and what was
-- limited by its rate and proved not to have arrived may be sent again. Nothing else may.

ALTER TABLE change_snapshot RENAME TO former_snapshot;
CREATE TABLE change_snapshot (
    event_id       INTEGER NOT NULL REFERENCES change_event (id),
    side           TEXT NOT NULL CHECK (side IN ('before', 'after')),
    taken          TEXT NOT NULL,
    available      TEXT CHECK (available <> '' AND available NOT GLOB '*[^-0-9.]*'),
    held           TEXT CHECK (held <> '' AND held NOT GLOB '*[^-0-9.]*'),
    settled        TEXT CHECK (settled <> '' AND settled NOT GLOB '*[^-0-9.]*'),
    take_profit    INTEGER CHECK (take_profit IN (0, 1)),
    pending_kind   TEXT,
    pending_amount TEXT CHECK (pending_amount <> '' AND pending_amount NOT GLOB '*[^-0-9.]*'),
    pending_due    TEXT,
    pending_id     TEXT,
    scheduled      INTEGER,
    pending_known  INTEGER NOT NULL DEFAULT 1 CHECK (pending_known IN (0, 1)),
    PRIMARY KEY (event_id, side)
) STRICT, WITHOUT ROWID;
INSERT INTO change_snapshot (event_id, side, taken, available, held, settled, take_profit,
        pending_kind, pending_amount, pending_due, pending_id, scheduled)
    SELECT event_id, side, taken, available, held, settled, take_profit,
        pending_kind, pending_amount, pending_due, pending_id, scheduled FROM former_snapshot;
DROP TABLE former_snapshot;

CREATE TRIGGER change_snapshot_is_appended BEFORE INSERT ON change_snapshot
WHEN EXISTS (SELECT 1 FROM change_snapshot WHERE event_id = NEW.event_id AND side = NEW.side)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_snapshot_is_never_altered BEFORE UPDATE ON change_snapshot
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_snapshot_is_never_deleted BEFORE DELETE ON change_snapshot
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

-- What the ledger held of a model when a change on it was confirmed, and when it was sent.
-- open_rounds: rounds that had not paid yet, separated by commas.
CREATE TABLE change_basis (
    event_id       INTEGER PRIMARY KEY REFERENCES change_event (id),
    as_of          TEXT,
    model_name     TEXT,
    tournament     INTEGER CHECK (tournament IN (8, 11, 12)),
    settled        TEXT CHECK (settled <> '' AND settled NOT GLOB '*[^-0-9.]*'),
    take_profit    INTEGER CHECK (take_profit IN (0, 1)),
    pending_known  INTEGER NOT NULL CHECK (pending_known IN (0, 1)),
    pending_kind   TEXT,
    pending_amount TEXT CHECK (pending_amount <> '' AND pending_amount NOT GLOB '*[^-0-9.]*'),
    pending_due    TEXT,
    pending_id     TEXT,
    newest_round   INTEGER,
    open_rounds    TEXT NOT NULL CHECK (open_rounds NOT GLOB '*[^0-9,]*')
) STRICT;

CREATE TRIGGER change_basis_is_appended BEFORE INSERT ON change_basis
WHEN EXISTS (SELECT 1 FROM change_basis WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_basis_is_never_altered BEFORE UPDATE ON change_basis
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_basis_is_never_deleted BEFORE DELETE ON change_basis
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

-- Of what is confirmed already nobody knows what it was confirmed on: what the ledger holds now
-- stands in, so that whatever happens from here on is noticed.
INSERT INTO change_basis
SELECT (SELECT max(event.id) FROM change_event event WHERE event.change_id = change.id),
    (SELECT as_of FROM account), model.name, model.tournament,
    CASE WHEN model.id IS NULL OR untold.stake THEN NULL WHEN stake.model_id IS NULL THEN '0'
        ELSE stake.settled END,
    CASE WHEN untold.take_profit THEN NULL ELSE stake.take_profit END,
    NOT untold.pending,
    CASE WHEN NOT untold.pending THEN stake.pending_kind END,
    CASE WHEN NOT untold.pending THEN stake.pending_amount END,
    CASE WHEN NOT untold.pending THEN stake.pending_due END,
    CASE WHEN NOT untold.pending THEN stake.pending_id END,
    (SELECT max(round) FROM performance WHERE performance.model_id = change.model_id),
    coalesce((SELECT group_concat(round) FROM performance
              WHERE performance.model_id = change.model_id AND state = 'pending'), '')
FROM change
LEFT JOIN model ON model.id = change.model_id
LEFT JOIN continuous_stake stake ON stake.model_id = change.model_id
JOIN (
    SELECT id AS change_id,
        EXISTS (SELECT 1 FROM missing_fact
                WHERE subject = model_id AND fact = 'stake') AS stake,
        EXISTS (SELECT 1 FROM missing_fact
                WHERE subject = model_id AND fact = 'pending') AS pending,
        EXISTS (SELECT 1 FROM missing_fact
                WHERE subject = model_id AND fact = 'take-profit') AS take_profit
    FROM change
) untold ON untold.change_id = change.id
WHERE change.state IN ('queued', 'waiting');

-- rate-limited: the answer to this very sending was that requests come too fast. not-arrived: the
-- account beside this event proves that it was not applied.
ALTER TABLE change_event ADD COLUMN cause TEXT CHECK (cause IN ('rate-limited', 'not-arrived'));

DROP INDEX change_event_sending;
CREATE INDEX change_event_sending ON change_event (change_id, id) WHERE state = 'sending';

CREATE TRIGGER change_event_comes_last AFTER INSERT ON change_event
WHEN EXISTS (SELECT 1 FROM change_event WHERE id > NEW.id)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

-- The newest sending of each change. limited: the first thing said of it was that requests come
-- too fast, and nothing since then that it arrived. returned: it was proved that it did not.
CREATE VIEW change_last_sending AS
SELECT sent.change_id, sent.id AS event_id, sent.attempt,
    (SELECT count(*) FROM change_event any_sent
     WHERE any_sent.change_id = sent.change_id AND any_sent.state = 'sending') AS number,
    coalesce(
        (SELECT answer.cause IS 'rate-limited' AND answer.attempt = sent.attempt
         FROM change_event answer WHERE answer.change_id = sent.change_id AND answer.id > sent.id
         ORDER BY answer.id LIMIT 1), 0)
    AND NOT EXISTS (
        SELECT 1 FROM change_event later WHERE later.change_id = sent.change_id
            AND later.id > sent.id
            AND later.state IN ('accepted', 'settled', 'refused', 'cancelled')) AS limited,
    EXISTS (
        SELECT 1 FROM change_event proof
        JOIN change_snapshot account ON account.event_id = proof.id AND account.side = 'after'
        WHERE proof.change_id = sent.change_id AND proof.id > sent.id
            AND proof.cause = 'not-arrived') AS returned
FROM change_event sent
WHERE sent.state = 'sending' AND NOT EXISTS (
    SELECT 1 FROM change_event newer WHERE newer.change_id = sent.change_id
        AND newer.state = 'sending' AND newer.id > sent.id);

CREATE TRIGGER change_event_tells_of_a_limit BEFORE INSERT ON change_event
WHEN NEW.cause = 'rate-limited' AND (NEW.state <> 'unknown' OR NOT EXISTS (
    SELECT 1 FROM change_last_sending sent WHERE sent.change_id = NEW.change_id
        AND sent.attempt = NEW.attempt AND sent.event_id = (
            SELECT max(id) FROM change_event WHERE change_id = NEW.change_id)))
BEGIN SELECT RAISE(ABORT, 'only the answer to a sending can be about its rate'); END;

CREATE TRIGGER change_event_tells_of_a_return BEFORE INSERT ON change_event
WHEN NEW.cause = 'not-arrived' AND (NEW.state <> 'waiting' OR NOT EXISTS (
    SELECT 1 FROM change_last_sending sent WHERE sent.change_id = NEW.change_id
        AND sent.attempt = NEW.attempt AND sent.limited AND NOT sent.returned
        AND sent.number < 3))
BEGIN SELECT RAISE(ABORT, 'only what was limited by its rate can return'); END;

CREATE TRIGGER change_event_is_sent_once BEFORE INSERT ON change_event
WHEN NEW.state = 'sending' AND EXISTS (
    SELECT 1 FROM change_last_sending sent WHERE sent.change_id = NEW.change_id
        AND NOT (sent.limited AND sent.returned AND sent.number < 3))
BEGIN SELECT RAISE(ABORT, 'a change is sent once'); END;

DROP TRIGGER change_is_sent_once;

CREATE TRIGGER change_is_sent_once BEFORE UPDATE OF state ON change
WHEN NEW.state = 'sending' AND (OLD.state NOT IN ('queued', 'waiting') OR EXISTS (
    SELECT 1 FROM change_last_sending sent WHERE sent.change_id = NEW.id
        AND NOT (sent.limited AND sent.returned AND sent.number < 3)))
BEGIN SELECT RAISE(ABORT, 'a change is sent once'); END;

CREATE TRIGGER change_returns_when_it_was_limited BEFORE UPDATE OF state ON change
WHEN OLD.state = 'unknown' AND NEW.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM change_last_sending sent WHERE sent.change_id = NEW.id
        AND sent.limited AND sent.number < 3)
BEGIN SELECT RAISE(ABORT, 'only what was limited by its rate can return'); END;

CREATE TRIGGER change_never_goes_back BEFORE UPDATE OF state ON change
WHEN OLD.state IN ('sending', 'unknown', 'accepted')
    AND NEW.state IN ('draft', 'queued', 'waiting')
    AND NOT (OLD.state = 'unknown' AND NEW.state = 'waiting')
BEGIN SELECT RAISE(ABORT, 'what was sent can not be unsent'); END;
