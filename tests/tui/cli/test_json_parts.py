"""JSON that is written as it comes: the same text as from all of it, in bounded memory."""

from __future__ import annotations

import gc
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.opening import Options, open_book
from ledger.rules.rounds import calendar
from ledger.store import Store
from tui.cli.commands import cli
from tui.cli.output import json_parts

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NEWEST = 1404
MODELS = tuple(
    Model(f"{tournament.label}-{number}", f"{tournament.label}_{number}".lower(), tournament)
    for tournament in (Tournament.CLASSIC, Tournament.SIGNALS)
    for number in range(4)
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)
few_examples = settings(max_examples=60)


@few_examples
@given(values)
def test_what_is_all_there_is_written_as_ever(value: object) -> None:
    assert "".join(json_parts(value)) == json.dumps(value, indent=2, ensure_ascii=False)


@few_examples
@given(st.lists(values, max_size=3), values)
def test_what_comes_later_is_written_as_what_is_there(items: list[Any], last: object) -> None:
    came: list[Any] = []

    def coming() -> Iterator[Any]:
        for item in items:
            came.append(item)
            yield item

    later = {"a": {"of": coming(), "n": lambda: len(came)}, "last": lambda: last, "none": iter(())}
    there = {"a": {"of": items, "n": len(items)}, "last": last, "none": []}
    assert "".join(json_parts(later)) == json.dumps(there, indent=2, ensure_ascii=False)


def filled(home: Path, rounds: int) -> Path:
    """A ledger of that many rounds of all models, in two tournaments, of which one is longer."""
    path = home / "data" / "default.sqlite3"
    path.parent.mkdir(parents=True)
    store = Store.open(path, clock=FrozenClock(NOW))
    account = Account("years", NOW, None, NMR(0), NMR(0), NMR(0), None, frozenset())
    facts = SyncFacts(
        account=account,
        models=MODELS,
        stakes=(),
        scheduled=(),
        rounds=tuple(
            a_round(tournament, number)
            for number in range(NEWEST - rounds + 1, NEWEST + 1)
            for tournament in (Tournament.CLASSIC, Tournament.SIGNALS)
        ),
        performances=tuple(
            performance(model, number)
            for number in range(NEWEST - rounds + 1, NEWEST + 1)
            for model in MODELS
            if model.tournament is Tournament.CLASSIC or number % 3
        ),
    )
    store.apply(facts, SyncLog(NOW, NOW, "done", 0, 0, rounds))
    store.close()
    return home


def a_round(tournament: Tournament, number: int) -> Round:
    opens, resolves = calendar.opens(number), calendar.resolves(number, 20)
    return Round(tournament, number, opens, None, None, None, resolves, False, None, None)


def performance(model: Model, number: int) -> Performance:
    running = number > NEWEST - 20
    scores = tuple(
        Score(name, Decimal(number).scaleb(-5), None, 20, Decimal(at + 1))
        for at, name in enumerate(("corr", "mmc"))
    )
    return Performance(
        model_id=model.id,
        tournament=model.tournament,
        round=number,
        at_risk=NMR(number % 90),
        payout=NMR(number % 83 - 40) if number % 7 else None,
        state=PayoutState.PENDING if running else PayoutState.SETTLED,
        source=PayoutSource.NUMERAI,
        factor=Decimal(1),
        clip=Decimal("0.05"),
        resolves=calendar.resolves(number, 20),
        submission_id="s",
        scores=scores,
    )


def peak(call: Callable[[], object]) -> int:
    """The most memory in bytes that ``call`` took at a time, with garbage collected as often as
    the program does."""
    rarely = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*rarely)


class Nowhere(io.StringIO):
    """Takes what is written and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)


def print_earnings(home: Path, to: io.StringIO) -> None:
    with redirect_stdout(to):
        cli(["--at", str(home), "earnings", "--json"], standalone_mode=False)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One of 120 rounds, one of six times as many."""
    folder = tmp_path_factory.mktemp("ledgers")
    return filled(folder / "short", 120), filled(folder / "long", 720)


def test_earnings_take_no_more_memory_for_more_years(ledgers: tuple[Path, Path]) -> None:
    short, long = ledgers
    print_earnings(long, Nowhere())  # what is imported and cached counts for neither
    few = peak(lambda: print_earnings(short, Nowhere()))
    many = peak(lambda: print_earnings(long, Nowhere()))
    assert many < few * 1.25


def test_earnings_read_by_the_page_are_those_read_at_once(ledgers: tuple[Path, Path]) -> None:
    home = ledgers[1]
    store = Store.open(home / "data" / "default.sqlite3", clock=FrozenClock(NOW), read_only=True)
    by_tournament = [store.performances(tournament) for tournament in Tournament]
    store.close()
    rows = sorted(chain(*by_tournament), key=lambda row: -row.round)
    paid = {
        state: NMR.total(row.payout for row in rows if row.payout and row.state is state)
        for state in PayoutState
    }
    printed = io.StringIO()
    print_earnings(home, printed)
    document = json.loads(printed.getvalue())
    assert [(cell["round"], cell["model_id"]) for cell in document["rounds"]] == [
        (row.round, row.model_id) for row in rows
    ]
    assert document["totals"] == {
        "settled": str(paid[PayoutState.SETTLED]),
        "pending": str(paid[PayoutState.PENDING]),
    }
    assert document["rounds"][-1]["payout"] == str(rows[-1].payout)


@pytest.mark.parametrize("last", [1, 40, 41, 700, None])
@pytest.mark.parametrize("page", [1, 40, 1_000])
def test_pages_leave_nothing_out(ledgers: tuple[Path, Path], last: int | None, page: int) -> None:
    book = open_book(Options(at=ledgers[1], read_only=True))
    try:
        rows = list(book.earnings.played(last, page=page))
    finally:
        book.close()
    first = 0 if last is None else NEWEST - last + 1
    assert [(row.round, row.model_id) for row in rows] == [
        (number, model.id)
        for number in range(NEWEST, max(first, NEWEST - 719) - 1, -1)
        for model in MODELS
        if model.tournament is Tournament.CLASSIC or number % 3
    ]
