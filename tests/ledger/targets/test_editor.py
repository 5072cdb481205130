"""Targets edited in a real ledger: kept at once, undone, planned, put into the queue."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.config.config import Config, LimitSettings
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.targets.allocation import Allocation, AllocationLine, SuggestionKind
from ledger.errors import ChangeError, ConfigError, ReadOnly
from ledger.numerai.client import NumeraiClient
from ledger.store import Store
from tests.conftest import NOW, BookMaker

SIGNALS, CRYPTO, CLASSIC = Tournament.SIGNALS, Tournament.CRYPTO, Tournament.CLASSIC


def no_connection() -> NumeraiClient:
    raise AssertionError("editing targets asks Numerai nothing")


def offline(path: Path) -> Book:
    """A book that never talks to Numerai."""
    clock = FrozenClock(NOW)
    store = Store.open(path, clock=clock)
    return Book(profile="default", store=store, clock=clock, config=Config(), connect=no_connection)


def ids(allocation: Allocation) -> list[str]:
    return [line.model_id for line in allocation.lines]


def quiet(allocation: Allocation) -> list[AllocationLine]:
    """The lines with a stake and nothing pending."""
    return [line for line in allocation.lines if line.pending is None and line.current]


def balances(allocation: Allocation) -> bool:
    there = allocation.balance
    rows = allocation.current.known + there.wallet + there.releasing
    return (
        there.current + there.wallet + there.releasing == there.targets + there.left
        and rows == allocation.targets.known + allocation.elsewhere + there.left
    )


def test_every_model_has_a_line_and_nothing_to_do_at_first(book: Book) -> None:
    allocation = book.targets.allocation(SIGNALS)
    portfolio = {line.model_id for line in book.portfolio().lines if line.tournament is SIGNALS}
    assert set(ids(allocation)) == portfolio
    assert [line.name for line in allocation.lines] == sorted(
        line.name for line in allocation.lines
    )
    assert {line.way for line in allocation.lines} == {""}
    assert allocation.plan.steps == ()
    assert not allocation.can_undo
    assert not allocation.edited
    assert balances(allocation)


def test_what_it_takes_is_said_on_each_line(book: Book) -> None:
    first, second, *_ = quiet(book.targets.allocation(SIGNALS))
    book.targets.set(SIGNALS, first.model_id, "+3")
    book.targets.set(SIGNALS, second.model_id, "-2.5")
    allocation = book.targets.allocation(SIGNALS)
    up, down = allocation.line(first.model_id), allocation.line(second.model_id)
    assert up is not None
    assert down is not None
    assert (up.text, up.target, up.difference) == ("+3", first.effective + NMR(3), NMR(3))
    assert up.way == "at the next close Tue 13:00"
    assert down.difference == NMR("-2.5")
    assert down.way == "24 Dec"
    assert down.complete == allocation.plan.complete
    assert balances(allocation)


def test_too_much_is_short_and_still_balances(book: Book) -> None:
    line = quiet(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, line.model_id, "=100000")
    allocation = book.targets.allocation(SIGNALS)
    short = allocation.line(line.model_id)
    assert short is not None
    assert short.missing == allocation.balance.missing > ZERO
    assert short.way == f"{short.missing} NMR short"
    assert allocation.plan.complete is None
    assert balances(allocation)


def test_a_model_whose_setting_is_not_known_is_blocked_and_says_why(book: Book) -> None:
    line = book.targets.allocation(CLASSIC).lines[0]
    book.targets.set(CLASSIC, line.model_id, "5")
    blocked = book.targets.allocation(CLASSIC).line(line.model_id)
    assert blocked is not None
    assert blocked.blocked is not None
    assert "not known" in blocked.way


@pytest.mark.parametrize("text", ["abc", "+-3", "1e3", "0.0000000000000000001", "--"])
def test_a_text_that_is_no_target_is_not_kept(book: Book, text: str) -> None:
    line = book.targets.allocation(SIGNALS).lines[0]
    with pytest.raises(ChangeError) as caught:
        book.targets.set(SIGNALS, line.model_id, text)
    assert caught.value.advice
    assert not book.targets.allocation(SIGNALS).can_undo


def test_several_targets_are_one_step_or_none(book: Book) -> None:
    first, second = ids(book.targets.allocation(SIGNALS))[:2]
    with pytest.raises(ChangeError, match="rubbish"):
        book.targets.set_all(SIGNALS, {first: "1", second: "rubbish"})
    assert not book.targets.allocation(SIGNALS).edited
    book.targets.set_all(SIGNALS, {first: "1", second: "2"})
    book.targets.undo(SIGNALS)
    assert not book.targets.allocation(SIGNALS).edited
    book.targets.redo(SIGNALS)
    assert book.targets.allocation(SIGNALS).edited


def test_a_model_of_another_tournament_is_refused(book: Book) -> None:
    other = ids(book.targets.allocation(CRYPTO))[0]
    with pytest.raises(ChangeError, match="not in Signals"):
        book.targets.set(SIGNALS, other, "1")
    with pytest.raises(ChangeError, match="not in Signals"):
        book.targets.lock(SIGNALS, other, True)


def test_a_delta_below_zero_is_a_problem_of_its_line(book: Book) -> None:
    line = book.targets.allocation(SIGNALS).lines[0]
    book.targets.set(SIGNALS, line.model_id, "-99999")
    allocation = book.targets.allocation(SIGNALS)
    assert allocation.problems
    assert allocation.problems[0].startswith(line.name)
    assert allocation.plan.steps == ()
    with pytest.raises(ChangeError, match="below zero"):
        book.targets.enqueue(SIGNALS)
    assert not book.queue.report().lines


def test_clearing_keeps_the_locks_and_can_be_undone(book: Book) -> None:
    first, second = ids(book.targets.allocation(SIGNALS))[:2]
    book.targets.set_all(SIGNALS, {first: "1", second: "2"})
    book.targets.lock(SIGNALS, first, True)
    book.targets.clear(SIGNALS)
    cleared = book.targets.allocation(SIGNALS)
    assert not cleared.edited
    assert [line.model_id for line in cleared.lines if line.locked] == [first]
    book.targets.undo(SIGNALS)
    assert book.targets.allocation(SIGNALS).edited


Edit = tuple[str, dict[int, str]]
EDITS = st.lists(
    st.one_of(
        st.tuples(
            st.just("texts"),
            st.dictionaries(
                st.integers(0, 3), st.sampled_from(["", "1", "+2", "10%", "max", "drain"])
            ),
        ),
        st.tuples(st.sampled_from(["lock", "unlock"]), st.fixed_dictionaries({0: st.just("")})),
        st.tuples(st.sampled_from(["undo", "redo", "clear", "restart"]), st.just({})),
    ),
    max_size=12,
)


@given(EDITS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_undo_and_redo_walk_the_edits_whatever_happens(
    synced_ledger: Path, edits: list[Edit]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "default.sqlite3"
        shutil.copyfile(synced_ledger, path)
        book = offline(path)
        models = ids(book.targets.allocation(SIGNALS))[:4]
        states, now = [dict.fromkeys(models, ("", False))], 0
        for what, texts in edits:
            state = dict(states[now])
            if what == "texts":
                for place, text in texts.items():
                    state[models[place]] = (text, state[models[place]][1])
                book.targets.set_all(
                    SIGNALS, {models[place]: text for place, text in texts.items()}
                )
            elif what in {"lock", "unlock"}:
                state[models[0]] = (state[models[0]][0], what == "lock")
                book.targets.lock(SIGNALS, models[0], what == "lock")
            elif what == "clear":
                state = {model: ("", locked) for model, (_, locked) in state.items()}
                book.targets.clear(SIGNALS)
            elif what == "undo":
                book.targets.undo(SIGNALS)
                now = max(0, now - 1)
            elif what == "redo":
                book.targets.redo(SIGNALS)
                now = min(len(states) - 1, now + 1)
            else:
                book.close()
                book = offline(path)
            if what not in {"undo", "redo"} and state != states[now]:
                del states[now + 1 :]
                states.append(state)
                now += 1
            seen = book.targets.allocation(SIGNALS)
            lines = {line.model_id: line for line in seen.lines}
            assert {model: (lines[model].text, lines[model].locked) for model in models} == states[
                now
            ]
            assert (seen.can_undo, seen.can_redo) == (now > 0, now < len(states) - 1)
            assert balances(seen)
        book.close()


def test_putting_the_plan_into_the_queue_leaves_nothing_to_plan(book: Book) -> None:
    first, second, *_ = quiet(book.targets.allocation(SIGNALS))
    book.targets.set_all(SIGNALS, {first.model_id: "+3", second.model_id: "10%"})
    before = book.targets.allocation(SIGNALS)
    drafts = book.targets.enqueue(SIGNALS)
    assert len(drafts) == len(before.plan.steps) > 0
    assert {draft.state for draft in drafts} == {ChangeState.DRAFT}
    after = book.targets.allocation(SIGNALS)
    assert after.plan.steps == ()
    assert after.plan.replaces == ()
    assert after.plan.complete == before.plan.complete
    assert [line.target for line in after.lines] == [line.target for line in before.lines]
    pinned = after.line(first.model_id)
    assert pinned is not None
    assert pinned.text == str(first.effective + NMR(3)), "a delta is not applied twice"
    assert book.targets.enqueue(SIGNALS) == ()
    book.targets.undo(SIGNALS)
    undone = book.targets.allocation(SIGNALS).line(first.model_id)
    assert undone is not None
    assert undone.text == "+3"


def test_a_later_target_replaces_what_was_drafted(book: Book) -> None:
    line = quiet(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, line.model_id, "-1")
    (old,) = book.targets.enqueue(SIGNALS)
    book.targets.set(SIGNALS, line.model_id, "+2")
    (new,) = book.targets.enqueue(SIGNALS)
    states = {entry.change.id: entry.change.state for entry in book.queue.report().lines}
    assert states == {old.id: ChangeState.CANCELLED, new.id: ChangeState.DRAFT}
    assert (new.kind, new.nmr) == (ChangeKind.INCREASE, NMR(2))


def test_what_tournaments_draft_is_seen_by_the_others(book: Book) -> None:
    """They share the wallet."""
    line = quiet(book.targets.allocation(SIGNALS))[0]
    wallet = book.targets.allocation(SIGNALS).balance.wallet
    book.targets.set(SIGNALS, line.model_id, f"+{wallet}")
    book.targets.enqueue(SIGNALS)
    other = book.targets.allocation(CRYPTO)
    assert other.elsewhere == wallet
    assert balances(other)
    idle = book.stakes.atomic.facts(CRYPTO).idle
    assert idle is not None
    book.targets.set(CRYPTO, other.lines[0].model_id, f"+{idle + NMR(1000)}")
    asked = book.targets.allocation(CRYPTO)
    assert asked.balance.missing_now >= NMR(1000) - wallet
    assert balances(asked)


def test_the_queue_counts_in_its_own_order(book: Book) -> None:
    line = quiet(book.targets.allocation(SIGNALS))[0]
    drain = book.queue.add(line.model_id, ChangeKind.DRAIN)
    increase = book.queue.add(line.model_id, ChangeKind.INCREASE, NMR(5))
    first = book.targets.allocation(SIGNALS).line(line.model_id)
    assert first is not None
    assert (first.eventual, first.way) == (NMR(5), "in the queue")
    book.queue.place(increase.id, before=drain.id)
    moved = book.targets.allocation(SIGNALS).line(line.model_id)
    assert moved is not None
    assert moved.eventual == ZERO


def test_the_simulation_ends_at_the_targets(book: Book) -> None:
    first, second, *_ = quiet(book.targets.allocation(SIGNALS))
    book.targets.set_all(SIGNALS, {first.model_id: "+1", second.model_id: "drain"})
    allocation = book.targets.allocation(SIGNALS)
    simulation = book.targets.simulation(SIGNALS, rounds=40)
    assert simulation.complete == allocation.plan.complete
    final = {point.model_id: point.staked for point in simulation.points[-1].models}
    assert final[second.model_id] == ZERO
    assert final[first.model_id] == first.effective + NMR(1)
    wealth = {point.free + point.held + point.staked for point in simulation.points}
    assert len(wealth) == 1


@pytest.mark.parametrize("method", [kind.value for kind in SuggestionKind])
def test_helpers_spread_what_the_open_rows_have(book: Book, method: str) -> None:
    allocation = book.targets.allocation(SIGNALS)
    locked = allocation.lines[0]
    book.targets.lock(SIGNALS, locked.model_id, True)
    total = NMR.total(line.effective for line in allocation.lines[1:])
    found = book.targets.suggest(SIGNALS, method, last=40)
    assert locked.model_id not in found
    assert NMR.total(found.values()) == total
    assert not book.targets.allocation(SIGNALS).edited, "a suggestion is not applied"
    book.targets.set_all(SIGNALS, {key: str(nmr) for key, nmr in found.items()})
    applied = book.targets.allocation(SIGNALS)
    assert applied.targets == allocation.targets


def test_helpers_may_use_the_wallet_but_not_what_others_need(book: Book) -> None:
    allocation = book.targets.allocation(SIGNALS)
    locked, *rest = quiet(allocation)
    book.targets.set(SIGNALS, locked.model_id, "+7")
    book.targets.lock(SIGNALS, locked.model_id, True)
    found = book.targets.suggest(SIGNALS, "equal", with_wallet=True)
    stakes = allocation.current.known - locked.effective
    assert NMR.total(found.values()) == stakes + allocation.balance.wallet - NMR(7)
    book.targets.set_all(SIGNALS, {key: str(nmr) for key, nmr in found.items()})
    after = book.targets.allocation(SIGNALS)
    assert after.balance.missing_now <= NMR.total(line.effective for line in rest)
    assert after.balance.missing == ZERO


def test_helpers_heed_floor_and_cap_and_say_what_is_wrong(book: Book) -> None:
    found = book.targets.suggest(SIGNALS, "score", floor=NMR(5), cap=NMR(100))
    assert all(NMR(5) <= nmr <= NMR(100) for nmr in found.values())
    with pytest.raises(ChangeError, match="floor"):
        book.targets.suggest(SIGNALS, "equal", floor=NMR(100_000))
    with pytest.raises(ChangeError, match="horoscope"):
        book.targets.suggest(SIGNALS, "horoscope")
    with pytest.raises(ChangeError, match="no rounds"):
        book.targets.suggest(SIGNALS, "score", last=0)


def test_named_targets_come_and_go(book: Book) -> None:
    first, second = ids(book.targets.allocation(SIGNALS))[:2]
    book.targets.set_all(SIGNALS, {first: "25%", second: "+3"})
    book.targets.lock(SIGNALS, second, True)
    book.targets.save(SIGNALS, "autumn")
    assert book.targets.allocation(SIGNALS).name == "autumn"
    with pytest.raises(ConfigError, match="exist already"):
        book.targets.save(SIGNALS, "autumn")
    book.targets.duplicate("autumn", "winter")
    assert book.targets.names() == ("autumn", "winter")
    assert book.targets.names(CRYPTO) == ()
    book.targets.clear(SIGNALS)
    book.targets.load(SIGNALS, "winter")
    loaded = book.targets.allocation(SIGNALS)
    assert loaded.name == "winter"
    texts = {line.model_id: (line.text, line.locked) for line in loaded.lines if line.text}
    assert texts == {first: ("25%", False), second: ("+3", True)}
    with pytest.raises(ConfigError, match="for Signals, not Crypto"):
        book.targets.load(CRYPTO, "winter")
    book.targets.delete("winter")
    assert book.targets.names(SIGNALS) == ("autumn",)
    assert book.targets.allocation(SIGNALS).name is None
    assert book.targets.allocation(SIGNALS).edited
    book.targets.undo(SIGNALS)
    assert not book.targets.allocation(SIGNALS).edited


def test_targets_in_a_file_come_in_and_go_out(book: Book, tmp_path: Path) -> None:
    first = ids(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, first, "40")
    file = tmp_path / "mine.toml"
    file.write_text(book.targets.export(SIGNALS), encoding="utf-8")
    book.targets.clear(SIGNALS)
    seen = book.targets.allocation(SIGNALS, book.targets.read(str(file))).line(first)
    assert seen is not None
    assert seen.target == NMR(40)
    assert not book.targets.allocation(SIGNALS).edited, "looking at a file keeps nothing"
    assert book.targets.allocation(book.targets.import_file(file)).edited


def test_without_the_right_to_stake_targets_can_be_edited_but_not_queued(
    make_book: BookMaker,
) -> None:
    book = make_book(read_only=True)
    line = quiet(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, line.model_id, "+1")
    assert book.targets.allocation(SIGNALS).plan.steps
    with pytest.raises(ReadOnly):
        book.targets.enqueue(SIGNALS)
    kept = book.targets.allocation(SIGNALS).line(line.model_id)
    assert kept is not None
    assert kept.text == "+1", "a refused queueing changes no target"


def test_the_config_s_minimum_only_warns(make_book: BookMaker) -> None:
    book = make_book(config=Config(limits=LimitSettings(smallest_change_nmr="5")))
    line = quiet(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, line.model_id, "+1")
    plan = book.targets.allocation(SIGNALS).plan
    assert [step.nmr for step in plan.steps] == [NMR(1)]
    assert any("minimum of 5 NMR" in warning for warning in plan.warnings)


def test_from_targets_to_stakes(book: Book) -> None:
    """Edit, plan, queue, confirm, run, sync: what is pending leads to the target."""
    line = quiet(book.targets.allocation(SIGNALS))[0]
    book.targets.set(SIGNALS, line.model_id, "+3")
    drafts = book.targets.enqueue(SIGNALS)
    book.queue.confirm_all([draft.id for draft in drafts])
    book.queue.run()
    book.sync()
    moving = book.targets.allocation(SIGNALS)
    seen = moving.line(line.model_id)
    assert seen is not None
    assert seen.pending is not None
    assert seen.effective == seen.target == line.effective + NMR(3)
    assert moving.plan.steps == ()
    assert seen.way == ""


Act = Callable[[Book], object]


@pytest.mark.parametrize(
    "act",
    [
        lambda book: book.targets.load(SIGNALS, "nothing"),
        lambda book: book.targets.delete("nothing"),
        lambda book: book.targets.duplicate("nothing", "something"),
        lambda book: book.targets.save(SIGNALS, "../outside"),
        lambda book: book.targets.read("nothing.toml"),
    ],
)
def test_names_that_lead_nowhere_are_told(book: Book, act: Act) -> None:
    with pytest.raises(ConfigError):
        act(book)
    assert not book.targets.allocation(SIGNALS).edited
