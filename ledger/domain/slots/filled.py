"""How the slots of a round were filled, kept lean: most cells of a long table are never looked at.

Numbers and times are the texts that the ledger holds, empty where it holds none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.rounds.performance import Score

ScoreTexts = tuple[str, str, str, str, str, str]
"""Position, name, value, percentile, scoring day and multiplier of a score."""


PlayedTexts = tuple[str, str, str, str]
"""NMR at risk, the clip, the state of the payout, and whether a submission is named: 1 or 0."""

ListedTexts = tuple[str, str]
"""The state of a submission, and when it came."""


@dataclass(frozen=True, slots=True)
class FilledRound:
    """One round, by model id: who ``played``, which submissions are ``listed``, and the ``scores``
    of rounds whose scores were asked for. ``running``: a payout of it can still move."""

    played: Mapping[str, PlayedTexts] = field(default_factory=dict)
    listed: Mapping[str, ListedTexts] = field(default_factory=dict)
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
