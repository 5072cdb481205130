"""Texts and integers in rows to domain values and back.

The readers are cached: a ledger repeats its times, factors and stakes over thousands of rows,
and the values are immutable, so one object can stand for all of them. The cache is short, since
stakes come again from round to round and payouts never do.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ledger.clock import from_iso, iso
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR

Row = tuple[Any, ...]

TOURNAMENTS = {int(tournament): tournament for tournament in Tournament}
"""Number to tournament; a dictionary is quicker than the enumeration's constructor."""


def text(value: NMR | Decimal | None) -> str | None:
    """A number as the ledger keeps it."""
    return None if value is None else str(value)


@lru_cache(maxsize=4_096)
def time_text(moment: datetime | None) -> str | None:
    """A time as the ledger keeps it."""
    return None if moment is None else iso(moment)


def flag(value: bool | None) -> int | None:
    """A truth value as the ledger keeps it."""
    return None if value is None else int(value)


@lru_cache(maxsize=1_024)
def nmr(amount: str) -> NMR:
    """An amount of NMR."""
    return NMR(amount)


@lru_cache(maxsize=1_024)
def nmr_or_none(amount: str | None) -> NMR | None:
    """An amount of NMR that may be missing."""
    return None if amount is None else NMR(amount)


@lru_cache(maxsize=4_096)
def decimal_or_none(number: str | None) -> Decimal | None:
    """A factor, multiplier or ratio that may be missing."""
    return None if number is None else Decimal(number)


@lru_cache(maxsize=4_096)
def moment(when: str) -> datetime:
    """A time, UTC."""
    return from_iso(when)


@lru_cache(maxsize=4_096)
def moment_or_none(when: str | None) -> datetime | None:
    """A time, UTC, that may be missing."""
    return None if when is None else from_iso(when)


def truth_or_none(value: int | None) -> bool | None:
    """A truth value that may be missing."""
    return None if value is None else bool(value)


def insert(table: str, columns: tuple[str, ...]) -> str:
    """The statement that adds one row."""
    marks = ", ".join("?" * len(columns))
    # Names of tables and columns are constants of this package, values are always bound.
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def upsert(
    table: str, key: tuple[str, ...], values: tuple[str, ...], conflict: tuple[str, ...] = ()
) -> str:
    """The statement that adds one row, or alters the one with the same key.

    A row that is already there with the same values is not written again. ``conflict`` names
    the unique index where it is not made of the plain ``key`` columns.
    """
    changes = ", ".join(f"{name} = excluded.{name}" for name in values)
    new = ", ".join(f"excluded.{name}" for name in values)
    old = ", ".join(f"{table}.{name}" for name in values)
    return (
        f"{insert(table, key + values)} ON CONFLICT ({', '.join(conflict or key)}) "
        f"DO UPDATE SET {changes} WHERE ({old}) IS NOT ({new})"
    )
