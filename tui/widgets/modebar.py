"""The second line: the modes with their keys, and what the mode in front shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui import keys
from tui.theme import Parts
from tui.widgets.line import Group, Line

MODES = ("models", "stakes", "earnings", "slots", "queue", "unlocks", "notices")
"""All modes, in the order of their keys."""


_MOST_BEFORE = 3
"""Steps of a trail before the last that are all said; of more, the first and the last are."""


class ModeBar(Line):
    """``1 Models  2 Stakes ...`` on the left, captions on the right."""

    def caption(
        self,
        mode: str,
        remapped: Mapping[str, str],
        captions: Sequence[Group],
        badge: Sequence[Group] = (),
    ) -> None:
        """Mark ``mode`` and say ``captions``; ``badge`` stands behind the queue."""
        tabs: list[Group] = []
        for name in MODES:
            tabs.append(_tab(name, name == mode, remapped))
            tabs += badge if name == "queue" else ()
        self.show(tuple(tabs), tuple(captions))

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


def _tab(name: str, here: bool, remapped: Mapping[str, str]) -> Group:
    key = keys.shown_key(keys.BY_ID[name], remapped)
    return 0, (
        (key, "title" if here else "muted"),
        (f" {name.capitalize()}", "strong" if here else "muted"),
    )
