"""A line for a secret: dots for what was typed, which nothing but :attr:`SecretLine.secret` tells.

Textual's own line would keep it as a value that its messages and its log repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import events
from textual.content import Content
from textual.message import Message

from ledger.domain.secret import Secret
from tui.widgets.static import Static

_DOTS = 24
"""Cells of dots at most."""


class SecretLine(Static, can_focus=True):
    """Takes keys and pastes, white space left out; a paste stands for the whole secret.

    ``ctrl+u`` empties it. It has no caret, since nothing of it can be seen.
    """

    DEFAULT_CSS = """
    SecretLine { width: 40; height: 1; padding: 0 1; background: $panel; color: $muted; }
    SecretLine:focus { color: $foreground; }
    """

    @dataclass
    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.secret = Secret("")
        """What was typed."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.secret.reveal()

    async def on_key(self, event: events.Key) -> None:
        """Take a character, or take one back."""
        if event.key == "enter":
            self.post_message(self.Submitted())
        elif event.key == "backspace":
            self._hold(Secret(self.secret.reveal()[:-1]))
        elif event.key == "ctrl+u":
            self._hold(Secret(""))
        elif event.character is not None and event.is_printable:
            self._hold(_without_blanks(self.secret.reveal() + event.character))
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Take it as the whole secret."""
        event.stop()
        self._hold(_without_blanks(event.text))

    def _hold(self, secret: Secret) -> None:
        self.secret = secret
        self.update(self._dots())

    def _dots(self) -> Content:
        length = len(self.secret.reveal())
        if not length:
            return Content("")
        return Content(f"{'•' * min(length, _DOTS)} {length}")

    def on_focus(self) -> None:
        """Say where typing goes."""
        self.update(Content("▏") if self.is_empty else self._dots())

    def on_blur(self) -> None:
        self.update(self._dots())

    def get_selection(self, selection: Any) -> tuple[str, str] | None:  # noqa: ARG002
        """Nothing to copy."""
        return None


def _without_blanks(text: str) -> Secret:
    return Secret("".join(text.split()))
