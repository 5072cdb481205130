"""A line that is typed into while the focus stays where it is.

Its owner passes keys on one by one, so that keys which arrive in a burst, over a slow line or
pasted, are taken in their order. An input of its own would get some of them too late.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from textual.events import Click

from tui.theme import Meaning, Parts
from tui.widgets.line import Group, Line, plain

CARET = "▏"


class TypedLine(Line):
    """Says a hint until opened, then what it is for, the text, and what is wrong with it."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._label = ""
        self._objection = ""
        self._suggestions: Parts = ()
        self._caret = 0
        self._selected = False
        self.value = ""
        """What was typed so far."""
        self.key: str | None = None
        """What it is typed for; ``None`` while closed."""

    def on_mount(self) -> None:
        self._draw_text()

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.key is not None

    def open(self, key: str, label: str, text: str, *, caret: int | None = None) -> None:
        """Begin with ``text``; without a ``caret`` the first character typed replaces it."""
        self.key, self._label, self._objection, self._suggestions = key, label, "", ()
        self.value = text
        self._selected = caret is None
        self._caret = len(text) if caret is None else caret
        self._draw_text()

    def suggest(self, hint: str) -> None:
        """Say another hint from now on."""
        if hint != self._hint:
            self._hint = hint
            self._draw_text()

    def close(self) -> None:
        """Say the hint again."""
        self.key = None
        self._draw_text()

    def object_to(self, text: str) -> None:
        """Say what is wrong, until something else is typed."""
        self._objection = text
        self._draw_text()

    def offer(self, parts: Parts) -> None:
        """Offer what the text may mean, behind it."""
        self._suggestions = parts
        self._draw_text()

    def insert(self, text: str) -> None:
        """Type ``text`` where the caret is."""
        if self._selected:
            self.value, self._caret = "", 0
        self._put(self.value[: self._caret] + text + self.value[self._caret :])
        self._caret += len(text)
        self._draw_text()

    def press(self, key: str, character: str | None) -> bool:
        """Take a key; whether it means anything here."""
        at, text = self._caret, self.value
        if key == "backspace":
            self._put("" if self._selected else text[: max(0, at - 1)] + text[at:])
            self._caret = 0 if not self.value else max(0, at - 1)
        elif key == "delete":
            self._put("" if self._selected else text[:at] + text[at + 1 :])
            self._caret = min(at, len(self.value))
        elif key == "ctrl+u":
            self._put(text[at:])
            self._caret = 0
        elif key in _MOVES:
            self._caret = max(0, min(_MOVES[key](at, len(text)), len(text)))
            self._selected = False
        elif character is not None and character.isprintable():
            self.insert(character)
        else:
            return False
        self._draw_text()
        return True

    def on_click(self, event: Click) -> None:
        """Put the caret where the text was clicked."""
        spot = self.spot(event.x)
        if self.is_open and spot is not None and spot.parts[0] == (f"{self._label} ", "strong"):
            before = sum(len(text) for text, _ in spot.parts[1 : spot.index] if text != CARET)
            here = spot.parts[spot.index][0]
            inside = next((at for at in range(len(here)) if cell_len(here[:at]) >= spot.cell), 0)
            self._caret, self._selected = before + (inside if spot.index else 0), False
            self._draw_text()

    def _put(self, text: str) -> None:
        self.value, self._selected, self._objection = text, False, ""

    def _draw_text(self) -> None:
        if not self.is_open:
            self.show((plain(self._hint, "muted"),))
            return
        style: Meaning = "title" if self._selected else ""
        before, after = self.value[: self._caret], self.value[self._caret :]
        typed: Parts = (
            (f"{self._label} ", "strong"),
            (before, style),
            (CARET, "title"),
            (after, style),
        )
        groups: list[Group] = [(0, typed)]
        if self._suggestions:
            groups.append((1, self._suggestions))
        if self._objection:
            groups.append(plain(f"✗ {self._objection}", "burn"))
        self.show(tuple(groups))


_MOVES: dict[str, Callable[[int, int], int]] = {
    "left": lambda at, _: at - 1,
    "right": lambda at, _: at + 1,
    "home": lambda _, __: 0,
    "end": lambda _, length: length,
}
"""Where a key puts the caret, from where it is and how long the text is."""
