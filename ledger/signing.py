"""Transactions of an allocation strategy: prepared, signed, and kept before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ledger.domain.change import CONFIRMED, FUNDS, UNSENT, Change, ChangeState
from ledger.domain.model import System, Tournament
from ledger.domain.strategy import (
    ChainTransaction,
    Channel,
    TransactionState,
    newest_pending,
)
from ledger.errors import ChangeError, ConfigError
from ledger.gate import not_atomic

if TYPE_CHECKING:
    from ledger.chain.sending import Seen
    from ledger.chain.transactions import Signed, Unsigned
    from ledger.clock import Clock
    from ledger.domain.secret import Secret
    from ledger.settings import AtomicSettings
    from ledger.store import Store


class Builder(Protocol):
    """What prepares transactions; :class:`ledger.chain.building.TransactionBuilder` does."""

    def build(
        self,
        change: Change,
        strategy: str,
        *,
        staking: str | None,
        key: str | None = None,
        sender: str | None = None,
    ) -> Unsigned: ...
    def replacement(self, pending: ChainTransaction, tournament: Tournament) -> Unsigned: ...


class Wallet(Protocol):
    """What holds the owner's key; :class:`ledger.wallet.KeyStore` does."""

    def address(self, profile: str) -> str | None: ...
    def sign(self, profile: str, unsigned: Unsigned, passphrase: Secret) -> Signed: ...


