"""Changing single settings in a file that a user wrote: all else stays as it stands."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.config import file as config_file
from ledger.config.config import SETTINGS, template, value_of
from ledger.config.file import ConfigFile, Edit, edited
from ledger.errors import ConfigError
from tests.ledger.config.test_config import DOCUMENTS, as_toml
from tui import keys

ACTIONS = [(action.id, action.key) for action in keys.ACTIONS]


def toml(value: Any) -> str:
    import tomli_w

    return tomli_w.dumps({"x": value}).partition(" = ")[2].rstrip("\n").replace("\n", " ")


@dataclass(frozen=True)
class Written:
    """A config as somebody may have written it, and what it says."""

    text: str
    values: dict[str, Any]


def over_lines(value: list[Any], comment: str) -> str:
    rows = [f"  {toml(one)},  # {comment}.{at}" for at, one in enumerate(value)]
    return "\n".join(["[", *rows, f"  # {comment}.end", "]"])


def render(
    chosen: list[tuple[str, str, Any]], form: str, end: str, final: bool, mark: bool
) -> Written:
    """``chosen`` in one of the ``form``s that TOML has, a comment wherever one can stand."""
    numbers = count()
    tables: dict[str, list[tuple[str, Any]]] = {}
    for place, (table, key, value) in enumerate(chosen):
        tables.setdefault(f"{table}:{place}" if form == "dotted" else table, []).append(
            (key, value)
        )
    lines = ["# at the top", ""]
    for place, entries in tables.items():
        table = place.partition(":")[0]
        if form == "inline":
            inner = ", ".join(f"{key} = {toml(value)}" for key, value in entries)
            lines += [f"{table} = {{ {inner} }}  # comment {next(numbers)}"]
            continue
        if form in {"tables", "many lines", "indented"}:
            lines += ["", f"# about {table}", f"[{table}]  # head {next(numbers)}"]
        before = f"{table}." if form == "dotted" else "  " if form == "indented" else ""
        for key, value in entries:
            number = next(numbers)
            lists = form == "many lines" and isinstance(value, list) and value
            shown = over_lines(value, f"comment {number}") if lists else toml(value)
            lines += [f"# before {number}", f"{before}{key} = {shown}  # beside {number}"]
    text = end.join("\n".join(lines).split("\n")) + (end if final else "")
    values = {f"{table}.{key}": value for table, key, value in chosen}
    return Written(("\ufeff" if mark else "") + text, values)


WRITTEN = st.builds(
    render,
    DOCUMENTS,
    st.sampled_from(["tables", "dotted", "inline", "many lines", "indented"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)


def says(text: str) -> dict[str, Any]:
    document = tomllib.loads(text.removeprefix("\ufeff"))
    return {
        f"{table}.{key}": one for table, there in document.items() for key, one in there.items()
    }


def comments(text: str) -> list[str]:
    return re.findall(r"# (?:at the top|about|head|before|beside|comment)[^\r\n]*", text)


def order(values: dict[str, Any], among: set[str]) -> list[str]:
    return [name for name in values if name in among]


@given(WRITTEN, DOCUMENTS, st.sets(st.sampled_from(sorted(SETTINGS)), max_size=3))
def test_every_setting_can_be_changed_and_all_else_stays(
    before: Written, wanted: list[tuple[str, str, Any]], back: set[str]
) -> None:
    edits: dict[str, Any] = {f"{table}.{key}": value for table, key, value in wanted}
    edits |= dict.fromkeys(back)
    text = edited(before.text, edits)
    now = says(text)
    defaults = {name: as_toml(one.default) for name, one in SETTINGS.items()}
    expected = defaults | before.values | {k: as_toml(v) for k, v in edits.items()}
    expected = {k: defaults[k] if v is None else v for k, v in expected.items()}
    assert defaults | now == expected
    untouched = set(before.values) - set(edits)
    assert order(now, untouched) == order(says(before.text), untouched)
    of_lists = re.compile(r"\.(\d+|end)$")  # those beside items of a list that was edited may go
    stay = [one for one in comments(before.text) if not of_lists.search(one)]
    assert [one for one in comments(text) if not of_lists.search(one)] == stay
    assert text.startswith("\ufeff") == before.text.startswith("\ufeff")
    assert ("\r\n" in before.text) == ("\r\n" in text)
    assert "\r\n" not in text or text.count("\n") == text.count("\r\n")
    for name in untouched:
        key = name.partition(".")[2]
        lines = [line for line in before.text.splitlines() if f"{key} = " in line]
        if "{" not in "".join(lines):  # a table in one line is one line
            assert all(line in text.splitlines() for line in lines)


def test_items_of_a_list_keep_what_is_said_beside_them() -> None:
    text = "[limits]\ntournaments = [\n  8,  # Classic\n  11,  # Signals\n  # no more\n]\n"
    assert edited(text, {"limits.tournaments": (8, 12)}) == (
        "[limits]\ntournaments = [\n  8,  # Classic\n  # no more\n  12\n]\n"
    )


def test_a_setting_goes_below_its_own_words_in_the_template() -> None:
    text = template(ACTIONS)
    assert says(text) == {}
    every = {name: setting.default for name, setting in SETTINGS.items()}
    lines = edited(text, every).splitlines()
    for setting in SETTINGS.values():
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{setting.key} = "))
        assert lines[at - 1].startswith(f"# {setting.key} = ")
    put_in = {setting.key for setting in SETTINGS.values()}
    assert [line for line in lines if line.partition(" = ")[0] not in put_in] == text.splitlines()
    lines = edited(text, {"keys.sort": "f5"}).splitlines()
    at = lines.index('sort = "f5"')
    assert lines[at - 1] == '# sort = "s"'
    assert lines[:at] + lines[at + 1 :] == text.splitlines()


def test_what_a_setting_is_for_is_told_without_the_marks_of_the_file() -> None:
    for setting in SETTINGS.values():
        assert "\n" not in setting.prose
        assert "`" not in setting.prose
        assert "e+" not in setting.range
    assert SETTINGS["app.theme"].prose == "Colours of the screen; f2 in the app shows the choices."


def changed(setting: Any) -> Any:
    """A value that the setting allows and that is not its default."""
    if setting.choices:
        return setting.choices[-1]
    if isinstance(setting.default, bool):
        return not setting.default
    if setting.range:
        low = setting.metadata["low"]
        return low if low != setting.default else setting.metadata["high"]
    other = {
        "app.theme": "nord",
        "numerai.api_url": "http://127.0.0.1:1/",
        "atomic.rpc_url": "http://127.0.0.1:2/",
        "limits.tournaments": (8,),
        "limits.models": ("alder",),
        "notices.command": ("notify", "--json"),
        "records.time_zone": "Europe/Berlin",
        "atomic.keystore": "~/keystore.json",
    }
    return other.get(setting.name, "0x" + "a" * 40 if setting.table == "atomic" else "12.5")


def test_every_setting_is_written_read_and_taken_back(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "config.toml")
    for name, setting in SETTINGS.items():
        value = changed(setting)
        reading = file.save({name: Edit(value, None)})
        assert value_of(reading.config, name) == value != setting.default
        assert set(reading.lines) == {name}
        reading = file.save({name: Edit(None, as_toml(value))})
        assert value_of(reading.config, name) == setting.default
        assert not reading.values


def test_the_file_is_for_the_user_alone_and_follows_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "numstake.toml"
    real.parent.mkdir(mode=0o700)
    real.write_text("# mine\n")
    real.chmod(0o644)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    ConfigFile(link).save({"app.theme": Edit("nord", None)})
    assert link.is_symlink()
    assert real.read_text() == '# mine\n\n[app]\ntheme = "nord"\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert sorted(one.name for one in real.parent.iterdir()) == ["numstake.toml"]


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    ConfigFile(path).save({"app.theme": Edit("nord")})
    assert path.read_text() == '[app]\ntheme = "nord"\n'
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_somebody_changed_meanwhile_is_kept_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[app]\ntheme = "nord"\n')
    file = ConfigFile(path)
    seen = file.read().values
    path.write_text('[app]\ntheme = "dracula"\n[display]\ndecimals = 2\n')
    with pytest.raises(ConfigError, match=r"app\.theme was changed in .* meanwhile"):
        file.save({"app.theme": Edit("monokai", seen["app.theme"]), "app.charts": Edit("full")})
    assert "charts" not in path.read_text()
    reading = file.save({"app.charts": Edit("full", seen.get("app.charts"))})
    assert reading.config.app.theme == "dracula"
    assert (reading.config.display.decimals, reading.config.app.charts) == (2, "full")


def test_a_file_that_changes_while_it_is_edited_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[display]\ndecimals = 1\n")
    real, turns = config_file.edited, count()

    def meanwhile(text: str, edits: Any) -> str:
        if next(turns) == 0:
            path.write_text("[display]\ndecimals = 2\n")
        return real(text, edits)

    monkeypatch.setattr(config_file, "edited", meanwhile)
    reading = ConfigFile(path).save({"app.theme": Edit("nord", None)})
    assert (reading.config.display.decimals, reading.config.app.theme) == (2, "nord")


@pytest.mark.skipif(os.name != "posix", reason="files have no such rights there")
def test_what_others_could_have_written_is_not_made_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = '[notices]\ncommand = ["theirs"]\n'
    path.write_text(text)
    path.chmod(0o666)
    with pytest.raises(ConfigError, match="would count as yours"):
        ConfigFile(path).save({"app.theme": Edit("nord", None)})
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("text", "edits", "words"),
    [
        ("[app]\nthem = 1\n", {"app.theme": "nord"}, r"config\.toml, line 2: app\.them is not"),
        ("", {"display.decimals": 99}, "between 0 and 8"),
        ("", {"keys.sort": "crtl+x"}, "is not a key"),
        ("\xff", {"app.theme": "nord"}, "UTF-8|can't be read"),
    ],
)
def test_nothing_is_written_that_could_not_be_read(
    tmp_path: Path, text: str, edits: dict[str, Any], words: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("latin-1"))
    file = ConfigFile(path, lambda config: keys.keymap(config.keys) and None)
    with pytest.raises(ConfigError, match=words):
        file.save({name: Edit(value) for name, value in edits.items()})
    assert path.read_bytes() == text.encode("latin-1")


def test_a_mistake_is_found_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for text, line in (
        ("# a\n[app]\n\nsync_every = -1\n", 4),
        ("\napp.sync_every = -1\n", 2),
        ("\n\napp = { sync_every = -1 }\n", 3),
        ('[display]\nsync_every = 1\n[app]\n"sync_every" = -1\n', 2),
        ('[numerai]\nread_timeout = 5\n[ "app" ]\n"sync_every" = -1\n', 4),
        ("[app]\nsync_every = 5\n[wallpaper]\n", 3),
        ("[keys]\nsort = 5\n", 2),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=rf"config\.toml, line {line}: "):
            ConfigFile(path).read()
