"""Changes of an allocation strategy, from the wish to what the simulated chain did."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book
from ledger.chain.endpoint import connect
from ledger.config.config import Config
from ledger.domain.concern import Level
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.secret import Secret
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting, TransactionState
from ledger.errors import ChainError, ChangeError, ConfigError, ReadOnly
from ledger.reports.notices.notice import NoticeKind
from ledger.sandbox import Sandbox
from tests.conftest import PASSPHRASE, BookMaker, chain_settings

CRYPTO = Tournament.CRYPTO


@pytest.fixture
def atomic(make_book: BookMaker, sandbox: Sandbox, chain_ledger_file: Path) -> Book:
    """A synced book that signs here, on the sandbox's chain."""
    config = replace(Config(), atomic=chain_settings(sandbox, channel="signed"))
    return make_book(config=config)


def model_of(book: Book, tournament: Tournament = CRYPTO) -> str:
    """A model whose setting is wholly known and on, and that submits."""
    facts = book.stakes.atomic.facts(tournament)
    newest = max(position.round for position in facts.positions)
    submits = {one.model_id for one in facts.positions if one.round >= newest - 1}
    settings = facts.settings()
    return min(key for key in submits if key in settings and settings[key].enabled)


def confirmed(book: Book, per_round: str, **given: object) -> Change:
    """A confirmed change of one model's per-round stake."""
    model_id = str(given.pop("model_id", "")) or model_of(book)
    change = book.queue.strategies.add(
        model_id,
        ChangeKind.SET_PER_ROUND,
        per_round=NMR(per_round),
        **given,  # type: ignore[arg-type]
    )
    book.queue.confirm(change.id)
    return book.queue.history(change.id).line.change


def signed_and_sent(book: Book, change: Change) -> Change:
    """The change after its transaction was signed here and the queue was run."""
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    book.queue.run()
    return book.queue.history(change.id).line.change


def applied(sandbox: Sandbox) -> list[dict[str, object]]:
    """Settings, deposits and withdrawals that took effect."""
    kinds = {"setModelConfig", "deposit", "withdraw"}
    return [entry for entry in sandbox.mutations_applied if entry["field"] in kinds]


def test_a_signed_setting_is_sent_once_and_settles_when_the_chain_shows_it(
    atomic: Book, sandbox: Sandbox
) -> None:
    model_id = model_of(atomic)
    before = atomic.stakes.atomic.setting(model_id)
    change = confirmed(atomic, "0.75", model_id=model_id)
    assert change.setting == replace(before, per_round=NMR("0.75"))  # type: ignore[type-var]
    assert change.base == before
    sent = signed_and_sent(atomic, change)
    assert sent.state is ChangeState.ACCEPTED
    [transaction] = atomic.queue.signing.transactions(change.id)
    assert transaction.state is TransactionState.MINED
    assert len(applied(sandbox)) == 1
    sandbox.advance(days=1)
    atomic.sync()
    assert atomic.queue.history(change.id).line.change.state is ChangeState.SETTLED
    assert atomic.stakes.atomic.setting(model_id) == change.setting
    atomic.queue.run()
    assert len(applied(sandbox)) == 1


def test_the_composition_follows_the_settings_round_by_round(
    atomic: Book, sandbox: Sandbox
) -> None:
    classic = Tournament.CLASSIC
    sandbox.world.tournaments[classic].idle = NMR("200")
    newest = max(one.round for one in atomic.stakes.atomic.facts(classic).positions)
    held = [one for one in atomic.stakes.atomic.facts(classic).positions if one.round == newest]
    down, up = (one.model_id for one in sorted(held, key=lambda one: one.model_id)[:2])
    wanted = {down: NMR("0.005"), up: NMR("0.25")}
    for model_id, per_round in wanted.items():
        change = atomic.queue.strategies.add(
            model_id, ChangeKind.SET_PER_ROUND, per_round=per_round, mode=StakeMode.CONSTANT
        )
        atomic.queue.confirm(change.id)
        assert signed_and_sent(atomic, change).state is ChangeState.ACCEPTED
    before = atomic.stakes.atomic.facts(classic)
    complete = before.schedule.taken_over(sandbox.now())[1]
    sandbox.advance(to=complete + timedelta(minutes=1))
    atomic.sync()
    for model_id, per_round in wanted.items():
        stakes = atomic.stakes.atomic.facts(classic).by_model()[model_id]
        running = {one.stake for one in stakes if one.state.running}
        assert running == {per_round}
    states = {line.change.state for line in atomic.queue.report().lines}
    assert states == {ChangeState.SETTLED}


