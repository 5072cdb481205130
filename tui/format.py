"""Values to text: NMR, payouts, percentages, times, states. No widgets, no colour.

Everything here is told what time it is. Times are shown in UTC, as Numerai's rounds are.
Columns that share one number of decimals line up when they are aligned to the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from ledger.clock import remaining
from ledger.dataclass import dataclass
from ledger.domain.concern import Level
from ledger.domain.names import cut
from ledger.domain.nmr import NMR
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.stake import PendingKind

if TYPE_CHECKING:
    from ledger.domain.slots.predictor import Assignment

MINUS = "−"
"""The typographic minus: as wide as a plus, so signed columns line up."""

ABSENT = "·"
"""Stands where there is no value."""

UNKNOWN = "?"
"""Stands where there is a value that nobody has told, and behind a sum that lacks one."""

OLD = "*"
"""Stands behind a value that was told earlier and is not told any more, or a sum that holds one."""

ESTIMATE = "~"
"""Stands before what holds unsettled payouts and can still move."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_A_WEEK = timedelta(days=6)
_A_YEAR = timedelta(days=300)
"""Within them a weekday, or a day and a month, mean one day only."""

GAIN_BARS = "▁▂▃▄▅▆▇█"
"""Gains stand on the bottom of the line."""

BURN_BARS = "▔▀"
"""Burns hang from its top, so they are told apart without colour."""

LEVEL_SIGNS = {Level.LOUD: "!!", Level.QUIET: "!", Level.NEWS: "i"}
"""How much a notice asks for attention, told without colour."""

SUBMISSION_SIGNS = {
    SubmissionState.SUBMITTED: "✓",
    SubmissionState.LATE: "!",
    SubmissionState.MISSED: "✗",
    SubmissionState.AWAITED: "…",
}


_GROUPED = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:,[0-9]{3})+(?![\w,])")


def nmr(amount: NMR | None, decimals: int = 2, *, signed: bool = False, minus: str = MINUS) -> str:
    """``1,234.50``; with ``signed`` also a plus. ``None`` is a dot.

    An amount that is not zero never reads as zero: ``<0.01``, ``+<0.01``, ``−<0.01``.
    """
    return ABSENT if amount is None else number(amount.amount, decimals, signed=signed, minus=minus)


def payout(amount: NMR | None, decimals: int = 2) -> str:
    """A gain with ``+``, a burn with ``−``."""
    return nmr(amount, decimals, signed=True)


def earned(amount: NMR, unsettled: NMR, decimals: int = 2) -> str:
    """A sum of payouts, with a ``~`` where it holds ``unsettled`` ones."""
    return (ESTIMATE if unsettled else "") + payout(amount, decimals)


def exact(amount: NMR) -> str:
    """Every digit there is, for texts that someone decides by: ``1,234.000000000000000001``."""
    text = f"{amount.amount:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def ungrouped(text: str) -> str:
    """``text`` with its numbers as they are typed, without commas between thousands."""
    return _GROUPED.sub(lambda match: match[0].replace(",", ""), text)


def number(
    value: Decimal | None, decimals: int, *, signed: bool = False, minus: str = MINUS
) -> str:
    """A decimal number with thousands separated, in the manner of :func:`nmr`."""
    if value is None:
        return ABSENT
    sign = minus if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    unit = Decimal(1).scaleb(-decimals)
    rounded = size.quantize(unit, rounding=ROUND_HALF_EVEN)
    return f"{sign}<{unit:f}" if size and not rounded else f"{sign}{rounded:,f}"


def percent(fraction: Decimal | None, decimals: int = 1, *, signed: bool = False) -> str:
    """``0.0123`` as ``1.2%``."""
    if fraction is None:
        return ABSENT
    return number(fraction.scaleb(2), decimals, signed=signed) + "%"


def score(value: Decimal | None, decimals: int = 4) -> str:
    """A score with its sign, ``+0.0213``; too small to show is ``+0.0000``, scores are no money."""
    if value is None:
        return ABSENT
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    sign = MINUS if value < 0 else "+" if value > 0 else " "
    return f"{sign}{abs(rounded):f}"


