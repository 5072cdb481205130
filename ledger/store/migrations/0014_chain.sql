-- The chain under doubt: whose key is whose is proven, with what it was proven by; the settings
-- that strategies wrote are kept; and with a yes goes which contracts it was said to.

ALTER TABLE model_key RENAME TO former_key;
CREATE TABLE model_key (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    model_id   TEXT NOT NULL,
    key        TEXT NOT NULL CHECK (
                   length(key) = 66 AND key GLOB '0x*' AND substr(key, 3) NOT GLOB '*[^0-9a-f]*'),
    origin     TEXT NOT NULL CHECK (
                   origin IN ('chain', 'claims', 'numerai', 'positions', 'user', 'derived')),
    proof      TEXT CHECK (proof IN ('positions', 'events')),
    evidence   TEXT CHECK ((evidence IS NULL) = (proof IS NULL)),
    proved     TEXT CHECK ((proved IS NULL) = (proof IS NULL)),
    PRIMARY KEY (tournament, model_id)
) STRICT, WITHOUT ROWID;
INSERT INTO model_key (tournament, model_id, key, origin)
    SELECT tournament, model_id, key, origin FROM former_key;
DROP TABLE former_key;

-- ModelConfigUpdated events in blocks that were deep enough when they were read.
CREATE TABLE key_event (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    strategy   TEXT NOT NULL,
    block      INTEGER NOT NULL,
    tx_hash    TEXT NOT NULL,
    key        TEXT NOT NULL,
    per_round  TEXT NOT NULL CHECK (per_round <> '' AND per_round NOT GLOB '*[^0-9.]*'),
    mode       TEXT CHECK (mode IN ('constant', 'compound')),
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    PRIMARY KEY (tournament, strategy, tx_hash, key)
) STRICT, WITHOUT ROWID;

-- Up to which block a strategy's events were read for good.
CREATE TABLE events_read (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    strategy   TEXT NOT NULL,
    block      INTEGER NOT NULL,
    PRIMARY KEY (tournament, strategy)
) STRICT, WITHOUT ROWID;

-- What a change of a strategy was confirmed for: the contracts as the last sync had seen them,
-- and the model's key. named: the staking contract Numerai names, staking: the strategy's own.
CREATE TABLE change_contract (
    event_id INTEGER PRIMARY KEY REFERENCES change_event (id),
    address  TEXT,
    owner    TEXT,
    operator TEXT,
    staking  TEXT,
    named    TEXT,
    chain_id INTEGER,
    block    INTEGER,
    key      TEXT
) STRICT;

CREATE TRIGGER change_contract_is_appended BEFORE INSERT ON change_contract
WHEN EXISTS (SELECT 1 FROM change_contract WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_contract_is_never_altered BEFORE UPDATE ON change_contract
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;

CREATE TRIGGER change_contract_is_never_deleted BEFORE DELETE ON change_contract
BEGIN SELECT RAISE(ABORT, 'the history of changes is append-only'); END;
