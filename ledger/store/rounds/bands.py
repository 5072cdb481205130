"""Where payouts of running rounds may end, kept until a sync brings something new."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from sqlite3 import Connection
from sys import intern

from ledger.domain.earnings.paid_rounds import Band
from ledger.store.rows import insert, upsert

_BAND = insert("payout_band", ("model_id", "round", "stands", "low", "high", "sample"))
_STATE = upsert("payout_band_state", ("id",), ("revision", "unknown"))

Bands = Mapping[tuple[str, int], Band]
"""By model id and round."""


def read_bands(connection: Connection, revision: int) -> tuple[Bands, int] | None:
    """Bands worked out from ``revision`` of the ledger, and how many rounds are in none; ``None``
    where those kept are of another one."""
    state = connection.execute("SELECT revision, unknown FROM payout_band_state").fetchone()
    if state is None or state[0] != revision:
        return None
    rows = connection.execute("SELECT model_id, round, stands, low, high, sample FROM payout_band")
    bands = {
        (intern(model_id), number): Band(Decimal(stands), Decimal(low), Decimal(high), sample)
        for model_id, number, stands, low, high, sample in rows
    }
    return bands, int(state[1])


def write_bands(connection: Connection, revision: int, bands: Bands, unknown: int) -> None:
    """Keep ``bands`` of ``revision`` in place of those before."""
    connection.execute("DELETE FROM payout_band")
    connection.executemany(
        _BAND,
        [
            (model_id, number, str(band.now), str(band.low), str(band.high), band.sample)
            for (model_id, number), band in bands.items()
        ],
    )
    connection.execute(_STATE, (1, revision, unknown))
