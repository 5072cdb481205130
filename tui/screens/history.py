"""Everything one change went through, as a text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from ledger.domain.change import AccountSnapshot, ChangeEvent
from ledger.reports.queue import ChangeHistory
from tui.changes import change_state
from tui.format import exact, stamp
from tui.screens.text_dialog import TextDialog

_INDENT = " " * 4
_LABEL = 9
_TEXT = 56
"""Widths that fit into the dialog on a screen of 80 cells."""


class HistoryDialog(TextDialog):
    """Shows the append-only history of one change."""

    def __init__(self, history: ChangeHistory) -> None:
        super().__init__(f"Change {history.line.change.id}", describe(history))


def describe(history: ChangeHistory) -> Content:
    """The change in a sentence, what comes next, then its events, oldest first."""
    line = history.line
    parts: list[Content] = [
        Content.styled(f"{line.sentence}.", "bold"),
        Content(f"{change_state(line.change.state)}: {line.next_action}"),
    ]
    for event in history.events:
        parts += [Content(""), *_event(event)]
    return Content("\n").join(parts)


def _event(event: ChangeEvent) -> Iterator[Content]:
    yield Content.assemble((f"{stamp(event.at)} UTC", "$muted"), f"  {change_state(event.state)}")
    yield Content(f"{_INDENT}{event.reason}")
    details = [
        ("request", event.request),
        ("attempt", event.attempt),
        ("Numerai", event.answer),
        *_account("before", event.before),
        *_account("after", event.after),
    ]
    for label, text in details:
        if text:
            first, *rest = wrap(text, _TEXT)
            yield Content.assemble((f"{_INDENT}{label:<{_LABEL}}", "$muted"), first)
            yield from (Content(" " * (len(_INDENT) + _LABEL) + line) for line in rest)


def _account(label: str, snapshot: AccountSnapshot | None) -> Iterator[tuple[str, str]]:
    if snapshot is None:
        return
    pending = "nothing pending"
    if snapshot.pending_kind is not None:
        amount = f" of {exact(snapshot.pending_amount)}" if snapshot.pending_amount else ""
        pending = f"{snapshot.pending_kind}{amount} pending"
    yield label, f"{exact(snapshot.settled)} staked, {pending}"
    yield "", f"{exact(snapshot.available)} in the wallet, {exact(snapshot.held)} held"
