"""The book: the single door through which any front end sees and changes the stakes.

Only what the first paint needs is imported at the top; the subjects, the other reports and the
sync are brought in where they are first asked for, since start-up time is felt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self

from ledger.account.tournaments import Tournaments
from ledger.clock import ServerClock, zone_of
from ledger.domain.model import Tournament
from ledger.errors import ChangeError, ConfigError, ReadOnly, StoreError
from ledger.reports.account.portfolio import Portfolio, build_portfolio
from ledger.syncing.numerai_access import NumeraiAccess

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.account.earnings import EarningsBook
    from ledger.account.home import HomeBook
    from ledger.account.records import RecordBook
    from ledger.account.risk import RiskBook
    from ledger.account.stakes import Stakes
    from ledger.chain.endpoint import Chain
    from ledger.clock import Clock
    from ledger.config.config import AtomicSettings, Config
    from ledger.domain.knowledge import Fact
    from ledger.domain.model import Model
    from ledger.domain.queue.change import Change
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.stakes.stake import ContinuousStake
    from ledger.domain.syncing.facts import Refetch, SyncLog, SyncProgress
    from ledger.domain.targets.allocation import Allocation
    from ledger.notices.finding import NoticeBook
    from ledger.numerai.client import NumeraiClient
    from ledger.numerai.exchanges import Observer
    from ledger.policy.policies import PolicyBook
    from ledger.queue.chain_access import ChainAccess
    from ledger.queue.queue import Queue
    from ledger.queue.wallet import KeyStore
    from ledger.reports.account.findable import Findable
    from ledger.reports.account.missing import MissingReport
    from ledger.reports.account.reach import Reach
    from ledger.reports.account.tournament import TournamentGlance
    from ledger.slots.slots import Slots
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader
    from ledger.targets.editor import Targets
    from ledger.targets.facts import PlanReading

STAKE_SCOPE = "stake"
"""The API key's scope without which Numerai refuses every stake change."""


class DemoControl(Protocol):
    """The part of the embedded Numerai that a demo moves."""

    def advance(self, *, rounds: int = 0, days: int = 0) -> datetime: ...
    def happen(self, event: str, /, **details: Any) -> None: ...


def _no_chain(_: AtomicSettings) -> NoReturn:
    raise ConfigError("This book was opened without a way to a chain.")


def _no_wallet() -> NoReturn:
    raise ConfigError("This book was opened without a wallet.")


