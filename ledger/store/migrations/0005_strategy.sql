-- Atomic staking: what is known of allocation strategies and their positions, changes of their
-- settings, and the transactions that carry such changes. Wei and fees are decimal texts.

ALTER TABLE tournament_system ADD COLUMN reason TEXT;

-- Tournaments that refused a change of continuous staking because they had left it.
CREATE TABLE tournament_moved (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    at         TEXT NOT NULL,
    words      TEXT NOT NULL
) STRICT;

CREATE TABLE staking_contract (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    address    TEXT NOT NULL,
    paused     INTEGER CHECK (paused IN (0, 1)),
    as_of      TEXT NOT NULL
) STRICT;

CREATE TABLE model_key (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    model_id   TEXT NOT NULL,
    key        TEXT NOT NULL CHECK (
                   length(key) = 66 AND key GLOB '0x*' AND substr(key, 3) NOT GLOB '*[^0-9a-f]*'),
    origin     TEXT NOT NULL CHECK (
                   origin IN ('chain', 'claims', 'numerai', 'positions', 'user')),
    PRIMARY KEY (tournament, model_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE strategy_reading (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    address    TEXT NOT NULL,
    owner      TEXT,
    operator   TEXT,
    staking    TEXT,
    idle       TEXT CHECK (idle <> '' AND idle NOT GLOB '*[^0-9.]*'),
    wallet     TEXT CHECK (wallet <> '' AND wallet NOT GLOB '*[^0-9.]*'),
    gas_wei    TEXT CHECK (gas_wei <> '' AND gas_wei NOT GLOB '*[^0-9]*'),
    chain_id   INTEGER NOT NULL,
    block      INTEGER NOT NULL,
    as_of      TEXT NOT NULL,
    trouble    TEXT
) STRICT;

CREATE TABLE setting_reading (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    model_id   TEXT NOT NULL,
    origin     TEXT NOT NULL CHECK (
                   origin IN ('chain', 'claims', 'numerai', 'positions', 'user')),
    per_round  TEXT CHECK (per_round <> '' AND per_round NOT GLOB '*[^0-9.]*'),
    mode       TEXT CHECK (mode IN ('constant', 'compound')),
    enabled    INTEGER CHECK (enabled IN (0, 1)),
    as_of      TEXT NOT NULL,
    PRIMARY KEY (tournament, model_id, origin)
) STRICT, WITHOUT ROWID;

-- When Numerai last listed the claims of a tournament: all there were then are in claim.
CREATE TABLE claims_read (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    as_of      TEXT NOT NULL
) STRICT;

CREATE TABLE claim (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER NOT NULL,
    model_id   TEXT NOT NULL,
    staker     TEXT NOT NULL,
    key        TEXT NOT NULL,
    payout     TEXT NOT NULL CHECK (payout <> '' AND payout NOT GLOB '*[^-0-9.]*'),
    burn       TEXT NOT NULL CHECK (burn <> '' AND burn NOT GLOB '*[^-0-9.]*'),
    claimable  TEXT CHECK (claimable <> '' AND claimable NOT GLOB '*[^-0-9.]*'),
    PRIMARY KEY (tournament, round DESC, model_id, staker)
) STRICT, WITHOUT ROWID;

CREATE TABLE stake_round (
    tournament    INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round         INTEGER NOT NULL,
    state         TEXT NOT NULL,
    resolves      TEXT,
    resolved      INTEGER NOT NULL CHECK (resolved IN (0, 1)),
    payout_factor TEXT,
    PRIMARY KEY (tournament, round DESC)
) STRICT, WITHOUT ROWID;

CREATE TABLE chain_stake (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER NOT NULL,
    model_id   TEXT NOT NULL,
    stake      TEXT NOT NULL CHECK (stake <> '' AND stake NOT GLOB '*[^0-9.]*'),
    as_of      TEXT NOT NULL,
    PRIMARY KEY (tournament, round DESC, model_id)
) STRICT, WITHOUT ROWID;

-- The way a change takes, the whole setting it writes, and the one it was believed to replace.

ALTER TABLE change ADD COLUMN channel TEXT NOT NULL DEFAULT 'numerai'
    CHECK (channel IN ('numerai', 'by-hand', 'unsigned', 'signed'));
ALTER TABLE change ADD COLUMN setting_per_round TEXT
    CHECK (setting_per_round <> '' AND setting_per_round NOT GLOB '*[^0-9.]*');
ALTER TABLE change ADD COLUMN setting_mode TEXT
    CHECK (setting_mode IN ('constant', 'compound')
           AND (setting_mode IS NULL) = (setting_per_round IS NULL));
ALTER TABLE change ADD COLUMN setting_enabled INTEGER
    CHECK (setting_enabled IN (0, 1)
           AND (setting_enabled IS NULL) = (setting_per_round IS NULL));
ALTER TABLE change ADD COLUMN base_per_round TEXT
    CHECK (base_per_round <> '' AND base_per_round NOT GLOB '*[^0-9.]*');
ALTER TABLE change ADD COLUMN base_mode TEXT
    CHECK (base_mode IN ('constant', 'compound')
           AND (base_mode IS NULL) = (base_per_round IS NULL));
ALTER TABLE change ADD COLUMN base_enabled INTEGER
    CHECK (base_enabled IN (0, 1) AND (base_enabled IS NULL) = (base_per_round IS NULL));

DROP TRIGGER change_keeps_its_wish;

CREATE TRIGGER change_keeps_its_wish BEFORE UPDATE OF
    nmr, not_before, not_before_round, after_change, when_release_gone, when_free, channel,
    setting_per_round, setting_mode, setting_enabled, base_per_round, base_mode, base_enabled
    ON change
WHEN OLD.state <> 'draft' OR NEW.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'what a change wants can not be altered once it is confirmed'); END;

CREATE TRIGGER change_wants_a_setting BEFORE INSERT ON change
WHEN (NEW.kind IN ('set-per-round', 'set-mode', 'set-enabled')) <> (NEW.setting_per_round IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a change of a setting, and no other, has one'); END;

CREATE TRIGGER change_keeps_wanting_a_setting BEFORE UPDATE OF setting_per_round ON change
WHEN (OLD.setting_per_round IS NULL) <> (NEW.setting_per_round IS NULL)
BEGIN SELECT RAISE(ABORT, 'a change of a setting, and no other, has one'); END;

-- Signed transactions, on disk before a node has them. superseded: another one with the same
-- nonce and a higher fee is on its way; either may be mined.
CREATE TABLE chain_transaction (
    hash             TEXT PRIMARY KEY CHECK (
                         length(hash) = 66 AND hash GLOB '0x*'
                         AND substr(hash, 3) NOT GLOB '*[^0-9a-f]*'),
    change_id        INTEGER NOT NULL REFERENCES change (id),
    chain_id         INTEGER NOT NULL,
    sender           TEXT NOT NULL,
    nonce            INTEGER NOT NULL CHECK (nonce >= 0),
    destination      TEXT NOT NULL,
    data             TEXT NOT NULL,
    value            TEXT NOT NULL CHECK (value <> '' AND value NOT GLOB '*[^0-9]*'),
    gas              INTEGER NOT NULL CHECK (gas > 0),
    max_fee          TEXT NOT NULL CHECK (max_fee <> '' AND max_fee NOT GLOB '*[^0-9]*'),
    max_priority_fee TEXT NOT NULL
                     CHECK (max_priority_fee <> '' AND max_priority_fee NOT GLOB '*[^0-9]*'),
    raw              TEXT NOT NULL CHECK (raw GLOB '0x?*'),
    state            TEXT NOT NULL CHECK (state IN (
                         'signed', 'sent', 'mined', 'reverted', 'replaced', 'dropped')),
    made             TEXT NOT NULL,
    block            INTEGER,
    replaces         TEXT REFERENCES chain_transaction (hash),
    note             TEXT,
    superseded       INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_transaction_by_change ON chain_transaction (change_id);

-- An account has one transaction on its way at most: the last fence against sending twice.
CREATE UNIQUE INDEX chain_transaction_pending ON chain_transaction (chain_id, lower(sender))
    WHERE state IN ('signed', 'sent') AND NOT superseded;

CREATE TRIGGER chain_transaction_starts_signed BEFORE INSERT ON chain_transaction
WHEN NEW.state <> 'signed' OR NEW.superseded
    OR EXISTS (SELECT 1 FROM chain_transaction WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'a transaction starts as a signed one of its own'); END;

CREATE TRIGGER chain_transaction_replaces_its_nonce BEFORE INSERT ON chain_transaction
WHEN NEW.replaces IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM chain_transaction
    WHERE hash = NEW.replaces AND chain_id = NEW.chain_id AND lower(sender) = lower(NEW.sender)
        AND nonce = NEW.nonce AND change_id = NEW.change_id)
BEGIN SELECT RAISE(ABORT, 'a replacement takes the nonce of what it replaces'); END;

CREATE TRIGGER chain_transaction_keeps_its_identity BEFORE UPDATE OF
    hash, change_id, chain_id, sender, nonce, destination, data, value, gas, max_fee,
    max_priority_fee, raw, made, replaces ON chain_transaction
BEGIN SELECT RAISE(ABORT, 'what a transaction is can not be altered'); END;

CREATE TRIGGER chain_transaction_moves_on BEFORE UPDATE OF state ON chain_transaction
WHEN (OLD.state IN ('mined', 'reverted', 'dropped') AND NEW.state <> OLD.state)
    OR (OLD.state IN ('sent', 'replaced') AND NEW.state = 'signed')
    OR (OLD.state = 'replaced' AND NEW.state = 'dropped')
    OR (OLD.state = 'replaced' AND NEW.state = 'sent')
BEGIN SELECT RAISE(ABORT, 'a transaction never goes back'); END;

CREATE TRIGGER chain_transaction_is_never_deleted BEFORE DELETE ON chain_transaction
BEGIN SELECT RAISE(ABORT, 'transactions are never deleted'); END;
