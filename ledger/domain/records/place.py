"""Where NMR is, as records have it."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where NMR is, comes from or goes to.

    ``wallet``: the account's wallet at Numerai. ``held``: between the wallet and the continuous
    stakes of a tournament, since Numerai's wallet rows do not name the model. ``stake``: on one
    model. ``strategy``: in an allocation strategy and not locked, idle or waiting to be claimed.
    ``outside``: any other address. ``income`` and ``burn``: where payouts come from and burns go
    to. ``equity``: what was there before the first record, or what nothing listed explains.
    """

    WALLET = "wallet"
    HELD = "held"
    STAKE = "stake"
    STRATEGY = "strategy"
    OUTSIDE = "outside"
    INCOME = "income"
    BURN = "burn"
    EQUITY = "equity"
