# ruff: noqa: N803  (arguments carry the names of the schema)
"""A model as the API shows it: ``Model``, and the public profiles made of the same facts."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import PendingKind
from ledger.rules.rounds import calendar
from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wire
from ledger.sandbox.server.access import ApiKey, require
from ledger.sandbox.views.submitted import latest_submissions, listed_submissions
from ledger.sandbox.world.regimes import ScoreKind
from ledger.sandbox.world.schedule import identify
from ledger.sandbox.world.state import Request, Slot
from ledger.sandbox.world.world import World

_REPUTATION_ROUNDS = 60
"""Rounds over which a reputation is averaged."""

_RANKED = 4200
"""Models that are ranked; half of them have a stake."""

_LISTED_DAYS = 120
"""Days of a stake's history that are listed."""

_PERIODS = {"oneDay": 1, "threeMonths": 91, "oneYear": 365, "allTime": 36500}


def request_row(request: Request) -> dict[str, Any]:
    """One ``V2ChangeStakeRequest``; a drain says ``decrease`` and ``drain: true``."""
    return {
        "id": request.id,
        "type": "decrease" if request.releases else "increase",
        "status": request.status,
        "requestedAmount": wire.plain(request.amount),
        "dueDate": wire.time(request.due),
        "drain": request.kind.value == "drain",
    }


