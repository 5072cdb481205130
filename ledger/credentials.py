"""API keys, one per profile and address, in the system keyring; the secret shows itself to nobody.

A key belongs to the address it was stored for and is never read for another one.
Nothing in here prints, logs or raises with a secret in it, not even in an exception's context.
The keyring library is imported when it is first needed, never before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from ledger.config.settings import DEFAULT_API_URL
from ledger.dataclass import dataclass
from ledger.domain.secret import Secret
from ledger.errors import CredentialsError, MissingCredentials, NoKeyring
from ledger.patience import Overdue, Patience

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "numstake-tui"
"""The service name in the keyring; the user name is the profile, for Numerai's own address."""

PUBLIC_ID_VARIABLE = "NUMSTAKE_PUBLIC_ID"
SECRET_KEY_VARIABLE = "NUMSTAKE_SECRET_KEY"  # noqa: S105 - the name of a variable
"""Read only where the config has ``[credentials] allow_environment = true``."""

NO_KEYRING_ADVICE = """\
Ways to keep an API key on this machine:
1. A Secret Service in a D-Bus session. Debian: apt install gnome-keyring dbus; then
   dbus-run-session -- bash
   read -rsp 'Keyring password: ' p; printf %s "$p" |
     gnome-keyring-daemon --unlock --components=secrets --daemonize; unset p
   numstake-tui login
2. An encrypted file, which asks for its password at every start:
   pip install keyrings.cryptfile
   export PYTHON_KEYRING_BACKEND=keyrings.cryptfile.cryptfile.CryptFileKeyring
   or: pip install keyrings.alt pycryptodome
   export PYTHON_KEYRING_BACKEND=keyrings.alt.file.EncryptedKeyring
3. For scripts: NUMSTAKE_PUBLIC_ID and NUMSTAKE_SECRET_KEY in the environment, with
   [credentials] allow_environment = true in the config file."""
"""The working choices on a box without a keyring, as shown to the user."""

PATIENCE = Patience(30.0)
"""How long a keyring may take that asks where nobody sees it; one for the process, as the keyring
is. The config's ``[credentials] keyring_seconds`` sets it."""

