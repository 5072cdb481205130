"""Steps of a stake change, taken by keys."""

from __future__ import annotations

from typing import Any, TypeVar

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from ledger.domain.queue.change import Change, ChangeState
from tests.tui.driving import app_of, until
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.tables.grid import Grid

FREE, RELEASING, INCREASING, OTHER = "lichen_neutral", "marlin_faith", "nimbus_v5", "onyx_deep"
"""The Signals models of the test world: two with nothing pending, one each with a release and
an increase."""

ATOMIC = "alder"

S = TypeVar("S", bound=Screen[Any])


async def front(pilot: Pilot[Any], kind: type[S]) -> S:
    """The screen in front, once it is a ``kind``."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), f"no {kind.__name__} came up")
    screen = pilot.app.screen
    assert isinstance(screen, kind)
    await until(pilot, lambda: screen.is_mounted)
    await pilot.pause()
    return screen


async def loaded(pilot: Pilot[Any], key: str, kind: type[S]) -> S:
    """The mode of ``key``, with its report on screen."""
    await pilot.press(key)
    pane = await front(pilot, kind)
    assert isinstance(pane, Pane)
    await until(pilot, lambda: pane.report is not None)
    await pilot.pause()
    return pane


async def stakes_on(pilot: Pilot[Any], name: str) -> StakesPane:
    """The Stakes mode with the mark on a model."""
    pane = await loaded(pilot, "2", StakesPane)
    mark(pane.grid, name)
    return pane


def mark(grid: Grid[Any] | None, name: str) -> None:
    """Put the mark on a model."""
    assert grid is not None
    (index,) = [index for index, row in enumerate(grid.rows) if row.name == name]
    grid.move_to(index)


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Type a text."""
    for character in text:
        await pilot.press(character)


async def drafted(pilot: Pilot[Any], name: str, key: str, amount: str) -> ConfirmDialog:
    """Ask for a change of ``amount`` on a model, up to the question whether to send it."""
    await stakes_on(pilot, name)
    await pilot.press(key)
    await front(pilot, ChangeDialog)
    await typed(pilot, amount)
    await pilot.press("enter")
    return await front(pilot, ConfirmDialog)


async def became(pilot: Pilot[Any], state: ChangeState) -> Change:
    """The newest change, once the Queue mode shows it as ``state``."""

    def shown() -> bool:
        pane = app_of(pilot).pane
        if not isinstance(pane, QueuePane) or pane.grid is None or not pane.grid.rows:
            return False
        return pane.grid.rows[0].change.state is state

    await until(pilot, shown, f"the change was never {state.value}")
    (pane,) = [app_of(pilot).pane]
    assert isinstance(pane, QueuePane) and pane.grid is not None
    change: Change = pane.grid.rows[0].change
    return change


def text_of(screen: Screen[Any]) -> str:
    """All texts of a dialog, a long one whole."""
    if isinstance(screen, TextDialog):
        return screen.text
    return "\n".join(str(static.content) for static in screen.query(Static))


async def told(pilot: Pilot[Any], words: str) -> None:
    """Wait for a notice with ``words`` in it."""

    def said() -> bool:
        return any(words in str(toast.render()) for toast in pilot.app.screen.query("Toast"))

    await until(pilot, said, f"nothing said “{words}”")
