"""More about the row marked: right of the table, below it on narrow screens."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui.widgets.static import Static


class Detail(VerticalScroll, can_focus=False):
    """Closed until toggled. Told what to show after the cursor has rested, never while it moves.

    Two blocks: below each other, or side by side where the panel is wide and low.
    """

    def compose(self) -> ComposeResult:
        yield Static(id="detail-facts")
        yield Static(id="detail-rows")

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: dict[str, Content] = {}
        self._lines: dict[str, int] = {}

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("open")

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(content.plain for content in self._shown.values())

    def toggle(self) -> None:
        """Open or close."""
        self.toggle_class("open")

    def close(self) -> None:
        """Take it off the screen."""
        self.remove_class("open")

    def show(self, facts: Content, rows: Content) -> None:
        """Show two blocks; what is there already is not written again."""
        self._update("detail-facts", facts)
        self._update("detail-rows", rows)

    def _update(self, block: str, content: Content) -> None:
        """A block keeps the height it once had: laying out takes longer than painting."""
        before = self._shown.get(block, Content(""))
        if content.is_same(before):
            return
        self._shown[block] = content
        lines, room = content.plain.count("\n"), self._lines.get(block, -1)
        self._lines[block] = max(lines, room)
        padded = Content.assemble(content, "\n" * (self._lines[block] - lines))
        self.query_one(f"#{block}", Static).update(padded, layout=lines > room)
