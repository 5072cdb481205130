"""Earnings: what every round paid every model, added up by any period, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from operator import is_
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.earnings.explanation import Explanation
from ledger.domain.earnings.paid_rounds import Band, Grouping, Unit
from ledger.domain.earnings.returns import Committed
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.names import said, shorten
from ledger.domain.records.price import DOLLAR
from ledger.errors import LedgerError
from ledger.reports.earnings.earnings import EarningsGroup, EarningsReport, View
from ledger.reports.earnings.narrowed import of_line, of_model
from ledger.reports.earnings.projected import ProjectedPayouts
from tui import jobs, keys
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings_chart import charted, in_time
from tui.screens.earnings.earnings_columns import BY_NAME, EarningsTable
from tui.screens.earnings.earnings_reading import Reading
from tui.screens.earnings.earnings_words import detail, extremes, listed, sum_of
from tui.screens.earnings.why import show_why
from tui.screens.models.opening import open_rounds
from tui.screens.pane import Pane
from tui.theme import Parts
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.toggle import ChartToggle
from tui.widgets.line import Line, plain
from tui.widgets.tables.grid import Grid

LAST = (20, 60, 120, 260, 520, None)
"""How many rounds the keys for fewer and more step through; ``None`` is all there are."""

CLOSER = 0.25
"""Seconds until what takes longer than the table is looked at: it would slow down the painting."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: a line, and one of its models with its column (none: the line's sum)."""

    group: EarningsGroup
    model: Model | None
    index: int | None


