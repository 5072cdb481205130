"""The owner's key: kept encrypted, shown to nobody, every failure in our words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyringBackend

from ledger.chain import signing
from ledger.chain.abi import Call
from ledger.chain.signed_elsewhere import check_signed
from ledger.chain.transactions import GWEI, Unsigned
from ledger.credentials import Secret
from ledger.errors import ChangeError, LedgerError, WalletError
from ledger.queue.wallet import SERVICE, KeyStore
from tests.ledger.chain.evm import CLASSIC, NOW, OTHER, OTHER_KEY, OWNER, OWNER_KEY
from tests.ledger.chain.samples import CAP, PASSPHRASE
from tests.ledger.test_credentials import MemoryKeyring

eth_account = pytest.importorskip("eth_account")

UNSIGNED = Unsigned(
    tournament=CLASSIC,
    chain_id=31,
    sender=OWNER,
    to="0x" + "cd" * 20,
    data="0x2e1a7d4d" + "0" * 63 + "7",
    value=0,
    nonce=5,
    gas=100_000,
    max_fee=30 * GWEI,
    max_priority_fee=GWEI,
    call=Call("withdraw", ((("amount", "0.000000000000000007 NMR"),),)),
    sentences=(),
)
ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def store(memory: MemoryKeyring) -> KeyStore:
    return KeyStore(work=2)


def keystore(key: str = OWNER_KEY) -> Secret:
    return signing.locked(Secret(key), PASSPHRASE, work=2)


def costing(kdf: object, **parameters: object) -> str:
    """A keystore that says what unlocking it costs."""
    kdfparams = {"n": 2, "r": 1, "p": 1, "dklen": 32, **parameters}
    return json.dumps({"version": 3, "crypto": {"kdf": kdf, "kdfparams": kdfparams}})


def told(error: BaseException) -> str:
    """All a crash report could show: the texts, and every frame's variables, but a test's own."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(line for line in shown.format() if "tests/ledger" not in line)


def failing(work: Callable[[], object], kind: type[LedgerError] = WalletError) -> LedgerError:
    with pytest.raises(kind) as caught:
        work()
    error = caught.value
    assert type(error) is kind
    report = told(error) + repr(error)
    for secret in (PASSPHRASE.reveal(), OWNER_KEY[2:], OTHER_KEY[2:]):
        assert secret not in report
    assert error.__context__ is None
    return error


def test_a_key_signs_what_its_owner_sends(store: KeyStore, memory: MemoryKeyring) -> None:
    assert store.address("main") is None
    assert store.import_("main", Secret(OWNER_KEY), PASSPHRASE) == OWNER
    assert store.address("main") == OWNER
    signed = store.sign("main", UNSIGNED, PASSPHRASE)
    assert (signed.sender, signed.to, signed.data) == (OWNER, UNSIGNED.to, UNSIGNED.data)
    assert (signed.nonce, signed.gas, signed.chain_id, signed.value) == (5, 100_000, 31, 0)
    assert (signed.max_fee, signed.max_priority_fee) == (30 * GWEI, GWEI)
    assert check_signed(signed.raw, UNSIGNED, max_fee_gwei=CAP) == signed
    kept = memory.entries[SERVICE, "main"]
    assert OWNER_KEY[2:] not in kept
    assert PASSPHRASE.reveal() not in kept
    assert store.forget("main") is True
    assert store.forget("main") is False
    assert store.address("main") is None


