"""Figures of risk as they were last computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection

from ledger.domain.risk import (
    Drawdown,
    ModelRisk,
    Outlook,
    RiskBasis,
    RiskFigures,
    Sharpe,
    TournamentRisk,
)
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    decimal_or_none,
    insert,
    moment,
    nmr,
    nmr_or_none,
    text,
    time_text,
)

_SHARPE = ("sharpe", "sharpe_error", "sharpe_rounds")
_DRAWDOWN = ("deepest", "peak", "trough", "below")
_BASIS = (
    "computed",
    "revision",
    "rounds",
    "needed",
    "oldest",
    "newest",
    "draws",
    "block",
    "seed",
)
_WHOLE = (
    *_BASIS,
    "at_risk",
    "covered",
    "most",
    "unknown",
    "expected",
    "worst",
    "shortfall",
    "why",
    "effective_models",
    *_SHARPE,
    *_DRAWDOWN,
)
_MODEL = (
    "place",
    "model_id",
    "tournament",
    "at_risk",
    "exposure",
    "unknown",
    "share",
    "rounds",
    "expected",
    "shortfall",
    "variance",
    "expected_rate",
    "shortfall_rate",
    *_SHARPE,
    *_DRAWDOWN,
    "why",
    "correlations",
)
_TOURNAMENT = ("tournament", "running", "at_risk", "share", "expected", "shortfall", "variance")
_TABLES = ("risk", "risk_model", "risk_tournament")


def write_risk(connection: Connection, figures: RiskFigures, facts: str | None = None) -> None:
    """Keep ``figures`` in place of those before; ``facts`` is a digest of what they follow from."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names are constants
    connection.execute(insert("risk", ("id", "facts", *_WHOLE)), (1, facts, *_whole_row(figures)))
    lines = dict(zip(figures.correlated, figures.correlations, strict=True))
    connection.executemany(
        insert("risk_model", _MODEL),
        (
            _model_row(place, row, lines.get(row.model_id))
            for place, row in enumerate(figures.models)
        ),
    )
    connection.executemany(
        insert("risk_tournament", _TOURNAMENT), map(_tournament_row, figures.tournaments)
    )


def renew_risk(connection: Connection, computed: datetime, revision: int, facts: str) -> bool:
    """Have the figures count for ``revision``, as of ``computed``; ``False`` where those that are
    kept follow from other ``facts``, or none are."""
    renewed = connection.execute(
        "UPDATE risk SET computed = ?, revision = ? WHERE facts = ?",
        (time_text(computed), revision, facts),
    )
    return bool(renewed.rowcount)


def read_risk(connection: Connection, names: Mapping[str, str]) -> RiskFigures | None:
    """What is kept, ``None`` before anything was; ``names`` of models by id."""
    row = connection.execute(f"SELECT {', '.join(_WHOLE)} FROM risk").fetchone()  # noqa: S608
    if row is None:
        return None
    models = connection.execute(
        f"SELECT {', '.join(_MODEL)} FROM risk_model ORDER BY place"  # noqa: S608
    ).fetchall()
    tournaments = connection.execute(
        f"SELECT {', '.join(_TOURNAMENT)} FROM risk_tournament ORDER BY tournament"  # noqa: S608
    )
    at = len(_BASIS)
    basis = RiskBasis(moment(row[0]), *row[1:at])
    at_risk, covered, limit, unknown, expected, worst, shortfall, why, effective = row[at : at + 9]
    outlook = None
    if expected is not None:
        outlook = Outlook(nmr(expected), nmr(worst), nmr(shortfall))
    correlated = [(line[1], line[-1]) for line in models if line[-1] is not None]
    return RiskFigures(
        basis=basis,
        at_risk=nmr(at_risk),
        covered=nmr(covered),
        limit=nmr(limit),
        unknown=unknown,
        outlook=outlook,
        why=why,
        models=tuple(_model(line, names) for line in models),
        tournaments=tuple(map(_tournament, tournaments)),
        effective_models=decimal_or_none(effective),
        sharpe=_sharpe(row[at + 9 : at + 12]),
        drawdown=_drawdown(row[at + 12 :]),
        correlated=tuple(model_id for model_id, _ in correlated),
        correlations=tuple(_numbers(line) for _, line in correlated),
    )


