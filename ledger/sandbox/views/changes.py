# ruff: noqa: N803  (arguments carry the names of the schema)
"""The mutations of continuous staking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graphql import GraphQLError

from ledger.domain.nmr import NMR
from ledger.sandbox.server import wire
from ledger.sandbox.server.access import ApiKey, require
from ledger.sandbox.views.models import request_row
from ledger.sandbox.world import continuous
from ledger.sandbox.world.continuous import Declined
from ledger.sandbox.world.state import Request, Slot
from ledger.sandbox.world.world import World


class ChangeViews:
    """Resolvers of the mutations. ``applied`` collects what really changed the world."""

    def __init__(self, world: World, applied: list[dict[str, Any]]) -> None:
        self._world = world
        self._applied = applied

    def change(
        self,
        context: ApiKey | None,
        tournamentNumber: int,
        type: str,
        value: str,
        modelId: str | None = None,
    ) -> dict[str, Any]:
        """``v2ChangeStake``: ``type`` is ``increase`` or ``decrease``."""
        slot = self._slot(context, modelId, tournamentNumber)
        if type == "increase":
            return self._increase(slot, value, "v2ChangeStake")
        if type == "decrease":
            return self._release(slot, value, drain=False, field="v2ChangeStake")
        raise GraphQLError(f"Unknown stake change type: {type}")

    def increase(self, context: ApiKey | None, modelId: str, amount: str) -> dict[str, Any]:
        """``increaseStake``."""
        return self._increase(self._slot(context, modelId), amount, "increaseStake")

    def release(
        self,
        context: ApiKey | None,
        modelId: str,
        amount: str,
        drain: bool | None = False,
    ) -> dict[str, Any]:
        """``releaseStake``; with ``drain`` the amount only has to be one."""
        slot = self._slot(context, modelId)
        return self._release(slot, amount, drain=bool(drain), field="releaseStake")

    def cancel(self, context: ApiKey | None, modelId: str) -> dict[str, Any]:
        """``cancelPendingStakeRelease``."""
        slot = self._slot(context, modelId)
        return self._apply(
            "cancelPendingStakeRelease", slot, lambda: continuous.cancel_release(slot)
        )

    def payout_selection(
        self,
        context: ApiKey | None,
        modelId: str,
        takeProfit: bool,
        tournamentNumber: int,
    ) -> str:
        """``v3ChangePayoutSelection``."""
        slot = self._slot(context, modelId, tournamentNumber)
        with _words():
            continuous.select_payout(self._world, slot, takeProfit)
        self._note("v3ChangePayoutSelection", slot, takeProfit=takeProfit)
        return "take_profit" if takeProfit else "compound"

    def _increase(self, slot: Slot, value: str, field: str) -> dict[str, Any]:
        amount = _amount(value)
        return self._apply(field, slot, lambda: continuous.increase(self._world, slot, amount))

    def _release(self, slot: Slot, value: str, *, drain: bool, field: str) -> dict[str, Any]:
        amount = _amount(value)
        return self._apply(
            field, slot, lambda: continuous.release(self._world, slot, amount, drain=drain)
        )

    def _apply(self, field: str, slot: Slot, change: Callable[[], Request]) -> dict[str, Any]:
        with _words():
            request = change()
        self._note(field, slot, kind=request.kind.value, amount=str(request.amount))
        return request_row(request)

    def _note(self, field: str, slot: Slot, **facts: object) -> None:
        self._applied.append({"field": field, "model_id": slot.id, "model": slot.name, **facts})

    def _slot(
        self, context: ApiKey | None, model_id: str | None, tournament: int | None = None
    ) -> Slot:
        require(context, "stake")
        try:
            slot = self._world.slot(model_id or "")
        except KeyError:
            raise GraphQLError("Model not found") from None
        if tournament not in {None, int(slot.tournament)}:
            raise GraphQLError(f"Model {slot.name} is not in tournament {tournament}")
        return slot


@contextmanager
def _words() -> Iterator[None]:
    """Turns a refusal of the world into a GraphQL error with the same words."""
    try:
        yield
    except Declined as refusal:
        raise GraphQLError(str(refusal)) from refusal


def _amount(text: str) -> NMR:
    amount = wire.read_amount(text)
    if amount is None:
        raise GraphQLError(f"Invalid amount: {text[:40]}")
    return amount
