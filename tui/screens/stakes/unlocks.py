"""Unlocks: which NMR comes free when, over both systems of staking."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ledger.domain import typed
from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.stakes.unlock import Unlock, UnlockView
from ledger.errors import ChangeError
from ledger.reports.stakes.unlock_files import SCENARIOS
from ledger.reports.stakes.unlocks import UnlocksReport
from tui import keys
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.opening import open_rounds
from tui.screens.nothing_there import nothing_there
from tui.screens.pane import WIDE, Pane
from tui.screens.stakes.unlock_columns import (
    DAYS,
    ENTRIES,
    SPANS,
    UnlockRow,
    bars,
    columns,
    curve,
    dates_of,
    in_words,
    listed,
    rests_on,
    row_at,
    rows,
    summary,
    totals,
)
from tui.theme import Parts
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import Curve, Ink
from tui.widgets.charts.toggle import CURVE, ChartToggle
from tui.widgets.entry import Entry
from tui.widgets.line import Line, plain
from tui.widgets.missing import sum_text
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

NOTHING = "Nothing is locked: no release is pending and no position is open."
NO_MATCH = "Nothing matches the filter. Escape drops it."


class UnlocksPane(Pane[UnlocksReport]):
    """One row for each day, week or entry."""

    MODE = "unlocks"
    CAPTION_STAYS = True
    GROUPS: ClassVar[tuple[str, ...]] = (keys.UNLOCKS,)
    HELP = (
        "Which NMR comes free when. A continuous release is paid into the Numerai wallet; an "
        "atomic position unlocks when its round resolves (resolution) and waits to be claimed "
        "(claim), until Numerai moves it to idle by itself. Payouts in it are as scores stand.\n\n"
        "While a model is enabled, its next round stakes again. So there are two ways to read "
        "the list, and v switches between them: “settings stay” counts as free what the present "
        "settings leave over (in compound mode that is nothing), “all disabled now” counts "
        "everything, as if every model of the strategies were disabled now.\n\n"
        "Enter goes from a day to its entries, and from an entry to its position, or to its "
        "model's rounds; i says the row in words. n asks when an amount can be had, and lists the "
        "ways to it with date and cost: what is free now, waiting, releases, settings that stake "
        "less; Enter drafts one. E keeps "
        "what is shown as .csv for a spreadsheet or .ics for a calendar. Times are UTC."
    )
    BINDINGS = keys.bindings(keys.UNLOCKS)
    RESTS_ON = frozenset({Fact.PENDING, Fact.CLAIMS, Fact.CHAIN, Fact.RESOLVE_TIME})
    DEFAULT_CSS = """
    UnlocksPane {
        #entries { width: 44; height: 1fr; padding: 0 1; background: $surface; }
        &.-narrow #entries, &.entries #entries { display: none; }
        #timeline { height: 35%; min-height: 8; border-top: solid $panel; }
        #timeline.hidden { display: none; }
        Chart { height: 1fr; padding: 0 2; }
        #answer { height: 2; padding: 0 2; display: none; }
        #answer.shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._view = UnlockView.STAYS
        self._span = DAYS
        self._chart = ChartToggle()
        self._shown: UnlocksReport | None = None
        self._among: frozenset[tuple[object, ...]] | None = None

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            with Horizontal():
                yield Grid[UnlockRow]([], row_key=lambda row: row.key, empty="")
                yield Note(id="entries")
            with Vertical(id="timeline", classes="hidden"):
                yield Line(id="chart-title")
                yield Chart()
            yield Note(id="answer")
            yield Entry("n asks when an amount is free")

    def load(self) -> UnlocksReport:
        return self.book.stakes.atomic.unlocks(self._view)

    def sync_changed(self) -> None:
        if self.report is not None:
            self._table.set_empty(self._empty(self.report))

    def _empty(self, report: UnlocksReport) -> str:
        if report.unlocks:
            return NO_MATCH
        return NOTHING if report.as_of is not None else nothing_there(self.host, None)

    def show(self, report: UnlocksReport) -> None:
        decimals = self.book.config.display.decimals
        self._shown = shown = self._limited(report)
        dates = dates_of(shown, self.book.now())
        table_rows = rows(shown, self._span)
        self._table.set_empty(self._empty(report))
        self._table.show(
            table_rows,
            columns=columns(self._span, decimals, dates),
            totals=totals(table_rows, self._span, decimals) if len(table_rows) > 1 else None,
        )
        self.query_one("#summary", Line).show(summary(shown, self._span, decimals, dates))
        self._draw_chart()
        self._explain(self._table.selected)

    def _limited(self, report: UnlocksReport) -> UnlocksReport:
        """The report in the view chosen, without what the filters hold back."""
        entries = report.unlocks
        if self._among is not None:
            entries = tuple(entry for entry in entries if _key(entry) in self._among)
        names = {
            entry.model_id
            for entry in entries
            if self.matches(entry.name, entry.tournament.label, entry.kind.value)
        }
        report = replace(report, view=self._view, unlocks=entries)
        return report.limited(tournament=self.tournament, model_ids=names)

    def caption(self) -> Parts:
        if self.size.width < WIDE:
            return ()
        return ((SCENARIOS[self._view], "strong"), (f", {self._span}", "muted"))

    @property
    def _table(self) -> Grid[UnlockRow]:
        return self.query_one(Grid)

    # Views

    def action_unlock_view(self) -> None:
        """Take it that settings stay, or that everything is disabled now."""
        views = tuple(SCENARIOS)
        self._view = views[(views.index(self._view) + 1) % len(views)]
        self._forget_answer()
        self.refilter()

    def action_unlock_span(self) -> None:
        """From days to weeks to entries."""
        self._span = SPANS[(SPANS.index(self._span) + 1) % len(SPANS)]
        self.set_class(self._span == ENTRIES, "entries")
        self.refilter()

    def on_resize(self) -> None:
        """Decide about the chart by the room there is, until the user does."""
        self._draw_chart()

    def action_unlock_chart(self) -> None:
        """From the curve to bars to no chart."""
        self._chart.step(self.size.height)
        self._draw_chart()

    def _draw_chart(self) -> None:
        if not self.is_mounted or self._shown is None:
            return
        chosen, room = self._chart.kind(self.size.height), self.size.width - 20
        drawn = curve(self._shown) if chosen == CURVE else bars(self._table.rows, room)
        self.query_one("#timeline").set_class(not chosen or drawn is None, "hidden")
        if chosen and drawn is not None:
            decimals = self.book.config.display.decimals
            total = sum_text(self._shown.total, decimals)
            ends = f"0 → {total} on top of {sum_text(self._shown.free, decimals)} free now"
            sign = " ⠒ " if chosen == CURVE else " █ "
            name = "free in all" if chosen == CURVE else f"free {self._span}"
            heading: Parts = ((sign, Ink.SETTLED.meaning), (name, "strong"))
            self.query_one("#chart-title", Line).show(((0, heading), plain(ends, "muted")))
            self.query_one(Chart).show(drawn)

    @on(Chart.Pointed)
    def point_clicked(self, event: Chart.Pointed) -> None:
        """Go to the row behind a point."""
        rows, row = self._table.rows, event.point
        if self._shown is not None and isinstance(self.query_one(Chart).content, Curve):
            row = row_at(rows, event.point, self._shown) or 0
        self._table.move_to(row)

    # The row marked

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[UnlockRow]) -> None:
        """Say what comes free then."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[UnlockRow]) -> None:
        """Go deeper: from a day to its entries, from an entry to its position or its model."""
        row = event.row
        entry = row.entries[0]
        if len(row.entries) > 1:
            self._open_row(row)
        elif entry.round is None:
            open_rounds(self, entry.tournament, (entry.model_id, entry.name))
        else:
            self._open_position(entry)

    def _open_row(self, row: UnlockRow) -> None:
        view, tournament = self._view, self.tournament

        def make() -> UnlocksPane:
            page = UnlocksPane()
            page.narrow_to(row, view, tournament)
            return page

        self.open(make)

    def _open_position(self, entry: Unlock) -> None:
        from tui.screens.stakes.positions import PositionsPane

        def make() -> PositionsPane:
            page = PositionsPane(entry.tournament, entry.model_id, entry.name)
            page.seek(lambda position: position.round == entry.round)
            return page

        self.open(make)

    def narrow_to(self, row: UnlockRow, view: UnlockView, tournament: Tournament | None) -> None:
        """Be a page about what comes free in ``row``, one by one."""
        self._view, self._span, self.tournament = view, ENTRIES, tournament
        self._among = frozenset(map(_key, row.entries))
        self.TRAIL = (f"{row.start:%d %b}",)
        self.add_class("entries")

    def action_unlock_info(self) -> None:
        """The row marked in words."""
        row = self._table.selected
        if row is None:
            return
        title = row.entries[0].name if self._span == ENTRIES else f"{row.start:%A %d %B %Y}"
        models = {entry.model_id: entry.name for entry in row.entries}
        missing = [text for one in models.items() if (text := self.missing_paragraphs(*one)).plain]
        text = Content("\n\n").join([in_words(row, self._view), *missing])
        self.app.push_screen(TextDialog(title, text))

    def _explain(self, row: UnlockRow | None) -> None:
        if self.size.width < WIDE:
            return
        place = self.query_one("#entries", Note)
        most = max(4, self._table.size.height or self.size.height // 2)
        decimals = self.book.config.display.decimals
        place.show(listed(row, decimals, most) if row is not None else "")

    # How much when

    def action_when_free(self) -> None:
        """Ask when an amount can be had."""
        self.query_one(Entry).open("amount", " When can I have so much NMR?", "")

    def on_entry_left(self) -> None:
        """Nothing was asked."""
        self._forget_answer()
        self._table.focus()

    def on_entry_kept(self, event: Entry.Kept) -> None:
        """Answer with a date, in words, and with all the ways to the amount."""
        self._table.focus()
        if self._shown is None or not event.text:
            return
        try:
            amount = typed.positive(event.text)
        except ChangeError as error:
            self._show_answer(f"✗ {error}")
        else:
            from tui.screens.stakes.cash_dialog import start_cash

            self._forget_answer()
            start_cash(self.app, amount, rests_on(self._shown))

    def _show_answer(self, text: str) -> None:
        place = self.query_one("#answer", Note)
        place.show(text)
        place.add_class("shown")

    def _forget_answer(self) -> None:
        self.query_one("#answer", Note).remove_class("shown")

    def action_back(self) -> None:
        """Close the answer, then drop the filter."""
        if self.query_one("#answer", Note).has_class("shown"):
            self._forget_answer()
        else:
            super().action_back()

    def action_export_unlocks(self) -> None:
        """Keep what is shown in a file."""
        from tui.screens.dialogs.export_dialog import export_unlocks
        from tui.screens.dialogs.flow import follow

        shown = self._shown
        if shown is not None:
            follow(self.app, lambda: export_unlocks(self.app, shown), group="export")


def _key(entry: Unlock) -> tuple[object, ...]:
    """What tells an entry from others, however its amounts move."""
    return entry.model_id, entry.round, entry.kind
