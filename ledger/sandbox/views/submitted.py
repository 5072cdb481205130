"""What a model submitted, as the API shows it."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wire
from ledger.sandbox.views.rounds import round_row
from ledger.sandbox.world import submissions
from ledger.sandbox.world.state import Slot
from ledger.sandbox.world.world import World

_LISTED = 20
"""Rounds back for which a model's submissions are listed."""


def latest_submissions(
    world: World, slot: Slot, count: int, manners: Manners
) -> list[dict[str, Any]]:
    """``latestSubmissions``, newest round first: of the newest ``count`` rounds and one or two
    more, with status "none" where nothing was submitted; or, kinder, what was submitted only."""
    competition = world.tournaments[slot.tournament]
    more = 1 + zlib.crc32(slot.id.encode()) % 2 if manners.none_rows else 0
    oldest = max(competition.latest - count - more + 1, min(competition.rounds, default=0))
    rows = []
    for number in range(competition.latest, oldest - 1, -1):
        made = _made(world, slot, number)
        if made is None and not manners.none_rows:
            continue
        rows.append(_latest_submission(world, slot, number, made))
    return rows


def _latest_submission(
    world: World, slot: Slot, number: int, made: tuple[datetime, bool] | None
) -> dict[str, Any]:
    this = world.plan(slot.tournament, number)
    row: dict[str, Any] = {
        "id": None,
        "filename": None,
        "roundNumber": number,
        "roundOpen": wire.date(this.opens),
        "roundClose": wire.date(this.closes),
        "roundCloseStaking": wire.date(this.closes_staking),
        "status": "none",
        "timestamp": None,
    }
    if made is not None:
        row["id"] = submissions.submission_id(slot, number)
        row["filename"] = f"{slot.name}_{number}.csv"
        row["status"] = "late" if made[1] else "success"
        row["timestamp"] = wire.time(made[0])
    return row


def listed_submissions(world: World, slot: Slot) -> list[dict[str, Any]]:
    """``submissions``, newest first."""
    rounds = world.tournaments[slot.tournament].rounds
    rows = []
    for number in sorted(rounds, reverse=True)[:_LISTED]:
        made = _made(world, slot, number)
        if made is None:
            continue
        rows.append(
            {
                "id": submissions.submission_id(slot, number),
                "filename": f"{slot.name}_{number}.csv",
                "selected": True,
                "status": "late" if made[1] else "success",
                "insertedAt": wire.time(made[0]),
                "round": round_row(rounds[number]),
            }
        )
    return rows


def _made(world: World, slot: Slot, number: int) -> tuple[datetime, bool] | None:
    if number not in world.tournaments[slot.tournament].rounds:
        return None
    entry = slot.entries.get(number)
    if entry is not None:
        # What was submitted stays so when the model is archived.
        return None if entry.submitted is None else (entry.submitted, entry.late)
    made = submissions.submission(world, slot, world.plan(slot.tournament, number))
    return made if made is not None and made[0] <= world.now else None
