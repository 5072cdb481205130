"""The widget that shows a curve, bars of NMR, or many lines."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.events import Click
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.theme import Palette
from tui.widgets.charts.choosing import ChoosesCharts
from tui.widgets.charts.line_plot import Lines
from tui.widgets.charts.plain_plot import draw_plain
from tui.widgets.charts.plot import Bars, Curve, Row, draw
from tui.widgets.charts.pointing import point_at
from tui.widgets.charts.stack import Fan, Stack, draw_fan, draw_stack

Drawable = Curve | Bars | Lines | Stack | Fan
"""What a chart can show."""


class Chart(Widget):
    """Shows what is drawable in the room there is. Paints again only when it changes."""

    DEFAULT_CSS = "Chart { height: 1fr; }"

    @dataclass
    class Pointed(Message):
        """The ``point`` of what is drawn, counted from the first, was clicked."""

        point: int

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._content: Drawable | None = None
        self._rows: list[Row] = []
        self._drawn_for: tuple[int, int] | None = None
        self._palette = Palette(self)

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._palette.forget()
        super().notify_style_update()

    @property
    def content(self) -> Drawable | None:
        """What is shown."""
        return self._content

    def show(self, content: Drawable | None) -> None:
        """Show ``content``; nothing is painted when it is shown already."""
        if content == self._content:
            return
        before = self._rows if self._drawn_for == (self.size.width, self.size.height) else []
        self._content = content
        self._drawn_for = None
        if not before or content is None:
            self.refresh()
            return
        self._rows = self._draw(content, *self.size)
        self._drawn_for = (self.size.width, self.size.height)
        for y, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One row of cells, drawn anew when content or size have changed."""
        size = (self.size.width, self.size.height)
        if self._drawn_for != size:
            self._rows = [] if self._content is None else self._draw(self._content, *size)
            self._drawn_for = size
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        return Strip(
            [Segment(run.text, self._palette[run.ink.meaning]) for run in self._rows[y]]
        ).adjust_cell_length(self.size.width, self.rich_style)

    @property
    def is_plain(self) -> bool:
        """Whether it is drawn for slow lines."""
        return isinstance(self.app, ChoosesCharts) and not self.app.full_charts

    def on_click(self, event: Click) -> None:
        content, place = self._content, event.get_content_offset(self)
        if isinstance(content, Curve | Bars) and place is not None:
            point = point_at(content, place.x, *self.size, plain=self.is_plain)
            if point is not None:
                self.post_message(self.Pointed(point))

    def _draw(self, content: Drawable, width: int, height: int) -> list[Row]:
        if self.is_plain:
            return draw_plain(content, width, height)
        return drawn(content, width, height)


def drawn(content: Drawable, width: int, height: int) -> list[Row]:
    """``content`` in ``height`` rows of ``width`` cells."""
    if isinstance(content, Lines):
        return content.draw(width, height)
    if isinstance(content, Stack):
        return draw_stack(content, width, height)
    if isinstance(content, Fan):
        return draw_fan(content, width, height)
    return draw(content, width, height)
