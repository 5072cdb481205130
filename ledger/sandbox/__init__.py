"""An embedded Numerai on loopback: GraphQL over HTTP with a simulated world and its own clock.

The demo, the tests and ``numstake-tui sandbox serve`` use it; the rest of the ledger does not
know it exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.sandbox.process import SandboxProcess as SandboxProcess
    from ledger.sandbox.sandbox import Sandbox as Sandbox

__all__ = ["Sandbox", "SandboxProcess"]


def __getattr__(name: str) -> object:
    """Import on demand: starting a child process must not cost the parent numpy and graphql."""
    if name == "Sandbox":
        from ledger.sandbox.sandbox import Sandbox

        return Sandbox
    if name == "SandboxProcess":
        from ledger.sandbox.process import SandboxProcess

        return SandboxProcess
    raise AttributeError(name)
