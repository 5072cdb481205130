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


def charts(backtest: Backtest) -> tuple[Lines, Lines]:
    """Keep and shuffle with the average in both, on one y axis."""
    keep = tuple(line.path for line in backtest.keep.slots)
    average = backtest.average.line.path
    low, high = bounds([*keep, *backtest.shuffle.example, average])
    first, last = str(backtest.rounds[0]), str(backtest.rounds[-1])
    places = tuple(f"round {number}" for number in backtest.rounds)
    ends = (low, high, first, last)

    def lines(title: str, paths: Sequence[Sequence[float]], names: Sequence[str]) -> Lines:
        return Lines(
            title,
            tuple(paths),
            average,
            *ends,
            heavy_name="average",
            names=tuple(names),
            places=places,
        )

    mixed = backtest.shuffle.example
    slots = [f"slot {number}" for number, _ in enumerate(mixed, 1)]
    return lines("kept", keep, backtest.models), lines("shuffled", mixed, slots)


def summary(backtest: Backtest) -> tuple[Group, ...]:
    """What went into it."""
    left = f", {backtest.left_out} left out" if backtest.left_out else ""
    missing = count(backtest.missing_cells, "score")
    return (
        (0, ((f" {count(len(backtest.models), 'model')} ", "strong"),)),
        (0, ((f"{count(len(backtest.rounds), 'round')}{left}", ""),)),
        (1, ((f"{missing} missing, counted as nothing", "muted"),)),
        (2, ((f"{backtest.shuffle.shuffles:,} shuffles", "muted"),)),
    )


def figures(backtest: Backtest) -> str:
    """One line for each policy, and what it means in a sentence."""
    keep, mixed, line = backtest.keep, backtest.shuffle, backtest.average.line
    rows = [
        ("", "final", "spread", "5 to 95 %", "sd", "drawdown"),
        (
            "keep",
            _figure(_mean([slot.final for slot in keep.slots])),
            _figure(keep.spread_sd),
            f"{_figure(keep.band.low)} {_figure(keep.band.high)}",
            _figure(_mean([slot.sd for slot in keep.slots]), 4),
            _figure(_mean([slot.max_drawdown for slot in keep.slots])),
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


def in_nmr(backtest: StakeBacktest, decimals: int) -> str:
    """The policies in NMR, one line each."""

    def outcome(name: str, result: StakeOutcome) -> tuple[str, ...]:
        return name, *(
            nmr(each, decimals) for each in (result.final, result.drawdown, result.worst_month)
        )

    def level(name: str, at: str) -> tuple[str, ...]:
        mixed = backtest.shuffle
        ranges: tuple[NmrRange, ...] = (mixed.final, mixed.drawdown, mixed.worst_month)
        return name, *(nmr(getattr(result, at), decimals) for result in ranges)

    rows = [
        (f"from {nmr(backtest.start, decimals)}", "final NMR", "drawdown", "worst month"),
        outcome("keep", backtest.keep),
        level("shuffle 50 %", "p50"),
        level("shuffle 5 %", "p5"),
        outcome(f"rebalance / {backtest.every}", backtest.rebalance),
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
