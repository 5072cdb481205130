"""What a yes to one or several changes would mean, restated before it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import Change, ChangeKind
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel
from ledger.reports import words
from ledger.reports.queue.moved import Order, Phrase, moved_together, phrase, transferred
from ledger.rules import naming
from ledger.rules.queue import limits
from ledger.rules.queue.certainty import uncertain
from ledger.rules.queue.limits import Limits


@dataclass(frozen=True, slots=True)
class Ramp:
    """How many rounds run at a time, and when as many have opened from now on.

    ``rounds`` is the number, ``complete`` the time (UTC), ``None`` where it is not known.
    """

    rounds: int
    complete: datetime | None


_NO_RAMP = Ramp(1, None)
WAYS = {
    Channel.BY_HAND: "You set it yourself, on Numerai's V3 Stakes page.",
    Channel.UNSIGNED: "It goes out as a transaction that you sign elsewhere.",
    Channel.SIGNED: "It goes out as a transaction signed here, which can't be taken back.",
}
"""The ways of a change of a strategy, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``changes`` about to be confirmed.

    ``sentences`` has one for each change, conditions included, ``deeds`` the same without the way
    it takes, and ``fields`` what it is, one by one; ``total`` is the NMR they move together, each
    counted for itself as limits do, and ``orders`` what each moves, under the name its model is
    told by. ``touched`` names limits of the config that hold some of them back until another day;
    ``problems`` those that can't be kept at all, and what Numerai does not tell, so that confirming
    is refused; ``untold`` are the latter alone. With ``type_total`` the user is asked to type the
    :meth:`phrase`. ``total`` is ``None`` when it is not known.
    """

    changes: tuple[Change, ...]
    sentences: tuple[str, ...]
    deeds: tuple[str, ...]
    fields: tuple[words.Fields, ...]
    orders: tuple[Order, ...]
    total: NMR | None
    touched: tuple[str, ...]
    problems: tuple[str, ...]
    type_total: bool
    untold: tuple[str, ...] = ()

    @property
    def moved(self) -> str:
        """``20 NMR from alder to birch``; empty where nothing moves."""
        return moved_together(self.orders)

    def phrase(self, decimals: int) -> Phrase | None:
        """What has to be typed, amounts with ``decimals``; ``None`` where a yes is enough."""
        if not self.type_total:
            return None
        both = zip(self.changes, self.orders, strict=True)
        names = {change.model_id: order.model for change, order in both}
        nmr = transferred(self.orders)
        return phrase(list(names.values()), self.total if nmr is None else nmr, decimals)

    def covers(self, other: Confirmation) -> bool:
        """Whether a yes to this is one to ``other``: its changes are in it, to the last wei, and
        where they are all of it they move as much."""
        mine, others = self._asked(), other._asked()
        return all(one in mine for one in others) and (
            len(mine) != len(others) or self.total == other.total
        )

    def _asked(self) -> list[tuple[object, ...]]:
        return [
            (one.id, one.model_id, one.kind, one.nmr, one.setting, one.conditions)
            for one in self.changes
        ]


def build_confirmation(
    changes: Iterable[Change],
    staked: Mapping[str, NMR],
    allowed: Limits,
    *,
    missing: MissingFacts = NOTHING_MISSING,
    typing_above: NMR | None,
    ramps: Mapping[Tournament, Ramp] = MappingProxyType({}),
    models: Iterable[Model] = (),
) -> Confirmation:
    """Restate ``changes``; ``staked`` is the settled stake by model id, as far as known.

    ``models`` are all there are, so that those of one name are told apart.
    ``ramps`` say, for each tournament whose per-round stakes change, what those commit.
    """
    chosen = tuple(changes)
    facts = [
        (change, staked.get(change.model_id, ZERO), ramps.get(change.tournament, _NO_RAMP))
        for change in chosen
    ]
    every = tuple(models)
    known_as = [naming.renamed(change, every) for change in chosen]
    untold = [
        f"Change {change.id}: {why}"
        for change in known_as
        if (
            why := uncertain(
                change.kind, change.model_id, change.tournament, missing, name=change.model_name
            )
        )
    ]
    total = NMR.total(limits.moved(change, stake, ramp.rounds) for change, stake, ramp in facts)
    problems = untold + [
        f"Change {change.id}: {why}"
        for change, stake, ramp in facts
        if (why := limits.never(change, stake, allowed, ramp.rounds))
    ]
    deeds = [_order(change, ramp) for change, (_, _, ramp) in zip(known_as, facts, strict=True)]
    over = allowed.per_day is not None and total > allowed.per_day
    return Confirmation(
        changes=chosen,
        sentences=tuple(
            f"{order} {WAYS.get(change.channel, '')}".strip()
            for order, change in zip(deeds, chosen, strict=True)
        ),
        deeds=tuple(deeds),
        fields=tuple(map(words.fields_of, known_as)),
        total=None if _total_unknown(chosen, missing) else total,
        touched=(
            f"Together they move {total} NMR, and the config allows {allowed.per_day} NMR a day "
            "(limits.per_day_nmr): the rest waits for another day.",
        )
        if over
        else (),
        problems=tuple(problems),
        untold=tuple(untold),
        orders=tuple(Order(one.kind, one.nmr, one.model_name) for one in known_as),
        type_total=typing_above is not None and total > typing_above,
    )


def _total_unknown(changes: Iterable[Change], missing: MissingFacts) -> bool:
    """Whether a drain is among them of a stake that Numerai never told."""
    return any(
        change.kind is ChangeKind.DRAIN
        and (entry := missing.of(Fact.STAKE, change.model_id)) is not None
        and entry.as_of is None
        for change in changes
    )


def _order(change: Change, ramp: Ramp) -> str:
    parts = [words.order_and_base(change), *words.conditions(change.conditions)]
    return ", ".join(parts) + "." + _commits(change, ramp)


def _commits(change: Change, ramp: Ramp) -> str:
    """What a per-round stake comes to, and by when: users take it for the whole stake."""
    if change.setting is None or ramp.complete is None:
        return ""
    by = words.moment(ramp.complete)
    if not change.setting.enabled:
        return f" Running positions settle with their rounds, the last {by}."
    if change.setting.mode is StakeMode.COMPOUND:
        return " Each new position is the newest claim, and that much only where there is none."
    total = change.setting.per_round.times(ramp.rounds)
    return f" That is {total} NMR once {ramp.rounds} rounds are running, {by}."
