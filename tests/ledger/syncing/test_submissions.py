"""A slot was filled, missed or is awaited only where Numerai says so; silence says nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import SubmissionState
from ledger.numerai.answers import Reply
from ledger.syncing.former import Coverage
from ledger.syncing.reading.submissions import SubmissionReading

CLASSIC = Tournament.CLASSIC
NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
OLD = datetime(2024, 3, 1, tzinfo=UTC)
ALPHA = Model("m-alpha", "ALPHA", CLASSIC, created=OLD)
YOUNG = Model("m-young", "YOUNG", CLASSIC)
MODELS = {model.id: model for model in (ALPHA, YOUNG)}


def a_round(number: int, opens: datetime, close: datetime) -> Round:
    return Round(CLASSIC, number, opens, close, close, None, None, False, None, None)


ROUNDS = {
    1403: a_round(
        1403, datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 13, tzinfo=UTC)
    ),
    1404: a_round(
        1404, datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 11, 22, 14, tzinfo=UTC)
    ),
}


def row(number: int, submission_id: str | None) -> Performance:
    return Performance(
        ALPHA.id,
        CLASSIC,
        number,
        NMR(0),
        None,
        PayoutState.PENDING,
        None,
        None,
        None,
        None,
        submission_id,
    )


def reading(*lists: tuple[Model, list[dict[str, object]]]) -> SubmissionReading:
    """A reading that was answered with these lists."""
    made = SubmissionReading(MODELS, {CLASSIC: ROUNDS}, {CLASSIC: 1404}, Coverage({}), NOW)
    (request,) = made.requests({})
    models = [{"id": model.id, "latestSubmissions": rows} for model, rows in lists]
    assert not list(request.take(Reply({"account": {"models": models}})))
    return made


def listed(number: int, at: str | None, status: str = "none") -> dict[str, object]:
    return {"roundNumber": number, "id": at and f"s-{number}", "status": status, "timestamp": at}


def test_rounds_listed_without_a_submission_were_missed_or_are_awaited() -> None:
    made = reading((ALPHA, [listed(1404, None), listed(1403, None)]))
    states = {entry.round: entry.state for entry in made.drain()}
    assert states == {1404: SubmissionState.AWAITED, 1403: SubmissionState.MISSED}
    assert made.drain() == ()


def test_nothing_is_said_of_a_model_nobody_knows_the_age_of() -> None:
    made = reading((YOUNG, [listed(1404, None), listed(1403, None)]))
    assert made.drain() == ()


def test_a_list_that_does_not_come_says_nothing() -> None:
    made = reading((YOUNG, []))
    assert made.drain() == ()
    assert (Fact.SUBMISSIONS, ALPHA.id) in dict(made.missing())


def test_rows_speak_for_rounds_that_are_not_listed() -> None:
    made = reading((ALPHA, [listed(1404, "2026-11-21T12:20:00Z", "success")]))
    (entry,) = made.drain()
    assert (entry.state, entry.submission_id) == (SubmissionState.SUBMITTED, "s-1404")
    rows = [row(1404, None), row(1403, None)]
    states = {entry.round: entry.state for entry in made.of_rows(rows, frozenset())}
    assert states == {1403: SubmissionState.MISSED}
    assert not list(made.of_rows(rows, frozenset({(Fact.SUBMISSION_ID, ALPHA.id)})))
    (submitted,) = made.of_rows([row(1403, "s-1403")], frozenset())
    assert (submitted.state, submitted.at) == (SubmissionState.SUBMITTED, None)
