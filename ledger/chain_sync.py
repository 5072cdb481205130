"""The chain's word on allocation strategies, for one sync; what fails is reported, never raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ledger.domain.facts import Problem, StrategyNews, SyncFacts
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stake import StakeMode
from ledger.domain.strategy import (
    ChainStake,
    ModelKey,
    Origin,
    SettingReading,
    StrategyReading,
)
from ledger.domain.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.errors import LedgerError
from ledger.rules.model_keys import match_keys
from ledger.settings import AtomicSettings
from ledger.store import Store

_MOST_STAKES = 192
"""Positions read from the chain per tournament and sync; older ones follow with the next."""

_WITNESSES = 3
"""Rounds whose stakes have to agree before a key is held to be a model's."""


class KeyEvent(Protocol):
    """A ``ModelConfigUpdated`` event: a key, and the setting that was written."""

    @property
    def key(self) -> str: ...
    @property
    def per_round(self) -> NMR: ...
    @property
    def mode(self) -> StakeMode | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def block(self) -> int: ...


class ChainReader(Protocol):
    """The part of :class:`ledger.chain.strategy.StrategyReader` that is used here."""

    def read(
        self, tournament: Tournament, address: str, *, staking: str | None
    ) -> StrategyReading: ...

    def settings(
        self, tournament: Tournament, address: str, keys: Mapping[str, str]
    ) -> tuple[SettingReading, ...]: ...

    def stakes(
        self,
        tournament: Tournament,
        staker: str,
        staking: str,
        rows: Sequence[tuple[int, str, str]],
    ) -> tuple[ChainStake, ...]: ...

    def learn_keys(
        self, tournament: Tournament, address: str, *, since_block: int
    ) -> Sequence[KeyEvent]: ...


class ChainReading:
    """Reads every strategy the config names. Use once: :meth:`run`, then read ``problems``."""

    def __init__(
        self, chain: ChainReader, store: Store, atomic: AtomicSettings, facts: SyncFacts
    ) -> None:
        self.problems: list[Problem] = []
        self._chain = chain
        self._store = store
        self._atomic = atomic
        self._facts = facts

    def run(self, news: StrategyNews) -> StrategyNews:
        """``news`` with what the chain says added; what came before a failure is kept."""
        for tournament in Tournament:
            address = self._atomic.strategy(tournament)
            if address is None or self._facts.systems.get(tournament) is not System.ATOMIC:
                continue
            try:
                for more in self._told(news, tournament, address):
                    news = more
            except LedgerError as error:
                self._report(tournament, address, error.what)
        return news

    def _report(self, tournament: Tournament, address: str, what: str) -> None:
        self.problems.append(Problem(f"{tournament.label} strategy on chain", address, what))

    def _told(
        self, news: StrategyNews, tournament: Tournament, address: str
    ) -> Iterator[StrategyNews]:
        """``news`` with one more thing at a time: the strategy, settings, stakes, keys."""
        contract = next((one for one in news.contracts if one.tournament is tournament), None)
        reading = self._chain.read(
            tournament, address, staking=contract.address if contract else None
        )
        if reading.trouble is not None:
            self._report(tournament, address, reading.trouble)
        yield (news := replace(news, readings=(*news.readings, reading)))
        if reading.owner is None or reading.staking is None:
            return
        held = Positions(self._store, tournament, self._facts)
        keys = _keys(self._store, news, tournament)
        since = self._unread(reading, self._store.strategies.readings().get(tournament))
        if since is not None:
            learning = KeyLearning(self._chain, reading, reading.staking, held)
            learned = learning.learn(keys, since_block=since)
            yield (news := replace(news, keys=(*news.keys, *learned)))
            keys |= {one.model_id: one.key for one in learned}
        if keys:
            settings = self._chain.settings(tournament, address, keys)
            yield (news := replace(news, settings=(*news.settings, *settings)))
            stakes = self._stakes(reading, reading.staking, held, keys)
            yield (news := replace(news, stakes=(*news.stakes, *stakes)))

    def _unread(self, reading: StrategyReading, before: StrategyReading | None) -> int | None:
        """From which block on the strategy's events are new; ``None`` when that is too far back.

        Endpoints limit how many blocks one call may search, so a first look goes back only as far
        as the config says.
        """
        if before is not None and before.address == reading.address:
            return before.block + 1
        back = self._atomic.search_blocks
        return max(0, reading.block - back) if back else None

    def _stakes(
        self, reading: StrategyReading, staking: str, held: Positions, keys: Mapping[str, str]
    ) -> tuple[ChainStake, ...]:
        """Those of running positions that were not found since their round has closed."""
        known = {
            (one.round, one.model_id)
            for one in self._store.strategies.chain_stakes(reading.tournament)
            if one.stake and not held.open_at(one.round, one.as_of)
        }
        rows = [
            (number, model_id, keys[model_id])
            for number, model_id in held.running()
            if model_id in keys and (number, model_id) not in known
        ][:_MOST_STAKES]
        if not rows:
            return ()
        return self._chain.stakes(reading.tournament, reading.address, staking, rows)


