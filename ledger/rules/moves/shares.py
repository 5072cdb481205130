"""Where a move goes, as typed: ``birch_ridge``, ``birch=30%, cedar=5, dune``.

A share is NMR or a percentage of what moves; what is left goes to those without one in equal
parts. All shares together are what moves, to the wei.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ledger.domain import typed
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.errors import ChangeError
from ledger.rules.naming import meant, the_one

ALL = ("all", "max")
"""Typed for everything a model will hold."""


def moved_amount(text: str, held: NMR) -> NMR:
    """What moves of ``held``: ``20``, ``25%`` or ``all``.

    Raises:
        ChangeError: it is none of these, or nothing.
    """
    asked = text.strip().lower()
    if asked in ALL:
        return held
    if asked.endswith("%"):
        return _part(held, asked)
    return typed.positive(asked)


def shares_of(
    text: str, nmr: NMR, models: Iterable[Model], besides: Iterable[Model] = ()
) -> tuple[tuple[str, NMR], ...]:
    """``nmr`` by model id, in the order typed. Names may also be written as they tell ``models``
    apart from those ``besides``, which get nothing.

    Raises:
        ChangeError: a name is none of ``models``, stands there twice, or the shares are not what
            moves.
    """
    every = tuple(models)
    there = (*every, *besides)
    named: dict[str, NMR | None] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, share = entry.rpartition("=")
        written = (name if equals else entry).strip()
        meant_here = tuple(model for model in meant(written, there) if model in every)
        model = meant_here[0] if len(meant_here) == 1 else the_one(written, every)
        if model.id in named:
            raise ChangeError(f"{said(model.name)} is there twice.", "Name it once.")
        named[model.id] = _share(share, nmr) if equals else None
    return _filled(named, nmr)


def _share(text: str, nmr: NMR) -> NMR:
    asked = text.strip()
    return _part(nmr, asked) if asked.endswith("%") else typed.positive(asked)


def _part(whole: NMR, percent: str) -> NMR:
    """A percentage of ``whole``, cut to whole wei."""
    return NMR.from_wei(int(Fraction(typed.percent(percent)) * whole.wei / 100))


def _filled(named: dict[str, NMR | None], nmr: NMR) -> tuple[tuple[str, NMR], ...]:
    said = NMR.total(share for share in named.values() if share is not None)
    open_ids = [model_id for model_id, share in named.items() if share is None]
    left = nmr - said
    if left < ZERO or (left and not open_ids):
        raise ChangeError(f"The shares are {said} NMR, not {nmr}.", "Leave one model without.")
    if not open_ids:
        return tuple((model_id, share or ZERO) for model_id, share in named.items())
    each, rest = divmod(left.wei, len(open_ids))
    filled = {
        model_id: NMR.from_wei(each + (1 if index < rest else 0))
        for index, model_id in enumerate(open_ids)
    }
    return tuple(
        (model_id, filled.get(model_id) or share or ZERO) for model_id, share in named.items()
    )
