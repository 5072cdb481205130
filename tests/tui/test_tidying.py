"""What is closed leaves nothing behind, however long the app runs."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import pytest

from tests.tui.driving import QUIET, app_of, running, settled, until
from tui import tidying
from tui.screens.help import HelpScreen
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker


async def test_a_closed_dialog_is_freed_once_the_keys_rest(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "LONG_PAUSE", 0.0)
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