class Positions:
    """The positions of one tournament that are still running, as Numerai lists them."""

    def __init__(
        self, store: Store, tournament: Tournament, facts: SyncFacts | None = None
    ) -> None:
        fresh = facts.rounds if facts else ()
        rounds = {entry.number: entry for entry in store.rounds(tournament, scores=False)}
        rounds |= {entry.number: entry for entry in fresh if entry.tournament is tournament}
        listed = facts.stake_transactions if facts else ()
        self._rounds = rounds
        self._stakes: dict[tuple[int, str], NMR] = {}
        for row in {*store.stake_transactions(tournament), *listed}:
            if row.tournament is tournament and row.type == STRATEGY_STAKE:
                self._add(row)

    def _add(self, row: StakeTransaction) -> None:
        entry = self._rounds.get(row.round or 0)
        if row.round is not None and (entry is None or not entry.resolved):
            place = (row.round, row.model_id)
            self._stakes[place] = self._stakes.get(place, ZERO) + row.amount

    def running(self) -> list[tuple[int, str]]:
        """Round and model id, newest round first."""
        return sorted(self._stakes, reverse=True)

    def open_at(self, number: int, at: datetime) -> bool:
        """Whether round ``number`` still took stakes at a time."""
        entry = self._rounds.get(number)
        return entry is None or entry.closes_staking is None or at <= entry.closes_staking

    def newest_of(self, known: Iterable[str]) -> dict[str, dict[int, NMR]]:
        """A few positions, by round, of each model that is not in ``known``."""
        found: dict[str, dict[int, NMR]] = {}
        for number, model_id in self.running():
            if model_id not in known and len(found.get(model_id, ())) < _WITNESSES:
                found.setdefault(model_id, {})[number] = self._stakes[number, model_id]
        return found


class KeyLearning:
    """Finds out which key on chain belongs to which model, by the stakes held under it."""

    def __init__(
        self, chain: ChainReader, reading: StrategyReading, staking: str, held: Positions
    ) -> None:
        self._chain = chain
        self._reading = reading
        self._staking = staking
        self._held = held

    def learn(self, known: Mapping[str, str], *, since_block: int) -> tuple[ModelKey, ...]:
        """Keys of models that have none yet, out of the strategy's events.

        Raises:
            LedgerError: the chain could not be read.
        """
        wanted = self._held.newest_of(known)
        if not wanted:
            return ()
        tournament, address = self._reading.tournament, self._reading.address
        events = self._chain.learn_keys(tournament, address, since_block=since_block)
        strangers = sorted({event.key.lower() for event in events} - set(known.values()))
        rounds = {number for stakes in wanted.values() for number in stakes}
        rows = [(number, key, key) for key in strangers for number in sorted(rounds)]
        if not rows:
            return ()
        stakes = self._chain.stakes(tournament, address, self._staking, rows)
        found = match_keys(
            strangers, wanted, {(one.model_id, one.round): one.stake for one in stakes}
        )
        return tuple(
            ModelKey(tournament, model_id, key, Origin.CHAIN)
            for model_id, key in sorted(found.items())
        )


def _keys(store: Store, news: StrategyNews, tournament: Tournament) -> dict[str, str]:
    """Model id to key, known and new."""
    known = (*store.strategies.keys(tournament), *news.keys)
    return {one.model_id: one.key for one in known if one.tournament is tournament}
