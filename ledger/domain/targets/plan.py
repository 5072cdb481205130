"""A plan: how stakes get from where they are to where they should be, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, Conditions
from ledger.domain.stakes.strategy import ModelSetting


class OptionKind(StrEnum):
    """What can be done about a pending release that is in the way of a target.

    ``wait`` until it is paid, then change the rest; ``cancel`` it and ask again; ``keep`` the
    old request because it goes the same way, and change the rest once it is paid.
    """

    WAIT = "wait"
    CANCEL = "cancel"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Option:
    """One way around the pending release of ``model``, with its cost.

    ``kind`` is what is done about the release, ``sentence`` says what that means. ``days`` is how
    long the NMR that moves takes on average to be where it belongs, ``complete`` when all of it is;
    both as if enough NMR were free. ``chosen``: the plan goes this way; ``asked``: because it was
    asked for. ``cheapest``: the plan would go this way by itself.
    """

    model: Model
    kind: OptionKind
    days: Decimal
    complete: datetime
    sentence: str
    chosen: bool = False
    asked: bool = False
    cheapest: bool = False


Deed = tuple[ChangeKind, str, NMR | None]
"""What a step does: its kind, the model's or strategy's id, the amount."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a plan: ``kind`` on ``model``, for ``reason``.

    ``nmr`` is ``None`` for kinds without an amount. ``after_step`` is the index of an earlier step
    in the same plan that has to be accepted first; ``conditions.after_change`` names a change that
    is in the queue already. ``earliest`` is when it can be sent, ``effect`` when it has full
    effect: the close an increase counts from, the day a release is paid, the round by which an
    atomic setting has taken over all positions. ``setting`` and ``base``: see
    :class:`ledger.domain.queue.change.Change`.
    """

    kind: ChangeKind
    model: Model
    nmr: NMR | None
    conditions: Conditions
    after_step: int | None
    earliest: datetime
    effect: datetime
    reason: str
    setting: ModelSetting | None = None
    base: ModelSetting | None = None

    @property
    def deed(self) -> Deed:
        """What it does, whenever it does it."""
        return self.kind, self.model.id, self.nmr

    def moved_by(self, places: int) -> Step:
        """The same step where ``places`` others go first."""
        if self.after_step is None:
            return self
        return replace(self, after_step=self.after_step + places)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What it takes to get one model to its target.

    ``complete`` is when all of it is there, ``None`` when this plan can't get it there;
    ``missing`` is the NMR it lacks then, ``blocked`` the reason when no change is possible.
    ``remark`` says in a few words why there is no date although nothing is lacking.
    """

    model: Model
    target: NMR
    complete: datetime | None
    missing: NMR
    blocked: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """Idle NMR of a strategy that settings and queue lack already, whatever the targets say.

    ``nmr`` is what is left of it once the targets hold; ``at`` (UTC) is the close of ``round``, the
    first that it can't pay for.
    """

    tournament: Tournament
    nmr: NMR
    round: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` in the order in which they are sent.

    ``outlooks`` say for each model where its target leads, ``options`` what could be done about
    releases in the way. ``complete``: when every target is in full effect; ``None`` when part of
    them can't be reached. ``replaces``: ids of changes in the queue, not sent yet, that must be
    cancelled before these steps are queued. ``missing``: NMR the targets ask for beyond all there
    is. ``warnings`` are sentences. ``queue``: the open changes it was made from, newest first; it
    holds for no other queue. ``left_out``: why nothing is planned for models that have a target,
    because Numerai does not tell what that rests on.

    ``shortages`` were there before the targets and are in no ``missing``. ``offers`` are steps
    that nobody asked for and that are taken one by one (:meth:`with_offers`): a deposit for a
    shortage, idle NMR of a strategy for what targets elsewhere lack.
    """

    steps: tuple[Step, ...]
    complete: datetime | None
    outlooks: tuple[Outlook, ...]
    options: tuple[Option, ...]
    replaces: tuple[int, ...]
    missing: NMR
    warnings: tuple[str, ...]
    queue: tuple[Change, ...] = ()
    left_out: tuple[str, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    offers: tuple[Step, ...] = ()

    def with_offers(self, taken: Collection[Deed]) -> Plan:
        """The plan with those of its offers as its first steps that do what is ``taken``."""
        first = tuple(offer for offer in self.offers if offer.deed in taken)
        return replace(
            self,
            steps=(*first, *(step.moved_by(len(first)) for step in self.steps)),
            offers=tuple(offer for offer in self.offers if offer not in first),
        )

    def ways(self, model_id: str) -> tuple[Option, ...]:
        """The ways around one model's pending release; none when it is in no target's way."""
        return tuple(option for option in self.options if option.model.id == model_id)


@dataclass(frozen=True, slots=True)
class Balance:
    """``current`` + ``wallet`` + ``releasing`` = ``targets`` + ``left``, to the wei.

    ``current``: stakes once what is pending has settled; ``releasing``: NMR on its way to the
    wallet; ``targets``: stakes as they should be, kept ones as they will be; ``left`` stays
    free, negative when the targets ask for too much.
    ``before`` is the ``left`` of settings and queue without the targets: below zero they were
    more than there is already.
    ``missing_now`` is what the wallet lacks for all increases today, ``covered`` the time by
    which releases have made up for it, ``None`` when they never do; ``missing`` is what is
    lacking even then. ``unknown`` models, of which Numerai never told the stake, are in none of
    it; without a wallet that is known there is no ``left`` and nothing that is lacking.
    """

    current: NMR
    wallet: NMR | None
    releasing: NMR
    targets: NMR
    left: NMR | None
    missing_now: NMR | None
    missing: NMR | None
    covered: datetime | None
    unknown: int = 0
    before: NMR | None = None


@dataclass(frozen=True, slots=True)
class StakePoint:
    """One model at one time, in NMR.

    ``staked`` is the stake of ``model_id``, ``releasing`` what of that is being released.
    ``counting`` is what the next round puts at risk; ``held`` has left the wallet for an increase
    that does not count yet.
    """

    model_id: str
    staked: NMR
    counting: NMR
    held: NMR
    releasing: NMR


@dataclass(frozen=True, slots=True)
class SimulationPoint:
    """The account at one time, ``at`` (UTC), in NMR, with its ``models``.

    ``round`` is the round whose stakes close then, if one does. ``free`` + ``held`` + ``staked`` is
    the same at every point; ``releasing`` is part of ``staked``. ``free`` is ``None`` while the
    wallet is not known.
    """

    at: datetime
    round: int | None
    free: NMR | None
    held: NMR
    staked: NMR
    releasing: NMR
    models: tuple[StakePoint, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A plan carried out on the first possible occasion, payouts left out: ``points`` in time.

    ``complete``: when the last change has full effect; ``None`` when that lies beyond the simulated
    rounds, or a change waits for something that does not come. ``unknown`` models, of which Numerai
    never told the stake, are left out.
    """

    points: tuple[SimulationPoint, ...]
    complete: datetime | None
    unknown: int = 0
