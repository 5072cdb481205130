"""Stake transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.domain.model import Model
from ledger.domain.transaction import StakeTransaction
from ledger.numerai.answers import Json
from ledger.numerai.wire.account import TOURNAMENTS
from ledger.numerai.wire.fields import Fields, Problems


@dataclass(frozen=True, slots=True)
class Page:
    """One page of ``stakeTransactions``; ``size`` counts its rows as sent, usable or not."""

    rows: tuple[StakeTransaction, ...]
    size: int

    @property
    def newest_first(self) -> bool:
        """Whether the page runs back in time."""
        return not self.rows or self.rows[0].time >= self.rows[-1].time


def read_stake_transactions(
    data: Mapping[str, Json], models: Mapping[str, Model], problems: Problems
) -> Page:
    """A page of ``stakeTransactions``; rows of unknown models are left out."""
    top = Fields(dict(data), "stake transactions", problems)
    entries = top.children("stakeTransactions")
    rows = [row for entry in entries if (row := _row(entry, models))]
    return Page(tuple(rows), len(entries))


def _row(entry: Fields, models: Mapping[str, Model]) -> StakeTransaction | None:
    model = models.get(entry.text("modelId") or "")
    if model is None:
        return None
    row = entry.named(f"{model.name}, stake transaction")
    amount = row.nmr("amount", negative=True)
    if amount is None:
        amount = row.nmr("value", required=True, negative=True)
    at = row.time("timestamp", required=True)
    kind = row.text("type", required=True)
    if amount is None or at is None or kind is None:
        return None
    return StakeTransaction(
        model_id=model.id,
        tournament=TOURNAMENTS.get(row.integer("tournament") or 0, model.tournament),
        round=row.integer("round", low=1),
        type=kind,
        amount=amount,
        time=at,
        note=row.text("note"),
        nmr_price=row.decimal("nmrPrice", low=0),
    )
