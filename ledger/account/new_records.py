"""What the records lack of what the ledger's facts say: found in the rounds that may differ.

A long history is settled and booked; only the rounds from the oldest one on in which payouts,
stakes or releases are not what the records say are derived anew after a sync, and of the thousands
of positions in those only the ones that may have moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
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


def _keys(facts: RecordFacts, unreleased: Iterable[Cell]) -> Iterator[str]:
    """The keys of all that may be kept of the settled rounds and the positions of ``facts``, and of
    those that are ``unreleased``."""
    positions = {(row.tournament, row.round, row.model_id) for row in facts.positions}
    positions.update(unreleased)
    settled = {
        (row.tournament, row.round, row.model_id)
        for row in facts.performances
        if row.state is PayoutState.SETTLED
    }
    for cell in settled - positions:
        yield from (f"{kind}:{cell_text(*cell)}" for kind in _EARNED)
    for cell in positions:
        yield from (f"{kind}:{cell_text(*cell)}" for kind in _OF_A_CELL)


def _cell(row: StakeTransaction) -> Cell | None:
    """Whose position it opened, if it did."""
    if row.type != STRATEGY_STAKE or row.round is None:
        return None
    return row.tournament, row.round, row.model_id


def _opens_in(row: StakeTransaction, tournament: Tournament, since: int) -> bool:
    """Whether it opened a position in a round of ``tournament`` from ``since`` on."""
    cell = _cell(row)
    return cell is not None and cell[0] is tournament and cell[1] >= since


def _listed_stakes(listed: Iterable[StakeTransaction]) -> dict[Cell, int]:
    """What is listed as staked, in wei by position."""
    sums: dict[Cell, int] = {}
    for row in listed:
        if (cell := _cell(row)) is not None:
            sums[cell] = sums.get(cell, 0) + row.amount.wei
    return sums


def _held(positions: Mapping[Cell, int]) -> dict[tuple[Tournament, str], int]:
    """What ``positions`` hold in wei, by tournament and model."""
    sums: dict[tuple[Tournament, str], int] = {}
    for (tournament, _, model_id), wei in positions.items():
        where = (tournament, model_id)
        sums[where] = sums.get(where, 0) + wei
    return sums


def _oldest(cells: Iterable[Cell]) -> dict[Tournament, int]:
    """By tournament the oldest round of ``cells``."""
    oldest: dict[Tournament, int] = {}
    for tournament, number, _ in cells:
        oldest[tournament] = min(number, oldest.get(tournament, number))
    return oldest


class NewRecords:
    """Finds them in one ledger; keeps nothing itself."""

    def __init__(self, store: Store, clock: Clock, atomic: AtomicSettings) -> None:
        self._store = store
        self._clock = clock
        self._atomic = atomic

    def missing(self, state: RecordState) -> Lacking:
        """What the ledger's facts, read now, have and the records of ``state`` have not.

        Only what may differ is looked at: rounds from the oldest one on in which something does,
        and in them no position that is calm: in the records with what is listed as its stake, and
        nothing else, while its round has not settled.
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
        stakes, by_list = records.stakes(), _listed_stakes(listed)
        unreleased, waiting = records.unreleased(), records.at_stake()
        restaked = [cell for cell, wei in by_list.items() if stakes.get(cell_text(*cell), 0) != wei]
        calm = {
            cell: stakes[cell_text(*cell)]
            for cell, earned in unreleased.items()
            if cell in waiting and not earned and stakes[cell_text(*cell)] == by_list.get(cell)
        }
        oldest = _oldest(chain(differing, unreleased, restaked, waiting))
        staked = [cell for cell, is_known in waiting.items() if is_known and cell not in calm]
        facts = self._facts(oldest, [row for row in listed if _cell(row) not in calm], staked)
        models = ((row.tournament, row.id) for row in self._store.models(archived=True))
        keys = chain(
            _keys(facts, unreleased.keys() - calm.keys()),
            wallet_keys(facts.wallet_transactions),
            balancing_keys(against, models),
        )
        kept = records.of(keys) if state.last else ()
        moved = movements(facts, amounts(kept))
        new = missing_records(KeptRecords(kept, state, _held(calm)), moved, against)
        return Lacking(new, tuple(asked.keys() - differing))

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

    def _facts(
        self,
        oldest: Mapping[Tournament, int],
        listed: Sequence[StakeTransaction],
        waiting: Iterable[Cell],
    ) -> RecordFacts:
        """What movements are derived from, in rounds from ``oldest`` on: by ``listed`` stake
        transactions, and of performances that have not settled by those that are ``waiting``, with
        something at risk."""
        from ledger.rules.records.movements import RecordFacts

        store, account = self._store, self._store.account()
        own = sorted({model.tournament for model in store.models(archived=True)} & oldest.keys())
        rows = store.performances_of((model_id, number) for _, number, model_id in waiting)
        for key in own:
            rows += store.performances(key, since=oldest[key], scores=False, settled=True)
        return RecordFacts(
            now=self._as_of(),
            performances=rows,
            positions=tuple(
                row for key in own for row in self._positions(key, oldest[key], rows, listed)
            ),
            stake_transactions=tuple(listed),
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
        rows: Iterable[Performance],
        listed: Iterable[StakeTransaction],
    ) -> tuple[Position, ...]:
        """Those in rounds from ``oldest`` on, by ``rows`` and ``listed`` stake transactions."""
        from ledger.rules.stakes.positions import positions

        first = self._store.first_staked(tournament)
        if first is None:
            return ()
        since = max(first, oldest)
        return positions(
            [row for row in listed if _opens_in(row, tournament, since)],
            [row for row in rows if row.tournament is tournament and row.round >= since],
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
