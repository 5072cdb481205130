"""The last line: keys that work here, the least important left out when narrow; a click on one
does what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.events import Click
from textual.message import Message

from ledger.dataclass import dataclass
from tui.keys import Action, shown_key
from tui.theme import Parts
from tui.widgets.line import Group, Line

_AT_THE_END = ("help", "quit")


class KeyBar(Line):
    """Hints of the form ``key label``; help and quit always, at the right."""

    @dataclass
    class Pressed(Message):
        """The hint for ``action_id`` was clicked."""

        action_id: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offered: Mapping[Parts, str] = {}

    def offer(self, actions: Sequence[Action], remapped: Mapping[str, str]) -> None:
        """Show those of ``actions`` that have a hint number, smaller numbers first."""
        offered = sorted((a for a in actions if a.hint), key=lambda action: action.hint)
        left: list[Group] = [
            (rank, _hint(action, remapped))
            for rank, action in enumerate(offered, start=1)
            if action.id not in _AT_THE_END
        ]
        right: list[Group] = [(0, _hint(a, remapped)) for a in offered if a.id in _AT_THE_END]
        self._offered = {_hint(action, remapped): action.id for action in offered}
        self.show(tuple(left), tuple(right))

    def on_click(self, event: Click) -> None:
        spot = self.spot(event.x)
        if spot is not None:
            self.post_message(self.Pressed(self._offered[spot.parts]))


def _hint(action: Action, remapped: Mapping[str, str]) -> Parts:
    return ((shown_key(action, remapped), "title"), (f" {action.label}", "muted"))
