"""Two ledgers side by side, cell by cell, and which missing facts explain a difference."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ledger.domain.knowledge import Fact

Row = Mapping[str, Any]
Ledger = dict[tuple[str, tuple[Any, ...]], Row]

_KEYS = {
    "account": (),
    "account_scope": ("name",),
    "tournament_system": ("tournament",),
    "model": ("id",),
    "reputation": ("model_id", "name"),
    "continuous_stake": ("model_id",),
    "scheduled_transaction": ("model_name",),
    "round": ("tournament", "number"),
    "round_score": ("tournament", "round", "display_name", "version"),
    "performance": ("model_id", "round"),
    "score": ("model_id", "round", "name"),
    "submission": ("model_id", "round"),
    "stake_transaction": ("model_id", "round", "type", "time", "copy"),
    "wallet_transaction": ("time", "amount", "copy"),
    "staking_contract": ("tournament",),
    "claim": ("tournament", "model_id", "round"),
    "stake_round": ("tournament", "round"),
    "covered": ("what", "subject", "first"),
    "missing_fact": ("fact", "subject"),
    "price": ("currency", "source", "at"),
}
"""What tells the rows of each table apart."""

_OF_SYNCS = {
    "sync", "sync_problem", "sync_state", "sqlite_sequence", "score_day", "payout_correction",
    "claims_read", "model_key", "server_lesson", "ledger_mark", "unbooked_performance",
    "unbooked_wallet",
}  # fmt: skip
"""Logs, statistics, what records still have to look at, and keys that are kept once learned."""

_UNTOLD = {"as_of", "since", "why", "acknowledged", "id", "position", "source"}
"""Columns that tell of syncs, and whether a payout was still on Numerai's list or added up."""

_PAID = frozenset(
    {
        Fact.PAYOUTS, Fact.SETTLED_PAYOUTS, Fact.PENDING_PAYOUTS, Fact.SCORE_PAYOUTS,
        Fact.SCORES, Fact.SCORE_VALUES, Fact.MULTIPLIERS, Fact.AT_RISK, Fact.PAYOUT_FACTOR,
        Fact.RESOLVED, Fact.FINAL_SCORES, Fact.ROUND_RESOLVED, Fact.ROUND_FACTOR,
        Fact.SCORE_CONFIGS, Fact.SUBMISSION_ID,
    }
)  # fmt: skip
"""All that a payout and its state follow from."""

_PENDING = frozenset({Fact.PENDING})
_RETURNS = frozenset({Fact.RETURNS})
_TIMES = frozenset({Fact.ROUND_TIMES})
_FACTOR = frozenset({Fact.ROUND_FACTOR})

_ROWS: dict[str, frozenset[Fact]] = {
    "account": frozenset(),
    "account_scope": frozenset({Fact.SCOPES}),
    "tournament_system": frozenset(
        {
            Fact.ROUNDS,
            Fact.STAKING_CONTRACT,
            Fact.SCORE_CONFIGS,
            Fact.STAKE_TRANSACTIONS,
            Fact.MODELS,
            Fact.LISTED,
        }
    ),
    "model": frozenset({Fact.MODELS, Fact.LISTED}),
    "reputation": frozenset({Fact.REPUTATION}),
    "continuous_stake": frozenset({Fact.STAKE}),
    "scheduled_transaction": frozenset({Fact.SCHEDULED}),
    "round": frozenset({Fact.ROUNDS}),
    "round_score": frozenset({Fact.SCORE_CONFIGS}),
    "performance": frozenset({Fact.PERFORMANCES}),
    "score": frozenset({Fact.SCORES, Fact.MULTIPLIERS, Fact.SUBMISSION_ID, Fact.SCORE_CONFIGS}),
    "submission": frozenset(
        {
            Fact.SUBMISSIONS,
            Fact.ROUND_STAKING_CLOSE,
            Fact.ROUND_TIMES,
            Fact.CREATED,
            Fact.ARCHIVED,
            Fact.SUBMISSION_ID,
        }
    ),
    "stake_transaction": frozenset({Fact.STAKE_TRANSACTIONS}),
    "wallet_transaction": frozenset({Fact.WALLET_TRANSACTIONS}),
    "staking_contract": frozenset({Fact.STAKING_CONTRACT}),
    "claim": frozenset({Fact.CLAIMS}),
    "stake_round": frozenset(
        {Fact.STAKE_ROUNDS, Fact.ROUND_RESOLVE_TIME, Fact.ROUND_RESOLVED, Fact.ROUND_TIMES}
    ),
    "price": frozenset({Fact.PRICE, Fact.CURRENCY_PRICE, Fact.PENDING_PAYOUTS, Fact.CURRENCY}),
}
"""The facts that explain why a row is not there."""

_ABOVE: dict[str, tuple[str, ...]] = {
    "round_score": ("round",),
    "performance": ("model", "round"),
    "score": ("performance", "model", "round"),
    "submission": ("model", "round", "performance"),
    "reputation": ("model",),
    "continuous_stake": ("model",),
    "stake_transaction": ("model",),
    "claim": ("model", "staking_contract", "account_scope"),
    "stake_round": ("round", "staking_contract", "account_scope"),
}
"""Tables without whose rows there can be none of these: what explains that those are missing
explains that these are."""

