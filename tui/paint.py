"""Differential painting: what the terminal shows is kept, and only what differs is sent.

Textual repaints whole regions. A :class:`Painter` reads what it writes, keeps the cells that leads
to and answers with what leads there from the cells on screen, colour by colour. It knows what
Textual paints with: cursor position, newline, SGR, hyperlink, text. Anything else goes through
untouched, and the screen counts as unknown until it is painted again.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len

from tui.cells import PLAIN, UNKNOWN, Row, Style, change, ground, overlay, read, settled

log = logging.getLogger(__name__)

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_BESIDE = re.compile(
    r"(?:\x07|\x1b\](?:0|1|2|22|52);[^\x00-\x1f]*(?:\x07|\x1b\\)|\x1b\[[<>=?]\d*u|\x1b\[\?\d+\$p"
    r"|\x1b\[\?(?:12|25|100[0-6]|101[56]|2004|2031|2048)[hl])*"
)
"""Bell, titles, clipboard, pointer, what keys and mouse report, queries: no cell changes."""
_SCREEN_SWITCH = re.compile(r"\x1b\[\?(?:7|1049)[hl]")
_BLANKS = re.compile(" {9,}")
_LONG = 1 << 17
"""Characters that no difference takes."""

NOWHERE = (-1, -1)


class Painter:
    """Turns frames into the differences from what the terminal shows.

    One thread writes; ``forget`` may come from any thread or signal handler.
    """

    def __init__(self, *, erases: bool = False) -> None:
        self.erases = erases
        """Whether the terminal fills what it erases with the background in use."""
        self._size = (0, 0)
        self._shown: list[Row] = []
        self._odd: set[int] = set()
        self._cursor = self._place = NOWHERE
        self._wanted: dict[int, Row] = {}
        self._painted = ""
        self._synced = self._held_synced = self._forgotten = self._complained = False

    def forget(self) -> None:
        """Take nothing for granted any more: the next frame is sent in full."""
        self._forgotten = True

    @property
    def holding(self) -> bool:
        """Whether frames were held back."""
        return self._place != NOWHERE

    def write(self, data: str, size: tuple[int, int], *, hold: bool = False) -> str:
        """What to send in place of ``data`` on a terminal of ``size``: nothing longer.

        ``hold``: nothing yet, if it can wait; ``release`` or the next frame sends what has come
        together, without what nobody would have seen.
        """
        if data in (SYNC_START, SYNC_END):
            self._synced = data == SYNC_START
            return ""
        sent = data if _BESIDE.fullmatch(data) else self._frame(data, size, hold=hold)
        return f"{SYNC_START}{sent}{SYNC_END}" if sent and self._synced else sent

    def release(self) -> str:
        """What to send for the frames that were held back."""
        sent = self._send()
        return f"{SYNC_START}{sent}{SYNC_END}" if sent and self._held_synced else sent

    def _frame(self, frame: str, size: tuple[int, int], *, hold: bool) -> str:
        if size != self._size:
            self._wanted.clear()
            self._odd.clear()
            self._place, self._painted = NOWHERE, ""
        if self._forgotten or size != self._size:
            self._clear(size)
        rows: dict[int, Row] = {}
        cursor = self._paint(frame, rows)
        if cursor is None:
            held = self._send()
            self._clear(size)
            if not self._complained and not _SCREEN_SWITCH.fullmatch(frame):
                self._complained = True
                log.warning("Painted in full, since it could not be read: %.80r", frame)
            return held + frame
        self._wanted.update(rows)
        self._place = cursor
        if len(self._painted) < _LONG:
            self._painted += frame
        if hold:
            self._held_synced = self._synced
            return ""
        return self._send()

    def _send(self) -> str:
        """From what is shown to what is wanted."""
        if self._place == NOWHERE:
            return ""
        sent = self._difference(self._wanted, self._place)
        for y, row in self._wanted.items():
            self._shown[y] = row
        self._wanted.clear()
        self._cursor, self._place = self._place, NOWHERE
        painted, self._painted = self._painted, ""
        shorter = len(painted) < _LONG and len(painted.encode()) < len(sent.encode())
        return painted if shorter else sent

    def _clear(self, size: tuple[int, int]) -> None:
        self._forgotten, self._size, self._cursor = False, size, NOWHERE
        self._shown = [[UNKNOWN] * size[0] for _ in range(size[1])]

    def _paint(self, frame: str, rows: dict[int, Row]) -> tuple[int, int] | None:
        """Put the rows a frame touches into ``rows``; the cursor, or ``None``: unreadable."""
        pieces = _MOVE.split(frame)
        if pieces[0] or pieces[-1]:
            return None
        width, height = self._size
        y, x = NOWHERE
        for place in range(1, len(pieces), 3):
            y, x, text = int(pieces[place]) - 1, int(pieces[place + 1]) - 1, pieces[place + 2]
            cells, odd = read(text.rstrip("\n"))
            below = y + len(text) - len(text.rstrip("\n"))
            if cells is None or min(x, y) < 0 or below >= height or x + len(cells) > width:
                return None
            if cells:
                overlay(rows.setdefault(y, self._row(y).copy()), x, cells)
            if odd:
                self._odd.add(y)
        return (y, x) if pieces[1:] else None

    def _row(self, y: int) -> Row:
        return self._wanted.get(y) or self._shown[y]

    def _difference(self, rows: dict[int, Row], cursor: tuple[int, int]) -> str:
        pen = _Pen(self._cursor, self._size[0], self.erases)
        if self._cursor == NOWHERE and len(rows) == self._size[1]:
            self._wipe(rows, pen)
        for y, row in sorted(rows.items()):
            shown = self._shown[y]
            if shown != row and y in self._odd:
                shown = pen.place(y, row)
            if shown != row:
                for begin, end, style in _stretches(shown, row):
                    pen.plan(y, begin, row[begin:end], style)
        return pen.finish(cursor)

    def _wipe(self, rows: dict[int, Row], pen: _Pen) -> None:
        """Erase all that is about to be painted, in the colour that most blanks have."""
        cells = Counter(cell for row in rows.values() for cell in row)
        blanks = [cell for cell in cells if pen.can_erase(cell[1])]
        if blanks and UNKNOWN not in cells:
            blank = max(blanks, key=lambda cell: cells[cell])
            pen.draw(blank[1], 0, -1, "\x1b[2J", -1)
            self._shown = [[blank] * self._size[0] for _ in self._shown]


def _stretches(shown: Row, row: Row) -> Iterator[tuple[int, int, Style]]:
    """The columns of ``row`` that differ, from and up to, each with a style to write them in."""
    begin, end, style, blank = 0, 0, PLAIN, PLAIN
    for x, (was, now) in enumerate(zip(shown, row, strict=True)):
        adjoins = begin < x == end
        if now is UNKNOWN or (was == now and (now[0] or not adjoins)):
            continue
        needed = now[1]
        if not adjoins or (needed is not style and needed is not blank):
            joined = _joined(style, row[end : x + 1]) if begin < end and x - end <= 4 else None
            if joined is None:
                yield begin, end, style
                begin = x
            style = joined or needed
            blank = ground(style)
        end = x + 1
    yield begin, end, style


def _joined(style: Style, cells: Row) -> Style | None:
    """The style for a stretch in ``style`` with ``cells`` after it; ``None``: there is none."""
    for text, needed in cells:
        if not settled(text):
            return None
        if style == ground(needed):
            style = needed
        elif needed not in (style, ground(style)):
            return None
    return style


class _Pen:
    """Gathers what to send by style, since a jump is shorter than a change of colour."""

    def __init__(self, cursor: tuple[int, int], width: int, erases: bool) -> None:
        self._out = ["\x1b[0m"] if cursor == NOWHERE else []
        self._planned: dict[Style, list[tuple[int, int, str, int]]] = defaultdict(list)
        self._y, self._x = cursor
        self._worn = PLAIN
        self._width, self._erases = width, erases

    def can_erase(self, style: Style) -> bool:
        """Whether erasing leaves blanks in ``style``."""
        return not style.letters and (self._erases or style.ground == PLAIN.ground)

    def plan(self, y: int, x: int, cells: Row, style: Style) -> None:
        """Write ``cells`` when it is the turn of ``style``; long blanks are erased instead."""
        line, done = "".join([text or "\0" for text, _ in cells]), 0
        blank, planned = ground(style), self._planned
        for found in _BLANKS.finditer(line) if self.can_erase(blank) else ():
            begin, end = (x + place for place in found.span())
            if end == self._width or end - begin > 12:
                erase = "\x1b[K" if end == self._width else f"\x1b[{end - begin}X"
                planned[style].append((y, x + done, line[done : begin - x], begin))
                planned[blank].append((y, begin, erase, begin))
                done = end - x
        planned[style].append((y, x + done, line[done:], x + len(line)))

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
            for y, x, text, after in self._planned[style]:
                if text:
                    self.draw(style, y, x, text.replace("\0", ""), after)
        self.draw(PLAIN, *cursor, "", cursor[1])
        return "".join(self._out)


@lru_cache(maxsize=4096)
def _jump(from_y: int, from_x: int, y: int, x: int) -> str:
    """The shortest way to a place from another, whose column is unknown if negative."""
    ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"]
    if y == from_y and from_x >= 0:
        step = x - from_x
        number = abs(step) if abs(step) > 1 else ""
        ways.append(f"\x1b[{number}{'C' if step > 0 else 'D'}" if step else "")
    if x == 0 and from_y >= 0 and y - from_y in (0, 1):
        ways.append("\r" + "\n" * (y - from_y))
    return min(ways, key=len)
