"""What a move of NMR says, in full sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.move import Move
from ledger.domain.targets.plan import Step
from ledger.rules.targets.sentences import moment

TAKEN_OVER = (
    "Nothing is exposed twice and nothing lies idle: as positions of the one model resolve, new "
    "ones of the other take their NMR, round by round."
)


def statement(move: Move, models: Mapping[str, Model], complete: datetime) -> str:
    """``20 NMR goes from alder to birch_ridge (Signals), complete Thu 24 Dec 2026 16:00 UTC.``"""
    source = models[move.source]
    parts = []
    for model_id, share in move.shares:
        model = models[model_id]
        where = "" if model.tournament is source.tournament else f" ({model.tournament.label})"
        amount = f"{share} NMR to " if len(move.shares) > 1 else ""
        parts.append(f"{amount}{said(model.name)}{where}")
    to = f": {', '.join(parts)}" if len(parts) > 1 else f" to {parts[0]}"
    return (
        f"{move.nmr} NMR goes from {said(source.name)} ({source.tournament.label}){to}, complete "
        f"{moment(complete)}."
    )


def goes_out(step: Step) -> str:
    """What is asked for, in a few words."""
    name = said(step.model.name)
    if step.setting is not None:
        setting = f"{step.setting.per_round} NMR per round" if step.setting.enabled else "off"
        return f"{name} is set to {setting}."
    amount = "everything" if step.nmr is None else f"{step.nmr} NMR"
    return {
        ChangeKind.INCREASE: f"{amount} more is asked for on {name}.",
        ChangeKind.DECREASE: f"The release of {amount} is asked for on {name}.",
        ChangeKind.DRAIN: f"The release of {amount} is asked for on {name}.",
        ChangeKind.CANCEL_RELEASE: f"The pending release of {name} is cancelled.",
        ChangeKind.DEPOSIT: f"{amount} goes from the owner's wallet to the {name}.",
        ChangeKind.WITHDRAW: f"{amount} goes from the {name} to the owner's wallet.",
    }[step.kind]


def takes_effect(step: Step) -> str:
    """What is so once a step has full effect."""
    name = said(step.model.name)
    if step.setting is not None:
        return f"All running positions of {name} hold its new setting."
    amount = "Everything" if step.nmr is None else f"{step.nmr} NMR"
    return {
        ChangeKind.INCREASE: f"{amount} more counts on {name}.",
        ChangeKind.DECREASE: f"{amount} of {name} is paid to the Numerai wallet.",
        ChangeKind.DRAIN: f"{amount} of {name} is paid to the Numerai wallet.",
        ChangeKind.CANCEL_RELEASE: f"{name} counts in full again.",
        ChangeKind.DEPOSIT: f"{amount} can pay for positions of the {name}.",
        ChangeKind.WITHDRAW: f"{amount} is in the owner's wallet.",
    }[step.kind]


def all_left(source: Model, nmr: NMR) -> str:
    """The last position of before has resolved."""
    return f"The {nmr} NMR has left {said(source.name)}'s positions, payouts left out."


def funds(tournament: Tournament, nmr: NMR, at: datetime, *, out: bool) -> str:
    """Why NMR goes from wallet to strategy or back."""
    where = (
        f"from {tournament.label}'s idle NMR to the owner's wallet"
        if out
        else f"from the owner's wallet into {tournament.label}'s strategy"
    )
    return f"{nmr} NMR goes {where}, {moment(at)} at the earliest."


def stops_compounding(model: Model) -> str:
    """A mode that has to change so that NMR can move."""
    return (
        f"{said(model.name)} stops compounding: in compound mode the per-round stake does not move "
        "what it holds, so it is set to constant."
    )


def exposed_twice(nmr: NMR, source: Model, until: datetime) -> str:
    """What leaving at once costs."""
    return (
        f"Until {moment(until)} the {nmr} NMR is exposed twice: on {said(source.name)}, where it "
        "can still burn, and where it goes."
    )


def idle_meanwhile(nmr: NMR, until: datetime) -> str:
    """What leaves positions round by round earns nothing before it moves on."""
    return (
        f"What leaves the positions round by round lies idle until {moment(until)}, when all of "
        f"the {nmr} NMR moves on in one piece; move it in parts to shorten that."
    )


def out_of_rounds(nmr: NMR, source: Model, missed: int, until: datetime) -> str:
    """What a release costs in rounds."""
    return (
        f"The {nmr} NMR is in no new round until {moment(until)}: {missed} rounds. Until it is "
        f"paid it can still burn in the running rounds of {said(source.name)}."
    )


def could_go_now(
    nmr: NMR, source: Model, sooner: datetime, paid: datetime, complete: datetime
) -> str:
    """What free NMR would change."""
    return (
        f"Free NMR could go first: complete {moment(sooner)} instead of {moment(complete)}, and "
        f"no round missed; until {moment(paid)} both that and the {nmr} NMR on {said(source.name)} "
        "would be exposed."
    )
