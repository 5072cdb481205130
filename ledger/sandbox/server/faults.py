"""Faults on command: what goes wrong with the next requests.

Some take a request as a whole (``WHOLE``), some refuse a document for a name in it
(``REFUSALS``), some bend values in the answer (``BENDS``). A request suffers one of the first
kind, and all of the others that are in force.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

WHOLE = frozenset(
    {
        "latency",
        "status_before",
        "status_after",
        "drop_before",
        "drop_after",
        "hang",
        "refuse",
        "too_many",
        "rate_limited",
        "html",
        "body",
        "nulls",
    }
)
"""``latency`` (ms), ``status_before``/``status_after`` (status), ``drop_before``/``drop_after``,
``hang`` (seconds, after), ``refuse`` (message, status), ``too_many`` (retry_after),
``rate_limited`` (status 200 or 429, also called as; after), ``html``, ``body`` (form: html, empty
or truncated; status, after), ``nulls`` (fields). "After" means that the request took effect before
its answer was lost."""

REFUSALS = frozenset({"refuse_field", "refuse_argument"})
"""``refuse_field`` (type, field) and ``refuse_argument`` (field, argument, and type where a field
of that name is in several): the document that uses it is refused as if it did not exist."""

BENDS = frozenset({"null_field", "retype", "empty_list", "double_rows", "shuffle_rows", "cap_list"})
"""``null_field`` (error: with one or without, message), ``retype`` (to), ``empty_list``,
``double_rows``, ``shuffle_rows``, ``cap_list`` (first). What they hit is given by ``type`` and
``field`` of the schema, or by a ``path`` in the answer (``account.models.3.returns``, ``*`` for
any step), or by both; ``ids`` keeps them to rows of these models, ``match`` to rows with these
values."""

KINDS = WHOLE | REFUSALS | BENDS
"""All kinds of faults."""

RETYPES = frozenset({"number", "string", "bool", "list", "object"})
"""What ``retype`` turns a value into."""

_CHOICES = {
    "rate_limited": ("status", {"200", "429"}),
    "body": ("form", {"html", "empty", "truncated"}),
    "retype": ("to", set(RETYPES)),
}
_OPERATIONS = frozenset({"any", "query", "mutation", "rpc"})
_METHOD = "rpc:"


@dataclass(slots=True, eq=False)
class Fault:
    """One fault; ``times`` 0 lasts until it is cleared, ``on`` picks the kind of operation:
    ``any``, ``query``, ``mutation``, ``rpc``, or one method as ``rpc:eth_sendRawTransaction``.

    A fault that refuses or bends is used up only by requests that it hits.
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
        if "as" in self.options:
            self.options["status"] = self.options.pop("as")
        name, choices = _CHOICES.get(self.kind, ("", set()))
        choice = self.options.get(name)
        if (choice is None and self.kind == "retype") or (
            choice is not None and choices and str(choice) not in choices
        ):
            raise ValueError(f"{name} of fault {self.kind} is one of {', '.join(sorted(choices))}")


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
        """The faults a request suffers as a whole: every latency, and the oldest other one.

        ``kinds`` are all the names the request goes by.
        """
        with self._lock:
            chosen: list[Fault] = []
            for fault in self._in_force(WHOLE, *kinds):
                other = fault.kind != "latency"
                if other and any(taken.kind != "latency" for taken in chosen):
                    continue
                chosen.append(fault)
                self._use_up(fault)
            return tuple(chosen)

    def standing(self, among: frozenset[str], kind: str) -> list[Fault]:
        """The faults ``among`` these that are in force for a kind of operation, oldest first."""
        with self._lock:
            return self._in_force(among, kind)

    def use_up(self, fault: Fault) -> None:
        """Count a fault that has hit a request."""
        with self._lock:
            if fault in self._waiting:
                self._use_up(fault)

    def _in_force(self, among: frozenset[str], *kinds: str) -> list[Fault]:
        names = {"any", *kinds}
        return [fault for fault in self._waiting if fault.kind in among and fault.on in names]

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
