"""Spreading NMR over the models by a rule: seen as targets before it becomes any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widget import Widget

from ledger.domain import typed
from ledger.domain.names import marked
from ledger.domain.nmr import NMR
from ledger.domain.sums import Sum
from ledger.domain.targets.allocation import Allocation, AllocationLine, SuggestionKind
from ledger.errors import ChangeError, LedgerError
from tui.format import ABSENT, nmr
from tui.screens.dialogs.dialog import entry
from tui.screens.dialogs.preview_dialog import RuleDialog
from tui.widgets.missing import UNKNOWN_CELL, sum_cell
from tui.widgets.note import Note
from tui.widgets.static import Static
from tui.widgets.tables.grid import Cell, Column, Grid
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from ledger.book import Book

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


class SuggestDialog(RuleDialog[Asked, Amounts]):
    """Ends with NMR by model id to make targets of, or ``None``."""

    DEFAULT_CSS = """
    SuggestDialog {
        #rules { height: 7; }
        #preview { height: 8; }
        #fields Input { width: 11; }
        #fields #last { width: 6; }
        #said { height: 2; }
    }
    """

    def __init__(self, book: Book, report: Allocation) -> None:
        super().__init__("Weights", "enter apply · tab fields · esc leave")
        self._book = book
        self._report = report

    def compose_frame(self) -> Iterable[Widget]:
        fields = (
            Static("last"),
            entry("last", str(LAST), compact=True),
            Static("rounds  floor"),
            entry("floor", compact=True),
            Static("cap"),
            entry("cap", compact=True),
            Tick("with wallet", False, id="wallet"),
        )
        return self.compose_rules(
            Grid[SuggestionKind](_method_columns(), row_key=str, empty="", id="methods"),
            fields,
            Grid[AllocationLine]((), row_key=_id, empty="", id="suggested"),
            take=("Make these the targets", "apply"),
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

    @property
    def asked(self) -> Asked:
        return Asked(
            self._methods.selected or SuggestionKind.EQUAL,
            self.text_in("last"),
            self.text_in("floor"),
            self.text_in("cap"),
            self.query_one(Tick).value,
        )

    def preview(self, asked: Asked) -> Amounts:
        return self._book.targets.suggest(
            self._report.tournament,
            asked.method,
            last=_whole(asked.last),
            floor=_amount("floor", asked.floor),
            cap=_amount("cap", asked.cap),
            with_wallet=asked.with_wallet,
        )

    def show(self, preview: Amounts) -> None:
        locked = sum(line.locked for line in self._report.lines)
        said = f"{locked} locked, left alone." if locked else ""
        self._draw(self._report.lines, preview, said)

    def show_failure(self, error: LedgerError) -> None:
        self._draw((), {}, f"✗ {error}")

    def _draw(self, lines: tuple[AllocationLine, ...], amounts: Amounts, said: str) -> None:
        decimals = self._book.config.display.decimals
        self._table.show(
            lines,
            columns=_columns(amounts, decimals),
            totals=_totals(self._report.lines, amounts, decimals),
        )
        self.query_one("#said", Note).show(said)


def _id(line: AllocationLine) -> str:
    return line.model_id


def _whole(text: str) -> int:
    rounds = typed.whole(text)
    if not rounds:
        raise ChangeError(f"“{text}” is not a number of rounds.", f"Type one, like {LAST}.")
    return rounds


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
        Column("model", "model", lambda line: marked(line.name), fixed=True),
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
