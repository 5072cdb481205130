"""The way of one model from where it stands to its target, before NMR is shared out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.targets.plan import Option, OptionKind
from ledger.rules.targets.net_position import NetPosition, settles
from ledger.rules.targets.options import Situation, options
from ledger.rules.targets.sentences import uncertain

_AT_ONCE = Conditions()
_BUILT_ON = frozenset({ChangeKind.INCREASE, ChangeKind.CANCEL_RELEASE})
"""Unsent changes that a higher target adds to instead of replacing them."""


@dataclass(frozen=True, slots=True)
class Request:
    """A change of ``kind`` over ``nmr`` to be sent at ``earliest`` (UTC), under ``conditions``.

    ``expected`` is the NMR a drain returns as things are, ``reaches`` the stake afterwards.
    ``after`` is the identity of the step it follows.
    """

    kind: ChangeKind
    nmr: NMR | None
    earliest: datetime
    conditions: Conditions = _AT_ONCE
    expected: NMR = ZERO
    reaches: NMR = ZERO
    after: int | None = None

    @property
    def amount(self) -> NMR:
        """The NMR it moves, as far as that is known."""
        return self.expected if self.nmr is None else self.nmr


@dataclass(frozen=True, slots=True)
class Need:
    """``nmr`` a model takes from the wallet, on top of ``base``, at ``earliest`` or later (UTC).

    ``when_release_gone``: not before its pending release is gone. ``after_change``: not before that
    change of the queue is accepted.
    """

    nmr: NMR
    earliest: datetime
    base: NMR
    when_release_gone: bool = False
    after_change: int | None = None

    def rest(self) -> Need:
        """What a later increase of the same model has to wait for: only the one before it."""
        return replace(self, when_release_gone=False, after_change=None)


@dataclass(frozen=True, slots=True)
class Route:
    """How one model gets to its target: ``requests`` in order, then the ``need`` for NMR.

    ``options`` are the ways around a pending release. ``settles`` is when the request pending at
    Numerai, if it stays, has full effect; ``replaces`` are unsent changes of the queue it makes
    obsolete. ``blocked`` says why there is no way, ``None`` when there is.
    """

    requests: tuple[Request, ...] = ()
    need: Need | None = None
    options: tuple[Option, ...] = ()
    replaces: tuple[int, ...] = ()
    settles: datetime | None = None
    blocked: str | None = None

    @property
    def cancels(self) -> bool:
        """Whether the release pending at Numerai is withdrawn."""
        return any(request.kind is ChangeKind.CANCEL_RELEASE for request in self.requests)


def find_path(net_position: NetPosition, target: NMR, situation: Situation) -> Route:
    """How ``net_position`` gets to ``target``."""
    if situation.system is System.ATOMIC:
        return Route(blocked=_atomic(net_position))
    settled_at = settles(net_position, situation.schedule, situation.now)
    if target == net_position.eventual:
        return Route(settles=settled_at)
    if net_position.model.archived:
        return Route(settles=settled_at, blocked=f"{said(net_position.model.name)} is archived.")
    if net_position.uncertain:
        number = net_position.uncertain[-1].id
        return Route(
            settles=settled_at,
            blocked=uncertain(number, net_position.model),
        )
    if _builds_on_queue(net_position, target):
        return _on_top(net_position, target, settled_at, situation.now)
    replaces = tuple(change.id for change in net_position.unsent)
    return replace(_afresh(net_position, target, settled_at, situation), replaces=replaces)


def _atomic(net_position: NetPosition) -> str:
    label = net_position.model.tournament.label
    return (
        f"{label} is on atomic staking: a position stays locked until its round resolves, and a "
        "stake is set per round, not in total."
    )


def _builds_on_queue(net_position: NetPosition, target: NMR) -> bool:
    """Whether more NMR is wanted than changes in the queue, all of them upwards, will bring."""
    kinds = {change.kind for change in net_position.unsent}
    return bool(kinds) and kinds <= _BUILT_ON and target > net_position.eventual


def _on_top(
    net_position: NetPosition, target: NMR, settled_at: datetime | None, now: datetime
) -> Route:
    base = net_position.eventual
    last = net_position.unsent[-1].id
    return Route(need=Need(target - base, now, base, after_change=last), settles=settled_at)


def _afresh(
    net_position: NetPosition, target: NMR, settled_at: datetime | None, situation: Situation
) -> Route:
    """The route without what the queue holds unsent."""
    now = situation.now
    if target == net_position.effective:
        return Route(settles=settled_at)
    if settled_at is None or not net_position.release_pending:
        route = _one_change(net_position.effective, target, max(now, settled_at or now), now)
        return replace(route, settles=settled_at)
    ways = options(net_position, target, settled_at, situation)
    if any(option.chosen and option.kind is OptionKind.CANCEL for option in ways):
        return replace(_cancelled(net_position, target, now), options=ways)
    route = _one_change(net_position.effective, target, settled_at, now, release_gone=True)
    return replace(route, settles=settled_at, options=ways)


def _one_change(
    base: NMR, target: NMR, earliest: datetime, now: datetime, *, release_gone: bool = False
) -> Route:
    """From ``base`` to ``target``, asked for when the model takes a change."""
    if target > base:
        return Route(need=Need(target - base, earliest, base, when_release_gone=release_gone))
    conditions = Conditions(
        not_before=earliest if earliest > now else None, when_release_gone=release_gone
    )
    return Route(requests=(_release(base, target, earliest, conditions),))


def _cancelled(net_position: NetPosition, target: NMR, now: datetime) -> Route:
    """The pending release withdrawn, then one change from the whole stake."""
    cancel = Request(ChangeKind.CANCEL_RELEASE, None, now, reaches=net_position.settled)
    settled = net_position.settled
    if target > settled:
        return Route(requests=(cancel,), need=Need(target - settled, now, settled))
    if target == settled:
        return Route(requests=(cancel,))
    return Route(requests=(cancel, _release(settled, target, now, _AT_ONCE)))


def _release(base: NMR, target: NMR, earliest: datetime, conditions: Conditions) -> Request:
    kind = ChangeKind.DECREASE if target else ChangeKind.DRAIN
    nmr = base - target
    return Request(kind, nmr if target else None, earliest, conditions, nmr, target)
