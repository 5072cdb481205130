"""Every line of every widget on its way to the screen, without what could steer the terminal.

Textual passes all it paints through its line filters: frames and their titles, tables, fields,
notices. So no widget has to think of it, and a name in an old ledger does no more than a new one.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class PlainLines(LineFilter):
    """Leaves lines of text of every line, as wide as they were laid out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """``segments`` themselves, unless one of them is in need of it."""
        for text, _, _ in segments:
            if not text.isprintable():
                return [Segment(_plain(text), style) for text, style, _ in segments]
        return segments


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    kept = "".join(letter if letter.isprintable() else " " * cell_len(letter) for letter in text)
    return set_cell_size(kept, cell_len(text))
