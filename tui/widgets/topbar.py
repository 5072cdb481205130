"""The first line: whose account, what is in it, when stakes close next, how old the data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.concern import Level
from ledger.domain.knowledge import Fact
from ledger.domain.names import shorten
from ledger.domain.nmr import NMR
from tui import format
from tui.theme import LEVELS, Meaning, Parts
from tui.widgets.line import Group, Line, plain
from tui.widgets.missing import PAID, PAID_IN, STAKED, figure_text, sum_text

if TYPE_CHECKING:
    from ledger.domain.syncing.facts import SyncProgress
    from ledger.reports.account.portfolio import NextClose, Portfolio

DEFAULT_PROFILE = "default"
"""The profile that needs no name on screen."""

IN_TOP_BAR = frozenset(
    {Fact.WALLET, *PAID, *PAID_IN, *(fact for facts in STAKED.values() for fact in facts)}
)
"""Facts that its figures are known by."""

_LAST_MINUTES = timedelta(minutes=2)
_STALE_AFTER = timedelta(hours=6)


class TopBar(Line):
    """Drawn by :class:`Headline`."""

    GAP = "  "


@dataclass
class Headline:
    """What the top bar says, whichever mode is in front.

    ``syncing``: a sync runs, ``progress`` how far it is; ``offline``: the last one could not
    reach Numerai. ``notices`` counts what deserves attention by level. ``reaches_back_to``: the
    first round of the history while the first sync fills it, ``None`` when it is whole.
    ``clock_off``: where this machine's clock is by Numerai's, which then counts; empty while they
    agree.
    """

    profile: str
    demo: bool = False
    read_only: bool = False
    portfolio: Portfolio | None = None
    syncing: bool = False
    progress: SyncProgress | None = None
    offline: bool = False
    notices: Mapping[Level, int] = field(default_factory=dict)
    reaches_back_to: int | None = None
    clock_off: str = ""

    def draw(self, bar: TopBar, now: datetime) -> None:
        """Show the state of things at ``now``."""
        bar.show(tuple(self._account(now)), tuple(self._times(now)))

    def seconds_to_change(self, now: datetime) -> float:
        """How long until the text can read differently by itself."""
        waits = [60.0]
        close = self.next_close(now)
        if close is not None:
            left = close.at - now
            waits.append(1.0 if left <= _LAST_MINUTES else left.total_seconds() % 60)
        if self.portfolio is not None and self.portfolio.as_of is not None:
            waits.append(60 - (now - self.portfolio.as_of).total_seconds() % 60)
        return max(0.2, min(waits) + 0.05)

    def next_close(self, now: datetime) -> NextClose | None:
        """The next staking close that is still ahead."""
        closes = self.portfolio.next_closes if self.portfolio else ()
        return next((close for close in closes if close.at > now), None)

    def passed_close(self, now: datetime) -> bool:
        """Whether a close that is still listed has passed: the reports are out of date."""
        closes = self.portfolio.next_closes if self.portfolio else ()
        return any(close.at <= now for close in closes)

    def _account(self, now: datetime) -> list[Group]:
        portfolio = self.portfolio
        name = (portfolio.username if portfolio else None) or "numstake"
        demo = f"DEMO {format.WEEKDAYS[now.weekday()]} {format.day(now, now)}"
        who: Parts = ((demo, "pending"),) if self.demo else ((shorten(name), "title"),)
        if self.profile != DEFAULT_PROFILE and not self.demo:
            who = (*who, (f" ({self.profile})", "muted"))
        groups: list[Group] = [(0, who)]
        if self.read_only:
            groups.append(plain("READ-ONLY", "pending"))
        if portfolio is None or portfolio.as_of is None:
            return groups
        groups += self._attention()
        staked = sum_text(portfolio.staked, 2)
        groups.append((0, (("staked ", "muted"), (f"{staked} NMR", "strong"))))
        gap = portfolio.missing.of(Fact.WALLET)
        if portfolio.available is not None or gap is not None:
            wallet = figure_text(format.nmr(portfolio.available, 2), gap, portfolio.available)
            groups.append((3, (("Numerai wallet ", "muted"), (wallet, ""))))
        paid = portfolio.pending_payout
        pending = (format.ESTIMATE + sum_text(paid, 2, signed=True), _gain_or_burn(paid.known))
        groups.append((4, (("unsettled ", "muted"), pending)))
        return groups

    def _attention(self) -> list[Group]:
        """What is loud and what is quiet, each with its sign; mere news only when it is all."""
        counts = {level: self.notices.get(level, 0) for level in Level}
        shown = [level for level in (Level.LOUD, Level.QUIET) if counts[level]]
        shown = shown or [level for level in (Level.NEWS,) if counts[level]]
        return [plain(f"{format.LEVEL_SIGNS[one]}{counts[one]}", LEVELS[one]) for one in shown]

    def _times(self, now: datetime) -> list[Group]:
        groups: list[Group] = []
        close = self.next_close(now)
        if close is not None:
            left = close.at - now
            when = (
                f"{int(left.total_seconds())} s"
                if left <= _LAST_MINUTES
                else format.countdown(close.at, now)
            )
            urgent: Meaning = "pending" if left < timedelta(hours=1) else ""
            parts: Parts = ((f"{close.tournament.label} closes in ", "muted"), (when, urgent))
            groups.append((2, parts))
        if self.clock_off:
            groups.append(plain(f"clock {self.clock_off} Numerai's", "pending", 1))
        if self.reaches_back_to is not None:
            reach = f"history back to round {self.reaches_back_to} so far"
            groups.append(plain(reach, "pending", 1))
        return [*groups, self._age(now)]

    def _age(self, now: datetime) -> Group:
        if self.syncing:
            step = f" {self.progress.done}/{self.progress.total}" if self.progress else "…"
            return plain(f"syncing{step}", "pending", 1)
        as_of = self.portfolio.as_of if self.portfolio else None
        if as_of is None:
            return plain("offline" if self.offline else "not synced", "stale", 1)
        age = format.age(as_of, now)
        synced = "synced now" if age == "now" else f"synced {age} ago"
        if self.offline:
            return plain(f"offline, {synced}", "stale", 1)
        return plain(synced, "stale" if now - as_of > _STALE_AFTER else "muted", 1)


def _gain_or_burn(amount: NMR) -> Meaning:
    return "gain" if amount.wei > 0 else "burn" if amount.wei < 0 else ""
