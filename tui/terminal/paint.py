"""Differential painting: what the terminal shows is kept, and only what differs is sent.

Textual repaints whole regions. A :class:`Painter` reads what it writes, keeps the cells that leads
to and answers with what leads there from the cells on screen, colour by colour. It knows what
Textual paints with: cursor position, newline, SGR, hyperlink, text. Anything else goes through
untouched, and the screen counts as unknown until it is painted again.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator

from tui.terminal.cells import (
    PLAIN,
    RESET,
    UNKNOWN,
    Cell,
    Row,
    Style,
    ground,
    overlay,
    read,
    settled,
)
from tui.terminal.frame_writer import NOWHERE, FrameWriter

log = logging.getLogger(__name__)

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_BESIDE = re.compile(
    r"(?:\x07|\x1b\](?:0|1|2|22|52);[^\x00-\x1f]*(?:\x07|\x1b\\)|\x1b\[[<>=?]\d*u|\x1b\[\?\d+\$p"
    r"|\x1b\[\?(?:12|25|100[0-6]|101[56]|2004|2031|2048)[hl])*"
)
"""Bell, titles, clipboard, pointer, what keys and mouse report, queries: no cell changes."""
_SCREEN_SWITCH = re.compile(r"\x1b\[\?(?:7|1049)[hl]")
_ERASABLE = re.compile("[bc]*b[bc]*")
"""Columns by ``_marks``."""
_MANY = 8
"""Blanks that erasing is shorter than at best."""
_LONG = 1 << 17
"""Characters that no difference takes."""


class Painter:
    """Turns frames into the differences from what the terminal shows.

    One thread writes; ``forget`` may come from any thread or signal handler.
    """

    def __init__(self, *, erases: bool = False, repeats: bool = False) -> None:
        self.erases = erases
        """Whether the terminal fills what it erases with the background in use."""
        self.repeats = repeats
        """Whether it can be told to repeat a letter, also one beyond ASCII."""
        self._worn = PLAIN
        """The style that it writes in: what comes next often begins with the same."""
        self._size = (0, 0)
        self._shown: list[Row] = []
        self._odd: set[int] = set()
        self._cursor = self._place = NOWHERE
        self._target: dict[int, Row] = {}
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
            self._target.clear()
            self._odd.clear()
            self._place, self._painted = NOWHERE, ""
        if self._forgotten or size != self._size:
            self._clear(size)
        rows: dict[int, Row] = {}
        cursor = self._paint(frame, rows)
        if cursor is None:
            held = self._send() + self._reset()
            self._clear(size)
            if not self._complained and not _SCREEN_SWITCH.fullmatch(frame):
                self._complained = True
                log.warning("Painted in full, since it could not be read: %.80r", frame)
            return held + frame
        self._target.update(rows)
        self._place = cursor
        if len(self._painted) < _LONG:
            self._painted += frame
        if hold:
            self._held_synced = self._synced
            return ""
        return self._send()

    def _send(self) -> str:
        """From what is shown to the target."""
        if self._place == NOWHERE:
            return ""
        writer = self._difference(self._target)
        sent, worn = writer.finish(self._place), writer.worn
        for y, row in self._target.items():
            self._shown[y] = row
        self._target.clear()
        self._cursor, self._place = self._place, NOWHERE
        painted, self._painted = self._reset() + self._painted, ""
        # What is not reset now will be at some time.
        owed = 0 if worn == PLAIN else len(RESET)
        if len(painted) < _LONG and len(painted.encode()) < len(sent.encode()) + owed:
            return painted
        self._worn, self._cursor = worn, writer.cursor
        return sent

    def _reset(self) -> str:
        """What has to come before anything that isn't made here."""
        worn, self._worn = self._worn, PLAIN
        return RESET if worn != PLAIN else ""

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
        return self._target.get(y) or self._shown[y]

    def _difference(self, rows: dict[int, Row]) -> FrameWriter:
        """Has been told what leads from what is shown to ``rows``."""
        writer = FrameWriter(
            self._cursor,
            self._size[0],
            erases=self.erases,
            repeats=self.repeats,
            worn=self._worn,
        )
        if self._cursor == NOWHERE and len(rows) == self._size[1]:
            self._wipe(rows, writer)
        for y, row in sorted(rows.items()):
            shown = self._shown[y]
            if shown != row and y in self._odd:
                shown = writer.place(y, row)
            if shown != row:
                shown = _erased(y, shown, row, writer)
                for begin, end, style in _stretches(shown, row):
                    writer.plan(y, begin, row[begin:end], style)
        return writer

    def _wipe(self, rows: dict[int, Row], writer: FrameWriter) -> None:
        """Erase all that is about to be painted, in the colour that most blanks have."""
        cells = Counter(cell for row in rows.values() for cell in row)
        blanks = [cell for cell in cells if writer.can_erase(cell[1])]
        if blanks and UNKNOWN not in cells:
            blank = max(blanks, key=lambda cell: cells[cell])
            writer.draw(blank[1], *NOWHERE, "\x1b[2J", -1)
            self._shown = [[blank] * self._size[0] for _ in self._shown]


def _erased(y: int, shown: Row, row: Row, writer: FrameWriter) -> Row:
    """Erase what many blanks replace; returns what is shown then.

    Nothing is erased that stays, so nothing flickers.
    """
    for blank in sorted(_blanks(shown, row)):
        if not writer.can_erase(blank[1]):
            continue
        marks = _marks(shown, row, blank, writer)
        for part in _ERASABLE.finditer(marks):
            begin, end = part.span()
            if writer.erase(y, begin, end, blank[1], instead=2 * marks.count("bb", begin, end)):
                shown = [*shown[:begin], *[blank] * (end - begin), *shown[end:]]
    return shown


def _blanks(shown: Row, row: Row) -> list[Cell]:
    """The kinds of blanks to come, if they are many."""
    pairs = zip(shown, row, strict=True)
    coming = [now for was, now in pairs if now is not was and now[0] == " "]
    blanks: list[Cell] = []
    for blank in coming if len(coming) >= _MANY else ():
        if blank not in blanks:
            blanks.append(blank)
    return blanks


def _marks(shown: Row, row: Row, blank: Cell, writer: FrameWriter) -> str:
    """A letter for each column: ``b`` where ``blank`` is to come; ``c`` where it does no harm,
    being there already or written over later, when it is its turn; ``x`` elsewhere."""
    turn, erased = writer.turn, writer.turn(blank[1].ground)
    return "".join(
        [
            ("c" if was is blank else "b")
            if now is blank
            else ("c" if was != now and turn(now[1].ground) >= erased else "x")
            for was, now in zip(shown, row, strict=True)
        ]
    )


def _stretches(shown: Row, row: Row) -> Iterator[tuple[int, int, Style]]:
    """The columns of ``row`` that differ, from and up to, each with a style to write them in."""
    begin, end, style, blank = 0, 0, PLAIN, PLAIN
    for x, (was, now) in enumerate(zip(shown, row, strict=True)):
        if was is now and x != end:
            continue
        adjoins = begin < x == end
        if now is UNKNOWN or (was == now and (now[0] or not adjoins)):
            continue
        needed = now[1]
        if not adjoins or (needed is not style and needed is not blank):
            joined = _joined(style, row[end : x + 1]) if begin < end and x - end <= 4 else None
            if joined is None:
                if begin < end:
                    yield begin, end, style
                begin = x
            style = joined or needed
            blank = ground(style)
        end = x + 1
    if begin < end:
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
