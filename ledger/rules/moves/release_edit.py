"""Another amount for a pending release: Numerai can't alter one, so there are ways around it."""

from __future__ import annotations

from dataclasses import replace

from ledger.domain import typed
from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.targets.release_edit import PendingRelease, ReleaseEdit
from ledger.errors import ChangeError
from ledger.rules.moves.shares import ALL, moved_amount
from ledger.rules.targets import sentences
from ledger.rules.targets.net_position import NetPosition, settles
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts


def pending_release(facts: PlanFacts, model_id: str) -> PendingRelease:
    """The release pending on a model.

    Raises:
        ChangeError: there is none, or nobody knows.
    """
    net_position = _net_position(facts, model_id)
    model = net_position.model
    schedule = facts.schedules()[model.tournament]
    due = settles(net_position, schedule, facts.now)
    if due is None or not net_position.release_pending:
        raise ChangeError(
            f"{said(model.name)} has no pending release.",
            "Ask for one; a draft is edited in the queue.",
        )
    return PendingRelease(model, net_position.releasing, net_position.settled, due)


def released_amount(text: str, stake: NMR) -> NMR:
    """What is to be released of ``stake``: ``12``, ``25%``, ``all``, or ``0`` for nothing.

    Raises:
        ChangeError: it is none of these.
    """
    asked = text.strip().lower()
    share = asked.endswith("%") or asked in ALL
    return moved_amount(asked, stake) if share else typed.amount(asked)


def edit_release(facts: PlanFacts, model_id: str, nmr: NMR, *, other: bool = False) -> ReleaseEdit:
    """``nmr`` instead of the release pending on a model, the cheapest way or the ``other``.

    Raises:
        ChangeError: it can't be done; the advice says what would help.
    """
    pending = pending_release(facts, model_id)
    if nmr > pending.stake:
        raise ChangeError(
            f"{said(pending.model.name)} holds {pending.stake} NMR, less than {nmr}.",
            "Release that much, or less.",
        )
    if nmr == pending.nmr:
        raise ChangeError(f"{nmr} NMR is what is pending already.", "Type another amount.")
    asked = replace(facts, targets={model_id: pending.stake - nmr}, choices={})
    edit = ReleaseEdit(pending, nmr, make_plan(asked), other)
    dearer = [way.kind for way in edit.ways if not way.cheapest]
    if other and dearer:
        edit = replace(edit, plan=make_plan(replace(asked, choices={model_id: dearer[0]})))
    return _checked(edit)


def _checked(edit: ReleaseEdit) -> ReleaseEdit:
    plan, name = edit.plan, edit.pending.model.name
    blocked = [outlook.blocked for outlook in plan.outlooks if outlook.blocked is not None]
    if blocked or plan.left_out:
        raise ChangeError((*blocked, *plan.left_out)[0])
    if not plan.steps:
        raise ChangeError(f"The queue does that already for {said(name)}.", "See the queue.")
    return edit


def _net_position(facts: PlanFacts, model_id: str) -> NetPosition:
    model = next((model for model in facts.models if model.id == model_id), None)
    if model is not None and facts.systems.get(model.tournament) is System.ATOMIC:
        raise ChangeError(
            f"{model.tournament.label} is on atomic staking: it has no releases.",
            "Set a per-round stake instead.",
        )
    net_position = facts.net_positions().get(model_id)
    why = None if model is None else facts.uncertain(model)
    if net_position is None or why is not None:
        raise ChangeError(why or "The stake of that model is not known.", "Sync and try again.")
    if net_position.uncertain:
        raise ChangeError(sentences.uncertain(net_position.uncertain[-1].id, net_position.model))
    return net_position
