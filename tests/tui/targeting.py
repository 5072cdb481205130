"""Steps of editing targets, taken by keys."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from ledger.domain.targets.allocation import AllocationLine
from tests.tui.driving import settled, until
from tests.tui.staking import FREE, front, mark, stakes_on, typed
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.plan import PlanPane
from tui.widgets.note import Note


async def editor_on(pilot: Pilot[Any], name: str = FREE) -> AllocationEditor:
    """The editor of targets with the mark on a model."""
    await stakes_on(pilot, name)
    await pilot.press("a")
    editor = await front(pilot, AllocationEditor)
    await until(pilot, lambda: editor.report is not None)
    await pilot.pause()
    return editor


def line_of(editor: AllocationEditor, name: str) -> AllocationLine:
    """One model as the editor shows it."""
    assert editor.grid is not None
    (line,) = [line for line in editor.grid.rows if line.name == name]
    assert isinstance(line, AllocationLine)
    return line


async def target(pilot: Pilot[Any], editor: AllocationEditor, name: str, text: str) -> None:
    """Type a target for a model, and wait until it is there."""
    mark(editor.grid, name)
    if text[0].isalpha():
        await pilot.press("enter")
    await typed(pilot, text)
    await pilot.press("enter")
    await until(pilot, lambda: line_of(editor, name).text == text, f"{name} never got {text}")
    await settled(pilot)


async def plan_of(pilot: Pilot[Any]) -> PlanPane:
    """The plan of the editor in front."""
    await pilot.press("p")
    plan = await front(pilot, PlanPane)
    await until(pilot, lambda: plan.report is not None)
    await pilot.pause()
    return plan


def said(editor: AllocationEditor, place: str) -> str:
    """What one of the lines under the table says."""
    return editor.query_one(f"#{place}", Note).text
