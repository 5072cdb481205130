"""Notices: what deserves attention, the most urgent first."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.concern import Level
from ledger.domain.readable import readable
from ledger.reports.notices.notice import Notice, NoticeKind
from tui import keys
from tui.format import ABSENT, LEVEL_SIGNS, Dates, count, full, shorten
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import WIDE, Pane
from tui.theme import LEVELS, Parts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

NOTHING = "Nothing needs attention."
NO_MODELS = "This account has no models yet, so nothing needs attention."
NO_MATCH = "Nothing matches the filter. Escape drops it."

_BESIDE = 33
"""Cells that sign, kind and time take."""

_TOURNAMENT = 12
"""Cells the tournament takes, which the sentence names where there is little room."""

_SHORTEST = 30

_RANKS = {level: place for place, level in enumerate(Level)}

LEVELS_IN_WORDS = {
    Level.LOUD: "NMR is lost within hours, or nobody would see it: look now",
    Level.QUIET: "NMR is lost later, or was lost, or nobody can say",
    Level.NEWS: "nothing is lost",
}

KINDS_IN_WORDS = {
    NoticeKind.SUBMISSION: "a round is open and a staked model has nothing in",
    NoticeKind.IDLE: "a strategy's idle NMR does not pay for a round",
    NoticeKind.UNDONE: "what you marked as done by hand is not what is seen",
    NoticeKind.TROUBLE: "a strategy can't be staked with, or not be signed for",
    NoticeKind.STALE: "the last sync is old, or none has gone through yet",
    NoticeKind.GONE: "Numerai lists a model no longer",
    NoticeKind.MISSING: "Numerai does not tell something any more, or never did",
    NoticeKind.CLOCK: "this machine's clock is off",
    NoticeKind.CONFIG: "the config can't be used, or counts from the next start only",
    NoticeKind.LATE: "a submission came late, or not at all",
    NoticeKind.BURN: "a burn beyond the model's own 1 % quantile",
    NoticeKind.CLAIM: "a claim is about to be moved to idle",
    NoticeKind.RESOLUTION: "atomic positions unlock soon",
    NoticeKind.RELEASED: "a release has reached the Numerai wallet",
    NoticeKind.CORRECTED: "Numerai altered a payout that had settled",
    NoticeKind.DISAGREEMENT: "Numerai's own numbers differ from each other",
    NoticeKind.SCOPE: "the API key may not do something",
}


class NoticesPane(Pane[tuple[Notice, ...]]):
    """One row for each, in full below the table."""

    MODE = "notices"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.NOTICES,)
    BINDINGS = keys.bindings(keys.NOTICES)
    HELP = (
        "What deserves attention, by what is lost and how soon: levels first, then what can still "
        "be averted, then the most NMR per hour.\n\n"
        + "\n".join(
            f"{LEVEL_SIGNS[level]:<3} {level.value:<6} {words}"
            for level, words in LEVELS_IN_WORDS.items()
        )
        + "\n\n"
        + "\n".join(f"{kind.value:<13} {words}" for kind, words in KINDS_IN_WORDS.items())
        + "\n\nEnter goes to what the notice is about: the round, the model, the payout, the "
        "strategy, the setting. i shows it in full. The same come from “numstake-tui notices”, and "
        "[notices] command in the config names a program that is run once for each that is loud; "
        "close_within_hours there says from when. Times are UTC."
    )
    DEFAULT_CSS = """
    NoticesPane #sentence { height: 4; padding: 0 2; border-top: solid $panel; }
    """

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Grid[Notice]([], row_key=lambda row: row.id, empty="")
            yield Note(id="sentence")

    def load(self) -> tuple[Notice, ...]:
        return self.book.notices.all()

    def show(self, report: tuple[Notice, ...]) -> None:
        rows = [
            row
            for row in report
            if (self.tournament is None or row.tournament in {None, self.tournament})
            and self.matches(row.kind, row.sentence, *row.models)
        ]
        grid = self.query_one(Grid)
        grid.set_empty(NO_MATCH if report else self._nothing())
        decimals = self.book.config.display.decimals
        dates = Dates.of((row.at for row in report), self.book.now())
        grid.show(rows, columns=columns(dates, self.size.width, decimals))
        self._explain(grid.selected)

    def on_resize(self) -> None:
        """The sentence takes the room there is."""
        if self.report is not None and self.is_mounted:
            self.show(self.report)

    def caption(self) -> Parts:
        return ((count(len(self.report), "notice"), "muted"),) if self.report else ()

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[Notice]) -> None:
        """Say the notice marked in full."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[Notice]) -> None:
        """Go to what it is about."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.notices.destinations import go_to

        follow(self.app, lambda: go_to(self.host, event.row), group="notice")

    def action_notice_info(self) -> None:
        """The notice where it can be copied."""
        row = self.query_one(Grid).selected
        if row is not None:
            self.app.push_screen(TextDialog(row.kind.value.capitalize(), in_words(row)))

    def actions(self) -> list[keys.Action]:
        """Enter goes somewhere here."""
        go = ("go there", "Go to what the notice is about.")
        return [
            replace(action, label=go[0], help=go[1]) if action.id == "choose" else action
            for action in super().actions()
        ]

    def show_notice(self) -> None:
        """As time passes, notices are found anew without the ledger having changed."""
        found = self.host.notices
        if self.report is not None and found is not None and found != self.report:
            self.report = found
            self.refilter()

    def _nothing(self) -> str:
        portfolio = self.host.headline.portfolio
        return NOTHING if portfolio is None or portfolio.lines else NO_MODELS

    def _explain(self, row: Notice | None) -> None:
        decimals = self.book.config.display.decimals
        text = readable(row.sentence, decimals) if row is not None else ""
        self.query_one("#sentence", Note).show(text)


def columns(dates: Dates, width: int, decimals: int) -> list[Column[Notice]]:
    """The table's columns in a screen of ``width`` cells, amounts with ``decimals``, ``dates``
    in the style of the page."""
    wide = width >= WIDE
    room = max(_SHORTEST, width - _BESIDE - (_TOURNAMENT if wide else 0))

    def sentence(row: Notice) -> Cell:
        return Cell(shorten(readable(row.sentence, decimals), room))

    placed = [
        Column("level", "", _level, lambda row: _RANKS[row.level], fixed=True),
        Column("kind", "kind", _kind, lambda row: row.kind.value, fixed=True),
        Column("when", "when", lambda row: _when(row, dates), lambda row: row.at),
        Column("tournament", "tournament", _tournament, lambda row: row.tournament, drop=1),
        Column("notice", "notice", sentence, None, width=room),
    ]
    return [column for column in placed if wide or column.key != "tournament"]


def _level(row: Notice) -> Cell:
    return Cell(LEVEL_SIGNS[row.level], LEVELS[row.level])


def _kind(row: Notice) -> Cell:
    return Cell(row.kind.value, LEVELS[row.level])


def _when(row: Notice, dates: Dates) -> Cell:
    return Cell(dates.moment(row.at)) if row.at is not None else Cell("now", "strong")


def _tournament(row: Notice) -> Cell:
    return Cell(row.tournament.label if row.tournament is not None else ABSENT, "muted")


def in_words(row: Notice) -> str:
    """One notice in full."""
    lines = [row.sentence, "", f"{LEVEL_SIGNS[row.level]} {LEVELS_IN_WORDS[row.level]}."]
    if row.at is not None:
        lines += ["", full(row.at)]
    if row.models:
        lines += ["", f"Models: {', '.join(row.models)}."]
    return "\n".join(lines)
