"""Generating assignments, giving predictors their records, and asking whether it helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.domain.names import listed
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.slots.assignment import Proposal, ShuffleKind, ShuffleSetup
from ledger.domain.slots.backtest import Backtest, ScoreTable, StakeBacktest
from ledger.domain.slots.predictor import AssignmentSource, AssignmentStep
from ledger.domain.slots.shuffle import ShufflePreview, ShuffleRequest
from ledger.errors import TableError
from ledger.reports.account.tournament import exposure
from ledger.reports.slots.predictor_scores import PredictorScores, build_scores
from ledger.rules.naming import name_of, names
from ledger.rules.rounds.calendar import concurrent_rounds
from ledger.rules.slots.assignments import bare
from ledger.rules.slots.attribution import (
    PAYOUT_SCORE,
    NamedScore,
    attribute,
    histories,
    newest,
)
from ledger.rules.slots.exposure import exposures, preview

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from ledger.domain.model import Tournament
    from ledger.domain.rounds.performance import Performance
    from ledger.slots.predictors import PredictorBook
    from ledger.store import Store

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


class Shuffling:
    """What is made of the slots' log: proposals, records and backtests."""

    def __init__(self, store: Store, predictors: PredictorBook) -> None:
        self._store = store
        self._log = predictors

    # Records

    def scores(
        self, tournament: Tournament, *, last: int | None = None, score: str = PAYOUT_SCORE
    ) -> PredictorScores:
        """Every predictor's record over the newest ``last`` scored rounds, beside the slots'."""
        rows: Sequence[Performance] = self._store.performances(tournament)
        if last is not None:
            rows = newest(rows, last)
        by_round = self._assignments(tournament, rows)
        predictors = self._log.all()
        ids = [predictor.id for predictor in predictors]
        attribution = attribute(rows, by_round, ids, score=score)
        models = self._store.models(tournament, archived=True)
        return build_scores(tournament, attribution, predictors, models, by_round)

    # Generating

    def propose(self, tournament: Tournament, request: ShuffleRequest) -> ShufflePreview:
        """What ``request`` would put where, and what that does to exposure; keeps nothing.

        Raises:
            AssignmentError: there is no slot or predictor to work with.
        """
        first = request.first or self._log.next_number(tournament)
        rows = self._store.performances(tournament, scores=False)
        history = exposures(self._assignments(tournament, rows), _stakes_by_round(rows))
        setup = self._setup(tournament, request, first, _latest_stakes(rows))
        proposals = []
        before, previous = dict(history), setup.previous
        for number in range(first, first + request.rounds):
            made = self._proposal(tournament, request, _after(setup, previous), number, before)
            proposals.append(made)
            previous = made.assignments
            for key, added in exposures({number: previous}, {number: setup.stakes}).items():
                before[key] = before.get(key, ZERO) + added
        names = {one.id: one.name for one in self._log.all()}
        slots = {one.id: one.name for one in self._store.models(tournament, archived=True)}
        return ShufflePreview(
            tournament=tournament,
            request=request,
            proposals=tuple(proposals),
            exposure=preview(
                setup.predictors, history, [made.assignments for made in proposals], setup.stakes
            ),
            names=names,
            slots={slot_id: slots[slot_id] for slot_id in setup.slots},
        )

    def accept(self, shown: ShufflePreview, *, closed: bool = False) -> AssignmentStep | None:
        """Put a proposal into the log, as one step to undo.

        Raises:
            ReadOnly, RoundClosed: as for :meth:`ledger.slots.predictors.PredictorBook.assign`.
        """
        kind, seed = shown.request.kind.value, shown.request.seed
        return self._log.assign_rounds(
            shown.tournament,
            {made.round: made.assignments for made in shown.proposals},
            source=AssignmentSource.GENERATED,
            what=f"Generated: {kind}, seed {seed}",
            closed=closed,
        )

    def _setup(
        self,
        tournament: Tournament,
        request: ShuffleRequest,
        first: int,
        stakes: Mapping[str, NMR],
    ) -> ShuffleSetup:
        held = bare(self._log.assignments(tournament, [first]))[first]
        chosen = request.slots or frozenset(held)
        slots = sorted(
            (model.name, model.id)
            for model in self._store.models(tournament)
            if model.id in chosen or not chosen
        )
        asked = request.predictors
        predictors = sorted(
            (predictor.name, predictor.id)
            for predictor in self._log.all()
            if (predictor.id in asked if asked else not predictor.retired)
        )
        return ShuffleSetup(
            slots=tuple(slot_id for _, slot_id in slots),
            predictors=tuple(predictor_id for _, predictor_id in predictors),
            stakes=stakes,
            previous=held,
            pinned_slots=request.pinned_slots,
            pinned_predictors=request.pinned_predictors,
            capacities=request.capacities,
            only=request.only,
        )

    def _proposal(
        self,
        tournament: Tournament,
        request: ShuffleRequest,
        setup: ShuffleSetup,
        number: int,
        before: Mapping[int, NMR],
    ) -> Proposal:
        from ledger.rules.slots.minimum_move import minimum_move_assignments
        from ledger.rules.slots.shuffle import (
            latin_assignments,
            random_assignments,
            stake_matched_assignments,
        )

        if request.kind is ShuffleKind.RANDOM:
            return random_assignments(setup, number, request.seed)
        if request.kind is ShuffleKind.LATIN:
            return latin_assignments(setup, number, request.seed)
        if request.kind is ShuffleKind.MINIMUM_MOVE:
            return minimum_move_assignments(setup, number, before)
        means, window = self._means(tournament, request.last)
        name = "mean payout-weighted score"
        return stake_matched_assignments(setup, number, means, score=name, window=window)

    def _means(self, tournament: Tournament, last: int) -> tuple[dict[int, Decimal], str]:
        scores = self.scores(tournament, last=last)
        means = {
            line.predictor.id: line.record.mean
            for line in scores.predictors
            if line.record.mean is not None
        }
        return means, f"the last {scores.rounds} rounds"

    # Backtest

    def table(self, tournament: Tournament, *, by_slot: bool = False) -> ScoreTable:
        """Payout-weighted scores by round, a column per predictor or per slot, by name.

        Raises:
            TableError: there are no scores yet.
        """
        scored = self._slot_scores if by_slot else self._predictor_scores
        by_name = dict(sorted(histories(scored(tournament)).items()))
        rounds = sorted({number for history in by_name.values() for number in history})
        if not rounds:
            raise TableError(
                f"No scores in {tournament.label} yet.", "Sync, and say who sat where."
            )
        values = tuple(tuple(one.get(number) for one in by_name.values()) for number in rounds)
        return ScoreTable(tuple(rounds), tuple(by_name), values)

    def _slot_scores(self, tournament: Tournament) -> Iterator[NamedScore]:
        slots = names(self._store.models(tournament, archived=True))
        for (slot_id, number), score in self._store.weighted_scores(tournament).items():
            yield slots.get(slot_id, slot_id), number, score

    def _predictor_scores(self, tournament: Tournament) -> Iterator[NamedScore]:
        weighted = self._store.weighted_scores(tournament)
        by_round = bare(self._log.assignments(tournament, {number for _, number in weighted}))
        called = {predictor.id: predictor.name for predictor in self._log.all()}
        for (slot_id, number), score in weighted.items():
            predictor_id = by_round[number].get(slot_id)
            if predictor_id is not None:
                yield called[predictor_id], number, score

    def concurrent(self, tournament: Tournament) -> int | None:
        """How many rounds run at a time, by the newest round's scores; ``None`` if unknown."""
        newest_rounds = self._store.rounds(tournament, newest=1)
        days = [one.days for entry in newest_rounds for one in entry.payout_scores if one.days]
        return concurrent_rounds(max(days)) if days else None

    @staticmethod
    def read_table(path: Path) -> ScoreTable:
        """Scores from a CSV file with a round column and one column per model.

        Raises:
            TableError: with file, line and column of what can't be understood.
        """
        from ledger.rules.rounds.score_table import read_csv
        from ledger.user_files import lines_of

        return read_csv(lines_of(path, TableError, advice="Save it as CSV in UTF-8."), str(path))

    @staticmethod
    def part(
        table: ScoreTable,
        *,
        models: Sequence[str] | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ScoreTable:
        """Some models and rounds of a table.

        Raises:
            TableError: a model is not in the table, or no round is left.
        """
        from ledger.rules.rounds.score_table import select

        return select(table, models=models, first=first, last=last)

    @staticmethod
    def backtest(
        table: ScoreTable,
        *,
        shuffles: int,
        seed: int,
        complete: bool = False,
        block: int | None = None,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> Backtest:
        """Keep, shuffle and average compared; see :mod:`ledger.rules.slots.backtest`.

        ``block``: how many rounds run at a time (:meth:`concurrent`), for the bands.

        Raises:
            TableError: nothing to work with.
            Cancelled: ``stop`` was set.
        """
        from ledger.rules.slots.backtest import BLOCK, backtest

        return backtest(
            table,
            shuffles=shuffles,
            seed=seed,
            complete=complete,
            block=block or BLOCK,
            progress=progress,
            stop=stop,
        )

    def stake_backtest(
        self,
        tournament: Tournament,
        *,
        seed: int,
        shuffles: int,
        by_slot: bool = False,
        compounding: bool = True,
        every: int = 20,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> StakeBacktest:
        """Keep, shuffle and rebalance compared in NMR over the resolved rounds.

        The models are predictors, each beginning with the stake of the slot it sits in now, or
        the slots themselves.

        Raises:
            TableError: no resolved rounds, or nothing staked.
            Cancelled: ``stop`` was set.
        """
        from ledger.rules.slots.stake_backtest import stake_backtest, stake_rounds

        rows = self._store.performances(tournament, scores=False)
        models = names(self._store.models(tournament, archived=True))
        start = _running_stakes(rows, models)
        weighted = self._store.weighted_scores(tournament)
        scored: Iterable[tuple[Performance, Decimal | None]] = (
            (row, weighted.get((row.model_id, row.round))) for row in rows
        )
        if not by_slot:
            scored, start = self._by_predictor(tournament, scored, start)
        closes = {
            entry.number: entry.closes_staking
            for entry in self._store.rounds(tournament, scores=False)
            if entry.closes_staking is not None
        }
        rounds = stake_rounds(scored, closes)
        if by_slot:
            start = {models[slot_id]: nmr for slot_id, nmr in start.items()}
            rounds = tuple(
                replace(entry, rates={models[slot_id]: r for slot_id, r in entry.rates.items()})
                for entry in rounds
            )
        return stake_backtest(
            rounds,
            start,
            compounding=compounding,
            every=every,
            concurrent=self.concurrent(tournament),
            shuffles=shuffles,
            seed=seed,
            progress=progress,
            stop=stop,
        )

    def _by_predictor(
        self,
        tournament: Tournament,
        rows: Iterable[tuple[Performance, Decimal | None]],
        stakes: Mapping[str, NMR],
    ) -> tuple[list[tuple[Performance, Decimal | None]], dict[str, NMR]]:
        """Performances under their predictors' names, one a round, and what each begins with."""
        scored = self._store.scored(tournament)
        rows = [(row, weighted) for row, weighted in rows if (row.model_id, row.round) in scored]
        by_round = self._assignments(tournament, [row for row, _ in rows])
        names = {one.id: one.name for one in self._log.all()}
        performances: dict[tuple[int, str], tuple[Performance, Decimal | None]] = {}
        for row, weighted in rows:
            predictor_id = by_round[row.round].get(row.model_id)
            if predictor_id is not None:
                name = names[predictor_id]
                performances.setdefault((row.round, name), (replace(row, model_id=name), weighted))
        number = self._log.next_number(tournament)
        now = bare(self._log.assignments(tournament, [number]))[number]
        start: dict[str, NMR] = {}
        for slot_id, predictor_id in now.items():
            if predictor_id is not None:
                name = names[predictor_id]
                start[name] = start.get(name, ZERO) + stakes.get(slot_id, ZERO)
        return list(performances.values()), dict(sorted(start.items()))

    def _assignments(
        self, tournament: Tournament, rows: Sequence[Performance]
    ) -> dict[int, dict[str, int | None]]:
        return bare(self._log.assignments(tournament, {row.round for row in rows}))


def _after(setup: ShuffleSetup, previous: Mapping[str, int | None]) -> ShuffleSetup:
    return replace(setup, previous=previous)


def _stakes_by_round(rows: Sequence[Performance]) -> dict[int, dict[str, NMR]]:
    stakes: dict[int, dict[str, NMR]] = {}
    for row in rows:
        if row.at_risk is not None:
            stakes.setdefault(row.round, {})[row.model_id] = row.at_risk
    return stakes


def _running_stakes(rows: Sequence[Performance], labels: Mapping[str, str]) -> dict[str, NMR]:
    """What running rounds can burn of each slot: all that is staked on it.

    Raises:
        TableError: it is not known of one of them.
    """
    running: dict[str, list[Performance]] = {}
    for row in rows:
        if row.state is PayoutState.PENDING:
            running.setdefault(row.model_id, []).append(row)
    exposures = {slot_id: exposure(entries) for slot_id, entries in running.items()}
    stakes = {slot_id: stake for slot_id, stake in exposures.items() if stake is not None}
    unknown = sorted(name_of(slot_id, labels) for slot_id in exposures.keys() - stakes.keys())
    if unknown:
        raise TableError(
            f"Numerai does not tell what {listed(unknown)} has at risk, so it is not known what "
            "to begin with.",
            "Sync and try again.",
        )
    return stakes


def _latest_stakes(rows: Sequence[Performance]) -> dict[str, NMR]:
    """What each slot had at risk when it last took part and that is known; rows come newest round
    first."""
    stakes: dict[str, NMR] = {}
    for row in rows:
        if row.submission_id is not None and row.at_risk is not None:
            stakes.setdefault(row.model_id, row.at_risk)
    return stakes
