"""Steps of editing a payout policy, taken by keys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from textual.pilot import Pilot

from ledger.domain.model import Tournament
from ledger.reports.policy.matrix import PolicyLine, PolicyReport
from tests.tui.driving import settled, until
from tests.tui.staking import front, loaded, typed
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.policy.editor import PolicyEditor
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid


async def policy_of(pilot: Pilot[Any], tournament: Tournament) -> PolicyEditor:
    """The policy of a tournament, opened from Earnings."""
    earnings = await loaded(pilot, "3", EarningsPane)
    while earnings.tournament is not tournament:
        before = earnings.report
        await pilot.press("t")
        await until(pilot, lambda before=before: earnings.report is not before)
    await pilot.press("a")
    editor = await front(pilot, PolicyEditor)
    await until(pilot, lambda: editor.report is not None)
    await settled(pilot)
    return editor


def report_of(editor: PolicyEditor) -> PolicyReport:
    assert editor.report is not None
    return editor.report


def grid_of(editor: PolicyEditor) -> Grid[Any]:
    assert editor.grid is not None
    return editor.grid


def line_of(editor: PolicyEditor, name: str) -> PolicyLine:
    """One source."""
    (line,) = [line for line in report_of(editor).lines if line.name == name]
    return line


def shares(editor: PolicyEditor, name: str = "all others") -> dict[str, Decimal]:
    """What a source gives, by the destinations' names."""
    names = {one.destination: one.name for one in report_of(editor).columns}
    return {names[place]: part for place, part in line_of(editor, name).shares.items()}


async def go(pilot: Pilot[Any], editor: PolicyEditor, row: str, column: str) -> None:
    """Put the mark on a cell: to the row with arrows, to the column by its name."""
    grid = grid_of(editor)
    (index,) = [index for index, line in enumerate(grid.rows) if line.name == row]
    key = "down" if index > grid.cursor else "up"
    await pilot.press(*[key] * abs(index - grid.cursor))
    await pilot.press("f")
    await typed(pilot, column)
    await pilot.press("enter")
    assert grid.selected is not None and grid.selected.name == row
    assert grid.selected_column is not None


async def give(pilot: Pilot[Any], *percentages: str) -> None:
    """Type percentages into the cell marked and those to its right."""
    for percentage in percentages:
        await typed(pilot, percentage)
        await pilot.press("enter")
    await settled(pilot)


def said(editor: PolicyEditor, place: str) -> str:
    """What one of the lines around the matrix says."""
    widget = editor.query_one(f"#{place}")
    assert isinstance(widget, (Line, Note))
    return widget.text
