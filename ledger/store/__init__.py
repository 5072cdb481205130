"""The ledger on disk: SQLite and nothing else.

The store itself is imported when it is asked for: a status line reads one document of the ledger.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ledger.store.store import Store

__all__ = ["Store"]


def __getattr__(name: str) -> object:
    if name != "Store":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ledger.store.store import Store

    return Store
