"""Rows of the wallet that Numerai spells otherwise than before: addresses in capitals, fractions of
a second. They are the rows that are there, under the spelling they were first kept with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import WalletTransaction


def as_kept(
    kept: Iterable[WalletTransaction], told: Iterable[WalletTransaction]
) -> Iterator[WalletTransaction]:
    """``told`` as ``kept``, oldest first, and those before in ``told`` spell it.

    One hash is one row, however often it is told, and those that tell most come first. Rows without
    one are told apart by their order.
    """
    there: dict[tuple[datetime, NMR], list[WalletTransaction]] = {}
    for row in kept:
        there.setdefault((row.second, row.amount), []).append(row)
    for row in sorted(told, key=_untold):
        candidates = there.setdefault((row.second, row.amount), [])
        same = _counterpart(candidates, row)
        spelled = row if same is None else _respelled(row, same)
        if same is not None:
            candidates.remove(same)
        if row.tx_hash is not None:
            candidates.append(spelled)
        yield spelled


def _untold(row: WalletTransaction) -> int:
    return row.spelled_alike.count(None)


def _counterpart(
    candidates: Iterable[WalletTransaction], row: WalletTransaction
) -> WalletTransaction | None:
    """The first that may be ``row``; one with a hash where it has one comes before the others."""
    alike = [other for other in candidates if _same(row, other)]
    exact = (other for other in alike if (other.tx_hash is None) == (row.tx_hash is None))
    return next(exact, alike[0] if alike else None)


def _same(row: WalletTransaction, other: WalletTransaction) -> bool:
    """Whether nothing that both tell differs."""
    pairs = zip(row.spelled_alike, other.spelled_alike, strict=True)
    return all(own is None or own == its or its is None for own, its in pairs)


def _respelled(row: WalletTransaction, other: WalletTransaction) -> WalletTransaction:
    """``row`` with the time of ``other``, and all that it tells."""
    return replace(
        row,
        time=other.time,
        tx_hash=other.tx_hash or row.tx_hash,
        type=other.type or row.type,
        sender=other.sender or row.sender,
        receiver=other.receiver or row.receiver,
        tournament=row.tournament if other.tournament is None else other.tournament,
    )