_T = TypeVar("_T")
_PRINTABLE = re.compile(r"[!-~]+")
_USELESS = ("keyring.backends.fail.", "keyring.backends.null.")
_UNENCRYPTED = ".PlaintextKeyring"
_PROMPTING = (".EncryptedKeyring", ".CryptFileKeyring")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key: ``public_id``, which may be shown, and ``secret_key``, which may not."""

    public_id: str
    secret_key: Secret

    @classmethod
    def typed(cls, public_id: str, secret_key: str) -> Credentials:
        """As typed or pasted: surrounding blanks are dropped.

        Raises:
            CredentialsError: either is empty or holds something a key can't hold.
        """
        key = cls(public_id.strip(), Secret(secret_key.strip()))
        flaw = _flaw("public id", public_id) or _flaw("secret key", secret_key)
        public_id = secret_key = ""  # a crash report may show the variables of this frame
        if flaw is not None:
            raise flaw
        return key


def _flaw(name: str, text: str) -> CredentialsError | None:
    if not text.strip():
        return CredentialsError(
            f"The {name} is empty.",
            "Keys are made at numer.ai, Settings, Automation: Create API key.",
        )
    if not _PRINTABLE.fullmatch(text.strip()):
        return CredentialsError(
            f"The {name} holds blanks or signs an API key never has.",
            "Copy it once more, without quotes or line breaks.",
        )
    return None


@dataclass(frozen=True, slots=True)
class KeyringStatus:
    """The keyring in use. ``backend`` is its dotted class name.

    ``usable``: it can keep a secret at all. ``encrypted``: not as readable text in a file.
    ``prompts``: it asks for a password in the terminal. ``chosen``: the user named it.
    """

    backend: str
    usable: bool
    encrypted: bool
    prompts: bool
    chosen: bool


def load(
    profile: str, *, api_url: str, allow_environment: bool, may_prompt: bool = True
) -> Credentials:
    """The API key of ``profile`` that was stored for the address ``api_url``.

    With ``allow_environment`` the two environment variables, when set, come before the keyring.
    ``may_prompt=False`` while a screen owns the terminal: a backend that would ask there is
    refused instead.

    Raises:
        MissingCredentials: none stored for that address.
        NoKeyring: nothing could have stored it.
        CredentialsError: the keyring is locked, denied or broken.
    """
    if allow_environment and (credentials := _from_environment()) is not None:
        return credentials
    stored = read_entry(SERVICE, _entry(profile, api_url), may_prompt=may_prompt)
    if stored is None:
        raise _missing(profile, api_url, allow_environment=allow_environment)
    credentials = _decoded(stored)
    if credentials is None:
        raise CredentialsError(
            f"What the keyring holds for profile {profile} is not an API key of this program.",
            "Run logout, then login.",
        )
    return credentials


def save(profile: str, credentials: Credentials, *, api_url: str = DEFAULT_API_URL) -> None:
    """Store the API key of ``profile`` for one address, replacing an earlier one.

    Raises:
        NoKeyring: nothing can store it, or only as readable text that the user did not ask for.
        CredentialsError: the keyring is locked, denied or broken.
    """
    value = Secret(
        json.dumps(
            {
                "public_id": credentials.public_id,
                "secret_key": credentials.secret_key.reveal(),
            }
        )
    )
    write_entry(SERVICE, _entry(profile, api_url), value)


def forget(profile: str, *, api_url: str = DEFAULT_API_URL) -> bool:
    """Remove the API key of ``profile`` for one address; ``False`` when there was none.

    Raises:
        NoKeyring, CredentialsError: as for :func:`save`.
    """
    return remove_entry(SERVICE, _entry(profile, api_url))


def origin(api_url: str) -> str:
    """The part of an address that says whose it is: scheme, host, and a port of its own."""
    parts = urlsplit(api_url)
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"


def read_entry(service: str, profile: str, *, may_prompt: bool = True) -> Secret | None:
    """What the keyring holds for ``profile`` under ``service``, ``None`` for nothing.

    Raises:
        NoKeyring: nothing could have stored it.
        CredentialsError: the keyring is locked, denied or broken, or would ask in the terminal.
    """
    status = require_keyring()
    if status.prompts and not may_prompt:
        raise CredentialsError(
            f"The keyring ({status.backend}) asks for its password in the terminal, which the"
            " app is using.",
            f"Start with PYTHON_KEYRING_BACKEND={status.backend} set, so that it asks before.",
        )
    return _stored(service, profile)


def write_entry(service: str, profile: str, value: Secret) -> None:
    """Store ``value``, replacing an earlier one.

    Raises:
        NoKeyring, CredentialsError: as for :func:`save`.
    """
    require_keyring(to_write=True)
    _guarded("write to", lambda: _best().set_password(service, profile, value.reveal()))


def remove_entry(service: str, profile: str) -> bool:
    """Remove an entry; ``False`` when there was none.

    Raises:
        NoKeyring, CredentialsError: as for :func:`save`.
    """
    require_keyring()
    if _stored(service, profile) is None:
        return False
    _guarded("write to", lambda: _best().delete_password(service, profile))
    return True


def require_keyring(*, to_write: bool = False) -> KeyringStatus:
    """The keyring in use, if it can keep a secret.

    ``to_write``: readable text in a file counts only when the user named that backend.

    Raises:
        NoKeyring: it can't.
        CredentialsError: as for :func:`keyring_status`.
    """
    status = keyring_status()
    if not status.usable:
        raise NoKeyring("This system has no keyring that could keep an API key.", NO_KEYRING_ADVICE)
    if to_write and not status.encrypted and not status.chosen:
        raise NoKeyring(
            f"The only keyring here ({status.backend}) would keep the API key as readable text.",
            f"{NO_KEYRING_ADVICE}\nTo keep it readable all the same, set"
            f" PYTHON_KEYRING_BACKEND={status.backend}.",
        )
    return status


def keyring_status() -> KeyringStatus:
    """Which keyring is in use, and what it is good for.

    Raises:
        CredentialsError: the backend named in the environment or keyringrc.cfg does not load.
    """
    backend = type(_keyring())
    name = f"{backend.__module__}.{backend.__qualname__}"
    return KeyringStatus(
        backend=name,
        usable=not name.startswith(_USELESS),
        encrypted=not name.endswith(_UNENCRYPTED),
        prompts=name.endswith(_PROMPTING),
        chosen=_chosen_by_user(),
    )


def prompts_in_terminal() -> bool:
    """Whether the keyring may ask for a password in the terminal, found out without loading it.

    An app that takes over the terminal loads the key first when this is true.
    """
    named = os.environ.get("PYTHON_KEYRING_BACKEND")
    return named is not None and named.endswith(_PROMPTING)


def in_environment() -> bool:
    """Whether the environment holds a part of a key."""
    return any(os.environ.get(name) for name in (PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE))


def _from_environment() -> Credentials | None:
    variables = (PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE)
    unset = [name for name in variables if not os.environ.get(name)]
    if len(unset) == len(variables):
        return None
    if unset:
        raise MissingCredentials(f"{unset[0]} is not set.", "Set both variables, or neither.")
    return Credentials.typed(os.environ[PUBLIC_ID_VARIABLE], os.environ[SECRET_KEY_VARIABLE])


def _entry(profile: str, api_url: str) -> str:
    """The user name in the keyring; one for another address holds a sign that no profile has."""
    address = origin(api_url)
    return profile if address == origin(DEFAULT_API_URL) else f"{profile}@{address}"


def _missing(profile: str, api_url: str, *, allow_environment: bool) -> MissingCredentials:
    option = "" if profile == "default" else f" --profile {profile}"
    ignored = SECRET_KEY_VARIABLE in os.environ and not allow_environment
    hint = (
        f" The environment variables {PUBLIC_ID_VARIABLE} and {SECRET_KEY_VARIABLE} are not used:"
        " the config does not have [credentials] allow_environment = true."
    )
    address = origin(api_url)
    if address == origin(DEFAULT_API_URL):
        what, which = f"Profile {profile} has no API key.", ""
    else:
        what = f"Profile {profile} has no API key for {address}, and one for elsewhere stays there."
        which = " with the same config and options"
    return MissingCredentials(
        what, f"Run: numstake-tui{option} login{which}.{hint if ignored else ''}"
    )


def _stored(service: str, profile: str) -> Secret | None:
    """What the keyring holds, covered at once: no frame above keeps it as a text."""

    def read() -> Secret | None:
        text = _best().get_password(service, profile)
        return None if text is None else Secret(text)

    return _guarded("read", read)


def _decoded(stored: Secret) -> Credentials | None:
    try:
        entry = json.loads(stored.reveal())
        return Credentials.typed(entry["public_id"], entry["secret_key"])
    except (ValueError, TypeError, KeyError, AttributeError, CredentialsError):
        return None


def _guarded(action: str, call: Callable[[], _T]) -> _T:
    """``call()``, with whatever a backend throws turned into a :class:`CredentialsError`.

    Backends raise their own library's exceptions, so all are taken; the original is dropped,
    context included, because it may hold what was being stored.
    """
    try:
        return PATIENCE.call(call)
    except Overdue:
        reason = ""
    except Exception as error:
        kind = type(error).__name__
        reason = _REASONS.get(kind, f"{kind} in {type(error).__module__}")
    if not reason:
        raise _overdue()
    raise CredentialsError(
        f"The keyring could not be used ({action}): {reason}.",
        "Unlock it, or start the D-Bus session it lives in, then try again."
        " `numstake-tui doctor` shows which keyring is in use.",
    )


def _overdue() -> CredentialsError:
    return CredentialsError(
        f"The keyring did not answer within {PATIENCE.seconds:g} s: it may be asking for its"
        " password where nobody sees it.",
        "Unlock it before, or run this once at a terminal. [credentials] keyring_seconds in the"
        " config gives it longer; with allow_environment it is not needed.",
    )


_REASONS = {
    "KeyringLocked": "it is locked",
    "ItemNotFoundException": "the entry has gone",
    "LockedException": "it is locked",
    "PromptDismissedException": "the question for its password was dismissed",
    "SecretServiceNotAvailableException": "no Secret Service answers on D-Bus",
    "InitError": "it is locked and could not ask for its password",
    "ValueError": "wrong password, or a damaged keyring file",
    "EOFError": "it asked for a password and got none",
}


def _keyring() -> KeyringBackend:
    """The backend in use; of those that keyring would chain, the best one alone.

    A chain would ask the next backend whenever one holds nothing, a file's password included,
    and removing a key from one would bring back an older one from another.

    Raises:
        CredentialsError: the backend the user named does not load, or takes too long to.
    """
    try:
        return PATIENCE.call(_best)
    except Overdue:
        pass
    raise _overdue()


def _best() -> KeyringBackend:
    from keyring.backends.chainer import ChainerBackend

    backend = _loaded()
    if isinstance(backend, ChainerBackend):
        chained: list[KeyringBackend] = backend.backends
        return chained[0] if chained else backend
    return backend


def _loaded() -> KeyringBackend:
    import keyring

    try:
        return keyring.get_keyring()
    except RuntimeError as error:
        reason = f"it says: {error}"
    except (ImportError, AttributeError, ValueError):
        reason = "it does not exist, or is not installed"
    raise CredentialsError(
        "The keyring backend named in PYTHON_KEYRING_BACKEND or keyringrc.cfg does not load:"
        f" {reason}.",
        "Correct the name, install what it needs, or unset it. `keyring --list-backends` shows"
        " what is installed.",
    )


def _chosen_by_user() -> bool:
    if os.environ.get("PYTHON_KEYRING_BACKEND"):
        return True
    from keyring.util import platform_

    return Path(platform_.config_root(), "keyringrc.cfg").exists()
