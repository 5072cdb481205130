"""What is missing, what is complete, and what a server was seen to refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.store.rows import flag, insert, moment, moment_or_none, time_text, upsert

if TYPE_CHECKING:
    from ledger.domain.syncing.coverage import Covered, RoundRanges
    from ledger.domain.syncing.facts import PayoutCorrection

_FACTS = {fact.value: fact for fact in Fact}
_MISSING = insert("missing_fact", ("fact", "subject", "as_of", "since", "why", "acknowledged"))
_COVERED = insert("covered", ("what", "subject", "first", "last"))
_CORRECTION = insert(
    "payout_correction", ("at", "tournament", "round", "model_id", "before", "after")
)
_LESSON = upsert("server_lesson", ("api_url", "version", "lesson"), ("learned",))


def read_missing(connection: Connection) -> MissingFacts:
    """All missing facts. Those of a newer version's kinds are passed over."""
    rows = connection.execute(
        "SELECT fact, subject, as_of, since, why, acknowledged FROM missing_fact "
        "ORDER BY fact, subject"
    )
    return MissingFacts(
        MissingFact(
            _FACTS[fact], subject, moment_or_none(as_of), moment(since), why, bool(acknowledged)
        )
        for fact, subject, as_of, since, why, acknowledged in rows
        if fact in _FACTS
    )


def write_missing(connection: Connection, missing: Iterable[MissingFact]) -> None:
    """Replace all missing facts."""
    missing = tuple(missing)
    if MissingFacts(missing) == read_missing(connection):
        return
    connection.execute("DELETE FROM missing_fact")
    connection.executemany(
        _MISSING,
        [
            (
                entry.fact.value,
                entry.subject,
                time_text(entry.as_of),
                time_text(entry.since),
                entry.why,
                flag(entry.acknowledged),
            )
            for entry in missing
        ],
    )


def acknowledge(connection: Connection, facts: Iterable[Fact]) -> int:
    """Mark what is missing of ``facts`` as seen by the user; how many entries that were."""
    return sum(
        connection.execute(
            "UPDATE missing_fact SET acknowledged = 1 WHERE fact = ? AND NOT acknowledged",
            (fact.value,),
        ).rowcount
        for fact in facts
    )


def read_covered(connection: Connection, what: Covered) -> dict[str, RoundRanges]:
    """Rounds that are complete, by subject."""
    from ledger.domain.syncing.coverage import RoundRange, RoundRanges

    ranges: dict[str, list[RoundRange]] = {}
    for subject, first, last in connection.execute(
        "SELECT subject, first, last FROM covered WHERE what = ?", (what.value,)
    ):
        ranges.setdefault(subject, []).append(RoundRange(first, last))
    return {subject: RoundRanges(entries) for subject, entries in ranges.items()}


def write_covered(
    connection: Connection, covered: Mapping[tuple[Covered, str], RoundRanges]
) -> None:
    """Replace what is complete of these subjects."""
    from ledger.domain.syncing.coverage import NO_ROUNDS

    before = {what: read_covered(connection, what) for what in {what for what, _ in covered}}
    for (what, subject), ranges in covered.items():
        if before[what].get(subject, NO_ROUNDS) == ranges:
            continue
        connection.execute(
            "DELETE FROM covered WHERE what = ? AND subject = ?", (what.value, subject)
        )
        connection.executemany(
            _COVERED, [(what.value, subject, entry.first, entry.last) for entry in ranges]
        )


def write_corrections(connection: Connection, corrections: Iterable[PayoutCorrection]) -> None:
    """Add settled payouts that Numerai altered."""
    connection.executemany(
        _CORRECTION,
        [
            (
                time_text(entry.at),
                int(entry.tournament),
                entry.round,
                entry.model_id,
                str(entry.before),
                str(entry.after),
            )
            for entry in corrections
        ],
    )


def read_corrections(connection: Connection, since: datetime) -> tuple[PayoutCorrection, ...]:
    """Corrections that were noticed from ``since`` on, newest first."""
    from ledger.domain.syncing.facts import PayoutCorrection
    from ledger.store.rows import TOURNAMENTS, nmr

    rows = connection.execute(
        "SELECT at, tournament, round, model_id, before, after FROM payout_correction "
        "WHERE at >= ? ORDER BY id DESC",
        (time_text(since),),
    )
    return tuple(
        PayoutCorrection(
            moment(at), TOURNAMENTS[tournament], number, model_id, nmr(before), nmr(after)
        )
        for at, tournament, number, model_id, before, after in rows
    )


def read_lessons(
    connection: Connection, api_url: str, version: str, since: datetime
) -> frozenset[str]:
    """What the server was seen to refuse from ``since`` on; older lessons are forgotten."""
    rows = connection.execute(
        "SELECT lesson FROM server_lesson WHERE api_url = ? AND version = ? AND learned >= ?",
        (api_url, version, time_text(since)),
    )
    return frozenset(lesson for (lesson,) in rows)


def write_lessons(
    connection: Connection, api_url: str, version: str, lessons: Iterable[str], at: datetime
) -> None:
    """Keep what the server was just seen to refuse."""
    connection.executemany(
        _LESSON, [(api_url, version, lesson, time_text(at)) for lesson in lessons]
    )
