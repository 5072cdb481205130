"""Ways around a pending release: keep it, wait for it, or cancel it and ask again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.targets.plan import Option, OptionKind
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.targets.net_position import NetPosition
from ledger.rules.targets.sentences import moment

_MINUTE = timedelta(minutes=1)
_TENTH = Decimal("0.1")
"""Days are told to a tenth."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What every model of a tournament has in common when a release stands in its way.

    ``system`` and ``schedule`` are the tournament's, ``now`` is UTC. ``choice`` is the option that
    is asked for, ``None`` for the cheapest.
    """

    system: System
    schedule: RoundSchedule
    now: datetime
    choice: OptionKind | None = None


@dataclass(frozen=True, slots=True)
class _Cost:
    """When everything is in place, and how long that takes per NMR on average, in minutes."""

    minutes: Decimal
    complete: datetime


def options(
    net_position: NetPosition,
    target: NMR,
    due: datetime,
    situation: Situation,
) -> tuple[Option, ...]:
    """Every way around the release pending on ``net_position`` until ``due``, the best one chosen.

    The best is the one with the fewest days per NMR, then the earliest completion, then the one
    that leaves the request alone. What the situation asks for is chosen instead where it is on
    offer.
    """
    schedule, now = situation.schedule, situation.now
    stay = _leave_it(net_position, target, due, schedule, now)
    cancel = _cancel_it(net_position, target, schedule, now)
    ways = [stay, cancel] if due > now else [stay]
    best = min(ways, key=lambda entry: (entry[0].minutes, entry[0].complete))[1]
    chosen = next((option for _, option in ways if option.kind is situation.choice), best)
    return tuple(
        replace(
            option,
            chosen=option is chosen,
            asked=option is chosen and option.kind is situation.choice,
            cheapest=option is best,
        )
        for _, option in ways
    )


def _leave_it(
    net_position: NetPosition, target: NMR, due: datetime, schedule: RoundSchedule, now: datetime
) -> tuple[_Cost, Option]:
    pending, after = net_position.releasing, net_position.effective
    name = net_position.model.name
    if target >= net_position.settled:
        complete = schedule.close_after(due)
        cost = _Cost(_minutes(complete, now), complete)
        sentence = (
            f"Wait until the release of {pending} NMR on {said(name)} is paid on {moment(due)}, "
            f"then stake {target - after} NMR."
        )
        return cost, _option(net_position, OptionKind.WAIT, cost, sentence)
    kept = f"Keep the release of {pending} NMR on {said(name)}, paid on {moment(due)}"
    if target > after:
        cost = _Cost(_minutes(due, now), schedule.close_after(due))
        sentence = f"{kept}, then stake {target - after} NMR again."
    else:
        rest, paid = after - target, schedule.paid(due)
        total = net_position.settled - target
        minutes = _minutes(due, now) * pending.over(total) + _minutes(paid, now) * rest.over(total)
        cost = _Cost(minutes, paid)
        sentence = f"{kept}, then release {rest} NMR more, paid on {moment(paid)}."
    return cost, _option(net_position, OptionKind.KEEP, cost, sentence)


def _cancel_it(
    net_position: NetPosition, target: NMR, schedule: RoundSchedule, now: datetime
) -> tuple[_Cost, Option]:
    first = f"Cancel the release of {net_position.releasing} NMR on {said(net_position.model.name)}"
    if target < net_position.settled:
        complete = schedule.paid(now)
        sentence = (
            f"{first} and ask for {net_position.settled - target} NMR instead: its wait starts "
            f"over and ends {moment(complete)}."
        )
    else:
        complete = schedule.close_after(now)
        more = target - net_position.settled
        sentence = f"{first}; {net_position.settled} NMR stays staked"
        sentence += f", and {more} NMR more can be staked at once." if more else "."
    cost = _Cost(_minutes(complete, now), complete)
    return cost, _option(net_position, OptionKind.CANCEL, cost, sentence)


def _option(net_position: NetPosition, kind: OptionKind, cost: _Cost, sentence: str) -> Option:
    days = (cost.minutes / (24 * 60)).quantize(_TENTH, rounding=ROUND_HALF_EVEN)
    return Option(net_position.model, kind, days, cost.complete, sentence)


def _minutes(at: datetime, now: datetime) -> Decimal:
    return Decimal(max(0, (at - now) // _MINUTE))
