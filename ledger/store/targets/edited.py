"""The store's half about edited targets; the SQL is in ``targets``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.domain.model import Tournament
    from ledger.domain.targets.plan import OptionKind
    from ledger.domain.targets.target import TargetDraft, TargetEntry
    from ledger.store.connection import Connections


class TargetStore:
    """What stakes should become, with every edit; each method is one transaction."""

    _connections: Connections

    def targets(self, tournament: Tournament) -> TargetDraft:
        """The edited targets of one tournament."""
        from ledger.store.targets import targets

        with self._connections.reading() as connection:
            return targets.read_targets(connection, tournament)

    def edit_targets(
        self,
        tournament: Tournament,
        *,
        texts: Mapping[str, str] = MappingProxyType({}),
        locks: Mapping[str, bool] = MappingProxyType({}),
        options: Mapping[str, OptionKind | None] = MappingProxyType({}),
    ) -> TargetDraft:
        """Alter the targets, locks and options that are named, by model id, as one undo step."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.edit_targets(connection, tournament, texts=texts, locks=locks, options=options)
            return targets.read_targets(connection, tournament)

    def drop_options(self, tournament: Tournament, stale: Mapping[str, TargetEntry]) -> None:
        """Forget options that are on offer no more, of rows still as in ``stale``; no step."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.drop_options(connection, tournament, stale)

    def replace_targets(
        self, tournament: Tournament, entries: Mapping[str, TargetEntry], *, name: str | None
    ) -> TargetDraft:
        """Make ``entries``, called ``name``, all the targets there are, as one step to undo."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.replace_targets(connection, tournament, entries, name=name)
            return targets.read_targets(connection, tournament)

    def undo_targets(self, tournament: Tournament) -> TargetDraft:
        """Take back the last step, if there is one."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.undo_targets(connection, tournament)
            return targets.read_targets(connection, tournament)

    def redo_targets(self, tournament: Tournament) -> TargetDraft:
        """Take the last step that was undone once more, if there is one."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.redo_targets(connection, tournament)
            return targets.read_targets(connection, tournament)

    def name_targets(self, tournament: Tournament, name: str | None) -> None:
        """Say under what name the edits are saved."""
        from ledger.store.targets import targets

        with self._connections.writing() as connection:
            targets.name_targets(connection, tournament, name)
