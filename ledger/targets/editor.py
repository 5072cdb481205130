"""Where targets are edited, planned and put into the queue: the book's half about allocations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import OPEN
from ledger.domain.targets.allocation import Allocation, SuggestionKind
from ledger.domain.targets.target import TargetDraft, TargetEntry, TargetKind
from ledger.errors import ChangeError, LedgerBusy
from ledger.reports.targets.allocation import Planned, build_allocation
from ledger.rules import typed
from ledger.rules.naming import within
from ledger.rules.stakes.staked import counts
from ledger.rules.targets.plan import PlanFacts
from ledger.rules.targets.target import parse_target, pinned, target_text
from ledger.targets.files import TargetFiles
from ledger.targets.sets import TargetSets, entries_of

if TYPE_CHECKING:
    from ledger.account.strategies import StrategyBook
    from ledger.clock import Clock
    from ledger.config import LimitSettings
    from ledger.domain.knowledge import MissingFacts
    from ledger.domain.model import Model
    from ledger.domain.queue.change import Change
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.rounds.round import Round
    from ledger.domain.targets.plan import Option, OptionKind, Simulation
    from ledger.domain.targets.target import TargetSet
    from ledger.queue.drafts import Desk
    from ledger.rules.stakes.strategy_facts import StrategyFacts
    from ledger.store import Store


Options = Mapping[str, "OptionKind | None"]
"""The ways around pending releases asked for, by model id; ``None`` asks for the cheapest."""

_AS_KEPT: Options = MappingProxyType({})


class Allocator(TargetSets):
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
        atomic: StrategyBook,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = limits
        self._desk = desk
        self._files = files
        self._rounds = rounds
        self._atomic = atomic

    def allocation(
        self,
        tournament: Tournament,
        targets: TargetSet | None = None,
        options: Options = _AS_KEPT,
    ) -> Allocation:
        """The edited targets, or ``targets`` in their place, planned against the account.

        ``options`` are taken instead of those kept with the edits; nothing is kept. An option
        kept for something that is on offer no more is forgotten.

        Raises:
            ChangeError: one of ``options`` is not on offer.
        """
        planned = self._planned(tournament, targets, options)
        for model_id, kind in options.items():
            _check_offered(planned.allocation, model_id, kind)
        if targets is None and not options:
            self._forget_stale(planned)
        return planned.allocation

    def simulation(
        self,
        tournament: Tournament,
        rounds: int,
        targets: TargetSet | None = None,
        options: Options = _AS_KEPT,
    ) -> Simulation:
        """What carrying out the plan does to the account over the next ``rounds`` rounds."""
        from ledger.rules.targets.simulate import simulate

        planned = self._planned(tournament, targets, options)
        return simulate(planned.facts, planned.allocation.plan, rounds=rounds)

    def choose(self, tournament: Tournament, model_id: str, kind: OptionKind | None) -> Allocation:
        """Keep the way around a model's pending release, or go the cheapest again (``None``).

        Raises:
            ChangeError: it is not on offer.
        """
        _check_offered(self.allocation(tournament), model_id, kind)
        self._store.edit_targets(tournament, options={model_id: kind})
        return self.allocation(tournament)

    def choose_next(self, tournament: Tournament, model_id: str) -> Allocation:
        """Keep the next way around a model's pending release: from the cheapest over the others
        back to it, whether it stays the cheapest or not, and to the cheapest whichever that is.

        Raises:
            ChangeError: there is no way to choose.
        """
        allocation = self.allocation(tournament)
        ways = allocation.plan.ways(model_id)
        if not ways:
            name = _name(allocation, model_id)
            raise ChangeError(
                f"No pending release of {name} is in the way of its target.",
                "There are ways to choose from only where one is.",
            )
        return self.choose(tournament, model_id, _next(ways))

    def edit(self, tournament: Tournament, texts: Mapping[str, str]) -> Allocation:
        """Keep targets as typed, by model id; all of them are one step to undo.

        Raises:
            ChangeError: one can't be understood, or is for no model of the tournament; nothing
                was kept.
        """
        names = {model.id: model.name for model in self._store.models(tournament)}
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
        if all(model.id != model_id for model in self._store.models(tournament)):
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
        from ledger.reports.targets.suggestion import SCORED, build_suggestion

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
            ChangeError: a target can't be meant, nothing can be planned because Numerai does not
                tell what it rests on, or the queue changed while this was planned.
        """
        planned = self._planned(tournament, None)
        allocation = planned.allocation
        if allocation.problems:
            raise ChangeError(" ".join(allocation.problems), "Correct or clear these targets.")
        if not allocation.plan.steps and not allocation.plan.replaces:
            if allocation.plan.left_out:
                raise ChangeError(" ".join(allocation.plan.left_out), "Sync and try again.")
            return ()
        certain = {line.model_id for line in allocation.lines if line.uncertain is None}
        told = [target for target in planned.targets if target.model_id in certain]
        amounts = pinned(told, planned.resolution)
        fixed = {
            after.model_id: target_text(after)
            for before, after in zip(told, amounts, strict=True)
            if after != before
        }
        return self._desk.enqueue(allocation.plan, pinned=(tournament, fixed))

    def _scored(self, tournament: Tournament, last: int) -> tuple[Performance, ...]:
        """Performances of the newest ``last`` resolved rounds, and of those that came after."""
        rounds = self._store.rounds(tournament, scores=False)
        resolved = [entry.number for entry in rounds if entry.resolved]
        since = resolved[last - 1] if 0 < last <= len(resolved) else None
        return self._store.performances(tournament, since=since)

    def _planned(
        self, tournament: Tournament, targets: TargetSet | None, options: Options = _AS_KEPT
    ) -> Planned:
        draft = self._store.targets(tournament)
        if targets is not None:
            draft = TargetDraft(tournament, entries_of(targets.targets), targets.name)
        entries = dict(draft.entries)
        for model_id, kind in options.items():
            entries[model_id] = replace(entries.get(model_id, TargetEntry()), option=kind)
        return build_allocation(self.facts(tournament), replace(draft, entries=entries))

    def _forget_stale(self, planned: Planned) -> None:
        """Forget the options that are on offer no more; another time where others are writing.

        One that the queue is carrying out stays: it holds again when its changes are cancelled.
        """
        plan = planned.allocation.plan
        offered = {way.model.id for way in plan.options}
        held = {change.model_id for change in plan.queue} - offered
        held |= {way.model.id for way in plan.options if way.asked}
        stale = {
            model_id: entry
            for model_id, entry in planned.draft.entries.items()
            if entry.option is not None and model_id not in held
        }
        if stale and not self._store.read_only:
            with suppress(LedgerBusy):
                self._store.drop_options(planned.draft.tournament, stale)

    def _strategies(self, tournament: Tournament) -> dict[Tournament, StrategyFacts]:
        """Idle NMR of strategies counts only where positions are planned: what continuous stakes
        are increased by has to be in the wallet."""
        atomic = self._atomic.tournaments()
        return {key: self._atomic.facts(key) for key in atomic} if tournament in atomic else {}

    def _models_that_count(self, missing: MissingFacts) -> tuple[Model, ...]:
        """All but archived ones without a stake, named so that no two are taken for each other."""
        stakes = self._store.stakes()
        models = [
            model
            for model in self._store.models(archived=True)
            if counts(model, stakes.get(model.id), missing)
        ]
        labels = within(models)
        return tuple(replace(model, name=labels[model.id]) for model in models)

    def facts(self, tournament: Tournament) -> PlanFacts:
        """The account without targets, as far as targets of ``tournament`` can move it.

        The queue is read first: what happens to it later is noticed when the plan is put into it.
        """
        open_changes = self._store.changes(states=OPEN)
        account = self._store.account()
        missing = self._store.missing()
        models = self._models_that_count(missing)
        minimum = self._settings.smallest_change_nmr
        return PlanFacts(
            now=self._clock.now(),
            models=models,
            systems={key: self._atomic.system(key) for key in Tournament},
            stakes=self._store.stakes(),
            available=account.available if account else ZERO,
            rounds=tuple(
                entry
                for tournament in sorted({model.tournament for model in models})
                for entry in self._rounds(tournament)
            ),
            targets={},
            open_changes=open_changes,
            as_of=account.as_of if account else None,
            minimum=typed.amount(minimum) if minimum else None,
            strategies=self._strategies(tournament),
            missing=missing,
        )


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


def _name(allocation: Allocation, model_id: str) -> str:
    """The name of a model of the allocation.

    Raises:
        ChangeError: it is of another tournament.
    """
    line = allocation.line(model_id)
    if line is None:
        raise _not_here(allocation.tournament)
    return line.name


def _check_offered(allocation: Allocation, model_id: str, kind: OptionKind | None) -> None:
    name = _name(allocation, model_id)
    offered = [way.kind for way in allocation.plan.ways(model_id)]
    if kind is None or kind in offered:
        return
    raise ChangeError(
        f"For {name}, “{kind}” is not on offer.",
        f"There are: {', '.join(offered)}." if offered else "No release is in its target's way.",
    )


def _next(ways: tuple[Option, ...]) -> OptionKind | None:
    """What follows the way taken: the cheapest unasked, the others, the cheapest asked for."""
    turn: list[OptionKind | None] = [None]
    turn += [way.kind for way in sorted(ways, key=lambda way: way.cheapest)]
    asked = next((way.kind for way in ways if way.asked), None)
    return turn[(turn.index(asked) + 1) % len(turn)]
