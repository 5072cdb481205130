"""Faults on command: what goes wrong with the next requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "latency",
        "status_before",
        "status_after",
        "drop_before",
        "drop_after",
        "hang",
        "refuse",
        "too_many",
        "html",
        "nulls",
    }
)
"""``latency`` (ms), ``status_before``/``status_after`` (status), ``drop_before``/``drop_after``,
``hang`` (seconds, after), ``refuse`` (message), ``too_many`` (retry_after), ``html``, ``nulls``
(fields). "After" means that the request took effect before its answer was lost."""

_OPERATIONS = frozenset({"any", "query", "mutation", "rpc"})
_METHOD = "rpc:"


@dataclass(slots=True)
class Fault:
    """One fault; ``times`` 0 lasts until it is cleared, ``on`` picks the kind of operation:
    ``any``, ``query``, ``mutation``, ``rpc``, or one method as ``rpc:eth_sendRawTransaction``.
    """

    kind: str
    times: int = 1
    on: str = "any"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(sorted(KINDS))}")
        if self.on not in _OPERATIONS and not self.on.startswith(_METHOD):
            raise ValueError(f"faults are on any, query, mutation or rpc, not {self.on!r}")


class Faults:
    """The faults waiting for a request; safe to use from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._waiting.clear()

    def take(self, *kinds: str) -> tuple[Fault, ...]:
        """The faults a request suffers: every latency that fits, and the oldest other one.

        ``kinds`` are all the names the request goes by.
        """
        with self._lock:
            chosen: list[Fault] = []
            for fault in list(self._waiting):
                if fault.on not in {"any", *kinds}:
                    continue
                other = fault.kind != "latency"
                if other and any(taken.kind != "latency" for taken in chosen):
                    continue
                chosen.append(fault)
                self._use_up(fault)
            return tuple(chosen)

    def _use_up(self, fault: Fault) -> None:
        if fault.times == 0:
            return
        fault.times -= 1
        if fault.times == 0:
            self._waiting.remove(fault)


def with_nulls(value: Any, fields: frozenset[str] | None, depth: int = 0) -> Any:
    """``value`` with the named fields null at any depth; without names, every top-level one."""
    if isinstance(value, dict):
        return {
            name: None
            if (name in fields if fields is not None else depth == 0)
            else with_nulls(inner, fields, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [with_nulls(inner, fields, depth + 1) for inner in value]
    return value
