"""A block is not the end: what is in a young one stays unknown, and may be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.book import Book
from ledger.chain.transactions import Unsigned
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.secret import Secret
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ChainTransaction, Channel, TransactionState
from ledger.errors import ChangeError
from ledger.queue.signing import Signing
from ledger.sandbox import Sandbox
from ledger.sandbox.chain.chain import Mined
from ledger.sandbox.chain.transactions import Transaction
from ledger.sandbox.world import atomic
from tests.conftest import PASSPHRASE, BookMaker, chain_settings

CRYPTO = Tournament.CRYPTO
DEEP = 3
BLOCK = timedelta(seconds=12)
SENT, MINED = TransactionState.SENT, TransactionState.MINED


@pytest.fixture
def book(make_book: BookMaker, sandbox: Sandbox) -> Book:
    """A synced book whose transactions need some blocks upon them."""
    settings = chain_settings(sandbox, channel="signed", confirmations=DEEP)
    made = make_book(config=replace(Config(), atomic=settings))
    sandbox.advance(days=0.01)
    made.sync()
    return made


def blocks(sandbox: Sandbox, count: int) -> None:
    """As many blocks go by."""
    sandbox.advance(to=sandbox.now() + count * BLOCK)


def deposit(book: Book, nmr: str = "1") -> Change:
    change = book.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR(nmr))
    return book.queue.confirm(change.id)


def sent(book: Book, change: Change) -> Change:
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    book.queue.run()
    return book.queue.history(change.id).line.change


def only(book: Book, change: Change) -> ChainTransaction:
    (transaction,) = book.queue.signing.transactions(change.id)
    return transaction


def deposits(sandbox: Sandbox) -> int:
    return sum(entry["field"] == "deposit" for entry in sandbox.mutations_applied)


def test_it_is_unknown_until_enough_blocks_follow(book: Book, sandbox: Sandbox) -> None:
    change = deposit(book)
    assert sent(book, change).state is ChangeState.UNKNOWN
    transaction = only(book, change)
    assert (transaction.state, transaction.block) == (SENT, sandbox.chain.block)
    why = book.queue.history(change.id).line.why
    assert f"It is in block {transaction.block}: 0 of {DEEP} blocks follow." in why
    with pytest.raises(ChangeError, match="can still be put into a block"):
        book.queue.judge(change.id, arrived=False)
    second = deposit(book, "2")
    with pytest.raises(ChangeError, match="on its way"):
        book.queue.signing.sign(second.id, Secret(PASSPHRASE))
    sends = len([one for one in sandbox.requests if "eth_sendRawTransaction" in one["fields"]])
    assert book.queue.offer_again(change.id).state is ChangeState.UNKNOWN
    again = len([one for one in sandbox.requests if "eth_sendRawTransaction" in one["fields"]])
    assert sends == again == 1, "what is in a block is not offered again"
    blocks(sandbox, DEEP)
    assert book.queue.reconcile(change.id).state is ChangeState.UNKNOWN, (
        "the chain is one block ahead"
    )
    blocks(sandbox, 1)
    assert book.queue.reconcile(change.id).state is ChangeState.ACCEPTED
    assert (only(book, change).state, only(book, change).block) == (MINED, transaction.block)


def test_taken_back_it_is_unknown_and_the_same_one_is_offered(book: Book, sandbox: Sandbox) -> None:
    change = deposit(book)
    sent(book, change)
    before = only(book, change)
    assert sandbox.reorganise(1, keep=False) == 1
    assert deposits(sandbox) == 0
    after = book.queue.reconcile(change.id)
    assert after.state is ChangeState.UNKNOWN
    assert (
        f"in block {before.block}, which was taken back" in book.queue.history(change.id).line.why
    )
    assert only(book, change).block is None
    second = deposit(book, "2")
    with pytest.raises(ChangeError, match="on its way"):
        book.queue.signing.sign(second.id, Secret(PASSPHRASE))
    book.queue.offer_again(change.id)
    assert only(book, change).hash == before.hash
    blocks(sandbox, 2 * DEEP)
    assert book.queue.reconcile(change.id).state is ChangeState.ACCEPTED
    assert deposits(sandbox) == 1


def test_taken_back_and_mined_again_by_itself(book: Book, sandbox: Sandbox) -> None:
    change = deposit(book)
    sent(book, change)
    sandbox.reorganise(1)
    assert book.queue.reconcile(change.id).state is ChangeState.UNKNOWN
    sandbox.mine()
    blocks(sandbox, 2 * DEEP)
    assert book.queue.reconcile(change.id).state is ChangeState.ACCEPTED
    assert deposits(sandbox) == 1


def test_another_nonce_is_taken_only_once_the_old_one_is_spent_for_good(
    book: Book, sandbox: Sandbox
) -> None:
    """Given up, its nonce spent by a stranger's transaction that may be taken back."""
    change = deposit(book)
    sent(book, change)
    sandbox.reorganise(1, keep=False)
    book.queue.reconcile(change.id)
    assert book.queue.judge(change.id, arrived=False).state is ChangeState.REFUSED
    again = book.queue.retry(change.id)
    book.queue.confirm(again.id)
    spend_elsewhere(sandbox)
    with pytest.raises(ChangeError, match="spent a moment ago"):
        book.queue.signing.sign(again.id, Secret(PASSPHRASE))
    blocks(sandbox, 2 * DEEP)
    signed = book.queue.signing.sign(again.id, Secret(PASSPHRASE))
    assert signed.nonce == 1


