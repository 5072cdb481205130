"""What is asked of Numerai, as documents whose parts drop one by one.

Performances are in :mod:`ledger.numerai.score_documents`; writes, which nothing ever alters, in
:mod:`ledger.numerai.writes`.
"""

from __future__ import annotations

from functools import lru_cache

from ledger.domain.model import Tournament
from ledger.numerai.parts import Arg, Document, Field, OneOf, Pacing, leaves
from ledger.numerai.score_documents import days, running, scores, slices

__all__ = [
    "ACCOUNT_CORE",
    "ACCOUNT_EXTRAS",
    "ALIASES",
    "CURRENCY",
    "KEY",
    "PAYOUTS",
    "ROUNDS",
    "SINGLE_ROUNDS",
    "SNAPSHOT",
    "STAKE_TRANSACTIONS",
    "STAKING_CONTRACTS",
    "SUBMISSIONS",
    "claims",
    "days",
    "running",
    "scores",
    "slices",
]

ALIASES = {tournament.name.lower(): tournament for tournament in Tournament}
"""The alias of each tournament in documents that ask for all three."""

_TOKEN_INFO = Field(
    "apiTokenInfo", leaves("accountUsername name publicId scopes"), type="ApiTokenInfo"
)

KEY = Document.plain(
    "key",
    Field("account", leaves("username"), type="Account"),
    _TOKEN_INFO,
    pacing=Pacing.ACCOUNT,
)
"""Whose key this is, and what it may do."""

_PENDING = Field(
    "pendingV2ChangeStakeRequest",
    (
        *leaves("type requestedAmount drain"),
        *leaves("id status dueDate"),
    ),
    type="V2ChangeStakeRequest",
)
_STAKE = Field("v2Stake", (*leaves("latestValueSettled stakeValue"), _PENDING), type="V2Stake")
_SCHEDULED = Field(
    "scheduledStakeTxns",
    leaves("model tournament type amount status time dueDate drain"),
    type="ScheduledStakeTxn",
)
_TAKE_PROFIT = OneOf(
    (
        (Field("v2Stake", leaves("takeProfit", must=True), type="V2Stake"),),
        (Field("currentPayoutSelection", leaves("takeProfit", must=True), type="PayoutSelection"),),
    )
)
_ALL_MODELS = (Arg("showArchived", "true"),)

ACCOUNT_CORE = Document.plain(
    "account",
    Field(
        "account",
        (
            *leaves("username walletAddress availableNmr"),
            Field(
                "models",
                (*leaves("id name tournament", must=True), _STAKE),
                _ALL_MODELS,
                type="Model",
                must=True,
            ),
        ),
        type="Account",
        must=True,
    ),
    pacing=Pacing.ACCOUNT,
)
"""What every client that works asks for."""

ACCOUNT_EXTRAS = Document.plain(
    "account details",
    Field(
        "account",
        (
            *leaves("heldForPendingWithdrawals heldForScheduledStakeIncreases defaultCurrency"),
            Field(
                "models",
                (
                    *leaves("id", must=True),
                    *leaves("archived insertedAt earliestReleaseDate"),
                    Field(
                        "latestUserScores",
                        (*leaves("displayName", must=True), *leaves("rank reputation")),
                        type="UserScore",
                    ),
                    Field("returns", leaves("oneDay threeMonths oneYear allTime"), type="Returns"),
                    _TAKE_PROFIT,
                ),
                _ALL_MODELS,
                type="Model",
            ),
            _SCHEDULED,
            Field(
                "walletTxns",
                (
                    *leaves("amount time", must=True),
                    *leaves("from to status tournament txHash type"),
                ),
                type="WalletTxn",
            ),
        ),
        type="Account",
    ),
    _TOKEN_INFO,
    Field(
        "latestNmrPrice",
        (*leaves("priceUsd", must=True), *leaves("lastUpdated")),
        type="NmrPrice",
    ),
    pacing=Pacing.ACCOUNT,
)
"""The rest of the account, the key and the price of NMR: each part may be missing."""

SNAPSHOT = Document.plain(
    "snapshot",
    Field(
        "account",
        (
            *leaves("availableNmr", must=True),
            *leaves("heldForScheduledStakeIncreases"),
            _SCHEDULED,
        ),
        type="Account",
        must=True,
    ),
    Field(
        "model",
        (
            Field(
                "v2Stake",
                (
                    *leaves("latestValueSettled", must=True),
                    Field(
                        "pendingV2ChangeStakeRequest",
                        (
                            *leaves("type requestedAmount drain", must=True),
                            *leaves("id status dueDate"),
                        ),
                        type="V2ChangeStakeRequest",
                        must=True,
                    ),
                ),
                type="V2Stake",
                must=True,
            ),
            _TAKE_PROFIT,
        ),
        (Arg("modelId", "$modelId", ("ID!", "String!"), must=True),),
        type="Model",
        must=True,
    ),
    pacing=Pacing.ACCOUNT,
)
"""The account around a change of one model."""

