"""While a sync fills the ledger, and after one that was not told everything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact
from ledger.domain.syncing.coverage import Covered, RoundRanges
from ledger.domain.syncing.facts import SyncFacts, SyncLog, SyncProgress, SyncStep
from ledger.errors import Unreachable
from ledger.store import Store
from tests.conftest import NOW
from tests.tui.driving import QUIET, SMALL, app_of, running, settled, until
from tests.tui.untold import never, since
from tui import syncing
from tui.screens.models.models import ModelsPane
from tui.syncing import INCOMPLETE
from tui.widgets.missingline import MissingLine
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from tests.conftest import BookMaker

DONE = SyncLog(NOW, NOW, "done", 1, 1, 0)

Progress = Callable[[SyncProgress], None]


class Stepwise:
    """A sync that writes one step whenever :meth:`go_on` is called, then says how far it is."""

    def __init__(self, path: Path, *steps: SyncFacts, error: Unreachable | None = None) -> None:
        self._path, self._steps, self._error = path, steps, error
        self._permits = threading.Semaphore(0)

    def go_on(self) -> None:
        self._permits.release()

    def __call__(self, on_progress: Progress, stop: threading.Event) -> SyncLog:
        store = Store.open(self._path, clock=FrozenClock(NOW))
        for number, step in enumerate(self._steps, start=1):
            while not self._permits.acquire(timeout=0.05):
                if stop.is_set():
                    return DONE
            store.apply(step)
            total = len(self._steps)
            on_progress(SyncProgress("history", number, total, SyncStep.HISTORY, number, total))
        while not self._permits.acquire(timeout=0.05):
            if stop.is_set():
                break
        store.close()
        if self._error is not None:
            raise self._error
        return DONE


def names(pilot: Pilot[Any]) -> list[str]:
    pane = app_of(pilot).pane
    assert isinstance(pane, ModelsPane)
    return [line.name for line in pane.table.rows]


def top(pilot: Pilot[Any]) -> str:
    return pilot.app.screen.query_one(TopBar).text


def notice(pilot: Pilot[Any]) -> str:
    return pilot.app.screen.query_one(MissingLine).text


def titles(pilot: Pilot[Any]) -> list[str]:
    return [notice.title for notice in app_of(pilot)._notifications]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what a sync brings in as often as it says something."""
    monkeypatch.setattr(syncing, "LOOK_EVERY", 0.01)


async def test_what_is_committed_is_shown_while_the_sync_goes_on(
    make_book: BookMaker, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(ledger_file, clock=FrozenClock(NOW))
    models = store.models()
    store.apply(SyncFacts(models=(), history=False))
    store.close()
    reach = {(Covered.PERFORMANCES, models[0].id): RoundRanges.span(1350, 1400)}
    steps = Stepwise(
        ledger_file,
        SyncFacts(models=models[:3], covered=reach),
        SyncFacts(models=models),
        SyncFacts(history=True),
    )
    monkeypatch.setattr(Book, "sync", steps)
    async with running(make_book(config=QUIET), SMALL) as pilot:
        app = app_of(pilot)
        await pilot.press("r")
        await revision_read(pilot)
        for shown in (models[:3], models):
            steps.go_on()
            await until(pilot, lambda shown=shown: {one.name for one in shown} <= {*names(pilot)})
            assert app.syncing.running
        assert "syncing" in top(pilot)
        assert "history back to round" in top(pilot)
        assert "First sync, 3 of 4: history 2/3, " in notice(pilot)
        steps.go_on()
        steps.go_on()
        await until(pilot, lambda: not app.syncing.running)
        await until(pilot, lambda: "history back" not in top(pilot))
        assert not pilot.app.screen.query_one(MissingLine).has_class("shown")


async def revision_read(pilot: Pilot[Any]) -> None:
    """The revision is known from before the first step."""
    await until(pilot, lambda: app_of(pilot).syncing._revision >= 0)


async def test_only_the_mode_in_front_loads_again(
    make_book: BookMaker, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Stepwise(ledger_file, SyncFacts(), SyncFacts())
    monkeypatch.setattr(Book, "sync", steps)
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await pilot.press("2")
        await until(pilot, lambda: app.pane is not None and app.pane.MODE == "stakes")
        await until(pilot, lambda: app.pane is not None and app.pane.report is not None)
        await settled(pilot)
        models = next(s for s in app._screen_stacks["models"] if isinstance(s, ModelsPane))
        before = models.report
        await pilot.press("r")
        await revision_read(pilot)
        generation, shown = app.generation, app.pane
        assert shown is not None
        report = shown.report
        steps.go_on()
        await until(pilot, lambda: app.generation > generation)
        await until(pilot, lambda: shown.report is not report)
        assert models.report is before
        assert shown.report == report
        steps.go_on()
        steps.go_on()
        await until(pilot, lambda: not app.syncing.running)


async def test_a_sync_that_breaks_off_leaves_what_it_brought_in(
    make_book: BookMaker, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(ledger_file, clock=FrozenClock(NOW))
    models = store.models()
    store.apply(SyncFacts(models=models[:2]))
    store.close()
    steps = Stepwise(ledger_file, SyncFacts(models=models), error=Unreachable("The line is cut."))
    monkeypatch.setattr(Book, "sync", steps)
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("r")
        steps.go_on()
        steps.go_on()
        await until(pilot, lambda: not app_of(pilot).syncing.running)
        await until(pilot, lambda: len(names(pilot)) == len([m for m in models if not m.archived]))


async def test_a_sync_that_was_not_told_everything_says_so_once(
    make_book: BookMaker, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = (since(Fact.WALLET), never(Fact.PRICE), never(Fact.CURRENCY))
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for missing, expected in ((gaps, 1), (gaps, 1), ((*gaps, never(Fact.SCOPES)), 2)):
            app._silent_until.clear()
            steps = Stepwise(ledger_file, SyncFacts(missing=missing))
            monkeypatch.setattr(Book, "sync", steps)
            await pilot.press("r")
            steps.go_on()
            steps.go_on()
            await until(pilot, lambda: not app.syncing.running)
            await settled(pilot)
            assert titles(pilot).count(INCOMPLETE) == expected
        (first, *_) = [one for one in app._notifications if one.title == INCOMPLETE]
        assert "what the Numerai wallet holds" in first.message
        assert "And 1 more." in first.message
        assert first.severity == "information"
