"""Where a plan leads an allocation strategy over the rounds that run at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.domain import typed
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import SETTINGS, ChangeKind
from ledger.domain.stakes.projection import ProjectedRound, Projection
from ledger.domain.stakes.strategy import ModelSetting, strategy_id
from tui.format import Dates, day, nmr, percent
from tui.theme import Parts
from tui.widgets.charts.plot import Curve, Ink
from tui.widgets.charts.stack import GLYPHS, INKS, Fan, Stack
from tui.widgets.line import Group

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.book import Book
    from ledger.domain.model import Tournament
    from ledger.domain.queue.change import Change
    from ledger.domain.targets.plan import Plan, Step

MOST_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What positions are expected to pay: nothing, what the past says, or a typed rate."""

    from_history: bool = False
    rate: Decimal | None = None

    @property
    def words(self) -> str:
        """``payouts off``, ``payouts as in the past``, ``payouts +0.5% a round``."""
        if self.from_history:
            return "payouts as in the past"
        if self.rate is None:
            return "payouts off"
        return f"payouts {percent(self.rate, 2, signed=True)} a round"


OFF, PAST = Expectation(), Expectation(from_history=True)


def typed_rate(text: str) -> Expectation:
    """``0.5`` or ``0.5%`` of a position's stake.

    Raises:
        ChangeError: it is no percentage from -100 to 100.
    """
    return Expectation(rate=typed.rate(text, MOST_PERCENT).scaleb(-2))


def project(book: Book, tournament: Tournament, plan: Plan, expected: Expectation) -> Projection:
    """The strategy with queue and plan carried out now; call it in a thread.

    Raises:
        ChangeError: there is too little history to expect payouts from.
    """
    changes = [line.change for line in book.queue.report().lines if line.change.state.open]
    queued = [one for one in changes if one.tournament is tournament]
    return book.stakes.atomic.projection(
        tournament,
        settings=_settings(queued, plan.steps),
        deposit=_deposit(queued, plan.steps, tournament),
        rate=expected.rate,
        from_history=expected.from_history,
    )


def _settings(queued: Iterable[Change], steps: Iterable[Step]) -> dict[str, ModelSetting]:
    """Settings that will be made, by model id; the plan's replace the queue's."""
    settings = {}
    for change in sorted(queued, key=lambda change: (change.position, change.id)):
        if change.kind in SETTINGS and change.setting is not None:
            settings[change.model_id] = change.setting
    for step in steps:
        if step.setting is not None:
            settings[step.model.id] = step.setting
    return settings


def _deposit(queued: Iterable[Change], steps: Iterable[Step], tournament: Tournament) -> NMR:
    """What goes from the wallet into the strategy, less what is taken out."""
    own = strategy_id(tournament)
    moves = [(change.kind, change.nmr) for change in queued if change.model_id == own]
    moves += [(step.kind, step.nmr) for step in steps if step.model.id == own]
    signed = {ChangeKind.DEPOSIT: 1, ChangeKind.WITHDRAW: -1}
    return NMR.total((amount or ZERO).times(signed.get(kind, 0)) for kind, amount in moves)


def _points(projection: Projection) -> list[ProjectedRound]:
    return [projection.start, *projection.rounds]


def stack(projection: Projection, marked: Collection[str], now: datetime) -> Stack:
    """The models marked, the others, claims and idle NMR, on top of each other."""
    points = _points(projection)
    own = tuple(_locked(point, marked) for point in points)
    layers = (
        own,
        tuple(point.locked - mine for point, mine in zip(points, own, strict=True)),
        tuple(point.claimable for point in points),
        tuple(point.idle for point in points),
    )
    marks = tuple(
        (index, f"{mark}%")
        for mark, at in projection.reached.items()
        for index in [next((i for i, point in enumerate(points) if point.at == at), None)]
        if index is not None and at != projection.start.at
    )
    return Stack(layers, "today", day(points[-1].at, now), marks)


def _locked(point: ProjectedRound, marked: Collection[str]) -> NMR:
    return NMR.total(point.models[key].locked for key in marked if key in point.models)


def fan(projection: Projection, now: datetime) -> Fan | None:
    """All NMR with its band, where payouts are expected from the past."""
    if not projection.bands:
        return None
    total = projection.start.total
    return Fan(
        low=(total, *(band.low for band in projection.bands)),
        mean=(total, *(band.mean for band in projection.bands)),
        high=(total, *(band.high for band in projection.bands)),
        first="today",
        last=day(projection.bands[-1].at, now),
    )


def curve(projection: Projection, model_id: str, now: datetime) -> Curve:
    """What one model has in positions, round by round."""
    points = _points(projection)
    values = tuple(_locked(point, [model_id]).amount for point in points)
    return Curve(values, values, "today", day(points[-1].at, now))


def legend(
    projection: Projection, marked: Collection[str], name: str, decimals: int
) -> tuple[Group, ...]:
    """What the layers of the stack are, from today to the last round."""
    start, end = projection.start, projection.rounds[-1] if projection.rounds else projection.start

    def layer(weight: int, number: int, label: str, before: NMR, after: NMR) -> Group:
        change = f"{nmr(before, decimals)} → {nmr(after, decimals)}"
        sign = (f"{GLYPHS[number]} ", INKS[number].meaning)
        parts: Parts = (sign, (f"{label} ", "muted"), (change, ""))
        return weight, parts

    mine = (_locked(start, marked), _locked(end, marked))
    others = (start.locked - mine[0], end.locked - mine[1])
    about = "" if projection.idle_known else "~"
    groups = [layer(0, 0, name, *mine)] if marked else []
    groups.append(layer(1, 1, "others" if marked else "locked", *others))
    groups.append(layer(3, 2, "claims", start.claimable, end.claimable))
    groups.append(layer(2, 3, f"{about}idle", start.idle, end.idle))
    return tuple(groups)


def spread(projection: Projection, decimals: int) -> tuple[Group, ...]:
    """What the band comes to after the last round."""
    last = projection.bands[-1]
    ends = f"{nmr(projection.start.total, decimals)} → {nmr(last.mean, decimals)}"
    between = f"{nmr(last.low, decimals)} to {nmr(last.high, decimals)}"
    return (
        (0, ((" all NMR ", "strong"), ("━ ", Ink.SETTLED.meaning), (ends, ""))),
        (1, (("░ ", Ink.PROJECTED.meaning), ("5 to 95 % ", "muted"), (between, ""))),
    )


def dates(projection: Projection, expected: Expectation, now: datetime) -> tuple[Group, ...]:
    """When the composition is 50, 90 and 100 % the target's, and what payouts are expected."""
    groups: list[Group] = []
    runs_out = projection.runs_out.at if projection.runs_out is not None else None
    style = Dates.of([*projection.reached.values(), runs_out], now)
    for mark, at in sorted(projection.reached.items()):
        when = "not in sight" if at is None else "now" if at <= now else style.day(at)
        groups.append((0, ((f"{mark} % ", "muted"), (when, "strong" if at else "pending"))))
    if projection.runs_out is not None:
        short = nmr(projection.runs_out.missing, 2)
        text = f"{style.day(projection.runs_out.at)}, {short} NMR short"
        groups.append((1, (("idle runs out ", "muted"), (text, "burn"))))
    groups.append((2, ((expected.words, "pending" if expected != OFF else "muted"),)))
    return tuple(groups)
