"""Changes of a strategy carried out by keys: signed here or elsewhere, by hand, and not at all."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button, Input

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.secret import Secret
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting, TransactionState
from ledger.errors import ChangeError
from ledger.sandbox import Sandbox
from tests.conftest import PASSPHRASE, chain_settings
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import FREE, front, loaded, text_of, told, typed
from tui.screens.dialogs.confirm_dialog import LOOKING, ConfirmDialog
from tui.screens.dialogs.form_dialog import Field
from tui.screens.queue.edit_dialog import EditDialog
from tui.screens.queue.execution_dialog import ExecutionDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.queue.run_dialog import RunDialog

if TYPE_CHECKING:
    from tests.conftest import BookMaker

CRYPTO = Tournament.CRYPTO
FIRST, SECOND = "petrel_lgbm", "quartz_mmc"
SIZES = pytest.mark.parametrize("size", [LARGE, SMALL])


@pytest.fixture
def chain_book(make_book: BookMaker, sandbox: Sandbox) -> Callable[..., Book]:
    """Makes a synced book on the sandbox's chain."""

    def make(channel: str = "signed", **given: Any) -> Book:
        atomic = chain_settings(sandbox, channel=channel, **given)
        book = make_book(config=replace(QUIET, atomic=atomic))
        book.sync()
        return book

    return make


def a_wish(book: Book, name: str = FIRST, per_round: str = "0.75") -> Change:
    """A draft of another per-round stake."""
    (model,) = [one for one in book.stakes.atomic.facts(CRYPTO).own_models() if one.name == name]
    return book.queue.strategies.add(model.id, ChangeKind.SET_PER_ROUND, per_round=NMR(per_round))


def change_of(book: Book, change_id: int) -> Change:
    return book.queue.history(change_id).line.change


def sends(sandbox: Sandbox) -> int:
    return sum("eth_sendRawTransaction" in one["fields"] for one in sandbox.requests)


async def on_change(pilot: Pilot[Any], change_id: int, key: str) -> None:
    """A key on one change of the Queue mode."""
    pane = await loaded(pilot, "5", QueuePane)
    pane.select_change(change_id)
    await pilot.press(key)


def fits(dialog: ExecutionDialog | EditDialog | ConfirmDialog) -> bool:
    """Whether the buttons and every line to fill in are on the screen."""
    parts = [*dialog.query(Button), *dialog.query(Input)]
    return all(dialog.region.contains_region(part.region) and part.region.area for part in parts)


def signed_elsewhere(document: str, sandbox: Sandbox, **other: str) -> str:
    """The raw transaction of an export, as another program signs it."""
    from eth_account import Account
    from eth_utils import to_checksum_address

    fields = {**json.loads(document)["transaction"], **other}
    assert fields.pop("from").lower() == sandbox.owner_address.lower()
    fields["to"] = to_checksum_address(fields["to"])
    raw = Account.sign_transaction(fields, sandbox.owner_key).raw_transaction
    return "0x" + bytes(raw).hex()


