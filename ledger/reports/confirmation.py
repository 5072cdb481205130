"""What a yes to one or several changes would mean, restated before it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.change import Change
from ledger.domain.nmr import NMR, ZERO
from ledger.reports import words
from ledger.rules import limits
from ledger.rules.limits import Limits


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Changes about to be confirmed.

    ``sentences`` has one for each change, conditions included; ``total`` is the NMR they move
    together. ``touched`` names limits of the config that hold some of them back until another
    day; ``problems`` those that can't be kept at all, so that confirming is refused. With
    ``type_total`` the user is asked to type ``total``.
    """

    changes: tuple[Change, ...]
    sentences: tuple[str, ...]
    total: NMR
    touched: tuple[str, ...]
    problems: tuple[str, ...]
    type_total: bool


def build_confirmation(
    changes: Iterable[Change],
    staked: Mapping[str, NMR],
    allowed: Limits,
    *,
    typing_above: NMR | None,
) -> Confirmation:
    """Restate ``changes``; ``staked`` is the settled stake by model id, as far as known."""
    chosen = tuple(changes)
    stakes = [staked.get(change.model_id, ZERO) for change in chosen]
    total = NMR.total(
        limits.moved(change, stake) for change, stake in zip(chosen, stakes, strict=True)
    )
    problems = [
        f"Change {change.id}: {why}"
        for change, stake in zip(chosen, stakes, strict=True)
        if (why := limits.never(change, stake, allowed))
    ]
    over = allowed.per_day is not None and total > allowed.per_day
    return Confirmation(
        changes=chosen,
        sentences=tuple(_sentence(change) for change in chosen),
        total=total,
        touched=(
            f"Together they move {total} NMR, and the config allows {allowed.per_day} NMR a day "
            "(limits.per_day_nmr): the rest waits for another day.",
        )
        if over
        else (),
        problems=tuple(problems),
        type_total=typing_above is not None and total > typing_above,
    )


def _sentence(change: Change) -> str:
    what = words.change(change.kind, change.nmr, change.model_name, change.tournament.label)
    return ", ".join([what, *words.conditions(change.conditions)]) + "."
