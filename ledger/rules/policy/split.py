"""Payout allocation: percentages in, the exact parts of each settled payout out.

Rounding: every destination but the source itself gets its percentage cut to whole wei towards
zero; what the cutting leaves, less than one wei for each destination, stays with the source. So
the parts of a payout always add up to it, and no more is given away than the policy says.

A burn is borne by the source. Under ``carry`` it is also remembered, and later payouts of the
source go to itself until they have made up for it; only the rest is split. Under ``share`` it is
split like a payout. What is remembered survives a new version of the policy.

A model that a policy does not name, neither in a row (all others is one) nor as a destination, is
left alone, and so is every round before the first version or under one without rows: such a
payout stays whole where it landed, and makes up for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from ledger.domain import typed
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    HUNDRED,
    ITSELF,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
    PolicyRow,
    PolicyVersion,
    SettledPayout,
    Split,
)
from ledger.errors import ChangeError

Shares = Mapping[Destination, Decimal]

PLACES = 4
"""Decimals a percentage may have."""

_WHOLE: Shares = {ITSELF: HUNDRED}


def parse_percent(text: str) -> Decimal:
    """``25`` or ``12.5%``; an empty text is nothing.

    Raises:
        ChangeError: no percentage from 0 to 100, or with more than four decimals.
    """
    if not text.strip():
        return Decimal(0)
    value = typed.percent(text, HUNDRED)
    if value != round(value, PLACES):
        raise ChangeError(
            f"“{text.strip()}” is no percentage.", f"It may have {PLACES} decimals, such as 12.5."
        )
    return value


def shares_of(policy: Policy, source: str) -> Shares:
    """What the policy says for one model; a share for the model as such is one for itself."""
    row = policy.row(source) or policy.row(None)
    if row is None:
        return _WHOLE
    own = Destination(DestinationKind.MODEL, source)
    shares: dict[Destination, Decimal] = {}
    for stated, percent in row.shares.items():
        destination = ITSELF if stated == own else stated
        shares[destination] = shares.get(destination, Decimal(0)) + percent
    return shares


def governs(policy: Policy, model_id: str) -> bool:
    """Whether the policy says anything about a model's payouts; see the module's rule."""
    if policy.row(None) is not None or policy.row(model_id) is not None:
        return True
    own = Destination(DestinationKind.MODEL, model_id)
    return any(own in row.shares for row in policy.rows)


def with_share(
    policy: Policy, source: str | None, destination: Destination, percent: Decimal
) -> Policy:
    """The policy with one more percentage; what all of a row leave goes to the source itself.

    A model that had no row of its own gets one, beginning as what held for it before.

    Raises:
        ChangeError: the row would add up to more than 100 %, or itself was to be set.
    """
    if destination == ITSELF:
        raise ChangeError(
            "What a model keeps is what the others leave of 100 %.", "Set the other columns."
        )
    row = policy.row(source)
    before = row.shares if row is not None else _inherited(policy, source)
    others = {key: value for key, value in before.items() if key not in {ITSELF, destination}}
    left = HUNDRED - sum(others.values(), Decimal(0))
    if percent > left:
        raise ChangeError(
            f"The row would add up to {(HUNDRED - left + percent).normalize():f} %.",
            f"{left.normalize():f} % is left.",
        )
    if percent:
        others[destination] = percent
    return with_row(policy, new_row(source, others))


def new_row(source: str | None, others: Shares) -> PolicyRow:
    """A row that gives ``others`` their percentages, and what they leave to the source itself.

    A share for the source as a model is one for itself.

    Raises:
        ChangeError: they add up to more than 100 %.
    """
    own = Destination(DestinationKind.MODEL, source or "")
    kept = {
        destination: percent
        for destination, percent in others.items()
        if destination not in {own, ITSELF}
    }
    total = sum(kept.values(), Decimal(0))
    if total > HUNDRED:
        raise ChangeError(f"The row adds up to {total.normalize():f} %.", "100 % is all there is.")
    return PolicyRow(source, _whole(kept))


def _inherited(policy: Policy, source: str | None) -> Shares:
    return _WHOLE if source is None else shares_of(policy, source)


def _whole(others: Shares) -> dict[Destination, Decimal]:
    """``others`` with what they leave for itself, in a fixed order."""
    left = HUNDRED - sum(others.values(), Decimal(0))
    shares = {**others, **({ITSELF: left} if left else {})}
    order = list(DestinationKind)
    return dict(sorted(shares.items(), key=lambda item: (order.index(item[0].kind), item[0].name)))


def with_row(policy: Policy, row: PolicyRow) -> Policy:
    """The policy with another row for its source; all others come last."""
    kept = [entry for entry in policy.rows if entry.source != row.source]
    ordered = sorted([*kept, row], key=lambda entry: (entry.source is None, entry.source or ""))
    return replace(policy, rows=tuple(ordered))


def without_row(policy: Policy, source: str | None) -> Policy:
    """The policy without a source's own row."""
    return replace(policy, rows=tuple(row for row in policy.rows if row.source != source))


