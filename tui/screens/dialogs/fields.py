"""What a yes is given to, in fields that no name can move: they stand above every sentence."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from ledger.domain.names import cells, cut
from tui.widgets.static import Static

ROOM = 70
"""Cells inside the frame of a dialog on a screen of 80."""

_RIGHT = 44
"""Where the second field of a line begins."""

Pairs = Iterable[tuple[str, str]]
"""Labels with their values."""


class Fields(Static):
    """Labels with their values, in two columns where the values are short enough.

    Never more lines than fields, and never a line wider than the frame.
    """

    DEFAULT_CSS = "Fields { width: 1fr; height: auto; text-wrap: nowrap; }"

    def __init__(self, pairs: Pairs, *, id: str | None = None) -> None:
        super().__init__(laid_out(pairs), id=id)

    def show(self, pairs: Pairs) -> None:
        """Other values; painted only where they differ."""
        content = laid_out(pairs)
        if not (isinstance(self.content, Content) and content.is_same(self.content)):
            self.update(content)


def laid_out(pairs: Pairs) -> Content:
    """The fields in their order, line by line."""
    lines: list[Content] = []
    left = Content("")
    for label, value in pairs:
        wide = 8 if not left.plain else 12
        shown = cut(value, ROOM - wide)
        field = Content.assemble((f"{label:<{wide}}", "$muted"), (shown, "bold"))
        if left.plain and _RIGHT + cells(field.plain) <= ROOM:
            gap = " " * (_RIGHT - cells(left.plain))
            lines.append(Content.assemble(left, gap, field))
            left = Content("")
            continue
        if left.plain:
            lines.append(left)
            field = Content.assemble((f"{label:<8}", "$muted"), (shown, "bold"))
        left = field
        if cells(left.plain) > _RIGHT - 2:
            lines.append(left)
            left = Content("")
    return Content("\n").join([*lines, left] if left.plain else lines)
