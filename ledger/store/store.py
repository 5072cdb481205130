"""The ledger of one profile in one SQLite file.

What the first paint does not read is imported by the method that needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import Cancelled, ChangeError, CorruptLedger, LedgerBusy, ReadOnly
from ledger.store import marks
from ledger.store.account import account, knowledge
from ledger.store.connection import PATIENCE, Connections
from ledger.store.files import beside
from ledger.store.migrate import prepare
from ledger.store.queue.queue import QueueStore
from ledger.store.rounds import kept_standings, rounds
from ledger.store.slots import submissions
from ledger.store.targets.edited import TargetStore

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.clock import Clock
    from ledger.domain.earnings.paid_rounds import PaidRound
    from ledger.domain.knowledge import Fact, MissingFacts
    from ledger.domain.model import Account, Model, System, Tournament
    from ledger.domain.nmr import NMR
    from ledger.domain.records.transaction import (
        ScheduledTransaction,
        StakeTransaction,
        WalletTransaction,
    )
    from ledger.domain.records.worth import DayMoved
    from ledger.domain.risk import RiskFigures
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.rounds.round import Round
    from ledger.domain.rounds.standing import Standing
    from ledger.domain.slots.filled import FilledRound
    from ledger.domain.slots.submission import Submission
    from ledger.domain.stakes.stake import ContinuousStake
    from ledger.domain.syncing.coverage import Covered, RoundRanges
    from ledger.domain.syncing.facts import PayoutCorrection, Price, SyncFacts, SyncLog, SyncState
    from ledger.store.policy.policies import Policies
    from ledger.store.records.records import Records
    from ledger.store.rounds.bands import Bands
    from ledger.store.rounds.earnings import PaidTexts
    from ledger.store.rounds.kept_standings import Standings
    from ledger.store.rounds.performances import KeptPerformances
    from ledger.store.slots.predictors import PredictorStore
    from ledger.store.stakes.strategies import Strategies
    from ledger.store.turns import Turn


class Store(QueueStore, TargetStore):
    """Everything the program remembers about one profile.

    What a sync brings and the file itself are handled here, the queue in :class:`QueueStore`,
    edited targets in :class:`TargetStore`.

    Any thread may call any method. Every method is one transaction: a read sees one state of
    the ledger, also while another process writes; a write is on disk when it returns. Errors of
    SQLite arrive as ``StoreError`` or one of its kinds.
    """

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self.path = connections.path
        self.read_only = connections.read_only
        self._connections = connections
        self._clock = clock

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock, read_only: bool = False, patience: timedelta = PATIENCE
    ) -> Store:
        """Open the ledger at ``path``: create it, or bring it up to date, where that is needed.

        The file and its backups can be read by their owner only. ``patience`` is how long a
        write waits for another process.

        Raises:
            CorruptLedger: damaged; the file is left as it is.
            ForeignLedger: another program's SQLite file.
            NewerLedger: written by a newer version.
            LedgerBusy: another process kept writing for too long.
            StoreError: can't be created or opened; or only read, and missing or too old.
        """
        version = prepare(path, read_only=read_only, patience=patience, clock=clock)
        return cls(
            Connections(path, version=version, read_only=read_only, patience=patience), clock
        )

    def close(self) -> None:
        """Close all threads' connections, waiting for what is in progress."""
        self._connections.close()

    @property
    def strategies(self) -> Strategies:
        """What is known of atomic staking, and its transactions."""
        from ledger.store.stakes.strategies import Strategies

        return Strategies(self._connections, self._clock)

    @property
    def records(self) -> Records:
        """Movements of NMR that are kept for good, and notices that were told."""
        from ledger.store.records.records import Records

        return Records(self._connections, self._clock)

    @property
    def policies(self) -> Policies:
        """How payouts are allocated, and what that came to."""
        from ledger.store.policy.policies import Policies

        return Policies(self._connections, self._clock)

    def apply(self, facts: SyncFacts, log: SyncLog | None = None) -> None:
        """Keep one step of what a sync learned, the last one with its log; again makes no
        difference but a log line.

        Models, stakes and scheduled transactions are replaced where they are part of the step; a
        model that is no longer among them stays as archived when it has a history. Everything
        else is merged by its keys; a round or performance that comes without scores keeps those
        that are known.

        Raises:
            StoreError: the facts are of another account than the ledger.
        """
        from ledger.store.account import syncs
        from ledger.store.account.facts import write_facts

        with self._connections.writing() as connection:
            write_facts(connection, facts, self.path)
            if log is not None:
                syncs.write_sync(connection, log)

    def log_sync(self, log: SyncLog) -> None:
        """Keep the log of a sync that brought nothing in."""
        from ledger.store.account import syncs

        with self._connections.writing() as connection:
            syncs.write_sync(connection, log)

    def last_sync(self, *, done: bool = True) -> SyncLog | None:
        """The last sync that went through; with ``done=False`` the last whatever came of it."""
        from ledger.store.account import syncs

        with self._connections.reading() as connection:
            return syncs.read_last_sync(connection, done=done)

    def revision(self) -> int:
        """0 before the first sync: what syncs bring alters with it only."""
        from ledger.store.account import syncs

        with self._connections.reading() as connection:
            return syncs.read_revision(connection)

    def keep_status(self, document: dict[str, Any]) -> None:
        """Keep what the ledger comes to by now, for who only glances at it."""
        from ledger.store.account.status import write_status

        with self._connections.writing() as connection:
            write_status(connection, document)

    def unknown_changes(self) -> int:
        """How many changes were sent of which nobody can say what became of them."""
        from ledger.store.account.status import UNKNOWN_CHANGES

        with self._connections.reading() as connection:
            number: int = connection.execute(UNKNOWN_CHANGES).fetchone()[0]
        return number

    def sync_state(self) -> SyncState:
        """Where syncing stands: whether all of the history was once brought in."""
        from ledger.store.account import syncs

        with self._connections.reading() as connection:
            return syncs.read_state(connection)

    def awaits_sync(self) -> bool:
        """Whether the ledger was put back from a backup and not compared with the account yet."""
        with self._connections.reading() as connection:
            return marks.awaits_sync(connection)

    def skew(self) -> timedelta | None:
        """The server's clock minus this machine's, as the last sync measured it."""
        from ledger.store.account import syncs

        with self._connections.reading() as connection:
            return syncs.read_skew(connection)

    def note_skew(self, skew: timedelta) -> None:
        """Keep how far the server's clock is from this machine's."""
        from ledger.store.account import syncs

        with self._connections.writing() as connection:
            syncs.write_skew(connection, skew)

    def missing(self) -> MissingFacts:
        """What the last syncs were not told: facts that are old, or were never known."""
        with self._connections.reading() as connection:
            return knowledge.read_missing(connection)

    def acknowledge(self, facts: Iterable[Fact]) -> int:
        """Mark what is missing of ``facts`` as seen by the user; how many entries that were."""
        with self._connections.writing() as connection:
            return knowledge.acknowledge(connection, facts)

    def covered(self, what: Covered) -> dict[str, RoundRanges]:
        """Rounds that are final and stored whole, by subject."""
        with self._connections.reading() as connection:
            return knowledge.read_covered(connection, what)

    def corrections(self, since: datetime) -> tuple[PayoutCorrection, ...]:
        """Settled payouts Numerai altered, noticed from ``since`` on, newest first."""
        with self._connections.reading() as connection:
            return knowledge.read_corrections(connection, since)

    def lessons(self, api_url: str, version: str, since: datetime) -> frozenset[str]:
        """What the server at ``api_url`` was seen to refuse of this version's documents."""
        with self._connections.reading() as connection:
            return knowledge.read_lessons(connection, api_url, version, since)

    def learn(self, api_url: str, version: str, lessons: Iterable[str]) -> None:
        """Keep what the server at ``api_url`` was just seen to refuse."""
        with self._connections.writing() as connection:
            knowledge.write_lessons(connection, api_url, version, lessons, self._clock.now())

    def syncs(self, limit: int) -> tuple[SyncLog, ...]:
        """The last ``limit`` syncs, newest first."""
        from ledger.store.account import syncs

        with self._connections.reading() as connection:
            return syncs.read_syncs(connection, limit)

    @property
    def predictors(self) -> PredictorStore:
        """Predictors, and which of them sat in which slot."""
        from ledger.store.slots.predictors import PredictorStore

        return PredictorStore(self._connections, self._clock)

    def account(self) -> Account | None:
        """The account as of the last sync, ``None`` before the first."""
        with self._connections.reading() as connection:
            return account.read_account(connection)

    def models(
        self, tournament: Tournament | None = None, *, archived: bool = False
    ) -> tuple[Model, ...]:
        """Models by tournament, then name; those of one tournament, or all."""
        with self._connections.reading() as connection:
            models = account.read_models(connection, archived=archived)
        return tuple(model for model in models if tournament in {None, model.tournament})

    def tournaments(self) -> tuple[Tournament, ...]:
        """Those that models in use are in."""
        with self._connections.reading() as connection:
            return account.read_tournaments(connection)

    def model(self, model_id: str, *, archived: bool = True) -> Model:
        """One model.

        Raises:
            ChangeError: it is not in the ledger, or archived where only others count.
        """
        for model in self.models(archived=archived):
            if model.id == model_id:
                return model
        where = "in the ledger" if archived else "in the ledger, or archived"
        raise ChangeError(f"That model is not {where}.", "Sync and try again.")

    def stakes(self) -> dict[str, ContinuousStake]:
        """Continuous stakes by model id."""
        with self._connections.reading() as connection:
            return account.read_stakes(connection)

    def scheduled(self) -> tuple[ScheduledTransaction, ...]:
        """Increases and releases under way, in Numerai's order."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_scheduled(connection)

    def systems(self) -> dict[Tournament, System]:
        """How stakes work in each tournament, as far as known."""
        with self._connections.reading() as connection:
            return account.read_systems(connection)

    def rounds(
        self,
        tournament: Tournament,
        *,
        since: int | None = None,
        newest: int | None = None,
        scores: bool = True,
    ) -> tuple[Round, ...]:
        """Rounds from number ``since`` on, the ``newest`` ones of them, newest first.

        ``scores=False`` leaves their score configs out, which is faster.
        """
        with self._connections.reading() as connection:
            return rounds.read_rounds(
                connection, tournament, since=since, newest=newest, scores=scores
            )

    def first_round_resolving(self, tournament: Tournament, since: datetime) -> int | None:
        """The first round that resolves at ``since`` or later, or of which nobody knows when."""
        with self._connections.reading() as connection:
            return rounds.read_first_resolving(connection, tournament, since)

    def round_numbers(self) -> tuple[tuple[Tournament, int, bool], ...]:
        """Every round by tournament and number, newest first, and whether a model took part."""
        with self._connections.reading() as connection:
            return rounds.read_numbers(connection)

    def performances(
        self,
        tournament: Tournament,
        *,
        since: int | None = None,
        before: int | None = None,
        model_id: str | None = None,
        scores: bool = True,
        settled: bool = False,
    ) -> tuple[Performance, ...]:
        """Performances from round ``since`` on, those ``before`` a round only if that is said,
        newest round first, then by model id; with ``settled`` no others.

        ``scores=False`` leaves their scores empty, which is several times faster.
        """
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_performances(
                connection,
                tournament,
                since=since,
                before=before,
                model_id=model_id,
                scores=scores,
                settled=settled,
            )

    def kept_performances(self, model_id: str, *, since: int, scores: bool) -> KeptPerformances:
        """A model's performances from round ``since`` on, by round, to be compared with."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_kept(connection, model_id, since, scores=scores)

    def paid_otherwise(
        self, tournament: Tournament, payouts: Mapping[tuple[str, int], NMR]
    ) -> tuple[Performance, ...]:
        """Settled performances, without scores, with another payout than ``payouts`` has for their
        model id and round."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_paid_otherwise(connection, tournament, payouts)

    def unstaked_performances(
        self, tournament: Tournament, *, since: int
    ) -> tuple[Performance, ...]:
        """Those with nothing at risk, or nobody knows how much, with their scores."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_performances(
                connection, tournament, since=since, model_id=None, scores=True, unstaked=True
            )

    def weighted_scores(self, tournament: Tournament) -> dict[tuple[str, int], Decimal | None]:
        """What each performance is paid by: scores times multipliers, by model id and round."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_weighted(connection, tournament)

    def scored(self, tournament: Tournament) -> frozenset[tuple[str, int]]:
        """Model ids and rounds of the performances that have any score."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_scored(connection, tournament)

    def burned_beyond(self, burns: Iterable[Performance], rank: int) -> frozenset[str]:
        """The models of those ``burns`` that are worse, as a share of the stake at risk, than all
        but every ``rank``-th of the model's earlier rounds, and hardly any other."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_burned_beyond(connection, burns, rank)

    def first_running(self, tournament: Tournament) -> int | None:
        """The oldest round with a payout that can still move, ``None`` where there is none."""
        with self._connections.reading() as connection:
            (number,) = connection.execute(
                "SELECT min(round) FROM performance WHERE tournament = ? AND state = 'pending'",
                (int(tournament),),
            ).fetchone()
            return None if number is None else int(number)

    def performances_of(self, rows: Iterable[tuple[str, int]]) -> tuple[Performance, ...]:
        """Those of models in single rounds, by model id and round, without scores."""
        from ledger.store.rounds import performances

        with self._connections.reading() as connection:
            return performances.read_rows(connection, rows)

    def first_staked(self, tournament: Tournament) -> int | None:
        """The first round with a position that is listed as staked, ``None`` without any."""
        from ledger.domain.records.transaction import STRATEGY_STAKE

        with self._connections.reading() as connection:
            (number,) = connection.execute(
                "SELECT min(round) FROM stake_transaction WHERE tournament = ? AND type = ?",
                (int(tournament), STRATEGY_STAKE),
            ).fetchone()
            return None if number is None else int(number)

    def last_settled(self, tournament: Tournament) -> tuple[Performance, ...]:
        """Without scores those of the newest round that has paid and in which no payout can still
        move, by model id."""
        with self._connections.reading() as connection:
            row = connection.execute(
                "SELECT round FROM performance WHERE tournament = ?1 AND state = 'settled' "
                "AND NOT EXISTS (SELECT 1 FROM performance other WHERE other.tournament = ?1 "
                "AND other.round = performance.round AND other.state = 'pending') "
                "ORDER BY round DESC LIMIT 1",
                (int(tournament),),
            ).fetchone()
        if row is None:
            return ()
        return self.performances(tournament, since=row[0], before=row[0] + 1, scores=False)

    def settled_rounds(self, tournament: Tournament, last: int) -> tuple[int, ...]:
        """The newest ``last`` rounds that have paid, newest first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT round FROM performance WHERE tournament = ? "
                "AND state = 'settled' AND payout IS NOT NULL ORDER BY round DESC LIMIT ?",
                (int(tournament), last),
            )
            return tuple(number for (number,) in rows)

    def paid_rounds(
        self,
        tournament: Tournament,
        model_ids: Sequence[str],
        *,
        stakes: bool = True,
        since: int | None = None,
        texts: PaidTexts | None = None,
    ) -> tuple[PaidRound, ...]:
        """What rounds from ``since`` on paid, newest first, lean: a column for each of
        ``model_ids``.

        ``stakes=False`` leaves out what was at risk, which takes half the time. ``texts`` are the
        same rounds as :meth:`paid_texts` has read them, where it has.
        """
        from ledger.store.rounds import earnings

        with self._connections.reading() as connection:
            if texts is None:
                texts = earnings.read_paid_texts(connection, tournament, stakes=stakes, since=since)
            return earnings.paid_rounds(connection, tournament, model_ids, texts)

    def paid_texts(self, tournament: Tournament, *, since: int | None = None) -> PaidTexts:
        """All that :meth:`paid_rounds` follows from but the times of rounds, as texts."""
        from ledger.store.rounds import earnings

        with self._connections.reading() as connection:
            return earnings.read_paid_texts(connection, tournament, stakes=True, since=since)

    def risk(self, names: Mapping[str, str]) -> RiskFigures | None:
        """The figures of risk that were kept last, with ``names`` of models by id."""
        from ledger.store.rounds import risk

        with self._connections.reading() as connection:
            return risk.read_risk(connection, names)

    def keep_risk(self, figures: RiskFigures, facts: str | None = None) -> None:
        """Keep ``figures`` in place of those before; ``facts`` is a digest of what they follow
        from."""
        from ledger.store.rounds import risk

        with self._connections.writing() as connection:
            risk.write_risk(connection, figures, facts)

    def renew_risk(self, computed: datetime, revision: int, facts: str) -> bool:
        """Have the figures that are kept count for ``revision``, as of ``computed``; ``False``
        where they follow from other ``facts``, or there are none."""
        from ledger.store.rounds import risk

        with self._connections.writing() as connection:
            return risk.renew_risk(connection, computed, revision, facts)

    def bands(self, revision: int) -> tuple[Bands, int] | None:
        """Where running payouts may end, as kept for ``revision``, and how many are in no band."""
        from ledger.store.rounds import bands

        with self._connections.reading() as connection:
            return bands.read_bands(connection, revision)

    def keep_bands(self, revision: int, found: Bands, unknown: int) -> None:
        """Keep where running payouts may end by ``revision`` of the ledger."""
        from ledger.store.rounds import bands

        with self._connections.writing() as connection:
            bands.write_bands(connection, revision, found, unknown)

    def moved_by_day(self, *, since: date | None = None) -> tuple[DayMoved, ...]:
        """What came to the account's own places and left them, all records added up by day and by
        place, the oldest day first; those up to the day ``since`` as of that day."""
        from ledger.store.records import moved

        with self._connections.reading() as connection:
            return moved.read(connection, since=since)

    def score_days(self, tournament: Tournament) -> dict[tuple[str, int], dict[int, Decimal]]:
        """Weighted scores of rounds while they ran, by model id and round, then by scoring day."""
        from ledger.store.rounds import earnings

        with self._connections.reading() as connection:
            return earnings.read_days(connection, tournament)

    def asked_days(self, tournament: Tournament) -> frozenset[tuple[str, int]]:
        """Model ids and rounds of which :meth:`score_days` knows, or Numerai does not."""
        from ledger.store.rounds import earnings

        with self._connections.reading() as connection:
            return earnings.read_asked(connection, tournament)

    def standings(self, tournament: Tournament, *, since: int | None = None) -> dict[str, Standing]:
        """How models stand in the rounds from ``since`` on, by model id."""
        from ledger.store.rounds import standings

        with self._connections.reading() as connection:
            return standings.read_standings(connection, tournament, since=since)

    def kept_standings(self, tournament: Tournament) -> Standings | None:
        """The same as it was kept after a sync, by model id; ``None`` where that is not of the
        ledger as it is."""
        with self._connections.reading() as connection:
            return kept_standings.read_kept(connection, tournament)

    def keep_standings(self, revision: int, standings: Mapping[Tournament, Standings]) -> None:
        """Keep how models stand by ``revision`` of the ledger, in the rounds that the quick reports
        look at."""
        with self._connections.writing() as connection:
            kept_standings.write_kept(connection, revision, standings)

    def submissions(
        self, tournament: Tournament, *, since: int | None = None
    ) -> tuple[Submission, ...]:
        """Submissions from round ``since`` on, newest round first, then by model id."""
        with self._connections.reading() as connection:
            return submissions.read_submissions(connection, tournament, since)

    def filled(
        self, tournament: Tournament, since: int, *, scored_since: int
    ) -> dict[int, FilledRound]:
        """How the slots were filled in rounds from ``since`` on, by number, lean; with scores in
        those from ``scored_since`` on."""
        from ledger.store.slots import filled

        with self._connections.reading() as connection:
            return filled.read_filled(connection, tournament, since, scored_since)

    def stake_transactions(
        self, tournament: Tournament | None = None
    ) -> tuple[StakeTransaction, ...]:
        """Stake transactions, newest first."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_stake_transactions(connection, tournament)

    def wallet_transactions(self) -> tuple[WalletTransaction, ...]:
        """Transactions of the wallet, newest first."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_wallet_transactions(connection)

    def strategy_transfers(self, strategy: str | None) -> tuple[WalletTransaction, ...]:
        """Those with the address ``strategy``, and sweeps to any, in the order they came."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_transfers(connection, strategy)

    def prices(self) -> tuple[Price, ...]:
        """Prices of NMR, newest first."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_prices(connection)

    def staked_prices(self) -> tuple[tuple[datetime, str], ...]:
        """Prices that stake transactions name, in US dollars: enough for the first of any day."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_staked_prices(connection)

    def currencies(self) -> tuple[str, ...]:
        """The currencies there is a price of NMR in, by name."""
        from ledger.store.records import transactions

        with self._connections.reading() as connection:
            return transactions.read_currencies(connection)

    @contextmanager
    def syncing(
        self, stop: threading.Event | None = None, on_wait: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """The right to sync: one holder at a time on this machine; the others wait their turn.

        A sync commits in steps that rest on each other, which two at once would mix. ``on_wait``
        is called once, when another holds it. Reading and the queue are not hindered. The
        operating system takes the right from a process that dies.

        Raises:
            Cancelled: ``stop`` was set while waiting.
            ReadOnly: the ledger was opened for reading.
        """
        from ledger.store.turns import Turn

        turn = Turn(beside(self.path, ".sync.lock"), stop)
        with self._holding(turn, "sync"):
            if not turn.take():
                on_wait()
                if not turn.take(patience=None):
                    raise Cancelled("Stopped while another sync was running.")
            yield

    @contextmanager
    def executing(
        self, patience: timedelta = timedelta(0), stop: threading.Event | None = None
    ) -> Iterator[None]:
        """The right to run the queue: one holder at a time on this machine.

        The operating system takes it from a process that dies.

        Raises:
            LedgerBusy: when another holds it still after ``patience``, or once ``stop`` is set.
            ReadOnly: the ledger was opened for reading.
        """
        from ledger.store.turns import Turn

        turn = Turn(beside(self.path, ".lock"), stop)
        with self._holding(turn, "send changes"):
            if not turn.take(patience):
                raise LedgerBusy(
                    f"Another numstake-tui is sending changes from the ledger {self.path}.",
                    "Wait until it has finished, or end it, and try again.",
                )
            yield

    @contextmanager
    def _holding(self, turn: Turn, to: str) -> Iterator[None]:
        if self.read_only:
            raise ReadOnly(
                f"The ledger {self.path} was opened for reading only.",
                f"Start without --read-only to {to}.",
            )
        try:
            yield
        finally:
            turn.give_back()

    def check(self) -> list[str]:
        """What is wrong inside the ledger, in sentences; empty when it is sound."""
        from ledger.store import integrity

        try:
            with self._connections.reading() as connection:
                return integrity.problems(connection, self.path)
        except CorruptLedger as error:
            return [str(error)]