def problems(policy: Policy, names: Mapping[str, str]) -> tuple[str, ...]:
    """Why the policy can't be meant, in sentences; ``names`` of the tournament's models by id."""
    sentences: list[str] = []
    for row in policy.rows:
        whose = "All others" if row.source is None else said(names.get(row.source, row.source))
        if row.source is not None and row.source not in names:
            sentences.append(f"{whose} is no model of {policy.tournament.label}.")
        total = sum(row.shares.values(), Decimal(0))
        if total != HUNDRED or any(percent <= 0 for percent in row.shares.values()):
            sentences.append(f"{whose}: the row adds up to {total.normalize():f} %, not 100 %.")
        sentences += [
            f"{whose}: {said(destination.name)} is no model of {policy.tournament.label}."
            for destination in row.shares
            if destination.kind is DestinationKind.MODEL and destination.name not in names
        ]
    return tuple(sentences)


def split(nmr: NMR, shares: Shares) -> dict[Destination, NMR]:
    """The exact parts of a payout or a shared burn; they add up to it. See the module's rule."""
    parts = {
        destination: nmr.times(percent / HUNDRED)
        for destination, percent in shares.items()
        if destination != ITSELF
    }
    parts[ITSELF] = nmr - NMR.total(parts.values())
    return {destination: part for destination, part in parts.items() if part}


def in_force(versions: Iterable[PolicyVersion], number: int) -> PolicyVersion | None:
    """The version for round ``number``: the one made last of those from a round up to it.

    So a newer version takes the place of older ones from its round on, also of those that were
    to begin later. ``versions`` in any order.
    """
    begun = (version for version in versions if version.since <= number)
    return max(begun, key=lambda version: version.id, default=None)


def split_payouts(
    payouts: Iterable[SettledPayout],
    versions: Sequence[PolicyVersion],
    carried: Mapping[str, NMR] = MappingProxyType({}),
) -> tuple[Split, ...]:
    """Every settled payout in parts, oldest round first, then by model.

    ``carried``: what models have to make up for from rounds before these. The same payouts and
    versions always give the same parts, in whatever order they came.
    """
    accountant = Accountant(carried)
    splits = []
    for payout in sorted(payouts, key=lambda one: (one.round, one.model_id)):
        version, model_id = in_force(versions, payout.round), payout.model_id
        policy = version.policy if version is not None else None
        parts = accountant.parts(model_id, payout.nmr, policy)
        splits.append(
            Split(
                payout,
                parts,
                version=version.id if version is not None else None,
                alone=accountant.leaves(policy, model_id),
                carried=accountant.carried.get(model_id, ZERO),
            )
        )
    return tuple(splits)


class _Ruling:
    """What policies say for models, looked up once for thousands of payouts."""

    def __init__(self) -> None:
        self._shares_by_policy: dict[tuple[int, str], tuple[Policy, Shares | None]] = {}

    def shares(self, policy: Policy, model_id: str) -> Shares | None:
        """The shares of one model's payouts, ``None`` where it is left alone."""
        key = (id(policy), model_id)
        if key not in self._shares_by_policy:
            shares = shares_of(policy, model_id) if governs(policy, model_id) else None
            self._shares_by_policy[key] = (policy, shares)
        return self._shares_by_policy[key][1]


class Accountant:
    """Splits payouts one after the other, remembering which burns are not made up for yet."""

    def __init__(self, carried: Mapping[str, NMR] = MappingProxyType({})) -> None:
        self.carried = dict(carried)
        """Burns to be made up for, positive, by model id."""
        self._ruling = _Ruling()

    def leaves(self, policy: Policy | None, source: str) -> bool:
        """Whether ``policy`` leaves the payouts of ``source`` alone."""
        return policy is None or self._ruling.shares(policy, source) is None

    def parts(self, source: str, nmr: NMR, policy: Policy | None) -> dict[Destination, NMR]:
        """The parts of the next payout of ``source``; without a policy it is left whole."""
        shares = self._ruling.shares(policy, source) if policy is not None else None
        if policy is None or shares is None or not nmr:
            return {ITSELF: nmr} if nmr else {}
        if nmr < ZERO:
            if policy.burns is BurnRule.SHARE:
                return split(nmr, shares)
            self.carried[source] = self.carried.get(source, ZERO) - nmr
            return {ITSELF: nmr}
        kept = min(nmr, self.carried.get(source, ZERO))
        if not kept:
            return split(nmr, shares)
        self.carried[source] -= kept
        parts = split(nmr - kept, shares)
        return {**parts, ITSELF: parts.get(ITSELF, ZERO) + kept}
