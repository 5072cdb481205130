"""Documents about earnings: every payout, sums, and one taken apart."""

from __future__ import annotations

from ledger.domain.earnings.paid_rounds import Grouping
from ledger.domain.rounds.performance import PayoutSource, PayoutState
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    DAY,
    DECIMAL,
    FLAG,
    MISSING_FACTS,
    MODEL,
    NUMBER,
    TEXT,
    TIME,
    TOURNAMENT,
    either,
    joined,
    listed,
    one_of,
    optional,
    record,
)

_CELL = record(
    {"tournament": TOURNAMENT, "round": COUNT}
    | MODEL
    | {
        "at_risk": optional(AMOUNT),
        "payout": optional(AMOUNT),
        "state": one_of(PayoutState),
        "factor": optional(DECIMAL),
        "clip": optional(DECIMAL),
        "scores": listed(
            record({"name": TEXT, "value": optional(DECIMAL), "multiplier": optional(DECIMAL)})
        ),
        "resolves": optional(TIME),
    }
)
_CELLS = record(
    {
        "rounds": listed(_CELL),
        "totals": record({"settled": AMOUNT, "pending": AMOUNT}),
        "missing_facts": MISSING_FACTS,
    }
)
_PAID = record({"settled": DECIMAL, "pending": DECIMAL}, {"nmr_without_price": DECIMAL})
_RETURNS = record({name: optional(DECIMAL) for name in ("three_months", "one_year", "all_time")})
_PAID_MODELS = listed(joined(record(MODEL), _PAID))
_GROUP = joined(
    record(
        {
            "group": TEXT,
            "tournaments": listed(TOURNAMENT),
            "rounds": listed(COUNT),
            "state": one_of(PayoutState),
            "resolves": optional(TIME),
        },
        {
            "models": _PAID_MODELS,
            "model_id": TEXT,
            "returns": record(
                {"numerai": _RETURNS, "on_committed": _RETURNS, "rounds_without_stake": COUNT}
            ),
        },
    ),
    _PAID,
)
_SUMS = record(
    {
        "by": one_of(Grouping),
        "unit": TEXT,
        "groups": listed(_GROUP),
        "models": _PAID_MODELS,
        "totals": _PAID,
        "rounds": COUNT,
        "rounds_without_price": COUNT,
        "pending_price": optional(record({"date": DAY, "price": DECIMAL})),
        "missing_facts": MISSING_FACTS,
        "interpolated": FLAG,
    }
)
_TERM = record(
    {
        "name": TEXT,
        "value": optional(DECIMAL),
        "multiplier": optional(DECIMAL),
        "product": optional(DECIMAL),
        "day": optional(COUNT),
        "days": optional(COUNT),
        "provisional": FLAG,
    }
)
_EXPLANATION = record(
    {"tournament": TOURNAMENT, "round": COUNT}
    | MODEL
    | {
        "at_risk": optional(AMOUNT),
        "scores": listed(_TERM),
        "weighted": optional(DECIMAL),
        "factor": optional(DECIMAL),
        "clip": optional(DECIMAL),
        "clipped": FLAG,
        "rate": optional(DECIMAL),
        "computed": optional(AMOUNT),
        "payout": optional(AMOUNT),
        "source": optional(one_of(PayoutSource)),
        "check": optional(record({"difference": AMOUNT, "tolerance": DECIMAL, "agrees": FLAG})),
        "state": one_of(PayoutState),
        "opens": optional(TIME),
        "resolves": optional(TIME),
        "missing": listed(TEXT),
        "band": optional(
            record({"now": DECIMAL, "low": DECIMAL, "high": DECIMAL, "rounds_seen": COUNT})
        ),
    }
)

_PART = {
    "at_risk": AMOUNT,
    "share": optional(DECIMAL),
    "expected": optional(AMOUNT),
    "es_95": optional(AMOUNT),
    "variance": optional(DECIMAL),
}
_SHARPE = record({"ratio": optional(DECIMAL), "error": optional(DECIMAL), "rounds": COUNT})
_ROUND = optional(COUNT)
_DRAWDOWN = record({"deepest": DECIMAL, "peak": _ROUND, "trough": _ROUND, "now": DECIMAL})
_RISK = record(
    {
        "computed": TIME,
        "stale": FLAG,
        "history": record(
            {
                "rounds": COUNT,
                "needed": COUNT,
                "oldest": optional(COUNT),
                "newest": optional(COUNT),
            }
        ),
        "draws": COUNT,
        "block": COUNT,
        "seed": COUNT,
        "at_risk": AMOUNT,
        "covered": AMOUNT,
        "limit": AMOUNT,
        "unknown": COUNT,
        "outlook": optional(record({"expected": AMOUNT, "var_95": AMOUNT, "es_95": AMOUNT})),
        "why": optional(TEXT),
        "under_targets": optional(
            record({"at_risk": AMOUNT, "expected": AMOUNT, "es_95": AMOUNT, "unknown": COUNT})
        ),
        "effective_models": optional(DECIMAL),
        "sharpe": optional(_SHARPE),
        "drawdown": optional(_DRAWDOWN),
        "tournaments": listed(record({"tournament": TOURNAMENT, "running": COUNT} | _PART)),
        "models": listed(
            record(
                MODEL
                | {"tournament": TOURNAMENT, "exposure": AMOUNT, "unknown": COUNT}
                | _PART
                | {
                    "rounds": COUNT,
                    "sharpe": optional(_SHARPE),
                    "drawdown": optional(_DRAWDOWN),
                    "why": optional(TEXT),
                }
            )
        ),
        "correlations": record(
            {"model_ids": listed(TEXT), "thousandths": listed(listed(optional(NUMBER)))}
        ),
    }
)

DOCUMENTS = {
    "earnings": either(_CELLS, _SUMS),
    "explain": _EXPLANATION,
    "risk": optional(_RISK),
}
