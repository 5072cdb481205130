"""Is a change still what it was confirmed for? What was, what is, and what explains the difference.

Between a yes and the change's turn a stake moves: rounds pay, and earlier changes of the same
queue take effect. That much is expected. Whatever else moved makes the change another one than
the user said yes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import (
    DONE,
    RELEASES,
    REQUESTS,
    AccountSnapshot,
    Basis,
    Change,
    ChangeKind,
)
from ledger.domain.rounds.performance import PayoutState, Performance

_SHARE = Decimal("0.01")
_LEAST = NMR("0.0001")
"""How far payouts as listed may be from what they did to a stake: a hundredth of what they moved,
at least this much. Some are our own arithmetic, and Numerai rounds."""


@dataclass(frozen=True, slots=True)
class Payouts:
    """What rounds paid to one stake since some moment, in NMR, never negative.

    ``gained`` are payouts, ``lost`` are burns. ``due_gained`` and ``due_lost`` add rounds that are
    over but not listed as paid yet: their payouts may be in the stake already.
    """

    gained: NMR = ZERO
    lost: NMR = ZERO
    due_gained: NMR = ZERO
    due_lost: NMR = ZERO

    @property
    def swing(self) -> NMR:
        """How much can have moved, whichever way."""
        return self.due_gained + self.due_lost

    def off(self, difference: NMR) -> NMR:
        """How far they are from moving a stake by ``difference``. With take profit on, only what
        was burned did."""
        moved = (
            ZERO,
            self.gained - self.lost,
            -self.lost,
            self.due_gained - self.due_lost,
            -self.due_lost,
        )
        return min(abs(difference - each) for each in moved)

    def explain(self, difference: NMR) -> bool:
        """Whether they can have moved a stake by ``difference``."""
        tolerance = max(_LEAST, self.swing.times(_SHARE)) if self.swing else ZERO
        return self.off(difference) <= tolerance


def payouts_since(basis: Basis, performances: Iterable[Performance], now: datetime) -> Payouts:
    """What the rounds that had not paid at ``basis`` have paid by ``now``."""
    news = [row for row in performances if row.payout is not None and _is_news(basis, row)]
    paid = [row for row in news if row.state is PayoutState.SETTLED]
    over = [row for row in news if row in paid or (row.resolves and row.resolves <= now)]
    return Payouts(*_sides(paid), *_sides(over))


def _sides(rows: Iterable[Performance]) -> tuple[NMR, NMR]:
    payouts = [row.payout for row in rows if row.payout is not None]
    gained = NMR.total(payout for payout in payouts if payout > ZERO)
    return gained, NMR.total(-payout for payout in payouts if payout < ZERO)


def _is_news(basis: Basis, row: Performance) -> bool:
    if basis.newest_round is not None:
        return row.round in basis.open_rounds or row.round > basis.newest_round
    return basis.as_of is not None and row.resolves is not None and row.resolves > basis.as_of


def other_model(change: Change, basis: Basis | None, model: Model) -> str | None:
    """Why ``model`` is not the one that ``change`` was confirmed for, or ``None`` when it is."""
    if model.tournament is not change.tournament:
        return (
            f"It was confirmed for {said(change.model_name)} in {change.tournament.label}; that "
            f"model is in {model.tournament.label} now."
        )
    name = basis.model_name if basis is not None and basis.model_name else change.model_name
    if model.name != name:
        return f"It was confirmed for {said(name)}; that model is called {said(model.name)} now."
    return None


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of continuous staking whose turn it is.

    ``now`` is its account as it was just read, ``own`` the changes on the same model that were
    sent after ``basis``, oldest first, ``payouts`` what the ledger knows of payouts since then.
    """

    change: Change
    basis: Basis
    now: AccountSnapshot
    own: Sequence[Change]
    payouts: Payouts


def moved_away(turn: Turn) -> str | None:
    """What of a change's basis is not so any more and nothing explains; ``None`` for nothing."""
    if turn.change.kind is ChangeKind.CANCEL_RELEASE:
        return _other_release(turn)
    if turn.change.kind not in REQUESTS:
        return None
    basis = turn.basis
    if basis.settled is None or not basis.pending_known:
        return "When it was confirmed, the model's stake or pending change was not known."
    return _withdrawn(turn) or _other_stake(turn)


