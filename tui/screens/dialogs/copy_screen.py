"""A text to be selected by hand, where the terminal takes no copy."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from tui.screens.dialogs.flow import book_of
from tui.widgets.static import Static

_TO_TERMINAL, _TO_APP = "\x1b[?1003l\x1b[?1000l", "\x1b[?1000h"
"""What leaves selecting with the mouse to the terminal, or makes it report clicks."""

HINT = "Select it with the mouse, then copy as your terminal does. esc closes."


class CopyScreen(ModalScreen[None]):
    """The text alone, without a frame beside it; meanwhile the mouse belongs to the terminal."""

    DEFAULT_CSS = """
    CopyScreen { background: $background; }
    CopyScreen .hint { height: 2; color: $muted; }
    CopyScreen VerticalScroll { scrollbar-size-vertical: 0; }
    CopyScreen .copied { width: 1fr; height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,c,y", "dismiss", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(HINT, classes="hint")
        with VerticalScroll():
            yield Static(Content(self._text), classes="copied")

    def on_mount(self) -> None:
        self.app.clear_notifications()
        self._leave_mouse(True)

    def on_unmount(self) -> None:
        self._leave_mouse(False)

    def action_scroll(self, lines: int) -> None:
        """Move by ``lines``, at once."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _leave_mouse(self, to_terminal: bool) -> None:
        """Textual has no public way to its driver's ``write``."""
        driver = self.app._driver
        if driver is not None and self.app.is_running and book_of(self.app).config.app.mouse:
            driver.write(_TO_TERMINAL if to_terminal else _TO_APP)
