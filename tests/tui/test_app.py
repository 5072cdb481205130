"""The app around the modes: keys, syncing, top bar, help, palette, problems."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.sums import Sum
from ledger.domain.syncing.facts import SyncLog
from ledger.errors import (
    BadCredentials,
    Cancelled,
    ChangeError,
    ConfigError,
    LedgerBusy,
    MissingCredentials,
    Unreachable,
)
from ledger.reports.stakes.stakes import StakesReport
from ledger.rules.rounds import calendar
from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.tui.driving import LARGE, ON_MODELS, QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import front, told
from tui import problems
from tui.app import NumstakeApp
from tui.messages import Unexpected
from tui.screens import pane
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.problem import ProblemScreen
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.models import ModelsPane
from tui.screens.palette.palette import LINES, Palette
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.choices import Choices
from tui.widgets.keybar import KeyBar
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid
from tui.widgets.topbar import Headline, TopBar

if TYPE_CHECKING:
    from tests.conftest import BookMaker

MODES = {
    "1": "models",
    "2": "stakes",
    "3": "earnings",
    "4": "slots",
    "5": "queue",
}


def notices(app: NumstakeApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def test_leaving_while_a_pane_waits_for_its_report(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waits for comes when its widgets are gone already."""
    asked = threading.Event()
    load = StakesPane.load

    def late(waiting: StakesPane) -> StakesReport:
        asked.set()
        deadline = time.monotonic() + 60
        while waiting.app.is_running and time.monotonic() < deadline:
            time.sleep(0.001)
        return load(waiting)

    monkeypatch.setattr(StakesPane, "load", late)
    monkeypatch.setattr(pane, "FIRST_PAINT", 10)
    async with running(make_book(config=QUIET)) as pilot:
        switching = asyncio.ensure_future(app_of(pilot).action_mode("stakes"))
        await until(pilot, asked.is_set)
        mode = app_of(pilot).pane
        assert isinstance(mode, StakesPane)
    switching.cancel()
    assert mode.report is None


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_mode_opens_on_its_key(make_book: BookMaker, size: tuple[int, int]) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        app = app_of(pilot)
        for key, mode in MODES.items():
            await pilot.press(key)
            await until(pilot, lambda mode=mode: app.pane is not None and mode == app.pane.MODE)
            pane = app.pane
            assert pane is not None
            await until(pilot, lambda pane=pane: pane.report is not None)
            assert app.screen.query_one(TopBar).text


async def test_other_modes_are_imported_when_first_shown() -> None:
    import subprocess
    import sys

    code = (
        "import sys, tui.app, tui.screens.models.models; "
        "print([m for m in ('earnings', 'slots', 'queue') "
        "if f'tui.screens.{m}.{m}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_notice_stands_there_once_at_a_time(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for _ in range(3):
            await pilot.press("ctrl+c")
        assert notices(app) == ["Press q to leave."]
        app.notify("Something else.")
        await pilot.pause()
        assert notices(app) == ["Press q to leave.", "Something else."]
        await pilot.press("question_mark", "escape", "ctrl+c")
        assert notices(app) == ["Press q to leave."]


async def test_a_sync_on_start_brings_news(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=ON_MODELS)
    before = book.portfolio()
    sandbox.advance(rounds=2)
    async with running(book) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: app.generation > 0 and not app.syncing.running)
        await settled(pilot)
        assert app.syncing.error is None
        report = app.pane and app.pane.report
        assert report.as_of > before.as_of
        assert "synced now" in app.screen.query_one(TopBar).text


