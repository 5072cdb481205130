"""How many runs of :class:`ledger.rules.slots.stake_world.StakeWorld` begin, worked out together.

Most rounds are continuous, and nothing is rebalanced where models are shuffled: then a round is one
multiplication, one addition and one comparison for each slot of each run. Here numpy does them for
all at once, in whole numbers taken apart by nine decimal places, so that nothing is rounded but
where the rules cut: towards zero, at the wei. A run goes on by itself from the first round on that
is atomic, has a rate above one or one of more than 36 places, or closes over a stake of a thousand
million NMR.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ledger.rules.slots.stake_world import Beginning, Cut, Rates, in_order

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

    Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
    Indices: TypeAlias = np.ndarray[Any, np.dtype[np.uint32]]

_BASE = 10**9
"""Amounts and rates are told in digits of this base, the lowest first: the product of two, and
three of those added up, stay below 2**63."""

_AMOUNT = 3
"""Digits of an amount in wei; the highest may be negative, and then the amount is."""

_RATE = 4
"""Digits of a rate: its parts of ``_WHOLE``."""

_WHOLE = _BASE**_RATE


def beginnings(
    start: Sequence[int],
    cuts: Sequence[Cut],
    rates: Mapping[int, Rates],
    seats: Callable[[int], Indices],
    *,
    runs: int,
    compounding: bool,
    stopped: Callable[[], None],
) -> list[Beginning]:
    """How ``runs`` begin that all start with ``start`` wei by slot.

    ``rates`` are those by model; ``seats`` tells which model each slot has in a round, a line for
    each run. ``stopped`` is called once a round and may raise.
    """
    if max(start) >= _BASE**_AMOUNT:
        return [Beginning(0, [*start], [0] * len(start), 0, {}, []) for _ in range(runs)]
    together = _Together(start, runs, compounding=compounding)
    events = in_order(cuts)
    for done, (at, closing, index) in enumerate(events):
        number = cuts[index].number
        if closing:
            stopped()
            if cuts[index].atomic or together.is_too_much or not _can_be_told(rates[number]):
                return together.left(done)
            together.close(number)
        else:
            together.resolve(number, rates[number], seats(number), at)
    return together.left(len(events))


def _can_be_told(rates: Rates) -> bool:
    """Whether every rate has as many digits as there are here."""
    largest = max((abs(part) for part in rates.parts if part is not None), default=0)
    return _WHOLE % rates.whole == 0 and largest <= rates.whole


def _digits(numbers: Sequence[int], count: int) -> Numbers:
    """Shape (count, numbers): the digits of each, the highest taking what is left."""
    import numpy as np

    digits = []
    for _ in range(count - 1):
        digits.append([number % _BASE for number in numbers])
        numbers = [number // _BASE for number in numbers]
    return np.array([*digits, numbers], np.int64)


def _carry(digits: Numbers) -> Numbers:
    """The same with every digit but the highest from 0 to below the base."""
    for place in range(len(digits) - 1):
        over = digits[place] // _BASE
        digits[place] -= over * _BASE
        digits[place + 1] += over
    return digits


def _numbers(digits: Numbers) -> Any:
    """The digits put together, as nested lists."""
    number = digits[-1].astype(object)
    for digit in digits[-2::-1]:
        number = number * _BASE + digit
    return number.tolist()


def _cut_products(amounts: Numbers, rates: Numbers) -> Numbers:
    """``amounts`` times ``rates``, none of them negative, cut to the wei."""
    import numpy as np

    digits = np.zeros((_AMOUNT + _RATE - 1, *amounts.shape[1:]), np.int64)
    for place, amount in enumerate(amounts):
        for further, rate in enumerate(rates):
            digits[place + further] += amount * rate
    for place in range(_RATE):
        digits[place + 1] += digits[place] // _BASE
    return _carry(np.array([*digits[_RATE:], np.zeros_like(digits[0])]))


class _Together:
    """All runs at once: amounts by digit, run and slot."""

    def __init__(self, start: Sequence[int], runs: int, *, compounding: bool) -> None:
        import numpy as np

        self._compounding = compounding
        start_digits = _digits(start, _AMOUNT)[:, None, :]
        self._standing = np.repeat(start_digits, runs, axis=1)
        self._net = np.zeros_like(self._standing)
        self._value = _carry(self._standing.sum(axis=2))
        self._earned = np.zeros_like(self._value)
        self._at_risk: dict[int, Numbers] = {}
        self._path: list[tuple[Any, list[int]]] = []

    @property
    def is_too_much(self) -> bool:
        """Whether a stake has more digits than may be multiplied."""
        return bool(self._standing[-1].max() >= _BASE)

    def close(self, number: int) -> None:
        """All that stands is at risk in a round."""
        self._at_risk[number] = self._standing

    def resolve(self, number: int, rates: Rates, seats: Indices, at: Any) -> None:
        """Pay out a round."""
        import numpy as np

        scale = _WHOLE // rates.whole
        parts = [part or 0 for part in rates.parts]
        rate_digits = _digits([abs(part) * scale for part in parts], _RATE)[:, seats]
        sign = np.array([-1 if part < 0 else 1 for part in parts], np.int64)[seats]
        booked = self._settle(_cut_products(self._at_risk.pop(number), rate_digits) * sign)
        sums = booked.sum(axis=2)
        self._net = _carry(self._net + booked)
        self._value = _carry(self._value + sums)
        if not self._compounding:
            self._earned = _carry(self._earned + sums)
        self._path.append((at, _numbers(self._value)))

    def _settle(self, payouts: Numbers) -> Numbers:
        """What of the payouts could be booked: no more burns than there is."""
        import numpy as np

        if not self._compounding:
            return payouts
        left = _carry(self._standing + payouts)
        short = left[-1] < 0
        if short.any():
            payouts = np.where(short, -self._standing, payouts)
            left = np.where(short, 0, left)
        self._standing = left
        return payouts

    def left(self, done: int) -> list[Beginning]:
        """The runs by themselves, after so many events."""
        standing, net, earned = map(_numbers, (self._standing, self._net, self._earned))
        at_risk = {number: _numbers(amounts) for number, amounts in self._at_risk.items()}
        return [
            Beginning(
                events=done,
                standing=standing[run],
                net=net[run],
                earned=earned[run],
                at_risk={number: amounts[run] for number, amounts in at_risk.items()},
                path=[(at, values[run]) for at, values in self._path],
            )
            for run in range(len(standing))
        ]
