"""A year of predictors moving between slots: what the demo's user did in Classic.

Some slots take part. In every round but each week's last the predictors are dealt anew, so that
scores follow predictors, and every slot's record is a mixture. From the round after ``until`` on
each slot keeps what it had. Slots and predictors are known by their places in :data:`SLOTS` and
:data:`PREDICTORS`; nothing here needs a world.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ledger.domain.model import Tournament
from ledger.rules.slots.shuffle import permutation

SLOTS = (0, 2, 4, 5, 6, 9, 11, 12)
"""Indices of the slots that take part: all of them are there from the first round on."""

SERIES = 1000
"""The first predictor's index among the series of scores, far behind those of slots."""

_KEPT = 5
"""One round in so many keeps the seats of the round before."""


@dataclass(frozen=True, slots=True)
class DemoPredictor:
    """A predictor of the demo with ``name``, ``notes`` and ``colour``; ``gift`` multiplies the mean
    of its scores."""

    name: str
    notes: str
    colour: str
    gift: float


PREDICTORS = (
    DemoPredictor("lgbm_v5_60", "60-day targets, all features", "#7fb2e8", 1.9),
    DemoPredictor("lgbm_v5_20", "20-day targets, all features", "#8fbc8f", 1.5),
    DemoPredictor("mlp_neutral", "half neutralised", "#d8c36a", 1.2),
    DemoPredictor("ridge_v4", "linear, era-weighted", "#e39a5c", 1.0),
    DemoPredictor("era_boost", "boosted on the worst eras", "#a99ad0", 0.8),
    DemoPredictor("catboost_s", "small feature set", "#c48fb0", 0.5),
    DemoPredictor("knn_old", "from before v5", "#9a8f80", 0.2),
    DemoPredictor("coin", "noise, to compare with", "#7b838e", -0.3),
)
"""The predictors of the demo, the best first."""


@dataclass(frozen=True, slots=True)
class Shuffled:
    """The moves of one seed, dealt up to and with round ``until``."""

    seed: int
    until: int

    def seats(self, number: int) -> tuple[int, ...]:
        """The predictor of each slot of :data:`SLOTS` in a round."""
        return _seats(self.seed, dealt(min(number, self.until)))

    def series(self, tournament: Tournament, index: int, number: int) -> int:
        """The index of the scores that a slot's submission to a round gets."""
        if tournament is not Tournament.CLASSIC or index not in SLOTS:
            return index
        return SERIES + self.seats(number)[SLOTS.index(index)]


def dealt(number: int) -> int:
    """The round whose seats a round has: its own, or that of the round before it."""
    return number - 1 if number % _KEPT == 4 else number


def gift(index: int) -> float:
    """What the mean of a series is multiplied by."""
    place = index - SERIES
    return PREDICTORS[place].gift if 0 <= place < len(PREDICTORS) else 1.0


@lru_cache(maxsize=2048)
def _seats(seed: int, number: int) -> tuple[int, ...]:
    return tuple(permutation(len(PREDICTORS), seed, number))
