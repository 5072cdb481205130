# ruff: noqa: N803  (arguments carry the names of the schema)
"""Atomic staking as the API shows it (``v3Stake...``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wire
from ledger.sandbox.server.access import ApiKey, require
from ledger.sandbox.views.rounds import tournament_of
from ledger.sandbox.world import addresses
from ledger.sandbox.world.state import Competition, Entry, RoundState, Slot
from ledger.sandbox.world.world import World

_SCOPE = "web3_staking"
_AUTHORIZED_FOR = timedelta(minutes=30)
"""How long an authorisation to stake can be used."""


class PositionViews:
    """Resolvers of the ``v3Stake...`` fields."""

    def __init__(self, world: World, manners: Manners) -> None:
        self._world = world
        self._manners = manners

    def config(self, context: ApiKey | None, tournamentId: int) -> dict[str, Any] | None:
        """``v3StakeConfig``; ``None`` where staking is not atomic and that is no error.

        Raises:
            GraphQLError: not authenticated, or staking is not atomic.
        """
        require(context)
        competition = self._atomic(tournamentId)
        if competition is None:
            if self._manners.unknown_contracts_fail:
                raise GraphQLError(f"No staking contract for tournament {tournamentId}")
            return None
        return {
            "address": addresses.staking(self._world, competition.tournament),
            "authorizationSigner": addresses.of(self._world, "signer"),
            "nmrAddress": addresses.NMR_TOKEN,
            "owner": addresses.of(self._world, "owner"),
            "paused": competition.paused,
            "pendingOwner": addresses.NOBODY,
            "serviceWallet": addresses.operator(self._world),
        }

    def round(
        self,
        context: ApiKey | None,
        tournamentId: int,
        roundId: str,
    ) -> dict[str, Any] | None:
        """``v3StakeRound``; ``roundId`` is the round's number."""
        require(context, _SCOPE)
        competition = self._atomic(tournamentId)
        state = competition.rounds.get(_number(roundId)) if competition else None
        if competition is None or state is None or state.plan.regime.system is not System.ATOMIC:
            return None
        return self._round(competition, state)

    def authorization(
        self,
        context: ApiKey | None,
        submissionId: str,
        staker: str,
        maxAmount: str,
    ) -> dict[str, Any]:
        """``v3StakeAuth``: a signed permission to stake; spends a nonce.

        Raises:
            GraphQLError: no such submission, a bad amount, or no atomic round.
        """
        require(context, _SCOPE)
        slot, entry = self._by_submission(submissionId)
        amount = wire.read_amount(maxAmount)
        if amount is None or amount <= ZERO:
            raise GraphQLError(f"Invalid amount: {maxAmount[:40]}")
        self._world.nonce += 1
        deadline = self._world.now + _AUTHORIZED_FOR
        facts = (submissionId, staker, str(amount), self._world.nonce)
        return {
            "authorizationDigest": "0x" + self._world.hash("digest", *facts),
            "authorizationSigner": addresses.of(self._world, "signer"),
            "chainId": "1",
            "deadline": str(int(deadline.timestamp())),
            "maxAmount": str(amount.wei),
            "modelId": addresses.model_key(self._world, slot),
            "nmrAddress": addresses.NMR_TOKEN,
            "nonce": str(self._world.nonce),
            "roundId": str(entry.number),
            "signature": "0x" + self._world.hash("signature", *facts) * 2 + "1b",
            "staker": staker,
            "stakingAddress": addresses.staking(self._world, slot.tournament),
            "submissionHash": "0x" + self._world.hash("submission", submissionId),
            "submissionId": submissionId,
            "tournamentId": str(int(slot.tournament)),
        }

    def claim(
        self,
        context: ApiKey | None,
        roundId: str,
        modelId: str,
        staker: str,
    ) -> dict[str, Any] | None:
        """``v3StakeClaim`` of one position that waits for its claim."""
        require(context, _SCOPE)
        for slot in self._world.slots:
            if modelId not in {slot.id, addresses.model_key(self._world, slot)}:
                continue
            for entry in slot.claimable:
                if entry.number == _number(roundId):
                    return self._claim(slot, entry, staker)
        return None

    def claims(
        self,
        context: ApiKey | None,
        staker: str,
        tournamentId: int,
    ) -> list[dict[str, Any]]:
        """``v3StakeClaims``: positions that wait for their claim."""
        require(context, _SCOPE)
        competition = self._atomic(tournamentId)
        if competition is None:
            return []
        return [
            self._claim(slot, entry, staker)
            for slot in competition.slots
            if not slot.deleted
            for entry in slot.claimable
        ]

    def _atomic(self, tournament: int) -> Competition | None:
        competition = tournament_of(self._world, tournament)
        return competition if competition and competition.system is System.ATOMIC else None

    def _by_submission(self, submission_id: str) -> tuple[Slot, Entry]:
        for slot in self._world.slots:
            for entry in slot.entries.values():
                if entry.submission_id == submission_id and entry.system is System.ATOMIC:
                    return slot, entry
        raise GraphQLError("Submission not found")

    def _round(self, competition: Competition, state: RoundState) -> dict[str, Any]:
        number = state.plan.number
        entries = [slot.entries[number] for slot in competition.slots if number in slot.entries]
        staked = NMR.total(entry.at_risk for entry in entries)
        payouts = [entry.payout or ZERO for entry in entries]
        waiting = [entry.payout or ZERO for entry in entries if entry.waits]
        return {
            "roundId": str(number),
            "tournamentId": str(int(competition.tournament)),
            "state": self._state(state),
            "openTime": _unix(state.plan.opens),
            "closeTime": _unix(state.plan.closes_staking),
            "resolveTime": _unix(state.plan.resolves),
            "resolved": state.resolved,
            "merkleRoot": "0x" + (self._world.hash("root", number) if state.resolved else "0" * 64),
            "totalStaked": str(
                (staked + self._world.others_at_risk(competition.tournament, number)).wei
            ),
            "totalPayout": _positive(payouts),
            "remainingPayout": _positive(waiting),
            "remainingBurn": _positive([-payout for payout in waiting]),
            "payoutFactor": None,
            "stakeThreshold": None,
            "stakeCap": None,
        }

    def _state(self, state: RoundState) -> str:
        if state.resolved:
            return "Resolved"
        if not state.closed:
            return "Open"
        return "Resolving" if state.plan.first_score <= self._world.now else "Closed"

    def _claim(self, slot: Slot, entry: Entry, staker: str) -> dict[str, Any]:
        payout = entry.payout or ZERO
        number = entry.number
        return {
            "roundId": str(number),
            "tournamentId": str(int(slot.tournament)),
            "apiModelId": slot.id,
            "modelId": addresses.model_key(self._world, slot),
            "submissionId": entry.submission_id,
            "staker": staker,
            "merkleRoot": "0x" + self._world.hash("root", number),
            "proof": ["0x" + self._world.hash("proof", number, step) for step in range(3)],
            "payoutAmountWei": str(max(payout, ZERO).wei),
            "burnAmountWei": str(max(-payout, ZERO).wei),
            "claimableAmountWei": str(entry.worth.wei),
        }


def _positive(amounts: list[NMR]) -> str:
    return str(NMR.total(amount for amount in amounts if amount > ZERO).wei)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))
