"""Where this machine's clock is off, everything is judged by Numerai's, which comes with every
answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.clock import JITTER, TOLERANCE, FrozenClock, ServerClock
from ledger.config.config import Config, LimitSettings
from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState, Conditions
from ledger.reports.notices.notice import NoticeKind
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import NOW, make_client
from tests.tui.driving import QUIET, running, settled
from tui.widgets.topbar import TopBar

HOURS = timedelta(hours=2)
NEAR = timedelta(seconds=2)
"""The Date header tells whole seconds."""

Opener = Callable[..., Book]


@pytest.fixture
def open_book(sandbox: Sandbox, ledger_file: Path) -> Iterator[Opener]:
    """A book on a machine whose clock is ``machine``, and on no network without ``online``."""
    opened: list[Book] = []

    def make(machine: FrozenClock, *, online: bool = True, config: Config | None = None) -> Book:
        from ledger.numerai.client import NumeraiClient

        def connect() -> NumeraiClient:
            public_id, secret = sandbox.keys["full"]
            from ledger.credentials import Credentials, Secret

            assert online
            return NumeraiClient(
                Credentials(public_id, Secret(secret)), api_url=sandbox.url, clock=machine
            )

        clock = ServerClock(machine)
        book = Book(
            profile="default",
            store=Store.open(ledger_file, clock=clock),
            clock=clock,
            config=config or Config(),
            connect=connect,
        )
        opened.append(book)
        return book

    yield make
    for book in opened:
        book.close()


@given(st.timedeltas(-timedelta(days=9), timedelta(days=9)))
def test_time_is_the_servers_beyond_a_minute_and_the_machines_within(skew: timedelta) -> None:
    clock = ServerClock(FrozenClock(NOW))
    clock.follow(skew)
    assert clock.now() == (NOW + skew if abs(skew) > TOLERANCE else NOW)


def test_time_does_not_jump_with_how_long_an_answer_takes() -> None:
    clock = ServerClock(FrozenClock(NOW))
    clock.follow(HOURS)
    clock.follow(HOURS - JITTER)
    assert clock.now() == NOW + HOURS
    clock.follow(timedelta(0))
    assert clock.now() == NOW


def test_what_this_process_measured_counts_more_than_what_is_kept() -> None:
    clock = ServerClock(FrozenClock(NOW))
    clock.follow(HOURS)
    measured = [None, -HOURS]
    clock.listen(lambda: measured[0])
    assert clock.now() == NOW + HOURS
    measured.reverse()
    assert clock.now() == NOW - HOURS


@pytest.mark.parametrize("off", [HOURS, -HOURS, timedelta(days=-3)])
def test_closes_and_notices_are_those_of_a_machine_on_time(
    sandbox: Sandbox, open_book: Opener, off: timedelta
) -> None:
    close = open_book(FrozenClock(NOW)).portfolio().next_closes[0]
    sandbox.advance(to=close.at - timedelta(minutes=40))
    now = sandbox.now()
    on_time = open_book(FrozenClock(now))
    on_time.sync()
    right = {one.id for one in on_time.notices.all()}
    closes = on_time.portfolio().next_closes
    assert not on_time.clock_shift()

    wrong = open_book(FrozenClock(now + off))
    wrong.sync()
    assert abs(wrong.now() - now) <= NEAR
    assert wrong.portfolio().next_closes == closes
    told = wrong.notices.all()
    assert {one.id for one in told if one.kind is not NoticeKind.CLOCK} == right
    (said,) = (one.sentence for one in told if one.kind is NoticeKind.CLOCK)
    assert ("ahead of Numerai's" if off > timedelta(0) else "behind Numerai's") in said

    later = open_book(FrozenClock(now + off), online=False)
    assert abs(later.now() - now) <= NEAR
    assert later.portfolio().next_closes == closes
    account = later.portfolio()
    assert account.as_of is not None and abs(account.as_of - now) <= NEAR


def test_a_clock_that_is_set_right_is_taken_again(sandbox: Sandbox, open_book: Opener) -> None:
    open_book(FrozenClock(NOW + HOURS)).sync()
    book = open_book(FrozenClock(NOW))
    assert abs(book.now() - (NOW - HOURS)) <= NEAR
    book.sync()
    assert book.now() == NOW
    assert not [one for one in book.notices.all() if one.kind is NoticeKind.CLOCK]


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (HOURS, "clock 2 h 00 min ahead of Numerai's"),
        (-HOURS, "clock 2 h 00 min behind Numerai's"),
        (NEAR, ""),
    ],
)
async def test_the_top_bar_says_how_far_the_machines_clock_is_off(
    open_book: Opener, off: timedelta, words: str
) -> None:
    book = open_book(FrozenClock(NOW + off), config=QUIET)
    book.sync()
    async with running(book, (200, 60)) as pilot:
        await settled(pilot)
        line = "".join(part.text for part in pilot.app.screen.query_one(TopBar).render_line(0))
        assert line.count("clock") == bool(words), line
        assert words in line, line


def test_another_process_learns_of_it(open_book: Opener) -> None:
    machine = FrozenClock(NOW + HOURS)
    app = open_book(machine, online=False)
    open_book(machine).sync()
    assert app.now() == NOW + HOURS
    app.reach()
    assert abs(app.now() - NOW) <= NEAR


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(days=40)])
def test_a_days_limit_survives_a_clock_that_jumps(
    sandbox: Sandbox, open_book: Opener, jump: timedelta
) -> None:
    machine = FrozenClock(NOW)
    config = Config(limits=LimitSettings(per_day_nmr="5"))
    models = [
        line.model_id
        for line in open_book(machine).stakes.report().lines
        if line.system is System.CONTINUOUS and line.pending is None
    ]
    states = []
    for model_id in models[:2]:
        book = open_book(machine, config=config)
        change = book.queue.add(model_id, ChangeKind.INCREASE, NMR(3))
        book.queue.confirm_all([change.id])
        report = book.queue.run()
        states.append(book.queue.history(change.id).line.change.state)
        machine = FrozenClock(machine.now() + jump)
    assert states == [ChangeState.ACCEPTED, ChangeState.WAITING]
    assert "limits.per_day_nmr" in report.held[0].why

    sandbox.advance(days=1)
    book = open_book(machine, config=config)
    book.sync()
    report = book.queue.run()
    assert [one.state for one in report.sent] == [ChangeState.ACCEPTED], report


def test_a_clock_that_is_ahead_sends_nothing_early(open_book: Opener) -> None:
    """Nothing was synced since the clock went wrong: the account's own answer tells the time."""
    book = open_book(FrozenClock(NOW + timedelta(days=2)))
    model_id = next(
        line.model_id
        for line in book.stakes.report().lines
        if line.system is System.CONTINUOUS and line.pending is None
    )
    tomorrow = Conditions(not_before=NOW + timedelta(days=1))
    change = book.queue.add(model_id, ChangeKind.INCREASE, NMR(1), tomorrow)
    book.queue.confirm_all([change.id])
    report = book.queue.run()
    assert not report.sent
    assert [one.change.id for one in report.held] == [change.id]


def test_a_client_of_its_own_stamps_with_the_servers_time(sandbox: Sandbox) -> None:
    client = make_client(sandbox)
    client.check()
    assert client.clock_skew is not None and abs(client.clock_skew) <= NEAR
    client.close()
