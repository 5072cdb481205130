"""The writes we send. Nothing alters, shortens or repeats them."""

from __future__ import annotations

RELEASE_ALL = """
mutation($modelId: ID!, $amount: String!) {
  releaseStake(modelId: $modelId, amount: $amount, drain: true) {
    id type status requestedAmount dueDate drain
  }
}
"""
"""Releases the whole stake of a model, gains that come until then included."""

CANCEL_RELEASE = """
mutation($modelId: ID!) {
  cancelPendingStakeRelease(modelId: $modelId) {
    id type status requestedAmount dueDate drain
  }
}
"""
"""Withdraws the pending release of a model."""

TAKE_PROFIT = """
mutation($modelId: ID!, $takeProfit: Boolean!, $tournament: Int!) {
  v3ChangePayoutSelection(
    modelId: $modelId, takeProfit: $takeProfit, tournamentNumber: $tournament
  )
}
"""
"""Turns take profit of a model on or off."""