@dataclass(frozen=True, slots=True)
class Dates:
    """How all dates of one page are written, by what lies furthest from ``now`` among them: within
    a week ``Tue 13:00``, within a year ``24 Dec``, else ``2027-12-24``."""

    now: datetime
    furthest: timedelta

    @classmethod
    def of(cls, moments: Iterable[datetime | None], now: datetime) -> Dates:
        """For a page that shows ``moments``; those that are not known need no place."""
        distances = (abs(at - now) for at in moments if at is not None)
        return cls(now, max(distances, default=timedelta(0)))

    def moment(self, at: datetime | None) -> str:
        """With its time where the page spans a week."""
        if at is not None and self.furthest < _A_WEEK:
            at = at.astimezone(UTC)
            return f"{WEEKDAYS[at.weekday()]} {at:%H:%M}"
        return self.day(at)

    def day(self, at: datetime | None) -> str:
        """Without its time."""
        if at is None:
            return ABSENT
        at = at.astimezone(UTC)
        if self.furthest < _A_YEAR:
            return f"{at.day} {MONTHS[at.month - 1]}"
        return f"{at:%Y-%m-%d}"


def moment(at: datetime | None, now: datetime) -> str:
    """A date that stands alone, as short as its distance allows: ``Tue 13:00``, ``24 Dec``,
    ``2027-12-24``."""
    return Dates.of([at], now).moment(at)


def day(at: datetime | None, now: datetime) -> str:
    """A day that stands alone: ``24 Dec``, more than most of a year away ``2027-12-24``."""
    return Dates.of([at], now).day(at)


def when(at: datetime, now: datetime) -> str:
    """A day with its time, for what is long past too: ``28 Nov 14:00``, ``2027-12-05 14:00``."""
    return f"{day(at, now)} {at.astimezone(UTC):%H:%M}"


def full(at: datetime) -> str:
    """For sentences: ``Tuesday 24 November 2026, 13:00 UTC``."""
    at = at.astimezone(UTC)
    name = LONG_WEEKDAYS[at.weekday()]
    return f"{name} {at.day} {LONG_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def stamp(at: datetime) -> str:
    """For histories: ``2026-11-24 13:00:07``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def age(at: datetime | None, now: datetime) -> str:
    """How long ago: ``now``, ``3 min``, ``2 h``, ``5 d``; before a first time ``never``."""
    if at is None:
        return "never"
    minutes = int((now - at).total_seconds()) // 60
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def countdown(at: datetime, now: datetime) -> str:
    """How long still, in the words of :func:`ledger.clock.remaining`."""
    return remaining(at - now)


def sparkline(amounts: Sequence[NMR | None], width: int | None = None) -> str:
    """One cell for each of the last ``width`` amounts, all on one scale.

    Gains rise from the bottom, burns hang from the top, nothing paid is a dot and ``None`` a
    space.
    """
    shown = amounts if width is None else amounts[max(0, len(amounts) - width) :]
    peak = max((abs(amount.wei) for amount in shown if amount is not None), default=0)
    return "".join(_bar(amount, peak) for amount in shown)


def _bar(amount: NMR | None, peak: int) -> str:
    if amount is None:
        return " "
    if not amount:
        return ABSENT
    bars = BURN_BARS if amount.wei < 0 else GAIN_BARS
    return bars[min(len(bars) - 1, abs(amount.wei) * len(bars) // peak)]


def submission(state: SubmissionState | None, *, word: bool = True) -> str:
    """``✓ submitted``, or only its sign."""
    if state is None:
        return ABSENT
    return f"{SUBMISSION_SIGNS[state]} {state.value}" if word else SUBMISSION_SIGNS[state]


def assignment_text(assignment: Assignment | None, names: Mapping[int, str]) -> str:
    """Who sits in a slot: ``lgbm``, ``=lgbm`` when carried over, ``-`` when empty on purpose."""
    if assignment is None:
        return ABSENT
    name = "-" if assignment.predictor_id is None else names.get(assignment.predictor_id, "?")
    return f"={name}" if assignment.carried else name


def pending(kind: PendingKind, amount: NMR, decimals: int = 2) -> str:
    """What a pending request will do to the stake: ``+2.50``, ``−2.50``, ``−all``."""
    if kind is PendingKind.DRAIN:
        return f"{MINUS}all"
    return payout(amount if kind is PendingKind.INCREASE else -abs(amount), decimals)


def count(number_of: int, thing: str) -> str:
    """``1 change``, ``2 changes``."""
    return f"{number_of:,} {thing}" if number_of == 1 else f"{number_of:,} {thing}s"


def shorten(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, its end cut off where it is longer."""
    return cut(text, width)
