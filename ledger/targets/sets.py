"""Targets under a name, in files and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.targets.target import Target, TargetEntry, TargetSet
from ledger.errors import ConfigError
from ledger.rules.targets.target import parse_target, target_text
from ledger.targets.files import TargetFiles, read, write

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.store import Store


class TargetSets:
    """Named sets of targets, and the edits of a tournament as one of them."""

    def __init__(self, store: Store, files: TargetFiles) -> None:
        self._store = store
        self._files = files

    def names(self, tournament: Tournament | None = None) -> tuple[str, ...]:
        """The named sets, or those of one tournament and those that can't be read."""
        names = self._files.names()
        if tournament is None:
            return names
        return tuple(name for name in names if self._belongs(name, tournament))

    def save(self, tournament: Tournament, name: str, *, replace: bool = False) -> None:
        """Keep the edits under a name, with the payout policy being edited; one that is taken is
        overwritten with ``replace`` only.

        Raises:
            ConfigError: the name is taken or can't be one, or the file can't be written.
        """
        self._files.save(self._edited(tournament, name), self._store.models(), replace=replace)
        self._store.name_targets(tournament, name)

    def load(self, tournament: Tournament, name: str) -> None:
        """Make a named set the edits, as one step to undo; a payout policy that is saved with it
        becomes the one being edited, but comes into force by no means.

        Raises:
            ConfigError: there is none, it can't be understood, or is for another tournament.
        """
        self._take(tournament, self._files.load(name, self._store.models()), name)

    def duplicate(self, name: str, new_name: str) -> None:
        """Copy a named set.

        Raises:
            ConfigError: there is none, or the new name is taken or can't be one.
        """
        self._files.duplicate(name, new_name)

    def delete(self, name: str) -> None:
        """Remove a named set; edits that began as it stay.

        Raises:
            ConfigError: there is none.
        """
        self._files.delete(name)
        for tournament in Tournament:
            if self._store.targets(tournament).name == name:
                self._store.name_targets(tournament, None)

    def read(self, source: str) -> TargetSet:
        """The targets in a named set or, when there is none, in the file at that path.

        Raises:
            ConfigError: there is neither, or it can't be understood.
        """
        from pathlib import Path

        if source in self._files.names() or not Path(source).is_file():
            return self._files.load(source, self._store.models())
        return read(Path(source), self._store.models())

    def import_file(self, path: Path) -> Tournament:
        """Make the targets in a file the edits of their tournament, as one step to undo.

        Returns:
            That tournament.

        Raises:
            ConfigError: it can't be read or understood.
        """
        targets = read(path, self._store.models())
        self._take(targets.tournament, targets, None)
        return targets.tournament

    def export(self, tournament: Tournament) -> str:
        """The edits as the text of a file."""
        return write(self._edited(tournament, "edits"), self._store.models())

    def _belongs(self, name: str, tournament: Tournament) -> bool:
        try:
            return self._files.load(name, self._store.models()).tournament is tournament
        except ConfigError:
            return True

    def _edited(self, tournament: Tournament, name: str) -> TargetSet:
        """The edits as a set, by the models there are now."""
        entries = self._store.targets(tournament).entries
        targets = []
        for model in self._store.models(tournament):
            entry = entries.get(model.id)
            if entry is not None:
                targets.append(parse_target(entry.text, model.id, locked=entry.locked))
        policy = self._store.policies.edits(tournament)
        return TargetSet(name, tournament, tuple(targets), policy if policy.rows else None)

    def _take(self, tournament: Tournament, targets: TargetSet, name: str | None) -> None:
        if targets.tournament is not tournament:
            raise ConfigError(
                f"The targets “{targets.name}” are for {targets.tournament.label}, not "
                f"{tournament.label}."
            )
        self._store.replace_targets(tournament, entries_of(targets.targets), name=name)
        if targets.policy is not None:
            self._store.policies.keep_edits(targets.policy)


def entries_of(targets: Iterable[Target]) -> dict[str, TargetEntry]:
    """Targets as they would be typed."""
    return {target.model_id: TargetEntry(target_text(target), target.locked) for target in targets}
