"""The chain's word on allocation strategies, for one sync; what fails is reported, never raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ledger.config.settings import AtomicSettings
from ledger.domain.model import System, Tournament
from ledger.domain.stakes.strategy import (
    ChainStake,
    EventsRead,
    KeyEvent,
    KeyProof,
    ModelKey,
    Origin,
    ProvenBy,
    SettingReading,
    StrategyReading,
)
from ledger.domain.syncing.facts import Problem, StrategyNews, SyncFacts
from ledger.errors import LedgerError
from ledger.rules.stakes.model_keys import derived, rule_of
from ledger.store import Store
from ledger.syncing.reading.key_proof import Findings, KeyFinding, Positions

_MOST_STAKES = 192
"""Positions read from the chain per tournament and sync; older ones follow with the next."""


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
    ) -> EventsRead: ...


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
                for more in self._read(news, tournament, address):
                    news = more
            except LedgerError as error:
                self._report(tournament, address, error.what)
        return news

    def _report(self, tournament: Tournament, address: str, what: str) -> None:
        self.problems.append(Problem(f"{tournament.label} strategy on chain", address, what))

    def _read(
        self, news: StrategyNews, tournament: Tournament, address: str
    ) -> Iterator[StrategyNews]:
        """``news`` with one more thing at a time: the strategy, settings, stakes, keys."""
        contract = next((entry for entry in news.contracts if entry.tournament is tournament), None)
        reading = self._chain.read(
            tournament, address, staking=contract.address if contract else None
        )
        if reading.trouble is not None:
            self._report(tournament, address, reading.trouble)
        yield (news := replace(news, readings=(*news.readings, reading)))
        if reading.owner is None or reading.staking is None:
            return
        held = Positions(self._store, tournament, self._facts)
        learning = KeyLearning(self._chain, self._store, reading, held)
        written = list(self._store.strategies.events(tournament, address))
        read = learning.events(self._unread(reading), confirmations=self._atomic.confirmations)
        written += read.events
        yield (news := replace(news, events=(*news.events, read)))
        keys_by_model = _keys(self._store, news, tournament)
        learned = learning.learn(keys_by_model.values(), written)
        yield (news := replace(news, keys=(*news.keys, *learned)))
        keys = {model_id: key.key for model_id, key in _keys(self._store, news, tournament).items()}
        if keys:
            settings = self._chain.settings(tournament, address, keys)
            yield (news := replace(news, settings=(*news.settings, *settings)))
            stakes = self._stakes(reading, reading.staking, held, keys)
            yield (news := replace(news, stakes=(*news.stakes, *stakes)))

    def _unread(self, reading: StrategyReading) -> int:
        """From which block on the strategy's events are new, or are looked for at all.

        Endpoints limit how many blocks one call may search, so a first look goes back only as far
        as the config says.
        """
        strategies = self._store.strategies
        reached = strategies.events_read(reading.tournament, reading.address)
        if reached is not None:
            return reached + 1
        before = strategies.readings().get(reading.tournament)
        if before is not None and before.address.lower() == reading.address.lower():
            return max(0, before.block + 1 - self._atomic.confirmations)
        back = self._atomic.search_blocks or self._atomic.confirmations
        return max(0, reading.block + 1 - back)

    def _stakes(
        self, reading: StrategyReading, staking: str, held: Positions, keys: Mapping[str, str]
    ) -> tuple[ChainStake, ...]:
        """Those of running positions that were not found since their round has closed."""
        read = {
            (stake.round, stake.model_id)
            for stake in self._store.strategies.chain_stakes(reading.tournament)
            if stake.stake and not held.open_at(stake.round, stake.as_of)
        }
        rows = [
            (number, model_id, keys[model_id])
            for number, model_id in held.running()
            if model_id in keys and (number, model_id) not in read
        ][:_MOST_STAKES]
        if not rows:
            return ()
        return self._chain.stakes(reading.tournament, reading.address, staking, rows)


class KeyLearning:
    """Finds out which key on chain belongs to which model, and keeps what the strategy wrote."""

    def __init__(
        self, chain: ChainReader, store: Store, reading: StrategyReading, held: Positions
    ) -> None:
        self._chain = chain
        self._store = store
        self._reading = reading
        self._held = held

    def events(self, since_block: int, *, confirmations: int) -> EventsRead:
        """What the strategy wrote since a block, as far as no fork can take it back.

        What is above the newest block that the endpoint has is not known: it is read next time.

        Raises:
            LedgerError: the chain could not be read.
        """
        tournament, address = self._reading.tournament, self._reading.address
        read = self._chain.learn_keys(tournament, address, since_block=since_block)
        deep = max(min(read.reached, self._reading.block) - confirmations, since_block - 1)
        return replace(
            read, events=tuple(event for event in read.events if event.block <= deep), reached=deep
        )

    def learn(
        self, model_keys: Iterable[ModelKey], written: Iterable[KeyEvent]
    ) -> tuple[ModelKey, ...]:
        """Keys that the stakes prove, of models without a proven one; and what a rule that all
        proven keys follow makes of the rest, which proves nothing.

        Raises:
            LedgerError: the chain could not be read.
        """
        by_model = {key.model_id: key for key in model_keys}
        names = {model.id: model.name for model in self._store.models(archived=True)}
        proven = {key.model_id: key.key for key in by_model.values() if key.proof is not None}
        if not self._held.lacking(proven) or self._reading.staking is None:
            return ()
        rule = rule_of((model_id, names.get(model_id, ""), key) for model_id, key in proven.items())
        made = {
            model_id: derived(model_id, name)
            for model_id, name in names.items()
            if model_id not in proven
        }
        candidates = {key.key for key in by_model.values()} | {event.key for event in written}
        candidates |= {keys[rule] for keys in made.values() if rule in keys}
        finding = KeyFinding(self._chain, self._reading, self._held)
        findings = finding.find(candidates)
        return (
            *self._proven(findings, by_model, made, rule),
            *self._derived(findings, by_model, made, rule),
        )

    def _proven(
        self,
        findings: Findings,
        keys_by_model: Mapping[str, ModelKey],
        made: Mapping[str, Mapping[str, str]],
        rule: str | None,
    ) -> Iterator[ModelKey]:
        for model_id, key in sorted(findings.keys.items()):
            named = keys_by_model.get(model_id)
            if named is not None and named.proof is not None:
                continue
            origin = (
                Origin.DERIVED if made.get(model_id, {}).get(rule or "") == key else Origin.CHAIN
            )
            if named is not None and named.key == key:
                origin = named.origin
            proof = KeyProof(ProvenBy.POSITIONS, findings.evidence(model_id), self._reading.as_of)
            yield ModelKey(self._reading.tournament, model_id, key, origin, proof)

    def _derived(
        self,
        findings: Findings,
        keys_by_model: Mapping[str, ModelKey],
        made: Mapping[str, Mapping[str, str]],
        rule: str | None,
    ) -> Iterator[ModelKey]:
        if rule is None:
            return
        for model_id, keys in sorted(made.items()):
            unknown = model_id not in keys_by_model and model_id not in findings.keys
            if unknown and rule in keys and not findings.contradict(model_id, keys[rule]):
                yield ModelKey(self._reading.tournament, model_id, keys[rule], Origin.DERIVED)


def _keys(store: Store, news: StrategyNews, tournament: Tournament) -> dict[str, ModelKey]:
    """Keys by model id, known and new; what is proven stands."""
    keys_by_model: dict[str, ModelKey] = {}
    for key in (*store.strategies.keys(tournament), *news.keys):
        before = keys_by_model.get(key.model_id)
        if key.tournament is tournament and (before is None or before.proof is None or key.proof):
            keys_by_model[key.model_id] = key
    return keys_by_model
