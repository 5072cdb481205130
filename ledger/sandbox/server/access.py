"""API keys of the sandbox. They are obviously fake and the same for the same seed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from graphql import GraphQLError

_READ = ("read_submission_info", "read_user_info", "download_submission")

SCOPES = {
    "stake": (*_READ, "upload_submission", "stake"),
    "read_only": _READ,
    "web3": (*_READ, "web3_staking"),
    "full": (*_READ, "upload_submission", "stake", "web3_staking"),
}
"""The sandbox's keys by name, and what each may do."""


class NotPermitted(GraphQLError):
    """The key lacks a scope."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key by ``name``, with its two halves ``public_id`` and ``secret_key``.

    ``scopes`` say what it may do. Nothing here is secret: it opens a simulation.
    """

    name: str
    public_id: str
    secret_key: str
    scopes: tuple[str, ...]


def keys(seed: int) -> dict[str, ApiKey]:
    """All keys of a sandbox, by name."""
    return {
        name: ApiKey(
            name=f"sandbox {name.replace('_', ' ')} key",
            public_id=f"SANDBOX{name.upper().replace('_', '')}{seed}",
            secret_key=f"NOT-A-SECRET-{name.upper().replace('_', '-')}-{seed}",
            scopes=scopes,
        )
        for name, scopes in SCOPES.items()
    }


def identify(header: str | None, keys: dict[str, ApiKey]) -> ApiKey | None:
    """The key of an ``Authorization: Token PUBLIC$SECRET`` header, ``None`` without one.

    Raises:
        GraphQLError: the key is malformed or not known.
    """
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    public_id, dollar, secret = token.partition("$")
    if scheme == "Token" and dollar:
        for key in keys.values():
            # Compared as bytes: compare_digest refuses text beyond ASCII.
            if key.public_id == public_id and hmac.compare_digest(
                key.secret_key.encode(), secret.encode()
            ):
                return key
    raise GraphQLError("Your API key is invalid or has been revoked")


def require(key: ApiKey | None, scope: str | None = None) -> ApiKey:
    """The key, if it may do this.

    Raises:
        GraphQLError: no key.
        NotPermitted: the scope is missing.
    """
    if key is None:
        raise GraphQLError("You must be authenticated to perform this action")
    if scope is not None and scope not in key.scopes:
        raise NotPermitted(f"Insufficient permission for {scope}")
    return key
