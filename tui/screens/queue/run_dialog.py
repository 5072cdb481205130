"""A run of the queue: how far it is while it lasts, what it did when it is over."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.queue.run import RunProgress, RunReport
from ledger.errors import LedgerError
from ledger.reports.queue.queue import QueueLine
from tui import jobs
from tui.changes import CHANGE_SIGNS, change_kind
from tui.format import count
from tui.messages import BookChanged
from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note
from tui.widgets.static import Static

if TYPE_CHECKING:
    from ledger.book import Book

Lines = Mapping[int, QueueLine]
"""The changes of a report as they stand after it, by id."""

WIDTH = 40
"""Cells of the bar that fills up."""

_INDENT = " " * 7
"""Puts what belongs to a change under its sentence."""


class RunDialog(Dialog[RunReport]):
    """Runs the queue at once. Escape and ``ctrl+c`` stop it between two changes; when it is over,
    they close the report, which is what the dialog ends with. Ends with ``None`` when the run
    could not begin, after ``failed`` was said as an error."""

    DEFAULT_CSS = """
    RunDialog VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    RunDialog #progress { width: 1fr; height: 4; }
    RunDialog #report { width: 1fr; height: auto; display: none; }
    RunDialog.over #progress { display: none; }
    RunDialog.over #report { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "copy", show=False),
        Binding("enter,q", "close", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    @dataclass
    class Progressed(Message):
        """The run is a change further."""

        progress: RunProgress
        line: QueueLine

    @dataclass
    class Finished(Message):
        """The run is over."""

        report: RunReport
        lines: Lines

    @dataclass
    class Failed(Message):
        """The run could not begin, or broke off."""

        error: LedgerError

    def __init__(self, book: Book) -> None:
        super().__init__("Running the queue", "esc stops after this change")
        self._book = book
        self._stop = threading.Event()
        self._at: Content = Content("Looking at the queue…")
        self._report: RunReport | None = None
        self._account = Content("")
        self.error: LedgerError | None = None
        """Why the run could not begin, or broke off."""

    def compose_frame(self) -> Iterable[Widget]:
        yield Note(id="progress")
        yield VerticalScroll(Static(id="report"))

    def on_mount(self) -> None:
        super().on_mount()
        self._show_progress()
        jobs.run(self, self._run, lambda done: self.Finished(*done), self.Failed, group=jobs.SEND)

    def on_unmount(self) -> None:
        self._stop.set()

    def _run(self) -> tuple[RunReport, Lines]:
        """Runs in a thread."""
        report = self._book.queue.run(self._post_progress, self._stop)
        held = [entry.change for entry in report.held]
        changes = [*report.reconciled, *report.sent, *held, *report.left]
        return report, {one.id: self._book.queue.history(one.id).line for one in changes}

    def _post_progress(self, progress: RunProgress) -> None:
        """Runs in a thread."""
        line = self._book.queue.history(progress.change.id).line
        self.post_message(self.Progressed(progress, line))

    @on(Progressed)
    def progressed(self, event: Progressed) -> None:
        """Say which change it is at."""
        done, total = event.progress.done, event.progress.total
        filled = WIDTH * done // max(1, total)
        self._at = Content.assemble(
            ("━" * filled, "$mark"),
            ("─" * (WIDTH - filled), "$muted"),
            f"  {done} of {total} done\n",
            f"#{event.line.change.id}  {event.line.sentence}.",
        )
        self._show_progress()

    def _show_progress(self) -> None:
        stopping = self._stop.is_set()
        if stopping:
            self.query_one(".dialog--frame").border_subtitle = Content("")
        last = "\nStopping after this change; nothing is cut off on its way." if stopping else ""
        self.query_one("#progress", Note).show(self._at + Content(last))

    @on(Finished)
    def finished(self, event: Finished) -> None:
        """Turn into the report."""
        self.app.post_message(BookChanged())
        self._report, self._account = event.report, describe(event.report, event.lines)
        self.query_one("#report", Static).update(self._account)
        frame = self.query_one(".dialog--frame")
        frame.border_title = Content("What the run did")
        frame.border_subtitle = Content("c copy · esc close")
        self.add_class("over")

    @on(Failed)
    def failed(self, event: Failed) -> None:
        """Leave; the error is for who began the run."""
        self.error = event.error
        self.dismiss(None)

    def stop_job(self) -> bool:
        """Ask the run to stop between two changes; ``False`` when it is over."""
        if self._report is not None:
            return False
        self._stop.set()
        self._show_progress()
        return True

    def action_back(self) -> None:
        """Stop, or close the report."""
        if not self.stop_job():
            self.dismiss(self._report)

    def action_close(self) -> None:
        """Close the report; a run is only stopped by the keys for it."""
        if self._report is not None:
            self.dismiss(self._report)

    def action_copy(self) -> None:
        """Put the report into the clipboard."""
        if self._report is not None:
            copy(self.app, self._account.plain)


def describe(report: RunReport, lines: Lines) -> Content:
    """What was sent and how it ended, what was held or left and why, what stopped the run."""
    parts: list[Content] = [Content.styled(headline(report), "bold")]
    for halt in report.halts:
        where = halt.tournament.label if halt.tournament else "Everything"
        parts += [
            Content(""),
            Content.styled(f"! {where} was halted: {halt.error.what}", "$warning"),
            *([Content(f"  {halt.error.advice}")] if halt.error.advice else []),
        ]
    parts += _block("Sent", report.sent, lines)
    parts += _block("Looked up", report.reconciled, lines)
    if report.held:
        parts += [Content(""), Content.styled("Held", "$muted")]
        for held in report.held:
            parts += [_sentence(held.change, lines), Content(f"{_INDENT}{held.why}")]
            line = lines.get(held.change.id)
            if line is not None and held.change.system is System.ATOMIC:
                parts.append(Content.styled(f"{_INDENT}{line.next_action}", "$muted"))
    parts += _block("Left in the queue", report.left, lines)
    return Content("\n").join(parts)


def headline(report: RunReport) -> str:
    """``2 sent: 1 accepted, 1 refused. 1 held. Stopped.``"""
    if not (report.sent or report.held or report.left or report.reconciled):
        return "Stopped before anything was sent." if report.stopped else "Nothing was due."
    states = [change.state for change in report.sent]
    kinds = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    sentences = [f"{len(states)} sent: {', '.join(kinds)}." if states else "Nothing was sent."]
    if report.held:
        sentences.append(f"{len(report.held)} held.")
    if report.left:
        sentences.append(f"{count(len(report.left), 'change')} left.")
    if report.stopped:
        sentences.append("Stopped.")
    return " ".join(sentences)


def _block(title: str, changes: Sequence[Change], lines: Lines) -> Iterator[Content]:
    if changes:
        yield Content("")
        yield Content.styled(title, "$muted")
    for change in changes:
        yield _sentence(change, lines)
        line = lines.get(change.id)
        if line is None:
            continue
        if change.state in {ChangeState.REFUSED, ChangeState.UNKNOWN}:
            yield Content(f"{_INDENT}{line.why}")
            yield Content.styled(f"{_INDENT}{line.next_action}", "$muted")
        elif change.state is ChangeState.ACCEPTED and line.result:
            yield Content.styled(f"{_INDENT}{line.result}", "$muted")


def _sentence(change: Change, lines: Lines) -> Content:
    line = lines.get(change.id)
    untold = f"{change_kind(change.kind)} on {said(change.model_name)}"
    sentence = line.sentence if line is not None else untold
    state = line.change.state if line is not None else change.state
    burn = state in {ChangeState.REFUSED, ChangeState.UNKNOWN}
    return Content.assemble(
        (f"{CHANGE_SIGNS[state]} ", "$burn" if burn else ""),
        (f"#{change.id:<3} ", "$muted"),
        f"{sentence}.",
    )
