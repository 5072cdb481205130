"""The command palette: every action of the registry that works on the screen in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.fuzzy import Matcher
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input

from tui import keys
from tui.screens.dialogs.dialog import Dialog
from tui.screens.pane import Pane
from tui.widgets.note import Note

LINES = 16
"""Actions shown at a time."""

_HELP_COUNTS = 0.9
"""How much a match in the help is worth beside one in the name."""


class Palette(Dialog[keys.Action]):
    """Finds actions by name or help, best match first; ends with the one that was chosen."""

    DEFAULT_CSS = """
    Palette { align: center top; }
    Palette > .dialog--frame { margin-top: 2; }
    Palette Input, Palette Input:focus {
        border: none; height: 1; padding: 0; background: $surface;
    }
    Palette #found { height: 16; margin-top: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", f"move(-{LINES})", show=False),
        Binding("pagedown", f"move({LINES})", show=False),
    ]

    def __init__(self, pane: Pane[object]) -> None:
        super().__init__("Commands", "↑↓ choose · enter run · esc close")
        hidden = {"command-palette", "back"}
        self._actions = [
            action
            for action in pane.actions()
            if action.group != keys.TABLE and action.id not in hidden
        ]
        self._key_of = {one.id: keys.shown_key(one, pane.remapped) for one in self._actions}
        self._matching: Sequence[keys.Action] = self._actions
        self._at = 0

    def compose_frame(self) -> Iterable[Widget]:
        line = Input(placeholder="Part of a name", select_on_focus=False)
        line.cursor_blink = False
        yield line
        lines = Note(id="found")
        lines.show(self._content(""))
        yield lines

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find anew."""
        self._matching = matching(event.value, self._actions)
        self._at = 0
        self._draw()

    def on_input_submitted(self) -> None:
        """End with what is marked; without any there is nothing to do."""
        if self._matching:
            self.dismiss(self._matching[self._at])

    def action_move(self, lines: int) -> None:
        """Mark another one."""
        self._at = max(0, min(len(self._matching) - 1, self._at + lines))
        self._draw()

    def _draw(self) -> None:
        self.query_one("#found", Note).show(self._content(self.query_one(Input).value))

    def _content(self, text: str) -> Content:
        if not self._matching:
            return Content.styled("Nothing is called so.", "$muted")
        first = max(0, min(self._at - LINES // 2, len(self._matching) - LINES))
        shown = self._matching[first : first + LINES]
        matcher = Matcher(text, match_style=Style(bold=True, underline=True))
        return Content("\n").join(
            self._line(action, matcher, marked=at == self._at)
            for at, action in enumerate(shown, first)
        )

    def _line(self, action: keys.Action, matcher: Matcher, *, marked: bool) -> Content:
        name = matcher.highlight(title(action)) if matcher.query else Content(title(action))
        return Content.assemble(
            ("▌ " if marked else "  ", "$mark"),
            (f"{self._key_of[action.id]:<8}", "$mark"),
            name.stylize("bold") if marked else name,
            (f"  {action.help}", "$muted"),
        )


def title(action: keys.Action) -> str:
    """What an action is called, with the mode it belongs to."""
    everywhere = action.group in {keys.EVERYWHERE, keys.VIEW}
    return action.label if everywhere else f"{action.group}: {action.label}"


def matching(text: str, actions: Sequence[keys.Action]) -> list[keys.Action]:
    """Those of ``actions`` that ``text`` may mean, the likeliest first; all for an empty one."""
    if not text.strip():
        return list(actions)
    matcher = Matcher(text.strip())
    scores = {
        action.id: max(matcher.match(title(action)), matcher.match(action.help) * _HELP_COUNTS)
        for action in actions
    }
    likely = [action for action in actions if scores[action.id]]
    return sorted(likely, key=lambda action: scores[action.id], reverse=True)
