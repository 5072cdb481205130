"""Curves and bars in text cells: amounts of any money and a size in, rows of runs out. All pure.

What is settled is solid; what is projected is dotted or thin, so that both read without colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import StrEnum

from ledger.dataclass import dataclass
from tui.format import MINUS, number
from tui.theme import Meaning

_EXACT = Context(prec=120)
"""Shifts amounts without rounding, with as many digits as earnings are added up in."""

SMALLEST_WIDTH = 12
SMALLEST_HEIGHT = 3
SMALLEST_PLOT = 4
ROWS_PER_TICK = 3
WIDEST_BAR = 3
"""Cells of a bar at most, with the gap behind it."""

POINTER = "▲"
"""Stands below the point that is marked."""


class Ink(StrEnum):
    """What a cell means, by the meaning whose colour it has: a legend says the same in it."""

    AXIS = "muted"
    SETTLED = "gain"
    LOCKED = "locked"
    PROJECTED = "pending"
    BURN = "burn"
    BLANK = ""
    LINE_1 = "line1"
    LINE_2 = "line2"
    LINE_3 = "line3"
    LINE_4 = "line4"
    LINE_5 = "line5"
    LINE_6 = "line6"
    LINE_7 = "line7"
    LINE_8 = "line8"

    @property
    def meaning(self) -> Meaning:
        """What to write a legend in."""
        return self.value


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells of one meaning."""

    text: str
    ink: Ink