def test_a_keystore_is_imported_and_names_its_address(
    store: KeyStore, memory: MemoryKeyring
) -> None:
    bare = json.loads(keystore().reveal())
    del bare["address"]
    assert store.import_("main", Secret(json.dumps(bare)), PASSPHRASE) == OWNER
    assert store.address("main") == OWNER
    failing(lambda: store.import_("main", keystore(OTHER_KEY), PASSPHRASE))
    assert store.address("main") == OWNER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0" * 64, "zero or out of range"),
        (ORDER, "zero or out of range"),
        ("f" * 64, "zero or out of range"),
        ("", "64 hex digits"),
        ("0x1234", "64 hex digits"),
        (OWNER_KEY[:-1], "64 hex digits"),
        (OWNER_KEY + "0", "64 hex digits"),
        ("test test test test test test test test test test test junk", "64 hex digits"),
        ("{", "no keystore"),
        ("{}", "no keystore"),
        ('{"version": 1, "crypto": {"kdfparams": {}}}', "no keystore"),
        ('{"version": 3, "crypto": {"kdfparams": {"n": 2}}}', "no keystore"),
        (costing("scrypt", n=2**40), "no keystore"),
        (costing("scrypt", n="2"), "no keystore"),
        (costing("scrypt", n=True), "no keystore"),
        (costing("scrypt", n=-2, r=-1), "no keystore"),
        (costing("scrypt", n=2**20, r=32), "no keystore"),
        (costing("scrypt", n=2**19, p=16, r=2), "no keystore"),
        (costing("scrypt", dklen=2**30), "no keystore"),
        (costing("pbkdf2", c=10_000_001), "no keystore"),
        (costing("pbkdf2", c=2, dklen=2**30), "no keystore"),
        (costing("argon2", n=2), "no keystore"),
        (costing(["scrypt"]), "no keystore"),
        (costing("scrypt"), "could not be unlocked"),
        (costing("pbkdf2", c=2), "could not be unlocked"),
    ],
)
def test_what_is_no_key_is_told_in_our_words(store: KeyStore, text: str, words: str) -> None:
    error = failing(lambda: store.import_("main", Secret(text), PASSPHRASE))
    assert words in error.what
    assert store.address("main") is None


def test_a_wrong_passphrase_is_told(store: KeyStore) -> None:
    store.import_("main", Secret(OWNER_KEY), PASSPHRASE)
    wrong = failing(lambda: store.sign("main", UNSIGNED, Secret("battery staple")))
    assert "wrong passphrase" in wrong.what
    assert "battery" not in told(wrong)
    assert "empty" in failing(lambda: store.sign("main", UNSIGNED, Secret(""))).what
    assert "empty" in failing(lambda: store.import_("x", Secret(OWNER_KEY), Secret(""))).what
    assert "has no owner's key" in failing(lambda: store.sign("y", UNSIGNED, PASSPHRASE)).what


def test_a_zero_key_inside_a_keystore_is_told(store: KeyStore) -> None:
    from eth_keyfile import create_keyfile_json

    zero = create_keyfile_json(b"\0" * 31 + b"\1", PASSPHRASE.reveal().encode(), iterations=2)
    lying = Secret(json.dumps({**zero, "address": OWNER[2:]}))
    error = failing(lambda: store.import_("main", lying, PASSPHRASE))
    assert "names" in error.what


def test_another_owners_transaction_is_not_signed(store: KeyStore) -> None:
    store.import_("main", Secret(OTHER_KEY), PASSPHRASE)
    error = failing(lambda: store.sign("main", UNSIGNED, PASSPHRASE), ChangeError)
    assert OTHER in error.what


