"""What a stake change would do, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import RELEASES, Change, ChangeKind
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake
from ledger.errors import ChangeError
from ledger.reports import words
from ledger.rules.queue.certainty import uncertain
from ledger.rules.rounds.timing import NextClose, next_close, release_time
from ledger.rules.stakes.continuous import (
    objection,
    parse_amount,
    stake_after,
)
from ledger.rules.stakes.staked import settled


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """A change that has not been drafted yet, in words and dates (UTC).

    ``kind`` over ``nmr`` on ``model_id``, called ``model_name``, of ``tournament``.
    ``stake_before`` and ``stake_after`` are ``None`` when Numerai never told them. It
    ``counts_from`` a staking close and is ``complete`` when all of it has taken effect.
    ``sentence`` says what it is and ``fields`` say it one by one, ``effects`` are full sentences in
    order of time. ``problem`` says
    why it can't be drafted, ``None`` when it can. ``warnings`` do not stop it. ``missing`` is what
    Numerai did not tell.
    """

    model_id: str
    model_name: str
    tournament: Tournament
    kind: ChangeKind
    nmr: NMR | None
    stake_before: NMR | None
    stake_after: NMR | None
    counts_from: datetime | None
    complete: datetime | None
    sentence: str
    fields: words.Fields
    effects: tuple[str, ...]
    warnings: tuple[str, ...]
    problem: str | None
    missing: MissingFacts = NOTHING_MISSING


@dataclass(frozen=True, slots=True)
class PreviewFacts:
    """What a preview looks at.

    ``model`` with its ``stake``, how it is staked (``system``), what is ``available`` in the wallet
    (NMR), the ``rounds`` it is in, and the ``open_change`` it has in the queue, if any. ``missing``
    is what Numerai did not tell.
    """

    model: Model
    system: System
    stake: ContinuousStake | None
    available: NMR | None
    rounds: tuple[Round, ...]
    open_change: Change | None
    missing: MissingFacts = NOTHING_MISSING


def build_preview(
    facts: PreviewFacts, kind: ChangeKind, amount: str, now: datetime
) -> ChangePreview:
    """What ``kind`` over ``amount`` (as typed) would do, said in order of time."""
    model = facts.model
    staked = settled(model.id, facts.stake, facts.missing)
    problem = _standing_problem(facts) or uncertain(
        kind, model.id, model.tournament, facts.missing, name=model.name
    )
    nmr = None
    if kind in {ChangeKind.INCREASE, ChangeKind.DECREASE}:
        try:
            nmr = parse_amount(amount, kind=kind, staked=staked, available=facts.available)
        except ChangeError as error:
            problem = problem or str(error)
    problem = problem or objection(kind, nmr, facts.stake, facts.available)
    close = next_close(facts.rounds, facts.model.tournament, now)
    after = _stake_after(kind, nmr or ZERO, staked, facts.stake)
    complete = release_time(facts.rounds, now) if kind in RELEASES else close.at
    return ChangePreview(
        model_id=facts.model.id,
        model_name=facts.model.name,
        tournament=facts.model.tournament,
        kind=kind,
        nmr=nmr,
        stake_before=staked,
        stake_after=after,
        counts_from=close.at,
        complete=complete,
        sentence=words.change(
            kind, nmr if nmr is not None else ZERO, facts.model.name, facts.model.tournament.label
        )
        + ".",
        fields=words.fields(kind, nmr, None, facts.model.name, facts.model.tournament.label),
        effects=()
        if problem
        else _effects(kind, nmr, facts, stake=(staked, after), close=close, complete=complete),
        warnings=() if problem else _warnings(kind, nmr, staked),
        problem=problem,
        missing=facts.missing,
    )


def _standing_problem(facts: PreviewFacts) -> str | None:
    if facts.system is System.ATOMIC:
        return (
            f"{facts.model.tournament.label} is on atomic staking: stakes are set per round, and "
            "nothing is released; positions come free as their rounds resolve."
        )
    if facts.open_change is not None:
        change = facts.open_change
        return (
            f"Change {change.id} on this model is {change.state.value}; one at a time. "
            "See it in the queue (5)."
        )
    return None


def _stake_after(
    kind: ChangeKind, nmr: NMR, staked: NMR | None, stake: ContinuousStake | None
) -> NMR | None:
    if staked is None:
        return ZERO if kind is ChangeKind.DRAIN else None
    if kind is ChangeKind.INCREASE:
        return staked + nmr
    if kind is ChangeKind.DECREASE:
        return max(ZERO, staked - nmr)
    if kind is ChangeKind.DRAIN:
        return ZERO
    pending = stake.pending if stake else None
    return staked if kind is ChangeKind.CANCEL_RELEASE else stake_after(staked, pending)


def _effects(
    kind: ChangeKind,
    nmr: NMR | None,
    facts: PreviewFacts,
    *,
    stake: tuple[NMR | None, NMR | None],
    close: NextClose,
    complete: datetime | None,
) -> tuple[str, ...]:
    before, after = ("?" if amount is None else str(amount) for amount in stake)
    from_close = f"From round {close.round}, whose stakes close {words.moment(close.at)}"
    if kind is ChangeKind.INCREASE:
        left = "?" if facts.available is None else str(facts.available - (nmr or ZERO))
        return (
            f"At once: {nmr} NMR leaves the Numerai wallet, {left} NMR stays free.",
            f"{from_close}: {after} NMR is staked instead of {before}.",
        )
    if kind in RELEASES:
        what = f"{nmr} NMR" if kind is ChangeKind.DECREASE else "everything"
        return (
            f"{from_close}: {after} NMR is staked instead of {before}.",
            f"Until then and in the rounds already running, {what} can still burn.",
            f"About {words.moment(complete)}: {what} returns to the Numerai wallet.",
            "Meanwhile this model takes no other change; to alter the amount it must be cancelled "
            "and asked for again, and the wait starts over.",
        )
    if kind is ChangeKind.CANCEL_RELEASE:
        return (
            "At once: the pending release is withdrawn; nothing returns to the Numerai wallet.",
            f"{from_close}: {after} NMR is staked again.",
            "A release asked for later starts its wait from the beginning.",
        )
    to_wallet = kind is ChangeKind.TAKE_PROFIT_ON
    where = "go to the Numerai wallet" if to_wallet else "compound in the stake"
    return (f"{from_close}: earnings {where} when the round resolves.",)


def _warnings(kind: ChangeKind, nmr: NMR | None, staked: NMR | None) -> tuple[str, ...]:
    if kind is ChangeKind.DECREASE and nmr == staked:
        return (
            "This is the whole stake as it is now; earnings of running rounds stay staked. "
            "Drain releases those too.",
        )
    return ()
