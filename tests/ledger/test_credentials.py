"""API keys: kept in a keyring, shown to nobody, and every failure explained."""

import copy
import json
import pickle
import re
import traceback
from collections.abc import Iterator
from dataclasses import asdict

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from ledger import credentials
from ledger.config.settings import DEFAULT_API_URL as NUMERAI
from ledger.credentials import Credentials, Secret
from ledger.errors import CredentialsError, MissingCredentials, NoKeyring

WORD = "SECRETWORD4711"
KEY = Credentials("PUBLICID", Secret(WORD))


class MemoryKeyring(KeyringBackend):
    """Keeps entries as long as the test runs; fails when told to."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


class PlaintextKeyring(MemoryKeyring):
    """Named like the backend that writes readable text."""


class EncryptedKeyring(MemoryKeyring):
    """Named like the backend that asks for its password in the terminal."""


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in (
        credentials.PUBLIC_ID_VARIABLE,
        credentials.SECRET_KEY_VARIABLE,
        "PYTHON_KEYRING_BACKEND",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("xdg")))


def using(backend: KeyringBackend) -> Iterator[KeyringBackend]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    yield from using(MemoryKeyring())  # type: ignore[misc]


def test_a_key_is_kept_per_profile(memory: MemoryKeyring) -> None:
    credentials.save("one", KEY)
    credentials.save("two", Credentials("OTHER", Secret("word")))
    found = credentials.load("one", api_url=NUMERAI, allow_environment=False)
    assert (found.public_id, found.secret_key.reveal()) == ("PUBLICID", WORD)
    assert credentials.forget("one") is True
    assert credentials.forget("one") is False
    with pytest.raises(MissingCredentials, match="one"):
        credentials.load("one", api_url=NUMERAI, allow_environment=False)
    assert credentials.load("two", api_url=NUMERAI, allow_environment=False).public_id == "OTHER"
    assert set(memory.entries) == {("numstake-tui", "two")}


def test_a_key_goes_to_the_address_it_was_stored_for(memory: MemoryKeyring) -> None:
    """The entries of earlier versions, which know no address, are for Numerai's own."""
    memory.entries["numstake-tui", "one"] = f'{{"public_id": "PUBLICID", "secret_key": "{WORD}"}}'
    same = ("https://api-tournament.numer.ai", "https://API-tournament.numer.ai:443/graphql?x=1")
    for url in (NUMERAI, *same):
        assert credentials.load("one", api_url=url, allow_environment=False) == KEY
    others = (
        "https://numer.ai/",
        "https://api-tournament.numer.ai.example/",
        "https://api-tournament.numer.ai:8443/",
        "http://127.0.0.1:8642/",
        "http://127.0.0.1/",
    )
    for number, url in enumerate(others):
        with pytest.raises(MissingCredentials, match=re.escape(url[:-1])) as caught:
            credentials.load("one", api_url=url, allow_environment=False)
        assert "login" in caught.value.advice
        credentials.save("one", Credentials(f"ID{number}", Secret("word")), api_url=url)
    for number, url in enumerate(others):
        key = credentials.load("one", api_url=url, allow_environment=False)
        assert key.public_id == f"ID{number}"
        assert credentials.forget("one", api_url=url)
    assert credentials.load("one", api_url=NUMERAI, allow_environment=False) == KEY
    assert credentials.forget("one")
    assert not memory.entries


def test_a_secret_shows_itself_to_nobody() -> None:
    shown = [
        repr(KEY),
        str(KEY),
        f"{KEY.secret_key}",
        f"{KEY.secret_key:>40}",
    ]
    assert not any(WORD in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY.secret_key)
    with pytest.raises(TypeError):
        asdict(KEY)
    with pytest.raises(TypeError):
        json.dumps(KEY.secret_key)
    assert not hasattr(KEY.secret_key, "__dict__")


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_what_is_pasted_is_trimmed() -> None:
    key = Credentials.typed(" ID \n", "\tWORD\r\n")
    assert (key.public_id, key.secret_key.reveal()) == ("ID", "WORD")


