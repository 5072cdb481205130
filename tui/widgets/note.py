"""A few lines of text that are painted only when they say something else than before."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.static import Static


class Note(Static, can_focus=False):
    """Text in a place of fixed size; markup in it means nothing."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown = Content("")

    @property
    def text(self) -> str:
        """What stands there now."""
        return self._shown.plain

    def show(self, content: Content | str, *, layout: bool = False) -> None:
        """Say ``content``; ``layout``: its height may change with it."""
        content = Content(content) if isinstance(content, str) else content
        if not content.is_same(self._shown):
            self._shown = content
            self.update(content, layout=layout)
