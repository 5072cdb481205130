"""Whose key on chain is whose, and what proves it.

A key written under the wrong model sets another model's stake, so who names a key is not enough:
claims and rules of derivation only name candidates. What counts is what the staking contract holds
under a key, and what the strategy wrote under it when the user had set a model by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import SETTINGS, Change, ChangeState
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.domain.stakes.strategy import ChainStake, Channel, StrategyReading
from ledger.domain.syncing.facts import SyncFacts
from ledger.rules.stakes.model_keys import StakesByRound, match_keys, same_stakes

if TYPE_CHECKING:
    from ledger.store import Store

_WINDOWS = (8, 64)
"""How many rounds are compared: few, and as many as run where those do not tell models apart."""

_DONE = frozenset({ChangeState.ACCEPTED, ChangeState.SETTLED, ChangeState.UNKNOWN})


class StakeReader(Protocol):
    """What reads stakes from the staking contract."""

    def stakes(
        self,
        tournament: Tournament,
        staker: str,
        staking: str,
        rows: Sequence[tuple[int, str, str]],
    ) -> tuple[ChainStake, ...]: ...


class Positions:
    """The positions of one tournament that are still running, as Numerai lists them."""

    def __init__(
        self, store: Store, tournament: Tournament, facts: SyncFacts | None = None
    ) -> None:
        fresh = facts.rounds if facts else ()
        rounds = {entry.number: entry for entry in store.rounds(tournament, scores=False)}
        rounds |= {entry.number: entry for entry in fresh if entry.tournament is tournament}
        listed = facts.stake_transactions if facts else ()
        missing = facts.missing if facts and facts.missing is not None else store.missing()
        self._whole = not any(entry.fact is Fact.STAKE_TRANSACTIONS for entry in missing)
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

    def by_model(self) -> dict[str, dict[int, NMR]]:
        """What each model has in each round."""
        stakes_by_model: dict[str, dict[int, NMR]] = {}
        for (number, model_id), nmr in self._stakes.items():
            stakes_by_model.setdefault(model_id, {})[number] = nmr
        return stakes_by_model

    def lacking(self, proven: Collection[str]) -> bool:
        """Whether a model with positions is not among those whose key is proven."""
        return any(model_id not in proven for _, model_id in self._stakes)

    def open_at(self, number: int, at: datetime) -> bool:
        """Whether round ``number`` still took stakes at a time."""
        entry = self._rounds.get(number)
        return entry is None or entry.closes_staking is None or at <= entry.closes_staking

    def comparable(self, now: datetime) -> list[int]:
        """Rounds whose stakes stand still at ``now``, newest first: closed, and not resolving.
        None where Numerai did not list all positions."""
        if not self._whole:
            return []
        numbers = {number for number, _ in self._stakes}
        return sorted((n for n in numbers if self._stands_still(n, now)), reverse=True)

    def _stands_still(self, number: int, now: datetime) -> bool:
        entry = self._rounds.get(number)
        if entry is None or self.open_at(number, now):
            return False
        return entry.resolves is None or now < entry.resolves


@dataclass(frozen=True, slots=True)
class Findings:
    """What the staking contract holds, beside what Numerai lists.

    ``keys``: those that the stakes leave no doubt about, by model id. ``held``: by key and round;
    ``listed``: by model and round. ``rounds`` were compared.
    """

    keys: Mapping[str, str]
    held: Mapping[str, StakesByRound]
    listed: Mapping[str, StakesByRound]
    rounds: Mapping[str, tuple[int, ...]]

    def evidence(self, model_id: str) -> str:
        """What proves the key of a model of ``keys``."""
        numbers = self.rounds[model_id]
        staked = [n for n in numbers if self.listed[model_id].get(n, ZERO)]
        return (
            f"the staking contract holds this model's stakes under it, to the wei "
            f"({len(staked)} of rounds {numbers[-1]} to {numbers[0]}), and neither another key nor "
            "another model fits"
        )

    def contradict(self, model_id: str, key: str) -> bool:
        """Whether the stakes under ``key`` are not those of the model."""
        other = self.keys.get(model_id, key) != key or key in self._keys_of_others(model_id)
        numbers = self.rounds.get("", ())
        mine = self.listed.get(model_id, {})
        return other or (key in self.held and not same_stakes(mine, self.held[key], numbers))

    def _keys_of_others(self, model_id: str) -> set[str]:
        return {key for other, key in self.keys.items() if other != model_id}


class KeyFinding:
    """Compares positions of one strategy's models with what its keys hold on chain."""

    def __init__(self, chain: StakeReader, reading: StrategyReading, held: Positions) -> None:
        self._chain = chain
        self._reading = reading
        self._listed = held.by_model()
        self._rounds = held.comparable(reading.as_of)
        self._held: dict[str, dict[int, NMR]] = {}

    def find(self, keys: Iterable[str]) -> Findings:
        """Whose each of ``keys`` is, as far as the stakes tell.

        Raises:
            LedgerError: the chain could not be read.
        """
        candidates = {key.lower() for key in keys}
        keys_by_model: dict[str, str] = {}
        compared: dict[str, tuple[int, ...]] = {"": tuple(self._rounds[: _WINDOWS[0]])}
        for window in _WINDOWS:
            numbers = tuple(self._rounds[:window])
            open_keys = self._undecided(
                candidates - set(keys_by_model.values()), keys_by_model, numbers
            )
            self._read(open_keys, numbers)
            held = {key: self._held[key] for key in open_keys}
            models = {
                model_id: mine
                for model_id, mine in self._listed.items()
                if model_id not in keys_by_model
            }
            more = match_keys(held, models, numbers)
            keys_by_model |= more
            compared |= dict.fromkeys(more, numbers)
            if len(self._rounds) <= window:
                break
        return Findings(keys_by_model, self._held, self._listed, compared)

    def _undecided(
        self, keys: set[str], keys_by_model: Mapping[str, str], numbers: Sequence[int]
    ) -> list[str]:
        """Keys that fit a model as far as they were read."""
        before = [n for n in numbers if any(n in held for held in self._held.values())]
        models = [mine for id_, mine in self._listed.items() if id_ not in keys_by_model]
        return sorted(
            key
            for key in keys
            if key not in self._held
            or any(same_stakes(mine, self._held[key], before) for mine in models)
        )

    def _read(self, keys: Sequence[str], numbers: Sequence[int]) -> None:
        rows = [
            (number, key, key)
            for key in keys
            for number in numbers
            if number not in self._held.get(key, {})
        ]
        for key in keys:
            self._held.setdefault(key, {})
        staking = self._reading.staking
        if not rows or staking is None:
            return
        where = self._reading.tournament, self._reading.address, staking
        for stake in self._chain.stakes(*where, rows):
            self._held[stake.model_id][stake.round] = stake.stake


