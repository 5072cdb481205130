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

CREATE TRIGGER change_waits_for_a_sync BEFORE UPDATE OF state ON change
WHEN NEW.state IN ('queued', 'sending') AND EXISTS (
    SELECT 1 FROM ledger_mark WHERE put_back IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM sync WHERE outcome = 'done' AND sync.id > put_back_sync))
BEGIN SELECT RAISE(ABORT, 'what was put back is compared with the account first'); END;