class Book:
    """One profile's stakes: reads come from the ledger on disk, writes go through the queue.

    What concerns the whole account is said here, everything else by a subject: :attr:`queue`,
    :attr:`targets`, :attr:`stakes` and so on. Reading methods take milliseconds and may be called
    from any thread; :meth:`sync` talks to Numerai and belongs in a worker. ``connect`` is called
    once, at the first need; it may raise :class:`ledger.errors.CredentialsError`. ``chain``
    connects to the configured Ethereum endpoint, ``wallet`` opens what holds the owner's key; both
    are called when they are needed only. ``on_synced`` is called within every sync that went
    through. ``for_screen``: it is open for hours, so what takes much memory is done elsewhere.
    ``clock`` is this machine's, or one that follows Numerai's already.
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
        on_synced: Callable[[], None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
        chain: Callable[[AtomicSettings], Chain] = _no_chain,
        wallet: Callable[[], KeyStore] = _no_wallet,
        for_screen: bool = False,
    ) -> None:
        self.profile = profile
        self.clock = clock if isinstance(clock, ServerClock) else ServerClock(clock)
        self.clock.follow(store.skew())
        self._numerai = NumeraiAccess(store, self.clock, connect)
        self.clock.listen(self._numerai.skew)
        self.config = config
        self.read_only = read_only
        self._store = store
        self._demo = demo
        self._on_synced = on_synced
        self._on_close = on_close
        self._connect_chain = chain
        self._wallet = wallet
        self._for_screen = for_screen
        self._tournaments = Tournaments(store, config.atomic)
        self._syncs = 0

    @cached_property
    def queue(self) -> Queue:
        """Changes, from draft to settled."""
        from ledger.queue.queue import Queue

        return Queue(
            self._store,
            self.clock,
            self.config,
            tournaments=self._tournaments,
            writable=self.writable,
            numerai=self._numerai.client,
            chain=self._chain,
            setting=self.stakes.atomic.setting,
            read_only=self.read_only,
        )

    @cached_property
    def targets(self) -> Targets:
        """What stakes should become: edited, planned, and put into the queue."""
        from ledger.targets.editor import Targets
        from ledger.targets.files import TargetFiles

        files = TargetFiles(self._store.path.parent / "targets" / self.profile)
        return Targets(
            self._store,
            files,
            queue=self.queue,
            facts=self._plan_facts.facts,
            unlocks=lambda: self.stakes.atomic.unlocks().unlocks,
        )

    @cached_property
    def stakes(self) -> Stakes:
        """What is staked, locked and free when, on either system."""
        from ledger.account.stakes import Stakes

        return Stakes(
            self._store,
            self.clock,
            self.config.atomic,
            tournaments=self._tournaments,
            chain=self._chain_reader,
            read_only=self.read_only,
        )

    @cached_property
    def slots(self) -> Slots:
        """Submissions and scores by slot, who sat there, and shuffling."""
        from ledger.slots.slots import Slots

        return Slots(
            self._store, self.clock, tournaments=self._tournaments, read_only=self.read_only
        )

    @cached_property
    def home(self) -> HomeBook:
        """The account at a glance."""
        from ledger.account.home import HomeBook

        return HomeBook(
            self._store,
            self.clock,
            portfolio=self.portfolio,
            stakes=lambda: self.stakes,
            earnings=lambda: self.earnings,
            records=lambda: self.records,
            risk=lambda: self.risk,
            edited=self._edited,
        )

    def _edited(self) -> tuple[Allocation, ...]:
        """What targets that are being edited come to, by tournament."""
        return tuple(
            self.targets.allocation(tournament)
            for tournament in self.tournaments()
            if any(entry.text for entry in self._store.targets(tournament).entries.values())
        )

    @cached_property
    def earnings(self) -> EarningsBook:
        """What every round paid every model, how it came about, and where it may end."""
        from ledger.account.earnings import EarningsBook

        return EarningsBook(self._store, self.clock, self.records, read_only=self.read_only)

    @cached_property
    def risk(self) -> RiskBook:
        """What the running rounds may bring together, and which models that comes from."""
        from ledger.account.risk import RiskBook

        return RiskBook(self._store, self.clock, read_only=self.read_only, apart=self._for_screen)

    @cached_property
    def records(self) -> RecordBook:
        """Every movement of NMR, prices by day, and exports."""
        from ledger.account.records import RecordBook

        return RecordBook(
            self._store,
            self.clock,
            self.config.atomic,
            zone=zone_of(self.config.records.time_zone),
            read_only=self.read_only,
        )

    @cached_property
    def notices(self) -> NoticeBook:
        """What deserves attention."""
        from ledger.notices.finding import NoticeBook

        return NoticeBook(
            self._store,
            self.clock,
            self.config.notices,
            atomic=self.stakes.atomic,
            read_only=self.read_only,
            syncing=lambda: bool(self._syncs),
        )

    @cached_property
    def policy(self) -> PolicyBook:
        """Payout allocation: where payouts go, by percent."""
        from ledger.policy.policies import PolicyBook

        return PolicyBook(
            self._store,
            facts=self._plan_facts.facts,
            enqueue=lambda planned: self.queue.enqueue(planned.plan, realising=planned.realising),
            must_write=self._must_write,
        )

    def configure(self, config: Config) -> None:
        """Go by ``config`` from now on, as far as a book does that is open: by how figures look,
        and by limits. All else of it counts for a book that is opened later."""
        self.config = config
        # Only where they are: a cached property lies among the attributes once it was asked for.
        for subject in ("queue", "_plan_facts"):
            if subject in self.__dict__:
                getattr(self, subject).limit(config.limits)

    @property
    def demo(self) -> bool:
        """Whether this is the embedded Numerai, not the real one."""
        return self._demo is not None

    def now(self) -> datetime:
        """The time everything here is judged by, UTC: Numerai's where ours is off."""
        return self.clock.now()

    def clock_shift(self) -> timedelta:
        """What is added to this machine's time to get Numerai's; nothing while they agree."""
        return self.clock.shift

    def writable(self) -> str | None:
        """Why no change can be sent, or ``None`` when it can."""
        if self.read_only:
            return "Started with --read-only: nothing can be changed."
        account = self._store.account()
        if account is None:
            return "Nothing was synced yet, so there is nothing to change."
        if self._store.awaits_sync():
            return "The ledger was put back from a backup: sync first, to see what was sent since."
        if STAKE_SCOPE not in account.scopes:
            return (
                f"The API key lacks the scope “{STAKE_SCOPE}”. Make a key with it on Numerai's "
                "website, then run numstake-tui login."
            )
        return None

    def portfolio(self) -> Portfolio:
        """All models on one page."""
        models = self._store.models(archived=True)
        return self._portfolio(models, self._tournaments.glances(models))

    def _portfolio(
        self, models: Sequence[Model], glances: dict[Tournament, TournamentGlance]
    ) -> Portfolio:
        return build_portfolio(
            profile=self.profile,
            account=self._store.account(),
            models=models,
            stakes=self._store.stakes(),
            tournaments=glances,
            now=self.now(),
            missing=self._store.missing(),
        )

    def status(self) -> dict[str, Any]:
        """The account in a few figures, as they are kept after a sync."""
        from ledger.reports.account.status import build_status

        models = self._store.models(archived=True)
        glances = self._tournaments.glances(models)
        return build_status(
            self._portfolio(models, glances),
            glances,
            self.notices.of_submissions(),
            settled={one: self._store.last_settled(one) for one in glances},
            missing=len(self.missing().unseen),
            unknown_changes=self._store.unknown_changes(),
            now=self.now(),
            stale_after=timedelta(hours=self.config.notices.stale_after_hours),
        )

    def missing(self) -> MissingReport:
        """What Numerai does not tell, in sentences and one by one."""
        from ledger.reports.account.missing import build_missing
        from ledger.rules.naming import names

        missing = self._store.missing()
        return build_missing(missing, names(self._store.models(archived=True)) if missing else {})

    def findable(self) -> Findable:
        """Everything in the ledger that has a name or a number."""
        from ledger.reports.account.findable import build_findable

        return build_findable(
            self.models(),
            self._store.round_numbers(),
            self.slots.predictors.all(),
            self.queue.report(),
        )

    def back_up(self, file: Path, *, replace: bool = False) -> None:
        """Copy the ledger into ``file``, checked; ``replace`` one that is there.

        Raises:
            ReadOnly: started with --read-only.
            StoreError: this is a demo, ``file`` can't be written, or the ledger can't be used.
        """
        from ledger.store.backups import back_up

        if self.demo:
            raise StoreError("A demo's ledger holds nothing to keep.")
        if self.read_only:
            raise ReadOnly("Started with --read-only: no file is written.", "Start without it.")
        back_up(self._store.path, file, self.clock, force=replace)

    def acknowledge(self, facts: Iterable[Fact]) -> int:
        """Take what is missing of ``facts`` as seen: it stays unknown and visible, and is warned
        of no more. How many entries that were.

        Raises:
            ReadOnly: started with --read-only.
        """
        if self.read_only:
            raise ReadOnly("Started with --read-only: nothing can be changed.")
        return self._store.acknowledge(facts)

    def performances(self, model_id: str, last: int) -> tuple[Performance, ...]:
        """One model's newest ``last`` rounds with their scores."""
        model = self._tournaments.model(model_id)
        found = self._store.performances(model.tournament, model_id=model_id)
        return found[:last]

    def models(self) -> tuple[Model, ...]:
        """Every model there is or was, under its own name; :mod:`ledger.rules.naming` tells those
        of one name apart."""
        return self._store.models(archived=True)

    def tournaments(self) -> tuple[Tournament, ...]:
        """The tournaments this account has models in."""
        return self._tournaments.all()

    def last_sync(self) -> SyncLog | None:
        """The last sync that finished."""
        return self._store.last_sync()

    def reach(self) -> Reach:
        """How far back the ledger reaches, and a number that grows while a sync fills it."""
        from ledger.domain.syncing.coverage import Covered
        from ledger.reports.account.reach import build_reach

        self.clock.follow(self._store.skew())
        return build_reach(
            self._store.sync_state(), self._store.covered(Covered.PERFORMANCES).values()
        )

    def sync(
        self,
        on_progress: Callable[[SyncProgress], None] = lambda _: None,
        stop: threading.Event | None = None,
        *,
        observer: Observer | None = None,
        again: Refetch | None = None,
    ) -> SyncLog:
        """Fetch what is new from Numerai, then see what became of the changes under way.

        ``observer`` is told of every query and its answer. ``again``: fetch so much of the history
        anew, whatever the ledger holds of it.

        Raises:
            Cancelled: ``stop`` was set.
            NumeraiError, CredentialsError, StoreError: as they happen; the ledger stays as it was.
        """
        from ledger.domain.syncing.facts import SyncProgress
        from ledger.syncing.sync import sync

        client = self._numerai.client()

        def wait() -> None:
            on_progress(SyncProgress("waiting for another sync", 0, 1))

        with (
            self._under_way(),
            self._store.syncing(stop, wait),
            self._numerai.watched(observer),
        ):
            previous = self._store.stakes()
            log = sync(
                client,
                self._store,
                self.clock,
                history_rounds=self.config.numerai.history_rounds or None,
                on_progress=on_progress,
                stop=stop,
                atomic=self.config.atomic,
                chain=self._chain_reader,
                again=again,
            )
            self._look_after(previous)
            self._on_synced()
        return log

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._syncs += 1
        try:
            yield
        finally:
            self._syncs -= 1

    def _look_after(self, previous: Mapping[str, ContinuousStake]) -> None:
        """What a sync brought may end changes and pay policies; ``previous`` are the stakes by
        model id as they were before it."""
        from ledger.domain.queue.change import UNDER_WAY

        self.stakes.atomic.forget()
        if self.writable() is None:
            if self._store.changes(states=UNDER_WAY):
                self.queue.settle(previous)
            if any(map(self._store.policies.versions, Tournament)):
                self.policy.settle()
        self.records.keep()
        if not self.read_only:
            self.risk.keep()
        self._tournaments.keep_standings()
        self._store.keep_status(self.status())
        self._tournaments.forget()

    def advance(self, *, rounds: int = 0, days: int = 0) -> datetime:
        """Demo only: move the embedded Numerai's clock.

        Raises:
            ChangeError: this is not a demo.
        """
        if self._demo is None:
            raise ChangeError("Only the demo's clock can be moved.")
        from ledger.clock import OffsetClock

        now = self._demo.advance(rounds=rounds, days=days)
        if isinstance(self.clock.machine, OffsetClock):
            self.clock.machine.follow(now)
        return now

    def do_on_website(self, change_id: int) -> Change:
        """Demo only: let the embedded Numerai's website do what a confirmed change by hand says,
        and mark it as done.

        Raises:
            ChangeError: this is not a demo, or the change is not confirmed or goes another way.
            LedgerError: the website refuses it.
        """
        if self._demo is None:
            raise ChangeError(
                "Only the demo has a website of its own.",
                "Do it on the V3 Stakes page, then mark it as done.",
            )
        from ledger.queue.on_website import as_done_there

        event, details = as_done_there(self.queue.strategies.to_mark(change_id))
        self._demo.happen(event, **details)
        return self.queue.strategies.mark_done(change_id)

    def reconnect(self) -> None:
        """Take the key that is in the keyring now, at the next need."""
        self._numerai.reconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the ledger, the connection and, in a demo, of the embedded Numerai."""
        self._numerai.close()
        self._chain.close()
        self._store.close()
        self._on_close()

    def _must_write(self) -> None:
        why = self.writable()
        if why:
            raise ReadOnly(why)

    @cached_property
    def _plan_facts(self) -> PlanReading:
        from ledger.targets.facts import PlanReading

        return PlanReading(
            self._store,
            self.clock,
            self.config.limits,
            rounds=self._tournaments.rounds,
            atomic=self.stakes.atomic,
        )

    @cached_property
    def _chain(self) -> ChainAccess:
        from ledger.queue.chain_access import ChainAccess

        return ChainAccess(
            self._store,
            self.clock,
            self.config.atomic,
            profile=self.profile,
            connect=self._connect_chain,
            wallet=self._wallet,
            must_write=self._must_write,
            learn=self.stakes.atomic.learn_keys,
            numerai=self._numerai.client,
        )

    def _chain_reader(self) -> ChainReader | None:
        return self._chain.reader()
