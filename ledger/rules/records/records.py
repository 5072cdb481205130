"""Movements into records: what is kept already stays, what is new or corrected is added.

After that the records are held against Numerai's own balances. What a model's stake differs by
came from or went to what is held between wallet and stakes, as wallet rows do not name the model.
What then differs is an opening balance in the first records, and an adjustment ever after; so the
balances of the records are those of the ledger, to the wei. What Numerai did not tell is held
against nothing: a balance that vanishes and returns leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType

from ledger.clock import iso
from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Account, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.record import Movement, Record, RecordKind, RecordState, Spot, spot
from ledger.domain.stakes.stake import ContinuousStake, PendingKind


@dataclass(frozen=True, slots=True)
class Balances:
    """What Numerai says there is, as of ``as_of``: by place, in NMR.

    ``held`` is between wallet and stakes, ``strategies`` idle, both by tournament. ``settled`` are
    continuous stakes by tournament and model id. Positions are not in it: their records come from
    the positions themselves. What is not known, or old, or moved by something that is, is not
    compared: ``wallet`` is then ``None``, a stake in ``untold``, a tournament in ``uneven``.
    ``waits``: something of it may still come, so that no opening balance is written.
    """

    as_of: datetime
    wallet: NMR | None
    held: Mapping[Tournament | None, NMR]
    settled: Mapping[tuple[Tournament, str], NMR]
    strategies: Mapping[Tournament, NMR] = field(default_factory=dict)
    untold: frozenset[tuple[Tournament, str]] = frozenset()
    uneven: frozenset[Tournament | None] = frozenset()
    waits: bool = False


def balances(
    account: Account,
    tournaments: Mapping[str, Tournament],
    stakes: Mapping[str, ContinuousStake],
    strategies: Mapping[Tournament, NMR],
    missing: MissingFacts = NOTHING_MISSING,
) -> Balances:
    """Numerai's balances; ``tournaments`` by model id. Increases that are pending are held."""
    untold = frozenset(
        (tournament, model_id)
        for model_id, tournament in tournaments.items()
        if _stake_untold(model_id, tournament, stakes.get(model_id), missing)
    )
    held: dict[Tournament | None, NMR] = {}
    settled: dict[tuple[Tournament, str], NMR] = {}
    for model_id, stake in stakes.items():
        tournament = tournaments.get(model_id)
        if tournament is None:
            continue
        if stake.settled is not None:
            settled[tournament, model_id] = stake.settled
        if stake.pending is not None and stake.pending.kind is PendingKind.INCREASE:
            held[tournament] = held.get(tournament, NMR(0)) + stake.pending.amount
    rows = missing.of(Fact.WALLET_TRANSACTIONS)
    return Balances(
        account.as_of,
        _wallet(account, missing),
        held,
        settled,
        {} if missing.of(Fact.STAKE_TRANSACTIONS) else strategies,
        untold,
        _uneven(untold, every=rows is not None),
        waits=any(entry.fact in _MOVING and not entry.acknowledged for entry in missing),
    )


_MOVING = frozenset(
    {
        Fact.WALLET,
        Fact.HELD_WITHDRAWALS,
        Fact.WALLET_TRANSACTIONS,
        Fact.STAKE_TRANSACTIONS,
        Fact.STAKE,
        Fact.PENDING,
        Fact.LISTED,
        Fact.PERFORMANCES,
        Fact.PAYOUTS,
        Fact.SETTLED_PAYOUTS,
    }
)
"""What balances and the movements between them are made of."""


def _stake_untold(
    model_id: str,
    tournament: Tournament,
    stake: ContinuousStake | None,
    missing: MissingFacts,
) -> bool:
    """Whether a stake, or something that moves it, was not told by the last sync."""
    own = missing.first(model_id, Fact.STAKE, Fact.PENDING, Fact.LISTED, Fact.PERFORMANCES)
    listed = missing.first(str(int(tournament)), Fact.PAYOUTS, Fact.SETTLED_PAYOUTS)
    transactions = missing.of(Fact.STAKE_TRANSACTIONS)
    unknown = stake is not None and stake.settled is None
    return unknown or any(entry is not None for entry in (own, listed, transactions))


def _uneven(
    untold: Iterable[tuple[Tournament, str]], *, every: bool
) -> frozenset[Tournament | None]:
    """Where what is held can't be told: it evens out what goes to stakes and comes from them."""
    tournaments = frozenset(Tournament) if every else {tournament for tournament, _ in untold}
    return frozenset({*tournaments, None}) if tournaments else frozenset()


