"""Transactions of an allocation strategy: prepared, signed, and kept before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from ledger.domain.queue.change import CONFIRMED, FUNDS, UNSENT, Change, ChangeState
from ledger.domain.stakes.strategy import (
    ChainTransaction,
    Channel,
    ConfirmedFor,
    ModelKey,
    StakingContract,
    StrategyReading,
    TransactionState,
    newest_pending,
)
from ledger.errors import ChangeError, ConfigError
from ledger.queue.checks import not_atomic
from ledger.queue.key_checks import key_sentence

if TYPE_CHECKING:
    from ledger.chain.sending import TransactionStatus
    from ledger.chain.transactions import Signed, Unsigned
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.domain.secret import Secret
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
        confirmed: ConfirmedFor | None = None,
    ) -> Unsigned: ...
    def trusted(
        self,
        tournament: Tournament,
        strategy: str,
        *,
        staking: str | None,
        sender: str | None = None,
        confirmed: ConfirmedFor | None = None,
    ) -> StrategyReading: ...
    def replacement(self, pending: ChainTransaction, tournament: Tournament) -> Unsigned: ...


class Wallet(Protocol):
    """What holds the owner's key; :class:`ledger.queue.wallet.KeyStore` does."""

    def address(self, profile: str) -> str | None: ...
    def sign(self, profile: str, unsigned: Unsigned, passphrase: Secret) -> Signed: ...


