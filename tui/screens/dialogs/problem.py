"""The last resort: something happened that nobody expected."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui import keys
from tui.widgets.static import Static


class ProblemScreen(ModalScreen[None]):
    """Names the log file. The app goes on behind it."""

    DEFAULT_CSS = """
    ProblemScreen { align: center middle; background: transparent; }
    #problem {
        width: 72; max-width: 100%; height: auto; padding: 0 2;
        background: $surface; border: round $error;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,enter", "dismiss", "Close"),
        keys.binding("quit"),
    ]

    def __init__(self, error: BaseException, log_file: Path | None) -> None:
        super().__init__()
        self._kind = type(error).__name__
        self._log_file = log_file

    def compose(self) -> ComposeResult:
        with Vertical(id="problem") as box:
            box.border_title = Content("Unexpected problem")
            box.border_subtitle = Content("esc goes on · q quits")
            yield Static(self._content())

    def _content(self) -> Content:
        where = f"Details are in {self._log_file}" if self._log_file else "There is no log file."
        return Content.assemble(
            "A part of the program failed in a way nobody planned for ",
            (f"({self._kind})", "$muted"),
            ".\n\nThe ledger is intact: everything in it is written in whole transactions, and "
            "no stake change is ever sent twice.\n\n",
            (where, "bold"),
            "\nPlease attach it to a report; it holds no keys.",
        )
