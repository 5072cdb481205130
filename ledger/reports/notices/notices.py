"""What deserves attention, most urgent first: said once, wherever it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from ledger.clock import iso, remaining
from ledger.domain.concern import Level
from ledger.domain.names import listed, said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.record import RecordKind
from ledger.domain.rounds.performance import PayoutSource, PayoutState
from ledger.domain.scope import SCOPES
from ledger.domain.slots.submission import SubmissionState
from ledger.reports import words
from ledger.reports.account.clock import clock_is_off
from ledger.reports.notices.change_notices import undone
from ledger.reports.notices.facts import NoticeFacts, RecentRounds
from ledger.reports.notices.missing_notices import corrected_payouts, gone_models, missing_facts
from ledger.reports.notices.notice import OUTLOOKS, Notice, NoticeKind
from ledger.reports.notices.strategy_notices import StrategyNotice, StrategyNoticeKind
from ledger.rules.naming import within
from ledger.rules.notices.urgency import Rank, level, rank
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

NEVER_SYNCED = Notice(
    "stale:never",
    NoticeKind.STALE,
    None,
    (),
    None,
    "No sync has gone through yet, so nobody knows what needs attention. “numstake-tui sync” asks "
    "Numerai.",
    level=Level.LOUD,
)
"""What is the matter with a ledger that Numerai has told nothing, or not everything once."""

FIRST_SYNC = Notice(
    "stale:first",
    NoticeKind.STALE,
    None,
    (),
    None,
    "The first sync is under way: what needs attention is known once it is through.",
    level=Level.NEWS,
)
"""The same while a sync is at it. What is under way asks for nothing yet, whatever its kind."""

_ORDER = {kind: place for place, kind in enumerate(OUTLOOKS)}


def build_notices(facts: NoticeFacts) -> tuple[Notice, ...]:
    """All of them, by what is lost and how soon; models told apart by name."""
    facts = _told_apart(facts)
    notices = [
        *_stale(facts),
        *clock_is_off(facts.clock_shift),
        *_config(facts),
        *_scopes(facts),
        *missing_facts(facts.missing, facts.models),
        *gone_models(facts),
        *undone(facts.undone),
        *corrected_payouts(facts.corrections, facts.models),
        *(notice for recent in facts.recent_rounds for notice in _of_recent_rounds(recent, facts)),
        *_released(facts),
        *_adjusted(facts),
        *(_of_strategy(notice) for notice in facts.strategy_notices),
    ]
    return _ranked(notices, facts)


def submission_notices(facts: NoticeFacts) -> tuple[Notice, ...]:
    """Those of them that are about submissions of open rounds."""
    facts = _told_apart(facts)
    rounds = facts.recent_rounds
    return _ranked([one for recent in rounds for one in _missing_submissions(recent, facts)], facts)


def _told_apart(facts: NoticeFacts) -> NoticeFacts:
    labels = within(facts.models.values())
    models = {key: replace(model, name=labels[key]) for key, model in facts.models.items()}
    return replace(facts, models=models)


def _ranked(notices: Iterable[Notice], facts: NoticeFacts) -> tuple[Notice, ...]:
    unique = {notice.id: _levelled(notice, facts) for notice in notices}
    return tuple(sorted(unique.values(), key=lambda notice: _urgency(notice, facts)))


def _config(facts: NoticeFacts) -> Iterator[Notice]:
    if facts.config:
        yield Notice("config", NoticeKind.CONFIG, None, (), None, facts.config)


def _levelled(notice: Notice, facts: NoticeFacts) -> Notice:
    if notice is FIRST_SYNC:
        return notice
    return replace(notice, level=level(notice.concern, facts.now, facts.loud_within))


def _urgency(notice: Notice, facts: NoticeFacts) -> tuple[Rank, int, str]:
    ranked = rank(notice.concern, facts.now, facts.loud_within)
    return ranked, _ORDER[notice.kind], notice.id


def _of_recent_rounds(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    yield from _missing_submissions(recent, facts)
    yield from _late_submissions(recent, facts)
    yield from _unusual_burns(recent, facts)
    yield from _differing_payouts(recent, facts)


def _missing_submissions(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    """Of open rounds, from the moment they open."""
    for entry in recent.rounds:
        close = entry.closes_staking
        if close is None or not entry.opens <= facts.now < close:
            continue
        ids = _staked(recent, facts, entry.number, SubmissionState.AWAITED)
        names = tuple(facts.name(model_id) for model_id in ids)
        if ids:
            yield Notice(
                f"submission:{int(recent.tournament)}:{entry.number}",
                NoticeKind.SUBMISSION,
                recent.tournament,
                names,
                close,
                f"{recent.tournament.label} round {entry.number} closes in "
                f"{remaining(close - facts.now)}, and {_listed(names)} staked without a submission"
                f"{_worth(facts.stakes(ids))}.",
                facts.stakes(ids),
                ids,
                entry.number,
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
            ids = _staked(recent, facts, entry.number, state)
            names = tuple(facts.name(model_id) for model_id in ids)
            if ids:
                yield Notice(
                    f"late:{int(recent.tournament)}:{entry.number}:{state}",
                    NoticeKind.LATE,
                    recent.tournament,
                    names,
                    close,
                    f"{recent.tournament.label} round {entry.number}: the submission of "
                    f"{_enumerated(names)} is {what}.",
                    facts.stakes(ids),
                    ids,
                    entry.number,
                )


def _staked(
    recent: RecentRounds, facts: NoticeFacts, number: int, state: SubmissionState
) -> tuple[str, ...]:
    """Ids of staked models whose submission for a round is in ``state``, by the models' names."""
    ids = [
        row.model_id
        for row in recent.submissions
        if row.round == number
        and row.state is state
        and row.model_id in facts.staked
        and row.model_id in facts.models
        and not facts.models[row.model_id].archived
    ]
    return tuple(sorted(ids, key=lambda model_id: (facts.name(model_id), model_id)))


