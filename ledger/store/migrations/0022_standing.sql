-- How models stand in the running rounds of a tournament, added up after a sync as one document by
-- model id: the first paint reads it in place of thousands of rounds. It counts while the revision is
-- the ledger's.
CREATE TABLE kept_standing (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    revision   INTEGER NOT NULL,
    document   TEXT NOT NULL
) STRICT;
