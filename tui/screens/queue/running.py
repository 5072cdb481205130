"""Several changes at once: restated together, confirmed by one yes, sent by one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.domain.model import System
from ledger.domain.queue.change import CONFIRMED, RELEASES, UNSENT, Change, ChangeState
from ledger.domain.readable import readable
from ledger.domain.stakes.strategy import Channel
from ledger.errors import ChangeError
from ledger.reports.queue.confirmation import Confirmation
from ledger.reports.queue.preview import ChangePreview
from ledger.reports.queue.queue import QueueLine
from ledger.reports.words import headline
from tui.format import UNKNOWN, count, full
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question, Ways
from tui.screens.dialogs.flow import book_of, follow, host_of, must_write, read
from tui.screens.queue.changing import refuse_beyond_limits
from tui.screens.queue.run_dialog import RunDialog
from tui.screens.queue.ways import take_way, ways_for

if TYPE_CHECKING:
    from ledger.book import Book


def start_confirming(app: App[Any], change_ids: Sequence[int]) -> None:
    """Restate several changes; after a Yes confirm them and run the queue."""
    follow(app, lambda: _confirm(app, tuple(change_ids)))


def start_run(app: App[Any]) -> None:
    """Send everything that is confirmed and due."""
    follow(app, lambda: _run_if_any(app))


async def ask_to_confirm(app: App[Any], change_ids: Sequence[int]) -> None:
    """The last steps of a flow that has made drafts: those of :func:`start_confirming`."""
    await _confirm(app, tuple(change_ids))


async def _confirm(app: App[Any], change_ids: tuple[int, ...]) -> None:
    book = book_of(app)
    await must_write(book)
    lines = in_order((await read(book.queue.report)).lines)
    chosen = [
        line for line in lines if line.change.id in change_ids and line.change.state in UNSENT
    ]
    if not chosen:
        raise ChangeError("None of these changes can be confirmed.", "Mark drafts with space.")
    ids = [line.change.id for line in chosen]
    confirmation = await read(lambda: book.queue.confirmation(ids))
    refuse_beyond_limits(confirmation)
    before = [
        line for line in lines if line.change.state in CONFIRMED and line.change.id not in ids
    ]
    previews = await read(
        lambda: [
            None if line.change.system is System.ATOMIC else book.queue.review(line.change.id)
            for line in chosen
        ]
    )
    changes = [line.change for line in chosen]
    ways = await ways_for(book, changes, _yours(changes))
    decimals = book.config.display.decimals
    asked = question(chosen, confirmation, previews, before, ways, decimals=decimals)
    dialog = ConfirmDialog(asked)
    if not await app.push_screen_wait(dialog):
        return
    changes = await take_way(book, changes, dialog.way)
    drafts = [change.id for change in changes if change.state is ChangeState.DRAFT]
    await read(lambda: book.queue.confirm_all(drafts, shown=confirmation))
    app.post_message(BookChanged())
    await _run(app, book)


async def _run_if_any(app: App[Any]) -> None:
    book = book_of(app)
    await must_write(book)
    worth = CONFIRMED | {ChangeState.UNKNOWN}
    if not any(line.change.state in worth for line in (await read(book.queue.report)).lines):
        raise ChangeError("Nothing in the queue is confirmed.", "Confirm drafts first (c).")
    await _run(app, book)


async def _run(app: App[Any], book: Book) -> None:
    dialog = RunDialog(book)
    try:
        report = await app.push_screen_wait(dialog)
    finally:
        app.post_message(BookChanged())
    if dialog.error is not None:
        raise dialog.error
    if report is not None and any(one.state is ChangeState.ACCEPTED for one in report.sent):
        host_of(app).syncing.start()


def in_order(lines: Sequence[QueueLine]) -> list[QueueLine]:
    """In the order in which they are sent."""
    return sorted(lines, key=lambda line: (line.change.position, line.change.id))


def question(
    chosen: Sequence[QueueLine],
    confirmation: Confirmation,
    previews: Sequence[ChangePreview | None],
    before: Sequence[QueueLine],
    ways: Ways | None = None,
    *,
    decimals: int,
) -> Question:
    """The confirmation of several changes; ``before`` were confirmed earlier and may go along.
    Those of a strategy go one of ``ways``, each its own without. What has to be typed has
    ``decimals``."""
    said = confirmation.sentences if ways is None else confirmation.deeds
    each = [
        "\n".join([f"#{line.change.id}  {headline(line.fields)}", f"    {sentence}", *dates])
        for sentence, line, preview in zip(said, chosen, previews, strict=True)
        for dates in [[f"    {text}" for text in _dates(line, preview)]]
    ]
    if ways is None:
        changes = [line.change for line in chosen]
        each += [
            _yours([one for one in changes if one.channel is channel])[channel]
            for channel in _WAITS
            if any(one.channel is channel for one in changes)
        ]
    along = [f"#{line.change.id}  {headline(line.fields)}" for line in before]
    if along:
        each.append("\n".join(["Confirmed before, and sent as well if due:", *along]))
    return Question(
        title="Confirm",
        fields=(
            ("Amount", confirmation.moved or "none"),
            ("Changes", str(len(chosen))),
            ("Counted", f"{_total(confirmation)} NMR by the limits"),
        ),
        statement=f"{count(len(chosen), 'change')}, {confirmation.moved or 'no amounts'}.",
        sentences=tuple(each),
        warnings=tuple(readable(text, decimals) for text in confirmation.touched),
        ask=_ask_for(chosen),
        typed=confirmation.phrase(decimals),
        yes="Yes, confirm and run",
        no="No, keep the drafts",
        ways=ways,
    )


def _total(confirmation: Confirmation) -> str:
    return UNKNOWN if confirmation.total is None else str(confirmation.total)


_WAITS = {
    Channel.SIGNED: "your signature",
    Channel.UNSIGNED: "a signature from elsewhere",
    Channel.BY_HAND: "you to set it on the V3 Stakes page",
}


def _yours(changes: Sequence[Change]) -> dict[Channel, str]:
    """What of it would not leave by a yes alone, by the way it would go."""
    ids = ", ".join(f"#{one.id}" for one in changes if one.system is System.ATOMIC)
    return {channel: f"{ids} then waits for {what}: w on it." for channel, what in _WAITS.items()}


def _ask_for(chosen: Sequence[QueueLine]) -> str:
    if all(line.change.system is System.ATOMIC for line in chosen):
        return "Confirm these?"
    return "Send what is due of this to Numerai now, and the rest when it is?"


def _dates(line: QueueLine, preview: ChangePreview | None) -> list[str]:
    """When it counts and when NMR comes back, were it sent now; what stands against that."""
    if line.conditions or preview is None:
        return []
    if preview.problem:
        return [f"Numerai is likely to refuse it now: {preview.problem}"]
    sentences = []
    if preview.counts_from is not None:
        sentences.append(f"Counts from {full(preview.counts_from)}.")
    if _is_release(line.change) and preview.complete is not None:
        sentences.append(f"Returns to the Numerai wallet about {full(preview.complete)}.")
    return sentences


def _is_release(change: Change) -> bool:
    return change.kind in RELEASES
