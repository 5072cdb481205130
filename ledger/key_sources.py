"""API keys where other programs keep them: numerai-cli's file, the environment, ``.env``.

Each is read once and stays as it is. Nothing in here prints, logs or raises with a secret in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ledger.credentials import Credentials
from ledger.errors import CredentialsError, MissingCredentials
from ledger.user_files import LARGEST_TEXT, text_of

PUBLIC_ID, SECRET_KEY = "NUMERAI_PUBLIC_ID", "NUMERAI_SECRET_KEY"
"""What numerapi, numerai-cli and most scripts call the two."""

NUMERAI_CLI = Path(".numerai") / ".keys"
"""numerai-cli's file, in the home folder: an INI file with a section ``[numerai]``."""

_LINE = re.compile(
    rf"[ \t]*(?:export[ \t]+)?(?P<name>{PUBLIC_ID}|{SECRET_KEY})[ \t]*[=:][ \t]*(?P<value>.*)", re.I
)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*?)(?P=quote)""")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def from_file(path: Path) -> Credentials:
    """The key in a file with lines such as ``NUMERAI_PUBLIC_ID=...``: numerai-cli's, or ``.env``.

    Raises:
        CredentialsError: it can't be read, or holds no key, or one of the two twice.
    """
    try:
        text = text_of(path, CredentialsError, largest=LARGEST_TEXT)
    except FileNotFoundError:
        raise MissingCredentials(f"There is no {path}.", "Say which file holds the key.") from None
    values: dict[str, str] = {}
    line = value = ""
    parts: re.Match[str] | None = None
    twice = False
    for line in text.splitlines():
        parts = _LINE.fullmatch(line)
        if parts is not None:
            name, value = parts["name"].upper(), _bare(parts["value"])
            twice = twice or values.get(name, value) != value
            values[name] = value
    text, parts = "", None  # a crash report may show the variables of this frame
    line = value = ""
    if twice:
        values.clear()
        raise CredentialsError(
            f"{path} has two different values of a key.", "Leave the one in it that you mean."
        )
    return _key(values, str(path))


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """The key in the variables that other programs use.

    Raises:
        CredentialsError: one of them is not set, or holds no key.
    """
    names = (PUBLIC_ID, SECRET_KEY)
    return _key({name: environment.get(name, "") for name in names}, "The environment")


def _key(values: dict[str, str], where: str) -> Credentials:
    unset = [name for name in (PUBLIC_ID, SECRET_KEY) if not values.get(name)]
    if unset:
        values.clear()
        raise MissingCredentials(
            f"{where} does not have {' and '.join(unset)}.",
            f"It needs both {PUBLIC_ID} and {SECRET_KEY}.",
        )
    return Credentials.typed(values.pop(PUBLIC_ID), values.pop(SECRET_KEY))


def _bare(text: str) -> str:
    quoted = _QUOTED.match(text.strip())
    return quoted["text"] if quoted is not None else _COMMENT.sub("", text).strip()
