"""One sandbox's GraphQL API: key, document, world -> HTTP status and body."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from ledger.clock import Clock
from ledger.sandbox import access, graphql_engine
from ledger.sandbox.graphql_engine import BadDocument, Operation
from ledger.sandbox.views.account import AccountViews
from ledger.sandbox.views.changes import ChangeViews
from ledger.sandbox.views.models import ModelViews
from ledger.sandbox.views.performances import PerformanceViews
from ledger.sandbox.views.positions import PositionViews
from ledger.sandbox.views.rounds import RoundViews
from ledger.sandbox.world import World

_KEPT_REQUESTS = 10_000


class Api:
    """Answers GraphQL requests, one at a time, with the world brought up to the clock first.

    ``requests`` and ``applied`` grow with what was served: for assertions and for people.
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.keys = access.keys(world.seed)
        self.requests: list[dict[str, Any]] = []
        self.applied: list[dict[str, Any]] = []
        self.clock = clock
        self.lock = threading.RLock()
        self._root = self._fields()

    def now(self) -> datetime:
        """The sandbox's time; everything due by then has happened when this returns."""
        with self.lock:
            self.world.advance_to(self.clock.now())
            return self.world.now

    def operation(self, text: object) -> Operation:
        """The document of a request.

        Raises:
            BadDocument: it is not acceptable.
        """
        if not isinstance(text, str):
            raise BadDocument(["No query document supplied"])
        return graphql_engine.prepare(text)

    def execute(
        self, operation: Operation, variables: object, authorization: str | None
    ) -> dict[str, Any]:
        """The body to answer with.

        Raises:
            BadDocument: a variable is missing or of the wrong type.
        """
        if variables is not None and not isinstance(variables, Mapping):
            raise BadDocument(["Variables must be an object"])
        try:
            key = access.identify(authorization, self.keys)
        except GraphQLError as error:
            self.note(operation.kind, operation.fields, applied=False)
            return {"data": None, "errors": [{"message": error.message}]}
        with self.lock:
            self.now()
            before = len(self.applied)
            body = graphql_engine.run(operation, variables, self._root, key)
            applied = len(self.applied) > before
            self.note(operation.kind, operation.fields, applied=applied)
        return body

    def note(self, kind: str, fields: tuple[str, ...], *, applied: bool) -> None:
        """Write a served (or failed) request into ``requests``, which keeps the newest only."""
        if len(self.requests) >= 2 * _KEPT_REQUESTS:
            del self.requests[:_KEPT_REQUESTS]
        self.requests.append({"kind": kind, "fields": fields, "applied": applied})

    def _fields(self) -> dict[str, Any]:
        models = ModelViews(self.world)
        account = AccountViews(self.world, models, self.keys)
        rounds = RoundViews(self.world)
        performances = PerformanceViews(self.world)
        changes = ChangeViews(self.world, self.applied)
        positions = PositionViews(self.world)
        return {
            "account": account.account,
            "accountProfile": models.account_profile,
            "apiTokenInfo": account.token_info,
            "latestNmrPrice": account.nmr_price,
            "latestCurrencyPrice": account.currency_price,
            "model": models.model,
            "pendingModelPayouts": performances.pending_payouts,
            "rounds": rounds.rounds,
            "roundDetails": rounds.round_details,
            "stakeTransactions": account.stake_transactions,
            "submissionScores": performances.submission_scores,
            "v2RoundModelPerformances": performances.performances,
            "v3UserProfile": models.user_profile,
            "v3StakeConfig": positions.config,
            "v3StakeRound": positions.round,
            "v3StakeAuth": positions.authorization,
            "v3StakeClaim": positions.claim,
            "v3StakeClaims": positions.claims,
            "v2ChangeStake": changes.change,
            "increaseStake": changes.increase,
            "releaseStake": changes.release,
            "cancelPendingStakeRelease": changes.cancel,
            "v3ChangePayoutSelection": changes.payout_selection,
        }
