"""What rounds paid as a table of pandas, for notebooks; pandas comes with numerapi."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.domain.earnings.paid_rounds import Amounts, PaidRound, TournamentEarnings
from ledger.domain.model import Model

if TYPE_CHECKING:
    import pandas as pd

_Row = tuple[str, int, str, str, datetime | None, bool, Decimal | None, Decimal | None]

_EXACT = ("tournament", "round", "model", "model_id", "resolves", "settled", "payout", "at_risk")


def earnings_frame(earned: Iterable[TournamentEarnings], names: Mapping[str, str]) -> pd.DataFrame:
    """A row for each round and model that took part, newest rounds first; ``names`` are models' by
    id. The columns are those of :meth:`ledger.account.earnings.EarningsBook.frame`."""
    import pandas as pd

    rows = [row for earnings in earned for row in _rows(earnings, names)]
    rows.sort(key=lambda row: (-row[1], row[0], row[2]))
    columns = dict(zip(_EXACT, zip(*rows, strict=True), strict=True)) if rows else {}
    series = {name: list(columns.get(name, ())) for name in _EXACT}
    frame = pd.DataFrame({name: pd.Series(series[name], dtype=object) for name in _EXACT})
    frame["resolves"] = pd.to_datetime(frame["resolves"], utc=True)
    frame = frame.astype({"round": "int64", "settled": "bool"})
    for amount in ("payout", "at_risk"):
        frame[f"{amount}_float"] = frame[amount].astype("float64")
    return frame


def _rows(earnings: TournamentEarnings, names: Mapping[str, str]) -> Iterable[_Row]:
    for entry in earnings.rounds:
        for index, model in enumerate(earnings.models):
            if entry.taking[index]:
                yield _row(entry, index, model, names)


def _row(entry: PaidRound, index: int, model: Model, names: Mapping[str, str]) -> _Row:
    final, running = _at(entry.settled, index), _at(entry.pending, index)
    return (
        entry.tournament.label,
        entry.number,
        names[model.id],
        model.id,
        entry.resolves,
        final is not None or entry.pending is None,
        running if final is None else final,
        _at(entry.at_risk, index),
    )


def _at(amounts: Amounts | None, index: int) -> Decimal | None:
    return None if amounts is None else amounts[index]
