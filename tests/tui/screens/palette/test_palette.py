"""The palette by its keys: what each kind of entry and each verb leads to."""

from __future__ import annotations

import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from ledger.book import Book
from ledger.domain.queue.change import ChangeKind
from ledger.errors import StoreError
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import FREE, OTHER, front
from tui import keys
from tui.app import PANES, NumstakeApp
from tui.screens.dialogs.chapters import ChapterDialog
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.file_dialog import FileDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.rounds import RoundsPane
from tui.screens.palette import opening
from tui.screens.palette.entries import Kind, title
from tui.screens.palette.palette import Palette
from tui.screens.palette.ways import WAYS
from tui.screens.pane import Pane
from tui.screens.queue.queue import QueuePane
from tui.screens.settings.settings import SettingsPane
from tui.screens.slots.predictors import PredictorsPane
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.cash_dialog import CashDialog
from tui.screens.targets.move_dialog import MoveDialog
from tui.widgets.choices import Choices
from tui.widgets.line import Line
from tui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from tests.conftest import BookMaker

NAMES = {
    " ": "space",
    "_": "underscore",
    '"': "quotation_mark",
    "%": "percent_sign",
    ".": "full_stop",
    ":": "colon",
}


async def opened(pilot: Pilot[Any], text: str = "", key: str = "ctrl+p") -> Palette:
    """The palette with ``text`` typed into it, as soon as no other screen is in front."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Pane))
    await pilot.press(key)
    palette = await front(pilot, Palette)
    await pilot.press(*(NAMES.get(letter, letter) for letter in text))
    await until(pilot, lambda: palette.query_one(TypedLine).value == text)
    return palette


def listed(palette: Palette) -> list[str]:
    return [line.rstrip() for line in palette.query_one(Choices).text.splitlines()]


def told(palette: Palette) -> str:
    return palette.query_one("#said", Line).text


async def page(pilot: Pilot[Any], kind: type[Pane[Any]]) -> Any:
    pane = await front(pilot, kind)
    await until(pilot, lambda: pane.report is not None)
    await pilot.pause()
    return pane


async def back_to_the_mode(pilot: Pilot[Any]) -> None:
    """Close whatever is open."""
    app = app_of(pilot)
    while len(app.screen_stack) > 1:
        before = app.screen
        await pilot.press("escape")
        await until(pilot, lambda before=before: app.screen is not before)
    await settled(pilot)


async def test_everything_with_a_name_is_found_and_opened(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(config=QUIET)
    line = next(line for line in book.stakes.report().lines if line.name == FREE)
    change = book.queue.draft(book.queue.preview(line.model_id, ChangeKind.DECREASE, "2.5"))
    predictor = book.slots.predictors.add("night_owl")
    findable = book.findable()
    newest, played, *others = findable.rounds
    assert played.played
    ahead = replace(newest, played=())
    findable = replace(findable, rounds=(ahead, played, *others))
    monkeypatch.setattr(Book, "findable", lambda _: findable)
    async with running(book) as pilot:
        app = app_of(pilot)

        await opened(pilot, "lihcen_neutral")
        await pilot.press("enter")
        rounds = await page(pilot, RoundsPane)
        assert rounds.only == line.model_id
        await back_to_the_mode(pilot)

        await opened(pilot, "owl")
        await pilot.press("enter")
        predictors = await page(pilot, PredictorsPane)
        assert predictors.grid.selected.key == f"p{predictor.id}"
        await back_to_the_mode(pilot)

        await opened(pilot, f"change {change.id}", "colon")
        await pilot.press("enter")
        queue = await page(pilot, QueuePane)
        assert queue.grid.selected.change.id == change.id
        await back_to_the_mode(pilot)

        await opened(pilot, f"{played.number}")
        await pilot.press("enter")
        earnings = await page(pilot, EarningsPane)
        assert earnings.grid.selected.rounds == (played.number,)
        await back_to_the_mode(pilot)

        await opened(pilot, f"round {ahead.number}", "colon")
        await pilot.press("enter")
        slots = await page(pilot, SlotsPane)
        assert slots.grid.selected.round == ahead.number
        await back_to_the_mode(pilot)

        await opened(pilot, "nord")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "nord")

        await opened(pilot, "where payouts go")
        await pilot.press("enter")
        chapter = await front(pilot, ChapterDialog)
        assert chapter.text.startswith("# Where payouts go")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.pane)

        assert app.state.get("palette", "recent") == [
            "chapter:policy",
            "theme:nord",
            f"round:{ahead.number}",
            f"round:{played.number}",
            f"change:{change.id}",
            f"predictor:{predictor.id}",
            f"model:{line.model_id}",
        ]


async def test_words_open_the_dialogs_filled_in(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        app = app_of(pilot)
        palette = await opened(pilot, "mov", "colon")
        assert "▌" in listed(palette)[0]
        await pilot.press("down", "up", "tab")
        if palette.query_one(TypedLine).value != "move ":
            await pilot.press("ctrl+u", *"move", "space")
        assert told(palette).startswith(" ✗ Type how much")
        await pilot.press("x", "enter")
        assert "“x” is no amount of NMR." in told(palette)
        await pilot.press("backspace", *"2 ", *"lihcen", "tab", *"onyx", "enter")
        assert palette.query_one(TypedLine).value == f"move 2 {FREE} {OTHER} "
        await pilot.press("enter")
        move = await front(pilot, MoveDialog)
        assert [field.value for field in move.query(Input)] == ["2", OTHER]
        assert FREE in str(move.query_one(".dialog--frame").border_title)
        await until(pilot, lambda: move._shown is not None)
        await pilot.press("escape")
        await settled(pilot)

        again = await opened(pilot, "move 2 lich")
        assert listed(again)[0].strip("▌ ").startswith(FREE)
        await pilot.press("escape")
        await opened(pilot)
        await pilot.press("enter")
        await front(pilot, MoveDialog)
        await pilot.press("escape")
        await settled(pilot)

        await opened(pilot, "cash 30", "colon")
        await pilot.press("enter")
        await front(pilot, CashDialog)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is app.pane

        await opened(pilot, "theme solarized-l", "colon")
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "solarized-light")
        assert not app.book.queue.report().lines

        await opened(pilot, "set app.the", "colon")
        await pilot.press("enter")
        settings = await page(pilot, SettingsPane)
        assert settings.grid.selected.name == "app.theme"
        await back_to_the_mode(pilot)

        await opened(pilot, "quit", "colon")
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running)


async def test_files_are_written_where_the_user_says(
    make_book: BookMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for text, file in (
            ("export csv", "numstake-default.csv"),
            ("export unlocks", "unlocks.ics"),
            ("backup", f"numstake-default-{app.book.now():%Y-%m-%d}.sqlite3"),
        ):
            await opened(pilot, text, "colon")
            await pilot.press("enter")
            await front(pilot, FileDialog)
            await pilot.press("enter")
            await until(pilot, lambda file=file: (tmp_path / file).exists())
            await settled(pilot)
            assert any(str(tmp_path / file) in note.message for note in app._notifications)
        assert (tmp_path / "numstake-default.csv").read_text().startswith("date,")
        assert (tmp_path / file).read_bytes().startswith(b"SQLite format 3")

        before = (tmp_path / file).stat().st_mtime_ns
        await opened(pilot, "bakcup")
        await pilot.press("enter")
        await front(pilot, FileDialog)
        field = app.screen.query_one(Input)
        for wrong in ("nowhere/x", "", "."):
            field.value = wrong
            await pilot.press("enter")
            assert isinstance(app.screen, FileDialog)
        field.value = file
        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("escape")
        await settled(pilot)
        assert (tmp_path / file).stat().st_mtime_ns == before


@pytest.mark.parametrize("how", ["demo", "read_only"])
async def test_nothing_is_backed_up_where_nothing_may_be(make_book: BookMaker, how: str) -> None:
    async with running(make_book(config=QUIET, **{how: True})) as pilot:
        await opened(pilot, "backup")
        await pilot.press("enter")
        words = "nothing to keep" if how == "demo" else "--read-only"
        app = app_of(pilot)
        await until(
            pilot,
            lambda: (
                any(words in note.message for note in app._notifications)
                or words in getattr(app.screen, "text", "")
            ),
        )
        assert not isinstance(app.screen, FileDialog)


def class_of(mode: str) -> type[Pane[Any]]:
    module, _, name = PANES[mode].partition(":")
    kind: type[Pane[Any]] = getattr(import_module(module), name)
    return kind


@pytest.mark.parametrize("group", WAYS)
def test_the_way_to_a_group_begins_where_it_can(group: str) -> None:
    way = WAYS[group]
    mode = class_of(way.mode)
    assert (group in mode.GROUPS) is not bool(way.openers)
    for opener in way.openers[:1]:
        method = keys.BY_ID[opener].method
        assert hasattr(mode, method) or hasattr(NumstakeApp, method)


async def test_an_action_of_another_page_goes_there(make_book: BookMaker) -> None:
    """Over the pages in between; what acts at once on the row marked waits for its key."""
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        for action_id, way in (
            ("worst-round", ["models", "rounds"]),
            ("clear-targets", ["stakes", "targets"]),
            ("plan-chart", ["stakes", "targets", "plan"]),
            ("more-tried", ["earnings", "payouts", "simulation"]),
            ("more-scores", ["slots", "predictors"]),
            ("setting-info", ["models", "settings", ""]),
            ("state", ["queue"]),
        ):
            if action_id == "state":  # over the text in full of a setting
                await pilot.press("escape")
            await app.show_mode("models")
            await until(pilot, lambda: app.screen is app.pane and not app.screen.TRAIL)
            await opened(pilot, title(keys.BY_ID[action_id]).replace("'", " "))
            await pilot.press("enter")
            await until(
                pilot,
                lambda way=way: [getattr(one, "MODE", "") for one in app.screen_stack] == way,
                action_id,
            )
            if action_id == "clear-targets":
                await until(pilot, lambda: any("C here" in n.message for n in app._notifications))
        queue = await page(pilot, QueuePane)
        await until(pilot, lambda: queue._state)

        await opened(pilot, "increase")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, Palette | Pane))
        assert app.current_mode == "stakes"


async def test_what_was_chosen_is_on_top_in_the_next_run(
    make_book: BookMaker, tmp_path: Path
) -> None:
    book, file = make_book(config=QUIET), tmp_path / "p.state.toml"
    for first in ("▌ 1       models", "▌         nord", "▌         round"):
        app = NumstakeApp(book, state_file=file)
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda app=app: app.pane is not None and app.pane.report is not None)
            palette = await opened(pilot)
            if first != "▌ 1       models":
                assert listed(palette)[0].startswith(first)
            text = "nord" if "models" in first else "round "
            await pilot.press(*(NAMES.get(letter, letter) for letter in text), "enter")
            await until(pilot, lambda app=app: not isinstance(app.screen, Palette))
            await settled(pilot)


async def test_the_mouse_chooses_and_the_wheel_goes_on(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        palette = await opened(pilot)
        before = listed(palette)
        choices = palette.query_one(Choices)
        for _ in range(8):
            choices.post_message(
                events.MouseScrollDown(choices, 5, 3, 0, 1, 0, False, False, False)
            )
        await until(pilot, lambda: listed(palette) != before)
        await pilot.press("escape")
        palette = await opened(pilot, "earnings")
        row = next(at for at, line in enumerate(listed(palette)) if "Payouts by round" in line)
        assert await pilot.click("#found", offset=(20, row))
        await page(pilot, EarningsPane)


async def test_it_opens_before_a_slow_ledger_has_told_its_names(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without them where they can't be read."""
    book, told_now, fails = make_book(config=QUIET), threading.Event(), threading.Event()
    findable = Book.findable

    def late(slow: Book) -> Any:
        told_now.wait(60)
        if fails.is_set():
            raise StoreError("The ledger can't be read.", "Look at the disk.")
        return findable(slow)

    monkeypatch.setattr(Book, "findable", late)
    monkeypatch.setattr(opening, "PATIENCE", 0.01)
    async with running(book) as pilot:
        app = app_of(pilot)
        palette = await opened(pilot, "lichen")
        assert not palette.matching
        told_now.set()
        await until(pilot, lambda: [one.name for one in palette.matching] == [FREE])
        await pilot.press("escape")
        app.generation += 1
        fails.set()
        palette = await opened(pilot, "earnings")
        assert palette.matching[0].kind is Kind.ACTION
        await until(pilot, lambda: any("can't be read" in n.message for n in app._notifications))


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)])
async def test_it_fits_every_screen(make_book: BookMaker, size: tuple[int, int]) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        palette = await opened(pilot)
        frame = palette.query_one(".dialog--frame").region
        assert frame.bottom <= size[1]
        assert palette.query_one("#said").region.bottom < frame.bottom
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: len(listed(palette)) == 16)
