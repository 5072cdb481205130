"""What the embedded Numerai's website is told, in place of a person who does a change by hand."""

from __future__ import annotations

from typing import Any

from ledger.domain.queue.change import Change, ChangeKind


def as_done_there(change: Change) -> tuple[str, dict[str, Any]]:
    """The event of the embedded Numerai that does what ``change`` of a strategy says, and its
    details."""
    setting = change.setting
    if setting is not None:
        return "set_on_website", {
            "model": change.model_id,
            "per_round": str(setting.per_round),
            "mode": setting.mode.value,
            "enabled": setting.enabled,
        }
    return "move_on_website", {
        "tournament": int(change.tournament),
        "amount": str(change.nmr),
        "out": change.kind is ChangeKind.WITHDRAW,
    }
