"""Driving a running sandbox over HTTP. Loopback only: nothing here ever talks to a real server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import LedgerError, Unreachable
from ledger.exchange import is_loopback

_TIMEOUT = 120.0
"""Seconds: moving the world's time by months takes a while on a slow machine."""


def status(url: str) -> dict[str, Any]:
    """``{"now", "seed", "models", "rounds"}`` of the sandbox at ``url``.

    Raises:
        LedgerError: ``url`` is not on this machine, or it refused.
        Unreachable: nothing answers there.
    """
    return _call(url, "status", None)


def advance(url: str, *, rounds: int = 0, days: float = 0, to: str | None = None) -> dict[str, Any]:
    """Move the sandbox's clock; answers and raises like :func:`status`."""
    return _call(url, "advance", {"rounds": rounds, "days": days, "to": to})


def migrate(url: str, tournament: int) -> dict[str, Any]:
    """Move a continuous tournament (by its number) to atomic staking with its next round.

    Answers with ``first_atomic_round`` besides; raises like :func:`status`.
    """
    return _call(url, "migrate", {"tournament": tournament})


def mine(url: str) -> dict[str, Any]:
    """Mine the transactions that wait (``mined``); answers and raises like :func:`status`."""
    return _call(url, "mine", {})


def automine(url: str, on: bool) -> dict[str, Any]:
    """Mine transactions as they arrive, or not; answers and raises like :func:`status`."""
    return _call(url, "automine", {"on": on})


def reorganise(url: str, blocks: int, *, keep: bool = True) -> dict[str, Any]:
    """Take back the newest blocks, with their transactions (``taken_back``) into the pool unless
    not ``keep``; answers and raises like :func:`status`."""
    return _call(url, "reorganise", {"blocks": blocks, "keep": keep})


def behind(url: str, blocks: int) -> dict[str, Any]:
    """Let every other request to the chain be answered by a node so many blocks behind; answers
    and raises like :func:`status`."""
    return _call(url, "behind", {"blocks": blocks})


def fault(
    url: str, kind: str, *, times: int = 1, on: str = "any", **options: Any
) -> dict[str, Any]:
    """Let the sandbox's next requests suffer a fault; answers and raises like :func:`status`."""
    return _call(url, "fault", {"fault": kind, "times": times, "on": on, **options})


def clear(url: str) -> dict[str, Any]:
    """Forget all faults; answers and raises like :func:`status`."""
    return _call(url, "clear", {})


def event(url: str, name: str, /, **details: Any) -> dict[str, Any]:
    """Let something happen in the sandbox's world; answers and raises like :func:`status`.

    The events are :class:`ledger.sandbox.world.events.WorldEvents`'.
    """
    return _call(url, "event", {"event": name, **details})


def _call(url: str, name: str, body: dict[str, Any] | None) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname):
        raise LedgerError(
            f"{url} is not a sandbox on this machine.",
            "Use the address that `numstake-tui sandbox serve` prints.",
        )
    request = urllib.request.Request(  # noqa: S310  (scheme and host were checked)
        f"{url.rstrip('/')}/_sandbox/{name}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            result: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise LedgerError(f"The sandbox refused: {_message(error)}.") from None
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"No sandbox answers at {url}.", "Start one with `numstake-tui sandbox serve`."
        ) from error
    return result


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        return f"HTTP {error.code}"
