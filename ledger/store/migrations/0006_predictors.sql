-- The user's own trained models, which of them sat in which slot in which round, and every step
-- by which that came to be. A round without a row for a slot carries over what it had before.

CREATE TABLE predictor (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL UNIQUE CHECK (name <> ''),
    notes   TEXT NOT NULL,
    colour  TEXT,
    retired INTEGER NOT NULL CHECK (retired IN (0, 1))
) STRICT;

-- predictor_id NULL: the slot is empty on purpose.
CREATE TABLE assignment (
    tournament   INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round        INTEGER NOT NULL,
    slot_id      TEXT NOT NULL,
    predictor_id INTEGER REFERENCES predictor (id),
    source       TEXT NOT NULL CHECK (source IN ('typed', 'generated', 'imported')),
    at           TEXT NOT NULL,
    PRIMARY KEY (tournament, round, slot_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_by_predictor ON assignment (predictor_id);

-- undoes: the step that this one took back.
CREATE TABLE assignment_step (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    at         TEXT NOT NULL,
    what       TEXT NOT NULL,
    undoes     INTEGER UNIQUE REFERENCES assignment_step (id)
) STRICT;

-- A source that is NULL: nothing was said for the round on that side of the step.
CREATE TABLE assignment_edit (
    step             INTEGER NOT NULL REFERENCES assignment_step (id),
    round            INTEGER NOT NULL,
    slot_id          TEXT NOT NULL,
    predictor_before INTEGER,
    source_before    TEXT,
    at_before        TEXT,
    predictor_after  INTEGER,
    source_after     TEXT,
    at_after         TEXT,
    PRIMARY KEY (step, round, slot_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_edit_by_slot ON assignment_edit (slot_id, round);

CREATE TRIGGER assignment_step_is_appended BEFORE INSERT ON assignment_step
WHEN EXISTS (SELECT 1 FROM assignment_step WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;

CREATE TRIGGER assignment_step_is_never_altered BEFORE UPDATE ON assignment_step
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;

CREATE TRIGGER assignment_step_is_never_deleted BEFORE DELETE ON assignment_step
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;

CREATE TRIGGER assignment_edit_is_appended BEFORE INSERT ON assignment_edit
WHEN EXISTS (
    SELECT 1 FROM assignment_edit
    WHERE step = NEW.step AND round = NEW.round AND slot_id = NEW.slot_id
)
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;

CREATE TRIGGER assignment_edit_is_never_altered BEFORE UPDATE ON assignment_edit
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;

CREATE TRIGGER assignment_edit_is_never_deleted BEFORE DELETE ON assignment_edit
BEGIN SELECT RAISE(ABORT, 'the history of assignments is append-only'); END;
