"""Thin lines and a heavy one in text cells, on a y axis that several plots can share.

Each has a colour of its own, in which its name stands above; the heavy one is two dots thick, so
that it is told apart without colour. Of the lines one can be chosen, and a place on it: the others
then step back, and its value stands above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

from ledger.domain.names import said
from tui.format import MINUS
from tui.widgets.charts.plot import (
    SMALLEST_HEIGHT,
    SMALLEST_PLOT,
    SMALLEST_WIDTH,
    Ink,
    Row,
    Run,
    pointed,
)

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_INKS = tuple(ink for ink in Ink if ink.name.startswith("LINE"))

HEAVY, THIN = "━", "─"
"""Stand before the names of the lines."""

Path = Sequence[float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its name, which begins where all others do and is as long."""

    name: str
    path: Path
    ink: Ink


@dataclass(frozen=True, slots=True)
class Lines:
    """``paths`` and ``heavy`` begin together and are equally long; ``low`` to ``high`` is the y
    axis; ``title`` stands on top, ``first`` and ``last`` at the ends of the x axis.

    ``names`` are those of ``paths``, ``places`` what the points of the x axis are called. The line
    number ``chosen``, counted from the heavy one, is marked at its point number ``at``.
    """

    title: str
    paths: tuple[Path, ...]
    heavy: Path
    low: float
    high: float
    first: str
    last: str
    heavy_name: str = ""
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    chosen: int | None = None
    at: int | None = None

    @property
    def lines(self) -> list[Line]:
        """All of them, the heavy one first."""
        names = [*self.names, *[""] * (len(self.paths) - len(self.names))]
        named = [(self.heavy_name, self.heavy), *zip(names, self.paths, strict=True)]
        return [
            Line(name, path, _INKS[number % len(_INKS)])
            for number, (name, path) in enumerate(named)
        ]

    @property
    def chosen_line(self) -> Line | None:
        """The line that is marked."""
        return None if self.chosen is None else self.lines[self.chosen % len(self.lines)]

    def draw(self, width: int, height: int) -> list[Row]:
        """``height`` rows of ``width`` cells; blank when that is too small."""
        if width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT + 1 or not self.heavy:
            return [(Run(" " * width, Ink.BLANK),)] * height
        return _Plot(self, width, height).rows()

    def nearest(self, x: int, y: int, width: int, height: int) -> tuple[int, int] | None:
        """The line, counted from the heavy one, and its point nearest to a cell of what is drawn;
        ``None`` beside the plot."""
        return _Plot(self, width, height).nearest(x, y)


def legend(lines: Lines, width: int) -> Row:
    """The names in the colours of their lines, as many as fit; of a chosen one its value."""
    runs = [Run(f"{lines.title}  ", Ink.AXIS)] if lines.title else []
    line, at = lines.chosen_line, lines.at
    if line is not None and at is not None:
        place = lines.places[at] if at < len(lines.places) else str(at)
        runs += [Run(f"▸ {said(line.name)}", line.ink), Run(f"  {place}  ", Ink.AXIS)]
        runs.append(Run(_value(line.path[at]), line.ink))
        return _fitted(runs, width)
    named = [line for line in lines.lines if line.name]
    room = width - sum(len(run.text) for run in runs)
    for number, line in enumerate(named):
        text = f"{HEAVY if line.path is lines.heavy else THIN} {said(line.name)}  "
        more = f"+{len(named) - number}"
        if room < len(text) + (len(more) if line is not named[-1] else -2):
            runs.append(Run(more, Ink.AXIS))
            break
        runs.append(Run(text, line.ink))
        room -= len(text)
    return _fitted(runs, width)


def _fitted(runs: Sequence[Run], width: int) -> Row:
    """``runs`` in exactly ``width`` cells."""
    fitted: list[Run] = []
    for run in [*runs, Run(" " * width, Ink.BLANK)]:
        if text := run.text[:width]:
            fitted.append(Run(text, run.ink))
        width -= len(text)
    return tuple(fitted)


