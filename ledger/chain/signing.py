"""Signing with the owner's key: the only place that loads the Ethereum libraries.

They are imported inside functions (over a second, and optional), in a worker. Nothing here
raises with a key or passphrase in it, not even in an exception's context: whatever a library
throws is dropped and told in our words.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ledger.chain import envelope
from ledger.chain.transactions import Signed, Unsigned
from ledger.domain.secret import Secret
from ledger.errors import ChangeError, LedgerError, WalletError
from ledger.exact_json import decode, encode

_T = TypeVar("_T")
_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_ADDRESS = re.compile(r"(?:0x)?([0-9a-fA-F]{40})")
_MOST_SCRYPT = 2**23
"""The most ``n * r * p`` of a keystore: 128 bytes of memory each, so 1 GiB, and some ten seconds.
Wallets' own are 2**21."""

_MOST_ROUNDS = 10_000_000
"""The most rounds (``c``) of a keystore that is locked by PBKDF2."""

_KEY_BYTES = 32
"""What wallets derive from a passphrase (``dklen``); more would cost its multiple."""

_MADE_ELSEWHERE = (
    "Export it once more from the wallet program, as Web3 secret storage version 3 (JSON)."
)


def locked(key: Secret, passphrase: Secret, *, work: int | None = None) -> Secret:
    """A private key (64 hex digits) as an encrypted keystore, Web3 V3 JSON.

    ``work`` is scrypt's cost; ``None`` takes the library's.

    Raises:
        WalletError: zero, malformed, an empty passphrase, or the libraries are missing.
    """
    flaw = _key_flaw(key) or _passphrase_flaw(passphrase)
    if flaw is not None:
        raise flaw

    def lock() -> Secret:
        private = bytes.fromhex(_digits(key.reveal()))
        return Secret(
            json.dumps(_eth_account().encrypt(private, passphrase.reveal(), iterations=work))
        )

    return _guarded(lock, WalletError("The key could not be encrypted."))


def require_key(text: Secret) -> None:
    """Nothing, where ``text`` looks like a keystore or a private key.

    Raises:
        WalletError: it is neither.
    """
    if text.reveal().lstrip().startswith("{"):
        _entry(text)
    elif (flaw := _key_flaw(text)) is not None:
        raise flaw


def address_in(keystore: Secret) -> str | None:
    """The address a keystore names, lower case with ``0x``; ``None`` when it names none.

    Raises:
        WalletError: it is no keystore.
    """
    named = _entry(keystore).get("address")
    match = _ADDRESS.fullmatch(named) if isinstance(named, str) else None
    return None if match is None else f"0x{match[1].lower()}"


def naming(keystore: Secret, address: str) -> Secret:
    """The keystore with its address written in, as it can be asked for without a passphrase.

    Raises:
        WalletError: it is no keystore.
    """
    return Secret(encode({**_entry(keystore), "address": address.removeprefix("0x")}))


def unlocked_address(keystore: Secret, passphrase: Secret) -> str:
    """The address of the key inside, which has to be the one the keystore names.

    Raises:
        WalletError: no keystore, a wrong passphrase, or an address that does not match.
    """
    key = _unlocked(keystore, passphrase)
    return _address_of(key, address_in(keystore))


def sign(keystore: Secret, passphrase: Secret, unsigned: Unsigned) -> Signed:
    """``unsigned`` with the owner's signature, taken apart again and compared.

    Raises:
        WalletError: no keystore, a wrong passphrase, or the libraries are missing.
        ChangeError: the key is not the sender's.
    """
    key = _unlocked(keystore, passphrase)
    address = _address_of(key, address_in(keystore))
    if address != unsigned.sender.lower():
        raise ChangeError(
            f"The key at hand is {address}, but the transaction is from {unsigned.sender}.",
            "Import the owner's key, or sign elsewhere.",
        )
    fields = _fields(unsigned)

    def signing() -> str:
        return str(
            _eth_account().sign_transaction(fields, key.reveal()).raw_transaction.to_0x_hex()
        )

    return taken_apart(_guarded(signing, WalletError("The transaction could not be signed.")))


def taken_apart(raw: str) -> Signed:
    """A signed transaction's fields, hash and sender.

    Raises:
        ChangeError: no signed transaction (type 2 or legacy), or its signature is void.
        WalletError: the libraries are missing.
    """
    fields = envelope.opened(raw)

    def recover() -> tuple[str, str]:
        from eth_utils.crypto import keccak

        text = "0x" + fields.raw.hex()
        return str(_eth_account().recover_transaction(text)), "0x" + keccak(fields.raw).hex()

    unreadable = ChangeError(
        "The transaction's signature is void.", "Sign the exported transaction once more."
    )
    sender, digest = _guarded(recover, unreadable)
    return Signed(
        hash=digest,
        raw="0x" + fields.raw.hex(),
        sender=sender.lower(),
        chain_id=fields.chain_id,
        nonce=fields.nonce,
        to=fields.to,
        data=fields.data,
        value=fields.value,
        gas=fields.gas,
        max_fee=fields.max_fee,
        max_priority_fee=fields.max_priority_fee,
    )


