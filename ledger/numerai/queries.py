"""The documents we send. Aliases number at most three: the live server refuses more."""

from __future__ import annotations

from functools import lru_cache

from ledger.domain.model import Tournament


def _with(document: str, **parts: str) -> str:
    """``document`` with each ``<name>`` replaced by its part."""
    for name, part in parts.items():
        document = document.replace(f"<{name}>", part)
    return document


ALIASES = {tournament.name.lower(): tournament for tournament in Tournament}
"""The alias of each tournament in documents that ask for all three."""

KEY = """
query {
  account { username }
  apiTokenInfo { accountUsername name publicId scopes }
}
"""

_PENDING = "pendingV2ChangeStakeRequest { id type status requestedAmount dueDate drain }"
_STAKE = f"v2Stake {{ latestValue latestValueSettled stakeValue takeProfit {_PENDING} }}"
_SCHEDULED = "scheduledStakeTxns { model tournament type amount status time dueDate drain }"

ACCOUNT = _with(
    """
query {
  account {
    username
    walletAddress
    availableNmr
    heldForPendingWithdrawals
    heldForScheduledStakeIncreases
    defaultCurrency
    models(showArchived: true) {
      id
      name
      tournament
      archived
      insertedAt
      earliestReleaseDate
      currentPayoutSelection { takeProfit }
      latestUserScores { displayName rank reputation }
      returns { oneDay threeMonths oneYear allTime }
      <stake>
    }
    <scheduled>
    walletTxns { amount from to status time tournament txHash type }
  }
  apiTokenInfo { accountUsername name publicId scopes }
  latestNmrPrice { priceUsd lastUpdated }
}
""",
    stake=_STAKE,
    scheduled=_SCHEDULED,
)

SNAPSHOT = _with(
    """
query($modelId: ID!) {
  account {
    availableNmr
    heldForScheduledStakeIncreases
    <scheduled>
  }
  model(modelId: $modelId) {
    currentPayoutSelection { takeProfit }
    <stake>
  }
}
""",
    stake=_STAKE,
    scheduled=_SCHEDULED,
)

SUBMISSIONS = """
query($rounds: Int) {
  account {
    models(showArchived: true) {
      id
      latestSubmissions(latestNRounds: $rounds) { id roundNumber timestamp }
    }
  }
}
"""

_ROUND = """
    number target openTime closeTime closeStakingTime scoreTime resolveTime
    resolvedGeneral resolvedStaking payoutFactor stakeThreshold
    roundScoreConfigs {
      name displayName version isPayout defaultMultiplier clipThreshold
      payoutFactor stakeThreshold totalScoreDays
    }
"""


def _for_each_tournament(field: str, variables: str = "") -> str:
    """A query with one alias per tournament; ``<number>`` and ``<alias>`` are filled in."""
    fields = [
        _with(f"  <alias>: {field}", alias=alias, number=str(int(tournament)))
        for alias, tournament in ALIASES.items()
    ]
    return "\n".join([f"query{variables} {{", *fields, "}"])


ROUNDS = _for_each_tournament(
    f"rounds(tournament: <number>, limit: $<alias>) {{{_ROUND}}}",
    "(" + ", ".join(f"${alias}: Int" for alias in ALIASES) + ")",
)

PAYOUTS = _for_each_tournament(
    """pendingModelPayouts(tournament: <number>) {
    actual { roundNumber modelId modelName payoutNmr }
    pending { roundNumber modelId modelName payoutNmr payoutValue currencySymbol }
  }"""
)

CURRENCY = """
query($currency: String!) {
  latestCurrencyPrice(baseSymbol: "NMR", targetSymbol: $currency) {
    targetSymbol price lastUpdated
  }
}
"""

STAKING_CONTRACTS = _for_each_tournament("v3StakeConfig(tournamentId: <number>) { address paused }")

STAKE_TRANSACTIONS = """
query($modelIds: [ID], $limit: Int, $offset: Int) {
  stakeTransactions(modelIds: $modelIds, limit: $limit, offset: $offset) {
    amount value modelId round tournament timestamp type note nmrPrice
  }
}
"""

_PERFORMANCE = """
fragment performance on V2RoundModelPerformance {
  roundNumber roundResolveTime roundResolved roundPayoutFactor submissionId atRisk
  corrMultiplier mmcMultiplier tcMultiplier
  payoutMultipliers { displayName multiplier }
  submissionScores { displayName value percentile day payoutPending payoutSettled }
}
"""


_DAYS = """
fragment performance on V2RoundModelPerformance {
  roundNumber
  intraRoundSubmissionScores { displayName value day }
}
"""


def performances(models: int) -> str:
    """Rounds ``$from<i>`` to ``$to<i>`` of ``$model<i>``, under the aliases ``slice<i>``."""
    return _slices(models, _PERFORMANCE)


def days(models: int) -> str:
    """The same with the scores of every scoring day."""
    return _slices(models, _DAYS)


@lru_cache
def _slices(models: int, fragment: str) -> str:
    variables, fields = [], []
    for i in range(models):
        variables.append(f"$model{i}: ID!, $tournament{i}: Int, $from{i}: Int, $to{i}: Int")
        fields.append(
            f"  slice{i}: v2RoundModelPerformances(modelId: $model{i}, "
            f"tournament: $tournament{i}, roundNumberGte: $from{i}, roundNumberLte: $to{i}) "
            "{ ...performance }"
        )
    return "\n".join([f"query({', '.join(variables)}) {{", *fields, "}", fragment])


@lru_cache
def claims(tournaments: tuple[tuple[str, Tournament], ...]) -> str:
    """The claims of ``$<alias>``, a staker's address, per tournament under its alias."""
    variables = ", ".join(f"${alias}: String!" for alias, _ in tournaments)
    fields = [
        f"  {alias}: v3StakeClaims(staker: ${alias}, tournamentId: {int(tournament)}) {{"
        " roundId apiModelId modelId staker payoutAmountWei burnAmountWei claimableAmountWei }"
        for alias, tournament in tournaments
    ]
    return "\n".join([f"query({variables}) {{", *fields, "}"])


@lru_cache
def stake_rounds(tournament: int, rounds: int) -> str:
    """Contract rounds ``$round<i>`` of one tournament, under the aliases ``round<i>``."""
    variables = ", ".join(f"$round{i}: String!" for i in range(rounds))
    fields = [
        f"  round{i}: v3StakeRound(tournamentId: {tournament}, roundId: $round{i}) {{"
        " state resolved resolveTime payoutFactor }"
        for i in range(rounds)
    ]
    return "\n".join([f"query({variables}) {{", *fields, "}"])


RELEASE_ALL = """
mutation($modelId: ID!, $amount: String!) {
  releaseStake(modelId: $modelId, amount: $amount, drain: true) {
    id type status requestedAmount dueDate drain
  }
}
"""

CANCEL_RELEASE = """
mutation($modelId: ID!) {
  cancelPendingStakeRelease(modelId: $modelId) {
    id type status requestedAmount dueDate drain
  }
}
"""

TAKE_PROFIT = """
mutation($modelId: ID!, $takeProfit: Boolean!, $tournament: Int!) {
  v3ChangePayoutSelection(
    modelId: $modelId, takeProfit: $takeProfit, tournamentNumber: $tournament
  )
}
"""
