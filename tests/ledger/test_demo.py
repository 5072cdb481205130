"""The demo's year of shuffles: the log and the world's scores tell the same story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.demo import SEED, YEAR, shuffle_a_year
from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import AssignmentSource
from ledger.errors import RoundClosed
from ledger.rules.rounds import calendar
from ledger.sandbox import Sandbox
from ledger.sandbox.world import population
from ledger.sandbox.world.shuffled import PREDICTORS, SERIES, SLOTS, Shuffled
from ledger.store import Store
from tests.conftest import NOW, SandboxClock, make_client

CLASSIC = Tournament.CLASSIC
LATEST = calendar.latest_round(NOW)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The demo's world and ledger, synced."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    with Sandbox(seed=SEED, now=NOW, frozen=True, shuffled_until=LATEST) as sandbox:
        clock = SandboxClock(sandbox)
        store = Store.open(path, clock=clock)
        shuffle_a_year(store, LATEST)
        book = Book(
            profile="demo",
            store=store,
            clock=clock,
            config=Config(),
            connect=lambda: make_client(sandbox),
        )
        book.sync()
        yield book
        book.close()


def test_it_is_the_default_worlds_year() -> None:
    assert YEAR == population.DEFAULT_ROUNDS
    assert len(SLOTS) == len(PREDICTORS)


def test_the_log_names_slots_that_are_there_from_the_beginning(demo: Book) -> None:
    grid = demo.slots.predictors.grid(demo.slots.report(CLASSIC, YEAR))
    assert len(grid.predictors) == len(PREDICTORS)
    shuffled = [at for at, cell in enumerate(grid.rounds[0].cells) if cell.assignment]
    assert len(shuffled) == len(SLOTS)
    oldest = grid.rounds[-1]
    assert oldest.round == LATEST - YEAR + 1
    assert all(oldest.cells[at].slot and oldest.cells[at].assignment for at in shuffled)
    sources = {
        cell.assignment.source for row in grid.rounds for cell in row.cells if cell.assignment
    }
    assert sources == {AssignmentSource.GENERATED, AssignmentSource.CARRIED}


def test_predictors_differ_clearly_from_any_slot(demo: Book) -> None:
    found = demo.slots.shuffling.scores(CLASSIC)
    people = [line.record.mean for line in found.predictors if line.record.mean is not None]
    slots = [
        line.record.mean
        for line in found.slots
        if line.record.mean is not None and len(line.held) == len(PREDICTORS)
    ]
    assert len(people) == len(PREDICTORS)
    assert len(slots) == len(SLOTS)
    assert max(people) > 2 * max(slots)
    assert min(people) < 0 < min(slots)
    assert max(people) - min(people) > 4 * (max(slots) - min(slots))


def test_who_sat_where_is_who_scored(demo: Book) -> None:
    """A slot's score in a round is that of the series of the predictor the log names."""
    world = population.build(seed=SEED, now=NOW, rounds=YEAR, shuffled_until=LATEST)
    names = {one.id: one.name for one in demo.slots.predictors.all()}
    slots = {slot.id: slot for slot in world.tournaments[CLASSIC].slots}
    held = demo.slots.predictors.assignments(CLASSIC, range(LATEST - 20, LATEST + 3))
    plain = population.build(seed=SEED, now=NOW, rounds=1).scores
    for number, row in held.items():
        for slot_id, one in row.items():
            seat = [each.name for each in PREDICTORS].index(names[one.predictor_id or 0])
            shown = world.scores.path(CLASSIC, slots[slot_id].index, "corr", 20, number)
            own = plain.path(CLASSIC, SERIES + seat, "corr", 20, number)
            assert shown == pytest.approx(own)
    others = [slot for slot in slots.values() if slot.index not in SLOTS]
    for slot in others[:3]:
        shown = world.scores.path(CLASSIC, slot.index, "corr", 20, LATEST)
        assert shown == pytest.approx(plain.path(CLASSIC, slot.index, "corr", 20, LATEST))


def test_gifts_show_in_the_long_run() -> None:
    scores = population.build(seed=SEED, now=NOW, rounds=1).scores
    means = [
        fmean(
            scores.path(CLASSIC, SERIES + seat, "corr", 20, number)[-1]
            for number in range(400, 1400)
        )
        for seat in range(len(PREDICTORS))
    ]
    assert means[0] > means[3] > means[7]


def test_after_the_last_deal_everybody_stays() -> None:
    moves = Shuffled(SEED, 1400)
    assert moves.seats(1400) == moves.seats(1401) == moves.seats(1500)
    assert moves.seats(1399) == moves.seats(1398), "a week's last round keeps the seats"
    assert moves.seats(1397) != moves.seats(1398)
    assert {len(set(moves.seats(number))) for number in range(1300, 1400)} == {len(SLOTS)}
    assert moves.series(Tournament.SIGNALS, 0, 1400) == 0
    assert moves.series(CLASSIC, 1, 1400) == 1


def test_the_year_is_not_taken_back_by_one_key(demo: Book) -> None:
    with pytest.raises(RoundClosed):
        demo.slots.predictors.undo(CLASSIC)


def test_the_same_year_every_time(tmp_path: Path) -> None:
    logs = []
    for name in "ab":
        store = Store.open(tmp_path / f"{name}.sqlite3", clock=FrozenClock(NOW))
        shuffle_a_year(store, LATEST)
        logs.append(store.predictors.log(CLASSIC).said)
        store.close()
    assert logs[0] == logs[1]
