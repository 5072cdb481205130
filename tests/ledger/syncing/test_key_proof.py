"""Under whose key the owner signs: what claims name is no proof, and a doubt signs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind
from ledger.domain.secret import Secret
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ChainStake,
    Channel,
    ModelKey,
    Origin,
    ProvenBy,
    StrategyReading,
)
from ledger.errors import ChangeError
from ledger.rules.stakes.keccak import keccak256
from ledger.rules.stakes.model_keys import derived, rule_of
from ledger.sandbox import Sandbox
from ledger.sandbox.world import addresses, atomic
from ledger.syncing.reading.key_proof import Findings, KeyFinding, proven_by_events
from tests.conftest import NOW, PASSPHRASE, BookMaker, chain_settings

CRYPTO = Tournament.CRYPTO


@pytest.fixture
def book(make_book: BookMaker, sandbox: Sandbox, chain_ledger_file: Path) -> Book:
    """A synced book that signs here, on the sandbox's chain."""
    config = replace(Config(), atomic=chain_settings(sandbox, channel="signed"))
    return make_book(config=config)


def key_of(sandbox: Sandbox, model_id: str) -> str:
    return addresses.model_key(sandbox.world, sandbox.world.slot(model_id))


def proven(book: Book) -> list[ModelKey]:
    return [one for one in book._store.strategies.keys(CRYPTO) if one.proof is not None]


def wanted(book: Book, model_id: str, channel: Channel = Channel.SIGNED) -> Change:
    """A confirmed change of one model."""
    change = book.queue.strategies.add(
        model_id,
        ChangeKind.SET_PER_ROUND,
        per_round=NMR("0.375"),
        mode=StakeMode.CONSTANT,
        channel=channel,
    )
    return book.queue.confirm(change.id)


def swap_claims(book: Book, sandbox: Sandbox, one: str, other: str) -> None:
    """As a list of claims with the keys of two models swapped leaves the ledger."""
    connection = book._store._connections
    keys = {one: key_of(sandbox, other), other: key_of(sandbox, one)}
    with connection.writing() as writing:
        for model_id, key in keys.items():
            writing.execute(
                "UPDATE model_key SET key = ?, origin = 'claims', proof = NULL, evidence = NULL, "
                "proved = NULL WHERE model_id = ?",
                (key, model_id),
            )
            writing.execute("UPDATE claim SET key = ? WHERE model_id = ?", (key, model_id))


def test_a_sync_proves_keys_by_the_stakes_under_them(book: Book, sandbox: Sandbox) -> None:
    found = proven(book)
    assert len(found) >= 2
    for one in found:
        assert one.key == key_of(sandbox, one.model_id)
        assert one.proof is not None
        assert one.proof.by is ProvenBy.POSITIONS


def test_swapped_claims_sign_nothing(book: Book, sandbox: Sandbox) -> None:
    one, other = (key.model_id for key in proven(book)[:2])
    swap_claims(book, sandbox, one, other)
    for model_id in (one, other):
        change = wanted(book, model_id)
        with pytest.raises(ChangeError, match="holds other stakes under") as caught:
            book.queue.signing.sign(change.id, Secret(PASSPHRASE))
        assert "by hand" in caught.value.advice
        with pytest.raises(ChangeError, match="holds other stakes under"):
            book.queue.signing.unsigned(change.id)
        assert book.queue.signing.transactions(change.id) == ()


def test_claims_that_change_their_mind_sign_nothing(book: Book, sandbox: Sandbox) -> None:
    one, other = (key.model_id for key in proven(book)[:2])
    change = wanted(book, one)
    with book._store._connections.writing() as writing:
        writing.execute(
            "INSERT INTO claim VALUES (12, 1, ?, 'x', ?, '0', '0', '0')",
            (one, key_of(sandbox, other)),
        )
    with pytest.raises(ChangeError, match="claims name"):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))


def test_a_key_that_changed_since_the_yes_is_not_signed_for(book: Book, sandbox: Sandbox) -> None:
    one, other = (key.model_id for key in proven(book)[:2])
    change = wanted(book, one)
    swap_claims(book, sandbox, one, other)
    with pytest.raises(ChangeError, match="when you confirmed this"):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))


def test_the_transaction_names_the_key_and_its_proof(book: Book, sandbox: Sandbox) -> None:
    model_id = proven(book)[0].model_id
    change = wanted(book, model_id)
    unsigned = book.queue.signing.unsigned(change.id)
    (words,) = [one for one in unsigned.sentences if one.startswith("Key of")]
    assert key_of(sandbox, model_id) in words
    assert "Proven by positions" in words
    assert words in unsigned.as_json()["description"]


