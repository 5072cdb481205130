"""NMR moved from one model to others: thought out, then put into the queue as drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.targets.move import Move, MovePlan
from ledger.errors import ChangeError
from ledger.rules.moves.move import plan_move
from ledger.rules.moves.shares import moved_amount, shares_of
from ledger.rules.targets.plan_facts import PlanFacts

if TYPE_CHECKING:
    from ledger.domain.model import Model
    from ledger.domain.queue.change import Change
    from ledger.queue.queue import Queue


class Moves:
    """The moves of one ledger; ``facts`` are the account's with every strategy."""

    def __init__(self, *, queue: Queue, facts: Callable[[], PlanFacts]) -> None:
        self._queue = queue
        self._facts = facts

    def plan(self, source: str, amount: str, to: str, *, at_once: bool = False) -> MovePlan:
        """What moving ``amount`` from the model with the id ``source`` comes to.

        ``amount`` is typed (``20``, ``25%``, ``all``), and so is ``to``: names with or without
        shares, see :mod:`ledger.rules.moves.shares`.

        Raises:
            ChangeError: it can't be meant, or can't be done.
        """
        facts = self._facts()
        models = [model for model in facts.models if model.id != source]
        itself = [model for model in facts.models if model.id == source]
        held = facts.net_positions().get(source)
        if held is None:
            raise ChangeError("The stake of that model is not known.", "Sync and try again.")
        nmr = moved_amount(amount, held.eventual)
        return plan_move(facts, Move(source, shares_of(to, nmr, models, itself), at_once))

    def enqueue(self, planned: MovePlan) -> tuple[Change, ...]:
        """The drafts of a move that was shown.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: the account is not what it was when the move was planned.
        """
        again = plan_move(self._facts(), planned.move)
        if [step.deed for step in again.plan.steps] != [step.deed for step in planned.plan.steps]:
            raise ChangeError(
                "The account has changed since; nothing was queued.", "Look at the move again."
            )
        return self._queue.enqueue(again.plan)

    def models(self) -> tuple[Model, ...]:
        """Where NMR can go from and to."""
        return self._facts().models
