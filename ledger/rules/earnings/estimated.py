"""Estimates as money and ratios: from floats to decimals with six places, and no further."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from math import isnan
from typing import TYPE_CHECKING, Any

from ledger.domain.nmr import NMR

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

PLACES = 6
"""Places of an estimate."""

_THOUSAND = 1000


def thousandths(table: Array) -> tuple[tuple[int | None, ...], ...]:
    """Correlations, ``None`` where they are NaN."""
    import numpy as np

    lines = np.round(table * _THOUSAND).tolist()
    return tuple(tuple(None if isnan(value) else int(value) for value in line) for line in lines)


def adding_up(parts: Sequence[Any]) -> list[Decimal]:
    """``parts`` of one with six places, rounded so that they still add up to one."""
    grain = Decimal(1).scaleb(-PLACES)
    exact = [Decimal(part) for part in parts]
    cut = [part.quantize(grain, rounding=ROUND_FLOOR) for part in exact]
    left = int((1 - sum(cut, Decimal(0))) / grain)
    most = sorted(range(len(cut)), key=lambda place: cut[place] - exact[place])
    for place in most[:left]:
        cut[place] += grain
    return cut


def decimal(value: Any) -> Decimal:
    """An estimate, to its last place that is kept."""
    return Decimal(format(value, f".{PLACES}f")) + 0


def nmr(value: Any) -> NMR:
    """The same of an amount."""
    return NMR(decimal(value))
