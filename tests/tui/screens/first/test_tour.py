"""The demo's tour: all of it by keys, skipped, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import QUIET, SMALL, app_of, running, until
from tui import keys
from tui.screens.dialogs.help import HelpScreen
from tui.screens.first import tour as tours
from tui.screens.first.tour import STEPS, Tour
from tui.widgets.tourline import TourLine

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox
    from tests.conftest import BookMaker

LEADS_TO = ("home", "models", "MoveDialog", "rounds", "unlocks", "queue", "queue", "Palette")
"""What is in front after each step: a page by its mode, or a dialog."""


def tour_of(pilot: Pilot[Any]) -> Tour:
    tour = app_of(pilot).tour
    assert tour is not None
    return tour


def said(pilot: Pilot[Any]) -> str:
    pane = app_of(pilot).pane
    assert pane is not None
    line = pane.query_one(TourLine)
    assert line.has_class("shown") == bool(str(line.content))
    return str(line.content)


def in_front(pilot: Pilot[Any]) -> str:
    app = app_of(pilot)
    if app.screen is app.pane:
        return app.pane.MODE
    return type(app.screen).__name__


async def offered(pilot: Pilot[Any]) -> None:
    tour_of(pilot).offer()
    tour_of(pilot).draw()
    assert said(pilot) == tours.OFFER
    await pilot.pause()


async def test_all_of_it(make_book: BookMaker, sandbox: Sandbox) -> None:
    before = sandbox.now()
    async with running(make_book(config=QUIET, demo=True), SMALL) as pilot:
        await offered(pilot)
        start = in_front(pilot)
        await pilot.press("enter")
        assert in_front(pilot) == start, "that enter was for the tour"
        for number, (step, there) in enumerate(zip(STEPS, LEADS_TO, strict=True), start=1):
            assert tour_of(pilot).step is step
            await until(pilot, lambda step=step: step.here in said(pilot))
            action = keys.BY_ID[step.action]
            assert f"{number}/8" in said(pilot)
            assert f"Press {keys.shown_key(action, {})}: {step.there}" in said(pilot)
            await pilot.press("left" if number == 1 else "f6")
            assert tour_of(pilot).step is step, "another key is no step"
            await pilot.press(keys.keys_of(action, {})[0])
            await until(pilot, lambda there=there: in_front(pilot) == there, f"{there} in front")
            if there == "MoveDialog":
                await pilot.press("enter", "escape")
                await until(pilot, lambda: in_front(pilot) == "models")
        assert sandbox.now() > before
        await pilot.press("escape")
        await until(pilot, lambda: "That was the tour" in said(pilot))
        await pilot.press("down")
        assert said(pilot) == ""
        assert app_of(pilot).state.get(tours.ROOM, tours.SEEN) is True
        tour_of(pilot).offer()
        tour_of(pilot).draw()
        assert said(pilot) == "", "not offered again where it is remembered"


async def test_it_can_be_left_and_is_brought_back_by_help(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET, demo=True), SMALL) as pilot:
        await offered(pilot)
        await pilot.press("5")
        await until(pilot, lambda: in_front(pilot) == "queue")
        assert said(pilot) == "", "an offer is none for long"
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert keys.BY_ID["tour"].help in pilot.app.screen.text
        await pilot.press("f3")
        await until(pilot, lambda: "1/8" in said(pilot))
        await pilot.press("0")
        await until(pilot, lambda: "2/8" in said(pilot))
        await pilot.press("escape")
        assert said(pilot) == ""
        assert in_front(pilot) == "home"
        await pilot.press("1")
        await until(pilot, lambda: in_front(pilot) == "models")
        assert said(pilot) == ""


async def test_a_real_account_has_none(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        assert app_of(pilot).tour is None
        assert not pilot.app.screen.query(TourLine)
        await pilot.press("f3")
        assert in_front(pilot) == app_of(pilot).DEFAULT_MODE


@pytest.mark.parametrize("step", STEPS)
def test_a_step_fits_into_80_columns(step: tours.Step) -> None:
    key = keys.shown_key(keys.BY_ID[step.action], {})
    assert len(f"     {step.here}") <= SMALL[0] - 2
    assert len(f"     Press {key}: {step.there}   esc ends the tour") <= SMALL[0] - 2
    assert len(tours.OFFER) <= SMALL[0] - 2
