"""What Textual writes, as cells: graphemes by column, their widths and styles."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import bidirectional, category

from rich.cells import cell_len

_PIECE = re.compile(
    r"(?:\x1b\]8;(?P<link>[^\x00-\x1f;]*;[^\x00-\x1f\x7f]+)\x1b\\)?(?:\x1b\[(?P<sgr>[\d;]+)m)?"
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]*)(?(sgr)\x1b\[0m)(?(link)\x1b\]8;;\x1b\\)"
)
_SGR = re.compile(
    r"(?:(?P<letters>3[0-79]|9[0-7]|38;(?:5;\d+|2;\d+;\d+;\d+))"
    r"|(?P<ground>4[0-79]|10[0-7]|48;(?:5;\d+|2;\d+;\d+;\d+))|(?P<attribute>[1-9]|21|5[123]))(?:;|$)"
)


class Style(NamedTuple):
    """How a cell looks, in SGR parameters; a blank has no ``letters`` unless they show."""

    ground: str = "49"
    link: str = ""
    attributes: tuple[str, ...] = ()
    letters: str = "39"


Cell = tuple[str, Style]
"""One column: a grapheme, empty in the columns that a wide one covers after its first."""
Row = list[Cell]
PLAIN = Style()
UNKNOWN: Cell = ("?", Style(link="unknown"))
"""Nobody knows what the terminal shows there; nothing painted equals it."""


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[tuple[Cell, ...] | None, bool]:
    """The cells of text between two cursor movements, and whether the width of any is in doubt.

    ``None`` instead of cells: the text holds something unknown.
    """
    cells: list[Cell] = []
    odd, at = False, 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        style = _style(piece["sgr"] or "", piece["link"] or "") if piece else None
        if piece is None or style is None or piece.end() == at:
            return None, odd
        begin, at, blank = len(cells), piece.end(), empty(ground(style))
        shown = piece["text"]
        if shown.isascii():
            cells += [blank if letter == " " else (letter, style) for letter in shown]
            continue
        for grapheme in _graphemes(shown):
            cells.append(blank if grapheme == " " else (grapheme, style))
            if not grapheme.isascii():
                cells += [("", style)] * (cell_len(grapheme) - 1)
                odd = odd or not settled(grapheme)
        if len(cells) - begin != cell_len(shown):
            return None, odd
    return tuple(cells), odd


def _graphemes(text: str) -> list[str]:
    """Letters, each with the marks and joined ones after it that take no column of their own."""
    graphemes: list[str] = []
    for letter in text:
        if graphemes and (not cell_len(letter) or graphemes[-1][-1] == "\u200d"):
            graphemes[-1] += letter
        else:
            graphemes.append(letter)
    return graphemes


@lru_cache(maxsize=4096)
def _style(sgr: str, link: str) -> Style | None:
    """The style of an SGR sequence and a hyperlink; ``None``: it has an unknown parameter."""
    codes = list(_SGR.finditer(sgr))
    if "".join(code[0] for code in codes) != sgr:
        return None
    last = {code.lastgroup: code[0].rstrip(";") for code in codes}
    attributes = sorted({code["attribute"] for code in codes} - {None})
    return Style(last.get("ground", "49"), link, tuple(attributes), last.get("letters", "39"))


def overlay(row: Row, x: int, cells: tuple[Cell, ...]) -> None:
    """Put ``cells`` into ``row``; what remains of a wide grapheme cut in two is unknown."""
    left, right = x, x + len(cells)
    while not row[left][0]:
        left -= 1
    row[left:x] = [UNKNOWN] * (x - left)
    row[x:right] = cells
    while right < len(row) and not row[right][0]:
        row[right] = UNKNOWN
        right += 1


@lru_cache(maxsize=4096)
def settled(text: str) -> bool:
    """Whether terminals agree on the width of a grapheme: no emoji, no joined or combined ones."""
    if text.isascii():
        return True
    kinds = "LNPSZ" if cell_len(text) == 1 else "L"
    return (
        len(text) == 1
        and category(text)[0] in kinds
        and text < "\U0001f000"
        and (bidirectional(text) in ("L", "EN", "ES", "ET", "CS", "ON", "WS"))
    )


@lru_cache(maxsize=4096)
def ground(style: Style) -> Style:
    """How a blank in ``style`` looks: bold (1), dim (2), italic (3) and letters don't show.

    Reversed (7) it has the colour of the letters, where that is certain: some terminals brighten
    the first colours of bold letters.
    """
    if style.link or not {"1", "2", "3", "7"}.issuperset(style.attributes):
        return style
    if "7" not in style.attributes:
        return _bare(style.ground)
    if "2" in style.attributes or not style.letters.startswith("38;2;"):
        return style
    return _bare(f"4{style.letters[1:]}")


@lru_cache(maxsize=4096)
def _bare(colour: str) -> Style:
    return Style(colour, letters="")


@lru_cache(maxsize=4096)
def empty(style: Style) -> Cell:
    """A blank in ``style``."""
    return " ", style


_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "21": "24", "7": "27", "9": "29"}
"""What ends an attribute alone; bold and dim (2) end together, as do two kinds of underline."""

RESET = "\x1b[m"
"""Ends all attributes and colours."""


@lru_cache(maxsize=4096)
def change(worn: Style, style: Style) -> str:
    """The shortest sequences that make one style of another."""
    link = "" if worn.link == style.link else f"\x1b]8;{style.link or ';'}\x1b\\"
    if worn[::2] == style[::2] and worn.letters == style.letters:
        return link
    ways = [_anew(style)]
    gone = [code for code in worn.attributes if code not in style.attributes]
    if all(code in _OFF for code in gone):
        off = dict.fromkeys(_OFF[code] for code in gone)
        kept = [code for code in worn.attributes if _OFF.get(code) not in off]
        codes = [*off, *(code for code in style.attributes if code not in kept)]
        codes += [now for was, now in zip(worn[::3], style[::3], strict=True) if was != now]
        ways.append(f"\x1b[{';'.join(codes)}m")
    return link + min(ways, key=len)


def _anew(style: Style) -> str:
    """``style`` whatever was before, but for the link."""
    colours = [code for code in (style.ground, style.letters) if code not in ("39", "49")]
    codes = [*style.attributes, *colours]
    return f"\x1b[{';'.join(['0', *codes])}m" if codes else RESET
