"""Notices leave the row they speak about free, and what is said of it below the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.queue.change import ChangeKind
from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.screens.queue.test_queue import a_draft
from tests.tui.staking import FREE, OTHER, loaded, told
from tui.screens.queue.queue import QueuePane
from tui.screens.toasts import rows_under
from tui.widgets.note import Note

TEXT = "Decrease the stake of lichen_neutral (Signals) by 2.5 NMR. It is in a block."


@given(st.integers(3, 6), st.integers(10, 40), st.data())
def test_wherever_the_row_is_notices_that_fit_somewhere_leave_it_free(
    top: int, rows: int, data: st.DataObject
) -> None:
    end, height = top + rows, top + rows + 8
    row = data.draw(st.integers(top + 1, end - 1))
    needed = data.draw(st.integers(1, max(row, end - row - 1)))
    under = rows_under(height, (top, end), row, needed)
    last, first = height - under - 1, height - under - needed
    assert first >= 0
    assert last < end
    assert not first <= row <= last


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_notice_in_the_queue_covers_neither_its_row_nor_its_detail(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    for name in (OTHER, FREE):
        for _ in range(8):
            book.queue.cancel(a_draft(book, name, ChangeKind.DECREASE, "1").id)
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        grid = pane.grid
        assert grid is not None
        pilot.app.notify(TEXT, title="Numerai accepted it", timeout=60)
        await told(pilot, "It is in a block")

        def clear() -> bool:
            (toast,) = pane.query("Toast")
            row = grid.region.y + 1 + grid.cursor - grid.scroll_offset.y
            over_row = toast.region.y <= row < toast.region.bottom
            detail = pane.query_one("#about", Note).region
            return bool(toast.region) and not over_row and not toast.region.overlaps(detail)

        await until(pilot, clear, "it covers what it speaks about")
        for key in ("end", "up", "home", "pagedown"):
            await pilot.press(key)
            await until(pilot, clear, f"it covers what it speaks about after {key}")
