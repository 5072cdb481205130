"""Queue: the stake changes asked for, where each of them is, and what Numerai said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.queue.change import UNSENT
from ledger.reports.queue.queue import QueueLine, QueueReport
from tui import keys
from tui.messages import QueueCounted
from tui.screens.pane import Pane
from tui.screens.queue import queue_columns as table
from tui.theme import Parts
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Column, Grid

EMPTY = "No changes. On Models or Stakes, + and - begin one on the model marked."
NO_MATCH = "No change matches. Escape drops the text, f shows other states."

_BESIDE = 56
"""Cells that what comes next takes on a broad screen."""


@dataclass(frozen=True)
class QueueView:
    """The queue, and why nothing in it can be changed, ``None`` when it can."""

    queue: QueueReport
    locked: str | None


class QueuePane(Pane[QueueView]):
    """One row for each change, in the order in which they are sent."""

    MODE = "queue"
    CAPTION_STAYS = True
    GROUPS: ClassVar[tuple[str, ...]] = (keys.QUEUE,)
    HELP = (
        "Stake changes you asked for: what was lost, what is to be sent in its order, then what "
        "was sent.\n\n"
        "○ draft      only a wish; c restates it and sends it after a Yes\n"
        "◇ queued     confirmed; goes out with the next run of the queue\n"
        "… waiting    confirmed, but not due: a date, another change,\n"
        "             free NMR, a limit of the config\n"
        "→ sending    on its way, once\n"
        "✓ accepted   Numerai took it\n"
        "● settled    a sync has shown it done\n"
        "✗ refused    Numerai said no; T asks again as a new draft\n"
        "? unknown    the answer was lost: it is never sent again by\n"
        "             itself, and its model takes no other change; U\n"
        "             compares the account with how it was before, and\n"
        "             where that can't tell, look on numer.ai and say\n"
        "             what you saw with V\n"
        "− cancelled  dropped before it was sent\n\n"
        "Space marks several for c and x: these then act on what is marked, wherever the cursor "
        "is, until Escape drops the marks.\n\n"
        "z takes back what was drafted last, all drafts of a plan or move together.\n\n"
        "e alters amount and conditions of what was not sent. A confirmed change that is altered "
        "is a draft again and needs another Yes.\n\n"
        "R runs the queue: everything that is confirmed and due leaves, one after the other. "
        "Escape or ^c stop it between two changes; the rest stays queued for the next run.\n\n"
        "f shows what is open, then one state after the other. Enter shows everything a change "
        "went through, enter there opens its model; O opens it at once.\n\n"
        "Changes of an allocation strategy (atomic staking) go out by hand on the V3 Stakes page "
        "or as a transaction. The confirmation shows the way, and w there takes another; one that "
        "can't work here says why at once. Once confirmed, w shows the checklist, the transaction "
        "to sign elsewhere, or asks for the passphrase of your key; W takes another way. In the "
        "demo @ lets the website do what is by hand."
    )
    BINDINGS = keys.bindings(keys.QUEUE)
    DEFAULT_CSS = """
    QueuePane {
        #notice { height: auto; max-height: 4; padding: 0 2; display: none; }
        #notice.shown { display: block; }
        #about { height: 6; padding: 0 2; border-top: solid $panel; }
        &.-broad #about {
            dock: right; width: 56; height: 100%; padding: 1 1 0 2;
            border-top: none; border-left: solid $panel;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = ""
        self._marked: set[int] = set()
        self._to_select: int | None = None
        self._placing = False

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Note(id="notice")
            yield Grid(self._columns([]), row_key=lambda line: str(line.change.id), empty=EMPTY)
            yield Note(id="about")

    def load(self) -> QueueView:
        return QueueView(self.book.queue.report(), self.book.writable())

    def show(self, report: QueueView) -> None:
        self._placing = False
        everything = report.queue.lines
        self._marked &= {line.change.id for line in everything if line.change.state in UNSENT}
        lines = table.arranged(line for line in everything if self._shows(line))
        grid = self._table
        grid.set_empty(NO_MATCH if everything else EMPTY)
        grid.show(lines, columns=self._columns(lines))
        self.query_one("#summary", Line).show(table.summary(report.queue))
        self._announce(report)
        self._select_pending()
        self._explain(grid.selected)
        self.app.post_message(QueueCounted(report.queue.counts))

    def on_resize(self) -> None:
        """What a change waits for takes the room there is."""
        if self.report is not None and self.is_mounted:
            self._table.set_columns(self._columns(self._table.rows))

    def caption(self) -> Parts:
        return ((self._state, "pending"),) if self._state else ()

    def _columns(self, lines: Sequence[QueueLine]) -> list[Column[QueueLine]]:
        decimals = self.book.config.display.decimals
        width = self.app.size.width - (_BESIDE if self.has_class("-broad") else 0)
        return table.columns(lines, self.book.now(), decimals, width, self._marked)

    def _shows(self, line: QueueLine) -> bool:
        change = line.change
        return (
            self.in_tournament(change.tournament)
            and self.concerns(change.model_id)
            and table.in_state(line, self._state)
            and self.matches(line.sentence, change.state.value, str(change.id))
        )

    def _announce(self, report: QueueView) -> None:
        shown = {line.change.id for line in self._table.rows}
        marked = [line for line in report.queue.lines if line.change.id in self._marked]
        hidden = len(self._marked - shown)
        text = table.notice(report.queue.lines, marked, hidden, report.locked)
        note = self.query_one("#notice", Note)
        note.set_class(bool(text.plain), "shown")
        note.show(text, layout=True)

    def select_change(self, change_id: int) -> None:
        """Put the cursor on this change, as soon as it is loaded."""
        self._to_select = change_id
        self._select_pending()

    def _select_pending(self) -> None:
        for index, line in enumerate(self._table.rows):
            if line.change.id == self._to_select:
                self._to_select = None
                self._table.move_to(index)
                return

    @property
    def _table(self) -> Grid[QueueLine]:
        return self.query_one(Grid)

    # What is in sight

    def action_state(self) -> None:
        """Show the next state."""
        if self.report is not None:
            choices = table.state_filters(self.report.queue)
            at = choices.index(self._state) if self._state in choices else -1
            self._show_state(choices[(at + 1) % len(choices)])

    def action_export(self) -> None:
        """Keep all changes with their history in a file."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.queue.exporting import export_changes

        follow(self.app, lambda: export_changes(self.app), group="export")

    def action_open_only(self) -> None:
        """Hide what is done with, or show it again."""
        self._show_state("" if self._state == "open" else "open")

    def action_back(self) -> None:
        if self.filter_text:
            super().action_back()
        elif self._marked:
            self._mark(set())
        elif self._state:
            self._show_state("")
        else:
            self.leave()

    def _show_state(self, state: str) -> None:
        self._state = state
        self.refilter()

    # Marks

    def action_mark(self) -> None:
        """Mark the change, or take its mark away, and go on to the next."""
        line = self._table.selected
        if line is None:
            return
        if line.change.state in UNSENT:
            self._mark(self._marked ^ {line.change.id})
        else:
            self.notify("Only what was not sent yet can be marked.", timeout=4)
        self._table.action_down()

    def action_mark_all(self) -> None:
        """Mark all drafts in sight; if they are marked, take all marks away."""
        drafts = {line.change.id for line in self._table.rows if table.confirmable(line)}
        self._mark(set() if drafts <= self._marked else self._marked | drafts)

    def _mark(self, marked: set[int]) -> None:
        self._marked = marked
        if self.report is not None:
            self._table.set_columns(self._columns(self._table.rows))
            self._announce(self.report)

    def _chosen(self) -> list[int]:
        """The changes marked, else the one under the cursor."""
        line = self._table.selected
        return sorted(self._marked) or ([line.change.id] if line is not None else [])

    # What is done to them

    def action_confirm(self) -> None:
        """Restate what is marked; after a Yes, send it."""
        from tui.screens.queue.changing import start_sending
        from tui.screens.queue.running import start_confirming

        chosen = self._chosen()
        if len(chosen) == 1:
            start_sending(self.app, chosen[0])
        elif chosen:
            start_confirming(self.app, chosen)

    def action_run(self) -> None:
        """Send what is due."""
        from tui.screens.queue.running import start_run

        start_run(self.app)

    def action_carry_out(self) -> None:
        """Do what is left to do for a change of a strategy."""
        from tui.screens.queue.execution import start_execution

        line = self._table.selected
        if line is not None:
            start_execution(self.app, line.change.id)

    def action_other_way(self) -> None:
        """Carry a change of a strategy out the next way."""
        from tui.screens.queue.execution import start_other_way

        line = self._table.selected
        if line is not None:
            start_other_way(self.app, line.change.id)

    def action_website(self) -> None:
        """Let the demo's website do what is done by hand."""
        from tui.screens.queue.execution import start_on_website

        line = self._table.selected
        if line is not None:
            start_on_website(self.app, line.change.id)

    def actions(self) -> list[keys.Action]:
        """Without the website's, which only the demo has."""
        return [one for one in super().actions() if one.id != "website" or self.book.demo]

    def action_cancel(self) -> None:
        """Drop what was not sent."""
        from tui.screens.queue.editing import start_cancelling

        chosen = self._chosen()
        if chosen:
            start_cancelling(self.app, chosen)

    def action_undo_drafts(self) -> None:
        """Drop what was drafted last."""
        from tui.screens.queue.editing import start_undoing

        start_undoing(self.app)

    def action_edit(self) -> None:
        """Alter a change that was not sent."""
        from tui.screens.queue.editing import start_editing

        line = self._table.selected
        if line is not None:
            start_editing(self.app, line.change.id)

    def action_retry(self) -> None:
        """Ask again for what was refused."""
        from tui.screens.queue.editing import start_retrying

        line = self._table.selected
        if line is not None:
            start_retrying(self.app, line.change.id)

    def action_reconcile(self) -> None:
        """Find out what became of a change."""
        from tui.screens.queue.changing import start_reconciling

        line = self._table.selected
        if line is not None:
            start_reconciling(self.app, line.change.id)

    def action_judge(self) -> None:
        """Say what became of a change."""
        from tui.screens.queue.editing import start_judging

        line = self._table.selected
        if line is not None:
            start_judging(self.app, line.change.id)

    def action_shift(self, step: int) -> None:
        """Move the change among those still to be sent, by one that is in sight."""
        from tui.screens.queue.editing import start_placing

        line = self._table.selected
        if line is None or self._placing:
            return
        if self._table.sort_key is not None:
            self._table.sort_by(None)
        unsent = [row.change.id for row in self._table.rows if row.change.state in UNSENT]
        if line.change.id not in unsent:
            self.notify("Only what was not sent yet has a place in the queue.", timeout=4)
            return
        to = unsent.index(line.change.id) + step
        if 0 <= to < len(unsent):
            before = unsent[to] if step < 0 else self._next_after(unsent[to])
            self._placing = start_placing(self.app, line.change.id, before)

    def _next_after(self, change_id: int) -> int | None:
        """The change that is sent right after this one."""
        order = self._order()
        at = order.index(change_id) + 1
        return order[at] if at < len(order) else None

    def _order(self) -> list[int]:
        """Everything still to be sent, filtered away or not."""
        lines = self.report.queue.lines if self.report is not None else ()
        return [line.change.id for line in table.arranged(lines) if line.change.state in UNSENT]

    # The change under the cursor

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[QueueLine]) -> None:
        """Say what comes next for the change."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[QueueLine]) -> None:
        """Show its history."""
        from tui.screens.queue.changing import start_history

        start_history(self.app, event.row.change.id)

    def action_open(self) -> None:
        """The model that the change is about."""
        from tui.screens.queue.history import open_subject

        line = self._table.selected
        if line is not None:
            open_subject(self.host, line.change)

    def _explain(self, line: QueueLine | None) -> None:
        text = table.about(line, self._position(line)) if line is not None else ""
        self.query_one("#about", Note).show(text)

    def _position(self, line: QueueLine) -> int | None:
        order = self._order()
        return order.index(line.change.id) + 1 if line.change.id in order else None
