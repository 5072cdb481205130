"""The book: the single door through which any front end sees and changes the stakes.

Only what the first paint needs is imported at the top; the other reports, the sync and the
executor are brought in by the method that uses them, since start-up time is felt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import ZERO
from ledger.errors import ChangeError
from ledger.reports.portfolio import Portfolio, build_portfolio
from ledger.reports.tournament import TournamentFacts

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.allocating import Allocator
    from ledger.clock import Clock
    from ledger.config import Config
    from ledger.desk import Desk
    from ledger.domain.allocation import Allocation
    from ledger.domain.change import Change, ChangeKind, Conditions
    from ledger.domain.facts import SyncLog, SyncProgress
    from ledger.domain.nmr import NMR
    from ledger.domain.payout import Performance
    from ledger.domain.plan import Plan, Simulation
    from ledger.domain.round import Round
    from ledger.domain.run import RunProgress, RunReport
    from ledger.domain.target import TargetSet
    from ledger.numerai.client import NumeraiClient
    from ledger.reports.confirmation import Confirmation
    from ledger.reports.earnings import EarningsReport
    from ledger.reports.preview import ChangePreview
    from ledger.reports.queue import ChangeHistory, QueueReport
    from ledger.reports.slots import SlotsReport
    from ledger.reports.stakes import StakesReport
    from ledger.store import Store

RUNNING_ROUNDS = 80
"""How many of the newest rounds the quick reports read: more than run at a time (64 with 60-day
scores) and some settled ones before them."""

SETTLED_ROUNDS = 12
"""How many settled rounds the quick reports look at behind the running ones."""

STAKE_SCOPE = "stake"
"""The API key's scope without which Numerai refuses every stake change."""


class DemoControl(Protocol):
    """The part of the embedded Numerai that a demo moves."""

    def advance(self, *, rounds: int = 0, days: int = 0) -> datetime: ...


