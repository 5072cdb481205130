"""The account, its models with their stakes, and which system each tournament uses."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.domain import names
from ledger.domain.model import Account, Model, Reputation, Returns, System, Tournament
from ledger.domain.records.price import is_currency
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    decimal_or_none,
    flag,
    moment,
    moment_or_none,
    nmr,
    nmr_or_none,
    text,
    time_text,
    truth_or_none,
    upsert,
)

if TYPE_CHECKING:
    from ledger.domain.stakes.strategy import SystemReason

_ACCOUNT = upsert(
    "account",
    ("id",),
    (
        "username",
        "as_of",
        "wallet_address",
        "available",
        "held_increases",
        "held_withdrawals",
        "key_name",
        "currency",
    ),
)
_MODEL = upsert(
    "model",
    ("id",),
    (
        "name",
        "tournament",
        "archived",
        "gone",
        "created",
        "earliest_release",
        "one_day",
        "three_months",
        "one_year",
        "all_time",
        "missing_since",
    ),
)
_REPUTATION = upsert("reputation", ("model_id", "position"), ("name", "value", "rank"))
_STAKE = upsert(
    "continuous_stake",
    ("model_id",),
    (
        "settled",
        "projected",
        "take_profit",
        "pending_kind",
        "pending_amount",
        "pending_due",
        "pending_status",
        "pending_id",
    ),
)
_SYSTEM = upsert("tournament_system", ("tournament",), ("system", "reason"))

_HAS_HISTORY = """
    SELECT EXISTS (SELECT 1 FROM performance WHERE model_id = :id)
        OR EXISTS (SELECT 1 FROM submission WHERE model_id = :id)
        OR EXISTS (SELECT 1 FROM stake_transaction WHERE model_id = :id)
        OR EXISTS (SELECT 1 FROM change WHERE model_id = :id)