_CELLS: dict[tuple[str, str], frozenset[Fact]] = {
    ("account", "wallet_address"): frozenset({Fact.WALLET_ADDRESS}),
    ("account", "available"): frozenset({Fact.WALLET}),
    ("account", "held_increases"): frozenset({Fact.HELD_INCREASES}),
    ("account", "held_withdrawals"): frozenset({Fact.HELD_WITHDRAWALS}),
    ("account", "key_name"): frozenset({Fact.KEY_NAME}),
    ("account", "currency"): frozenset({Fact.CURRENCY}),
    ("model", "archived"): frozenset({Fact.ARCHIVED, Fact.MODELS}),
    ("model", "created"): frozenset({Fact.CREATED}),
    ("model", "earliest_release"): frozenset({Fact.RELEASE_DATE}),
    ("model", "one_day"): _RETURNS,
    ("model", "three_months"): _RETURNS,
    ("model", "one_year"): _RETURNS,
    ("model", "all_time"): _RETURNS,
    ("continuous_stake", "settled"): frozenset({Fact.STAKE}),
    ("continuous_stake", "projected"): frozenset({Fact.PROJECTED_STAKE}),
    ("continuous_stake", "take_profit"): frozenset({Fact.TAKE_PROFIT}),
    ("continuous_stake", "pending_kind"): _PENDING,
    ("continuous_stake", "pending_amount"): _PENDING,
    ("continuous_stake", "pending_due"): _PENDING | {Fact.RELEASE_DATE},
    ("continuous_stake", "pending_status"): _PENDING,
    ("continuous_stake", "pending_id"): _PENDING,
    ("round", "opens"): _TIMES,
    ("round", "closes"): _TIMES,
    ("round", "closes_staking"): frozenset({Fact.ROUND_STAKING_CLOSE}),
    ("round", "scored"): _TIMES,
    ("round", "resolves"): frozenset({Fact.ROUND_RESOLVE_TIME}),
    ("round", "resolved"): frozenset({Fact.ROUND_RESOLVED}),
    ("round", "payout_factor"): _FACTOR,
    ("round", "stake_threshold"): _FACTOR,
    ("round", "target"): frozenset({Fact.ROUND_TARGET}),
    ("round_score", "payout_factor"): _FACTOR,
    ("round_score", "stake_threshold"): _FACTOR,
    ("performance", "at_risk"): frozenset({Fact.AT_RISK}),
    ("performance", "payout"): _PAID,
    ("performance", "state"): _PAID,
    ("performance", "source"): _PAID,
    ("performance", "factor"): frozenset(
        {Fact.PAYOUT_FACTOR, Fact.ROUND_FACTOR, Fact.SCORE_CONFIGS}
    ),
    ("performance", "clip"): frozenset({Fact.SCORE_CONFIGS}),
    ("performance", "resolves"): frozenset({Fact.RESOLVE_TIME, Fact.ROUND_RESOLVE_TIME}),
    ("performance", "submission_id"): frozenset({Fact.SUBMISSION_ID}),
    ("score", "value"): frozenset({Fact.SCORE_VALUES, Fact.SCORES}),
    ("score", "percentile"): frozenset({Fact.PERCENTILES, Fact.SCORES}),
    ("score", "day"): frozenset({Fact.SCORE_DAYS, Fact.SCORES}),
    ("score", "multiplier"): frozenset({Fact.MULTIPLIERS, Fact.SCORE_CONFIGS}),
    ("submission", "state"): frozenset({Fact.ROUND_STAKING_CLOSE, Fact.SUBMISSIONS, Fact.CREATED}),
    ("submission", "submission_id"): frozenset({Fact.SUBMISSIONS, Fact.SUBMISSION_ID}),
}
"""The facts that explain a cell, besides those of the row."""

_MAY_BE_NULL = {
    "stake_round",
    "staking_contract",
    "price",
    "reputation",
    "tournament_system",
    "continuous_stake",
}
"""Tables with a row for an object of an answer that is null where there is no such thing."""

_AS_MANY_AS_FIT = {"stake_round"}
"""Tables of which a request takes more rows where it asks for less of something else."""

_ACROSS_TOURNAMENTS = {"price", "stake_round", "tournament_system"}
"""Tables whose rows hang on what was told of all tournaments together."""

_CLAIMED: dict[tuple[str, str], tuple[Any, ...]] = {
    ("submission", "state"): ("missed",),
    ("performance", "state"): ("settled",),
    ("round", "resolved"): (1,),
}
"""What must not be said unless it was told, whatever is missing."""


