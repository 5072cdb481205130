"""Rows of performances in which everything is as it always is, in a fraction of the time.

Thousands of rows come with every sync, with some forty values each, and nearly all of them are
whole: every field asked for, told, and of its usual type, or null for good. What
:mod:`ledger.numerai.wire.performance_rows` makes of such a row is made here from the answer itself.
Any other row is left to it: a wrong type, an impossible value, a text to be cleaned, a field too
few or too many.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import (
    LONGEST_ROUND,
    Problems,
    is_plain_text,
    moment,
    nmr_of,
    number,
    sane,
)
from ledger.numerai.wire.performance_rows import OUTLIVED, Facts, Row
from ledger.numerai.wire.rounds import paid_factor
from ledger.rules.rounds.payout import payout

_FIELDS = 8
_SCORE_FIELDS = 7
"""So many fields the objects have; more are another server's."""


class _NotPlain(Exception):
    """The row is not as it always is."""


def read_plain_row(row: Row, model: Model, facts: Facts, problems: Problems) -> Performance | None:
    """A row that is ``whole`` as a value, ``None`` where it is not a plain one.

    Facts that are null are reported to ``problems``; a plain row lacks nothing.
    """
    reading = _Reading(row.number, facts)
    try:
        performance = reading.read(row.fields.payload, model)
    except (_NotPlain, KeyError, TypeError, ValueError):
        return None
    for fact in reading.nulls:
        problems.none(fact, model.id)
    return performance


