"""Dialogs that show what would come of what is asked for while it is typed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from ledger.errors import LedgerError
from tui import jobs
from tui.screens.dialogs.dialog import Dialog, buttons
from tui.widgets.button import Button
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid
from tui.widgets.tick import Tick

PAUSE = 0.15
"""Seconds without a further key after which the preview follows."""

Asked = TypeVar("Asked", bound=Hashable)
Result = TypeVar("Result")


class PreviewDialog(Dialog[Result], Generic[Asked, Result]):
    """Ends with the preview of what is asked, or ``None``.

    Enter and the button of the class ``take`` end it as soon as the preview is there.
    """

    @dataclass
    class Previewed(Message):
        """What comes of ``asked`` is known."""

        asked: Any
        preview: Any

    @dataclass
    class NotPreviewed(Message):
        """Nothing comes of ``asked``."""

        asked: Any
        error: LedgerError

    def __init__(self, title: str, hint: str) -> None:
        super().__init__(title, hint)
        self._shown: Result | None = None
        self._shown_for: Asked | None = None
        self._take_when_known = False
        self._pause: Timer | None = None

    # For each dialog to say

    @property
    def asked(self) -> Asked:
        """What is asked for, as it stands in the dialog now."""
        raise NotImplementedError

    def preview(self, asked: Asked) -> Result:
        """What comes of ``asked``; runs in a thread."""
        raise NotImplementedError

    def show(self, preview: Result) -> None:
        """Draw a preview."""
        raise NotImplementedError

    def show_failure(self, error: LedgerError) -> None:
        """Say why there is no preview."""
        raise NotImplementedError

    def take(self, preview: Result) -> None:
        """End with the preview shown."""
        self.dismiss(preview)

    # Looking

    @on(Input.Changed)
    def _look_soon(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._look)

    @on(Tick.Changed)
    @on(Grid.Moved, ".rules")
    def _look(self) -> None:
        asked = self.asked
        if asked == self._shown_for:
            self._take_if_wanted()
            return
        jobs.run(
            self,
            lambda: self.preview(asked),
            lambda preview: self.Previewed(asked, preview),
            lambda error: self.NotPreviewed(asked, error),
            group="preview",
        )

    @on(Previewed)
    def _previewed(self, event: Previewed) -> None:
        self._shown_for, self._shown = event.asked, event.preview
        self.show(event.preview)
        self._take_if_wanted()

    @on(NotPreviewed)
    def _not_previewed(self, event: NotPreviewed) -> None:
        self._take_when_known = False
        self._shown_for = self._shown = None
        self.show_failure(event.error)

    # Ending

    @on(Input.Submitted)
    @on(Grid.Chosen)
    @on(Button.Pressed, ".take")
    def _take_as_soon_as_known(self) -> None:
        self._take_when_known = True
        self._look()

    def _take_if_wanted(self) -> None:
        if self._take_when_known and self._shown is not None and self.asked == self._shown_for:
            self._take_when_known = False  # a pause that ends later must not end it twice
            self.take(self._shown)


class RuleDialog(PreviewDialog[Asked, Result]):
    """A preview of what a rule makes: the rules, fields for it, and a table of what comes of it."""

    DEFAULT_CSS = """
    RuleDialog {
        & > .dialog--frame { width: 78; }
        #preview { height: 7; margin-top: 1; }
        #fields { height: 1; margin-top: 1; }
        #fields Static { width: auto; height: 1; color: $muted; }
        #fields Input { width: 6; height: 1; background: $panel; padding: 0 1; margin: 0 2 0 1; }
        .dialog--buttons { margin-top: 0; }
    }
    RuleDialog.-wide #preview { height: 14; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Screen has it
    AUTO_FOCUS = ".rules"

    def compose_rules(
        self,
        rules: Grid[Any],
        fields: Iterable[Widget],
        table: Grid[Any],
        *,
        take: tuple[str, str],
    ) -> Iterable[Widget]:
        """The frame; ``take`` is the label and the id of the button that ends it."""
        rules.add_class("rules")
        yield Vertical(rules, id="rules")
        yield Horizontal(*fields, id="fields")
        yield Vertical(table, id="preview")
        yield Note(id="said")
        yield buttons(take, ("Leave it", "leave"))
