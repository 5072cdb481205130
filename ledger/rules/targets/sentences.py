"""What a plan says, in full sentences."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind


def moment(at: datetime) -> str:
    """``Thu 24 Dec 2026 16:00 UTC``."""
    return f"{at:%a} {at.day} {at:%b %Y %H:%M} UTC"


def since(at: datetime) -> str:
    """``since 28 Nov 14:00``: short, for what is not told at present."""
    return f"since {at.day} {at:%b %H:%M}"


def release(model: Model, kind: ChangeKind, *, nmr: NMR, left: NMR, paid: datetime) -> str:
    """Why a release is asked for, and when it is paid."""
    if kind is ChangeKind.DRAIN:
        return (
            f"{said(model.name)} gives up its whole stake, {nmr} NMR as it stands; it is free "
            f"{moment(paid)}, when the last round running at the request resolves."
        )
    return (
        f"{said(model.name)} goes down by {nmr} NMR to {left} NMR; the NMR is free {moment(paid)}, "
        "when the last round running at the request resolves."
    )


def increase(model: Model, nmr: NMR, reached: NMR, sent: datetime | None, counts: datetime) -> str:
    """What an increase does; ``sent`` is ``None`` when it can be sent at once."""
    when = (
        "paid from the Numerai wallet at once"
        if sent is None
        else f"sent {moment(sent)} at the earliest"
    )
    return (
        f"{said(model.name)} goes up by {nmr} NMR to {reached} NMR, {when}; it counts from the "
        f"staking close on {moment(counts)}."
    )


def cancel(model: Model, nmr: NMR) -> str:
    """Why a pending release is withdrawn."""
    return (
        f"The pending release of {nmr} NMR on {said(model.name)} is withdrawn: it stands in the "
        "way of the target, and nothing returns to the Numerai wallet from it."
    )


def shortage(missing: NMR) -> str:
    """The targets ask for more than there will be."""
    return (
        f"The targets ask for {missing} NMR more than stakes, Numerai wallet and releases hold "
        "together. That part is left out: deposit NMR, or lower a target."
    )


def too_small(model: Model, nmr: NMR, minimum: NMR) -> str:
    """An amount below the configured minimum."""
    return (
        f"{said(model.name)}: {nmr} NMR is below the minimum of {minimum} NMR in the config; "
        "Numerai may refuse it."
    )


def drain_funds(model: Model) -> str:
    """An increase relies on what a drain returns."""
    return (
        f"What the drain of {said(model.name)} returns moves with its payouts until then. If it "
        "returns less, the increase that waits for it keeps waiting: plan again."
    )


def replaces(ids: tuple[int, ...]) -> str:
    """Unsent changes that this plan makes obsolete."""
    what = f"change {ids[0]}" if len(ids) == 1 else "changes " + ", ".join(map(str, ids))
    return f"This replaces {what} in the queue, not sent yet: cancel before queueing these steps."


def uncertain(number: int, model: Model) -> str:
    """A change whose answer was lost stands in the way."""
    return f"What became of change {number} on {said(model.name)} is not known. Reconcile it first."
