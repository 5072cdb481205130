-- The account in a few figures, made after a sync as one document: what prints a line of it, in a
-- status bar every few seconds, reads nothing else. It counts while the revision is the ledger's.
CREATE TABLE kept_status (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