async def test_offline_the_ledger_is_shown_and_its_age(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    sandbox.advance(days=1)
    sandbox.stop()
    async with running(book) as pilot:
        app = app_of(pilot)
        await pilot.press("r")
        await until(pilot, lambda: app.syncing.error is not None)
        assert isinstance(app.syncing.error, Unreachable)
        assert app.pane is not None
        assert app.pane.report.lines
        await settled(pilot)
        assert "offline, synced 24 h ago" in app.screen.query_one(TopBar).text


async def test_without_a_key_the_empty_table_says_what_to_do(
    make_book: BookMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_key(book: Book, *_: Any) -> None:
        raise MissingCredentials("This profile has no API key.", "Run numstake-tui login.")

    monkeypatch.setattr(Book, "sync", no_key)
    async with running(make_book(config=ON_MODELS, path=tmp_path / "new.sqlite3")) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: app.syncing.error is not None)
        await settled(pilot)
        table = app.screen.query_one("#models")
        said = "\n".join(table.render_line(y).text for y in range(table.size.height))
        assert "Run numstake-tui login." in said
        assert app.screen is app.pane


async def test_during_the_first_sync_the_empty_table_says_so(
    make_book: BookMaker, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.fail("latency", ms=200, times=200)
    async with running(make_book(config=ON_MODELS, path=tmp_path / "new.sqlite3")) as pilot:
        app = app_of(pilot)
        table = app.screen.query_one("#models", Grid)
        await until(pilot, lambda: "first sync is running" in table.render_line(2).text)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.syncing.running)
        assert "Press r to sync" in table.render_line(2).text


async def test_a_running_sync_can_be_stopped(make_book: BookMaker, sandbox: Sandbox) -> None:
    sandbox.fail("latency", ms=300, times=200)
    async with running(make_book(config=ON_MODELS)) as pilot:
        app = app_of(pilot)
        assert app.syncing.running
        await until(pilot, lambda: "syncing" in app.screen.query_one(TopBar).text)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.syncing.running)
        assert isinstance(app.syncing.error, Cancelled)
    sandbox.clear_faults()


async def test_ctrl_c_with_nothing_to_stop_tells_how_to_leave(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert notices(app_of(pilot)) == ["Press q to leave."]


async def test_q_leaves(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: not app_of(pilot).is_running)
        assert app_of(pilot).return_code == 0


async def test_the_demo_moves_on_by_a_round(make_book: BookMaker, sandbox: Sandbox) -> None:
    async with running(make_book(config=QUIET, demo=True)) as pilot:
        app = app_of(pilot)
        before = sandbox.now()
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: sandbox.now() > before)
        await until(pilot, lambda: not app.syncing.running and app.generation > 1)
        assert "DEMO" in app.screen.query_one(TopBar).text


async def test_rounds_asked_for_during_a_sync_follow_it_together(
    make_book: BookMaker, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = calendar.latest_round(sandbox.now())
    ends = threading.Event()

    def sync(*_: object) -> SyncLog:
        ends.wait(60)
        return SyncLog(NOW, NOW, "done", 1, 1, 0)

    monkeypatch.setattr(Book, "sync", sync)
    async with running(make_book(demo=True)) as pilot:
        app = app_of(pilot)
        assert app.syncing.running
        one, week = "right_square_bracket", "right_curly_bracket"
        for key, ahead in ((one, "1 round"), (one, "2 rounds"), (week, "7 rounds")):
            await pilot.press(key)
            assert f"{ahead} on when the sync has ended." in notices(app)
        assert calendar.latest_round(sandbox.now()) == before
        ends.set()
        await until(pilot, lambda: calendar.latest_round(sandbox.now()) == before + 7)
        await until(pilot, lambda: not app.syncing.running)
        shown = app.screen.query_one(TopBar).text.split()
        assert shown[:2] == ["DEMO", f"{sandbox.now():%a}"]


async def test_a_real_account_is_never_moved_on(make_book: BookMaker, sandbox: Sandbox) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        before = sandbox.now()
        await pilot.press("right_square_bracket")
        await settled(pilot)
        assert sandbox.now() == before
        assert "DEMO" not in pilot.app.screen.query_one(TopBar).text


async def test_help_explains_the_mode_and_its_keys(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        text = pilot.app.screen.text
        assert ModelsPane.HELP in text
        assert "More NMR on it, in all or per round." in text
        assert "One round on." not in text
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ModelsPane))


