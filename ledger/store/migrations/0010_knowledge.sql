-- What Numerai did not tell is unknown: amounts that were never told are null, and what is old or
-- unknown is listed. What is complete is proved by ranges of rounds instead of marks of progress,
-- so that every hole is known and heals by itself.

ALTER TABLE account RENAME TO former_account;
CREATE TABLE account (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    username         TEXT NOT NULL,
    as_of            TEXT NOT NULL,
    wallet_address   TEXT,
    available        TEXT CHECK (available <> '' AND available NOT GLOB '*[^-0-9.]*'),
    held_increases   TEXT CHECK (held_increases <> '' AND held_increases NOT GLOB '*[^-0-9.]*'),
    held_withdrawals TEXT CHECK (held_withdrawals <> '' AND held_withdrawals NOT GLOB '*[^-0-9.]*'),
    key_name         TEXT,
    currency         TEXT
) STRICT;
INSERT INTO account SELECT id, username, as_of, wallet_address, available, held_increases,
    held_withdrawals, key_name, currency FROM former_account;
DROP TABLE former_account;

CREATE TABLE stake (
    model_id       TEXT PRIMARY KEY REFERENCES model (id),
    settled        TEXT CHECK (settled <> '' AND settled NOT GLOB '*[^-0-9.]*'),
    projected      TEXT CHECK (projected <> '' AND projected NOT GLOB '*[^-0-9.]*'),
    take_profit    INTEGER CHECK (take_profit IN (0, 1)),
    pending_kind   TEXT CHECK (pending_kind IN ('increase', 'decrease', 'drain')),
    pending_amount TEXT CHECK (pending_amount <> '' AND pending_amount NOT GLOB '*[^-0-9.]*'),
    pending_due    TEXT,
    pending_status TEXT,
    pending_id     TEXT,
    CHECK ((pending_kind IS NULL) = (pending_amount IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO stake SELECT model_id, settled, projected, take_profit, pending_kind, pending_amount,
    pending_due, pending_status, pending_id FROM continuous_stake;
DROP TABLE continuous_stake;
ALTER TABLE stake RENAME TO continuous_stake;

CREATE TABLE performed (
    tournament    INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round         INTEGER NOT NULL,
    model_id      TEXT NOT NULL,
    at_risk       TEXT CHECK (at_risk <> '' AND at_risk NOT GLOB '*[^-0-9.]*'),
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
INSERT INTO performed SELECT tournament, round, model_id, at_risk, payout, state, source, factor,
    clip, resolves, submission_id FROM performance;
DROP TABLE performance;
ALTER TABLE performed RENAME TO performance;

-- missing_since: since when Numerai lists the model no longer; believed when it says so again.
ALTER TABLE model ADD COLUMN missing_since TEXT;

-- Returns were read as fractions and are percent: the next sync brings them.
UPDATE model SET one_day = NULL, three_months = NULL, one_year = NULL, all_time = NULL;

-- Rows for rounds without a submission were taken for submissions.
DELETE FROM submission WHERE state IN ('submitted', 'late') AND at IS NULL AND submission_id IS NULL;

-- as_of: when it was last told, null when never; since: from which sync on it is missing.
CREATE TABLE missing_fact (
    fact         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    as_of        TEXT,
    since        TEXT NOT NULL,
    why          TEXT NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
    PRIMARY KEY (fact, subject)
) STRICT, WITHOUT ROWID;

-- Rounds first to last of what are final and stored whole, or proved something else about them.
CREATE TABLE covered (
    what    TEXT NOT NULL,
    subject TEXT NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL CHECK (last >= first),
    PRIMARY KEY (what, subject, first)
) STRICT, WITHOUT ROWID;
DROP TABLE fetched;

-- A settled payout that Numerai altered afterwards.
CREATE TABLE payout_correction (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         TEXT NOT NULL,
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER NOT NULL,
    model_id   TEXT NOT NULL,
    before     TEXT NOT NULL CHECK (before <> '' AND before NOT GLOB '*[^-0-9.]*'),
    after      TEXT NOT NULL CHECK (after <> '' AND after NOT GLOB '*[^-0-9.]*')
) STRICT;

-- revision: grows with whatever a sync writes. history: whether a sync has once brought in all of
-- the history that was wanted. transactions: whether all stake transactions there were are here.
CREATE TABLE sync_state (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    revision     INTEGER NOT NULL,
    history      INTEGER NOT NULL CHECK (history IN (0, 1)),
    transactions INTEGER NOT NULL CHECK (transactions IN (0, 1))
) STRICT;
INSERT INTO sync_state SELECT 1, coalesce(max(id), 0), 0, 0 FROM sync;

-- What the server at an address was seen to refuse of our documents, and until when that counts.
CREATE TABLE server_lesson (
    api_url TEXT NOT NULL,
    version TEXT NOT NULL,
    lesson  TEXT NOT NULL,
    learned TEXT NOT NULL,
    PRIMARY KEY (api_url, version, lesson)
) STRICT, WITHOUT ROWID;
