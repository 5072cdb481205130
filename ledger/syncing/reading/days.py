"""Past rounds' daily scores, from which it is learned how such rounds move.

A sync sees what running rounds score on its own day. For rounds that ran before the first sync,
or while nobody synced, Numerai is asked: for a few models, a few rounds at a time, since the live
server takes long over them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.syncing.facts import ScoreDay
from ledger.errors import NumeraiError
from ledger.numerai import documents
from ledger.numerai.answers import Reply
from ledger.numerai.lessons import PerformanceForm
from ledger.numerai.wire import Problems
from ledger.numerai.wire.fields import Fields
from ledger.rules.earnings.pending_range import pays
from ledger.syncing.requests import Request

if TYPE_CHECKING:
    from ledger.store import Store

MODELS = 3
"""Models of a tournament whose past days are asked for: how rounds move is much alike."""

PAST_ROUNDS = 60
"""Settled rounds of each that are asked for, at most."""

RUNNING_ROUNDS = 80
"""More than run at a time."""

SLICE = 20
"""Rounds of one model in one request, each with every score of every day."""


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Settled rounds of one model, newest first, whose daily scores are to be asked for.

    ``rows`` are the performances in these rounds, ``newest`` is the newest round of the
    tournament that has opened.
    """

    model: Model
    rows: tuple[Performance, ...]
    newest: int


def day_spans(
    models: Iterable[Model],
    rows_of: Callable[[Model], Sequence[Performance]],
    newest: int,
    asked: Collection[tuple[str, int]] = (),
) -> list[DaySpan]:
    """What to ask for in one tournament, the newest first; ``rows_of`` a model, newest first.

    Rounds have to pay as a running one of the model does: others tell nothing about it.
    ``newest``: the newest round that has opened. ``asked``: model ids and rounds that are not
    asked for again.
    """
    placed: list[tuple[int, DaySpan]] = []
    taking = 0
    for model in sorted(models, key=lambda model: model.id):
        past = _past(rows_of(model))
        new = [row for row in past if (model.id, row.round) not in asked]
        placed += [
            (at, DaySpan(model, tuple(new[at : at + SLICE]), newest))
            for at in range(0, len(new), SLICE)
        ]
        taking += bool(past)
        if taking == MODELS:
            break
    return [span for _, span in sorted(placed, key=lambda pair: pair[0])]


def unseen_days(store: Store) -> list[DaySpan]:
    """Settled rounds of the ledger whose daily scores nobody saw and nobody asked for."""
    spans: list[DaySpan] = []
    models = store.models()
    for tournament in sorted({model.tournament for model in models}):
        newest = store.rounds(tournament, newest=RUNNING_ROUNDS + PAST_ROUNDS, scores=False)
        if newest:
            spans += day_spans(
                [model for model in models if model.tournament is tournament],
                partial(_rows, store, newest[-1].number),
                newest[0].number,
                store.asked_days(tournament),
            )
    return spans


def _rows(store: Store, since: int, model: Model) -> tuple[Performance, ...]:
    return store.performances(model.tournament, since=since, model_id=model.id)


def _past(rows: Sequence[Performance]) -> list[Performance]:
    running = {pays(row) for row in rows if row.state is PayoutState.PENDING} - {()}
    settled = [row for row in rows if row.state is PayoutState.SETTLED][:PAST_ROUNDS]
    return [row for row in settled if pays(row) in running]


class DayReading:
    """Asks for the days of rounds. ``days`` fills up; any request may fail, a later sync asks
    again."""

    def __init__(self) -> None:
        self.days: list[ScoreDay] = []
        self.problems = Problems()

    def requests(
        self, spans: Sequence[DaySpan], aliases: int, form: PerformanceForm
    ) -> list[Request]:
        """What to ask for, as ``form`` takes it; nothing where scores come without their days."""
        if form is PerformanceForm.SUBMISSION_SCORES:
            return []
        starts = range(0, len(spans), aliases)
        return [self._request(spans[at : at + aliases], form) for at in starts]

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        return self.problems.missing.items()

    def keep(self, former: MissingFacts) -> None:
        """Nobody looks this time: what was missing before is missing still."""
        for entry in former:
            if entry.fact is Fact.DAILY_SCORES:
                self.problems.lacks(entry.fact, entry.subject, entry.why, asked=False)

    def drain(self) -> tuple[ScoreDay, ...]:
        """What came since the last time."""
        days, self.days = self.days, []
        return tuple(days)

    def _request(self, batch: Sequence[DaySpan], form: PerformanceForm) -> Request:
        def take(reply: Reply) -> Iterable[Request]:
            for place, span in enumerate(batch):
                self.days += self._read(reply, f"slice{place}", span)
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            for span in batch:
                self.problems.lacks(Fact.DAILY_SCORES, span.model.id, error.what)
            return ()

        variables = {
            f"{name}{place}": value
            for place, span in enumerate(batch)
            for name, value in (
                ("model", span.model.id),
                ("tournament", int(span.model.tournament)),
                ("from", span.rows[-1].round),
                ("to", span.rows[0].round),
                ("limit", span.rows[0].round - span.rows[-1].round + 1),
                ("last", span.newest - span.rows[-1].round + 1),
            )
        }
        document = documents.days(len(batch), form)
        return Request("daily scores", document, take, fail, variables)

    def _read(self, reply: Reply, alias: str, span: DaySpan) -> Iterator[ScoreDay]:
        """Days of the rounds asked for, and the mark of those that have none."""
        top = Fields.top(
            reply, f"{said(span.model.name)}, daily scores", self.problems, span.model.id
        )
        rows = top.children_or_none(alias, fact=Fact.DAILY_SCORES)
        if rows is None:
            return
        by_round: dict[int, Fields] = {}
        for entry in rows:
            number = entry.round_number("roundNumber", fact=Fact.DAILY_SCORES)
            if number is not None:
                by_round[number] = entry
        for row in span.rows:
            if not by_round or not min(by_round) <= row.round <= max(by_round):
                continue
            own = Problems()
            listed = by_round.get(row.round)
            days = _weighted(listed.reporting(own), row) if listed is not None else {}
            self.problems.take(own)
            if own.missing:
                continue
            for day, weighted in (days or {0: Decimal(0)}).items():
                yield ScoreDay(row.model_id, row.tournament, row.round, day, weighted)


def _weighted(fields: Fields, row: Performance) -> dict[int, Decimal]:
    """The weighted score of each day on which all paying scores have a value."""
    fact = Fact.DAILY_SCORES
    pays = {score.name: score.multiplier for score in row.scores if score.multiplier}
    scores_by_day: dict[int, dict[str, Decimal]] = {}
    for entry in fields.children("intraRoundSubmissionScores", fact=fact):
        name, day = entry.text("displayName", fact=fact), entry.days("day", low=1, fact=fact)
        value = entry.decimal("value", low=-100, high=100, fact=fact)
        if name in pays and day is not None and value is not None:
            scores_by_day.setdefault(day, {})[name] = value * (pays[name] or Decimal(0))
    return {
        day: sum(values.values(), Decimal(0))
        for day, values in scores_by_day.items()
        if values.keys() == pays.keys()
    }
