"""What the records lack of what the ledger's facts say: found in the rounds that may differ.

A long history is settled and booked; only the rounds from the oldest one on in which payouts,
stakes or releases are not what the records say are derived anew after a sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.record import Cell, Record, RecordKind, RecordState, cell_text
from ledger.domain.records.transaction import STRATEGY_STAKE
from ledger.domain.rounds.performance import PayoutState

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.domain.records.transaction import StakeTransaction
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.stakes.strategy import Position
    from ledger.rules.records.movements import RecordFacts
    from ledger.rules.records.records import Balances
    from ledger.store import Store

_EARNED = (RecordKind.PAYOUT, RecordKind.BURN)
_OF_A_CELL = (*_EARNED, RecordKind.STAKE, RecordKind.RELEASE)
"""Kinds of records of one model in one round."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """The ``records`` that are lacking. ``booked`` are cells that the records have as they are;
    ``None`` where nobody could look."""

    records: tuple[Record, ...] = ()
    booked: tuple[Cell, ...] | None = None


def _keys(facts: RecordFacts) -> Iterator[str]:
    """The keys of all that may be kept of the settled rounds and the positions of ``facts``."""
    positions = {(row.tournament, row.round, row.model_id) for row in facts.positions}
    settled = {
        (row.tournament, row.round, row.model_id)
        for row in facts.performances
        if row.state is PayoutState.SETTLED
    }
    for cell in settled - positions:
        yield from (f"{kind}:{cell_text(*cell)}" for kind in _EARNED)
    for cell in positions:
        yield from (f"{kind}:{cell_text(*cell)}" for kind in _OF_A_CELL)


def _is_stake(row: StakeTransaction, tournament: Tournament) -> bool:
    """Whether it opened a position in a round of ``tournament``."""
    return row.tournament is tournament and row.type == STRATEGY_STAKE and row.round is not None


class NewRecords:
    """Finds them in one ledger; keeps nothing itself."""

    def __init__(self, store: Store, clock: Clock, atomic: AtomicSettings) -> None:
        self._store = store
        self._clock = clock
        self._atomic = atomic

    def missing(self, state: RecordState) -> Lacking:
        """What the ledger's facts, read now, have and the records of ``state`` have not.

        Only what may differ is looked at: rounds from the oldest one on in which something does.
        """
        from ledger.rules.records.movements import movements, wallet_keys
        from ledger.rules.records.records import (
            KeptRecords,
            amounts,
            balancing_keys,
            missing_records,
        )

        against = self._balances()
        if against is None or not self._store.sync_state().history:
            return Lacking()
        records, asked = self._store.records, self._store.records.differing()
        differing = set(self._differing(asked))
        listed = self._store.stake_transactions()
        facts = self._facts(self._oldest_open(differing, listed), listed)
        models = ((row.tournament, row.id) for row in self._store.models(archived=True))
        keys = chain(
            _keys(facts),
            wallet_keys(facts.wallet_transactions),
            balancing_keys(against, models),
        )
        kept = records.of(keys) if state.last else ()
        moved = movements(facts, amounts(kept))
        new = missing_records(KeptRecords(kept, state), moved, against)
        return Lacking(new, tuple(asked.keys() - differing))

    def _oldest_open(
        self, differing: Iterable[Cell], listed: Iterable[StakeTransaction]
    ) -> dict[Tournament, int]:
        """By tournament the oldest round in which the records may differ from the facts."""
        records = self._store.records
        cells = [
            *differing,
            *records.unreleased(),
            *self._restaked(listed),
        ]
        oldest = records.oldest_pending()
        for tournament, number, _ in cells:
            oldest[tournament] = min(number, oldest.get(tournament, number))
        return oldest

    def _differing(self, asked: Mapping[Cell, tuple[NMR, NMR]]) -> Iterator[Cell]:
        """Those of ``asked`` whose records, corrections included, are not what was paid or
        staked."""
        from ledger.rules.records.records import amounts

        kept = amounts(
            self._store.records.of(
                f"{kind}:{cell_text(*cell)}" for cell in asked for kind in _OF_A_CELL
            )
        )
        for cell, (payout, at_risk) in asked.items():
            text = cell_text(*cell)
            earned = kept.get(f"payout:{text}", 0) - kept.get(f"burn:{text}", 0)
            stake, freed = kept.get(f"stake:{text}", 0), kept.get(f"release:{text}", 0)
            if earned != payout.wei or (stake and not (freed and stake == at_risk.wei)):
                yield cell

    def _restaked(self, listed: Iterable[StakeTransaction]) -> Iterator[Cell]:
        """Cells whose ``listed`` stakes are not those in the records."""
        sums: dict[str, int] = {}
        cells: dict[str, Cell] = {}
        for row in listed:
            if row.type == STRATEGY_STAKE and row.round is not None:
                cell = (row.tournament, row.round, row.model_id)
                text = cell_text(*cell)
                cells[text] = cell
                sums[text] = sums.get(text, 0) + row.amount.wei
        kept = self._store.records.stakes()
        yield from (cells[text] for text, wei in sums.items() if kept.get(text, 0) != wei)

    def _facts(
        self, oldest: Mapping[Tournament, int], listed: tuple[StakeTransaction, ...]
    ) -> RecordFacts:
        """What movements are derived from, in rounds from ``oldest`` on; ``listed`` are all stake
        transactions."""
        from ledger.rules.records.movements import RecordFacts

        store, account = self._store, self._store.account()
        own = sorted({model.tournament for model in store.models(archived=True)} & oldest.keys())
        staked = {key: [row for row in listed if _is_stake(row, key)] for key in own}
        # Where there are no positions, a round that has not settled moves nothing.
        rows = {
            key: store.performances(key, since=oldest[key], scores=False, settled=not staked[key])
            for key in own
        }
        return RecordFacts(
            now=self._as_of(),
            performances=tuple(row for key in own for row in rows[key]),
            positions=tuple(
                row
                for key in own
                if staked[key]
                for row in self._positions(key, oldest[key], rows[key], staked[key])
            ),
            stake_transactions=listed,
            wallet_transactions=store.records.unbooked_wallet(),
            wallet=account.wallet_address if account else None,
            strategies=self._strategies() | store.records.swept(),
        )

    def _as_of(self) -> datetime:
        account = self._store.account()
        return account.as_of if account else self._clock.now()

    def _strategies(self) -> dict[str, Tournament]:
        """The strategies the config names, by address in lower case."""
        own = sorted({model.tournament for model in self._store.models(archived=True)})
        return {
            address.lower(): tournament
            for tournament in own
            if (address := self._atomic.strategy(tournament))
        }

    def _positions(
        self,
        tournament: Tournament,
        oldest: int,
        rows: Sequence[Performance],
        staked: Sequence[StakeTransaction],
    ) -> tuple[Position, ...]:
        """Those in rounds from ``oldest`` on, by ``rows`` and all that was ``staked``."""
        from ledger.rules.stakes.positions import positions

        since = max(oldest, min(row.round or 0 for row in staked))
        return positions(
            [row for row in staked if (row.round or 0) >= since],
            [row for row in rows if row.round >= since],
            self._store.rounds(tournament, since=since, scores=False),
            self._as_of(),
            finalise_days=self._atomic.finalise_days,
        )

    def _balances(self) -> Balances | None:
        from ledger.rules.records.records import balances

        account = self._store.account()
        if account is None:
            return None
        tournaments = {model.id: model.tournament for model in self._store.models(archived=True)}
        idle, missing = self._idle(account.as_of), self._store.missing()
        return balances(account, tournaments, self._store.stakes(), idle, missing)

    def _idle(self, as_of: datetime) -> dict[Tournament, NMR]:
        """What the chain and the claims of the last sync say is in each strategy, not locked."""
        strategies = self._store.strategies
        read = strategies.claims_read()
        idle = {}
        for tournament, reading in strategies.readings().items():
            named = self._atomic.strategy(tournament)
            fresh = reading.as_of >= as_of and read.get(tournament, reading.as_of) >= as_of
            same = named is not None and named.lower() == reading.address.lower()
            if same and fresh and reading.idle is not None and tournament in read:
                waiting = [one.claimable for one in strategies.claims(tournament) if one.claimable]
                idle[tournament] = reading.idle + NMR.total(waiting)
        return idle
