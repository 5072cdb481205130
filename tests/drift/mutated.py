"""Syncs from answers mutated at random, each followed by sound ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.errors import LedgerError
from tests.drift.compare import Ledger, differences, read, without
from tests.drift.mutate import Mutator
from tests.drift.scene import LATER, Scene

_PLACES = Decimal("1E-18")
_AMOUNTS = {
    "account": ("available", "held_increases", "held_withdrawals"),
    "continuous_stake": ("settled", "projected", "pending_amount"),
    "performance": ("at_risk",),
    "claim": ("payout", "burn", "claimable"),
    "stake_transaction": ("amount",),
    "wallet_transaction": ("amount",),
    "scheduled_transaction": ("amount",),
}
"""Amounts that are stored as they were told."""

_OFTEN = 3


@dataclass
class Tally:
    """What became of all trials; each complaint names the seed that shows it again."""

    answers: int = 0
    syncs: int = 0
    failed: int = 0
    raised: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def run(scene: Scene, answers: int, *, start: int = 0) -> Tally:
    """Sync until so many answers have been mutated, with every seed from ``start`` on."""
    tally, seed = Tally(), start
    healed = without(read(scene.healed), "price")
    while tally.answers < answers:
        _try(scene, seed, tally, healed)
        seed += 1
    return tally


def run_all(folder: Path, answers: int, processes: int = 2) -> Tally:
    """The same in a few processes, with seeds of their own."""
    with ProcessPoolExecutor(processes) as pool:
        shares = [
            pool.submit(_share, folder / str(i), answers // processes, i * 100_000)
            for i in range(processes)
        ]
        tallies = [share.result() for share in shares]
    whole = Tally()
    for name in (one.name for one in fields(Tally)):
        parts = [getattr(tally, name) for tally in tallies]
        setattr(whole, name, sum(parts, [] if isinstance(parts[0], list) else 0))
    return whole


def _share(folder: Path, answers: int, start: int) -> Tally:
    with Scene(folder) as scene:
        return run(scene, answers, start=start)


def _try(scene: Scene, seed: int, tally: Tally, healed: Ledger) -> None:
    """Every third seed has values that could be true: nothing can tell those from lies, so that
    they may stay."""
    lies, again = seed % 3 == 0, seed % 2 == 0
    path = scene.copy(scene.before) if again else scene.ledger()
    mutator = Mutator(seed, lies=lies)
    tally.syncs += 1
    try:
        with _mutating(scene, mutator):
            scene.sync(path, max_parallel=1)
    except LedgerError:
        tally.failed += 1
    except Exception as error:
        tally.raised.append(f"seed {seed}: {type(error).__name__}: {error}")
    tally.answers += mutator.mutated
    if path.exists():
        told = mutator.told | set(_amounts(read(scene.before)) if again else ())
        known = {number.quantize(_PLACES) for number in told if abs(number) < 10**9}
        for place, number in _placed(read(path)):
            if number.quantize(_PLACES) not in known:
                tally.invented.append(f"seed {seed}: {place} is {number}")
    if not lies:
        left = _heal(scene, path, healed)
        if left:
            tally.stuck.append(f"seed {seed}: {'; '.join(left[:4])}")
    path.unlink(missing_ok=True)


def _heal(scene: Scene, path: Path, healed: Ledger) -> list[str]:
    scene.forget_lessons(path)
    left: list[str] = []
    for turn in range(1, _OFTEN + 1):
        try:
            scene.sync(path, at=scene.now + turn * LATER + timedelta(seconds=1))
        except Exception as error:
            return [f"{type(error).__name__}: {error}"]
        left = [str(one) for one in differences(without(read(path), "price"), healed)]
        if not left:
            break
    return left


class _mutating:  # noqa: N801 - a context manager that is read as a verb
    """Lets the sandbox's answers pass through a mutator on their way out."""

    def __init__(self, scene: Scene, mutator: Mutator) -> None:
        self._scene, self._mutator = scene, mutator
        self._api: Any = scene.sandbox._api
        self._execute = self._api.execute

    def __enter__(self) -> None:
        def execute(*given: Any) -> Any:
            answer = self._mutator(self._execute(*given))
            spoilt = self._mutator.body()
            if spoilt is not None:
                self._scene.sandbox.fail(spoilt[0], **spoilt[1])
            return answer

        self._api.execute = execute

    def __exit__(self, *_: object) -> None:
        self._api.execute = self._execute
        self._scene.sandbox.clear_faults()


def _placed(ledger: Ledger) -> Iterator[tuple[str, Decimal]]:
    for (table, key), row in ledger.items():
        for column in _AMOUNTS.get(table, ()):
            if row[column] is not None:
                yield f"{table}{list(key)}.{column}", Decimal(row[column])


def _amounts(ledger: Ledger) -> Iterator[Decimal]:
    return (number for _, number in _placed(ledger))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name, Scene(Path(name)) as opened:
        found = run(opened, int(sys.argv[1]), start=int((sys.argv[2:] or ["0"])[0]))
    print(found.answers, "answers", found.syncs, "syncs", found.failed, "failed")
    for what in (found.raised, found.invented, found.stuck):
        print(len(what), *what[:15], sep="\n  ")
