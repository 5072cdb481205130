"""What the modes share: bars, loading off the UI thread, filters, sort, copy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.events import ScreenResume
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Tournament
from ledger.errors import LedgerError
from tui import jobs, keys
from tui.format import ungrouped
from tui.messages import BookChanged, JobFailed
from tui.screens.clicking import Clicking
from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.single_paint import SinglePaint
from tui.screens.seeking import Place, Sought
from tui.screens.toasts import keep_clear
from tui.theme import Parts
from tui.widgets.filterbar import FilterBar
from tui.widgets.keybar import KeyBar
from tui.widgets.line import Group, plain
from tui.widgets.missing import SIGNS, legend, paragraphs
from tui.widgets.missingline import MissingLine
from tui.widgets.modebar import STAYS, ModeBar
from tui.widgets.noticeline import NoticeLine
from tui.widgets.tables.grid import Grid
from tui.widgets.topbar import IN_TOP_BAR, TopBar
from tui.widgets.tourline import TourLine

if TYPE_CHECKING:
    from ledger.book import Book

Report = TypeVar("Report")

WIDE = 110
"""Columns from which the detail stands beside the table."""

BROAD = 160
"""Columns from which what is known of the row marked stands beside the table by itself."""


FIRST_PAINT = 0.5
"""Seconds a mode waits for its first report before it is painted without; so a usual ledger is
painted once, not first empty and then full."""


@dataclass(frozen=True)
class _Read(Generic[Report]):
    """A report, what Numerai did not tell, and which state of the ledger they are from."""

    report: Report
    tournaments: tuple[Tournament, ...]
    missing: MissingFacts
    generation: int


class Pane(SinglePaint, Clicking, Generic[Report]):
    """One mode, or what a mode has opened over itself, such as a plan. It is a Textual screen, but
    named for what the user sees: the body between the bars that all of them share; dialogs, which
    are screens as well, have none of these. A subclass says what to load and how to show it::

        class QueuePane(Pane[QueueReport]):
            MODE = "queue"
            HELP = "Changes you asked for, newest first."
            BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.QUEUE)
            def compose_body(self): yield Grid(...)
            def load(self): return self.book.queue.report()
            def show(self, report): self.query_one(Grid).set_rows(...)

    ``report`` is what was shown last; filters call :meth:`refilter`, which shows it again.
    """

    HELP: ClassVar[str] = ""
    """A few sentences on what this mode shows, for ``?``."""

    GROUPS: ClassVar[tuple[str, ...]] = ()
    """Groups of the action registry that work here besides the common ones."""

    CAPTION_STAYS: ClassVar[bool] = False
    """Whether :meth:`caption` says what narrows the pane, or what its cells mean, and nothing else
    does: then it is there at every width."""

    SHOWS_NOTICE: ClassVar[bool] = False
    """Whether the most urgent notice stands below the body, where its coming moves no row."""

    RESTS_ON: ClassVar[frozenset[Fact]] = frozenset()
    """Facts that the figures here are known by, besides those in the top bar: what is missing of
    them is said below the body."""

    AUTO_FOCUS = "Grid"

    LOADS_PORTFOLIO: ClassVar[bool] = False
    """Whether :meth:`load` brings a portfolio that the pane passes on to the top bar."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.VIEW)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Screen has it

    @dataclass
    class Loaded(Message):
        """A report arrived."""

        read: _Read[Any]

    @dataclass
    class LoadFailed(Message):
        """The report can't be made."""

        error: LedgerError

    def __init__(self) -> None:
        wide = self.app.size.width >= WIDE
        super().__init__(classes="-wide" if wide else "-narrow")
        self.set_class(self.app.size.width >= BROAD, "-broad")
        # Mounting styles it. Textual would also parse all styles anew, twice, which takes longer
        # than drawing the pane; it has no public name for what tells it not to.
        self._css_update_count = self.app._css_update_count
        self.report: Report | None = None
        self.missing = NOTHING_MISSING
        self._generation = -1
        self._sought: Sought | None = None
        self._when_loaded: Callable[[], Awaitable[None]] | None = None
        self._begun: Callable[[], _Read[Report]] | None = None

    @property
    def book(self) -> Book:
        """The door to the ledger."""
        return self.host.book

    # For subclasses

    def compose_body(self) -> ComposeResult:
        """The widgets between the bars."""
        raise NotImplementedError

    def load(self) -> Report:
        """Read a report from ``self.book``. Runs in a thread: touch no widget."""
        raise NotImplementedError

    def show(self, report: Report) -> None:
        """Draw ``report``, filtered by ``tournament`` and :meth:`matches`."""
        raise NotImplementedError

    def refilter(self) -> None:
        if self.report is not None:
            self.show(self.report)
            self.recaption()

    def sync_changed(self) -> None:
        """A sync has started or ended; what it brought comes by itself, with a new report."""

    def caption(self) -> Parts:
        """What the second line says on the right, besides the filters."""
        return ()

    # Loading

    def compose(self) -> ComposeResult:
        yield TopBar(id="topbar")
        yield ModeBar(id="modebar")
        yield FilterBar(id="filterbar")
        with Container(id="body"):
            yield from self.compose_body()
        yield MissingLine(id="missing")
        if self.SHOWS_NOTICE:
            yield NoticeLine(id="callout")
        if self.host.tour is not None:
            yield TourLine(id="tour")
        yield KeyBar(id="keybar")

    async def on_mount(self) -> None:
        self.take_kept()
        self.remap()
        reading = jobs.once(self._read)
        first = asyncio.ensure_future(jobs.in_thread(reading, "load"))
        await asyncio.wait({first}, timeout=FIRST_PAINT)
        if first.done() and first.exception() is None:
            self._take(first.result())
        else:
            first.cancel()
            self._begun = reading

    def on_screen_resume(self, event: ScreenResume) -> None:
        """In front again. Its styles are what they were, unless Textual has counted a change."""
        if self._css_update_count == self.app._css_update_count:
            event.refresh_styles = False
        self.host.draw_headline()
        self.show_notice()
        if self.take_kept() and self.report is not None:
            self.refilter()
            self.recaption()
        if self._generation != self.host.generation:
            self.remap()
            self._load(self._begun or self._read)

    def settings_changed(self) -> None:
        """Figures may look otherwise, and keys may be other ones."""
        self.remap()
        self.show_notice()
        self.reload()

    def remap(self) -> None:
        """Other keys may be in force: say so. To be extended where keys are kept."""
        self.query_one(KeyBar).offer(self.actions(), self.remapped)
        self.recaption()

    def on_resize(self) -> None:
        """Find out anew what stands beside the table."""
        self.set_class(self.size.width >= BROAD, "-broad")
        if self.is_mounted:
            self.recaption()

    def show_notice(self) -> None:
        """Show the most urgent notice, where this mode does."""
        for line in self.query(NoticeLine):
            key = keys.shown_key(keys.BY_ID["callouts"], self.remapped)
            line.say(self.host.notices or (), key, self.book.config.display.decimals)

    def show_missing(self) -> None:
        """How far a first sync is; else what of the figures on screen is unknown or old, and since
        when."""
        gaps = [gap for gap in self.missing if gap.fact in self.RESTS_ON | IN_TOP_BAR]
        progress = self.host.syncing.first_sync
        said = (plain(progress, "pending"),) if progress else legend(gaps, self.book.now())
        self.query_one(MissingLine).say(said)

    def missing_paragraphs(self, model_id: str, name: str) -> Content:
        """What is missing of one model, a paragraph each; nothing when all is known."""
        return paragraphs(self.missing.about(model_id), {model_id: name})

    def when_loaded(self, call: Callable[[], Awaitable[None]]) -> None:
        """``call`` once there is a report to act on: soon, or after the first one is shown."""
        if self.report is not None and self.is_mounted:
            self.call_later(call)
        else:
            self._when_loaded = call

    def reload(self) -> None:
        """Load again in the background; what is on screen stays until then."""
        self._load(self._read)

    def _load(self, read: Callable[[], _Read[Report]]) -> None:
        jobs.run(self, read, self.Loaded, self.LoadFailed, group="load")

    def _read(self) -> _Read[Report]:
        """Runs in a thread."""
        generation = self.host.generation
        tournaments = self.book.tournaments()
        if self.tournament is None and not self.ALL_TOURNAMENTS and tournaments:
            self.tournament = tournaments[0]
        return _Read(self.load(), tournaments, self.book.missing().facts, generation)

    def _take(self, read: _Read[Report]) -> None:
        if not self.app.is_running:  # the widgets it would be shown in may be gone
            return
        self._begun = None
        self.report = read.report
        self.tournaments = read.tournaments
        self.missing = read.missing
        self._generation = read.generation
        self.show(read.report)
        self.show_missing()
        self.recaption()
        call, self._when_loaded = self._when_loaded, None
        if call is not None:
            self.call_later(call)
        sought, self._sought = self._sought, None
        if sought is not None and not sought.mark(self.grid) and sought.sure:
            self.notify("It is not listed here any more.", timeout=4)

    def on_pane_loaded(self, event: Pane.Loaded) -> None:
        self._take(event.read)
        if event.read.generation < self.host.generation:  # begun before the ledger changed
            self.reload()
        if self.app.screen is not self:
            self.app.screen.refresh()  # a dialog shows what it stands before as it was then

    def on_pane_load_failed(self, event: Pane.LoadFailed) -> None:
        self.app.post_message(JobFailed(event.error))

    def seek(
        self, row: Callable[[Any], bool], *, tournament: Tournament | None = None, column: str = ""
    ) -> None:
        self._sought = Sought(row, column)
        self.filter_text = ""
        if self.is_mounted:
            self.query_one(FilterBar).drop()
        if tournament is not None and (self.tournament or not self.ALL_TOURNAMENTS):
            self.tournament = tournament
        if self.is_mounted:
            self.reload()

    def changed(self) -> None:
        """Tell everybody that the ledger holds something new."""
        self.app.post_message(BookChanged())

    # Going

    def place(self) -> Place:
        grid = self.grid
        if grid is None or grid.selected is None:
            return Place(self.filters, None)
        key_of, column = grid.row_key, grid.selected_column
        key = key_of(grid.selected)
        place = column.key if column is not None else ""
        return Place(self.filters, Sought(lambda row: key_of(row) == key, place, sure=False))

    def go_to(self, place: Place) -> None:
        self.filter_text, self.tournament = place.filters.text, place.filters.tournament
        self._sought = place.sought

    def action_open(self) -> None:
        """What the row marked is about; where enter edits, panes say what else that is."""
        if self.grid is not None:
            self.grid.action_choose()

    def action_risk(self) -> None:
        """What the running rounds could lose together."""
        from tui.screens.models.opening import open_risk

        open_risk(self)

    # Table

    def on_grid_moved(self) -> None:
        keep_clear(self, self.grid)

    def on_grid_sorted(self) -> None:
        self.recaption()

    @property
    def grid(self) -> Grid[Any] | None:
        """The table that has the focus, else the first there is."""
        if isinstance(self.focused, Grid):
            return self.focused
        return next(iter(self.query(Grid)), None)

    def action_sort(self) -> None:
        if self.grid is not None:
            from tui.screens.dialogs.sort_dialog import sort_by_choice

            sort_by_choice(self.grid)

    def action_sort_reverse(self) -> None:
        grid = self.grid
        if grid is not None and grid.sort_key is not None:
            grid.sort_anew(grid.sort_key, not grid.sort_reversed)

    def action_copy(self) -> None:
        grid = self.grid
        if grid is not None and grid.selected is not None:
            copy(self.app, ungrouped(grid.text_of(grid.selected)), "Row copied.")

    def action_back(self) -> None:
        if self.filter_text:
            self.query_one(FilterBar).drop()
        else:
            self.leave()

    # Words

    @property
    def remapped(self) -> Mapping[str, str]:
        """The user's own keys by action id."""
        return self.book.config.keys

    @property
    def help(self) -> str:
        """What the mode shows, and its signs for what is missing while anything is."""
        return f"{self.HELP}\n\n{SIGNS}" if self.missing else self.HELP

    def actions(self) -> list[keys.Action]:
        """Everything that can be done here, the mode's own first."""
        groups = [*self.GROUPS, keys.VIEW, keys.TABLE, keys.EVERYWHERE]
        if self.book.demo:
            groups.insert(len(self.GROUPS), keys.DEMO)
        all_actions = [
            action for group in groups for action in keys.ACTIONS if action.group == group
        ]
        return [a for a in all_actions if a.id != "tournament" or self.HAS_TOURNAMENTS]

    def recaption(self) -> None:
        weight = STAYS if self.CAPTION_STAYS else STAYS + 1
        groups: list[Group] = [(weight, self.caption())] if self.caption() else []
        actions = [""] * len(groups)
        if self.filter_text:
            groups.append(plain(f"/{self.filter_text}", "pending", 1))
            actions.append("filter")
        if self.HAS_TOURNAMENTS and (self.tournament or len(self.tournaments) > 1):
            every = "all tournaments" if self.app.size.width >= WIDE else "all"
            name = self.tournament.label if self.tournament else every
            groups.append(plain(name, "strong" if self.tournament else "muted", STAYS))
            actions.append("tournament")
        if self.host.kept is not None and not self.TRAIL:
            groups.append(plain("kept", "pending", 1))
            actions.append("keep-filter")
        hidden = self.grid.hidden_sort if self.grid is not None else None
        if hidden is not None:
            groups.append(plain(f"by {hidden.label}", "pending", 1))
            actions.append("sort")
        pairs = zip(groups, actions, strict=True)
        self.captions = {parts: action for (_, parts), action in pairs if action}
        bar = self.query_one(ModeBar)
        if self.TRAIL:
            bar.trail(self.TRAIL, self.remapped, groups)
        else:
            bar.caption(self.MODE, self.remapped, groups, self.host.badge)
