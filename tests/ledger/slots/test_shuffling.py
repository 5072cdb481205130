"""The table of a backtest holds what the records of slots and predictors do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.slots.backtest import ScoreTable
from ledger.domain.slots.predictor import AssignmentSource
from ledger.errors import TableError
from ledger.rules.rounds.payout import weighted_score
from ledger.store.rounds.performances import write_performances

CLASSIC = Tournament.CLASSIC


def plain_table(book: Book, *, by_slot: bool) -> ScoreTable:
    """From everything that is told of predictors and slots."""
    scores = book.slots.shuffling.scores(CLASSIC)
    by_name = (
        {line.name: dict(line.record.scores) for line in scores.slots}
        if by_slot
        else {line.predictor.name: dict(line.record.scores) for line in scores.predictors}
    )
    rounds = sorted({number for history in by_name.values() for number in history})
    columns = sorted(by_name)
    values = tuple(tuple(by_name[name].get(number) for name in columns) for number in rounds)
    return ScoreTable(tuple(rounds), tuple(columns), values)


def seat(book: Book) -> None:
    """Two predictors, one of them in two slots at a time, both only from some round on."""
    rows = book._store.performances(CLASSIC)
    numbers = sorted({row.round for row in rows})
    slots = sorted({row.model_id for row in rows})
    log = book.slots.predictors
    ant, bee = (log.add(name).id for name in ("ant", "bee"))
    log.assign_rounds(
        CLASSIC,
        {
            numbers[5]: {slots[0]: ant, slots[1]: ant, slots[2]: bee},
            numbers[20]: {slots[0]: bee, slots[1]: None, slots[2]: ant, slots[3]: ant},
        },
        source=AssignmentSource.TYPED,
        what="two predictors",
        closed=True,
    )


def unscore(book: Book) -> None:
    """A score without a value, one without a multiplier, and a model that never had any."""
    rows = book._store.performances(CLASSIC)
    first, *_, never = sorted({row.model_id for row in rows})[:4]
    paid = [
        row
        for row in rows
        if row.model_id == first and weighted_score(row.scores) and len(row.scores) > 1
    ]
    no_value = replace(
        paid[0], scores=(replace(paid[0].scores[0], value=None), *paid[0].scores[1:])
    )
    unpaid = replace(
        paid[1], scores=tuple(replace(score, multiplier=None) for score in paid[1].scores)
    )
    bare = [
        replace(row, scores=tuple(replace(score, value=None) for score in row.scores))
        for row in rows
        if row.model_id == never
    ]
    with book._store._connections.writing() as connection:
        write_performances(connection, [no_value, unpaid, *bare])


@pytest.mark.parametrize("by_slot", [False, True])
def test_the_table_holds_what_the_records_do(book: Book, by_slot: bool) -> None:
    with pytest.raises(TableError, match="No scores"):
        book.slots.shuffling.table(CLASSIC)
    seat(book)
    whole = book.slots.shuffling.table(CLASSIC, by_slot=by_slot)
    assert whole == plain_table(book, by_slot=by_slot)
    unscore(book)
    part = book.slots.shuffling.table(CLASSIC, by_slot=by_slot)
    assert part == plain_table(book, by_slot=by_slot)
    assert part != whole
