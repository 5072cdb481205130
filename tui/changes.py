"""Signs and words for stake changes and their states, readable without colour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ledger.domain.queue.change import CONFIRMED, ChangeKind, ChangeState, Conditions
from tui.format import MINUS, moment
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


def waits_for(conditions: Conditions, now: datetime) -> str:
    """What a change waits for, as short as it can be said: ``round 1350, change 3``."""
    parts = (
        (conditions.not_before is not None, moment(conditions.not_before, now)),
        (conditions.not_before_round is not None, f"round {conditions.not_before_round}"),
        (conditions.after_change is not None, f"change {conditions.after_change}"),
        (conditions.when_release_gone, "release gone"),
        (conditions.when_free is not None, f"{conditions.when_free} NMR free"),
    )
    return ", ".join(text for asked, text in parts if asked)


def badge(counts: Mapping[ChangeState, int]) -> tuple[Group, ...]:
    """Open changes by sign, and louder, those whose fate is not known."""
    state = ChangeState
    confirmed = sum(counts.get(one, 0) for one in (*CONFIRMED, state.SENDING))
    shown = (
        (state.DRAFT, counts.get(state.DRAFT, 0)),
        (state.QUEUED, confirmed),
        (state.ACCEPTED, counts.get(state.ACCEPTED, 0)),
    )
    said = " ".join(f"{CHANGE_SIGNS[one]}{found}" for one, found in shown if found)
    groups: list[Group] = [(1, ((said, "pending"),))] if said else []
    unknown = counts.get(state.UNKNOWN, 0)
    if unknown:
        groups.append((0, ((f"{CHANGE_SIGNS[state.UNKNOWN]} {unknown} unknown", "burn"),)))
    return tuple(groups)
