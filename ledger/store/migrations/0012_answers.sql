-- How long ago an answer was lost is told by how long the machine has run, which nobody sets; when
-- a pending request was made, and what of the wallet other models hold, tell whose request it is.

ALTER TABLE change_snapshot ADD COLUMN pending_made TEXT;
ALTER TABLE change_snapshot ADD COLUMN held_for_others TEXT
    CHECK (held_for_others <> '' AND held_for_others NOT GLOB '*[^-0-9.]*');
-- The server's own time of this reading.
ALTER TABLE change_snapshot ADD COLUMN server TEXT;

-- boot: which start of the machine, uptime: milliseconds since then.
ALTER TABLE change_event ADD COLUMN boot TEXT;
ALTER TABLE change_event ADD COLUMN uptime INTEGER;
-- Of a sending: milliseconds that its exchange may last.
ALTER TABLE change_event ADD COLUMN patience INTEGER CHECK (patience >= 0);
-- The id of the request that Numerai's answer named.
ALTER TABLE change_event ADD COLUMN request_id TEXT;
-- no: Numerai said no, which the account has to bear out. ran: it carried the change out.
-- unseen, seen: whether the account showed what Numerai had accepted.
ALTER TABLE change_event ADD COLUMN told TEXT CHECK (told IN ('no', 'ran', 'unseen', 'seen'));

CREATE INDEX change_event_unseen ON change_event (change_id, id) WHERE told = 'unseen';
