"""Which slot was filled in which round: as Numerai lists it, else as the round's own row shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.rounds.performance import Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.syncing.coverage import Covered, RoundRange, RoundRanges
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.syncing import fetch_plan
from ledger.syncing.former import Coverage
from ledger.syncing.requests import Request

_Rounds = Mapping[Tournament, Mapping[int, Round]]


class SubmissionReading:
    """Asks for the newest submissions of all models, and once deeper where there are holes.

    A round that is not on the list says nothing; one listed without a submission was missed once
    its staking has closed, and is awaited before. ``unsure``: ids of models of which nobody ever
    told whether they are archived.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        rounds: _Rounds,
        newest: Mapping[Tournament, int],
        coverage: Coverage,
        now: datetime,
        *,
        unsure: Collection[str] = (),
    ) -> None:
        self.listed: dict[tuple[str, int], Submission] = {}
        self._fresh: dict[tuple[str, int], Submission] = {}
        self.problems = Problems()
        self._models = models
        self._rounds = rounds
        self._newest = newest
        self._coverage = coverage
        self._now = now
        self._unsure = unsure
        self._absent: dict[str, RoundRanges] = {}
        self._closed_rounds: dict[Tournament, tuple[frozenset[int], RoundRanges]] = {}

    def requests(self, rounds_by_model: Mapping[str, RoundRanges]) -> Iterator[Request]:
        """``rounds_by_model``: the rounds that belong into the ledger, by model id."""
        if not self._models:
            return
        yield self._request(fetch_plan.RECENT_SUBMISSIONS)
        deepest = max(
            (self._depth(model_id, rounds) for model_id, rounds in rounds_by_model.items()),
            default=0,
        )
        if deepest > fetch_plan.RECENT_SUBMISSIONS:
            yield self._request(deepest)

    def of_rows(
        self, rows: Iterable[Performance], lost: frozenset[tuple[Fact, str]]
    ) -> Iterator[Submission]:
        """What rows of performances show of rounds that were not listed.

        ``lost``: facts that were not told; a row that lacks the submission's id shows nothing.
        """
        for row in rows:
            listed = self._coverage.of(Covered.SUBMISSIONS, row.model_id)
            if (row.model_id, row.round) in self.listed or row.round in listed:
                continue
            state = self._state(row, (Fact.SUBMISSION_ID, row.model_id) in lost)
            if state is not None:
                yield Submission(
                    row.model_id, row.tournament, row.round, state, None, row.submission_id
                )

    def drain(self) -> tuple[Submission, ...]:
        """What was listed since the last time."""
        fresh, self._fresh = self._fresh, {}
        return tuple(fresh.values())

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        return self.problems.missing.items()

    def believe_absent(self, *, again: bool) -> None:
        """Rounds that are not on a list that reaches further back: complete when a later sync says
        the same (``again``), else remembered."""
        for model_id, absent in self._absent.items():
            before = self._coverage.of(Covered.ABSENT_SUBMISSIONS, model_id)
            if again:
                self._coverage.add(Covered.SUBMISSIONS, model_id, absent & before)
            kept = (before | absent) - self._coverage.of(Covered.SUBMISSIONS, model_id)
            self._coverage.put(Covered.ABSENT_SUBMISSIONS, model_id, kept)

    def _depth(self, model_id: str, rounds: RoundRanges) -> int:
        newest = self._newest.get(self._models[model_id].tournament)
        if newest is None:
            return 0
        reach = RoundRanges.span(newest - fetch_plan.MOST_SUBMISSIONS + 1, newest)
        holes = (rounds & reach) - self._coverage.of(Covered.SUBMISSIONS, model_id)
        return newest - min(holes).first + 1 if holes else 0

    def _request(self, depth: int) -> Request:
        def take(reply: Reply) -> Iterable[Request]:
            problems = Problems()
            listed = wire.read_submissions(reply, self._models, self._rounds, problems)
            recent = depth == fetch_plan.RECENT_SUBMISSIONS
            if recent:
                self.problems.take(problems)
            for model_id, numbers in listed.rounds_by_model.items():
                self._keep(self._models[model_id], numbers, listed, depth)
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            if depth == fetch_plan.RECENT_SUBMISSIONS:
                for model_id in self._models:
                    self.problems.lacks(Fact.SUBMISSIONS, model_id, error.what)
            return ()

        document = documents.SUBMISSIONS
        return Request("submissions", document, take, fail, {"rounds": depth})

    def _keep(self, model: Model, numbers: frozenset[int], listed: wire.Listed, depth: int) -> None:
        for number in numbers:
            submission = listed.submissions.get((model.id, number)) or self._without(model, number)
            if submission is not None:
                self.listed[model.id, number] = self._fresh[model.id, number] = submission
        newest = self._newest.get(model.tournament)
        if newest is None:
            return
        closed, ended = self._closed(model.tournament)
        proof = fetch_plan.prove(
            RoundRange(max(1, newest - depth + 1), newest),
            numbers,
            [number for number in numbers if number in closed],
            ended=ended,
            expected=RoundRanges(),
            first=fetch_plan.at_home(model, self._rounds[model.tournament]),
        )
        self._coverage.add(Covered.SUBMISSIONS, model.id, proof.complete)
        absent = self._absent.get(model.id, RoundRanges()) | proof.absent
        self._absent[model.id] = absent - self._coverage.of(Covered.SUBMISSIONS, model.id)

    def _closed(self, tournament: Tournament) -> tuple[frozenset[int], RoundRanges]:
        """The rounds whose staking has closed, as numbers and as ranges."""
        closed = self._closed_rounds.get(tournament)
        if closed is None:
            numbers = frozenset(
                entry.number
                for entry in self._rounds[tournament].values()
                if entry.closes_staking is not None and entry.closes_staking <= self._now
            )
            closed = self._closed_rounds[tournament] = numbers, RoundRanges.of(numbers)
        return closed

    def _without(self, model: Model, number: int) -> Submission | None:
        """A round that is listed without a submission."""
        entry = self._rounds[model.tournament].get(number)
        state = self._unfilled(model, entry)
        if state is None:
            return None
        return Submission(model.id, model.tournament, number, state, None, None)

    def _unfilled(self, model: Model, entry: Round | None) -> SubmissionState | None:
        """How a slot without a submission stands; nothing is said of one that is archived, or of
        which it is not known that it was there already."""
        if entry is None or entry.closes_staking is None or model.archived:
            return None
        if model.id in self._unsure:
            return None
        if entry.opens > self._now or model.created is None:
            return None
        if entry.closes_staking > self._now:
            return SubmissionState.AWAITED
        return None if model.created > entry.closes_staking else SubmissionState.MISSED

    def _state(self, row: Performance, lost: bool) -> SubmissionState | None:
        if row.submission_id is not None:
            return SubmissionState.SUBMITTED
        model = self._models.get(row.model_id)
        if lost or model is None:
            return None
        return self._unfilled(model, self._rounds[row.tournament].get(row.round))