class Signing:
    """Signed transactions of one ledger; nothing here hands one to a node.

    ``must_write`` raises :class:`ledger.errors.ReadOnly` where nothing may be changed. ``builder``
    connects at the first need and raises :class:`ledger.errors.ConfigError` when no endpoint is
    configured; ``learn`` looks on the chain for keys that are not known yet, ``prove`` proves one
    or refuses, ``look_up`` looks for a transaction, ``contracts`` asks Numerai for the staking
    contracts. Methods that use them belong in a worker.
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
        prove: Callable[[Change, str, ModelKey], ModelKey],
        look_up: Callable[[ChainTransaction], TransactionStatus],
        contracts: Callable[[], Mapping[Tournament, StakingContract]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._must_write = must_write
        self._profile = profile
        self._builder = builder
        self._wallet = wallet
        self._learn = learn
        self._prove = prove
        self._look_up = look_up
        self._contracts = contracts

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
        from ledger.chain.signed_elsewhere import check_signed

        change = self._ready(change_id)
        expected = self._build(change)
        signed = check_signed(raw, expected, max_fee_gwei=self._settings.max_fee_gwei)
        self._check_nonce(change, signed.nonce)
        return self._keep(change, signed)

    def sign(self, change_id: int, passphrase: Secret) -> ChainTransaction:
        """Sign the transaction of a confirmed change with the owner's key; sends nothing.

        Raises:
            ChangeError: the change is not confirmed, has one already, or the key can't sign.
            ConfigError, NumeraiError: as in :meth:`unsigned`.
        """
        self._must_write()
        change = self._ready(change_id)
        unsigned = self._build(change)
        self._check_nonce(change, unsigned.nonce)
        signed = self._wallet().sign(self._profile, unsigned, passphrase)
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
        self._key(change)
        self._builder().trusted(
            change.tournament,
            self._address(change),
            staking=self._staking(change),
            confirmed=self._confirmed_for(change),
        )
        unsigned = self._builder().replacement(pending, change.tournament)
        signed = self._wallet().sign(self._profile, unsigned, passphrase)
        return self._keep(change, signed, replaces=pending.hash)

    def transactions(self, change_id: int) -> tuple[ChainTransaction, ...]:
        """What was signed for a change, oldest first."""
        return self._store.strategies.transactions(change_id=change_id)[::-1]

    def _build(self, change: Change) -> Unsigned:
        """The transaction of a change, checked against the chain as it is now."""
        address = self._address(change)
        key = self._key(change)
        here = change.channel is Channel.SIGNED
        unsigned = self._builder().build(
            change,
            address,
            staking=self._staking(change),
            key=None if key is None else key.key,
            sender=self._wallet().address(self._profile) if here else None,
            confirmed=self._confirmed_for(change),
        )
        if key is not None:
            words = key_sentence(change, key)
            unsigned = replace(unsigned, sentences=(*unsigned.sentences, words))
        return self._distinct(unsigned)

    def _address(self, change: Change) -> str:
        """Where the strategy is."""
        if self._settings.system(change.tournament) is System.CONTINUOUS:
            raise not_atomic(change)
        address = self._settings.strategy(change.tournament)
        if address is None:
            raise ConfigError(
                f"The address of the {change.tournament.label} strategy is not configured.",
                f"Set atomic.{change.tournament.name.lower()}_strategy; the V3 Stakes page shows "
                "it.",
            )
        return address

    def _staking(self, change: Change) -> str | None:
        """The staking contract, as Numerai names it now.

        Raises:
            ChangeError: it is paused, or is not the one there was when the change was confirmed.
        """
        label = change.tournament.label
        contract = self._contracts().get(change.tournament)
        confirmed = self._confirmed_for(change)
        if contract is not None and contract.paused:
            raise ChangeError(
                f"Nothing is signed: Numerai says that staking on {label} is paused.",
                "Wait until it goes on.",
            )
        named = None if confirmed is None or confirmed.named is None else confirmed.named.lower()
        now = None if contract is None else contract.address.lower()
        if confirmed is not None and now is not None and now != named:
            raise ChangeError(
                f"Nothing is signed: Numerai's staking contract of {label} was {named} when you "
                f"confirmed this, and is {now} now.",
                "Find out why. Then sync, choose the change's way again (W) and confirm it anew.",
            )
        return now

    def _confirmed_for(self, change: Change) -> ConfirmedFor | None:
        """The contracts a confirmed change was confirmed for, ``None`` for a draft.

        Raises:
            ChangeError: no sync had read them by then.
        """
        if change.state is ChangeState.DRAFT:
            return None
        confirmed = self._store.strategies.confirmed_for(change.id)
        if confirmed is None or confirmed.address is None:
            raise ChangeError(
                f"Nothing is signed: no sync had read the {change.tournament.label} strategy from "
                f"the chain when change {change.id} was confirmed.",
                "Sync, choose the change's way again (W) and confirm it anew.",
            )
        return confirmed

    def _distinct(self, unsigned: Unsigned) -> Unsigned:
        """``unsigned`` unlike all that were signed: equal ones would be one, with one hash.

        A signature depends on nothing else, so one more unit of gas is allowed where needed.
        """
        signed = {_fields(tx) for tx in self._store.strategies.transactions()}
        while _fields(unsigned) in signed:
            unsigned = replace(unsigned, gas=unsigned.gas + 1)
        return unsigned

    def _keep(
        self, change: Change, signed: Signed, replaces: str | None = None
    ) -> ChainTransaction:
        transaction = signed.transaction(change.id, self._clock.now(), replaces=replaces)
        return self._store.strategies.add_transaction(transaction, last_read=change)

    def _ready(self, change_id: int) -> Change:
        """A confirmed change that goes out as a transaction and has none yet."""
        change = confirmed(self._store.change(change_id))
        if change.channel is Channel.BY_HAND:
            raise ChangeError(
                f"Change {change.id} is carried out by hand.", "Choose another way for it first."
            )
        if any(tx.state.pending for tx in self.transactions(change_id)):
            raise ChangeError(
                f"Change {change.id} has a signed transaction already.", "Run the queue to send it."
            )
        self._check_given_up(change)
        return change

    def _check_given_up(self, change: Change) -> None:
        """What was given up for the change that this one asks for again may have arrived late.

        As long as it has not, the new transaction takes its nonce, so that one of them can; another
        nonce is free only once that one was spent by another transaction, beyond any fork.
        """
        for before, transaction in self._given_up(change):
            status = self._look_up(transaction)
            if status.state is TransactionState.MINED or status.block is not None:
                raise ChangeError(
                    f"Transaction {transaction.hash} of change {before} was given up, but it is "
                    "in a block by now.",
                    f"Change {change.id} would do the same again: cancel it.",
                )
            if status.spent:
                raise ChangeError(
                    f"Nonce {transaction.nonce} of transaction {transaction.hash}, which was given "
                    f"up for change {before}, was spent a moment ago and may come free again.",
                    "Wait until more blocks have followed.",
                )

    def _check_nonce(self, change: Change, nonce: int) -> None:
        """A nonce that is not spent yet is the only one that can be signed in its place."""
        for before, transaction in self._given_up(change):
            open_ = self._look_up(transaction).state.pending
            if open_ and transaction.nonce != nonce:
                raise ChangeError(
                    f"Transaction {transaction.hash}, given up for change {before}, can still be "
                    f"mined with nonce {transaction.nonce}; this one would have nonce {nonce}.",
                    "Wait until that nonce is spent, or carry the change out by hand.",
                )

    def _given_up(self, change: Change) -> Iterator[tuple[int, ChainTransaction]]:
        """Transactions of the changes that this one asks for again, given up, with their change."""
        before = change.retry_of
        while before is not None:
            for transaction in self.transactions(before):
                if transaction.state is TransactionState.DROPPED:
                    yield before, transaction
            before = self._store.change(before).retry_of

    def _key(self, change: Change) -> ModelKey | None:
        """The model's key on chain, proven; ``None`` for deposits and withdrawals."""
        if change.kind in FUNDS:
            return None
        address = self._address(change)
        if change.model_id not in self._keys(change.tournament):
            self._learn()
        key = self._keys(change.tournament).get(change.model_id)
        if key is not None:
            return self._prove(change, address, key)
        raise ChangeError(
            f"The key of {said(change.model_name)} on the chain is not known.",
            "It shows in the model's claims and positions. Until then set it by hand on the V3 "
            "Stakes page.",
        )

    def _keys(self, tournament: Tournament) -> dict[str, ModelKey]:
        """Keys on chain by model id."""
        return {key.model_id: key for key in self._store.strategies.keys(tournament)}


def _fields(tx: Unsigned | ChainTransaction) -> tuple[object, ...]:
    """All that is signed."""
    route = (tx.chain_id, tx.sender.lower(), tx.nonce, tx.to.lower(), tx.value)
    return (*route, tx.data.lower(), tx.gas, tx.max_fee, tx.max_priority_fee)


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