def offered(palette: Palette) -> list[str]:
    return [line.rstrip() for line in palette.query_one("#found", Choices).text.splitlines()]


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_the_palette_finds_and_runs_an_action(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    async with running(make_book(config=QUIET), size=size) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+p")
        palette = await front(pilot, Palette)
        everything = offered(palette)
        assert len(everything) == LINES
        assert palette.query_one("#found").region.bottom < app.size.height
        await pilot.press(*"earnings")
        await until(pilot, lambda: offered(palette)[0].startswith("▌ 3       earnings  Payouts"))
        await pilot.press("backspace", *"s no more")
        await until(pilot, lambda: offered(palette) == ["Nothing is called so."])
        await pilot.press("enter", *["backspace"] * 9)
        await until(pilot, lambda: offered(palette)[0].startswith("▌ 3       earnings  Payouts"))
        await pilot.press("enter")
        await until(pilot, lambda: app.pane is not None and app.pane.MODE == "earnings")


async def test_a_long_text_scrolls_and_fits_any_size(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), size=SMALL) as pilot:
        await pilot.press("question_mark")
        screen = await front(pilot, HelpScreen)
        lines = screen.text.splitlines()
        note = screen.query_one(Note)
        assert note.text.splitlines()[0] == lines[0]
        await pilot.press("G")
        await until(pilot, lambda: note.text.splitlines()[-1].rstrip() == lines[-1].rstrip())
        assert note.region.height == SMALL[1] - 2
        await pilot.press("j", "pagedown", "k")
        await until(pilot, lambda: note.text.splitlines()[-1].rstrip() == lines[-2].rstrip())
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda: note.region.height == LARGE[1] - 2)
        assert note.text.splitlines()[-1].rstrip() == lines[-1].rstrip()
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: note.region.height == 10)
        assert all(len(line.rstrip()) <= 34 for line in note.text.splitlines())
        await pilot.press("g")
        await until(pilot, lambda: note.text.splitlines()[0] == lines[0])


