"""The unlock calendar as files: CSV for a spreadsheet, iCalendar for a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.cells import csv_text
from ledger.clock import iso
from ledger.domain.nmr import NMR
from ledger.domain.stakes.unlock import Unlock, UnlockKind
from ledger.domain.sums import NO_PARTS, Sum
from ledger.reports import words
from ledger.reports.stakes.unlocks import UnlocksReport

if TYPE_CHECKING:
    from icalendar import Event

COLUMNS = (
    "at",
    "tournament",
    "model",
    "model_id",
    "round",
    "kind",
    "nmr",
    "payout",
    "restaked",
    "free",
    "cumulative",
    "latest",
)
"""The CSV file's columns; times in ISO 8601 UTC, amounts in NMR, exact."""

_PRODUCT = "-//numstake-tui//unlocks//EN"
"""Who made the calendar, as the format asks for."""

_MINUTE = 60
"""Seconds."""

_HOW = {
    UnlockKind.RELEASE: "is released",
    UnlockKind.RESOLUTION: "unlocks",
    UnlockKind.CLAIM: "goes to idle unless claimed before",
}


def unlocks_csv(report: UnlocksReport) -> str:
    """One line per entry, by time; ``free`` and its running sum are as the report's view has it."""
    return csv_text([COLUMNS, *_rows(report)])


def _rows(report: UnlocksReport) -> Iterator[tuple[object, ...]]:
    together = NO_PARTS
    for entry in report.unlocks:
        together += Sum.of([entry.part(report.view)])
        yield _row(entry, entry.free(report.view), together.nmr)


def _row(entry: Unlock, free: NMR | None, cumulative: NMR | None) -> tuple[object, ...]:
    return (
        iso(entry.at),
        int(entry.tournament),
        entry.name,
        entry.model_id,
        "" if entry.round is None else entry.round,
        entry.kind.value,
        "" if entry.nmr is None else entry.nmr,
        "" if entry.payout is None else entry.payout,
        entry.restaked,
        "" if free is None else free,
        "" if cumulative is None else cumulative,
        "" if entry.latest is None else iso(entry.latest),
    )


def _printable(name: str) -> str:
    """A name without what no calendar shows."""
    return "".join(char if char.isprintable() else " " for char in name)


def unlocks_ics(report: UnlocksReport) -> bytes:
    """One event per round that resolves or is finalised, and per release.

    An event keeps its UID from one export to the next, and each export is newer than the one
    before, so that importing again updates what is there.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "NMR unlocks")
    for uid, entries in _events(report).items():
        calendar.add_component(_event(uid, entries, report))
    written: bytes = calendar.to_ical()
    return written


def _events(report: UnlocksReport) -> dict[str, list[Unlock]]:
    events: dict[str, list[Unlock]] = {}
    for entry in report.unlocks:
        events.setdefault(_uid(entry), []).append(entry)
    return events


def _uid(entry: Unlock) -> str:
    """A model has one pending release at most; a round resolves once for all its models."""
    what = entry.model_id if entry.round is None else str(entry.round)
    return _printable(f"{entry.kind.value}-{int(entry.tournament)}-{what}@numstake-tui")


def _event(uid: str, entries: list[Unlock], report: UnlocksReport) -> Event:
    from icalendar import Event

    first = entries[0]
    nmr = words.total(Sum.of(entry.nmr for entry in entries))
    free = words.total(Sum.of(entry.part(report.view) for entry in entries))
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", report.now)
    event.add("last-modified", report.now)
    event.add("sequence", _sequence(report.now))
    event.add("dtstart", max(entry.at for entry in entries))
    event.add("summary", f"{_subject(first)}: {nmr} NMR {_HOW[first.kind]}, {free} NMR of it free")
    event.add("description", "\n".join(_lines(entries, report)))
    event.add("transp", "TRANSPARENT")
    return event


def _sequence(now: datetime) -> int:
    return int(now.timestamp()) // _MINUTE


def _subject(entry: Unlock) -> str:
    label = entry.tournament.label
    return (
        f"{_printable(entry.name)} ({label})"
        if entry.round is None
        else f"{label} round {entry.round}"
    )


def _lines(entries: list[Unlock], report: UnlocksReport) -> Iterator[str]:
    for entry in entries:
        free = entry.free(report.view)
        nmr = "an unknown amount of" if entry.nmr is None else str(entry.nmr)
        projected = "" if entry.payout is None else f", payout {entry.payout} NMR"
        rest = "?" if free is None else str(free)
        yield f"{_printable(entry.name)}: {nmr} NMR{projected}, {rest} NMR not staked again"