class Book:
    """One profile's stakes: reads come from the ledger on disk, writes go through the queue.

    Reading methods take milliseconds and may be called from any thread; :meth:`sync`,
    :meth:`send` and :meth:`reconcile` talk to Numerai and belong in a worker. ``connect`` is
    called once, at the first need; it may raise :class:`ledger.errors.CredentialsError`.
    """

    def __init__(
        self,
        *,
        profile: str,
        store: Store,
        clock: Clock,
        config: Config,
        connect: Callable[[], NumeraiClient],
        read_only: bool = False,
        demo: DemoControl | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.profile = profile
        self.clock = clock
        self.config = config
        self.read_only = read_only
        self._store = store
        self._connect = connect
        self._demo = demo
        self._on_close = on_close
        self._client: NumeraiClient | None = None
        self._lock = threading.Lock()
        self._allocating: Allocator | None = None

    @cached_property
    def _desk(self) -> Desk:
        from ledger.desk import Desk

        return Desk(
            self._store,
            self.clock,
            self.config.limits,
            numerai=self._numerai,
            writable=self.writable,
        )

    @property
    def demo(self) -> bool:
        """Whether this is the embedded Numerai, not the real one."""
        return self._demo is not None

    def now(self) -> datetime:
        """The time everything here is judged by, UTC."""
        return self.clock.now()

    def writable(self) -> str | None:
        """Why no change can be sent, or ``None`` when it can."""
        if self.read_only:
            return "Started with --read-only: nothing can be changed."
        account = self._store.account()
        if account is None:
            return "Nothing was synced yet, so there is nothing to change."
        if STAKE_SCOPE not in account.scopes:
            return (
                f"The API key lacks the scope “{STAKE_SCOPE}”. Make a key with it on Numerai's "
                "website, then run numstake-tui login."
            )
        return None

    def portfolio(self) -> Portfolio:
        """All models on one page."""
        return build_portfolio(
            profile=self.profile,
            account=self._store.account(),
            models=self._store.models(),
            stakes=self._store.stakes(),
            tournaments=self._running(configs=False),
            now=self.now(),
        )

    def stakes(self) -> StakesReport:
        """What is staked, what changes when, and when NMR is free."""
        from ledger.reports.stakes import build_stakes

        return build_stakes(
            self._store.account(),
            self._store.models(),
            self._store.stakes(),
            self._running(configs=True),
            self.now(),
        )

    def earnings(self, tournament: Tournament, last: int | None = None) -> EarningsReport:
        """Rounds by models of one tournament, the newest ``last`` rounds."""
        from ledger.reports.earnings import build_earnings

        facts = self._facts(tournament, last)
        return build_earnings(facts, self._models_of(tournament), last)

    def slots(self, tournament: Tournament, last: int | None = None) -> SlotsReport:
        """Submissions and scores of one tournament, the newest ``last`` rounds."""
        from ledger.reports.slots import build_slots

        facts = self._facts(tournament, last)
        return build_slots(facts, self._models_of(tournament), self.now(), last)

    def performances(self, model_id: str, last: int) -> tuple[Performance, ...]:
        """One model's newest ``last`` rounds with their scores."""
        model = self._model(model_id)
        found = self._store.performances(model.tournament, model_id=model_id)
        return found[:last]

    def tournaments(self) -> tuple[Tournament, ...]:
        """The tournaments this account has models in."""
        return tuple(sorted({model.tournament for model in self._store.models()}))

    def queue(self) -> QueueReport:
        """Every change, newest first."""
        return self._desk.queue()

    def history(self, change_id: int) -> ChangeHistory:
        """One change with everything it went through."""
        return self._desk.history(change_id)

    def last_sync(self) -> SyncLog | None:
        """The last sync that finished."""
        return self._store.last_sync()

    def sync(
        self,
        on_progress: Callable[[SyncProgress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> SyncLog:
        """Fetch what is new from Numerai, then see what became of the changes under way.

        Raises:
            Cancelled: ``stop`` was set.
            NumeraiError, CredentialsError, StoreError: as they happen; the ledger stays as it was.
        """
        from ledger.settling import settle
        from ledger.sync import sync

        previous = self._store.stakes()
        log = sync(
            self._numerai(),
            self._store,
            self.clock,
            history_rounds=self.config.numerai.history_rounds or None,
            on_progress=on_progress,
            stop=stop,
        )
        if self.writable() is None:
            self.recover()
            self._desk.reconcile_unknown()
            settle(self._store, self.clock, previous)
        return log

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
        from ledger.reports.preview import PreviewFacts, build_preview

        model = self._model(model_id)
        account = self._store.account()
        facts = PreviewFacts(
            model=model,
            system=self._system(model.tournament),
            stake=self._store.stakes().get(model_id),
            available=account.available if account else ZERO,
            rounds=self._running_rounds(model.tournament),
            open_change=in_the_way,
        )
        return build_preview(facts, kind, amount, self.now())

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

    def confirm_all(self, change_ids: Sequence[int]) -> tuple[Change, ...]:
        """Several drafts become queued, or none when one of them can't."""
        return self._desk.confirm(change_ids)

    def cancel(self, change_id: int) -> Change:
        """Drop a change that was not sent."""
        return self._desk.cancel(change_id)

    def edit(
        self, change_id: int, *, nmr: NMR | None = None, conditions: Conditions | None = None
    ) -> Change:
        """Alter a change that was not sent; a confirmed one has to be confirmed again."""
        return self._desk.edit(change_id, nmr=nmr, conditions=conditions)

    def place(self, change_id: int, *, before: int | None = None) -> Change:
        """Put an unsent change right before another one, or behind all of them."""
        return self._desk.place(change_id, before=before)

    def retry(self, change_id: int) -> Change:
        """Ask once more for what Numerai refused: a new draft that names the old change."""
        return self._desk.retry(change_id)

    def send(self, change_id: int) -> Change:
        """Send a confirmed change once; a lost answer is looked into at once, never resent."""
        return self._desk.send(change_id)

    def run(
        self,
        on_progress: Callable[[RunProgress], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> RunReport:
        """Send everything that is due, in the queue's order; ``stop`` is heeded in between."""
        return self._desk.run(on_progress, stop)

    def reconcile(self, change_id: int) -> Change:
        """Look in the account for what became of a change whose answer was lost."""
        return self._desk.reconcile(change_id)

    def judge(self, change_id: int, *, arrived: bool) -> Change:
        """Take the user's word for what became of a change whose answer was lost."""
        return self._desk.judge(change_id, arrived=arrived)

    def recover(self) -> tuple[Change, ...]:
        """Mark changes whose process died while sending as unknown, and return them."""
        return () if self.read_only else self._desk.recover()

    def allocation(self, tournament: Tournament, targets: TargetSet | None = None) -> Allocation:
        """The edited targets of one tournament, or ``targets``, and what they take."""
        return self._allocator.allocation(tournament, targets)

    def simulation(
        self, tournament: Tournament, rounds: int = 30, targets: TargetSet | None = None
    ) -> Simulation:
        """The account over the next ``rounds`` rounds with that plan carried out."""
        return self._allocator.simulation(tournament, rounds, targets)

    def set_target(self, tournament: Tournament, model_id: str, text: str) -> Allocation:
        """Keep one target as typed (``25%``, ``+3``, ``=40``, ``max``); "" takes it away."""
        return self._allocator.edit(tournament, {model_id: text})

    def set_targets(self, tournament: Tournament, texts: Mapping[str, str]) -> Allocation:
        """Keep several targets, by model id, as one step to undo."""
        return self._allocator.edit(tournament, texts)

    def lock(self, tournament: Tournament, model_id: str, on: bool) -> Allocation:
        """Have helpers leave a row alone, or not any more."""
        return self._allocator.lock(tournament, model_id, on=on)

    def undo_target(self, tournament: Tournament) -> Allocation:
        """Take back the last edit of targets, if there is one."""
        return self._allocator.undo(tournament)

    def redo_target(self, tournament: Tournament) -> Allocation:
        """Make the last edit that was undone again, if there is one."""
        return self._allocator.redo(tournament)

    def clear_targets(self, tournament: Tournament) -> Allocation:
        """Take every target away, as one step to undo; locks stay."""
        return self._allocator.clear(tournament)

    def suggest(
        self,
        tournament: Tournament,
        method: str,
        *,
        last: int = 60,
        floor: NMR | None = None,
        cap: NMR | None = None,
        with_wallet: bool = False,
    ) -> dict[str, NMR]:
        """What a helper would give the rows that are not locked, by model id; keeps nothing.

        ``method`` is one of :class:`ledger.domain.allocation.SuggestionKind`.
        """
        return self._allocator.suggest(
            tournament, method, last=last, floor=floor, cap=cap, with_wallet=with_wallet
        )

    def enqueue_allocation(self, tournament: Tournament) -> tuple[Change, ...]:
        """Put the plan of the edited targets into the queue as drafts."""
        return self._allocator.enqueue(tournament)

    def target_sets(self, tournament: Tournament | None = None) -> tuple[str, ...]:
        """The names of saved targets, all or those of one tournament."""
        return self._allocator.names(tournament)

    def save_targets(
        self, tournament: Tournament, name: str, *, replace: bool = False
    ) -> Allocation:
        """Save the edited targets; a name that is taken is overwritten with ``replace`` only."""
        return self._allocator.save(tournament, name, replace=replace)

    def load_targets(self, tournament: Tournament, name: str) -> Allocation:
        """Make saved targets the edited ones, as one step to undo."""
        return self._allocator.load(tournament, name)

    def duplicate_targets(self, name: str, new_name: str) -> None:
        """Copy saved targets."""
        self._allocator.duplicate(name, new_name)

    def delete_targets(self, name: str) -> None:
        """Remove saved targets; the edited ones stay."""
        self._allocator.delete(name)

    def read_targets(self, source: str) -> TargetSet:
        """Saved targets by name, or those in a file."""
        return self._allocator.read(source)

    def import_targets(self, path: Path) -> Allocation:
        """Make the targets in a file the edited ones of their tournament."""
        return self._allocator.take(path)

    def export_targets(self, tournament: Tournament) -> str:
        """The edited targets as the text of a file."""
        return self._allocator.written(tournament)

    def advance(self, *, rounds: int = 0, days: int = 0) -> datetime:
        """Demo only: move the embedded Numerai's clock.

        Raises:
            ChangeError: this is not a demo.
        """
        if self._demo is None:
            raise ChangeError("Only the demo's clock can be moved.")
        from ledger.clock import OffsetClock

        now = self._demo.advance(rounds=rounds, days=days)
        if isinstance(self.clock, OffsetClock):
            self.clock.follow(now)
        return now

    def close(self) -> None:
        """Let go of the ledger, the connection and, in a demo, of the embedded Numerai."""
        if self._client is not None:
            self._client.close()
        self._store.close()
        self._on_close()

    def _numerai(self) -> NumeraiClient:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    @property
    def _allocator(self) -> Allocator:
        with self._lock:
            if self._allocating is None:
                from ledger.allocating import Allocator
                from ledger.targets import TargetFiles

                self._allocating = Allocator(
                    self._store,
                    self.clock,
                    self.config.limits,
                    desk=self._desk,
                    files=TargetFiles(self._store.path.parent / "targets" / self.profile),
                    rounds=self._running_rounds,
                )
            return self._allocating

    def _model(self, model_id: str) -> Model:
        for model in self._store.models(archived=True):
            if model.id == model_id:
                return model
        raise ChangeError("That model is not in the ledger.", "Sync and try again.")

    def _models_of(self, tournament: Tournament) -> list[Model]:
        models = self._store.models(archived=True)
        return [model for model in models if model.tournament is tournament]

    def _open_change(self, model_id: str, besides: int | None = None) -> Change | None:
        from ledger.domain.change import ChangeState

        before_numerai = {state for state in ChangeState if state.open} - {ChangeState.ACCEPTED}
        changes = self._store.changes(states=before_numerai)
        same = (one for one in changes if one.model_id == model_id and one.id != besides)
        return next(same, None)

    def _running(self, *, configs: bool) -> dict[Tournament, TournamentFacts]:
        """Every tournament's running rounds and some settled ones, for the quick reports.

        Submissions come of the newest rounds only; ``configs`` brings the rounds' score configs.
        """
        running = {}
        for tournament in self.tournaments():
            rounds = self._store.rounds(tournament, newest=RUNNING_ROUNDS, scores=configs)
            settled = [entry.number for entry in rounds if entry.resolved]
            since = settled[SETTLED_ROUNDS - 1] if len(settled) >= SETTLED_ROUNDS else None
            newest = rounds[2].number if len(rounds) > 2 else None
            running[tournament] = TournamentFacts(
                tournament=tournament,
                system=self._system(tournament),
                rounds=rounds,
                performances=self._store.performances(tournament, since=since, scores=False),
                submissions=self._store.submissions(tournament, since=newest),
            )
        return running

    def _system(self, tournament: Tournament) -> System:
        return self._store.systems().get(tournament, System.CONTINUOUS)

    def _running_rounds(self, tournament: Tournament) -> tuple[Round, ...]:
        return self._store.rounds(tournament, newest=RUNNING_ROUNDS)

    def _facts(self, tournament: Tournament, last: int | None) -> TournamentFacts:
        rounds = self._store.rounds(tournament, newest=last)
        since = rounds[-1].number if rounds and last is not None else None
        return TournamentFacts(
            tournament=tournament,
            system=self._system(tournament),
            rounds=rounds,
            performances=self._store.performances(tournament, since=since),
            submissions=self._store.submissions(tournament, since=since),
        )