class _Reading:
    """Reads one row; ``nulls`` are the facts that are null in it.

    Of each score, by name, ``_pending`` and ``_settled`` are what it pays, and ``_final`` are those
    that do not say that they can move.
    """

    def __init__(self, round_number: int, facts: Facts) -> None:
        self.nulls: set[Fact] = set()
        self._number = round_number
        self._facts = facts
        self._at_risk: NMR | None = None
        self._scores: list[Score] = []
        self._pending: dict[str, NMR | None] = {}
        self._settled: dict[str, NMR | None] = {}
        self._final: set[str] = set()

    def read(self, row: Mapping[str, Json], model: Model) -> Performance:
        """The row of ``model``.

        Raises:
            _NotPlain, KeyError, TypeError, ValueError: it is not plain.
        """
        _must(len(row) == _FIELDS)
        round_ = self._facts.round
        multipliers = _multipliers(row["payoutMultipliers"])
        submission_id = self._text(row["submissionId"], Fact.SUBMISSION_ID)
        self._at_risk = at_risk = self._stake(row["atRisk"], submitted=submission_id is not None)
        factor = self._share(row["roundPayoutFactor"], Fact.PAYOUT_FACTOR)
        if factor is None and round_ is not None:
            factor = paid_factor(round_)
        resolves = self._time(row["roundResolveTime"], Fact.RESOLVE_TIME)
        self._read_scores(row["submissionScores"], multipliers)
        if submission_id is not None:
            self._scores += [
                Score(name, None, None, None, multiplier)
                for name, multiplier in multipliers.items()
                if multiplier and name not in self._settled
            ]
        state = self._state(row["roundResolved"])
        clip = round_.clip if round_ else None
        paid, source = self._payout(state, factor, clip)
        return Performance(
            model.id,
            model.tournament,
            self._number,
            at_risk,
            paid,
            state,
            source,
            factor,
            clip,
            resolves or (round_.resolves if round_ else None),
            submission_id,
            tuple(self._scores),
        )

    def _read_scores(self, listed: Json, multipliers: Mapping[str, Decimal]) -> None:
        if listed is None:
            self.nulls.add(Fact.SCORES)
            return
        _must(type(listed) is list)
        for entry in listed:
            name = entry["displayName"]
            _must(len(entry) == _SCORE_FIELDS and is_plain_text(name))
            if name not in self._settled:
                self._read_score(name, entry, multipliers.get(name))

    def _read_score(self, name: str, entry: Mapping[str, Json], multiplier: Decimal | None) -> None:
        value, day, final = entry["value"], entry["day"], entry["resolved"]
        if value is None:
            self.nulls.add(Fact.SCORE_VALUES)
        else:
            value = _figure(value)
            _must(-100 <= value <= 100)
        if day is None:
            self.nulls.add(Fact.SCORE_DAYS)
        else:
            _must(type(day) is int and 0 <= day <= LONGEST_ROUND)
        percentile = self._share(entry["percentile"], Fact.PERCENTILES)
        self._scores.append(Score(name, value, percentile, day, multiplier))
        self._pending[name] = self._amount(entry["payoutPending"])
        self._settled[name] = self._amount(entry["payoutSettled"])
        if self._truth(final, Fact.FINAL_SCORES) is not False:
            self._final.add(name)

    def _state(self, said: Json) -> PayoutState:
        facts = self._facts
        if facts.listed is not None and facts.listed.state is PayoutState.SETTLED:
            return PayoutState.SETTLED
        resolved = self._truth(said, Fact.RESOLVED)
        if resolved is None:
            resolved = facts.round.resolved if facts.round else False
        outlived = facts.newest is not None and self._number < facts.newest - OUTLIVED
        nothing_to_pay = self._at_risk is not None and not self._at_risk
        final = outlived or (resolved and (nothing_to_pay or self._all_final()))
        return PayoutState.SETTLED if final else PayoutState.PENDING

    def _all_final(self) -> bool:
        paying = [score for score in self._scores if score.multiplier]
        return bool(paying) and all(
            score.value is not None
            and score.name in self._final
            and self._settled[score.name] is not None
            for score in paying
        )

    def _payout(
        self, state: PayoutState, factor: Decimal | None, clip: Decimal | None
    ) -> tuple[NMR | None, PayoutSource | None]:
        listed = self._facts.listed
        scored = any(score.value is not None for score in self._scores)
        if listed is not None and (scored or listed.nmr or listed.state is PayoutState.SETTLED):
            return listed.nmr, PayoutSource.NUMERAI
        if not scored:
            return None, None
        summed = self._summed(state)
        if summed is not None:
            return summed, PayoutSource.SCORES
        if self._at_risk is None:
            return None, None
        computed = payout(self._at_risk, tuple(self._scores), factor, clip)
        return computed, None if computed is None else PayoutSource.COMPUTED

    def _summed(self, state: PayoutState) -> NMR | None:
        amounts = []
        for score in self._scores:
            if score.multiplier:
                amount = self._pending.get(score.name) if state is PayoutState.PENDING else None
                amount = self._settled.get(score.name) if amount is None else amount
                if amount is None:
                    return None
                amounts.append(amount)
        return NMR.total(amounts) if amounts else None

    def _text(self, value: Json, fact: Fact) -> str | None:
        if value is None:
            self.nulls.add(fact)
            return None
        _must(is_plain_text(value))
        return str(value)

    def _truth(self, value: Json, fact: Fact) -> bool | None:
        if value is None:
            self.nulls.add(fact)
            return None
        _must(type(value) is bool)
        return bool(value)

    def _time(self, value: Json, fact: Fact) -> datetime | None:
        if value is None:
            self.nulls.add(fact)
            return None
        _must(type(value) is str)
        return moment(value)

    def _share(self, value: Json, fact: Fact) -> Decimal | None:
        if value is None:
            self.nulls.add(fact)
            return None
        figure = _figure(value)
        _must(0 <= figure <= 1)
        return figure

    def _amount(self, value: Json) -> NMR | None:
        if value is None:
            self.nulls.add(Fact.SCORE_PAYOUTS)
            return None
        _must(type(value) is str)
        return nmr_of(value)

    def _stake(self, value: Json, *, submitted: bool) -> NMR | None:
        if value is None:
            self.nulls.add(Fact.AT_RISK)
            return None if submitted else ZERO
        _must(type(value) is str)
        amount = nmr_of(value)
        _must(amount.amount >= 0)
        return amount


def _multipliers(listed: Json) -> dict[str, Decimal]:
    """The row's own, of which there are some."""
    _must(type(listed) is list and bool(listed))
    multipliers = {}
    for entry in listed:
        name = entry["displayName"]
        _must(is_plain_text(name))
        multipliers[name] = _figure(entry["multiplier"])
    return multipliers


def _figure(value: Json) -> Decimal:
    if type(value) is Decimal:
        return sane(value)
    if type(value) is str:
        return number(value)
    _must(type(value) is int)
    return sane(Decimal(value))


def _must(plain: bool) -> None:
    if not plain:
        raise _NotPlain
