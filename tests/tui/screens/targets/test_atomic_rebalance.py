"""From two targets per round to positions that hold them, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError
from ledger.sandbox import Sandbox
from tests.conftest import PASSPHRASE, chain_settings
from tests.tui.driving import QUIET, app_of, running, settled, until
from tests.tui.staking import FREE, front, loaded, text_of, told, typed
from tests.tui.targeting import editor_on, plan_of, target
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.queue.execution_dialog import ExecutionDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.plan import PlanPane
from tui.widgets.line import Line
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker

CLASSIC = Tournament.CLASSIC
DOWN, UP = "alder", "juniper_60"
WANTED = {DOWN: NMR("0.25"), UP: NMR("0.5")}
MOST_WEEKS = 20
"""By then the composition is the targets', or never."""

SET, DEPOSIT = ChangeKind.SET_PER_ROUND, ChangeKind.DEPOSIT
WRONG = "battery staple"


pytestmark = pytest.mark.long


@pytest.fixture
def atomic_book(make_book: BookMaker, sandbox: Sandbox) -> Callable[..., Book]:
    """Makes a synced book on the sandbox's chain, with NMR enough to fund every round."""

    def make(channel: str, **limits: str) -> Book:
        settings = chain_settings(sandbox, channel=channel)
        limited = replace(QUIET.limits, **limits)  # type: ignore[arg-type]
        sandbox.world.tournaments[CLASSIC].idle = NMR(400)
        book = make_book(config=replace(QUIET, atomic=settings, limits=limited), demo=True)
        book.stakes.atomic.learn_keys()
        book.sync()
        return book

    return make


async def classic_editor(pilot: Pilot[Any]) -> AllocationEditor:
    """The editor of targets, taken to Classic with ``t``."""
    editor = await editor_on(pilot, FREE)
    for _ in Tournament:
        if editor.tournament is CLASSIC:
            break
        before = editor.tournament
        await pilot.press("t")
        await until(pilot, lambda before=before: editor.tournament is not before)
    await until(pilot, lambda: editor.report and editor.report.tournament is CLASSIC)
    await pilot.pause()
    return editor


async def queued(pilot: Pilot[Any], book: Book) -> tuple[Change, ...]:
    """Two targets per round, planned and put into the queue; the drafts in their order."""
    editor = await classic_editor(pilot)
    for name, per_round in WANTED.items():
        await target(pilot, editor, name, f"{per_round}/r")
    plan = await plan_of(pilot)
    assert plan.grid is not None and plan.report is not None
    settings = {row.step.model.name: row.step.setting for row in plan.grid.rows}
    assert {name: one.per_round for name, one in settings.items() if one} == WANTED
    assert plan.report.projection is not None
    assert "100 %" in plan.query_one("#dates", Line).text
    await pilot.press("Q")
    assert "2 settings to change" in text_of(await front(pilot, ConfirmDialog))
    await pilot.press("escape")
    await front(pilot, PlanPane)
    await settled(pilot)
    assert not book.queue.report().lines
    await pilot.press("Q")
    await front(pilot, ConfirmDialog)
    await pilot.press("y", "enter")
    queue = await front(pilot, QueuePane)
    await until(pilot, lambda: queue.grid and len(queue.grid.rows) == len(WANTED))
    await settled(pilot)
    return tuple(line.change for line in reversed(book.queue.report().lines))


