"""A few whole screens as pictures: what a glance takes in is not lost unnoticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import BookMaker
from tests.tui.driving import AT_HOME, QUIET, settled, until
from tests.tui.screens.earnings.test_risk import told
from tui.app import NumstakeApp
from tui.widgets.note import Note


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ([], (120, 36)),
        ([], (80, 24)),
        (["2"], (80, 24)),
        (["question_mark"], (80, 24)),
        (["comma", "slash", *"limits", "enter", "down"], (80, 24)),
    ],
    ids=["models-wide", "models-narrow", "stakes-narrow", "help-narrow", "settings-narrow"],
)
def test_a_glance(
    snap_compare: Any, make_book: BookMaker, keys: list[str], size: tuple[int, int]
) -> None:
    app = NumstakeApp(make_book(config=QUIET))

    async def press(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=press)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["wide", "narrow"])
def test_where_payouts_go(snap_compare: Any, make_book: BookMaker, size: tuple[int, int]) -> None:
    app = NumstakeApp(make_book(config=QUIET))

    async def press(pilot: Any) -> None:
        await settled(pilot)
        for keys in (
            ["3"],
            ["a"],
            ["2", "5", "enter"] * 3,
            ["down", *["left"] * 4, *"80", "enter"],
        ):
            await pilot.press(*keys)
            await settled(pilot)
        await until(pilot, lambda: pilot.app.screen.query_one("#about", Note).text)

    assert snap_compare(app, terminal_size=size, run_before=press)


async def _correlations(pilot: Any) -> None:
    await settled(pilot)
    await pilot.press("X")
    await settled(pilot)
    await pilot.press("v")
    await settled(pilot)


def test_how_models_move_together(snap_compare: Any, make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    told(book)
    assert snap_compare(NumstakeApp(book), terminal_size=(80, 24), run_before=_correlations)


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((80, 24), "numstake-dark"),
        ((120, 36), "numstake-light"),
        ((200, 60), "numstake-dark"),
    ],
    ids=["narrow", "wide-light", "broad"],
)
def test_home(snap_compare: Any, make_book: BookMaker, size: tuple[int, int], theme: str) -> None:
    book = make_book(config=replace(AT_HOME, app=replace(AT_HOME.app, theme=theme)))
    book.records.keep()
    told(book)

    async def read(pilot: Any) -> None:
        pane = pilot.app.pane
        await until(pilot, lambda: pane._closer is not None and pane._projected is not None)
        await settled(pilot)

    assert snap_compare(NumstakeApp(book), terminal_size=size, run_before=read)
