"""What continuous staking (v2) allows, and what a change does when.

Rules, from Numerai's documentation: one pending change per model; an increase leaves the wallet
at once and counts from the next staking close; a decrease stops counting in later rounds, can
still burn in those already running, and is paid out when the last round that was active at the
request resolves.
"""

from __future__ import annotations

from ledger.domain import typed
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import RELEASES, TAKE_PROFIT, ChangeKind
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.errors import ChangeError


def parse_amount(text: str, *, kind: ChangeKind, staked: NMR | None, available: NMR | None) -> NMR:
    """What the user typed, as NMR: ``2.5``, ``25%`` of the stake, or ``max``.

    ``max`` is all that is staked for a decrease and all that is free in the wallet for an
    increase. A percentage is cut to whole wei, never rounded up. Numbers are written as
    :mod:`ledger.domain.typed` says.

    Raises:
        ChangeError: not an amount, and the advice says what is; or a share of something that
            Numerai did not tell.
    """
    asked = text.strip()
    if asked.lower() == "max":
        return _reported(available if kind is ChangeKind.INCREASE else staked)
    if asked.endswith("%"):
        return _reported(staked).times(typed.percent(asked) / 100)
    if not any(letter.isdigit() for letter in asked):
        what = f"“{asked}” is not an amount." if asked else "No amount yet."
        raise ChangeError(what, "Type NMR (2.5), a share of the stake (25%), or max.")
    return typed.amount(asked)


def _reported(amount: NMR | None) -> NMR:
    if amount is None:
        raise ChangeError(
            "Numerai does not tell how much that is.", "Type an amount, or sync and try again."
        )
    return amount


def stake_after(staked: NMR, pending: PendingRequest | None) -> NMR:
    """The stake that counts once ``pending`` has taken effect, never below zero."""
    if pending is None:
        return staked
    if pending.kind is PendingKind.INCREASE:
        return staked + pending.amount
    if pending.kind is PendingKind.DRAIN:
        return ZERO
    return max(ZERO, staked - pending.amount)


def objection(
    kind: ChangeKind, nmr: NMR | None, stake: ContinuousStake | None, available: NMR | None
) -> str | None:
    """Why Numerai would refuse a change by its own rules, or ``None``.

    What is not known stands against it too: ``available`` or the stake is then ``None``.
    """
    pending = stake.pending if stake else None
    if kind is ChangeKind.CANCEL_RELEASE:
        cancellable = pending is not None and pending.kind is not PendingKind.INCREASE
        return None if cancellable else "There is no pending release to cancel."
    if kind in TAKE_PROFIT:
        same = stake is not None and stake.take_profit is (kind is ChangeKind.TAKE_PROFIT_ON)
        return "Take profit is already set that way." if same else None
    if pending is not None:
        return _pending_objection(pending)
    staked = stake.settled if stake else ZERO
    if staked is None:
        return "Numerai does not tell what is staked on this model."
    amount = staked if kind is ChangeKind.DRAIN else nmr or ZERO
    return _amount_objection(kind, amount, staked, available)


def _pending_objection(pending: PendingRequest) -> str:
    if pending.kind is PendingKind.INCREASE:
        return (
            f"An increase of {pending.amount} NMR is pending; Numerai takes one change per model "
            "at a time. Wait for the next staking close."
        )
    what = "everything" if pending.kind is PendingKind.DRAIN else f"{pending.amount} NMR"
    return (
        f"A release of {what} is pending; Numerai takes one change per model at a time. "
        "Cancel it first (its month starts over when you ask again), wait, or edit its amount on "
        "Stakes (e)."
    )


def _amount_objection(kind: ChangeKind, nmr: NMR, staked: NMR, available: NMR | None) -> str | None:
    if kind in RELEASES and not staked:
        return "Nothing is staked on this model."
    if nmr <= ZERO:
        return "The amount must be more than zero."
    if kind is ChangeKind.INCREASE and available is None:
        return "Numerai does not tell what the Numerai wallet holds."
    if kind is ChangeKind.INCREASE and available is not None and nmr > available:
        return f"The Numerai wallet holds {available} NMR, {nmr - available} NMR too little."
    if kind is ChangeKind.DECREASE and nmr > staked:
        return f"Only {staked} NMR is staked."
    return None
