-- Movements of NMR as records, which are only ever added to, and which notices were told.

CREATE TABLE record (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL,
    part       INTEGER NOT NULL CHECK (part >= 0),
    kind       TEXT NOT NULL CHECK (kind IN (
                   'payout', 'burn', 'stake', 'release', 'deposit', 'withdrawal', 'sweep',
                   'transfer', 'opening', 'adjustment')),
    at         TEXT NOT NULL,
    nmr        TEXT NOT NULL CHECK (nmr <> '' AND nmr <> '0' AND nmr NOT GLOB '*[^0-9.]*'),
    giver      TEXT NOT NULL CHECK (giver IN (
                   'wallet', 'held', 'stake', 'strategy', 'outside', 'income', 'burn', 'equity')),
    taker      TEXT NOT NULL CHECK (taker <> giver AND taker IN (
                   'wallet', 'held', 'stake', 'strategy', 'outside', 'income', 'burn', 'equity')),
    source     TEXT NOT NULL,
    tournament INTEGER CHECK (tournament IN (8, 11, 12)),
    model_id   TEXT,
    round      INTEGER,
    tx_hash    TEXT,
    price      TEXT,
    UNIQUE (key, part)
) STRICT;

CREATE INDEX record_by_time ON record (at);

CREATE TRIGGER record_is_appended BEFORE INSERT ON record
WHEN EXISTS (SELECT 1 FROM record WHERE id = NEW.id OR (key = NEW.key AND part = NEW.part))
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;

CREATE TRIGGER record_is_never_altered BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;

CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;

-- The sync whose facts the records hold.
CREATE TABLE record_state (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE notice_told (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