def _other_release(turn: Turn) -> str | None:
    """Cancelling is about one release: the one that was pending, or one of our own since."""
    now, basis = turn.now, turn.basis
    if now.pending_kind not in RELEASES:
        return "The release it was to cancel is not pending any more."
    if _same_request(basis, now):
        return None
    own = [change for change in turn.own if change.kind.value in RELEASES]
    if own and asked_for(own[-1], now):
        return None
    was = _request(basis.pending_kind, basis.pending_amount)
    return (
        f"When it was confirmed, {was} was pending; now it is "
        f"{_request(now.pending_kind, now.pending_amount)}."
    )


def _withdrawn(turn: Turn) -> str | None:
    """A request that was pending, and is gone before its time without our doing."""
    basis, now = turn.basis, turn.now
    if basis.pending_kind is None or _same_request(basis, now) or _cancelled(turn.own):
        return None
    if basis.pending_due is None or now.taken >= basis.pending_due:
        return None
    return (
        f"{_request(basis.pending_kind, basis.pending_amount).capitalize()} that was pending when "
        "it was confirmed was withdrawn since."
    )


def _other_stake(turn: Turn) -> str | None:
    basis, now = turn.basis, turn.now
    if basis.settled is None or now.settled is None:
        return None
    stakes = expected_stakes(turn)
    if any(turn.payouts.explain(now.settled - stake) for stake in stakes):
        return None
    if ZERO in stakes and ZERO <= now.settled <= turn.payouts.swing:
        return None  # given up whole, and paid by the rounds that still ran
    return (
        f"When it was confirmed, {basis.settled} NMR was staked; now it is {now.settled} NMR, which"
        " neither payouts nor changes sent from here explain."
    )


def expected_stakes(turn: Turn) -> frozenset[NMR]:
    """What the stake can be by what was pending at the basis and what was sent since, payouts
    left out."""
    basis, now = turn.basis, turn.now
    stakes = frozenset({basis.settled or ZERO})
    if basis.pending_kind is not None and not _same_request(basis, now):
        paid = after(stakes, basis.pending_kind, basis.pending_amount)
        stakes = stakes | paid if _cancelled(turn.own) else paid
    return with_own(stakes, turn.own, now)


def with_own(stakes: frozenset[NMR], own: Sequence[Change], now: AccountSnapshot) -> frozenset[NMR]:
    """``stakes`` once the changes ``own``, oldest first, had the effect they can have had."""
    for change in own:
        if change.kind not in REQUESTS or change.state not in DONE or asked_for(change, now):
            continue
        paid = after(stakes, change.kind.value, change.nmr)
        later = [other for other in own if other.id > change.id]
        stakes = stakes | paid if _cancelled(later) else paid
    return stakes


def after(stakes: Iterable[NMR], kind: str, amount: NMR | None) -> frozenset[NMR]:
    """The stakes after a request was paid; a release takes what there is at most."""
    if kind == ChangeKind.DRAIN:
        return frozenset({ZERO})
    if kind == ChangeKind.INCREASE:
        return frozenset(stake + (amount or ZERO) for stake in stakes)
    return frozenset(max(ZERO, stake - (amount or ZERO)) for stake in stakes)


def _cancelled(own: Iterable[Change]) -> bool:
    return any(change.kind is ChangeKind.CANCEL_RELEASE and change.state in DONE for change in own)


def _same_request(basis: Basis, now: AccountSnapshot) -> bool:
    if basis.pending_kind is None or now.pending_kind is None:
        return False
    if basis.pending_id is not None and now.pending_id is not None:
        return basis.pending_id == now.pending_id
    return (basis.pending_kind, basis.pending_amount, basis.pending_due) == (
        now.pending_kind,
        now.pending_amount,
        now.pending_due,
    )


def asked_for(change: Change, now: AccountSnapshot) -> bool:
    """Whether what is pending is what ``change`` asked for."""
    if now.pending_kind != change.kind.value:
        return False
    return change.kind is ChangeKind.DRAIN or now.pending_amount == change.nmr


def _request(kind: str | None, amount: NMR | None) -> str:
    if kind is None:
        return "nothing"
    if kind == ChangeKind.DRAIN:
        return "a drain"
    article = "an" if kind == ChangeKind.INCREASE else "a"
    return f"{article} {kind} of {amount} NMR"


def sent_since(basis: Basis, sent: Iterable[tuple[Change, datetime]]) -> list[Change]:
    """Of changes and when they were sent those that ``basis`` can't have seen, oldest first."""
    return sorted(
        (change for change, at in sent if basis.as_of is None or at >= basis.as_of),
        key=lambda change: change.id,
    )
