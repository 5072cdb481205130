"""What stakes should become: targets edited on disk, planned, and put into the queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ledger.domain.model import System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.targets.allocation import Allocation, SuggestionKind
from ledger.domain.targets.target import TargetDraft, TargetEntry, TargetKind
from ledger.errors import ChangeError, LedgerBusy
from ledger.reports.targets.allocation import build_allocation
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.planned import Planned, plan_targets
from ledger.rules.targets.target import parse_target, pinned, target_text
from ledger.targets.cash import Cash
from ledger.targets.files import TargetFiles
from ledger.targets.moves import Moves
from ledger.targets.per_round import PerRoundStakes
from ledger.targets.releases import Releases
from ledger.targets.sets import TargetSets, entries_of

if TYPE_CHECKING:
    from ledger.domain.queue.change import Change
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.stakes.unlock import Unlock
    from ledger.domain.targets.plan import Deed, Option, OptionKind, Simulation
    from ledger.domain.targets.target import TargetSet
    from ledger.queue.queue import Queue
    from ledger.store import Store

Options = Mapping[str, "OptionKind | None"]
"""The ways around pending releases asked for, by model id; ``None`` asks for the cheapest."""

_AS_KEPT: Options = MappingProxyType({})
"""The ways as the edits have them."""


class Targets(TargetSets):
    """The targets of one ledger, edited on disk, and what they come to.

    ``files`` hold the named sets, ``facts`` are the account's for a plan, ``unlocks`` all that
    comes free by itself. Editing writes the ledger only and is allowed to everybody who may write
    there; what goes into the queue needs the rights the queue needs. An edit answers nothing: what
    it comes to is asked of :meth:`allocation`.
    """

    def __init__(
        self,
        store: Store,
        files: TargetFiles,
        *,
        queue: Queue,
        facts: Callable[[Tournament], PlanFacts],
        unlocks: Callable[[], tuple[Unlock, ...]],
    ) -> None:
        super().__init__(store, files)
        self._queue = queue
        self._facts = facts
        self.moves = Moves(queue=queue, facts=self._whole)
        self.releases = Releases(queue=queue, facts=facts)
        self.cash = Cash(queue=queue, facts=self._whole, unlocks=unlocks)
        self.per_round = PerRoundStakes(queue=queue, facts=self._whole)

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
        allocation = build_allocation(planned)
        for model_id, kind in options.items():
            _check_offered(allocation, model_id, kind)
        if targets is None and not options:
            self._forget_stale(planned)
        return allocation

    def simulation(
        self,
        tournament: Tournament,
        rounds: int = 30,
        targets: TargetSet | None = None,
        options: Options = _AS_KEPT,
    ) -> Simulation:
        """What carrying out the plan does to the account over the next ``rounds`` rounds."""
        from ledger.rules.targets.simulate import simulate

        planned = self._planned(tournament, targets, options)
        return simulate(planned.facts, planned.plan, rounds=rounds)

    def choose_option(self, tournament: Tournament, model_id: str, kind: OptionKind | None) -> None:
        """Keep the way around a model's pending release, or go the cheapest again (``None``).

        Raises:
            ChangeError: it is not on offer.
        """
        _check_offered(self.allocation(tournament), model_id, kind)
        self._store.edit_targets(tournament, options={model_id: kind})

    def next_option(self, tournament: Tournament, model_id: str) -> None:
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
                f"No pending release of {said(name)} is in the way of its target.",
                "There are ways to choose from only where one is.",
            )
        self._store.edit_targets(tournament, options={model_id: _next(ways)})

    def set(self, tournament: Tournament, model_id: str, text: str) -> None:
        """Keep one target as typed (``25%``, ``+3``, ``=40``, ``max``); "" takes it away.

        Raises:
            ChangeError: as for :meth:`set_all`.
        """
        self.set_all(tournament, {model_id: text})

    def set_all(self, tournament: Tournament, texts: Mapping[str, str]) -> None:
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

    def lock(self, tournament: Tournament, model_id: str, on: bool) -> None:
        """Have helpers leave a row alone, or not any more.

        Raises:
            ChangeError: no such model in this tournament.
        """
        if all(model.id != model_id for model in self._store.models(tournament)):
            raise _not_here(tournament)
        self._store.edit_targets(tournament, locks={model_id: on})

    def switch_lock(self, tournament: Tournament, model_id: str) -> None:
        """Lock a row that is not locked, or unlock it.

        Raises:
            ChangeError: as for :meth:`lock`.
        """
        entry = self._store.targets(tournament).entries.get(model_id)
        self.lock(tournament, model_id, on=entry is None or not entry.locked)

    def undo(self, tournament: Tournament) -> None:
        """Take back the last edit, if there is one."""
        self._store.undo_targets(tournament)

    def redo(self, tournament: Tournament) -> None:
        """Make the last edit that was undone again, if there is one."""
        self._store.redo_targets(tournament)

    def clear(self, tournament: Tournament) -> None:
        """Take every target away, as one step to undo; locks stay."""
        entries = self._store.targets(tournament).entries
        locked = {key: TargetEntry("", True) for key, entry in entries.items() if entry.locked}
        self._store.replace_targets(tournament, locked, name=None)

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
        """What a helper would give each row that is not locked, by model id; nothing is kept.

        ``method`` is one of :class:`ledger.domain.targets.allocation.SuggestionKind`.

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

    def enqueue(self, tournament: Tournament, offers: Collection[Deed] = ()) -> tuple[Change, ...]:
        """Put the plan into the queue as drafts, with these of its ``offers``; from now on its
        targets are amounts.

        Returns:
            The drafts; nothing when there is nothing to do.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: a target can't be meant, nothing can be planned because Numerai does not
                tell what it rests on, one of ``offers`` is on offer no more, or the queue changed
                while this was planned.
        """
        planned = self._planned(tournament, None)
        allocation = build_allocation(planned)
        if allocation.problems:
            raise ChangeError(" ".join(allocation.problems), "Correct or clear these targets.")
        plan = allocation.plan.with_offers(offers)
        if len(plan.steps) < len(allocation.plan.steps) + len(offers):
            raise ChangeError(
                "What was on offer has changed; nothing was queued.", "Look at the plan again."
            )
        if not plan.steps and not plan.replaces:
            if allocation.plan.left_out:
                raise ChangeError(" ".join(allocation.plan.left_out), "Sync and try again.")
            return ()
        certain = {line.model_id for line in allocation.lines if line.uncertain is None}
        certain_targets = [target for target in planned.targets if target.model_id in certain]
        amounts = pinned(certain_targets, planned.resolution)
        fixed = {
            after.model_id: target_text(after)
            for before, after in zip(certain_targets, amounts, strict=True)
            if after != before
        }
        return self._queue.enqueue(plan, pinned=(tournament, fixed))

    def _whole(self) -> PlanFacts:
        """The account with every strategy there is."""
        facts = self._facts(Tournament.CLASSIC)
        for tournament, system in facts.systems.items():
            if system is System.ATOMIC and tournament not in facts.strategies:
                return self._facts(tournament)
        return facts

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
        return plan_targets(self._facts(tournament), replace(draft, entries=entries))

    def _forget_stale(self, planned: Planned) -> None:
        """Forget the options that are on offer no more; another time where others are writing.

        One that the queue is carrying out stays: it holds again when its changes are cancelled.
        """
        plan = planned.plan
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
        raise ChangeError(f"{said(name)}: {error.what}", error.advice) from error
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
        f"For {said(name)}, “{kind}” is not on offer.",
        f"There are: {', '.join(offered)}." if offered else "No release is in its target's way.",
    )


def _next(ways: tuple[Option, ...]) -> OptionKind | None:
    """What follows the way taken: the cheapest unasked, the others, the cheapest asked for."""
    turn: list[OptionKind | None] = [None]
    turn += [way.kind for way in sorted(ways, key=lambda way: way.cheapest)]
    asked = next((way.kind for way in ways if way.asked), None)
    return turn[(turn.index(asked) + 1) % len(turn)]
