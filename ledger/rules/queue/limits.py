"""The user's own limits on what may be sent, whatever was confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import SETTINGS, WITH_AMOUNT, Change, ChangeKind, Stamp
from ledger.domain.stakes.strategy import ModelSetting


@dataclass(frozen=True, slots=True)
class Limits:
    """What the config lets changes move; ``None`` and empty collections set no limit.

    ``per_change`` and ``per_day`` are in NMR; a day is a calendar day in UTC. Only ``tournaments``
    (by number) and ``models`` (by id or name) may be changed.
    """

    per_change: NMR | None = None
    per_day: NMR | None = None
    tournaments: Collection[int] = ()
    models: Collection[str] = ()


def moved(change: Change, staked: NMR, concurrent: int) -> NMR:
    """How much NMR a change moves between wallet and stake; a drain moves all that is ``staked``.

    A raised per-round stake counts with all it commits once ``concurrent`` rounds run at a time;
    a lowered one, cancelling a release and switching take profit move nothing.
    """
    if change.kind is ChangeKind.DRAIN:
        return staked
    if change.kind in SETTINGS:
        raised = _per_round(change.setting) - _per_round(change.base)
        return max(ZERO, raised).times(concurrent)
    return change.nmr if change.kind in WITH_AMOUNT and change.nmr is not None else ZERO


def _per_round(setting: ModelSetting | None) -> NMR:
    return setting.per_round if setting is not None and setting.enabled else ZERO


def never(change: Change, staked: NMR, limits: Limits, concurrent: int = 1) -> str | None:
    """The limit that stands against a change on any day, ``None`` when there is none."""
    if limits.tournaments and int(change.tournament) not in limits.tournaments:
        return (
            f"{change.tournament.label} is not among the tournaments of the config "
            "(limits.tournaments)."
        )
    if limits.models and not {change.model_id, change.model_name} & set(limits.models):
        return f"{said(change.model_name)} is not among the models of the config (limits.models)."
    amount = moved(change, staked, concurrent)
    if limits.per_change is not None and amount > limits.per_change:
        return (
            f"{amount} NMR is more than the {limits.per_change} NMR the config allows for one "
            "change (limits.per_change_nmr)."
        )
    return None


def today(
    change: Change, staked: NMR, spent: NMR, limits: Limits, concurrent: int = 1
) -> str | None:
    """The limit that stands against a change today, after ``spent`` NMR was moved already."""
    amount = moved(change, staked, concurrent)
    if limits.per_day is None or not amount or spent + amount <= limits.per_day:
        return None
    if amount > limits.per_day:
        return (
            f"{amount} NMR is more than the {limits.per_day} NMR the config allows for a whole "
            "day (limits.per_day_nmr)."
        )
    return (
        f"Waits for another day: with its {amount} NMR more than the {limits.per_day} NMR the "
        "config allows for a day would be moved (limits.per_day_nmr)."
    )


def of_today(stamps: Iterable[Stamp], now: datetime) -> frozenset[int]:
    """The events that may have happened on the day of ``now``, by their place in the ledger.

    ``stamps`` are all events, in the ledger's own order, which no clock alters; ``now`` is the
    server's time. A clock that was wrong lets nothing out of the count: what comes after an event
    of today is of today, whatever it was stamped with, and what was stamped with a time that has
    not come yet is, too, unless something later was stamped with an earlier day.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today: set[int] = set()
    future: set[int] = set()
    begun = False
    for stamp in stamps:
        if begun or midnight <= stamp.at <= now:
            begun = True
            today.add(stamp.event)
        elif stamp.at > now:
            future.add(stamp.event)
        else:
            future.clear()
    return frozenset(today | future)