def _worth(nmr: NMR | None) -> str:
    return f": {nmr} NMR would earn nothing" if nmr else ""


def _unusual_burns(recent: RecentRounds, facts: NoticeFacts) -> Iterator[Notice]:
    for row in recent.burned:
        if not row.at_risk or row.resolves is None or row.resolves < facts.now - RECENT:
            continue
        name = facts.name(row.model_id)
        share = (row.payout or ZERO).over(row.at_risk)
        yield Notice(
            f"burn:{int(recent.tournament)}:{row.round}:{row.model_id}",
            NoticeKind.BURN,
            recent.tournament,
            (name,),
            row.resolves,
            f"{said(name)} burned {-(row.payout or ZERO)} NMR in "
            f"{recent.tournament.label} round {row.round}, {-share:.2%} of what was at "
            "risk: more than in 99 of 100 of its earlier rounds.",
            abs(row.payout or ZERO),
            (row.model_id,),
            row.round,
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
            f"{row.payout} NMR; its scores, factor and clip give {ours} NMR.",
            off,
            (row.model_id,),
            row.round,
        )


def _tolerance(payout: NMR) -> Decimal:
    return ROUNDING + abs(payout).amount * ROUNDING_SHARE


def _released(facts: NoticeFacts) -> Iterator[Notice]:
    """Releases that reached the Numerai wallet: that NMR is free."""
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
                f"{label}: a release of {row.nmr} NMR reached the Numerai wallet "
                f"{words.moment(row.at)}; it is free.",
                row.nmr,
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
                f"Numerai's balance ({place}{label}) differs by {row.nmr} NMR from "
                "the movements it lists; the records have it as an adjustment.",
                row.nmr,
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
    if facts.synced is None:
        yield FIRST_SYNC if facts.syncing else NEVER_SYNCED
    elif facts.now - facts.synced > facts.stale_after:
        yield Notice(
            f"stale:{iso(facts.synced)}",
            NoticeKind.STALE,
            None,
            (),
            None,
            f"The last sync that went through was {words.moment(facts.synced)}, "
            f"{remaining(facts.now - facts.synced)} ago; what is shown is from then.",
        )


def _of_strategy(notice: StrategyNotice) -> Notice:
    """A callout; one without a date is told apart by its words."""
    what = iso(notice.at) if notice.at is not None else _digest(notice.sentence)
    kind = _OF_STRATEGY[notice.kind]
    return Notice(
        f"{kind}:{int(notice.tournament)}:{what}",
        kind,
        notice.tournament,
        notice.models,
        notice.at,
        notice.sentence,
        notice.nmr,
        notice.model_ids,
        notice.round,
    )


def _digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:12]


def _enumerated(names: Iterable[str]) -> str:
    every = list(names)
    shown = listed(every[:_NAMED])
    return shown if len(every) <= _NAMED else f"{shown} and {len(every) - _NAMED} more"


def _listed(names: tuple[str, ...]) -> str:
    return f"{_enumerated(names)} {'is' if len(names) == 1 else 'are'}"
