"""Signs and words for stake changes and their states, readable without colour."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.domain.queue.change import CONFIRMED, ChangeKind, ChangeState, Conditions
from tui.format import MINUS, Dates
from tui.theme import Meaning
from tui.widgets.line import Group

CHANGE_SIGNS = {
    ChangeState.DRAFT: "○",
    ChangeState.QUEUED: "◇",
    ChangeState.WAITING: "…",
    ChangeState.SENDING: "→",
    ChangeState.ACCEPTED: "✓",
    ChangeState.SETTLED: "●",
    ChangeState.REFUSED: "✗",
    ChangeState.UNKNOWN: "?",
    ChangeState.CANCELLED: MINUS,
}

CHANGE_STYLES: dict[ChangeState, Meaning] = {
    ChangeState.DRAFT: "strong",
    ChangeState.QUEUED: "pending",
    ChangeState.WAITING: "pending",
    ChangeState.SENDING: "pending",
    ChangeState.ACCEPTED: "gain",
    ChangeState.SETTLED: "muted",
    ChangeState.REFUSED: "burn",
    ChangeState.UNKNOWN: "burn",
    ChangeState.CANCELLED: "muted",
}


def change_state(state: ChangeState) -> str:
    """``? unknown``."""
    return f"{CHANGE_SIGNS[state]} {state.value}"


def change_kind(kind: ChangeKind) -> str:
    """``cancel release``."""
    return kind.value.replace("-", " ")


def waits_for(conditions: Conditions, dates: Dates) -> tuple[str, ...]:
    """What a change waits for, each as short as it can be said: ``round 1350``, ``change 3``."""
    parts = (
        (conditions.not_before is not None, dates.moment(conditions.not_before)),
        (conditions.not_before_round is not None, f"round {conditions.not_before_round}"),
        (conditions.after_change is not None, f"change {conditions.after_change}"),
        (conditions.when_release_gone, "release gone"),
        (conditions.when_free is not None, f"{conditions.when_free} NMR free"),
    )
    return tuple(text for asked, text in parts if asked)


def badge(counts: Mapping[ChangeState, int]) -> tuple[Group, ...]:
    """Open changes by sign, and louder, those whose outcome is not known."""
    confirmed = sum(counts.get(state, 0) for state in (*CONFIRMED, ChangeState.SENDING))
    shown = (
        (ChangeState.DRAFT, counts.get(ChangeState.DRAFT, 0)),
        (ChangeState.QUEUED, confirmed),
        (ChangeState.ACCEPTED, counts.get(ChangeState.ACCEPTED, 0)),
    )
    text = " ".join(f"{CHANGE_SIGNS[state]}{changes}" for state, changes in shown if changes)
    groups: list[Group] = [(1, ((text, "pending"),))] if text else []
    unknown = counts.get(ChangeState.UNKNOWN, 0)
    if unknown:
        groups.append((0, ((f"{CHANGE_SIGNS[ChangeState.UNKNOWN]} {unknown} unknown", "burn"),)))
    return tuple(groups)
