-- The server's clock minus this machine's, in whole seconds, at the last answer of the last sync;
-- null before there was one.
ALTER TABLE sync_state ADD COLUMN skew INTEGER;
