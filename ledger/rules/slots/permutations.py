"""Random permutations by the million, each with its own place in the stream of random numbers.

Which numbers make a permutation depends on seed, round number, shuffle number and count alone,
not on how many are made at a time. The algorithm uses only numpy's Philox4x64-10 bit generator,
whose stream is fixed, and integers:

- Block ``b`` of a round is what Philox gives under the key ``(seed, round)`` for the counter
  ``b + 1``: four 64-bit words. Each is cut into two 32-bit words, the low half first.
- The permutation of ``n`` models of shuffle ``m`` (from 0) has ``w = ceil(n / 8)`` blocks of its
  own, from block ``m * w`` on, and uses their first ``n`` 32-bit words.
- The low ``max(1, bit_length(n - 1))`` bits of word ``k`` are replaced by ``k``; the words are
  sorted; the low bits, in that order, are the permutation: slot ``s`` gets model number ``p[s]``.

Two models draw the same random bits once in 2**27 (32 models), and then keep their order: a
bias far below what can be seen in any number of shuffles that can be run.

Many shuffles share what is drawn. A round has :data:`DRAWN` permutations of its own; shuffle ``m``
beyond them is in *lap* ``c = m // DRAWN`` and has the one of shuffle ``(m + r) % DRAWN``, where the
*rotation* ``r`` of that round and lap is word ``c - 1`` of what Philox gives for the counters from
``2**192 + 1`` on, modulo ``DRAWN``; that of lap 0 is 0. So every shuffle by itself is drawn
independently round by round, and two of them have one round in ``DRAWN`` in common. What is told of
a shuffle does not depend on how slots are numbered, so that a single round in common says nothing
about it; it takes two, one pair of rounds in ``DRAWN ** 2``. So mean and percentiles of 10,000 are
as good as those of 10,000 / (1 + 10,000 / ``DRAWN ** 2``), some 9,900, that were drawn apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.errors import TableError

if TYPE_CHECKING:
    import numpy as np

    Indices = np.ndarray[Any, np.dtype[np.uint32]]
    Words = np.ndarray[Any, np.dtype[np.uint64]]

DRAWN = 1_000
"""Permutations that are drawn for a round, however many shuffles there are."""

_AT_A_TIME = 250
"""Permutations made at a time: their words stay in the processor's cache."""

_MOST = 4096
"""With more models than that too few random bits would be left to sort by."""


class Permutations:
    """The permutations of one seed and number of models.

    Raises:
        TableError: the seed is not in 0 .. 2**64 - 1, or there are more than 4096 models.
    """

    def __init__(self, seed: int, models: int) -> None:
        import numpy as np

        if not 0 <= seed < 2**64:
            raise TableError(f"The seed {seed} is out of range.", "Choose 0 to 2^64 - 1.")
        if models > _MOST:
            raise TableError(f"{models} models are too many to shuffle.", f"Choose up to {_MOST}.")
        self._generator = np.random.Philox(key=np.zeros(2, np.uint64))
        self._seed, self._models = seed, models
        self._blocks = -(-models // 8)
        self._low = np.uint32((1 << max(1, (models - 1).bit_length())) - 1)
        self._order = np.arange(models, dtype=np.uint32)

    def of(self, number: int, first: int, count: int, out: Indices | None = None) -> Indices:
        """Those of shuffles ``first`` to ``first + count - 1`` in round ``number``.

        Shape (count, models): the model in each slot. ``out``: where they are put, an array of that
        shape; else a new one.
        """
        import numpy as np

        keys = np.empty((count, self._models), np.uint32) if out is None else out
        self._seek(number, (first * self._blocks, 0, 0, 0))
        for begin in range(0, count, _AT_A_TIME):
            some = keys[begin : begin + _AT_A_TIME]
            words = self._words(len(some) * self._blocks * 4).view("<u4")
            words = words.reshape(len(some), self._blocks * 8)[:, : self._models]
            np.bitwise_and(words, ~self._low, out=some)
            some |= self._order
            some.sort(axis=1)
            some &= self._low
        return keys

    def rotations(self, number: int, laps: int) -> list[int]:
        """By how much each of the first ``laps`` laps is rotated in round ``number``."""
        self._seek(number, (0, 0, 0, 1))
        words = self._words(max(0, laps - 1)).tolist()
        return [0, *(word % DRAWN for word in words)]

    def _seek(self, number: int, counter: tuple[int, int, int, int]) -> None:
        """Go to what follows ``counter`` (its low word first) under the key of round ``number``."""
        import numpy as np

        state: Any = self._generator.state
        state["state"]["key"] = np.array([self._seed, number], np.uint64)
        state["state"]["counter"] = np.array(counter, np.uint64)
        state["buffer_pos"], state["has_uint32"] = 4, 0
        self._generator.state = state

    def _words(self, count: int) -> Words:
        """The next ``count`` words, of whole blocks where more are to follow."""
        return self._generator.random_raw(count).astype("<u8", copy=False)
