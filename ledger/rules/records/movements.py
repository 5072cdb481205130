"""Every movement of NMR the ledger's facts tell of, each with a key that stays its own.

Payouts and burns come from settled performances, atomic stakes and releases from positions, and
everything that touches the wallet from Numerai's list of wallet transactions. A payout in that
list is no income a second time: it is a settled payout, or a release, on its way to the wallet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from types import MappingProxyType

from ledger.clock import iso
from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.records.place import Place
from ledger.domain.records.record import Movement, RecordKind
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction, WalletTransaction
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.stakes.strategy import Position

_ROUTES = {
    "payout": (Place.HELD, Place.WALLET),
    "refund": (Place.HELD, Place.WALLET),
    "release": (Place.HELD, Place.WALLET),
    "stake release": (Place.HELD, Place.WALLET),
    "stake": (Place.WALLET, Place.HELD),
    "sweep": (Place.WALLET, Place.STRATEGY),
    "deposit": (Place.OUTSIDE, Place.WALLET),
    "withdrawal": (Place.WALLET, Place.OUTSIDE),
}
"""From where to where Numerai's types of wallet transactions go; addresses known better count."""

_DONE = frozenset({None, "confirmed", "complete", "completed"})
"""Numerai's words for a wallet transaction that went through; ``None`` where it has none."""

