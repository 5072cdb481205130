"""One of everything a sync can bring, with the odd values real answers have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Account, Model, Reputation, Returns, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot
from ledger.domain.records.transaction import (
    ScheduledTransaction,
    StakeTransaction,
    WalletTransaction,
)
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.syncing.coverage import Covered, RoundRanges
from ledger.domain.syncing.facts import Price, Problem, SyncFacts, SyncLog

NOON = datetime(2026, 9, 3, 12, tzinfo=UTC)
LATER = datetime(2026, 10, 6, 16, 0, 0, 250_000, tzinfo=UTC)

ALPHA = Model(
    "7b1f-alpha",
    "alpha",
    Tournament.SIGNALS,
    False,
    NOON,
    LATER,
    (Reputation("corr", Decimal("0.0123"), 17), Reputation("mmc", None, None)),
    Returns(Decimal("-0.01"), None, Decimal("0.25"), Decimal("1E-7")),
)
BETA = Model("aa00-beta", "beta", Tournament.SIGNALS)
OLD = Model("cc33-old", "old", Tournament.CLASSIC, archived=True)

ACCOUNT = Account(
    "someone",
    NOON,
    "0x1776e1F26f98b1A5dF9cD347953a26dd3Cb46671",
    NMR("1234.500000000000000001"),
    NMR("0.1"),
    NMR(0),
    "laptop",
    frozenset({"stake", "read_user_info"}),
    "USD",
)
STAKES = (
    ContinuousStake(
        ALPHA.id,
        NMR("11.05"),
        NMR("11.049999999999999999"),
        True,
        PendingRequest(PendingKind.DECREASE, NMR(3), LATER, "pending", "req-1"),
    ),
    ContinuousStake(BETA.id, NMR(0), NMR(0), None),
)
SCHEDULED = (
    ScheduledTransaction("alpha", 11, "release", NMR(3), "pending", NOON, LATER, False),
    ScheduledTransaction("beta", None, None, NMR("0.5"), None, None, None, True),
)
ROUNDS = (
    Round(
        Tournament.SIGNALS,
        1300,
        NOON,
        None,
        LATER,
        NOON,
        LATER,
        True,
        Decimal("0.1092"),
        Decimal("36000.0"),
        "target_x",
        (
            ScoreConfig(
                "alpha", "Alpha", "v1", True, Decimal("0.3"), Decimal("0.017"), None, None, 20
            ),
            ScoreConfig("mpc", "MPC", None, False, None, None, Decimal(1), Decimal(2), None),
        ),
    ),
    Round(Tournament.SIGNALS, 1301, NOON, None, None, None, None, False, None, None),
)
PERFORMANCES = (
    Performance(
        ALPHA.id,
        Tournament.SIGNALS,
        1300,
        NMR("11.05"),
        NMR("-0.083"),
        PayoutState.SETTLED,
        PayoutSource.NUMERAI,
        Decimal("0.1092"),
        Decimal("0.05"),
        LATER,
        "sub-1",
        (
            Score("mmc", Decimal("-0.0260"), Decimal("0.31"), 20, Decimal(2)),
            Score("corr", Decimal("0E-18"), None, None, None),
            Score("bmc", None, None, 3, Decimal("0.5")),
        ),
    ),
    Performance(BETA.id, Tournament.SIGNALS, 1301, NMR(0), None, PayoutState.PENDING, *(None,) * 5),
)
SUBMISSIONS = (
    Submission(ALPHA.id, Tournament.SIGNALS, 1301, SubmissionState.LATE, LATER, "sub-2"),
    Submission(BETA.id, Tournament.SIGNALS, 1301, SubmissionState.AWAITED, None),
)
STAKE_TRANSACTIONS = (
    StakeTransaction(
        OLD.id, Tournament.CLASSIC, 1343, "strategy stake", NMR(1), LATER, "0xabc", Decimal("9.1")
    ),
    StakeTransaction(ALPHA.id, Tournament.SIGNALS, None, "increase", NMR("2.5"), NOON, None),
)
WALLET_TRANSACTIONS = (
    WalletTransaction("0xdef", "transfer", "confirmed", NMR(-7), LATER, "0x1", "0x2", 8),
    WalletTransaction(None, None, None, NMR(7), NOON, None, None, None),
)
PRICES = (Price(LATER, "USD", "9.10", "numerai"), Price(NOON, "USD", "8.90", "numerai"))
COVERED = {(Covered.PERFORMANCES, ALPHA.id): RoundRanges.span(1100, 1300)}
MISSING = (MissingFact(Fact.RETURNS, ALPHA.id, NOON, LATER, "Numerai failed at it"),)

FACTS = SyncFacts(
    ACCOUNT,
    (ALPHA, BETA, OLD),
    STAKES,
    SCHEDULED,
    {Tournament.SIGNALS: System.CONTINUOUS, Tournament.CLASSIC: System.ATOMIC},
    ROUNDS,
    PERFORMANCES,
    SUBMISSIONS,
    STAKE_TRANSACTIONS,
    WALLET_TRANSACTIONS,
    PRICES,
    missing=MISSING,
    covered=COVERED,
    history=True,
)
LOG = SyncLog(NOON, LATER, "done", 12, 1250, 2, (Problem("alpha", "payout", "null"),))

BEFORE = AccountSnapshot(
    NOON, NMR("100.000000000000000001"), NMR(0), NMR("11.05"), False, None, None, None, None, 0
)
AFTER = AccountSnapshot(
    LATER, NMR(98), NMR(2), NMR("11.05"), None, "increase", NMR(2), LATER, "req-9", 1
)


def files_beside(path: Path) -> dict[str, bytes]:
    """The ledger and every file beside it, without what SQLite keeps for readers."""
    return {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        if not file.name.endswith("-shm") and file.stat().st_size
    }
