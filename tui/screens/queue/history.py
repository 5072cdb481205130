"""Everything one change went through, as a text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from ledger.domain.queue.change import FUNDS, AccountSnapshot, Change, ChangeEvent
from ledger.reports.queue.queue import ChangeHistory
from tui.changes import change_state
from tui.format import stamp
from tui.screens.dialogs.flow import follow, host_of
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.going import Going
from tui.screens.queue.accounts import compare

if TYPE_CHECKING:
    from tui.host import Host

_INDENT = " " * 4
_LABEL = 9
_TEXT = 56
"""Widths that fit into the dialog on a screen of 80 cells."""


class HistoryDialog(TextDialog):
    """Shows the append-only history of one change; enter goes on to its model."""

    def __init__(self, history: ChangeHistory) -> None:
        change = history.line.change
        behind = "its strategy" if change.kind in FUNDS else "its model"
        onward = (behind, lambda: open_subject(host_of(self.app), change))
        super().__init__(f"Change {change.id}", describe(history), onward=onward)


def open_subject(host: Host, change: Change) -> None:
    """Over the page in front: the rounds of the change's model, or all about its strategy."""
    from tui.screens.models.opening import open_rounds
    from tui.screens.stakes.strategy_dialog import show_strategy

    page = host.pane
    if change.kind in FUNDS:
        follow(host, lambda: show_strategy(host, change.tournament), group="strategy")
    elif isinstance(page, Going):
        open_rounds(page, change.tournament, (change.model_id, change.model_name))


def describe(history: ChangeHistory) -> Content:
    """The change in a sentence, what comes next, then its events, oldest first."""
    line = history.line
    parts: list[Content] = [
        Content.styled(f"{line.sentence}.", "bold"),
        Content(f"{change_state(line.change.state)}: {line.next_action}"),
    ]
    if line.conditions:
        parts.append(Content(f"Goes out {', '.join(line.conditions)}."))
    before: AccountSnapshot | None = None
    for event in history.events:
        before = event.before or before
        parts += [Content(""), *_event(event, before)]
    return Content("\n").join(parts)


def _event(event: ChangeEvent, before: AccountSnapshot | None) -> Iterator[Content]:
    """``before``: the account as it last was before the change, for events that tell the after."""
    yield Content.assemble((f"{stamp(event.at)} UTC", "$muted"), f"  {change_state(event.state)}")
    yield from (Content(f"{_INDENT}{part}") for part in wrap(event.reason, _TEXT + _LABEL))
    details = [("request", event.request), ("attempt", event.attempt), ("Numerai", event.answer)]
    for label, text in details:
        if text:
            first, *rest = wrap(text, _TEXT)
            yield Content.assemble((f"{_INDENT}{label:<{_LABEL}}", "$muted"), first)
            yield from (Content(" " * (len(_INDENT) + _LABEL) + line) for line in rest)
    for line in compare(before if event.after else event.before, event.after):
        yield Content(_INDENT) + line