"""


def read_account(connection: Connection) -> Account | None:
    """The account as of the last sync; ``None`` before the first."""
    row = connection.execute(
        "SELECT username, as_of, wallet_address, available, held_increases, held_withdrawals, "
        "key_name, currency FROM account"
    ).fetchone()
    if row is None:
        return None
    username, as_of, address, available, increases, withdrawals, key_name, currency = row
    return Account(
        username=names.clean(username),
        as_of=moment(as_of),
        wallet_address=address,
        available=nmr_or_none(available),
        held_increases=nmr_or_none(increases),
        held_withdrawals=nmr_or_none(withdrawals),
        key_name=key_name and names.clean(key_name),
        scopes=frozenset(name for (name,) in connection.execute("SELECT name FROM account_scope")),
        currency=currency if currency and is_currency(currency) else None,
    )


def write_account(connection: Connection, account: Account) -> None:
    """Replace the account."""
    connection.execute(
        _ACCOUNT,
        (
            1,
            account.username,
            time_text(account.as_of),
            account.wallet_address,
            text(account.available),
            text(account.held_increases),
            text(account.held_withdrawals),
            account.key_name,
            account.currency,
        ),
    )
    connection.execute("DELETE FROM account_scope")
    connection.executemany(
        "INSERT INTO account_scope (name) VALUES (?)", [(name,) for name in sorted(account.scopes)]
    )


def read_models(connection: Connection, *, archived: bool) -> tuple[Model, ...]:
    """Models by tournament, then name; those Numerai no longer lists count as archived."""
    reputations: dict[str, list[Reputation]] = {}
    for model_id, name, value, rank in connection.execute(
        "SELECT model_id, name, value, rank FROM reputation ORDER BY model_id, position"
    ):
        reputation = Reputation(name, decimal_or_none(value), rank)
        reputations.setdefault(model_id, []).append(reputation)
    rows = connection.execute(
        "SELECT id, name, tournament, archived, created, earliest_release, one_day, three_months, "
        "one_year, all_time, missing_since, gone FROM model WHERE archived <= ? "
        "ORDER BY tournament, name, id",
        (int(archived),),
    )
    return tuple(_model(row, tuple(reputations.get(row[0], ()))) for row in rows)


def read_tournaments(connection: Connection) -> tuple[Tournament, ...]:
    """Those of models that are not archived, in order."""
    rows = connection.execute(
        "SELECT DISTINCT tournament FROM model WHERE archived = 0 ORDER BY tournament"
    )
    return tuple(TOURNAMENTS[number] for (number,) in rows)


def _model(row: Row, reputations: tuple[Reputation, ...]) -> Model:
    model_id, name, tournament, archived, created, earliest_release, *returns, missing, gone = row
    return Model(
        model_id,
        names.clean(name) or model_id,
        TOURNAMENTS[tournament],
        bool(archived),
        moment_or_none(created),
        moment_or_none(earliest_release),
        reputations,
        Returns(*map(decimal_or_none, returns)),
        moment_or_none(missing),
        bool(gone),
    )


def write_models(connection: Connection, models: tuple[Model, ...]) -> None:
    """Replace the models; see :func:`drop_vanished` for those no longer among them."""
    connection.executemany(_MODEL, [_model_row(model) for model in models])
    connection.executemany(
        _REPUTATION,
        [
            (model.id, position, standing.name, text(standing.value), standing.rank)
            for model in models
            for position, standing in enumerate(model.reputations)
        ],
    )
    connection.executemany(
        "DELETE FROM reputation WHERE model_id = ? AND position >= ?",
        [(model.id, len(model.reputations)) for model in models],
    )


def _model_row(model: Model) -> Row:
    returns = model.returns
    return (
        model.id,
        model.name,
        int(model.tournament),
        flag(model.archived),
        flag(model.gone),
        time_text(model.created),
        time_text(model.earliest_release),
        text(returns.one_day),
        text(returns.three_months),
        text(returns.one_year),
        text(returns.all_time),
        time_text(model.missing_since),
    )


def drop_vanished(connection: Connection, models: tuple[Model, ...]) -> None:
    """Remove models that are not in ``models``; one with a history stays, marked as gone.

    Runs after everything else of a sync was written, stakes included.
    """
    current_ids = {model.id for model in models}
    stored = connection.execute("SELECT id FROM model WHERE NOT gone").fetchall()
    for (model_id,) in stored:
        if model_id in current_ids:
            continue
        (history,) = connection.execute(_HAS_HISTORY, {"id": model_id}).fetchone()
        if history:
            connection.execute("UPDATE model SET archived = 1, gone = 1 WHERE id = ?", (model_id,))
        else:
            connection.execute("DELETE FROM model WHERE id = ?", (model_id,))


def read_stakes(connection: Connection) -> dict[str, ContinuousStake]:
    """Continuous stakes by model id."""
    rows = connection.execute(
        "SELECT model_id, settled, projected, take_profit, pending_kind, pending_amount, "
        "pending_due, pending_status, pending_id FROM continuous_stake"
    )
    return {row[0]: _stake(row) for row in rows}


def _stake(row: Row) -> ContinuousStake:
    model_id, settled, projected, take_profit, kind, amount, due, status, request_id = row
    pending = None
    if kind is not None:
        pending = PendingRequest(
            PendingKind(kind), nmr(amount), moment_or_none(due), status, request_id
        )
    return ContinuousStake(
        model_id,
        nmr_or_none(settled),
        nmr_or_none(projected),
        truth_or_none(take_profit),
        pending,
    )


def write_stakes(connection: Connection, stakes: tuple[ContinuousStake, ...]) -> None:
    """Replace all continuous stakes."""
    staked_ids = {stake.model_id for stake in stakes}
    stored = connection.execute("SELECT model_id FROM continuous_stake").fetchall()
    connection.executemany(
        "DELETE FROM continuous_stake WHERE model_id = ?",
        [row for row in stored if row[0] not in staked_ids],
    )
    connection.executemany(_STAKE, [_stake_row(stake) for stake in stakes])


def _stake_row(stake: ContinuousStake) -> Row:
    pending = stake.pending
    return (
        stake.model_id,
        text(stake.settled),
        text(stake.projected),
        flag(stake.take_profit),
        pending.kind.value if pending else None,
        text(pending.amount) if pending else None,
        time_text(pending.due) if pending else None,
        pending.status if pending else None,
        pending.request_id if pending else None,
    )


def read_systems(connection: Connection) -> dict[Tournament, System]:
    """The system of each tournament that is known."""
    rows = connection.execute("SELECT tournament, system FROM tournament_system")
    return {TOURNAMENTS[tournament]: System(system) for tournament, system in rows}


def write_systems(
    connection: Connection,
    systems: Mapping[Tournament, System],
    reasons: Mapping[Tournament, SystemReason],
) -> None:
    """Set the systems of these tournaments, and why they are known to be those."""
    connection.executemany(
        _SYSTEM,
        [
            (int(tournament), system.value, reasons.get(tournament))
            for tournament, system in systems.items()
        ],
    )
