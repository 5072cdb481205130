"""Documents about the account: status, models, syncs, checks, notices, the sandbox."""

from __future__ import annotations

from ledger.doctor import Level as CheckLevel
from ledger.domain.concern import Level
from ledger.domain.model import System
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.stake import PendingKind, StakeMode
from ledger.numerai.probing import Standing
from ledger.reports.notices.notice import NoticeKind
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    FLAG,
    MISSING_FACTS,
    MISSING_LINES,
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
    total,
)

PENDING = record({"kind": one_of(PendingKind), "nmr": AMOUNT, "due": optional(TIME)})

_STATUS = record(
    {
        "state": one_of(("empty", "earlier", "old", "current")),
        "profile": TEXT,
        "as_of": optional(TIME),
        "staked": optional(AMOUNT),
        "available": optional(AMOUNT),
        "last": listed(
            record({"tournament": TOURNAMENT, "round": COUNT, "payout": optional(AMOUNT)})
        ),
        "next_close": optional(record({"tournament": TOURNAMENT, "round": COUNT, "at": TIME})),
        "awaited": optional(COUNT),
        "missing": optional(COUNT),
        "unknown_changes": optional(COUNT),
        "line": TEXT,
    }
)
_MODEL = record(
    {
        "id": TEXT,
        "name": TEXT,
        "tournament": TOURNAMENT,
        "system": one_of(System),
        "staked": optional(AMOUNT),
        "at_risk": optional(AMOUNT),
        "pending": optional(PENDING),
        "take_profit": optional(FLAG),
        "per_round": optional(AMOUNT),
        "mode": optional(one_of(StakeMode)),
        "submission": optional(one_of(SubmissionState)),
        "archived": FLAG,
        "missing_since": optional(TIME),
        "missing_facts": MISSING_FACTS,
    }
)
_MODELS = joined(
    record(
        {
            "as_of": optional(TIME),
            "profile": TEXT,
            "wallet": record({"available": optional(AMOUNT), "held": optional(AMOUNT)}),
        }
    ),
    total("staked"),
    total("pending_payout"),
    record({"missing_facts": MISSING_FACTS, "models": listed(_MODEL)}),
)
_SYNC = record(
    {
        "requests": COUNT,
        "seconds": NUMBER,
        "rounds": COUNT,
        "problems": listed(record({"where": TEXT, "field": TEXT, "what": TEXT})),
        "complete": FLAG,
        "missing_facts": MISSING_LINES,
        "clock_shift_seconds": {"type": "integer"},
    },
    {"recording": TEXT},
)
_CHECKS = record(
    {
        "ok": FLAG,
        "checks": listed(
            record({"name": TEXT, "status": one_of(CheckLevel), "what": TEXT, "advice": TEXT})
        ),
    }
)
_QUERIES = record(
    {
        "ok": FLAG,
        "queries": listed(
            record(
                {
                    "query": TEXT,
                    "part": optional(TEXT),
                    "standing": one_of(Standing),
                    "milliseconds": optional(COUNT),
                    "rows": optional(COUNT),
                    "words": optional(TEXT),
                }
            )
        ),
    }
)
_NOTICE = record(
    {
        "id": TEXT,
        "kind": one_of(NoticeKind),
        "level": one_of(Level),
        "tournament": optional(TOURNAMENT),
        "models": listed(TEXT),
        "round": optional(COUNT),
        "nmr": optional(AMOUNT),
        "at": optional(TIME),
        "sentence": TEXT,
        "told": FLAG,
    }
)
_SANDBOX = record({"now": TIME, "seed": {"type": "integer"}, "models": COUNT, "rounds": COUNT})

_VALUE = either(TEXT, NUMBER, FLAG, listed(either(TEXT, NUMBER)))

DOCUMENTS = {
    "status": _STATUS,
    "models": _MODELS,
    "sync": _SYNC,
    "doctor": either(_CHECKS, _QUERIES, record({"missing_facts": MISSING_LINES})),
    "config show": record(
        {
            "file": TEXT,
            "exists": FLAG,
            "settings": listed(record({"name": TEXT, "from": TEXT, "value": _VALUE})),
        }
    ),
    "backup": record({"file": TEXT, "profile": TEXT, "bytes": COUNT}),
    "restore": record({"file": TEXT, "made": optional(TIME), "aside": optional(TEXT)}),
    "notices": record({"notices": listed(_NOTICE)}),
    "sandbox advance": _SANDBOX,
    "sandbox migrate": joined(_SANDBOX, record({"first_atomic_round": COUNT})),
}
