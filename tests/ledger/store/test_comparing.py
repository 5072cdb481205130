"""What is compared or read in a quicker way comes out as by the plain one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.syncing.facts import SyncFacts
from ledger.store.records import transactions
from ledger.syncing.standing import performance_with, vanished
from tests.ledger.store.samples import ALPHA, BETA, FACTS, LOG, NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.store import Store

SIGNALS = Tournament.SIGNALS
NUMBERS = range(900, 912)
NAMES = ("corr", "mmc", "bmc")


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - made up rows


def performances(chance: Random) -> tuple[Performance, ...]:
    """Rows of two models with holes in them, some of them left out."""
    return tuple(
        performance(chance, model_id, number)
        for model_id in (ALPHA.id, BETA.id)
        for number in NUMBERS
        if chance.random() < 0.8
    )


def performance(chance: Random, model_id: str, number: int) -> Performance:
    def some(*values: object) -> object:
        return chance.choice((None, *values))

    settled = chance.random() < 0.5
    return Performance(
        model_id,
        SIGNALS,
        number,
        some(NMR(0), NMR("3.84")),  # type: ignore[arg-type]
        some(NMR(0), NMR("0.25"), NMR("-1.000000000000000001")),  # type: ignore[arg-type]
        PayoutState.SETTLED if settled else PayoutState.PENDING,
        some(PayoutSource.NUMERAI),  # type: ignore[arg-type]
        some(Decimal("0.5")),  # type: ignore[arg-type]
        some(Decimal("0.05"), Decimal(1)),  # type: ignore[arg-type]
        some(NOON),  # type: ignore[arg-type]
        some("a submission"),  # type: ignore[arg-type]
        tuple(
            Score(name, some(Decimal("0.0123")), some(Decimal("0.5")), some(3), some(Decimal(2)))  # type: ignore[arg-type]
            for name in chance.sample(NAMES, chance.randrange(len(NAMES) + 1))
        ),
    )


@pytest.mark.parametrize("seed", range(8))
def test_rows_that_are_written_over_others_are_there_as_told(store: Store, seed: int) -> None:
    chance = seeded(seed)
    store.apply(FACTS, LOG)
    kept: dict[tuple[str, int], Performance] = {}
    for _ in range(4):
        told = performances(chance)
        same = [row for row in kept.values() if chance.random() < 0.3]
        step = tuple({(row.model_id, row.round): row for row in (*told, *same)}.values())
        store.apply(SyncFacts(performances=step))
        for row in step:
            before = kept.get((row.model_id, row.round))
            scores = row.scores or (before.scores if before else ())
            kept[row.model_id, row.round] = replace(row, scores=scores)
        there = store.performances(SIGNALS, since=NUMBERS[0], before=NUMBERS[-1] + 1)
        assert {(row.model_id, row.round): row for row in there} == kept


@pytest.mark.parametrize("seed", range(8))
def test_what_tells_no_less_has_lost_nothing(store: Store, seed: int) -> None:
    chance = seeded(seed)
    store.apply(replace(FACTS, performances=performances(chance)), LOG)
    more = set()
    for scores in (True, False):
        for model_id in (ALPHA.id, BETA.id):
            plain = store.performances(SIGNALS, since=NUMBERS[0], model_id=model_id, scores=scores)
            kept = store.kept_performances(model_id, since=NUMBERS[0], scores=scores)
            assert dict(kept) == {row.round: row for row in plain}
            for before in plain:
                assert kept.settled(before.round) is (before.state is PayoutState.SETTLED)
                row = performance(chance, model_id, before.round)
                more.add(kept.tells_more(row))
                assert not kept.tells_more(before)
                if not kept.tells_more(row):
                    assert not vanished(row, before)
                    assert performance_with(row, before, frozenset()) == row
    assert more == {True, False}


@pytest.mark.parametrize("seed", range(8))
def test_payouts_that_are_others_are_found(store: Store, seed: int) -> None:
    chance = seeded(seed)
    store.apply(replace(FACTS, performances=performances(chance)), LOG)
    listed = {
        (model_id, number): chance.choice((NMR("0.25"), NMR("0.250000000000000001"), NMR(0)))
        for model_id in (ALPHA.id, BETA.id)
        for number in NUMBERS
        if chance.random() < 0.7
    }
    every = store.performances(SIGNALS, scores=False)
    assert store.paid_otherwise(SIGNALS, listed) == tuple(
        row
        for row in every
        if row.state is PayoutState.SETTLED
        and (row.model_id, row.round) in listed
        and row.payout != listed[row.model_id, row.round]
    )
    own = [(row.model_id, row.round) for row in every]
    assert set(store.performances_of([*own, ("nobody", 1)])) == set(every)


@pytest.mark.parametrize("seed", range(8))
def test_the_last_round_that_can_not_move(store: Store, seed: int) -> None:
    store.apply(replace(FACTS, performances=performances(seeded(seed))), LOG)
    every = store.performances(SIGNALS, scores=False)
    running = {row.round for row in every if row.state is PayoutState.PENDING}
    newest = max((row.round for row in every if row.round not in running), default=None)
    assert store.last_settled(SIGNALS) == tuple(row for row in every if row.round == newest)
    assert store.last_settled(Tournament.CRYPTO) == ()


def told(chance: Random, kept: Sequence[WalletTransaction]) -> tuple[WalletTransaction, ...]:
    """The wallet's rows as they may be told the next time: most as before."""
    rows = list(kept)
    for at, row in enumerate(rows):
        match chance.randrange(12):
            case 0:
                rows[at] = replace(row, tx_hash=f"0x{chance.randrange(4)}", status="confirmed")
            case 1:
                rows[at] = replace(row, time=row.time + timedelta(milliseconds=5))
            case 2:
                rows[at] = replace(row, sender=row.sender and row.sender.upper(), type=None)
    fresh = [
        WalletTransaction(
            chance.choice((None, "0x1", "0x2")),
            chance.choice((None, "deposit")),
            chance.choice((None, "pending")),
            NMR(chance.randrange(1, 3)),
            NOON + timedelta(seconds=chance.randrange(6)),
            chance.choice((None, "0xff")),
            None,
            None,
        )
        for _ in range(chance.randrange(3))
    ]
    return tuple(rows + fresh)


@pytest.mark.parametrize("seed", range(12))
def test_seconds_of_the_wallet_in_which_nothing_is_new_are_left_alone(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when every row is looked at with all the others."""
    chance = seeded(seed)
    store.apply(replace(FACTS, wallet_transactions=()), LOG)
    with store._connections.writing() as connection:
        connection.execute("DELETE FROM wallet_transaction")
        rows: tuple[WalletTransaction, ...] = ()
        for _ in range(6):
            rows = told(chance, rows)
            connection.execute("SAVEPOINT told")
            with monkeypatch.context() as plain:
                plain.setattr(transactions, "_second", lambda _: "")
                transactions.write_wallet_transactions(connection, rows)
            expected = transactions.read_wallet_transactions(connection)
            connection.execute("ROLLBACK TO told")
            transactions.write_wallet_transactions(connection, rows)
            assert transactions.read_wallet_transactions(connection) == expected
        assert expected