def proven_by_events(
    store: Store, tournament: Tournament, strategy: str, model_id: str
) -> tuple[str, str] | None:
    """The key under which, and under no other, a strategy wrote what the user had set for a model
    by hand, and the evidence in words.

    What was signed here proves nothing: it was written under a key of our own choice.
    """
    ours = {tx.hash.lower() for tx in store.strategies.transactions()}
    events = [
        event
        for event in store.strategies.events(tournament, strategy)
        if event.tx_hash not in ours
    ]
    by_hand = [change for change in store.changes(states=_DONE) if _by_hand(change, tournament)]
    for change in by_hand:
        confirmed = store.strategies.confirmed_for(change.id)
        alone = all(
            other.model_id == model_id for other in by_hand if other.setting == change.setting
        )
        if change.model_id != model_id or not alone or confirmed is None or not confirmed.block:
            continue
        since = confirmed.block
        written = [
            event for event in events if event.setting == change.setting and event.block > since
        ]
        if len({event.key for event in written}) == 1:
            return written[-1].key, (
                f"transaction {written[-1].tx_hash} wrote under it, and under no other, what you "
                f"set by hand with change {change.id}"
            )
    return None


def _by_hand(change: Change, tournament: Tournament) -> bool:
    return (
        change.tournament is tournament
        and change.kind in SETTINGS
        and change.channel is Channel.BY_HAND
    )
