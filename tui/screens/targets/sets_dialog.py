"""Named targets: load, save, copy, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from ledger.domain.model import Tournament
from ledger.errors import LedgerError
from tui import jobs
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.entry import Entry
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

if TYPE_CHECKING:
    from ledger.book import Book

EMPTY = "No targets are saved yet. s saves these."
HINT = "enter load · s save · c copy · x delete"
SAVE, COPY = "save", "copy"


class TargetSetsDialog(Dialog[None]):
    """Everything it does is done when it closes.

    A set is only overwritten, and only deleted, when the same key is pressed a second time.
    """

    DEFAULT_CSS = """
    TargetSetsDialog {
        & > .dialog--frame { width: 64; }
        #names { height: 9; }
        Entry { margin-top: 1; }
        Entry Input { width: 32; }
        #said { height: 3; margin-top: 1; color: $warning; }
    }
    """
    AUTO_FOCUS = "#sets"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "ask('save')", show=False),
        Binding("c", "ask('copy')", show=False),
        Binding("x,delete", "delete", show=False),
        Binding("q", "back", show=False),
    ]

    @dataclass
    class Listed(Message):
        """The names there are."""

        names: tuple[str, ...]

    @dataclass
    class Done(Message):
        """A call went through; ``notice`` in words."""

        notice: str
        leave: bool

    @dataclass
    class Failed(Message):
        """It did not."""

        error: LedgerError

    def __init__(self, book: Book, tournament: Tournament, name: str | None) -> None:
        super().__init__(f"Targets of {tournament.label}", "enter load · esc leave")
        self._book = book
        self._tournament = tournament
        self._loaded = name
        self._to_mark = name
        self._asking = ""
        self._taken: str | None = None
        self._doomed: str | None = None

    def compose_frame(self) -> Iterable[Widget]:
        columns = [
            Column[str]("name", "saved as", str, width=40),
            Column[str]("here", "", lambda name: Cell(self._here(name), "muted"), width=12),
        ]
        yield Vertical(Grid[str](columns, row_key=str, empty=EMPTY, id="sets"), id="names")
        yield Entry(HINT)
        yield Note(id="said")

    def on_mount(self) -> None:
        super().on_mount()
        self._list()

    def _here(self, name: str) -> str:
        return "these" if name == self._loaded else ""

    @property
    def _table(self) -> Grid[str]:
        return self.query_one("#sets", Grid)

    @property
    def _entry(self) -> Entry:
        return self.query_one(Entry)

    def _show_message(self, text: str) -> None:
        self.query_one("#said", Note).show(text)

    def _list(self) -> None:
        tournament = self._tournament
        jobs.run(
            self,
            lambda: self._book.targets.names(tournament),
            self.Listed,
            self.Failed,
            group="list",
        )

    @on(Listed)
    def listed(self, event: Listed) -> None:
        """Show them, the one at hand marked."""
        self._table.set_rows(event.names)
        if self._to_mark in event.names:
            self._table.move_to(event.names.index(self._to_mark))
        self._to_mark = None

    def _do(self, call: Callable[[], object], notice: str, *, leave: bool = False) -> None:
        self._taken = self._doomed = None
        jobs.run(self, call, lambda _: self.Done(notice, leave), self.Failed, group="sets")

    @on(Done)
    def done(self, event: Done) -> None:
        """Leave, or show what there is now."""
        self.notify(event.notice, timeout=3)
        if event.leave:
            self.dismiss(None)
        else:
            self._show_message("")
            self._list()

    @on(Failed)
    def failed(self, event: Failed) -> None:
        """Say why; nothing was changed."""
        self._show_message(f"✗ {event.error}")

    # Loading and deleting

    @on(Grid.Chosen, "#sets")
    def chosen(self, event: Grid.Chosen[str]) -> None:
        """Make these the targets."""
        name, tournament = event.row, self._tournament
        self._do(lambda: self._book.targets.load(tournament, name), f"Loaded “{name}”.", leave=True)

    @on(Grid.Moved, "#sets")
    def moved(self) -> None:
        """Another name has not been asked about."""
        if self._doomed is not None and self._doomed != self._table.selected:
            self._doomed = None
            self._show_message("")

    def action_delete(self) -> None:
        """Delete the set marked, when asked twice."""
        name = self._table.selected
        if name is None:
            return
        if self._doomed == name:
            self._do(lambda: self._book.targets.delete(name), f"Deleted “{name}”.")
        else:
            self._doomed = name
            self._show_message(f"x once more deletes “{name}”.")

    # Saving and copying

    def action_ask(self, what: str) -> None:
        """Ask for a name to save these targets, or a copy of those marked, under."""
        marked = self._table.selected
        if what == COPY and marked is None:
            return
        self._asking, self._taken, self._doomed = what, None, None
        label = "Save as" if what == SAVE else f"Copy “{marked}” as"
        start = self._loaded or "" if what == SAVE else f"{marked} copy"
        self._show_message("")
        self._entry.open(what, label, start)

    @on(Entry.Left)
    def entry_left(self) -> None:
        """Back to the names."""
        self._table.focus()

    @on(Entry.Kept)
    def entry_kept(self, event: Entry.Kept) -> None:
        """Save or copy; a name that is taken is asked about once more."""
        self._table.focus()
        name = event.text
        if not name:
            return
        taken = name in self._table.rows
        if event.key == COPY:
            self._copy(name, taken=taken)
        elif taken and self._taken != name:
            self._taken = name
            self._entry.open(SAVE, "Save as", name)
            self._show_message(f"“{name}” exists. Enter once more replaces it, escape leaves it.")
        else:
            self._to_mark = self._loaded = name
            tournament = self._tournament
            self._do(
                lambda: self._book.targets.save(tournament, name, replace=taken),
                f"Saved “{name}”.",
                leave=True,
            )

    def _copy(self, name: str, *, taken: bool) -> None:
        marked = self._table.selected
        if taken or marked is None:
            self._show_message(f"✗ “{name}” exists. Choose another name.")
            return
        self._to_mark = name
        self._do(
            lambda: self._book.targets.duplicate(marked, name), f"Copied “{marked}” to “{name}”."
        )
