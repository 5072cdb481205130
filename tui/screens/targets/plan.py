"""The plan: which changes lead from the stakes there are to the targets, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.containers import Vertical

from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from ledger.domain.queue.change import FUNDS
from ledger.domain.readable import readable
from ledger.errors import ChangeError, LedgerError
from tui import keys
from tui.format import Dates, count, number
from tui.messages import BookChanged, JobFailed
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.flow import book_of, follow, must_write, read
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.opening import open_rounds
from tui.screens.queue.selection import show_drafts
from tui.screens.targets import plan_projection as projected
from tui.screens.targets.edits import Edit, Edits
from tui.screens.targets.pane import TargetsPane
from tui.screens.targets.plan_columns import (
    PlanRow,
    PlanView,
    about,
    amounts_moved,
    columns,
    curve,
    dates_of,
    in_words,
    left_out,
    shortages,
    summary,
)
from tui.screens.targets.plan_projection import OFF, PAST, Expectation, project, typed_rate
from tui.theme import Parts
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import Ink
from tui.widgets.entry import Entry
from tui.widgets.line import Line, plain
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.book import Book
    from ledger.domain.model import Model
    from ledger.domain.stakes.projection import Projection
    from ledger.domain.targets.plan import Deed, Plan, Simulation
    from tui.widgets.charts.plot import Curve

FEWEST_ROUNDS, MOST_ROUNDS = 20, 150
"""How far ahead the chart looks at least and at most."""

FREE, STAKE, NO_CHART = "free", "stake", ""
HINT = "e: expected payouts off · from the past · typed"
CHARTS = (FREE, STAKE, NO_CHART)

NOTHING = "Nothing has to be changed: the stakes are, or will be, what the targets say."
NOT_PLANNABLE = "Nothing can be planned: Numerai does not tell what it rests on. See below."


class PlanPane(TargetsPane[PlanView]):
    """One row for each step, in the order in which they are sent."""

    MODE = "plan"
    TRAIL = ("Stakes", "Targets", "Plan")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.PLAN,)
    HAS_TOURNAMENTS = False
    HELP = (
        "What it takes to get from the stakes there are to the targets, under Numerai's rules. "
        "Releases go first: NMR comes back when the last round that is active now resolves. "
        "Increases take the NMR that is free by then; those that have to wait say what for. "
        "Where a release is pending already, the ways around it stand below with what they cost "
        "in days; the one marked ✓ is taken: the cheapest, or the one you chose with v, which is "
        "kept until it is on offer no more. The chart shows the free NMR, or the stake of the "
        "model marked, round by round.\n\n"
        "On atomic staking a step sets what a model takes in each round, and nothing is released: "
        "positions resolve one by one while new rounds take the new setting. The chart shows "
        "today's composition turning into the target's over the rounds that run at a time (the "
        "model marked, the others, claims, idle), with the dates at which it is 50, 90 and 100 % "
        "there. e switches what positions are expected to pay: nothing, what the models' past "
        "rounds say (with the 5 and 95 % line around the mean), or a rate you type. What idle "
        "NMR lacked before the targets is said, and a deposit for it offered; so is idle NMR of "
        "another strategy where these targets lack NMR. Offers are in no plan until you take "
        "them with space.\n\n"
        "Q puts the steps into the queue as drafts, in place of unsent changes that no longer "
        "fit; nothing is sent before it is confirmed there. Enter shows the whole plan in words, "
        "Escape goes back to the targets."
    )
    BINDINGS = keys.bindings(keys.PLAN)
    DEFAULT_CSS = """
    PlanPane {
        #about { height: 6; padding: 0 2; border-top: solid $panel; }
        #ahead { height: 8; border-top: solid $panel; }
        #ahead.hidden { display: none; }
        #ahead Chart { height: 1fr; padding: 0 2; }
        #dates { display: none; }
        Entry { display: none; }
        &.atomic #dates { display: block; }
        &.atomic #ahead { height: 10; }
        &.atomic Entry { display: block; }
        &.-wide #about { height: 9; }
        &.-wide #ahead { height: 13; }
        &.-wide.atomic #ahead { height: 15; }
    }
    """

    def __init__(self, tournament: Tournament) -> None:
        super().__init__()
        self.tournament = tournament
        self._chart = FREE
        self._edits = Edits(self.app, self._chosen, self._refused)
        self._following: str | None = None
        self._expected = OFF
        self._taken: frozenset[Deed] = frozenset()

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid(
                columns(self.book.config.display.decimals, Dates.of((), self.book.now())),
                row_key=lambda row: f"{row.step.deed} {'' if row.offered else row.number}",
                empty=NOTHING,
            )
            yield Note(id="about")
            with Vertical(id="ahead"):
                yield Line(id="chart-title")
                yield Line(id="dates")
                yield Chart()
                yield Entry(HINT)

    def load(self) -> PlanView:
        tournament = self.tournament or Tournament.CLASSIC
        allocation = self.book.targets.allocation(tournament)
        plan = allocation.plan.with_offers(self._taken)
        if allocation.system is System.ATOMIC:
            projection = project(self.book, tournament, plan, self._expected)
            return PlanView(allocation, plan, projection=projection)
        rounds = _rounds_until(plan, self.book.now())
        return PlanView(allocation, plan, self.book.targets.simulation(tournament, rounds))

    def show(self, report: PlanView) -> None:
        decimals, dates = self.book.config.display.decimals, self._dates(report)
        rows = [
            row
            for row in report.rows
            if self.matches(row.step.model.name, row.step.kind.value, row.step.reason)
        ]
        self.set_class(report.projection is not None, "atomic")
        self._table.set_empty(NOT_PLANNABLE if left_out(report.allocation) else NOTHING)
        self._table.show(rows, columns=columns(decimals, dates))
        self._mark_followed()
        self.query_one("#summary", Line).show(summary(report, decimals, dates))
        self._explain(self._table.selected)

    def caption(self) -> Parts:
        return ((self.tournament.label, "strong"),) if self.tournament else ()

    def actions(self) -> list[keys.Action]:
        """The steps have one order."""
        return [a for a in super().actions() if a.id not in {"sort", "sort-reverse"}]

    @property
    def _table(self) -> Grid[PlanRow]:
        return self.query_one(Grid)

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[PlanRow]) -> None:
        """Say why the step is there."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self) -> None:
        """The whole plan in words."""
        if self.report is not None:
            decimals, dates = self.book.config.display.decimals, self._dates(self.report)
            self.app.push_screen(TextDialog("Plan", in_words(self.report, decimals, dates)))

    def _dates(self, view: PlanView) -> Dates:
        return dates_of(view, self.book.now())

    def action_open(self) -> None:
        """The rounds of the model whose step is marked."""
        row = self._table.selected
        if row is not None and row.step.kind not in FUNDS:
            model = row.step.model
            open_rounds(self, model.tournament, (model.id, model.name))

    def _explain(self, row: PlanRow | None) -> None:
        if self.report is not None:
            dates = self._dates(self.report)
            decimals = self.book.config.display.decimals
            self.query_one("#about", Note).show(about(self.report, row, decimals, dates))
            self._draw_chart(row)

    def action_plan_chart(self) -> None:
        """From the free NMR to the stake of the model marked to no chart."""
        self._chart = CHARTS[(CHARTS.index(self._chart) + 1) % len(CHARTS)]
        self._draw_chart(self._table.selected)

    def _draw_chart(self, row: PlanRow | None) -> None:
        self.query_one("#ahead").set_class(self._chart == NO_CHART, "hidden")
        if self.report is None or self._chart == NO_CHART:
            return
        model = row.step.model if row is not None else None
        if self.report.projection is not None:
            self._draw_projection(self.report.projection, model)
        elif self.report.simulation is not None:
            self._draw_curve(self.report.simulation, model if self._chart == STAKE else None)

    def _draw_curve(self, simulation: Simulation, model: Model | None) -> None:
        drawn = curve(simulation, model.id if model else None, self.book.now())
        self.query_one("#ahead").set_class(drawn is None, "hidden")
        if drawn is None:
            return
        name = f"stake of {said(model.name)}" if model else "free NMR"
        self._show_curve(drawn, name)

    def _show_curve(self, drawn: Curve, name: str) -> None:
        decimals = self.book.config.display.decimals
        ends = f"{number(drawn.settled[0], decimals)} → {number(drawn.settled[-1], decimals)}"
        heading: Parts = ((" ⠒ ", Ink.SETTLED.meaning), (name, "strong"))
        groups = ((0, heading), plain(ends, "muted"))
        self.query_one("#chart-title", Line).show(groups)
        self.query_one(Chart).show(drawn)

    def action_take_offer(self) -> None:
        """Take the offered step marked, or give it back."""
        row = self._table.selected
        if row is None or not (row.offered or row.taken):
            self.notify("Only steps that are offered can be taken.", timeout=3)
            return
        self._taken ^= {row.step.deed}
        self.reload()

    def action_plan_way(self) -> None:
        """Take the next way around the pending release of the model marked."""
        row, tournament = self._table.selected, self.tournament
        if row is not None and tournament is not None:
            model_id = row.step.model.id
            self._following = model_id
            self._edits.add(Edit(lambda: self.book.targets.next_option(tournament, model_id)))

    def _chosen(self) -> None:
        if self.is_attached:
            self.reload()

    def _refused(self, _: Edit, error: LedgerError) -> None:
        self.app.post_message(JobFailed(error))

    def _mark_followed(self) -> None:
        """Other ways have other steps: stay with the model."""
        rows = self._table.rows
        models = [row.step.model.id for row in rows]
        here = self._table.selected
        if self._following in models and (here is None or here.step.model.id != self._following):
            self._table.move_to(models.index(self._following))
        self._following = None

    def _draw_projection(self, projection: Projection, model: Model | None) -> None:
        decimals, now = self.book.config.display.decimals, self.book.now()
        held = model if model is not None and model.id in projection.start.models else None
        self.query_one("#dates", Line).show(projected.dates(projection, self._expected, now))
        if self._chart == STAKE and held is not None:
            self._show_curve(
                projected.curve(projection, held.id, now), f"positions of {said(held.name)}"
            )
            return
        band = projected.fan(projection, now)
        if self._chart == FREE and band is not None:
            title = projected.spread(projection, decimals)
            self.query_one(Chart).show(band)
        else:
            marked, name = self._marked(held)
            title = projected.legend(projection, marked, name, decimals)
            self.query_one(Chart).show(projected.stack(projection, marked, now))
        self.query_one("#chart-title", Line).show(title)

    def _marked(self, model: Model | None) -> tuple[list[str], str]:
        """Whose positions are set apart: the model's, else those of all models to be set."""
        if model is not None:
            return [model.id], model.name
        steps = self.report.plan.steps if self.report is not None else ()
        return [step.model.id for step in steps if step.setting is not None], "to be set"

    def action_expected(self) -> None:
        """From no payouts to those of the past to a rate that is typed."""
        if self.report is None or self.report.projection is None:
            self.notify("Payouts are expected on atomic staking only.", timeout=3)
        elif self._expected == OFF:
            self._expect(PAST)
        elif self._expected == PAST:
            self.query_one(Entry).open("rate", " Percent of the stake in each round:", "")
        else:
            self._expect(OFF)

    def _expect(self, expected: Expectation) -> None:
        self._expected = expected
        self.reload()

    def on_entry_left(self) -> None:
        """No rate was typed: none is expected."""
        self._table.focus()
        self._expect(OFF)

    def on_entry_kept(self, event: Entry.Kept) -> None:
        """Expect the rate that was typed."""
        self._table.focus()
        try:
            self._expect(typed_rate(event.text))
        except ChangeError as error:
            self.app.post_message(JobFailed(error))

    def on_pane_load_failed(self, event: TargetsPane.LoadFailed) -> None:
        """Where the past says too little, nothing is expected."""
        super().on_pane_load_failed(event)
        if self._expected != OFF:
            self._expect(OFF)

    def action_enqueue(self) -> None:
        """Put the steps into the queue as drafts, after a Yes."""
        if self.report is not None:
            view = self.report
            follow(self.app, lambda: _enqueue(self.app, view))


