"""What the page of risk says around its table."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.risk import ModelRisk, RiskFigures, RiskRestated
from tui.format import ABSENT, ESTIMATE, MINUS, UNKNOWN, count, nmr, number, payout, percent, when
from tui.screens.earnings.risk_columns import SHADES, hundredths, meaning, strongest
from tui.theme import Parts
from tui.widgets.line import Group, plain

_WORST = 3
"""How many models are named that lose most."""

_STRONGEST = 2
"""How many models are named that one moves with."""


def summary(figures: RiskFigures, decimals: int) -> tuple[Group, ...]:
    """What is at risk, and what may come of it."""
    groups: list[Group] = [
        (1, ((" at risk ", "muted"), (nmr(figures.at_risk, decimals), ""), (" NMR", "muted"))),
    ]
    outlook = figures.outlook
    if outlook is not None:
        groups += [
            (2, (("expected ", "muted"), *_estimate(outlook.expected, decimals))),
            (3, (("VaR 95% ", "muted"), *_estimate(outlook.worst, decimals))),
            (0, (("worst 5% on average (ES) ", "muted"), *_estimate(outlook.shortfall, decimals))),
        ]
    groups.append(plain(f"at the most {MINUS}{nmr(figures.limit, decimals)}", "muted", 4))
    return tuple(groups)


def told(
    figures: RiskFigures, restated: RiskRestated | None, decimals: int, now: datetime
) -> list[str]:
    """Sentences: what is missing, who loses most, targets, concentration, where it comes from."""
    outlook = figures.why or "" if figures.outlook is None else _losing(figures, decimals)
    targets = [] if restated is None else [_restated(restated, decimals)]
    return [outlook, *targets, _concentration(figures), _basis(figures, now)]


def legend() -> str:
    """What the heat map's signs stand for."""
    shades = " ".join(f"{sign}{least // 10}" for least, sign in SHADES if sign != ABSENT)
    return (
        f"In hundredths, {shades} and more: + they lose together, {MINUS} one steadies the other, "
        f"{UNKNOWN} too few rounds in common."
    )


def _losing(figures: RiskFigures, decimals: int) -> str:
    worst = ", ".join(
        f"{said(row.name)} {ESTIMATE}{payout(row.shortfall, decimals)}"
        for row in figures.worst(_WORST)
    )
    text = f"Losing most in the worst 5%: {worst}." if worst else "No model loses in the worst 5%."
    if figures.covered != figures.at_risk:
        rest = figures.at_risk - figures.covered
        text += f" Too few rounds for {nmr(rest, decimals)} NMR of what is at risk."
    if figures.unknown:
        text += f" {count(figures.unknown, 'running payout')} without a known stake."
    return text


def _restated(restated: RiskRestated, decimals: int) -> str:
    text = (
        f"Under the edited targets, {nmr(restated.at_risk, decimals)} NMR at risk: expected "
        f"{ESTIMATE}{payout(restated.expected, decimals)}, worst 5% on average "
        f"{ESTIMATE}{payout(restated.shortfall, decimals)} or worse."
    )
    if restated.unknown:
        text += f" {count(restated.unknown, 'row')} can't be told and count as they are."
    return text


def _concentration(figures: RiskFigures) -> str:
    parts = ", ".join(
        f"{row.tournament.label} {percent(row.share)}" for row in figures.tournaments if row.share
    )
    if not parts:
        return "Nothing is at risk."
    alike = figures.effective_models
    many = f"; like {number(alike, 1)} models of one size" if alike else ""
    return f"At risk: {parts}{many}."


def _basis(figures: RiskFigures, now: datetime) -> str:
    basis = figures.basis
    old = "; the ledger has changed since" if figures.stale else ""
    if not basis.rounds:
        return f"Computed {when(basis.computed, now)}{old}."
    return (
        f"Computed {when(basis.computed, now)} from {basis.rounds} settled rounds, "
        f"{basis.draws:,} futures{old}."
    )


def about(figures: RiskFigures, row: ModelRisk, *, heat: bool) -> tuple[Group, ...]:
    """What the table has no room for: why a model's part is not told; in the heat map, what it
    moves with most."""
    if row.why is not None:
        return (plain(f" {row.why}", "muted"),)
    if not heat:
        return ()
    others = strongest(figures, row.model_id, _STRONGEST)
    if not others:
        return (plain(" Shares too few rounds with the others.", "muted"),)
    listed = ", ".join(f"{said(name)} {hundredths(value)}" for name, value in others)
    return (plain(f" Moves with {listed}", "muted"),)


def _estimate(amount: NMR, decimals: int) -> Parts:
    return ((ESTIMATE, "pending"), (payout(amount, decimals), meaning(amount)))
