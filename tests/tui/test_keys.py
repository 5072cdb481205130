"""The action registry and what a config may do to it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from ledger.errors import ConfigError
from tests.tui.screens.test_manual import panes
from tui import key_names, keys

CONTRIBUTING = Path(__file__).parents[2] / ".github" / "CONTRIBUTING.md"


def test_ids_are_unique_and_the_default_keys_never_collide() -> None:
    assert len(keys.BY_ID) == len(keys.ACTIONS)
    assert keys.keymap({}) == {}


def test_a_key_has_one_meaning_but_for_those_listed() -> None:
    meanings: dict[str, list[str]] = defaultdict(list)
    for action in keys.ACTIONS:
        for key in keys.keys_of(action, {}):
            if action.label not in meanings[keys.display(key)]:
                meanings[keys.display(key)].append(action.label)
    text = CONTRIBUTING.read_text().partition("## Keys that mean several things")[2]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| .+ \|$", text.partition("\n## ")[0], re.MULTILINE)
    listed = dict(rows)
    assert listed == {key: ", ".join(meanings[key]) for key in listed}
    assert {key for key, labels in meanings.items() if len(labels) > 1} <= listed.keys()
    assert {*"ucfwy"} <= listed.keys()


def test_every_action_explains_itself() -> None:
    for action in keys.ACTIONS:
        assert action.help.endswith(".")
        assert action.label


def test_an_action_can_have_other_keys() -> None:
    remapped = {"sync": "f5,ctrl+s"}
    assert keys.keymap(remapped) == remapped
    assert keys.keys_of(keys.BY_ID["sync"], remapped) == ("f5", "ctrl+s")
    assert keys.shown_key(keys.BY_ID["sync"], remapped) == "f5"


def test_characters_may_be_written_as_they_are() -> None:
    with pytest.raises(ConfigError, match="both"):
        keys.keymap({"sync": "?"})


@pytest.mark.parametrize(
    ("remapped", "words"),
    [
        ({"snyc": "f5"}, "sync"),
        ({"sync": ""}, "not a key"),
        ({"sync": "f5,"}, "not a key"),
        ({"sync": "j"}, "sync"),
        ({"increase": "r"}, "increase"),
        ({"increase": "x"}, "cancel-release"),
        ({"sync": "ctrl+r"}, "redo-target"),
    ],
)
def test_nonsense_is_refused(remapped: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        keys.keymap(remapped)


def test_one_key_may_do_two_things_in_two_modes() -> None:
    assert keys.keymap({"chart": "x", "increase": "Z", "confirm": "Z"})


def test_two_actions_may_swap_keys() -> None:
    assert keys.keymap({"sync": "q", "quit": "r"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("crtl+x", "ctrl+x"),
        ("Ctrl+X", "ctrl+x"),
        ("ctrl-s", "ctrl+s"),
        ("shift+a", "A"),
        ("esc", "escape"),
        ("pgdn", "pagedown"),
        ("controll+pageup", "ctrl+pageup"),
        ("scroll", ""),
        ("ctrl+ctrl+x", ""),
        ("hyper+x", ""),
    ],
)
def test_a_key_that_no_terminal_sends_is_refused(written: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        keys.keymap({"sort": f"f6, {written}"})
    assert f"[keys] sort: {written!r} is not a key" in caught.value.what
    assert (f"Did you mean {meant}?" in caught.value.advice) == bool(meant)
    assert caught.value.setting == "keys.sort"


@pytest.mark.parametrize(
    "key", ["f5", "ctrl+y", "alt+up", "alt+x", "é", "shift+f3", "ctrl+shift+home", "~", "semicolon"]
)
def test_keys_that_terminals_send_are_taken(key: str) -> None:
    assert keys.keymap({"sort": key}) == {"sort": key}


def test_what_is_free_is_taken_and_nothing_else() -> None:
    for action in (keys.BY_ID["sort"], keys.BY_ID["increase"], keys.BY_ID["confirm"]):
        free = keys.free(action, {})
        assert free
        for key in key_names.candidates():
            try:
                keys.keymap({action.id: key})
            except ConfigError as error:
                assert key not in free, key
                assert error.setting == f"keys.{action.id}"
            else:
                assert key in free, key


def test_groups_that_share_a_page_share_their_keys() -> None:
    together = {frozenset(kind.GROUPS) for kind in panes() if len(kind.GROUPS) > 1}
    assert together == set(keys.TOGETHER)
    with pytest.raises(ConfigError, match="both detail and increase") as caught:
        keys.keymap({"increase": "d"})
    assert "Free for it: b f" in caught.value.advice


@pytest.mark.parametrize(
    ("key", "shown"),
    [("question_mark", "?"), ("ctrl+p", "^p"), ("escape", "esc"), ("plus", "+"), ("G", "G")],
)
def test_keys_are_shown_as_people_read_them(key: str, shown: str) -> None:
    assert keys.display(key) == shown
