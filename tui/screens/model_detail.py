"""What the detail panel says about one model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.nmr import NMR
from ledger.domain.payout import PayoutState, Performance, Score
from ledger.reports.portfolio import ModelLine
from tui import format

_LABEL = 13


def facts(line: ModelLine, now: datetime, decimals: int) -> Content:
    """Stake and standing, at most 35 cells wide with names of usual length."""
    title = Content.assemble(
        (line.name, "bold"), (f"  {line.tournament.label}, {line.system.value}", "$muted")
    )
    return Content("\n").join([title, *_stake(line, now, decimals), Content(""), *_standing(line)])


def rounds(played: Sequence[Performance], decimals: int) -> Content:
    """The rounds that have a payout, newest first: score times multiplier, and what it paid; ``~``
    marks a payout that can still move."""
    scored = [entry for entry in played if entry.payout is not None]
    if not scored:
        return Content("")
    heads = [score.name[:11] for score in _paying(scored[0])]
    names = "".join(f"{name:<13}" for name in heads)
    rows = [Content.styled(f"{'round':<6}{names}{'payout':>{decimals + 5}}", "$muted")]
    rows += [_round(entry, len(heads), decimals) for entry in scored]
    return Content("\n").join(rows)


def _fact(label: str, *value: str | tuple[str, str]) -> Content:
    return Content.assemble((f"{label:<{_LABEL}}", "$muted"), *value)


def _stake(line: ModelLine, now: datetime, decimals: int) -> list[Content]:
    known = [
        _fact("staked", format.nmr(line.staked, decimals)),
        _fact("at risk", format.nmr(line.at_risk, decimals)),
    ]
    if line.pending is not None:
        amount = format.pending(line.pending.kind, line.pending.amount, decimals)
        when = format.moment(line.pending.due, now)
        known.append(_fact("pending", (amount, "$pending"), f" {line.pending.kind.value} {when}"))
    if line.per_round is not None:
        mode = f" {line.mode.value}" if line.mode else ""
        known.append(_fact("per round", format.nmr(line.per_round, decimals) + mode))
    if line.take_profit is not None:
        known.append(_fact("earnings", "go to the wallet" if line.take_profit else "compound"))
    if line.one_year is not None:
        known.append(_fact("1 year", format.percent(line.one_year, signed=True)))
    known.append(_fact("not settled", _payout(line.pending_payout, decimals)))
    sent = f" {format.moment(line.submitted_at, now)}" if line.submitted_at else ""
    known.append(_fact("this round", format.submission(line.submission) + sent))
    return known


def _standing(line: ModelLine) -> list[Content]:
    return [
        _fact(
            reputation.name[: _LABEL - 1],
            format.score(reputation.value),
            (f"  rank {reputation.rank:,}" if reputation.rank is not None else "", "$muted"),
        )
        for reputation in line.reputations
    ]


def _round(entry: Performance, columns: int, decimals: int) -> Content:
    scores = [_times(score) for score in _paying(entry)][:columns]
    cells = "".join(f"{text:<13}" for text in scores).ljust(13 * columns)
    text, style = _payout(entry.payout, decimals)
    sign = "~" if entry.state is PayoutState.PENDING else ""
    return Content.assemble(
        (f"{entry.round:<6}", ""),
        (cells, "$muted"),
        (f"{sign:>{max(len(sign), decimals + 5 - len(text))}}", "$pending"),
        (text, style),
    )


def _paying(entry: Performance) -> list[Score]:
    return [score for score in entry.scores if score.multiplier]


def _times(score: Score) -> str:
    times = f"×{score.multiplier.normalize():f}" if score.multiplier else ""
    return format.score(score.value) + times


def _payout(amount: NMR | None, decimals: int) -> tuple[str, str]:
    style = "" if not amount else "$gain" if amount.wei > 0 else "$burn"
    return format.payout(amount, decimals), style
