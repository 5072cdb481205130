# ruff: noqa: N803  (arguments carry the names of the schema)
"""``rounds``, ``roundDetails`` and the parts of a round other answers repeat."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox.server import wire
from ledger.sandbox.world.regimes import ScoreKind
from ledger.sandbox.world.schedule import RoundPlan, identify
from ledger.sandbox.world.state import Competition, RoundState
from ledger.sandbox.world.world import World

_UPCOMING = 2
"""Rounds after the newest that are listed as upcoming."""


def tournament_of(world: World, number: int | None) -> Competition | None:
    """The field with this tournament number."""
    return world.tournaments.get(Tournament(number)) if number in {8, 11, 12} else None


def factor_text(state: RoundState) -> str | None:
    """The payout factor as the API writes it: a string, ``None`` until staking closes."""
    return None if state.factor is None else f"{state.factor.normalize():f}"


def target(round_plan: RoundPlan) -> str:
    """The name of the round's target."""
    return f"target_{round_plan.tournament.label.lower()}_{round_plan.regime.score_days}"


def multiplier_of(round_plan: RoundPlan, name: str) -> float:
    """The multiplier of a score in a round, 0 when it pays nothing."""
    return float(dict(round_plan.regime.pays).get(name, Decimal(0)))


@cache
def payout_multipliers(round_plan: RoundPlan) -> list[dict[str, Any]]:
    """``payoutMultipliers`` of a performance row; one list for all rows of a round."""
    return [
        {
            "id": identify("round score", round_plan.id, name),
            "scoreConfigId": identify("score config", int(round_plan.tournament), name),
            "name": name,
            "version": next(k.version for k in round_plan.regime.kinds if k.name == name),
            "displayName": name,
            "multiplier": float(multiplier),
        }
        for name, multiplier in round_plan.regime.pays
    ]


def round_row(state: RoundState) -> dict[str, Any]:
    """One ``Round``."""
    round_plan = state.plan
    regime = round_plan.regime
    return {
        "id": round_plan.id,
        "tournament": int(round_plan.tournament),
        "number": round_plan.number,
        "target": target(round_plan),
        "openTime": wire.time(round_plan.opens),
        "closeTime": wire.time(round_plan.closes),
        "closeStakingTime": wire.time(round_plan.closes_staking),
        "scoreTime": wire.time(round_plan.first_score),
        "resolveTime": wire.time(round_plan.resolves),
        "resolvedGeneral": state.called_resolved,
        "resolvedStaking": state.called_resolved,
        "payoutFactor": factor_text(state),
        "stakeThreshold": None if regime.threshold is None else float(regime.threshold.amount),
        "dataDatestamp": int(round_plan.opens.strftime("%Y%m%d")),
        "isDaily": round_plan.opens.weekday() != 5,
        "roundScoreConfigs": lambda: [_config(state, kind) for kind in regime.kinds],
    }


