"""Generating who sits where: seen with its effect on exposure before it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from ledger.domain.model import Tournament
from ledger.domain.slots.assignment import ExposureLine, ShuffleKind, SlotChoice
from ledger.domain.slots.shuffle import MATCH_LAST, ShufflePreview, ShuffleRequest
from ledger.errors import AssignmentError, LedgerError
from tui import jobs
from tui.format import nmr, percent
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

if TYPE_CHECKING:
    from ledger.book import Book

PAUSE = 0.15
"""Seconds without a further key after which the preview follows."""

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


class ShuffleDialog(Dialog[ShufflePreview]):
    """Ends with the proposal to keep, or ``None``. ``first`` is the round it begins with."""

    DEFAULT_CSS = """
    ShuffleDialog {
        & > .dialog--frame { width: 78; }
        #rules { height: 5; }
        #preview { height: 7; margin-top: 1; }
        #fields { height: 1; margin-top: 1; }
        #fields Static { width: auto; height: 1; color: $muted; }
        #fields Input { width: 6; height: 1; background: $panel; padding: 0 1; margin: 0 2 0 1; }
        #fields #seed { width: 9; }
        #fields #only { width: 11; }
        #said { height: 3; }
        .dialog--buttons { margin-top: 0; }
    }
    ShuffleDialog.-wide #preview { height: 14; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Screen has it
    AUTO_FOCUS = "#kinds"

    @dataclass
    class Proposed(Message):
        """The proposal for ``asked`` is known."""

        asked: Asked
        preview: ShufflePreview

    @dataclass
    class Failed(Message):
        """There is none for ``asked``."""

        asked: Asked
        error: LedgerError

    def __init__(self, book: Book, tournament: Tournament, first: int) -> None:
        super().__init__(f"Generate from round {first}", "enter keep · tab fields · esc leave")
        self._book = book
        self._tournament = tournament
        self._first = first
        self._shown: ShufflePreview | None = None
        self._shown_for: Asked | None = None
        self._keep_when_known = False
        self._pause: Timer | None = None

    def compose_frame(self) -> Iterable[Widget]:
        columns = [
            Column[ShuffleKind]("kind", "how", lambda kind: MEANINGS[kind][0], width=14),
            Column[ShuffleKind](
                "what", "", lambda kind: Cell(MEANINGS[kind][1], "muted"), width=44
            ),
        ]
        yield Vertical(Grid[ShuffleKind](columns, row_key=str, empty="", id="kinds"), id="rules")
        yield Horizontal(
            Static("seed"),
            _field("seed", "1"),
            Static("rounds"),
            _field("rounds", "1"),
            Static("slots"),
            _field("only", SlotChoice.ALL.value),
            Static("by score of last"),
            _field("last", str(MATCH_LAST)),
            id="fields",
        )
        exposure = Grid[ExposureLine]((), row_key=_key, empty="", id="exposure")
        yield Vertical(exposure, id="preview")
        yield Note(id="said")
        yield Horizontal(
            Button("Keep this", id="keep", compact=True),
            Button("Leave it", id="leave", compact=True),
            classes="dialog--buttons",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#kinds", Grid).set_rows(list(MEANINGS))
        self._look()

    # What is asked

    @property
    def _asked(self) -> Asked:
        def typed(name: str) -> str:
            return self.query_one(f"#{name}", Input).value.strip()

        kind = self.query_one("#kinds", Grid).selected or ShuffleKind.RANDOM
        return Asked(kind, typed("seed"), typed("rounds"), typed("only"), typed("last"))

    @on(Input.Changed)
    def field_typed(self) -> None:
        """Look again once the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._look)

    @on(Grid.Moved, "#kinds")
    def kind_changed(self) -> None:
        """Another rule."""
        self._look()

    def _look(self) -> None:
        asked = self._asked
        if asked == self._shown_for:
            self._keep_if_wanted()
            return
        jobs.run(
            self,
            lambda: self._propose(asked),
            lambda preview: self.Proposed(asked, preview),
            lambda error: self.Failed(asked, error),
            group="shuffle",
        )

    def _propose(self, asked: Asked) -> ShufflePreview:
        """Runs in a thread."""
        request = ShuffleRequest(
            kind=asked.kind,
            seed=_whole("seed", asked.seed, least=0),
            rounds=min(100, _whole("number of rounds", asked.rounds)),
            first=self._first,
            only=_choice(asked.only),
            last=_whole("number of rounds", asked.last),
        )
        return self._book.slots.shuffling.propose(self._tournament, request)

    # What comes of it

    @on(Proposed)
    def proposed(self, event: Proposed) -> None:
        """Show it, and keep it if Enter came first."""
        shown = event.preview
        change = shown.exposure
        changed = sum(len(made.changed) for made in shown.proposals)
        self._show(
            event.asked,
            shown,
            f"{shown.proposals[0].basis}\n{changed} slots change. Unequal by "
            f"{percent(change.unequal_before)} before, {percent(change.unequal_after)} after.",
        )
        self._keep_if_wanted()

    @on(Failed)
    def failed(self, event: Failed) -> None:
        """Say why; there is nothing to keep."""
        self._keep_when_known = False
        self._show(event.asked, None, f"✗ {event.error}")

    def _show(self, asked: Asked, shown: ShufflePreview | None, said: str) -> None:
        self._shown_for, self._shown = asked, shown
        table = self.query_one("#exposure", Grid)
        if shown is None:
            table.set_rows(())
        else:
            table.show(shown.exposure.lines, columns=_columns(shown, self._decimals))
        self.query_one("#said", Note).show(said)

    @property
    def _decimals(self) -> int:
        return self._book.config.display.decimals

    # How it ends

    @on(Input.Submitted)
    @on(Grid.Chosen)
    @on(Button.Pressed, "#keep")
    def kept(self) -> None:
        """Keep what is asked, as soon as it is known."""
        self._keep_when_known = True
        self._look()

    @on(Button.Pressed, "#leave")
    def left(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def _keep_if_wanted(self) -> None:
        if self._keep_when_known and self._asked == self._shown_for and self._shown is not None:
            self._keep_when_known = False
            self.dismiss(self._shown)


def _field(name: str, value: str) -> Input:
    field = Input(value, id=name, compact=True)
    field.cursor_blink = False
    return field


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


def _whole(what: str, text: str, *, least: int = 1) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise AssignmentError(f"“{text}” is not a {what}.", f"Type a number from {least} on.")
    return int(text)


def _choice(text: str) -> SlotChoice:
    """The slots meant by the beginning of a word."""
    for choice in SlotChoice:
        if text and choice.value.startswith(text.lower()):
            return choice
    raise AssignmentError(f"“{text}” is no choice of slots.", "Type all, staked or unstaked.")
