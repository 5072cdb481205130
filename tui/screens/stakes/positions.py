"""Positions: every round one atomic model is staked in, over the mode it was opened from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.strategy import Origin, Position, PositionState
from ledger.reports.stakes.positions import ModelPositions
from ledger.reports.stakes.strategy import ModelStrategy
from tui.format import ABSENT, Dates, exact, full, nmr, payout, shorten
from tui.screens.earnings.why import show_why
from tui.screens.models.opening import open_rounds
from tui.screens.pane import Pane
from tui.screens.stakes import strategy_words as words
from tui.theme import Meaning, Parts
from tui.widgets.missing import STAKED, estimate, figure, part_of, worst
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

STATES: dict[PositionState, Meaning] = {
    PositionState.OPEN: "pending",
    PositionState.LOCKED: "locked",
    PositionState.CLAIMABLE: "gain",
}
"""How a state that still matters is drawn; the others are history."""


@dataclass(frozen=True, slots=True)
class PositionsView:
    """One model: its positions, its setting by every source, and when the ramp is complete."""

    held: ModelPositions | None
    model: ModelStrategy | None
    complete: datetime | None


class PositionsPane(Pane[PositionsView]):
    """One row for each round, newest first."""

    MODE = "positions"
    HAS_TOURNAMENTS = False
    RESTS_ON = frozenset({Fact.CLAIMS, Fact.CHAIN, Fact.STAKE_ROUNDS})
    HELP = (
        "Every round the model is staked in on atomic staking. Each position is locked until its "
        "round resolves; then it waits to be claimed, and is staked again while the model is "
        "enabled. States: open (the round still takes stakes), locked, claimable, restaked, "
        "finalised (moved to idle by Numerai), claimed, resolved (no source says what became of "
        "it). A ~ marks a payout that can still move, a ! a stake about which sources disagree.\n\n"
        "Above: the setting with the source of each part, what it commits once all rounds run, "
        "and how far the ramp is. Enter explains what a round paid and shows its position in "
        "full, with its transaction; Escape goes back."
    )
    DEFAULT_CSS = """
    PositionsPane #holding { height: auto; max-height: 9; padding: 0 2; }
    """

    def __init__(self, tournament: Tournament, model_id: str, name: str) -> None:
        super().__init__()
        self.tournament = tournament
        self._model_id, self._model_name = model_id, name
        self.TRAIL = (f"Positions of {said(name)}",)

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Note(id="holding")
            yield Grid[Position](
                [],
                row_key=lambda row: str(row.round),
                empty="No position is known yet. r asks Numerai.",
            )

    def load(self) -> PositionsView:
        tournament = self.tournament or Tournament.CLASSIC
        (held,) = self.book.stakes.atomic.positions(tournament).tournaments
        (strategy,) = (
            entry
            for entry in self.book.stakes.atomic.strategy().tournaments
            if entry.tournament is tournament
        )
        return PositionsView(
            held=next((model for model in held.models if model.model_id == self._model_id), None),
            model=next(
                (model for model in strategy.models if model.model_id == self._model_id), None
            ),
            complete=self.book.stakes.atomic.ramps(tournament).get(self._model_id),
        )

    def show(self, report: PositionsView) -> None:
        decimals = self.book.config.display.decimals
        rows = [
            row
            for row in (report.held.positions if report.held else ())
            if self.matches(str(row.round), row.state.value, row.tx_hash or "")
        ]
        ends = (at for row in rows for at in (row.resolves, row.finalises))
        dates = Dates.of(ends, self.book.now())
        wide = self.has_class("-wide")
        gap = worst(self.missing, self._model_id, *STAKED[System.ATOMIC])
        self.query_one(Grid).show(
            rows,
            columns=columns(decimals, dates, wide=wide, gap=gap),
            totals=totals(rows, decimals, gap),
        )
        lines = words.holding(
            report.held.totals if report.held else None, report.model, report.complete
        )
        missing = self.missing_paragraphs(self._model_id, self._model_name)
        lines += [missing] if missing.plain else []
        self.query_one("#holding", Note).show(Content("\n").join(lines), layout=True)

    def caption(self) -> Parts:
        return ((self.tournament.label, "strong"),) if self.tournament else ()

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[Position]) -> None:
        """Why its round paid that, and the position in full."""
        tournament, model = self.tournament, (self._model_id, self._model_name)
        if tournament is not None:
            show_why(self, tournament, event.row.round, model, in_words(event.row))

    def action_open(self) -> None:
        """All rounds of the model, those without a position too."""
        if self.tournament is not None:
            open_rounds(self, self.tournament, (self._model_id, self._model_name))


def columns(
    decimals: int, dates: Dates, *, wide: bool, gap: MissingFact | None = None
) -> list[Column[Position]]:
    """The table's columns, amounts with ``decimals`` and ``dates`` in one style; ``gap`` is what of
    them is not told now."""

    def stake(row: Position) -> Cell:
        alone = row.state.running and row.origin is Origin.POSITIONS
        return figure(_stake(row, decimals), gap if alone else None)

    def paid(row: Position) -> Cell:
        return figure(_payout(row, decimals), gap if row.state.running else None, row.payout)

    return [
        Column("round", "round", lambda row: str(row.round), lambda row: row.round, fixed=True),
        Column(
            "stake",
            "stake",
            stake,
            lambda row: row.stake,
            "right",
        ),
        Column("state", "state", _state, lambda row: row.state),
        Column(
            "resolves",
            "resolves",
            lambda row: Cell(dates.moment(row.resolves), "" if row.state.running else "muted"),
            lambda row: row.resolves,
        ),
        Column(
            "payout",
            "payout",
            paid,
            lambda row: row.payout,
            "right",
        ),
        Column(
            "claimable",
            "claimable",
            lambda row: _claimable(row, decimals),
            lambda row: row.claimable,
            "right",
            drop=3,
        ),
        Column("idle", "to idle", lambda row: Cell(_to_idle(row, dates), "pending"), drop=4),
        Column("hash", "transaction", lambda row: Cell(_hash(row, wide=wide), "muted"), drop=2),
    ]


def _stake(row: Position, decimals: int) -> Cell:
    return Cell(parts=(("! " if row.also else "", "pending"), (nmr(row.stake, decimals), "")))


def _state(row: Position) -> Cell:
    return Cell(row.state.value, STATES.get(row.state, "muted"))


def _payout(row: Position, decimals: int) -> Cell:
    if row.payout is None:
        return Cell(ABSENT, "muted")
    style: Meaning = "burn" if row.payout < ZERO else "gain"
    return Cell(
        parts=(
            ("~" if row.state.running else "", "pending"),
            (payout(row.payout, decimals), style),
        )
    )


def _claimable(row: Position, decimals: int) -> Cell:
    waits = row.claimable is not None and row.state is PositionState.CLAIMABLE
    return Cell(nmr(row.claimable, decimals), "gain") if waits else Cell(ABSENT, "muted")


def _to_idle(row: Position, dates: Dates) -> str:
    return dates.day(row.finalises) if row.state is PositionState.CLAIMABLE else ABSENT


def _hash(row: Position, *, wide: bool) -> str:
    if row.tx_hash is None:
        return ABSENT
    return shorten(row.tx_hash, 30) if wide else f"{row.tx_hash[:8]}…{row.tx_hash[-4:]}"


def totals(
    rows: list[Position], decimals: int, gap: MissingFact | None = None
) -> dict[str, Cell | str] | None:
    """Running positions added up; nothing without any."""
    running = [row for row in rows if row.state.running]
    if not running:
        return None
    projected = NMR.total(row.payout for row in running if row.payout is not None)
    return {
        "round": str(len(running)),
        "state": "running",
        "stake": part_of(Cell(nmr(NMR.total(row.stake for row in running), decimals)), gap, True),
        "payout": part_of(estimate(Cell(payout(projected, decimals))), gap, True),
    }


def in_words(row: Position) -> Content:
    """One position in full, exact to the wei."""
    sentences = [f"{exact(row.stake)} NMR, {row.state.value} ({words.ORIGINS[row.origin]})."]
    sentences += [f"! {exact(also.nmr)} NMR by {words.ORIGINS[also.origin]}." for also in row.also]
    if row.opened is not None:
        sentences.append(f"Staked {full(row.opened)}.")
    if row.resolves is not None:
        verb = "Resolves" if row.state.running else "Resolved"
        sentences.append(f"{verb} {full(row.resolves)}.")
    if row.payout is not None:
        still = ", as scores stand" if row.state.running else ""
        sentences.append(f"Payout {exact(row.payout)} NMR{still}.")
    if row.state is PositionState.CLAIMABLE:
        sentences.append(f"{exact(row.claimable or row.stake)} NMR wait to be claimed.")
        if row.finalises is not None:
            sentences.append(f"Left alone, Numerai moves it to idle by {full(row.finalises)}.")
    sentences.append(
        f"\nTransaction\n{row.tx_hash}" if row.tx_hash else "\nNo transaction is known."
    )
    return Content("\n".join(sentences))
