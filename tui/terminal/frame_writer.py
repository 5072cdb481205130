"""What goes to the terminal for a frame, in the order that takes the fewest bytes."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from operator import itemgetter

from rich.cells import cell_len

from tui.terminal.cells import PLAIN, UNKNOWN, Row, Style, change, ground, settled

NOWHERE = (-1, -1)

_JUMP = 4
"""The bytes of a usual one."""

_Run = tuple[int, int, str, int]
"""Row, column, what is sent there, and the column after it."""


class FrameWriter:
    """Gathers what to send by style, since a jump is shorter than a change of colour."""

    def __init__(self, cursor: tuple[int, int], width: int, erases: bool) -> None:
        self._out = ["\x1b[0m"] if cursor == NOWHERE else []
        self._planned: dict[Style, list[_Run]] = defaultdict(list)
        self._y, self._x = cursor
        self._worn = PLAIN
        self._width, self._erases = width, erases

    def can_erase(self, style: Style) -> bool:
        """Whether erasing leaves blanks in ``style``."""
        return not style.letters and (self._erases or style.ground == PLAIN.ground)

    def erase(self, y: int, begin: int, end: int, style: Style, *, instead: int) -> bool:
        """Make blanks in ``style`` of the columns from ``begin`` up to ``end``, unless that takes
        more than the ``instead`` bytes that it saves; whether it does."""
        sequence = "\x1b[K" if end == self._width else f"\x1b[{end - begin}X"
        shorter = len(sequence) + _JUMP < instead
        if shorter:
            self._planned[style].append((y, begin, sequence, begin))
        return shorter

    def plan(self, y: int, x: int, cells: Row, style: Style) -> None:
        """Write ``cells`` when it is the turn of ``style``."""
        text = "".join([text for text, _ in cells])
        self._planned[style].append((y, x, text, x + len(cells)))

    def place(self, y: int, row: Row) -> Row:
        """Send what has a width in doubt, onto blanks; whatever it did, the rest comes after it."""
        shown = [UNKNOWN] * len(row)
        for x, (text, style) in enumerate(row):
            if not settled(text) and row[x] is not UNKNOWN:
                end = x + cell_len(text)
                shown[x:end] = row[x:end]
                self.draw(style, y, x, " " * (end - x), -1)
                self.draw(style, y, x, text, -1)
        return shown

    def draw(self, style: Style, y: int, x: int, text: str, after: int) -> None:
        """Send ``text`` for a place; ``after``: the column then, negative if terminals differ."""
        if style.letters or ground(self._worn) != style:
            if not style.letters:
                simple = PLAIN if ground(self._worn).letters else self._worn
                style = simple._replace(ground=style.ground)
            self._out.append(change(self._worn, style))
            self._worn = style
        if x >= 0:
            self._out.append(_jump(self._y, self._x, y, x))
        self._out.append(text)
        self._y, self._x = y, after if after < self._width else -1

    def finish(self, cursor: tuple[int, int]) -> str:
        """All of it, and what brings the cursor to its place."""
        for style in sorted(self._planned):
            for y, x, text, after in self._ordered(self._planned[style]):
                self.draw(style, y, x, text, after)
        self.draw(PLAIN, *cursor, "", cursor[1])
        return "".join(self._out)

    def _ordered(self, runs: list[_Run]) -> list[_Run]:
        """``runs``, which go row by row; column by column if that is nearer, as in a table."""
        if len(runs) < 3:
            return runs
        by_column = sorted(runs, key=itemgetter(1, 0))
        return min(runs, by_column, key=self._distance)

    def _distance(self, runs: list[_Run]) -> int:
        """The bytes of the jumps between ``runs``."""
        distance, from_y, from_x = 0, self._y, self._x
        for y, x, _, after in runs:
            distance += len(_jump(from_y, from_x, y, x))
            from_y, from_x = y, after if after < self._width else -1
        return distance


@lru_cache(maxsize=4096)
def _jump(from_y: int, from_x: int, y: int, x: int) -> str:
    """The shortest way to a place from another, whose column is unknown if negative."""
    direct = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
    if from_y < 0:
        return direct
    return min(_across(from_x, x) + _along(y - from_y), direct, key=len)


@lru_cache(maxsize=4096)
def _across(begin: int, x: int) -> str:
    """The shortest way to a column from another, which is unknown if negative."""
    if begin == x:
        return ""
    ways = [f"\x1b[{x + 1}G", "\r" + (_forward(x) if x else "")]
    if begin > x:
        ways += ["\b" * (begin - x), f"\x1b[{begin - x}D"]
    elif begin >= 0:
        ways.append(_forward(x - begin))
    return min(ways, key=len)


def _forward(step: int) -> str:
    return f"\x1b[{step}C" if step > 1 else "\x1b[C"


def _along(step: int) -> str:
    """The shortest way down, or up. A newline would do as well as a vertical tab, if the line
    settings did not make it go to the first column (``onlcr``)."""
    if step >= 0:
        return min("\v" * step, f"\x1b[{step}B", key=len)
    return min("\x1bM" * -step, f"\x1b[{-step}A", key=len)
