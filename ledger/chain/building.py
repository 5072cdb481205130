"""Building a transaction for a change, and every check before anybody may sign it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.chain import abi, contracts, orders, reverts, surface
from ledger.chain.strategy import StrategyReader
from ledger.chain.surface import LATEST, wrong_chain
from ledger.chain.transactions import GWEI, Unsigned, in_gwei
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import SETTINGS, Change
from ledger.domain.stakes.strategy import ChainTransaction, ConfirmedFor, StrategyReading
from ledger.errors import BadChainAnswer, ChainError, ChangeError

_DEFAULT_TIP = GWEI // 10
"""Wei per gas, where the endpoint suggests none."""


@dataclass(frozen=True, slots=True)
class _Fees:
    """Wei per gas."""

    most: int
    tip: int


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be sent, to whom, from whom."""

    tournament: Tournament
    sender: str
    to: str
    data: str
    value: int
    sentences: tuple[str, ...]


class TransactionBuilder:
    """Builds EIP-1559 transactions. ``max_fee_gwei`` is the most a unit of gas may cost."""

    def __init__(self, reader: StrategyReader, *, max_fee_gwei: int) -> None:
        self._reader = reader
        self._rpc = reader.rpc
        self._cap = max_fee_gwei * GWEI

    def build(
        self,
        change: Change,
        strategy: str,
        *,
        staking: str | None,
        key: str | None = None,
        sender: str | None = None,
        confirmed: ConfirmedFor | None = None,
    ) -> Unsigned:
        """The transaction that carries out ``change`` on the strategy at that address.

        ``staking`` is the staking contract Numerai names, ``key`` the model's bytes32 key (for
        settings), ``sender`` the address of the key at hand; ``None`` takes the owner's.
        ``confirmed`` is what the change was confirmed for: nothing else is signed for.
        The contract is read afresh: chain id, owner, staking contract, idle, NMR and ether; the
        call is simulated; the fee is capped.

        Raises:
            ChangeError: a check failed; says which, and what to do.
            ChainUnreachable, BadChainAnswer, ChainError: the endpoint failed.
        """
        if change.kind in SETTINGS:
            keys = {} if key is None else {change.model_id: key}
            return self.build_settings(
                [change], strategy, staking=staking, keys=keys, sender=sender, confirmed=confirmed
            )
        reading = self.trusted(
            change.tournament, strategy, staking=staking, sender=sender, confirmed=confirmed
        )
        data = orders.funds_data(change, reading)
        order = self._order(reading, data, (orders.funds_sentence(change),))
        return self._finished(order, reading.gas_wei or 0)

    def build_settings(
        self,
        changes: Sequence[Change],
        strategy: str,
        *,
        staking: str | None,
        keys: Mapping[str, str],
        sender: str | None = None,
        confirmed: ConfirmedFor | None = None,
    ) -> Unsigned:
        """One transaction for the settings of one or more models of a tournament.

        ``keys`` maps model ids to bytes32 keys; more than one change takes ``setModelConfigs``.

        Raises:
            ChangeError, ChainUnreachable, BadChainAnswer, ChainError: as for :meth:`build`.
        """
        rows = [orders.row(change, keys) for change in changes]
        reading = self.trusted(
            changes[0].tournament, strategy, staking=staking, sender=sender, confirmed=confirmed
        )
        data = orders.settings_data(rows, self._reader.modes)
        order = self._order(reading, data, tuple(map(orders.setting_sentence, changes)))
        return self._finished(order, reading.gas_wei or 0)

    def replacement(self, pending: ChainTransaction, tournament: Tournament) -> Unsigned:
        """``pending`` once more with the same nonce and fees at least an eighth (12.5 %) higher.

        Raises:
            ChangeError: its nonce is used, or the fee would pass the cap.
            ChainUnreachable, BadChainAnswer, ChainError: the endpoint failed.
        """
        self._require_chain()
        if self._count(pending.sender, LATEST) > pending.nonce:
            raise ChangeError(
                f"Transaction {pending.hash} can't be replaced: its nonce {pending.nonce} is used.",
                "Look up what became of it.",
            )
        now = self._suggested()
        fees = _Fees(_raised(pending.max_fee, now.most), _raised(pending.max_priority_fee, now.tip))
        self._require_affordable(fees.most)
        words = abi.decode_call(pending.data, self._reader.modes).sentences
        sentences = (f"Replaces {pending.hash} with a higher fee.", *words)
        order = _Order(
            tournament, pending.sender, pending.to, pending.data, pending.value, sentences
        )
        self._simulate(order)
        made = self._priced(order, pending.nonce, pending.gas, fees)
        balance = self._rpc.call("eth_getBalance", [pending.sender, LATEST])
        _require_gas(made, abi.quantity(balance, "the owner's ether"))
        return replace(made, replaces=pending.hash)

    def trusted(
        self,
        tournament: Tournament,
        strategy: str,
        *,
        staking: str | None,
        sender: str | None = None,
        confirmed: ConfirmedFor | None = None,
    ) -> StrategyReading:
        """The strategy as it is now, if it may be signed for by ``sender``.

        Raises:
            ChangeError, ChainUnreachable, BadChainAnswer, ChainError: as for :meth:`build`.
        """
        if staking is None:
            raise ChangeError(
                f"Numerai has not named the staking contract of {tournament.label}, so the"
                " strategy can't be checked against it.",
                "Sync, then try again; or set it on the V3 Stakes page.",
            )
        reading = self._reader.read(tournament, strategy, staking=staking)
        if reading.trouble is not None:
            raise ChangeError(
                f"Nothing is signed for this strategy. {reading.trouble}",
                "Check [atomic] in the config, or use the V3 Stakes page.",
            )
        moved = None if confirmed is None else surface.moved_on(reading, confirmed)
        if moved is not None:
            raise ChangeError(
                f"Nothing is signed: since you confirmed this, {moved}.",
                "Find out why. Then sync, choose the change's way again (W) and confirm it anew.",
            )
        if sender is not None and sender.lower() != reading.owner:
            raise ChangeError(
                f"The key at hand is {sender.lower()}, but the strategy belongs to"
                f" {reading.owner}.",
                "Import the owner's key, or sign elsewhere.",
            )
        return reading

    def _order(self, reading: StrategyReading, data: str, sentences: tuple[str, ...]) -> _Order:
        return _Order(reading.tournament, reading.owner or "", reading.address, data, 0, sentences)

    def _finished(self, order: _Order, balance: int) -> Unsigned:
        """Simulated, with nonce, gas and fees, and affordable."""
        nonce = self._free_nonce(order.sender)
        self._simulate(order)
        fees = self._suggested()
        self._require_affordable(fees.most)
        made = self._priced(order, nonce, self._gas(order), fees)
        _require_gas(made, balance)
        return made

    def _priced(self, order: _Order, nonce: int, gas: int, fees: _Fees) -> Unsigned:
        call = abi.decode_call(order.data, self._reader.modes)
        cost = f"Gas costs at most {_in_ether(gas * fees.most)} ETH ({in_gwei(fees.most)} per gas)."
        route = (
            f"From {order.sender} to {order.to} on chain {self._reader.chain_id}, nonce {nonce}."
        )
        return Unsigned(
            tournament=order.tournament,
            chain_id=self._reader.chain_id,
            sender=order.sender,
            to=order.to,
            data=order.data,
            value=order.value,
            nonce=nonce,
            gas=gas,
            max_fee=fees.most,
            max_priority_fee=fees.tip,
            call=call,
            sentences=(*order.sentences, route, cost),
        )

    def _require_chain(self) -> None:
        chain = self._reader.chain()
        if chain != self._reader.chain_id:
            raise ChangeError(
                wrong_chain(chain, self._reader.chain_id), "Check [atomic] in the config."
            )

    def _free_nonce(self, sender: str) -> int:
        nonce = self._count(sender, LATEST)
        if self._count(sender, "pending") > nonce:
            raise ChangeError(
                f"Another transaction of {sender} is on its way (nonce {nonce}).",
                "Wait until it is in a block, or replace it with a higher fee.",
            )
        return nonce

    def _count(self, sender: str, block: str) -> int:
        count = self._rpc.call("eth_getTransactionCount", [sender, block])
        return abi.quantity(count, "the owner's nonce")

    def _simulate(self, order: _Order) -> None:
        try:
            self._rpc.call("eth_call", [_as_call(order), LATEST])
        except ChainError as error:
            short = self._allowance_short(order)
            raise ChangeError(
                f"The strategy would refuse this: {reverts.of(error)}.{short}",
                "Nothing was signed or sent. Check amount and setting.",
            ) from None

    def _allowance_short(self, order: _Order) -> str:
        """A deposit's usual trouble: the strategy may not take so much from the wallet."""
        if not order.data.startswith(contracts.DEPOSIT.selector):
            return ""
        try:
            (token,) = self._reader.views([(order.to, contracts.NMR_TOKEN.selector)])
            words = (abi.address_word(order.sender), abi.address_word(order.to))
            asked = abi.call(contracts.ALLOWANCE, *words)
            (answer,) = self._reader.views([(abi.address(token, "nmr()"), asked)])
            allowed = abi.amount(answer, "allowance()")
        except (ChainError, BadChainAnswer):
            return ""
        if allowed >= NMR.from_wei(int(order.data[10:], 16)):
            return ""
        return (
            f" The owner's wallet lets the strategy take {allowed} NMR; allow more first"
            " (approve, with that wallet or on the V3 Stakes page)."
        )

    def _gas(self, order: _Order) -> int:
        """The estimate and a quarter more, for a state that moves until it is mined."""
        try:
            estimate = self._rpc.call("eth_estimateGas", [_as_call(order)])
        except ChainError as error:
            raise ChangeError(
                f"The gas for this can't be estimated: {reverts.of(error)}.",
                "Nothing was signed or sent.",
            ) from None
        return abi.quantity(estimate, "the gas needed") * 5 // 4

    def _suggested(self) -> _Fees:
        """Twice the base fee and a tip, but no more than the cap allows."""
        block = self._rpc.call("eth_getBlockByNumber", [LATEST, False])
        base = block.get("baseFeePerGas") if isinstance(block, Mapping) else None
        if base is None:
            raise BadChainAnswer("The Ethereum endpoint gave no base fee (EIP-1559).")
        least = abi.quantity(base, "the base fee")
        try:
            asked = self._rpc.call("eth_maxPriorityFeePerGas", [])
            tip = abi.quantity(asked, "the tip")
        except ChainError:
            tip = _DEFAULT_TIP
        needed = least + tip
        return _Fees(max(needed, min(2 * least + tip, self._cap)), tip)

    def _require_affordable(self, fee: int) -> None:
        if fee > self._cap:
            raise ChangeError(
                f"A unit of gas would cost {in_gwei(fee)}, more than the {in_gwei(self._cap)}"
                " allowed.",
                "Wait, or raise [atomic] max_fee_gwei in the config.",
            )


def _require_gas(made: Unsigned, balance: int) -> None:
    needed = made.most_for_gas + made.value
    if balance < needed:
        raise ChangeError(
            f"The owner's wallet {made.sender} holds {_in_ether(balance)} ETH; gas may cost"
            f" {_in_ether(needed)} ETH.",
            "Send ether to it, or wait for lower fees.",
        )


def _as_call(order: _Order) -> dict[str, str]:
    return {
        "from": order.sender,
        "to": order.to,
        "data": order.data,
        "value": hex(order.value),
    }


def _raised(before: int, now: int) -> int:
    """At least an eighth more, rounded up; what is suggested now where that is more."""
    return max(-(-before * 9 // 8), before + 1, now)


def _in_ether(wei: int) -> str:
    return str(NMR.from_wei(wei))