class RoundViews:
    """Resolvers of the top-level fields about rounds."""

    def __init__(self, world: World) -> None:
        self._world = world

    def rounds(
        self,
        _context: object,
        tournament: int | None = None,
        number: int | None = None,
        status: str | None = None,
        target: str | None = None,  # noqa: ARG002  (one target per tournament)
        limit: int | None = None,
    ) -> list[dict[str, Any] | None]:
        """Newest first; ``number`` 0 is the current round, ``[None]`` between rounds."""
        if number == 0:
            return [self._current(tournament if tournament is not None else 8)]
        states = [
            state
            for state in self._all(tournament, upcoming=status == "UPCOMING")
            if number in {None, state.plan.number}
            and (status is None or self._status(state) == status)
        ]
        states.sort(key=lambda state: (state.plan.number, -state.plan.tournament), reverse=True)
        return [round_row(state) for state in states[:limit]]

    def round_details(
        self,
        _context: object,
        roundNumber: int,
        tournament: int,
    ) -> dict[str, Any] | None:
        """``roundDetails``; ``None`` for a round that is not there."""
        competition = tournament_of(self._world, tournament)
        state = competition.rounds.get(roundNumber) if competition else None
        return self._details(competition, state) if competition and state else None

    def _details(self, competition: Competition, state: RoundState) -> dict[str, Any]:
        number = state.plan.number
        entries = [slot.entries[number] for slot in competition.slots if number in slot.entries]
        settled = [entry.payout or ZERO for entry in entries]
        others = self._world.others_at_risk(competition.tournament, number)
        mine = NMR.total(entry.at_risk for entry in entries)
        earned = float(NMR.total(p for p in settled if p > ZERO).amount)
        burned = float(-NMR.total(p for p in settled if p < ZERO).amount)
        stakes = sum(bool(entry.at_risk) for entry in entries)
        return {
            "roundId": state.plan.id,
            "roundNumber": number,
            "tournament": int(competition.tournament),
            "status": self._status(state).lower(),
            "openTime": wire.time(state.plan.opens),
            "closeTime": wire.time(state.plan.closes),
            "closeStakingTime": wire.time(state.plan.closes_staking),
            "scoreTime": wire.time(state.plan.first_score),
            "roundResolveTime": wire.time(state.plan.resolves),
            "roundResolved": state.called_resolved,
            "roundTarget": target(state.plan),
            "payoutFactor": factor_text(state),
            "payoutMultipliers": [
                {"displayName": name, "multiplier": float(multiplier)}
                for name, multiplier in state.plan.regime.pays
            ],
            "totalAtStake": float((others + mine).amount),
            "totalPayout": earned - burned,
            "totalBurned": burned,
            "totalEarned": earned,
            "totalStakes": int(float(others.amount) / 130) + stakes,
            "totalSubmitted": int(float(others.amount) / 110) + len(entries),
        }

    def _all(self, tournament: int | None, *, upcoming: bool) -> Iterator[RoundState]:
        for competition in self._world.tournaments.values():
            if tournament not in {None, int(competition.tournament)}:
                continue
            yield from competition.rounds.values()
            if upcoming:
                numbers = range(competition.latest + 1, competition.latest + 1 + _UPCOMING)
                yield from (
                    RoundState(self._world.plan(competition.tournament, n)) for n in numbers
                )

    def _current(self, tournament: int) -> dict[str, Any] | None:
        competition = tournament_of(self._world, tournament)
        state = competition.rounds.get(competition.latest) if competition else None
        if state is None or state.plan.closes <= self._world.now:
            return None
        return round_row(state)

    def _status(self, state: RoundState) -> str:
        now = self._world.now
        if state.plan.opens > now:
            return "UPCOMING"
        if state.called_resolved:
            return "RESOLVED"
        return "OPEN" if state.plan.closes > now else "RESOLVING"


def _config(state: RoundState, kind: ScoreKind) -> dict[str, Any]:
    round_plan = state.plan
    regime = round_plan.regime
    pays = kind.name in dict(regime.pays)
    multiplier = multiplier_of(round_plan, kind.name)
    atomic = regime.system is System.ATOMIC
    return {
        "id": identify("round score", round_plan.id, kind.name),
        "scoreConfigId": identify("score config", int(round_plan.tournament), kind.name),
        "roundNumberStart": regime.first,
        "roundNumberEnd": None,
        "name": kind.name,
        "version": kind.version,
        "displayName": kind.name,
        "totalScoreDays": kind.days,
        "returnsLagDays": 2,
        "dataDelayDays": 1,
        "universe": round_plan.tournament.label.lower(),
        "isCanonScore": pays,
        "isPayout": pays,
        "scoringStart": wire.time(round_plan.first_score),
        "scoringEnd": wire.time(round_plan.resolves),
        "minMultiplier": 0.0 if pays else None,
        "maxMultiplier": multiplier if pays else None,
        "defaultMultiplier": multiplier if pays else None,
        "clipThreshold": float(regime.clip) if pays else None,
        "stakeThreshold": float(regime.threshold.amount)
        if pays and regime.threshold is not None
        else None,
        "payoutFactor": float(state.factor)
        if pays and not atomic and state.factor is not None
        else None,
    }
