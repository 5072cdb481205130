"""A sync with claims and with the chain: what is learned, and what may fail without harm."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.account.strategies import StrategyBook
from ledger.config.settings import AtomicSettings
from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import STRATEGY_STAKE
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ChainStake,
    EventsRead,
    KeyEvent,
    ModelKey,
    Origin,
    SettingReading,
    StrategyReading,
    SystemReason,
)
from ledger.errors import ChangeError, MissingScope, ReadOnly, Unreachable
from ledger.numerai.answers import Reply
from ledger.numerai.client import NumeraiClient
from ledger.numerai.parts import Document
from ledger.rules.stakes.model_keys import match_keys
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.conftest import NOW, SandboxClock, make_client

CLASSIC, CRYPTO, SIGNALS = Tournament.CLASSIC, Tournament.CRYPTO, Tournament.SIGNALS
ADDRESS = "0x" + "1" * 40
STAKING = "0x" + "2" * 40
CONFIGURED = AtomicSettings(
    rpc_url="http://127.0.0.1:9/", classic_strategy=ADDRESS, confirmations=0
)


def event(key: str, block: int = 5) -> KeyEvent:
    """A ``ModelConfigUpdated`` event."""
    return KeyEvent(CLASSIC, key, NMR(1), StakeMode.CONSTANT, True, block, f"0x{key[2:].zfill(64)}")


def key_of(model_id: str) -> str:
    return "0x" + hashlib.sha256(model_id.encode()).hexdigest()


@dataclass
class Chain:
    """A chain that holds what Numerai lists, under keys of our own."""

    store: Store
    events: list[KeyEvent] = field(default_factory=list)
    fails: str = ""
    staking: str | None = STAKING
    asked: list[tuple[int, str, str]] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    block: int = 100
    reaches: int | None = None

    def read(self, tournament: Tournament, address: str, *, staking: str | None) -> StrategyReading:
        assert staking is None or staking.startswith("0x")
        self._fail("read")
        owner = None if self.staking is None else "0x" + "3" * 40
        return StrategyReading(
            tournament, address, owner, None, self.staking, NMR(12), NMR(3), 10, 1, self.block, NOW
        )

    def settings(
        self, tournament: Tournament, address: str, keys: Mapping[str, str]
    ) -> tuple[SettingReading, ...]:
        self._fail("settings")
        return tuple(
            SettingReading(
                tournament, model_id, NMR(1), StakeMode.CONSTANT, True, Origin.CHAIN, NOW
            )
            for model_id in keys
        )

    def stakes(
        self,
        tournament: Tournament,
        staker: str,
        staking: str,
        rows: Sequence[tuple[int, str, str]],
    ) -> tuple[ChainStake, ...]:
        self._fail("stakes")
        assert (staker, staking) == (ADDRESS, STAKING)
        self.asked.extend(rows)
        held = {
            (row.round, key_of(row.model_id)): row.amount
            for row in self.store.stake_transactions(tournament)
            if row.type == STRATEGY_STAKE
        }
        return tuple(
            ChainStake(tournament, number, model_id, held.get((number, key), NMR(0)), NOW)
            for number, model_id, key in rows
        )

    def learn_keys(self, tournament: Tournament, address: str, *, since_block: int) -> EventsRead:
        self._fail("learn_keys")
        self.since.append(since_block)
        reached = self.block if self.reaches is None else self.reaches
        found = tuple(one for one in self.events if since_block <= one.block <= reached)
        return EventsRead(tournament, address, found, reached)

    def positions(self) -> list[tuple[int, str, str]]:
        """What was asked for to know positions, and not whose a key is."""
        return [row for row in self.asked if row[1] != row[2]]

    def _fail(self, what: str) -> None:
        if what == self.fails:
            raise Unreachable(f"The chain is silent ({what}).", sent=True)


class Account:
    """A ledger of a sandbox, and how to sync it."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox = sandbox
        self.clock = SandboxClock(sandbox)
        self.store = Store.open(path, clock=self.clock)
        self.chain = Chain(self.store)

    def sync(self, key: str = "full", atomic: AtomicSettings | None = None) -> list[str]:
        """Sync; the problems."""
        client = make_client(self.sandbox, key)
        log = sync(
            client,
            self.store,
            self.clock,
            history_rounds=None,
            atomic=atomic,
            chain=lambda: self.chain if atomic and atomic.rpc_url else None,
        )
        client.close()
        return [f"{problem.where}: {problem.what}" for problem in log.problems]

    def book(self, atomic: AtomicSettings = CONFIGURED, *, read_only: bool = False) -> StrategyBook:
        return StrategyBook(
            self.store, self.clock, atomic, chain=lambda: self.chain, read_only=read_only
        )

    def stakers(self) -> dict[str, int]:
        """Classic models with positions, and how many they have."""
        found: dict[str, int] = {}
        for row in self.store.stake_transactions(CLASSIC):
            if row.type == STRATEGY_STAKE:
                found[row.model_id] = found.get(row.model_id, 0) + 1
        return found


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with Sandbox(seed=7, models=8, rounds=30, now=NOW, frozen=True) as sandbox:
        opened = Account(sandbox, tmp_path / "ledger.sqlite3")
        yield opened
        opened.store.close()


