"""Settings: strict, documented, and shown in full by config.example.toml."""

import tomllib
from collections.abc import Iterator
from dataclasses import Field, FrozenInstanceError, asdict, fields
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ledger.config import config
from ledger.config.config import DEFAULT_API_URL, TABLES, Config, checked_api_url, example, load
from ledger.domain.model import Tournament
from ledger.errors import ConfigError

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def as_toml(value: object) -> object:
    """TOML knows lists only."""
    return list(value) if isinstance(value, tuple) else value


def settings() -> Iterator[tuple[str, "Field[Any]"]]:
    """Every setting with the name of its table."""
    for name, kind in TABLES.items():
        for entry in fields(kind):
            yield name, entry


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml") == Config()


def test_the_example_equals_the_defaults() -> None:
    assert load(EXAMPLE) == Config()


def test_the_example_is_what_the_settings_say() -> None:
    from tui import keys

    expected = example((action.id, action.key) for action in keys.ACTIONS)
    assert EXAMPLE.read_text() == expected, (
        "write config.example.toml anew: ledger.config.example() with the actions of tui.keys"
    )


def test_the_example_shows_the_default_of_every_setting() -> None:
    shown = tomllib.loads(EXAMPLE.read_text())
    assert {(name, entry.name): shown[name][entry.name] for name, entry in settings()} == {
        (name, entry.name): as_toml(entry.default) for name, entry in settings()
    }


BY_TOURNAMENT = ("strategy", "system")
"""Settings that are asked for by their tournament."""


def test_every_setting_is_used_by_the_program() -> None:
    rooms = (EXAMPLE.parent / "ledger", EXAMPLE.parent / "tui")
    files = [file for room in rooms for file in room.rglob("*.py") if file.name != "settings.py"]
    source = "".join(file.read_text() for file in files)
    told = {f"{one.name.lower()}_{what}": what for one in Tournament for what in BY_TOURNAMENT}
    used = {entry.name: f".{told.get(entry.name, entry.name)}" for _, entry in settings()}
    assert [name for name, use in used.items() if use not in source] == []


def test_the_example_holds_every_setting_and_nothing_more() -> None:
    shown = tomllib.loads(EXAMPLE.read_text())
    expected = {name: {entry.name for entry in fields(kind)} for name, kind in TABLES.items()}
    assert {name: set(table) for name, table in shown.items()} == {**expected, "keys": set()}


def test_the_example_explains_every_setting_in_its_own_words() -> None:
    text = EXAMPLE.read_text()
    for kind in TABLES.values():
        for entry in fields(kind):
            comment = "".join(f"# {line}\n" for line in entry.metadata["doc"].splitlines())
            assert f"{comment}{entry.name} = " in text


def test_the_example_lists_every_action_with_its_key() -> None:
    from tui import keys

    listed = [line[2:] for line in EXAMPLE.read_text().partition("[keys]\n")[2].splitlines()[1:]]
    assert listed == [f'{action.id} = "{action.key}"' for action in keys.ACTIONS]
    assert keys.keymap(tomllib.loads("\n".join(listed))) is not None


def test_what_is_written_is_what_counts(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[app]\nsync_every = 0\n[numerai]\nread_timeout = 7\n[keys]\nsync = "f5"\n',
    )
    found = load(path)
    assert found.app.sync_every == 0
    assert found.numerai.read_timeout == 7.0
    assert isinstance(found.numerai.read_timeout, float)
    assert dict(found.keys) == {"sync": "f5"}
    assert found.display == config.DisplaySettings()


