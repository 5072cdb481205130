"""Documents about changes, their transactions, and the key that signs them."""

from __future__ import annotations

from ledger.domain.model import System
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, TransactionState
from tui.cli.schemas.shapes import (
    AMOUNT,
    COUNT,
    FLAG,
    MISSING_LINES,
    TEXT,
    TIME,
    TOURNAMENT,
    WEI,
    listed,
    one_of,
    optional,
    record,
)
from tui.cli.schemas.targets import CONDITIONS, VERSION

_SETTING = record({"per_round": AMOUNT, "mode": one_of(StakeMode), "enabled": FLAG})
CHANGE = record(
    {
        "id": COUNT,
        "tournament": TOURNAMENT,
        "model": TEXT,
        "model_id": TEXT,
        "system": one_of(System),
        "kind": one_of(ChangeKind),
        "nmr": optional(AMOUNT),
        "state": one_of(ChangeState),
        "conditions": CONDITIONS,
        "reason": TEXT,
        "wanted": TEXT,
        "uncertain": optional(TEXT),
        "created": TIME,
        "updated": TIME,
    },
    {
        "channel": one_of(Channel),
        "setting": optional(_SETTING),
        "setting_before": optional(_SETTING),
    },
)
_CHANGES = record({"changes": listed(CHANGE)})
_ACCOUNT = record(
    {
        "taken": TIME,
        "available": optional(AMOUNT),
        "held": optional(AMOUNT),
        "settled": optional(AMOUNT),
        "take_profit": optional(FLAG),
        "pending": optional(record({"kind": TEXT, "nmr": optional(AMOUNT), "due": optional(TIME)})),
        "pending_known": FLAG,
        "scheduled": optional(COUNT),
    }
)
_HISTORY = record(
    {
        "change": CHANGE,
        "events": listed(
            record(
                {
                    "at": TIME,
                    "state": one_of(ChangeState),
                    "reason": TEXT,
                    "attempt": optional(TEXT),
                    "request": optional(TEXT),
                    "answer": optional(TEXT),
                    "before": optional(_ACCOUNT),
                    "after": optional(_ACCOUNT),
                }
            )
        ),
    }
)
_RUN = record(
    {
        "found": listed(CHANGE),
        "sent": listed(CHANGE),
        "held": listed(CHANGE),
        "left": listed(CHANGE),
        "halts": listed(
            record({"tournament": optional(TOURNAMENT), "what": TEXT, "advice": optional(TEXT)})
        ),
        "stopped": FLAG,
        "unprepared": listed(COUNT),
        "returned": listed(CHANGE),
        "missing_facts": MISSING_LINES,
    }
)
_TRANSACTION = record(
    {
        "change": COUNT,
        "hash": TEXT,
        "state": one_of(TransactionState),
        "chain_id": COUNT,
        "from": TEXT,
        "nonce": COUNT,
        "to": TEXT,
        "data": TEXT,
        "value": WEI,
        "gas": COUNT,
        "max_fee_per_gas": WEI,
        "max_priority_fee_per_gas": WEI,
        "made": TIME,
        "block": optional(COUNT),
        "replaces": optional(TEXT),
        "note": optional(TEXT),
    }
)

DOCUMENTS = {
    "queue list": _CHANGES,
    "queue confirm": _CHANGES,
    "queue reconcile": _CHANGES,
    **{
        f"queue {name}": CHANGE
        for name in ("add", "done", "way", "cancel", "edit", "move", "retry", "judge")
    },
    **{
        f"policy {name}": record({"version": record(VERSION), "drafts": listed(CHANGE)})
        for name in ("on", "off")
    },
    "queue run": _RUN,
    "queue log": _HISTORY,
    **{f"tx {name}": _TRANSACTION for name in ("import", "sign", "bump", "send-again")},
    "tx status": record({"transactions": listed(_TRANSACTION)}),
    "wallet import": record({"address": TEXT}),
    "wallet show": record({"address": optional(TEXT)}),
    "wallet forget": record({"removed": FLAG}),
}
