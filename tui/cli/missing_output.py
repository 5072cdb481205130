"""What is unknown or old, as every command prints it.

In a table ``?`` stands for what Numerai never told and ``*`` behind what is old. In JSON an
unknown value is ``null``, and every object with figures that may be unknown or old has a list
``missing_facts`` beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import text_or_none, time_or_none

if TYPE_CHECKING:
    from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
    from ledger.domain.nmr import NMR
    from ledger.domain.sums import Sum
    from ledger.reports.account.missing import MissingLine

UNKNOWN = "?"
OLD = "*"


def missing_json(missing: MissingFacts, *subjects: str) -> list[dict[str, Any]]:
    """What is missing about ``subjects``: the account is ``""``, a tournament its number."""
    return [entry_json(entry) for subject in subjects for entry in missing.about(subject)]


def entry_json(entry: MissingFact) -> dict[str, Any]:
    """One missing fact; ``as_of`` is ``None`` when it was never told."""
    return {
        "fact": entry.fact.value,
        "subject": entry.subject,
        "as_of": time_or_none(entry.as_of),
        "since": time_or_none(entry.since),
        "why": entry.why,
        "acknowledged": entry.acknowledged,
    }


def line_json(line: MissingLine) -> dict[str, Any]:
    """One fact that is missing, about everything it concerns."""
    return {
        "fact": line.fact.value,
        "subjects": list(line.subjects),
        "as_of": time_or_none(line.as_of),
        "since": time_or_none(line.since),
        "must": line.must,
        "acknowledged": line.acknowledged,
        "sentence": line.sentence,
    }


def total_json(name: str, total: Sum) -> dict[str, Any]:
    """A total as ``name``, ``None`` with unknown parts; then ``name_of`` says what is known."""
    document: dict[str, Any] = {name: text_or_none(total.nmr)}
    if not total.sure:
        document[f"{name}_of"] = {
            "known": str(total.known),
            "unknown": total.unknown,
            "as_of": time_or_none(total.as_of),
        }
    return document


def amount_text(
    amount: NMR | None, decimals: int, *, old: bool = False, signed: bool = False
) -> str:
    """An amount in a table; ``old``: its value is not from the last sync."""
    from tui import format as show

    if amount is None:
        return UNKNOWN
    return show.nmr(amount, decimals, signed=signed) + (OLD if old else "")


def total_text(total: Sum, decimals: int) -> str:
    """``12.30``, ``12.30 + ?`` with unknown parts, ``12.30*`` with old ones."""
    known_part = amount_text(total.known, decimals, old=total.as_of is not None)
    if not total.unknown:
        return known_part
    return f"{known_part} + {UNKNOWN}" if total.known else UNKNOWN


def is_old(missing: MissingFacts, subject: str, *facts: Fact) -> bool:
    """Whether one of ``facts`` about ``subject`` is not from the last sync."""
    return missing.first(subject, *facts) is not None


def echo_footer(missing: MissingFacts, subjects: Iterable[str], facts: Iterable[Fact]) -> None:
    """Below a table: what its signs stand for, where it has any; ``facts`` are those it shows."""
    shown = frozenset(facts)
    entries = [
        entry for subject in subjects for entry in missing.about(subject) if entry.fact in shown
    ]
    ages = [entry.as_of for entry in entries if entry.as_of is not None]
    if ages:
        oldest = min(ages)
        when = f"{oldest.day} {oldest:%b %H:%M} UTC"
        several = " at the oldest" if len(set(ages)) > 1 else ""
        click.echo(f"{OLD} as of {when}{several}: Numerai did not tell.")
    if len(ages) < len(entries):
        click.echo(f"{UNKNOWN} Numerai never told.")
