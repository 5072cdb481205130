"""What a user types as a target, and what that comes to in NMR.

=============  ==================================================================
``40``, ``=40``  40 NMR
``25%``        25 % of the tournament's total stake
``+3``, ``-2.5``  so much more or less than the stake once what is pending has settled
``0.5/r``      0.5 NMR in each round (atomic staking): times the rounds running at a time
``max``        all NMR no other row wants; several rows share it equally
``drain``      nothing: the whole stake is released, whatever it is by then
``… constant``  the same in another mode (atomic staking); ``… compound`` likewise
(empty)        as it is, queued changes included
=============  ==================================================================

The tournament's total is the stakes of its models once what is pending at Numerai has settled;
free NMR and changes that are only queued do not belong to it. On atomic staking a total is what
the per-round stake adds up to once all rounds that run at a time hold it. Deltas and percentages
are meant against the account of the moment: :func:`pinned` turns them into amounts, to be kept
once a plan was made, so that they are not applied again when the account has moved.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.targets.target import Target, TargetKind, split_mode, with_mode
from ledger.errors import ChangeError
from ledger.rules.targets.net_position import NetPosition

_PERCENT = re.compile(rf"({typed.LOOSE})\s*%")
_DELTA = re.compile(rf"([+-])\s*({typed.LOOSE})")
_PER_ROUND = re.compile(rf"=?\s*({typed.LOOSE})\s*/\s*(?:r|round)")
_AMOUNT = re.compile(rf"=?\s*({typed.LOOSE})")
_WORDS = {
    "": TargetKind.KEEP,
    "keep": TargetKind.KEEP,
    "max": TargetKind.MAX,
    "drain": TargetKind.DRAIN,
}
_FORMS = (
    "Type NMR (40), NMR per round where staking is atomic (0.5/r), a share of the tournament's "
    "total (25%), +3, -2.5, max or drain."
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What targets come to: ``amounts`` in NMR by model id, in the order given.

    Models to be kept are left out. ``problems``: why a target can't be meant, by model id; those
    models stay as they are.
    """

    amounts: dict[str, NMR]
    problems: dict[str, str]


def parse_target(text: str, model_id: str, *, locked: bool = False) -> Target:
    """The target that ``text`` says.

    Raises:
        ChangeError: not a target; the advice lists what is.
    """
    amount, mode = split_mode(text)
    target = _without_mode(amount, model_id, locked=locked)
    if mode is not None and target.kind in {TargetKind.KEEP, TargetKind.DRAIN}:
        raise ChangeError(f"“{text.strip()}” is not a target.", f"A mode needs an amount. {_FORMS}")
    return replace(target, mode=mode)


def _without_mode(text: str, model_id: str, *, locked: bool) -> Target:
    cleaned = text.lower().replace("−", "-").removesuffix("nmr").strip()
    if cleaned in _WORDS:
        return Target(model_id, _WORDS[cleaned], locked=locked)
    if match := _PERCENT.fullmatch(cleaned):
        percent = typed.percent(match[1])
        return Target(model_id, TargetKind.PERCENT, percent=percent, locked=locked)
    if match := _DELTA.fullmatch(cleaned):
        amount = typed.amount(match[2])
        delta = -amount if match[1] == "-" else amount
        return Target(model_id, TargetKind.DELTA, nmr=delta, locked=locked)
    if match := _PER_ROUND.fullmatch(cleaned):
        per_round = typed.amount(match[1])
        return Target(model_id, TargetKind.PER_ROUND, nmr=per_round, locked=locked)
    if match := _AMOUNT.fullmatch(cleaned):
        return Target(model_id, TargetKind.NMR, nmr=typed.amount(match[1]), locked=locked)
    raise ChangeError(f"“{text.strip()}” is not a target.", _FORMS)


def target_text(target: Target) -> str:
    """What to type for ``target``: the inverse of :func:`parse_target`."""
    return with_mode(_amount_text(target), target.mode)


def _amount_text(target: Target) -> str:
    if target.kind is TargetKind.PERCENT:
        return typed.written(target.percent or Decimal(0)) + "%"
    if target.kind is TargetKind.DELTA:
        delta = target.nmr or ZERO
        return str(delta) if delta < ZERO else f"+{delta}"
    if target.kind is TargetKind.NMR:
        return str(target.nmr or ZERO)
    if target.kind is TargetKind.PER_ROUND:
        return f"{target.nmr or ZERO}/r"
    return "" if target.kind is TargetKind.KEEP else target.kind.value


