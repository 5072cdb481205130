"""The book's queue: changes previewed, drafted, confirmed, put in order and sent.

Part of :class:`ledger.book.Book`, so loaded before the first paint: what a method needs is
imported by that method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ledger.domain.nmr import ZERO

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from ledger.account.strategies import StrategyBook
    from ledger.account.tournaments import Tournaments
    from ledger.clock import Clock
    from ledger.config import Config
    from ledger.domain.nmr import NMR
    from ledger.domain.queue.change import Change, ChangeKind, Conditions
    from ledger.domain.queue.run import RunProgress, RunReport
    from ledger.domain.stakes.strategy import ModelSetting
    from ledger.domain.targets.plan import Plan
    from ledger.queue.chain_access import ChainAccess
    from ledger.queue.drafts import Desk
    from ledger.queue.outbox import Outbox
    from ledger.queue.signing import Signing
    from ledger.queue.strategy_drafts import StrategyDrafts
    from ledger.reports.queue.confirmation import Confirmation
    from ledger.reports.queue.preview import ChangePreview
    from ledger.reports.queue.queue import ChangeHistory, QueueReport
    from ledger.store import Store


class BookQueue(ABC):
    """Stake changes of one profile. Writing methods raise ``ReadOnly`` where nothing may change.

    :meth:`send`, :meth:`run`, :meth:`reconcile` and :meth:`judge` talk to Numerai and belong in
    a worker.
    """

    clock: Clock
    read_only: bool
    _store: Store
    _tournaments: Tournaments
    config: Config

    @property
    @abstractmethod
    def atomic(self) -> StrategyBook: ...

    @property
    @abstractmethod
    def _desk(self) -> Desk: ...

    @property
    @abstractmethod
    def _outbox(self) -> Outbox: ...

    @property
    @abstractmethod
    def _chain(self) -> ChainAccess: ...

    @abstractmethod
    def _must_write(self) -> None: ...

    @property
    def signing(self) -> Signing:
        """Transactions of allocation strategies: exported, signed, kept."""
        return self._chain.signing()

    @property
    def strategies(self) -> StrategyDrafts:
        """Changes of allocation strategies: wished for, marked as done."""
        from ledger.queue.strategy_drafts import StrategyDrafts

        return StrategyDrafts(
            self._store,
            self.clock,
            self.config.atomic,
            must_write=self._must_write,
            setting_of=self.atomic.setting,
        )

    def offer_again(self, change_id: int) -> Change:
        """Hand a signed transaction that no node knows to the chain once more."""
        return self._outbox.offer_again(change_id)

    def queue(self) -> QueueReport:
        """Every change, newest first."""
        return self._desk.queue()

    def history(self, change_id: int) -> ChangeHistory:
        """One change with everything it went through."""
        return self._desk.history(change_id)

    def preview(self, model_id: str, kind: ChangeKind, amount: str = "") -> ChangePreview:
        """What a change would do; ``amount`` as typed (``2.5``, ``25%``, ``max``)."""
        return self._preview(model_id, kind, amount, self._open_change(model_id))

    def review(self, change_id: int) -> ChangePreview:
        """What a change that is already in the queue would do if it were sent now."""
        change = self._store.change(change_id)
        amount = "" if change.nmr is None else str(change.nmr)
        other = self._open_change(change.model_id, besides=change_id)
        return self._preview(change.model_id, change.kind, amount, other)

    def _preview(
        self, model_id: str, kind: ChangeKind, amount: str, in_the_way: Change | None
    ) -> ChangePreview:
        from ledger.reports.queue.preview import PreviewFacts, build_preview

        model = self._tournaments.model(model_id)
        account = self._store.account()
        facts = PreviewFacts(
            model=model,
            system=self._tournaments.system(model.tournament),
            stake=self._store.stakes().get(model_id),
            available=account.available if account else ZERO,
            rounds=self._tournaments.rounds(model.tournament),
            open_change=in_the_way,
            missing=self._store.missing(),
        )
        return build_preview(facts, kind, amount, self.clock.now())

    def draft(self, preview: ChangePreview) -> Change:
        """Keep a change in the queue as a draft.

        Raises:
            ReadOnly: nothing may be written; so do all methods below.
            ChangeError: the preview has a problem.
        """
        return self._desk.draft(preview)

    def add(
        self,
        model_id: str,
        kind: ChangeKind,
        nmr: NMR | None = None,
        conditions: Conditions | None = None,
        reason: str = "Drafted.",
    ) -> Change:
        """Keep a change with conditions as a draft, without a preview's objections."""
        return self._desk.add(model_id, kind, nmr, conditions, reason)

    def enqueue(self, plan: Plan) -> tuple[Change, ...]:
        """Put a whole plan into the queue as drafts, in place of what it replaces."""
        return self._desk.enqueue(plan)

    def confirmation(self, change_ids: Sequence[int]) -> Confirmation:
        """What a yes to these changes would mean: sentences, total, limits touched."""
        return self._desk.confirmation(change_ids)

    def confirm(self, change_id: int) -> Change:
        """A draft becomes queued: the user said yes to it."""
        return self._desk.confirm([change_id])[0]

    def confirm_all(
        self, change_ids: Sequence[int], *, typed_total: NMR | None = None
    ) -> tuple[Change, ...]:
        """Several drafts become queued, or none when one of them can't.

        ``typed_total``: what was typed as their total, where that had to be typed.

        Raises:
            ChangeError: one of them can't be confirmed, or the total is another one.
        """
        return self._desk.confirm(change_ids, typed_total=typed_total)

    def cancel(self, change_id: int) -> Change:
        """Drop a change that was not sent."""
        return self._desk.cancel(change_id)

    def edit(
        self,
        change_id: int,
        *,
        nmr: NMR | None = None,
        conditions: Conditions | None = None,
        setting: ModelSetting | None = None,
    ) -> Change:
        """Alter a change that was not sent; a confirmed one has to be confirmed again."""
        return self._desk.edit(change_id, nmr=nmr, conditions=conditions, setting=setting)

    def place(self, change_id: int, *, before: int | None = None) -> Change:
        """Put an unsent change right before another one, or behind all of them."""
        return self._desk.place(change_id, before=before)

    def retry(self, change_id: int) -> Change:
        """Ask once more for what Numerai refused: a new draft that names the old change."""
        return self._desk.retry(change_id)

    def send(self, change_id: int) -> Change:
        """Send a confirmed change once; a lost answer is looked into at once, never resent."""
        return self._outbox.send(change_id)

    def run(
        self,
        on_progress: Callable[[RunProgress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> RunReport:
        """Send everything that is due, in the queue's order; ``stop`` is heeded in between."""
        return self._outbox.run(on_progress, stop)

    def reconcile(self, change_id: int) -> Change:
        """Look in the account for what became of a change whose answer was lost."""
        return self._outbox.reconcile(change_id)

    def judge(self, change_id: int, *, arrived: bool) -> Change:
        """Take the user's word for what became of a change whose answer was lost."""
        return self._outbox.judge(change_id, arrived=arrived)

    def recover(self) -> tuple[Change, ...]:
        """Mark changes whose process died while sending as unknown, and return them."""
        return () if self.read_only else self._outbox.recover()

    def _open_change(self, model_id: str, besides: int | None = None) -> Change | None:
        from ledger.domain.queue.change import ChangeState

        before_numerai = {state for state in ChangeState if state.open} - {ChangeState.ACCEPTED}
        changes = self._store.changes(states=before_numerai)
        same = (one for one in changes if one.model_id == model_id and one.id != besides)
        return next(same, None)
