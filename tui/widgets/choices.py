"""Lines to choose one of, painted by one widget; only lines that changed are painted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.format import shorten
from tui.theme import Palette, Parts
from tui.widgets.keyed import Keyed, Take

_GAP = 2
"""Cells between what stands on the left and on the right."""

_WHEEL = 3
"""Lines that a notch of the wheel goes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line: ``left`` is cut where it does not fit beside ``right``."""

    left: Parts
    right: Parts = ()


class Choices(Keyed, Widget, can_focus=True):
    """The lines in sight; its owner says which these are, and passes every key to ``take``."""

    @dataclass
    class Chosen(Message):
        """The line at ``row`` was clicked."""

        row: int

    @dataclass
    class Wheeled(Message):
        """The wheel went ``lines`` down."""

        lines: int

    def __init__(self, take: Take, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.take = take
        self._choices: tuple[Choice, ...] = ()
        self._strips: dict[int, Strip] = {}
        self._palette = Palette(self)

    @property
    def text(self) -> str:
        """What stands there now."""
        lines = (self.render_line(row).text.rstrip() for row in range(len(self._choices)))
        return "\n".join(lines)

    def show(self, choices: Sequence[Choice]) -> None:
        """Show these lines, from the top."""
        before, self._choices = self._choices, tuple(choices)
        rows = range(max(len(before), len(self._choices)))
        other = [row for row in rows if before[row : row + 1] != self._choices[row : row + 1]]
        for row in other:
            self._strips.pop(row, None)
        if other:
            self.refresh(*(Region(0, row, self.size.width, 1) for row in other))

    def notify_style_update(self) -> None:
        self._strips.clear()
        self._palette.forget()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._draw(y)
        return strip

    def _draw(self, row: int) -> Strip:
        width, plain = self.size.width, self._palette[""]
        if row >= len(self._choices):
            return Strip.blank(width, plain)
        choice = self._choices[row]
        right = _cut(choice.right, width)
        taken = _cells(right)
        left = _cut(choice.left, max(0, width - taken - (_GAP if taken else 0)))
        blank = " " * max(0, width - taken - _cells(left))
        segments = [Segment(text, self._palette[meaning]) for text, meaning in left]
        segments.append(Segment(blank, plain))
        segments += [Segment(text, self._palette[meaning]) for text, meaning in right]
        return Strip(segments).adjust_cell_length(width, plain)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._choices):
            event.stop()
            self.post_message(self.Chosen(event.y))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Wheeled(_WHEEL))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Wheeled(-_WHEEL))


def _cells(parts: Parts) -> int:
    return sum(cell_len(text) for text, _ in parts)


def _cut(parts: Parts, width: int) -> Parts:
    """``parts`` in at most ``width`` cells."""
    kept = []
    for text, meaning in parts:
        if width <= 0:
            break
        fitting = shorten(text, width)
        kept.append((fitting, meaning))
        width -= cell_len(text)
    return tuple(kept)
