-- Payout allocation: policies with their history, and what every settled payout came to.

-- since: the round it holds from; NULL is what is being edited, one for each tournament.
CREATE TABLE policy (
    id         INTEGER PRIMARY KEY,
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    since      INTEGER,
    made       TEXT NOT NULL,
    name       TEXT,
    burns      TEXT NOT NULL CHECK (burns IN ('carry', 'share')),
    threshold  TEXT,
    every      INTEGER CHECK (every > 0)
) STRICT;

CREATE UNIQUE INDEX policy_edits ON policy (tournament) WHERE since IS NULL;

CREATE TABLE policy_pool (
    policy_id INTEGER NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (policy_id, position)
) STRICT, WITHOUT ROWID;

-- source: a model's id, empty for all models without a row of their own.
CREATE TABLE policy_share (
    policy_id INTEGER NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    source    TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('itself', 'wallet', 'pool', 'model')),
    name      TEXT NOT NULL,
    percent   TEXT NOT NULL,
    PRIMARY KEY (policy_id, source, kind, name)
) STRICT, WITHOUT ROWID;

-- A version in force is never altered, only followed by another one.
CREATE TRIGGER policy_stays BEFORE UPDATE ON policy WHEN OLD.since IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a policy in force stays as it is'); END;
CREATE TRIGGER policy_is_kept BEFORE DELETE ON policy WHEN OLD.since IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a policy in force is kept'); END;

CREATE TRIGGER policy_share_stays BEFORE UPDATE ON policy_share
BEGIN SELECT RAISE(ABORT, 'a policy is written as a whole'); END;
CREATE TRIGGER policy_share_is_kept BEFORE DELETE ON policy_share
WHEN (SELECT since FROM policy WHERE id = OLD.policy_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a policy in force is kept'); END;
CREATE TRIGGER policy_pool_stays BEFORE UPDATE ON policy_pool
BEGIN SELECT RAISE(ABORT, 'a policy is written as a whole'); END;
CREATE TRIGGER policy_pool_is_kept BEFORE DELETE ON policy_pool
WHEN (SELECT since FROM policy WHERE id = OLD.policy_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a policy in force is kept'); END;

-- freed: the NMR came free (into idle where the round was staked atomic, else into the wallet)
-- instead of changing the model's own stake. version: the policy in force for its round; alone: it
-- says nothing about the model. carried: what later payouts of the model have to make up for.
CREATE TABLE policy_payout (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER NOT NULL,
    model_id   TEXT NOT NULL,
    nmr        TEXT NOT NULL,
    freed      INTEGER NOT NULL CHECK (freed IN (0, 1)),
    atomic     INTEGER NOT NULL CHECK (atomic IN (0, 1)),
    version    INTEGER REFERENCES policy (id),
    alone      INTEGER NOT NULL CHECK (alone IN (0, 1)),
    carried    TEXT NOT NULL,
    PRIMARY KEY (tournament, round, model_id)
) STRICT, WITHOUT ROWID;

-- The parts of a payout; they add up to it.
CREATE TABLE policy_accrual (
    tournament INTEGER NOT NULL,
    round      INTEGER NOT NULL,
    source     TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('itself', 'wallet', 'pool', 'model')),
    name       TEXT NOT NULL,
    nmr        TEXT NOT NULL,
    PRIMARY KEY (tournament, round, source, kind, name),
    FOREIGN KEY (tournament, round, source)
        REFERENCES policy_payout (tournament, round, model_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a change takes from an accrued amount; round: the newest settled one when it was drafted.
-- Kind itself with a model's id: it alters only the way that model's payouts take. For a per-round
-- stake total_before is the model's total without it, over so many rounds at a time.
CREATE TABLE policy_realised (
    change_id    INTEGER NOT NULL REFERENCES change (id) ON DELETE CASCADE,
    tournament   INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    kind         TEXT NOT NULL CHECK (kind IN ('itself', 'wallet', 'pool', 'model')),
    name         TEXT NOT NULL,
    nmr          TEXT NOT NULL,
    round        INTEGER NOT NULL,
    total_before TEXT,
    rounds       INTEGER CHECK (rounds > 0),
    PRIMARY KEY (change_id, kind, name)
) STRICT, WITHOUT ROWID;
