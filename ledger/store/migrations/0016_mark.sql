-- How many times this ledger was written, so that a write-ahead log is known to be its own; of a
-- copy, when it was made; and of a ledger put back from one, when that was, and what was the newest
-- event and the newest sync then.
CREATE TABLE ledger_mark (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    writes         INTEGER NOT NULL,
    copied         TEXT,
    put_back       TEXT,
    put_back_event INTEGER,
    put_back_sync  INTEGER
) STRICT;
INSERT INTO ledger_mark (id, writes) VALUES (1, 0);
