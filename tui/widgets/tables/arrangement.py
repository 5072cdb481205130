"""In which order a user wants a table's columns, and which of them not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.widgets.tables.columns import Column, Row


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Columns by their keys: ``order`` from left to right, and those that are ``hidden``.

    It may be older or newer than the columns there are. Keys it has for none mean nothing, and a
    column it does not know stands behind the one that it stands behind by default.
    """

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def of(self, columns: Sequence[Column[Row]]) -> list[Column[Row]]:
        """``columns`` so arranged. What is fixed comes first, and is always shown; on narrow
        screens those that are shown are left out in the same order as by default."""
        fixed = [column for column in columns if column.fixed]
        free = [column for column in columns if not column.fixed]
        ranks = _ranks(free) if self.order else {}
        return fixed + [
            replace(
                column,
                hidden=column.key in self.hidden,
                drop=ranks.get(column.key, column.drop),
            )
            for column in self._ordered(free)
        ]

    def _ordered(self, free: Sequence[Column[Row]]) -> list[Column[Row]]:
        there = {column.key: column for column in free}
        keys = [key for key in dict.fromkeys(self.order) if key in there]
        before = -1
        for key in there:
            if key not in keys:
                keys.insert(before + 1, key)
            before = keys.index(key)
        return [there[key] for key in keys]


def _ranks(columns: Sequence[Column[Row]]) -> dict[str, int]:
    """New ``drop`` numbers of those that may be left out: the order in which they go, said
    without regard to where they stand."""
    going = sorted((column for column in columns if column.drop), key=lambda column: -column.drop)
    return {column.key: len(going) - at for at, column in enumerate(going)}