def test_a_nonce_that_is_spent_while_a_transaction_is_made_is_not_passed_over(
    book: Book, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was given up could still be mined if the stranger's block were taken back."""
    change = deposit(book)
    sent(book, change)
    sandbox.reorganise(1, keep=False)
    book.queue.reconcile(change.id)
    book.queue.judge(change.id, arrived=False)
    again = book.queue.retry(change.id)
    book.queue.confirm(again.id)
    build = Signing._build

    def late(signing: Signing, of: Change) -> Unsigned:
        spend_elsewhere(sandbox)
        return build(signing, of)

    monkeypatch.setattr(Signing, "_build", late)
    with pytest.raises(ChangeError, match="can still be mined with nonce 0") as caught:
        book.queue.signing.sign(again.id, Secret(PASSPHRASE))
    assert "nonce 1" in caught.value.what
    assert book.queue.signing.transactions(again.id) == ()


def spend_elsewhere(sandbox: Sandbox) -> None:
    """The owner's next nonce is spent by a transaction made elsewhere, in the newest block."""
    stranger = replace(strangers(sandbox), block=sandbox.chain.block)
    sandbox.chain.mined[stranger.transaction.hash] = stranger
    sandbox.chain._nonces[sandbox.owner_address.lower()] = 1


def strangers(sandbox: Sandbox) -> Mined:
    """Another transaction of the owner, in a block."""
    owner = sandbox.owner_address.lower()
    transaction = Transaction("0x" + "77" * 32, 2, 1, owner, 0, owner, "0x", 0, 21_000, 1, 1)
    return Mined(transaction, 0, sandbox.now(), True, 21_000, 1, lambda: None)


def test_a_node_that_is_behind_decides_nothing(book: Book, sandbox: Sandbox) -> None:
    change = deposit(book)
    sent(book, change)
    sandbox.chain.behind = 40
    for _ in range(2):
        blocks(sandbox, 1)
        assert book.queue.reconcile(change.id).state is ChangeState.UNKNOWN
        assert only(book, change).state is SENT
    blocks(sandbox, 60)
    assert book.queue.reconcile(change.id).state is ChangeState.ACCEPTED
    assert deposits(sandbox) == 1


# by hand


def by_hand(book: Book, enabled: bool | None = None) -> Change:
    """A change marked as done by hand, which nobody did."""
    newest = max(position.round for position in book.stakes.atomic.facts(CRYPTO).positions)
    model_id = min(
        one.model_id for one in book.stakes.atomic.facts(CRYPTO).positions if one.round == newest
    )
    change = book.queue.strategies.add(
        model_id,
        ChangeKind.SET_PER_ROUND,
        per_round=NMR("0.125"),
        mode=StakeMode.CONSTANT,
        enabled=enabled,
        channel=Channel.BY_HAND,
    )
    book.queue.confirm(change.id)
    return book.queue.strategies.mark_done(change.id)


def test_what_the_chain_shows_otherwise_was_not_done_by_hand(book: Book, sandbox: Sandbox) -> None:
    change = by_hand(book)
    assert change.setting is not None
    sandbox.advance(days=0.1)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.UNKNOWN
    assert "but the chain has" in line.why
    atomic.configure(sandbox.world, sandbox.world.slot(change.model_id), change.setting, "ab" * 32)
    assert book.queue.judge(change.id, arrived=True).state is ChangeState.ACCEPTED
    sandbox.advance(days=0.1)
    book.sync()
    assert book.queue.history(change.id).line.change.state is ChangeState.SETTLED


def funds_by_hand(book: Book, kind: ChangeKind) -> Change:
    """Funds moved by hand, on the user's word."""
    change = book.queue.strategies.add_funds(CRYPTO, kind, NMR("0.75"), channel=Channel.BY_HAND)
    book.queue.confirm(change.id)
    return book.queue.strategies.mark_done(change.id)


def moved(sandbox: Sandbox, kind: ChangeKind, nmr: str) -> None:
    """What somebody moves on the website: from the owner's wallet into the strategy, or back."""
    way = atomic.deposit if kind is ChangeKind.DEPOSIT else atomic.withdraw
    way(sandbox.world, sandbox.world.tournaments[CRYPTO], NMR(nmr))


@pytest.mark.parametrize("kind", [ChangeKind.DEPOSIT, ChangeKind.WITHDRAW])
def test_funds_moved_by_hand_show_in_the_owners_wallet(
    book: Book, sandbox: Sandbox, kind: ChangeKind
) -> None:
    change = funds_by_hand(book, kind)
    moved(sandbox, kind, "0.75")
    sandbox.advance(days=0.1)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.SETTLED
    assert "wallet shows it" in line.why


@pytest.mark.parametrize("kind", [ChangeKind.DEPOSIT, ChangeKind.WITHDRAW])
def test_funds_the_wallet_does_not_show_were_not_moved_by_hand(
    book: Book, sandbox: Sandbox, kind: ChangeKind
) -> None:
    change = funds_by_hand(book, kind)
    sandbox.advance(days=0.1)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.UNKNOWN
    assert "still has" in line.why
    assert book.queue.judge(change.id, arrived=True).state is ChangeState.ACCEPTED
    sandbox.advance(days=0.1)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.SETTLED
    assert "nothing here can check it" in line.why


@pytest.mark.parametrize("kind", [ChangeKind.DEPOSIT, ChangeKind.WITHDRAW])
def test_where_other_nmr_moved_too_the_users_word_counts(
    book: Book, sandbox: Sandbox, kind: ChangeKind
) -> None:
    change = funds_by_hand(book, kind)
    moved(sandbox, kind, "0.5")
    sandbox.advance(days=0.1)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.SETTLED
    assert "other NMR moved as well" in line.why


@pytest.mark.parametrize("enabled", [True, False])
def test_what_the_next_round_shows_otherwise_was_not_done_by_hand(
    make_book: BookMaker, sandbox: Sandbox, enabled: bool
) -> None:
    book = make_book()
    book.sync()
    change = by_hand(book, enabled)
    sandbox.advance(rounds=3)
    book.sync()
    line = book.queue.history(change.id).line
    assert line.change.state is ChangeState.UNKNOWN
    assert "staked" in line.why
    refused = book.queue.judge(change.id, arrived=False)
    assert refused.state is ChangeState.REFUSED
    assert book.queue.retry(refused.id).setting == change.setting