def test_claims_come_with_the_scope_and_teach_keys(account: Account) -> None:
    account.sync("full")
    known = account.store.strategies
    assert set(known.claims_read()) == {CLASSIC, CRYPTO}
    claims = known.claims(CRYPTO)
    assert claims
    learned = {(key.model_id, key.key, key.origin) for key in known.keys(CRYPTO)}
    assert learned == {(claim.model_id, claim.key, Origin.CLAIMS) for claim in claims}
    assert known.stake_rounds(CRYPTO)[-1].state in {"Closed", "Resolving"}
    assert set(known.contracts()) == {CLASSIC, CRYPTO}


def test_without_the_scope_claims_are_not_asked_for(account: Account) -> None:
    assert account.sync("stake") == []
    assert account.store.strategies.claims_read() == {}
    assert not account.book().positions(CRYPTO).tournaments[0].claims_known


def test_claims_that_are_refused_all_the_same_are_noted(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = NumeraiClient.fetch

    def fetch(self: NumeraiClient, document: Document, *arguments: Any, **more: Any) -> Reply:
        if document.name == "claims":
            raise MissingScope("web3_staking", "Insufficient permission for web3_staking")
        return asked(self, document, *arguments, **more)

    account.sync("full")
    before = account.store.strategies.claims()
    monkeypatch.setattr(NumeraiClient, "fetch", fetch)
    account.sync("full")
    missing = account.store.missing()
    for tournament in (CLASSIC, CRYPTO):
        claims = missing.of(Fact.CLAIMS, str(int(tournament)))
        assert claims is not None
        assert "Insufficient permission for web3_staking" in claims.why
    assert account.store.strategies.claims() == before


def test_claims_from_before_the_scope_was_lost_do_not_count(account: Account) -> None:
    account.sync("full")
    assert account.book().positions(CRYPTO).tournaments[0].claims_known
    account.sandbox.advance(days=1)
    account.sync("stake")
    assert not account.book().positions(CRYPTO).tournaments[0].claims_known


def test_systems_are_stored_with_their_reasons(account: Account) -> None:
    account.sync()
    reasons = account.store.strategies.reasons()
    assert reasons[CRYPTO] is SystemReason.POSITIONS
    assert reasons[SIGNALS] is SystemReason.NO_SIGN
    account.store.strategies.mark_moved(SIGNALS, "v2 disabled")
    account.sync()
    assert account.store.systems()[SIGNALS] is System.ATOMIC, "a later sync does not forget it"
    account.sync(atomic=AtomicSettings(signals_system="continuous"))
    assert account.store.systems()[SIGNALS] is System.CONTINUOUS
    assert account.store.strategies.reasons()[SIGNALS] is SystemReason.FORCED


def test_the_chain_is_read_where_it_is_configured(account: Account) -> None:
    account.sync()
    stakers = account.stakers()
    for model_id in stakers:
        teach(account, model_id)
    assert account.sync(atomic=CONFIGURED) == []
    known = account.store.strategies
    assert known.readings()[CLASSIC].idle == NMR(12)
    chain = [one for one in known.settings(CLASSIC) if one.origin is Origin.CHAIN]
    assert {one.model_id for one in chain} == set(stakers)
    assert len(known.chain_stakes(CLASSIC)) == min(192, sum(stakers.values()))
    (entry,) = account.book().positions(CLASSIC).tournaments
    assert (entry.idle, entry.idle_origin, entry.estimate) == (NMR(12), Origin.CHAIN, None)


def teach(account: Account, model_id: str) -> None:
    key = ModelKey(CLASSIC, model_id, key_of(model_id), Origin.USER)
    account.store.strategies.learn_keys([key])


def test_a_position_is_read_once(account: Account) -> None:
    account.sync()
    teach(account, min(account.stakers()))
    account.sync(atomic=CONFIGURED)
    first = account.chain.positions()
    assert len(first) == account.stakers()[min(account.stakers())]
    account.chain.asked.clear()
    account.sync(atomic=CONFIGURED)
    assert account.chain.positions() == []


@pytest.mark.parametrize("fails", ["read", "settings", "stakes", "learn_keys"])
def test_a_silent_chain_is_reported_and_nothing_else_fails(account: Account, fails: str) -> None:
    account.sync("stake")
    for model_id in list(account.stakers())[1:]:
        teach(account, model_id)
    account.sync("stake", CONFIGURED)
    account.sandbox.advance(rounds=2)
    account.chain.fails, account.chain.block = fails, 120
    (problem,) = account.sync("stake", CONFIGURED)
    assert problem == f"Classic strategy on chain: The chain is silent ({fails})."
    block = account.store.strategies.readings()[CLASSIC].block
    assert block == (100 if fails == "read" else 120), "what came before is kept"
    assert account.store.last_sync() is not None
    assert account.store.check() == []


def test_an_endpoint_that_can_not_be_used_is_reported(account: Account) -> None:
    def unusable() -> Chain:
        raise Unreachable("That is no endpoint.", sent=False)

    client = make_client(account.sandbox)
    log = sync(
        client, account.store, account.clock, history_rounds=5, atomic=CONFIGURED, chain=unusable
    )
    client.close()
    assert [problem.what for problem in log.problems] == ["That is no endpoint."]


def test_a_contract_that_is_no_strategy_is_kept_as_read(account: Account) -> None:
    account.chain.staking = None
    account.sync(atomic=CONFIGURED)
    assert account.store.strategies.readings()[CLASSIC].owner is None
    assert account.chain.asked == []


def test_keys_are_learned_from_events_by_the_stakes_they_hold(account: Account) -> None:
    account.sync("stake")
    stakers = account.stakers()
    account.chain.events = [event(key_of(model_id)) for model_id in stakers]
    account.chain.events.append(event("0x" + "e" * 64))
    book = account.book()
    found = {key.model_id: key.key for key in book.learn_keys()}
    assert found
    assert all(key == key_of(model_id) for model_id, key in found.items())
    assert {key.model_id for key in account.store.strategies.keys(CLASSIC)} == set(found)
    assert {key.origin for key in account.store.strategies.keys(CLASSIC)} == {Origin.CHAIN}
    account.chain.asked.clear()
    assert book.learn_keys(since_block=6) == ()
    assert account.chain.since in ([0], [0, 6]), "once all are known nothing is asked"


def test_a_later_sync_learns_from_newer_events_only(account: Account) -> None:
    account.sync("stake", CONFIGURED)
    assert account.chain.since == [101], "the whole chain is not searched in passing"
    account.chain.events = [event(key_of(model_id), 101) for model_id in account.stakers()]
    account.chain.block = 101
    account.sync("stake", CONFIGURED)
    assert account.chain.since == [101, 101]
    assert account.store.strategies.keys(CLASSIC)
    account.sync("stake", CONFIGURED)
    assert account.chain.since == [101, 101, 102]


def test_events_above_a_late_head_and_in_young_blocks_are_read_again(account: Account) -> None:
    account.sync("stake", CONFIGURED)
    account.chain.events = [event(key_of(model_id), 108) for model_id in account.stakers()]
    account.chain.block, account.chain.reaches = 110, 104
    account.sync("stake", CONFIGURED)
    assert account.store.strategies.events_read(CLASSIC, ADDRESS) == 104
    assert account.store.strategies.keys(CLASSIC) == ()
    account.chain.reaches = None
    account.sync("stake", replace(CONFIGURED, confirmations=4))
    assert account.store.strategies.events_read(CLASSIC, ADDRESS) == 106
    assert account.store.strategies.events(CLASSIC, ADDRESS) == ()
    account.chain.block = 112
    account.sync("stake", replace(CONFIGURED, confirmations=4))
    assert account.chain.since == [101, 101, 105, 107]
    assert len(account.store.strategies.events(CLASSIC, ADDRESS)) == len(account.stakers())
    assert account.store.strategies.keys(CLASSIC)


def test_events_that_could_not_be_read_are_read_next_time(account: Account) -> None:
    account.sync("stake", CONFIGURED)
    account.chain.events = [event(key_of(model_id), 105) for model_id in account.stakers()]
    account.chain.block, account.chain.fails = 110, "learn_keys"
    account.sync("stake", CONFIGURED)
    account.chain.block, account.chain.fails = 115, ""
    account.sync("stake", CONFIGURED)
    assert account.store.strategies.keys(CLASSIC)


def test_a_rule_that_proven_keys_follow_names_the_rest_and_proves_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(model_id: str) -> str:
        return "0x" + model_id.replace("-", "").ljust(64, "0")

    monkeypatch.setattr(sys.modules[__name__], "key_of", made)
    account.sync("stake", CONFIGURED)
    first, *others = sorted(account.stakers())
    account.chain.events = [event(made(first), 101)]
    account.chain.block = 101
    account.sync("stake", CONFIGURED)
    account.sync("stake", CONFIGURED)
    known = {one.model_id: one for one in account.store.strategies.keys(CLASSIC)}
    assert known[first].origin is Origin.CHAIN
    assert all(known[one].origin is Origin.DERIVED for one in others)
    assert all(known[one].key == made(one) and known[one].proof for one in others)
    unstaked = set(known) - {first, *others}
    assert unstaked
    assert all(known[one].proof is None for one in unstaked)


def test_learning_needs_a_chain_and_the_right_to_write(account: Account) -> None:
    account.sync("stake")
    with pytest.raises(ChangeError, match="none is configured"):
        account.book(AtomicSettings()).learn_keys()
    with pytest.raises(ReadOnly):
        account.book(read_only=True).learn_keys()
    account.chain.staking = None
    with pytest.raises(ChangeError, match="does not answer as a strategy"):
        account.book().learn_keys()


STAKES = st.dictionaries(st.integers(1, 3), st.integers(0, 2).map(NMR))


@given(st.lists(STAKES, max_size=5), st.lists(STAKES, max_size=5))
def test_a_key_is_never_given_to_two(models: list[dict[int, NMR]], keys: list[dict[int, NMR]]):
    listed = {f"m{i}": stakes for i, stakes in enumerate(models)}
    held = {f"k{i}": stakes for i, stakes in enumerate(keys)}
    found = match_keys(held, listed, (1, 2, 3))
    assert len(set(found.values())) == len(found)

    def whole(stakes: dict[int, NMR]) -> list[NMR]:
        return [stakes.get(number, NMR(0)) for number in (1, 2, 3)]

    for model_id, key in found.items():
        mine = whole(listed[model_id])
        assert any(mine)
        assert [one for one in listed if whole(listed[one]) == mine] == [model_id]
        assert [one for one in held if whole(held[one]) == mine] == [key]


def test_the_chain_is_not_imported_unless_it_is_configured() -> None:
    program = (
        "import sys; from pathlib import Path; from tempfile import mkdtemp;"
        "from ledger.opening import Options, open_book;"
        "import ledger.syncing.sync, ledger.account.strategies, ledger.syncing.reading.strategies;"
        "book = open_book(Options(at=Path(mkdtemp()))); book.stakes.atomic.strategy();"
        "assert book._chain_reader() is None; assert book._chain.broadcaster() is None;"
        "print([name for name in sys.modules if name.startswith(('ledger.chain.', 'eth'))"
        " or name in {'ledger.chain', 'requests', 'icalendar'}])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
