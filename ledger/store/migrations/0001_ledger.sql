-- Amounts are decimal texts (64-bit integers overflow at 9.22 NMR in wei), times are ISO-8601
-- texts in UTC. An amount holds digits, a point and a minus, never an exponent.

CREATE TABLE account (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    username         TEXT NOT NULL,
    as_of            TEXT NOT NULL,
    wallet_address   TEXT,
    available        TEXT NOT NULL CHECK (available <> '' AND available NOT GLOB '*[^-0-9.]*'),
    held_increases   TEXT NOT NULL CHECK (held_increases <> '' AND held_increases NOT GLOB '*[^-0-9.]*'),
    held_withdrawals TEXT NOT NULL CHECK (held_withdrawals <> '' AND held_withdrawals NOT GLOB '*[^-0-9.]*'),
    key_name         TEXT,
    currency         TEXT
) STRICT;

CREATE TABLE account_scope (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE tournament_system (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    system     TEXT NOT NULL CHECK (system IN ('continuous', 'atomic'))
) STRICT;

-- gone: Numerai no longer lists the model; it stays for the history it has.
CREATE TABLE model (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    tournament       INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    archived         INTEGER NOT NULL CHECK (archived IN (0, 1)),
    gone             INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    created          TEXT,
    earliest_release TEXT,
    one_day          TEXT,
    three_months     TEXT,
    one_year         TEXT,
    all_time         TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE reputation (
    model_id TEXT NOT NULL REFERENCES model (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT,
    rank     INTEGER,
    PRIMARY KEY (model_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE continuous_stake (
    model_id       TEXT PRIMARY KEY REFERENCES model (id),
    settled        TEXT NOT NULL CHECK (settled <> '' AND settled NOT GLOB '*[^-0-9.]*'),
    projected      TEXT NOT NULL CHECK (projected <> '' AND projected NOT GLOB '*[^-0-9.]*'),
    take_profit    INTEGER CHECK (take_profit IN (0, 1)),
    pending_kind   TEXT CHECK (pending_kind IN ('increase', 'decrease', 'drain')),
    pending_amount TEXT CHECK (pending_amount <> '' AND pending_amount NOT GLOB '*[^-0-9.]*'),
    pending_due    TEXT,
    pending_status TEXT,
    pending_id     TEXT,
    CHECK ((pending_kind IS NULL) = (pending_amount IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE scheduled_transaction (
    position   INTEGER PRIMARY KEY,
    model_name TEXT NOT NULL,
    tournament INTEGER,
    type       TEXT,
    amount     TEXT NOT NULL CHECK (amount <> '' AND amount NOT GLOB '*[^-0-9.]*'),
    status     TEXT,
    time       TEXT,
    due        TEXT,
    drain      INTEGER NOT NULL CHECK (drain IN (0, 1))
) STRICT;

CREATE TABLE round (
    tournament      INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    number          INTEGER NOT NULL,
    opens           TEXT NOT NULL,
    closes          TEXT,
    closes_staking  TEXT,
    scored          TEXT,
    resolves        TEXT,
    resolved        INTEGER NOT NULL CHECK (resolved IN (0, 1)),
    payout_factor   TEXT,
    stake_threshold TEXT,
    target          TEXT,
    PRIMARY KEY (tournament, number DESC)
) STRICT, WITHOUT ROWID;

CREATE TABLE round_score (
    tournament      INTEGER NOT NULL,
    round           INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    name            TEXT NOT NULL,
    display_name    TEXT NOT NULL,
    version         TEXT,
    is_payout       INTEGER NOT NULL CHECK (is_payout IN (0, 1)),
    multiplier      TEXT,
    clip            TEXT,
    payout_factor   TEXT,
    stake_threshold TEXT,
    days            INTEGER,
    PRIMARY KEY (tournament, round DESC, position),
    FOREIGN KEY (tournament, round) REFERENCES round (tournament, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Clustered the way it is read: one tournament, newest round first.
CREATE TABLE performance (
    tournament    INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round         INTEGER NOT NULL,
    model_id      TEXT NOT NULL,
    at_risk       TEXT NOT NULL CHECK (at_risk <> '' AND at_risk NOT GLOB '*[^-0-9.]*'),
    payout        TEXT CHECK (payout <> '' AND payout NOT GLOB '*[^-0-9.]*'),
    state         TEXT NOT NULL CHECK (state IN ('pending', 'settled')),
    source        TEXT CHECK (source IN ('numerai', 'scores', 'computed')),
    factor        TEXT,
    clip          TEXT,
    resolves      TEXT,
    submission_id TEXT,
    PRIMARY KEY (tournament, round DESC, model_id),
    UNIQUE (model_id, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE score (
    model_id   TEXT NOT NULL,
    round      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    position   INTEGER NOT NULL,
    value      TEXT,
    percentile TEXT,
    day        INTEGER,
    multiplier TEXT,
    PRIMARY KEY (model_id, round, name),
    FOREIGN KEY (model_id, round) REFERENCES performance (model_id, round) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE submission (
    tournament    INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round         INTEGER NOT NULL,
    model_id      TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('submitted', 'late', 'missed', 'awaited')),
    at            TEXT,
    submission_id TEXT,
    PRIMARY KEY (tournament, round DESC, model_id),
    UNIQUE (model_id, round)
) STRICT, WITHOUT ROWID;

-- Numerai gives transactions no id, and fills in hashes and prices later. What never changes
-- tells them apart; copy counts those that are alike even so.
CREATE TABLE stake_transaction (
    id         INTEGER PRIMARY KEY,
    model_id   TEXT NOT NULL,
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER,
    type       TEXT NOT NULL,
    amount     TEXT NOT NULL CHECK (amount <> '' AND amount NOT GLOB '*[^-0-9.]*'),
    time       TEXT NOT NULL,
    copy       INTEGER NOT NULL,
    note       TEXT,
    nmr_price  TEXT
) STRICT;
CREATE UNIQUE INDEX stake_transaction_key
    ON stake_transaction (model_id, tournament, coalesce(round, -1), type, amount, time, copy);

CREATE TABLE wallet_transaction (
    id         INTEGER PRIMARY KEY,
    type       TEXT,
    amount     TEXT NOT NULL CHECK (amount <> '' AND amount NOT GLOB '*[^-0-9.]*'),
    time       TEXT NOT NULL,
    sender     TEXT,
    receiver   TEXT,
    tournament INTEGER,
    copy       INTEGER NOT NULL,
    tx_hash    TEXT,
    status     TEXT
) STRICT;
CREATE UNIQUE INDEX wallet_transaction_key
    ON wallet_transaction (
        time, amount, coalesce(type, ''), coalesce(sender, ''), coalesce(receiver, ''),
        coalesce(tournament, -1), copy
    );

CREATE TABLE price (
    at       TEXT NOT NULL,
    currency TEXT NOT NULL,
    source   TEXT NOT NULL,
    price    TEXT NOT NULL,
    PRIMARY KEY (currency, at, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE fetched (
    model_id    TEXT PRIMARY KEY,
    first_round INTEGER NOT NULL,
    final_to    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sync (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    started  TEXT NOT NULL,
    finished TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    requests INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    rounds   INTEGER NOT NULL
) STRICT;
CREATE INDEX sync_done ON sync (id) WHERE outcome = 'done';

CREATE TABLE sync_problem (
    sync_id  INTEGER NOT NULL REFERENCES sync (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    place    TEXT NOT NULL,
    field    TEXT NOT NULL,
    what     TEXT NOT NULL,
    PRIMARY KEY (sync_id, position)
) STRICT, WITHOUT ROWID;

-- The queue. A change's wish never alters, its state moves forward only, and nothing of its
-- history can be rewritten or removed.

CREATE TABLE change (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    tournament        INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    model_id          TEXT NOT NULL,
    model_name        TEXT NOT NULL,
    system            TEXT NOT NULL CHECK (system IN ('continuous', 'atomic')),
    kind              TEXT NOT NULL CHECK (kind IN (
                          'increase', 'decrease', 'drain', 'cancel-release',
                          'take-profit-on', 'take-profit-off',
                          'set-per-round', 'set-mode', 'set-enabled', 'deposit', 'withdraw')),
    nmr               TEXT CHECK (nmr <> '' AND nmr NOT GLOB '*[^0-9.]*'),
    state             TEXT NOT NULL CHECK (state IN (
                          'draft', 'queued', 'waiting', 'sending', 'accepted', 'settled',
                          'refused', 'unknown', 'cancelled')),
    not_before        TEXT,
    not_before_round  INTEGER,
    after_change      INTEGER REFERENCES change (id),
    when_release_gone INTEGER NOT NULL CHECK (when_release_gone IN (0, 1)),
    when_free         TEXT CHECK (when_free <> '' AND when_free NOT GLOB '*[^0-9.]*'),
    reason            TEXT NOT NULL,
    created           TEXT NOT NULL,
    updated           TEXT NOT NULL,
    CHECK (kind NOT IN ('increase', 'decrease', 'deposit', 'withdraw')
           OR (nmr IS NOT NULL AND nmr <> '0'))
) STRICT;
CREATE INDEX change_by_state ON change (state);

-- A model has one request under way at most: the last fence against sending twice.
CREATE UNIQUE INDEX change_under_way ON change (model_id) WHERE state IN ('sending', 'unknown');

CREATE TRIGGER change_starts_as_draft BEFORE INSERT ON change
WHEN NEW.state <> 'draft' OR EXISTS (SELECT 1 FROM change WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a change starts as a draft of its own'); END;

CREATE TRIGGER change_keeps_its_wish BEFORE UPDATE OF
    id, tournament, model_id, model_name, system, kind, nmr, not_before, not_before_round,
    after_change, when_release_gone, when_free, reason, created ON change
BEGIN SELECT RAISE(ABORT, 'what a change wants can not be altered'); END;

CREATE TRIGGER change_is_sent_once BEFORE UPDATE OF state ON change
WHEN NEW.state = 'sending' AND OLD.state NOT IN ('queued', 'waiting')
BEGIN SELECT RAISE(ABORT, 'a change is sent once'); END;

CREATE TRIGGER change_stays_ended BEFORE UPDATE OF state ON change
WHEN OLD.state IN ('settled', 'refused', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'the change has ended'); END;

CREATE TRIGGER change_is_never_deleted BEFORE DELETE ON change
BEGIN SELECT RAISE(ABORT, 'changes are never deleted'); END;

CREATE TABLE change_event (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id INTEGER NOT NULL REFERENCES change (id),
    at        TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN (
                  'draft', 'queued', 'waiting', 'sending', 'accepted', 'settled',
                  'refused', 'unknown', 'cancelled')),
    reason    TEXT NOT NULL,
    attempt   TEXT,
    request   TEXT,
    answer    TEXT
) STRICT;
CREATE INDEX change_event_by_change ON change_event (change_id, id);

-- Each sending has an attempt of its own, and a change has one sending.
CREATE UNIQUE INDEX change_event_attempt ON change_event (attempt) WHERE state = 'sending';
CREATE UNIQUE INDEX change_event_sending ON change_event (change_id) WHERE state = 'sending';

CREATE TRIGGER change_event_is_appended BEFORE INSERT ON change_event
WHEN EXISTS (SELECT 1 FROM change_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_event_is_never_altered BEFORE UPDATE ON change_event
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_event_is_never_deleted BEFORE DELETE ON change_event
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

-- The account around an event, as far as the change can alter it.
CREATE TABLE change_snapshot (
    event_id       INTEGER NOT NULL REFERENCES change_event (id),
    side           TEXT NOT NULL CHECK (side IN ('before', 'after')),
    taken          TEXT NOT NULL,
    available      TEXT NOT NULL CHECK (available <> '' AND available NOT GLOB '*[^-0-9.]*'),
    held           TEXT NOT NULL CHECK (held <> '' AND held NOT GLOB '*[^-0-9.]*'),
    settled        TEXT NOT NULL CHECK (settled <> '' AND settled NOT GLOB '*[^-0-9.]*'),
    take_profit    INTEGER CHECK (take_profit IN (0, 1)),
    pending_kind   TEXT,
    pending_amount TEXT CHECK (pending_amount <> '' AND pending_amount NOT GLOB '*[^-0-9.]*'),
    pending_due    TEXT,
    pending_id     TEXT,
    scheduled      INTEGER NOT NULL,
    PRIMARY KEY (event_id, side)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER change_snapshot_is_appended BEFORE INSERT ON change_snapshot
WHEN EXISTS (SELECT 1 FROM change_snapshot WHERE event_id = NEW.event_id AND side = NEW.side)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_snapshot_is_never_altered BEFORE UPDATE ON change_snapshot
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_snapshot_is_never_deleted BEFORE DELETE ON change_snapshot
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;
