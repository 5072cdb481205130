"""What deserves attention, most urgent first: said once, wherever it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.clock import iso
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.names import listed, said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.record import Record, RecordKind
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.scope import SCOPES
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.syncing.facts import PayoutCorrection
from ledger.reports import words
from ledger.reports.account.clock import clock_is_off
from ledger.reports.notices.missing_notices import corrected_payouts, gone_models, missing_facts
from ledger.reports.notices.notice import URGENCY, Notice, NoticeKind
from ledger.reports.notices.strategy_notices import StrategyNotice, StrategyNoticeKind
from ledger.rules.naming import within
from ledger.rules.notices.quantiles import burned_beyond
from ledger.rules.rounds import payout as payout_rules

RECENT = timedelta(days=3)
"""For how long something that has happened is news."""

ROUNDING = Decimal("0.001")
"""NMR by which a payout computed from rounded scores and factors may differ from Numerai's."""

ROUNDING_SHARE = Decimal("0.005")
"""The same as a share of the payout."""

_SPARE_SCOPE = "web3_staking"
"""The scope that nobody needs who is not on atomic staking."""

_NAMED = 3
"""So many models are named; more are counted."""


_OF_STRATEGY = {
    StrategyNoticeKind.TROUBLE: NoticeKind.TROUBLE,
    StrategyNoticeKind.CLAIM: NoticeKind.CLAIM,
    StrategyNoticeKind.RESOLUTION: NoticeKind.RESOLUTION,
    StrategyNoticeKind.IDLE: NoticeKind.IDLE,
    StrategyNoticeKind.DISAGREEMENT: NoticeKind.DISAGREEMENT,
}