class ModelViews:
    """Rows about one slot, and the top-level fields that lead to them."""

    def __init__(self, world: World, manners: Manners) -> None:
        self._world = world
        self._manners = manners

    # top-level fields

    def model(self, context: ApiKey | None, modelId: str | None = None) -> dict[str, Any]:
        """``model``: one of the account's own.

        Raises:
            GraphQLError: not authenticated, or no such model.
        """
        require(context)
        try:
            return self.row(self._world.slot(modelId or ""))
        except KeyError:
            raise GraphQLError("Model not found") from None

    def user_profile(
        self,
        _context: object,
        modelName: str,
        tournament: int | None = 8,
    ) -> dict[str, Any] | None:
        """``v3UserProfile``: a model's public page; ``None`` when the name is not known."""
        slot = self._named(modelName, tournament)
        if slot is None:
            return None
        value = slot.stake + slot.locked
        return {
            "id": slot.id,
            "accountName": self._world.username,
            "username": slot.name,
            "tournament": int(slot.tournament),
            "startDate": wire.time(slot.created),
            "bio": None,
            "isActive": not slot.archived,
            "nmrStaked": wire.nmr(value),
            "stakeValue": wire.nmr(value),
            "stakeValues": lambda: series(slot.values[-_LISTED_DAYS:]),
            "latestUserScores": lambda: self._reputations(slot),
            "latestReturns": lambda: self._returns(slot),
        }

    def account_profile(
        self, _context: object, username: str, tournament: int | None = 8
    ) -> dict[str, Any] | None:
        """``accountProfile``: the account's public models in one tournament."""
        if username != self._world.username:
            return None
        slots = [
            s for s in self._world.slots if not s.archived and tournament in {None, s.tournament}
        ]
        return {
            "id": identify("account", self._world.seed),
            "username": username,
            "displayName": username.upper(),
            "totalStake": wire.nmr(NMR.total(s.stake + s.locked for s in slots)),
            "models": lambda: [self._profile(slot) for slot in slots],
        }

    # rows

    def row(self, slot: Slot) -> dict[str, Any]:
        """One ``Model``."""
        return {
            "id": slot.id,
            "name": slot.name,
            "tournament": int(slot.tournament),
            "description": None,
            "archived": slot.archived,
            "insertedAt": wire.time(slot.created),
            "computeEnabled": slot.index % 4 == 0,
            "earliestReleaseDate": lambda: self._earliest_release(slot),
            "currentPayoutSelection": lambda: self._selection(slot),
            "latestSubmissions": lambda latestNRounds=None: latest_submissions(
                self._world, slot, 1 if latestNRounds is None else latestNRounds, self._manners
            ),
            "submissions": lambda: listed_submissions(self._world, slot),
            "latestUserScores": lambda: self._reputations(slot),
            "returns": lambda: self._returns(slot),
            "returnsValues": lambda: [
                {"date": wire.date(self._world.now), **(self._returns(slot) or {})}
            ],
            "v2Stake": lambda: self._stake(slot),
        }

    def _stake(self, slot: Slot) -> dict[str, Any] | None:
        never_staked = slot.strategy is None and not slot.stake and slot.pending is None
        if never_staked:
            return None
        projected = slot.stake + self._projected(slot)
        recorded = self._manners.recorded_values
        return {
            "latestValue": wire.nmr(_less_decrease(slot) if recorded else projected),
            "latestValueSettled": wire.nmr(slot.stake),
            "stakeValue": wire.nmr(projected if recorded else slot.stake),
            "status": "confirmed",
            "txHash": "0x" + self._world.hash("v2", slot.id),
            "tournamentNumber": int(slot.tournament),
            "takeProfit": slot.take_profit,
            "pendingV2ChangeStakeRequest": request_row(slot.pending) if slot.pending else None,
        }

    def _projected(self, slot: Slot) -> NMR:
        """What the running continuous rounds would add to the stake if they resolved now."""
        rounds = self._world.tournaments[slot.tournament].rounds
        earned = ZERO
        for number in range(self._world.tournaments[slot.tournament].latest, 0, -1):
            state = rounds.get(number)
            if state is None or state.resolved:
                break
            entry = slot.entries.get(number)
            if entry is None or entry.system is System.ATOMIC:
                continue
            payout = self._world.payout_by(slot, entry, self._world.now) or ZERO
            if payout < ZERO or not entry.take_profit:
                earned += payout
        return max(earned, -slot.stake)

    def _earliest_release(self, slot: Slot) -> str | None:
        competition = self._world.tournaments[slot.tournament]
        if competition.system is System.ATOMIC or not competition.latest:
            return None
        return wire.time(self._world.plan(slot.tournament, competition.latest).resolves)

    def _selection(self, slot: Slot) -> dict[str, Any]:
        latest = max(self._world.tournaments[slot.tournament].latest, calendar.FIRST_DAILY_ROUND)
        pays = dict(self._world.plan(slot.tournament, latest).regime.pays)
        named = {"corr": 0.0, "mmc": 0.0, "tc": float(pays.get("tc", 0))}
        for name, multiplier in pays.items():
            if name != "tc":
                named["corr" if "corr" in name or name == "alpha" else "mmc"] = float(multiplier)
        return {
            "corrMultiplier": named["corr"],
            "mmcMultiplier": named["mmc"],
            "tcMultiplier": named["tc"],
            "takeProfit": slot.take_profit,
            "payoutSelection": "take_profit" if slot.take_profit else "compound",
            "updatedAt": wire.time(slot.take_profit_since or slot.created),
        }

    def _reputations(self, slot: Slot) -> list[dict[str, Any]]:
        competition = self._world.tournaments[slot.tournament]
        if not competition.latest:
            return []
        regime = self._world.plan(slot.tournament, competition.latest).regime
        return [self._reputation(slot, kind) for kind in regime.kinds]

    def _reputation(self, slot: Slot, kind: ScoreKind) -> dict[str, Any]:
        value = self._mean_score(slot, kind)
        return {
            "date": wire.time(self._world.now.replace(hour=0, minute=0, second=0)),
            "displayName": kind.name,
            "rank": None if value is None else self._rank(slot, kind, value, _RANKED),
            "stakedRank": None if value is None else self._rank(slot, kind, value, _RANKED // 2),
            "reputation": value,
        }

    def _mean_score(self, slot: Slot, kind: ScoreKind) -> float | None:
        """The mean of the final scores of the newest scored rounds."""
        values: list[float] = []
        for number in sorted(slot.entries, reverse=True):
            if len(values) == _REPUTATION_ROUNDS:
                break
            entry = slot.entries[number]
            final = calendar.resolves(number, kind.days) <= self._world.now
            if final and entry.submission_id is not None:
                path = self._world.scores.path(
                    slot.tournament, slot.index, kind.family, kind.days, number
                )
                values.append(float(path[-1]))
        return round(sum(values) / len(values), 6) if values else None

    def _rank(self, slot: Slot, kind: ScoreKind, value: float, ranked: int) -> int:
        skill = self._world.scores.skill(slot.tournament, slot.index, kind.family)
        above = 0.5 * math.erfc(value / skill.sd)
        return 1 + int(ranked * above)

    def _returns(self, slot: Slot) -> dict[str, Any] | None:
        """In percent; ``None`` for a model that never had a stake."""
        if not any(value for _, value in slot.values):
            return None
        returns: dict[str, Any] = {}
        for name, days in _PERIODS.items():
            earned, base = self._earned_since(slot, days)
            share = float(earned.over(base)) if base else None
            returns[name] = None if share is None else round(100 * share, 4)
            returns[f"{name}Nmr"] = wire.nmr(earned)
        return returns

    def _earned_since(self, slot: Slot, days: int) -> tuple[NMR, NMR]:
        """Payouts of rounds resolved in the last ``days``, and the NMR that was committed then."""
        since = self._world.now - timedelta(days=days)
        resolves = {n: self._world.plan(slot.tournament, n).resolves for n in slot.entries}
        earned = NMR.total(
            entry.payout
            for number, entry in slot.entries.items()
            if entry.payout is not None and resolves[number] > since
        )
        before = [value for at, value in slot.values if at <= since and value]
        after = [value for at, value in slot.values if at > since and value]
        return earned, before[-1] if before else (after[0] if after else ZERO)

    def _profile(self, slot: Slot) -> dict[str, Any]:
        return {
            "id": slot.id,
            "displayName": slot.name,
            "username": slot.name,
            "tournament": int(slot.tournament),
            "stake": wire.nmr(slot.stake + slot.locked),
            "startDate": wire.time(slot.created),
            "corrRep": lambda: self._first_reputation(slot, "corr"),
            "mmcRep": lambda: self._first_reputation(slot, "mmc"),
            "return1y": lambda: (self._returns(slot) or {}).get("oneYear"),
        }

    def _first_reputation(self, slot: Slot, family: str) -> float | None:
        latest = self._world.tournaments[slot.tournament].latest
        kinds = self._world.plan(slot.tournament, latest).regime.kinds if latest else ()
        return next((self._mean_score(slot, k) for k in kinds if k.family == family), None)

    def _named(self, name: str, tournament: int | None) -> Slot | None:
        for slot in self._world.slots:
            if slot.name == name.lower() and tournament in {None, int(slot.tournament)}:
                return slot
        return None


def _less_decrease(slot: Slot) -> NMR:
    """The stake less what is on its way out of it."""
    request = slot.pending
    if request is None or not request.releases:
        return slot.stake
    if request.kind is PendingKind.DRAIN:
        return ZERO
    return max(ZERO, slot.stake - request.amount)


def series(values: list[tuple[datetime, NMR]]) -> list[dict[str, Any]]:
    """``StakeValue`` rows, oldest first; ``delta`` is the step from the row before."""
    rows = []
    before: NMR | None = None
    for at, value in values:
        delta = ZERO if before is None else value - before
        rows.append({"time": wire.time(at), "value": wire.nmr(value), "delta": wire.nmr(delta)})
        before = value
    return rows
