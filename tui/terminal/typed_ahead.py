"""Keys that arrive together are handed on one after the other.

Over a slow line many keys come in one packet. Textual hands all of them to what has the focus at
that moment, though the first may open the very field that the others are meant for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.events import Key

PATIENCE = 0.5
"""Seconds the next key waits at most for what the last one began, which may itself be waiting."""

OPENS_WITHIN = 3.0
"""The same while something is still being read to be shown."""

_LOOK_AGAIN = 0.01


class TypedAhead:
    """Holds a key back until all that saw the one before it, and what that opened, are done.

    ``hand_on`` is what Textual does with a key, ``opening`` tells whether a dialog is about to
    come. Everything runs in the app's event loop.
    """

    def __init__(
        self, app: App[Any], hand_on: Callable[[Key], Awaitable[None]], opening: Callable[[], bool]
    ) -> None:
        self._app = app
        self._hand_on = hand_on
        self._opening = opening
        self._keys: deque[Key] = deque()
        self._turn = 0
        self._busy = False
        self._begun = 0.0

    async def take(self, key: Key) -> None:
        """Hand ``key`` on now, or when it is its turn."""
        if self._busy:
            self._keys.append(key)
        else:
            await self._begin(key)

    async def _begin(self, key: Key) -> None:
        self._busy = True
        self._turn += 1
        self._begun = monotonic()
        seen_by = self._in_front()
        await self._hand_on(key)
        asyncio.get_running_loop().call_later(PATIENCE, self._end_of, self._turn)
        self._pass_through(self._turn, seen_by, again=True)

    def _in_front(self) -> tuple[DOMNode, ...]:
        """What a key reaches: from the focus up to the app."""
        return tuple((self._app.focused or self._app.screen).ancestors_with_self)

    def _pass_through(self, turn: int, nodes: Sequence[DOMNode], *, again: bool) -> None:
        """Wait until each of ``nodes`` has done what was posted to it, one after the other; then
        ``again`` for what is in front by now."""
        for place, node in enumerate(nodes):
            rest = nodes[place + 1 :]
            if node.call_later(self._pass_through, turn, rest, again=again):
                return
        if again:
            self._pass_through(turn, self._in_front(), again=False)
        else:
            self._end_of(turn)

    def _end_of(self, turn: int) -> None:
        if turn != self._turn or not self._busy:
            return
        if self._opening() and monotonic() < self._begun + OPENS_WITHIN:
            asyncio.get_running_loop().call_later(_LOOK_AGAIN, self._opened, turn)
        else:
            self._app.call_later(self._next, turn)

    def _opened(self, turn: int) -> None:
        if turn == self._turn and self._busy:
            self._pass_through(turn, self._in_front(), again=True)

    async def _next(self, turn: int) -> None:
        if turn != self._turn or not self._busy:
            return
        self._busy = False
        if self._keys:
            await self._begin(self._keys.popleft())
