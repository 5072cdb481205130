"""What a line in words comes to, and what the catalogue lists first."""

from __future__ import annotations

import pytest

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.reports.account.findable import build_findable
from ledger.reports.queue.queue import QueueReport
from tui import keys
from tui.screens.palette.catalogue import Catalogue, Section, aged
from tui.screens.palette.entries import Entry, Kind, actions, files, found_in, themes
from tui.screens.palette.ways import AT_ONCE, WAYS
from tui.screens.palette.words import Moved, Reading, read_words, verb_entries

ASPEN = Model("m1", "aspen_mmc", Tournament.CLASSIC)
BIRCH = Model("m2", "birch_ridge", Tournament.CLASSIC)
TWINS = (Model("m3", "alder", Tournament.CLASSIC), Model("m4", "alder", Tournament.SIGNALS))
GONE = Model("m5", "cedar", Tournament.CLASSIC, archived=True)
ROUNDS = [
    (Tournament.SIGNALS, 1403, False),
    (Tournament.CLASSIC, 1403, True),
    (Tournament.CLASSIC, 1402, True),
]


def catalogue(*recent: str) -> Catalogue:
    findable = build_findable([ASPEN, BIRCH, *TWINS, GONE], ROUNDS, [], QueueReport((), {}))
    here = [action for action in keys.ACTIONS if action.group in {keys.QUEUE, keys.EVERYWHERE}]
    own = [
        *actions(here, {"confirm": "f9"}, demo=False),
        *verb_entries(),
        *files(),
        *themes(["nord", "numstake-dark"]),
    ]
    return Catalogue([Section(own), Section(found_in(findable))], recent)


def words(line: str) -> Reading:
    reading = read_words(line, catalogue())
    assert reading is not None
    return reading


def completions(reading: Reading) -> list[object]:
    return [entry.about for entry in reading.entries if entry.kind is Kind.COMPLETION]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("move 20 aspen_mmc birch_ridge", Moved("20", ASPEN, ("birch_ridge",))),
        (":move 20 aspen_mmc birch_ridge ", Moved("20", ASPEN, ("birch_ridge",))),
        ("MOVE 25% ASPEN_MMC birch_ridge", Moved("25%", ASPEN, ("birch_ridge",))),
        ("move all birch_ridge aspen_mmc", Moved("all", BIRCH, ("aspen_mmc",))),
        (
            'move 2 "alder (Signals)" "alder (Classic)" aspen_mmc=30%',
            Moved("2", TWINS[1], ("alder (Classic)", "aspen_mmc=30%")),
        ),
        ("cash 300", NMR(300)),
    ],
)
def test_words_say_what_is_meant(line: str, expected: object) -> None:
    reading = words(line)
    assert reading.entries[0].about == expected
    assert not reading.problem
    again = words(reading.entries[0].key)
    assert again.entries[0].about == expected


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("move 20 asp", ["move 20 aspen_mmc "]),
        ("move 20 apsen", ["move 20 aspen_mmc "]),
        ("move 20 aspen_mmc bir", ["move 20 aspen_mmc birch_ridge "]),
        (
            "move 20 alder",
            ['move 20 "alder (Classic)" ', 'move 20 "alder (Signals)" '],
        ),
        (
            'move 20 aspen_mmc birch_ridge=5 "alder s',
            [
                'move 20 aspen_mmc birch_ridge=5 "alder (Signals)" ',
                'move 20 aspen_mmc birch_ridge=5 "alder (Classic)" ',
            ],
        ),
    ],
)
def test_names_are_completed(line: str, offered: list[str]) -> None:
    assert completions(words(line)) == offered