class Signing:
    """Signed transactions of one ledger; nothing here hands one to a node.

    ``must_write`` raises :class:`ledger.errors.ReadOnly` where nothing may be changed. ``builder``
    connects at the first need and raises :class:`ledger.errors.ConfigError` when no endpoint is
    configured; ``learn`` looks on the chain for keys that are not known yet, ``look_up`` for a
    transaction. Methods that use them belong in a worker.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: AtomicSettings,
        *,
        must_write: Callable[[], None],
        profile: str,
        builder: Callable[[], Builder],
        wallet: Callable[[], Wallet],
        learn: Callable[[], object],
        look_up: Callable[[ChainTransaction], Seen],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._must_write = must_write
        self._profile = profile
        self._builder = builder
        self._wallet = wallet
        self._learn = learn
        self._look_up = look_up

    def unsigned(self, change_id: int) -> Unsigned:
        """The transaction of an unsent change as it has to be signed, checked against the chain.

        Raises:
            ChangeError: it was sent, or can't be a transaction.
            ConfigError: no endpoint or strategy address is configured.
            NumeraiError: the chain could not be asked, or would refuse it.
        """
        change = self._store.change(change_id)
        if change.state not in UNSENT or change.system is not System.ATOMIC:
            raise ChangeError(f"Change {change.id} is {change.state.value}.", "Too late to sign.")
        return self._build(change)

    def import_signed(self, change_id: int, raw: str) -> ChainTransaction:
        """Keep a transaction signed elsewhere, after every field was checked; sends nothing.

        Raises:
            ChangeError: the change is not confirmed, has one already, or a field differs.
            ConfigError, NumeraiError: as in :meth:`unsigned`.
        """
        self._must_write()
        from ledger.chain.transactions import check_signed

        change = self._ready(change_id)
        expected = self._build(change)
        signed = check_signed(raw, expected, max_fee_gwei=self._settings.max_fee_gwei)
        return self._keep(change, signed)

    def sign(self, change_id: int, passphrase: Secret) -> ChainTransaction:
        """Sign the transaction of a confirmed change with the owner's key; sends nothing.

        Raises:
            ChangeError: the change is not confirmed, has one already, or the key can't sign.
            ConfigError, NumeraiError: as in :meth:`unsigned`.
        """
        self._must_write()
        change = self._ready(change_id)
        signed = self._wallet().sign(self._profile, self._build(change), passphrase)
        return self._keep(change, signed)

    def bump(self, change_id: int, passphrase: Secret) -> ChainTransaction:
        """Sign a change's pending transaction once more with a higher fee and the same nonce.

        One of the two can be mined, never both. Nothing is sent.

        Raises:
            ChangeError: nothing is pending, or the key can't sign.
            ConfigError, NumeraiError: as in :meth:`unsigned`.
        """
        self._must_write()
        change = self._store.change(change_id)
        pending = newest_pending(self.transactions(change_id))
        if change.state is not ChangeState.UNKNOWN or pending is None:
            raise ChangeError(
                f"Change {change.id} has no pending transaction.", "There is nothing to speed up."
            )
        unsigned = self._builder().replacement(pending, change.tournament)
        signed = self._wallet().sign(self._profile, unsigned, passphrase)
        return self._keep(change, signed, replaces=pending.hash)

    def transactions(self, change_id: int) -> tuple[ChainTransaction, ...]:
        """What was signed for a change, oldest first."""
        return self._store.strategies.transactions(change_id=change_id)[::-1]

    def _build(self, change: Change) -> Unsigned:
        """The transaction of a change, checked against the chain as it is now."""
        if self._settings.system(change.tournament) is System.CONTINUOUS:
            raise not_atomic(change)
        address = self._settings.strategy(change.tournament)
        if address is None:
            raise ConfigError(
                f"The address of the {change.tournament.label} strategy is not configured.",
                f"Set atomic.{change.tournament.name.lower()}_strategy; the V3 Stakes page shows "
                "it.",
            )
        contract = self._store.strategies.contracts().get(change.tournament)
        here = change.channel is Channel.SIGNED
        return self._distinct(
            self._builder().build(
                change,
                address,
                staking=contract.address if contract else None,
                key=self._key(change),
                sender=self._wallet().address(self._profile) if here else None,
            )
        )

    def _distinct(self, unsigned: Unsigned) -> Unsigned:
        """``unsigned`` unlike all that were signed: equal ones would be one, with one hash.

        A signature depends on nothing else, so one more unit of gas is allowed where needed.
        """
        known = {_fields(one) for one in self._store.strategies.transactions()}
        while _fields(unsigned) in known:
            unsigned = replace(unsigned, gas=unsigned.gas + 1)
        return unsigned

    def _keep(
        self, change: Change, signed: Signed, replaces: str | None = None
    ) -> ChainTransaction:
        transaction = signed.transaction(change.id, self._clock.now(), replaces=replaces)
        return self._store.strategies.add_transaction(transaction, seen=change)

    def _ready(self, change_id: int) -> Change:
        """A confirmed change that goes out as a transaction and has none yet."""
        change = confirmed(self._store.change(change_id))
        if change.channel is Channel.BY_HAND:
            raise ChangeError(
                f"Change {change.id} is carried out by hand.", "Choose another way for it first."
            )
        if any(one.state.pending for one in self.transactions(change_id)):
            raise ChangeError(
                f"Change {change.id} has a signed transaction already.", "Run the queue to send it."
            )
        self._check_given_up(change)
        return change

    def _check_given_up(self, change: Change) -> None:
        """What was given up for the change that this one asks for again may have arrived late.

        As long as it has not, the new transaction takes its nonce, so that one of them can.
        """
        before = change.retry_of
        while before is not None:
            for transaction in self.transactions(before):
                arrived = transaction.state is TransactionState.DROPPED and (
                    self._look_up(transaction).state is TransactionState.MINED
                )
                if arrived:
                    raise ChangeError(
                        f"Transaction {transaction.hash} of change {before} was given up, but it "
                        "is in a block by now.",
                        f"Change {change.id} would do the same again: cancel it.",
                    )
            before = self._store.change(before).retry_of

    def _key(self, change: Change) -> str | None:
        """The model's key on chain; ``None`` for deposits and withdrawals."""
        if change.kind in FUNDS:
            return None
        if change.model_id not in self._keys(change.tournament):
            self._learn()
        key = self._keys(change.tournament).get(change.model_id)
        if key is not None:
            return key
        raise ChangeError(
            f"The key of {change.model_name} on the chain is not known.",
            "It shows in the model's claims and positions. Until then set it by hand on the V3 "
            "Stakes page.",
        )

    def _keys(self, tournament: Tournament) -> dict[str, str]:
        """Keys on chain by model id."""
        return {one.model_id: one.key for one in self._store.strategies.keys(tournament)}


def _fields(one: Unsigned | ChainTransaction) -> tuple[object, ...]:
    """All that is signed."""
    route = (one.chain_id, one.sender.lower(), one.nonce, one.to.lower(), one.value)
    return (*route, one.data.lower(), one.gas, one.max_fee, one.max_priority_fee)


def confirmed(change: Change) -> Change:
    """``change`` itself, if it is about a strategy and the user said yes to it.

    Raises:
        ChangeError: it is not.
    """
    if change.system is not System.ATOMIC:
        raise ChangeError(f"Change {change.id} is about continuous staking.")
    if change.state not in CONFIRMED:
        raise ChangeError(
            f"Change {change.id} is {change.state.value}.", "Only confirmed changes go out."
        )
    return change