def test_a_key_without_any_proof_is_not_signed_for(book: Book) -> None:
    change = wanted(book, proven(book)[0].model_id)
    store = book._store
    with store._connections.writing() as writing:
        writing.execute("UPDATE model_key SET proof = NULL, evidence = NULL, proved = NULL")
        writing.execute(
            "INSERT INTO missing_fact (fact, subject, since, why) "
            "VALUES ('stake-transactions', '', '2026-11-24T00:00:00Z', 'refused')"
        )
    with pytest.raises(ChangeError, match="nothing proves"):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))


@dataclass
class Contract:
    """A staking contract, and what Numerai lists: stakes by key or model, and round."""

    held: dict[str, dict[int, NMR]]
    listed: dict[str, dict[int, NMR]]

    def stakes(
        self,
        tournament: Tournament,
        staker: str,
        staking: str,
        rows: Sequence[tuple[int, str, str]],
    ) -> tuple[ChainStake, ...]:
        return tuple(
            ChainStake(tournament, number, one, self.held[key].get(number, NMR(0)), NOW)
            for number, one, key in rows
        )

    def by_model(self) -> dict[str, dict[int, NMR]]:
        return self.listed

    def comparable(self, _now: datetime) -> list[int]:
        return sorted({one for rows in self.listed.values() for one in rows}, reverse=True)


def found(held: dict[str, dict[int, NMR]], listed: dict[str, dict[int, NMR]]) -> Findings:
    """What the stakes of a contract tell."""
    contract = Contract(held, listed)
    at = "0x" + "1" * 40
    reading = StrategyReading(CRYPTO, at, at, at, at, NMR(0), NMR(0), 0, 1, 9, NOW)
    return KeyFinding(contract, reading, contract).find(held)  # type: ignore[arg-type]


def test_models_with_equal_stakes_are_told_apart_by_none() -> None:
    same = {number: NMR(1) for number in range(30)}
    told = found({"a": same, "b": same}, {"one": same, "other": same})
    assert told.keys == {}
    assert not told.contradict("one", "b")


def test_an_older_round_tells_models_apart() -> None:
    same = {number: NMR(1) for number in range(30)}
    told = found({"a": {**same, 3: NMR(2)}, "b": same}, {"one": {**same, 3: NMR(2)}, "other": same})
    assert told.keys == {"one": "a", "other": "b"}
    assert told.contradict("one", "b")
    assert "rounds 0 to 29" in told.evidence("one")


def test_what_a_key_holds_beyond_a_models_positions_speaks_against_it() -> None:
    mine = {5: NMR(1), 6: NMR(1)}
    told = found({"a": mine, "b": {**mine, 4: NMR(1)}}, {"one": mine, "other": {4: NMR(3)}})
    assert told.keys == {"one": "a"}
    assert told.contradict("one", "b")


@given(
    st.lists(
        st.dictionaries(st.integers(1, 80), st.integers(1, 2).map(NMR), min_size=1), max_size=4
    ),
    st.permutations(range(4)),
)
def test_keys_that_are_found_are_the_models_own(
    stakes: list[dict[int, NMR]], order: Sequence[int]
) -> None:
    listed = {f"m{index}": one for index, one in enumerate(stakes)}
    held = {f"k{index}": stakes[index] for index in order if index < len(stakes)}
    told = found(held, listed)
    for model_id, key in told.keys.items():
        assert key[1:] == model_id[1:]
        assert not told.contradict(model_id, key)


def test_what_was_set_by_hand_proves_the_key_it_was_written_under(
    book: Book, sandbox: Sandbox
) -> None:
    model_id = proven(book)[0].model_id
    change = wanted(book, model_id, Channel.BY_HAND)
    assert change.setting is not None
    slot = sandbox.world.slot(model_id)
    sandbox.advance(days=0.1)
    atomic.configure(sandbox.world, slot, change.setting, sandbox.world.hash("by hand"))
    book.queue.strategies.mark_done(change.id)
    sandbox.advance(days=0.1)
    book.sync()
    store = book._store
    found = proven_by_events(store, CRYPTO, sandbox.strategies[CRYPTO], model_id)
    assert found is not None
    assert found[0] == key_of(sandbox, model_id)
    other = next(one.model_id for one in proven(book) if one.model_id != model_id)
    assert proven_by_events(store, CRYPTO, sandbox.strategies[CRYPTO], other) is None


