"""Records: nothing is lost, counted twice or altered, and they say what the ledger says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.account.new_records import Lacking, NewRecords
from ledger.book import Book
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.place import Place
from ledger.domain.records.record import Cell, Movement, Record, RecordKind, Spot
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.reports.earnings.earnings import View
from ledger.rules.records.movements import RecordFacts, movements, unbooked
from ledger.rules.records.records import Balances, amounts, new_records, totals
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import BookMaker

AT = datetime(2026, 8, 28, 16, tzinfo=UTC)
WALLET, STRATEGY, ELSEWHERE = "0xAa" + "1" * 38, "0xBb" + "2" * 38, "0xcc" + "3" * 38
NOTHING = Balances(AT, ZERO, {}, {})


def assert_balanced(book: Book) -> None:
    """The records' balances are the ledger's own, to the wei."""
    found = totals(book.records.all())
    account, stakes = book._store.account(), book._store.stakes()
    assert account is not None
    assert found.get(Spot(Place.WALLET), ZERO) == account.available + account.held_withdrawals
    held = [nmr for where, nmr in found.items() if where.place is Place.HELD]
    assert NMR.total(held) == account.held_increases
    positions = {
        model.model_id: model.totals.locked
        for entry in book.stakes.atomic.positions().tournaments
        for model in entry.models
    }
    for model in book._store.models():
        settled = stakes[model.id].settled if model.id in stakes else ZERO
        there = found.get(Spot(Place.STAKE, model.tournament, model.id), ZERO)
        assert there == settled + positions.get(model.id, ZERO), model.name
    settled_payouts = NMR(book.earnings.report(View()).paid.settled)
    assert -found[Spot(Place.INCOME)] - found[Spot(Place.BURN)] == settled_payouts
    assert not NMR.total(found.values())


def test_balances_are_the_ledgers_own_from_the_first_sync_on(book: Book, sandbox: Sandbox) -> None:
    assert_balanced(book)
    for _ in range(4):
        sandbox.advance(rounds=4)
        book.sync()
        assert_balanced(book)


CORRECTIONS = (
    "UPDATE performance SET payout = '-0.25' WHERE state = 'settled' AND payout > '0'",
    "UPDATE performance SET payout = '0' WHERE state = 'settled' AND round % 7 = 0",
    "UPDATE performance SET payout = '1.5' WHERE state = 'settled' AND payout < '0'",
    "UPDATE performance SET at_risk = '77' WHERE state = 'settled' AND round % 5 = 0",
    "UPDATE performance SET state = 'pending', payout = NULL WHERE round % 11 = 0",
    "UPDATE stake_transaction SET amount = '9' WHERE round % 3 = 0",
    "DELETE FROM stake_transaction WHERE round % 4 = 0",
    "UPDATE performance SET at_risk = '5.5' WHERE state = 'pending' AND round % 2 = 0",
    "UPDATE performance SET at_risk = '0' WHERE state = 'pending' AND round % 9 = 0",
    "UPDATE performance SET state = 'settled', payout = '0.125' "
    "WHERE state = 'pending' AND round % 6 = 0",
    "UPDATE performance SET state = 'pending' WHERE state = 'settled' AND round % 12 = 0",
    "UPDATE wallet_transaction SET status = 'pending' WHERE id % 3 = 0",
    "UPDATE wallet_transaction SET amount = '3.25', status = NULL WHERE id % 5 = 0",
    "DELETE FROM wallet_transaction WHERE id % 7 = 0",
    "INSERT INTO wallet_transaction (type, amount, time, sender, receiver, tournament, copy, "
    "tx_hash, status) SELECT type, amount, time, upper(sender), receiver, tournament, copy, "
    "tx_hash, status FROM wallet_transaction WHERE sender IS NOT NULL AND id % 4 = 0",
    "DELETE FROM record_state",
)


def test_looking_at_what_may_differ_finds_all_that_does(
    book: Book, sandbox: Sandbox, ledger_file: Path
) -> None:
    """The same as holding every fact against every record, whatever Numerai corrects."""

    def both() -> tuple[tuple[Record, ...], Lacking]:
        book._store.close()
        store = Store.open(ledger_file, clock=book.clock)
        finder = NewRecords(store, book.clock, book.config.atomic)
        before, against = store.records.all(), finder._balances()
        assert against is not None
        listed = store.stake_transactions()
        every = {one: store.performances(one, scores=False) for one in Tournament}
        facts = replace(
            finder._facts(dict.fromkeys(Tournament, 0), listed, ()),
            performances=tuple(row for rows in every.values() for row in rows),
            positions=tuple(
                row
                for one, rows in every.items()
                for row in finder._positions(one, 0, rows, listed)
            ),
            wallet_transactions=store.wallet_transactions(),
        )
        whole = new_records(before, movements(facts, amounts(before)), against)
        found = finder.missing(store.records.state())
        store.close()
        return whole, found

    book.records.keep()
    whole, found = both()
    assert whole == found.records == ()
    corrected = 0
    for statement in CORRECTIONS:
        with sqlite3.connect(ledger_file) as connection:
            connection.execute(statement)
        connection.close()
        whole, found = both()
        assert whole == found.records, statement
        corrected += bool(whole)
        again = Store.open(ledger_file, clock=book.clock)
        state = again.records.state()
        assert again.records.append(
            again.revision(), found.records, after=state.last, booked=found.booked
        )
        again.close()
        whole, found = both()
        assert whole == found.records == (), statement
    assert corrected > 5


def test_what_records_come_to_is_kept_up_to_one_and_added_up_from_there(
    book: Book, sandbox: Sandbox, ledger_file: Path
) -> None:
    def added_up() -> dict[Spot, NMR]:
        balances = book._store.records.state().balances
        return {where: NMR.from_wei(wei) for where, wei in balances.items() if wei}

    book.records.keep()
    for forgotten in ("DELETE FROM record_balance", "SELECT 1"):
        with sqlite3.connect(ledger_file) as connection:
            connection.execute(forgotten)
        connection.close()
        assert added_up() == totals(book.records.all())
        sandbox.advance(rounds=2)
        book.sync()
        assert added_up() == totals(book.records.all())


def test_records_are_derived_anew_where_another_process_added_some(
    book: Book, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.records.keep()
    sandbox.advance(rounds=6)
    book.sync()
    store, other = book._store, Store.open(book._store.path, clock=book.clock)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE record_state SET revision = 0")
        connection.execute("UPDATE performance SET payout = '2' WHERE state = 'settled'")
    connection.close()
    append = store.records.append

    def late(
        revision: int, records: Sequence[Record], *, after: int, booked: Iterable[Cell] | None
    ) -> bool:
        monkeypatch.undo()
        assert other.records.append(revision, records[:3], after=after)
        return append(revision, records, after=after, booked=booked)

    monkeypatch.setattr(store.records, "append", late)
    before = len(store.records.all())
    book.records.keep()
    other.close()
    rows = store.records.all()
    assert len(rows) >= before + 3
    assert len({(row.key, row.part) for row in rows}) == len(rows)


def test_everything_after_the_first_sync_is_explained_by_what_numerai_lists(
    book: Book, sandbox: Sandbox
) -> None:
    opening = book.records.all()
    assert {row.kind for row in opening} >= {RecordKind.OPENING, RecordKind.PAYOUT}
    for _ in range(6):
        sandbox.advance(rounds=5)
        book.sync()
    later = book.records.all()[len(opening) :]
    assert {row.kind for row in later} >= {RecordKind.PAYOUT, RecordKind.STAKE, RecordKind.RELEASE}
    assert RecordKind.ADJUSTMENT not in {row.kind for row in later}


def test_moving_to_atomic_staking_is_no_disposal(book: Book, sandbox: Sandbox) -> None:
    book.records.keep()
    sandbox.migrate(Tournament.SIGNALS)
    sandbox.advance(rounds=8)
    book.sync()
    assert book.stakes.atomic.system(Tournament.SIGNALS) is System.ATOMIC
    assert_balanced(book)
    swept = [row for row in book.records.all() if row.tournament is Tournament.SIGNALS]
    swept = [row for row in swept if row.kind is RecordKind.SWEEP]
    assert swept
    assert {(row.giver, row.taker) for row in swept} == {(Place.WALLET, Place.STRATEGY)}


def test_keeping_again_adds_nothing(book: Book) -> None:
    assert book.records.keep()
    assert book.records.keep() == ()
    before = book.records.all()
    book.sync()
    assert [row for row in book.records.all() if row.part] == []
    assert len(book.records.all()) == len(before)


def test_read_only_tells_the_same_and_keeps_nothing(make_book: BookMaker) -> None:
    reader = make_book(read_only=True)
    told = reader.records.all()
    assert told
    assert reader._store.records.all() == ()
    assert make_book().records.all() == told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET nmr = '1'",
        "DELETE FROM record",
        "INSERT OR REPLACE INTO record SELECT * FROM record LIMIT 1",
    ],
)
def test_a_record_is_never_altered(book: Book, ledger_file: Path, statement: str) -> None:
    book.records.keep()
    with (
        sqlite3.connect(ledger_file) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


# ---- rules ----


def performance(paid: str, *, settled: bool = True) -> Performance:
    return Performance(
        "m",
        Tournament.SIGNALS,
        1300,
        NMR(10),
        NMR(paid),
        PayoutState.SETTLED if settled else PayoutState.PENDING,
        PayoutSource.NUMERAI,
        None,
        None,
        AT,
        "s",
    )


def kept(rows: tuple[Performance, ...], before: tuple[Record, ...] = ()) -> tuple[Record, ...]:
    """What is added for ``rows``; the stake follows the payouts."""
    facts = RecordFacts(now=AT, performances=rows)
    found = list(movements(facts, amounts(before)))
    paid = NMR.total(row.payout or ZERO for row in rows if row.state is PayoutState.SETTLED)
    against = replace(NOTHING, settled={(Tournament.SIGNALS, "m"): paid})
    return new_records(before, found, against)


def test_a_pending_payout_is_no_record() -> None:
    assert kept((performance("1", settled=False),)) == ()


def test_a_corrected_payout_is_added_as_a_difference() -> None:
    first = kept((performance("1.5"),))
    assert [(row.kind, row.nmr, row.part) for row in first] == [(RecordKind.PAYOUT, NMR("1.5"), 0)]
    less = kept((performance("1.2"),), first)
    assert [(row.income, row.part) for row in less] == [(NMR("-0.3"), 1)]
    burn = kept((performance("-0.5"),), first + less)
    assert NMR.total(row.income for row in first + less + burn) == ZERO
    assert NMR.total(row.burned for row in first + less + burn) == NMR("0.5")
    assert kept((performance("-0.5"),), first + less + burn) == ()


@given(st.lists(st.integers(-(10**20), 10**20), min_size=1, max_size=8))
def test_records_end_where_numerai_ends_however_often_it_changes_its_mind(
    figures: list[int],
) -> None:
    records: tuple[Record, ...] = ()
    for wei in figures:
        records += kept((performance(str(NMR.from_wei(wei))),), records)
    last = NMR.from_wei(figures[-1])
    assert NMR.total(row.income for row in records) == max(ZERO, last)
    assert NMR.total(row.burned for row in records) == max(ZERO, -last)
    assert all(row.nmr > ZERO for row in records)
    assert len({(row.key, row.part) for row in records}) == len(records)


def row(kind: str | None, sender: str | None, receiver: str | None, amount: str = "2", **more):
    given = {"status": "confirmed", "tournament": None} | more
    return WalletTransaction(
        "0xhash", kind, given["status"], NMR(amount), AT, sender, receiver, given["tournament"]
    )


@pytest.mark.parametrize(
    ("transaction", "kind", "giver", "taker"),
    [
        (row("payout", "v2-stake", WALLET), "release", "held", "wallet"),
        (row("payout", ELSEWHERE, WALLET), "release", "held", "wallet"),
        (row("stake", WALLET, "v2-stake"), "stake", "wallet", "held"),
        (row("stake release", "v2-stake", WALLET), "release", "held", "wallet"),
        (row("sweep", WALLET, STRATEGY, tournament=8), "sweep", "wallet", "strategy"),
        (row("sweep", None, None, tournament=8), "sweep", "wallet", "strategy"),
        (row("withdrawal", STRATEGY, WALLET, tournament=8), "sweep", "strategy", "wallet"),
        (row("deposit", ELSEWHERE, WALLET), "deposit", "outside", "wallet"),
        (row("deposit", ELSEWHERE, STRATEGY, tournament=8), "deposit", "outside", "strategy"),
        (row("withdrawal", WALLET, ELSEWHERE), "withdrawal", "wallet", "outside"),
        (row("withdrawal", STRATEGY, ELSEWHERE), "withdrawal", "strategy", "outside"),
        (row(None, None, None, "-2"), "withdrawal", "wallet", "outside"),
        (row("transfer", None, None, "2"), "deposit", "outside", "wallet"),
    ],
)
def test_where_a_wallet_transaction_goes(
    transaction: WalletTransaction, kind: str, giver: str, taker: str
) -> None:
    facts = RecordFacts(
        now=AT,
        wallet_transactions=(transaction,),
        wallet=WALLET.lower(),
        strategies={STRATEGY.lower(): Tournament.CLASSIC},
    )
    (found,) = movements(facts)
    assert (found.kind, found.giver, found.taker) == (kind, giver, taker)
    assert found.nmr == NMR(2)
    if Place.STRATEGY in {found.giver, found.taker} and transaction.sender:
        assert found.tournament is Tournament.CLASSIC


def test_rows_alike_are_two_and_unconfirmed_ones_are_none() -> None:
    same = replace(row("deposit", ELSEWHERE, WALLET), tx_hash=None)
    waiting = replace(same, status="pending")
    facts = RecordFacts(now=AT, wallet_transactions=(same, same, waiting), wallet=WALLET)
    found = list(movements(facts))
    assert len({one.key for one in found}) == len(found) == 2
    assert unbooked(facts.wallet_transactions) == (waiting,)


DEPOSIT = row("deposit", ELSEWHERE, WALLET)
LATER = replace(DEPOSIT, time=AT + timedelta(microseconds=1), receiver=WALLET.upper())
CAPITAL = replace(DEPOSIT, sender=ELSEWHERE.upper(), tx_hash="0xHASH")
OTHER = replace(DEPOSIT, tx_hash="0x2", amount=NMR(3))


def listed(*rows: WalletTransaction) -> RecordFacts:
    return RecordFacts(now=AT, wallet_transactions=rows, wallet=WALLET)


@pytest.mark.parametrize(
    "rows", [(DEPOSIT, LATER, CAPITAL, OTHER), (DEPOSIT, DEPOSIT, OTHER), (CAPITAL, OTHER, LATER)]
)
def test_a_row_listed_again_under_its_hash_counts_once(rows: tuple[WalletTransaction, ...]) -> None:
    """Addresses in capitals and fractions of a second make no other row of it."""
    assert sorted(one.nmr for one in movements(listed(*rows))) == [NMR(2), NMR(3)]
    untold = replace(NOTHING, wallet=None)
    for first in rows:
        kept = new_records((), movements(listed(first)), untold)
        more = movements(listed(first, *rows, OTHER), amounts(kept))
        (added,) = new_records(kept, more, untold)
        assert added.nmr + first.amount == NMR(5)


def test_what_was_booked_twice_under_one_hash_is_taken_back() -> None:
    facts = listed(DEPOSIT, LATER)
    apart = [*movements(listed(DEPOSIT)), *movements(listed(LATER))]
    booked = new_records((), apart, replace(NOTHING, wallet=NMR(4)))
    assert len(booked) == 2
    against = replace(NOTHING, wallet=NMR(2))
    back = new_records(booked, movements(facts, amounts(booked)), against)
    assert [(one.part, one.nmr, one.giver, one.taker) for one in back] == [
        (1, NMR(2), Place.WALLET, Place.OUTSIDE)
    ]
    whole = booked + back
    assert new_records(whole, movements(facts, amounts(whole)), against) == ()


def test_what_no_movement_explains_is_an_adjustment_once() -> None:
    deposit = Movement(
        "wallet:1", RecordKind.DEPOSIT, AT, NMR(5), Place.OUTSIDE, Place.WALLET, "wallet (deposit)"
    )
    first = new_records((), [deposit], replace(NOTHING, wallet=NMR(7)))
    assert [(one.kind, one.nmr) for one in first] == [
        (RecordKind.DEPOSIT, NMR(5)),
        (RecordKind.OPENING, NMR(2)),
    ]
    later = replace(NOTHING, wallet=NMR(4), as_of=AT + timedelta(days=1))
    off = new_records(first, [deposit], later)
    assert [(one.kind, one.nmr, one.giver) for one in off] == [
        (RecordKind.ADJUSTMENT, NMR(3), Place.WALLET)
    ]
    assert new_records(first + off, [deposit], later) == ()
