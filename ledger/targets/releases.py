"""Another amount for a pending release: thought out, then put into the queue as drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.targets.release_edit import PendingRelease, ReleaseEdit
from ledger.errors import ChangeError
from ledger.rules.moves.release_edit import edit_release, pending_release, released_amount
from ledger.rules.targets.plan_facts import PlanFacts

if TYPE_CHECKING:
    from ledger.domain.queue.change import Change
    from ledger.queue.queue import Queue


class Releases:
    """The pending releases of one ledger; ``facts`` are the account's for a plan of a
    tournament."""

    def __init__(self, *, queue: Queue, facts: Callable[[Tournament], PlanFacts]) -> None:
        self._queue = queue
        self._facts = facts

    def pending(self, model_id: str) -> PendingRelease:
        """The release pending on a model.

        Raises:
            ChangeError: there is none, or nobody knows.
        """
        return pending_release(self._facts_of(model_id), model_id)

    def plan(self, model_id: str, amount: str, *, other: bool = False) -> ReleaseEdit:
        """What releasing ``amount``, as typed (``12``, ``25%``, ``all``, ``0``), instead takes: the
        cheapest way, or the ``other`` one.

        Raises:
            ChangeError: it can't be meant, or can't be done.
        """
        facts = self._facts_of(model_id)
        stake = pending_release(facts, model_id).stake
        return edit_release(facts, model_id, released_amount(amount, stake), other=other)

    def enqueue(self, edit: ReleaseEdit) -> tuple[Change, ...]:
        """The drafts of an edit that was shown, in the same way.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: the account is not what it was when the edit was planned.
        """
        model_id = edit.pending.model.id
        again = edit_release(self._facts_of(model_id), model_id, edit.nmr, other=edit.other)
        if [step.deed for step in again.plan.steps] != [step.deed for step in edit.plan.steps]:
            raise ChangeError(
                "The account has changed since; nothing was queued.", "Look at the release again."
            )
        return self._queue.enqueue(again.plan)

    def _facts_of(self, model_id: str) -> PlanFacts:
        facts = self._facts(Tournament.CLASSIC)
        model = next((model for model in facts.models if model.id == model_id), None)
        return facts if model is None else self._facts(model.tournament)
