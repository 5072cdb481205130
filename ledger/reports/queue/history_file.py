"""Everything changes went through as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.cells import csv_text
from ledger.clock import iso
from ledger.domain.queue.change import Change, ChangeEvent

COLUMNS = (
    "change",
    "tournament",
    "model",
    "model_id",
    "system",
    "kind",
    "nmr",
    "at",
    "state",
    "reason",
    "answer",
)
"""The file's columns; times in ISO 8601 UTC, amounts in NMR, exact. ``answer`` is in Numerai's
words."""


def history_csv(changes: Iterable[tuple[Change, Iterable[ChangeEvent]]]) -> str:
    """One line for each state a change came into, as they are given."""
    return csv_text([COLUMNS, *(row for one in changes for row in _rows(*one))])


def _rows(change: Change, events: Iterable[ChangeEvent]) -> Iterator[tuple[object, ...]]:
    for event in events:
        yield (
            change.id,
            int(change.tournament),
            change.model_name,
            change.model_id,
            change.system.value,
            change.kind.value,
            "" if change.nmr is None else str(change.nmr),
            iso(event.at),
            event.state.value,
            event.reason,
            event.answer or "",
        )
