"""The ledger as a sync finds it: what stands until something newer is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.knowledge import MissingFacts
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.records.transaction import STRATEGY_STAKE, ScheduledTransaction, StakeTransaction
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.syncing.coverage import NO_ROUNDS, Covered, RoundRanges
from ledger.domain.syncing.facts import Refetch, SyncState

if TYPE_CHECKING:
    from ledger.store import Store


@dataclass(frozen=True, slots=True)
class Former:
    """The ledger as it was before a sync, which compares with it and falls back on it.

    ``models``: by id, without those that are believed to be gone. ``stakes``: by model id.
    ``scheduled``: transactions that Numerai will make. ``systems``: by tournament. ``moved``:
    tournaments whose continuous changes Numerai has refused since they moved. ``rounds``: by
    tournament and number. ``transactions``: those of stakes. ``model_by_key``: model ids by their
    key on chain. ``missing``: what the sync before was not told. ``state``: where syncing
    stood.
    """

    account: Account | None
    models: Mapping[str, Model]
    stakes: Mapping[str, ContinuousStake]
    scheduled: tuple[ScheduledTransaction, ...]
    systems: Mapping[Tournament, System]
    moved: frozenset[Tournament]
    rounds: Mapping[Tournament, Mapping[int, Round]]
    transactions: tuple[StakeTransaction, ...]
    model_by_key: Mapping[str, str]
    missing: MissingFacts
    state: SyncState

    @property
    def as_of(self) -> datetime | None:
        """The sync before, ``None`` where there was none."""
        return self.account.as_of if self.account else None

    @property
    def strategy_stakes(self) -> frozenset[Tournament]:
        """Tournaments with positions of an allocation strategy."""
        return frozenset(row.tournament for row in self.transactions if row.type == STRATEGY_STAKE)


def read_former(store: Store) -> Former:
    """The ledger as it is."""
    keys = store.strategies.keys()
    return Former(
        account=store.account(),
        models={model.id: model for model in store.models(archived=True) if not model.gone},
        stakes=store.stakes(),
        scheduled=store.scheduled(),
        systems=store.systems(),
        moved=frozenset(store.strategies.moved()),
        rounds={
            tournament: {entry.number: entry for entry in store.rounds(tournament)}
            for tournament in Tournament
        },
        transactions=store.stake_transactions(),
        model_by_key={key.key: key.model_id for key in keys},
        missing=store.missing(),
        state=store.sync_state(),
    )


class Coverage:
    """What ranges of rounds are known to be, while a sync learns more of them."""

    def __init__(self, ranges: Mapping[tuple[Covered, str], RoundRanges]) -> None:
        self._ranges = dict(ranges)
        self._altered: set[tuple[Covered, str]] = set()

    def of(self, what: Covered, subject: str) -> RoundRanges:
        """The rounds that are ``what``."""
        return self._ranges.get((what, subject), NO_ROUNDS)

    def add(self, what: Covered, subject: str, rounds: RoundRanges) -> None:
        """These rounds are ``what`` too."""
        self.put(what, subject, self.of(what, subject) | rounds)

    def remove(self, what: Covered, subject: str, rounds: RoundRanges) -> None:
        """These rounds are not ``what``."""
        self.put(what, subject, self.of(what, subject) - rounds)

    def put(self, what: Covered, subject: str, rounds: RoundRanges) -> None:
        """Exactly these rounds are ``what``."""
        if rounds != self.of(what, subject):
            self._ranges[what, subject] = rounds
            self._altered.add((what, subject))

    def forget(self, again: Refetch, models: Iterable[Model]) -> None:
        """Hold nothing that is to be fetched anew for complete."""
        kept = RoundRanges.span(1, again.first_round - 1)
        tournaments = {again.tournament} if again.tournament else set(Tournament)
        for tournament in tournaments:
            subject = str(int(tournament))
            self.put(Covered.ROUNDS, subject, self.of(Covered.ROUNDS, subject) & kept)
        for model in models:
            if model.tournament in tournaments:
                for what in (Covered.PERFORMANCES, Covered.SUBMISSIONS):
                    self.put(what, model.id, self.of(what, model.id) & kept)

    def take_back(self, what: Covered, lacking: Covered, subject: str) -> None:
        """What was complete but for some parts is not complete any more: they can be had again."""
        self.remove(what, subject, self.of(lacking, subject))
        self.put(lacking, subject, NO_ROUNDS)

    def altered(self) -> dict[tuple[Covered, str], RoundRanges]:
        """What has changed since this was last asked."""
        altered, self._altered = self._altered, set()
        return {key: self._ranges[key] for key in altered}


def read_coverage(store: Store) -> Coverage:
    """What is known of ranges of rounds."""
    return Coverage(
        {
            (what, subject): ranges
            for what in Covered
            for subject, ranges in store.covered(what).items()
        }
    )