def test_without_the_libraries_the_way_out_is_named(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keystore()
    raw = signing.sign(kept, PASSPHRASE, UNSIGNED).raw
    monkeypatch.setitem(sys.modules, "eth_account", None)
    for work in (
        lambda: store.import_("main", Secret(OWNER_KEY), PASSPHRASE),
        lambda: signing.sign(kept, PASSPHRASE, UNSIGNED),
        lambda: check_signed(raw, UNSIGNED, max_fee_gwei=CAP),
    ):
        assert "numstake-tui[atomic]" in failing(work).advice


def test_without_a_keyring_the_file_is_offered(memory: MemoryKeyring) -> None:
    keyring.set_keyring(NoKeyringBackend())
    error = failing(lambda: KeyStore(work=2).import_("main", Secret(OWNER_KEY), PASSPHRASE))
    assert "keystore file" in error.advice


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
class TestFile:
    def test_is_made_private_and_signs(self, tmp_path: Path) -> None:
        file = tmp_path / "keys" / "owner.json"
        store = KeyStore(file, work=2)
        assert store.address("main") is None
        store.import_("main", Secret(OWNER_KEY), PASSPHRASE)
        assert file.stat().st_mode & 0o777 == 0o600
        assert store.address("main") == OWNER
        assert store.sign("main", UNSIGNED, PASSPHRASE).sender == OWNER
        failing(lambda: store.import_("main", Secret(OTHER_KEY), PASSPHRASE))
        failing(lambda: store.forget("main"))
        assert store.address("main") == OWNER

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
    def test_is_refused_while_others_can_read_or_write_it(self, tmp_path: Path, mode: int) -> None:
        file = tmp_path / "owner.json"
        file.write_text(keystore().reveal())
        file.chmod(mode)
        for work in (
            lambda: KeyStore(file).address("main"),
            lambda: KeyStore(file).sign("main", UNSIGNED, PASSPHRASE),
        ):
            assert f"chmod 600 {file}" in failing(work).advice
        file.chmod(0o600)
        assert KeyStore(file).address("main") == OWNER

    def test_that_is_none_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "owner.json"
        file.write_bytes(b"\xff\xfe")
        file.chmod(0o600)
        failing(lambda: KeyStore(file).address("main"))
        failing(lambda: KeyStore(tmp_path).address("main"))
        bare = {**json.loads(keystore().reveal()), "address": None}
        file.write_text(json.dumps(bare))
        assert "whose key" in failing(lambda: KeyStore(file).address("main")).what


def signed_elsewhere(key: str = OWNER_KEY, **changed: Any) -> str:
    fields = {
        "type": 2,
        "chainId": 31,
        "to": bytes.fromhex(UNSIGNED.to[2:]),
        "data": UNSIGNED.data,
        "value": 0,
        "nonce": 5,
        "gas": 100_000,
        "maxFeePerGas": 30 * GWEI,
        "maxPriorityFeePerGas": GWEI,
        **changed,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return str(eth_account.Account.sign_transaction(present, key).raw_transaction.to_0x_hex())


LEGACY = {
    "type": None,
    "maxFeePerGas": None,
    "maxPriorityFeePerGas": None,
    "gasPrice": 20 * GWEI,
}


@pytest.mark.parametrize("shape", [{}, LEGACY, {"gas": 80_000}, {"gas": 200_000}])
def test_a_transaction_signed_elsewhere_is_taken(shape: dict[str, Any]) -> None:
    raw = signed_elsewhere(**shape)
    signed = check_signed(f"  {raw[2:].upper()}\n", UNSIGNED, max_fee_gwei=CAP)
    assert signed.raw == raw
    assert signed.sender == OWNER
    assert signed.hash == hash_of(raw)


def hash_of(raw: str) -> str:
    from eth_utils.crypto import keccak

    return "0x" + keccak(bytes.fromhex(raw[2:])).hex()


@pytest.mark.parametrize("legacy", [{}, LEGACY])
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"chainId": 1}, "chain id"),
        ({"key": OTHER_KEY}, "sender"),
        ({"to": b"\xee" * 20}, "recipient"),
        ({"data": UNSIGNED.data[:-1] + "8"}, "data"),
        ({"value": 1}, "value"),
        ({"nonce": 6}, "nonce"),
        ({"gas": 79_999}, "gas limit"),
        ({"gas": 200_001}, "gas limit"),
    ],
)
def test_a_transaction_that_differs_is_refused_by_field(
    legacy: dict[str, Any], changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(ChangeError, match=f"{field}.* is .*, not") as caught:
        check_signed(signed_elsewhere(**{**legacy, **changed}), UNSIGNED, max_fee_gwei=CAP)
    assert "Nothing was sent" in caught.value.advice


@pytest.mark.parametrize("fees", [{"maxFeePerGas": 61 * GWEI}, {**LEGACY, "gasPrice": 61 * GWEI}])
def test_a_fee_above_the_cap_is_refused(fees: dict[str, Any]) -> None:
    with pytest.raises(ChangeError, match="fee cap is 61 gwei, not at most 60 gwei"):
        check_signed(signed_elsewhere(**fees), UNSIGNED, max_fee_gwei=CAP)


def resigned(raw: str, change: Callable[[int], int]) -> str:
    """The same transaction with the other parity and another ``s``."""
    import rlp

    content = bytes.fromhex(raw[2:])
    typed, start = (content[:1], 1) if content[0] == 2 else (b"", 0)
    *fields, v, r, s = rlp.decode(content[start:])
    parity, other = int.from_bytes(v), change(int.from_bytes(s))
    flipped = parity ^ 1 if typed else parity + (1 if parity % 2 else -1)
    numbers = [number.to_bytes((number.bit_length() + 7) // 8) for number in (flipped, other)]
    return "0x" + (typed + rlp.encode([*fields, numbers[0], r, numbers[1]])).hex()


@pytest.mark.parametrize("shape", [{}, LEGACY])
def test_the_high_twin_of_a_signature_is_refused(shape: dict[str, Any]) -> None:
    raw, order = signed_elsewhere(**shape), int(ORDER, 16)
    high = resigned(raw, lambda s: order - s)
    assert eth_account.Account.recover_transaction(high).lower() == OWNER
    with pytest.raises(ChangeError, match="EIP-2"):
        check_signed(high, UNSIGNED, max_fee_gwei=CAP)
    for void in (0, order, 2**256 - 1):
        with pytest.raises(ChangeError, match="signature is void"):
            check_signed(resigned(raw, lambda _, s=void: s), UNSIGNED, max_fee_gwei=CAP)


def test_kinds_that_are_not_taken_are_named() -> None:
    listed = {"accessList": [{"address": UNSIGNED.to, "storageKeys": []}]}
    type_1 = {"type": 1, "maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasPrice": GWEI}
    for raw, words in (
        (signed_elsewhere(**listed), "access list"),
        (signed_elsewhere(**type_1, **listed), "type 1 is not taken"),
        (signed_elsewhere(**{**LEGACY, "chainId": None}), "names no chain"),
        ("", "not hex"),
        ("0x", "not hex"),
        ("0x0", "not hex"),
        ("hello", "not hex"),
    ):
        with pytest.raises(ChangeError, match=words):
            check_signed(raw, UNSIGNED, max_fee_gwei=CAP)


@pytest.mark.parametrize("shape", [{}, LEGACY])
def test_damaged_bytes_are_refused_wherever_they_are_cut(shape: dict[str, Any]) -> None:
    raw = signed_elsewhere(**shape)
    for end in range(4, len(raw), 2):
        with pytest.raises(ChangeError):
            check_signed(raw[:end], UNSIGNED, max_fee_gwei=CAP)
    for at in range(2, len(raw), 2):
        flipped = f"{int(raw[at : at + 2], 16) ^ 0x55:02x}"
        with pytest.raises(ChangeError):
            check_signed(raw[:at] + flipped + raw[at + 2 :], UNSIGNED, max_fee_gwei=CAP)


def test_a_signed_transaction_goes_to_disk_whole() -> None:
    signed = signing.sign(keystore(), PASSPHRASE, UNSIGNED)
    tx = signed.transaction(7, NOW, replaces="0x01")
    assert (tx.hash, tx.raw, tx.change_id, tx.replaces) == (signed.hash, signed.raw, 7, "0x01")
    assert tx.state.pending
    assert check_signed(tx.raw, replace(UNSIGNED, max_fee=1), max_fee_gwei=CAP) == signed


def test_libraries_do_not_raise_the_limit_of_nested_calls() -> None:
    """In a process of its own: they do it when they are first imported."""
    program = (
        "import sys; limit = sys.getrecursionlimit(); from ledger.chain import signing; "
        "signing._eth_account(); assert sys.getrecursionlimit() == limit; "
        "assert 'eth_account' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
