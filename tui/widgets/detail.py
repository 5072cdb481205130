"""More about the row marked: right of the table, below it on narrow screens."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static


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
        before = self._shown.get(block, Content(""))
        if content.is_same(before):
            return
        self._shown[block] = content
        resized = content.plain.count("\n") != before.plain.count("\n")
        self.query_one(f"#{block}", Static).update(content, layout=resized or not before.plain)
