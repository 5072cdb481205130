"""Worlds to begin with: each is lived through once in a process, and copied for every test.

A copy has rounds, slots, stakes and wallets of its own. It shares with the others what nobody can
change: amounts, dates, plans of rounds, written rows, and scores, which depend on the seed alone.
"""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ledger.domain.nmr import NMR
from ledger.sandbox.world.population import build
from ledger.sandbox.world.schedule import RoundPlan
from ledger.sandbox.world.scores import ScoreSource
from ledger.sandbox.world.state import SettingRow, WalletRow
from ledger.sandbox.world.world import World

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox

_SHARED = (NMR, Decimal, date, timedelta, RoundPlan, ScoreSource, SettingRow, WalletRow)


def world(*, now: datetime, **how: Any) -> World:
    """A copy of what :func:`~ledger.sandbox.population.build` makes of ``now`` and ``how``."""
    pickled, shared = _pickled(now.astimezone(UTC), tuple(sorted(how.items())))
    copy: World = _Unpickler(BytesIO(pickled), shared).load()
    return copy


def sandbox_of(
    *,
    seed: int = 1,
    models: int = 32,
    rounds: int = 260,
    now: datetime,
    payouts: bool = True,
    **manner: Any,
) -> Sandbox:
    """A sandbox that stands still with a :func:`world` of the test's own; ``manner`` as it has."""
    from ledger.sandbox import Sandbox

    lived = world(seed=seed, models=models, rounds=rounds, now=now, payouts=payouts)
    return Sandbox(world=lived, models=models, rounds=rounds, now=now, frozen=True, **manner)


class _Unpickler(pickle.Unpickler):
    """Reads what :class:`_Pickler` wrote, in this process, beside what copies share."""

    def __init__(self, file: BytesIO, shared: list[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, place: int) -> object:
        return self._shared[place]


class _Pickler(pickle.Pickler):
    """Writes a number for what copies share: its place in ``shared``."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.shared: list[object] = []
        self._places: dict[int, int] = {}

    def persistent_id(self, value: object) -> int | None:
        if not isinstance(value, _SHARED):
            return None
        place = self._places.setdefault(id(value), len(self.shared))
        if place == len(self.shared):
            self.shared.append(value)
        return place


@cache
def _pickled(now: datetime, how: tuple[tuple[str, Any], ...]) -> tuple[bytes, list[object]]:
    file = BytesIO()
    pickler = _Pickler(file)
    pickler.dump(build(now=now, **dict(how)))
    return file.getvalue(), pickler.shared
