"""A terminal emulator to compare screens with: pyte's, corrected where it would mislead."""

from __future__ import annotations

import re
from typing import Any

import pyte
from pyte.screens import Char
from rich.cells import cell_len

_LINK = re.compile(r"\x1b\]8;([^\x07\x1b]*)\x1b\\")
_PRIVATE = re.compile(r"\x1b\[[<>=]\d*u|\x1b\[\?\d+\$p|\x1b\]\d+;[^\x07\x1b]*(?:\x07|\x1b\\)")
"""Sequences that pyte would print, or that it need not see."""

_STYLE = re.compile(r"\x1b\[([\d;]*)m")
"""Most of all sequences; pyte's parser takes them letter by letter."""

_REPEAT = re.compile(r"(.)\x1b\[(\d+)b")
"""A letter that the terminal is told to repeat, which pyte can't."""

_DIM = " dim"
"""Behind a colour: pyte has no place for it."""

TORN = "\ufffd"
"""What remains of a wide grapheme cut in two; terminals differ."""

Look = tuple[object, ...]


class Emulator(pyte.Screen):
    """A screen in Textual's terms: its widths, no wrapping, hyperlinks (in place of blinking).

    Erasing everything colours every cell, and half a wide grapheme never stays. ``narrow``: a
    terminal that thinks otherwise of graphemes whose width is in doubt, and gives each one column.
    """

    def __init__(self, columns: int, lines: int, *, narrow: bool = False) -> None:
        self.narrow = narrow
        self.link = ""
        self.dim = False
        super().__init__(columns, lines)
        self.reset_mode(pyte.modes.DECAWM >> 5, private=True)
        self._stream = pyte.Stream(self, strict=False)

    def feed(self, data: str) -> None:
        """Show what an app writes."""
        for place, part in enumerate(_LINK.split(data)):
            if place % 2:
                self.link = "" if part == ";" else part
            else:
                self._take(_REPEAT.sub(_repeated, _PRIVATE.sub("", part)))

    def _take(self, data: str) -> None:
        for place, part in enumerate(_STYLE.split(data)):
            if place % 2:
                codes = [int(code or 0) for code in part.split(";")]
                self.select_graphic_rendition(*codes)
                self.dim = _dim(codes, self.dim)
            elif part:
                self._stream.feed(part)

    def draw(self, data: str) -> None:
        letters = self.cursor.attrs.fg + (_DIM if self.dim else "")
        look = self.cursor.attrs._replace(fg=letters, blink=self.link)[1:]
        for grapheme in data if data.isascii() else _graphemes(data):
            self._draw(grapheme, look)

    def _draw(self, grapheme: str, look: tuple[object, ...]) -> None:
        width = cell_len(grapheme)
        if self.narrow and len(grapheme) > 1:
            width = 1
        x = min(self.cursor.x, self.columns - width)
        line = self.buffer[self.cursor.y]
        self._tear(x, x + width)
        for column in range(x, x + width):
            line[column] = Char(grapheme if column == x else "", *look)
        self.cursor.x = x + width

    def _tear(self, begin: int, end: int) -> None:
        """Columns from ``begin`` up to ``end`` are about to change."""
        line = self.buffer[self.cursor.y]
        left, right = begin, end
        while left > 0 and not line[left].data:
            left -= 1
        while right < self.columns and not line[right].data:
            right += 1
        for column in (*range(left, begin), *range(end, right)):
            line[column] = line[column]._replace(data=TORN)

    def erase_characters(self, count: int | None = None) -> None:
        self._tear(self.cursor.x, min(self.cursor.x + (count or 1), self.columns))
        super().erase_characters(count)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        assert how == 0, "only the rest of a line is ever erased"
        self._tear(self.cursor.x, self.columns)
        super().erase_in_line(how, private)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        assert how == 2, "only the whole screen is ever erased"
        for y in range(self.lines):
            for x in range(self.columns):
                self.buffer[y][x] = self.cursor.attrs

    def looks(self) -> list[list[Look]]:
        """Every cell as it looks: colours that a blank does not show are left out."""
        return [[_look(self.buffer[y][x]) for x in range(self.columns)] for y in range(self.lines)]

    def text(self) -> list[str]:
        """The rows without their colours."""
        return [
            "".join(self.buffer[y][x].data for x in range(self.columns)).rstrip()
            for y in range(self.lines)
        ]

    def place(self) -> tuple[int, int, bool]:
        """Row and column of the cursor, and whether it is hidden."""
        return self.cursor.y, self.cursor.x, self.cursor.hidden

    def plain(self) -> bool:
        """Whether what is written next has neither colour nor attribute."""
        return bool(self.cursor.attrs == self.default_char and not self.dim)


def _dim(codes: list[int], dim: bool) -> bool:
    """Whether letters are dim after ``codes``."""
    left = iter(codes)
    for code in left:
        if code in (38, 48):
            for _ in range(3 if next(left, 5) == 2 else 1):
                next(left, None)
        else:
            dim = code == 2 or (dim and code not in (0, 22))
    return dim


def _repeated(letter: re.Match[str]) -> str:
    return letter[1] * (1 + int(letter[2]))


def _look(cell: Any) -> Look:
    shows = cell.underscore or cell.strikethrough or cell.blink
    if cell.data == " " and not shows and not cell.reverse:
        return " ", cell.bg
    if cell.data == " " and not shows and re.fullmatch("[0-9a-f]{6}", cell.fg):
        return " ", cell.fg
    return tuple(cell)


def _graphemes(text: str) -> list[str]:
    found: list[str] = []
    for letter in text:
        if found and (not cell_len(letter) or found[-1].endswith("\u200d")):
            found[-1] += letter
        else:
            found.append(letter)
    return found
