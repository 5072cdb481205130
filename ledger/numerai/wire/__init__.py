"""Numerai's answers to domain values. What can't be parsed is reported and left out."""

from ledger.numerai.wire.account import (
    AccountFacts,
    KeyInfo,
    read_account,
    read_key,
)
from ledger.numerai.wire.changes import Answer, read_change
from ledger.numerai.wire.claims import (
    ModelIndex,
    read_claims,
    read_stake_rounds,
    read_staking_contracts,
)
from ledger.numerai.wire.fields import Problems
from ledger.numerai.wire.performances import RoundFacts, Slice, read_performances
from ledger.numerai.wire.prices import read_conversion, read_payout_prices
from ledger.numerai.wire.rounds import (
    ListedPayout,
    PayoutLists,
    RoundList,
    paid_factor,
    read_listed_payouts,
    read_rounds,
)
from ledger.numerai.wire.snapshot import read_snapshot
from ledger.numerai.wire.submissions import Listed, read_submissions
from ledger.numerai.wire.transactions import Page, read_stake_transactions

__all__ = [
    "AccountFacts",
    "Answer",
    "KeyInfo",
    "Listed",
    "ListedPayout",
    "ModelIndex",
    "Page",
    "PayoutLists",
    "Problems",
    "RoundFacts",
    "RoundList",
    "Slice",
    "paid_factor",
    "read_account",
    "read_change",
    "read_claims",
    "read_conversion",
    "read_key",
    "read_listed_payouts",
    "read_payout_prices",
    "read_performances",
    "read_rounds",
    "read_snapshot",
    "read_stake_rounds",
    "read_stake_transactions",
    "read_staking_contracts",
    "read_submissions",
]
