-- What the owner's wallet held, NMR, when a change of a strategy was confirmed, as the last sync
-- had seen it: a deposit or withdrawal that was made by hand shows in it.
ALTER TABLE change_contract ADD COLUMN wallet TEXT
    CHECK (wallet <> '' AND wallet NOT GLOB '*[^0-9.]*');
