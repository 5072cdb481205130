"""Dates and kinds of change in words, the same in every sentence the program says."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.names import quoted
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, Conditions
from ledger.domain.readable import rounded
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.sums import Sum
from ledger.rules.targets import sentences

Fields = tuple[tuple[str, str], ...]
"""Labels with their values, to be shown before any sentence."""

_PLACES = 4
"""Places of a total where no user says how many."""


def moment(at: datetime | None) -> str:
    """``Thu 24 Dec 2026 16:00 UTC``, or ``a date Numerai has not named``."""
    if at is None:
        return "a date Numerai has not named"
    return sentences.moment(at)


def since(at: datetime) -> str:
    """``since 28 Nov 14:00``."""
    return sentences.since(at)


def total(figure: Sum) -> str:
    """A total for reading: ``12.3``, ``12.3 + ?`` with parts that are not known in it, ``?``."""
    known = rounded(figure.known.amount, _PLACES)
    if not figure.unknown:
        return known
    return f"{known} + ?" if figure.known else "?"


def conditions(terms: Conditions) -> tuple[str, ...]:
    """What a change waits for, each as a part of a sentence: ``not before round 1350 opens``."""
    parts = (
        (terms.not_before is not None, f"not before {moment(terms.not_before)}"),
        (terms.not_before_round is not None, f"not before round {terms.not_before_round} opens"),
        (terms.after_change is not None, f"after change {terms.after_change} is accepted"),
        (terms.when_release_gone, "when the pending release is gone"),
        (terms.when_free is not None, f"when {terms.when_free} NMR is free in the Numerai wallet"),
    )
    return tuple(text for asked, text in parts if asked)


def change(kind: ChangeKind, nmr: NMR | None, model: str, tournament: str) -> str:
    """A change as an order: ``Increase the stake of “alder” (Signals) by 2.5 NMR``."""
    of = f"{quoted(model)} ({tournament})"
    return {
        ChangeKind.INCREASE: f"Increase the stake of {of} by {nmr} NMR",
        ChangeKind.DECREASE: f"Decrease the stake of {of} by {nmr} NMR",
        ChangeKind.DRAIN: f"Release the whole stake of {of}",
        ChangeKind.CANCEL_RELEASE: f"Cancel the pending release of {of}",
        ChangeKind.TAKE_PROFIT_ON: f"Pay earnings of {of} to the Numerai wallet from now on",
        ChangeKind.TAKE_PROFIT_OFF: f"Let earnings of {of} compound from now on",
        ChangeKind.SET_PER_ROUND: f"Stake {nmr} NMR per round on {of}",
        ChangeKind.SET_MODE: f"Change the staking mode of {of}",
        ChangeKind.SET_ENABLED: f"Switch automatic staking of {of}",
        ChangeKind.DEPOSIT: f"Deposit {nmr} NMR into the strategy of {tournament}",
        ChangeKind.WITHDRAW: f"Withdraw {nmr} NMR from the strategy of {tournament}",
    }[kind]


def order(entry: Change) -> str:
    """What a change wants as an order, a setting with all of it."""
    if entry.setting is None:
        return change(entry.kind, entry.nmr, entry.model_name, entry.tournament.label)
    of = f"{quoted(entry.model_name)} ({entry.tournament.label})"
    if not entry.setting.enabled:
        return f"Open no new positions on {of}"
    return f"Stake {setting(entry.setting)}, on {of}"


def fields(
    kind: ChangeKind, nmr: NMR | None, setting: ModelSetting | None, model: str, tournament: str
) -> Fields:
    """A change in fields of their own, so that no name can word another one: how much, what is to
    be done, on which model, in which tournament."""
    return (
        ("Amount", _how_much(kind, nmr, setting)),
        ("Change", kind.value.replace("-", " ")),
        ("Model", quoted(model)),
        ("Tournament", tournament),
    )


def _how_much(kind: ChangeKind, nmr: NMR | None, value: ModelSetting | None) -> str:
    if value is not None:
        return setting(value) if value.enabled else "no new positions"
    if nmr is not None:
        return f"{nmr} NMR"
    return "the whole stake" if kind is ChangeKind.DRAIN else "none"


def fields_of(entry: Change) -> Fields:
    """:func:`fields` of a change that is in the queue."""
    return fields(entry.kind, entry.nmr, entry.setting, entry.model_name, entry.tournament.label)


def headline(values: Fields) -> str:
    """Fields on one line: ``2.5 NMR · increase · “alder” · Signals``."""
    return " · ".join(value for _, value in values)


def order_and_base(entry: Change) -> str:
    """What a change wants as an order, with the present setting where it alters one."""
    before = "" if entry.base is None else f" (now {setting(entry.base)})"
    return f"{order(entry)}{before}"


def setting(value: ModelSetting) -> str:
    """A strategy's setting for one model: ``0.5 NMR per round, constant``."""
    off = "" if value.enabled else ", switched off"
    return f"{value.per_round} NMR per round, {value.mode.value}{off}"
