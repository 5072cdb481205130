"""What is said where there is no model to show yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import CredentialsError, Unreachable

if TYPE_CHECKING:
    from datetime import datetime

    from tui.host import Host


def nothing_there(host: Host, as_of: datetime | None) -> str:
    """Why there are no models, and what helps; ``as_of`` (UTC) is the sync that told so, if any."""
    if as_of is not None:
        return "This account has no models yet.\nMake one on numer.ai, then press r to sync."
    error = host.syncing.error
    if host.syncing.running:
        return "The first sync is running: your models appear here as soon as it has them."
    if isinstance(error, CredentialsError):
        return f"{error.what}\n{error.advice}\n\nOr look around first: numstake-tui --demo"
    if isinstance(error, Unreachable):
        return f"{error.what}\n{error.advice}\n\nPress r to try again."
    return "Nothing was synced yet. Press r to sync."