def _wallet(account: Account, missing: MissingFacts) -> NMR | None:
    reported = (
        missing.first("", Fact.WALLET, Fact.HELD_WITHDRAWALS, Fact.WALLET_TRANSACTIONS) is None
    )
    if not reported or account.available is None or account.held_withdrawals is None:
        return None
    return account.available + account.held_withdrawals


def new_records(
    kept: Iterable[Record], movements: Iterable[Movement], against: Balances
) -> tuple[Record, ...]:
    """What has to be added to ``kept`` so that it says what ``movements`` and ``against`` say.

    Nothing, when nothing is new: the same facts give the same records. The first records wait
    until every balance is known, since what is not explained then is an opening balance.
    """
    return missing_records(KeptRecords.whole(kept), movements, against)


def missing_records(
    kept_records: KeptRecords, movements: Iterable[Movement], against: Balances
) -> tuple[Record, ...]:
    """The same for ``kept_records`` and the ``movements`` that may differ from them."""
    first = kept_records.empty
    if first and against.waits:
        return ()
    added = [row for movement in movements if (row := kept_records.add(movement, against.as_of))]
    added.sort(key=lambda row: (row.at, row.key))
    start = added[0].at if first and added else against.as_of
    added += kept_records.reconcile(against, start, first=first)
    return tuple(added)


def amounts(kept: Iterable[Record]) -> dict[str, int]:
    """What is kept of each movement, in wei by key, its corrections included."""
    first: dict[str, Place] = {}
    sums: dict[str, int] = {}
    for row in kept:
        giver = first.setdefault(row.key, row.giver)
        wei = row.nmr.wei
        sums[row.key] = sums.get(row.key, 0) + (wei if row.giver is giver else -wei)
    return sums


def totals(records: Iterable[Record]) -> dict[Spot, NMR]:
    """The balance of every place, zeros left out."""
    sums: dict[Spot, int] = {}
    for row in records:
        wei = row.nmr.wei
        for place, sign in ((row.taker, 1), (row.giver, -1)):
            where = spot(place, row.tournament, row.model_id)
            sums[where] = sums.get(where, 0) + sign * wei
    return {where: NMR.from_wei(wei) for where, wei in sums.items() if wei}


@dataclass(slots=True)
class _Kept:
    """What is kept of one movement: ``wei`` from ``giver`` to ``taker``, in ``parts`` pieces."""

    giver: Place
    taker: Place
    wei: int = 0
    parts: int = 0


