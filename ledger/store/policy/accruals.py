"""Settled payouts and the parts they were split into: thousands of rows, kept and added up lean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.policy import (
    Balances,
    Destination,
    DestinationKind,
    PolicyVersion,
    SettledPayout,
    Split,
)
from ledger.rules.policy.owed import Heap, add_up
from ledger.rules.policy.split import in_force
from ledger.store.rows import Row, flag, insert, nmr, text

_PAYOUT = insert(
    "policy_payout",
    (
        *("tournament", "round", "model_id", "nmr", "freed", "atomic"),
        *("version", "alone", "carried"),
    ),
)
_ACCRUAL = insert("policy_accrual", ("tournament", "round", "source", "kind", "name", "nmr"))
_STALE = """
    SELECT min(round) FROM (
        SELECT min(paid.round) AS round FROM performance AS paid
        LEFT JOIN policy_payout AS kept ON kept.tournament = paid.tournament
            AND kept.round = paid.round AND kept.model_id = paid.model_id
        WHERE paid.tournament = ?1 AND paid.round >= ?2
            AND paid.state = 'settled' AND paid.payout <> '0' AND kept.nmr IS NOT paid.payout
        UNION ALL
        SELECT min(kept.round) FROM policy_payout AS kept
        LEFT JOIN performance AS paid ON paid.tournament = kept.tournament
            AND paid.round = kept.round AND paid.model_id = kept.model_id
            AND paid.state = 'settled' AND paid.payout <> '0'
        WHERE kept.tournament = ?1 AND paid.round IS NULL
    )
"""
_PARTS = """
    SELECT source, kind, name, atomic, alone, group_concat(part.nmr, ' ')
    FROM policy_payout AS payout JOIN policy_accrual AS part
    ON part.tournament = payout.tournament AND part.round = payout.round
        AND part.source = payout.model_id
    WHERE payout.tournament = ?
    GROUP BY source, kind, name, atomic, alone
"""
_STAYED = """
    SELECT model_id, group_concat(nmr, ' ') FROM policy_payout
    WHERE tournament = ? AND NOT freed AND NOT alone GROUP BY model_id
"""
_EXACT = Context(prec=78, traps=[InvalidOperation, Inexact])


def read_payouts(
    connection: Connection, tournament: Tournament, since: int
) -> tuple[SettledPayout, ...]:
    """From round ``since`` on, oldest round first, then by model."""
    rows = connection.execute(
        "SELECT round, model_id, nmr, freed, atomic FROM policy_payout "
        "WHERE tournament = ? AND round >= ? ORDER BY round, model_id",
        (int(tournament), since),
    )
    return tuple(
        SettledPayout(number, model, nmr(amount), bool(freed), bool(atomic))
        for number, model, amount, freed, atomic in rows
    )


def read_balances(connection: Connection, tournament: Tournament) -> Balances:
    """All parts added up. There are tens of thousands, so they come as one text for each sum."""
    key = (int(tournament),)
    with localcontext(_EXACT):
        heaps = {
            Heap(source, _place(kind, name), bool(atomic), bool(alone)): _sum(amounts)
            for source, kind, name, atomic, alone, amounts in connection.execute(_PARTS, key)
        }
        stayed = {model: _sum(amounts) for model, amounts in connection.execute(_STAYED, key)}
    newest = connection.execute(
        "SELECT max(round) FROM policy_payout WHERE tournament = ?", key
    ).fetchone()[0]
    return add_up(heaps, stayed, newest or 0)


def _sum(amounts: str) -> NMR:
    return NMR(sum(map(Decimal, amounts.split(" ")), Decimal(0)))


def stale_since(
    connection: Connection, tournament: Tournament, versions: Sequence[PolicyVersion]
) -> int | None:
    """See :meth:`ledger.store.policy.policies.Policies.stale_since`."""
    first = min(version.since for version in versions)
    changed = connection.execute(_STALE, (int(tournament), first)).fetchone()[0]
    split = connection.execute(
        "SELECT DISTINCT round, version FROM policy_payout WHERE tournament = ?",
        (int(tournament),),
    )
    stale = [number for number, version in split if version != _version(versions, number)]
    return min([*stale, *([changed] if changed is not None else [])], default=None)


def _version(versions: Sequence[PolicyVersion], number: int) -> int | None:
    version = in_force(versions, number)
    return None if version is None else version.id


def read_carried(connection: Connection, tournament: Tournament, before: int) -> dict[str, NMR]:
    """See :meth:`ledger.store.policy.policies.Policies.carried`."""
    rows = connection.execute(
        "SELECT model_id, carried, max(round) FROM policy_payout "
        "WHERE tournament = ? AND round < ? GROUP BY model_id",
        (int(tournament), before),
    )
    return {model: nmr(carried) for model, carried, _ in rows}


def write_splits(
    connection: Connection, tournament: Tournament, since: int, splits: Iterable[Split]
) -> None:
    """See :meth:`ledger.store.policy.policies.Policies.accrue`."""
    number, listed = int(tournament), list(splits)
    connection.execute(
        "DELETE FROM policy_payout WHERE tournament = ? AND round >= ?", (number, since)
    )
    connection.executemany(_PAYOUT, (_payout_row(number, split) for split in listed))
    connection.executemany(
        _ACCRUAL,
        (
            (number, split.payout.round, split.payout.model_id, *_columns(place), text(part))
            for split in listed
            for place, part in split.parts.items()
        ),
    )


def _payout_row(tournament: int, split: Split) -> Row:
    payout = split.payout
    return (
        *(tournament, payout.round, payout.model_id, text(payout.nmr)),
        *(flag(payout.freed), flag(payout.atomic)),
        *(split.version, flag(split.alone), text(split.carried)),
    )


def _columns(place: Destination) -> Row:
    return (place.kind.value, place.name)


def _place(kind: str, name: str) -> Destination:
    return Destination(DestinationKind(kind), name)
