"""NMR as a type of its own, so that money can't be mistaken for a number.

NMR is an ERC-20 token with 18 decimals: one NMR is 10**18 wei.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, Context, Decimal, Inexact, InvalidOperation
from functools import reduce, total_ordering

PLACES = 18
"""Decimal places of NMR: one wei is the last."""

_UNIT = Decimal(1).scaleb(-PLACES)
"""One wei in NMR."""

_NOTHING = Decimal(0).scaleb(-PLACES)
"""No NMR, with all places."""

_EXACT = Context(prec=78, traps=[InvalidOperation, Inexact])
"""Arithmetic that fails rather than rounds."""

_DOWN = Context(prec=78, rounding=ROUND_DOWN, traps=[InvalidOperation])
"""Arithmetic that rounds towards zero."""


@total_ordering
class NMR:
    """An exact amount of NMR, positive or negative, to the wei.

    Adds to and compares with NMR only; multiplying goes through :meth:`times`, the one place
    that rounds. Floats are refused everywhere.

    Raises:
        TypeError: built from, or mixed with, anything but ``Decimal``, ``int`` and ``str``.
        ValueError: not a finite decimal number, or finer than one wei.
    """

    __slots__ = ("_amount",)
    _amount: Decimal

    def __init__(self, amount: Decimal | int | str = 0) -> None:
        if isinstance(amount, bool) or not isinstance(amount, (Decimal, int, str)):
            raise TypeError(f"NMR is built from Decimal, int or str, not {type(amount).__name__}")
        try:
            exact = Decimal(amount)
            if not exact.is_finite():
                raise ValueError(f"not an amount of NMR: {amount}")
            self._amount = exact.quantize(_UNIT, context=_EXACT)
        except (InvalidOperation, Inexact) as error:
            raise ValueError(f"not an amount of NMR, or finer than one wei: {amount!r}") from error

    @classmethod
    def _placed(cls, amount: Decimal) -> NMR:
        """``amount``, which has 18 places already."""
        nmr = cls.__new__(cls)
        nmr._amount = amount
        return nmr

    @classmethod
    def from_wei(cls, wei: int) -> NMR:
        """``wei`` / 10**18."""
        return cls._placed(Decimal(wei).scaleb(-PLACES, context=_EXACT))

    @classmethod
    def down(cls, amount: Decimal) -> NMR:
        """``amount`` cut to whole wei towards zero: the only rounding of money there is."""
        return cls._placed(amount.quantize(_UNIT, context=_DOWN))

    @classmethod
    def total(cls, amounts: Iterable[NMR]) -> NMR:
        """The sum, zero for nothing."""
        return cls._placed(reduce(_EXACT.add, [amount._amount for amount in amounts], _NOTHING))

    @classmethod
    def summed(cls, amounts: Iterable[Decimal]) -> NMR:
        """The sum of amounts of NMR that need no object each, zero for nothing."""
        return cls(reduce(_EXACT.add, amounts, Decimal(0)))

    @property
    def amount(self) -> Decimal:
        """The same as a ``Decimal`` with 18 places."""
        return self._amount

    @property
    def wei(self) -> int:
        """The same in wei."""
        return int(self._amount.scaleb(PLACES, context=_EXACT))

    def times(self, factor: Decimal | int) -> NMR:
        """This much times ``factor``, cut to whole wei towards zero."""
        if isinstance(factor, bool) or not isinstance(factor, (Decimal, int)):
            raise TypeError(f"NMR is multiplied by Decimal or int, not {type(factor).__name__}")
        return NMR.down(_DOWN.multiply(self._amount, Decimal(factor)))

    def over(self, other: NMR) -> Decimal:
        """This as a ratio of ``other``, 28 digits.

        Raises:
            ZeroDivisionError: ``other`` is zero.
        """
        if not other:
            raise ZeroDivisionError("ratio to zero NMR")
        return self._amount / other._amount

    def __add__(self, other: NMR) -> NMR:
        if not isinstance(other, NMR):
            return NotImplemented
        return NMR._placed(_EXACT.add(self._amount, other._amount))

    def __sub__(self, other: NMR) -> NMR:
        if not isinstance(other, NMR):
            return NotImplemented
        return NMR._placed(_EXACT.subtract(self._amount, other._amount))

    def __neg__(self) -> NMR:
        return NMR._placed(self._amount.copy_negate())

    def __abs__(self) -> NMR:
        return NMR._placed(self._amount.copy_abs())

    def __bool__(self) -> bool:
        return bool(self._amount)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NMR):
            return NotImplemented
        return self._amount == other._amount

    def __lt__(self, other: NMR) -> bool:
        if not isinstance(other, NMR):
            return NotImplemented
        return self._amount < other._amount

    def __hash__(self) -> int:
        return hash(self._amount)

    def __str__(self) -> str:
        """Plain digits, no exponent, no trailing zeros: ``12.5``, ``0``, ``-0.001``."""
        text = format(self._amount, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in {"-0", ""} else text

    def __repr__(self) -> str:
        return f"NMR('{self}')"


ZERO = NMR(0)
"""No NMR."""
