"""Finding a destination by typing some of its name."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.reports.policy.matrix import PolicyColumn
from tui.screens.slots.predictor_finder import rank
from tui.theme import Meaning
from tui.widgets.typed_line import TypedLine

SHOWN = 5
"""Matches offered at a time."""


def matches(text: str, columns: Sequence[PolicyColumn]) -> list[PolicyColumn]:
    """The columns ``text`` may mean, the likeliest first, then in their order."""
    query = text.strip().casefold()
    ranked = [(rank(query, column.name.casefold()), column) for column in columns]
    likely = [(place, column) for place, column in ranked if place is not None]
    return [column for _, column in sorted(likely, key=lambda pair: pair[0])]


class DestinationFinder(TypedLine):
    """A typed line that, while it finds, offers destinations; up and down go through them."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self._columns: Sequence[PolicyColumn] = ()
        self._at = 0

    def find(self, key: str, label: str, columns: Sequence[PolicyColumn]) -> None:
        """Begin to find one of ``columns``, typed for ``key``."""
        self._columns, self._at = columns, 0
        self.open(key, label, "")
        self._offer()

    def close(self) -> None:
        self._columns = ()
        super().close()

    def press(self, key: str, character: str | None) -> bool:
        if not self._columns:
            return super().press(key, character)
        if key in {"down", "up"}:
            self._at += 1 if key == "down" else -1
            self._offer()
            return True
        before = self.value
        taken = super().press(key, character)
        if self.value != before:
            self._at = 0
            self._offer()
        return taken

    @property
    def chosen(self) -> PolicyColumn | None:
        """What Enter goes to."""
        likely = matches(self.value, self._columns)
        return likely[self._at % len(likely)] if likely else None

    def _offer(self) -> None:
        likely = matches(self.value, self._columns)
        marked = self._at % len(likely) if likely else 0
        first = max(0, marked - SHOWN + 1)
        parts: list[tuple[str, Meaning]] = []
        for at, column in enumerate(likely[first : first + SHOWN], first):
            here = at == marked
            parts.append(
                (f"[{column.name}] " if here else f" {column.name}  ", "title" if here else "muted")
            )
        if len(likely) > first + SHOWN:
            parts.append((f"+{len(likely) - first - SHOWN}", "muted"))
        self.offer(tuple(parts) if likely else (("no such column", "burn"),))
