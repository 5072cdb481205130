"""What all dialogs share: a frame over the screen behind, a title, Escape as the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.geometry import Offset, Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tui.screens.dialogs.backdrop import Backdrop
from tui.screens.dialogs.single_paint import Opening
from tui.widgets.button import Button, Deliberate
from tui.widgets.text_field import TextField

Result = TypeVar("Result")

_BETWEEN = " · "
"""Stands between the hints of a frame."""

SCROLLING: list[BindingType] = [
    Binding("pagedown", "scroll(10)", show=False),
    Binding("pageup", "scroll(-10)", show=False),
]
"""For dialogs with one scrolling text that does not have the focus."""


class Dialog(Opening, ModalScreen[Result]):
    """A frame in the middle of the screen. Escape ends it with ``None``.

    The screen behind is left as it is: dimming it would paint every cell twice.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: transparent;
        & > .dialog--frame {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            background: $surface;
            border: round $primary;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $muted;
        }
        .dialog--buttons Button {
            width: auto;
            margin: 0 0 0 2;
            background: $panel;
            color: $foreground;
            text-style: none;
            &:hover { background: $panel; color: $foreground; }
            &:focus {
                background: $primary;
                background-tint: transparent;
                color: $background;
                text-style: bold;
            }
        }
        .dialog--buttons {
            height: 1;
            align-horizontal: right;
            margin-top: 1;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self._frame_title = title
        self._hint = hint

    def compose(self) -> ComposeResult:
        self.hold()
        frame = Vertical(*self.compose_frame(), classes="dialog--frame")
        frame.border_title = Content(self._frame_title)
        frame.border_subtitle = Content(self._hint)
        yield frame

    def render(self) -> Any:
        """What is behind the frame."""
        stack = self.app.screen_stack
        return Backdrop(stack[stack.index(self) - 1])

    def render_lines(self, crop: Region) -> list[Strip]:
        """Nothing while the frame alone is painted."""
        if self.is_before_all:
            return [Strip.blank(crop.width)] * crop.height
        return super().render_lines(crop)

    def on_mount(self) -> None:
        """No style sheet of the app paints over the screen behind, no earlier notice over this."""
        self.styles.background = "transparent"
        self.app.clear_notifications()
        self.open_with(self.query_one(".dialog--frame"))

    def on_unmount(self) -> None:
        """However soon it went. Its caret is gone: Textual would go back there after each paint."""
        self.app.cursor_position = Offset()
        self.let_go()

    def on_click(self, event: Click) -> None:
        """A click on a key that the frame names is that key."""
        frame = self.query_one(".dialog--frame", Vertical)
        x, y = event.screen_offset - frame.region.offset
        if frame.region.contains(*event.screen_offset) and y == frame.region.height - 1:
            bottom = frame.render_lines(Region(0, y, frame.region.width, 1))[0].text
            key = _key_at(x - bottom.find(self.hint), self.hint)
            if key and self.hint in bottom:
                self.app.call_later(self.app.simulate_key, key)

    @property
    def hint(self) -> str:
        """What the frame says at its end."""
        return str(self.query_one(".dialog--frame").border_subtitle or "")

    def compose_frame(self) -> Iterable[Widget]:
        """The widgets inside the frame, from top to bottom."""
        raise NotImplementedError

    def text_in(self, name: str) -> str:
        """What stands in the line to type into that is called ``name``."""
        return self.query_one(f"#{name}", Input).value.strip()

    def action_scroll(self, lines: int) -> None:
        """Move the scrolling text by ``lines``, at once."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    @on(Button.Pressed, "#leave, #no")
    def _leave(self) -> None:
        self.action_back()

    def action_back(self) -> None:
        """End without a result."""
        self.dismiss(None)


_KEY_NAMES = {"esc": "escape", "enter": "enter", "tab": "tab", "space": "space"}
"""Keys by their names in hints; a character alone is a key as well."""


def _key_at(x: int, hint: str) -> str:
    """The key that a hint such as ``enter draft · esc leave`` names around its cell ``x``."""
    for part in hint.split(_BETWEEN):
        if 0 <= x < cell_len(part):
            word = part.split()[0].rstrip(":")
            return _KEY_NAMES.get(word) or (word if len(word) == 1 and word.isascii() else "")
        x -= cell_len(part) + len(_BETWEEN)
    return ""


def buttons(first: tuple[str, str], *more: tuple[str, str]) -> Horizontal:
    """The last line of a dialog: buttons by label and id. The first has the class ``take``."""
    taking = Button(first[0], id=first[1], classes="take")
    others = ((Deliberate if name == "yes" else Button)(label, id=name) for label, name in more)
    return Horizontal(taking, *others, classes="dialog--buttons")


def entry(name: str, value: str = "", *, compact: bool = False) -> TextField:
    """A line to type into."""
    return TextField(value, id=name, compact=compact)
