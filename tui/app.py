"""The app: modes, keys, themes, top bar, the last resort. No feature code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key
from textual.filter import ANSIToTruecolor, LineFilter
from textual.timer import Timer

from ledger.book import Book
from ledger.config.config import placed
from ledger.domain.text import rows
from ledger.errors import ConfigError, CredentialsError, LedgerError
from tui import jobs, keys, messages, problems, theme
from tui.attention import Attention
from tui.demo_clock import DemoClock
from tui.host import Host, LogIn
from tui.screens.dialogs.single_paint import Mounted, Opening, paint_now
from tui.screens.pane import Pane
from tui.screens.toasts import keep_clear, rows_of
from tui.settings import Settings, check
from tui.state import State
from tui.syncing import Syncing
from tui.terminal import slow_lines
from tui.terminal.drivers import steady
from tui.terminal.mouse import is_idle
from tui.terminal.paint import Painter
from tui.terminal.painting import driver_class
from tui.terminal.plain_lines import PlainLines
from tui.terminal.streams import has_job_control
from tui.terminal.tidying import Tidying
from tui.terminal.typed_ahead import TypedAhead
from tui.widgets.line import Group
from tui.widgets.topbar import Headline, TopBar

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import AwaitMount

    from ledger.domain.queue.change import ChangeState
    from ledger.reports.notices.notice import Notice
    from tui.screens.first.tour import Tour
    from tui.screens.seeking import Filters

log = logging.getLogger(__name__)

_LONG_SENTENCE = 20.0
"""Seconds for which something is said that takes some reading."""

PANES = {
    "home": "tui.screens.home.home:HomePane",
    "models": "tui.screens.models.models:ModelsPane",
    "stakes": "tui.screens.stakes.stakes:StakesPane",
    "earnings": "tui.screens.earnings.earnings:EarningsPane",
    "slots": "tui.screens.slots.slots:SlotsPane",
    "queue": "tui.screens.queue.queue:QueuePane",
    "unlocks": "tui.screens.stakes.unlocks:UnlocksPane",
    "notices": "tui.screens.notices.notices:NoticesPane",
}
"""The modes; each is imported when it is first shown, or after the first paint."""

PLAIN_LINES = PlainLines()
"""What every line painted goes through."""


PAGES = {
    "rounds": "tui.screens.models.rounds:RoundsPane",
    "risk": "tui.screens.earnings.risk:RiskPane",
}
"""What stands over a mode only, and is asked for by many of them."""


def _pane(name: str) -> Pane[Any]:
    module, _, class_name = (PANES | PAGES)[name].partition(":")
    return cast("Pane[Any]", getattr(import_module(module), class_name)())


def _tour(app: Host) -> Tour:
    from tui.screens.first.tour import Tour

    return Tour(app)


class NumstakeApp(Host, inherit_bindings=False):
    """Draws what the ledger holds at once, then asks Numerai in the background.

    Raises:
        ConfigError: an unknown theme or action in the config, or one key with two meanings.
    """

    TITLE = "numstake-tui"
    CSS_PATH = "styles/app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.EVERYWHERE, keys.DEMO)
    MODES: ClassVar[dict[str, Any]] = {name: partial(_pane, name) for name in PANES}
    DEFAULT_MODE = "home"
    ALLOW_SELECT = False

    def __init__(
        self,
        book: Book,
        *,
        log_file: Path | None = None,
        state_file: Path | None = None,
        config_file: Path | None = None,
        log_in: LogIn | None = None,
    ) -> None:
        try:
            check(book.config)
        except ConfigError as error:
            if config_file is None:
                raise
            raise placed(error, config_file, elsewhere=book.config.elsewhere) from None
        self.painter = Painter()
        """What the terminal shows."""
        self.book = book
        self.DEFAULT_MODE = book.config.app.opens  # type: ignore[misc] # as the user has it
        super().__init__()
        self.log_file = log_file
        self.log_in = log_in
        self.leaves_for_demo = False
        """Whether it ended for the demo to begin."""
        self.state = State.open(state_file)
        self.state.saver = self._remember
        self.generation = 0
        """Goes up whenever the ledger holds something new."""
        self.headline = Headline(book.profile, demo=book.demo, read_only=book.read_only)
        self.syncing: Syncing = Syncing(self, book)
        self.demo_clock = DemoClock(self, book)
        self.tour: Tour | None = _tour(self) if book.demo else None
        self.attention: Attention = Attention(self, book)
        self.settings: Settings = Settings(self, book, config_file)
        self.badge: tuple[Group, ...] = ()
        """What the mode bar says beside the queue."""
        self.notices: tuple[Notice, ...] | None = None
        """What deserves attention, most urgent first; ``None`` until it was looked for."""
        self.kept: Filters | None = None
        """What every pane is filtered by; ``None`` while each has filters of its own."""
        self._once_painted: list[Callable[[], object]] | None = []
        """What waits for the first paint, ``None`` after it."""
        self._counted = -1
        self._tick: Timer | None = None
        self._warned_of_sending = False
        self._silent_until: dict[tuple[str, str], float] = {}
        self._tidying = Tidying()
        self._typed_ahead = TypedAhead(self, self._hand_on, jobs.is_opening)
        self.animation_level = "none"
        # A widget for every screen, which nothing here has a use for; there is no public name.
        self._disable_tooltips = True
        self.full_charts = slow_lines.takes_full_charts(
            book.config.app.charts, book.config.app.glyphs
        )
        theme.install(self, book.config.app.theme)
        self.set_keymap(dict(book.config.keys))

    def get_driver_class(self) -> type[Driver]:
        app = self.book.config.app
        return driver_class(steady(super().get_driver_class(), app.glyphs), self.painter, app.paint)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.variables(dark=self.current_theme.dark)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one for ANSI colours, which makes every line anew: ours are none."""
        filters = super().get_line_filters()
        return [PLAIN_LINES, *(one for one in filters if not isinstance(one, ANSIToTruecolor))]

    def delay_update(self, delay: float = 0.05) -> None:  # noqa: ARG002 - as Textual calls it
        """A mode is painted as soon as it is laid out, which Textual always waits so long for."""
        super().delay_update(0.001)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and not event.is_forwarded:
            self._tidying.put_off()
            await self._typed_ahead.take(event)
        elif not is_idle(event):
            await super().on_event(event)

    async def _hand_on(self, key: Key) -> None:
        if self.tour is None or not self.tour.take(key.key):
            await super().on_event(key)

    def on_ready(self) -> None:
        paint_now(self.screen)
        waiting, self._once_painted = self._once_painted, None
        for call in waiting or ():
            call()

    def once_painted(self, call: Callable[[], object]) -> None:
        if self._once_painted is None:
            call()
        else:
            self._once_painted.append(call)

    def tidy_later(self) -> None:
        self._tidying.put_off()

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self._schedule_tick()
        if self.book.config.ignored:
            self.notify(
                self.book.config.ignored, severity="warning", timeout=_LONG_SENTENCE, markup=False
            )
        self.syncing.begin()
        self.settings.begin()

    def on_unmount(self) -> None:
        self.syncing.stop()
        self.state.save()

    def _remember(self) -> None:
        if self.is_running:
            jobs.run(self, self.state.save, lambda _: messages.Remembered(), group="remember")

    # What everybody sees

    @property
    def pane(self) -> Pane[Any] | None:
        """The mode in front, or behind a dialog; on top of it what it has opened, like a plan."""
        panes = (screen for screen in reversed(self.screen_stack) if isinstance(screen, Pane))
        return next(panes, None)

    def new_pane(self, name: str) -> Pane[Any]:
        return _pane(name)

    async def show_mode(self, name: str) -> Pane[Any]:
        await self.switch_mode(name)
        pane = cast("Pane[Any]", self.pane)
        while pane.TRAIL:
            pane.note_leaving()
            self.pop_screen()  # not awaited: the key may have come from this very page
            pane = cast("Pane[Any]", self.pane)
        return pane

    def draw_headline(self) -> None:
        """Bring the top bar up to date."""
        if self.pane is not None:
            for bar in self.pane.query(TopBar):
                self.headline.draw(bar, self.book.now())
            if self.tour is not None:
                self.tour.draw()

    def draw_sync(self) -> None:
        """Let the pane in front show that a sync has started or ended."""
        if self.pane is not None and self.pane.report is not None:
            self.pane.sync_changed()

    def draw_first_sync(self) -> None:
        if self.pane is not None and self.pane.is_mounted:
            self.pane.show_missing()

    def _schedule_tick(self) -> None:
        if self._tick is not None:
            self._tick.stop()
        seconds = self.headline.seconds_to_change(self.book.now())
        self._tick = self.set_timer(seconds, self._on_tick)

    def _on_tick(self) -> None:
        if self.headline.passed_close(self.book.now()):
            self.post_message(messages.BookChanged())
        elif self.attention.moves():
            self.attention.look()
        self.draw_headline()
        self._schedule_tick()

    def on_book_changed(self) -> None:
        self.generation += 1
        pane = self.pane
        if pane is None:
            return
        pane.reload()
        if not pane.LOADS_PORTFOLIO:
            jobs.run(self, self.book.portfolio, messages.PortfolioLoaded, group="portfolio")

    def on_portfolio_loaded(self, event: messages.PortfolioLoaded) -> None:
        self.headline.portfolio = event.portfolio
        self.draw_headline()
        self._schedule_tick()
        if self._counted != self.generation:
            self._counted = self.generation
            self.call_after_refresh(self.once_painted, self._count)

    def _count(self) -> None:
        """After the paint, which it must not hold up; and so that a mode's key need not wait."""
        syncing = self.syncing.running

        def count() -> dict[ChangeState, int]:
            counts = self.book.queue.report().counts
            for place in PANES.values():
                import_module(place.partition(":")[0])
            self.state.read()
            if not syncing and not self.is_headless:
                self._tidying.settle_down()
            return counts

        jobs.run(self, count, messages.QueueCounted, group="count")
        self.syncing.look()
        self.attention.look()

    def on_notices_found(self, event: messages.NoticesFound) -> None:
        self.attention.found(event.notices)
        self.tidy_later()
        if self.pane is not None and self.pane.is_mounted:
            self.pane.show_notice()

    def on_queue_counted(self, event: messages.QueueCounted) -> None:
        from tui.changes import badge

        shown, self.badge = self.badge, badge(event.counts)
        if self.pane is not None and self.pane.is_mounted and shown != self.badge:
            self.pane.recaption()

    def on_sync_progressed(self, event: messages.SyncProgressed) -> None:
        """What asked for a first sync before it began asks no more."""
        begins = self.headline.progress is None
        self.syncing.progressed(event.progress)
        if begins and self.notices:
            from ledger.reports.notices.notices import NEVER_SYNCED

            if NEVER_SYNCED in self.notices:
                self.attention.look()

    def on_reach_found(self, event: messages.ReachFound) -> None:
        """The pane in front shows what a running sync has brought in; the others follow when they
        come to the front, and what is counted waits for its end."""
        if self.syncing.reached(event.reach):
            self.generation += 1
            self._counted = self.generation
            if self.pane is not None and self.screen is self.pane:
                self.pane.reload()

    def on_missing_found(self, event: messages.MissingFound) -> None:
        self.syncing.notify_missing(event.missing)

    def on_sync_finished(self, event: messages.SyncFinished) -> None:
        self.syncing.finished(event.log)
        self.demo_clock.go_on()

    def on_sync_failed(self, event: messages.SyncFailed) -> None:
        self.syncing.failed(event.error)
        self.demo_clock.go_on()

    def on_config_looked(self, event: messages.ConfigLooked) -> None:
        self.settings.looked(event)

    def on_config_saved(self, event: messages.ConfigSaved) -> None:
        self.settings.saved(event)

    def settings_changed(self) -> None:
        self.generation += 1
        if self.pane is not None and self.pane.is_mounted:
            self.pane.settings_changed()

    def look_for_notices(self) -> None:
        self.attention.look()

    def on_clock_moved(self) -> None:
        self.post_message(messages.BookChanged())
        self.syncing.start()

    def notify(
        self, message: str, *, title: str = "", timeout: float | None = None, **how: Any
    ) -> None:
        """Say something for ``timeout`` seconds, once at a time; markup in it means nothing."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        if self._silent_until.get((title, message), 0.0) <= monotonic():
            self._silent_until[title, message] = monotonic() + seconds
            if self.screen_stack and isinstance(self.screen, Pane):
                keep_clear(self.screen, self.screen.grid, rows_of(title, message, self.size.width))
            super().notify(message, title=title, timeout=seconds, **how | {"markup": False})

    def copy_to_clipboard(self, text: str) -> None:
        """Copy ``text``, without what could steer the shell that it is pasted into."""
        super().copy_to_clipboard(rows(text))

    async def _broker_event(self, *_: object, **__: object) -> bool:
        """Run no action that the text under the mouse names; Textual has no public way to say so.

        Every action here has a key, a button or a widget of its own.
        """
        return False

    def _get_screen(self, screen: Any) -> tuple[Screen[Any], AwaitMount]:
        """Textual's way to begin a screen; it has no public name for it."""
        begun = self.get_screen(screen)
        mounted = Mounted(begun, [] if begun.is_running else self._register(self, begun))
        self.call_next(mounted)
        return begun, mounted

    def push_screen(self, screen: Any, *args: Any, **how: Any) -> Any:
        """Open ``screen``. Textual has what is behind a dialog painted again, which shows nothing
        new."""
        below = self.screen if self.screen_stack else None
        was_painted = below is not None and not below._repaint_required
        opened = super().push_screen(screen, *args, **how)
        if below is not None and was_painted and isinstance(screen, Opening):
            below._repaint_required = False
        return opened

    def clear_notifications(self) -> None:
        """Take all notices off the screen."""
        self._silent_until.clear()
        super().clear_notifications()

    # When something goes wrong

    def on_job_failed(self, event: messages.JobFailed) -> None:
        problems.show(self, event.error)

    def on_unexpected(self, event: messages.Unexpected) -> None:
        from tui.screens.dialogs.problem import ProblemScreen

        log.error("Unexpected problem", exc_info=event.error)
        self.push_screen(ProblemScreen(event.error, self.log_file))

    def _handle_exception(self, error: Exception) -> None:
        """Textual's way out after a defect in a handler; it has no public name for it.

        Its own report shows local variables; ours names the log file.
        """
        log.critical("The app ended because of a defect", exc_info=error)
        super()._handle_exception(problems.Defect(error, self.log_file))

    # Actions

    async def action_mode(self, name: str) -> None:
        if self.screen is not self.pane:
            return
        if name == self.current_mode:
            await self.show_mode(name)
        else:
            await self.switch_mode(name)

    def action_sync(self) -> None:
        if not self.syncing.start():
            self.notify("A sync is running; ctrl+c stops it.", timeout=3)

    def action_interrupt(self) -> None:
        if isinstance(self.screen, jobs.Stoppable) and self.screen.stop_job():
            return
        if not self.syncing.stop():
            key = keys.shown_key(keys.BY_ID["quit"], self.book.config.keys)
            self.notify(f"Press {key} to leave.", timeout=3)

    def action_advance(self, rounds: int) -> None:
        if self.book.demo:
            self.demo_clock.advance(rounds)

    def action_tour(self) -> None:
        if self.tour is not None:
            self.tour.begin()

    def action_command_palette(self) -> None:
        if self.pane is not None and self.screen is self.pane:
            from tui.screens.palette.opening import open_palette

            self.call_next(open_palette, self)

    def open_settings(self, name: str = "") -> None:
        from tui.screens.settings.settings import open_settings

        if self.pane is not None:
            open_settings(self.pane, name)

    def action_settings(self) -> None:
        if self.screen is self.pane:
            self.open_settings()

    def action_change_theme(self) -> None:
        if self.screen is self.pane:
            from tui.screens.settings.theme_dialog import choose_theme

            choose_theme(self)

    def action_redraw(self) -> None:
        self.painter.forget()
        self.refresh(layout=True)

    def action_callouts(self) -> None:
        if self.screen is self.pane:
            from tui.screens.notices.notice_list import show_notices

            show_notices(self)

    def action_help(self) -> None:
        pane = self.pane
        if pane is not None and self.screen is pane:
            from tui.screens.dialogs.help import HelpScreen

            self.push_screen(HelpScreen(pane.MODE, pane.help, pane.actions(), pane.remapped))

    def action_chapter(self) -> None:
        pane = self.pane
        if pane is not None and self.screen is pane:
            from tui.screens.dialogs.chapters import show_chapter

            show_chapter(self, pane.MODE, pane.remapped)

    def action_chapters(self) -> None:
        pane = self.pane
        if pane is not None and self.screen is pane:
            from tui.screens.dialogs.chapters import show_chapters

            show_chapters(self, pane.MODE, pane.remapped)

    def action_suspend(self) -> None:
        if has_job_control():
            self.action_suspend_process()
        else:
            self.notify("No shell is here that could bring the app back.", timeout=4)

    def welcome(self, error: LedgerError) -> None:
        if self.log_in is None and isinstance(error, CredentialsError):
            return  # the empty table says what to do
        from tui.screens.first.welcome import Welcome

        if any(isinstance(screen, Welcome) for screen in self.screen_stack):
            return
        if self.log_in is None or self.screen is not self.pane:
            problems.show(self, error)
        else:
            self.push_screen(Welcome(error))

    def go_to_demo(self) -> None:
        self.leaves_for_demo = True
        self.exit()

    async def action_quit(self) -> None:
        if jobs.sending() and not self._warned_of_sending:
            self._warned_of_sending = True
            self.notify("A change is on its way to Numerai. Once more leaves without its answer.")
            return
        self.exit()