def test_what_was_signed_here_proves_nothing(book: Book, sandbox: Sandbox) -> None:
    model_id = proven(book)[0].model_id
    change = wanted(book, model_id)
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    book.queue.run()
    sandbox.advance(days=0.1)
    book.sync()
    store, strategy = book._store, sandbox.strategies[CRYPTO]
    assert [
        one for one in store.strategies.events(CRYPTO, strategy) if one.setting == change.setting
    ]
    assert proven_by_events(store, CRYPTO, strategy, model_id) is None


# the contracts


def owner_changes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "operator", lambda _: "0x" + "5" * 40)


def staking_moves(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "staking", lambda _, number: f"0x{int(number):040x}")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (owner_changes, "the strategy's operator was"),
        (staking_moves, "staking contract of Crypto was"),
    ],
)
def test_contracts_that_are_others_than_at_the_yes_stop_it(
    book: Book,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Sandbox, pytest.MonkeyPatch], None],
    words: str,
) -> None:
    change = book.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR("0.5"))
    book.queue.confirm(change.id)
    happens(sandbox, monkeypatch)
    with pytest.raises(ChangeError, match=words) as caught:
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert "confirm it anew" in caught.value.advice
    book.sync()
    with pytest.raises(ChangeError, match=words):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    book.queue.strategies.choose(change.id, Channel.UNSIGNED)
    book.queue.strategies.choose(change.id, Channel.SIGNED)
    book.queue.confirm(change.id)
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))


def test_a_strategy_with_another_owner_is_not_signed_for(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR("0.5"))
    book.queue.confirm(change.id)
    sandbox.world.owner.address = "0x" + "7" * 40
    with pytest.raises(ChangeError, match="the strategy's owner was") as caught:
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert "confirm it anew" in caught.value.advice
    book.sync()
    book.queue.strategies.choose(change.id, Channel.UNSIGNED)
    book.queue.strategies.choose(change.id, Channel.SIGNED)
    book.queue.confirm(change.id)
    with pytest.raises(ChangeError):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert book.queue.signing.transactions(change.id) == ()


def test_a_paused_contract_is_not_signed_for_until_it_goes_on(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.strategies.add_funds(CRYPTO, ChangeKind.DEPOSIT, NMR("0.5"))
    book.queue.confirm(change.id)
    sandbox.world.tournaments[CRYPTO].paused = True
    with pytest.raises(ChangeError, match="staking on Crypto is paused") as caught:
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert "Wait" in caught.value.advice
    assert book.queue.signing.transactions(change.id) == ()
    sandbox.world.tournaments[CRYPTO].paused = False
    book.queue.signing.sign(change.id, Secret(PASSPHRASE))
    assert len(book.queue.signing.transactions(change.id)) == 1


def test_nothing_is_signed_for_what_was_not_seen_at_the_yes(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    without = make_book()
    without.sync()
    change = without.queue.strategies.add_funds(
        CRYPTO, ChangeKind.DEPOSIT, NMR("0.5"), channel=Channel.SIGNED
    )
    without.queue.confirm(change.id)
    book = make_book(config=replace(Config(), atomic=chain_settings(sandbox, channel="signed")))
    with pytest.raises(ChangeError, match="no sync had read"):
        book.queue.signing.sign(change.id, Secret(PASSPHRASE))


# rules


def test_our_keccak_is_ethereums() -> None:
    from eth_utils.crypto import keccak

    for size in (0, 1, 36, 135, 136, 137, 272, 1000):
        data = bytes(index % 251 for index in range(size))
        assert keccak256(data) == keccak(data)


def test_a_rule_is_believed_only_where_every_proven_key_follows_it() -> None:
    ids = [f"{number:08x}-0000-4000-8000-00000000000{number}" for number in (1, 2)]
    made = [derived(one, f"model{one[7]}") for one in ids]
    assert len({*made[0].values(), *made[1].values()}) == 14
    rule = "the hash of its name"
    pairs = [(one, f"model{one[7]}", keys[rule]) for one, keys in zip(ids, made, strict=True)]
    assert rule_of(pairs) == rule
    assert rule_of([*pairs, (ids[0], "model1", "0x" + "ab" * 32)]) is None
    assert rule_of([]) is None
    assert derived("no uuid", "name") == {}


def test_a_proven_key_is_replaced_by_none(book: Book) -> None:
    strategies = book._store.strategies
    one = proven(book)[0]
    other = ModelKey(CRYPTO, one.model_id, "0x" + "ab" * 32, Origin.CHAIN)
    strategies.learn_keys([other, replace(other, proof=one.proof), replace(one, proof=None)])
    assert one in strategies.keys(CRYPTO)
