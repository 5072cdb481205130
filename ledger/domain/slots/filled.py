"""How the slots of a round were filled, kept lean: most cells of a long table are never looked at.

Numbers and times are the texts that the ledger holds, empty where it holds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from ledger.dataclass import dataclass
from ledger.domain.rounds.performance import Score

ScoreTexts = tuple[str, str, str, str, str, str]
"""Position, name, value, percentile, scoring day and multiplier of a score."""


class Joined:
    """Texts by model id, of which each of ``texts`` joins one for every model by commas; taken
    apart when they are looked at. ``places`` are the models' in their order."""

    __slots__ = ("_places", "_texts")

    def __init__(self, places: Mapping[str, int], texts: Iterable[str]) -> None:
        self._places = places
        self._texts = tuple(texts)

    def get(self, model_id: str) -> tuple[str, ...] | None:
        """A model's own; ``None`` where there are none."""
        place = self._places.get(model_id)
        return None if place is None else tuple([_apart(text)[place] for text in self._texts])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def whole(self) -> dict[str, tuple[str, ...]]:
        """All of them, for who looks at all."""
        return dict(zip(self._places, zip(*map(_apart, self._texts), strict=True), strict=True))


@lru_cache(maxsize=64)
def _apart(joined: str) -> list[str]:
    return joined.split(",")


NONE = Joined({}, ())


@dataclass(frozen=True, slots=True)
class FilledRound:
    """One round, by model id: who ``played`` (NMR at risk, the clip, the state of the payout, and
    whether a submission is named: 1 or 0), which submissions are ``listed`` (their state, and when
    they came), and the ``scores`` of rounds whose scores were asked for. ``running``: a payout of
    it can still move."""

    played: Joined = NONE
    listed: Joined = NONE
    scores: Callable[[], Mapping[str, Sequence[ScoreTexts]]] = dict
    running: bool = True

    def scores_of(self, model_id: str) -> tuple[Score, ...]:
        """A model's scores in their order; none where there are none or they were not asked for."""
        rows = sorted(self.scores().get(model_id, ()), key=lambda row: int(row[0]))
        return tuple(
            Score(
                name,
                Decimal(value) if value else None,
                Decimal(percentile) if percentile else None,
                int(day) if day else None,
                Decimal(multiplier) if multiplier else None,
            )
            for _, name, value, percentile, day, multiplier in rows
        )
