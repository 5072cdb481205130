"""Earnings added up: the same total by any key, in any money; returns, bands, what is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.account import earnings as earnings_book
from ledger.book import Book
from ledger.domain.earnings.paid_rounds import (
    Amounts,
    Grouping,
    PaidRound,
    TournamentEarnings,
    Unit,
    exactly,
)
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.price import IMPORTED, DayPrice
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.syncing.facts import Price
from ledger.reports.earnings.earnings import View, build_earnings
from ledger.reports.earnings.narrowed import of_line, of_model
from ledger.reports.earnings.projected import ProjectedPayouts, build_projected
from ledger.rules.earnings.pending_range import FEWEST
from ledger.rules.earnings.returns import committed_returns
from ledger.rules.records.prices import PriceBook
from ledger.rules.rounds import calendar
from ledger.rules.rounds.payout import weighted_score
from ledger.sandbox import Sandbox
from ledger.syncing.reading.days import MODELS as ASKED_MODELS
from ledger.syncing.reading.days import PAST_ROUNDS
from ledger.syncing.run import MOST_REQUESTS
from tests.conftest import BookMaker
from tests.ledger.rules.earnings.test_explain import a_round

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MODELS = {
    Tournament.CLASSIC: (
        Model("a", "alder", Tournament.CLASSIC),
        Model("b", "birch", Tournament.CLASSIC),
    ),
    Tournament.SIGNALS: (Model("c", "cedar", Tournament.SIGNALS),),
}


class PricesBut:
    """A price of its own for every day, but for one day of the week."""

    def __init__(self, without: int | None = None) -> None:
        self._without = without

    def price_on(self, day: date, currency: str) -> Decimal | None:
        assert currency == "EUR"
        return None if day.weekday() == self._without else Decimal(day.toordinal()) / 64000

    def newest(self, currency: str, until: date) -> DayPrice | None:
        day = until if until.weekday() != self._without else until - timedelta(days=1)
        price = self.price_on(day, currency)
        assert price is not None
        return DayPrice(day, currency, price, "made up")


def paid_round(
    tournament: Tournament, number: int, payouts: Amounts, *, atomic: bool = False
) -> PaidRound:
    resolves = calendar.resolves(number, 20)
    done = resolves <= NOW
    return PaidRound(
        tournament=tournament,
        number=number,
        opens=calendar.opens(number),
        resolves=resolves,
        atomic=atomic,
        settled=payouts if done else None,
        pending=None if done else payouts,
        taking=tuple(one is not None for one in payouts),
        at_risk=tuple(None if one is None else Decimal(4) for one in payouts),
    )


amounts = st.one_of(
    st.none(), st.integers(-(10**22), 10**22).map(lambda wei: NMR.from_wei(wei).amount)
)
histories = st.dictionaries(
    st.tuples(st.sampled_from(list(MODELS)), st.integers(1100, 1404)),
    st.tuples(amounts, amounts),
    min_size=1,
    max_size=25,
)


def earned(
    history: dict[tuple[Tournament, int], tuple[Decimal | None, ...]],
) -> list[TournamentEarnings]:
    return [
        TournamentEarnings(
            tournament,
            models,
            tuple(
                paid_round(tournament, number, history[tournament, number][: len(models)])
                for number in sorted((n for t, n in history if t is tournament), reverse=True)
            ),
        )
        for tournament, models in MODELS.items()
    ]


@given(histories, st.sampled_from(list(Grouping)), st.sampled_from(list(Unit)))
def test_any_grouping_has_the_same_total(
    history: dict[tuple[Tournament, int], tuple[Decimal | None, ...]], by: Grouping, unit: Unit
) -> None:
    tournaments = earned(history)
    report = build_earnings(tournaments, View(by, unit, currency="EUR"), NOW, PricesBut())
    rounds = build_earnings(tournaments, View(unit=unit, currency="EUR"), NOW, PricesBut())
    with exactly():
        assert sum(group.paid.settled for group in report.groups) == rounds.paid.settled
        assert sum(group.paid.pending for group in report.groups) == rounds.paid.pending
        assert sum(paid.total for paid in report.totals) == rounds.paid.total
        if by not in {Grouping.MODEL, Grouping.TOURNAMENT}:
            for index, paid in enumerate(report.totals):
                assert sum(group.cells[index].total for group in report.groups) == paid.total
    assert report.unpriced == 0
    if unit is not Unit.FIAT:
        wei = [
            NMR(one)
            for entry in tournaments
            for line in entry.rounds
            for row in (line.settled, line.pending)
            for one in row or ()
            if one is not None
        ]
        assert rounds.paid.total == NMR.total(wei).amount


@given(histories, st.sampled_from(list(Grouping)))
def test_percent_is_of_the_stake_of_the_same_rounds(
    history: dict[tuple[Tournament, int], tuple[Decimal | None, ...]], by: Grouping
) -> None:
    report = build_earnings(earned(history), View(by, Unit.PERCENT), NOW)
    cells = sum(
        one is not None
        for (tournament, _), row in history.items()
        for one in row[: len(MODELS[tournament])]
    )
    assert (report.paid.at_risk or 0) == 4 * cells
    assert sum(group.paid.at_risk or 0 for group in report.groups) == 4 * cells
    if cells:
        assert report.paid.rate == report.paid.total / (4 * cells)


def test_periods_are_those_in_which_rounds_resolve() -> None:
    history = {(Tournament.CLASSIC, n): (Decimal(1), Decimal(-2)) for n in range(1350, 1380)}
    tournaments = earned(history)
    by_day = build_earnings(tournaments, View(Grouping.DAY), NOW)
    assert by_day.groups[0].label == f"{calendar.resolves(1379, 20):%Y-%m-%d}"
    by_week = build_earnings(tournaments, View(Grouping.WEEK), NOW)
    assert {len(group.rounds) for group in by_week.groups[1:-1]} == {5}
    assert [g.label for g in build_earnings(tournaments, View(Grouping.YEAR), NOW).groups] == [
        "2026"
    ]
    months = build_earnings(tournaments, View(Grouping.MONTH), NOW).groups
    assert [group.label for group in months] == ["2026-11", "2026-10"]
    assert months[1].paid.settled == -len(months[1].rounds)
    assert not months[1].running


def test_last_rounds_best_and_worst() -> None:
    history = {
        (Tournament.CLASSIC, number): (Decimal(number - 1354), None) for number in range(1350, 1360)
    }
    tournaments = earned(history)
    report = build_earnings(tournaments, View(last=4), NOW)
    assert [group.rounds for group in report.groups] == [(1359,), (1358,), (1357,), (1356,)]
    assert [model.name for model in report.models] == ["alder"]
    everything = build_earnings(tournaments, View(), NOW)
    assert [group.label for group in everything.best(2)] == ["1359", "1358"]
    assert [group.label for group in everything.worst(2)] == ["1350", "1351"]


def test_best_in_percent_is_best_in_percent() -> None:
    rounds = [
        replace(
            paid_round(Tournament.CLASSIC, number, (Decimal(paid), None)),
            at_risk=(Decimal(stake), None),
        )
        for number, paid, stake in ((1352, 3, 100), (1351, 2, 10), (1350, -1, 1))
    ]
    one = TournamentEarnings(Tournament.CLASSIC, MODELS[Tournament.CLASSIC], tuple(rounds))
    nmr = build_earnings([one], View(), NOW)
    assert [group.label for group in nmr.best(3)] == ["1352", "1351", "1350"]
    percent = build_earnings([one], View(unit=Unit.PERCENT), NOW)
    assert [group.label for group in percent.best(3)] == ["1351", "1352", "1350"]


def test_rounds_without_a_price_are_counted_not_guessed() -> None:
    history = {(Tournament.CLASSIC, n): (Decimal(1), None) for n in range(1350, 1360)}
    tournaments = earned(history)
    lacking = calendar.resolves(1352, 20).weekday()
    view = View(unit=Unit.FIAT, currency="EUR")
    report = build_earnings(tournaments, view, NOW, PricesBut(lacking))
    expected = sum(calendar.resolves(n, 20).weekday() == lacking for n in range(1350, 1360))
    assert report.unpriced == expected > 0
    priced = [group for group in report.groups if group.paid.total]
    assert len(priced) == 10 - expected
    assert report.paid.unpriced == report.totals[0].unpriced == expected
    blank = [group for group in report.groups if group.paid.unpriced]
    assert len(blank) == expected
    assert all(group.cells[0].unpriced == 1 and not group.paid.total for group in blank)
    nothing = build_earnings(tournaments, view, NOW, None)
    assert (nothing.paid.total, nothing.unpriced) == (0, 10)


@given(histories, st.sampled_from(list(Grouping)))
def test_what_has_no_price_is_the_same_by_any_grouping(
    history: dict[tuple[Tournament, int], tuple[Decimal | None, ...]], by: Grouping
) -> None:
    tournaments, prices = earned(history), PricesBut(calendar.resolves(1300, 20).weekday())
    report = build_earnings(tournaments, View(by, Unit.FIAT, currency="EUR"), NOW, prices)
    with exactly():
        lacking = sum(
            abs(one)
            for entry in tournaments
            for line in entry.rounds
            for one in line.settled or ()
            if one is not None
            and prices.price_on(calendar.resolves(line.number, 20).date(), "EUR") is None
        )
        assert report.paid.unpriced == lacking
        assert sum(group.paid.unpriced for group in report.groups) == lacking
        assert sum(paid.unpriced for paid in report.totals) == lacking


def test_a_payout_has_its_days_price_a_pending_one_the_newest() -> None:
    settled, running = 1350, 1400
    history = {(Tournament.CLASSIC, n): (Decimal(2), None) for n in (settled, running)}
    paid_on, today = calendar.resolves(settled, 20).date(), NOW.date()
    known = [(paid_on, "10"), (paid_on - timedelta(days=1), "99"), (today, "12")]
    prices = PriceBook(day_price(day, price) for day, price in known)
    report = build_earnings(earned(history), View(unit=Unit.FIAT, currency="EUR"), NOW, prices)
    assert (report.paid.settled, report.paid.pending, report.unpriced) == (20, 24, 0)
    assert report.newest is not None and (report.newest.day, report.newest.price) == (today, 12)
    stale = PriceBook([day_price(paid_on - timedelta(days=2), "8")])
    report = build_earnings(earned(history), View(unit=Unit.FIAT, currency="EUR"), NOW, stale)
    assert (report.paid.settled, report.paid.pending, report.paid.unpriced) == (0, 16, 2)


def test_days_between_prices_are_filled_in_only_on_request(book: Book) -> None:
    resolved = sorted(
        {one.resolves.date() for one in book.earnings.performances(None) if one.resolves}
    )
    first, last = resolved[0] - timedelta(days=1), book.now().date()
    book.records.import_prices(f"date,price\n{first},10\n{last},10\n", currency="CHF")
    assert "CHF" in book.earnings.currencies
    view = View(unit=Unit.FIAT, currency="CHF")
    sparse = book.earnings.report(view)
    assert sparse.paid.settled == 0 and sparse.paid.unpriced > 0
    filled = book.earnings.report(replace(view, interpolate=True))
    plain = book.earnings.report(View())
    assert filled.paid.unpriced == 0
    with exactly():
        assert filled.paid.settled == 10 * plain.paid.settled
        assert sparse.paid.pending == filled.paid.pending == 10 * plain.paid.pending


def day_price(day: date, price: str) -> Price:
    return Price(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "EUR", price, IMPORTED)


def test_the_lean_reading_is_what_the_performances_say(book: Book) -> None:
    report = book.earnings.report(View())
    played = book.earnings.performances(None)
    for state, total in (
        (PayoutState.SETTLED, report.paid.settled),
        (PayoutState.PENDING, report.paid.pending),
    ):
        known = (one.payout for one in played if one.state is state and one.payout is not None)
        assert NMR.total(known).amount == total
    places = {model.id: index for index, model in enumerate(report.models)}
    cells = {group.rounds[0]: group.cells for group in report.groups}
    for one in played:
        paid = cells[one.round][places[one.model_id]]
        assert paid.total == (one.payout or ZERO).amount
    percent = book.earnings.report(View(unit=Unit.PERCENT))
    assert percent.paid.at_risk == NMR.total(one.at_risk for one in played).amount


def test_returns_are_on_what_was_committed() -> None:
    shared = [
        replace(
            paid_round(Tournament.CLASSIC, number, (Decimal("0.1"), None)),
            at_risk=(Decimal(10), None),
        )
        for number in range(1370, 1340, -1)
    ]
    (continuous, nothing) = committed_returns(shared, NOW)
    assert continuous.all_time == Decimal("0.3")
    assert continuous.three_months == continuous.all_time == continuous.one_year
    assert nothing.all_time is None
    positions = [replace(entry, atomic=True) for entry in shared]
    (atomic, _) = committed_returns(positions, NOW)
    assert atomic.all_time is not None
    held = [min(index, 24) for index in range(1, 31)]
    assert atomic.all_time.quantize(Decimal("0.000001")) == (
        Decimal(3) / (Decimal(10 * sum(held)) / 30)
    ).quantize(Decimal("0.000001"))


def running(number: int, corr: str, day: int, *, done: bool, model: str = "a") -> Performance:
    return Performance(
        model_id=model,
        tournament=Tournament.CLASSIC,
        round=number,
        at_risk=NMR(100),
        payout=NMR(100).times(Decimal(corr)),
        state=PayoutState.SETTLED if done else PayoutState.PENDING,
        source=PayoutSource.NUMERAI,
        factor=Decimal(1),
        clip=Decimal("0.05"),
        resolves=calendar.resolves(number, 20),
        submission_id="s",
        scores=(Score("corr", Decimal(corr), None, day, Decimal(1)),),
    )


def projected(now: Performance, settled: int, seen: int) -> ProjectedPayouts:
    """``settled`` rounds that ended at 0.02, ``seen`` of them at 0.03 on day 7."""
    past = [running(1300 + i, "0.02", 20, done=True) for i in range(settled)]
    rounds = [replace(a_round(1300 + i, names=("corr",))) for i in range(settled)]
    paying = [
        replace(one, scores=tuple(replace(s, multiplier=Decimal(1)) for s in one.scores))
        for one in (*rounds, a_round(now.round, names=("corr",)))
    ]
    days = {("a", 1300 + i): {7: Decimal("0.03")} for i in range(seen)}
    return build_projected([*past, now], paying, days)


def test_a_band_is_how_rounds_moved_from_the_same_day() -> None:
    now = running(1404, "0.015", 7, done=False)
    band = projected(now, 30, FEWEST).bands["a", 1404]
    assert (band.low, band.high, band.sample) == (Decimal("0.5"), Decimal("0.5"), FEWEST)
    assert band.now == Decimal("1.5")
    other_day = running(1404, "0.015", 8, done=False)
    blended = projected(other_day, 30, FEWEST).bands["a", 1404]
    assert blended.sample == 0
    assert blended.low == blended.high == Decimal("1.5") * 8 / 20 + Decimal(2) * 12 / 20
    clipped = running(1404, "0.2", 7, done=False)
    assert projected(clipped, 30, FEWEST).bands["a", 1404].high == 5


def test_too_little_history_makes_no_band() -> None:
    now = running(1404, "0.015", 7, done=False)
    assert projected(now, FEWEST - 1, FEWEST - 1).bands == {}
    assert projected(now, 0, 0).total() is None


def test_what_running_rounds_score_is_kept_day_by_day(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(demo=True)
    states = {(one.model_id, one.round): one.state for one in book.earnings.performances(None)}
    before = {
        key: days
        for key, days in book._store.score_days(Tournament.SIGNALS).items()
        if states[key] is PayoutState.PENDING
    }
    book.advance(days=1)
    book.sync()
    after = book._store.score_days(Tournament.SIGNALS)
    grown = [key for key in before if len(after[key]) == len(before[key]) + 1]
    assert grown
    assert all(max(after[key]) == max(before[key]) + 1 for key in grown)
    assert all(after[key].items() >= days.items() for key, days in before.items())


def test_projections_are_made_once_per_sync(book: Book) -> None:
    first = book.earnings.projected()
    assert book.earnings.projected() is first
    total = first.total()
    assert total is not None and total.low <= total.high
    pending = [one for one in book.earnings.performances(None) if one.state is PayoutState.PENDING]
    assert first.bands.keys() <= {(one.model_id, one.round) for one in pending}
    book.sync()
    assert book.earnings.projected() is not first


def settled_days(book: Book, tournament: Tournament) -> dict[tuple[str, int], Performance]:
    """Settled rounds whose daily scores are known."""
    days = book._store.score_days(tournament)
    played = book._store.performances(tournament)
    settled = [one for one in played if one.state is PayoutState.SETTLED]
    return {(one.model_id, one.round): one for one in settled if (one.model_id, one.round) in days}


def test_the_first_sync_brings_past_days_from_which_bands_are_made(book: Book) -> None:
    known, days = (
        settled_days(book, Tournament.SIGNALS),
        book._store.score_days(Tournament.SIGNALS),
    )
    assert len({model for model, _ in known}) == ASKED_MODELS
    assert FEWEST <= len(known) <= ASKED_MODELS * PAST_ROUNDS
    for key, entry in known.items():
        assert sorted(days[key]) == list(range(1, 21))
        assert days[key][20] == weighted_score(entry.scores)
    own = {one.id for one in book._store.models() if one.tournament is Tournament.SIGNALS}
    bands = book.earnings.projected().bands
    assert max(band.sample for (model, _), band in bands.items() if model in own) >= FEWEST


def test_past_days_fill_up_over_a_few_syncs_within_the_budget(
    make_book: BookMaker, ledger_file: Path
) -> None:
    book = make_book(demo=True)
    wanted = {one: settled_days(book, one).keys() for one in Tournament}
    with closing(sqlite3.connect(ledger_file)) as connection:
        connection.execute("DELETE FROM score_day")
        connection.commit()
    for _ in range(20):
        found = {one: settled_days(book, one).keys() for one in Tournament}
        if found == wanted:
            break
        assert book.sync().requests <= MOST_REQUESTS
    assert found == wanted
    calm = book.sync().requests
    with closing(sqlite3.connect(ledger_file)) as connection:
        connection.execute("DELETE FROM score_day")
        connection.commit()
    assert book.sync().requests == calm + 1


def test_what_is_narrowed_to_a_line_adds_up_to_that_line(book: Book) -> None:
    earned = book.earnings.earned()
    for by in (Grouping.DAY, Grouping.MONTH, Grouping.TOURNAMENT):
        for line in book.earnings.report(View(by=by, last=60), earned).groups:
            narrowed = book.earnings.report(View(), of_line(earned, by, line))
            assert (narrowed.paid.total, narrowed.rounds) == (line.paid.total, len(line.rounds))


def test_what_is_narrowed_to_a_model_is_that_models_alone(book: Book) -> None:
    earned = book.earnings.earned()
    lines = book.earnings.report(View(by=Grouping.MODEL), earned).groups
    assert len(lines) > 10
    for line in lines:
        alone = book.earnings.report(View(), of_model(earned, line.key))
        assert [model.id for model in alone.models] == [line.key]
        assert alone.paid == line.paid
        assert {one for group in alone.groups for one in group.rounds} == set(line.rounds)
        rounds = book.earnings.of_model(line.key)
        assert rounds.settled.amount == line.paid.settled
        assert rounds.unsettled.amount == line.paid.pending
        running = {one.round for one in rounds.played if one.state is PayoutState.PENDING}
        assert {group.rounds[0] for group in alone.groups if group.running} == running


def test_a_models_worst_round_is_the_one_that_burns_most(book: Book) -> None:
    worst = 0
    for line in book.earnings.report(View(by=Grouping.MODEL)).groups:
        every = book.earnings.of_model(line.key)
        burns = [row for row in every.played if row.payout is not None and row.payout < ZERO]
        least = min(burns, key=lambda row: row.payout or ZERO, default=None)
        assert every.worst == (least.round if least is not None else None)
        some = book.earnings.of_model(line.key, [row.round for row in every.played[:5]])
        assert some.played == every.played[:5]
        worst += every.worst is not None
    assert worst > 2


@pytest.mark.parametrize("piece", [1, 7, 1_000])
def test_bands_are_those_of_all_rounds_read_at_once(
    book: Book, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    store = book._store
    bands, unknown = {}, 0
    for tournament in book.tournaments():
        rounds = store.rounds(tournament)
        plain = build_projected(
            store.performances(tournament), rounds, store.score_days(tournament)
        )
        bands.update(plain.bands)
        unknown += plain.unknown
    monkeypatch.setattr(earnings_book, "_PIECE", piece)
    monkeypatch.setattr(earnings_book, "LEARNED_ROUNDS", 10_000)
    found = book.earnings.projected()
    assert bands
    assert list(found.bands.items()) == list(bands.items())
    assert found.unknown == unknown
