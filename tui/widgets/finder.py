"""A typed line that offers what its text may mean; up and down go through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.events import Click

from tui.theme import Meaning
from tui.widgets.typed_line import TypedLine

SHOWN = 5
"""Matches offered at a time."""

Match = TypeVar("Match")


def rank(query: str, name: str) -> int | None:
    """0 for the name itself, then its beginning, its middle, its letters in order."""
    if name == query:
        return 0
    if name.startswith(query):
        return 1
    if query in name:
        return 2
    rest = iter(name)
    return 3 if all(letter in rest for letter in query) else None


class Finder(TypedLine, Generic[Match]):
    """``nothing`` is said where nothing matches."""

    nothing = ""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.at = 0
        """How many steps down the arrows went since the text was typed."""

    def matches(self) -> Sequence[Match]:
        """What the text may mean, the likeliest first."""
        raise NotImplementedError

    def name_of(self, match: Match) -> str:
        """What a match is called."""
        raise NotImplementedError

    def place(self, length: int) -> int:
        """Which of ``length`` matches is marked."""
        return self.at % length

    @property
    def finds(self) -> bool:
        """Whether the line is for finding just now."""
        return True

    @property
    def chosen(self) -> Match | None:
        """What Enter takes."""
        matches = self.matches()
        return matches[self.place(len(matches))] if matches else None

    def begin(self, key: str, label: str) -> None:
        """Open it for ``key``, with nothing typed and everything offered."""
        self.at = 0
        self.open(key, label, "")
        self._offer()

    def press(self, key: str, character: str | None) -> bool:
        if not self.finds:
            return super().press(key, character)
        if key in {"down", "up"}:
            self.at += 1 if key == "down" else -1
            self._offer()
            return True
        before = self.value
        taken = super().press(key, character)
        if self.value != before:
            self.at = 0
            self._offer()
        return taken

    def on_click(self, event: Click) -> None:
        """Take what is offered there, as the arrows and enter would."""
        spot, matches = self.spot(event.x), self.matches() if self.is_open and self.finds else ()
        if spot is None or spot.parts is not self._suggestions or spot.index >= len(matches):
            return
        match = self._first(len(matches)) + spot.index
        if match < len(matches):
            self.at += match - self.place(len(matches)) + len(matches)
            self.app.call_later(self.app.simulate_key, "enter")

    def _first(self, length: int) -> int:
        """Which of ``length`` matches is the first offered."""
        return max(0, self.place(length) - SHOWN + 1)

    def _offer(self) -> None:
        matches = self.matches()
        marked = self.place(len(matches)) if matches else 0
        first = self._first(len(matches)) if matches else 0
        parts: list[tuple[str, Meaning]] = []
        for index, match in enumerate(matches[first : first + SHOWN], first):
            name = self.name_of(match)
            here = index == marked and self.chosen is not None
            parts.append((f"[{name}] " if here else f" {name}  ", "title" if here else "muted"))
        if len(matches) > first + SHOWN:
            parts.append((f"+{len(matches) - first - SHOWN}", "muted"))
        if not matches and self.nothing:
            parts.append((self.nothing, "burn"))
        self.offer(tuple(parts))
