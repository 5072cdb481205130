"""Generating who sits where: seen with its effect on exposure before it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widget import Widget

from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.slots.assignment import ExposureLine, ShuffleKind, SlotChoice
from ledger.domain.slots.shuffle import MATCH_LAST, ShufflePreview, ShuffleRequest
from ledger.errors import AssignmentError, LedgerError
from tui.format import nmr, percent
from tui.screens.dialogs.dialog import entry
from tui.screens.dialogs.preview_dialog import RuleDialog
from tui.widgets.note import Note
from tui.widgets.static import Static
from tui.widgets.tables.grid import Cell, Column, Grid

if TYPE_CHECKING:
    from ledger.book import Book

MEANINGS = {
    ShuffleKind.RANDOM: ("random", "a new order each round, from the seed"),
    ShuffleKind.LATIN: ("rotation", "everybody in every slot equally often"),
    ShuffleKind.MINIMUM_MOVE: ("fewest moves", "that bring exposures back together"),
    ShuffleKind.STAKE_MATCHED: ("by score", "the best lately into the biggest stakes"),
}


@dataclass(frozen=True)
class Asked:
    """What the dialog asks for, as typed."""

    kind: ShuffleKind
    seed: str
    rounds: str
    only: str
    last: str


class ShuffleDialog(RuleDialog[Asked, ShufflePreview]):
    """Ends with the proposal to keep, or ``None``. ``first`` is the round it begins with."""

    DEFAULT_CSS = """
    ShuffleDialog {
        #rules { height: 5; }
        #fields #seed { width: 9; }
        #fields #only { width: 11; }
        #said { height: 3; }
    }
    """

    def __init__(self, book: Book, tournament: Tournament, first: int) -> None:
        super().__init__(f"Generate from round {first}", "enter keep · tab fields · esc leave")
        self._book = book
        self._tournament = tournament
        self._first = first

    def compose_frame(self) -> Iterable[Widget]:
        columns = [
            Column[ShuffleKind]("kind", "how", lambda kind: MEANINGS[kind][0], width=14),
            Column[ShuffleKind](
                "what", "", lambda kind: Cell(MEANINGS[kind][1], "muted"), width=44
            ),
        ]
        fields = (
            Static("seed"),
            entry("seed", "1", compact=True),
            Static("rounds"),
            entry("rounds", "1", compact=True),
            Static("slots"),
            entry("only", SlotChoice.ALL.value, compact=True),
            Static("by score of last"),
            entry("last", str(MATCH_LAST), compact=True),
        )
        return self.compose_rules(
            Grid[ShuffleKind](columns, row_key=str, empty="", id="kinds"),
            fields,
            Grid[ExposureLine]((), row_key=_key, empty="", id="exposure"),
            take=("Keep this", "keep"),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#kinds", Grid).set_rows(list(MEANINGS))
        self._look()

    @property
    def asked(self) -> Asked:
        kind = self.query_one("#kinds", Grid).selected or ShuffleKind.RANDOM
        return Asked(kind, *(self.text_in(name) for name in ("seed", "rounds", "only", "last")))

    def preview(self, asked: Asked) -> ShufflePreview:
        request = ShuffleRequest(
            kind=asked.kind,
            seed=_whole("seed", asked.seed, least=0),
            rounds=min(100, _whole("number of rounds", asked.rounds)),
            first=self._first,
            only=_choice(asked.only),
            last=_whole("number of rounds", asked.last),
        )
        return self._book.slots.shuffling.propose(self._tournament, request)

    def show(self, preview: ShufflePreview) -> None:
        change = preview.exposure
        changed = sum(len(made.changed) for made in preview.proposals)
        self._said(
            f"{preview.proposals[0].basis}\n{changed} slots change. Unequal by "
            f"{percent(change.unequal_before)} before, {percent(change.unequal_after)} after."
        )
        columns = _columns(preview, self._book.config.display.decimals)
        self.query_one("#exposure", Grid).show(change.lines, columns=columns)

    def show_failure(self, error: LedgerError) -> None:
        self._said(f"✗ {error}")
        self.query_one("#exposure", Grid).set_rows(())

    def _said(self, text: str) -> None:
        self.query_one("#said", Note).show(text)


def _key(line: ExposureLine) -> str:
    return str(line.predictor_id)


def _columns(shown: ShufflePreview, decimals: int) -> list[Column[ExposureLine]]:
    """Predictors with where they would sit in the first round, and their exposure."""
    seats: dict[int, list[str]] = {}
    for slot_id, holder in shown.proposals[0].assignments.items():
        if holder is not None and slot_id in shown.slots:
            seats.setdefault(holder, []).append(shown.slots[slot_id])
    return [
        Column("name", "predictor", lambda line: shown.names[line.predictor_id], width=16),
        Column("seat", "slot", lambda line: ", ".join(seats.get(line.predictor_id, ["–"]))),
        Column("before", "NMR × rounds", lambda line: nmr(line.before, decimals), align="right"),
        Column("after", "after", lambda line: nmr(line.after, decimals), align="right"),
    ]


_LARGEST = 2**63 - 1
"""What a seed may be at most."""


def _whole(what: str, text: str, *, least: int = 1) -> int:
    number = typed.whole(text, _LARGEST)
    if number is None or number < least:
        raise AssignmentError(f"“{text}” is not a {what}.", f"Type a number from {least} on.")
    return number


def _choice(text: str) -> SlotChoice:
    """The slots meant by the beginning of a word."""
    for choice in SlotChoice:
        if text and choice.value.startswith(text.lower()):
            return choice
    raise AssignmentError(f"“{text}” is no choice of slots.", "Type all, staked or unstaked.")
