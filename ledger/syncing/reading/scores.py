"""How models did in rounds: running rounds first, history backwards, every hole known by range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.names import listed
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.coverage import Covered, RoundRange, RoundRanges
from ledger.errors import NumeraiError
from ledger.numerai import documents, score_documents, wire
from ledger.numerai.answers import Json, Reply
from ledger.numerai.lessons import Lessons, PerformanceForm
from ledger.numerai.wire import Problems
from ledger.rules.stakes.atomic import is_atomic
from ledger.syncing import fetch_plan
from ledger.syncing.fetch_plan import Span
from ledger.syncing.former import Coverage
from ledger.syncing.requests import Request
from ledger.syncing.standing import has_holes, performance_with, vanished
from ledger.syncing.stored import StoredRows

_SLICED = frozenset({PerformanceForm.RANGES, PerformanceForm.FROM_LIMIT})
"""The forms that ask for any slice of the past."""

Batch = tuple[Span, ...]
"""What one request asks for."""


@dataclass(frozen=True, slots=True)
class TournamentRounds:
    """One tournament as far as scores depend on it: its rounds by number, the ``newest`` that has
    opened, the ``oldest`` of the history that is wanted, and those that have ``ended``."""

    rounds: Mapping[int, Round]
    newest: int
    oldest: int
    ended: RoundRanges


@dataclass(frozen=True, slots=True)
class _Listing:
    """One list of rows that came whole: rounds asked for, with a row, and with a final one.
    ``scores_only``: rounds without a score have no row on it."""

    model: Model
    asked: RoundRange
    present: frozenset[int]
    final: frozenset[int]
    scores_only: bool


@dataclass(slots=True)
class _Lost:
    """Rounds of one model that did not come, and why."""

    rounds: RoundRanges = field(default_factory=RoundRanges)
    why: str = ""


class ScoreReading:
    """Asks for performances and keeps what comes until it is drained into the ledger.

    ``payouts``: those Numerai lists itself. ``expected`` says in which rounds every other list
    shows a model; those, and the rounds that are ``stored``, must have a row. ``lacking``:
    tournaments whose rounds, which rows are read by, lack something. ``missing_before``: whether a
    fact about a model was missing already some minutes ago. ``staked``: ids of models
    with NMR at risk in a running continuous round.
    """

    def __init__(
        self,
        coverage: Coverage,
        tournaments: Mapping[Tournament, TournamentRounds],
        payouts: Mapping[tuple[str, int], wire.ListedPayout],
        *,
        stored: StoredRows,
        expected: Callable[[Model], RoundRanges],
        lacking: Collection[Tournament],
        missing_before: Callable[[Fact, str], bool],
        lessons: Lessons,
    ) -> None:
        self.problems = Problems()
        self.staked: set[str] = set()
        self._coverage = coverage
        self._tournaments = tournaments
        self._payouts = payouts
        self._stored = stored
        self._lessons = lessons
        self._expected = expected
        self._rounds_lack = lacking
        self._missing_before = missing_before
        self._rows: dict[tuple[str, int], Performance] = {}
        self._before: dict[tuple[str, int], Performance] = {}
        self._listings: list[_Listing] = []
        self._lost: defaultdict[str, _Lost] = defaultdict(_Lost)
        self._absent: defaultdict[str, RoundRanges] = defaultdict(RoundRanges)
        self._present: defaultdict[str, RoundRanges] = defaultdict(RoundRanges)
        self._stored_rounds: defaultdict[str, RoundRanges] = defaultdict(RoundRanges)
        self._running: dict[str, RoundRange] = {}
        self._born: dict[str, int] = {}

    def running(self, models: Iterable[Model], aliases: int) -> list[Request]:
        """Requests for the rounds that still run, and for holes just before them."""
        spans = [span for model in models if (span := self._running_span(model)) is not None]
        self._running = {span.model.id: RoundRange(span.first, span.last) for span in spans}
        spans.sort(key=len)
        starts = range(0, len(spans), aliases)
        return [self._request(tuple(spans[at : at + aliases]), newest=True) for at in starts]

    def history(self, models: Iterable[Model], aliases: int) -> list[Batch]:
        """The rest of what is wanted and not complete, by request, the newest first; without what
        was listed as absent."""
        return self._batches(models, aliases, self._absent_before)

    def absent(self, models: Iterable[Model], aliases: int) -> list[Batch]:
        """What was listed as absent, and is believed to be when it is again."""
        return self._batches(
            models, aliases, lambda model: self.rounds_due(model) - self._absent_before(model)
        )

    def _batches(
        self, models: Iterable[Model], aliases: int, but: Callable[[Model], RoundRanges]
    ) -> list[Batch]:
        holes = [
            Span(model, hole.first, hole.last)
            for model in models
            for hole in fetch_plan.gaps(
                self.rounds_due(model) - self._asked_running(model) - but(model), self._whole(model)
            )
        ]
        if self._lessons.performance_form() not in _SLICED:
            return [(span,) for span in self._up_to_now(holes)]
        size = self._lessons.slice_rounds(score_documents.PERFORMANCES)
        return fetch_plan.batches(fetch_plan.slices(holes, size), aliases)

    def _up_to_now(self, holes: Iterable[Span]) -> Iterator[Span]:
        """Where only the newest rounds can be asked for: from each model's oldest hole on."""
        oldest: dict[str, Span] = {}
        for span in holes:
            newest = self._tournaments[span.model.tournament].newest
            first = min(span.first, oldest.get(span.model.id, span).first)
            oldest[span.model.id] = Span(span.model, first, newest)
        yield from oldest.values()

    def request(self, batch: Batch) -> Request:
        """The request for some of :meth:`history`."""
        return self._request(batch)

    def rounds_due(self, model: Model) -> RoundRanges:
        """All rounds of ``model`` that belong into the ledger."""
        rounds = self._tournaments.get(model.tournament)
        if rounds is None:
            return RoundRanges()
        expected = self._expected(model)
        first = self._first_round(model)
        if expected:
            first = min(first, min(expected).first)
        return RoundRanges.span(max(rounds.oldest, first), rounds.newest)

    def drain(self) -> tuple[tuple[Performance, ...], tuple[tuple[Performance, Performance], ...]]:
        """What came since the last time, and pairs of a row as it was kept and as it is now, of all
        that were settled then.

        What the lists prove to be complete is in the coverage from here on.
        """
        for listing in self._listings:
            self._prove(listing)
        rows, self._rows = self._rows, {}
        before, self._before = self._before, {}
        self._listings = []
        pairs = tuple((before[key], row) for key, row in rows.items() if key in before)
        return tuple(rows.values()), pairs

    def abandon(self, batches: Iterable[Batch]) -> None:
        """These are not asked for any more: their rounds stay missing until the next sync."""
        for batch in batches:
            for span in batch:
                self._lose(span, "others before them did not either.")

    def believe_absent(self, *, again: bool) -> None:
        """Rounds without a row where that proves nothing: complete once a later sync says the
        same (``again``: the sync before is some minutes old), else remembered."""
        for model_id, absent in self._absent.items():
            before = self._coverage.of(Covered.ABSENT_PERFORMANCES, model_id)
            if again:
                self._coverage.add(Covered.PERFORMANCES, model_id, absent & before)
            settled = self._coverage.of(Covered.PERFORMANCES, model_id) | self._present[model_id]
            kept = (before | absent) - settled
            self._coverage.put(Covered.ABSENT_PERFORMANCES, model_id, kept)

    def lost(self) -> Iterator[tuple[str, str]]:
        """Ids of models of which rounds did not come, with the reason in words."""
        for model_id, lost in self._lost.items():
            if lost.rounds:
                yield model_id, f"{_in_words(lost.rounds)} did not come: {lost.why}"

    def _running_span(self, model: Model) -> Span | None:
        rounds = self._tournaments.get(model.tournament)
        if rounds is None:
            return None
        newest = rounds.newest
        first = max(rounds.oldest, fetch_plan.oldest_open(rounds.rounds, newest))
        if self._whole(model) or self._absent_before(model):
            near = RoundRanges.span(max(1, newest - fetch_plan.SLICE_ROUNDS + 1), newest)
            reach = near - self._absent_before(model)
            holes = (self.rounds_due(model) & reach) - self._whole(model)
            first = min([first, *(hole.first for hole in holes)])
        return Span(model, first, newest)

    def _asked_running(self, model: Model) -> RoundRanges:
        asked = self._running.get(model.id)
        return RoundRanges([asked] if asked else [])

    def _first_round(self, model: Model) -> int:
        """The first that it can have taken part in; found once, all rounds are looked through."""
        if model.id not in self._born:
            rounds = self._tournaments[model.tournament].rounds
            self._born[model.id] = fetch_plan.born(model, rounds)
        return self._born[model.id]

    def _absent_before(self, model: Model) -> RoundRanges:
        return self._coverage.of(Covered.ABSENT_PERFORMANCES, model.id)

    def _whole(self, model: Model) -> RoundRanges:
        return self._coverage.of(Covered.PERFORMANCES, model.id)

    def _request(self, batch: Batch, *, newest: bool = False, again: bool = False) -> Request:
        """Rows of a few models. What is damaged or does not come is asked for once more, each
        model by itself, before it counts as missing."""

        def take(reply: Reply, apart: Reply | None = None) -> Iterable[Request]:
            doubtful = []
            for place, span in enumerate(batch):
                problems = Problems()
                read = self._read(reply, place, span, problems, apart)
                if problems.damaged and not again:
                    doubtful.append(span)
                else:
                    self._keep(span, read, problems, running=newest)
            return [self._request((span,), newest=newest, again=True) for span in doubtful]

        def fail(error: NumeraiError) -> Iterable[Request]:
            if len(batch) > 1 and not again:
                return [self._request((span,), newest=newest, again=True) for span in batch]
            for span in batch:
                self._lose(span, error.what)
            return ()

        names = listed(dict.fromkeys(span.model.name for span in batch))
        variables = {
            f"{name}{place}": value
            for place, span in enumerate(batch)
            for name, value in self._variables(span).items()
        }
        if newest:
            document = documents.running(len(batch))
        else:
            form = self._lessons.performance_form()
            flat = form is PerformanceForm.LAST_N and len(batch[0]) > fetch_plan.SLICE_ROUNDS
            document = documents.slices(len(batch), form, flat=flat)
            if flat:
                ask = partial(self._scores_apart, take, fail, variables)
                return Request(f"scores of {names}", document, ask, fail, variables)
        return Request(f"scores of {names}", document, take, fail, variables)

    @staticmethod
    def _scores_apart(
        take: Callable[[Reply, Reply], Iterable[Request]],
        fail: Callable[[NumeraiError], Iterable[Request]],
        variables: dict[str, Json],
        rows: Reply,
    ) -> Iterable[Request]:
        """The scores of many rounds are slow to get with their rows: ask for them by themselves."""
        document = documents.scores(1)
        yield Request("scores", document, lambda scores: take(rows, scores), fail, variables)

    def _variables(self, span: Span) -> dict[str, Json]:
        """All that any form asks with; what a form does not use is not sent."""
        newest = self._tournaments[span.model.tournament].newest
        return {
            "model": span.model.id,
            "tournament": int(span.model.tournament),
            "last": newest - span.first + 1,
            "from": span.first,
            "to": span.last,
            "limit": len(span),
        }

    def _read(
        self, reply: Reply, place: int, span: Span, problems: Problems, apart: Reply | None
    ) -> wire.Slice:
        rounds = self._tournaments[span.model.tournament]
        facts = wire.RoundFacts(rounds.rounds, self._payouts, rounds.newest)
        alias = f"slice{place}"
        scores = None if apart is None else (apart, "slice0")
        return wire.read_performances(reply, alias, span.model, facts, problems, scores=scores)

    def _keep(self, span: Span, read: wire.Slice, problems: Problems, *, running: bool) -> None:
        model_id = span.model.id
        lost = frozenset(fact for fact, _ in problems.missing)
        nulls = {fact for fact, _ in problems.nulls}
        rows = [row for row in read.rows if span.first <= row.round]
        former = self._stored.of_model(span.model, span.first, scores=bool(lost | nulls))
        self._stored_rounds[model_id] |= RoundRanges.of(former)
        doubtful: set[int] = set()
        for row in rows:
            if row.state is PayoutState.PENDING and row.at_risk and not is_atomic(row.clip):
                self.staked.add(model_id)
            self._rows[model_id, row.round] = row
            if row.round not in former:
                if has_holes(row, self._names(row)):
                    doubtful.add(row.round)
            elif lost or former.settled(row.round) or former.tells_more(row):
                before = self._before[model_id, row.round] = former[row.round]
                gone = self._not_believed(vanished(row, before) - lost, model_id)
                if gone:
                    doubtful.add(row.round)
                self._rows[model_id, row.round] = performance_with(row, before, lost | gone)
        if not read.complete:
            self._lose(span, "Numerai's list of them can't be used.")
        else:
            unsound = {*doubtful, *(read.lacking if problems.damaged else ())}
            self._list(span, read, rows, unsound)
        if running:
            self.problems.take(problems)
        elif problems.damaged:
            damaged = RoundRanges.of(read.lacking)
            self._lose_rounds(model_id, damaged, next(iter(problems.missing.values())))

    def _names(self, row: Performance) -> Iterator[str]:
        """The scores that the round of a row has."""
        entry = self._tournaments[row.tournament].rounds.get(row.round)
        yield from (score.display_name for score in entry.scores) if entry else ()

    def _not_believed(self, facts: frozenset[Fact], model_id: str) -> frozenset[Fact]:
        """Those of ``facts`` that are suddenly null and were not some minutes ago: they are
        missing until then."""
        doubted = frozenset(fact for fact in facts if not self._missing_before(fact, model_id))
        if doubted:
            self.problems.lacks(tuple(doubted), model_id, "Numerai says null where something was.")
        return doubted

    def _list(
        self,
        span: Span,
        read: wire.Slice,
        rows: Sequence[Performance],
        unsound: Collection[int],
    ) -> None:
        final = frozenset(
            row.round
            for row in rows
            if row.state is PayoutState.SETTLED and row.round not in unsound
        )
        asked = RoundRange(span.first, span.last)
        present = frozenset(row.round for row in rows)
        self._listings.append(_Listing(span.model, asked, present, final, read.scores_only))
        lacks = span.model.tournament in self._rounds_lack
        lacking = RoundRanges.of(final if lacks else final & read.lacking.keys())
        if lacking:
            self._coverage.add(Covered.LACKING_PERFORMANCES, span.model.id, lacking)

    def _prove(self, listing: _Listing) -> None:
        model = listing.model
        rounds = self._tournaments[model.tournament]
        expected = self._expected(model) | self._stored_rounds[model.id]
        proof = fetch_plan.prove(
            listing.asked,
            listing.present,
            listing.final,
            ended=rounds.ended,
            expected=expected,
            first=self._first_round(model),
        )
        self._coverage.add(Covered.PERFORMANCES, model.id, proof.complete)
        if listing.scores_only:
            without_row = proof.complete - RoundRanges.of(listing.present)
            self._coverage.add(Covered.LACKING_PERFORMANCES, model.id, without_row)
        self._absent[model.id] |= proof.absent
        self._present[model.id] |= RoundRanges.of(listing.present)
        asked = RoundRanges([listing.asked])
        gone = (asked & expected) - RoundRanges.of(listing.present)
        self._lose_rounds(model.id, gone, "Numerai's list of them was cut short.")

    def _lose(self, span: Span, why: str) -> None:
        self._lose_rounds(span.model.id, RoundRanges.span(span.first, span.last), why)

    def _lose_rounds(self, model_id: str, rounds: RoundRanges, why: str) -> None:
        if rounds:
            lost = self._lost[model_id]
            lost.rounds, lost.why = lost.rounds | rounds, why


def _in_words(rounds: RoundRanges) -> str:
    ranges = list(rounds)
    first, last = ranges[0].first, ranges[-1].last
    if first == last:
        return f"round {first}"
    return f"{len(rounds)} of the rounds {first} to {last}"
