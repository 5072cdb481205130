"""Reading an allocation strategy, and whether it is one: no write leaves from here.

Every read is an ``eth_call`` on the newest block. A contract that does not answer as a strategy
does is never an error here but a reading with ``trouble``: it can be looked at, not signed for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.chain import abi, contracts, surface
from ledger.chain.abi import ConfigUpdate, Modes
from ledger.chain.rpc import Rpc
from ledger.chain.surface import LATEST, view
from ledger.clock import Clock
from ledger.domain.model import Tournament
from ledger.domain.stakes.strategy import (
    ChainStake,
    EventsRead,
    KeyEvent,
    Origin,
    SettingReading,
    StrategyReading,
)
from ledger.errors import BadChainAnswer, ChainError

_SMALLEST_SLICE = 64
"""Blocks below which a refused search for events is not halved any more."""


class StrategyReader:
    """Reads one chain's strategies. ``chain_id`` is the chain the config expects."""

    def __init__(self, rpc: Rpc, *, chain_id: int, modes: Modes, clock: Clock) -> None:
        self.rpc = rpc
        self.chain_id = chain_id
        self.modes = modes
        self._clock = clock

    def read(self, tournament: Tournament, address: str, *, staking: str | None) -> StrategyReading:
        """The strategy at ``address``, with ``trouble`` where it must not be signed for.

        ``staking`` is the staking contract Numerai names (``v3StakeConfig``); ``None`` leaves
        that unchecked. NMR amounts, ether in wei.

        Raises:
            ChainUnreachable, BadChainAnswer, ChainError: the endpoint, not the contract, failed.
        """
        bare = surface.bare(tournament, address, self.chain(), self.block(), self._clock.now())
        if bare.chain_id != self.chain_id:
            return replace(bare, trouble=surface.wrong_chain(bare.chain_id, self.chain_id))
        code = abi.hex_data(self.rpc.call("eth_getCode", [address, LATEST]), "the contract's code")
        trouble = surface.foreign_code(bare.address, code)
        if trouble is not None:
            return replace(bare, trouble=trouble)
        return self._surface(bare, staking)

    def settings(
        self, tournament: Tournament, address: str, keys: Mapping[str, str]
    ) -> tuple[SettingReading, ...]:
        """Each model's setting; ``keys`` maps model ids to bytes32 keys.

        One that was never set reads as zero per round and disabled. ``mode`` is ``None`` for a
        number the config does not name.

        Raises:
            ChainUnreachable, ChainError: the endpoint failed, or the contract reverts.
            BadChainAnswer: the contract's words are no setting.
        """
        calls = [abi.model_config_call(int(tournament), key) for key in keys.values()]
        answers = self.views((address, data) for data in calls)
        now = self._clock.now()
        return tuple(
            self._setting(tournament, model_id, answer, now)
            for model_id, answer in zip(keys, answers, strict=True)
        )

    def stakes(
        self,
        tournament: Tournament,
        staker: str,
        staking: str,
        rows: Sequence[tuple[int, str, str]],
    ) -> tuple[ChainStake, ...]:
        """What the staking contract holds of ``staker`` (the strategy's address) per row.

        A row is round number, model id, bytes32 key. Zero stakes are listed too.

        Raises:
            ChainUnreachable, ChainError, BadChainAnswer: as for :meth:`settings`.
        """
        calls = [abi.stake_by_round_call(number, staker, key) for number, _, key in rows]
        answers = self.views((staking, data) for data in calls)
        now = self._clock.now()
        return tuple(
            ChainStake(tournament, number, model_id, abi.amount(answer, "stakeByRound()"), now)
            for (number, model_id, _), answer in zip(rows, answers, strict=True)
        )

    def learn_keys(self, tournament: Tournament, address: str, *, since_block: int) -> EventsRead:
        """The strategy's ``ModelConfigUpdated`` events of a tournament, oldest first, and up to
        which block they are all there are.

        Raises:
            ChainUnreachable, ChainError, BadChainAnswer: as for :meth:`settings`.
        """
        last = self.block()
        reached = last
        events: list[KeyEvent] = []
        for logs, head in self._logs(tournament, address, since_block, last):
            reached = min(reached, head)
            events += (_event(update) for update in config_updates(logs, address, self.modes))
        for event in events:
            if not since_block <= event.block <= last or event.tournament is not tournament:
                raise BadChainAnswer("The Ethereum endpoint gave events that were not asked for.")
        return EventsRead(tournament, address, tuple(events), max(reached, since_block - 1))

    def block(self) -> int:
        """The newest block's number."""
        return abi.quantity(self.rpc.call("eth_blockNumber", []), "the newest block")

    def chain(self) -> int:
        """The chain id the endpoint is on."""
        return abi.quantity(self.rpc.call("eth_chainId", []), "the chain id")

    def views(self, calls: Iterable[tuple[str, str]]) -> list[object]:
        """The answers to many ``eth_call``, given as (address, data).

        Raises:
            ChainError: one was refused.
        """
        answers = self.rpc.call_many([view(address, data) for address, data in calls])
        for answer in answers:
            if isinstance(answer, ChainError):
                raise answer
        return answers

    def _surface(self, bare: StrategyReading, staking: str | None) -> StrategyReading:
        """All reads a strategy must answer, each in its form."""
        answers = surface.ask(self.rpc, bare.address, bare.tournament)
        reading = replace(
            bare,
            owner=answers.read(contracts.OWNER, abi.address),
            operator=answers.read(contracts.OPERATOR, abi.address),
            staking=answers.read(contracts.STAKING, abi.address),
            idle=answers.read(contracts.AVAILABLE_BALANCE, abi.amount),
        )
        answers.read(contracts.FACTORY, abi.address)
        answers.read(contracts.MODEL_CONFIG, abi.setting_words)
        token = answers.read(contracts.NMR_TOKEN, abi.address)
        if reading.owner is not None and token is not None:
            wallet, ether = surface.ask_wallet(self.rpc, token, reading.owner)
            reading = replace(
                reading, wallet=wallet.read(contracts.BALANCE_OF, abi.amount), gas_wei=ether
            )
            answers.silent += wallet.silent
        trouble = answers.trouble(reading.address) or surface.foreign_staking(reading, staking)
        return replace(reading, trouble=trouble)

    def _setting(
        self, tournament: Tournament, model_id: str, answer: object, now: datetime
    ) -> SettingReading:
        per_round, mode, enabled = abi.setting_words(answer, "modelConfig()")
        return SettingReading(
            tournament, model_id, per_round, self.modes.mode(mode), enabled, Origin.CHAIN, now
        )

    def _logs(
        self, tournament: Tournament, address: str, first: int, last: int
    ) -> Iterator[tuple[list[object], int]]:
        """Log entries of a range of blocks, in halves where the endpoint refuses the whole, and
        the newest block of the node that gave them: above its own it silently has none."""
        if first > last:
            return
        topics = [contracts.MODEL_CONFIG_UPDATED_TOPIC, "0x" + abi.uint(int(tournament))]
        query = {
            "address": address,
            "topics": topics,
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        logs, head = self.rpc.call_many([("eth_getLogs", [query]), ("eth_blockNumber", [])])
        if isinstance(logs, ChainError):
            if last - first < _SMALLEST_SLICE:
                raise logs
            middle = (first + last) // 2
            yield from self._logs(tournament, address, first, middle)
            yield from self._logs(tournament, address, middle + 1, last)
            return
        if isinstance(head, ChainError):
            raise head
        if not isinstance(logs, list):
            raise BadChainAnswer("The Ethereum endpoint gave no list of events.")
        yield logs, abi.quantity(head, "the newest block")


def _event(update: ConfigUpdate) -> KeyEvent:
    return KeyEvent(
        tournament=Tournament(update.tournament),
        key=update.key,
        per_round=update.per_round,
        mode=update.mode,
        enabled=update.enabled,
        block=update.block,
        tx_hash=update.tx_hash,
    )


def config_updates(logs: Sequence[object], address: str, modes: Modes) -> Iterator[ConfigUpdate]:
    """The ``ModelConfigUpdated`` events that ``address`` wrote, in the order of ``logs``.

    Raises:
        BadChainAnswer: one whose words make no sense.
    """
    for log in logs:
        if not isinstance(log, Mapping) or log.get("removed") is True:
            continue
        if str(log.get("address")).lower() != address.lower():
            continue
        update = abi.decode_event(log, modes)
        if update is not None:
            yield update
