"""One sandbox's GraphQL API: key, document, world -> HTTP status and body."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from ledger.clock import Clock
from ledger.sandbox.manners import HARD, Manners
from ledger.sandbox.server import access, bending, graphql_engine
from ledger.sandbox.server.bending import Bending
from ledger.sandbox.server.faults import BENDS, REFUSALS, Faults
from ledger.sandbox.server.graphql_engine import BadDocument, Operation
from ledger.sandbox.server.rates import RateLimits
from ledger.sandbox.views.account import AccountViews
from ledger.sandbox.views.changes import ChangeViews
from ledger.sandbox.views.models import ModelViews
from ledger.sandbox.views.performances import PerformanceViews
from ledger.sandbox.views.positions import PositionViews
from ledger.sandbox.views.rounds import RoundViews
from ledger.sandbox.world.world import World

_KEPT_REQUESTS = 10_000
"""How many served requests are remembered at least; a demo may run for days."""


class Api:
    """Answers GraphQL requests, one at a time, with the world brought up to the clock first.

    ``requests`` and ``applied`` grow with what was served: for assertions and for people.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        *,
        manners: Manners = HARD,
        faults: Faults | None = None,
        rate_scale: float = 0.0,
    ) -> None:
        self.world = world
        self.manners = manners
        self.faults = faults or Faults()
        self.limits = RateLimits(rate_scale)
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
        if not isinstance(text, str) or not text.strip():
            raise BadDocument.saying("No query document supplied", 400)
        try:
            return graphql_engine.prepare(text, self.manners)
        except BadDocument:
            self.note("refused", (), applied=False)
            raise

    def too_fast(self, operation: Operation, authorization: str | None) -> int | None:
        """The HTTP status that refuses an operation asked for too soon; else ``None``."""
        with self.lock:
            status = self.limits.refuses(authorization or "", operation.fields)
            if status is not None:
                self.note(operation.kind, operation.fields, applied=False)
            return status

    def execute(
        self, operation: Operation, variables: object, authorization: str | None
    ) -> dict[str, Any]:
        """The body to answer with.

        Raises:
            BadDocument: a variable is missing or of the wrong type, it costs too much, or a
                fault refuses it.
        """
        if variables is not None and not isinstance(variables, Mapping):
            raise BadDocument.saying("Variables must be an object", 400)
        with self.lock:
            before = len(self.applied)
            try:
                return self._answer(operation, variables or {}, authorization)
            finally:
                applied = len(self.applied) > before
                self.note(operation.kind, operation.fields, applied=applied)

    def _answer(
        self, operation: Operation, variables: Mapping[str, Any], authorization: str | None
    ) -> dict[str, Any]:
        try:
            key = access.identify(authorization, self.keys)
        except GraphQLError as error:
            return {"data": None, "errors": [{"message": error.message}]}
        self._refuse(operation)
        graphql_engine.check_cost(operation, variables, self.manners)
        self.now()
        standing = bending.in_reach(self.faults.standing(BENDS, operation.kind), operation.picked)
        bends = Bending(standing) if standing else None
        body = graphql_engine.run(
            operation, variables, self._root, key, manners=self.manners, bending=bends
        )
        for fault in bends.hits if bends is not None else ():
            self.faults.use_up(fault)
        return body

    def _refuse(self, operation: Operation) -> None:
        standing = self.faults.standing(REFUSALS, operation.kind)
        schema = graphql_engine.schema(self.manners.deprecated_fields)
        refused = bending.refused(standing, operation.picked, schema, self.manners)
        for fault, _ in refused:
            self.faults.use_up(fault)
        if refused:
            raise BadDocument([error for _, error in refused])

    def note(self, kind: str, fields: tuple[str, ...], *, applied: bool) -> None:
        """Write a served (or failed) request into ``requests``, which keeps the newest only."""
        if len(self.requests) >= 2 * _KEPT_REQUESTS:
            del self.requests[:_KEPT_REQUESTS]
        self.requests.append({"kind": kind, "fields": fields, "applied": applied})

    def _fields(self) -> dict[str, Any]:
        models = ModelViews(self.world, self.manners)
        account = AccountViews(self.world, models, self.keys, self.manners)
        rounds = RoundViews(self.world)
        performances = PerformanceViews(self.world, self.manners)
        changes = ChangeViews(self.world, self.applied)
        positions = PositionViews(self.world, self.manners)
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
