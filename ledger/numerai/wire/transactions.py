"""Stake transactions."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import StakeTransaction
from ledger.numerai.answers import Reply
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.models import TOURNAMENTS

_FACT = Fact.STAKE_TRANSACTIONS


@dataclass(frozen=True, slots=True)
class Page:
    """One page of ``stakeTransactions``; ``size`` counts its rows as sent, usable or not.

    ``whole``: the page was told, and every row of it could be read.
    """

    rows: tuple[StakeTransaction, ...]
    size: int
    whole: bool = True

    @property
    def newest_first(self) -> bool:
        """Whether the page runs back in time."""
        return not self.rows or self.rows[0].time >= self.rows[-1].time


def read_stake_transactions(reply: Reply, models: Mapping[str, Model], problems: Problems) -> Page:
    """A page of ``stakeTransactions``; rows of unknown models are left out."""
    own = Problems()
    top = Fields.top(reply, "stake transactions", own)
    entries = top.children_or_none("stakeTransactions", fact=_FACT)
    rows = [row for entry in entries or () if (row := _row(entry, models, own))]
    problems.take(own)
    sent = reply.data.get("stakeTransactions")
    size = len(sent) if isinstance(sent, list) else 0
    return Page(tuple(rows), size, entries is not None and not own.damaged)


def _row(entry: Fields, models: Mapping[str, Model], problems: Problems) -> StakeTransaction | None:
    """A row, or ``None`` where part of it can't be read: the next sync asks for it again. So it
    does where the round is refused, without which a row would count twice."""
    model_id = entry.text("modelId", fact=_FACT)
    if model_id is None:
        entry.lacks(_FACT, "A stake transaction names no model.")
    model = models.get(model_id or "")
    if model is None:
        return None
    own = Problems()
    row = entry.named(f"{said(model.name)}, stake transaction").reporting(own)
    transaction = _transaction(row, model)
    problems.take(own)
    return None if own.damaged or not row.asked("round") else transaction


def _transaction(row: Fields, model: Model) -> StakeTransaction | None:
    amount = _amount(row)
    at = row.time("timestamp", required=True, fact=_FACT)
    kind = row.text("type", required=True, fact=_FACT)
    tournament = row.integer("tournament", fact=_FACT)
    number = row.round_number("round", fact=_FACT)
    note, price = row.text("note", fact=_FACT), row.decimal("nmrPrice", low=0, fact=_FACT)
    if amount is None or at is None or kind is None:
        row.lacks(_FACT, "A stake transaction can't be read.")
        return None
    return StakeTransaction(
        model_id=model.id,
        tournament=TOURNAMENTS.get(tournament or 0, model.tournament),
        round=number,
        type=kind,
        amount=amount,
        time=at,
        note=note,
        nmr_price=price,
    )


def _amount(row: Fields) -> NMR | None:
    """``amount``, or on servers that do not take it ``value``."""
    name = "value" if "value" in row and "amount" not in row else "amount"
    return row.nmr(name, required=True, negative=True, fact=_FACT)