async def test_an_old_shortage_is_offered_a_deposit_and_never_given_one(
    atomic_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = atomic_book("by-hand")
    sandbox.world.tournaments[CLASSIC].idle = NMR("0.25")
    book.sync()
    async with running(book) as pilot:
        editor = await classic_editor(pilot)
        await target(pilot, editor, DOWN, "0.1/r")
        await until(pilot, lambda: "were lacking before" in editor.query_one("#verdict", Note).text)
        plan = await plan_of(pilot)
        assert plan.grid is not None
        assert [row.step.kind for row in plan.grid.rows if not row.offered] == [SET]
        offer = next(row for row in plan.grid.rows if row.offered and row.step.kind is DEPOSIT)
        summary = plan.query_one("#summary", Line)
        assert "short before" in summary.text
        assert "missing" not in summary.text
        assert "not in sight" not in plan.query_one("#dates", Line).text
        await pilot.press("space")
        assert len([row for row in plan.grid.rows if row.taken]) == 0
        plan.grid.move_to(plan.grid.rows.index(offer))
        await pilot.press("space")
        await until(pilot, lambda: any(row.taken for row in plan.grid.rows))
        await pilot.press("Q")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        queue = await front(pilot, QueuePane)
        await until(pilot, lambda: queue.grid and len(queue.grid.rows) == 2)
    drafts = [line.change for line in reversed(book.queue.report().lines)]
    assert [(draft.kind, draft.nmr) for draft in drafts] == [(DEPOSIT, offer.step.nmr), (SET, None)]


async def test_an_offer_that_is_gone_queues_nothing(
    atomic_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = atomic_book("by-hand")
    lowered = next(line for line in book.targets.allocation(CLASSIC).lines if line.name == DOWN)
    book.targets.set(CLASSIC, lowered.model_id, "0.1/r")
    gone = (DEPOSIT, "strategy-8", NMR(1))
    with pytest.raises(ChangeError, match="on offer has changed"):
        book.targets.enqueue(CLASSIC, [gone])
    assert not book.queue.report().lines


def change_of(book: Book, change_id: int) -> Change:
    return book.queue.history(change_id).line.change


def sends(sandbox: Sandbox) -> int:
    return sum("eth_sendRawTransaction" in one["fields"] for one in sandbox.requests)


async def asked(pilot: Pilot[Any], change_id: int) -> ConfirmDialog:
    """The question about one change of the Queue mode."""
    pane = await loaded(pilot, "5", QueuePane)
    pane.select_change(change_id)
    await pilot.press("c")
    return await front(pilot, ConfirmDialog)


async def synced_on(pilot: Pilot[Any], book: Book) -> None:
    """A week later by the world's clock, and a sync."""
    before = book.now()
    await pilot.press("right_curly_bracket")
    await until(pilot, lambda: book.now() > before)
    await settled(pilot)
    await until(pilot, lambda: not app_of(pilot).headline.syncing)


def stakes_of(book: Book, name: str) -> set[NMR]:
    """What the running positions of a model hold."""
    facts = book.stakes.atomic.facts(CLASSIC)
    (model,) = [one for one in facts.own_models() if one.name == name]
    return {one.stake for one in facts.by_model()[model.id] if one.state.running}


async def until_complete(pilot: Pilot[Any], book: Book, sandbox: Sandbox) -> None:
    """Let the rounds go by until the positions are what was wanted, and all of it is settled.

    A sync sees three weeks of them.
    """
    for _ in range(0, MOST_WEEKS, 3):
        if all(stakes_of(book, name) == {wanted} for name, wanted in WANTED.items()):
            break
        sandbox.advance(days=14)
        await synced_on(pilot, book)
    assert {name: stakes_of(book, name) for name in WANTED} == {
        name: {wanted} for name, wanted in WANTED.items()
    }
    assert {line.change.state for line in book.queue.report().lines} == {ChangeState.SETTLED}
    assert not book.targets.allocation(CLASSIC).plan.steps


async def test_two_targets_become_the_positions(
    atomic_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = atomic_book("signed", confirm_by_typing_above="20")
    rounds = book.stakes.atomic.facts(CLASSIC).schedule.concurrent
    async with running(book) as pilot:
        for change in await queued(pilot, book):
            assert change.setting is not None and change.base is not None
            question = await asked(pilot, change.id)
            total = change.setting.per_round.times(rounds)
            assert f"{total} NMR once {rounds} rounds are running" in text_of(question)
            more = change.setting.per_round - change.base.per_round
            no = question.query_one("#no", Button)
            if more > NMR(0):
                assert question.focused is question.query_one(Input)
                await pilot.press(*"1", "enter")
                assert question.focused is no
                await pilot.press("right", "enter")
                await until(pilot, lambda q=question: "That is not it" in text_of(q))
                await pilot.press("end", "ctrl+u")
                await typed(pilot, change.model_name)
                await pilot.press("enter", "right", "enter")
            else:
                assert question.focused is no
                await pilot.press("y", "enter")
            await signed_after_a_mistake(pilot, book, sandbox, change.id)
        assert sends(sandbox) == len(WANTED)
        await until_complete(pilot, book, sandbox)
    assert sends(sandbox) == len(WANTED)


async def signed_after_a_mistake(
    pilot: Pilot[Any], book: Book, sandbox: Sandbox, change_id: int
) -> None:
    """Sign with the wrong passphrase, then with the right one."""
    before = sends(sandbox)
    first = await front(pilot, ExecutionDialog)
    assert first.query_one(Input).password
    assert change_of(book, change_id).state is ChangeState.QUEUED
    await typed(pilot, WRONG)
    await until(pilot, lambda: first.step.figures)
    await pilot.press("enter", "right", "enter")
    await until(pilot, lambda: pilot.app.screen is not first)
    again = await front(pilot, ExecutionDialog)
    assert "passphrase" in text_of(again)
    assert again.query_one(Input).value == ""
    assert again.focused is again.query_one(Input)
    assert change_of(book, change_id).state is ChangeState.QUEUED
    assert book.queue.signing.transactions(change_id) == ()
    assert sends(sandbox) == before
    await typed(pilot, PASSPHRASE)
    await pilot.press("enter", "right", "enter")
    await front(pilot, QueuePane)
    await until(pilot, lambda: change_of(book, change_id).state is ChangeState.ACCEPTED)
    await settled(pilot)
    await until(pilot, lambda: not app_of(pilot).headline.syncing)


async def test_by_hand_the_user_does_it_on_the_website(
    atomic_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = atomic_book("by-hand")
    async with running(book) as pilot:
        for change in await queued(pilot, book):
            assert change.channel is Channel.BY_HAND and change.setting is not None
            await asked(pilot, change.id)
            await pilot.press("y", "enter")
            checklist = await front(pilot, ExecutionDialog)
            assert f"Per-round stake: {change.setting.per_round} NMR" in text_of(checklist)
            await pilot.press("escape")
            await front(pilot, QueuePane)
            await settled(pilot)
            assert change_of(book, change.id).state is ChangeState.QUEUED
            await pilot.press("w")
            await front(pilot, ExecutionDialog)
            await pilot.press("c", "y", "enter")
            await told(pilot, "Marked as done")
            assert f"Model: {change.model_name}" in pilot.app.clipboard
            assert change_of(book, change.id).state is ChangeState.ACCEPTED
            on_the_website(sandbox, change.model_id, change.setting)
            await settled(pilot)
        await synced_on(pilot, book)
        assert {line.change.state for line in book.queue.report().lines} == {ChangeState.SETTLED}
        assert not book.targets.allocation(CLASSIC).plan.steps
    assert sends(sandbox) == 0


def on_the_website(sandbox: Sandbox, model_id: str, setting: ModelSetting) -> None:
    """Set a model as the V3 Stakes page would."""
    strategy = sandbox.world.slot(model_id).strategy
    assert strategy is not None
    strategy.per_round, strategy.mode = setting.per_round, setting.mode
    strategy.enabled = setting.enabled
    sandbox.advance(days=timedelta(minutes=1) / timedelta(days=1))


async def test_a_setting_switched_to_compound_is_told_apart(
    atomic_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = atomic_book("signed")
    async with running(book) as pilot:
        editor = await classic_editor(pilot)
        await target(pilot, editor, DOWN, "0.25/r")
        await pilot.press("up", "M")
        await settled(pilot)
        await plan_of(pilot)
        await pilot.press("Q")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await front(pilot, QueuePane)
        await settled(pilot)
        (line,) = book.queue.report().lines
        assert line.change.setting == ModelSetting(NMR("0.25"), StakeMode.COMPOUND)
        assert "0.25 NMR per round, compound" in line.sentence
        question = await asked(pilot, line.change.id)
        assert "compound" in text_of(question)
        await pilot.press("escape")
