"""Would shuffling have helped? Cumulative scores of slots under keep, shuffle and average.

Definitions. ``x[t, i]`` is the score of model ``i`` in round ``t``; a missing one counts as 0 for
the slot the model sits in. Under *keep* slot ``i`` has model ``i`` in every round; under
*shuffle* slot ``s`` has model ``p[s]`` with ``p`` drawn anew each round
(:mod:`ledger.rules.slots.permutations`). A slot's cumulative score is the running sum, from 0; the
spread is the population standard deviation over slots of the final value. *average* is the
running sum of each round's mean over the models that have a score in it (0 if none has), so with
missing scores it ends elsewhere than the mean over slots, which counts them as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from ledger.domain.slots.backtest import (
    Averaged,
    Backtest,
    Band,
    Distribution,
    Kept,
    Line,
    ScoreTable,
    Shuffled,
)
from ledger.errors import Cancelled, TableError
from ledger.rules.rounds.score_table import select
from ledger.rules.slots.permutations import DRAWN, Permutations
from ledger.rules.slots.resampling import Bands, bootstrap

if TYPE_CHECKING:
    from threading import Event
    from typing import TypeAlias

    import numpy as np

    Figure: TypeAlias = np.float64
    Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
    Places: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]
    Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
    _Piece: TypeAlias = tuple[slice, Array, Array]
    """Which of some shuffles, and the scores and squares of these."""

SHUFFLES = 10_000
"""Random shuffles unless told otherwise."""

BLOCK = 24
"""Rounds in a block of the bootstrap unless told otherwise: 24 rounds run at a time with 20-day
scores, so that scores further apart share no day. 64 with 60-day scores."""

_CELLS = 1 << 20
"""Cells (shuffles x models) worked on at a time: some arrays of eight megabytes each. More only
with more than a thousand models."""

Progress = Callable[[int, int], None]
"""Called with the shuffles done and the shuffles in all."""


def backtest(
    table: ScoreTable,
    *,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    complete: bool = False,
    block: int = BLOCK,
    chunk: int | None = None,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Backtest:
    """Compare keep, shuffle and average over all of ``table``.

    ``complete`` leaves out rounds in which a model has no score. ``chunk``: shuffles worked on
    at a time, which changes memory and speed but no figure. ``block``: rounds in a block of the
    bootstrap. The same table, shuffles and seed give the same figures.

    Raises:
        TableError: no round is left, ``shuffles`` or ``block`` is less than one, bad seed.
        Cancelled: ``stop`` was set.
    """
    import numpy as np

    if shuffles < 1 or block < 1:
        raise TableError("At least one shuffle and one round a block are needed.")
    used = select(table, complete=complete)
    scores = as_array(used)
    missing = np.isnan(scores)
    filled = np.where(missing, 0, scores)
    average = _average(filled, missing)
    shuffled = _Shuffles(filled, used.rounds, shuffles, seed)
    shuffled.run(chunk, progress, stop)
    bands = bootstrap(filled, average, block=block, seed=seed)
    left_out = len(table.rounds) - len(used.rounds)
    return Backtest(
        rounds=used.rounds,
        models=used.models,
        missing_cells=int(missing.sum()),
        left_out=left_out,
        block=min(block, len(used.rounds)),
        keep=_keep(filled, missing, used.models, bands),
        average=Averaged(_line("average", average, int(missing.all(axis=1).sum())), bands.average),
        shuffle=shuffled.result(bands.shuffle),
        notes=_notes(int(missing.sum()), left_out),
    )


def as_array(table: ScoreTable) -> Array:
    """Shape (rounds, models), NaN where a score is missing."""
    import numpy as np

    rows = [["nan" if cell is None else cell for cell in row] for row in table.values]
    return np.array(rows, dtype=np.float64).reshape(len(table.rounds), len(table.models))


def _average(filled: Array, missing: Mask) -> Array:
    import numpy as np

    present = (~missing).sum(axis=1)
    mean: Array = filled.sum(axis=1) / np.maximum(present, 1)
    return mean


def _keep(
    filled: Array,
    missing: Mask,
    models: tuple[str, ...],
    bands: Bands,
) -> Kept:
    lines = tuple(
        _line(name, filled[:, index], int(missing[:, index].sum()))
        for index, name in enumerate(models)
    )
    return Kept(lines, _number(filled.sum(axis=0).std()), bands.keep)


def _line(name: str, series: Array, missing: int) -> Line:
    import numpy as np

    path = series.cumsum()
    highest = np.maximum(np.maximum.accumulate(path), 0)
    return Line(
        name=name,
        final=_number(path[-1]),
        mean=_number(series.mean()),
        sd=_number(series.std()),
        max_drawdown=_number((highest - path).max()),
        missing=missing,
        path=_numbers(path),
    )


class _Seated:
    """The scores of one round by drawn permutation and slot, and their squares."""

    def __init__(self, drawn: int, models: int) -> None:
        import numpy as np

        self._scores, self._squares = np.empty((2, drawn, models))
        self._rotations = [0]

    def take(self, row: Array, drawn: Places, rotations: list[int]) -> None:
        """Seat the scores of a round."""
        import numpy as np

        np.take(row, drawn, out=self._scores, mode="clip")
        np.multiply(self._scores, self._scores, out=self._squares)
        self._rotations = rotations

    def pieces(self, lap: int, place: int, count: int) -> Iterator[_Piece]:
        """Those of ``count`` shuffles of a lap from ``place`` on, in their order: the first that
        was drawn follows the last."""
        drawn = len(self._scores)
        start = (place + self._rotations[lap]) % drawn
        before = min(count, drawn - start)
        there = slice(start, start + before)
        yield slice(before), self._scores[there], self._squares[there]
        if before < count:
            there = slice(count - before)
            yield slice(before, count), self._scores[there], self._squares[there]


class _Sums:
    """What is added up round by round, by shuffle and slot.

    The third is how far the cumulative score is below its highest so far: a score less each round,
    and never below nothing. ``deepest`` is the most that ever was.
    """

    def __init__(self, shuffles: int, models: int) -> None:
        import numpy as np

        self._all = np.zeros((4, shuffles, models))
        self.total, self.squares, _, self.deepest = self._all
        self._nothing = np.zeros((min(shuffles, DRAWN), models))

    def add(self, part: slice, pieces: Iterable[_Piece]) -> None:
        """Some more rounds of some shuffles."""
        import numpy as np

        for which, scores, squared in pieces:
            total, squares, below, deepest = self._all[:, part][:, which]
            np.add(total, scores, out=total)
            np.add(squares, squared, out=squares)
            np.subtract(below, scores, out=below)
            # With an array it takes half of what it does with a number.
            np.maximum(below, self._nothing[: len(below)], out=below)
            np.maximum(deepest, below, out=deepest)


class _Shuffles:
    """All shuffles of one table: figures by shuffle, filled in a chunk at a time."""

    def __init__(self, filled: Array, rounds: tuple[int, ...], shuffles: int, seed: int) -> None:
        import numpy as np

        self._rows = list(zip(rounds, filled, strict=True))
        self._models = filled.shape[1]
        self._permutations = Permutations(seed, self._models)
        self._shuffles, self._seed = shuffles, seed
        self._drawn = min(shuffles, DRAWN)
        # Kept for all rounds: new ones each time take longer than what is done with them.
        self._keys = np.empty((self._drawn, self._models), np.uint32)
        self._places = np.empty((self._drawn, self._models), np.intp)
        seats = min(len(rounds), max(1, _CELLS // (2 * self._drawn * self._models)))
        self._seats = [_Seated(self._drawn, self._models) for _ in range(seats)]
        self._spread, self._sd, self._drawdown, self._final = (np.empty(shuffles) for _ in range(4))

    def run(self, chunk: int | None, progress: Progress | None, stop: Event | None) -> None:
        """Every shuffle, ``chunk`` at a time."""
        size = chunk or max(DRAWN, _CELLS // self._models)
        for first in range(0, self._shuffles, size):
            count = min(size, self._shuffles - first)
            sums = _Sums(count, self._models)
            for done in self._add_rounds(sums, first, count, stop):
                if progress is not None:
                    progress(first + done, self._shuffles)
            self._tell(slice(first, first + count), sums)

    def result(self, band: Band) -> Shuffled:
        """What came of it."""
        return Shuffled(
            shuffles=self._shuffles,
            seed=self._seed,
            spread_sd=_distribution(self._spread),
            sd=_distribution(self._sd),
            max_drawdown=_distribution(self._drawdown),
            final_mean=_number(self._final.mean()),
            example=self._example(),
            band=band,
        )

    def _add_rounds(self, sums: _Sums, first: int, count: int, stop: Event | None) -> Iterator[int]:
        """Adds all rounds of ``count`` shuffles to ``sums``; yields to how many of them what is
        done comes.

        Some rounds are seated at a time, so that the sums of a lap stay in the processor's cache.
        """
        laps = _laps(first, count)
        rows, many = self._rows, len(self._seats)
        for begun in range(0, len(rows), many):
            if stop is not None and stop.is_set():
                done = first + count * begun // len(rows)
                raise Cancelled(f"Stopped after {done} of {self._shuffles} shuffles.")
            seats = self._seats[: len(rows) - begun]
            for seated, (number, row) in zip(seats, rows[begun:], strict=False):
                self._places[:] = self._permutations.of(number, 0, self._drawn, self._keys)
                rotations = self._permutations.rotations(number, -(-self._shuffles // DRAWN))
                seated.take(row, self._places, rotations)
            for lap, place, part in laps:
                length = part.stop - part.start
                pieces = (seated.pieces(lap, place, length) for seated in seats)
                sums.add(part, chain.from_iterable(pieces))
            yield count * min(begun + many, len(rows)) // len(rows)

    def _tell(self, part: slice, sums: _Sums) -> None:
        """Figures by shuffle, from what all rounds add up to."""
        import numpy as np

        rounds = len(self._rows)
        variance = np.maximum(sums.squares / rounds - (sums.total / rounds) ** 2, 0)
        self._spread[part] = sums.total.std(axis=1)
        self._sd[part] = np.sqrt(variance).mean(axis=1)
        self._drawdown[part] = sums.deepest.mean(axis=1)
        self._final[part] = sums.total.mean(axis=1)

    def _example(self) -> tuple[tuple[Figure, ...], ...]:
        """The cumulative scores of the first shuffle, by slot and round."""
        import numpy as np

        seated = [row[self._permutations.of(number, 0, 1)[0]] for number, row in self._rows]
        return tuple(tuple(path) for path in np.array(seated).cumsum(axis=0).T.tolist())


def _laps(first: int, count: int) -> list[tuple[int, int, slice]]:
    """Those that ``count`` shuffles from ``first`` on lie in: the lap, where in it they begin, and
    which of them they are."""
    laps = []
    begin = first
    while begin < first + count:
        lap, place = divmod(begin, DRAWN)
        end = min(first + count, (lap + 1) * DRAWN)
        laps.append((lap, place, slice(begin - first, end - first)))
        begin = end
    return laps


def _distribution(values: Array) -> Distribution:
    import numpy as np

    low, middle, high = _numbers(np.percentile(values, (5, 50, 95)))
    return Distribution(_number(values.mean()), low, middle, high)


def _number(value: Any) -> Figure:
    """A number as Python has it; what its type is called depends on numpy's version."""
    number: Figure = value.item()
    return number


def _numbers(values: Any) -> tuple[Figure, ...]:
    return tuple(values.tolist())


def _notes(missing: int, left_out: int) -> tuple[str, ...]:
    """What the figures can tell, and what they can't."""
    notes = [
        "Shuffling changes how far slots end apart. At equal stakes it does not change the total "
        "over all slots: every score is still counted once.",
        "A smaller spread between slots is less risk for one slot, not for the account.",
        "The bands are 90 %, by a bootstrap of blocks of rounds, because neighbouring rounds are "
        "scored over the same days. They say nothing about rounds unlike these.",
    ]
    if missing:
        notes.append(
            f"{missing} scores are missing and count as nothing for the slot the model sits in, "
            "which by itself pulls slots apart when models stay."
        )
    if left_out:
        notes.append(f"{left_out} rounds are left out because a model has no score in them.")
    return tuple(notes)
