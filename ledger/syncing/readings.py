"""Everything one sync reads, and what of it is missing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ledger.clock import TOLERANCE, Clock
from ledger.config.settings import AtomicSettings
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Model, System, Tournament
from ledger.domain.syncing.coverage import NO_ROUNDS, Covered, RoundRanges
from ledger.domain.syncing.facts import Problem, Refetch
from ledger.numerai.lessons import Lessons
from ledger.numerai.wire import Problems
from ledger.syncing import fetch_plan
from ledger.syncing.fetch_plan import evidence
from ledger.syncing.former import read_coverage, read_former
from ledger.syncing.missing import missing_facts, recovered
from ledger.syncing.reading.account import AccountNews, AccountReading
from ledger.syncing.reading.claims import ClaimReading
from ledger.syncing.reading.days import DayReading
from ledger.syncing.reading.payouts import PayoutReading
from ledger.syncing.reading.rounds import ROUND_FACTS, RoundReading
from ledger.syncing.reading.scores import ScoreReading, TournamentRounds
from ledger.syncing.reading.submissions import SubmissionReading
from ledger.syncing.reading.transactions import TransactionReading
from ledger.syncing.standing import BELIEVED_AFTER, PERFORMANCE_FACTS
from ledger.syncing.stored import StoredRows
from ledger.syncing.systems import Systems, find_systems

if TYPE_CHECKING:
    from ledger.store import Store

_READ_BY_ROWS = PERFORMANCE_FACTS | ROUND_FACTS | {Fact.ROUNDS}
"""All that rows of performances follow from."""


class Readings:
    """The readers of one sync, beside the ledger as it was.

    The account, rounds, payouts and claims are there from the start; :meth:`open` makes those
    that depend on what these were told.
    """

    scores: ScoreReading
    submissions: SubmissionReading
    transactions: TransactionReading
    news: AccountNews

    def __init__(
        self,
        store: Store,
        lessons: Lessons,
        clock: Clock,
        *,
        history_rounds: int | None,
        atomic: AtomicSettings,
        again: Refetch | None,
    ) -> None:
        self.now = now = clock.now()
        self.former = read_former(store)
        self.coverage = read_coverage(store)
        self.stored = StoredRows(store)
        self.models: dict[str, Model] = {}
        self.chain_problems: tuple[Problem, ...] = ()
        self.chain_missing: dict[tuple[Fact, str], str] = {}
        self._lessons = lessons
        self._atomic = atomic
        self._evidence: dict[str, RoundRanges] | None = None
        self._opened = False
        if again is not None:
            self.coverage.forget(again, self.former.models.values())
        self.account = AccountReading(self.former, now)
        self.rounds = RoundReading(
            self.former.rounds,
            self.coverage,
            history_rounds=history_rounds,
            clock=clock,
            missing_before=self.missing_before,
        )
        self.payouts = PayoutReading()
        named = {one: address for one in Tournament if (address := atomic.strategy(one))}
        moved = {one for one, system in self.former.systems.items() if system is System.ATOMIC}
        self.claims = ClaimReading(named, self.former.model_by_key, moved)
        self.days = DayReading()

    @property
    def first(self) -> bool:
        """Whether the ledger has never had all of the history that is wanted."""
        return not self.former.state.history

    def take_time(self, now: datetime) -> None:
        """Go on by the time that the first answers told, where it is another one."""
        if abs(now - self.now) > TOLERANCE:
            self.now = self.account.now = self.rounds.now = now

    def open(self) -> None:
        """Conclude the account, and make the readers of what depends on it.

        Raises:
            BadAnswer: there is no account to be read.
        """
        self.news = self.account.conclude()
        self.models = {model.id: model for model in self.news.models}
        rounds = self.rounds.merged()
        newest = {
            tournament: number
            for tournament, entries in rounds.items()
            if (number := fetch_plan.current(entries.values(), self.now)) is not None
        }
        self.scores = ScoreReading(
            self.coverage,
            {
                tournament: TournamentRounds(
                    rounds[tournament],
                    number,
                    self.rounds.oldest(tournament),
                    fetch_plan.ended(rounds[tournament], number),
                )
                for tournament, number in newest.items()
            },
            self.payouts.listed,
            stored=self.stored,
            expected=self._expected,
            lacking=self.rounds.lacking(),
            missing_before=self.missing_before,
            lessons=self._lessons,
        )
        self.submissions = SubmissionReading(
            self.models,
            rounds,
            newest,
            self.coverage,
            self.now,
            unsure={
                subject
                for fact, subject in self.account.missing
                if fact is Fact.ARCHIVED and subject not in self.former.models
            },
        )
        self.transactions = TransactionReading(
            self.models, self.former.transactions, whole=self.former.state.transactions
        )
        self._opened = True

    def _expected(self, model: Model) -> RoundRanges:
        """Rounds in which every other list shows the model."""
        if self._evidence is None:
            rows = self.transactions.rows if self._opened else ()
            listed = self.submissions.listed if self._opened else {}
            self._evidence = evidence(
                self.payouts.listed, (*self.former.transactions, *rows), listed.values()
            )
        return self._evidence.get(model.id, NO_ROUNDS)

    def hear_again(self) -> None:
        """Other lists have told more since :meth:`open`."""
        self._evidence = None

    def take_back_lacking(self) -> None:
        """Where Numerai takes again what it refused for a while, past rows are asked for anew."""
        missing = self.missing()
        facts = {entry.fact for entry in recovered(missing, self.former.missing)}
        still = {fact for fact, _ in missing}
        if facts & _READ_BY_ROWS and not still & _READ_BY_ROWS:
            for model_id in self.models:
                self.coverage.take_back(
                    Covered.PERFORMANCES, Covered.LACKING_PERFORMANCES, model_id
                )
        if facts & ROUND_FACTS and not still & ROUND_FACTS:
            for tournament in Tournament:
                subject = str(int(tournament))
                self.coverage.take_back(Covered.ROUNDS, Covered.LACKING_ROUNDS, subject)

    def complete(self) -> int:
        """Rounds of all models that are final and stored whole."""
        return sum(
            len(self.coverage.of(Covered.PERFORMANCES, model_id)) for model_id in self.models
        )

    def missing_before(self, fact: Fact, subject: str) -> bool:
        """Whether a sync some minutes ago missed a fact, too."""
        entry = self.former.missing.of(fact, subject)
        return entry is not None and self.now - entry.since >= BELIEVED_AFTER

    def settled_before(self) -> bool:
        """Whether the sync before is long enough ago to be a second witness."""
        as_of = self.former.as_of
        return as_of is not None and self.now - as_of >= BELIEVED_AFTER

    def atomic_tournaments(self) -> set[Tournament]:
        """Those that are known to have moved."""
        return {one for one, (system, _) in self.systems().items() if system is System.ATOMIC}

    def systems(self) -> Systems:
        """How stakes work in each tournament, by what is known so far."""
        rows = self.transactions.rows if self._opened else ()
        return find_systems(
            self.former,
            self.rounds.merged(),
            rows,
            contracts=self.claims.contracts,
            forced=self._atomic.system,
            now=self.now,
        )

    def problems(self) -> tuple[Problem, ...]:
        """What Numerai and the chain said that could not be used."""
        said = Problems()
        for problems in (
            self.account.problems,
            self.rounds.problems,
            self.payouts.problems,
            self.claims.problems,
            self.days.problems,
        ):
            said.take(problems)
        if self._opened:
            for problems in (
                self.submissions.problems,
                self.transactions.problems,
                self.scores.problems,
            ):
                said.take(problems)
        return (*said, *self.chain_problems)

    def missing(self) -> dict[tuple[Fact, str], str]:
        """Everything that was asked for and not told, with the reason."""
        missing = dict(self.account.missing)
        for reader in (self.rounds, self.payouts, self.claims, self.days):
            missing |= dict(reader.missing())
        if self._opened:
            missing |= dict(self.submissions.missing()) | dict(self.transactions.missing())
            missing |= self.scores.problems.missing
            for model_id, why in self.scores.lost():
                missing[Fact.PERFORMANCES, model_id] = why
        return missing | self.chain_missing

    def missing_facts(self, asked: frozenset[Fact]) -> tuple[MissingFact, ...]:
        """What is missing so far; what is not ``asked`` for yet stays as it was."""
        missing = {key: why for key, why in self.missing().items() if key[0] in asked}
        missing |= {
            (entry.fact, entry.subject): entry.why
            for entry in self.former.missing
            if entry.fact not in asked
        }
        return missing_facts(missing, self.former.missing, self.former.as_of, self.now)

    def whole_history(self) -> bool:
        """Whether all of the history that is wanted is here, but for what has been acknowledged."""
        if not self.models:
            return True
        accepted = {entry.fact for entry in self.former.missing if entry.acknowledged}
        lacking = {
            fact
            for fact, _ in self.missing()
            if fact in {Fact.ROUNDS, Fact.PERFORMANCES, Fact.STAKE_TRANSACTIONS}
        }
        return lacking <= accepted