@dataclass(frozen=True, slots=True)
class RecentRounds:
    """The newest ``rounds`` of one ``tournament`` with their ``submissions``.

    ``scored`` are performances of newly settled rounds with their scores, ``performances`` the
    whole history of models that burned in them, without scores.
    """

    tournament: Tournament
    rounds: tuple[Round, ...]
    submissions: tuple[Submission, ...]
    performances: tuple[Performance, ...]
    scored: tuple[Performance, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What notices are found in.

    ``now`` is Numerai's time, ``clock_shift`` what was added to this machine's to get it.
    ``synced`` is when the last sync went through, ``None`` before the first. ``account`` is as of
    then. ``models`` are the account's by id, ``staked`` the ids of those with something at stake.
    ``recent_rounds`` has one for each tournament, ``strategy_notices`` are those about atomic
    staking, ``records`` the newest movements. ``atomic``: a tournament is on atomic staking.
    ``before_close`` and ``stale_after`` are how long before a close a missing submission is said,
    and how old a sync may be. ``missing`` is what Numerai does not tell, ``corrections`` are
    settled payouts that it altered lately.
    """

    now: datetime
    synced: datetime | None
    account: Account | None
    models: Mapping[str, Model]
    staked: frozenset[str]
    recent_rounds: tuple[RecentRounds, ...]
    strategy_notices: tuple[StrategyNotice, ...]
    records: tuple[Record, ...]
    atomic: bool
    before_close: timedelta
    stale_after: timedelta
    missing: MissingFacts = NOTHING_MISSING
    corrections: tuple[PayoutCorrection, ...] = ()
    clock_shift: timedelta = timedelta(0)

    def name(self, model_id: str) -> str:
        """What a model is called, its id where the ledger has no such model."""
        return self.models[model_id].name if model_id in self.models else model_id


def build_notices(facts: NoticeFacts) -> tuple[Notice, ...]:
    """All of them: what is urgent first, then by time; models told apart by name."""
    labels = within(facts.models.values())
    models = {key: replace(model, name=labels[key]) for key, model in facts.models.items()}
    facts = replace(facts, models=models)
    notices = [
        *_stale(facts),
        *clock_is_off(facts.clock_shift),
        *_scopes(facts),
        *missing_facts(facts.missing, facts.models),
        *gone_models(facts.models),
        *corrected_payouts(facts.corrections, facts.models),
        *(notice for recent in facts.recent_rounds for notice in _of_recent_rounds(recent, facts)),
        *_released(facts),
        *_adjusted(facts),
        *(_of_strategy(notice) for notice in facts.strategy_notices),
    ]
    unique = {notice.id: notice for notice in notices}
    return tuple(
        sorted(
            unique.values(),
            key=lambda notice: (URGENCY[notice.kind], notice.at or facts.now, notice.id),
        )
    )


def _of_recent_rounds(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    yield from _missing_submissions(recent, facts)
    yield from _late_submissions(recent, facts)
    yield from _unusual_burns(recent, facts)
    yield from _differing_payouts(recent, facts)


def _missing_submissions(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    now = facts.now
    for entry in recent.rounds:
        close = entry.closes_staking
        if close is None or not entry.opens <= now < close or close - now > facts.before_close:
            continue
        names = _names(recent, facts, entry.number, {SubmissionState.AWAITED})
        if names:
            yield Notice(
                f"submission:{int(recent.tournament)}:{entry.number}",
                NoticeKind.SUBMISSION,
                recent.tournament,
                names,
                close,
                f"{recent.tournament.label} round {entry.number} closes in {_hours(close - now)}, "
                f"and {_listed(names)} staked without a submission.",
            )


def _late_submissions(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    for entry in recent.rounds:
        close = entry.closes_staking
        if close is None or not timedelta(0) <= facts.now - close <= RECENT:
            continue
        for state, what in (
            (SubmissionState.LATE, "late, so it is scored with nothing at risk"),
            (SubmissionState.MISSED, "missing, so nothing is earned"),
        ):
            names = _names(recent, facts, entry.number, {state})
            if names:
                yield Notice(
                    f"late:{int(recent.tournament)}:{entry.number}:{state}",
                    NoticeKind.LATE,
                    recent.tournament,
                    names,
                    close,
                    f"{recent.tournament.label} round {entry.number}: the submission of "
                    f"{_enumerated(names)} is {what}.",
                )


def _names(
    recent: RecentRounds, facts: NoticeFacts, number: int, states: set[SubmissionState]
) -> tuple[str, ...]:
    """Staked models whose submission for a round is in one of ``states``, by name."""
    return tuple(
        sorted(
            facts.name(row.model_id)
            for row in recent.submissions
            if row.round == number
            and row.state in states
            and row.model_id in facts.staked
            and row.model_id in facts.models
            and not facts.models[row.model_id].archived
        )
    )


def _unusual_burns(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    for row in burned_beyond(recent.performances, facts.now - RECENT):
        name = facts.name(row.model_id)
        if not row.at_risk:
            continue
        share = (row.payout or ZERO).over(row.at_risk)
        yield Notice(
            f"burn:{int(recent.tournament)}:{row.round}:{row.model_id}",
            NoticeKind.BURN,
            recent.tournament,
            (name,),
            row.resolves,
            f"{said(name)} burned {words.amount(-(row.payout or ZERO))} NMR in "
            f"{recent.tournament.label} round {row.round}, {-share:.2%} of what was at "
            "risk: more than in 99 of 100 of its earlier rounds.",
        )


def _differing_payouts(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    """Payouts Numerai lists that its own scores, factor and clip do not give."""
    for row in recent.scored:
        if row.source is not PayoutSource.NUMERAI or row.state is not PayoutState.SETTLED:
            continue
        if row.at_risk is None:
            continue
        ours = payout_rules.payout(row.at_risk, row.scores, row.factor, row.clip)
        if ours is None or row.payout is None:
            continue
        off = abs(ours - row.payout)
        if off.amount <= _tolerance(row.payout):
            continue
        name = facts.name(row.model_id)
        yield Notice(
            f"payout:{int(recent.tournament)}:{row.round}:{row.model_id}:{row.payout}",
            NoticeKind.DISAGREEMENT,
            recent.tournament,
            (name,),
            row.resolves,
            f"{said(name)}, {recent.tournament.label} round {row.round}: Numerai lists a payout of "
            f"{row.payout} NMR; its scores, factor and clip give {words.amount(ours)} NMR.",
        )


def _tolerance(payout: NMR) -> Decimal:
    return ROUNDING + abs(payout).amount * ROUNDING_SHARE


def _released(facts: NoticeFacts) -> Iterator[Notice]:
    """Releases that reached the wallet: that NMR is free."""
    for row in facts.records:
        if row.kind is not RecordKind.RELEASE or not row.key.startswith("wallet:"):
            continue
        if "release" in row.source and facts.now - row.at <= RECENT:
            label = row.tournament.label if row.tournament else "Numerai"
            yield Notice(
                f"released:{row.key}",
                NoticeKind.RELEASED,
                row.tournament,
                (),
                row.at,
                f"{label}: a release of {words.amount(row.nmr)} NMR reached the wallet "
                f"{words.moment(row.at)}; it is free.",
            )


def _adjusted(facts: NoticeFacts) -> Iterator[Notice]:
    """Balances that no listed movement explains."""
    for row in facts.records:
        if row.kind is RecordKind.ADJUSTMENT and facts.now - row.at <= RECENT:
            place = next(one for one in (row.taker, row.giver) if one.value != "equity")
            label = f" of {row.tournament.label}" if row.tournament else ""
            yield Notice(
                f"adjusted:{row.key}:{row.part}",
                NoticeKind.DISAGREEMENT,
                row.tournament,
                (),
                row.at,
                f"Numerai's balance ({place}{label}) differs by {words.amount(row.nmr)} NMR from "
                "the movements it lists; the records have it as an adjustment.",
            )


def _scopes(facts: NoticeFacts) -> Iterator[Notice]:
    if facts.account is None:
        return
    for scope, meaning in SCOPES.items():
        if scope in facts.account.scopes or (scope == _SPARE_SCOPE and not facts.atomic):
            continue
        yield Notice(
            f"scope:{scope}",
            NoticeKind.SCOPE,
            None,
            (),
            None,
            f"The API key lacks the scope “{scope}”: {meaning}",
        )


def _stale(facts: NoticeFacts) -> Iterator[Notice]:
    if facts.synced is None or facts.now - facts.synced <= facts.stale_after:
        return
    yield Notice(
        f"stale:{iso(facts.synced)}",
        NoticeKind.STALE,
        None,
        (),
        None,
        f"The last sync that went through was {words.moment(facts.synced)}, "
        f"{_hours(facts.now - facts.synced)} ago; what is shown is from then.",
    )


def _of_strategy(notice: StrategyNotice) -> Notice:
    """A callout; one without a date is told apart by its words."""
    what = iso(notice.at) if notice.at is not None else _digest(notice.sentence)
    kind = _OF_STRATEGY[notice.kind]
    return Notice(
        f"{kind}:{int(notice.tournament)}:{what}",
        kind,
        notice.tournament,
        (),
        notice.at,
        notice.sentence,
    )


def _digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:12]


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hours"


def _enumerated(names: Iterable[str]) -> str:
    every = list(names)
    shown = listed(every[:_NAMED])
    return shown if len(every) <= _NAMED else f"{shown} and {len(every) - _NAMED} more"


def _listed(names: tuple[str, ...]) -> str:
    return f"{_enumerated(names)} {'is' if len(names) == 1 else 'are'}"
