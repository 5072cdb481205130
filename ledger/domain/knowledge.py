"""What Numerai did not tell: which facts of the ledger are old, and which were never known.

A fact is known when the last sync that asked for it was told it. Otherwise a :class:`MissingFact`
says so: with ``as_of`` the ledger still holds what was true then, without it there is nothing to
show. Nothing turns such an absence into a zero, an empty list or a deletion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass


class Fact(StrEnum):
    """Something a sync asks for. What it is about is its subject: the account (``""``), a model
    (its id), or a tournament (its number as text)."""

    # the account
    WALLET = "wallet"
    HELD_INCREASES = "held-increases"
    HELD_WITHDRAWALS = "held-withdrawals"
    WALLET_ADDRESS = "wallet-address"
    CURRENCY = "currency"
    SCOPES = "scopes"
    KEY_NAME = "key-name"
    SCHEDULED = "scheduled"
    WALLET_TRANSACTIONS = "wallet-transactions"
    STAKE_TRANSACTIONS = "stake-transactions"
    PRICE = "price"
    CURRENCY_PRICE = "currency-price"
    MODELS = "models"

    # a model
    LISTED = "listed"
    ARCHIVED = "archived"
    CREATED = "created"
    RELEASE_DATE = "release-date"
    STAKE = "stake"
    PROJECTED_STAKE = "projected-stake"
    PENDING = "pending"
    TAKE_PROFIT = "take-profit"
    REPUTATION = "reputation"
    RETURNS = "returns"
    SUBMISSIONS = "submissions"
    PERFORMANCES = "performances"
    AT_RISK = "at-risk"
    SUBMISSION_ID = "submission-id"
    SCORES = "scores"
    SCORE_VALUES = "score-values"
    PERCENTILES = "percentiles"
    SCORE_DAYS = "score-days"
    SCORE_PAYOUTS = "score-payouts"
    FINAL_SCORES = "final-scores"
    MULTIPLIERS = "multipliers"
    PAYOUT_FACTOR = "payout-factor"
    RESOLVED = "resolved"
    RESOLVE_TIME = "resolve-time"
    DAILY_SCORES = "daily-scores"

    # a tournament
    ROUNDS = "rounds"
    ROUND_TIMES = "round-times"
    ROUND_STAKING_CLOSE = "round-staking-close"
    ROUND_RESOLVE_TIME = "round-resolve-time"
    ROUND_RESOLVED = "round-resolved"
    ROUND_FACTOR = "round-factor"
    ROUND_TARGET = "round-target"
    SCORE_CONFIGS = "score-configs"
    PAYOUTS = "payouts"
    SETTLED_PAYOUTS = "settled-payouts"
    PENDING_PAYOUTS = "pending-payouts"
    STAKING_CONTRACT = "staking-contract"
    CLAIMS = "claims"
    STAKE_ROUNDS = "stake-rounds"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A ``fact`` about one ``subject`` that the last sync which asked for it was not told.

    ``as_of``: when it was last told (UTC), ``None`` when it never was. ``since``: the sync from
    which on it is missing. ``why``: in words, for people. ``acknowledged``: the user has seen it
    and does not want to be warned of it again; it stays unknown all the same.
    """

    fact: Fact
    subject: str
    as_of: datetime | None
    since: datetime
    why: str
    acknowledged: bool = False


class MissingFacts:
    """The missing facts of a ledger, by fact and subject. False when nothing is missing."""

    def __init__(self, facts: Iterable[MissingFact] = ()) -> None:
        self._by_key = {(entry.fact, entry.subject): entry for entry in facts}

    def of(self, fact: Fact, subject: str = "") -> MissingFact | None:
        """What is missing of ``fact`` about ``subject``, ``None`` where it is known."""
        return self._by_key.get((fact, subject))

    def first(self, subject: str, *facts: Fact) -> MissingFact | None:
        """The first of ``facts`` about ``subject`` that is missing."""
        missing = (self.of(fact, subject) for fact in facts)
        return next((entry for entry in missing if entry is not None), None)

    def about(self, subject: str) -> tuple[MissingFact, ...]:
        """All that is missing about ``subject``."""
        return tuple(entry for entry in self if entry.subject == subject)

    def __iter__(self) -> Iterator[MissingFact]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MissingFacts):
            return NotImplemented
        return self._by_key == other._by_key

    def __hash__(self) -> int:
        return hash(frozenset(self._by_key.values()))

    def __repr__(self) -> str:
        return f"MissingFacts({list(self)!r})"


NOTHING_MISSING = MissingFacts()
"""Everything that was asked for was told."""