def _whole_row(figures: RiskFigures) -> Row:
    basis, outlook = figures.basis, figures.outlook
    return (
        time_text(basis.computed),
        basis.revision,
        basis.rounds,
        basis.needed,
        basis.oldest,
        basis.newest,
        basis.draws,
        basis.block,
        basis.seed,
        text(figures.at_risk),
        text(figures.covered),
        text(figures.limit),
        figures.unknown,
        text(outlook.expected if outlook else None),
        text(outlook.worst if outlook else None),
        text(outlook.shortfall if outlook else None),
        figures.why,
        text(figures.effective_models),
        *_sharpe_row(figures.sharpe),
        *_drawdown_row(figures.drawdown),
    )


def _model_row(place: int, row: ModelRisk, line: tuple[int | None, ...] | None) -> Row:
    return (
        place,
        row.model_id,
        int(row.tournament),
        text(row.at_risk),
        text(row.exposure),
        row.unknown,
        text(row.share),
        row.rounds,
        text(row.expected),
        text(row.shortfall),
        text(row.variance),
        text(row.expected_rate),
        text(row.shortfall_rate),
        *_sharpe_row(row.sharpe),
        *_drawdown_row(row.drawdown),
        row.why,
        None if line is None else ",".join("" if one is None else str(one) for one in line),
    )


def _tournament_row(row: TournamentRisk) -> Row:
    return (
        int(row.tournament),
        row.running,
        text(row.at_risk),
        text(row.share),
        text(row.expected),
        text(row.shortfall),
        text(row.variance),
    )


def _sharpe_row(sharpe: Sharpe | None) -> Row:
    if sharpe is None:
        return None, None, None
    return text(sharpe.ratio), text(sharpe.error), sharpe.rounds


def _drawdown_row(fall: Drawdown | None) -> Row:
    if fall is None:
        return None, None, None, None
    return text(fall.deepest), fall.peak, fall.trough, text(fall.now)


def _model(row: Row, names: Mapping[str, str]) -> ModelRisk:
    _, model_id, tournament, at_risk, exposure, unknown, share, rounds, *rest = row
    expected, shortfall, variance, expected_rate, shortfall_rate, *more, why, _ = rest
    return ModelRisk(
        model_id=model_id,
        name=names.get(model_id, model_id),
        tournament=TOURNAMENTS[tournament],
        at_risk=nmr(at_risk),
        exposure=nmr(exposure),
        unknown=unknown,
        share=decimal_or_none(share),
        rounds=rounds,
        expected=nmr_or_none(expected),
        shortfall=nmr_or_none(shortfall),
        variance=decimal_or_none(variance),
        expected_rate=decimal_or_none(expected_rate),
        shortfall_rate=decimal_or_none(shortfall_rate),
        sharpe=_sharpe(tuple(more[:3])),
        drawdown=_drawdown(tuple(more[3:])),
        why=why,
    )


def _tournament(row: Row) -> TournamentRisk:
    number, running, at_risk, share, expected, shortfall, variance = row
    return TournamentRisk(
        tournament=TOURNAMENTS[number],
        running=running,
        at_risk=nmr(at_risk),
        share=decimal_or_none(share),
        expected=nmr_or_none(expected),
        shortfall=nmr_or_none(shortfall),
        variance=decimal_or_none(variance),
    )


def _sharpe(row: Row) -> Sharpe | None:
    ratio, error = decimal_or_none(row[0]), decimal_or_none(row[1])
    return None if ratio is None or error is None else Sharpe(ratio, error, int(row[2]))


def _drawdown(row: Row) -> Drawdown | None:
    deepest, peak, trough, below = row
    return None if deepest is None else Drawdown(nmr(deepest), peak, trough, nmr(below))


def _numbers(line: str) -> tuple[int | None, ...]:
    return tuple(int(one) if one else None for one in line.split(","))
