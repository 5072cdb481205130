"""The ledger on disk: SQLite and nothing else."""

from ledger.store.store import Store

__all__ = ["Store"]
