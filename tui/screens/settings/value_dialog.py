"""A text, a number or a list, checked while it is typed by what reads the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from ledger.errors import ConfigError
from tui.screens.dialogs.dialog import buttons
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.static import Static


class ValueDialog(FormDialog[tuple[Any]]):
    """Ends with the value that ``read`` makes of the text, in a tuple: it may be anything."""

    DEFAULT_CSS = """
    ValueDialog #doc { width: 1fr; height: auto; margin-bottom: 1; color: $muted; }
    ValueDialog .field Input { width: 1fr; margin-left: 8; }
    ValueDialog #objection.beside { padding-left: 9; }
    """
    AUTO_FOCUS = "Input"

    def __init__(
        self, name: str, doc: str, text: str, read: Callable[[str], Any], allowed: str = ""
    ) -> None:
        super().__init__(name, "enter take · esc leave it")
        self._doc = doc
        self._text = text
        self._read = read
        self._allowed = allowed

    def compose_frame(self) -> Iterable[Widget]:
        yield Static(self._doc, id="doc")
        yield field("value", "Value", self._allowed, self._text)
        yield objection()
        yield buttons(("Take it", "take"), ("Leave it", "leave"))

    @on(Input.Changed)
    def _check(self) -> None:
        self.object_to(self._flaw(), "value")

    @on(Input.Submitted)
    @on(Button.Pressed, "#take")
    def take(self) -> None:
        """End with the value, if it can stand in the file."""
        flaw = self._flaw()
        if flaw:
            self.object_to(flaw, "value")
        else:
            self.dismiss((self._read(self.text_in("value")),))

    def _flaw(self) -> str:
        try:
            self._read(self.text_in("value"))
        except ConfigError as error:
            return error.what
        return ""
