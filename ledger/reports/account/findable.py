"""What can be found by name in a ledger: models, rounds, predictors, changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.model import Model, Tournament
from ledger.domain.slots.predictor import Predictor
from ledger.reports.queue.queue import QueueLine, QueueReport
from ledger.rules.naming import names

RoundNumber = tuple[Tournament, int, bool]
"""Tournament and number of a round, and whether a model took part in it."""


@dataclass(frozen=True, slots=True)
class FindableModel:
    """A model under the ``label`` that tells it from all others, from those in use if it is."""

    model: Model
    label: str


@dataclass(frozen=True, slots=True)
class FindableRound:
    """A round by its number, the ``tournaments`` that have one of it, and those of them in which a
    model took part."""

    number: int
    tournaments: tuple[Tournament, ...]
    played: tuple[Tournament, ...]


@dataclass(frozen=True, slots=True)
class Findable:
    """Everything with a name or a number, rounds and changes newest first."""

    models: tuple[FindableModel, ...]
    rounds: tuple[FindableRound, ...]
    predictors: tuple[Predictor, ...]
    changes: tuple[QueueLine, ...]


def build_findable(
    models: Iterable[Model],
    rounds: Iterable[RoundNumber],
    predictors: Iterable[Predictor],
    queue: QueueReport,
) -> Findable:
    """Put them together; ``rounds`` of one number stand beside each other."""
    every = tuple(models)
    labels = names(every) | names(model for model in every if not model.archived)
    numbers: dict[int, list[tuple[Tournament, bool]]] = {}
    for tournament, number, played in rounds:
        numbers.setdefault(number, []).append((tournament, played))
    return Findable(
        models=tuple(FindableModel(model, labels[model.id]) for model in every),
        rounds=tuple(
            FindableRound(
                number,
                tuple(tournament for tournament, _ in entries),
                tuple(tournament for tournament, played in entries if played),
            )
            for number, entries in numbers.items()
        ),
        predictors=tuple(predictors),
        changes=queue.lines,
    )
