"""The second line: the modes with their keys, and what the mode in front shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.config import PANES
from tui import keys
from tui.theme import Parts
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

    def caption(
        self,
        mode: str,
        remapped: Mapping[str, str],
        captions: Sequence[Group],
        badge: Sequence[Group] = (),
    ) -> None:
        """Mark ``mode`` and say ``captions``; ``badge`` stands behind the queue."""
        tabs: list[Group] = []
        for name in PANES:
            tabs.append(_tab(name, name == mode, remapped))
            tabs += badge if name == "queue" else ()
        self.show(tuple(tabs), tuple(captions))

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
        *before, here = steps
        if len(before) > _MOST_BEFORE:
            before = [before[0], "…", before[-1]]
        back = keys.shown_key(keys.BY_ID["back"], remapped)
        way: Parts = ((back, "title"), (f" {' › '.join([*before, ''])}", "muted"), (here, "strong"))
        self.show(((0, way),), tuple(captions))


def _is_tab(parts: Parts) -> bool:
    """Whether it is the tab of a mode that is not in front, with its name."""
    return len(parts) == 2 and all(meaning == "muted" for _, meaning in parts)


def _tab(name: str, here: bool, remapped: Mapping[str, str]) -> Group:
    key = keys.shown_key(keys.BY_ID[name], remapped)
    return 0, (
        (key, "title" if here else "muted"),
        (f" {name.capitalize()}", "strong" if here else "muted"),
    )
