"""Charts for slow lines: a row of words, a row of bars, the ends of the x axis.

What the full ones draw in a thousand cells takes a hundred here, and no braille. All pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tui.format import BURN_BARS, GAIN_BARS, MINUS
from tui.widgets.charts.line_plot import Lines
from tui.widgets.charts.plot import SMALLEST_WIDTH, Bars, Curve, Ink, Row, Run, units
from tui.widgets.charts.stack import Fan, Stack

_ROWS = 3
_WEI = 10**18


@dataclass(frozen=True, slots=True)
class _Series:
    """Amounts in units of ``unit``, each with its ink; ``first`` and ``last`` are the labels."""

    amounts: Sequence[float]
    inks: Sequence[Ink]
    first: str
    last: str
    title: str = ""
    unit: float = _WEI
    from_zero: bool = False
    """Gains stand and burns hang; else bars stand on the lowest amount."""


def draw_plain(content: Curve | Bars | Lines | Stack | Fan, width: int, height: int) -> list[Row]:
    """``height`` rows of ``width`` cells; blank when that is too small or there is nothing."""
    series = _series(content)
    if not series.amounts or width < SMALLEST_WIDTH or height < _ROWS:
        return [_blank(width)] * height
    columns = plain_columns(len(series.amounts), width)
    rows: list[Row] = [_words(series, width), _bars(series, columns, width)]
    rows.append(_ends(series, max(len(columns), SMALLEST_WIDTH), width))
    return rows + [_blank(width)] * (height - _ROWS)


def plain_columns(points: int, width: int) -> list[int]:
    """Which points are shown: all where they fit, else as many as there are cells."""
    if points <= width:
        return list(range(points))
    return [column * (points - 1) // (width - 1) for column in range(width)]


def _series(content: Curve | Bars | Lines | Stack | Fan) -> _Series:
    if isinstance(content, Lines):
        line = content.chosen_line or content.lines[0]
        inks = [line.ink] * len(line.path)
        title = " ".join(part for part in (content.title, line.name) if part)
        return _Series(line.path, inks, content.first, content.last, title=title, unit=1)
    if isinstance(content, Bars):
        return _bar_series(content)
    if isinstance(content, Curve):
        amounts = [units(amount) for amount in content.projected]
        settled = zip(content.settled, content.projected, strict=True)
        inks = [Ink.SETTLED if one == other else Ink.PROJECTED for one, other in settled]
    elif isinstance(content, Stack):
        layers = zip(*content.layers, strict=True)
        amounts = [sum(amount.wei for amount in each) for each in layers]
        inks = [Ink.SETTLED] * len(amounts)
    else:
        amounts = [amount.wei for amount in content.mean]
        inks = [Ink.SETTLED] * len(amounts)
    return _Series(amounts, inks, content.first, content.last)


def _bar_series(bars: Bars) -> _Series:
    amounts = [units(amount) for amount in bars.amounts]
    inks = [
        Ink.BURN if amount < 0 else Ink.SETTLED if settled else Ink.PROJECTED
        for amount, settled in zip(amounts, bars.settled, strict=True)
    ]
    first, last = (bars.labels[0], bars.labels[-1]) if bars.labels else ("", "")
    return _Series(amounts, inks, first, last, from_zero=True)


def _words(series: _Series, width: int) -> Row:
    low, high, last = min(series.amounts), max(series.amounts), series.amounts[-1]
    labelled = (("low", low), ("high", high), ("last", last))
    figures = "  ".join(f"{word} {_figure(value / series.unit)}" for word, value in labelled)
    text = "  ".join(part for part in (series.title, figures) if part)
    return (Run(text[:width].ljust(width), Ink.AXIS),)


def _figure(value: float) -> str:
    return f"{MINUS if value < 0 else ''}{abs(value):,.4g}"


def _bars(series: _Series, columns: Sequence[int], width: int) -> Row:
    cells = list(_cells(series, columns))
    runs = [
        Run("".join(text for text, _ in group), ink)
        for ink, group in groupby(cells, key=lambda cell: cell[1])
    ]
    if len(cells) < width:
        runs.append(Run(" " * (width - len(cells)), Ink.BLANK))
    return tuple(runs)


def _cells(series: _Series, columns: Sequence[int]) -> Iterator[tuple[str, Ink]]:
    low, high = min(series.amounts), max(series.amounts)
    peak = max(abs(low), abs(high)) or 1
    for index in columns:
        amount, ink = series.amounts[index], series.inks[index]
        if series.from_zero:
            bars = BURN_BARS if amount < 0 else GAIN_BARS
            share = abs(amount) / peak
            yield (bars[_level(share, bars)] if amount else " ", ink)
        else:
            share = (amount - low) / (high - low) if high > low else 0.0
            yield GAIN_BARS[_level(share, GAIN_BARS)], ink


def _level(share: float, bars: str) -> int:
    return min(len(bars) - 1, int(share * len(bars)))


def _ends(series: _Series, length: int, width: int) -> Row:
    gap = length - len(series.first) - len(series.last)
    text = f"{series.first}{' ' * gap}{series.last}" if gap > 0 else series.last
    return (Run(text[:width].ljust(width), Ink.AXIS),)


def _blank(width: int) -> Row:
    return (Run(" " * width, Ink.BLANK),)
