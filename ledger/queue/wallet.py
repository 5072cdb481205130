"""The owner's key per profile: an encrypted keystore in the system keyring, or in a file.

The keystore (Web3 V3 JSON) is encrypted with a passphrase that is asked for at each signing and
kept nowhere. A keystore file is read only while nobody but its owner can read it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ledger import credentials
from ledger.chain import signing
from ledger.chain.transactions import Signed, Unsigned
from ledger.domain.secret import Secret
from ledger.errors import FileError, NoKeyring, WalletError
from ledger.files import make_folder, write_file

SERVICE = "numstake-tui-wallet"
"""The service name in the keyring; the user name is the profile."""

_LARGEST = 64 * 1024
_T = TypeVar("_T")


class KeyStore:
    """Keeps one key per profile. ``file`` is ``[atomic] keystore``; ``None`` uses the keyring.

    ``may_prompt=False`` while a screen owns the terminal. ``work`` is scrypt's cost for keys
    that are encrypted here; ``None`` takes the library's.
    """

    def __init__(
        self, file: Path | None = None, *, may_prompt: bool = True, work: int | None = None
    ) -> None:
        self._file = file
        self._may_prompt = may_prompt
        self._work = work

    def import_(self, profile: str, text: Secret, passphrase: Secret) -> str:
        """Keep a key; returns its address, lower case.

        ``text`` is a keystore's JSON, which ``passphrase`` has to unlock, or a private key of
        64 hex digits, which is encrypted with it.

        Raises:
            WalletError: zero, malformed, wrong passphrase, nowhere to keep it, or one is there.
        """
        there = self._keystore(profile)
        if there is not None:
            raise WalletError(
                f"Profile {profile} already has the key of {signing.address_in(there)}.",
                "Forget it first (numstake-tui wallet forget), if you have it elsewhere.",
            )
        is_keystore = text.reveal().lstrip().startswith("{")
        keystore = text if is_keystore else signing.locked(text, passphrase, work=self._work)
        address = signing.unlocked_address(keystore, passphrase)
        self._keep(profile, signing.naming(keystore, address))
        return address

    def address(self, profile: str) -> str | None:
        """The address of the profile's key, without a passphrase; ``None`` when there is no key.

        Raises:
            WalletError: what is kept is no keystore, names no address, or others can read it.
        """
        keystore = self._keystore(profile)
        if keystore is None:
            return None
        named = signing.address_in(keystore)
        if named is None:
            raise WalletError(
                "The keystore does not say whose key it holds.",
                'Add its "address", or import it with `numstake-tui wallet import`.',
            )
        return named

    def sign(self, profile: str, unsigned: Unsigned, passphrase: Secret) -> Signed:
        """``unsigned`` with the profile's signature.

        Raises:
            WalletError: no key, others can read it, or a wrong passphrase.
            ChangeError: the key is not the sender's.
        """
        keystore = self._keystore(profile)
        if keystore is None:
            raise WalletError(
                f"Profile {profile} has no owner's key.",
                "Run `numstake-tui wallet import`, or export the transaction to sign elsewhere.",
            )
        return signing.sign(keystore, passphrase, unsigned)

    def forget(self, profile: str) -> bool:
        """Remove the profile's key from the keyring; ``False`` when there was none.

        Raises:
            WalletError: it is a file, which is the user's to delete; or the keyring failed.
        """
        if self._file is not None:
            raise WalletError(
                f"The key is in {self._file}, which this program does not delete.",
                "Delete it yourself, if you have the key elsewhere.",
            )
        return _kept(lambda: credentials.remove_entry(SERVICE, profile))

    def _keystore(self, profile: str) -> Secret | None:
        if self._file is not None:
            return _read(self._file)
        return _kept(lambda: credentials.read_entry(SERVICE, profile, may_prompt=self._may_prompt))

    def _keep(self, profile: str, keystore: Secret) -> None:
        if self._file is not None:
            _write(self._file, keystore)
            return
        _kept(lambda: credentials.write_entry(SERVICE, profile, keystore))


def _kept(work: Callable[[], _T]) -> _T:
    """``work()`` on the keyring; a system without one is told about keystore files."""
    try:
        return work()
    except NoKeyring:
        pass
    raise WalletError(
        "This system has no keyring that could keep the owner's key.",
        "Name a keystore file in the config ([atomic] keystore), or set up a keyring"
        " (`numstake-tui doctor` shows how).",
    )


def _read(file: Path) -> Secret | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WalletError(f"The keystore {file} can't be read: {error.strerror}.") from None
    try:
        _require_private(file, os.fstat(descriptor))
        content = os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)
    try:
        keystore = Secret(content.decode())
        signing.address_in(keystore)
        return keystore
    except (UnicodeDecodeError, WalletError):
        pass
    raise WalletError(f"The file {file} is no keystore.", "Check [atomic] keystore in the config.")


def _require_private(file: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise WalletError(f"The keystore {file} is no file.", "Check [atomic] keystore.")
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise WalletError(
            f"Others can read the keystore {file}, so it is not used.", f"chmod 600 {file}"
        )


def _write(file: Path, keystore: Secret) -> None:
    try:
        make_folder(file.parent)
        write_file(file, keystore.reveal(), replace=False)
    except (FileError, OSError) as error:
        reason = error.what if isinstance(error, FileError) else f"{error.strerror}."
        raise WalletError(f"The keystore {file} can't be written: {reason}") from None
