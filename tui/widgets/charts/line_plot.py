"""Many thin lines and a heavy one in text cells, on a y axis that several plots can share.

The thin ones are braille; the heavy one is made of bars, so that it is told apart without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

from tui.format import MINUS
from tui.widgets.charts.plot import SMALLEST_HEIGHT, SMALLEST_PLOT, SMALLEST_WIDTH, Ink, Row, Run

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BARS = "▔━━▁"
"""The heavy line in the upper, middle and lower part of a cell."""

Path = Sequence[float]


@dataclass(frozen=True, slots=True)
class Lines:
    """``paths`` and ``heavy`` begin together and are equally long; ``low`` to ``high`` is the y
    axis; ``title`` stands on top, ``first`` and ``last`` at the ends of the x axis."""

    title: str
    paths: tuple[Path, ...]
    heavy: Path
    low: float
    high: float
    first: str
    last: str

    def draw(self, width: int, height: int) -> list[Row]:
        """``height`` rows of ``width`` cells; blank when that is too small."""
        if width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT + 1 or not self.heavy:
            return [(Run(" " * width, Ink.BLANK),)] * height
        return _Plot(self, width, height).rows()


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
        self._bars: list[dict[int, str]] = [{} for _ in range(self._height)]

    def rows(self) -> list[Row]:
        """All rows from top to bottom."""
        for path in self._lines.paths:
            self._thin(path)
        self._heavy(self._lines.heavy)
        title = f"{' ' * (self._margin + 1)}{self._lines.title}"
        plot = [self._cells(y) for y in range(self._height)]
        return [self._cut(title), *plot, self._cut(self._axis())]

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

    def _thin(self, path: Path) -> None:
        columns = self._width * 2
        before = self._row(_at(path, 0, columns))
        for column in range(columns):
            here = self._row(_at(path, column, columns))
            # From behind the row before, so that steep lines hold together.
            for dot in range(min(here, before), max(here, before) + 1):
                self._dots[dot // 4][column // 2] |= _BITS[dot % 4][column % 2]
            before = here

    def _heavy(self, path: Path) -> None:
        for column in range(self._width):
            here = self._row(_at(path, column, self._width))
            self._bars[here // 4][column] = _BARS[here % 4]

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
        bar = self._bars[y].get(x)
        if bar is not None:
            return bar, Ink.PROJECTED
        if self._dots[y][x]:
            return chr(0x2800 + self._dots[y][x]), Ink.SETTLED
        return ("╌", Ink.AXIS) if zero else (" ", Ink.BLANK)


def _at(path: Path, column: int, columns: int) -> float:
    """What ``path`` is at one of ``columns`` places from its beginning to its end."""
    return path[round(column * (len(path) - 1) / max(1, columns - 1))]


def _label(value: float) -> str:
    text = f"{abs(value):.4g}"
    return f"{MINUS}{text}" if value < 0 else text