@SIZES
async def test_an_export_is_signed_elsewhere_and_pasted(
    chain_book: Callable[..., Book], sandbox: Sandbox, size: tuple[int, int]
) -> None:
    book = chain_book("unsigned")
    change = a_wish(book)
    async with running(book, size) as pilot:
        await on_change(pilot, change.id, "c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        export = await front(pilot, ExecutionDialog)
        assert fits(export)
        await until(pilot, lambda: "maxFeePerGas" in text_of(export))
        await pilot.press("ctrl+y")
        await pilot.press("enter", "right", "enter")
        assert "Signed is empty" in text_of(export)
        wrong = signed_elsewhere(pilot.app.clipboard, sandbox, value="0x1")
        pilot.app.post_message(events.Paste(wrong))
        await until(pilot, lambda: export.query_one(Input).value == wrong)
        await pilot.press("enter", "right", "enter")
        await until(pilot, lambda: pilot.app.screen is not export)
        again = await front(pilot, ExecutionDialog)
        assert "value" in text_of(again)
        assert again.query_one(Input).value == wrong
        assert fits(again)
        assert book.queue.signing.transactions(change.id) == ()
        await pilot.press("end", "ctrl+u")
        right = signed_elsewhere(pilot.app.clipboard, sandbox)
        pilot.app.post_message(events.Paste(right))
        await until(pilot, lambda: again.query_one(Input).value == right)
        await pilot.press("enter", "right", "enter")
        await told(pilot, "It is in a block")
        assert change_of(book, change.id).state is ChangeState.ACCEPTED
        await settled(pilot)
    assert sends(sandbox) == 1


@SIZES
async def test_the_passphrase_shows_nowhere(
    chain_book: Callable[..., Book],
    sandbox: Sandbox,
    size: tuple[int, int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    book = chain_book()
    change = a_wish(book)
    book.queue.confirm(change.id)
    async with running(book, size) as pilot:
        await on_change(pilot, change.id, "w")
        dialog = await front(pilot, ExecutionDialog)
        assert dialog.focused is dialog.query_one(Input)
        await typed(pilot, PASSPHRASE[:-1])
        await until(pilot, lambda: "maxFeePerGas" in dialog.step.figures)
        assert fits(dialog)
        line = dialog.query_one("#answer", Field)
        assert line.hint in line.render_line(0).text
        assert line.region.right - line.query_one(Input).region.right >= len("of the owner's key")
        shown = pilot.app.export_screenshot()
        assert "Passphrase" in shown
        assert not any(word[:4] in shown for word in PASSPHRASE.split())
        await pilot.press("enter")
        assert dialog.focused is dialog.query_one("#no", Button)
        assert pilot.app.screen is dialog
        await pilot.press("right", "enter")
        await until(pilot, lambda: pilot.app.screen is not dialog)
        again = await front(pilot, ExecutionDialog)
        assert PASSPHRASE[:-1] not in text_of(again)
        assert fits(again)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
        assert change_of(book, change.id).state is ChangeState.QUEUED
        assert not any(PASSPHRASE[:-1] in one.message for one in pilot.app._notifications)
    assert PASSPHRASE[:-1] not in caplog.text
    assert book.queue.signing.transactions(change.id) == ()
    assert sends(sandbox) == 0


async def test_what_is_typed_at_signing_is_taken_and_a_pasted_newline_signs_nothing(
    chain_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = chain_book()
    change = a_wish(book)
    async with running(book, SMALL) as pilot:
        await on_change(pilot, change.id, "c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter", *"yn c")
        dialog = await front(pilot, ExecutionDialog)
        line, no = dialog.query_one(Input), dialog.query_one("#no", Button)
        await until(pilot, lambda: line.value == "yn c")
        await pilot.press("enter", *"y")
        assert line.value == "yn cy"
        await pilot.press("end", "ctrl+u", "enter")
        assert dialog.focused is no
        pilot.app.post_message(events.Paste(PASSPHRASE + "\ny\n"))
        await until(pilot, lambda: line.value == PASSPHRASE)
        await until(pilot, lambda: "maxFeePerGas" in dialog.step.figures)
        assert pilot.app.screen is dialog
        assert book.queue.signing.transactions(change.id) == ()
        await pilot.press("enter", "right", "enter")
        await told(pilot, "It is in a block")
        await settled(pilot)
    assert sends(sandbox) == 1


async def test_the_demos_website_does_it_on_a_key(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET, demo=True)
    book.sync()
    (model,) = [one for one in book.stakes.atomic.facts(CRYPTO).own_models() if one.name == FIRST]
    changes = [
        book.queue.strategies.add(
            model.id, ChangeKind.SET_PER_ROUND, per_round=NMR(nmr), mode=StakeMode.CONSTANT
        )
        for nmr in ("0.5", "0.75")
    ]
    strategy = sandbox.world.slot(model.id)
    async with running(book) as pilot:
        await on_change(pilot, changes[0].id, "at")
        await told(pilot, "is draft")
        book.queue.confirm(changes[0].id)
        await pilot.press("at")
        await told(pilot, "Marked as done")
        assert strategy.strategy is not None and strategy.strategy.per_round == NMR("0.5")
        book.queue.confirm(changes[1].id)
        await settled(pilot)
        await on_change(pilot, changes[1].id, "w")
        dialog = await front(pilot, ExecutionDialog)
        assert fits(dialog)
        await pilot.press("at")
        await until(pilot, lambda: change_of(book, changes[1].id).state is ChangeState.ACCEPTED)
        assert strategy.strategy.per_round == NMR("0.75")
        await settled(pilot)


async def test_w_cycles_the_ways(chain_book: Callable[..., Book]) -> None:
    book = chain_book("by-hand")
    change = a_wish(book)
    async with running(book) as pilot:
        for channel in (Channel.UNSIGNED, Channel.SIGNED, Channel.BY_HAND):
            await on_change(pilot, change.id, "W")
            await until(pilot, lambda way=channel: change_of(book, change.id).channel is way)
            await settled(pilot)
        assert change_of(book, change.id).state is ChangeState.DRAFT
        book.queue.confirm(change.id)
        await pilot.press("W")
        await told(pilot, "confirmed again")
        assert change_of(book, change.id).state is ChangeState.DRAFT


async def test_a_draft_is_neither_done_nor_signed(chain_book: Callable[..., Book]) -> None:
    book = chain_book("by-hand")
    change = a_wish(book)
    async with running(book, SMALL) as pilot:
        await on_change(pilot, change.id, "w")
        dialog = await front(pilot, ExecutionDialog)
        assert fits(dialog)
        await pilot.press("y", "enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert "confirm it (c) before" in text_of(dialog)
        await pilot.press("escape")
        await settled(pilot)
        assert change_of(book, change.id) == change
        book.queue.strategies.choose(change.id, Channel.SIGNED)
        await on_change(pilot, change.id, "w")
        await told(pilot, "Confirm it first")
        assert isinstance(pilot.app.screen, QueuePane)


async def test_read_only_carries_nothing_out(
    chain_book: Callable[..., Book], make_book: BookMaker
) -> None:
    book = chain_book("by-hand")
    change = a_wish(book)
    book.queue.confirm(change.id)
    looking = make_book(config=book.config, read_only=True)
    async with running(looking) as pilot:
        await on_change(pilot, change.id, "w")
        await front(pilot, ExecutionDialog)
        await pilot.press("y", "enter")
        await told(pilot, "read-only")
        await on_change(pilot, change.id, "W")
        await told(pilot, "read-only")
        await settled(pilot)
    assert change_of(book, change.id).state is ChangeState.QUEUED
    assert change_of(book, change.id).channel is Channel.BY_HAND


@SIZES
async def test_an_edit_gives_up_what_was_signed(
    chain_book: Callable[..., Book], sandbox: Sandbox, size: tuple[int, int]
) -> None:
    book = chain_book()
    change = a_wish(book)
    book.queue.confirm(change.id)
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    async with running(book, size) as pilot:
        await on_change(pilot, change.id, "e")
        dialog = await front(pilot, EditDialog)
        assert fits(dialog)
        await pilot.press("end", "ctrl+u")
        await typed(pilot, "9")
        await pilot.press("escape")
        await settled(pilot)
        (kept,) = book.queue.signing.transactions(change.id)
        assert kept.state is TransactionState.SIGNED
        await pilot.press("e")
        await front(pilot, EditDialog)
        await pilot.press("end", "ctrl+u")
        await typed(pilot, "0.5")
        await pilot.press("tab", "space", "tab", "space", "tab", "enter")
        await told(pilot, "another yes")
        await settled(pilot)
    edited = change_of(book, change.id)
    assert edited.setting == ModelSetting(NMR("0.5"), StakeMode.COMPOUND, enabled=False)
    assert edited.state is ChangeState.DRAFT
    (dropped,) = book.queue.signing.transactions(change.id)
    assert dropped.state is TransactionState.DROPPED
    assert sends(sandbox) == 0


async def test_an_edit_that_is_refused_keeps_what_was_signed(
    chain_book: Callable[..., Book],
) -> None:
    book = chain_book()
    change = a_wish(book)
    book.queue.confirm(change.id)
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    waits = replace(change.conditions, after_change=99)
    with pytest.raises(ChangeError, match="no change 99"):
        book.queue.edit(change.id, conditions=waits)
    (kept,) = book.queue.signing.transactions(change.id)
    assert kept.state is TransactionState.SIGNED


async def test_several_confirmed_at_once_wait_for_the_signature(
    chain_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = chain_book()
    first, second = a_wish(book), a_wish(book, SECOND)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        question = await front(pilot, ConfirmDialog)
        assert f"#{first.id}, #{second.id} then waits for your signature" in text_of(question)
        await pilot.press("y", "enter")
        dialog = await front(pilot, RunDialog)
        await until(pilot, lambda: dialog.has_class("over"))
        assert "Waits for your signature" in text_of(dialog)
        assert "0.75 NMR per round" in text_of(dialog)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert {change_of(book, one.id).state for one in (first, second)} == {ChangeState.WAITING}
    assert sends(sandbox) == 0


async def test_a_system_forced_in_the_config_counts_at_once(
    chain_book: Callable[..., Book], make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = chain_book()
    change = a_wish(book)
    book.queue.confirm(change.id)
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    atomic = replace(book.config.atomic, crypto_system="continuous", signals_system="atomic")
    forced = make_book(config=replace(book.config, atomic=atomic))
    with pytest.raises(ChangeError, match="continuous"):
        a_wish(forced, SECOND)
    with pytest.raises(ChangeError, match="continuous"):
        forced.queue.send(change.id)
    assert forced.queue.add(change.model_id, ChangeKind.DECREASE, NMR(1)).nmr == NMR(1)
    (signals,) = [one for one in forced.stakes.report().lines if one.name == FREE]
    with pytest.raises(ChangeError, match="atomic"):
        forced.queue.add(signals.model_id, ChangeKind.DECREASE, NMR(1))
    assert sends(sandbox) == 0


@SIZES
async def test_a_way_that_can_t_work_here_says_so_before_anything_else(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    book.sync()
    (model,) = [one for one in book.stakes.atomic.facts(CRYPTO).own_models() if one.name == FIRST]
    change = book.queue.strategies.add(
        model.id, ChangeKind.SET_PER_ROUND, per_round=NMR("0.75"), mode=StakeMode.CONSTANT
    )
    async with running(book, size) as pilot:
        await on_change(pilot, change.id, "c")
        question = await front(pilot, ConfirmDialog)
        assert "● by hand" in text_of(question)
        assert "You set it yourself" in text_of(question)
        for way in ("signed elsewhere", "signed here"):
            await pilot.press("w")
            await until(pilot, lambda: "No Ethereum endpoint" in text_of(question))
            assert f"● {way}" in text_of(question)
            assert fits(question)
            await pilot.press("y", "enter")
            await pilot.pause()
            assert pilot.app.screen is question
            assert "choose another one" in text_of(question)
        assert change_of(book, change.id) == change
        await pilot.press("w", "y", "enter")
        await front(pilot, ExecutionDialog)
        assert change_of(book, change.id).state is ChangeState.QUEUED
        assert change_of(book, change.id).channel is Channel.BY_HAND
        await pilot.press("escape")
        await settled(pilot)
        await on_change(pilot, change.id, "W")
        await told(pilot, "No Ethereum endpoint")
        assert change_of(book, change.id).state is ChangeState.QUEUED


async def test_the_way_is_chosen_in_the_confirmation(
    chain_book: Callable[..., Book], sandbox: Sandbox
) -> None:
    book = chain_book("by-hand")
    first, second = a_wish(book), a_wish(book, SECOND)
    async with running(book) as pilot:
        await on_change(pilot, first.id, "c")
        question = await front(pilot, ConfirmDialog)
        await pilot.press("w", "w")
        await until(pilot, lambda: "a transaction signed here" in text_of(question))
        await until(pilot, lambda: LOOKING not in text_of(question))
        await pilot.press("y", "enter")
        signing = await front(pilot, ExecutionDialog)
        assert "Sign change" in str(signing.query_one(".dialog--frame").border_title)
        assert change_of(book, first.id).channel is Channel.SIGNED
        await until(pilot, lambda: signing.step.figures)
        await pilot.press("escape")
        await settled(pilot)
        assert change_of(book, first.id).state is ChangeState.QUEUED
        book.queue.strategies.choose(first.id, Channel.BY_HAND)
        await pilot.press("r")
        await settled(pilot)
        await pilot.press("A", "c")
        several = await front(pilot, ConfirmDialog)
        assert f"#{first.id}, #{second.id} then waits for you to set it" in text_of(several)
        await pilot.press("w")
        await until(pilot, lambda: "a signature from elsewhere" in text_of(several))
        await until(pilot, lambda: LOOKING not in text_of(several))
        await pilot.press("y", "enter")
        await front(pilot, RunDialog)
        ways = {change_of(book, one.id).channel for one in (first, second)}
        assert ways == {Channel.UNSIGNED}
        await pilot.press("escape")
        await settled(pilot)
    assert sends(sandbox) == 0