def bounds(paths: Sequence[Path]) -> tuple[float, float]:
    """Lowest and highest over ``paths``, zero included, never the same."""
    low = min(0.0, *(min(path) for path in paths if path))
    high = max(0.0, *(max(path) for path in paths if path))
    return (low, high) if low < high else (low, low + 1.0)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from ``low`` to ``high``, about ``most`` of them; zero is one."""
    rough = (high - low) / max(1, most)
    power = 10.0 ** floor(log10(rough))
    step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.999)
    return [count * step for count in range(ceil(low / step), floor(high / step) + 1)]


class _Plot:
    """One drawing."""

    def __init__(self, lines: Lines, width: int, height: int) -> None:
        self._lines = lines
        self._height = height - 2
        self._ticks = {
            self._row(tick) // 4: _label(tick)
            for tick in ticks(lines.low, lines.high, self._height // 3)
        }
        self._margin = max(map(len, self._ticks.values()), default=1)
        self._width = max(SMALLEST_PLOT, width - self._margin - 1)
        self._whole = width
        self._dots = [[0] * self._width for _ in range(self._height)]
        self._inks = [[Ink.BLANK] * self._width for _ in range(self._height)]

    def rows(self) -> list[Row]:
        """All rows from top to bottom."""
        chosen = self._lines.chosen_line
        heavy, *thin = self._lines.lines
        ordered = [*thin, heavy, *([chosen] if chosen is not None else [])]
        for line in ordered:
            back = chosen is not None and line != chosen
            self._draw(line, Ink.AXIS if back else line.ink, thick=line is heavy)
        margin = Run(" " * (self._margin + 1), Ink.AXIS)
        title = (margin, *legend(self._lines, self._whole - self._margin - 1))
        plot = [self._cells(y) for y in range(self._height)]
        return [_fitted(title, self._whole), *plot, self._pointed()]

    def nearest(self, x: int, y: int) -> tuple[int, int] | None:
        """Which line and point a cell is nearest to."""
        column, row = x - self._margin - 1, y - 1
        if not 0 <= column < self._width:
            return None
        at = round(column * (len(self._lines.heavy) - 1) / max(1, self._width - 1))
        rows = [self._row(line.path[at]) // 4 for line in self._lines.lines]
        return min(range(len(rows)), key=lambda number: abs(rows[number] - row)), at

    def _pointed(self) -> Row:
        last = max(1, len(self._lines.heavy) - 1)
        at = self._lines.at
        place = None if at is None else round(at * (self._width - 1) / last)
        return pointed(self._cut(self._axis()), self._margin + 1, place)

    def _cut(self, text: str) -> Row:
        return (Run(f"{text:<{self._whole}}"[: self._whole], Ink.AXIS),)

    def _axis(self) -> str:
        first, last = self._lines.first, self._lines.last
        gap = max(1, self._width - len(first) - len(last))
        return f"{' ' * (self._margin + 1)}{first}{' ' * gap}{last}"

    def _row(self, value: float) -> int:
        """The row of dots of a value, from the top."""
        low, high = self._lines.low, self._lines.high
        place = round((high - value) / (high - low) * (self._height * 4 - 1))
        return max(0, min(place, self._height * 4 - 1))

    def _draw(self, line: Line, ink: Ink, *, thick: bool) -> None:
        columns = self._width * 2
        before = self._row(_at(line.path, 0, columns))
        for column in range(columns):
            here = self._row(_at(line.path, column, columns))
            # From behind the row before, so that steep lines hold together.
            for dot in range(min(here, before), max(here, before) + 1 + thick):
                y, x = min(dot, self._height * 4 - 1) // 4, column // 2
                # Of lines that run in the same cells, each shows in every other one.
                if ink is Ink.AXIS or self._inks[y][x] in {Ink.BLANK, Ink.AXIS} or x % 2:
                    self._inks[y][x] = ink
                self._dots[y][x] |= _BITS[min(dot, self._height * 4 - 1) % 4][column % 2]
            before = here

    def _cells(self, y: int) -> Row:
        label = self._ticks.get(y)
        zero = self._row(0.0) // 4 == y
        axis = f"{label or '':>{self._margin}}{'│' if label is None else '┤'}"
        cells = [self._cell(x, y, zero=zero) for x in range(self._width)]
        runs = [
            Run("".join(text for text, _ in group), ink)
            for ink, group in groupby(cells, key=lambda cell: cell[1])
        ]
        return (Run(axis, Ink.AXIS), *runs)

    def _cell(self, x: int, y: int, *, zero: bool) -> tuple[str, Ink]:
        if self._dots[y][x]:
            return chr(0x2800 + self._dots[y][x]), self._inks[y][x]
        return ("╌", Ink.AXIS) if zero else (" ", Ink.BLANK)


def _at(path: Path, column: int, columns: int) -> float:
    """What ``path`` is at one of ``columns`` places from its beginning to its end."""
    index, part = divmod(column * (len(path) - 1) / max(1, columns - 1), 1)
    before, after = path[int(index)], path[min(int(index) + 1, len(path) - 1)]
    return before + (after - before) * part


def _label(value: float) -> str:
    text = f"{abs(value):.4g}"
    return f"{MINUS}{text}" if value < 0 else text


def _value(value: float) -> str:
    """A value that is read off: signed, to four places, in full before them."""
    text = f"{abs(value):,.4f}"
    return f"{MINUS if value < 0 else '+' if value > 0 else ''}{text}"
