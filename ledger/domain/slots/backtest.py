"""What would have become of slots whose models had stayed, or been shuffled every round.

Scores here are floating point as numpy makes it, at run time plain Python numbers; NMR is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.domain.nmr import NMR

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

    Figure: TypeAlias = np.float64


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores by round and model: ``values`` has a row for each of ``rounds``, oldest first.

    A row follows ``models``; ``None`` where there is no score.
    """

    rounds: tuple[int, ...]
    models: tuple[str, ...]
    values: tuple[tuple[Decimal | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A figure over random shuffles: its ``mean`` and percentiles.

    ``p5``, ``p50`` and ``p95`` are the 5, 50 and 95 % points.
    """

    mean: Figure
    p5: Figure
    p50: Figure
    p95: Figure


@dataclass(frozen=True, slots=True)
class Band:
    """A 90 % confidence band, from ``low`` to ``high``."""

    low: Figure
    high: Figure


@dataclass(frozen=True, slots=True)
class Line:
    """The series of scores of one slot, ``name``, missing ones counting as nothing.

    ``final`` is the cumulative score after the last round, ``mean`` and ``sd`` (population) are per
    round over all rounds, ``max_drawdown`` is the deepest fall of the cumulative score below its
    highest so far, starting from zero. ``path`` is the cumulative score by round, ``missing`` the
    rounds without a score.
    """

    name: str
    final: Figure
    mean: Figure
    sd: Figure
    max_drawdown: Figure
    missing: int
    path: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Every model in its own slot, one line for each of ``slots``.

    ``spread_sd``: population sd over slots of the final value; ``band`` is of that.
    """

    slots: tuple[Line, ...]
    spread_sd: Figure
    band: Band


@dataclass(frozen=True, slots=True)
class Averaged:
    """The mean, each round, of the models that have a score in it.

    ``line`` is its series, ``band`` the one of its final value.
    """

    line: Line
    band: Band


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Models shuffled over the slots every round, ``shuffles`` times over, from ``seed``.

    ``spread_sd`` as in :class:`Kept`; ``sd`` and ``max_drawdown`` are a shuffle's means over its
    slots. ``final_mean`` is the mean final value over slots and shuffles. ``example`` are the
    cumulative scores by slot and round of the first shuffle. ``band`` is of the spread.
    """

    shuffles: int
    seed: int
    spread_sd: Distribution
    sd: Distribution
    max_drawdown: Distribution
    final_mean: Figure
    example: tuple[tuple[Figure, ...], ...]
    band: Band


@dataclass(frozen=True, slots=True)
class Backtest:
    """Keeping, shuffling and averaging compared over the same rounds.

    ``rounds`` and ``models`` are those of the table that were used. ``keep``, ``average`` and
    ``shuffle`` are what each came to. ``missing_cells`` are cells without a score in the rounds
    used, ``left_out`` rounds that were not complete when only complete ones were to count,
    ``block`` the rounds in a block of the bootstrap. ``notes`` are sentences on what the figures
    can tell and what they can't.
    """

    rounds: tuple[int, ...]
    models: tuple[str, ...]
    missing_cells: int
    left_out: int
    block: int
    keep: Kept
    average: Averaged
    shuffle: Shuffled
    notes: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        """The figures as JSON has them: ``rounds`` is how many, ``models`` their names."""
        spread = self.shuffle.spread_sd
        return {
            "rounds": len(self.rounds),
            "models": list(self.models),
            "keep": {
                "final": {line.name: line.final for line in self.keep.slots},
                "spread_sd": self.keep.spread_sd,
            },
            "average": {"final": self.average.line.final},
            "shuffle": {
                "shuffles": self.shuffle.shuffles,
                "seed": self.shuffle.seed,
                "spread_sd": {
                    "mean": spread.mean,
                    "p5": spread.p5,
                    "p50": spread.p50,
                    "p95": spread.p95,
                },
                "final_mean": self.shuffle.final_mean,
            },
            "missing_cells": self.missing_cells,
        }


@dataclass(frozen=True, slots=True)
class StakeOutcome:
    """What a policy made of the stakes; amounts in NMR.

    ``final`` is everything once all rounds have resolved. ``drawdown`` is the deepest fall of
    the whole value below its highest so far, ``worst_month`` the least change over a calendar
    month (UTC) and ``month`` its name (``2026-03``, "" when nothing resolved). ``spread`` is the
    population sd over slots of what each earned. ``path``: the value after each resolution.
    """

    final: NMR
    drawdown: NMR
    worst_month: NMR
    month: str
    spread: NMR
    path: tuple[tuple[datetime, NMR], ...]


@dataclass(frozen=True, slots=True)
class NmrRange:
    """An amount over shuffles, in NMR.

    ``mean`` is cut to the wei; ``p5``, ``p50`` and ``p95`` are percentiles by nearest rank.
    """

    mean: NMR
    p5: NMR
    p50: NMR
    p95: NMR


@dataclass(frozen=True, slots=True)
class StakeShuffles:
    """Outcomes over ``shuffles`` random shuffles made from ``seed``.

    ``final``, ``drawdown``, ``worst_month`` and ``spread`` are as in :class:`StakeOutcome`;
    ``example`` is the outcome of the first one.
    """

    shuffles: int
    seed: int
    final: NmrRange
    drawdown: NmrRange
    worst_month: NmrRange
    spread: NmrRange
    example: StakeOutcome


@dataclass(frozen=True, slots=True)
class StakeBacktest:
    """Policies compared in NMR, over the same ``rounds`` and the same stakes at the start.

    ``models`` are the columns, ``start`` is what they held together. ``compounding``: payouts join
    the stake. ``every``: rounds between two rebalances. ``concurrent``: how many atomic positions
    share a model's stake. ``keep``, ``rebalance`` and ``shuffle`` are what each policy came to,
    ``notes`` sentences on what that can tell.
    """

    rounds: tuple[int, ...]
    models: tuple[str, ...]
    start: NMR
    compounding: bool
    every: int
    concurrent: int
    keep: StakeOutcome
    rebalance: StakeOutcome
    shuffle: StakeShuffles
    notes: tuple[str, ...]

    def gain(self, outcome: StakeOutcome) -> Decimal:
        """Final value over the start, less one; zero when nothing was staked."""
        return (outcome.final - self.start).over(self.start) if self.start else Decimal(0)
