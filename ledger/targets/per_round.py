"""What models stake per round: thought out one by one, then put into the queue as drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.model import System
from ledger.domain.queue.change import ChangeKind
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.targets.per_round import PerRoundPlan, PresentSetting
from ledger.errors import ChangeError
from ledger.rules.moves.per_round import plan_per_round, present_setting
from ledger.rules.targets.plan_facts import PlanFacts

if TYPE_CHECKING:
    from ledger.domain.model import Model
    from ledger.domain.queue.change import Change
    from ledger.queue.queue import Queue


class PerRoundStakes:
    """What one ledger's models stake; ``facts`` are the account's, with every strategy."""

    def __init__(self, *, queue: Queue, facts: Callable[[], PlanFacts]) -> None:
        self._queue = queue
        self._facts = facts

    def present(self, model_id: str) -> PresentSetting:
        """How a model is set, with what the queue will have changed.

        Raises:
            ChangeError: it is on continuous staking, or can't be set now.
        """
        return self._present(model_id)[1]

    def plan(self, model_id: str, text: str, mode: StakeMode | None) -> PerRoundPlan:
        """What setting a model to ``text`` as typed (``0.5``, ``+0.1``, ``-0.1``, ``off``) in
        ``mode`` would do; see :mod:`ledger.rules.moves.per_round`.

        Raises:
            ChangeError: it can't be meant, can't be done, or changes nothing.
        """
        facts, present = self._present(model_id)
        return plan_per_round(facts, present, text.strip(), mode)

    def draft(self, planned: PerRoundPlan, *, deposit: bool = False) -> tuple[Change, ...]:
        """The setting that was shown as a draft; with ``deposit`` the offered one goes before it.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: the model is not set as it was when this was thought out.
        """
        step, strategies = planned.step, self._queue.strategies
        setting, drafts = step.setting, []
        if setting is None or strategies.setting(step.model.id) != planned.present.setting:
            raise ChangeError(
                "The setting has changed since; nothing was queued.", "Look at it again."
            )
        if deposit and planned.deposit is not None and planned.deposit.nmr is not None:
            drafts.append(
                strategies.add_funds(
                    step.model.tournament,
                    ChangeKind.DEPOSIT,
                    planned.deposit.nmr,
                    reason=planned.deposit.reason,
                )
            )
        drafts.append(
            strategies.add(
                step.model.id,
                step.kind,
                per_round=setting.per_round,
                mode=setting.mode,
                enabled=setting.enabled,
                reason=step.reason,
            )
        )
        return tuple(drafts)

    def _present(self, model_id: str) -> tuple[PlanFacts, PresentSetting]:
        facts = self._facts()
        model = _model(facts, model_id)
        if facts.systems.get(model.tournament) is not System.ATOMIC:
            raise ChangeError(
                f"{model.tournament.label} is on continuous staking: nothing is set per round.",
                "Increase or decrease the stake instead.",
            )
        queued = self._queue.strategies.queued_setting(model_id)
        strategy = facts.strategies.get(model.tournament)
        present = strategy.settings().get(model_id) if strategy is not None else None
        return facts, present_setting(facts, model, queued or present)


def _model(facts: PlanFacts, model_id: str) -> Model:
    model = next((entry for entry in facts.models if entry.id == model_id), None)
    if model is None:
        raise ChangeError("That model is not in the ledger.", "Sync and try again.")
    return model
