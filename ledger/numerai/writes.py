"""The writes we send. Nothing alters, shortens or repeats them."""

from __future__ import annotations

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
