"""Signs and words for stake changes and their states, readable without colour."""

from __future__ import annotations

from ledger.domain.change import ChangeKind, ChangeState
from tui.format import MINUS

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


def change_state(state: ChangeState) -> str:
    """``? unknown``."""
    return f"{CHANGE_SIGNS[state]} {state.value}"


def change_kind(kind: ChangeKind) -> str:
    """``cancel release``."""
    return kind.value.replace("-", " ")
