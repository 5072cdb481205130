"""Spreading NMR over the models by a rule: seen as targets before it becomes any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Static

from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.domain.sums import Sum
from ledger.domain.targets.allocation import Allocation, AllocationLine, SuggestionKind
from ledger.errors import ChangeError, LedgerError
from tui import jobs
from tui.format import ABSENT, nmr
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.missing import UNKNOWN_CELL, sum_cell
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from ledger.book import Book

PAUSE = 0.15
"""Seconds without a further key after which the preview follows."""

LAST = 52
"""How many resolved rounds the scores are taken from, to begin with: about ten weeks."""

MEANINGS = {
    SuggestionKind.EQUAL: ("equal", "the same for every model"),
    SuggestionKind.CURRENT: ("current", "in proportion to the stakes there are"),
    SuggestionKind.SCORE: ("mean score", "in proportion to the mean payout-weighted score"),
    SuggestionKind.RATIO: ("mean / sd", "mean score over its standard deviation"),
    SuggestionKind.VOLATILITY: ("1 / sd", "the steadier the score, the more"),
    SuggestionKind.CVAR: ("min CVaR", "least expected loss in the worst 5 % of rounds"),
}


@dataclass(frozen=True)
class Asked:
    """What the dialog asks for, as typed."""

    method: SuggestionKind
    last: str
    floor: str
    cap: str
    with_wallet: bool


Amounts = dict[str, NMR]


class SuggestDialog(Dialog[Amounts]):
    """Ends with NMR by model id to make targets of, or ``None``."""

    DEFAULT_CSS = """
    SuggestDialog {
        & > .dialog--frame { width: 78; }
        #rules { height: 7; }
        #preview { height: 8; margin-top: 1; }
        #fields { height: 1; margin-top: 1; }
        #fields Static { width: auto; height: 1; color: $muted; }
        #fields Input { width: 11; height: 1; background: $panel; padding: 0 1; margin: 0 2 0 1; }
        #fields #last { width: 6; }
        #said { height: 2; }
        .dialog--buttons { margin-top: 0; }
    }
    SuggestDialog.-wide #preview { height: 14; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Screen has it
    AUTO_FOCUS = "#methods"

    @dataclass
    class Suggested(Message):
        """The amounts for ``asked`` are known."""

        asked: Asked
        amounts: Amounts

    @dataclass
    class Failed(Message):
        """There are none for ``asked``."""

        asked: Asked
        error: LedgerError

    def __init__(self, book: Book, report: Allocation) -> None:
        super().__init__("Weights", "enter apply · tab fields · esc leave")
        self._book = book
        self._report = report
        self._shown: Amounts | None = None
        self._shown_for: Asked | None = None
        self._apply_when_known = False
        self._pause: Timer | None = None

    def compose_frame(self) -> Iterable[Widget]:
        methods = Grid[SuggestionKind](_method_columns(), row_key=str, empty="", id="methods")
        yield Vertical(methods, id="rules")
        yield Horizontal(
            Static("last"),
            _field("last", str(LAST)),
            Static("rounds  floor"),
            _field("floor", ""),
            Static("cap"),
            _field("cap", ""),
            Tick("with wallet", False, id="wallet"),
            id="fields",
        )
        suggested = Grid[AllocationLine]((), row_key=_id, empty="", id="suggested")
        yield Vertical(suggested, id="preview")
        yield Note(id="said")
        yield Horizontal(
            Button("Make these the targets", id="apply", compact=True),
            Button("Leave it", id="leave", compact=True),
            classes="dialog--buttons",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._methods.set_rows(list(MEANINGS))
        self._look()

    @property
    def _methods(self) -> Grid[SuggestionKind]:
        return self.query_one("#methods", Grid)

    @property
    def _table(self) -> Grid[AllocationLine]:
        return self.query_one("#suggested", Grid)

    # What is asked

    @property
    def _asked(self) -> Asked:
        def typed(name: str) -> str:
            return self.query_one(f"#{name}", Input).value.strip()

        method = self._methods.selected or SuggestionKind.EQUAL
        ticked = self.query_one(Checkbox).value
        return Asked(method, typed("last"), typed("floor"), typed("cap"), ticked)

    @on(Input.Changed)
    def field_typed(self) -> None:
        """Look again once the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._look)

    @on(Grid.Moved, "#methods")
    @on(Checkbox.Changed)
    def rule_changed(self) -> None:
        """Another rule."""
        self._look()

    def _look(self) -> None:
        asked = self._asked
        if asked == self._shown_for:
            self._apply_if_wanted()
            return
        jobs.run(
            self,
            lambda: self._suggest(asked),
            lambda amounts: self.Suggested(asked, amounts),
            lambda error: self.Failed(asked, error),
            group="suggest",
        )

    def _suggest(self, asked: Asked) -> Amounts:
        """Runs in a thread."""
        return self._book.targets.suggest(
            self._report.tournament,
            asked.method,
            last=_whole(asked.last),
            floor=_amount("floor", asked.floor),
            cap=_amount("cap", asked.cap),
            with_wallet=asked.with_wallet,
        )

    # What comes of it

    @on(Suggested)
    def suggested(self, event: Suggested) -> None:
        """Show it, and apply it if Enter came first."""
        self._show(event.asked, event.amounts, "")
        self._apply_if_wanted()

    @on(Failed)
    def failed(self, event: Failed) -> None:
        """Say why; there is nothing to apply."""
        self._apply_when_known = False
        self._show(event.asked, None, f"✗ {event.error}")

    def _show(self, asked: Asked, amounts: Amounts | None, said: str) -> None:
        self._shown_for, self._shown = asked, amounts
        decimals = self._book.config.display.decimals
        by_model = amounts or {}
        lines = self._report.lines
        self._table.show(
            lines if amounts is not None else (),
            columns=_columns(by_model, decimals),
            totals=_totals(lines, by_model, decimals),
        )
        locked = sum(line.locked for line in lines)
        note = f"{locked} locked, left alone." if locked else ""
        self.query_one("#said", Note).show(said or note)

    # How it ends

    @on(Input.Submitted)
    @on(Grid.Chosen)
    @on(Button.Pressed, "#apply")
    def applied(self) -> None:
        """Make targets of what is asked, as soon as it is known."""
        self._apply_when_known = True
        self._look()

    @on(Button.Pressed, "#leave")
    def left(self) -> None:
        """Leave the targets as they are."""
        self.dismiss(None)

    def _apply_if_wanted(self) -> None:
        if self._apply_when_known and self._asked == self._shown_for:
            self._apply_when_known = False
            if self._shown is not None:
                self.dismiss(self._shown)


def _field(name: str, value: str) -> Input:
    field = Input(value, id=name, compact=True)
    field.cursor_blink = False
    return field


def _id(line: AllocationLine) -> str:
    return line.model_id


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not int(text):
        raise ChangeError(f"“{text}” is not a number of rounds.", f"Type one, like {LAST}.")
    return int(text)


def _amount(name: str, text: str) -> NMR | None:
    if not text:
        return None
    try:
        return typed.amount(text)
    except ChangeError as error:
        raise ChangeError(f"The {name}: {error.what}", error.advice) from error


def _method_columns() -> list[Column[SuggestionKind]]:
    return [
        Column("name", "weights", lambda method: MEANINGS[method][0], width=12),
        Column("meaning", "", lambda method: Cell(MEANINGS[method][1], "muted"), width=48),
    ]


def _columns(amounts: Amounts, decimals: int) -> list[Column[AllocationLine]]:
    def proposed(line: AllocationLine) -> Cell:
        if line.model_id in amounts:
            return Cell(nmr(amounts[line.model_id], decimals), "strong")
        return Cell("locked" if line.locked else ABSENT, "muted")

    def difference(line: AllocationLine) -> Cell:
        moved = _moved(line, amounts)
        if moved is None:
            return UNKNOWN_CELL
        if not moved:
            return Cell(ABSENT, "muted")
        return Cell(nmr(moved, decimals, signed=True), "gain" if moved > NMR(0) else "burn")

    return [
        Column("model", "model", lambda line: line.name, fixed=True),
        Column("after", "after", lambda line: _after(line, decimals), align="right"),
        Column("proposed", "proposed", proposed, align="right"),
        Column("difference", "difference", difference, align="right"),
    ]


def _totals(
    lines: tuple[AllocationLine, ...], amounts: Amounts, decimals: int
) -> dict[str, Cell | str]:
    before = Sum.of(line.effective for line in lines)
    after = Sum.of(amounts.get(line.model_id, line.effective) for line in lines)
    moved = Sum.of(_moved(line, amounts) for line in lines)
    return {
        "model": "together",
        "after": sum_cell(before, decimals),
        "proposed": sum_cell(after, decimals),
        "difference": sum_cell(moved, decimals, signed=True)
        if moved.known or not moved.sure
        else ABSENT,
    }


def _after(line: AllocationLine, decimals: int) -> Cell:
    return UNKNOWN_CELL if line.effective is None else Cell(nmr(line.effective, decimals))


def _moved(line: AllocationLine, amounts: Amounts) -> NMR | None:
    if line.effective is None:
        return None
    return amounts.get(line.model_id, line.effective) - line.effective
