"""Documents about slots, predictors and shuffling."""

from __future__ import annotations

from ledger.domain.slots.assignment import ShuffleKind
from ledger.domain.slots.predictor import AssignmentSource
from ledger.domain.slots.submission import SubmissionState
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    DECIMAL,
    FLAG,
    MISSING_FACTS,
    NUMBER,
    TEXT,
    TIME,
    TOURNAMENT,
    joined,
    listed,
    named,
    one_of,
    optional,
    record,
)

_SLOT = {"slot": TEXT, "model_id": TEXT}
_GRID = record(
    {
        "tournament": TOURNAMENT,
        "next": COUNT,
        "missing_facts": MISSING_FACTS,
        "rounds": listed(
            record(
                {
                    "round": COUNT,
                    "closed": FLAG,
                    "slots": listed(
                        record(
                            _SLOT
                            | {
                                "predictor": optional(TEXT),
                                "source": optional(one_of(AssignmentSource)),
                                "submission": optional(one_of(SubmissionState)),
                                "at_risk": optional(AMOUNT),
                            }
                        )
                    ),
                }
            )
        ),
    }
)
_STEP = record(
    {
        "what": optional(TEXT),
        "changed": listed(record({"round": COUNT} | _SLOT | {"predictor": optional(TEXT)})),
    }
)
_NEXT = record(
    {
        "tournament": TOURNAMENT,
        "round": COUNT,
        "closes": TIME,
        "slots": listed(
            record(
                _SLOT | {"predictor": optional(TEXT), "source": optional(one_of(AssignmentSource))}
            )
        ),
    }
)
_HISTORY = record(
    {
        "round": COUNT,
        "slot": TEXT,
        "steps": listed(
            record({"at": TIME, "before": optional(TEXT), "after": optional(TEXT), "what": TEXT})
        ),
    }
)
_GENERATED = record(
    {
        "kind": one_of(ShuffleKind),
        "seed": {"type": "integer"},
        "rounds": listed(
            record(
                {
                    "round": COUNT,
                    "basis": TEXT,
                    "changed": COUNT,
                    "slots": listed(record(_SLOT | {"predictor": optional(TEXT)})),
                }
            )
        ),
        "exposure": listed(record({"predictor": TEXT, "before": AMOUNT, "after": AMOUNT})),
        "gap": record({"before": AMOUNT, "after": AMOUNT}),
        "unequal": record({"before": DECIMAL, "after": DECIMAL}),
        "kept": FLAG,
    }
)
_PREDICTOR = record({"name": TEXT, "notes": TEXT, "colour": optional(TEXT), "retired": FLAG})
_EARNED = record(
    {
        "payouts": AMOUNT,
        "burns": AMOUNT,
        "net": AMOUNT,
        "pending": AMOUNT,
        "exposure": AMOUNT,
        "rate": optional(DECIMAL),
    }
)
_RECORD = joined(
    record(
        {
            "rounds": COUNT,
            "mean": optional(DECIMAL),
            "sd": optional(DECIMAL),
            "sharpe": optional(DECIMAL),
            "max_drawdown": optional(DECIMAL),
            "rank": optional(COUNT),
        }
    ),
    _EARNED,
)
_SCORES = record(
    {
        "tournament": TOURNAMENT,
        "score": optional(TEXT),
        "rounds": COUNT,
        "predictors": listed(
            joined(
                record(
                    {
                        "predictor": TEXT,
                        "correlations": named(optional(DECIMAL)),
                        "scores": named(DECIMAL),
                    }
                ),
                _RECORD,
            )
        ),
        "slots": listed(joined(record(_SLOT | {"held": listed(TEXT)}), _RECORD)),
        "unassigned": _EARNED,
    }
)
_RANGE = dict.fromkeys(("mean", "p5", "p50", "p95"), NUMBER)
_NMR_RANGE = record(dict.fromkeys(_RANGE, AMOUNT))
_OUTCOME = record(
    {
        "final": AMOUNT,
        "drawdown": AMOUNT,
        "worst_month": AMOUNT,
        "month": TEXT,
        "spread_sd": AMOUNT,
    }
)
_BACKTEST = record(
    {
        "rounds": COUNT,
        "models": listed(TEXT),
        "keep": record({"final": named(NUMBER), "spread_sd": NUMBER}),
        "average": record({"final": NUMBER}),
        "shuffle": record(
            {"shuffles": COUNT, "seed": COUNT, "spread_sd": record(_RANGE), "final_mean": NUMBER}
        ),
        "missing_cells": COUNT,
    },
    {
        "nmr": record(
            {
                "start": AMOUNT,
                "compounding": FLAG,
                "every": COUNT,
                "keep": _OUTCOME,
                "rebalance": _OUTCOME,
                "shuffle": record(
                    {"shuffles": COUNT, "seed": COUNT}
                    | dict.fromkeys(("final", "drawdown", "worst_month", "spread_sd"), _NMR_RANGE)
                ),
            }
        )
    },
)

DOCUMENTS = {
    "slots show": _GRID,
    **{f"slots {name}": _STEP for name in ("assign", "swap", "undo")},
    "slots next": _NEXT,
    "slots import": record({"said": COUNT, "changed": COUNT, "new_predictors": listed(TEXT)}),
    "slots export": record({"file": TEXT, "format": TEXT, "assignments": COUNT}),
    "slots history": _HISTORY,
    "slots shuffle": _GENERATED,
    "predictors list": record({"predictors": listed(_PREDICTOR)}),
    **{f"predictors {name}": _PREDICTOR for name in ("add", "rename", "retire", "describe")},
    "predictors scores": _SCORES,
    "shuffle backtest": _BACKTEST,
}
