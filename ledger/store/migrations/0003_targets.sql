-- What stakes should become, as typed, with every edit so that each can be undone and redone.

CREATE TABLE target (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    model_id   TEXT NOT NULL,
    text       TEXT NOT NULL,
    locked     INTEGER NOT NULL CHECK (locked IN (0, 1)),
    PRIMARY KEY (tournament, model_id)
) STRICT, WITHOUT ROWID;

-- step: the last step in effect; those after it were undone. name: the set the edits began as.
CREATE TABLE target_cursor (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    step       INTEGER NOT NULL,
    name       TEXT
) STRICT;

CREATE TABLE target_step (
    tournament  INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    step        INTEGER NOT NULL,
    name_before TEXT,
    name_after  TEXT,
    PRIMARY KEY (tournament, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE target_edit (
    tournament    INTEGER NOT NULL,
    step          INTEGER NOT NULL,
    model_id      TEXT NOT NULL,
    text_before   TEXT NOT NULL,
    locked_before INTEGER NOT NULL CHECK (locked_before IN (0, 1)),
    text_after    TEXT NOT NULL,
    locked_after  INTEGER NOT NULL CHECK (locked_after IN (0, 1)),
    PRIMARY KEY (tournament, step, model_id),
    FOREIGN KEY (tournament, step) REFERENCES target_step (tournament, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
