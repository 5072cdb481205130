"""A change from draft to settled: previewed, confirmed, put in order, sent once, looked into."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.domain import typed
from ledger.domain.nmr import ZERO
from ledger.domain.queue.change import ChangeState
from ledger.errors import ChangeError, LedgerBusy, NumeraiError
from ledger.queue.drafts import Drafts
from ledger.rules.naming import within
from ledger.rules.queue.limits import Limits
from ledger.store.turns import OTHERS_TURN

if TYPE_CHECKING:
    from ledger.account.tournaments import Tournaments
    from ledger.clock import Clock
    from ledger.config.config import Config, LimitSettings
    from ledger.domain.queue.change import Change, ChangeKind
    from ledger.domain.queue.run import RunProgress, RunReport
    from ledger.domain.stakes.stake import ContinuousStake
    from ledger.domain.stakes.strategy import Channel, ModelSetting
    from ledger.numerai.client import NumeraiClient
    from ledger.queue.chain_access import ChainAccess
    from ledger.queue.executor import Executor
    from ledger.queue.signing import Signing
    from ledger.queue.strategy_drafts import StrategyDrafts
    from ledger.reports.queue.preview import ChangePreview
    from ledger.store import Store

_BEFORE_NUMERAI = frozenset(state for state in ChangeState if state.open) - {ChangeState.ACCEPTED}
"""The states of changes that may still leave, or of which nobody knows whether they arrived."""


class Queue(Drafts):
    """Stake changes of one profile: kept on disk as :class:`Drafts` says, and sent from here.

    Every method that writes raises :class:`ledger.errors.ReadOnly` where nothing may change.
    :meth:`send`, :meth:`run`, :meth:`reconcile`, :meth:`judge`, :meth:`settle` and
    :meth:`offer_again` talk to Numerai or the chain and belong in a worker. ``setting`` is a
    model's present setting by its id, as far as all of it is known; ``read_only``: the profile was
    opened to be looked at.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: Config,
        *,
        tournaments: Tournaments,
        writable: Callable[[], str | None],
        numerai: Callable[[], NumeraiClient],
        chain: ChainAccess,
        setting: Callable[[str], ModelSetting | None],
        read_only: bool = False,
    ) -> None:
        super().__init__(
            store,
            clock,
            config.limits,
            limits=_limits(config.limits),
            writable=writable,
            atomic=config.atomic,
        )
        self._distances = config.numerai
        self._tournaments = tournaments
        self._numerai = numerai
        self._chain = chain
        self._present_setting = setting
        self._read_only = read_only

    def limit(self, settings: LimitSettings) -> None:
        """Let no more out than ``settings`` say, from now on."""
        self._settings, self._limits = settings, _limits(settings)

    @property
    def signing(self) -> Signing:
        """Transactions of allocation strategies: exported, signed, kept."""
        return self._chain.signing

    def trouble_with(self, channel: Channel, change: Change) -> str | None:
        """Why a change of a strategy can't go out that way here, ``None`` where nothing is known
        against it. The keyring is touched for a signature only."""
        return self._chain.trouble_with(channel, change)

    @cached_property
    def strategies(self) -> StrategyDrafts:
        """Changes of allocation strategies: wished for, marked as done."""
        from ledger.queue.strategy_drafts import StrategyDrafts

        return StrategyDrafts(
            self._store,
            self._clock,
            self._atomic,
            must_write=self._must_write,
            setting_of=self._present_setting,
        )

    def preview(self, model_id: str, kind: ChangeKind, amount: str = "") -> ChangePreview:
        """What a change would do; ``amount`` as typed (``2.5``, ``25%``, ``max``)."""
        return self.previews(model_id, kind, amount)[0]

    def previews(self, model_id: str, kind: ChangeKind, *amounts: str) -> tuple[ChangePreview, ...]:
        """The same for several amounts, the facts looked up once."""
        return self._previews(model_id, kind, amounts, self._open_change(model_id))

    def review(self, change_id: int) -> ChangePreview:
        """What a change that is already in the queue would do if it were sent now."""
        change = self._store.change(change_id)
        amount = "" if change.nmr is None else str(change.nmr)
        other = self._open_change(change.model_id, besides=change_id)
        return self._previews(change.model_id, change.kind, (amount,), other)[0]

    def send(self, change_id: int) -> Change:
        """Send one confirmed change once; a lost answer is looked into at once, never resent."""
        self._must_write()
        executor = self._executor()
        change = executor.send(change_id)
        if change.state is not ChangeState.UNKNOWN:
            return change
        try:
            return executor.reconcile(change_id)
        except NumeraiError:
            return change

    def run(
        self,
        on_progress: Callable[[RunProgress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> RunReport:
        """Send everything that is due, in the queue's order; ``stop`` is heeded in between. See
        :func:`ledger.queue.run.run_queue`."""
        from ledger.queue.run import run_queue

        self._must_write()
        return run_queue(
            self._executor(),
            self._store,
            stop=stop,
            on_progress=on_progress,
            patience=OTHERS_TURN,
        )

    def reconcile(self, change_id: int) -> Change:
        """Look in the account for what became of a change whose answer was lost."""
        self._must_write()
        return self._executor().reconcile(change_id)

    def judge(self, change_id: int, *, arrived: bool) -> Change:
        """Take the user's word for what became of a change whose answer was lost."""
        self._must_write()
        return self._executor().judge(change_id, arrived=arrived)

    def recover(self) -> tuple[Change, ...]:
        """Mark changes whose process died while sending as unknown.

        Returns:
            Those changes; nothing while another process is executing, or where nothing may be
            changed.
        """
        from ledger.queue.executor import recover

        if self._read_only or self._store.read_only:
            return ()
        if not self._store.changes(states={ChangeState.SENDING}):
            return ()
        try:
            with self._store.executing():
                return recover(self._store)
        except LedgerBusy:
            return ()

    def settle(self, previous: Mapping[str, ContinuousStake]) -> None:
        """Look what became of the changes under way, once a sync went through.

        ``previous`` are the stakes by model id as they were before it.
        """
        from ledger.queue.settling import settle
        from ledger.queue.strategy_settling import settle_strategies

        self.recover()
        self._reconcile_unknown()
        settle(self._store, previous)
        settle_strategies(self._store)

    def offer_again(self, change_id: int) -> Change:
        """Hand a signed transaction that no node knows to the chain once more."""
        self._must_write()
        return self._executor().offer_again(change_id)

    def _reconcile_unknown(self) -> None:
        """Look into every lost answer, and for what was accepted and not seen; what can't be told
        now is tried again another time."""
        from ledger.queue.executor import recover
        from ledger.queue.reconciling import in_doubt

        if not in_doubt(self._store):
            return
        executor = self._executor()
        with suppress(LedgerBusy), self._store.executing():
            recover(self._store)
            for change in in_doubt(self._store):
                try:
                    executor.look_into(change)
                except NumeraiError:
                    return
                except ChangeError:
                    continue  # nobody to ask about this one: its chain or model is gone

    def _executor(self) -> Executor:
        from ledger.queue.executor import Executor

        return Executor(
            self._store,
            self._numerai(),
            self._clock,
            self._limits,
            broadcaster=self._chain.broadcaster(),
            patience=timedelta(seconds=self._atomic.receipt_timeout),
            atomic=self._atomic,
            distances=self._distances,
            turn=OTHERS_TURN,
        )

    def _previews(
        self,
        model_id: str,
        kind: ChangeKind,
        amounts: Iterable[str],
        in_the_way: Change | None,
    ) -> tuple[ChangePreview, ...]:
        from ledger.reports.queue.preview import PreviewFacts, build_preview

        models = self._store.models(archived=True)
        listed = next((one for one in models if one.id == model_id), None)
        model = listed or self._tournaments.model(model_id)  # which says that there is none
        account = self._store.account()
        facts = PreviewFacts(
            model=replace(model, name=within(models)[model_id]),
            system=self._tournaments.system(model.tournament),
            stake=self._store.stakes().get(model_id),
            available=account.available if account else ZERO,
            rounds=self._tournaments.rounds(model.tournament, scores=False),
            open_change=in_the_way,
            missing=self._store.missing(),
        )
        now = self._clock.now()
        return tuple(build_preview(facts, kind, amount, now) for amount in amounts)

    def _open_change(self, model_id: str, besides: int | None = None) -> Change | None:
        changes = self._store.changes(states=_BEFORE_NUMERAI)
        same = (change for change in changes if change.model_id == model_id)
        return next((change for change in same if change.id != besides), None)


def _limits(settings: LimitSettings) -> Limits:
    """What the config lets out."""
    return Limits(
        per_change=typed.amount(settings.per_change_nmr) if settings.per_change_nmr else None,
        per_day=typed.amount(settings.per_day_nmr) if settings.per_day_nmr else None,
        tournaments=settings.tournaments,
        models=settings.models,
    )
