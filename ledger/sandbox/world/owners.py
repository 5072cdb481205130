"""The demo wallets that own a sandbox's strategies, key and address.

The keys are made from a sentence anybody can read here: they open a simulation, and NMR sent to
these addresses on a real chain would be anybody's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ledger.domain.nmr import NMR, ZERO

ADDRESSES = (
    "0xaD1DCa4a381AD78Ded58413334D07b8A072d908C",
    "0x1A5A293124b7566DF878B1C4aC36B243228499b2",
    "0xF07872d82864cE67BE6598fAe91b0E8F68407f23",
    "0x71797aD222f0567C80C67498b2be0934C8c344bd",
    "0xB9584fa8eB46b3A9213B9cAD579073F6E5318c73",
    "0x33dad14A5D63B7215f38E10eB55947F76Ea7Db59",
    "0x59f88dc77230EF9D37991F312f5E7d52Eb13c857",
    "0x8ae5764f735b2294876E92D9F0cE7C1f6d43B84e",
)
"""The address of each :func:`private_key`, so that no elliptic curve is needed to know it."""

_GAS = 250_000_000_000_000_000
"""Wei for gas that an owner begins with: a quarter of an ether, enough for any test."""


@dataclass(slots=True)
class Owner:
    """The user's wallet on chain: ``nmr`` is its token balance, apart from ``availableNmr``.

    ``private_key`` signs for ``address``; ``gas_wei`` is what it can pay gas with.
    """

    address: str
    private_key: str
    nmr: NMR = ZERO
    gas_wei: int = _GAS


def private_key(seed: int) -> str:
    """The owner's key in the sandbox of ``seed``: ``0x`` and 64 hex digits."""
    text = f"numstake-tui sandbox owner {seed % len(ADDRESSES)}"
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def owner(seed: int) -> Owner:
    """The owner in the sandbox of ``seed``, without NMR and with a quarter of an ether."""
    return Owner(ADDRESSES[seed % len(ADDRESSES)], private_key(seed))
