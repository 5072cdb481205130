"""The second line: the modes with their keys, and what the mode in front shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.events import Click
from textual.message import Message

from ledger.config.config import PANES
from ledger.dataclass import dataclass
from tui import keys
from tui.theme import Meaning, Parts
from tui.widgets.line import Group, Line

STAYS = 1
"""The weight up to which a caption is said whatever the width."""


_MOST_BEFORE = 3
"""Steps of a trail before the last that are all said; of more, the first and the last are."""


class ModeBar(Line):
    """``1 Models  2 Stakes ...`` on the left, captions on the right.

    What narrows the pane is always said: where there is no room for it the tabs of other modes
    keep no more than their keys, from the right.
    """

    @dataclass
    class Tab(Message):
        """The tab of a mode was clicked."""

        name: str

    @dataclass
    class Step(Message):
        """A step of the trail was clicked: its ``number``, ``None`` for the key back."""

        number: int | None

    @dataclass
    class Caption(Message):
        """A caption was clicked."""

        parts: Parts

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names: Mapping[Parts, str] = {}
        self._steps: Sequence[int | None] = ()

    def caption(
        self,
        mode: str,
        remapped: Mapping[str, str],
        captions: Sequence[Group],
        badge: Sequence[Group] = (),
    ) -> None:
        """Mark ``mode`` and say ``captions``; ``badge`` stands behind the queue."""
        tabs: list[tuple[Group, str]] = []
        for name in PANES:
            tabs.append((_tab(name, name == mode, remapped), name))
            tabs += [(group, name) for group in badge] if name == "queue" else ()
        self._names = {part[:size]: name for (_, part), name in tabs for size in (1, len(part))}
        self._steps = ()
        self.show(tuple(group for group, _ in tabs), tuple(captions))

    def _fitting(self, width: int) -> tuple[list[Parts], list[Parts]]:
        left = list(self._left)
        right = [group for group in self._right if group[0] <= STAYS]
        named = [at for at, group in enumerate(left) if _is_tab(group[1])]
        while named and self._over(left, right, width):
            at = named.pop()
            left[at] = (left[at][0], left[at][1][:1])
        return self._without_least(left, list(self._right), width)

    def trail(
        self, steps: Sequence[str], remapped: Mapping[str, str], captions: Sequence[Group]
    ) -> None:
        """Say the way from a mode to what it has opened, the key back first."""
        *before, here = enumerate(steps)
        shown = before if len(before) <= _MOST_BEFORE else [before[0], (None, "…"), before[-1]]
        back = keys.shown_key(keys.BY_ID["back"], remapped)
        way: list[tuple[int | None, str, Meaning]] = [(None, back, "title"), (None, " ", "muted")]
        for number, step in shown:
            way += [(number, step, "muted"), (None, " › ", "muted")]
        way.append((here[0], here[1], "strong"))
        self._names, self._steps = {}, [number for number, _, _ in way]
        parts = tuple((text, meaning) for _, text, meaning in way)
        self.show(((0, parts),), tuple(captions))

    def on_click(self, event: Click) -> None:
        spot = self.spot(event.x)
        if spot is None:
            return
        if spot.right:
            self.post_message(self.Caption(spot.parts))
        elif self._steps:
            number = self._steps[spot.index]
            if number is not None or spot.index == 0:
                self.post_message(self.Step(number))
        else:
            self.post_message(self.Tab(self._names[spot.parts]))


def _is_tab(parts: Parts) -> bool:
    """Whether it is the tab of a mode that is not in front, with its name."""
    return len(parts) == 2 and all(meaning == "muted" for _, meaning in parts)


def _tab(name: str, here: bool, remapped: Mapping[str, str]) -> Group:
    key = keys.shown_key(keys.BY_ID[name], remapped)
    return 0, (
        (key, "title" if here else "muted"),
        (f" {name.capitalize()}", "strong" if here else "muted"),
    )
