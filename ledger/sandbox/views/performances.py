# ruff: noqa: N803  (arguments carry the names of the schema)
"""``v2RoundModelPerformances``, ``submissionScores`` and ``pendingModelPayouts``."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wire
from ledger.sandbox.server.access import ApiKey, require
from ledger.sandbox.server.complexity import MOST_ROUNDS
from ledger.sandbox.views.rounds import (
    factor_text,
    multiplier_of,
    payout_multipliers,
    target,
    tournament_of,
)
from ledger.sandbox.world import submissions
from ledger.sandbox.world.prices import CURRENCIES, price_in
from ledger.sandbox.world.regimes import KINDS, ScoreKind
from ledger.sandbox.world.schedule import RoundPlan, score_times, scores_published
from ledger.sandbox.world.scores import Floats, percentile
from ledger.sandbox.world.state import Entry, RoundState, Slot
from ledger.sandbox.world.world import World

_RECENT = 30
"""Rounds of each kind whose payouts are listed."""

Stamp = Callable[[datetime], str]
"""How a time is written."""


class PerformanceViews:
    """Resolvers of the top-level fields about scores and payouts."""

    def __init__(self, world: World, manners: Manners) -> None:
        self._world = world
        self._manners = manners

    def performances(
        self,
        _context: object,
        *,
        modelId: str,
        tournament: int | None = 8,
        lastNRounds: int | None = None,
        roundNumber__eq: int | None = None,
        roundNumber__gte: int | None = None,
        roundNumber__lte: int | None = None,
        resolvedOnly: bool | None = None,
        submittedOnly: bool | None = None,
        distinctOnRound: bool | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of one model, newest round first; some twice, unless they are to be distinct."""
        slot = self._slot(modelId, tournament)
        if slot is None:
            return []
        low = max(filter(None, (roundNumber__gte, roundNumber__eq, slot.first_round)))
        high = min(
            n for n in (roundNumber__lte, roundNumber__eq, self._latest(slot)) if n is not None
        )
        if lastNRounds is not None:
            low = max(low, self._latest(slot) - min(lastNRounds, MOST_ROUNDS) + 1)
        rows = [
            self._row(slot, state, entry)
            for state, entry in self._entries(slot, range(high, low - 1, -1))
            if not (resolvedOnly and not state.called_resolved)
            and not (submittedOnly and entry.submission_id is None)
            for _ in range(1 if distinctOnRound else self._times(slot, entry.number))
        ]
        start = offset or 0
        return rows[start : None if limit is None else start + limit]

    def submission_scores(
        self,
        _context: object,
        *,
        modelId: str,
        displayName: str | None = None,
        version: str | None = None,
        day: int | None = None,
        resolved: bool | None = None,
        tournament: int | None = None,
        lastNRounds: int | None = None,
        distinctOnRound: bool | None = None,
    ) -> list[dict[str, Any]]:
        """Every daily score of one model that fits, newest round first, latest day first."""
        slot = self._slot(modelId, tournament)
        if slot is None:
            return []
        low = slot.first_round
        if lastNRounds is not None:
            low = max(low, self._latest(slot) - lastNRounds + 1)
        rows: list[dict[str, Any]] = []
        for state, entry in self._entries(slot, range(self._latest(slot), low - 1, -1)):
            scores = [
                row
                for row in self._daily_scores(slot, state, entry, wire.time)
                if displayName in {None, row["displayName"]}
                and version in {None, row["version"]}
                and day in {None, row["day"]}
                and resolved in {None, row["resolved"]}
            ]
            scores.sort(key=lambda row: row["day"], reverse=True)
            rows += scores[:1] if distinctOnRound else scores
        return rows

    def pending_payouts(self, context: ApiKey | None, tournament: int) -> dict[str, Any] | None:
        """``pendingModelPayouts``: the 30 newest resolved and the 30 newest running rounds."""
        require(context)
        competition = tournament_of(self._world, tournament)
        if competition is None:
            return None
        states = sorted(competition.rounds.values(), key=lambda s: s.plan.number, reverse=True)
        done = [state for state in states if state.resolved][:_RECENT]
        running = [state for state in states if state.closed and not state.resolved][:_RECENT]
        return {
            "actual": [row for state in done for row in self._payouts(competition.slots, state)],
            "pending": [
                row for state in running for row in self._payouts(competition.slots, state)
            ],
        }

    def _times(self, slot: Slot, number: int) -> int:
        """How often a row comes: about every fifth twice, always the same ones."""
        if not self._manners.doubled_rows:
            return 1
        return 1 if zlib.crc32(f"{slot.id}/{number}".encode()) % 5 else 2

    def _slot(self, model_id: str, tournament: int | None) -> Slot | None:
        try:
            slot = self._world.slot(model_id)
        except KeyError:
            return None
        return slot if tournament in {None, int(slot.tournament)} else None

    def _latest(self, slot: Slot) -> int:
        return self._world.tournaments[slot.tournament].latest

    def _entries(self, slot: Slot, numbers: range) -> Iterator[tuple[RoundState, Entry]]:
        rounds = self._world.tournaments[slot.tournament].rounds
        for number in numbers:
            if number in slot.entries:
                yield rounds[number], slot.entries[number]
            elif number in rounds and not slot.archived and number >= slot.first_round:
                yield rounds[number], self._provisional_entry(slot, rounds[number])

    def _provisional_entry(self, slot: Slot, state: RoundState) -> Entry:
        """The entry of a round whose staking is still open: nothing at risk yet."""
        entry = submissions.entry(self._world, slot, state.plan)
        if entry.submitted is None or entry.submitted > self._world.now:
            entry.submission_id = entry.submitted = None
        return entry

    def _visible(self, entry: Entry) -> str | None:
        made = entry.submitted
        return entry.submission_id if made is not None and made <= self._world.now else None

    def _row(self, slot: Slot, state: RoundState, entry: Entry) -> dict[str, Any]:
        plan = state.plan
        return {
            "roundId": plan.id,
            "roundNumber": plan.number,
            "roundTarget": target(plan),
            "roundOpenTime": wire.offset_time(plan.opens),
            "roundCloseStakingTime": wire.offset_time(plan.closes_staking),
            "roundScoreTime": wire.offset_time(plan.first_score),
            "roundResolveTime": wire.offset_time(plan.resolves),
            "roundResolved": state.called_resolved,
            "roundPayoutFactor": factor_text(state),
            "submissionId": self._visible(entry),
            "atRisk": wire.nmr(entry.at_risk),
            "corrMultiplier": multiplier_of(plan, plan.regime.pays[0][0]),
            "mmcMultiplier": multiplier_of(plan, plan.regime.pays[-1][0]),
            "tcMultiplier": multiplier_of(plan, "tc"),
            "payoutMultipliers": lambda: payout_multipliers(plan),
            "submissionScores": lambda: self._latest_scores(slot, state, entry) or None,
            "intraRoundSubmissionScores": lambda: (
                self._daily_scores(slot, state, entry, wire.offset_time) or None
            ),
        }

    def _latest_scores(self, slot: Slot, state: RoundState, entry: Entry) -> list[dict[str, Any]]:
        """The score of each kind by its latest scoring day."""
        return list(self._scores(slot, state, entry, wire.offset_time, latest=True))

    def _daily_scores(
        self, slot: Slot, state: RoundState, entry: Entry, stamp: Stamp
    ) -> list[dict[str, Any]]:
        """The score of each kind on every scoring day so far, oldest first within a kind."""
        return list(self._scores(slot, state, entry, stamp))

    def _scores(
        self, slot: Slot, state: RoundState, entry: Entry, stamp: Stamp, *, latest: bool = False
    ) -> Iterator[dict[str, Any]]:
        if entry.submission_id is None:
            return
        number = state.plan.number
        parts = self._parts(slot, state, entry)
        for kind in state.plan.regime.kinds:
            last = scores_published(number, kind.days, self._world.now)
            frame, times = (
                _score_frame(state.plan, kind.name, stamp),
                score_times(number, kind.days),
            )
            first = max(last, 1) if latest else 1
            values = self._path(slot, state, kind)[first - 1 : last].tolist()
            for day, value in enumerate(values, start=first):
                part = parts.get(kind.name) if day == last else None
                score = self._score(slot, state, entry, kind=kind, day=day, value=value, part=part)
                yield {**frame, **score, "date": stamp(times[day - 1])}

    def _path(self, slot: Slot, state: RoundState, kind: ScoreKind) -> Floats:
        return self._world.scores.path(
            slot.tournament, slot.index, kind.family, kind.days, state.plan.number
        )

    def _parts(self, slot: Slot, state: RoundState, entry: Entry) -> dict[str, NMR]:
        """The payout by its latest scores, split over them; the parts add up to the wei."""
        total = self._world.payout_by(slot, entry, self._world.now)
        if total is None:
            return {}
        if not total:
            return {name: ZERO for name, _ in state.plan.regime.pays}
        scores = self._world.payout_scores(slot, state.plan, self._world.now)
        weights = [(s.value or Decimal(0)) * (s.multiplier or Decimal(0)) for s in scores]
        whole = sum(weights, Decimal(0))
        shares = [total.times(weight / whole) for weight in weights[:-1]]
        shares.append(total - NMR.total(shares))
        return {score.name: share for score, share in zip(scores, shares, strict=True)}

    def _score(
        self,
        slot: Slot,
        state: RoundState,
        entry: Entry,
        *,
        kind: ScoreKind,
        day: int,
        value: float,
        part: NMR | None,
    ) -> dict[str, Any]:
        """One score as of its scoring day; ``part`` is what it pays or burns, if it is known."""
        spoilt = self._world.spoilt.get((slot.id, entry.number))
        if spoilt is not None:
            broken = math.nan if spoilt else None
            part = None
        amount = None if part is None else wire.plain(part)
        return {
            "submissionId": entry.submission_id,
            "value": value if spoilt is None else broken,
            "percentile": lambda: (
                percentile(value, slot.tournament, kind.family) if spoilt is None else broken
            ),
            "payoutPending": None if state.resolved else amount,
            "payoutSettled": amount if state.resolved else None,
            "day": day,
            "resolved": day == kind.days,
        }

    def _payouts(self, slots: list[Slot], state: RoundState) -> Iterator[dict[str, Any]]:
        world = self._world
        price = price_in(world.currency, world.scores, world.now)
        for slot in slots:
            entry = slot.entries.get(state.plan.number)
            if slot.deleted or entry is None or entry.submission_id is None:
                continue
            amount = world.payout_by(slot, entry, world.now)
            if amount is None:
                continue
            yield {
                "roundId": state.plan.id,
                "roundNumber": state.plan.number,
                "roundResolveTime": wire.date(state.plan.resolves),
                "modelId": slot.id,
                "modelName": slot.name,
                "modelDisplayName": slot.name.upper(),
                "payoutNmr": wire.nmr(amount),
                "payoutValue": f"{amount.amount * price:.2f}",
                "currencySymbol": CURRENCIES[world.currency][0],
            }


@cache
def _score_frame(this: RoundPlan, name: str, stamp: Stamp) -> dict[str, Any]:
    """What every score of one kind says about its round, whatever the model and the day."""
    kind = KINDS[name]
    return {
        "roundId": this.id,
        "roundNumber": this.number,
        "roundScoreTime": stamp(this.first_score),
        "roundCloseStakingTime": stamp(this.closes_staking),
        "roundResolveTime": stamp(this.resolves),
        "displayName": name,
        "version": kind.version,
        "resolveDate": stamp(score_times(this.number, kind.days)[-1]),
    }
