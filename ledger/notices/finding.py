"""Finding notices in the ledger, and telling them, as the book offers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeState
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.strategy import Channel
from ledger.reports.notices.facts import NoticeFacts, RecentRounds
from ledger.reports.notices.notice import Notice
from ledger.reports.notices.notices import (
    FIRST_SYNC,
    NEVER_SYNCED,
    RECENT,
    build_notices,
    submission_notices,
)
from ledger.rules.notices.quantiles import RANK, burned_beyond

if TYPE_CHECKING:
    from ledger.account.strategies import StrategyBook
    from ledger.clock import ServerClock
    from ledger.config.settings import NoticeSettings
    from ledger.domain.model import Account, Tournament
    from ledger.domain.queue.change import Change
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.rounds.round import Round
    from ledger.store import Store

_ROUNDS = 4
"""Newest rounds whose submissions are looked at."""

_KEEP = 160
"""Newest rounds in which those are that resolved in the last days: 64 run at a time."""


def _with_some(staked: Mapping[str, NMR | None]) -> dict[str, NMR | None]:
    """Models with a settled stake, or with a setting that stakes in the next round, by id; with
    what a round stakes of theirs."""
    return {key: nmr for key, nmr in staked.items() if nmr != ZERO}


class NoticeBook:
    """Notices of one ledger. Needs no network; belongs in a worker all the same.

    ``read_only``: the command is not run, since what it was told could not be kept. ``syncing``
    says whether a sync is under way.
    """

    def __init__(
        self,
        store: Store,
        clock: ServerClock,
        settings: NoticeSettings,
        *,
        atomic: StrategyBook,
        read_only: bool = False,
        syncing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._atomic = atomic
        self._read_only = read_only or store.read_only
        self._syncing = syncing
        self._kept: tuple[int, tuple[RecentRounds, ...]] | None = None
        self.config = ""
        """What is the matter with the config, in a sentence; "" while nothing is."""

    def all(self) -> tuple[Notice, ...]:
        """What deserves attention now, the most urgent first."""
        from ledger.rules.stakes.strategy_facts import next_stakes

        store, account = self._store, self._store.account()
        if account is None:
            return (FIRST_SYNC if self._syncing() else NEVER_SYNCED,)
        own = self._atomic.tournaments()
        staked = self._staked()
        for tournament in own:
            staked |= next_stakes(self._atomic.facts(tournament))
        facts = self._facts(account, self._recent_rounds(), _with_some(staked))
        return build_notices(
            replace(
                facts,
                strategy_notices=self._atomic.notices(),
                records=store.records.since(facts.now - RECENT),
                atomic=bool(own),
                missing=store.missing(),
                corrections=store.corrections(facts.now - RECENT),
                clock_shift=self._clock.shift,
                undone=self._undone(),
                config=self.config,
                syncing=self._syncing(),
            )
        )

    def of_submissions(self) -> tuple[Notice, ...]:
        """Those of :meth:`all` that are about submissions of open rounds, from much less."""
        account = self._store.account()
        if account is None:
            return ()
        own = sorted({model.tournament for model in self._store.models()})
        recent = [
            self._newest_rounds(one, self._store.rounds(one, newest=_ROUNDS, scores=False))
            for one in own
        ]
        now, atomic = self._clock.now(), self._atomic.tournaments()
        staked = self._staked()
        for one in recent:
            opened = {entry.number for entry in one.rounds if entry.opens <= now}
            awaited = {
                row.model_id
                for row in one.submissions
                if row.state is SubmissionState.AWAITED and row.round in opened
            }
            if awaited and one.tournament in atomic:
                staked |= self._atomic.next_stakes(one.tournament, awaited)
        return submission_notices(self._facts(account, tuple(recent), _with_some(staked)))

    def _facts(
        self,
        account: Account,
        recent_rounds: tuple[RecentRounds, ...],
        staked: Mapping[str, NMR | None],
    ) -> NoticeFacts:
        last = self._store.last_sync()
        return NoticeFacts(
            now=self._clock.now(),
            synced=last.finished if last is not None else None,
            account=account,
            models={model.id: model for model in self._store.models(archived=True)},
            staked=staked,
            recent_rounds=recent_rounds,
            strategy_notices=(),
            records=(),
            atomic=False,
            loud_within=timedelta(hours=self._settings.close_within_hours),
            stale_after=timedelta(hours=self._settings.stale_after_hours),
        )

    def tell(self, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        """Run the configured command for those of ``notices`` that are loud and were not told.

        Waits for the command, each time for the configured seconds at most. Nothing is told
        before all of the history was once brought in.
        """
        command = self._settings.command
        if not command or self._read_only or not self._store.sync_state().history:
            return ()
        from ledger.notices.hook import tell

        return tell(notices, command, self._settings.timeout_seconds, self._store.records)

    def _undone(self) -> tuple[tuple[Change, str], ...]:
        """Changes done by hand of which chain or rounds show something else, with their words."""
        lost = self._store.changes(states={ChangeState.UNKNOWN})
        by_hand = [change for change in lost if change.channel is Channel.BY_HAND]
        return tuple((change, self._store.events(change.id)[-1].reason) for change in by_hand)

    def _staked(self) -> dict[str, NMR | None]:
        """Settled continuous stakes by model id."""
        return {key: stake.settled for key, stake in self._store.stakes().items()}

    def _recent_rounds(self) -> tuple[RecentRounds, ...]:
        """Kept until the next sync: much history is read for it."""
        revision = self._store.revision()
        if self._kept is None or self._kept[0] != revision:
            own = sorted({model.tournament for model in self._store.models()})
            self._kept = (revision, tuple(self._recent_rounds_of(one) for one in own))
        return self._kept[1]

    def _newest_rounds(self, tournament: Tournament, rounds: Sequence[Round]) -> RecentRounds:
        """The newest of ``rounds`` with their submissions."""
        newest = tuple(rounds[:_ROUNDS])
        since = newest[-1].number if newest else None
        submissions = self._store.submissions(tournament, since=since)
        return RecentRounds(tournament, newest, submissions, burned=())

    def _recent_rounds_of(self, tournament: Tournament) -> RecentRounds:
        store = self._store
        rounds = store.rounds(tournament, newest=_KEEP, scores=False)
        scored = self._scored(tournament, [entry for entry in rounds if entry.resolved])
        burned = store.burned_beyond(
            [row for row in scored if row.payout and row.payout < ZERO], RANK
        )
        since = self._clock.now() - RECENT
        return replace(
            self._newest_rounds(tournament, rounds),
            burned=tuple(
                row
                for model_id in sorted(burned)
                for row in burned_beyond(
                    store.performances(tournament, model_id=model_id, scores=False), since
                )
            ),
            scored=scored,
        )

    def _scored(self, tournament: Tournament, resolved: list[Round]) -> tuple[Performance, ...]:
        """Newly settled rounds with their scores."""
        since = self._clock.now() - RECENT
        recent = [one.number for one in resolved if one.resolves and one.resolves >= since]
        if not recent:
            return ()
        performances = self._store.performances(
            tournament, since=min(recent), before=max(recent) + 1
        )
        return tuple(row for row in performances if row.round in recent)