_TOURNAMENTS = {int(tournament): tournament for tournament in Tournament}


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What movements are derived from, as of ``now`` (UTC).

    ``performances`` without scores will do. ``positions`` as
    :func:`ledger.rules.stakes.positions.positions` gives them. ``stake_transactions`` and
    ``wallet_transactions`` are Numerai's lists. ``wallet`` is the address of the account's wallet,
    ``strategies`` those of allocation strategies, in lower case.
    """

    now: datetime
    performances: tuple[Performance, ...] = ()
    positions: tuple[Position, ...] = ()
    stake_transactions: tuple[StakeTransaction, ...] = ()
    wallet_transactions: tuple[WalletTransaction, ...] = ()
    wallet: str | None = None
    strategies: Mapping[str, Tournament] = field(default_factory=dict)


def movements(
    facts: RecordFacts, kept: Mapping[str, int] = MappingProxyType({})
) -> Iterator[Movement]:
    """All of them, in no particular order.

    ``kept`` is what the ledger holds already, in wei by key. Payouts, burns and rows of the wallet
    that are in it as they are now are left out, which is most of a long history; those that Numerai
    has corrected to nothing come with nothing.
    """
    settled = _settled(facts)
    for performance in settled.values():
        yield from _earned(performance, facts.now, kept)
    yield from _positions(facts, settled)
    yield from wallet_movements(facts, kept)


_Cell = tuple[Tournament, int, str]


def _settled(facts: RecordFacts) -> dict[_Cell, Performance]:
    return {
        (row.tournament, row.round, row.model_id): row
        for row in facts.performances
        if row.state is PayoutState.SETTLED and row.payout is not None
    }


def _earned(row: Performance, now: datetime, kept: Mapping[str, int]) -> Iterator[Movement]:
    """A payout and a burn, one of them nothing: so a correction may cross zero."""
    paid = row.payout or ZERO
    at = row.resolves or now
    cell = f"{int(row.tournament)}:{row.round}:{row.model_id}"
    source = f"payouts ({row.source or 'numerai'})"
    for kind, nmr, giver, taker in (
        (RecordKind.PAYOUT, max(ZERO, paid), Place.INCOME, Place.STAKE),
        (RecordKind.BURN, max(ZERO, -paid), Place.STAKE, Place.BURN),
    ):
        key = f"{kind}:{cell}"
        if nmr.wei == kept.get(key, 0):
            continue
        yield Movement(
            key,
            kind,
            at,
            nmr,
            giver,
            taker,
            source,
            row.tournament,
            row.model_id,
            row.round,
        )


def _positions(facts: RecordFacts, settled: Mapping[_Cell, Performance]) -> Iterator[Movement]:
    """Each position takes its stake out of the strategy, and brings back what is left of it."""
    prices = {
        (row.tournament, row.round, row.model_id): row.nmr_price
        for row in facts.stake_transactions
        if row.type == STRATEGY_STAKE
    }
    for row in facts.positions:
        cell = (row.tournament, row.round, row.model_id)
        key = f"{int(row.tournament)}:{row.round}:{row.model_id}"
        where = (row.tournament, row.model_id, row.round)
        opened = row.opened or row.resolves or facts.now
        yield Movement(
            f"stake:{key}",
            RecordKind.STAKE,
            opened,
            row.stake,
            Place.STRATEGY,
            Place.STAKE,
            f"positions ({row.origin})",
            *where,
            row.tx_hash,
            prices.get(cell),
        )
        if cell in settled and not row.state.running:
            left = row.stake + (settled[cell].payout or ZERO)
            yield Movement(
                f"release:{key}",
                RecordKind.RELEASE,
                row.resolves or facts.now,
                max(ZERO, left),
                Place.STAKE,
                Place.STRATEGY,
                f"positions ({row.origin})",
                *where,
            )


def wallet_movements(
    facts: RecordFacts, kept: Mapping[str, int] = MappingProxyType({})
) -> Iterator[Movement]:
    """Confirmed rows of the wallet; rows alike are told apart by their number.

    Those of one hash that are spelled otherwise are one movement: the one that is ``kept``, else
    the first. Where several are kept, the others come with nothing.
    """
    strategies = {**facts.strategies, **_learned(facts.wallet_transactions)}
    for rows in _confirmed(facts.wallet_transactions).values():
        booked = next((key for key in rows if key in kept), next(iter(rows)))
        for key, row in rows.items():
            if key == booked and kept.get(key) != abs(row.amount.wei):
                yield _wallet(row, key, facts.wallet, strategies)
            elif key != booked and kept.get(key):
                yield replace(_wallet(row, key, facts.wallet, strategies), nmr=ZERO)


def wallet_keys(rows: Iterable[WalletTransaction]) -> set[str]:
    """The keys that rows of the wallet may be kept by."""
    return {key for alike in _confirmed(rows).values() for key in alike}


def _confirmed(
    rows: Iterable[WalletTransaction],
) -> dict[object, dict[str, WalletTransaction]]:
    """Confirmed rows by their keys; together those that are one row, told more than once."""
    alike: Counter[str] = Counter()
    together: dict[object, dict[str, WalletTransaction]] = {}
    for row in sorted(rows, key=lambda one: one.time):
        own = _wallet_key(row)
        alike[own] += 1
        key = f"{own}:{alike[own]}"
        if (row.status and row.status.lower()) in _DONE:
            same = key if row.tx_hash is None else (row.second, row.amount, row.spelled_alike)
            together.setdefault(same, {})[key] = row
    return together


def unbooked(rows: Iterable[WalletTransaction]) -> tuple[WalletTransaction, ...]:
    """Rows that are not booked, since Numerai does not call them confirmed."""
    return tuple(row for row in rows if (row.status and row.status.lower()) not in _DONE)


def _wallet_key(row: WalletTransaction) -> str:
    parts = (iso(row.time), row.type, row.sender, row.receiver, row.tournament, row.amount)
    return "wallet:" + ":".join("" if part is None else str(part) for part in parts)


def _learned(rows: Iterable[WalletTransaction]) -> dict[str, Tournament]:
    """Addresses that took a sweep are allocation strategies."""
    return {
        row.receiver.lower(): _TOURNAMENTS[row.tournament]
        for row in rows
        if row.type == "sweep" and row.receiver and row.tournament in _TOURNAMENTS
    }


def _wallet(
    row: WalletTransaction, key: str, wallet: str | None, strategies: Mapping[str, Tournament]
) -> Movement:
    giver, taker = _route(row, wallet, strategies)
    tournament = _TOURNAMENTS.get(row.tournament or 0)
    for address in (row.sender, row.receiver):
        tournament = strategies.get((address or "").lower(), tournament)
    return Movement(
        key,
        _kind(giver, taker),
        row.time,
        abs(row.amount),
        giver,
        taker,
        f"wallet ({row.type or 'untyped'})",
        tournament,
        tx_hash=row.tx_hash,
    )


def _route(
    row: WalletTransaction, wallet: str | None, strategies: Mapping[str, Tournament]
) -> tuple[Place, Place]:
    """The ends of a row: by address where it is known, else by type, else by sign."""
    away = row.amount < ZERO
    usual = (Place.WALLET, Place.OUTSIDE) if away else (Place.OUTSIDE, Place.WALLET)
    giver, taker = _ROUTES.get((row.type or "").lower(), usual)
    ends = (
        _end(giver, row.sender, row, wallet, strategies),
        _end(taker, row.receiver, row, wallet, strategies),
    )
    return ends if ends[0] is not ends[1] else (giver, taker)


def _end(
    usual: Place,
    address: str | None,
    row: WalletTransaction,
    wallet: str | None,
    strategies: Mapping[str, Tournament],
) -> Place:
    """What is known of an address goes before the type; a contract of Numerai's has no name."""
    lowered = (address or "").lower()
    if wallet is not None and lowered == wallet.lower():
        return Place.WALLET
    if lowered in strategies:
        return Place.STRATEGY
    if usual is Place.WALLET and wallet is not None and lowered.startswith("0x"):
        return Place.STRATEGY if row.tournament in _TOURNAMENTS else Place.OUTSIDE
    return usual


def _kind(giver: Place, taker: Place) -> RecordKind:
    if giver is Place.OUTSIDE:
        return RecordKind.DEPOSIT
    if taker is Place.OUTSIDE:
        return RecordKind.WITHDRAWAL
    if Place.STRATEGY in {giver, taker}:
        return RecordKind.SWEEP
    return RecordKind.STAKE if giver is Place.WALLET else RecordKind.RELEASE
