"""What the detail panel says about one model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFact, MissingFacts
from ledger.domain.model import System
from ledger.domain.names import marked
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.reports.account.portfolio import ModelLine
from tui import format
from tui.widgets.missing import STAKED, figure_text, of_payouts, worst

_LABEL = 13


def facts(
    line: ModelLine, now: datetime, decimals: int, missing: MissingFacts = NOTHING_MISSING
) -> Content:
    """Stake and reputation, at most 35 cells wide with names of usual length."""
    title = Content.assemble(
        (marked(line.name), "bold"), (f"  {line.tournament.label}, {line.system.value}", "$muted")
    )
    stake = _stake(line, now, decimals, missing)
    return Content("\n").join([title, *stake, Content(""), *_reputation(line, missing)])


def rounds(played: Sequence[Performance], decimals: int, missing: Content | None = None) -> Content:
    """The rounds that have a payout, newest first: score times multiplier, and what it paid; ``~``
    marks a payout that can still move. Above them what is ``untold`` of the model."""
    table = _played(played, decimals)
    if missing is None or not missing.plain:
        return table
    return Content("\n\n").join([missing, table]) if table.plain else missing


def _played(played: Sequence[Performance], decimals: int) -> Content:
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


def _stake(line: ModelLine, now: datetime, decimals: int, missing: MissingFacts) -> list[Content]:
    def gap(*facts: Fact) -> MissingFact | None:
        return worst(missing, line.model_id, *facts)

    def amount(value: NMR | None, *facts: Fact) -> str:
        return figure_text(format.nmr(value, decimals), gap(*facts), value)

    atomic = STAKED[System.ATOMIC]
    lines = [
        _fact("staked", amount(line.staked, *STAKED[line.system])),
        _fact("at risk", amount(line.at_risk, *atomic)),
    ]
    lines += _pending(line, now, decimals, gap(Fact.PENDING))
    if line.per_round is not None:
        mode = f" {line.mode.value}" if line.mode else ""
        lines.append(_fact("per round", amount(line.per_round, *atomic) + mode))
    untold = gap(Fact.TAKE_PROFIT) if line.system is System.CONTINUOUS else None
    if line.take_profit is not None or untold is not None:
        words = "go to the Numerai wallet" if line.take_profit else "compound"
        lines.append(_fact("earnings", figure_text(words, untold, line.take_profit)))
    returns = gap(Fact.RETURNS)
    if line.one_year is not None or returns is not None:
        one_year = format.percent(line.one_year, signed=True)
        lines.append(_fact("1 year", figure_text(one_year, returns, line.one_year)))
    text, style = _payout(line.pending_payout, decimals)
    text = format.ESTIMATE + text if line.pending_payout else text
    paid = of_payouts(missing, line.model_id, line.tournament)
    lines.append(_fact("unsettled", (figure_text(text, paid), style if paid is None else "$stale")))
    sent = f" {format.moment(line.submitted_at, now)}" if line.submitted_at else ""
    state = format.submission(line.submission) + sent
    lines.append(_fact("this round", figure_text(state, gap(Fact.SUBMISSIONS), line.submission)))
    return lines


def _pending(
    line: ModelLine, now: datetime, decimals: int, gap: MissingFact | None
) -> list[Content]:
    if line.pending is None:
        untold = line.system is System.CONTINUOUS and gap is not None
        return [_fact("change", figure_text("nothing", gap))] if untold else []
    amount = figure_text(format.pending(line.pending.kind, line.pending.amount, decimals), gap)
    when = format.moment(line.pending.due, now)
    return [_fact("change", (amount, "$pending"), f" {line.pending.kind.value} {when}")]


def _reputation(line: ModelLine, missing: MissingFacts) -> list[Content]:
    gap = missing.of(Fact.REPUTATION, line.model_id)
    if gap is not None and not line.reputations:
        return [_fact("reputation", figure_text("", gap, None))]
    return [
        _fact(
            reputation.name[: _LABEL - 1],
            figure_text(format.score(reputation.value), gap),
            (f"  rank {reputation.rank:,}" if reputation.rank is not None else "", "$muted"),
        )
        for reputation in line.reputations
    ]


def _round(entry: Performance, columns: int, decimals: int) -> Content:
    scores = [times(score) for score in _paying(entry)][:columns]
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


def times(score: Score) -> str:
    """``+0.0329×0.5``: a score with its multiplier."""
    multiplier = f"×{score.multiplier.normalize():f}" if score.multiplier else ""
    return format.score(score.value) + multiplier


def _payout(amount: NMR | None, decimals: int) -> tuple[str, str]:
    style = "" if not amount else "$gain" if amount.wei > 0 else "$burn"
    return format.payout(amount, decimals), style
