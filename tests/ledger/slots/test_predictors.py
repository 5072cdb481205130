"""Who sits where: carried over, put on record, taken back, and through files and back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.clock import from_iso
from ledger.domain.model import Model, Tournament
from ledger.domain.slots.predictor import Assignment, AssignmentPlace, AssignmentSource, Predictor
from ledger.errors import (
    AssignmentError,
    ConfigError,
    FileError,
    LedgerError,
    ReadOnly,
    RoundClosed,
)
from ledger.rules.slots.assignments import filled, next_round
from ledger.sandbox import Sandbox
from ledger.slots.csv_files import Columns, Form, Slots, read_csv, write_csv
from ledger.slots.json_files import position, read_json, write_json
from ledger.slots.predictors import PredictorBook
from tests.conftest import BookMaker

CLASSIC = Tournament.CLASSIC
TYPED, CARRIED = AssignmentSource.TYPED, AssignmentSource.CARRIED
AT = from_iso("2026-11-20T10:00:00Z")


@pytest.fixture
def log(book: Book) -> PredictorBook:
    for name in ("ant", "bee", "cat"):
        book.slots.predictors.add(name)
    return book.slots.predictors


@pytest.fixture
def slots(book: Book) -> list[Model]:
    models = book.portfolio().lines
    ids = [line.model_id for line in models if line.tournament is CLASSIC]
    return [book._tournaments.model(model_id) for model_id in ids]


def ids(log: PredictorBook) -> dict[str, int]:
    return {one.name: one.id for one in log.all()}


def row(log: PredictorBook, number: int) -> dict[str, tuple[str | None, str]]:
    """Slot id to predictor and source."""
    names = {one.id: one.name for one in log.all()}
    return {
        slot_id: (None if one.predictor_id is None else names[one.predictor_id], one.source.value)
        for slot_id, one in log.assignments(CLASSIC, [number])[number].items()
    }


def test_the_next_round_is_the_one_a_submission_goes_into(
    book: Book, sandbox: Sandbox, log: PredictorBook
) -> None:
    rounds = book._store.rounds(CLASSIC)
    newest = rounds[0]
    assert newest.closes_staking is not None
    opened = newest.opens
    assert next_round(CLASSIC, rounds, opened) == newest.number, "open now"
    assert next_round(CLASSIC, rounds, newest.closes_staking) == newest.number + 1
    assert next_round(CLASSIC, rounds[1:], newest.closes_staking) == newest.number + 1, (
        "by calendar"
    )
    assert next_round(CLASSIC, (), opened) == newest.number
    assert log.next_number(CLASSIC) == newest.number + 1, "the morning before it opens"


def test_a_slot_keeps_its_predictor_until_something_is_said(
    log: PredictorBook, slots: list[Model]
) -> None:
    number, who = log.next_number(CLASSIC), ids(log)
    log.assign(CLASSIC, number, {slots[0].id: who["ant"], slots[1].id: None})
    log.assign(CLASSIC, number + 2, {slots[0].id: who["bee"]})
    assert row(log, number - 1) == {}
    assert row(log, number)[slots[0].id] == ("ant", "typed")
    assert row(log, number + 1) == {
        slots[0].id: ("ant", "carried"),
        slots[1].id: (None, "carried"),
    }
    assert row(log, number + 2)[slots[0].id] == ("bee", "typed")
    assert row(log, number + 9)[slots[0].id] == ("bee", "carried")
    log.carry_over(CLASSIC, number + 2, [slots[0].id])
    assert row(log, number + 9)[slots[0].id] == ("ant", "carried")


def test_next_names_every_slot_with_its_uuid(log: PredictorBook, slots: list[Model]) -> None:
    number, who = log.next_number(CLASSIC), ids(log)
    log.assign(CLASSIC, number - 3, {slots[0].id: who["ant"], slots[1].id: None})
    log.assign(CLASSIC, number, {slots[2].id: who["bee"]})
    found = log.next(CLASSIC)
    assert (found.round, found.closes > log._clock.now()) == (number, True)
    assert [(one.slot, one.model_id) for one in found.slots] == [(m.name, m.id) for m in slots]
    said = [(one.predictor, one.source and one.source.value) for one in found.slots[:4]]
    assert said == [("ant", "carried"), (None, "carried"), ("bee", "typed"), (None, None)]


def test_a_closed_round_asks_and_keeps_the_old_value(
    log: PredictorBook, slots: list[Model]
) -> None:
    closed, who, slot = log.next_number(CLASSIC) - 1, ids(log), slots[0].id
    log.assign(CLASSIC, closed, {slot: who["ant"]})  # nothing was on record: nothing to ask
    for change in (
        lambda: log.assign(CLASSIC, closed, {slot: who["bee"]}),
        lambda: log.carry_over(CLASSIC, closed, [slot]),
        lambda: log.swap(CLASSIC, closed, slot, slots[1].id),
        lambda: log.undo(CLASSIC),
    ):
        with pytest.raises(
            RoundClosed, match=f"round {closed}.*{slots[0].name} held “ant”"
        ) as asked:
            change()
        assert asked.value.rounds == (closed,)
    assert row(log, closed)[slot] == ("ant", "typed")
    log.assign(CLASSIC, closed, {slot: who["bee"]}, closed=True)
    steps = log.history(CLASSIC, AssignmentPlace(closed, slot))
    before = steps[-1].edits[0].before
    assert before is not None
    assert before.predictor_id == who["ant"]
    log.undo(CLASSIC, closed=True)
    assert row(log, closed)[slot] == ("ant", "typed")


def test_an_earlier_round_does_not_slip_into_closed_ones_unasked(
    log: PredictorBook, slots: list[Model]
) -> None:
    ahead, who, slot = log.next_number(CLASSIC), ids(log), slots[0].id
    log.assign(CLASSIC, ahead - 9, {slot: who["ant"]})
    with pytest.raises(RoundClosed, match="4 rounds"):  # what was carried over is on record too
        log.assign(CLASSIC, ahead - 4, {slot: who["bee"]})
    log.assign(CLASSIC, ahead - 12, {slot: who["cat"]})  # before anything was known
    log.assign(CLASSIC, ahead, {slot: who["bee"]})
    assert row(log, ahead - 1)[slot] == ("ant", "carried")


def test_swap_copy_and_undo(log: PredictorBook, slots: list[Model]) -> None:
    number, who = log.next_number(CLASSIC), ids(log)
    a, b, c = (slot.id for slot in slots[:3])
    log.assign(CLASSIC, number - 1, {a: who["ant"], b: who["bee"]})
    log.swap(CLASSIC, number, a, b)
    assert row(log, number) == {a: ("bee", "typed"), b: ("ant", "typed")}
    log.swap(CLASSIC, number, b, c)
    assert row(log, number)[b] == (None, "typed")
    log.copy_row(CLASSIC, number, number + 1)
    assert {slot: who for slot, (who, _) in row(log, number + 1).items()} == {
        slot: who for slot, (who, _) in row(log, number).items()
    }
    for _ in range(3):
        log.undo(CLASSIC)
    assert row(log, number) == {a: ("ant", "carried"), b: ("bee", "carried")}


def test_one_predictor_may_fill_several_slots(log: PredictorBook, slots: list[Model]) -> None:
    number, ant = log.next_number(CLASSIC), ids(log)["ant"]
    log.assign(CLASSIC, number, {slot.id: ant for slot in slots[:3]})
    assert [one.predictor for one in log.next(CLASSIC).slots[:3]] == ["ant"] * 3


def test_predictors_are_found_renamed_and_retired(log: PredictorBook) -> None:
    assert log.find("ANT").name == "ant"
    log.add("Ant")
    assert log.find("ant").name == "ant"
    with pytest.raises(AssignmentError, match="“ANT”"):
        log.find("ANT")
    log.rename("bee", "wasp")
    log.retire("wasp")
    log.describe("cat", notes="v5, 60d", colour="#aabbcc")
    assert log.find("cat") == Predictor(ids(log)["cat"], "cat", "v5, 60d", "#aabbcc")
    with pytest.raises(AssignmentError) as caught:
        log.find("dog")
    assert "wasp" not in caught.value.advice, "a retired one is not offered"
    for wrong in (lambda: log.add("-"), lambda: log.add(" "), lambda: log.add("x", colour="red")):
        with pytest.raises(AssignmentError):
            wrong()
    with pytest.raises(AssignmentError, match="already"):
        log.rename("cat", "ant")


def test_read_only_writes_nothing(make_book: BookMaker, tmp_path: Path) -> None:
    log = make_book(read_only=True).slots.predictors
    file = tmp_path / "log.csv"
    file.write_text("round,slot,predictor\n")
    for write in (
        lambda: log.add("x"),
        lambda: log.assign(CLASSIC, 2000, {}),
        lambda: log.undo(CLASSIC),
        lambda: log.import_file(CLASSIC, file),
    ):
        with pytest.raises(ReadOnly):
            write()


def test_rounds_far_ahead_are_slips_of_the_hand(log: PredictorBook, slots: list[Model]) -> None:
    with pytest.raises(AssignmentError, match="can't be assigned"):
        log.assign(CLASSIC, log.next_number(CLASSIC) * 10, {slots[0].id: None})


@pytest.fixture
def wiped(make_book: BookMaker, synced_ledger: Path, tmp_path: Path) -> PredictorBook:
    """The same account with an empty log."""
    path = tmp_path / "wiped.sqlite3"
    path.write_bytes(synced_ledger.read_bytes())
    return make_book(path=path).slots.predictors


@pytest.mark.parametrize("form", list(Form))
def test_export_wipe_import_gives_the_same_log(
    log: PredictorBook, wiped: PredictorBook, slots: list[Model], tmp_path: Path, form: Form
) -> None:
    number, who = log.next_number(CLASSIC), ids(log)
    log.describe("ant", notes='says "hi", é', colour="#010203")
    log.add("retired, once")
    log.retire("retired, once")
    for at in range(number - 40, number):
        names = ["ant", "bee", "cat"][at % 3 :]
        log.assign(
            CLASSIC, at, {slots[at % 4].id: who[names[0]], slots[4].id: None}, closed=True,
            source=AssignmentSource.GENERATED if at % 2 else TYPED,
        )  # fmt: skip
    file = tmp_path / f"log.{'json' if form is Form.JSON else 'csv'}"
    log.export_file(CLASSIC, file, form)
    assert wiped.all() == ()
    done = wiped.import_file(CLASSIC, file)
    assert done.said == len(log.log(CLASSIC).said)
    assert wiped.export(CLASSIC, form).encode() == file.read_bytes()
    rounds = range(number - 41, number + 1)
    assert [{slot: who for slot, (who, _) in row(wiped, at).items()} for at in rounds] == [
        {slot: who for slot, (who, _) in row(log, at).items()} for at in rounds
    ]
    if form is Form.JSON:
        assert wiped.export(CLASSIC, form) == log.export(CLASSIC, form)
        assert [row(wiped, at) for at in rounds] == [row(log, at) for at in rounds]
    assert wiped.import_file(CLASSIC, file).step is None, "twice is once"


MODELS = [
    Model("00000000-0000-4000-8000-00000000000a", "alder", CLASSIC),
    Model("00000000-0000-4000-8000-00000000000b", "ba,salt", CLASSIC),
    Model("00000000-0000-4000-8000-00000000000c", "twin", CLASSIC),
    Model("00000000-0000-4000-8000-00000000000d", "twin", CLASSIC),
    Model("00000000-0000-4000-8000-00000000000e", "alder", Tournament.SIGNALS),
]
SLOTS = Slots(MODELS, CLASSIC)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda text: text == text.strip() and text.isprintable() and text != "-" and len(text) < 65
)


@settings(deadline=None)
@given(
    st.lists(names, unique=True, min_size=1, max_size=4),
    st.dictionaries(st.tuples(st.integers(1, 30), st.sampled_from(MODELS[:4])), st.integers(-1, 3)),
)
def test_any_log_survives_any_form(people: list[str], said: dict[tuple[int, Model], int]) -> None:
    predictors = [Predictor(at, name) for at, name in enumerate(people, 1)]
    log = [
        Assignment(CLASSIC, number, slot.id, None if who < 0 else who % len(people) + 1, TYPED, AT)
        for (number, slot), who in said.items()
    ]
    wanted = {
        (one.round, one.slot_id, one.predictor_id and people[one.predictor_id - 1]) for one in log
    }
    for form in Form:
        if form is Form.JSON:
            text = write_json(log, predictors, SLOTS)
            found = read_json(Path("x.json"), text, SLOTS, latest=30)
        else:
            text = write_csv(form, log, predictors, SLOTS)
            found = read_csv(Path("x.csv"), io.StringIO(text, newline=""), SLOTS, latest=30)
        assert {(each.round, each.slot_id, each.predictor) for each in found.rows} == wanted


HEADER = "round,slot,predictor\n"


@pytest.mark.parametrize(
    ("text", "where", "advice"),
    [
        ("", "line 1, column 1: is missing", "round,slot"),
        ("model,predictor\n", "line 1, column 1 (model): no column is called round", "SLOT"),
        (HEADER + "x,alder,a\n", "line 2, column 1 (round): “x” is no round", "1402"),
        (HEADER + "99,alder,a\n", "line 2, column 1 (round): round 99 lies too far", "30"),
        (HEADER + "\n3,aldr,a\n", "line 3, column 2 (slot): “aldr” is no slot", "alder?"),
        (HEADER + "3,twin,a\n", "line 2, column 2 (slot): “twin” is no slot", "ba,salt"),
        (HEADER + '3,alder,"a\nb"\n4,alder\n', "line 2, column 3 (predictor)", "printable"),
        (HEADER + "3,alder\n", "line 2, column 3 (predictor): there are 2 cells", "each column"),
        (HEADER + "3,alder,a\n3,alder,b\n", "line 3, column 3 (predictor): slot alder", "out"),
        (HEADER + '3,"alder,a\n', "line 2: this is not CSV", "quotation"),
        ("round,alder,oak\n", "line 1, column 3 (oak): “oak” is no slot", "There are"),
        ("round,alder,alder\n", "line 1, column 3 (alder): the slot has a column", "out"),
        ("round,alder\n3,a\n3,b\n", "line 3, column 2 (alder): slot alder in round 3", "out"),
        ("round,alder\n0,a\n", "line 2, column 1 (round): “0” is no round", "1402"),
    ],
)
def test_what_can_not_be_understood_in_csv_is_named(text: str, where: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_csv(Path("log.csv"), io.StringIO(text, newline=""), SLOTS, latest=30)
    assert f"log.csv, {where}" in caught.value.what
    assert advice in caught.value.advice


OTHERS = "era,who,model,score\n"


def test_a_file_of_another_program_with_other_columns() -> None:
    columns = Columns(round="era", slot="model", predictor="who")
    text = OTHERS + "3,lgbm,alder,0.01\n4,-,alder,\n"
    contents = read_csv(Path("log.csv"), io.StringIO(text), SLOTS, latest=30, columns=columns)
    alder = SLOTS.find("alder")
    assert [(row.round, row.slot_id, row.predictor) for row in contents.rows] == [
        (3, alder, "lgbm"),
        (4, alder, None),
    ]


@pytest.mark.parametrize(
    ("header", "where"),
    [
        (OTHERS, "log.csv, line 1, column 1 (era): no columns are called “slot”"),
        ("era,slot,who,slot\n", "log.csv, line 1, column 4 (slot): 2 columns are called “slot”"),
    ],
)
def test_columns_that_are_not_there_once_are_named(header: str, where: str) -> None:
    columns = Columns(round="era", predictor="who")
    with pytest.raises(ConfigError) as caught:
        read_csv(Path("log.csv"), io.StringIO(header), SLOTS, latest=30, columns=columns)
    assert where in caught.value.what


def document(**entries: object) -> str:
    body = {"version": 1, "tournament": 8, **entries}
    return json.dumps(body, indent=1)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{\n 1", "line 2, column 2: this is not JSON"),
        ("[]", "line 1, column 1: the file must be an object"),
        (document(tournament=11), "line 3, column 16: tournament is not 8"),
        (document(version=2), "line 2, column 13: version must be 1"),
        (document(rows=[]), "line 4, column 10: rows is not a key"),
        (document(assignments={}), "line 4, column 17: assignments must be a list"),
        (document(assignments=[{"round": 3, "slot": "oak"}]), "line 7, column 12: slot can't"),
        (document(assignments=[{"round": "3"}]), "line 6, column 13: round can't"),
        (document(assignments=[{"slot": "alder"}]), "line 5, column 3: round can't"),
        (
            document(assignments=[{"round": 3, "slot": "alder", "source": "carried"}]),
            "line 8, column 14: source can't be 'carried'",
        ),
        (
            document(assignments=[{"round": 3, "slot": "alder", "at": "noon"}]),
            "line 8, column 10: at is no time",
        ),
        (
            document(assignments=[{"round": 3, "slot": "alder"}] * 2),
            "line 11, column 12: slot stands there twice",
        ),
        (document(predictors=[{"name": 3}]), "line 6, column 12: name must be a name"),
        (document(predictors=[{"name": "a", "colour": "red"}]), "line 7, column 14: colour is no"),
    ],
)
def test_what_can_not_be_understood_in_json_is_named(text: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_json(Path("log.json"), text, SLOTS, latest=30)
    assert f"log.json, {where}" in caught.value.what


def test_positions_in_json_are_told_through_any_text() -> None:
    text = '{"a": ["x,]}\\"", {"b": [1,\n 2]}], "c": null}'
    assert position(text, ("a", 1, "b", 1)) == (2, 2)
    assert position(text, ("a", 0)) == (1, 8)
    assert position(text, ("c",)) == (2, 13)


def test_nothing_is_imported_by_halves(log: PredictorBook, tmp_path: Path) -> None:
    slot = log.next(CLASSIC).slots[0].slot
    number = log.next_number(CLASSIC)

    def fails(text: str, error: type[LedgerError]) -> None:
        file = tmp_path / "log.csv"
        file.write_text(text)
        before = log.export(CLASSIC, Form.JSON)
        with pytest.raises(error):
            log.import_file(CLASSIC, file)
        assert log.export(CLASSIC, Form.JSON) == before

    fails(f"{HEADER}{number},{slot},new\n{number},oak,other\n", ConfigError)
    log.assign(CLASSIC, number - 1, {log.slot(CLASSIC, slot): ids(log)["ant"]})
    fails(f"{HEADER}{number},{slot},new\n{number - 1},{slot},bee\n", RoundClosed)
    file = tmp_path / "log.csv"
    done = log.import_file(CLASSIC, file, closed=True)
    assert (done.said, done.new) == (2, ("new",))
    log.undo(CLASSIC, closed=True)
    assert row(log, number)[log.slot(CLASSIC, slot)] == ("ant", "carried")


def test_a_file_that_can_not_be_read_or_written_is_no_crash(
    log: PredictorBook, tmp_path: Path
) -> None:
    file = tmp_path / "log.csv"
    with pytest.raises(ConfigError, match="can't be"):
        log.import_file(CLASSIC, file)
    with pytest.raises(FileError, match="can't be"):
        log.export_file(CLASSIC, tmp_path / "no" / "log.csv")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        log.import_file(CLASSIC, file)


@given(
    st.dictionaries(
        st.tuples(st.integers(1, 20), st.sampled_from("abc")), st.integers(0, 3) | st.none()
    )
)
def test_carrying_over_is_the_last_thing_said(said: dict[tuple[int, str], int | None]) -> None:
    log = [
        Assignment(CLASSIC, number, slot, who, TYPED, AT) for (number, slot), who in said.items()
    ]
    found = filled(log, range(1, 22))
    for number in range(1, 22):
        for slot in "abc":
            earlier = [at for at, there in said if there == slot and at <= number]
            one = found[number].get(slot)
            if not earlier:
                assert one is None
            else:
                assert one is not None
                assert one.predictor_id == said[max(earlier), slot]
                assert (one.source is CARRIED) == (max(earlier) != number)


def test_older_rounds_may_come_without_scores(book: Book) -> None:
    whole, part = book.slots.report(CLASSIC, 60), book.slots.report(CLASSIC, 60, scored=20)
    assert part.rounds[:20] == whole.rounds[:20]
    pairs = [
        (one, other)
        for row, bare_row in zip(whole.rounds[20:], part.rounds[20:], strict=True)
        for one, other in zip(row.cells, bare_row.cells, strict=True)
        if one is not None and other is not None
    ]
    assert any(one.scores for one, _ in pairs)
    for one, other in pairs:
        assert (other.state, other.at_risk, other.scores) == (one.state, one.at_risk, ())
