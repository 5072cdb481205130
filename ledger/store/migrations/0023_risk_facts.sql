-- A digest of all that the figures of risk were computed from; NULL where nobody noted it. While it is
-- the same, so are the figures.
ALTER TABLE risk ADD COLUMN facts TEXT;
