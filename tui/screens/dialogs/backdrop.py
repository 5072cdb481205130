"""What a dialog leaves visible of the screen it stands before."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.css.styles import RulesMap
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class Backdrop(Visual):
    """``screen`` as it is, but nothing there can be clicked or selected.

    Textual's way there leads through Rich, line by line, which takes as long as all the rest of
    opening a dialog.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen

    def render_strips(
        self,
        width: int,
        height: int | None,
        style: Style,  # noqa: ARG002 - as Textual calls it
        options: RenderOptions,  # noqa: ARG002
    ) -> list[Strip]:
        """The lines of the screen, ``height`` at most."""
        size = Size(width, height or self._screen.size.height)
        return [_untouchable(strip) for strip in self._screen._compositor.render_strips(size)]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:  # noqa: ARG002
        """All there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:  # noqa: ARG002
        """The screen's."""
        return self._screen.size.height


def _untouchable(strip: Strip) -> Strip:
    segments = [Segment(text, style and _plain(style)) for text, style, _ in strip]
    return Strip(segments, strip.cell_length)


@lru_cache(maxsize=4096)
def _plain(style: RichStyle) -> RichStyle:
    return style.clear_meta_and_links()