@pytest.mark.parametrize(
    ("fault", "options", "times_applied"),
    [
        ("drop_after", {}, 1),
        ("status_after", {"status": 502}, 1),
        ("status_before", {"status": 502}, 0),
        ("html", {}, 0),
    ],
)
def test_a_lost_answer_is_looked_up_by_hash_and_never_sent_again(
    atomic: Book, sandbox: Sandbox, fault: str, options: dict[str, int], times_applied: int
) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    sandbox.fail(fault, on="rpc:eth_sendRawTransaction", **options)
    atomic.queue.run()
    after = atomic.queue.history(change.id).line.change
    assert after.state is (ChangeState.ACCEPTED if times_applied else ChangeState.UNKNOWN)
    sends = [one for one in sandbox.requests if "eth_sendRawTransaction" in one["fields"]]
    assert len(sends) == 1
    atomic.queue.run()
    atomic.sync()
    assert len(applied(sandbox)) == times_applied
    sends = [one for one in sandbox.requests if "eth_sendRawTransaction" in one["fields"]]
    assert len(sends) == 1


def test_what_no_node_knows_is_offered_again_only_on_request(
    atomic: Book, sandbox: Sandbox
) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    sandbox.fail("status_before", on="rpc:eth_sendRawTransaction", status=502)
    atomic.queue.run()
    assert atomic.queue.offer_again(change.id).state is ChangeState.ACCEPTED
    assert len(applied(sandbox)) == 1
    with pytest.raises(ChangeError, match="nothing to send again"):
        atomic.queue.offer_again(change.id)


def test_a_pending_transaction_holds_the_next_one_and_can_be_replaced(
    atomic: Book, sandbox: Sandbox
) -> None:
    first = confirmed(atomic, "0.75")
    second = atomic.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR("1"))
    atomic.queue.confirm(second.id)
    sandbox.automine(False)
    atomic.queue.signing.sign(first.id, Secret(PASSPHRASE))
    atomic.queue.run()
    assert atomic.queue.history(first.id).line.change.state is ChangeState.UNKNOWN
    with pytest.raises(ChangeError, match="on its way"):
        atomic.queue.signing.sign(second.id, Secret(PASSPHRASE))
    atomic.queue.signing.bump(first.id, Secret(PASSPHRASE))
    atomic.queue.offer_again(first.id)
    sandbox.mine()
    assert atomic.queue.reconcile(first.id).state is ChangeState.ACCEPTED
    assert len(applied(sandbox)) == 1
    states = {one.state for one in atomic.queue.signing.transactions(first.id)}
    assert states == {TransactionState.MINED, TransactionState.REPLACED}


def test_what_a_node_still_has_can_not_be_judged_lost(atomic: Book, sandbox: Sandbox) -> None:
    change = confirmed(atomic, "0.75")
    sandbox.automine(False)
    signed_and_sent(atomic, change)
    with pytest.raises(ChangeError, match="can still be put into a block"):
        atomic.queue.judge(change.id, arrived=False)
    sandbox.chain.drop()
    assert atomic.queue.judge(change.id, arrived=False).state is ChangeState.REFUSED
    [dropped] = atomic.queue.signing.transactions(change.id)
    assert dropped.state is TransactionState.DROPPED
    retried = atomic.queue.retry(change.id)
    atomic.queue.confirm(retried.id)
    sandbox.automine(True)
    assert signed_and_sent(atomic, retried).state is ChangeState.ACCEPTED
    assert len(applied(sandbox)) == 1