@pytest.mark.parametrize(
    ("text", "named", "advised"),
    [
        ("[ap]\n", "[ap]", "app"),
        ("theme = 'x'\n", "theme", "app"),
        ("[limits]\nper_change_nmr = 5\n", "limits.per_change_nmr", "one change"),
        ("[limits]\nper_day_nmr = '-1'\n", "limits.per_day_nmr", "one day"),
        ("[limits]\nper_day_nmr = '1e-19'\n", "limits.per_day_nmr", "one day"),
        ("[limits]\nconfirm_by_typing_above = 'lots'\n", "confirm_by_typing_above", "typed"),
        ("[limits]\ntournaments = [9]\n", "limits.tournaments", "Signals"),
        ("[limits]\ntournaments = 11\n", "limits.tournaments", "Signals"),
        ("[limits]\nmodels = ['a', 5]\n", "limits.models", "by name"),
        ("[limits]\nmodel = ['a']\n", "limits.model", "models"),
        ("[app]\nthem = 'x'\n", "app.them", "theme"),
        ("[app]\nsync_every = true\n", "app.sync_every", "Minutes"),
        ("[app]\nsync_every = -1\n", "app.sync_every", "Minutes"),
        ("[app]\nsync_on_start = 1\n", "app.sync_on_start", "Numerai"),
        ("[app]\ntheme = 3\n", "app.theme", "Colours"),
        ("[numerai]\nread_timeout = nan\n", "numerai.read_timeout", "Seconds"),
        ("[numerai]\nmax_parallel = 5\n", "numerai.max_parallel", "Requests"),
        ("[numerai]\nmax_parallel = 2.0\n", "numerai.max_parallel", "Requests"),
        ("[display]\ndecimals = 9\n", "display.decimals", "Digits"),
        ("[records]\ntime_zone = 'Berlin'\n", "records.time_zone", "Europe/Berlin"),
        ("[records]\ntime_zone = ''\n", "records.time_zone", "Europe/Berlin"),
        ("[records]\ntime_zone = '../../etc/passwd'\n", "records.time_zone", "Europe/Berlin"),
        ("[records]\ntime_zone = 2\n", "records.time_zone", "Europe/Berlin"),
        ("[keys]\nsync = 5\n", "keys.sync", "f5"),
        ("app = 5\n", "app", "[app]"),
        ("[credentials]\nsecret_key = 'x'\n", "credentials.secret_key", "allow_environment"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str, advised: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(path) in caught.value.what
    assert named in caught.value.what
    assert advised in caught.value.advice


def test_a_near_miss_is_recognised_and_anything_else_is_not(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "[app]\nsync_evry = 5\n"))
    assert caught.value.advice.startswith("Did you mean sync_every?")
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "[wallpaper]\n"))
    assert "Did you mean" not in caught.value.advice
    assert all(name in caught.value.advice for name in (*TABLES, "keys"))


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        pytest.param(name, entry, id=f"{name}.{entry.name}")
        for name, entry in settings()
        if entry.metadata["low"] is not None
    ],
)
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(
    tmp_path: Path, name: str, entry: "Field[Any]"
) -> None:
    for side, step in (("low", -1), ("high", 1)):
        end = type(entry.default)(entry.metadata[side])
        found = load(written(tmp_path, tomli_w.dumps({name: {entry.name: end}})))
        assert getattr(getattr(found, name), entry.name) == end
        with pytest.raises(ConfigError, match="must be between"):
            load(written(tmp_path, tomli_w.dumps({name: {entry.name: end + step}})))


CHOSEN = {
    "api_url": [DEFAULT_API_URL],
    "rpc_url": ["", "http://127.0.0.1:8545", "https://rpc.example/"],
    "paint": ["auto", "full", "diff"],
    "charts": ["auto", "full", "plain"],
    "channel": ["by-hand", "unsigned", "signed"],
    "glyphs": ["auto", "unicode", "ascii"],
    "opens": ["home", "models", "notices"],
    "time_zone": ["UTC", "Europe/Berlin", "Pacific/Auckland"],
    **{f"{name}_strategy": ["", "0x" + "aB" * 20] for name in ("classic", "signals", "crypto")},
    **{
        f"{name}_system": ["auto", "continuous", "atomic"]
        for name in ("classic", "signals", "crypto")
    },
}
"""Texts that a setting takes where it does not take any."""


