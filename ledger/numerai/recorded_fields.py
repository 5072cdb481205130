"""What each field and argument of Numerai's API means, and so what a recording makes of it.

A name with a dot counts below the field before the dot only. What is not listed is unknown, and
replaced whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.numerai.disguise import Kind

ARGUMENT = "(argument)"
"""Stands for the field above an argument or a variable."""

_FIELDS = {
    Kind.ID: """
        id publicId public_id modelId modelIds apiModelId submissionId scoreConfigId
        requestId nonce
    """,
    Kind.NAME: """
        username accountUsername accountName name displayName modelName modelDisplayName model
        email filename description bio
    """,
    Kind.ADDRESS: """
        walletAddress address from to staker owner pendingOwner authorizationSigner nmrAddress
        serviceWallet stakingAddress
    """,
    Kind.HASH: "txHash note merkleRoot proof submissionHash authorizationDigest signature",
    Kind.AMOUNT: """
        availableNmr availableStakeCredit heldForPendingWithdrawals heldForScheduledStakeIncreases
        onChainWalletBalance latestValue latestValueSettled stakeValue requestedAmount amount value
        delta stake totalStake nmrStaked atRisk payoutPending payoutSettled payoutNmr payoutValue
        oneDayNmr threeMonthsNmr oneYearNmr allTimeNmr totalAtStake totalPayout totalBurned
        totalEarned
    """,
    Kind.WEI: """
        payoutAmountWei burnAmountWei claimableAmountWei totalStaked remainingPayout remainingBurn
        stakeCap maxAmount v3StakeRound.totalPayout
    """,
    Kind.TIME: """
        insertedAt earliestReleaseDate dueDate time date timestamp updatedAt lastUpdated
        nmrPriceLastUpdated openTime closeTime closeStakingTime scoreTime resolveTime
        roundResolveTime roundOpenTime roundCloseStakingTime roundScoreTime roundOpen roundClose
        roundCloseStaking scoringStart scoringEnd resolveDate startDate
    """,
    Kind.UNIX: """
        v3StakeRound.openTime v3StakeRound.closeTime v3StakeRound.resolveTime deadline
    """,
    Kind.DATESTAMP: "dataDatestamp",
    Kind.ROUND: """
        number round roundNumber roundId roundNumberStart roundNumberEnd
        roundNumber__eq roundNumber__gte roundNumber__lte
        roundNumberEq roundNumberGte roundNumberLte
    """,
    Kind.SCORE: """
        submissionScores.value intraRoundSubmissionScores.value percentile rank stakedRank
        reputation corrRep mmcRep return1y oneDay threeMonths oneYear allTime
        corrMultiplier mmcMultiplier tcMultiplier multiplier minMultiplier maxMultiplier
        defaultMultiplier clipThreshold stakeThreshold payoutFactor roundPayoutFactor
        nmrPrice price priceUsd
    """,
    Kind.COUNT: """
        tournament tournamentId tournamentNumber limit offset lastNRounds latestNRounds day
        totalScoreDays returnsLagDays dataDelayDays maxModelSlots totalStakes totalSubmitted
        locations.line locations.column extensions.status
    """,
    Kind.FLAG: """
        archived showArchived drain takeProfit paused resolved roundResolved resolvedGeneral
        resolvedStaking isPayout isDaily isCanonScore isActive computeEnabled mfaEnabled selected
        distinctOnRound resolvedOnly submittedOnly
    """,
    Kind.WORD: """
        type status state scopes target roundTarget universe version currencySymbol
        defaultCurrency defaultCurrencySymbol targetSymbol baseSymbol payoutSelection code
        submissionScores.displayName intraRoundSubmissionScores.displayName
        payoutMultipliers.displayName payoutMultipliers.name roundScoreConfigs.displayName
        roundScoreConfigs.name latestUserScores.displayName
    """,
    Kind.PATH: "path",
    Kind.TEXT: "message detail error errors",
}


def _by_name(fields: Mapping[Kind, str]) -> Iterator[tuple[str, Kind]]:
    for kind, names in fields.items():
        for name in names.split():
            yield name, kind


KINDS: Mapping[str, Kind] = dict(_by_name(_FIELDS))
"""Field or argument to kind."""


def kind_of(above: str, name: str) -> Kind:
    """What ``name`` below the field ``above`` means."""
    return KINDS.get(f"{above}.{name}") or KINDS.get(name, Kind.UNKNOWN)
