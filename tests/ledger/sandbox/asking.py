"""Documents that tests of the sandbox send, and the models they are about."""

from __future__ import annotations

from ledger.sandbox import Sandbox
from ledger.sandbox.world.state import Slot

PERFORMANCES = """query($m: String!, $t: Int, $low: Int, $high: Int, $last: Int,
                        $submitted: Boolean, $resolved: Boolean, $limit: Int, $offset: Int,
                        $distinct: Boolean = true) {
  rows: v2RoundModelPerformances(modelId: $m, tournament: $t, roundNumber__gte: $low,
      roundNumber__lte: $high, lastNRounds: $last, submittedOnly: $submitted,
      resolvedOnly: $resolved, limit: $limit, offset: $offset,
      distinctOnRound: $distinct) {
    roundNumber roundResolved roundPayoutFactor submissionId atRisk
    payoutMultipliers { displayName multiplier }
    submissionScores { displayName value percentile day payoutPending payoutSettled }
    intraRoundSubmissionScores { displayName value day }
  }
}"""

CHANGE = """mutation($m: ID, $t: Int!, $type: String!, $value: String!) {
  v2ChangeStake(modelId: $m, tournamentNumber: $t, type: $type, value: $value) {
    id type status requestedAmount dueDate drain
  }
}"""


def signals(sandbox: Sandbox, *, pending: bool = False) -> Slot:
    """A staked Signals model."""
    return next(
        slot
        for slot in sandbox.world.slots
        if slot.tournament == 11 and slot.stake and (slot.pending is not None) == pending
    )
