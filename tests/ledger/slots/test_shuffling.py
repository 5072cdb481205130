"""The table of a backtest holds what the records of slots and predictors do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.slots.backtest import ScoreTable, StakeBacktest
from ledger.domain.slots.predictor import AssignmentSource
from ledger.errors import TableError
from ledger.rules.rounds.payout import payout_rate, weighted_score
from ledger.rules.slots import stake_backtest
from ledger.rules.slots.assignments import bare
from ledger.rules.slots.stake_backtest import StakeRound
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


def unpay(book: Book) -> None:
    """A score that pays nothing, and a performance whose scores are gone."""
    rows = [row for row in book._store.performances(CLASSIC) if len(row.scores) > 1]
    free, *others = rows[-1].scores
    nothing = replace(free, value=None, multiplier=Decimal(0))
    with book._store._connections.writing() as connection:
        write_performances(connection, [replace(rows[-1], scores=(nothing, *others))])
        gone = rows[-2].model_id, rows[-2].round
        connection.execute("DELETE FROM score WHERE model_id = ? AND round = ?", gone)


@pytest.mark.parametrize("tournament", Tournament)
def test_sums_of_scores_are_those_of_their_performances(book: Book, tournament: Tournament) -> None:
    unscore(book)
    unpay(book)
    rows = book._store.performances(tournament)
    sums = book._store.weighted_scores(tournament)
    assert list(sums.items()) == [
        ((row.model_id, row.round), weighted_score(row.scores)) for row in rows
    ]
    assert None in sums.values() or tournament is not CLASSIC
    scored = {(row.model_id, row.round) for row in rows if row.scores}
    assert book._store.scored(tournament) == scored
    assert len(scored) < len(rows) or tournament is not CLASSIC


def plain_rounds(book: Book) -> dict[int, dict[str, Decimal]]:
    """What one NMR earned, by round and predictor, from performances with all their scores."""
    rows = book._store.performances(CLASSIC)
    seated = book.slots.predictors.assignments(CLASSIC, {row.round for row in rows})
    names = {one.id: one.name for one in book.slots.predictors.all()}
    first: dict[tuple[int, str], Performance] = {}
    for row in rows:
        predictor_id = bare(seated)[row.round].get(row.model_id)
        if predictor_id is not None and row.scores:
            first.setdefault((row.round, names[predictor_id]), row)
    rates: dict[int, dict[str, Decimal]] = {}
    for (number, name), row in first.items():
        weighted = weighted_score(row.scores)
        if row.state is PayoutState.SETTLED and None not in {weighted, row.factor, row.clip}:
            rate = payout_rate(weighted, row.factor, row.clip)  # type: ignore[arg-type]
            rates.setdefault(number, {})[name] = rate
    return rates


def test_rates_in_nmr_are_those_of_the_performances(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat(book)
    unscore(book)
    unpay(book)
    given: list[StakeRound] = []
    real = stake_backtest.stake_backtest

    def kept(rounds: tuple[StakeRound, ...], *stakes: Any, **more: Any) -> StakeBacktest:
        given.extend(rounds)
        return real(rounds, *stakes, **more)

    monkeypatch.setattr(stake_backtest, "stake_backtest", kept)
    found = book.slots.shuffling.stake_backtest(CLASSIC, seed=1, shuffles=2)
    assert set(found.models) == {"ant", "bee"}
    assert {entry.number: entry.rates for entry in given} == plain_rounds(book)
