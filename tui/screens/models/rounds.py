"""A model's rounds: what each of them paid, by which scores, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ledger.domain.earnings.explanation import Explanation
from ledger.domain.knowledge import Fact
from ledger.domain.rounds.performance import Performance
from ledger.errors import LedgerError
from ledger.reports.account.portfolio import ModelLine
from ledger.reports.earnings.model_rounds import ModelRounds
from tui import jobs, keys
from tui.screens.earnings.earnings_words import detail
from tui.screens.earnings.why import show_why
from tui.screens.models.round_columns import columns, summary, totals
from tui.screens.queue.change_keys import Staking
from tui.theme import Parts
from tui.widgets.line import Line, plain
from tui.widgets.missing import of_payouts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid


@dataclass(frozen=True, slots=True)
class RoundsView:
    """A model's rounds, and how it stands; ``None`` once it is archived and holds nothing."""

    rounds: ModelRounds
    line: ModelLine | None


class RoundsPane(Staking[RoundsView]):
    """One row for each round, newest first."""

    MODE = "rounds"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.ROUNDS, keys.STAKING)
    HAS_TOURNAMENTS = False
    RESTS_ON = frozenset({Fact.SCORES, Fact.SCORE_VALUES, Fact.MULTIPLIERS})
    HELP = (
        "One model, round by round: what was at risk, each score that pays with its multiplier, "
        "what that paid per NMR and in all. A ~ marks what can still move, with the day its round "
        "resolves. Above the table, what all rounds came to, and what each score brings in of "
        "that, before the clip: the largest burn first.\n\n"
        "Enter explains a payout by its round's own numbers; w goes to the round that burns most. "
        "E, L and C open the model's earnings, slots and changes. Escape goes back to where you "
        "came from, ^o forward again."
    )
    BINDINGS = keys.bindings(keys.ROUNDS, keys.STAKING)
    DEFAULT_CSS = """
    RoundsPane #untold { height: auto; max-height: 6; padding: 0 2; display: none; }
    RoundsPane #untold.shown { display: block; }
    """

    @dataclass
    class Explained(Message):
        """How the payout marked came about."""

        explanation: Explanation

    @dataclass
    class NotExplained(Message):
        """The model had no part in the round marked."""

        error: LedgerError

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Note(id="untold")
            yield Grid[Performance](
                [], row_key=lambda row: str(row.round), empty="No rounds yet. r asks Numerai."
            )
            yield Line(id="detail")

    def load(self) -> RoundsView:
        lines = self.book.portfolio().lines
        return RoundsView(
            self.book.earnings.of_model(self.only, self.only_rounds),
            next((line for line in lines if line.model_id == self.only), None),
        )

    def show(self, report: RoundsView) -> None:
        rounds, decimals = report.rounds, self.book.config.display.decimals
        rows = [row for row in rounds.played if self.matches(str(row.round), row.state.value)]
        gap = of_payouts(self.missing, self.only, rounds.model.tournament)
        self._table.show(
            rows,
            columns=columns(rows, decimals, self.book.now(), gap),
            totals=totals(rounds, decimals) if len(rows) == len(rounds.played) else None,
        )
        self.query_one("#summary", Line).show(summary(rounds, decimals))
        untold = self.missing_paragraphs(self.only, rounds.model.name)
        self.query_one("#untold").set_class(bool(untold.plain), "shown")
        self.query_one("#untold", Note).show(untold, layout=True)
        self._explain()

    def caption(self) -> Parts:
        if self.report is None:
            return ()
        narrowed = f", {len(self.only_rounds)} rounds" if self.only_rounds is not None else ""
        return ((self.report.rounds.model.tournament.label, "strong"), (narrowed, "muted"))

    @property
    def _table(self) -> Grid[Performance]:
        return self.query_one(Grid)

    def staked_model(self) -> ModelLine | None:
        return self.report.line if self.report is not None else None

    def actions(self) -> list[keys.Action]:
        """Enter tells why here."""
        why = ("why", "Why the round marked paid that.")
        return [
            replace(action, label=why[0], help=why[1]) if action.id == "choose" else action
            for action in super().actions()
            if action.id != "mark-model"
        ]

    def action_mark_model(self) -> None:
        """There is one model here, and nothing to mark it for."""

    # The round marked

    @on(Grid.Moved)
    def row_rested(self) -> None:
        """Say how its payout came about."""
        self._explain()

    def _explain(self) -> None:
        row = self._table.selected
        if row is None:
            self.query_one("#detail", Line).show(())
            return
        place = (row.tournament, row.round, row.model_id)
        jobs.run(
            self,
            lambda: self.book.earnings.explain(*place, band=False),
            self.Explained,
            self.NotExplained,
            group="explain",
        )

    def on_rounds_pane_explained(self, event: RoundsPane.Explained) -> None:
        """In a line below the table."""
        self.query_one("#detail", Line).show(detail(event.explanation, None))

    def on_rounds_pane_not_explained(self, event: RoundsPane.NotExplained) -> None:
        """The ledger has changed meanwhile."""
        self.query_one("#detail", Line).show((plain(f" {event.error.what}", "muted"),))

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[Performance]) -> None:
        """Explain its payout in full."""
        row = event.row
        if self.report is not None:
            model = self.report.rounds.model
            show_why(self, row.tournament, row.round, (model.id, model.name))

    def action_open(self) -> None:
        """The same as enter: this page is the model's already."""
        self._table.action_choose()

    def action_worst_round(self) -> None:
        """Go to the round that burns most."""
        worst = self.report.rounds.worst if self.report is not None else None
        numbers = [row.round for row in self._table.rows]
        if worst in numbers:
            self._table.move_to(numbers.index(worst))
        else:
            self.notify("None of these rounds burns anything.", timeout=3)
