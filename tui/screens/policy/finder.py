"""Finding a destination by typing some of its name."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.reports.policy.matrix import PolicyColumn
from tui.widgets.finder import Finder, rank


def matches(text: str, columns: Sequence[PolicyColumn]) -> list[PolicyColumn]:
    """The columns ``text`` may mean, the likeliest first, then in their order."""
    query = text.strip().casefold()
    ranked = [(rank(query, column.name.casefold()), column) for column in columns]
    likely = [(place, column) for place, column in ranked if place is not None]
    return [column for _, column in sorted(likely, key=lambda pair: pair[0])]


class DestinationFinder(Finder[PolicyColumn]):
    """A typed line that, while it finds, offers destinations."""

    nothing = "no such column"

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self._columns: Sequence[PolicyColumn] = ()

    def find(self, key: str, label: str, columns: Sequence[PolicyColumn]) -> None:
        """Begin to find one of ``columns``, typed for ``key``."""
        self._columns = columns
        self.begin(key, label)

    def close(self) -> None:
        self._columns = ()
        super().close()

    @property
    def finds(self) -> bool:
        return bool(self._columns)

    def matches(self) -> Sequence[PolicyColumn]:
        return matches(self.value, self._columns)

    def name_of(self, match: PolicyColumn) -> str:
        return match.name
