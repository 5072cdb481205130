"""A chart of lines: of its lines one can be chosen, and read off round by round."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click

from tui import keys
from tui.widgets.charts.chart import Chart, Drawable
from tui.widgets.charts.line_plot import Lines
from tui.widgets.charts.plain_plot import plain_columns

PAGE = 10
"""Points that a page is."""


class LineChart(Chart, can_focus=True, inherit_bindings=False):
    """Up and down choose a line, left and right a place on it, from the newest back."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.TABLE)

    def show(self, content: Drawable | None) -> None:
        """Show ``content``; what was chosen of the lines before is let go if it is not there."""
        before = self._content
        if isinstance(before, Lines) and isinstance(content, Lines) and before.at is not None:
            chosen = before.chosen_line
            names = [line.name for line in content.lines]
            if chosen is not None and chosen.name in names and before.places == content.places:
                content = replace(content, chosen=names.index(chosen.name), at=before.at)
        super().show(content)

    def let_go(self) -> bool:
        """Choose none; whether one was chosen."""
        lines = self._content
        if not isinstance(lines, Lines) or lines.chosen is None:
            return False
        super().show(replace(lines, chosen=None, at=None))
        return True

    def _choose(self, step: int = 0, along: int = 0) -> None:
        lines = self._content
        if not isinstance(lines, Lines) or not lines.heavy:
            return
        last = len(lines.heavy) - 1
        if lines.chosen is None or lines.at is None:
            chosen, at = 0, last
        else:
            chosen = (lines.chosen + step) % len(lines.lines)
            at = max(0, min(last, lines.at + along))
        super().show(replace(lines, chosen=chosen, at=at))

    def on_click(self, event: Click) -> None:
        """Choose the line that is nearest, and read it off there."""
        lines, place = self._content, event.get_content_offset(self)
        if not isinstance(lines, Lines) or not lines.heavy or place is None:
            return
        if self.is_plain:
            columns = plain_columns(len(lines.heavy), self.size.width)
            there = (lines.chosen or 0, columns[place.x]) if place.x < len(columns) else None
        else:
            there = lines.nearest(*place, *self.size)
        if there is not None:
            super().show(replace(lines, chosen=there[0], at=there[1]))

    def action_down(self) -> None:
        self._choose(step=1)

    def action_up(self) -> None:
        self._choose(step=-1)

    def action_left(self) -> None:
        self._choose(along=-1)

    def action_right(self) -> None:
        self._choose(along=1)

    def action_page_up(self) -> None:
        self._choose(along=-PAGE)

    def action_page_down(self) -> None:
        self._choose(along=PAGE)

    def action_first(self) -> None:
        self._choose(along=-(10**6))

    def action_last(self) -> None:
        self._choose(along=10**6)

    def action_choose(self) -> None:
        self._choose()
