-- How much NMR came to the account's own places on each day (UTC), and left them, all records of the
-- day added up: a year of its total is read from it without reading a year of records.
CREATE TABLE moved_by_day (
    day   TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    giver TEXT NOT NULL,
    taker TEXT NOT NULL CHECK (taker <> giver),
    nmr   TEXT NOT NULL CHECK (nmr <> '' AND nmr NOT GLOB '*[^0-9.]*'),
    PRIMARY KEY (day, giver, taker)
) STRICT, WITHOUT ROWID;

-- Amounts have 18 places, and whole wei overflow an integer: each is added up in three parts, of
-- which the lower two carry into the one above.
INSERT INTO moved_by_day (day, giver, taker, nmr)
    WITH split AS (
        SELECT substr(at, 1, 10) AS day, giver, taker,
            CASE instr(nmr, '.') WHEN 0 THEN nmr ELSE substr(nmr, 1, instr(nmr, '.') - 1) END AS whole,
            substr(
                CASE instr(nmr, '.') WHEN 0 THEN '' ELSE substr(nmr, instr(nmr, '.') + 1) END
                || '000000000000000000', 1, 18) AS places
        FROM record
        WHERE (giver IN ('wallet', 'held', 'stake', 'strategy'))
            <> (taker IN ('wallet', 'held', 'stake', 'strategy'))),
    added AS (
        SELECT day, giver, taker,
            sum(CAST(whole AS INTEGER)) AS whole,
            sum(CAST(substr(places, 1, 9) AS INTEGER)) AS high,
            sum(CAST(substr(places, 10, 9) AS INTEGER)) AS low
        FROM split GROUP BY day, giver, taker),
    carried AS (
        SELECT day, giver, taker, whole, high + low / 1000000000 AS high, low % 1000000000 AS low
        FROM added)
    SELECT day, giver, taker,
        printf('%d.%09d%09d', whole + high / 1000000000, high % 1000000000, low)
    FROM carried;

-- Where payouts of running rounds may end, worked out from the ledger of a revision: it takes a
-- moment, and much memory, that the first page does not have.
CREATE TABLE payout_band (
    model_id TEXT NOT NULL,
    round    INTEGER NOT NULL,
    stands   TEXT NOT NULL,
    low      TEXT NOT NULL,
    high     TEXT NOT NULL,
    sample   INTEGER NOT NULL,
    PRIMARY KEY (model_id, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE payout_band_state (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    unknown  INTEGER NOT NULL
) STRICT;