async def test_the_palette_goes_through_all_there_is(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await pilot.press("ctrl+p")
        palette = await front(pilot, Palette)
        last = palette.matching[-1]
        first = offered(palette)[0]
        await pilot.press("down", "up", "up")
        assert offered(palette)[0] == first
        await pilot.press(*["pagedown"] * (len(palette.matching) // LINES + 1))
        marked = [line for line in offered(palette) if line.startswith("▌")]
        assert len(marked) == 1
        assert last.help in marked[0]
        assert marked[0] == offered(palette)[-1]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.pane)


async def test_keys_can_be_remapped(make_book: BookMaker) -> None:
    config = replace(QUIET, keys={"earnings": "f7", "help": "f1"})
    async with running(make_book(config=config)) as pilot:
        app = app_of(pilot)
        assert "f1 help" in app.screen.query_one(KeyBar).text
        await pilot.press("f7")
        await until(pilot, lambda: app.pane is not None and app.pane.MODE == "earnings")


@pytest.mark.parametrize(
    "config",
    [
        replace(QUIET, keys={"sync": "q"}),
        replace(QUIET, app=replace(QUIET.app, theme="plaid")),
    ],
)
def test_a_config_that_makes_no_sense_is_refused_before_the_start(
    make_book: BookMaker, config: Any
) -> None:
    with pytest.raises(ConfigError):
        NumstakeApp(make_book(config=config))


async def test_every_theme_can_draw_it(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        for name in ("numstake-light", "nord", "textual-light", "textual-ansi", "numstake-dark"):
            if name in pilot.app.available_themes:
                pilot.app.theme = name
                await pilot.pause()
        assert pilot.app.screen.query_one("#models").render_line(1).text.strip()


async def test_read_only_is_said(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET, read_only=True), SMALL) as pilot:
        assert "READ-ONLY" in pilot.app.screen.query_one(TopBar).text


async def test_a_defect_in_a_job_names_the_log_and_the_app_goes_on(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        app.log_file = Path("numstake.log")

        def broken(book: Book) -> None:
            raise ZeroDivisionError("a defect")

        monkeypatch.setattr(Book, "portfolio", broken)
        assert app.pane is not None
        app.pane.reload()
        await until(pilot, lambda: isinstance(app.screen, ProblemScreen))
        assert "a defect" in caplog.text
        monkeypatch.undo()
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.pane)
        await pilot.press("2")
        await until(pilot, lambda: app.pane is not None and app.pane.MODE == "stakes")


async def test_a_defect_in_a_sync_does_not_block_the_next(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(book: Book, *_: Any) -> None:
        raise ZeroDivisionError("a defect")

    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        with monkeypatch.context() as patched:
            patched.setattr(Book, "sync", broken)
            await pilot.press("r")
            await until(pilot, lambda: isinstance(app.screen, ProblemScreen))
            await until(pilot, lambda: not app.syncing.running)
        await pilot.press("escape", "r")
        await until(pilot, lambda: app.syncing.error is None and not app.syncing.running)


async def test_what_of_the_config_does_not_count_is_said(make_book: BookMaker) -> None:
    ignored = "Others can change the config: [numerai], [limits] do not count."
    async with running(make_book(config=replace(QUIET, ignored=ignored))) as pilot:
        assert notices(app_of(pilot)) == [ignored]
        await told(pilot, "[numerai], [limits] do not count")


async def test_the_problem_screen_names_the_file(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        app.log_file = Path("/somewhere/numstake.log")
        app.post_message(Unexpected(RuntimeError("x")))
        await until(pilot, lambda: isinstance(app.screen, ProblemScreen))
        shown = "".join(str(static.render()) for static in app.screen.query("Static"))
        assert "/somewhere/numstake.log" in shown


@pytest.mark.parametrize(
    ("error", "surface"),
    [
        (ChangeError("too much"), problems.Surface.FIELD),
        (Unreachable("no"), problems.Surface.NOTICE),
        (Cancelled("stopped"), problems.Surface.NOTICE),
        (LedgerBusy("busy"), problems.Surface.NOTICE),
        (BadCredentials("no"), problems.Surface.DIALOG),
        (MissingCredentials("none"), problems.Surface.DIALOG),
    ],
)
def test_each_error_has_its_place(error: Any, surface: problems.Surface) -> None:
    assert problems.surface(error) is surface


async def test_a_wrong_key_is_said_in_a_dialog(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sandbox, "keys", {"full": ("NOBODY", "nonsense")})
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert isinstance(app.syncing.error, BadCredentials)


def test_the_countdown_is_due_when_its_text_changes(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    headline = Headline("default", portfolio=book.portfolio())
    close = headline.next_close(book.now())
    assert close is not None
    for left, longest in ((timedelta(hours=5), 60.1), (timedelta(seconds=90), 1.1)):
        wait = headline.seconds_to_change(close.at - left)
        assert 0 < wait <= longest
    assert headline.passed_close(close.at + timedelta(seconds=1))
    assert not headline.passed_close(close.at - timedelta(seconds=1))


async def test_the_top_bar_writes_only_what_changed(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, (200, 50)) as pilot:
        bar = pilot.app.screen.query_one(TopBar)
        regions: list[Any] = []
        bar.refresh = lambda *given, **_: regions.extend(given or ["all"])  # type: ignore[method-assign,assignment,return-value]
        headline = app_of(pilot).headline
        headline.draw(bar, book.now())
        assert regions == []
        assert headline.portfolio is not None
        more = headline.portfolio.pending_payout + Sum(NMR("0.01"))
        headline.portfolio = replace(headline.portfolio, pending_payout=more)
        headline.draw(bar, book.now())
        assert len(regions) == 1
        assert regions[0].width <= 4