def _values(name: str, entry: "Field[Any]") -> st.SearchStrategy[Any]:
    """Whatever one setting allows."""
    low, high = entry.metadata["low"], entry.metadata["high"]
    if entry.name in CHOSEN:
        return st.sampled_from(CHOSEN[entry.name])
    if entry.name == "tournaments":
        return st.lists(st.sampled_from([8, 11, 12]), unique=True)
    if entry.name == "models":
        return st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=3)
    if entry.name == "command":
        return st.lists(st.text("abc", min_size=1, max_size=3), max_size=3)
    if name == "limits":
        return st.sampled_from(["", "0.5", "100"])
    kinds: dict[type, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(low, high),
        float: st.floats(low, high),
        str: st.text(max_size=20),
    }
    return kinds[type(entry.default)]


DOCUMENTS = st.lists(
    st.one_of(
        st.tuples(st.just(name), st.just(entry.name), _values(name, entry))
        for name, entry in settings()
    ),
    unique_by=lambda chosen: chosen[:2],
    max_size=12,
)
"""Any choice of settings, each with a value it allows: table, key and value."""


@given(DOCUMENTS)
def test_all_that_is_allowed_comes_through(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[str, str, Any]]
) -> None:
    document: dict[str, dict[str, Any]] = {}
    for table, key, value in chosen:
        document.setdefault(table, {})[key] = value
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    found = load(path)
    for name, kind in TABLES.items():
        shown = {key: as_toml(value) for key, value in asdict(getattr(found, name)).items()}
        defaults = {key: as_toml(value) for key, value in asdict(kind()).items()}
        assert shown == defaults | document.get(name, {})


def test_settings_do_not_change_while_the_program_runs(tmp_path: Path) -> None:
    found = load(written(tmp_path, '[keys]\nsync = "f5"\n'))
    with pytest.raises(FrozenInstanceError):
        found.app.theme = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.keys["sync"] = "f6"  # type: ignore[index]


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        load(written(tmp_path, "[app]\ntheme = \n"))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(path)


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://api-tournament.numer.ai/",
        "http://127.0.0.1:8642/",
        "http://localhost:1/",
        "http://[::1]:9/graphql",
    ],
)
def test_keys_may_go_to(url: str) -> None:
    assert checked_api_url(url, "--api-url") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api-tournament.numer.ai/",
        "http://127.0.0.1.example.com/",
        "http://user@127.0.0.1/",
        "https://name:word@numer.ai/",
        "ftp://127.0.0.1/",
        "127.0.0.1:8642",
        "https:///graphql",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "HTTP://numer.ai/",
        "https://numer\n.ai/",
        "https://numer.ai/ graphql",
        "",
    ],
)
def test_keys_may_not_go_to(url: str) -> None:
    with pytest.raises(ConfigError, match="--api-url"):
        checked_api_url(url, "--api-url")


@pytest.mark.parametrize(
    "url",
    [
        "https://name:HUSHWORD@numer.ai/",
        "https://HUSHWORD@numer.ai/",
        "https://:HUSHWORD@numer.ai/",
        "https://name:HUSHWORD@numer.ai:noport/",
        "http://127.0.0.1:HUSHWORD@numer.ai/",
    ],
)
def test_a_password_in_a_url_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="no place in this URL") as caught:
        checked_api_url(url, "--api-url")
    assert "HUSHWORD" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_endpoint_or_refused(url: str) -> None:
    try:
        accepted = checked_api_url(url, "--api-url")
    except ConfigError:
        return
    assert accepted.lower().startswith(("https://", "http://"))


def test_a_url_in_the_file_is_held_to_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, '[numerai]\napi_url = "http://numer.ai/"\n')
    with pytest.raises(ConfigError, match=r"numerai\.api_url.*unencrypted"):
        load(path)


def test_limits_are_exact_amounts_and_lists(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[limits]\nper_change_nmr = '2.000000000000000001'\ntournaments = [11, 12]\n"
        "models = ['alder']\n",
    )
    limits = load(path).limits
    assert limits.per_change_nmr == "2.000000000000000001"
    assert limits.tournaments == (11, 12)
    assert limits.models == ("alder",)
    assert limits.per_day_nmr == ""
