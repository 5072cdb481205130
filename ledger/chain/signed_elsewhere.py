"""A transaction that was signed elsewhere: is it the one that was exported?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.chain.signing import taken_apart
from ledger.chain.transactions import GWEI, Signed, Unsigned, in_gwei
from ledger.errors import ChangeError

_EXACT: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("chain id", lambda tx: tx.chain_id),
    ("sender (from)", lambda tx: tx.sender.lower()),
    ("recipient (to)", lambda tx: tx.to.lower()),
    ("data", lambda tx: tx.data.lower()),
    ("value", lambda tx: tx.value),
    ("nonce", lambda tx: tx.nonce),
)


def check_signed(raw: str, expected: Unsigned, *, max_fee_gwei: int) -> Signed:
    """A transaction that was signed elsewhere, if it is the one that was exported.

    Chain id, sender, recipient, data, value and nonce have to be equal. Whoever signed may have
    chosen gas and fees: gas from the estimate to twice the limit, a fee up to
    ``max_fee_gwei``. Types 2 and legacy (EIP-155) are taken. Needs ``numstake-tui[atomic]``.

    Raises:
        ChangeError: it is another one; names the field.
        WalletError: the Ethereum libraries are not installed.
    """
    signed = taken_apart(raw)
    for name, field in _EXACT:
        if field(signed) != field(expected):
            raise _differs(name, field(signed), field(expected))
    lowest, highest = expected.gas * 4 // 5, expected.gas * 2
    if not lowest <= signed.gas <= highest:
        raise _differs("gas limit", signed.gas, f"{lowest} to {highest}")
    if signed.max_fee > max_fee_gwei * GWEI:
        raise _differs("fee cap", in_gwei(signed.max_fee), f"at most {max_fee_gwei} gwei")
    if signed.max_priority_fee > signed.max_fee:
        raise _differs("tip", in_gwei(signed.max_priority_fee), "at most the fee cap")
    return signed


def _differs(name: str, actual: object, exported: object) -> ChangeError:
    return ChangeError(
        f"The signed transaction is not the one exported: {name} is {_short(actual)}, not"
        f" {_short(exported)}.",
        "Nothing was sent. Export it again, sign exactly that, and import the result.",
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 90 else f"{text[:74]}… ({len(text)} characters)"
