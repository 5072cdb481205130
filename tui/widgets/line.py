"""One line of text with meanings, left and right; repaints only the cells that changed."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ledger.dataclass import dataclass
from tui.theme import Meaning, Palette, Parts

Group = tuple[int, Parts]
"""Parts that are shown or left out together; of several, the largest number goes first and 0
stays."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands somewhere in a line: of a group's ``parts`` the number ``index``, there the
    ``cell``; on the ``right`` or on the left."""

    parts: Parts
    index: int
    cell: int
    right: bool


class Line(Widget, can_focus=False):
    """A single line. Groups that do not fit are left out, least important first."""

    GAP = "  "
    """Between two groups."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._left: tuple[Group, ...] = ()
        self._right: tuple[Group, ...] = ()
        self._strip: Strip | None = None
        self._palette = Palette(self)

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.render_line(0).text.rstrip()

    def show(self, left: tuple[Group, ...], right: tuple[Group, ...] = ()) -> None:
        """Show these groups; cells that stay as they are are not written again."""
        if (left, right) == (self._left, self._right):
            return
        self._left, self._right = left, right
        before, self._strip = self._strip, None
        if before is None or not self.is_attached or before.cell_length != self.size.width:
            self.refresh()
            return
        changed = _difference(before, self.render_line(0))
        if changed is not None:
            self.refresh(Region(changed[0], 0, changed[1] - changed[0], 1))

    def notify_style_update(self) -> None:
        self._strip = None
        self._palette.forget()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._strip = None

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is only line 0
        if self._strip is None or self._strip.cell_length != self.size.width:
            self._strip = self._draw(self.size.width)
        return self._strip

    def spot(self, x: int) -> Spot | None:
        """What stands in the cell ``x``; ``None`` beside all groups."""
        left, right = self._fitting(self.size.width)
        behind = self.size.width - 1 - self._wide([(0, parts) for parts in right])
        before = 1 + self._wide([(0, parts) for parts in left])
        return self._spot(left, x - 1) or self._spot(right, x - max(before, behind), right=True)

    def _spot(self, groups: list[Parts], x: int, *, right: bool = False) -> Spot | None:
        for parts in groups:
            for index, (text, _) in enumerate(parts):
                if 0 <= x < cell_len(text):
                    return Spot(parts, index, x, right)
                x -= cell_len(text)
            x -= len(self.GAP)
        return None

    def _draw(self, width: int) -> Strip:
        left, right = self._fitting(width)
        segments = self._segments(left)
        tail = self._segments(right)
        segments.insert(0, Segment(" ", self._palette[""]))
        tail.append(Segment(" ", self._palette[""]))
        used = sum(cell_len(segment.text) for segment in [*segments, *tail])
        segments.append(Segment(" " * max(0, width - used), self._palette[""]))
        return Strip(segments + tail).adjust_cell_length(width, self._palette[""])

    def _fitting(self, width: int) -> tuple[list[Parts], list[Parts]]:
        return self._without_least(list(self._left), list(self._right), width)

    def _without_least(
        self, left: list[Group], right: list[Group], width: int
    ) -> tuple[list[Parts], list[Parts]]:
        while self._over(left, right, width):
            worst = max([*left, *right], key=lambda group: group[0], default=None)
            if worst is None or not worst[0]:
                break
            home = right if worst in right else left
            home.remove(worst)
        return [parts for _, parts in left], [parts for _, parts in right]

    def _over(self, left: list[Group], right: list[Group], width: int) -> bool:
        between = len(self.GAP) if left and right else 0
        return self._wide(left) + self._wide(right) + between + 2 > width

    def _wide(self, groups: list[Group]) -> int:
        texts = sum(cell_len(text) for _, parts in groups for text, _ in parts)
        return texts + len(self.GAP) * max(0, len(groups) - 1)

    def _segments(self, groups: list[Parts]) -> list[Segment]:
        segments: list[Segment] = []
        for parts in groups:
            if segments:
                segments.append(Segment(self.GAP, self._palette[""]))
            segments += [Segment(text, self._palette[meaning]) for text, meaning in parts]
        return segments


def plain(text: str, meaning: Meaning = "", weight: int = 0) -> Group:
    """A group of one part."""
    return weight, ((text, meaning),)


def _difference(before: Strip, after: Strip) -> tuple[int, int] | None:
    """From the first to behind the last cell that differs; ``None``: none does."""
    old, new = _cells(before), _cells(after)
    if len(old) != len(new):
        return 0, after.cell_length
    changed = [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    return (changed[0], changed[-1] + 1) if changed else None


def _cells(strip: Strip) -> list[tuple[str, object]]:
    return [(character, segment.style) for segment in strip for character in segment.text]
