"""The account in a few figures, for a line that is printed without opening the ledger.

A document, not a frozen value: it is kept as JSON, and what prints it knows no domain. Times that
are still to come are in it as times, so that it stays true while the clock goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ledger.clock import iso
from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.rounds.performance import Performance
from ledger.domain.sums import Sum
from ledger.reports.account.portfolio import Portfolio
from ledger.reports.account.tournament import TournamentGlance
from ledger.reports.notices.notice import Notice, NoticeKind
from ledger.rules.rounds import calendar
from ledger.rules.rounds.timing import next_close

VERSION = 1
"""What the document is made like; another one is not read."""

CLOSES = 6
"""So many closes of each tournament are in it: a week's."""


def build_status(
    portfolio: Portfolio,
    tournaments: Mapping[Tournament, TournamentGlance],
    notices: Iterable[Notice],
    *,
    settled: Mapping[Tournament, Sequence[Performance]],
    missing: int,
    unknown_changes: int,
    now: datetime,
    stale_after: timedelta,
) -> dict[str, Any]:
    """What ``portfolio`` comes to by ``now``: stake, last payouts, closes, what is missing.

    ``notices`` have to hold those of submissions; ``settled`` are by tournament all performances of
    the newest round in which nothing can move any more. ``missing`` counts the facts that Numerai
    does not tell, ``unknown_changes`` those sent of which
    nobody can say what became, ``stale_after`` is the age from which the last sync counts as old.
    """
    awaited = {
        (notice.tournament, notice.round): len(notice.model_ids)
        for notice in notices
        if notice.kind is NoticeKind.SUBMISSION
    }
    closes = (
        close
        for facts in tournaments.values()
        for close in _closes(facts, _untold(portfolio, facts), awaited, now)
    )
    return {
        "version": VERSION,
        "as_of": None if portfolio.as_of is None else iso(portfolio.as_of),
        "stale_after_hours": stale_after / timedelta(hours=1),
        "staked": _sum(portfolio.staked),
        "available": None if portfolio.available is None else str(portfolio.available),
        "last": [_last(settled[one]) for one in tournaments if settled.get(one)],
        "closes": sorted(closes, key=lambda close: (close["at"], close["tournament"])),
        "missing": missing,
        "unknown_changes": unknown_changes,
    }


def _sum(total: Sum) -> dict[str, Any]:
    return {
        "known": str(total.known),
        "unknown": total.unknown,
        "as_of": None if total.as_of is None else iso(total.as_of),
    }


def _last(rows: Sequence[Performance]) -> dict[str, Any]:
    """What a round has paid; one without a payout paid nothing where nothing was at risk."""
    total = Sum.of(row.payout for row in rows if row.payout is not None or row.at_risk != ZERO)
    return {"tournament": int(rows[0].tournament), "round": rows[0].round, **_sum(total)}


def _untold(portfolio: Portfolio, facts: TournamentGlance) -> bool:
    """Whether a submission may be there that Numerai did not tell of."""
    return any(
        portfolio.missing.first(line.model_id, Fact.SUBMISSIONS) is not None
        for line in portfolio.lines
        if line.tournament is facts.tournament
    )


def _closes(
    facts: TournamentGlance,
    untold: bool,
    awaited: Mapping[tuple[Tournament | None, int | None], int],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """The next closes; ``awaited`` is ``None`` for rounds that were not open yet."""
    opens = {entry.number: entry.opens for entry in facts.rounds}
    at = now
    for _ in range(CLOSES):
        close = next_close(facts.rounds, facts.tournament, at)
        at = close.at
        opened = opens.get(close.round, calendar.opens_about(close.round))
        seen = opened <= now and not untold
        yield {
            "tournament": int(facts.tournament),
            "round": close.round,
            "opens": iso(opened),
            "at": iso(close.at),
            "awaited": awaited.get((facts.tournament, close.round), 0) if seen else None,
        }