SUBMISSIONS = Document.plain(
    "submissions",
    Field(
        "account",
        (
            Field(
                "models",
                (
                    *leaves("id", must=True),
                    Field(
                        "latestSubmissions",
                        (*leaves("roundNumber", must=True), *leaves("id status timestamp")),
                        (Arg("latestNRounds", "$rounds", ("Int",)),),
                        type="LatestSubmission",
                        must=True,
                    ),
                ),
                _ALL_MODELS,
                type="Model",
                must=True,
            ),
        ),
        type="Account",
        must=True,
    ),
    pacing=Pacing.ACCOUNT,
)
"""The newest submissions of all models."""


def _for_each_tournament(name: str, root: Field, argument: str, limited: bool = False) -> Document:
    """One top-level field per tournament under its alias."""
    roots = []
    for alias, tournament in ALIASES.items():
        limit = (Arg("limit", f"${alias}", ("Int",)),) if limited else ()
        args = (Arg(argument, str(int(tournament)), must=True), *limit)
        roots.append(Field(root.name, root.fields, args, alias, root.type))
    return Document.plain(name, *roots)


ROUNDS = _for_each_tournament(
    "rounds",
    Field(
        "rounds",
        (
            *leaves("number", must=True),
            *leaves("target openTime closeTime closeStakingTime scoreTime resolveTime"),
            *leaves("resolvedGeneral resolvedStaking payoutFactor stakeThreshold"),
            Field(
                "roundScoreConfigs",
                (
                    *leaves("name displayName version isPayout defaultMultiplier clipThreshold"),
                    *leaves("payoutFactor stakeThreshold totalScoreDays"),
                ),
                type="RoundScoreConfig",
            ),
        ),
        type="Round",
    ),
    "tournament",
    limited=True,
)
"""The newest rounds of each tournament."""

SINGLE_ROUNDS = Document.plain(
    "single rounds",
    *(
        Field(
            "rounds",
            leaves("number openTime", must=True),
            (
                Arg("tournament", str(int(tournament)), must=True),
                Arg("number", f"${alias}", ("Int",), must=True),
            ),
            alias,
            "Round",
        )
        for alias, tournament in ALIASES.items()
    ),
)
"""Round number ``$<alias>`` of each tournament: is there such a round?"""

PAYOUTS = _for_each_tournament(
    "payouts",
    Field(
        "pendingModelPayouts",
        (
            Field(
                "actual",
                (*leaves("roundNumber modelId payoutNmr", must=True), *leaves("modelName")),
                type="Payout",
            ),
            Field(
                "pending",
                (
                    *leaves("roundNumber modelId payoutNmr", must=True),
                    *leaves("modelName payoutValue currencySymbol"),
                ),
                type="Payout",
            ),
        ),
        type="UserPayouts",
    ),
    "tournament",
)
"""Payouts of recent rounds, settled and pending, of all models."""

CURRENCY = Document.plain(
    "currency price",
    Field(
        "latestCurrencyPrice",
        (*leaves("price", must=True), *leaves("targetSymbol lastUpdated")),
        (
            Arg("baseSymbol", '"NMR"', must=True),
            Arg("targetSymbol", "$currency", ("String!",), must=True),
        ),
        type="SymbolPriceConversion",
    ),
)
"""What one NMR is worth in a currency now."""

STAKING_CONTRACTS = _for_each_tournament(
    "staking contracts",
    Field(
        "v3StakeConfig",
        (*leaves("address", must=True), *leaves("paused")),
        type="V3StakeConfig",
    ),
    "tournamentId",
)
"""The staking contract of each tournament."""

STAKE_TRANSACTIONS = Document.plain(
    "stake transactions",
    Field(
        "stakeTransactions",
        (
            OneOf((leaves("amount"), leaves("value")), must=True),
            *leaves("modelId timestamp type", must=True),
            *leaves("round tournament note nmrPrice"),
        ),
        (
            Arg("modelIds", "$modelIds", ("[ID]", "[ID!]", "[String]"), must=True),
            Arg("limit", "$limit", ("Int",)),
            Arg("offset", "$offset", ("Int",)),
        ),
        type="StakeTxn",
    ),
)
"""One page of the models' stake transactions."""


@lru_cache
def claims(
    tournaments: tuple[tuple[str, Tournament], ...], rounds: tuple[Tournament, ...]
) -> Document:
    """What keys with the scope web3_staking may see of atomic staking.

    The claims of ``$<alias>``, a staker's address, per tournament under its alias; and contract
    rounds ``$round<i>`` of the tournaments ``rounds``, under the aliases ``round<i>``.
    """
    below = (
        *leaves("roundId modelId", must=True),
        *leaves("apiModelId staker payoutAmountWei burnAmountWei claimableAmountWei"),
    )
    roots = [
        Field(
            "v3StakeClaims",
            below,
            (
                Arg("staker", f"${alias}", ("String!",), must=True),
                Arg("tournamentId", str(int(tournament)), must=True),
            ),
            alias,
            "V3StakeClaim",
        )
        for alias, tournament in tournaments
    ]
    roots += [
        Field(
            "v3StakeRound",
            (*leaves("state", must=True), *leaves("resolved resolveTime payoutFactor")),
            (
                Arg("tournamentId", str(int(tournament)), must=True),
                Arg("roundId", f"$round{i}", ("String!", "ID!"), must=True),
            ),
            f"round{i}",
            "V3StakeRound",
        )
        for i, tournament in enumerate(rounds)
    ]
    return Document.plain("claims", *roots)
