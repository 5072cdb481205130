"""Documents about stakes: positions, unlocks, strategies, projections, cash."""

from __future__ import annotations

from ledger.domain.model import System
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Origin, PositionState, ProvenBy, SystemReason
from ledger.domain.stakes.unlock import UnlockKind, UnlockView
from ledger.reports.notices.strategy_notices import StrategyNoticeKind
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    DAY,
    DECIMAL,
    FLAG,
    MISSING_FACTS,
    MODEL,
    TEXT,
    TIME,
    TOURNAMENT,
    WEI,
    joined,
    listed,
    named,
    one_of,
    optional,
    record,
    total,
)
from tui.cli.schemas.targets import STEP

_READING = record(
    {
        "per_round": optional(AMOUNT),
        "mode": optional(one_of(StakeMode)),
        "enabled": optional(FLAG),
        "origin": one_of(Origin),
        "as_of": optional(TIME),
    }
)
_RUNS_OUT = record({"round": COUNT, "at": TIME, "missing": AMOUNT})
_POSITION = record(
    {
        "round": COUNT,
        "stake": AMOUNT,
        "state": one_of(PositionState),
        "opened": optional(TIME),
        "resolves": optional(TIME),
        "payout": optional(AMOUNT),
        "claimable": optional(AMOUNT),
        "finalises": optional(TIME),
        "tx_hash": optional(TEXT),
        "origin": one_of(Origin),
        "also": listed(record({"origin": one_of(Origin), "nmr": AMOUNT})),
    }
)
_POSITIONS_OF_MODEL = record(
    MODEL
    | {
        "setting": optional(_READING),
        "locked": AMOUNT,
        "claimable": AMOUNT,
        "committed": optional(AMOUNT),
        "running": COUNT,
        "at_setting": COUNT,
        "ramp": DECIMAL,
        "burn_debt": optional(AMOUNT),
        "projected_payout": optional(AMOUNT),
        "first_resolves": optional(TIME),
        "last_resolves": optional(TIME),
        "positions": listed(_POSITION),
        "missing_facts": MISSING_FACTS,
    }
)
_POSITIONS = record(
    {
        "as_of": optional(TIME),
        "locked": AMOUNT,
        "missing_facts": MISSING_FACTS,
        "tournaments": listed(
            record(
                {
                    "tournament": TOURNAMENT,
                    "rounds": COUNT,
                    "locked": AMOUNT,
                    "claimable": AMOUNT,
                    "committed": optional(AMOUNT),
                    "idle": optional(AMOUNT),
                    "idle_origin": optional(one_of(Origin)),
                    "idle_rests_on": listed(TEXT),
                    "wallet": optional(AMOUNT),
                    "idle_runs_out": optional(_RUNS_OUT),
                    "claims_known": FLAG,
                    "models": listed(_POSITIONS_OF_MODEL),
                }
            )
        ),
    }
)
_UNLOCK = record(
    {
        "at": optional(TIME),
        "tournament": TOURNAMENT,
        "model": TEXT,
        "model_id": TEXT,
        "round": optional(COUNT),
        "kind": one_of(UnlockKind),
        "nmr": optional(AMOUNT),
        "as_of": optional(TIME),
        "payout": optional(AMOUNT),
        "restaked": AMOUNT,
        "free": optional(AMOUNT),
        "latest": optional(TIME),
    }
)
_UNLOCK_SUM = joined(record({"start": DAY}), total("nmr"), total("cumulative"))
_UNLOCKS = joined(
    record({"as_of": optional(TIME), "now": TIME, "view": one_of(UnlockView)}),
    total("free_now"),
    total("total"),
    record(
        {
            "missing_facts": MISSING_FACTS,
            "unlocks": listed(_UNLOCK),
            "days": listed(_UNLOCK_SUM),
            "weeks": listed(_UNLOCK_SUM),
        },
        {"when_free": record({"nmr": AMOUNT, "at": optional(TIME)}), "file": TEXT},
    ),
)
_KEY = record(
    {
        "tournament": TOURNAMENT,
        "model_id": TEXT,
        "key": TEXT,
        "origin": one_of(Origin),
        "proof": optional(record({"by": one_of(ProvenBy), "evidence": TEXT, "at": optional(TIME)})),
    }
)
_CHAIN_READING = record(
    {
        "owner": optional(TEXT),
        "operator": optional(TEXT),
        "staking": optional(TEXT),
        "idle": optional(AMOUNT),
        "wallet": optional(AMOUNT),
        "gas_wei": optional(WEI),
        "chain_id": COUNT,
        "block": COUNT,
        "as_of": TIME,
        "trouble": optional(TEXT),
    }
)
_STRATEGY = record(
    {
        "as_of": optional(TIME),
        "missing_facts": MISSING_FACTS,
        "tournaments": listed(
            record(
                {
                    "tournament": TOURNAMENT,
                    "system": one_of(System),
                    "reason": optional(one_of(SystemReason)),
                    "why": TEXT,
                    "address": optional(TEXT),
                    "staking_contract": optional(
                        record({"address": TEXT, "paused": optional(FLAG)})
                    ),
                    "reading": optional(_CHAIN_READING),
                    "claims_as_of": optional(TIME),
                    "trouble": listed(TEXT),
                    "unknown": listed(TEXT),
                    "models": listed(
                        record(
                            MODEL
                            | {
                                "setting": optional(_READING),
                                "readings": listed(_READING),
                                "disagreements": listed(TEXT),
                                "key": optional(_KEY),
                            }
                        )
                    ),
                }
            )
        ),
        "callouts": listed(
            record(
                {
                    "kind": one_of(StrategyNoticeKind),
                    "tournament": TOURNAMENT,
                    "at": optional(TIME),
                    "sentence": TEXT,
                }
            )
        ),
    }
)
_PROJECTED = joined(
    record(
        {
            "round": optional(COUNT),
            "at": TIME,
            "locked": AMOUNT,
            "claimable": AMOUNT,
            "idle": AMOUNT,
            "wallet": optional(AMOUNT),
        }
    ),
    total("total"),
    record(
        {
            "missing": AMOUNT,
            "models": listed(record(MODEL | {"locked": AMOUNT, "positions": COUNT})),
        }
    ),
)
_PROJECTION = record(
    {
        "tournament": TOURNAMENT,
        "start": _PROJECTED,
        "rounds": listed(_PROJECTED),
        "reached": named(optional(TIME)),
        "bands": listed(
            record({"round": COUNT, "at": TIME, "p5": AMOUNT, "mean": AMOUNT, "p95": AMOUNT})
        ),
        "idle_known": FLAG,
        "runs_out": optional(_RUNS_OUT),
        "missing_facts": MISSING_FACTS,
    }
)
_CASH = record(
    {
        "nmr": AMOUNT,
        "free": listed(record({"place": TEXT, "nmr": optional(AMOUNT)})),
        "ways": listed(
            record(
                {
                    "way": TEXT,
                    "at": optional(TIME),
                    "nmr": AMOUNT,
                    "sentence": TEXT,
                    "costs": listed(TEXT),
                    "steps": listed(STEP),
                }
            )
        ),
        "drafts": listed(COUNT),
    }
)

DOCUMENTS = {
    "positions": _POSITIONS,
    "unlocks": _UNLOCKS,
    "strategy show": _STRATEGY,
    "strategy learn-keys": record({"keys": listed(_KEY)}),
    "project": _PROJECTION,
    "cash": _CASH,
}