class EarningsPane(Pane[EarningsReport]):
    """Rounds, periods, tournaments or models down, models across."""

    MODE = "earnings"
    CAPTION_STAYS = True
    GROUPS: ClassVar[tuple[str, ...]] = (keys.EARNINGS,)
    HELP = (
        "What each round paid each model: + earned, − burned. A ~ marks what is unsettled and "
        "can still move; its round shows the day it resolves. b groups by the day, week, "
        "month or year in which rounds resolve, by tournament or by model. $ switches between "
        "NMR, percent of the stake at risk, per round, and currencies: a payout at the price of "
        "the day it settled (UTC), unsettled ones at the newest. A ? marks what has no price; i "
        "fills such days in from their neighbours, prices import takes prices. "
        "“ends” says where 8 of 10 such unsettled payouts ended, as if all moved together. The "
        "chart adds rounds up, solid where settled and dotted where projected, or shows each as "
        "a bar. Filter by a model's name. Enter goes from a sum to its "
        "rounds and from a payout to why, by its round's own numbers; O opens the rounds of the "
        "model marked. By model, what lost most is on top. a says where payouts go."
    )
    BINDINGS = keys.bindings(keys.EARNINGS)
    RESTS_ON = frozenset({Fact.RETURNS, Fact.SCORES, Fact.SCORE_VALUES, Fact.MULTIPLIERS})
    DEFAULT_CSS = """
    EarningsPane {
        #matrix { height: 1fr; }
        #timeline { height: 35%; min-height: 8; border-top: solid $panel; }
        #timeline.hidden { display: none; }
        Chart { height: 1fr; padding: 0 2; }
    }
    """

    @dataclass
    class Projected(Message):
        """Where running payouts may end is known."""

        payouts: ProjectedPayouts

    @dataclass
    class Returned(Message):
        """Returns on committed NMR are known, by model id."""

        returns: Mapping[str, Committed]

    @dataclass
    class Explained(Message):
        """How a payout came about."""

        explanation: Explanation

    @dataclass
    class NotExplained(Message):
        """The model had no part in that round."""

        error: LedgerError

    def __init__(self) -> None:
        super().__init__()
        self._view = View()
        self._chart = ChartToggle()
        self._reading = Reading()
        self._returns: Mapping[str, Committed] = {}
        self._returns_of = -1
        self._projected = ProjectedPayouts({})
        self._projected_of = -1
        self._shown: EarningsTable | None = None
        self._has_begun = False
        self._charted: tuple[object, ...] | None = None
        self._explained: tuple[object, ...] | None = None
        self._arranged_by: Grouping | None = None
        self._is_line = False

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid[EarningsGroup](
                [],
                row_key=lambda group: group.key,
                empty="No rounds yet. r asks Numerai.",
                cell_cursor=True,
                id="matrix",
            )
            with Vertical(
                id="timeline", classes="" if self._chart.kind(self.app.size.height) else "hidden"
            ):
                yield Line(id="chart-title")
                yield Chart()
            yield Line(id="detail")

    # Loading

    def load(self) -> EarningsReport:
        """Everything there is, read once per state of the ledger, then looked at in memory."""
        return self._reading.report(self.book.earnings, self._filtered_view, self.host.generation)

    @property
    def _filtered_view(self) -> View:
        return replace(self._view, tournament=self.tournament)

    def narrow(
        self,
        model_id: str,
        tournament: Tournament,
        title: str,
        numbers: Collection[int] | None = None,
    ) -> None:
        super().narrow(model_id, tournament, title, numbers)
        self._reading = Reading(lambda earned: of_model(earned, model_id))

    def narrow_to_line(self, view: View, line: EarningsGroup, by: Grouping) -> None:
        """Be a page about what ``line`` of a report grouped by ``by`` adds up, seen by ``view``."""
        self._view, self.tournament, self.TRAIL = view, view.tournament, (shorten(line.label),)
        self._reading = Reading(lambda earned: of_line(earned, by, line))
        self._is_line = True

    def begin_by(self, by: Grouping) -> None:
        """Be grouped so from the start."""
        self._view = replace(self._view, by=by)

    def refilter(self) -> None:
        """Another view is another report; a text only hides models."""
        if self.report is not None and self.report.view != self._filtered_view:
            self.reload()
        else:
            super().refilter()

    def seek(
        self, row: Callable[[Any], bool], *, tournament: Tournament | None = None, column: str = ""
    ) -> None:
        """Among all rounds, one by one."""
        self._view = replace(self._view, by=Grouping.ROUND, last=None)
        super().seek(row, tournament=tournament, column=column)

    def show(self, report: EarningsReport) -> None:
        self._shown = shown = self._written(report)
        grid = self._table
        where = report.view.tournament.label if report.view.tournament else "any tournament"
        grid.set_empty(f"No payouts in {where} yet. r asks Numerai.")
        grid.show(
            shown.groups,
            columns=shown.columns(self._returns),
            totals=shown.totals() if shown.groups else None,
        )
        self._begin_on_figures(shown)
        self._arrange(report.view.by)
        self._sum_up()
        self._draw_chart()
        self._explain()
        self.set_timer(CLOSER, self._look_closer)

    def _arrange(self, by: Grouping) -> None:
        """Models come with what lost most on top, unless the user sorts them otherwise."""
        if by is self._arranged_by:
            return
        grid, before, self._arranged_by = self._table, self._arranged_by, by
        if by is Grouping.MODEL and grid.sort_key is None:
            grid.sort_by("total")
            grid.move_to(0)
        elif before is Grouping.MODEL and (grid.sort_key, grid.sort_reversed) == ("total", False):
            grid.sort_by(None)

    def _begin_on_figures(self, shown: EarningsTable) -> None:
        """The first time, put the cursor on the newest line with a payout: the newest rounds have
        no scores yet."""
        if self._has_begun or not shown.groups:
            return
        self._has_begun = True
        lines = (at for at, one in enumerate(self._table.rows) if shown.value(one.paid) is not None)
        self._table.move_to(next(lines, 0))

    def _look_closer(self) -> None:
        """Find out what takes longer than the table, once that is on screen, and not anew with
        every step of a first sync."""
        if self.host.syncing.filling:
            return
        if self._projected_of != self.host.generation:
            self._projected_of = self.host.generation
            jobs.run(self, self.book.earnings.projected, self.Projected, group="projected")
        if self._view.by is Grouping.MODEL and self._returns_of != self.host.generation:
            self._returns_of = self.host.generation
            jobs.run(self, self._read_returns, self.Returned, group="returns")

    def _read_returns(self) -> Mapping[str, Committed]:
        return self._reading.returns(self.book.earnings, self.host.generation)

    def on_earnings_pane_projected(self, event: EarningsPane.Projected) -> None:
        """Say where what is unsettled may end."""
        self._projected = event.payouts
        self._sum_up()

    def on_earnings_pane_returned(self, event: EarningsPane.Returned) -> None:
        """Put the returns into the table."""
        self._returns = event.returns
        if self.report is not None:
            self.show(self.report)

    def _sum_up(self) -> None:
        if self._shown is not None:
            self.query_one("#summary", Line).show(self._shown.summary(self._band()))

    def _band(self) -> Band | None:
        """Of everything unsettled that is shown."""
        report = self.report
        if report is None or not report.paid.pending:
            return None
        ids = {model.id for model in report.models}
        numbers = {number for group in report.groups for number in group.rounds}
        keys = [key for key in self._projected.bands if key[0] in ids and key[1] in numbers]
        return self._projected.total(keys)

    def caption(self) -> Parts:
        shown, last = self._shown, self._view.last
        money = shown.money if shown is not None else "NMR"
        between = " interpolated" if shown is not None and shown.interpolated else ""
        return (
            (f"by {self._view.by}", "strong"),
            (f", {money}{between}, ", "muted"),
            (f"last {last}" if last else "all rounds", "muted"),
        )

    def _written(self, report: EarningsReport) -> EarningsTable:
        return EarningsTable(
            report, self.book.config.display.decimals, self.book.now(), self.matches
        )

    @property
    def _table(self) -> Grid[EarningsGroup]:
        return self.query_one("#matrix", Grid)

    # Views

    def _look(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self.reload()

    def action_group_by(self, step: int = 1) -> None:
        """The next grouping, or the one before."""
        choices = tuple(Grouping)
        at = choices.index(self._view.by) + step
        self._look(replace(self._view, by=choices[at % len(choices)]))

    def action_unit(self) -> None:
        """NMR, percent of stake, the account's currency, others there are prices in."""
        currencies = self.book.earnings.currencies
        if not currencies and self._view.unit is Unit.PERCENT:
            self.notify("No prices of NMR are known, so there are no amounts in a currency.")
        choices = [(Unit.NMR, DOLLAR), (Unit.PERCENT, DOLLAR)]
        choices += [(Unit.FIAT, currency) for currency in currencies]
        now = (self._view.unit, self._view.currency)
        at = choices.index(now) if now in choices else -1
        unit, currency = choices[(at + 1) % len(choices)]
        self._look(replace(self._view, unit=unit, currency=currency))

    def action_interpolate(self) -> None:
        """Days without a price take one between their neighbours', or none again."""
        if self._view.unit is Unit.FIAT:
            self._look(replace(self._view, interpolate=not self._view.interpolate))
        else:
            key = keys.shown_key(keys.BY_ID["unit"], self.remapped)
            self.notify(f"Only amounts in a currency need prices; {key} shows them.", timeout=4)

    def action_fewer_rounds(self) -> None:
        """Show fewer rounds than there are now."""
        there = self.report.rounds if self.report is not None else 0
        fewer = [last for last in LAST if last is not None and last < there]
        if fewer:
            self._look(replace(self._view, last=fewer[-1]))

    def action_more_rounds(self) -> None:
        """Show more rounds."""
        at = LAST.index(self._view.last)
        self._look(replace(self._view, last=LAST[min(at + 1, len(LAST) - 1)]))

    def action_extremes(self) -> None:
        """List what earned and what burned most."""
        if self._shown is not None:
            self.app.push_screen(TextDialog("Best and worst", extremes(self._shown)))

    def action_policy(self) -> None:
        """Say where payouts go, by percent."""
        from tui.screens.policy.editor import PolicyEditor

        model = self._place.model if self._place is not None else None
        where = model.tournament if model is not None else self.tournament
        self.open(lambda: PolicyEditor(where))

    # Chart

    def on_resize(self) -> None:
        """Decide about the chart by the room there is, until the user does."""
        self._draw_chart()

    def action_chart(self) -> None:
        """From the curve to bars to no chart."""
        self._chart.step(self.app.size.height)
        self._draw_chart()

    def _draw_chart(self) -> None:
        shown = self._shown
        if not self.is_mounted or shown is None:
            return
        chosen = self._chart.kind(self.app.size.height)
        marked = self._table.selected
        drawn_already, self._charted = self._charted, (chosen, shown, marked)
        if _same(drawn_already, self._charted):
            return
        self.query_one("#timeline").set_class(not chosen or not shown.groups, "hidden")
        if chosen and shown.groups:
            drawn, title = charted(shown, chosen, marked)
            self.query_one("#chart-title", Line).show(title)
            self.query_one(Chart).show(drawn)

    @on(Chart.Pointed)
    def point_clicked(self, event: Chart.Pointed) -> None:
        """Go to the line behind a point, which is then read off."""
        if self._shown is not None:
            key = in_time(self._shown)[event.point].key
            self._table.move_to([group.key for group in self._table.rows].index(key))

    # The cell marked

    @on(Grid.Moved)
    def cell_rested(self) -> None:
        """Say how the payout under the cursor came about, and where it stands in the chart."""
        self._explain()
        self._draw_chart()

    @on(Grid.Chosen)
    def cell_chosen(self) -> None:
        """Go deeper: from a sum to its rounds, from a payout to why."""
        place = self._place
        if place is None:
            return
        line, model = place.group, place.model
        if self._view.by is Grouping.MODEL and model is not None:
            whole = self._view.last is None and not self._is_line
            numbers = None if whole else frozenset(line.rounds)
            open_rounds(self, model.tournament, (model.id, line.label), numbers)
        elif self._view.by is not Grouping.ROUND:
            self._open_line(line, model)
        elif model is not None:
            show_why(self, model.tournament, line.rounds[0], (model.id, model.name))

    def _open_line(self, line: EarningsGroup, model: Model | None) -> None:
        by = self._view.by
        then = Grouping.MODEL if by is Grouping.TOURNAMENT else Grouping.ROUND
        view = replace(self._filtered_view, by=then, last=None)

        def make() -> EarningsPane:
            page = EarningsPane()
            page.narrow_to_line(view, line, by)
            if model is not None:
                page.seek(lambda group: group.paid.total != 0, column=model.id)
            return page

        self.open(make)

    def action_open(self) -> None:
        """The rounds of the model marked; of a sum over all models what enter opens."""
        model = self._place.model if self._place is not None else None
        if model is not None:
            open_rounds(self, model.tournament, (model.id, model.name))
        else:
            self._table.action_choose()

    def action_rounds_listed(self) -> None:
        """The rounds of the sum marked as a text."""
        if self._place is not None:
            self._list(self._place)

    @property
    def _place(self) -> Place | None:
        group, column = self._table.selected, self._table.selected_column
        if group is None or self.report is None:
            return None
        if self.report.view.by in BY_NAME or column is None:
            return Place(group, group.model, None)
        for index, model in enumerate(self.report.models):
            if model.id == column.key:
                return Place(group, model, index)
        return Place(group, None, None)

    def _ask(self, number: int, model: Model) -> None:
        book = self.book.earnings
        jobs.run(
            self,
            lambda: book.explain(model.tournament, number, model.id, band=False),
            self.Explained,
            self.NotExplained,
            group="explain",
        )

    def on_earnings_pane_not_explained(self, event: EarningsPane.NotExplained) -> None:
        """There is nothing to explain about the cell."""
        self.query_one("#detail", Line).show((plain(f" {event.error.what}", "muted"),))

    def on_earnings_pane_explained(self, event: EarningsPane.Explained) -> None:
        """In a line below."""
        explanation = event.explanation
        band = self._projected.bands.get((explanation.model_id, explanation.round))
        self.query_one("#detail", Line).show(detail(explanation, band))

    def _list(self, place: Place) -> None:
        """The rounds of a sum, one by one."""
        view = replace(self._filtered_view, by=Grouping.ROUND)
        report = self._reading.report(self.book.earnings, view, self.host.generation)
        numbers, model, title = set(place.group.rounds), place.model, shorten(place.group.label)
        groups = tuple(group for group in report.groups if group.rounds[0] in numbers)
        if model is not None and model.name != place.group.label:
            title = f"{title} · {said(model.name)}"
        columns = [
            index
            for index, other in enumerate(report.models)
            if other.tournament in place.group.tournaments and model in {None, other}
        ]
        shown = self._written(replace(report, groups=groups))
        self.app.push_screen(TextDialog(f"{title}, in {shown.money}", listed(shown, columns)))

    def _explain(self) -> None:
        place, shown = self._place, self._shown
        said_already = self._explained
        self._explained = (
            shown,
            *(() if place is None else (place.group, place.model, place.index)),
        )
        if _same(said_already, self._explained):
            return
        if place is None or shown is None:
            self.query_one("#detail", Line).show(())
        elif self._view.by is Grouping.ROUND and place.model is not None:
            self._ask(place.group.rounds[0], place.model)
        else:
            named = place.model if place.index is not None else None
            label = shorten(place.group.label)
            name = f"{label} {said(named.name)}" if named else label
            paid = place.group.paid if place.index is None else place.group.cells[place.index]
            groups = sum_of(shown, name, paid, len(place.group.rounds))
            self.query_one("#detail", Line).show(groups)


def _same(before: tuple[object, ...] | None, now: tuple[object, ...]) -> bool:
    """Whether all in both is the very same: comparing years of payouts would take longer than
    drawing them."""
    return before is not None and len(before) == len(now) and all(map(is_, before, now))
