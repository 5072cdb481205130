"""Accounts to plan for: by hand, and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.targets.plan import Plan
from ledger.rules.rounds import calendar
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.targets.plan_facts import PlanFacts

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday morning: round 1404 runs, 1405 opens at 12:00 and closes at 13:00."""

CLOSE = datetime(2026, 11, 24, 13, tzinfo=UTC)
PAID = calendar.resolves(1404, 20)
"""When a release asked for at NOW is paid."""


def entry(number: int, tournament: Tournament = Tournament.SIGNALS) -> Round:
    """A round as Numerai lists it."""
    return Round(
        tournament=tournament,
        number=number,
        opens=calendar.opens(number),
        closes=None,
        closes_staking=calendar.closes_staking(number, tournament),
        scored=None,
        resolves=calendar.resolves(number, 20),
        resolved=calendar.resolves(number, 20) <= NOW,
        payout_factor=None,
        stake_threshold=None,
    )


ROUNDS = tuple(entry(number) for number in range(1404, 1401, -1))


def model(name: str, tournament: Tournament = Tournament.SIGNALS, *, archived: bool = False):
    """A model whose id is its name."""
    return Model(name, name, tournament, archived=archived)


def release(amount: str, due: datetime) -> PendingRequest:
    """A pending decrease."""
    return PendingRequest(PendingKind.DECREASE, NMR(amount), due)


def facts(
    stakes: dict[str, str | tuple[str, PendingRequest]],
    targets: dict[str, str],
    *,
    wallet: str = "0",
    changes: tuple[Change, ...] = (),
    **more: object,
) -> PlanFacts:
    """An account of Signals models; ``stakes`` by name, with what is pending."""
    held = {}
    for name, what in stakes.items():
        settled, pending = (what, None) if isinstance(what, str) else what
        held[name] = ContinuousStake(name, NMR(settled), NMR(settled), False, pending)
    return PlanFacts(
        now=NOW,
        models=tuple(model(name) for name in stakes),
        systems={Tournament.SIGNALS: System.CONTINUOUS},
        stakes=held,
        available=NMR(wallet),
        rounds=ROUNDS,
        targets={name: NMR(target) for name, target in targets.items()},
        open_changes=changes,
        **more,  # type: ignore[arg-type]
    )


def queue(plan: Plan, *, first: int = 1, state: ChangeState = ChangeState.QUEUED):
    """The steps of ``plan`` as the queue keeps them."""
    changes: list[Change] = []
    for index, step in enumerate(plan.steps):
        after = step.conditions.after_change
        if step.after_step is not None:
            after = first + step.after_step
        changes.append(
            Change(
                id=first + index,
                tournament=step.model.tournament,
                model_id=step.model.id,
                model_name=step.model.name,
                system=System.CONTINUOUS,
                kind=step.kind,
                nmr=step.nmr,
                state=state,
                conditions=replace(step.conditions, after_change=after),
                reason=step.reason,
                created=NOW,
                updated=NOW,
            )
        )
    return tuple(changes)


def queued(before: PlanFacts, plan: Plan) -> PlanFacts:
    """The account once the steps of ``plan`` are in its queue, and what they replace is not."""
    kept = tuple(change for change in before.open_changes if change.id not in plan.replaces)
    first = max((change.id for change in before.open_changes), default=0) + 1
    return replace(before, open_changes=kept + queue(plan, first=first))


def owned(account: PlanFacts) -> NMR:
    """All NMR: wallet, stakes, and what is held for pending increases."""
    held = [
        stake.pending.amount
        for stake in account.stakes.values()
        if stake.pending and stake.pending.kind is PendingKind.INCREASE
    ]
    settled = [stake.settled for stake in account.stakes.values()]
    return NMR.total([account.available, *settled, *held])


_AMOUNTS = st.one_of(
    st.just(ZERO),
    st.integers(1, 5000).map(lambda cents: NMR.from_wei(cents * 10**16)),
    st.integers(1, 10**21).map(NMR.from_wei),
)


@st.composite
def stakes(draw, name: str, now: datetime, tournament: Tournament) -> ContinuousStake:
    """A stake with nothing, an increase, a decrease or a drain pending."""
    schedule = RoundSchedule((), tournament)
    settled = draw(_AMOUNTS)
    kind = draw(st.sampled_from([None, None, None, *PendingKind]))
    pending = None
    if kind is PendingKind.INCREASE:
        pending = PendingRequest(kind, draw(_AMOUNTS.filter(bool)), schedule.close_after(now))
    elif kind is not None and settled:
        due = schedule.paid(now - timedelta(days=draw(st.integers(0, 30))))
        amount = settled
        if kind is PendingKind.DECREASE:
            amount = NMR.from_wei(draw(st.integers(1, settled.wei)))
        pending = PendingRequest(kind, amount, max(due, now + timedelta(hours=7)))
    return ContinuousStake(name, settled, settled, False, pending)


@st.composite
def accounts(draw, *, affordable: bool = False) -> PlanFacts:
    """An account of one to six models in up to two tournaments, with some targets.

    ``affordable``: the targets ask for no more than there is.
    """
    count = draw(st.integers(1, 6))
    names = [f"model{index}" for index in range(count)]
    kinds = st.sampled_from([Tournament.SIGNALS, Tournament.CRYPTO])
    models = tuple(model(name, draw(kinds)) for name in names)
    now = NOW + timedelta(minutes=draw(st.integers(0, 9 * 24 * 60)))
    held = {entry.id: draw(stakes(entry.id, now, entry.tournament)) for entry in models}
    chosen = draw(st.lists(st.sampled_from(names), unique=True))
    account = PlanFacts(
        now=now,
        models=models,
        systems=dict.fromkeys(Tournament, System.CONTINUOUS),
        stakes=held,
        available=draw(_AMOUNTS),
        rounds=ROUNDS,
        targets={},
    )
    targets = {name: draw(st.one_of(_AMOUNTS, st.just(held[name].settled))) for name in chosen}
    if affordable and targets:
        states = account.net_positions()
        kept = NMR.total(states[name].effective for name in names if name not in targets)
        wallet_and_more = owned(account) - kept
        asked = NMR.total(targets.values())
        if asked > wallet_and_more:
            share = wallet_and_more.over(asked)
            targets = {name: target.times(share) for name, target in targets.items()}
    return replace(account, targets=targets)
