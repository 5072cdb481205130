"""What goes to the terminal for a frame, in the order that takes the fewest bytes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

from rich.cells import cell_len

from tui.terminal.cells import PLAIN, RESET, UNKNOWN, Row, Style, change, ground, settled

NOWHERE = (-1, -1)

NO_CARET = 0
"""The row where Textual leaves the cursor, which is hidden, unless a caret is shown somewhere."""

_JUMP = 4
"""The bytes of a usual one."""

_REPEATED = re.compile(r"(.)\1{2,}")

_Run = tuple[int, int, str, int]
"""Row, column, what is sent there, and the column after it."""


class FrameWriter:
    """Gathers what to send by style, since a jump is shorter than a change of colour.

    ``worn``: the style that the terminal writes in, as the last frame left it.
    """

    def __init__(
        self,
        cursor: tuple[int, int],
        width: int,
        *,
        erases: bool = False,
        repeats: bool = False,
        worn: Style = PLAIN,
    ) -> None:
        known = cursor != NOWHERE
        self._out = [] if known else [RESET]
        self.worn = worn if known else PLAIN
        self._first = self.worn.ground
        self._planned: dict[Style, list[_Run]] = defaultdict(list)
        self._to_come: dict[int, list[Style | None]] = {}
        self._y, self._x = cursor
        self._width, self._erases, self._repeats = width, erases, repeats

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
        text, after = "".join([text for text, _ in cells]), x + len(cells)
        if text == " " and after == self._width and self.can_erase(style):
            # Unlike a letter there, this leaves the cursor where it certainly is.
            self._planned[style].append((y, x, "\x1b[K", x))
            return
        self._planned[style].append((y, x, text, after))
        to_come = self._to_come.setdefault(y, [None] * self._width)
        to_come[x:after] = [style if text else None for text, _ in cells]

    def turn(self, colour: str) -> tuple[bool, str]:
        """When it is the turn of a ground, as a key to sort by: first the one in use."""
        return colour != self._first, colour

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
        worn = self.worn
        if style.letters or ground(worn) != style or "7" in worn.attributes:
            if not style.letters:
                simple = PLAIN if ground(worn).letters else _upright(worn)
                style = simple._replace(ground=style.ground)
            self._out.append(change(worn, style))
            self.worn = style
        if x >= 0:
            self._out.append(_jump(self._y, self._x, y, x))
        self._out.append(text)
        self._y, self._x = y, after if after < self._width else -1

    @property
    def cursor(self) -> tuple[int, int]:
        """Where it is, in a column that nobody knows if that is negative."""
        return self._y, self._x

    def finish(self, cursor: tuple[int, int]) -> str:
        """All of it, and what brings the cursor to its place, if anybody has given it one."""
        turns = {style: turn for turn, style in enumerate(self._styles())}
        for style, turn in turns.items():
            late = {later for later, its in turns.items() if its > turn}
            for y, x, text, after in self._ordered(self._bridged(self._planned[style], late)):
                self.draw(style, y, x, self._short(text), after)
        unlinked = self.worn._replace(link="")
        self._out.append(change(self.worn, unlinked))
        self.worn = unlinked
        if cursor[0] != NO_CARET:
            self._out.append(_jump(self._y, self._x, *cursor))
            self._y, self._x = cursor
        return "".join(self._out)

    def _styles(self) -> Iterator[Style]:
        """The planned ones: ground by ground, blanks first, each after what it differs from by the
        fewest bytes."""
        left = sorted(self._planned, key=lambda style: (self.turn(style.ground), style))
        worn = self.worn
        while left:
            here = [style for style in left if style.ground == left[0].ground]
            style = min(here, key=lambda style: len(change(worn, style)) if style.letters else -1)
            left.remove(style)
            yield style
            worn = style if style.letters else _upright(worn)._replace(ground=style.ground)

    def _bridged(self, runs: list[_Run], late: set[Style]) -> list[_Run]:
        """``runs``, of which neighbours are one where a jump between them would take longer than
        blanks, over which comes something else later."""
        joined: list[_Run] = []
        for y, x, text, after in runs:
            if joined and joined[-1][0] == y and 0 < x - joined[-1][3] < _JUMP:
                _, begin, before, end = joined[-1]
                written = text[:1] != "\x1b" != before[:1]
                shorter = x - end < len(_jump(y, end, y, x))
                if written and shorter and late.issuperset(self._to_come[y][end:x]):
                    joined[-1] = y, begin, before + " " * (x - end) + text, after
                    continue
            joined.append((y, x, text, after))
        return joined

    def _short(self, text: str) -> str:
        """``text`` with one of several equal letters, and how often it is repeated."""
        return _REPEATED.sub(_repeated, text) if self._repeats and text[:1] != "\x1b" else text

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


def _upright(style: Style) -> Style:
    """``style`` without its reversal: what is erased is never reversed."""
    return style._replace(attributes=tuple(code for code in style.attributes if code != "7"))


def _repeated(letters: re.Match[str]) -> str:
    """A letter repeated, by the shorter way to say so."""
    if cell_len(letters[1]) != 1:
        return letters[0]
    short = f"{letters[1]}\x1b[{len(letters[0]) - 1}b"
    return min(letters[0], short, key=lambda way: len(way.encode()))


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
