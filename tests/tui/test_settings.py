"""What follows of a config that says otherwise than the one in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.config.config import SETTINGS, Config, Takes, value_of
from tests.ledger.config.test_file import changed
from tui.settings import difference


def with_(config: Config, name: str, value: Any) -> Config:
    table, _, key = name.partition(".")
    return replace(config, **{table: replace(getattr(config, table), **{key: value})})


def test_each_setting_counts_when_its_definition_says() -> None:
    before = Config()
    for name, setting in SETTINGS.items():
        value = changed(setting)
        found = difference(before, with_(before, name, value))
        at_once = setting.takes is Takes.AT_ONCE or (
            setting.takes is Takes.LIMIT and setting.is_tighter(setting.default, value)
        )
        assert (found.now, found.later) == (((name,), ()) if at_once else ((), (name,)))
        assert value_of(found.config, name) == (value if at_once else setting.default)
        assert difference(before, with_(before, name, value), (name,)).config == before


GUARDED = {"credentials", "atomic"}


def test_what_keys_and_money_depend_on_is_asked_about() -> None:
    asking = {name for name, setting in SETTINGS.items() if setting.takes is Takes.GUARDED}
    limits = {name for name, setting in SETTINGS.items() if setting.takes is Takes.LIMIT}
    tables = {name for name in SETTINGS if name.partition(".")[0] in GUARDED}
    assert asking == tables | {"numerai.api_url", "notices.command"}
    assert limits == {name for name in SETTINGS if name.startswith("limits.")}
    assert {"app.theme", "app.charts", "display.decimals"} <= {
        name for name, setting in SETTINGS.items() if setting.takes is Takes.AT_ONCE
    }


@pytest.mark.parametrize(
    ("name", "loose", "tight"),
    [
        ("limits.per_change_nmr", "", "5"),
        ("limits.per_change_nmr", "10", "9.999999999999999999"),
        ("limits.per_day_nmr", "10", "0"),
        ("limits.confirm_by_typing_above", "100", "20"),
        ("limits.smallest_change_nmr", "", "1"),
        ("limits.smallest_change_nmr", "1", "2"),
        ("limits.tournaments", (), (8,)),
        ("limits.tournaments", (8, 11), (11,)),
        ("limits.models", ("a", "b"), ("b",)),
        ("limits.models", (), ("a", "b")),
    ],
)
def test_limits_count_at_once_as_far_as_they_get_tighter(name: str, loose: Any, tight: Any) -> None:
    wide, narrow = with_(Config(), name, loose), with_(Config(), name, tight)
    assert difference(wide, narrow).now == (name,)
    assert difference(narrow, wide).later == (name,)
    assert value_of(difference(narrow, wide).config, name) == tight


def test_other_models_are_no_tighter_limit() -> None:
    one, other = (with_(Config(), "limits.models", (name,)) for name in "ab")
    assert difference(one, other).later == ("limits.models",)


def test_keys_follow_at_once() -> None:
    before = replace(Config(), keys={"sync": "f5", "sort": "f6"})
    found = difference(before, replace(Config(), keys={"sync": "f5", "help": "f1"}))
    assert found.now == ("keys.sort", "keys.help")
    assert found.config.keys == {"sync": "f5", "help": "f1"}
