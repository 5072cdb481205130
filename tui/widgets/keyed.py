"""Widgets that are typed on: their owner takes every key."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

Take = Callable[[str, str | None], bool]
"""Takes a key by its name and its character; whether it meant anything."""


class Keyed:
    """Mixed into a widget: passes every key to ``take`` before any binding sees it.

    A key that runs a binding goes round by the app, and a character typed right behind it would
    overtake it; so what moves the mark and what is typed on it go the same way.
    """

    take: Take

    def on_key(self, event: events.Key) -> None:
        if self.take(event.key, event.character):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        for character in " ".join(event.text.split()):
            self.take(character, character)
