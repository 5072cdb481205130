"""The book's targets: what stakes should become, planned and put into the queue.

Part of :class:`ledger.book.Book`, so loaded before the first paint: nothing is imported here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ledger.domain.model import Tournament
    from ledger.domain.nmr import NMR
    from ledger.domain.queue.change import Change
    from ledger.domain.targets.allocation import Allocation
    from ledger.domain.targets.plan import OptionKind, Simulation
    from ledger.domain.targets.target import TargetSet
    from ledger.targets.editor import Allocator


class BookTargets(ABC):
    """Targets of one profile, edited on disk; see :class:`ledger.targets.editor.Allocator`."""

    @property
    @abstractmethod
    def _allocator(self) -> Allocator: ...

    def allocation(
        self,
        tournament: Tournament,
        targets: TargetSet | None = None,
        options: Mapping[str, OptionKind | None] = MappingProxyType({}),
    ) -> Allocation:
        """The edited targets of one tournament, or ``targets``, and what they take.

        ``options`` by model id go before the ways around pending releases that are kept;
        ``None`` is the cheapest.
        """
        return self._allocator.allocation(tournament, targets, options)

    def simulation(
        self,
        tournament: Tournament,
        rounds: int = 30,
        targets: TargetSet | None = None,
        options: Mapping[str, OptionKind | None] = MappingProxyType({}),
    ) -> Simulation:
        """The account over the next ``rounds`` rounds with that plan carried out."""
        return self._allocator.simulation(tournament, rounds, targets, options)

    def choose_option(
        self, tournament: Tournament, model_id: str, kind: OptionKind | None
    ) -> Allocation:
        """Keep the way around a model's pending release; ``None`` is the cheapest again."""
        return self._allocator.choose(tournament, model_id, kind)

    def next_option(self, tournament: Tournament, model_id: str) -> Allocation:
        """Keep the next way around a model's pending release, after the last the cheapest."""
        return self._allocator.choose_next(tournament, model_id)

    def set_target(self, tournament: Tournament, model_id: str, text: str) -> Allocation:
        """Keep one target as typed (``25%``, ``+3``, ``=40``, ``max``); "" takes it away."""
        return self._allocator.edit(tournament, {model_id: text})

    def set_targets(self, tournament: Tournament, texts: Mapping[str, str]) -> Allocation:
        """Keep several targets, by model id, as one step to undo."""
        return self._allocator.edit(tournament, texts)

    def lock(self, tournament: Tournament, model_id: str, on: bool) -> Allocation:
        """Have helpers leave a row alone, or not any more."""
        return self._allocator.lock(tournament, model_id, on=on)

    def undo_target(self, tournament: Tournament) -> Allocation:
        """Take back the last edit of targets, if there is one."""
        return self._allocator.undo(tournament)

    def redo_target(self, tournament: Tournament) -> Allocation:
        """Make the last edit that was undone again, if there is one."""
        return self._allocator.redo(tournament)

    def clear_targets(self, tournament: Tournament) -> Allocation:
        """Take every target away, as one step to undo; locks stay."""
        return self._allocator.clear(tournament)

    def suggest(
        self,
        tournament: Tournament,
        method: str,
        *,
        last: int = 60,
        floor: NMR | None = None,
        cap: NMR | None = None,
        with_wallet: bool = False,
    ) -> dict[str, NMR]:
        """What a helper would give the rows that are not locked, by model id; keeps nothing.

        ``method`` is one of :class:`ledger.domain.targets.allocation.SuggestionKind`.
        """
        return self._allocator.suggest(
            tournament, method, last=last, floor=floor, cap=cap, with_wallet=with_wallet
        )

    def enqueue_allocation(self, tournament: Tournament) -> tuple[Change, ...]:
        """Put the plan of the edited targets into the queue as drafts."""
        return self._allocator.enqueue(tournament)

    def target_sets(self, tournament: Tournament | None = None) -> tuple[str, ...]:
        """The names of saved targets, all or those of one tournament."""
        return self._allocator.names(tournament)

    def save_targets(
        self, tournament: Tournament, name: str, *, replace: bool = False
    ) -> Allocation:
        """Save the edited targets; a name that is taken is overwritten with ``replace`` only."""
        return self._allocator.save(tournament, name, replace=replace)

    def load_targets(self, tournament: Tournament, name: str) -> Allocation:
        """Make saved targets the edited ones, as one step to undo."""
        return self._allocator.load(tournament, name)

    def duplicate_targets(self, name: str, new_name: str) -> None:
        """Copy saved targets."""
        self._allocator.duplicate(name, new_name)

    def delete_targets(self, name: str) -> None:
        """Remove saved targets; the edited ones stay."""
        self._allocator.delete(name)

    def read_targets(self, source: str) -> TargetSet:
        """Saved targets by name, or those in a file."""
        return self._allocator.read(source)

    def import_targets(self, path: Path) -> Allocation:
        """Make the targets in a file the edited ones of their tournament."""
        return self._allocator.take(path)

    def export_targets(self, tournament: Tournament) -> str:
        """The edited targets as the text of a file."""
        return self._allocator.written(tournament)
