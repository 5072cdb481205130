"""Lines of what scrolls: written in as few segments as they have styles, and kept once drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.theme import Meaning, Palette, Parts
from tui.widgets.tables.columns import Cell, Placed, Placement, Row


class SegmentWriter:
    """Writes styled text from left to right, joining neighbours of one style."""

    def __init__(self, blank: Style) -> None:
        self.x = 0
        self.blank = blank
        self._segments: list[Segment] = []

    def move(self, x: int) -> None:
        """Fill with blanks up to ``x``."""
        self.write(" " * (x - self.x), self.blank)

    def write(self, text: str, style: Style) -> None:
        if not text:
            return
        last = self._segments[-1] if self._segments else None
        if last is not None and last.style == style:
            self._segments[-1] = Segment(last.text + text, style)
        else:
            self._segments.append(Segment(text, style))
        self.x += cell_len(text)

    def strip(self, width: int) -> Strip:
        """Everything written, exactly ``width`` cells long."""
        self.move(width)
        return Strip(self._segments, self.x).crop(0, width)


def draw_header(
    writer: SegmentWriter, placement: Placement[Row], sort_key: str | None, *, reverse: bool
) -> None:
    """The labels; the sorted one with its sign, which may reach into the gap behind it."""
    for placed in placement.placed:
        column = placed.column
        sign = ("▼" if reverse else "▲") if column.key == sort_key else ""
        label = fit(((column.label, ""),), placed.width)[0][0]
        right = placed.x + placed.width - placed.hang
        if column.full_label and right - cell_len(column.full_label) > writer.x:
            writer.move(right - cell_len(column.full_label))
            writer.write(column.full_label + sign, writer.blank)
            continue
        spare = placed.width - placed.hang - cell_len(label)
        writer.move(placed.x + (max(0, spare) if column.align == "right" else 0))
        writer.write(label + sign, writer.blank)


def shade(strip: Strip, parts: Sequence[tuple[int, int]], style: Style) -> Strip:
    """``strip`` with its cells in ``parts`` in ``style``, which go from left to right."""
    cuts = [cut for part in parts for cut in part]
    pieces = strip.divide([*cuts, strip.cell_length])
    return Strip.join(
        Strip([Segment(piece.text, style)], piece.cell_length) if index % 2 else piece
        for index, piece in enumerate(pieces)
    )


def draw_cells(
    writer: SegmentWriter,
    placement: Placement[Row],
    cells: Sequence[Cell],
    style: Callable[[Placed[Row], Meaning], Style],
) -> None:
    """One cell for each column in sight, aligned as the column says."""
    for placed, cell in zip(placement.placed, cells, strict=True):
        pieces = fit(cell.pieces, placed.width)
        right = placed.column.align == "right"
        written = sum(cell_len(text) for text, _ in pieces)
        spare = placed.width - written - max(0, placed.hang - cell_len(cell.hang))
        writer.move(placed.x + (max(0, spare) if right else 0))
        for text, meaning in pieces:
            writer.write(text, style(placed, meaning))


def fit(pieces: Parts, room: int) -> Parts:
    """``pieces`` cut to ``room`` cells, the cut marked with an ellipsis."""
    if sum(cell_len(text) for text, _ in pieces) <= room:
        return pieces
    fitted: list[tuple[str, Meaning]] = []
    for text, meaning in pieces:
        if cell_len(text) >= room:
            fitted.append((set_cell_size(text, max(0, room - 1)) + "…", meaning))
            break
        fitted.append((text, meaning))
        room -= cell_len(text)
    return tuple(fitted)


class KeptLines(ScrollView, inherit_bindings=False):
    """Draws each line of the screen once, until something in it changes. A subclass says how lines
    are laid out and drawn, and shows what is new by :meth:`_show_changed`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: dict[int, Strip] = {}
        self._palette = Palette(self)
        self._drawn_for = Size(0, 0)

    def _lay_out(self) -> None:
        """The room has changed."""
        raise NotImplementedError

    def _draw(self, y: int) -> Strip:
        """The line ``y`` of the screen."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Nothing drawn before is of use."""
        self._strips.clear()

    def _show_changed(self) -> None:
        """Lay out again and repaint the lines in sight that look different."""
        if not self.is_attached or not self.size:
            return
        old, self._strips = self._strips, {}
        self._lay_out()
        if not old:
            self.refresh()
            return
        for y in range(self.size.height):
            if self.render_line(y) != old.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """The theme changed."""
        self._forget()
        self._palette.forget()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if round(old_value) != round(new_value):
            self._strips.clear()
        super().watch_scroll_y(old_value, new_value)

    def render_line(self, y: int) -> Strip:
        """One line of the screen; kept until something in it changes."""
        size = self.scrollable_content_region.size
        if size != self._drawn_for:
            self._drawn_for = size
            self._forget()
            self._lay_out()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._draw(y)
        return strip