@pytest.mark.parametrize(
    ("public_id", "secret"), [("", "x"), ("x", " "), ("x", "two words"), ("x\ny", "z"), ("é", "z")]
)
def test_what_can_be_no_key_is_refused(public_id: str, secret: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials.typed(public_id, secret)
    assert "two words" not in str(caught.value)


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(credentials.PUBLIC_ID_VARIABLE, "ENVID")
        monkeypatch.setenv(credentials.SECRET_KEY_VARIABLE, WORD)

    def test_serves_where_allowed_without_a_keyring(self) -> None:
        from keyring.backends.fail import Keyring

        for _ in using(Keyring()):
            found = credentials.load("default", api_url=NUMERAI, allow_environment=True)
            assert (found.public_id, found.secret_key.reveal()) == ("ENVID", WORD)

    def test_does_not_serve_by_itself(self, memory: MemoryKeyring) -> None:
        with pytest.raises(MissingCredentials, match="allow_environment"):
            credentials.load("default", api_url=NUMERAI, allow_environment=False)

    def test_half_a_key_is_named(
        self, memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(credentials.PUBLIC_ID_VARIABLE)
        with pytest.raises(MissingCredentials, match="NUMSTAKE_PUBLIC_ID is not set"):
            credentials.load("default", api_url=NUMERAI, allow_environment=True)


@pytest.mark.parametrize("module", ["fail", "null"])
def test_no_keyring_is_explained_with_ways_out(module: str) -> None:
    from importlib import import_module

    backend = import_module(f"keyring.backends.{module}").Keyring()
    for _ in using(backend):
        assert credentials.keyring_status().usable is False
        for call in (
            lambda: credentials.save("default", KEY),
            lambda: credentials.load("default", api_url=NUMERAI, allow_environment=False),
            lambda: credentials.forget("default"),
        ):
            with pytest.raises(NoKeyring) as caught:
                call()
            for way in ("dbus-run-session", "EncryptedKeyring", "cryptfile", "allow_environment"):
                assert way in caught.value.advice


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (KeyringLocked(f"no {WORD}"), "locked"),
        (ValueError(f"Incorrect Password {WORD}"), "wrong password"),
        (ConnectionResetError(f"bus gone {WORD}"), "ConnectionResetError"),
        (RuntimeError(WORD), "RuntimeError"),
    ],
)
def test_a_failing_keyring_is_explained_without_the_secret(
    memory: MemoryKeyring, failure: Exception, words: str
) -> None:
    memory.failure = failure
    with pytest.raises(CredentialsError, match=words) as caught:
        credentials.save("default", KEY)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = [line for line in shown.format() if "test_credentials.py" not in line]
    assert not any(WORD in line for line in told)


@pytest.mark.parametrize(
    "stored", ["", "{", "[]", '{"public_id": "x"}', '{"public_id": 1, "secret_key": 2}']
)
def test_a_foreign_entry_is_named_not_shown(memory: MemoryKeyring, stored: str) -> None:
    memory.entries["numstake-tui", "default"] = stored
    with pytest.raises(CredentialsError, match="not an API key") as caught:
        credentials.load("default", api_url=NUMERAI, allow_environment=False)
    assert caught.value.__context__ is None


def test_readable_text_is_stored_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for backend in using(PlaintextKeyring()):
        assert credentials.keyring_status().encrypted is False
        with pytest.raises(NoKeyring, match="readable text"):
            credentials.save("default", KEY)
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
        credentials.save("default", KEY)
        assert backend.get_password("numstake-tui", "default") is not None


def test_a_keyring_that_asks_is_not_let_into_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in using(EncryptedKeyring()):
        credentials.save("default", KEY)
        with pytest.raises(CredentialsError, match="terminal"):
            credentials.load("default", api_url=NUMERAI, allow_environment=False, may_prompt=False)
        assert credentials.load("default", api_url=NUMERAI, allow_environment=False) == KEY
    assert credentials.prompts_in_terminal() is False
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.EncryptedKeyring")
    assert credentials.prompts_in_terminal() is True


def test_a_backend_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Backend")
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    with pytest.raises(CredentialsError, match="not installed"):
        credentials.keyring_status()