class KeptRecords:
    """The records kept so far, by movement, and the balance of each place in wei.

    Of all there are, ``rows`` has to hold those of every movement that is added, of every position
    that has not been released but for what is ``locked`` in others (in wei, by tournament and
    model), and of balances at the moment that is reconciled; ``state`` says what all of them come
    to.
    """

    def __init__(
        self,
        rows: Iterable[Record],
        state: RecordState,
        locked: Mapping[tuple[Tournament, str], int] = MappingProxyType({}),
    ) -> None:
        self._locked_besides = locked
        self.empty = not state.last
        self._kept: dict[str, _Kept] = {}
        self._sums = dict(state.balances)
        for row in rows:
            self._count(row)

    @classmethod
    def whole(cls, rows: Iterable[Record]) -> KeptRecords:
        """With every record there is."""
        every = tuple(rows)
        sums = {where: nmr.wei for where, nmr in totals(every).items()}
        return cls(every, RecordState(len(every), sums))

    def add(self, movement: Movement, at: datetime) -> Record | None:
        """The record that makes what is kept of ``movement`` its whole amount, if one is needed."""
        kept = self._kept.get(movement.key)
        wei = movement.nmr.wei
        missing = wei - (kept.wei if kept is not None else 0)
        if not missing:
            return None
        if kept is None:
            return self._put(_record(movement, 0, movement.at, missing))
        ends = (kept.giver, kept.taker) if missing > 0 else (kept.taker, kept.giver)
        return self._put(_record(movement, kept.parts, at, abs(missing), ends))

    def reconcile(self, against: Balances, at: datetime, *, first: bool) -> Iterator[Record]:
        """Make the balances Numerai's: stakes out of what is held, the rest out of equity."""
        for (tournament, model_id), wei in sorted(self._stakes_off(against)):
            yield self._balancing_record(
                RecordKind.TRANSFER,
                (Place.HELD, Place.STAKE),
                wei,
                at,
                against,
                tournament=tournament,
                model_id=model_id,
            )
        kind = RecordKind.OPENING if first else RecordKind.ADJUSTMENT
        for where, target in self._targets(against):
            wei = target - self._sums.get(where, 0)
            if wei:
                ends = (Place.EQUITY, where.place)
                yield self._balancing_record(
                    kind, ends, wei, at, against, tournament=where.tournament
                )

    def _stakes_off(self, against: Balances) -> Iterator[tuple[tuple[Tournament, str], int]]:
        """By how much continuous stakes differ. What open positions hold is left out of it."""
        own = {
            (where.tournament, where.model_id): wei
            for where, wei in self._sums.items()
            if where.place is Place.STAKE
            and where.tournament is not None
            and where.model_id is not None
        }
        locked = self._locked()
        for cell in (own.keys() | against.settled.keys()) - against.untold:
            settled = against.settled.get(cell, NMR(0)).wei
            off = settled + locked.get(cell, 0) - own.get(cell, 0)
            if off:
                yield cell, off

    def _locked(self) -> dict[tuple[Tournament, str], int]:
        """What positions hold that have not been released, by tournament and model."""
        locked = dict(self._locked_besides)
        for key, kept in self._kept.items():
            kind, _, cell = key.partition(":")
            if kind != "stake" or f"release:{cell}" in self._kept:
                continue
            number, _, rest = cell.partition(":")
            model_id = rest.partition(":")[2]
            where = (Tournament(int(number)), model_id)
            earned = self._kept.get(f"payout:{cell}"), self._kept.get(f"burn:{cell}")
            wei = kept.wei + (earned[0].wei if earned[0] else 0)
            locked[where] = locked.get(where, 0) + wei - (earned[1].wei if earned[1] else 0)
        return locked

    def _targets(self, against: Balances) -> Iterator[tuple[Spot, int]]:
        held = {where.tournament for where in self._sums if where.place is Place.HELD}
        even = (held | against.held.keys()) - against.uneven
        for tournament in sorted(even, key=lambda one: one or 0):
            yield Spot(Place.HELD, tournament), against.held.get(tournament, NMR(0)).wei
        for tournament, idle in sorted(against.strategies.items()):
            yield Spot(Place.STRATEGY, tournament), idle.wei
        if against.wallet is not None:
            yield Spot(Place.WALLET), against.wallet.wei

    def _balancing_record(
        self,
        kind: RecordKind,
        ends: tuple[Place, Place],
        wei: int,
        at: datetime,
        against: Balances,
        *,
        tournament: Tournament | None,
        model_id: str | None = None,
    ) -> Record:
        giver, taker = ends if wei > 0 else (ends[1], ends[0])
        key = balancing_key(kind, ends[1], tournament, model_id, against.as_of)
        kept = self._kept.get(key)
        movement = Movement(
            key, kind, at, NMR.from_wei(abs(wei)), giver, taker, "balances", tournament, model_id
        )
        return self._put(_record(movement, kept.parts if kept else 0, at, abs(wei)))

    def _count(self, row: Record) -> None:
        kept = self._kept.setdefault(row.key, _Kept(row.giver, row.taker))
        wei = row.nmr.wei
        kept.wei += wei if row.giver is kept.giver else -wei
        kept.parts += 1

    def _put(self, row: Record) -> Record:
        self._count(row)
        wei = row.nmr.wei
        for place, sign in ((row.taker, 1), (row.giver, -1)):
            where = spot(place, row.tournament, row.model_id)
            self._sums[where] = self._sums.get(where, 0) + sign * wei
        return row


def balancing_key(
    kind: RecordKind,
    place: Place,
    tournament: Tournament | None,
    model_id: str | None,
    as_of: datetime,
) -> str:
    """Names what evens out a place at ``as_of``."""
    number = "" if tournament is None else int(tournament)
    return f"{kind}:{number}:{place.value if model_id is None else model_id}:{iso(as_of)}"


def balancing_keys(against: Balances, models: Iterable[tuple[Tournament, str]]) -> Iterator[str]:
    """All that reconciling with ``against`` may use."""
    for tournament, model_id in models:
        yield balancing_key(RecordKind.TRANSFER, Place.STAKE, tournament, model_id, against.as_of)
    for kind in (RecordKind.OPENING, RecordKind.ADJUSTMENT):
        for place in (Place.HELD, Place.STRATEGY, Place.WALLET):
            for tournament in (None, *Tournament):
                yield balancing_key(kind, place, tournament, None, against.as_of)


def _record(
    movement: Movement,
    part: int,
    at: datetime,
    wei: int,
    ends: tuple[Place, Place] | None = None,
) -> Record:
    giver, taker = ends or (movement.giver, movement.taker)
    return Record(
        key=movement.key,
        part=part,
        kind=movement.kind,
        at=at,
        nmr=NMR.from_wei(wei),
        giver=giver,
        taker=taker,
        source=movement.source,
        tournament=movement.tournament,
        model_id=movement.model_id,
        round=movement.round,
        tx_hash=movement.tx_hash,
        price=movement.price,
    )
