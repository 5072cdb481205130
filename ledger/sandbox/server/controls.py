"""A sandbox's controls over HTTP: each takes a JSON object and answers with its status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from ledger.clock import from_iso, iso
from ledger.domain.model import Tournament
from ledger.sandbox.chain.chain import Chain
from ledger.sandbox.world.world import World


class Controlled(Protocol):
    """A sandbox, as far as it is driven; :class:`ledger.sandbox.Sandbox` says what each does."""

    world: World
    chain: Chain
    rounds: int

    def now(self) -> datetime: ...
    def advance(
        self, *, rounds: int = 0, days: float = 0, to: datetime | None = None
    ) -> datetime: ...
    def fail(self, fault: str, *, times: int = 1, on: str = "any", **options: Any) -> None: ...
    def clear_faults(self) -> None: ...
    def happen(self, event: str, /, **details: Any) -> None: ...
    def migrate(self, tournament: Tournament) -> int: ...
    def mine(self) -> int: ...
    def automine(self, on: bool) -> None: ...
    def drop(self) -> int: ...
    def reorganise(self, blocks: int, *, keep: bool = True) -> int: ...


class Controls:
    """The functions behind ``/_sandbox/``."""

    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox

    def by_name(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        """Every control by its name in the path."""
        return {
            "status": self._status,
            "advance": self._advance,
            "fault": self._fault,
            "clear": self._clear,
            "event": self._event,
            "migrate": self._migrate,
            "mine": self._mine,
            "automine": self._automine,
            "drop": self._drop,
            "reorganise": self._reorganise,
            "behind": self._behind,
        }

    def _status(self, _body: dict[str, Any]) -> dict[str, Any]:
        sandbox = self._sandbox
        return {
            "now": iso(sandbox.now()),
            "seed": sandbox.world.seed,
            "models": sum(not slot.archived for slot in sandbox.world.slots),
            "rounds": sandbox.rounds,
        }

    def _advance(self, body: dict[str, Any]) -> dict[str, Any]:
        to = body.get("to")
        self._sandbox.advance(
            rounds=int(body.get("rounds") or 0),
            days=float(body.get("days") or 0),
            to=None if to is None else from_iso(str(to)),
        )
        return self._status({})

    def _fault(self, body: dict[str, Any]) -> dict[str, Any]:
        options = {str(k): v for k, v in body.items() if k not in {"fault", "times", "on"}}
        self._sandbox.fail(
            str(body.get("fault")),
            times=int(body.get("times", 1)),
            on=str(body.get("on", "any")),
            **options,
        )
        return self._status({})

    def _clear(self, _body: dict[str, Any]) -> dict[str, Any]:
        self._sandbox.clear_faults()
        return self._status({})

    def _event(self, body: dict[str, Any]) -> dict[str, Any]:
        details = {str(k): v for k, v in body.items() if k != "event"}
        self._sandbox.happen(str(body.get("event")), **details)
        return self._status({})

    def _migrate(self, body: dict[str, Any]) -> dict[str, Any]:
        first = self._sandbox.migrate(Tournament(int(body["tournament"])))
        return {**self._status({}), "first_atomic_round": first}

    def _mine(self, _body: dict[str, Any]) -> dict[str, Any]:
        return {**self._status({}), "mined": self._sandbox.mine()}

    def _automine(self, body: dict[str, Any]) -> dict[str, Any]:
        self._sandbox.automine(bool(body.get("on", True)))
        return self._status({})

    def _drop(self, _body: dict[str, Any]) -> dict[str, Any]:
        dropped = self._sandbox.drop()
        return {**self._status({}), "dropped": dropped}

    def _reorganise(self, body: dict[str, Any]) -> dict[str, Any]:
        taken = self._sandbox.reorganise(int(body["blocks"]), keep=bool(body.get("keep", True)))
        return {**self._status({}), "taken_back": taken}

    def _behind(self, body: dict[str, Any]) -> dict[str, Any]:
        self._sandbox.chain.behind = int(body["blocks"])
        return self._status({})
