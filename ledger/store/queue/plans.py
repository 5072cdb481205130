"""A whole plan into the queue: all of its steps, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.queue.change import CONTINUOUS, OPEN, UNSENT, Change, ChangeEvent, ChangeState
from ledger.domain.stakes.strategy import Channel
from ledger.domain.targets.plan import Plan
from ledger.errors import ChangeError
from ledger.store.queue.changes import add_change, move_change, read_change, read_changes


def add_plan(
    connection: Connection, plan: Plan, *, now: datetime, channel: Channel
) -> tuple[Change, ...]:
    """Cancel what the plan replaces and add its steps as drafts, in its order.

    ``channel`` is the way of the steps that are atomic.

    Raises:
        ChangeError: the queue is not the one it was made from any more, something it replaces
            is sent, or a step can't be wanted.
    """
    if set(read_changes(connection, OPEN)) != set(plan.queue):
        raise ChangeError(
            "The queue changed while this was planned; nothing was added.", "Plan again."
        )
    for change_id in plan.replaces:
        change = read_change(connection, change_id)
        if change.state not in UNSENT:
            raise ChangeError(
                f"Change {change.id} on {said(change.model_name)}, which the plan replaces, is "
                f"{change.state}.",
                "Plan again.",
            )
        event = ChangeEvent(change.id, now, ChangeState.CANCELLED, "Replaced by a newer plan.")
        move_change(connection, event, expect=change.state)
    added: list[Change] = []
    for step in plan.steps:
        conditions = step.conditions
        if step.after_step is not None:
            conditions = replace(conditions, after_change=added[step.after_step].id)
        continuous = step.kind in CONTINUOUS
        added.append(
            add_change(
                connection,
                model=step.model,
                system=System.CONTINUOUS if continuous else System.ATOMIC,
                kind=step.kind,
                amount=step.nmr,
                conditions=conditions,
                reason=step.reason,
                now=now,
                channel=Channel.NUMERAI if continuous else channel,
                setting=step.setting,
                base=step.base,
            )
        )
    return tuple(added)
