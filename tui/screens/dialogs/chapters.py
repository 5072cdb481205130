"""The manual over the screen in front: one chapter as a text, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from tui import keys
from tui.help import CHAPTERS, Chapter, chapter_of
from tui.help.layout import lines
from tui.screens.dialogs.list_dialog import ListDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.widgets.note import Note


def show_chapter(app: App[Any], mode: str, remapped: Mapping[str, str]) -> None:
    """Open the chapter that belongs to the screen ``mode``; ``remapped``: the user's own keys."""
    app.push_screen(ChapterDialog(chapter_of(mode), remapped))


def show_chapters(app: App[Any], mode: str, remapped: Mapping[str, str]) -> None:
    """List all chapters, that of the screen ``mode`` marked, and open the one that is chosen."""

    def open_chosen(chapter: Chapter | None) -> None:
        if chapter is not None:
            app.push_screen(ChapterDialog(chapter, remapped))

    app.push_screen(ChapterList(chapter_of(mode)), open_chosen)


class ChapterDialog(TextDialog):
    """One chapter, laid out for the width there is; what is copied is its Markdown."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.binding("chapters")]

    def __init__(self, chapter: Chapter, remapped: Mapping[str, str]) -> None:
        key = keys.shown_key(keys.BY_ID["chapters"], remapped)
        super().__init__(chapter.title, "", f"{key} manual · c copy · esc back")
        self._take(chapter)

    def action_chapters(self) -> None:
        """List all chapters; the one that is chosen takes this one's place."""
        self.app.push_screen(ChapterList(self._chapter), self._replace)

    def _replace(self, chapter: Chapter | None) -> None:
        if chapter is not None:
            self._take(chapter)
            self.query_one(".dialog--frame", Vertical).border_title = Content(chapter.title)
            self._draw()

    def _take(self, chapter: Chapter) -> None:
        source = chapter.source()
        self._chapter = chapter
        self._text = Content(source)
        self._wrapped = lru_cache(maxsize=1)(partial(lines, source))
        self._top = 0


class ChapterList(ListDialog[Chapter]):
    """All chapters; ends with the one that was chosen."""

    LIST = "chapters"
    DEFAULT_CSS = "ChapterList #summary { height: 2; padding-top: 1; color: $muted; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "move(-100)", show=False),
        Binding("G", "move(100)", show=False),
    ]

    def __init__(self, marked: Chapter) -> None:
        super().__init__("Manual", "↑↓ choose · enter read · esc back", CHAPTERS.index(marked))

    @property
    def length(self) -> int:
        return len(CHAPTERS)

    @property
    def marked(self) -> Chapter:
        """The chapter that Enter opens."""
        return CHAPTERS[self.at]

    def compose_frame(self) -> Iterable[Widget]:
        yield from super().compose_frame()
        summary = Note(id="summary")
        summary.show(self.marked.summary)
        yield summary

    def draw(self) -> None:
        super().draw()
        self.query_one("#summary", Note).show(self.marked.summary)

    def action_choose(self) -> None:
        """End with the one that is marked."""
        self.dismiss(self.marked)

    def line(self, number: int) -> Content:
        return Content.styled(CHAPTERS[number].title, "bold" if number == self.at else "")
