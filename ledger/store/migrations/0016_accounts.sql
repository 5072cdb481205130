-- The name a model's account had in exports when it first had one: it keeps that account under
-- whatever name it goes later. Of two accounts that would be the same the first keeps the name.
CREATE TABLE record_account (
    id         INTEGER PRIMARY KEY,
    model_id   TEXT NOT NULL UNIQUE,
    tournament INTEGER CHECK (tournament IN (8, 11, 12)),
    name       TEXT NOT NULL
) STRICT;

INSERT INTO record_account (model_id, tournament, name)
    SELECT record.model_id, record.tournament, coalesce(model.name, record.model_id)
    FROM (SELECT min(id) AS id FROM record WHERE model_id IS NOT NULL GROUP BY model_id) AS first
    JOIN record USING (id)
    LEFT JOIN model ON model.id = record.model_id
    ORDER BY record.id;

CREATE TRIGGER record_account_is_appended BEFORE INSERT ON record_account
WHEN EXISTS (SELECT 1 FROM record_account WHERE id = NEW.id OR model_id = NEW.model_id)
BEGIN SELECT RAISE(ABORT, 'accounts are append-only'); END;

CREATE TRIGGER record_account_is_never_altered BEFORE UPDATE ON record_account
BEGIN SELECT RAISE(ABORT, 'accounts are append-only'); END;

CREATE TRIGGER record_account_is_never_deleted BEFORE DELETE ON record_account
BEGIN SELECT RAISE(ABORT, 'accounts are append-only'); END;
