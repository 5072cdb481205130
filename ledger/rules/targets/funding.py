"""Which free NMR pays for which increase, and when.

Sources are NMR that is free at a time: the wallet now, releases later. Increases draw from the
sources that are free by the time they can be sent, and wait for later ones with what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.nmr import NMR, ZERO


@dataclass(frozen=True, slots=True)
class Source:
    """``nmr`` that comes free at ``at`` (UTC).

    ``step`` is the index of the plan's own release it comes from, ``None`` for any other source.
    """

    at: datetime
    nmr: NMR
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """A part, ``nmr``, of an increase that is sent at ``at`` (UTC).

    ``waits``: for NMR that is not free before; ``step`` is the index of the plan's own release it
    comes from, if one.
    """

    at: datetime
    nmr: NMR
    step: int | None
    waits: bool


class Cash:
    """Free NMR over time. Drawing takes it away."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = sorted(
            (source for source in sources if source.nmr > ZERO),
            key=lambda source: (source.at, -1 if source.step is None else source.step),
        )

    @property
    def left(self) -> NMR:
        """What nobody has drawn."""
        return NMR.total(source.nmr for source in self._sources)

    def draw(self, nmr: NMR, earliest: datetime) -> list[Portion]:
        """Up to ``nmr``, the earliest first; sent at ``earliest`` or when it comes free."""
        portions: list[Portion] = []
        kept: list[Source] = []
        for source in self._sources:
            taken = min(nmr, source.nmr)
            if taken > ZERO:
                waits = source.at > earliest
                at = max(source.at, earliest)
                portions.append(Portion(at, taken, source.step, waits))
                nmr -= taken
            if source.nmr > taken:
                kept.append(Source(source.at, source.nmr - taken, source.step))
        self._sources = kept
        return portions


def combine(
    portions: Iterable[Portion],
    now: datetime,
    close_after: Callable[[datetime], datetime],
    minimum: NMR | None,
) -> list[Portion]:
    """Portions of one model as increases that follow each other.

    A model takes one change at a time, so each is sent after the close the one before counts
    from. Two that would count from the same close become one, unless the first can leave now;
    one below ``minimum`` waits for the next.
    """
    result: list[Portion] = []
    for portion in portions:
        last = result[-1] if result else None
        if last is None:
            result.append(portion)
        elif _belong(last, portion, now, close_after, minimum):
            together = last.nmr + portion.nmr
            step = last.step if portion.step is None else portion.step
            at = max(last.at, portion.at)
            result[-1] = Portion(at, together, step, last.waits or portion.waits)
        else:
            at = max(portion.at, close_after(last.at))
            result.append(Portion(at, portion.nmr, portion.step, True))
    return result


def _belong(
    first: Portion,
    second: Portion,
    now: datetime,
    close_after: Callable[[datetime], datetime],
    minimum: NMR | None,
) -> bool:
    if second.at <= first.at or (minimum is not None and first.nmr < minimum):
        return True
    return first.at > now and close_after(second.at) == close_after(first.at)