def _fields(unsigned: Unsigned) -> dict[str, Any]:
    return {
        "type": 2,
        "chainId": unsigned.chain_id,
        "to": bytes.fromhex(unsigned.to[2:]),
        "data": unsigned.data,
        "value": unsigned.value,
        "nonce": unsigned.nonce,
        "gas": unsigned.gas,
        "maxFeePerGas": unsigned.max_fee,
        "maxPriorityFeePerGas": unsigned.max_priority_fee,
    }


def _digits(text: str) -> str:
    match = _KEY.fullmatch(text.strip())
    return "" if match is None else match[1]


def _key_flaw(key: Secret) -> WalletError | None:
    digits = _digits(key.reveal())
    if not digits:
        return WalletError(
            "This is no private key: it takes 64 hex digits.",
            "Copy it once more, without quotes, or import a keystore file.",
        )
    if not 0 < int(digits, 16) < envelope.ORDER:
        return WalletError(
            "This private key is zero or out of range: no wallet has it.",
            "Copy it once more from the wallet program.",
        )
    return None


def _passphrase_flaw(passphrase: Secret) -> WalletError | None:
    if passphrase.reveal():
        return None
    return WalletError("The passphrase is empty.", "Choose one: it is asked for at each signing.")


def _entry(keystore: Secret) -> Mapping[str, Any]:
    """The keystore as JSON, checked as far as unlocking it could do harm."""
    try:
        entry = decode(keystore.reveal())
        crypto = entry.get("crypto") or entry.get("Crypto")
        sound = entry.get("version") == 3 and _modest(crypto["kdf"], crypto["kdfparams"])
    except (ValueError, TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise WalletError("This is no keystore (Web3 V3) that could be used.", _MADE_ELSEWHERE)
    checked: Mapping[str, Any] = entry
    return checked


def _modest(kdf: str, parameters: Mapping[str, Any]) -> bool:
    """Whether unlocking is within reason, by the product of what makes it dear."""
    names, most = {"scrypt": ("nrp", _MOST_SCRYPT), "pbkdf2": ("c", _MOST_ROUNDS)}[kdf]
    costs = [parameters[name] for name in names]
    whole = all(type(cost) is int and cost > 0 for cost in costs)
    return whole and math.prod(costs) <= most and parameters["dklen"] == _KEY_BYTES


def _unlocked(keystore: Secret, passphrase: Secret) -> Secret:
    entry = _entry(keystore)
    if (flaw := _passphrase_flaw(passphrase)) is not None:
        raise flaw

    def unlock() -> Secret:
        return Secret("0x" + bytes(_eth_account().decrypt(dict(entry), passphrase.reveal())).hex())

    key = _guarded(
        unlock,
        WalletError(
            "The keystore could not be unlocked: wrong passphrase, or it is damaged.",
            "Type the passphrase once more.",
        ),
    )
    if _key_flaw(key) is not None:
        raise WalletError(
            "The keystore holds no usable key: zero or out of range.", _MADE_ELSEWHERE
        )
    return key


def _address_of(key: Secret, named: str | None) -> str:
    def derive() -> str:
        return str(_eth_account().from_key(key.reveal()).address).lower()

    address = _guarded(derive, WalletError("The key could not be used."))
    if named not in (None, address):
        raise WalletError(
            f"The keystore names {named}, but its key is {address}'s.", _MADE_ELSEWHERE
        )
    return address


def _eth_account() -> Any:
    """eth-account's ``Account``. What it imports (py_ecc) raises the limit of nested calls for the
    whole process, beyond what its stack can hold; the limit stays what it was."""
    limit = sys.getrecursionlimit()
    try:
        from eth_account import Account
    finally:
        sys.setrecursionlimit(limit)
    return Account


def _guarded(work: Callable[[], _T], failure: LedgerError) -> _T:
    """``work()``, or ``failure`` for anything a library throws: its text or frames may hold the
    key, so the original is dropped, context included."""
    try:
        return work()
    except ImportError:
        failure = WalletError(
            "Signing needs the Ethereum libraries, which are not installed.",
            "pip install 'numstake-tui[atomic]', or sign elsewhere.",
        )
    except Exception:  # noqa: S110 - told below, outside, so that it is no context
        pass
    raise failure
