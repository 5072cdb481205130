"""Where confirmed changes go out, each once, and where lost answers are looked into."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ledger.domain.queue.change import ChangeState
from ledger.errors import ChangeError, LedgerBusy, NumeraiError
from ledger.rules import typed
from ledger.rules.queue.limits import Limits
from ledger.store.turns import OTHERS_TURN

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.config import AtomicSettings, LimitSettings, NumeraiSettings
    from ledger.domain.queue.change import Change
    from ledger.domain.queue.run import RunProgress, RunReport
    from ledger.numerai.client import NumeraiClient
    from ledger.queue.executor import Executor
    from ledger.queue.signing import Signing
    from ledger.queue.strategy_executor import Broadcaster
    from ledger.store import Store


class ChainAccess(Protocol):
    """The way to the chain and what was signed for it; see :mod:`ledger.queue.chain_access`."""

    @property
    def settings(self) -> AtomicSettings: ...
    def broadcaster(self) -> Broadcaster | None: ...
    def signing(self) -> Signing: ...


def limits_of(settings: LimitSettings) -> Limits:
    """What the config lets out."""
    return Limits(
        per_change=typed.amount(settings.per_change_nmr) if settings.per_change_nmr else None,
        per_day=typed.amount(settings.per_day_nmr) if settings.per_day_nmr else None,
        tournaments=settings.tournaments,
        models=settings.models,
    )


class Outbox:
    """Sends what one ledger's queue holds; everything but :meth:`recover` talks to Numerai or the
    chain and belongs in a worker.

    ``must_write`` raises :class:`ledger.errors.ReadOnly` where nothing may be changed;
    ``distances`` are those that writes keep.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: Limits,
        *,
        numerai: Callable[[], NumeraiClient],
        must_write: Callable[[], None],
        chain: ChainAccess,
        distances: NumeraiSettings | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._numerai = numerai
        self._must_write = must_write
        self._chain = chain
        self._distances = distances

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
        """Send everything that is due; see :func:`ledger.queue.run.run_queue`."""
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
            Those changes; nothing while another process is executing.
        """
        from ledger.queue.executor import recover

        if self._store.read_only or not self._store.changes(states={ChangeState.SENDING}):
            return ()
        try:
            with self._store.executing():
                return recover(self._store)
        except LedgerBusy:
            return ()

    def reconcile_unknown(self) -> None:
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

    def offer_again(self, change_id: int) -> Change:
        """Hand a signed transaction that no node knows to the chain once more."""
        self._must_write()
        return self._executor().offer_again(change_id)

    def _executor(self) -> Executor:
        from ledger.queue.executor import Executor

        return Executor(
            self._store,
            self._numerai(),
            self._clock,
            self._limits,
            broadcaster=self._chain.broadcaster(),
            patience=timedelta(seconds=self._chain.settings.receipt_timeout),
            atomic=self._chain.settings,
            distances=self._distances,
            turn=OTHERS_TURN,
        )
