-- What the running rounds may bring, as it was last computed: one set of figures, replaced as a
-- whole. Amounts and ratios are decimal text.
CREATE TABLE risk (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    computed         TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    rounds           INTEGER NOT NULL,
    needed           INTEGER NOT NULL,
    oldest           INTEGER,
    newest           INTEGER,
    draws            INTEGER NOT NULL,
    block            INTEGER NOT NULL,
    seed             INTEGER NOT NULL,
    at_risk          TEXT NOT NULL,
    covered          TEXT NOT NULL,
    most             TEXT NOT NULL,
    unknown          INTEGER NOT NULL,
    expected         TEXT,
    worst            TEXT,
    shortfall        TEXT,
    why              TEXT,
    effective_models TEXT,
    sharpe           TEXT,
    sharpe_error     TEXT,
    sharpe_rounds    INTEGER,
    deepest          TEXT,
    peak             INTEGER,
    trough           INTEGER,
    below            TEXT,
    CHECK ((expected IS NULL) = (worst IS NULL) AND (worst IS NULL) = (shortfall IS NULL)),
    CHECK ((expected IS NULL) = (why IS NOT NULL))
) STRICT;

-- In the order in which models lose most; their names are those of the model.
CREATE TABLE risk_model (
    place          INTEGER PRIMARY KEY,
    model_id       TEXT NOT NULL UNIQUE,
    tournament     INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    at_risk        TEXT NOT NULL,
    exposure       TEXT NOT NULL,
    unknown        INTEGER NOT NULL,
    share          TEXT,
    rounds         INTEGER NOT NULL,
    expected       TEXT,
    shortfall      TEXT,
    variance       TEXT,
    expected_rate  TEXT,
    shortfall_rate TEXT,
    sharpe         TEXT,
    sharpe_error   TEXT,
    sharpe_rounds  INTEGER,
    deepest        TEXT,
    peak           INTEGER,
    trough         INTEGER,
    below          TEXT,
    why            TEXT,
    -- With each model of which this is not null, in their order, in thousandths, a comma between;
    -- nothing where it is not known.
    correlations   TEXT
) STRICT;

CREATE TABLE risk_tournament (
    tournament INTEGER PRIMARY KEY CHECK (tournament IN (8, 11, 12)),
    running    INTEGER NOT NULL,
    at_risk    TEXT NOT NULL,
    share      TEXT,
    expected   TEXT,
    shortfall  TEXT,
    variance   TEXT
) STRICT;
