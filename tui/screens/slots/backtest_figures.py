"""A backtest in figures and charts."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.slots.backtest import (
    Backtest,
    Distribution,
    NmrRange,
    StakeBacktest,
    StakeOutcome,
)
from tui.format import ABSENT, MINUS, count, nmr
from tui.widgets.charts.line_plot import Lines, bounds
from tui.widgets.line import Group

_ALIKE = (10, 10, 10, 20, 10, 10)


def charts(found: Backtest) -> tuple[Lines, Lines]:
    """Keep and shuffle with the average in both, on one y axis."""
    keep = tuple(line.path for line in found.keep.slots)
    average = found.average.line.path
    low, high = bounds([*keep, *found.shuffle.example, average])
    first, last = str(found.rounds[0]), str(found.rounds[-1])
    return (
        Lines("every model keeps its slot", keep, average, low, high, first, last),
        Lines("shuffled every round", found.shuffle.example, average, low, high, first, last),
    )


def summary(found: Backtest) -> tuple[Group, ...]:
    """What went into it."""
    left = f", {found.left_out} left out" if found.left_out else ""
    missing = count(found.missing_cells, "score")
    return (
        (0, ((f" {count(len(found.models), 'model')} ", "strong"),)),
        (0, ((f"{count(len(found.rounds), 'round')}{left}", ""),)),
        (1, ((f"{missing} missing, counted as nothing", "muted"),)),
        (2, ((f"{found.shuffle.shuffles:,} shuffles", "muted"),)),
    )


def figures(found: Backtest) -> str:
    """One line for each policy, and what it means in a sentence."""
    keep, mixed, line = found.keep, found.shuffle, found.average.line
    rows = [
        ("", "final", "spread", "5 to 95 %", "sd", "drawdown"),
        (
            "keep",
            _figure(_mean([one.final for one in keep.slots])),
            _figure(keep.spread_sd),
            f"{_figure(keep.band.low)} {_figure(keep.band.high)}",
            _figure(_mean([one.sd for one in keep.slots]), 4),
            _figure(_mean([one.max_drawdown for one in keep.slots])),
        ),
        (
            "shuffle",
            _figure(mixed.final_mean),
            _figure(mixed.spread_sd.mean),
            f"{_figure(mixed.spread_sd.p5)} {_figure(mixed.spread_sd.p95)}",
            _figure(mixed.sd.mean, 4),
            _figure(mixed.max_drawdown.mean),
        ),
        (
            "average",
            _figure(line.final),
            ABSENT,
            ABSENT,
            _figure(line.sd, 4),
            _figure(line.max_drawdown),
        ),
    ]
    return "\n".join([*_table(rows), _verdict(keep.spread_sd, mixed.spread_sd)])


def _verdict(keep: float, mixed: Distribution) -> str:
    share = mixed.mean / keep if keep else 1.0
    return f"Shuffling leaves {share:.0%} of the spread between slots; their total stays."


def in_nmr(found: StakeBacktest, decimals: int) -> str:
    """The policies in NMR, one line each."""

    def outcome(name: str, one: StakeOutcome) -> tuple[str, ...]:
        return name, *(nmr(each, decimals) for each in (one.final, one.drawdown, one.worst_month))

    def level(name: str, at: str) -> tuple[str, ...]:
        mixed = found.shuffle
        ranges: tuple[NmrRange, ...] = (mixed.final, mixed.drawdown, mixed.worst_month)
        return name, *(nmr(getattr(one, at), decimals) for one in ranges)

    rows = [
        (f"from {nmr(found.start, decimals)}", "final NMR", "drawdown", "worst month"),
        outcome("keep", found.keep),
        level("shuffle 50 %", "p50"),
        level("shuffle 5 %", "p5"),
        outcome(f"rebalance / {found.every}", found.rebalance),
    ]
    return "\n".join(f"{row[0]:<16}" + "".join(f"{text:>14}" for text in row[1:]) for row in rows)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"{row[0]:<10}"
        + "".join(f"{text:>{width}}" for text, width in zip(row[1:], _ALIKE[1:], strict=True))
        for row in rows
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _figure(value: float, decimals: int = 3) -> str:
    return f"{value:.{decimals}f}".replace("-", MINUS)
