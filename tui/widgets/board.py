"""Blocks of lines in one or several columns, with a cursor that goes from line to line.

Each block is a small table of its own; all of them scroll together. Moving the cursor repaints its
mark in two lines and what is said first in them, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from ledger.dataclass import dataclass
from tui import keys
from tui.theme import Meaning
from tui.widgets.blocks import Block, Entry, Shown, Spot, head, placed
from tui.widgets.charts.choosing import ChoosesCharts
from tui.widgets.charts.plot import Curve, Row, draw
from tui.widgets.tables.columns import GUTTER, Placed
from tui.widgets.tables.grid_view import MARK
from tui.widgets.tables.segments import KeptLines, SegmentWriter, draw_cells, draw_header, fit

GAP = 3
"""Cells between two columns of blocks."""


_SCROLLBAR = 1


def widths_of(room: int, shares: Sequence[int]) -> list[int]:
    """How wide the columns of a board of ``room`` cells are by their ``shares``."""
    free = max(len(shares), room - _SCROLLBAR - GAP * (len(shares) - 1))
    widths = [max(1, free * share // sum(shares)) for share in shares]
    return [*widths[:-1], max(1, free - sum(widths[:-1]))]


class Board(KeptLines, can_focus=True, inherit_bindings=False):
    """Shows blocks beside and below each other."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.TABLE)

    DEFAULT_CSS = """
    Board {
        width: 1fr; height: 1fr; background: $background; color: $foreground;
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """

    @dataclass
    class Chosen(Message):
        """Enter on ``entry``."""

        entry: Entry

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: tuple[Block, ...] = ()
        self._shares: tuple[int, ...] = (1,)
        self._shown: list[Shown] = []
        self._spots: list[Spot] = []
        self._at: Spot | None = None

    # What it shows

    @property
    def selected(self) -> Entry | None:
        """The line under the cursor."""
        return None if self._at is None else self._entry(self._at)

    @property
    def text(self) -> str:
        """All of it, also what is out of sight."""
        return "\n".join(self._line(y).text.rstrip() for y in range(self.virtual_size.height))

    def show(self, blocks: Sequence[Block], shares: Sequence[int] = (1,)) -> None:
        """Show ``blocks`` in columns with these ``shares`` of the width; lines that look as before
        are not painted again."""
        self._blocks, self._shares = tuple(blocks), tuple(shares)
        self._show_changed()

    def move_to(self, key: str) -> None:
        """Put the cursor on the line ``key``, if it is there."""
        self._move(next((spot for spot in self._spots if self._entry(spot).key == key), None))

    def _entry(self, spot: Spot) -> Entry:
        return self._shown[spot.block].block.entries[spot.entry]

    def _lay_out(self) -> None:
        """Give every block its place, and leave the cursor on its line."""
        before = self.selected
        widths = widths_of(self.size.width, self._shares)
        heights = [0] * len(widths)
        self._shown, self._spots = [], []
        for number, block in enumerate(self._blocks):
            column = min(block.column, len(widths) - 1)
            x, y, width = sum(widths[:column]) + GAP * column, heights[column], widths[column]
            self._shown.append(Shown(block, number, x, y, width, placed(block, width)))
            heights[column] += block.lines + 1
            self._spots += [
                Spot(number, entry, column, y + 1 + entry) for entry in range(len(block.entries))
            ]
        self._spots.sort(key=lambda spot: (spot.column, spot.y))
        same = (spot for spot in self._spots if before and self._entry(spot).key == before.key)
        self._at = next(same, next(iter(self._spots), None))
        self.virtual_size = Size(1, max(1, max(heights) - 1))

    # Drawing

    def _draw(self, y: int) -> Strip:
        return self._line(y + self.scroll_offset.y)

    def _line(self, y: int) -> Strip:
        blank = self._palette[""]
        strips: list[Strip] = []
        x = 0
        for shown in sorted(self._shown, key=lambda one: one.x):
            if shown.y <= y < shown.y + shown.block.lines:
                strips += [Strip.blank(shown.x - x, blank), self._part(shown, y - shown.y)]
                x = shown.x + shown.width
        width = self.scrollable_content_region.width
        return Strip.join([*strips, Strip.blank(max(0, width - x), blank)]).crop(0, width)

    def _part(self, shown: Shown, line: int) -> Strip:
        entries, note = len(shown.block.entries), bool(shown.block.note)
        if line == 0:
            return self._labels(shown)
        if line <= entries:
            return self._entry_line(shown, line - 1)
        if note and line == entries + 1:
            return self._note(shown)
        return self._chart(shown, line - entries - note - 1)

    def _labels(self, shown: Shown) -> Strip:
        """The labels; the block's name stands out."""
        writer = SegmentWriter(self._palette["muted"])
        draw_header(writer, shown.placement, None, reverse=False)
        strip = writer.strip(shown.width)
        end = GUTTER + cell_len(shown.block.labels[0].text)
        name, labels = strip.divide([min(end, shown.width - 1), shown.width])
        return Strip.join([Strip([Segment(name.text, self._palette["title"])]), labels])

    def _entry_line(self, shown: Shown, number: int) -> Strip:
        here = self._at is not None and (self._at.block, self._at.entry) == (shown.number, number)
        writer = SegmentWriter(self._palette[""])
        if here:
            writer.write(MARK, self._palette[""])
        first = head(shown) if here else None

        def style(one: Placed[Entry], meaning: Meaning) -> Style:
            plain = self._palette[meaning]
            return plain + self._palette["chosen"] if one is first else plain

        cells = shown.block.entries[number].cells
        in_sight = [cells[int(one.column.key)] for one in shown.placement.placed]
        draw_cells(writer, shown.placement, in_sight, style)
        return writer.strip(shown.width)

    def _note(self, shown: Shown) -> Strip:
        writer = SegmentWriter(self._palette[""])
        writer.move(GUTTER)
        for text, meaning in fit(shown.block.note, shown.width - GUTTER):
            writer.write(text, self._palette[meaning])
        return writer.strip(shown.width)

    def _chart(self, shown: Shown, line: int) -> Strip:
        chart, width = shown.block.chart, shown.width - GUTTER
        if chart is None:
            return Strip.blank(shown.width, self._palette[""])
        if not shown.chart:
            shown.chart = self._drawn(chart, width, shown.block.height)
        runs = [Segment(run.text, self._palette[run.ink.meaning]) for run in shown.chart[line]]
        margin = Segment(" " * GUTTER, self._palette[""])
        return Strip([margin, *runs]).adjust_cell_length(shown.width, self._palette[""])

    def _drawn(self, chart: Curve, width: int, height: int) -> list[Row]:
        if isinstance(self.app, ChoosesCharts) and not self.app.full_charts:
            from tui.widgets.charts.plain_plot import draw_plain

            return draw_plain(chart, width, height)
        return draw(chart, width, height)

    # The cursor

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _move(self, spot: Spot | None) -> None:
        before = self._at
        if spot is None or spot == before:
            return
        self._at = spot
        for one in (before, spot):
            if one is not None:
                self._repaint(one)
        self._show_cursor()

    def _repaint(self, spot: Spot) -> None:
        y = spot.y - self.scroll_offset.y
        if not 0 <= y < self._page:
            return
        self._strips.pop(y, None)
        shown = self._shown[spot.block]
        first = head(shown)
        self.refresh(Region(shown.x, y, first.x + first.width if first is not None else 1, 1))

    def _show_cursor(self) -> None:
        """Scroll by half a page when the cursor has left the lines in sight; the name of its block
        comes along with the first line."""
        if self._at is None:
            return
        top, page, y = self.scroll_offset.y, self._page, self._at.y
        first = y - 1 if self._at.entry == 0 else y
        if first < top:
            self.scroll_to(y=max(0, min(first, top - page // 2)), animate=False)
        elif y >= top + page:
            self.scroll_to(y=max(y - page + 1, top + page // 2), animate=False)

    def _step(self, lines: int) -> None:
        """So many lines on in the same column, to its end at most."""
        if self._at is None:
            return
        column = [spot for spot in self._spots if spot.column == self._at.column]
        at = column.index(self._at) + lines
        self._move(column[max(0, min(at, len(column) - 1))])

    def _sideways(self, step: int) -> None:
        """To the line beside this one."""
        if self._at is None:
            return
        y, column = self._at.y, self._at.column + step
        beside = [spot for spot in self._spots if spot.column == column]
        self._move(min(beside, key=lambda spot: abs(spot.y - y), default=None))

    def action_down(self) -> None:
        self._step(1)

    def action_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._step(self._page // 2)

    def action_page_up(self) -> None:
        self._step(-(self._page // 2))

    def action_first(self) -> None:
        self._move(next(iter(self._spots), None))

    def action_last(self) -> None:
        self._step(len(self._spots))

    def action_left(self) -> None:
        self._sideways(-1)

    def action_right(self) -> None:
        self._sideways(1)

    def action_choose(self) -> None:
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click goes on."""
        y = event.y + self.scroll_offset.y
        for spot in self._spots:
            shown = self._shown[spot.block]
            if spot.y == y and shown.x <= event.x < shown.x + shown.width:
                if spot == self._at and event.chain > 1:
                    self.action_choose()
                self._move(spot)
