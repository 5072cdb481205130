-- What running rounds' weighted scores were on the scoring days they were seen on: how far such
-- rounds still move is learned from it. A statistic, kept for the newest rounds only.

CREATE TABLE score_day (
    tournament INTEGER NOT NULL CHECK (tournament IN (8, 11, 12)),
    round      INTEGER NOT NULL,
    model_id   TEXT NOT NULL,
    day        INTEGER NOT NULL,
    weighted   TEXT NOT NULL,
    PRIMARY KEY (tournament, round DESC, model_id, day)
) STRICT, WITHOUT ROWID;
