"""Where changes are drafted, confirmed and put in order; :mod:`ledger.queue.queue` sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain import typed
from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONTINUOUS,
    FUNDS,
    UNSENT,
    WITH_AMOUNT,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError, ReadOnly
from ledger.queue.strategy_drafts import strategy_model
from ledger.rules.naming import within
from ledger.rules.queue.certainty import uncertain
from ledger.rules.queue.limits import Limits

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.config.config import AtomicSettings, LimitSettings
    from ledger.domain.model import Tournament
    from ledger.domain.policy import PolicyStep
    from ledger.domain.queue.change import Change, ChangeKind
    from ledger.domain.targets.plan import Plan
    from ledger.reports.queue.confirmation import Confirmation, Ramp
    from ledger.reports.queue.preview import ChangePreview
    from ledger.reports.queue.queue import ChangeHistory, QueueReport
    from ledger.store import Store


_TELLING = 3
"""How many of the newest rounds are asked how long their scoring takes."""


class Drafts:
    """The queue of one ledger, as far as it lies on disk: nothing here leaves this machine.

    ``writable`` says why nothing may be changed, or ``None``; every method that writes raises
    :class:`ledger.errors.ReadOnly` with it. ``limits`` are what the config lets out.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: LimitSettings,
        *,
        limits: Limits,
        writable: Callable[[], str | None],
        atomic: AtomicSettings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._limits = limits
        self._writable = writable
        self._atomic = atomic

    def report(self) -> QueueReport:
        """Every change, newest first."""
        from ledger.reports.queue.queue import build_queue

        return build_queue(
            ((change, self._store.events(change.id)) for change in self._store.changes()),
            self._store.missing(),
            self._store.models(archived=True),
        )

    def history(self, change_id: int) -> ChangeHistory:
        """One change with everything it went through."""
        from ledger.reports.queue.queue import build_history

        change, events = self._store.change(change_id), self._store.events(change_id)
        return build_history(
            change, events, self._store.missing(), self._store.models(archived=True)
        )

    def history_csv(self) -> str:
        """Everything all changes went through, as the text of a file, oldest change first."""
        from ledger.reports.queue.history_file import history_csv

        changes = sorted(self._store.changes(), key=lambda change: change.id)
        return history_csv((change, self._store.events(change.id)) for change in changes)

    def draft(self, preview: ChangePreview) -> Change:
        """Keep a previewed change as a draft.

        Raises:
            ChangeError: the preview has a problem.
        """
        if preview.problem:
            self._must_write()
            raise ChangeError(preview.problem)
        return self.add(preview.model_id, preview.kind, preview.nmr)

    def add(
        self,
        model_id: str,
        kind: ChangeKind,
        nmr: NMR | None = None,
        conditions: Conditions | None = None,
        reason: str = "Drafted.",
    ) -> Change:
        """Put a draft at the end of the queue; ``reason`` stays with it as why it was wanted.

        Whether wallet and stake suffice is not judged here: that may be what it waits for.

        Raises:
            ChangeError: no such model, its tournament is not continuous, the amount is missing or
                not wanted, or Numerai does not tell what the change rests on.
        """
        self._must_write()
        model = self._model(model_id)
        if kind not in CONTINUOUS:
            raise ChangeError(f"{kind.value} is for allocation strategies.", "Set it there.")
        self._check_system(model, kind)
        self._check_certain(model, kind)
        _check_amount(kind, nmr)
        return self._store.add_change(
            model=model,
            system=System.CONTINUOUS,
            kind=kind,
            nmr=nmr,
            conditions=conditions or Conditions(),
            reason=reason,
        )

    def enqueue(
        self,
        plan: Plan,
        *,
        pinned: tuple[Tournament, Mapping[str, str]] | None = None,
        realising: Sequence[PolicyStep] = (),
    ) -> tuple[Change, ...]:
        """Put a plan into the queue as drafts: all of it, in place of what it replaces.

        ``pinned`` are targets of a tournament, by model id, that are kept along with it,
        ``realising`` what its steps take from accrued payouts.

        Raises:
            ChangeError: a tournament has moved, Numerai no longer tells what a step rests on, or
                the queue is not the one the plan was made from any more: another process put
                changes in, sent or dropped some.
        """
        self._must_write()
        for step in plan.steps:
            self._check_system(step.model, step.kind)
            self._check_certain(step.model, step.kind)
        return self._store.add_plan(plan, pinned=pinned, channel=self._channel, realising=realising)

    def confirmation(self, change_ids: Sequence[int]) -> Confirmation:
        """What a yes to these changes would mean."""
        from ledger.reports.queue.confirmation import build_confirmation

        typing = self._settings.confirm_by_typing_above
        changes = [self._store.change(change_id) for change_id in change_ids]
        return build_confirmation(
            changes,
            {
                model_id: stake.settled
                for model_id, stake in self._store.stakes().items()
                if stake.settled is not None
            },
            self._limits,
            missing=self._store.missing(),
            typing_above=typed.amount(typing) if typing else None,
            ramps={
                tournament: self._ramp(tournament)
                for tournament in {one.tournament for one in changes if one.setting is not None}
            },
            models=self._store.models(archived=True),
        )

    def _ramp(self, tournament: Tournament) -> Ramp:
        """What a per-round stake set now comes to, by the tournament's own rounds."""
        from ledger.reports.queue.confirmation import Ramp
        from ledger.rules.rounds.schedule import RoundSchedule

        schedule = RoundSchedule(self._store.rounds(tournament, newest=_TELLING), tournament)
        return Ramp(schedule.concurrent, schedule.taken_over(self._clock.now())[1])

    def confirm(self, change_id: int, *, shown: Confirmation | None = None) -> Change:
        """A draft becomes queued: the user said yes to it as ``shown``.

        Raises:
            ChangeError: as for :meth:`confirm_all`.
        """
        return self.confirm_all([change_id], shown=shown)[0]

    def confirm_all(
        self, change_ids: Sequence[int], *, shown: Confirmation | None = None
    ) -> tuple[Change, ...]:
        """Several drafts become queued, or none: all are checked before the first one.

        ``shown`` is what the user said yes to; without it whatever the changes are now.

        Raises:
            ChangeError: one of them is no draft, the config would never let it out, Numerai does
                not tell what it rests on, or they are not as ``shown`` any more.
        """
        self._must_write()
        confirmation = self.confirmation(tuple(dict.fromkeys(change_ids)))
        for change in confirmation.changes:
            if change.state is not ChangeState.DRAFT:
                raise ChangeError(
                    f"Change {change.id} is {change.state.value}, no draft.",
                    "Nothing was confirmed; leave it out.",
                )
        if shown is not None and not shown.covers(confirmation):
            raise ChangeError(
                "The changes are not what was shown any more.",
                "Nothing was confirmed; look at them again.",
            )
        if confirmation.untold:
            raise ChangeError(
                " ".join(confirmation.untold), "Nothing was confirmed; sync and try again."
            )
        if confirmation.problems:
            raise ChangeError(
                " ".join(confirmation.problems), "Nothing was confirmed; edit it, or the config."
            )
        return tuple(
            self._store.move(
                change.id,
                ChangeState.QUEUED,
                expect=ChangeState.DRAFT,
                reason="Confirmed.",
                last_read=change,
            )
            for change in confirmation.changes
        )

    def cancel(self, change_id: int) -> Change:
        """Drop a change that was not sent, and what was signed for it.

        Raises:
            ChangeError: it was sent, or has ended.
        """
        self._must_write()
        while True:
            change = self._store.change(change_id)
            if change.state not in UNSENT:
                raise ChangeError(
                    f"Change {change.id} is {change.state.value}.",
                    "Only what was not sent is dropped.",
                )
            try:
                return self._store.move(
                    change_id, ChangeState.CANCELLED, expect=change.state, reason="Cancelled."
                )
            except ChangeError:
                # A run may make it wait, or send it, in between: what it is now decides.
                if self._store.change(change_id).state is change.state:
                    raise

    def edit(
        self,
        change_id: int,
        *,
        nmr: NMR | None = None,
        conditions: Conditions | None = None,
        setting: ModelSetting | None = None,
    ) -> Change:
        """Alter what a change that was not sent wants; ``None`` keeps it as it is.

        A change that was confirmed is a draft again: the yes was to something else. What was
        signed for it is given up.
        """
        self._must_write()
        change = self._store.change(change_id)
        amount = change.nmr if nmr is None else nmr
        _check_amount(change.kind, amount)
        after = change.conditions if conditions is None else conditions
        becomes = change.setting if setting is None else setting
        if (amount, after, becomes) == (change.nmr, change.conditions, change.setting):
            return change
        return self._store.edit(
            change,
            nmr=amount,
            conditions=after,
            setting=becomes,
            reason=_edited(change, amount, becomes),
        )

    def place(self, change_id: int, *, before: int | None = None) -> Change:
        """Put an unsent change right before another one, or behind all of them."""
        self._must_write()
        where = "behind all others" if before is None else f"before change {before}"
        return self._store.place(change_id, before=before, reason=f"Moved {where}.")

    def retry(self, change_id: int) -> Change:
        """Ask once more for what Numerai refused: a new draft that names the old change.

        Raises:
            ChangeError: it was not refused, or was asked for again already.
        """
        self._must_write()
        old = self._store.change(change_id)
        if old.state is not ChangeState.REFUSED:
            raise ChangeError(
                f"Change {old.id} is {old.state.value}.", "Only refused changes are retried."
            )
        for other in self._store.changes():
            if other.retry_of == old.id and other.state is not ChangeState.CANCELLED:
                raise ChangeError(
                    f"Change {other.id} is a retry of change {old.id} already; "
                    f"it is {other.state.value}.",
                    "Use that one.",
                )
        return self._store.add_change(
            model=self._model_of(old),
            system=old.system,
            kind=old.kind,
            nmr=old.nmr,
            conditions=old.conditions,
            reason=f"Retry of change {old.id}, which was refused.",
            retry_of=old.id,
            channel=old.channel,
            setting=old.setting,
            base=old.base,
        )

    @property
    def _channel(self) -> Channel:
        return Channel(self._atomic.channel)

    def _model_of(self, change: Change) -> Model:
        """The model of a change; a strategy stands for itself."""
        if change.kind in FUNDS:
            return strategy_model(change.tournament)
        return self._model(change.model_id)

    def _must_write(self) -> None:
        why = self._writable()
        if why:
            raise ReadOnly(why)

    def _check_system(self, model: Model, kind: ChangeKind) -> None:
        system = self._atomic.decide(model.tournament, self._store.systems())
        atomic = system is System.ATOMIC
        if atomic and kind in CONTINUOUS:
            raise ChangeError(
                f"{model.tournament.label} is on atomic staking: stakes are set per round.",
                "Set a per-round stake instead.",
            )
        if not atomic and kind not in CONTINUOUS:
            raise ChangeError(
                f"{model.tournament.label} is on continuous staking: it has no strategy.",
                "Increase or decrease the stake instead.",
            )

    def _check_certain(self, model: Model, kind: ChangeKind) -> None:
        why = uncertain(kind, model.id, model.tournament, self._store.missing(), name=model.name)
        if why is not None:
            raise ChangeError(why, "Sync and try again.")

    def _model(self, model_id: str) -> Model:
        model = self._store.model(model_id, archived=False)
        return replace(model, name=within(self._store.models())[model_id])


def _check_amount(kind: ChangeKind, nmr: NMR | None) -> None:
    if nmr is not None and kind not in WITH_AMOUNT:
        raise ChangeError(f"A change of kind {kind} has no amount.", "Leave it out.")


def _edited(change: Change, amount_now: NMR | None, setting: ModelSetting | None) -> str:
    """What an edit did, for the history, which has no other trace of what it was before."""
    amount = "" if amount_now == change.nmr else f" {amount_now} NMR instead of {change.nmr}."
    if setting is not None and change.setting is not None and setting != change.setting:
        from ledger.reports.words import setting as in_words

        amount += f" {in_words(setting)} instead of {in_words(change.setting)}."
    again = "" if change.state is ChangeState.DRAFT else " It has to be confirmed again."
    return f"Edited.{amount}{again}"
