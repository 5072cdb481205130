"""Past rounds' daily scores, from which it is learned how such rounds move.

A sync sees what running rounds score on its own day. For rounds that ran before the first sync,
or while nobody synced, Numerai is asked: for a few models, a few rounds at a time, since the live
server takes long over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.domain.facts import ScoreDay
from ledger.domain.model import Model, Tournament
from ledger.domain.payout import PayoutState, Performance
from ledger.numerai import documents
from ledger.numerai.answers import Json, Reply
from ledger.numerai.errands import Errand
from ledger.numerai.wire import Problems
from ledger.numerai.wire.fields import Fields
from ledger.rules.moves import pays

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
    """Settled rounds of one model, newest first, whose daily scores are to be asked for."""

    model: Model
    rows: tuple[Performance, ...]


def day_spans(
    models: Iterable[Model],
    rows_of: Callable[[Model], Sequence[Performance]],
    asked: Collection[tuple[str, int]] = (),
) -> list[DaySpan]:
    """What to ask for in one tournament, the newest first; ``rows_of`` a model, newest first.

    Rounds have to pay as a running one of the model does: others tell nothing about it.
    ``asked``: model ids and rounds that are not asked for again.
    """
    found: list[tuple[int, DaySpan]] = []
    taking = 0
    for model in sorted(models, key=lambda one: one.id):
        past = _past(rows_of(model))
        new = [row for row in past if (model.id, row.round) not in asked]
        found += [
            (at, DaySpan(model, tuple(new[at : at + SLICE]))) for at in range(0, len(new), SLICE)
        ]
        taking += bool(past)
        if taking == MODELS:
            break
    return [span for _, span in sorted(found, key=lambda one: one[0])]


def first_spans(models: Iterable[Model], performances: Iterable[Performance]) -> list[DaySpan]:
    """The same for all tournaments, when everything there is has just been fetched."""
    rows: defaultdict[str, list[Performance]] = defaultdict(list)
    for row in sorted(performances, key=lambda one: -one.round):
        rows[row.model_id].append(row)
    groups: defaultdict[Tournament, list[Model]] = defaultdict(list)
    for model in models:
        groups[model.tournament].append(model)
    return [span for own in groups.values() for span in day_spans(own, lambda one: rows[one.id])]


def _past(rows: Sequence[Performance]) -> list[Performance]:
    running = {pays(row) for row in rows if row.state is PayoutState.PENDING} - {()}
    settled = [row for row in rows if row.state is PayoutState.SETTLED][:PAST_ROUNDS]
    return [row for row in settled if pays(row) in running]


class DayList:
    """Asks for the days of rounds. ``found`` fills up."""

    def __init__(self, problems: Problems) -> None:
        self.found: list[ScoreDay] = []
        self._problems = problems

    def errands(self, spans: Sequence[DaySpan], aliases: int) -> list[Errand]:
        """Any of them may fail: a later sync asks again."""
        starts = range(0, len(spans), aliases)
        return [self._errand(spans[at : at + aliases]) for at in starts]

    def _errand(self, batch: Sequence[DaySpan]) -> Errand:
        def take(reply: Reply) -> Iterable[Errand]:
            for i, span in enumerate(batch):
                self.found += self._read(reply.data.get(f"slice{i}"), span)
            return ()

        variables = {
            f"{name}{i}": value
            for i, span in enumerate(batch)
            for name, value in (
                ("model", span.model.id),
                ("tournament", int(span.model.tournament)),
                ("from", span.rows[-1].round),
                ("to", span.rows[0].round),
            )
        }
        document = documents.days(len(batch))
        return Errand("daily scores", document, take, variables, needed=False, silent=True)

    def _read(self, rows: Json, span: DaySpan) -> Iterator[ScoreDay]:
        """Days of the rounds asked for, and the mark of those that have none."""
        if not isinstance(rows, list):
            return
        given = {}
        for entry in rows:
            if isinstance(entry, dict):
                fields = Fields(entry, f"{span.model.name}, daily scores", self._problems)
                given[fields.integer("roundNumber", low=1)] = fields
        for row in span.rows:
            days = _weighted(given[row.round], row) if row.round in given else {}
            for day, weighted in (days or {0: Decimal(0)}).items():
                yield ScoreDay(row.model_id, row.tournament, row.round, day, weighted)


def _weighted(fields: Fields, row: Performance) -> dict[int, Decimal]:
    """The weighted score of each day on which all paying scores have a value."""
    pays = {score.name: score.multiplier for score in row.scores if score.multiplier}
    seen: dict[int, dict[str, Decimal]] = {}
    for entry in fields.children("intraRoundSubmissionScores"):
        name, day = entry.text("displayName"), entry.integer("day", low=1)
        value = entry.decimal("value", low=-100, high=100)
        if name in pays and day is not None and value is not None:
            seen.setdefault(day, {})[name] = value * (pays[name] or Decimal(0))
    return {
        day: sum(values.values(), Decimal(0))
        for day, values in seen.items()
        if values.keys() == pays.keys()
    }