def resolve(
    targets: Iterable[Target],
    states: Mapping[str, NetPosition],
    available: NMR | None,
    *,
    unknown: Collection[Tournament] = (),
) -> Resolution:
    """What ``targets`` come to; shares are cut to whole wei, so none is more than was said.

    ``states``: how the models stand between which NMR is shared; ``available``: the wallet.
    ``unknown``: tournaments with models whose stake is not known now, so that there is no share of
    their total; like ``max``, such a target has a problem.
    """
    rows = list(targets)
    amounts: dict[str, NMR] = {}
    problems: dict[str, str] = {}
    totals = _totals(states)
    for target in rows:
        net_position = states.get(target.model_id)
        if net_position is None:
            problems[target.model_id] = "Its stake is not known."
        elif target.kind is TargetKind.PERCENT and net_position.model.tournament in unknown:
            problems[target.model_id] = (
                "Numerai does not tell every stake of its tournament, so there is no share of all."
            )
        elif target.kind is TargetKind.MAX and (unknown or available is None):
            problems[target.model_id] = (
                "Numerai does not tell every stake and the Numerai wallet, so what is left is "
                "not known."
            )
        elif target.mode is not None and net_position.ramp is None:
            problems[target.model_id] = (
                "It is not on atomic staking, so it has no mode: type the amount alone."
            )
        elif target.kind is TargetKind.PER_ROUND and net_position.ramp is None:
            problems[target.model_id] = (
                "It has no stake per round: type what it should hold in all."
            )
        elif target.kind not in {TargetKind.KEEP, TargetKind.MAX}:
            amount = _amount(target, net_position, totals)
            if amount < ZERO:
                problems[target.model_id] = (
                    f"{-(target.nmr or ZERO)} NMR less than {net_position.effective} NMR is below "
                    "zero."
                )
            else:
                amounts[target.model_id] = amount
    greedy = [
        row.model_id
        for row in rows
        if row.kind is TargetKind.MAX and row.model_id in states and row.model_id not in problems
    ]
    if available is not None:
        amounts |= _share_the_rest(greedy, amounts, states, available)
    order = {row.model_id: None for row in rows}
    return Resolution({key: amounts[key] for key in order if key in amounts}, problems)


def pinned(targets: Iterable[Target], resolution: Resolution) -> tuple[Target, ...]:
    """The same targets with what is relative to the moment turned into amounts."""
    relative = {TargetKind.PERCENT, TargetKind.DELTA, TargetKind.MAX}
    return tuple(
        replace(target, kind=TargetKind.NMR, nmr=resolution.amounts[target.model_id], percent=None)
        if target.kind in relative and target.model_id in resolution.amounts
        else target
        for target in targets
    )


def _totals(states: Mapping[str, NetPosition]) -> dict[Tournament, NMR]:
    totals: dict[Tournament, NMR] = {}
    for net_position in states.values():
        key = net_position.model.tournament
        totals[key] = totals.get(key, ZERO) + net_position.effective
    return totals


def _amount(target: Target, net_position: NetPosition, totals: Mapping[Tournament, NMR]) -> NMR:
    if target.kind is TargetKind.PERCENT:
        return totals[net_position.model.tournament].times((target.percent or Decimal(0)) / 100)
    if target.kind is TargetKind.PER_ROUND and net_position.ramp is not None:
        return (target.nmr or ZERO).times(net_position.ramp.rounds)
    if target.kind is TargetKind.DELTA:
        return net_position.effective + (target.nmr or ZERO)
    return ZERO if target.kind is TargetKind.DRAIN else target.nmr or ZERO


def _share_the_rest(
    greedy: list[str],
    amounts: Mapping[str, NMR],
    states: Mapping[str, NetPosition],
    available: NMR,
) -> dict[str, NMR]:
    """All that no other row wants, split over ``greedy``; no row goes below what it has."""
    if not greedy:
        return {}
    pool = available + NMR.total(
        net_position.effective + net_position.releasing - net_position.taken
        for net_position in states.values()
    )
    others = NMR.total(
        amounts.get(key, net_position.eventual)
        for key, net_position in states.items()
        if key not in greedy
    )
    has = [states[key].effective for key in greedy]
    spare = max(0, (pool - others - NMR.total(has)).wei)
    each, first = divmod(spare, len(greedy))
    return {
        key: stake + NMR.from_wei(each + (index < first))
        for index, (key, stake) in enumerate(zip(greedy, has, strict=True))
    }
