"""Amounts on top of each other over time, and a band around a mean. All pure, as in ``plot``.

Each layer has a glyph of its own, so that it reads without colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.nmr import NMR
from tui.widgets.charts.plot import (
    ROWS_PER_TICK,
    SMALLEST_HEIGHT,
    SMALLEST_PLOT,
    SMALLEST_WIDTH,
    Ink,
    Row,
    Run,
    tick_labels,
)

GLYPHS = "█▓▒░"
"""Layers from the bottom up."""

INKS = (Ink.SETTLED, Ink.LOCKED, Ink.PROJECTED, Ink.AXIS)


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers of as many points each, at most one per glyph, the lowest first; none negative.

    ``marks`` are short texts by index of a point, written under it; ``first`` and ``last`` label
    the ends of the x axis.
    """

    layers: tuple[tuple[NMR, ...], ...]
    first: str
    last: str
    marks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fan:
    """A mean with a low and a high line around it, of as many points each."""

    low: tuple[NMR, ...]
    mean: tuple[NMR, ...]
    high: tuple[NMR, ...]
    first: str
    last: str


def draw_stack(stack: Stack, width: int, height: int) -> list[Row]:
    """``height`` rows of ``width`` cells; blank when that is too small or there is nothing."""
    points = len(stack.layers[0]) if stack.layers else 0
    sums = [sum(layer[index].wei for layer in stack.layers) for index in range(points)]
    frame = _Frame.of(0, max(sums, default=0), width, height)
    if frame is None or not points:
        return _blank(width, height)
    columns = [frame.index(column, points) for column in range(frame.width)]
    tops = [_tops([layer[index].wei for layer in stack.layers], frame) for index in columns]
    rows = []
    for level in range(frame.height):
        above = frame.height - level
        cells = [next((i for i, top in enumerate(each) if above <= top), None) for each in tops]
        rows.append((frame.axis(level), *_runs(_layer(cell) for cell in cells)))
    rows.append(_x_axis(frame, points, stack.first, stack.last, dict(stack.marks)))
    return rows


def _tops(amounts: Iterable[int], frame: _Frame) -> list[int]:
    """Up to which cell from the bottom each layer reaches; what is there at all takes a cell."""
    tops, total, before = [], 0, 0
    for amount in amounts:
        total += amount
        cells = frame.cells(total)
        before = min(frame.height, max(cells, before + (1 if amount and not before else 0)))
        tops.append(before)
    return tops


def _layer(index: int | None) -> tuple[str, Ink]:
    return (" ", Ink.BLANK) if index is None else (GLYPHS[index], INKS[index])


def draw_fan(fan: Fan, width: int, height: int) -> list[Row]:
    """The same size; the room between low and high is shaded, the mean is a line in it."""
    points = len(fan.mean)
    low = min((amount.wei for amount in fan.low), default=0)
    high = max((amount.wei for amount in fan.high), default=0)
    frame = _Frame.of(low, high, width, height)
    if frame is None or not points:
        return _blank(width, height)
    columns = [frame.index(column, points) for column in range(frame.width)]
    rows = []
    for level in range(frame.height):
        cells = (_fan_cell(fan, index, frame, level) for index in columns)
        rows.append((frame.axis(level), *_runs(cells)))
    rows.append(_x_axis(frame, points, fan.first, fan.last, {}))
    return rows


def _fan_cell(fan: Fan, index: int, frame: _Frame, level: int) -> tuple[str, Ink]:
    top, middle, bottom = (frame.level(line[index].wei) for line in (fan.high, fan.mean, fan.low))
    if level == middle:
        return "━", Ink.SETTLED
    return ("░", Ink.PROJECTED) if top <= level <= bottom else (" ", Ink.BLANK)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot without its axes: ``width`` by ``height`` cells, from ``low`` to ``high`` wei."""

    low: int
    high: int
    width: int
    height: int
    margin: int
    ticks: Mapping[int, str]

    @classmethod
    def of(cls, low: int, high: int, width: int, height: int) -> _Frame | None:
        """``None`` when there is no room for it."""
        high = high if high > low else low + 10**18
        ticks = tick_labels(low, high, max(1, (height - 1) // ROWS_PER_TICK))
        margin = max(map(len, ticks.values()), default=0)
        room = width - margin - 1
        if width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT or room < SMALLEST_PLOT:
            return None
        frame = cls(low, high, room, height - 1, margin, {})
        levels = {frame.level(tick): text for tick, text in ticks.items()}
        return cls(low, high, room, height - 1, margin, levels)

    def cells(self, wei: int) -> int:
        """How many cells from the bottom an amount fills, rounded."""
        span = self.high - self.low
        return (2 * (wei - self.low) * self.height + span) // (2 * span)

    def level(self, wei: int) -> int:
        """The row an amount is in, from the top."""
        filled = (wei - self.low) * self.height // (self.high - self.low)
        return self.height - 1 - min(filled, self.height - 1)

    def index(self, column: int, points: int) -> int:
        """The point a column shows."""
        return column * (points - 1) // max(1, self.width - 1)

    def axis(self, level: int) -> Run:
        """The y axis beside a row."""
        text = self.ticks.get(level)
        sign = "┤" if text is not None else "│"
        return Run(f"{text or '':>{self.margin}}{sign}", Ink.AXIS)


def _runs(cells: Iterable[tuple[str, Ink]]) -> list[Run]:
    runs: list[Run] = []
    for glyph, ink in cells:
        if runs and runs[-1].ink is ink:
            runs[-1] = Run(runs[-1].text + glyph, ink)
        else:
            runs.append(Run(glyph, ink))
    return runs


def _x_axis(frame: _Frame, points: int, first: str, last: str, marks: Mapping[int, str]) -> Row:
    """Labels of the ends, and marks where they do not run into something else."""
    cells = [" "] * frame.width
    ends = [(0, first), (frame.width - len(last), last)]
    inner = [(at * (frame.width - 1) // max(1, points - 1), text) for at, text in marks.items()]
    for start, text in [*ends, *inner]:
        end = start + len(text)
        free = start >= 0 and end <= frame.width
        if free and not "".join(cells[max(0, start - 1) : end + 1]).strip():
            cells[start:end] = text
    return (Run(" " * (frame.margin + 1) + "".join(cells), Ink.AXIS),)


def _blank(width: int, height: int) -> list[Row]:
    return [(Run(" " * width, Ink.BLANK),)] * height
