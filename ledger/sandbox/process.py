"""The sandbox in a child process, so that it never holds the interpreter lock of a front end."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from datetime import datetime
from typing import Any, Literal

from ledger.clock import from_iso, iso
from ledger.domain.model import Tournament
from ledger.errors import Unreachable
from ledger.own_process import command_of
from ledger.sandbox import control
from ledger.sandbox.world import addresses

_STOP_PATIENCE = 5.0
"""Seconds that the server has to end by itself before it is killed."""


class SandboxProcess:
    """Like :class:`~ledger.sandbox.Sandbox`, in a process that ends with this one.

    ``touched``: something was done to its world or its clock from here.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        models: int | None = None,
        rounds: int | None = None,
        now: datetime | None = None,
        built: datetime | None = None,
        shuffled_until: int | None = None,
        manners: Literal["hard", "kind"] = "hard",
        rate_scale: float | None = None,
    ) -> None:
        self._seed = seed
        self._arguments = ["--until-stdin-closes", f"--seed={seed}"]
        if models is not None:
            self._arguments.append(f"--models={models}")
        if rounds is not None:
            self._arguments.append(f"--rounds={rounds}")
        if now is not None:
            self._arguments.append(f"--now={iso(now)}")
        if built is not None:
            self._arguments.append(f"--built={iso(built)}")
        if shuffled_until is not None:
            self._arguments.append(f"--shuffled-until={shuffled_until}")
        if manners == "kind":
            self._arguments.append("--kind")
        if rate_scale is not None:
            self._arguments.append(f"--rate-scale={rate_scale}")
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ready: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self.touched = False

    def start(self) -> None:
        """Start the process; returns at once."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            command_of("ledger.sandbox.__main__", *self._arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until it serves.

        Raises:
            Unreachable: it ended, or needs longer than ``timeout`` seconds.
        """
        with self._lock:
            if self._ready is not None:
                return
            if self._process is None:
                raise Unreachable("The sandbox was not started.", sent=False)
            try:
                line = self._lines.get(timeout=timeout)
            except queue.Empty:
                raise Unreachable(
                    f"The sandbox was not ready within {timeout:g} seconds.", sent=False
                ) from None
            if not line:
                self._lines.put(line)
                raise Unreachable("The sandbox ended before it was ready.", sent=False)
            self._ready = json.loads(line)

    @property
    def url(self) -> str:
        """The GraphQL endpoint; waits until it serves."""
        return self._ready_value("url")

    @property
    def public_id(self) -> str:
        """Public id of a key that may do everything."""
        return self._ready_value("public_id")

    @property
    def secret_key(self) -> str:
        """Secret of the same key; it opens a simulation only."""
        return self._ready_value("secret_key")

    @property
    def rpc_url(self) -> str:
        """The Ethereum JSON-RPC endpoint; waits until it serves."""
        return self._ready_value("rpc_url")

    @property
    def owner_key(self) -> str:
        """Private key (``0x`` hex) of the strategies' owner; it opens a simulation only."""
        return self._ready_value("owner_key")

    @property
    def owner_address(self) -> str:
        """The owner's address, checksummed."""
        return self._ready_value("owner_address")

    @property
    def strategies(self) -> dict[Tournament, str]:
        """Where each tournament's strategy is, or will be once its staking is atomic."""
        return {number: addresses.strategy_address(self._seed, number) for number in Tournament}

    def now(self) -> datetime:
        """The sandbox's time."""
        return from_iso(control.status(self.url)["now"])

    def advance(self, *, rounds: int = 0, days: float = 0, to: datetime | None = None) -> datetime:
        """Move the sandbox's clock on; answers its new time."""
        self.touched = True
        moment = None if to is None else iso(to)
        return from_iso(control.advance(self.url, rounds=rounds, days=days, to=moment)["now"])

    def migrate(self, tournament: Tournament) -> int:
        """Move a continuous tournament to atomic staking with its next round; that round.

        Raises:
            LedgerError: it is atomic already, or on its way.
        """
        self.touched = True
        answer = control.migrate(self.url, int(tournament))
        return int(answer["first_atomic_round"])

    def fail(self, fault: str, *, times: int = 1, on: str = "any", **options: Any) -> None:
        """Let its next requests suffer a fault, as :meth:`Sandbox.fail
        <ledger.sandbox.sandbox.Sandbox.fail>` does.

        Raises:
            LedgerError: no such fault.
        """
        self.touched = True
        control.fault(self.url, fault, times=times, on=on, **options)

    def clear_faults(self) -> None:
        """Let everything work again."""
        control.clear(self.url)

    def happen(self, event: str, /, **details: Any) -> None:
        """Let something happen in its world: one of :data:`ledger.sandbox.world.events.EVENTS`.

        Raises:
            LedgerError: no such event, or it cannot happen.
        """
        self.touched = True
        control.event(self.url, event, **details)

    def stop(self) -> None:
        """End the process."""
        process, self._process, self._ready = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            self._lines.put(process.stdout.readline())

    def _ready_value(self, name: str) -> str:
        return str(self._said()[name])

    def _said(self) -> dict[str, Any]:
        self.wait_ready()
        if self._ready is None:
            raise Unreachable("The sandbox was stopped.", sent=False)
        return self._ready
