"""Keys that come in one packet, as over a slow line, do what they do when typed slowly."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeState
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker
from tests.tui.driving import QUIET, app_of, running, until
from tests.tui.staking import FREE, became, front, stakes_on, text_of
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.models.models import ModelsPane
from tui.terminal import typed_ahead


def at_once(pilot: Pilot[Any], *keys: str) -> None:
    """All of them before the app has seen the first."""
    for key in keys:
        character = (
            key if len(key) == 1 else {"slash": "/", "minus": "-", "full_stop": "."}.get(key)
        )
        pilot.app.post_message(events.Key(key, character))


def models_of(pilot: Pilot[Any]) -> ModelsPane:
    pane = app_of(pilot).pane
    assert isinstance(pane, ModelsPane)
    return pane


def names(pilot: Pilot[Any]) -> list[str]:
    return [line.name for line in models_of(pilot).table.rows]


async def test_a_filter_typed_in_one_go(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        wanted = names(pilot)[3]
        at_once(pilot, "slash", *wanted, "enter")
        await until(pilot, lambda: names(pilot) == [wanted])
        await until(pilot, lambda: app_of(pilot).focused is models_of(pilot).table)


async def test_a_change_and_its_yes_each_typed_in_one_go(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await stakes_on(pilot, FREE)
        at_once(pilot, "minus", "2", "full_stop", "5", "enter")
        dialog = await front(pilot, ConfirmDialog)
        assert f"Decrease the stake of “{FREE}” (Signals) by 2.5 NMR." in text_of(dialog)
        assert sandbox.mutations_applied == []
        at_once(pilot, "y", "enter")
        change = await became(pilot, ChangeState.ACCEPTED)
        assert (change.model_name, change.nmr) == (FREE, NMR("2.5"))
        assert len(sandbox.mutations_applied) == 1


async def test_a_key_is_not_kept_by_one_that_waits(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first key began never ends; the next is handed on all the same."""
    monkeypatch.setattr(typed_ahead, "PATIENCE", 0.05)
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        before = models_of(pilot)
        monkeypatch.setattr(typed_ahead.TypedAhead, "_pass_through", lambda *_, **__: None)
        at_once(pilot, "j", "2")
        await until(pilot, lambda: app.pane is not before)
