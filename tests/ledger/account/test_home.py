"""Home's figures: those of Models, Stakes, Earnings and the records, to the wei."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.config.config import Config
from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.place import Place
from ledger.domain.records.record import Record
from ledger.domain.records.worth import OWN, DayMoved, Span, WorthDay
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.stakes.stake import PendingKind
from ledger.domain.stakes.unlock import UnlockKind
from ledger.reports.earnings.earnings import View
from ledger.reports.home.coming import AHEAD, ComingKind
from ledger.reports.home.home import CloserLook, Glance
from ledger.reports.home.paid import build_paid
from ledger.reports.home.places import Spot, SpotLine, Worth
from ledger.rules.records.records import totals
from ledger.rules.records.worth import growth, time_weighted, worth_by_day
from ledger.sandbox import Sandbox
from ledger.store import migrate
from tests.conftest import BookMaker, chain_settings
from tests.ledger.untold import lose, never, old

TODAY = date(2026, 11, 24)


def looked(book: Book) -> tuple[Glance, CloserLook]:
    glance = book.home.glance()
    return glance, book.home.closer(glance)


def line_of(worth: Worth, spot: Spot) -> SpotLine:
    line = worth.of(spot)
    assert line is not None
    return line


def spots(closer: CloserLook) -> dict[Spot, NMR]:
    return {line.spot: line.nmr.known for line in closer.worth.lines}


def assert_agrees(book: Book) -> None:
    """Every figure is that of the pane it is taken from."""
    glance, closer = looked(book)
    places, portfolio = spots(closer), book.portfolio()
    account = book._store.account()
    assert account is not None
    staked, positions = book.stakes.report(), book.stakes.atomic.positions()
    stakes = NMR.total(one.settled or ZERO for one in book._store.stakes().values())
    listed = NMR.total(
        line.staked or ZERO for line in portfolio.lines if line.system is System.CONTINUOUS
    )
    assert places.get(Spot.STAKED, ZERO) == stakes
    assert places.get(Spot.LOCKED, ZERO) == positions.locked
    if stakes == listed:  # no tournament is about to move
        assert stakes + positions.locked == portfolio.staked.known == staked.staked.known
    assert places[Spot.WALLET] == staked.available == portfolio.available
    assert closer.worth.total.known == NMR.total(places.values())
    assert not glance.worth.read or closer.worth == glance.worth
    # The records know all but the owner's wallet.
    book.records.keep()
    kept = NMR.total(nmr for at, nmr in totals(book.records.all()).items() if at.place in OWN)
    glance = book.home.glance()
    assert glance.days[-1].total == kept
    assert kept == closer.worth.total.known - places.get(Spot.OWNER, ZERO)
    assert_paid_as_in_earnings(book, closer)


def assert_paid_as_in_earnings(book: Book, closer: CloserLook) -> None:
    for period in closer.paid.periods:
        report = book.earnings.report(View(by=period.by))
        group = next((one for one in report.groups if one.label == period.label), None)
        assert (period.rounds > 0) is (group is not None)
        if group is not None:
            assert period.settled.amount == group.paid.settled, period.by
            assert period.unsettled.amount == group.paid.pending, period.by
            assert period.rounds == len(group.rounds)
        assert period.gained >= ZERO
        assert period.burned >= ZERO


def at_home(make_book: BookMaker, sandbox: Sandbox, path: Path) -> Book:
    return make_book(path=path, config=Config(atomic=chain_settings(sandbox)))


def test_home_says_what_the_panes_and_the_records_say(
    make_book: BookMaker, sandbox: Sandbox, chain_ledger_file: Path
) -> None:
    book = at_home(make_book, sandbox, chain_ledger_file)
    book.sync()
    assert_agrees(book)
    sandbox.advance(rounds=3)
    book.sync()
    assert_agrees(book)
    sandbox.migrate(Tournament.SIGNALS)
    for rounds in (1, 5):
        sandbox.advance(rounds=rounds)
        book.sync()
        assert_agrees(book)
    assert book.stakes.atomic.system(Tournament.SIGNALS) is System.ATOMIC
    assert book._store.moved_by_day() == by_day(book.records.all())


def by_day(records: Iterable[Record]) -> tuple[DayMoved, ...]:
    moved: dict[tuple[date, Place, Place], list[NMR]] = {}
    for row in records:
        if (row.giver in OWN) is (row.taker in OWN):
            continue
        key = (row.at.astimezone(UTC).date(), row.giver, row.taker)
        moved.setdefault(key, []).append(row.nmr)
    rows = (DayMoved(*key, NMR.total(nmrs)) for key, nmrs in moved.items())
    return tuple(sorted(rows, key=lambda row: (row.day, row.giver, row.taker)))


def test_an_older_ledger_has_its_days_added_up(book: Book) -> None:
    """The migration adds up what was kept before it, to the wei."""
    records = book.records.all()
    store = book._store
    add_up = next(step for step in migrate.shipped() if step.name == "home")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("DROP TABLE moved_by_day")
        for statement in migrate.statements(add_up.sql.partition("-- Where payouts")[0]):
            connection.execute(statement)
    assert store.moved_by_day() == by_day(records)


@pytest.mark.parametrize("back", [0, 1, 40, 300, 2_000])
def test_what_is_older_than_the_longest_span_is_added_up(book: Book, back: int) -> None:
    """Every span of a later day says the same as of all days one by one."""
    book.records.keep()
    store = book._store
    day = book.records.all()[-1].at.astimezone(UTC).date() + timedelta(days=back)
    short = store.moved_by_day(since=day - timedelta(days=max(Span)))
    every = store.moved_by_day()
    assert len(short) <= len(every)
    for span in Span:
        assert growth(worth_by_day(short, day), span, day) == growth(
            worth_by_day(every, day), span, day
        )


def test_older_rounds_are_not_read_for_what_was_paid_lately(book: Book) -> None:
    glance, closer = looked(book)
    every = build_paid(book.earnings.earned(), glance.now, glance.portfolio.missing)
    assert closer.paid == every
    lately = book.earnings.earned(stakes=False, resolved_from=glance.now)
    assert sum(len(entry.rounds) for entry in lately) < sum(
        len(entry.rounds) for entry in book.earnings.earned(stakes=False)
    )


def test_nothing_is_known_before_the_first_sync(make_book: BookMaker, tmp_path: Path) -> None:
    glance, closer = looked(make_book(path=tmp_path / "new.sqlite3"))
    assert glance.days == ()
    assert glance.growth(Span.YEAR).points == ()
    assert glance.growth(Span.YEAR).rate is None
    assert closer.coming == ()
    assert closer.worth.of(Spot.WALLET) is None


def test_what_is_not_told_is_not_zero(book: Book) -> None:
    model = next(line for line in book.portfolio().lines if line.system is System.CONTINUOUS)
    book.records.keep()
    lose(book, old(Fact.WALLET), old(Fact.STAKE, model.model_id))
    worth = looked(book)[1].worth
    assert [line_of(worth, spot).nmr.as_of is None for spot in (Spot.WALLET, Spot.STAKED)] == [
        False
    ] * 2
    assert worth.total.as_of is not None
    lose(book, never(Fact.WALLET), never(Fact.STAKE, model.model_id))
    worth = looked(book)[1].worth
    assert [line_of(worth, spot).nmr.unknown for spot in (Spot.WALLET, Spot.STAKED)] == [1, 1]
    assert worth.total.nmr is None


def test_strategies_are_unread_at_first_and_an_estimate_says_so(book: Book) -> None:
    glance, closer = looked(book)
    idle = closer.worth.of(Spot.IDLE)
    assert not glance.worth.read
    assert closer.worth.read
    assert idle is not None
    assert idle.estimated
    assert closer.worth.estimated
    assert closer.worth.of(Spot.OWNER) is None


def test_positions_that_a_first_sync_has_not_brought_in_yet_are_not_zero(
    book: Book, ledger_file: Path
) -> None:
    with closing(sqlite3.connect(ledger_file)) as connection, connection:
        connection.execute("UPDATE sync_state SET history = 0")
        connection.execute("DELETE FROM stake_transaction")
        connection.execute("DELETE FROM performance")
    _, closer = looked(book)
    assert not closer.worth.read
    assert not line_of(closer.worth, Spot.IDLE).read


def test_the_next_days_are_those_of_the_panes(book: Book) -> None:
    glance, closer = looked(book)
    until = glance.now + AHEAD
    assert [one.at for one in closer.coming] == sorted(one.at for one in closer.coming)
    assert all(glance.now <= one.at <= until for one in closer.coming)
    closes = {(one.tournament, one.at) for one in closer.coming if one.kind is ComingKind.CLOSE}
    portfolio = glance.portfolio
    assert closes == {(one.tournament, one.at) for one in portfolio.next_closes if one.at <= until}
    unlocks = book.stakes.atomic.unlocks().limited(until=until)
    released = [one for one in unlocks.unlocks if one.kind is UnlockKind.RELEASE]
    releases = [one for one in closer.coming if one.kind is ComingKind.RELEASE]
    assert [one.model_id for one in releases] == [one.model_id for one in released]
    free = {one.start: one.nmr for one in unlocks.days}
    for one in closer.coming:
        if one.kind is ComingKind.UNLOCK and one.nmr is not None and one.day is not None:
            those = [entry for entry in released if entry.at.date() == one.day]
            beside = NMR.total(entry.nmr or ZERO for entry in those)
            assert one.nmr.known + beside == free[one.day].known
    due = {one.model_id for one in closer.coming if one.kind is ComingKind.INCREASE}
    assert due == {
        line.model_id
        for line in portfolio.lines
        if line.pending is not None
        and line.pending.kind is PendingKind.INCREASE
        and line.pending.due is not None
        and glance.now <= line.pending.due <= until
    }


def test_models_are_ranked_by_what_settled(book: Book) -> None:
    glance, closer = looked(book)
    for span in Span:
        start = glance.today - timedelta(days=int(span))
        ranked = closer.paid.ranked[span]
        paid: dict[str, list[NMR]] = {}
        for row in book.earnings.performances(None):
            day = row.resolves.astimezone(UTC).date() if row.resolves is not None else None
            settled = row.state is PayoutState.SETTLED and row.payout is not None
            if settled and day is not None and start < day <= glance.today:
                paid.setdefault(row.model_id, []).append(row.payout or ZERO)
        assert {one.model.id: one.nmr for one in ranked} == {
            model_id: NMR.total(nmrs) for model_id, nmrs in paid.items()
        }
        assert [one.nmr for one in ranked] == sorted((one.nmr for one in ranked), reverse=True)


days = st.integers(0, 40).map(lambda ago: TODAY - timedelta(days=ago))
wei = st.integers(1, 10**22).map(NMR.from_wei)
moves = st.lists(
    st.tuples(days, st.sampled_from(list(Place)), st.sampled_from(list(Place)), wei).filter(
        lambda row: row[1] is not row[2]
    ),
    max_size=30,
)


@settings(max_examples=40)
@given(moves)
def test_every_day_is_the_one_before_and_what_moved(
    moved: list[tuple[date, Place, Place, NMR]],
) -> None:
    rows = [DayMoved(*row) for row in sorted(moved)]
    found = worth_by_day(rows, TODAY)
    whole = sum(((row.taker in OWN) - (row.giver in OWN)) * row.nmr.wei for row in rows)
    assert (found[-1].total.wei if found else 0) == whole
    for before, day in itertools.pairwise(found):
        assert day.day == before.day + timedelta(days=1)
        assert day.total == before.total + day.earned + day.flow
    for span in Span:
        grown = growth(found, span, TODAY)
        if grown.points:
            flow = grown.deposited - grown.withdrawn + grown.unlisted
            start = ZERO if not grown.whole else grown.points[0]
            added = grown.earned + flow
            begun = found[0].total - found[0].earned - found[0].flow
            assert grown.points[-1] == (start if grown.whole else begun) + added


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 500), st.integers(0, 99)), max_size=12)
)
def test_no_deposit_or_withdrawal_alters_the_return(
    rows: list[tuple[int, int, int]],
) -> None:
    """Each day earns so many percent of what it begins with, whatever comes and goes."""
    total, linked, found = NMR(1000), Decimal(1), []
    for percent, comes, goes in rows:
        base = total + NMR(comes)
        gained = base.times(Decimal(percent) / 100)
        gone = base.times(Decimal(goes) / 100)
        total = base + gained - gone
        linked *= 1 + Decimal(percent) / 100
        found.append(WorthDay(TODAY, total, gained, ZERO, NMR(comes), gone))
    rate = time_weighted(NMR(1000), found)
    assert rate is not None
    assert abs(rate - (linked - 1)) < Decimal("1e-9") * linked


def test_what_is_earned_on_nothing_has_no_rate() -> None:
    assert time_weighted(ZERO, [WorthDay(TODAY, NMR(1), NMR(1))]) is None


def test_days_begin_before_the_first_payout() -> None:
    """What was there by then is an opening balance, of which nobody knows since when it is."""
    opening = DayMoved(date(2020, 1, 1), Place.EQUITY, Place.WALLET, NMR(50))
    paid = DayMoved(date(2026, 11, 22), Place.INCOME, Place.STAKE, NMR(5))
    found = worth_by_day([opening, paid], TODAY)
    assert [(day.day.day, day.total) for day in found] == [
        (21, NMR(50)),
        (22, NMR(55)),
        (23, NMR(55)),
        (24, NMR(55)),
    ]
    assert growth(found, Span.YEAR, TODAY).rate == Decimal("0.1")


def test_where_payouts_may_end_is_kept_until_the_next_sync(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    made = make_book().earnings.projected()
    again = make_book()
    assert made.bands
    assert again._store.bands(again._store.revision()) == (made.bands, made.unknown)
    assert again.earnings.projected() == made
    sandbox.advance(rounds=1)
    again.sync()
    assert again._store.bands(again._store.revision()) is None
    reader = make_book(read_only=True)
    assert reader.earnings.projected().bands != made.bands
    assert again._store.bands(again._store.revision()) is None
