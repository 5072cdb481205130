"""What is closed leaves nothing behind, however long the app runs."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tests.tui.driving import QUIET, app_of, running, settled, until
from tui.screens.dialogs.help import HelpScreen
from tui.terminal import tidying
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker


@pytest.mark.parametrize(
    "soon",
    [{"LONG_PAUSE": 0.0}, {"PAUSE": 0.0, "LONG_PAUSE": 1e6, "AT_LEAST_EVERY": 0.0}],
    ids=["rest", "keys go on"],
)
async def test_a_closed_dialog_is_freed(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch, soon: dict[str, float]
) -> None:
    for name, seconds in soon.items():
        monkeypatch.setattr(tidying, name, seconds)
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        dialog = weakref.ref(app.screen)
        lines = weakref.ref(app.screen.query_one(Note)._styles_cache)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("j")
        await until(pilot, lambda: dialog() is lines() is None)


async def test_what_is_loaded_is_left_out_of_collections_once_and_after_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda *_: done.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(tidying, "PAUSE", 1e6)
    monkeypatch.setattr(tidying, "LONG_PAUSE", 0.0)
    tidier = tidying.Tidying()
    for settles, expected in (
        (False, ["collect"]),
        (True, ["collect", "freeze"]),
        (True, ["collect"]),
    ):
        done.clear()
        if settles:
            tidier.settle_down()
        tidier.put_off()
        async with asyncio.timeout(10):
            while not done:
                await asyncio.sleep(0)
        assert done == expected
