"""API keys in the backends a headless box can choose: real files, readable or encrypted."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as NoBackend
from keyrings.alt.file import PlaintextKeyring

from ledger import credentials
from ledger.config.settings import DEFAULT_API_URL as NUMERAI
from ledger.credentials import PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE, Credentials, Secret
from ledger.errors import CredentialsError, MissingCredentials, NoKeyring

SECRET = "HUSH-4711-HUSH-4711"
KEY = Credentials("PUBLIC", Secret(SECRET))
OTHER = Credentials("OTHER", Secret("other"))

Choose = Callable[[str], None]

ENCRYPTED = {
    "keyrings.alt.file.EncryptedKeyring": "Crypto",
    "keyrings.cryptfile.cryptfile.CryptFileKeyring": "keyrings.cryptfile",
}
"""Backends with the module that tells whether what they need is installed."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither the tester's keyring nor the tester's settings are seen; nothing is loaded yet."""
    for variable in (PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE, "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    return tmp_path


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Names a backend the way a user does, as if in a new process."""

    def named(backend: str) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
        monkeypatch.setattr("keyring.core._keyring_backend", None)

    return named


def load(profile: str = "default") -> Credentials:
    return credentials.load(profile, api_url=NUMERAI, allow_environment=False)


def files(home: Path) -> list[Path]:
    return [file for file in home.rglob("*") if file.is_file()]


def everything_about(error: BaseException) -> str:
    """All that a crash report could print of ``error``, but for this file's own lines."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [line for line in report.format() if Path(__file__).name not in line]
    return "\n".join([*frames, repr(error), repr(error.args), repr(vars(error))])


class TestReadableFile:
    NAME = "keyrings.alt.file.PlaintextKeyring"

    def test_is_not_used_unasked(self, home: Path) -> None:
        keyring.set_keyring(PlaintextKeyring())
        status = credentials.keyring_status()
        assert (status.usable, status.encrypted, status.chosen) == (True, False, False)
        with pytest.raises(NoKeyring, match="readable text") as caught:
            credentials.save("default", KEY)
        assert f"PYTHON_KEYRING_BACKEND={self.NAME}" in caught.value.advice
        assert SECRET not in everything_about(caught.value)
        assert files(home) == []

    def test_serves_who_names_it(self, home: Path, choose: Choose) -> None:
        choose(self.NAME)
        assert credentials.keyring_status().chosen
        credentials.save("default", KEY)
        credentials.save("second", OTHER)
        credentials.save("default", Credentials("NEWER", Secret("newer")))
        assert load() == Credentials("NEWER", Secret("newer"))
        assert [file.stat().st_mode & 0o077 for file in files(home)] == [0]
        assert (credentials.forget("default"), credentials.forget("default")) == (True, False)
        with pytest.raises(MissingCredentials):
            load()
        assert load("second") == OTHER

    def test_may_be_named_in_keyringrc(self, home: Path) -> None:
        folder = home / "python_keyring"
        folder.mkdir()
        (folder / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring={self.NAME}\n")
        assert credentials.keyring_status().chosen
        credentials.save("default", KEY)
        assert load() == KEY

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
    @given(
        profile=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True),
        secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    )
    def test_gives_back_any_key_of_any_profile(
        self, choose: Choose, profile: str, secret: str
    ) -> None:
        choose(self.NAME)
        credentials.save(profile, Credentials(secret, Secret(secret)))
        assert load(profile) == Credentials(secret, Secret(secret))


@pytest.mark.parametrize("name", ENCRYPTED)
class TestEncryptedFile:
    @pytest.fixture(autouse=True)
    def chosen(self, name: str, choose: Choose) -> None:
        needed = ENCRYPTED[name]
        pytest.importorskip(needed, reason=f"{name} needs {needed}, which is not installed")
        choose(name)

    @pytest.fixture
    def typing(self, name: str, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> "Typing":
        return Typing(name, choose, monkeypatch)

    def test_keeps_a_key_under_one_password(self, name: str, home: Path, typing: "Typing") -> None:
        typing("correct horse")
        status = credentials.keyring_status()
        assert (status.backend, status.encrypted, status.prompts) == (name, True, True)
        credentials.save("default", KEY)
        credentials.save("second", OTHER)
        asked = typing("correct horse")
        assert (load(), load("second")) == (KEY, OTHER)
        assert len(asked) == 1
        assert files(home)
        assert [file for file in files(home) if SECRET.encode() in file.read_bytes()] == []
        assert credentials.forget("default")
        with pytest.raises(MissingCredentials):
            load()

    def test_explains_a_wrong_password(self, typing: "Typing") -> None:
        typing("correct horse")
        credentials.save("default", KEY)
        typing("battery staple")
        with pytest.raises(CredentialsError, match="wrong password") as caught:
            load()
        assert caught.value.__context__ is None
        assert "battery staple" not in everything_about(caught.value)

    def test_explains_that_nobody_answered(
        self, typing: "Typing", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nobody(prompt: str = "", stream: object = None) -> str:
            raise EOFError

        monkeypatch.setattr("getpass.getpass", nobody)
        with pytest.raises(CredentialsError, match="asked for a password and got none") as caught:
            credentials.save("default", KEY)
        assert SECRET not in everything_about(caught.value)

    def test_is_not_asked_while_a_screen_is_shown(self, name: str, typing: "Typing") -> None:
        typing("correct horse")
        credentials.save("default", KEY)
        asked = typing("correct horse")
        with pytest.raises(CredentialsError, match="in the terminal") as caught:
            credentials.load("default", api_url=NUMERAI, allow_environment=False, may_prompt=False)
        assert asked == []
        assert name in caught.value.advice
        assert credentials.prompts_in_terminal()


class Typing:
    """Answers every password question of a new process; collects the questions."""

    def __init__(self, name: str, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
        self._name = name
        self._choose = choose
        self._monkeypatch = monkeypatch

    def __call__(self, password: str) -> list[str]:
        asked: list[str] = []

        def answer(prompt: str = "", stream: object = None) -> str:
            asked.append(prompt)
            return password

        self._monkeypatch.setattr("getpass.getpass", answer)
        self._choose(self._name)
        return asked


class TestSeveralBackends:
    @pytest.fixture
    def chained(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        def chain(*backends: object) -> None:
            monkeypatch.setattr(ChainerBackend, "backends", list(backends))
            keyring.set_keyring(ChainerBackend())

        return chain

    def test_only_the_best_is_asked(self, chained: Callable[..., None]) -> None:
        best, second = PlaintextKeyring(), NoBackend()
        chained(best, second)
        assert credentials.keyring_status().backend.endswith(".PlaintextKeyring")
        with pytest.raises(MissingCredentials):
            load()
        assert credentials.forget("default") is False

    def test_a_readable_file_behind_the_best_does_not_count(
        self, chained: Callable[..., None]
    ) -> None:
        class Vault(PlaintextKeyring):
            """Stands for a keyring that is worth its name."""

        chained(Vault(), PlaintextKeyring())
        assert credentials.keyring_status().encrypted
        credentials.save("default", KEY)
        assert load() == KEY


class TestCrashReports:
    """Textual prints the variables of every frame when the app crashes."""

    @pytest.mark.parametrize(
        "stored", [SECRET, f'{{"secret_key": "{SECRET}"}}', f'{{"public_id": 1, "x": "{SECRET}"}}']
    )
    def test_a_foreign_entry_is_not_shown(self, choose: Choose, stored: str) -> None:
        choose(TestReadableFile.NAME)
        keyring.set_password(credentials.SERVICE, "default", stored)
        with pytest.raises(CredentialsError, match="not an API key") as caught:
            load()
        assert SECRET not in everything_about(caught.value)

    @pytest.mark.parametrize("public_id", ["", "two words", "PUBLIC"])
    def test_a_key_that_can_be_none_is_not_shown(self, public_id: str) -> None:
        with pytest.raises(CredentialsError) as caught:
            Credentials.typed(public_id, f"{SECRET} {SECRET}")
        assert SECRET not in everything_about(caught.value)

    def test_a_key_in_use_is_not_shown(self) -> None:
        def sends(key: Credentials) -> None:
            secret = key.secret_key
            raise ConnectionError(key, secret)

        with pytest.raises(ConnectionError) as caught:
            sends(KEY)
        assert "PUBLIC" in everything_about(caught.value)
        assert SECRET not in everything_about(caught.value)


class TestNamedBackend:
    @pytest.mark.parametrize("name", ["no.such.Keyring", "keyring.backends.fail.Other", "nonsense"])
    def test_must_exist(self, choose: Choose, name: str) -> None:
        choose(name)
        with pytest.raises(CredentialsError, match="PYTHON_KEYRING_BACKEND") as caught:
            load()
        assert "not installed" in caught.value.what
        assert caught.value.__context__ is None

    def test_says_what_it_lacks(self, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "Crypto", None)
        monkeypatch.setitem(sys.modules, "Cryptodome", None)
        choose("keyrings.alt.file.EncryptedKeyring")
        with pytest.raises(CredentialsError, match="pycryptodome") as caught:
            load()
        assert caught.value.__context__ is None


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def without_keyring(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(PUBLIC_ID_VARIABLE, "FROM-ENVIRONMENT")
        monkeypatch.setenv(SECRET_KEY_VARIABLE, SECRET)

    def test_comes_before_the_keyring_where_allowed(self, choose: Choose) -> None:
        choose(TestReadableFile.NAME)
        credentials.save("default", OTHER)
        assert (
            credentials.load("default", api_url=NUMERAI, allow_environment=True).public_id
            == "FROM-ENVIRONMENT"
        )
        assert load() == OTHER

    @pytest.mark.parametrize("missing", [PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE])
    def test_an_empty_variable_is_a_missing_one(
        self, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        monkeypatch.setenv(missing, "")
        with pytest.raises(MissingCredentials, match=missing) as caught:
            credentials.load("default", api_url=NUMERAI, allow_environment=True)
        assert SECRET not in everything_about(caught.value)

    def test_two_empty_variables_leave_it_to_the_keyring(
        self, choose: Choose, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        choose(TestReadableFile.NAME)
        credentials.save("default", OTHER)
        monkeypatch.setenv(PUBLIC_ID_VARIABLE, "")
        monkeypatch.setenv(SECRET_KEY_VARIABLE, "")
        assert credentials.load("default", api_url=NUMERAI, allow_environment=True) == OTHER
