"""A backend for the system keyring that waits for somebody who never comes.

Named by PYTHON_KEYRING_BACKEND: ``tests.hanging.Asking`` hangs when a key is asked for,
``tests.hanging.Starting`` already when it is looked for; ``tests.hanging.Speaking`` says in between
that it still does.
"""

from __future__ import annotations

import sys
import threading

from keyring.backend import KeyringBackend


class Asking(KeyringBackend):
    """Waits for ever wherever a password is needed."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait()

    def delete_password(self, service: str, username: str) -> None:
        threading.Event().wait()


class Starting(Asking):
    """Waits for ever for the service it lives in."""

    def __init__(self) -> None:
        threading.Event().wait()


class Speaking(Asking):
    """Says once that it has waited longer than the limit of the tests."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(1)
        sys.stderr.write("still waiting\n")
        sys.stderr.flush()
        return super().get_password(service, username)
