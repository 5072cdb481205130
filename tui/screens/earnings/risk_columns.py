"""The tables of the page of risk: models by what they add, and their correlations as a heat map."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ledger.domain.names import cut
from ledger.domain.nmr import NMR
from ledger.domain.risk import Drawdown, ModelRisk, RiskFigures, Sharpe
from tui.format import ABSENT, ESTIMATE, MINUS, UNKNOWN, nmr, number, payout, percent
from tui.theme import Meaning
from tui.widgets.missing import LACKING, UNKNOWN_CELL
from tui.widgets.tables.grid import Cell, Column

_NAME = 22
"""Cells of a name in the heat map, with its number."""

SHADES = ((750, "█"), (500, "▓"), (250, "▒"), (100, "░"), (0, ABSENT))
"""What stands for a correlation of so many thousandths or more, either way."""


def figure_columns(decimals: int) -> list[Column[ModelRisk]]:
    """What each model has at risk, and its part of what may come of it."""

    def at_risk(row: ModelRisk) -> Cell:
        return Cell(nmr(row.at_risk, decimals), hang=LACKING if row.unknown else "")

    return [
        Column("model", "model", lambda row: row.name, lambda row: row.name.casefold(), fixed=True),
        Column(
            "tournament",
            "in",
            lambda row: Cell(row.tournament.label, "muted"),
            lambda row: row.tournament,
            drop=5,
        ),
        Column("at_risk", "at risk", at_risk, lambda row: row.at_risk, "right", drop=3),
        Column("share", "share", _share, lambda row: row.share, "right", drop=2),
        Column(
            "expected",
            "expected",
            lambda row: estimate(row.expected, decimals),
            lambda row: row.expected,
            "right",
            drop=4,
        ),
        Column(
            "shortfall",
            "worst 5%",
            lambda row: estimate(row.shortfall, decimals),
            lambda row: row.shortfall,
            "right",
        ),
        Column("variance", "variance", _variance, lambda row: row.variance, "right"),
        Column(
            "sharpe",
            "Sharpe",
            lambda row: sharpe(row.sharpe),
            lambda row: row.sharpe.ratio if row.sharpe else None,
            "right",
            drop=1,
        ),
        Column(
            "drawdown",
            "drawdown",
            lambda row: fallen(row.drawdown, decimals),
            lambda row: row.drawdown.deepest if row.drawdown else None,
            "right",
            drop=2,
        ),
        Column(
            "rounds",
            "rounds",
            lambda row: Cell(str(row.rounds), "muted"),
            lambda row: row.rounds,
            "right",
            drop=6,
        ),
    ]


def figure_totals(figures: RiskFigures, decimals: int) -> dict[str, Cell | str]:
    """All models together."""
    outlook = figures.outlook
    return {
        "model": "all",
        "at_risk": Cell(nmr(figures.at_risk, decimals), hang=LACKING if figures.unknown else ""),
        "expected": estimate(outlook.expected if outlook else None, decimals),
        "shortfall": estimate(outlook.shortfall if outlook else None, decimals),
        "sharpe": sharpe(figures.sharpe),
        "drawdown": fallen(figures.drawdown, decimals),
    }


def heat_columns(figures: RiskFigures) -> list[Column[ModelRisk]]:
    """A column for each model that can be compared, by its number; rows have the same numbers."""
    places = {model_id: place for place, model_id in enumerate(figures.correlated)}

    def column(place: int) -> Column[ModelRisk]:
        def value(row: ModelRisk) -> int | None:
            return figures.correlations[places[row.model_id]][place]

        def cell(row: ModelRisk) -> Cell:
            return Cell("1", "muted") if places[row.model_id] == place else heat(value(row))

        return Column(f"with-{place}", str(place + 1), cell, value, "right")

    def name(row: ModelRisk) -> str:
        return cut(f"{places[row.model_id] + 1:>3} {row.name}", _NAME)

    first = Column("model", "model", name, lambda row: places[row.model_id], fixed=True)
    return [first, *(column(place) for place in range(len(figures.correlated)))]


def heat(thousandths: int | None) -> Cell:
    """A correlation: its shade is how much, sign and colour which way; in hundredths."""
    if thousandths is None:
        return UNKNOWN_CELL
    size = abs(thousandths)
    shade = next(sign for least, sign in SHADES if size >= least)
    style: Meaning = "muted" if shade == ABSENT else "burn" if thousandths > 0 else "gain"
    return Cell(f"{shade}{hundredths(thousandths)}", style)


def hundredths(thousandths: int) -> str:
    """``+07``, ``−54``, `` 00``."""
    sign = "+" if thousandths > 0 else MINUS if thousandths < 0 else " "
    return f"{sign}{round(Decimal(abs(thousandths)) / 10):02}"


def estimate(amount: NMR | None, decimals: int) -> Cell:
    """An estimated result in NMR."""
    if amount is None:
        return UNKNOWN_CELL
    return Cell(parts=((ESTIMATE, "pending"), (payout(amount, decimals), meaning(amount))))


def meaning(amount: NMR) -> Meaning:
    """Gain, burn, or nothing."""
    return "gain" if amount.wei > 0 else "burn" if amount.wei < 0 else "muted"


def sharpe(known: Sharpe | None) -> Cell:
    """With its standard error."""
    if known is None:
        return UNKNOWN_CELL
    error = f" ±{number(known.error, 2)}"
    return Cell(parts=((number(known.ratio, 2), ""), (error, "muted")))


def fallen(fall: Drawdown | None, decimals: int) -> Cell:
    """The deepest fall in NMR."""
    if fall is None:
        return Cell(ABSENT, "muted")
    return Cell(nmr(-fall.deepest, decimals), "burn" if fall.deepest else "muted")


def strongest(figures: RiskFigures, model_id: str, count: int) -> list[tuple[str, int]]:
    """The models that one moves with most, either way: name and thousandths, strongest first."""
    if model_id not in figures.correlated:
        return []
    names: Mapping[str, str] = {row.model_id: row.name for row in figures.models}
    line = figures.correlations[figures.correlated.index(model_id)]
    others = [
        (names[other], value)
        for other, value in zip(figures.correlated, line, strict=True)
        if value is not None and other != model_id
    ]
    return sorted(others, key=lambda pair: -abs(pair[1]))[:count]


def _share(row: ModelRisk) -> Cell:
    return Cell(UNKNOWN if row.share is None else percent(row.share), "" if row.share else "muted")


def _variance(row: ModelRisk) -> Cell:
    """A part that is negative steadies the others."""
    if row.variance is None:
        return UNKNOWN_CELL
    return Cell(percent(row.variance, signed=True), "gain" if row.variance < 0 else "")