def test_all_models_but_those_named_are_offered_to_move_to() -> None:
    reading = words("move 20 aspen_mmc birch_ridge ")
    assert isinstance(reading.entries[0].about, Moved)
    assert completions(reading) == [
        'move 20 aspen_mmc birch_ridge "alder (Classic)" ',
        'move 20 aspen_mmc birch_ridge "alder (Signals)" ',
    ]
    assert len(completions(words("move 20 "))) == 4


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("move ", "Type how much: 20, 25% or all."),
        ("move x", "“x” is no amount of NMR."),
        ("move 1,5 aspen_mmc", "“1,5” has a comma."),
        ("move 20", "Type a blank, then the model it comes from."),
        ("move 20 zzz", "There is no model “zzz”."),
        ("move 20 zzz birch_ridge", "There is no model “zzz”."),
        ("move 20 cedar", "There is no model “cedar”."),
        ("move 20 aspen_mmc zzz", "There is no model “zzz” to move to."),
        ("move 20 aspen_mmc zzz birch_ridge", "There is no model “zzz” to move to."),
        ("move 20 aspen_mmc aspen_mmc", "There is no model “aspen_mmc” to move to."),
        ("move 20 aspen_mmc birch_ridge birch_ridge", "There is no model “birch_ridge” to move"),
        ("cash ", "Type how much NMR, such as 300."),
        ("cash lots", "“lots” is no amount of NMR."),
        ("round 9999", "There is no round “9999”."),
        ("theme plaid", "There is no theme “plaid”."),
        ("export pdf", "There is no export “pdf”."),
        ("model zzz", "There is no model “zzz”."),
    ],
)
def test_what_was_expected_is_said(line: str, problem: str) -> None:
    reading = words(line)
    assert not reading.entries
    assert reading.problem.startswith(problem)


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("round 1403", "round:1403"),
        ("round 14", "round:1403"),
        ("round ", "round:1403"),
        ("export csv", "export:csv"),
        ("export un", "export:unlocks"),
        ("theme nord", "theme:nord"),
        ("theme nrod", "theme:nord"),
        ("model birhc", "model:m2"),
        ("model cedar", "model:m5"),
    ],
)
def test_one_thing_is_found_among_its_kind(line: str, first: str) -> None:
    assert words(line).entries[0].id == first


@pytest.mark.parametrize(
    "line", ["", "mov", "move", "round", "quit ", "set x", "change 1", "aspen "]
)
def test_what_is_no_sentence_is_searched_for(line: str) -> None:
    """Nothing is offered of what there is none of: no settings page, no changes."""
    assert read_words(line, catalogue()) is None


def test_words_that_are_a_name_find_it() -> None:
    reading = words("export csv")
    assert [entry.id for entry in reading.entries] == ["export:csv"]
    staking = [action for action in keys.ACTIONS if action.group == keys.STAKING]
    every = Catalogue([Section(actions(staking, {}, demo=False))])
    reading = read_words("move nmr", every) or pytest.fail()
    assert [entry.id for entry in reading.entries] == ["action:move"]
    assert not reading.problem


# The catalogue


def ids(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in entries]


def test_actions_of_all_pages_are_listed_with_their_keys_those_here_first() -> None:
    listed = [entry for entry in catalogue().entries if entry.kind is Kind.ACTION]
    groups = list(dict.fromkeys(entry.about.group for entry in listed))
    assert groups[:2] == [keys.EVERYWHERE, keys.QUEUE]
    assert {*groups} == {*WAYS, keys.EVERYWHERE}
    confirm = catalogue().get("action:confirm")
    assert confirm is not None
    assert confirm.pressed == "f9"
    assert catalogue().get("action:website") is None


def test_every_group_of_actions_has_a_way_to_it() -> None:
    """Or works everywhere; and what acts at once is an action."""
    everywhere = {keys.EVERYWHERE, keys.TABLE, keys.VIEW, keys.DEMO}
    assert {action.group for action in keys.ACTIONS} == {*WAYS} | everywhere
    assert {opener for way in WAYS.values() for opener in way.openers} <= keys.BY_ID.keys()
    assert keys.BY_ID.keys() >= AT_ONCE


def test_recent_ones_come_first_among_those_that_fit_as_well() -> None:
    plain, recent = catalogue(), catalogue("theme:nord", "round:1402", "gone:x")
    assert ids(recent.everything())[:2] == ["theme:nord", "round:1402"]
    assert len(recent.everything()) == len(plain.everything())
    assert ids(plain.matching("round 14"))[0] == "round:1403"
    assert ids(recent.matching("round 14"))[0] == "round:1402"
    assert ids(recent.matching("round 1403"))[0] == "round:1403"


def test_help_texts_count_less_than_names() -> None:
    found = ids(catalogue().matching("confirm"))
    assert found[0] == "action:confirm"
    assert found.index("action:mark-all") > found.index("action:confirm")


def test_the_newest_of_the_recent_ones_is_the_first() -> None:
    assert aged(["a", "b", "c"], "b", 2) == ["b", "a"]
