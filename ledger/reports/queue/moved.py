"""What changes move together, in a few words, and what is typed to confirm much of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.domain import typed
from ledger.domain.names import is_odd, said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import FUNDS, SETTINGS, ChangeKind
from ledger.errors import ChangeError

_COUNTED = re.compile(r"\s*([0-9]+)\s*(?:models?)?[\s,]\s*(\S+)\s*(?:nmr)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """One change: its ``kind``, the NMR it moves, where that is an amount, and on which model."""

    kind: ChangeKind
    nmr: NMR | None
    model: str


def moved_together(orders: Iterable[Order]) -> str:
    """``20 NMR from alder to birch``, ``5 NMR to stake, 2 settings to change``; amounts exact.

    What one or several models release and others are given is named once, with both ends.
    """
    every = tuple(orders)
    nmr = transferred(every)
    if nmr is not None:
        ends = [
            _models([order.model for order in every if order.kind is kind])
            for kind in (ChangeKind.DECREASE, ChangeKind.INCREASE)
        ]
        return f"{nmr} NMR from {ends[0]} to {ends[1]}"
    amounts = (
        (_total(every, ChangeKind.INCREASE), "to stake"),
        (_total(every, ChangeKind.DECREASE), "to release"),
        *((_total(every, kind), f"to {kind.value}") for kind in sorted(FUNDS)),
    )
    drains = sum(order.kind is ChangeKind.DRAIN for order in every)
    settings = sum(order.kind in SETTINGS for order in every)
    words = [f"{amount} NMR {what}" for amount, what in amounts if amount]
    words += [f"{_count(drains, 'model')} to drain"] if drains else []
    words += [f"{_count(settings, 'setting')} to change"] if settings else []
    return ", ".join(words)


def transferred(orders: Sequence[Order]) -> NMR | None:
    """What some models release and others are given, where that is all there is to it."""
    released, staked = (_total(orders, kind) for kind in (ChangeKind.DECREASE, ChangeKind.INCREASE))
    alone = {order.kind for order in orders} == {ChangeKind.DECREASE, ChangeKind.INCREASE}
    return released if alone and released == staked else None


def _total(orders: Iterable[Order], kind: ChangeKind) -> NMR:
    return NMR.total(order.nmr for order in orders if order.kind is kind and order.nmr is not None)


def _models(names: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return said(distinct[0]) if len(distinct) == 1 else _count(len(distinct), "model")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is typed to confirm much: a model's name, or how many models and how much of NMR.

    ``name`` is ``None`` where several models are meant, or one whose name no keyboard has; ``nmr``
    is what is moved, cut to what the user reads, ``None`` where it is not known.
    """

    name: str | None
    models: int
    nmr: str | None

    @property
    def text(self) -> str:
        """As it is typed: ``alder``, ``3 models, 120.50``."""
        if self.name is not None:
            return self.name
        counted = _count(self.models, "model")
        return counted if self.nmr is None else f"{counted}, {self.nmr}"

    def matches(self, text: str) -> bool:
        """Whether ``text`` is that; ``3 120.5`` is enough of a number and a total."""
        if self.name is not None:
            return text.strip().casefold() == self.name.casefold()
        if self.nmr is None:
            return text.strip().casefold() in {self.text, str(self.models)}
        counted = _COUNTED.fullmatch(text)
        if counted is None or typed.whole(counted[1]) != self.models:
            return False
        return _amount(counted[2].rstrip(",")) == NMR(self.nmr)


def phrase(models: Sequence[str], nmr: NMR | None, decimals: int) -> Phrase:
    """What confirms changes of ``models`` that move ``nmr``, which is shown with ``decimals``."""
    plain = len(models) == 1 and not is_odd(models[0])
    shown = None if nmr is None else _readable(nmr, decimals)
    return Phrase(models[0] if plain else None, len(models), shown)


def _readable(nmr: NMR, decimals: int) -> str:
    """With ``decimals``, and with all there are where those would read as nothing."""
    rounded = nmr.amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{rounded:f}" if rounded or not nmr else str(nmr)


def _amount(text: str) -> NMR | None:
    try:
        return typed.amount(text)
    except ChangeError:
        return None
