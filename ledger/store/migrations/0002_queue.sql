-- The queue has an order of its own, a refused change can be asked for again by a new one, and
-- what a change wants can be edited for as long as nobody has said yes to it.

ALTER TABLE change ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN retry_of INTEGER REFERENCES change (id);
UPDATE change SET position = id;
CREATE INDEX change_by_position ON change (position, id);

DROP TRIGGER change_keeps_its_wish;

CREATE TRIGGER change_keeps_its_identity BEFORE UPDATE OF
    id, tournament, model_id, model_name, system, kind, reason, created, retry_of ON change
BEGIN SELECT RAISE(ABORT, 'what a change is can not be altered'); END;

CREATE TRIGGER change_keeps_its_wish BEFORE UPDATE OF
    nmr, not_before, not_before_round, after_change, when_release_gone, when_free ON change
WHEN OLD.state <> 'draft' OR NEW.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'what a change wants can not be altered once it is confirmed'); END;
