"""Signed transactions: one on its way per account, kept for good, never turned back."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState
from ledger.errors import ChangeError
from ledger.store import Store
from tests.ledger.store.queue.test_changes import SETTING, draft
from tests.ledger.store.samples import NOON

SIGNED, SENT, MINED = TransactionState.SIGNED, TransactionState.SENT, TransactionState.MINED
REVERTED, REPLACED = TransactionState.REVERTED, TransactionState.REPLACED
DROPPED = TransactionState.DROPPED


def transaction(store: Store, number: int = 1, **more: object) -> ChainTransaction:
    change = draft(store, kind=ChangeKind.SET_PER_ROUND, nmr=None, setting=SETTING)
    made = ChainTransaction(
        hash=f"0x{number:064x}",
        change_id=change.id,
        chain_id=1,
        sender="0xAbc",
        nonce=number,
        to="0xdef",
        data="0x",
        value=0,
        gas=120_000,
        max_fee=10**30,
        max_priority_fee=1,
        raw="0x02ff",
        state=SIGNED,
        made=NOON,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def added(store: Store, number: int = 1, **more: object) -> ChainTransaction:
    return store.strategies.add_transaction(transaction(store, number, **more))


def brought(store: Store, state: TransactionState) -> ChainTransaction:
    one = added(store)
    route = {SIGNED: (), REPLACED: (SENT, REPLACED), MINED: (SENT, MINED)}.get(state, (state,))
    for step in route:
        one = store.strategies.move_transaction(one.hash, step, expect=one.state)
    return one


def test_a_transaction_comes_back_as_it_was(store: Store) -> None:
    one = transaction(store)
    assert store.strategies.add_transaction(one) == one
    assert store.strategies.transaction(one.hash) == one
    assert store.strategies.transactions(one.change_id, pending=True) == (one,)
    assert store.strategies.transactions(one.change_id + 1) == ()
    with pytest.raises(ChangeError, match="no transaction 0xnone"):
        store.strategies.transaction("0xnone")
    with pytest.raises(ChangeError, match="known already"):
        store.strategies.add_transaction(one)


def test_an_account_has_one_on_its_way(store: Store) -> None:
    first = added(store)
    with pytest.raises(ChangeError, match=f"{first.hash} of change {first.change_id} is still"):
        added(store, 2, sender="0xABC")
    added(store, 3, chain_id=5)
    added(store, 4, sender="0xother")
    store.strategies.move_transaction(first.hash, DROPPED, expect=SIGNED)
    added(store, 5)


def test_sql_can_not_have_two_on_their_way(store: Store, path: Path) -> None:
    added(store)
    columns = "change_id, chain_id, sender, nonce, destination, data, value, gas, max_fee, \
max_priority_fee, raw, state, made"
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other.execute(
            f"INSERT INTO chain_transaction (hash, {columns}) "
            f"SELECT '0x{'9' * 64}', {columns} FROM chain_transaction"
        )
    other.close()


STEPS = {
    SIGNED: {SIGNED, SENT, MINED, REVERTED, REPLACED, DROPPED},
    SENT: {SENT, MINED, REVERTED, REPLACED, DROPPED},
    REPLACED: {REPLACED, MINED, REVERTED},
    MINED: set(),
    REVERTED: set(),
    DROPPED: set(),
}


@pytest.mark.parametrize("start", list(TransactionState))
@pytest.mark.parametrize("to", list(TransactionState))
def test_only_steps_ahead_exist(
    store: Store, path: Path, start: TransactionState, to: TransactionState
) -> None:
    one = brought(store, start)
    if to in STEPS[start]:
        moved = store.strategies.move_transaction(one.hash, to, expect=start, block=7, note="so")
        assert (moved.state, moved.block, moved.note) == (to, 7, "so")
        return
    with pytest.raises(ChangeError, match="can't go"):
        store.strategies.move_transaction(one.hash, to, expect=start)
    if to is not start:
        other = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="never goes back"):
            other.execute("UPDATE chain_transaction SET state = ?", (to.value,))
        other.close()
    assert store.strategies.transaction(one.hash) == one


def test_of_two_that_move_the_same_one_succeeds(store: Store) -> None:
    one = brought(store, SENT)
    store.strategies.move_transaction(one.hash, MINED, expect=SENT)
    with pytest.raises(ChangeError, match="is mined, not sent any more"):
        store.strategies.move_transaction(one.hash, REVERTED, expect=SENT)


def replacement(store: Store, old: ChainTransaction, number: int = 2) -> ChainTransaction:
    return store.strategies.add_transaction(
        replace(old, hash=f"0x{number:064x}", state=SIGNED, replaces=old.hash, max_fee=2 * 10**30)
    )


@pytest.mark.parametrize("winner", ["old", "new"])
def test_either_of_a_replaced_pair_may_be_mined(store: Store, winner: str) -> None:
    old = brought(store, SENT)
    new = replacement(store, old)
    assert {one.hash for one in store.strategies.transactions(pending=True)} == {old.hash, new.hash}
    won, lost = (old, new) if winner == "old" else (new, old)
    store.strategies.move_transaction(won.hash, MINED, expect=won.state, block=9)
    told = store.strategies.transaction(lost.hash)
    assert told.state is REPLACED
    assert won.hash in (told.note or "")
    added(store, 3)


def test_a_replacement_that_was_given_up_leaves_the_old_one(store: Store) -> None:
    old = brought(store, SENT)
    new = replacement(store, old)
    with pytest.raises(ChangeError, match="still on its way"):
        added(store, 3)
    store.strategies.move_transaction(new.hash, DROPPED, expect=SIGNED)
    with pytest.raises(ChangeError, match=f"{old.hash} of change"):
        added(store, 4)
    replacement(store, old, 5)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_several_replacements_all_can_be_given_up(store: Store, order: tuple[int, ...]) -> None:
    first = brought(store, SENT)
    second = replacement(store, first)
    third = replacement(store, second, 3)
    for place in order:
        with pytest.raises(ChangeError, match="still on its way"):
            added(store, 9, nonce=9)
        one = (first, second, third)[place]
        store.strategies.move_transaction(one.hash, DROPPED, expect=one.state)
    added(store, 9, nonce=9)


def test_a_nonce_that_was_used_is_not_kept_again(store: Store) -> None:
    old = brought(store, SENT)
    store.strategies.move_transaction(old.hash, MINED, expect=SENT, block=9)
    with pytest.raises(ChangeError, match="used nonce 1 meanwhile"):
        added(store, 2, nonce=old.nonce)
    added(store, 3)


@pytest.mark.parametrize("withdrawn", ["cancelled", "edited"])
def test_what_was_signed_goes_with_the_yes(store: Store, withdrawn: str) -> None:
    one = transaction(store)
    change = store.change(one.change_id)
    change = store.move(change.id, ChangeState.QUEUED, expect=change.state, reason="Yes.")
    store.strategies.add_transaction(one, last_read=change)
    if withdrawn == "cancelled":
        store.move(change.id, ChangeState.CANCELLED, expect=change.state, reason="No.")
    else:
        later = replace(change.conditions, not_before=NOON)
        store.edit(change, nmr=None, conditions=later, reason="Later.")
    assert store.strategies.transaction(one.hash).state is DROPPED
    other = replace(one, hash=f"0x{2:064x}")
    with pytest.raises(ChangeError, match=r"edited meanwhile|is cancelled"):
        store.strategies.add_transaction(other, last_read=change)


@pytest.mark.parametrize(
    "difference", [{"nonce": 9}, {"sender": "0xother"}, {"chain_id": 5}, {"change_id": 1_000}]
)
def test_a_replacement_takes_the_same_nonce_of_the_same_account(
    store: Store, difference: dict[str, object]
) -> None:
    old = brought(store, SENT)
    other = replace(old, hash=f"0x{2:064x}", state=SIGNED, replaces=old.hash, **difference)
    with pytest.raises(ChangeError, match="can't replace"):
        store.strategies.add_transaction(other)
    assert store.strategies.transactions() == (old,)


def test_what_is_over_can_not_be_replaced(store: Store) -> None:
    old = brought(store, MINED)
    with pytest.raises(ChangeError, match="nothing to replace"):
        replacement(store, old)


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"UPDATE chain_transaction SET {column} = {value}"
            for column, value in (
                ("raw", "'0x03'"),
                ("hash", f"'0x{'8' * 64}'"),
                ("nonce", "9"),
                ("sender", "'0xother'"),
                ("destination", "'0xother'"),
                ("data", "'0x01'"),
                ("value", "'1'"),
                ("max_fee", "'1'"),
                ("change_id", "9"),
            )
        ),
        "DELETE FROM chain_transaction",
    ],
)
def test_sql_can_not_alter_or_remove_what_was_signed(
    store: Store, path: Path, statement: str
) -> None:
    one = added(store)
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match=r"altered|never deleted"):
        other.execute(statement)
    other.close()
    assert store.strategies.transaction(one.hash) == one
    assert store.check() == []


def test_a_transaction_belongs_to_a_change(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        added(store, change_id=99)