def test_an_endpoint_that_refuses_to_look_leaves_it_unknown(
    atomic: Book, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = confirmed(atomic, "0.75")
    sandbox.automine(False)
    signed_and_sent(atomic, change)

    def limited(*_: object) -> str:
        raise ChainError(-32005, "limit exceeded")

    with monkeypatch.context() as patched:
        patched.setattr("ledger.chain.rpc.Rpc.call", limited)
        atomic.queue.run()
    assert atomic.queue.history(change.id).line.change.state is ChangeState.UNKNOWN
    sandbox.mine()
    assert atomic.queue.reconcile(change.id).state is ChangeState.ACCEPTED


def test_a_setting_edited_while_it_was_signed_keeps_no_signature(
    atomic: Book, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.queue.wallet import KeyStore

    change = confirmed(atomic, "0.75")
    signing = KeyStore.sign

    def slowly(*given: Any) -> Any:
        assert change.setting is not None
        atomic.queue.edit(change.id, setting=replace(change.setting, per_round=NMR("0.5")))
        atomic.queue.confirm(change.id)
        return signing(*given)

    with monkeypatch.context() as patched:
        patched.setattr(KeyStore, "sign", slowly)
        with pytest.raises(ChangeError, match="edited meanwhile"):
            atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert atomic.queue.signing.transactions(change.id) == ()
    assert signed_and_sent(atomic, change).state is ChangeState.ACCEPTED
    assert [str(entry["per_round"]) for entry in applied(sandbox)] == ["0.5"]


def test_a_revert_is_a_refusal_with_the_contract_s_reason(atomic: Book, sandbox: Sandbox) -> None:
    idle = sandbox.world.tournaments[CRYPTO].idle
    change = atomic.queue.strategies.add_funds(CRYPTO, ChangeKind.WITHDRAW, idle)
    atomic.queue.confirm(change.id)
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    sandbox.world.tournaments[CRYPTO].idle = NMR(0)
    atomic.queue.run()
    refused = atomic.queue.history(change.id)
    assert refused.line.change.state is ChangeState.REFUSED
    assert "InsufficientBalance" in refused.line.why
    [transaction] = atomic.queue.signing.transactions(change.id)
    assert transaction.state is TransactionState.REVERTED
    again = atomic.queue.retry(change.id)
    assert (again.nmr, again.channel) == (idle, Channel.SIGNED)


def test_an_unsigned_transaction_is_signed_elsewhere_and_checked_field_by_field(
    atomic: Book, sandbox: Sandbox
) -> None:
    from eth_account import Account
    from eth_utils import to_checksum_address

    change = confirmed(atomic, "0.75", channel=Channel.UNSIGNED)
    document = atomic.queue.signing.unsigned(change.id).as_json()
    json.dumps(document)
    fields = {**document["transaction"]}
    assert fields.pop("from").lower() == sandbox.owner_address.lower()
    assert fields["to"] == sandbox.strategies[CRYPTO]
    fields["to"] = to_checksum_address(fields["to"])
    wrong = Account.sign_transaction({**fields, "value": "0x1"}, sandbox.owner_key)
    with pytest.raises(ChangeError, match="value"):
        atomic.queue.signing.import_signed(change.id, "0x" + bytes(wrong.raw_transaction).hex())
    assert atomic.queue.signing.transactions(change.id) == ()
    raw = Account.sign_transaction(fields, sandbox.owner_key).raw_transaction
    atomic.queue.signing.import_signed(change.id, "0x" + bytes(raw).hex())
    atomic.queue.run()
    assert atomic.queue.history(change.id).line.change.state is ChangeState.ACCEPTED
    assert len(applied(sandbox)) == 1


def test_by_hand_waits_for_the_user_and_settles_when_a_round_shows_it(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book()
    book.sync()
    model_id = model_of(book)
    change = confirmed(book, "0.125", model_id=model_id, mode=StakeMode.CONSTANT)
    assert change.channel is Channel.BY_HAND
    book.queue.run()
    held = book.queue.history(change.id).line.change
    assert held.state is ChangeState.WAITING
    assert "0.125" in book.queue.strategies.checklist(change.id).figures
    assert book.queue.strategies.mark_done(change.id).state is ChangeState.ACCEPTED
    slot = sandbox.world.slot(model_id)
    assert slot.strategy is not None
    slot.strategy.per_round, slot.strategy.mode = NMR("0.125"), StakeMode.CONSTANT
    assert book.stakes.atomic.setting(model_id) == ModelSetting(NMR("0.125"), StakeMode.CONSTANT)
    sandbox.advance(rounds=3)
    book.sync()
    assert book.queue.history(change.id).line.change.state is ChangeState.SETTLED


@pytest.mark.parametrize("done", [True, False])
def test_the_demos_website_does_what_is_done_by_hand_and_what_was_not_done_is_warned_of(
    make_book: BookMaker, sandbox: Sandbox, done: bool
) -> None:
    book = make_book(demo=True)
    book.sync()
    model_id = model_of(book)
    change = confirmed(book, "0.125", model_id=model_id, mode=StakeMode.CONSTANT)
    if done:
        assert book.do_on_website(change.id).state is ChangeState.ACCEPTED
    else:
        book.queue.strategies.mark_done(change.id)
    sandbox.advance(rounds=3)
    book.sync()
    line = book.queue.history(change.id).line
    warned = [one for one in book.notices.all() if one.kind is NoticeKind.UNDONE]
    if done:
        assert line.change.state is ChangeState.SETTLED
        assert not warned
        return
    assert line.change.state is ChangeState.UNKNOWN
    (notice,) = warned
    assert (notice.level, notice.change) == (Level.LOUD, change.id)
    assert f"You marked change {change.id} as done, but round" in notice.sentence
    assert "instead of what 0.125 NMR per round" in notice.sentence
    book.queue.judge(change.id, arrived=False)
    assert not any(one.kind is NoticeKind.UNDONE for one in book.notices.all())


def test_the_demos_website_moves_funds_and_refuses_what_there_is_not(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(demo=True)
    book.sync()
    add = book.queue.strategies.add_funds
    idle = sandbox.world.tournaments[CRYPTO].idle
    out = add(CRYPTO, ChangeKind.WITHDRAW, NMR("0.5"))
    with pytest.raises(ChangeError, match="is draft"):
        book.do_on_website(out.id)
    book.queue.confirm(out.id)
    book.do_on_website(out.id)
    assert sandbox.world.tournaments[CRYPTO].idle == idle - NMR("0.5")
    back = add(CRYPTO, ChangeKind.DEPOSIT, NMR(900_000))
    book.queue.confirm(back.id)
    with pytest.raises(ValueError, match="Insufficient balance"):
        book.do_on_website(back.id)
    assert book.queue.history(back.id).line.change.state is ChangeState.QUEUED


def test_only_a_demo_has_a_website_of_its_own(make_book: BookMaker) -> None:
    book = make_book()
    book.sync()
    change = confirmed(book, "0.125", model_id=model_of(book), mode=StakeMode.CONSTANT)
    with pytest.raises(ChangeError, match="Only the demo"):
        book.do_on_website(change.id)
    assert book.queue.history(change.id).line.change.state is ChangeState.QUEUED


def test_without_an_endpoint_signing_says_so_and_everything_else_works(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book()
    book.sync()
    change = confirmed(book, "0.5", channel=Channel.SIGNED)
    with pytest.raises(ConfigError, match="strategy is not configured"):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    book.queue.run()
    assert book.queue.history(change.id).line.change.state is ChangeState.WAITING


def test_a_setting_needs_what_it_leaves_as_it_is_to_be_known(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(key="stake")
    book.sync()
    facts = book.stakes.atomic.facts(Tournament.CLASSIC)
    unknown = next(one.id for one in facts.own_models() if one.id not in facts.settings())
    with pytest.raises(ChangeError, match="not known"):
        book.queue.strategies.add(unknown, ChangeKind.SET_ENABLED, enabled=False)
    change = book.queue.strategies.add(
        unknown, ChangeKind.SET_PER_ROUND, per_round=NMR("1"), mode=StakeMode.CONSTANT
    )
    assert change.setting == ModelSetting(NMR("1"), StakeMode.CONSTANT)


def test_the_confirmation_says_what_a_per_round_stake_commits(atomic: Book) -> None:
    change = atomic.queue.strategies.add(
        model_of(atomic), ChangeKind.SET_PER_ROUND, per_round=NMR("12"), mode=StakeMode.CONSTANT
    )
    confirmation = atomic.queue.confirmation([change.id])
    rounds = atomic.stakes.atomic.facts(CRYPTO).schedule.concurrent
    assert change.base is not None
    assert confirmation.total == (NMR("12") - change.base.per_round).times(rounds)
    assert (
        f"{NMR('12').times(rounds)} NMR once {rounds} rounds are running"
        in (confirmation.sentences[0])
    )
    rolls = atomic.queue.strategies.add(
        model_of(atomic), ChangeKind.SET_MODE, mode=StakeMode.COMPOUND
    )
    (sentence,) = atomic.queue.confirmation([rolls.id]).sentences
    assert "newest claim" in sentence and "rounds are running" not in sentence


def test_read_only_can_not_wish_sign_or_mark(make_book: BookMaker, sandbox: Sandbox) -> None:
    config = replace(Config(), atomic=chain_settings(sandbox, channel="signed"))
    book = make_book(config=config)
    book.sync()
    change = confirmed(book, "0.5")
    looking = make_book(config=config, read_only=True)
    for attempt in (
        lambda: looking.queue.signing.sign(change.id, Secret(PASSPHRASE)),
        lambda: looking.queue.strategies.mark_done(change.id),
        lambda: confirmed(looking, "0.25"),
    ):
        with pytest.raises(ReadOnly):
            attempt()


def test_cancelling_and_editing_give_up_what_was_signed(atomic: Book, sandbox: Sandbox) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert change.setting is not None
    atomic.queue.edit(change.id, setting=replace(change.setting, per_round=NMR("0.5")))
    [dropped] = atomic.queue.signing.transactions(change.id)
    assert dropped.state is TransactionState.DROPPED
    atomic.queue.confirm(change.id)
    sent = signed_and_sent(atomic, atomic.queue.history(change.id).line.change)
    assert sent.state is ChangeState.ACCEPTED
    assert [entry["per_round"] for entry in applied(sandbox)] in ([NMR("0.5")], ["0.5"])


def test_a_plan_in_its_place_gives_up_what_was_signed_and_frees_the_account(
    atomic: Book, sandbox: Sandbox
) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    atomic.targets.set(CRYPTO, change.model_id, "0.25/r")
    newer = next(one for one in atomic.targets.enqueue(CRYPTO) if one.setting is not None)
    assert atomic.queue.history(change.id).line.change.state is ChangeState.CANCELLED
    [dropped] = atomic.queue.signing.transactions(change.id)
    assert dropped.state is TransactionState.DROPPED
    atomic.queue.confirm(newer.id)
    assert signed_and_sent(atomic, newer).state is ChangeState.ACCEPTED


def test_a_sync_ends_well_where_nobody_can_be_asked_about_a_lost_change(
    atomic: Book, make_book: BookMaker, sandbox: Sandbox
) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    sandbox.automine(False)
    atomic.queue.run()
    without = make_book()
    without.sync()
    assert without.queue.history(change.id).line.change.state is ChangeState.UNKNOWN


def test_no_word_of_the_passphrase_or_the_key_reaches_the_ledger(
    atomic: Book, sandbox: Sandbox
) -> None:
    change = confirmed(atomic, "0.75")
    signed_and_sent(atomic, change)
    atomic.close()
    text = b"".join(file.read_bytes() for file in atomic._store.path.parent.glob("default*"))
    for secret in (PASSPHRASE, sandbox.owner_key, sandbox.owner_key.removeprefix("0x")):
        assert secret.encode() not in text


def test_a_reply_that_comes_late_still_settles(atomic: Book, sandbox: Sandbox) -> None:
    change = confirmed(atomic, "0.75")
    atomic.queue.signing.sign(change.id, Secret(PASSPHRASE))
    sandbox.automine(False)
    atomic.queue.run()
    assert atomic.queue.history(change.id).line.change.state is ChangeState.UNKNOWN
    sandbox.mine()
    sandbox.advance(days=timedelta(hours=1) / timedelta(days=1))
    atomic.sync()
    assert atomic.queue.history(change.id).line.change.state in {
        ChangeState.ACCEPTED,
        ChangeState.SETTLED,
    }


def test_what_was_given_up_and_arrived_late_is_not_asked_for_again(
    atomic: Book, sandbox: Sandbox
) -> None:
    deposit = atomic.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR("1"))
    atomic.queue.confirm(deposit.id)
    atomic.queue.signing.sign(deposit.id, Secret(PASSPHRASE))
    sandbox.fail("status_before", on="rpc:eth_sendRawTransaction", status=502)
    atomic.queue.run()
    [lost] = atomic.queue.signing.transactions(deposit.id)
    assert atomic.queue.judge(deposit.id, arrived=False).state is ChangeState.REFUSED
    again = atomic.queue.retry(deposit.id)
    atomic.queue.confirm(again.id)
    chain = connect(chain_settings(sandbox), atomic.clock)
    chain.broadcaster.send(lost)
    chain.close()
    with pytest.raises(ChangeError, match="in a block by now"):
        atomic.queue.signing.sign(again.id, Secret(PASSPHRASE))
    assert len(applied(sandbox)) == 1
