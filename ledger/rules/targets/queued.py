"""What changes already in the queue will do to free NMR, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import RELEASES, UNSENT, Change, ChangeKind
from ledger.rules.rounds import calendar
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.targets.funding import Cash, Source
from ledger.rules.targets.net_position import (
    STAKE_KINDS,
    UNCERTAIN,
    NetPosition,
    after_changes,
    settles,
)


@dataclass(frozen=True, slots=True)
class Booking:
    """The dates of an open change (UTC).

    It can be sent at ``earliest``, has full effect at ``effect``, and its model takes the next
    change at ``clear``. ``covered``: whether there will be NMR enough for it.
    """

    earliest: datetime
    effect: datetime
    clear: datetime
    covered: bool = True


def book_open_changes(
    changes: Iterable[Change],
    states: Mapping[str, NetPosition],
    schedules: Mapping[Tournament, RoundSchedule],
    sources: Iterable[Source],
    now: datetime,
) -> tuple[dict[int, Booking], Cash]:
    """Dates of the open changes by id, and the free NMR they leave.

    A release whose outcome is unknown is no source; an increase whose outcome is unknown takes its
    NMR, whether or not the wallet still shows it.
    """
    counted = UNSENT | UNCERTAIN
    open_changes = sorted(
        (c for c in changes if c.state in counted and c.kind in STAKE_KINDS),
        key=lambda c: (c.position, c.id),
    )
    bookings: dict[int, Booking] = {}
    inflows = list(sources)
    for place, change in enumerate(open_changes):
        net_position = states.get(change.model_id)
        schedule = schedules.get(change.tournament) or RoundSchedule((), change.tournament)
        before = [c for c in open_changes[:place] if c.model_id == change.model_id]
        times = [now, *_conditions(change, bookings), *(bookings[c.id].clear for c in before)]
        if (
            net_position is not None
            and net_position.pending is not None
            and not _cancelled(change, before)
        ):
            times.append(settles(net_position, schedule, now) or now)
        bookings[change.id] = _booking(change, max(times), schedule)
        if change.kind in RELEASES and change.state in UNSENT and net_position is not None:
            base = after_changes(net_position, before)
            amount = base if change.kind is ChangeKind.DRAIN else min(change.nmr or ZERO, base)
            inflows.append(Source(bookings[change.id].effect, amount))
    cash = Cash(inflows)
    increases = [change for change in open_changes if change.kind is ChangeKind.INCREASE]
    for change in sorted(increases, key=lambda c: (bookings[c.id].earliest, c.position, c.id)):
        schedule = schedules.get(change.tournament) or RoundSchedule((), change.tournament)
        bookings[change.id] = _paid_for(change, bookings[change.id], cash, schedule)
    return bookings, cash


def _conditions(change: Change, bookings: Mapping[int, Booking]) -> list[datetime]:
    """The times the conditions of ``change`` name."""
    conditions = change.conditions
    times = [] if conditions.not_before is None else [conditions.not_before]
    if conditions.not_before_round is not None:
        times.append(calendar.opens_about(conditions.not_before_round))
    if conditions.after_change is not None and conditions.after_change in bookings:
        times.append(bookings[conditions.after_change].earliest)
    return times


def _cancelled(change: Change, before: Iterable[Change]) -> bool:
    """Whether the release pending at Numerai is withdrawn by then."""
    return any(entry.kind is ChangeKind.CANCEL_RELEASE for entry in (*before, change))


def _booking(change: Change, earliest: datetime, schedule: RoundSchedule) -> Booking:
    close = schedule.close_after(earliest)
    if change.kind is ChangeKind.CANCEL_RELEASE:
        return Booking(earliest, close, earliest)
    effect = schedule.paid(earliest) if change.kind in RELEASES else close
    return Booking(earliest, effect, effect)


def _paid_for(change: Change, booking: Booking, cash: Cash, schedule: RoundSchedule) -> Booking:
    nmr = change.nmr or ZERO
    portions = cash.draw(nmr, booking.earliest)
    sent = max((portion.at for portion in portions), default=booking.earliest)
    effect = schedule.close_after(sent)
    covered = NMR.total(portion.nmr for portion in portions) == nmr
    return Booking(sent, effect, effect, covered)
