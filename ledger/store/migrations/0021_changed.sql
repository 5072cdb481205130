-- What the records up to the one with the id "last" come to, by place: a JSON list of place,
-- tournament, model and wei, as texts. Records are only ever added, so what comes after is added up
-- to it, and years of records are not read again with every sync.
CREATE TABLE record_balance (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    last     INTEGER NOT NULL,
    balances TEXT NOT NULL
) STRICT;

-- Settled rounds of models that the records may not have as they are: whatever changes what was paid
-- or staked puts them here, and they stay until the records say the same.
CREATE TABLE unbooked_performance (
    model_id TEXT NOT NULL,
    round    INTEGER NOT NULL,
    PRIMARY KEY (model_id, round)
) STRICT, WITHOUT ROWID;

-- The statement that a trigger belongs to decides what a conflict does, so none may come up.
CREATE TRIGGER performance_is_added AFTER INSERT ON performance
WHEN NEW.state = 'settled'
BEGIN
    INSERT INTO unbooked_performance SELECT NEW.model_id, NEW.round WHERE NOT EXISTS (
        SELECT 1 FROM unbooked_performance WHERE model_id = NEW.model_id AND round = NEW.round);
END;
CREATE TRIGGER performance_is_altered AFTER UPDATE OF state, payout, at_risk ON performance
WHEN NEW.state = 'settled'
    AND (OLD.state, OLD.payout, OLD.at_risk) IS NOT (NEW.state, NEW.payout, NEW.at_risk)
BEGIN
    INSERT INTO unbooked_performance SELECT NEW.model_id, NEW.round WHERE NOT EXISTS (
        SELECT 1 FROM unbooked_performance WHERE model_id = NEW.model_id AND round = NEW.round);
END;

INSERT INTO unbooked_performance SELECT model_id, round FROM performance WHERE state = 'settled';

-- The same for rows of the wallet.
CREATE TABLE unbooked_wallet (
    id INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER wallet_transaction_is_added AFTER INSERT ON wallet_transaction
BEGIN
    INSERT INTO unbooked_wallet SELECT NEW.id WHERE NOT EXISTS (
        SELECT 1 FROM unbooked_wallet WHERE id = NEW.id);
END;
CREATE TRIGGER wallet_transaction_is_altered AFTER UPDATE ON wallet_transaction
BEGIN
    INSERT INTO unbooked_wallet SELECT NEW.id WHERE NOT EXISTS (
        SELECT 1 FROM unbooked_wallet WHERE id = NEW.id);
END;

INSERT INTO unbooked_wallet SELECT id FROM wallet_transaction;
