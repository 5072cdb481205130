"""What of the records goes into which file: kind, range, tournament, currency, and the path."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.dataclass import dataclass
from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.records.formats import FORMATS, PAGES, Format
from ledger.domain.records.price import checked_currency
from ledger.errors import ChangeError, LedgerError
from tui.screens.dialogs.file_dialog import misplaced
from tui.screens.dialogs.form_dialog import Field, FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.static import Static

TITLE = "Keep records in a file"

KINDS = (*FORMATS, *PAGES)
"""All there are, in the order in which they are listed."""

ALL = "all"
"""Stands for every tournament."""


@dataclass(frozen=True, slots=True)
class RecordsWish:
    """What was asked for: ``kind`` of file, days from ``since`` to ``until`` (both included,
    ``None``: no end), of one ``tournament`` or all, prices in ``currency``, and where it goes."""

    kind: Format
    since: date | None
    until: date | None
    tournament: Tournament | None
    currency: str
    path: Path


class Wrong(Exception):
    """What is wrong with one field, by its ``name``."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text


class RecordsDialog(FormDialog[RecordsWish]):
    """Ends with what was asked for. ``currency`` is the account's own; the file is named after
    ``profile`` and the kind until the user names it."""

    DEFAULT_CSS = """
    RecordsDialog .field Input { margin-left: 12; }
    RecordsDialog Input { width: 20; }
    RecordsDialog #path { width: 56; }
    RecordsDialog #kinds { width: 1fr; height: auto; color: $muted; margin-bottom: 1; }
    RecordsDialog #objection.beside { padding-left: 13; }
    """
    AUTO_FOCUS = "#kind"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(
        self,
        profile: str,
        currency: str,
        kind: Format = FORMATS[0],
        tournament: Tournament | None = None,
    ) -> None:
        super().__init__(TITLE, "enter keep · tab fields · esc back")
        self._profile = profile
        self._currency = currency
        self._kind = kind
        self._tournament = tournament

    def compose_frame(self) -> Iterable[Widget]:
        where = self._tournament.label.lower() if self._tournament else ALL
        yield Static(Content(", ".join(kind.name for kind in KINDS)), id="kinds")
        yield field("kind", "Kind", self._kind.reader, self._kind.name)
        yield field("since", "From", "2026, 2026-03 or a day, or nothing")
        yield field("until", "To", "the same; nothing: until now")
        yield field("tournament", "Tournament", "all, or one of them", where)
        yield field("currency", "Currency", "of prices", self._currency)
        yield field("path", "File", "", self._usual(self._kind))
        yield objection()
        yield Horizontal(Button("Keep", id="keep"), classes="dialog--buttons")

    def _usual(self, kind: Format) -> str:
        return f"numstake-{self._profile}{kind.ending}"

    @on(Input.Changed, "#kind")
    def follow_kind(self, event: Input.Changed) -> None:
        """Say what the kind is for, and name the file after it while the user has not."""
        kind = _begun(event.value)
        if kind is None or kind == self._kind:
            return
        path = self.query_one("#path", Input)
        if path.value == self._usual(self._kind):
            path.value = self._usual(kind)
        self._kind = kind
        event.input.query_ancestor(Field).say(kind.reader)

    @on(Input.Submitted)
    @on(Button.Pressed)
    def keep(self) -> None:
        """End with what is asked for, if all of it can be."""
        try:
            self.dismiss(self._wish())
        except Wrong as wrong:
            self.object_to(wrong.text, wrong.name)

    def _wish(self) -> RecordsWish:
        kind = _begun(self.text_in("kind"))
        if kind is None:
            raise Wrong("kind", f"There are {', '.join(one.name for one in KINDS)}.")
        since, until = self._days("since"), self._days("until")
        first, last = since and since[0], until and until[1]
        if kind in PAGES and since is not None and until is None:
            last = since[1]
        if first is not None and last is not None and first > last:
            raise Wrong("until", f"{last} is before {first}.")
        tournament = self._chosen_tournament()
        if kind in PAGES:
            _check_page(first, last, tournament)
        path = Path(self.text_in("path")).expanduser()
        if wrong := misplaced(path):
            raise Wrong("path", wrong)
        return RecordsWish(kind, first, last, tournament, self._chosen_currency(), path)

    def _days(self, name: str) -> tuple[date, date] | None:
        text = self.text_in(name)
        try:
            return typed.days(text) if text else None
        except ChangeError as error:
            raise Wrong(name, str(error)) from error

    def _chosen_tournament(self) -> Tournament | None:
        text = self.text_in("tournament").lower()
        if not text or ALL.startswith(text):
            return None
        for tournament in Tournament:
            if text == str(int(tournament)) or tournament.label.lower().startswith(text):
                return tournament
        names = ", ".join(tournament.label for tournament in Tournament)
        raise Wrong("tournament", f"There are {names}, or {ALL}.")

    def _chosen_currency(self) -> str:
        try:
            return checked_currency(self.text_in("currency") or self._currency)
        except LedgerError as error:
            raise Wrong("currency", str(error)) from error


def _begun(text: str) -> Format | None:
    """The kind whose name that is, or which alone begins so."""
    name = text.strip().lower()
    exact = [kind for kind in KINDS if kind.name == name]
    begun = exact or [kind for kind in KINDS if name and kind.name.startswith(name)]
    return begun[0] if len(begun) == 1 else None


def _check_page(first: date | None, last: date | None, tournament: Tournament | None) -> None:
    if first is None or last is None or (first.month, first.day) != (1, 1):
        raise Wrong("since", "A page for taxes is of one year: 2026.")
    if (last.year, last.month, last.day) != (first.year, 12, 31):
        raise Wrong("until", "A page for taxes is of one year: leave this empty.")
    if tournament is not None:
        raise Wrong("tournament", f"A page for taxes is of the whole account: {ALL}.")
