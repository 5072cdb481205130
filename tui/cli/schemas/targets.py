"""Documents about targets, plans and policies."""

from __future__ import annotations

from ledger.domain.model import System
from ledger.domain.policy import BurnRule
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.plan import OptionKind
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    DECIMAL,
    FLAG,
    MISSING_FACTS,
    MODEL,
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

CONDITIONS = record(
    {
        "not_before": optional(TIME),
        "not_before_round": optional(COUNT),
        "after_change": optional(COUNT),
        "when_release_gone": FLAG,
        "when_free": optional(AMOUNT),
    }
)
STEP = record(
    {
        "kind": one_of(ChangeKind),
        "tournament": TOURNAMENT,
        "model": TEXT,
        "model_id": TEXT,
        "nmr": optional(AMOUNT),
        "conditions": CONDITIONS,
        "after_step": optional(COUNT),
        "earliest": optional(TIME),
        "effect": optional(TIME),
        "reason": TEXT,
    }
)
_PENDING = record({"kind": TEXT, "nmr": AMOUNT, "due": optional(TIME)})
_TARGET = record(
    MODEL
    | {
        "current": optional(AMOUNT),
        "pending": optional(_PENDING),
        "effective": optional(AMOUNT),
        "text": TEXT,
        "target": optional(AMOUNT),
        "difference": optional(AMOUNT),
        "way": TEXT,
        "complete": optional(TIME),
        "problem": optional(TEXT),
        "locked": FLAG,
        "uncertain": optional(TEXT),
        "missing_facts": MISSING_FACTS,
    }
)
_BALANCE = record(
    {
        "current": AMOUNT,
        "wallet": optional(AMOUNT),
        "releasing": AMOUNT,
        "targets": AMOUNT,
        "left": optional(AMOUNT),
        "missing_now": optional(AMOUNT),
        "missing": optional(AMOUNT),
        "before": optional(AMOUNT),
        "covered": optional(TIME),
        "unknown_models": COUNT,
    }
)
_ALLOCATION = record(
    {
        "tournament": TOURNAMENT,
        "system": one_of(System),
        "name": optional(TEXT),
        "models": listed(_TARGET),
        "balance": _BALANCE,
        "problems": listed(TEXT),
        "missing_facts": MISSING_FACTS,
    }
)
_OPTION = record(
    MODEL
    | {
        "kind": one_of(OptionKind),
        "days": DECIMAL,
        "complete": optional(TIME),
        "sentence": TEXT,
        "chosen": FLAG,
        "asked": FLAG,
        "cheapest": FLAG,
    }
)
_POINT = record(
    {
        "at": TIME,
        "round": optional(COUNT),
        "free": optional(AMOUNT),
        "held": AMOUNT,
        "staked": AMOUNT,
        "releasing": AMOUNT,
        "models": listed(
            record(
                {
                    "model_id": TEXT,
                    "staked": AMOUNT,
                    "counting": AMOUNT,
                    "held": AMOUNT,
                    "releasing": AMOUNT,
                }
            )
        ),
    }
)
_PLAN = record(
    {
        "tournament": TOURNAMENT,
        "name": optional(TEXT),
        "steps": listed(STEP),
        "complete": optional(TIME),
        "missing": AMOUNT,
        "shortages": listed(
            record(
                {
                    "tournament": TOURNAMENT,
                    "nmr": AMOUNT,
                    "round": optional(COUNT),
                    "at": optional(TIME),
                }
            )
        ),
        "offers": listed(STEP),
        "replaces": listed(COUNT),
        "options": listed(_OPTION),
        "warnings": listed(TEXT),
        "problems": listed(TEXT),
        "blocked": listed(record(MODEL | {"why": TEXT})),
        "left_out": listed(TEXT),
        "missing_facts": MISSING_FACTS,
    },
    {
        "simulation": record(
            {"complete": optional(TIME), "unknown_models": COUNT, "points": listed(_POINT)}
        )
    },
)
_MOVE = record(
    {
        "from": TEXT,
        "nmr": AMOUNT,
        "to": listed(record({"model_id": TEXT, "nmr": AMOUNT})),
        "at_once": FLAG,
        "statement": TEXT,
        "complete": optional(TIME),
        "stages": listed(record({"at": TIME, "sentence": TEXT})),
        "costs": listed(TEXT),
        "warnings": listed(TEXT),
        "steps": listed(STEP),
        "drafts": listed(COUNT),
    }
)
_POLICY = record(
    {
        "burns": one_of(BurnRule),
        "threshold": optional(AMOUNT),
        "every": optional(COUNT),
        "pools": listed(TEXT),
        "rows": named(named(DECIMAL)),
    }
)
VERSION = {
    "id": COUNT,
    "since": COUNT,
    "made": TIME,
    "name": optional(TEXT),
    "on": FLAG,
}
_PUT_IN_FORCE = record(VERSION | {"policy": _POLICY})
_REPORT = record(
    {
        "tournament": TOURNAMENT,
        "system": one_of(System),
        "policy": _POLICY,
        "in_force": FLAG,
        "active": optional(_PUT_IN_FORCE),
        "next_round": COUNT,
        "destinations": listed(
            record({"to": TEXT, "stake": optional(AMOUNT), "accrued": AMOUNT, "open": AMOUNT})
        ),
        "sources": listed(
            record(
                {
                    "from": TEXT,
                    "own_row": FLAG,
                    "shares": named(DECIMAL),
                    "accrued": named(AMOUNT),
                }
            )
        ),
        "total": AMOUNT,
        "waiting": listed(TEXT),
        "problems": listed(TEXT),
        "missing_facts": MISSING_FACTS,
    }
)
_CURVES = {"without": AMOUNT, "with": AMOUNT, "difference": AMOUNT}
_REPLAY = record(
    {
        "tournament": TOURNAMENT,
        "points": listed(record({"round": COUNT} | _CURVES)),
        **_CURVES,
        "accrued": named(AMOUNT),
        "moved": AMOUNT,
        "changes": COUNT,
    }
)

DOCUMENTS = {
    "targets show": joined(_ALLOCATION, record({"sets": listed(TEXT)})),
    "targets set": _ALLOCATION,
    "targets import": _ALLOCATION,
    "targets export": record({"tournament": TOURNAMENT, "toml": TEXT}),
    "plan": _PLAN,
    "move": _MOVE,
    "policy show": _REPORT,
    "policy set": _REPORT,
    "policy clear": _REPORT,
    "policy simulate": _REPLAY,
    "policy history": record({"tournament": TOURNAMENT, "versions": listed(_PUT_IN_FORCE)}),
}