Row = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A cumulative amount over rounds, oldest first.

    ``projected`` is as long as ``settled`` and equal to it where nothing is pending; ``first``
    and ``last`` label the ends of the x axis, on which ``at`` is the point that is marked. The y
    axis goes through zero, unless ``zoomed`` to the amounts there are.
    """

    settled: tuple[Decimal, ...]
    projected: tuple[Decimal, ...]
    first: str
    last: str
    at: int | None = None
    zoomed: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """One amount for each round, oldest first; ``settled`` tells which of them are final."""

    amounts: tuple[Decimal, ...]
    settled: tuple[bool, ...]
    labels: tuple[str, ...]
    at: int | None = None


def plain(rows: Iterable[Row]) -> list[str]:
    """The rows as text."""
    return ["".join(run.text for run in row) for row in rows]


def draw(content: Curve | Bars, width: int, height: int) -> list[Row]:
    """``height`` rows of ``width`` cells; blank when that is too small or there is nothing."""
    empty = not (content.amounts if isinstance(content, Bars) else content.settled)
    if empty or width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT:
        return _blank(width, height)
    if isinstance(content, Bars):
        return draw_bars(content, width, height)
    return draw_curve(content, width, height)


def _blank(width: int, height: int) -> list[Row]:
    return [(Run(" " * width, Ink.BLANK),)] * height


def units(amount: Decimal) -> int:
    """``amount`` in 10**-18, cut towards zero: the wei of an amount of NMR."""
    return int(amount.scaleb(18, context=_EXACT))


def nice_step(span: int, most: int) -> int:
    """The smallest 1, 2 or 5 times a power of ten that fits into ``span`` at most ``most`` times.

    >>> nice_step(90, 5)
    20
    """
    power = 1
    while True:
        for factor in (1, 2, 5):
            if span // (factor * power) <= most:
                return factor * power
        power *= 10


def tick_labels(low: int, high: int, most: int) -> dict[int, str]:
    """Round amounts in 10**-18 from ``low`` to ``high`` with their texts; zero is one of them."""
    step = nice_step(high - low, max(1, most))
    decimals = max(0, 19 - len(str(step)))
    first = -(-low // step)
    return {
        count * step: number(Decimal(count * step).scaleb(-18), decimals)
        for count in range(first, high // step + 1)
    }


def _bounds(amounts: Sequence[Decimal], *, zoomed: bool = False) -> tuple[int, int]:
    """Lowest and highest in 10**-18, never the same; zero included unless ``zoomed``."""
    values = [*map(units, amounts), *(() if zoomed else (0,))]
    low, high = min(values), max(values)
    return (low, high) if low != high else (low, low + 10**18)


def _ends(low: int, high: int) -> dict[int, str]:
    """The amounts at both ends of an axis with their texts, as exact as they differ."""
    decimals = max(0, 20 - len(str(high - low)))
    return {one: number(Decimal(one).scaleb(-18), decimals) for one in (high, low)}


def draw_curve(curve: Curve, width: int, height: int) -> list[Row]:
    """A braille line: solid while everything is settled, dotted from the first pending round."""
    plot_height = height - 1
    amounts = (*curve.settled, *curve.projected)
    if curve.zoomed:
        low, high = _bounds(amounts, zoomed=True)
        ticks = _ends(low, high)
    else:
        low, high = _bounds(amounts)
        ticks = tick_labels(low, high, plot_height // ROWS_PER_TICK)
    margin = max(map(len, ticks.values()))
    plot_width = width - margin - 1
    if plot_width < SMALLEST_PLOT:
        return _blank(width, height)
    tick_rows = {
        (high - tick) * (plot_height * 4 - 1) // (high - low) // 4: text
        for tick, text in ticks.items()
    }
    zero_row = high * (plot_height * 4 - 1) // (high - low) // 4
    dots = _Dots(plot_width, plot_height)
    split = _first_pending(curve)
    values = [units(amount) for amount in curve.projected]
    dots.line(values, low, high, dotted_from=split)
    rows = []
    for index in range(plot_height):
        text = tick_rows.get(index)
        label = Run(f"{text or '':>{margin}}{'┤' if text is not None else '│'}", Ink.AXIS)
        rows.append((label, *dots.row(index, line=index == zero_row)))
    axis = _x_axis(margin + 1, plot_width, curve.first, curve.last)
    place = None if curve.at is None else curve.at * (plot_width - 1) // max(1, len(values) - 1)
    rows.append(pointed(axis, margin + 1, place))
    return rows


def _first_pending(curve: Curve) -> int:
    """The index of the last point before settled and projected part."""
    pairs = zip(curve.settled, curve.projected, strict=True)
    parting = (index for index, (settled, projected) in enumerate(pairs) if settled != projected)
    return max(0, next(parting, len(curve.settled)) - 1)


def _x_axis(margin: int, width: int, first: str, last: str) -> Row:
    gap = width - len(first) - len(last)
    text = f"{first}{' ' * gap}{last}" if gap > 0 else f"{last:>{width}}"[:width]
    return (Run(" " * margin + text, Ink.AXIS),)


def pointed(axis: Row, margin: int, place: int | None) -> Row:
    """The x axis behind ``margin`` with a sign below the column ``place`` of the plot, in place of
    the label there."""
    text = "".join(run.text for run in axis)
    x = margin + (place or 0)
    if place is None or not 0 <= x < len(text):
        return axis
    before, after = text[:x], text[x + 1 :]
    if text[x] != " ":  # strip the letters of a label on both sides, up to its blanks
        before = before.rstrip("".join(set(before) - {" "})).ljust(x)
        after = after.lstrip("".join(set(after) - {" "})).rjust(len(after))
    parts = (before, Ink.AXIS), (POINTER, Ink.PROJECTED), (after, Ink.AXIS)
    return tuple(Run(part, ink) for part, ink in parts if part)


class _Dots:
    """A raster of braille cells, two dots wide and four high each."""

    BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[0] * width for _ in range(height)]
        self._projected_from = width

    def line(self, values: Sequence[int], low: int, high: int, *, dotted_from: int) -> None:
        """Join ``values`` from edge to edge; the points after ``dotted_from`` are projected."""
        columns = self.width * 2
        last = len(values) - 1
        bottom = self.height * 4 - 1
        split = dotted_from * (columns - 1) // last if last else columns
        if dotted_from < last:
            self._projected_from = (split + 1) // 2
        for column in range(columns):
            if column > split and column % 2:
                continue
            touched = _between(values, column, columns - 1)
            upper = (high - max(touched)) * bottom // (high - low)
            lower = (high - min(touched)) * bottom // (high - low)
            for dot in range(upper, lower + 1):
                self._cells[dot // 4][column // 2] |= self.BITS[dot % 4][column % 2]

    def row(self, index: int, *, line: bool) -> list[Run]:
        """One row of cells; ``line`` draws the zero line where nothing else is."""
        runs: list[Run] = []
        for column, bits in enumerate(self._cells[index]):
            if bits:
                projected = column >= self._projected_from
                ink = Ink.PROJECTED if projected else Ink.SETTLED
                _append(runs, chr(0x2800 + bits), ink)
            else:
                _append(runs, "╌" if line else " ", Ink.AXIS if line else Ink.BLANK)
        return runs


def _between(values: Sequence[int], column: int, columns: int) -> list[int]:
    """What the joined ``values`` take on from half a column before ``column`` to half after."""
    last = len(values) - 1
    if columns <= 0:
        return [values[-1]]
    start = max(0, (2 * column - 1) * last)
    end = min(2 * columns * last, (2 * column + 1) * last)
    whole = range(-(-start // (2 * columns)), end // (2 * columns) + 1)
    ends = (_interpolated(values, place, 2 * columns) for place in (start, end))
    return [*(values[index] for index in whole), *ends]


def _interpolated(values: Sequence[int], place: int, unit: int) -> int:
    index, part = divmod(place, unit)
    if not part:
        return values[index]
    return values[index] + (values[index + 1] - values[index]) * part // unit


def _append(runs: list[Run], text: str, ink: Ink) -> None:
    if runs and runs[-1].ink is ink:
        runs[-1] = Run(runs[-1].text + text, ink)
    else:
        runs.append(Run(text, ink))


def draw_bars(bars: Bars, width: int, height: int) -> list[Row]:
    """Gains stand on the zero line, burns hang from it, pending ones are thin."""
    margin = _margin(bars, width)
    plot_width = width - margin - 1
    if plot_width < SMALLEST_PLOT:
        return _blank(width, height)
    amounts, settled = bars.amounts[-plot_width:], bars.settled[-plot_width:]
    low, high = _bounds(amounts)
    up, down = _share(low, high, height - 2)
    scale = max(high // (2 * up) if up else 0, -low // (2 * down) if down else 0, 1)
    pitch = min(WIDEST_BAR, plot_width // len(amounts))
    rows: list[Row] = []
    for level in range(up, -down - 1, -1):
        text = _edge(high) if level == up and up else _edge(low) if -level == down and down else ""
        text = text if level else "0"
        axis = Run(f"{text:>{margin}}{'┤' if text else '│'}", Ink.AXIS)
        if level:
            rows.append(
                (
                    axis,
                    *_bar_row(amounts, settled, level, scale=scale, pitch=pitch, width=plot_width),
                )
            )
        else:
            rows.append((axis, Run("─" * plot_width, Ink.AXIS)))
    used = pitch * len(amounts)
    labels = bars.labels[-plot_width:]
    axis_row = _x_axis(margin + 1, used, labels[0], labels[-1])
    cut = len(bars.amounts) - len(amounts)
    place = None if bars.at is None or bars.at < cut else (bars.at - cut) * pitch
    rows.append((*pointed(axis_row, margin + 1, place), Run(" " * (plot_width - used), Ink.BLANK)))
    return rows


def _margin(bars: Bars, width: int) -> int:
    """Cells for the labels of the amounts that are seen beside them."""
    margin = 1
    while width - margin > SMALLEST_PLOT:
        ends = _bounds(bars.amounts[-(width - margin - 1) :])
        needed = max(len(_edge(end)) for end in ends)
        if needed <= margin:
            break
        margin = needed
    return margin


def _share(low: int, high: int, height: int) -> tuple[int, int]:
    """How many of ``height`` rows gains and burns get."""
    share = (2 * height * high + (high - low)) // (2 * (high - low))
    up = min(max(share, 1 if high else 0), height - (1 if low else 0))
    return up, height - up


def _edge(amount: int) -> str:
    size = abs(Decimal(amount).scaleb(-18))
    text = number(size, 2 if size < 10 else 1 if size < 100 else 0)
    return f"{MINUS}{text}" if amount < 0 else text


def _bar_row(
    amounts: Sequence[Decimal],
    settled: Sequence[bool],
    level: int,
    *,
    scale: int,
    pitch: int,
    width: int,
) -> list[Run]:
    runs: list[Run] = []
    for amount, final in zip(amounts, settled, strict=True):
        halves = -(-abs(units(amount)) // scale) - 2 * (abs(level) - 1)
        same_side = (amount > 0) == (level > 0)
        cell = " " if halves <= 0 or not same_side else _bar_cell(halves > 1, level > 0, final)
        ink = Ink.BURN if amount < 0 else Ink.SETTLED if final else Ink.PROJECTED
        body = cell * max(1, pitch - 1) if final else cell.ljust(max(1, pitch - 1))
        text = body.ljust(pitch)
        _append(runs, text, ink if cell != " " else Ink.BLANK)
    _append(runs, " " * (width - pitch * len(amounts)), Ink.BLANK)
    return runs


def _bar_cell(whole: bool, up: bool, final: bool) -> str:
    solid, thin = ("█", "│") if whole else ("▄", "╷") if up else ("▀", "╵")
    return solid if final else thin