def _rounds_until(plan: Plan, now: datetime) -> int:
    """Enough rounds to see the end of the plan."""
    days = (max((step.effect for step in plan.steps), default=now) - now).days
    return max(FEWEST_ROUNDS, min(days * 5 // 7 + 5, MOST_ROUNDS))


async def _enqueue(app: App[Any], view: PlanView) -> None:
    book, tournament = book_of(app), view.allocation.tournament
    await must_write(book)
    if not view.plan.steps:
        raise ChangeError(" ".join(left_out(view.allocation)) or NOTHING)
    if not await app.push_screen_wait(ConfirmDialog(_question(view, book))):
        return
    try:
        drafts = await read(lambda: book.targets.enqueue(tournament, view.taken))
    except ChangeError:
        app.post_message(BookChanged())
        raise
    while isinstance(app.screen, TargetsPane):
        await app.pop_screen()
    app.post_message(BookChanged())
    await show_drafts(app, drafts)


def _question(view: PlanView, book: Book) -> Question:
    plan, dates = view.plan, dates_of(view, book.now())
    decimals = book.config.display.decimals
    sentences = ["They become drafts. Nothing is sent before you confirm them in the queue."]
    if plan.complete is not None:
        sentences.append(f"Sent as soon as they can be, all is done {dates.moment(plan.complete)}.")
    if plan.replaces:
        listed = ", ".join(str(number) for number in plan.replaces)
        sentences.append(f"What is queued already and no longer fits is cancelled: {listed}.")
    return Question(
        title=f"Plan · {view.allocation.tournament.label}",
        fields=(
            ("Amount", amounts_moved(plan) or "none"),
            ("Change", count(len(plan.steps), "draft")),
            ("Tournament", view.allocation.tournament.label),
        ),
        statement=f"{count(len(plan.steps), 'change')}: {amounts_moved(plan) or 'no amounts'}.",
        sentences=tuple(sentences),
        ask="Queue these drafts?",
        warnings=(
            *(readable(text, decimals) for text in plan.warnings),
            *shortages(plan, decimals, dates),
            *left_out(view.allocation),
        ),
        yes="Yes, queue them",
        no="No",
    )
