"""Logging in: a key is checked with Numerai, then kept in the system keyring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger import credentials
from ledger.domain.scope import SCOPES
from ledger.errors import CredentialsError

if TYPE_CHECKING:
    from ledger.credentials import Credentials
    from ledger.numerai.client import NumeraiClient


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Whose key was kept and where. ``account`` is the user's name, ``key`` the key's name or its
    public id; ``lacking`` are scopes it has not, with what each lack means; ``address`` is the
    server it is for; ``keyring`` the backend's dotted name, which keeps it ``readable`` as text
    or not.
    """

    account: str
    key: str
    scopes: tuple[str, ...]
    lacking: Mapping[str, str]
    profile: str
    address: str
    keyring: str
    readable: bool


def log_in(
    profile: str,
    key: Credentials,
    connect: Callable[[Credentials], NumeraiClient],
    *,
    api_url: str,
    may_prompt: bool = True,
) -> LoggedIn:
    """Ask Numerai about ``key`` and keep it for ``profile``. ``may_prompt=False`` while a screen
    owns the terminal: a keyring that would ask there is refused.

    Raises:
        NoKeyring, CredentialsError: nothing can keep it, or the keyring is locked or broken.
        BadCredentials: Numerai does not know the key.
        Unreachable: nobody answered.
    """
    status = credentials.require_keyring(to_write=True)
    if status.prompts and not may_prompt:
        raise CredentialsError(
            f"The keyring ({status.backend}) asks for its password in the terminal, which the app"
            " is using.",
            "Leave the app, and run: numstake-tui login",
        )
    client = connect(key)
    try:
        info = client.check()
    finally:
        client.close()
    credentials.save(profile, key, api_url=api_url)
    return LoggedIn(
        account=info.username,
        key=info.key_name or info.public_id,
        scopes=tuple(sorted(info.scopes)),
        lacking={scope: lack for scope, lack in SCOPES.items() if scope not in info.scopes},
        profile=profile,
        address=credentials.origin(api_url),
        keyring=status.backend,
        readable=not status.encrypted,
    )