def read(path: Path) -> Ledger:
    """Every cell of a ledger that tells of Numerai."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        found: Ledger = {}
        for (table,) in names.fetchall():
            rows = [] if table in _OF_SYNCS else connection.execute(f"SELECT * FROM {table}")
            rows = [row for row in rows if table != "price" or row["source"] != "payouts"]
            for row in rows:
                key = tuple(row[name] for name in _KEYS[table])
                kept = {name: row[name] for name in row.keys() if name not in _UNTOLD}  # noqa: SIM118
                found[table, key] = kept
        return found


def only(ledger: Ledger, *tables: str) -> Ledger:
    """Some of its tables."""
    return {place: row for place, row in ledger.items() if place[0] in tables}


def without(ledger: Ledger, *tables: str) -> Ledger:
    """All but some of its tables."""
    return {place: row for place, row in ledger.items() if place[0] not in tables}


def missing(ledger: Ledger) -> frozenset[tuple[Fact, str]]:
    """The missing facts, each with its subject."""
    keys = (key for table, key in ledger if table == "missing_fact")
    return frozenset((Fact(fact), subject) for fact, subject in keys)


@dataclass(frozen=True)
class Difference:
    """A cell, or a row (``column`` empty), that is ``found`` where ``sound`` is true."""

    table: str
    key: tuple[Any, ...]
    column: str
    found: Any
    sound: Any

    def __str__(self) -> str:
        place = f"{self.table}{list(self.key)}"
        if not self.column:
            return f"{place} is {'there' if self.found else 'not there'}"
        return f"{place}.{self.column} is {self.found!r}, not {self.sound!r}"


def differences(found: Ledger, sound: Ledger, *, rounded: bool = False) -> Iterator[Difference]:
    """All of them; ``rounded``: numbers need only agree as far as binary fractions can."""
    for place in sorted(found.keys() | sound.keys(), key=repr):
        own, other = found.get(place), sound.get(place)
        if own is None or other is None:
            yield Difference(*place, "", own, other)
            continue
        for column, value in own.items():
            if value != other[column] and not _alike(value, other[column], rounded):
                yield Difference(*place, column, value, other[column])


def _alike(one: Any, other: Any, rounded: bool) -> bool:
    """Whether two cells are the same number."""
    a, b = _number(one), _number(other)
    allowed = Decimal("1E-9") if rounded else Decimal(0)
    return a is not None and b is not None and abs(a - b) <= allowed * max(1, abs(b))


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


class Judge:
    """Says of differences whether they are silent: not unknown, not reported, or claimed.

    ``former``: the ledger before, empty where there was none.
    """

    def __init__(self, found: Ledger, sound: Ledger, former: Ledger) -> None:
        self._former = former
        self._missing = missing(found)
        self._tournaments = {
            key[0]: str(row["tournament"]) for (_, key), row in only(sound, "model").items()
        }

    def silent(self, difference: Difference, *, null_is_told: bool) -> bool:
        """Whether a reader of the ledger would be misled. ``null_is_told``: Numerai said that
        there is nothing."""
        if difference.column and difference.found is None:
            return False
        if difference.table in _AS_MANY_AS_FIT and difference.sound is None:
            return False
        if null_is_told and difference.table in _MAY_BE_NULL:
            former = self._former.get((difference.table, difference.key))
            if not difference.column and difference.found in (None, former):
                return False
        return not self.reported(difference) or self._claims(difference)

    def reported(self, difference: Difference) -> bool:
        """Whether a missing fact explains it."""
        if difference.table in _AS_MANY_AS_FIT and difference.sound is None:
            return True
        facts = _facts(difference)
        if difference.table in _ACROSS_TOURNAMENTS:
            return any(fact in facts for fact, _ in self._missing)
        subjects = self._subjects(difference)
        return any(fact in facts and about in subjects for fact, about in self._missing)

    def _claims(self, difference: Difference) -> bool:
        """Whether something is said that was not told: not unknown, and not as it was before."""
        table, key, column = difference.table, difference.key, difference.column
        found = difference.found
        if found is None:
            return False
        former = self._former.get((table, key))
        if not column:
            return any(
                found.get(name) in claimed and (former is None or former.get(name) not in claimed)
                for (of, name), claimed in _CLAIMED.items()
                if of == table
            )
        if former is not None and former.get(column) == found:
            return False
        return found in _CLAIMED.get((table, column), ()) or _is_zero(found, column)

    def _subjects(self, difference: Difference) -> set[str]:
        row = difference.found if not difference.column else None
        row = row or (difference.sound if not difference.column else None) or {}
        columns = _KEYS[difference.table]
        named = dict(zip(columns, difference.key, strict=True)) | dict(row)
        model = named.get("id") if difference.table == "model" else named.get("model_id")
        tournament = named.get("tournament") or self._tournaments.get(str(model))
        return {"", str(model), str(tournament)}


def _facts(difference: Difference) -> frozenset[Fact]:
    rows = _ROWS.get(difference.table, frozenset())
    above = (_ROWS[table] for table in _ABOVE.get(difference.table, ()))
    rows = rows.union(*above)
    if not difference.column:
        return rows
    return rows | _CELLS.get((difference.table, difference.column), frozenset())


def _is_zero(value: Any, column: str) -> bool:
    number = _number(value)
    return number == 0 and column not in {"resolved", "archived", "take_profit", "is_payout"}
