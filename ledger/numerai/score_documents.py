"""How models did in rounds, in all the forms in which Numerai may be asked for it.

Variables go by the number of the model in the request: ``$model0``, ``$tournament0``, then
``$last0`` (how many of the newest rounds), or ``$from0`` with ``$to0`` or ``$limit0``. Variables
that a form does not use may be given all the same.
"""

from __future__ import annotations

from functools import lru_cache

from ledger.numerai.lessons import PerformanceForm
from ledger.numerai.parts import Arg, Document, Field, Form, OneOf, Pacing, Part, leaves

PERFORMANCES = "performances"
DAYS = "days"
SCORES = "scores"
"""Names of the documents below, as lessons on slices that are too deep have them."""

_SCORES = Field(
    "submissionScores",
    (
        *leaves("displayName", must=True),
        *leaves("value percentile day payoutPending payoutSettled resolved"),
    ),
    type="SubmissionScore",
)
_FLAT: tuple[Part, ...] = (
    *leaves("roundNumber", must=True),
    *leaves("roundResolveTime roundResolved roundPayoutFactor submissionId atRisk"),
    OneOf(
        (
            (
                Field(
                    "payoutMultipliers",
                    leaves("displayName multiplier", must=True),
                    type="PayoutMultiplier",
                ),
            ),
            leaves("corrMultiplier mmcMultiplier tcMultiplier"),
        )
    ),
)
_BY_DAY = (
    *leaves("roundNumber", must=True),
    Field(
        "intraRoundSubmissionScores",
        leaves("displayName value day", must=True),
        type="SubmissionScore",
        must=True,
    ),
)
_BY_SCORE = (
    *leaves("roundNumber displayName", must=True),
    *leaves("roundResolveTime submissionId"),
    *leaves("value percentile day payoutPending payoutSettled resolved"),
)


@lru_cache
def running(models: int) -> Document:
    """The newest ``$last<i>`` rounds of ``$model<i>``, one row a round, as ``slice<i>``."""
    forms = (
        PerformanceForm.LAST_N,
        PerformanceForm.TWO_ARGUMENTS,
        PerformanceForm.SUBMISSION_SCORES,
    )
    below = (*_FLAT, _SCORES)
    return _document(PERFORMANCES, *(_form(form, models, below) for form in forms))


@lru_cache
def slices(
    models: int, form: PerformanceForm = PerformanceForm.RANGES, *, flat: bool = False
) -> Document:
    """A slice of past rounds per model as ``slice<i>``, in one ``form``.

    With ``flat`` the scores are left out, which are slow to get over many rounds.
    """
    return _document(PERFORMANCES, _form(form, models, _FLAT if flat else (*_FLAT, _SCORES)))


@lru_cache
def days(models: int, form: PerformanceForm = PerformanceForm.RANGES) -> Document:
    """The same with the scores of every scoring day; scores by themselves do not tell them."""
    return _document(DAYS, _form(form, models, _BY_DAY))


@lru_cache
def scores(models: int) -> Document:
    """The scores of ``$last<i>`` rounds by themselves, one row a score, as ``slice<i>``."""
    return _document(SCORES, _form(PerformanceForm.SUBMISSION_SCORES, models, ()))


def _document(name: str, *forms: Form) -> Document:
    return Document(name, forms, Pacing.PERFORMANCES)


def _form(form: PerformanceForm, models: int, below: tuple[Part, ...]) -> Form:
    return Form(form.value, tuple(_root(form, i, below) for i in range(models)))


def _root(form: PerformanceForm, i: int, below: tuple[Part, ...]) -> Field:
    tournament = Arg("tournament", f"$tournament{i}", ("Int", "Int!"), must=True)
    if form is PerformanceForm.SUBMISSION_SCORES:
        model = Arg("modelId", f"$model{i}", ("ID!", "String!"), must=True)
        by_score = (model, tournament, _integer("lastNRounds", f"$last{i}", must=False))
        return Field("submissionScores", _BY_SCORE, by_score, f"slice{i}", "SubmissionScore")
    model = Arg("modelId", f"$model{i}", ("String!", "ID!"), must=True)
    args = (model, tournament, *_range(form, i))
    return Field("v2RoundModelPerformances", below, args, f"slice{i}", "V2RoundModelPerformance")


def _range(form: PerformanceForm, i: int) -> tuple[Arg, ...]:
    once = Arg("distinctOnRound", "true")
    if form is PerformanceForm.RANGES:
        bounds = (("roundNumber__gte", f"$from{i}"), ("roundNumber__lte", f"$to{i}"))
        return (*(_integer(name, value) for name, value in bounds), once)
    if form is PerformanceForm.FROM_LIMIT:
        return (_integer("roundNumber__gte", f"$from{i}"), _integer("limit", f"$limit{i}"), once)
    if form is PerformanceForm.LAST_N:
        return (_integer("lastNRounds", f"$last{i}"), once)
    return ()


def _integer(name: str, variable: str, *, must: bool = True) -> Arg:
    return Arg(name, variable, ("Int", "Int!"), must=must)
