"""Clicks in dialogs, and that the wheel turns what is under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from tests.tui.driving import QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import front
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question, Ways
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.sort_dialog import SortDialog
from tui.screens.targets.move_dialog import MoveDialog
from tui.widgets.button import Button
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def place_of(screen: Widget, text: str) -> tuple[int, int]:
    """The cell in the middle of ``text`` on the screen in front."""
    for y, strip in enumerate(screen.app.screen._compositor.render_strips(screen.app.size)):
        x = strip.text.find(text)
        if x >= 0:
            return cell_len(strip.text[:x]) + cell_len(text) // 2, y
    raise AssertionError(f"{text} is not on screen")


async def click(pilot: Pilot[Any], text: str) -> None:
    await pilot.pause()
    await pilot.click(offset=place_of(pilot.app.screen, text))
    await pilot.pause()


async def turn(pilot: Pilot[Any], x: int, y: int) -> None:
    """The wheel, one step down."""
    event = MouseScrollDown(None, x, y, 0, 0, 0, False, False, False, screen_x=x, screen_y=y)
    pilot.app.post_message(event)
    await pilot.pause()


async def test_lists_fields_and_keys_named_in_a_frame(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        pane = app_of(pilot).pane
        assert pane is not None and isinstance(pane.grid, Grid)
        grid = pane.grid
        await pilot.press("s")
        await front(pilot, SortDialog)
        await click(pilot, "p  payouts")
        await until(pilot, lambda: pilot.app.screen is pane)
        assert (grid.sort_key, grid.sort_reversed) == ("payouts", True)
        await pilot.press("s")
        await front(pilot, SortDialog)
        await click(pilot, "esc keep")
        await until(pilot, lambda: pilot.app.screen is pane)
        await pilot.press("m")
        dialog = await front(pilot, MoveDialog)
        await click(pilot, "names, with")
        await until(pilot, lambda: dialog.focused is dialog.query_one("#to", Input))
        await click(pilot, "with free NMR")
        await until(pilot, lambda: dialog.asked.at_once)
        await click(pilot, "Leave it")
        await until(pilot, lambda: pilot.app.screen is pane)


async def test_the_wheel_turns_what_is_under_it(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), (80, 12)) as pilot:
        pane = app_of(pilot).pane
        assert pane is not None and isinstance(pane.grid, Grid)
        grid = pane.grid
        await until(pilot, lambda: grid.max_scroll_y)
        await settled(pilot)
        await turn(pilot, 20, 6)
        await until(pilot, lambda: grid.scroll_offset.y)
        above = grid.scroll_offset.y
        await pilot.press("question_mark")
        dialog = await front(pilot, HelpScreen)
        await until(pilot, lambda: "1-" in dialog.hint)
        await turn(pilot, 20, 6)
        await until(pilot, lambda: dialog.hint.startswith("4-"))
        assert grid.scroll_offset.y == above


async def test_one_click_on_yes_only_goes_there(make_book: BookMaker) -> None:
    answers: list[bool | None] = []
    ways = Ways({"by hand": "You do it.", "here": "It is signed here."}, "by hand", lambda _: None)
    question = Question("Change 1", "Do it.", (), "Do it?", ways=ways)
    async with running(make_book(config=QUIET), SMALL) as pilot:
        pilot.app.push_screen(ConfirmDialog(question), answers.append)
        dialog = await front(pilot, ConfirmDialog)
        await click(pilot, "○ here")
        assert dialog.way == "here"
        await settled(pilot)
        await click(pilot, "Yes, send it")
        assert dialog.focused is dialog.query_one("#yes", Button) and not answers
        await click(pilot, "Yes, send it")
        await until(pilot, lambda: answers)
        assert answers == [True]
