"""Differential painting: what the terminal shows is kept, and only what differs is sent.

Textual repaints whole regions. A :class:`Painter` reads what it writes, keeps the cells that leads
to and answers with what leads there from the cells on screen, colour by colour. It knows what
Textual paints with: cursor position, newline, SGR, hyperlink, text. Anything else goes through
untouched, and the screen counts as unknown until it is painted again.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.driver import Driver
from textual.events import Resize

from tui.cells import PLAIN, UNKNOWN, Row, Style, change, ground, overlay, read, settled

if TYPE_CHECKING:
    from textual.drivers.linux_driver import LinuxDriver as _Terminal
    from textual.message import Message
else:
    _Terminal = Driver

log = logging.getLogger(__name__)

TESTED = "8.2."
"""How the versions of Textual begin whose output the tests compare with ours."""
SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_BESIDE = re.compile(
    r"(?:\x07|\x1b\](?:0|1|2|22|52);[^\x00-\x1f]*(?:\x07|\x1b\\)|\x1b\[[<>=?]\d*u|\x1b\[\?\d+\$p"
    r"|\x1b\[\?(?:12|25|100[0-6]|101[56]|2004|2031|2048)[hl])*"
)
"""Bell, titles, clipboard, pointer, what keys and mouse report, queries: no cell changes."""
_SCREEN_SWITCH = re.compile(r"\x1b\[\?(?:7|1049)[hl]")
_BLANKS = re.compile(" {9,}")
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
        self._cursor = NOWHERE
        self._synced = self._forgotten = self._complained = False

    def forget(self) -> None:
        """Take nothing for granted any more: the next frame is sent in full."""
        self._forgotten = True

    def write(self, data: str, size: tuple[int, int]) -> str:
        """What to send in place of ``data`` on a terminal of ``size``: nothing longer."""
        if data in (SYNC_START, SYNC_END):
            self._synced = data == SYNC_START
            return ""
        sent = data if _BESIDE.fullmatch(data) else self._frame(data, size)
        return f"{SYNC_START}{sent}{SYNC_END}" if sent and self._synced else sent

    def _frame(self, frame: str, size: tuple[int, int]) -> str:
        if self._forgotten or size != self._size:
            self._clear(size)
        rows: dict[int, Row] = {}
        cursor = self._paint(frame, rows)
        if cursor is None:
            self._clear(size)
            if not self._complained and not _SCREEN_SWITCH.fullmatch(frame):
                self._complained = True
                log.warning("Painted in full, since it could not be read: %.80r", frame)
            return frame
        sent = self._difference(rows, cursor)
        for y, row in rows.items():
            self._shown[y] = row
        self._cursor = cursor
        return sent if len(sent.encode()) <= len(frame.encode()) else frame

    def _clear(self, size: tuple[int, int]) -> None:
        self._forgotten, self._size, self._cursor = False, size, NOWHERE
        self._shown = [[UNKNOWN] * size[0] for _ in range(size[1])]
        self._odd.clear()

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
                overlay(rows.setdefault(y, self._shown[y].copy()), x, cells)
            if odd:
                self._odd.add(y)
        return (y, x) if pieces[1:] else None

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


class Painting(_Terminal):
    """Mixed into a driver: it sends differences. Textual makes the driver, so it has no say."""

    painter: Painter

    def write(self, data: str) -> None:
        """Send what differs on screen after ``data``."""
        if sent := self.painter.write(data, self._app.size):
            super().write(sent)

    def start_application_mode(self) -> None:
        """Begin; from now on a change of the size leaves nothing certain."""
        self.painter.erases = _fills_with_background()
        self.painter.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        on_resize = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: Any) -> None:
            self.painter.forget()
            if callable(on_resize):
                on_resize(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def process_message(self, message: Message) -> None:
        """Pass a message on; some terminals report their size in one."""
        if isinstance(message, Resize) and message.size != self._app.size:
            self.painter.forget()
        super().process_message(message)


def _fills_with_background() -> bool:
    """Whether the terminal erases in colour, by terminfo; GNU screen doesn't, whatever TERM is."""
    import curses

    try:
        curses.setupterm(fd=2)
    except curses.error:
        return False
    known = curses.tigetflag("bce") > 0 and bool(curses.tigetstr("ech"))
    return known and "STY" not in os.environ


def driver_class(chosen: type[Driver], painter: Painter, mode: str) -> type[Driver]:
    """``chosen``, made to paint differences if ``mode`` says so and it is a Unix terminal's.

    ``mode``: ``full``, ``diff``, or ``auto`` for those that were tested.
    """
    from textual import __version__

    known = any(one.__module__ == "textual.drivers.linux_driver" for one in chosen.__mro__)
    if mode == "full" or not known or (mode == "auto" and not __version__.startswith(TESTED)):
        log.info("Paints in full: %s, Textual %s, %s", mode, __version__, chosen.__qualname__)
        return chosen
    return type("PaintingDriver", (Painting, chosen), {"painter": painter})
