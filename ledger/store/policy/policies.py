"""Payout allocation in the ledger: policies with their history, and what payouts came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from sqlite3 import Connection

from ledger.clock import Clock
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.policy import (
    Balances,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
    PolicyChange,
    PolicyRow,
    PolicyVersion,
    SettledPayout,
    Split,
)
from ledger.store.connection import Connections
from ledger.store.rows import TOURNAMENTS, Row, insert, moment, nmr_or_none, text
from ledger.store.rows import time_text as written

_POLICY = insert("policy", ("tournament", "since", "made", "name", "burns", "threshold", "every"))
_SHARE = insert("policy_share", ("policy_id", "source", "kind", "name", "percent"))
_POOL = insert("policy_pool", ("policy_id", "position", "name"))


class Policies:
    """Payout allocation in the ledger. Threads, transactions and errors as in ``Store``."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def edits(self, tournament: Tournament) -> Policy:
        """The policy being edited, without rows before the first edit."""
        with self._connections.reading() as connection:
            newest = _read(connection, tournament, edits=True)
        return newest[0].policy if newest else Policy(tournament)

    def keep_edits(self, policy: Policy) -> None:
        """Make ``policy`` the one being edited."""
        with self._connections.writing() as connection:
            connection.execute(
                "DELETE FROM policy WHERE tournament = ? AND since IS NULL",
                (int(policy.tournament),),
            )
            self._write(connection, policy, None, None)

    def versions(self, tournament: Tournament) -> tuple[PolicyVersion, ...]:
        """All versions there were, in the order in which they were made."""
        with self._connections.reading() as connection:
            return _read(connection, tournament, edits=False)

    def put_in_force(self, policy: Policy, since: int, name: str | None) -> None:
        """Keep ``policy`` as the one for the payouts of rounds from ``since`` on."""
        with self._connections.writing() as connection:
            self._write(connection, policy, since, name)

    def payouts(self, tournament: Tournament, since: int = 0) -> tuple[SettledPayout, ...]:
        """The payouts that were split, oldest round first, then by model."""
        from ledger.store.policy.accruals import read_payouts

        with self._connections.reading() as connection:
            return read_payouts(connection, tournament, since)

    def balances(self, tournament: Tournament) -> Balances:
        """What they came to."""
        from ledger.store.policy.accruals import read_balances

        with self._connections.reading() as connection:
            return read_balances(connection, tournament)

    def stale_since(self, tournament: Tournament, versions: Sequence[PolicyVersion]) -> int | None:
        """The oldest round whose payouts were not split as they are now, or by another version;
        ``None`` when all are as they should be."""
        from ledger.store.policy.accruals import stale_since

        with self._connections.reading() as connection:
            return stale_since(connection, tournament, versions)

    def carried(self, tournament: Tournament, before: int) -> dict[str, NMR]:
        """What models had to make up for before round ``before``, by model id."""
        from ledger.store.policy.accruals import read_carried

        with self._connections.reading() as connection:
            return read_carried(connection, tournament, before)

    def accrue(self, tournament: Tournament, since: int, splits: Iterable[Split]) -> None:
        """Make ``splits`` all there is of rounds from ``since`` on."""
        from ledger.store.policy.accruals import write_splits

        with self._connections.writing() as connection:
            write_splits(connection, tournament, since, splits)

    def realised(self, tournament: Tournament) -> tuple[PolicyChange, ...]:
        """What changes in the queue take from accrued amounts, and what fell through.

        A refused one counts while it is asked for again; one that was edited takes what it asks
        for now.
        """
        from ledger.store.policy.realised import read_realised

        with self._connections.reading() as connection:
            return read_realised(connection, tournament)

    def _write(
        self, connection: Connection, policy: Policy, since: int | None, name: str | None
    ) -> None:
        row = (
            int(policy.tournament),
            since,
            written(self._clock.now()),
            name,
            policy.burns.value,
            text(policy.threshold),
            policy.every,
        )
        key = connection.execute(_POLICY, row).lastrowid
        connection.executemany(
            _POOL, ((key, place, pool) for place, pool in enumerate(policy.pools))
        )
        connection.executemany(
            _SHARE,
            (
                (key, entry.source or "", place.kind.value, place.name, text(percent))
                for entry in policy.rows
                for place, percent in entry.shares.items()
            ),
        )


def _destination(kind: str, name: str) -> Destination:
    return Destination(DestinationKind(kind), name)


def _read(
    connection: Connection, tournament: Tournament, *, edits: bool
) -> tuple[PolicyVersion, ...]:
    rows = connection.execute(
        "SELECT id, since, made, name, burns, threshold, every FROM policy "
        "WHERE tournament = ? AND (since IS NULL) = ? ORDER BY id",
        (int(tournament), int(edits)),
    ).fetchall()
    return tuple(_version(connection, tournament, row) for row in rows)


def _version(connection: Connection, tournament: Tournament, row: Row) -> PolicyVersion:
    key, since, made, name, burns, threshold, every = row
    pools = connection.execute(
        "SELECT name FROM policy_pool WHERE policy_id = ? ORDER BY position", (key,)
    )
    policy = Policy(
        TOURNAMENTS[int(tournament)],
        _rows(connection, key),
        BurnRule(burns),
        nmr_or_none(threshold),
        every,
        tuple(pool for (pool,) in pools),
    )
    return PolicyVersion(key, since or 0, moment(made), policy, name)


def _rows(connection: Connection, key: int) -> tuple[PolicyRow, ...]:
    """The shares by source, all others last, places in the order of their kinds."""
    order = list(DestinationKind)
    shares_by_source: dict[str, dict[Destination, Decimal]] = {}
    for source, kind, name, percent in connection.execute(
        "SELECT source, kind, name, percent FROM policy_share WHERE policy_id = ? "
        "ORDER BY source = '', source, name",
        (key,),
    ):
        shares_by_source.setdefault(source, {})[_destination(kind, name)] = Decimal(percent)
    return tuple(
        PolicyRow(
            source or None,
            dict(sorted(shares.items(), key=lambda item: order.index(item[0].kind))),
        )
        for source, shares in shares_by_source.items()
    )
