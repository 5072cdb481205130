"""The keys of one action: pressed, or typed by name; refused where they would mean two things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.errors import ConfigError
from tui import keys
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.note import Note
from tui.widgets.static import Static

_HINT = "press the key · tab type names · enter take · esc leave it"


class Pressed(Static, can_focus=True):
    """While it has the focus, every key is one that is pressed for the action; but for escape, tab
    and, once one was pressed, enter: these three can be typed by name."""

    DEFAULT_CSS = """
    Pressed { width: 1fr; height: 1; margin-bottom: 1; background: $panel; }
    Pressed:focus { text-style: bold; }
    """

    def on_key(self, event: events.Key) -> None:
        """Take the key."""
        if event.key in {"escape", "tab", "shift+tab", "enter"}:
            return
        event.stop()
        event.prevent_default()
        self.screen.query_one(Input).value = event.key


class KeyDialog(FormDialog[str]):
    """Ends with Textual's names of the keys, separated by commas. ``remapped`` are the keys there
    will be otherwise."""

    DEFAULT_CSS = """
    KeyDialog #doc { width: 1fr; height: auto; margin-bottom: 1; }
    KeyDialog #free { width: 1fr; height: auto; margin-top: 1; color: $muted; }
    KeyDialog .field Input { width: 1fr; margin-left: 8; }
    KeyDialog #objection.beside { padding-left: 9; }
    """
    AUTO_FOCUS = "Pressed"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("tab,shift+tab", "app.focus_next", show=False),
    ]

    def __init__(self, action: keys.Action, now: str, remapped: Mapping[str, str]) -> None:
        super().__init__(f"Key for {action.label}", _HINT)
        self._action = action
        self._now = now
        self._remapped = {key: value for key, value in remapped.items() if key != action.id}

    def compose_frame(self) -> Iterable[Widget]:
        action = self._action
        yield Static(
            Content.assemble(
                action.help,
                (f"\nIn: {action.group}. Default: {_said(action.key)}.", "$muted"),
            ),
            id="doc",
        )
        yield Pressed("Press a key")
        yield field("keys", "Keys", "", self._now)
        yield objection()
        free = Note(id="free")
        free.show(f"Free here: {' '.join(map(keys.display, keys.free(action, self._remapped)))}")
        yield free

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        self.object_to(self._flaw(event.value))

    @on(Input.Submitted)
    def action_take(self) -> None:
        """End with the keys, if they can be had."""
        text = self.text_in("keys")
        flaw = self._flaw(text)
        if flaw:
            self.object_to(flaw)
        else:
            self.dismiss(",".join(keys.names(text)))

    def _flaw(self, text: str) -> str:
        try:
            keys.refuse_unknown(self._action.id, text)
        except ConfigError as error:
            return f"{error.what.partition(': ')[2]} {error.advice}"
        taken = keys.in_the_way(self._action, keys.names(text), self._remapped)
        if taken is None:
            return ""
        key, other = taken
        return f"{keys.display(key)} is {other.label} ({other.group}) already."


def _said(names: str) -> str:
    return " ".join(map(keys.display, keys.names(names)))
