"""The palette over the screen in front: one line, and what it may mean below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.screens.palette.catalogue import Catalogue
from tui.screens.palette.entries import Entry, Kind
from tui.screens.palette.words import Reading, Verb, read_words, written
from tui.theme import Meaning, Parts
from tui.widgets.choices import Choice, Choices
from tui.widgets.line import Line, plain
from tui.widgets.typed_line import TypedLine

LINES, MANY_LINES = 16, 28
"""Entries in sight, on a screen as high as most, and on a high one."""

HIGH = 50
"""Rows from which a screen is high."""

_AROUND = 8
"""Rows of the dialog, and above it, that list no entry."""

_KEYS = 8
"""Cells for the key of an action."""

_FAR = 1_000_000
"""More steps than there are entries."""

PROMPT = ":"


class Palette(Dialog[Entry]):
    """Finds entries of ``catalogue`` while a text is typed, the likeliest first; ends with the one
    that was chosen. A text that begins with a verb is read as words."""

    DEFAULT_CSS = """
    Palette { align: center top; }
    Palette > .dialog--frame { margin-top: 2; }
    Palette > .dialog--frame.broad { width: 100; }
    Palette #found { margin-top: 1; background: $surface; }
    """
    AUTO_FOCUS = "#found"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__("Commands", "↑↓ choose · enter run · tab complete · esc close")
        self._catalogue = catalogue
        self._matching: Sequence[Entry] = catalogue.everything()
        self._reading: Reading | None = None
        self._at = 0
        self._moves: dict[str, Callable[[], int]] = {
            "up": lambda: -1,
            "down": lambda: 1,
            "pageup": lambda: -self._lines,
            "pagedown": lambda: self._lines,
            "ctrl+home": lambda: -_FAR,
            "ctrl+end": lambda: _FAR,
        }

    def compose_frame(self) -> Iterable[Widget]:
        line = TypedLine("")
        line.open("text", PROMPT, "", caret=0)
        line.offer(_HINT)
        yield line
        found = Choices(self._take, id="found")
        found.styles.height = self._lines
        yield found
        yield Line(id="said")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".dialog--frame").set_class(self.app.size.width >= 110, "broad")
        self._draw()

    def on_resize(self) -> None:
        """As many lines as have room."""
        self.query_one(".dialog--frame").set_class(self.app.size.width >= 110, "broad")
        self.query_one(Choices).styles.height = self._lines
        self._draw()

    @property
    def matching(self) -> Sequence[Entry]:
        """What is listed, in sight or not."""
        return self._matching

    @property
    def marked(self) -> Entry | None:
        """What enter takes."""
        return self._matching[self._at] if self._matching else None

    def complete_with(self, catalogue: Catalogue) -> None:
        """Find in this catalogue from now on."""
        before, self._catalogue = self.marked, catalogue
        self._find()
        if before is not None and before in self._matching:
            self._at = self._matching.index(before)
        self._draw()

    @property
    def _lines(self) -> int:
        height = self.app.size.height
        return max(1, min(MANY_LINES if height >= HIGH else LINES, height - _AROUND))

    @property
    def _line(self) -> TypedLine:
        return self.query_one(TypedLine)

    # Keys and mouse

    def _take(self, key: str, character: str | None) -> bool:
        if key in self._moves:
            self._move(self._moves[key]())
        elif key == "enter":
            self._choose()
        elif key == "tab":
            self._complete()
        else:
            before = self._line.value
            taken = self._line.press(key, character)
            if self._line.value != before:
                self._text_changed()
            return taken
        return True

    @on(Choices.Chosen)
    def _line_clicked(self, event: Choices.Chosen) -> None:
        self._at = self._first + event.row
        self._choose()

    @on(Choices.Wheeled)
    def _wheeled(self, event: Choices.Wheeled) -> None:
        self._move(event.lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Nothing behind the palette scrolls."""
        event.stop()

    def _move(self, lines: int) -> None:
        self._at = max(0, min(len(self._matching) - 1, self._at + lines))
        self._draw()

    def _choose(self) -> None:
        chosen = self.marked
        if chosen is None:
            self._draw()
        elif _is_text(chosen):
            self._write(chosen.about)
            self._go_on_with(chosen)
        elif isinstance(chosen.about, Verb):
            self._complete()
        else:
            self.dismiss(chosen)

    def _go_on_with(self, chosen: Entry) -> None:
        """Words that were said before are said again; what completes a line is typed only."""
        again = self.marked
        if chosen.kind is Kind.WORDS and again is not None and again.key == chosen.key:
            self.dismiss(again)

    def _complete(self) -> None:
        """Put what is marked into the line."""
        chosen = self.marked
        if chosen is None:
            return
        if _is_text(chosen):
            self._write(chosen.about)
        elif isinstance(chosen.about, Verb):
            self._write(f"{chosen.about.name} ")
        elif self._reading is not None and chosen.kind is self._reading.verb.kind:
            name = chosen.key if chosen.kind in _NUMBERED else chosen.text.name
            self._write(f"{self._reading.verb.name} {written(name)}")
        else:
            self._write(chosen.text.name)

    def _write(self, text: str) -> None:
        self._line.open("text", PROMPT, text, caret=len(text))
        self._text_changed()

    # Finding

    def _text_changed(self) -> None:
        self._at = 0
        self._line.offer(() if self._line.value else _HINT)
        self._find()
        self._draw()

    def _find(self) -> None:
        text = self._line.value
        self._reading = read_words(text, self._catalogue)
        if self._reading is not None:
            self._matching = self._reading.entries
        elif text.strip(": "):
            self._matching = self._catalogue.matching(text)
        else:
            self._matching = self._catalogue.everything()

    # Drawing

    @property
    def _first(self) -> int:
        """The first of the entries in sight."""
        return max(0, min(self._at - self._lines // 2, len(self._matching) - self._lines))

    def _draw(self) -> None:
        first, text = self._first, self._line.value
        shown = self._matching[first : first + self._lines]
        lines = [drawn(entry, text, marked=at == self._at) for at, entry in enumerate(shown, first)]
        self.query_one(Choices).show(lines or [_NOTHING if self._reading is None else _NO_WORDS])
        self._say()

    def _say(self) -> None:
        reading, there = self._reading, f"{len(self._matching):,} found"
        if reading is not None and reading.problem:
            left = plain(f"✗ {reading.problem}", "burn")
        elif reading is not None:
            left = plain(f"{reading.verb.name} {reading.verb.usage}", "muted")
        else:
            left = plain("")
        self.query_one("#said", Line).show((left,), (plain(there, "muted", 1),))


def _is_text(entry: Entry) -> bool:
    """Whether it stands for a text to be typed: what completes the line, or was said before."""
    return entry.kind in {Kind.COMPLETION, Kind.WORDS} and isinstance(entry.about, str)


_HINT: Parts = (("part of a name, or words: move 20 FROM TO, round 1403", "muted"),)
_NOTHING = Choice((("Nothing is called so.", "muted"),))
_NO_WORDS = Choice(())
"""In place of a list while words are not whole: what misses stands below."""
_NUMBERED = frozenset({Kind.ROUND, Kind.CHANGE, Kind.EXPORT, Kind.SETTING})


def drawn(entry: Entry, text: str, *, marked: bool) -> Choice:
    """One line: the mark, the key, the name with what was typed in it, the help, the kind. The
    page that an action belongs to stands before its name."""
    group, colon, label = entry.name.rpartition(": ")
    left: Parts = (
        ("▌ " if marked else "  ", "title"),
        (f"{entry.pressed:<{_KEYS}}", "title"),
        (group + colon, "muted"),
        *lit(label, text.strip(": "), "strong" if marked else ""),
        (f"  {entry.help}", "muted"),
    )
    kind = "" if entry.kind is Kind.COMPLETION else entry.kind.value
    return Choice(left, ((kind, "locked"),) if kind else ())


def lit(name: str, text: str, meaning: Meaning) -> Parts:
    """``name`` with the first place of ``text`` in it coloured."""
    at = name.casefold().find(text.casefold()) if text else -1
    if at < 0 or len(name.casefold()) != len(name):
        return ((name, meaning),)
    end = at + len(text)
    parts: Parts = ((name[:at], meaning), (name[at:end], "title"), (name[end:], meaning))
    return tuple(part for part in parts if part[0])
