"""Where targets are edited, planned and put into the queue: the book's half about allocations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ledger.domain.allocation import Allocation, SuggestionKind
from ledger.domain.change import ChangeState
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.target import Target, TargetDraft, TargetEntry, TargetKind, TargetSet
from ledger.errors import ChangeError, ConfigError
from ledger.reports.allocation import Planned, build_allocation
from ledger.rules.plan import PlanFacts
from ledger.rules.targets import parse_target, pinned, target_text
from ledger.targets import TargetFiles, read, write

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.clock import Clock
    from ledger.config import LimitSettings
    from ledger.desk import Desk
    from ledger.domain.change import Change
    from ledger.domain.payout import Performance
    from ledger.domain.plan import Simulation
    from ledger.domain.round import Round
    from ledger.store import Store

_OPEN = frozenset(state for state in ChangeState if state.open)


class Allocator:
    """The targets of one ledger, edited on disk, and what they come to.

    ``folder`` holds the named sets. Editing writes the ledger only and is allowed to everybody
    who may write there; what goes into the queue needs the rights the queue needs.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: LimitSettings,
        *,
        desk: Desk,
        files: TargetFiles,
        rounds: Callable[[Tournament], tuple[Round, ...]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = limits
        self._desk = desk
        self._files = files
        self._rounds = rounds

    def allocation(self, tournament: Tournament, targets: TargetSet | None = None) -> Allocation:
        """The edited targets, or ``targets`` in their place, planned against the account."""
        return self._planned(tournament, targets).allocation

    def simulation(
        self, tournament: Tournament, rounds: int, targets: TargetSet | None = None
    ) -> Simulation:
        """What carrying out the plan does to the account over the next ``rounds`` rounds."""
        from ledger.rules.simulate import simulate

        planned = self._planned(tournament, targets)
        return simulate(planned.facts, planned.allocation.plan, rounds=rounds)

    def edit(self, tournament: Tournament, texts: Mapping[str, str]) -> Allocation:
        """Keep targets as typed, by model id; all of them are one step to undo.

        Raises:
            ChangeError: one can't be understood, or is for no model of the tournament; nothing
                was kept.
        """
        names = {model.id: model.name for model in self._models(tournament)}
        if not names.keys() >= texts.keys():
            raise _not_here(tournament)
        several = len(texts) > 1
        kept = {
            model_id: _check(text, model_id, names[model_id] if several else None)
            for model_id, text in texts.items()
        }
        self._store.edit_targets(tournament, texts=kept)
        return self.allocation(tournament)

    def lock(self, tournament: Tournament, model_id: str, *, on: bool) -> Allocation:
        """Have helpers leave a row alone, or not any more.

        Raises:
            ChangeError: no such model in this tournament.
        """
        if all(model.id != model_id for model in self._models(tournament)):
            raise _not_here(tournament)
        self._store.edit_targets(tournament, locks={model_id: on})
        return self.allocation(tournament)

    def undo(self, tournament: Tournament) -> Allocation:
        """Take back the last edit, if there is one."""
        self._store.undo_targets(tournament)
        return self.allocation(tournament)

    def redo(self, tournament: Tournament) -> Allocation:
        """Make the last edit that was undone again, if there is one."""
        self._store.redo_targets(tournament)
        return self.allocation(tournament)

    def clear(self, tournament: Tournament) -> Allocation:
        """Take every target away; locks stay."""
        entries = self._store.targets(tournament).entries
        locked = {key: TargetEntry("", True) for key, entry in entries.items() if entry.locked}
        self._store.replace_targets(tournament, locked, name=None)
        return self.allocation(tournament)

    def suggest(
        self,
        tournament: Tournament,
        method: str,
        *,
        last: int,
        floor: NMR | None = None,
        cap: NMR | None = None,
        with_wallet: bool = False,
    ) -> dict[str, NMR]:
        """What a helper would give each row that is not locked, by model id; nothing is kept.

        Raises:
            ChangeError: no such method, every row is locked, or floor, cap and scores leave no way.
        """
        from ledger.reports.suggestion import SCORED, build_suggestion

        try:
            kind = SuggestionKind(method)
        except ValueError:
            methods = ", ".join(SuggestionKind)
            raise ChangeError(f"There is no helper “{method}”.", f"There are: {methods}.") from None
        return build_suggestion(
            self.allocation(tournament),
            kind,
            self._scored(tournament, last) if kind in SCORED else (),
            last=last,
            floor=floor,
            cap=cap,
            with_wallet=with_wallet,
        )

    def enqueue(self, tournament: Tournament) -> tuple[Change, ...]:
        """Put the plan into the queue as drafts; from now on its targets are amounts.

        Returns:
            The drafts; nothing when there is nothing to do.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: a target can't be meant, or what the plan replaces was sent meanwhile.
        """
        planned = self._planned(tournament, None)
        allocation = planned.allocation
        if allocation.problems:
            raise ChangeError(" ".join(allocation.problems), "Correct or clear these targets.")
        if not allocation.plan.steps and not allocation.plan.replaces:
            return ()
        amounts = pinned(planned.targets, planned.resolution)
        fixed = {
            after.model_id: target_text(after)
            for before, after in zip(planned.targets, amounts, strict=True)
            if after != before
        }
        return self._desk.enqueue(allocation.plan, pinned=(tournament, fixed))

    def names(self, tournament: Tournament | None = None) -> tuple[str, ...]:
        """The named sets, or those of one tournament and those that can't be read."""
        names = self._files.names()
        if tournament is None:
            return names
        return tuple(name for name in names if self._belongs(name, tournament))

    def save(self, tournament: Tournament, name: str, *, replace: bool = False) -> Allocation:
        """Keep the edits under a name; one that is taken is overwritten with ``replace`` only.

        Raises:
            ConfigError: the name is taken or can't be one, or the file can't be written.
        """
        self._files.save(self._edited(tournament, name), self._store.models(), replace=replace)
        self._store.name_targets(tournament, name)
        return self.allocation(tournament)

    def load(self, tournament: Tournament, name: str) -> Allocation:
        """Make a named set the edits, as one step to undo.

        Raises:
            ConfigError: there is none, it can't be understood, or is for another tournament.
        """
        return self._take(tournament, self._files.load(name, self._store.models()), name)

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

    def take(self, path: Path) -> Allocation:
        """Make the targets in a file the edits of their tournament, as one step to undo.

        Raises:
            ConfigError: it can't be read or understood.
        """
        targets = read(path, self._store.models())
        return self._take(targets.tournament, targets, None)

    def written(self, tournament: Tournament) -> str:
        """The edits as the text of a file."""
        return write(self._edited(tournament, "edits"), self._store.models())

    def _models(self, tournament: Tournament) -> list[Model]:
        return [model for model in self._store.models() if model.tournament is tournament]

    def _belongs(self, name: str, tournament: Tournament) -> bool:
        try:
            return self._files.load(name, self._store.models()).tournament is tournament
        except ConfigError:
            return True

    def _edited(self, tournament: Tournament, name: str) -> TargetSet:
        """The edits as a set, by the models there are now."""
        entries = self._store.targets(tournament).entries
        targets = []
        for model in self._models(tournament):
            entry = entries.get(model.id)
            if entry is not None:
                targets.append(parse_target(entry.text, model.id, locked=entry.locked))
        return TargetSet(name, tournament, tuple(targets))

    def _take(self, tournament: Tournament, targets: TargetSet, name: str | None) -> Allocation:
        if targets.tournament is not tournament:
            raise ConfigError(
                f"The targets “{targets.name}” are for {targets.tournament.label}, not "
                f"{tournament.label}."
            )
        self._store.replace_targets(tournament, _entries(targets.targets), name=name)
        return self.allocation(tournament)

    def _scored(self, tournament: Tournament, last: int) -> tuple[Performance, ...]:
        """Performances of the newest ``last`` resolved rounds, and of those that came after."""
        rounds = self._store.rounds(tournament, scores=False)
        resolved = [entry.number for entry in rounds if entry.resolved]
        since = resolved[last - 1] if 0 < last <= len(resolved) else None
        return self._store.performances(tournament, since=since)

    def _planned(self, tournament: Tournament, targets: TargetSet | None) -> Planned:
        draft = self._store.targets(tournament)
        if targets is not None:
            draft = TargetDraft(tournament, _entries(targets.targets), targets.name)
        return build_allocation(self._facts(), draft)

    def _facts(self) -> PlanFacts:
        """The account without targets."""
        account = self._store.account()
        models = self._store.models()
        minimum = self._settings.smallest_change_nmr
        return PlanFacts(
            now=self._clock.now(),
            models=models,
            systems=self._store.systems(),
            stakes=self._store.stakes(),
            available=account.available if account else ZERO,
            rounds=tuple(
                entry
                for tournament in sorted({model.tournament for model in models})
                for entry in self._rounds(tournament)
            ),
            targets={},
            open_changes=self._store.changes(states=_OPEN),
            as_of=account.as_of if account else None,
            minimum=NMR(minimum) if minimum else None,
        )


def _entries(targets: Iterable[Target]) -> dict[str, TargetEntry]:
    """Targets as they would be typed."""
    return {target.model_id: TargetEntry(target_text(target), target.locked) for target in targets}


def _check(text: str, model_id: str, name: str | None) -> str:
    """``text`` as it is kept; ``name`` says whose it is where several are given.

    Raises:
        ChangeError: it is no target.
    """
    try:
        target = parse_target(text, model_id)
    except ChangeError as error:
        if name is None:
            raise
        raise ChangeError(f"{name}: {error.what}", error.advice) from error
    return "" if target.kind is TargetKind.KEEP else text.strip()


def _not_here(tournament: Tournament) -> ChangeError:
    return ChangeError(f"That model is not in {tournament.label}.", "Sync and try again.")
