"""What scrolls is drawn line by line; a line of the screen once, until something in it changes."""

from __future__ import annotations

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.theme import Palette


class KeptLines(ScrollView, inherit_bindings=False):
    """A subclass says how lines are laid out and drawn, and shows what is new by
    :meth:`_show_changed`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: dict[int, Strip] = {}
        self._palette = Palette(self)
        self._drawn_for = Size(0, 0)

    def _lay_out(self) -> None:
        """The room has changed."""
        raise NotImplementedError

    def _draw(self, y: int) -> Strip:
        """The line ``y`` of the screen."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Nothing drawn before is of use."""
        self._strips.clear()

    def _show_changed(self) -> None:
        """Lay out again and repaint the lines in sight that look different."""
        if not self.is_attached or not self.size:
            return
        old, self._strips = self._strips, {}
        self._lay_out()
        if not old:
            self.refresh()
            return
        for y in range(self.size.height):
            if self.render_line(y) != old.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._forget()
        self._palette.forget()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if round(old_value) != round(new_value):
            self._strips.clear()
        super().watch_scroll_y(old_value, new_value)

    def render_line(self, y: int) -> Strip:
        """One line of the screen; kept until something in it changes."""
        size = self.scrollable_content_region.size
        if size != self._drawn_for:
            self._drawn_for = size
            self._forget()
            self._lay_out()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._draw(y)
        return strip
