"""What stands against a way for a change of a strategy, known before anything is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.config.settings import AtomicSettings
from ledger.domain.model import System, Tournament
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.stakes.strategy import Channel, StrategyReading
from ledger.errors import WalletError
from ledger.queue import ways

CRYPTO, NOW = Tournament.CRYPTO, datetime(2026, 11, 24, tzinfo=UTC)
OWNER = "0xOwner"
CHANGE = Change(
    *(1, CRYPTO, "m", "m", System.ATOMIC, ChangeKind.SET_PER_ROUND, None, ChangeState.DRAFT),
    *(Conditions(), "", NOW, NOW),
)
SET_UP = AtomicSettings(rpc_url="http://127.0.0.1", crypto_strategy="0xStrategy")
READING = StrategyReading(
    *(CRYPTO, "0xStrategy", OWNER, None, None, None, None, None, 1, 1, NOW),
)


def trouble(
    channel: Channel,
    settings: AtomicSettings = SET_UP,
    reading: StrategyReading | None = READING,
    address: str | None = OWNER.lower(),
) -> str | None:
    return ways.trouble_with(channel, CHANGE, settings, reading=reading, address=lambda: address)


def test_where_all_is_there_every_way_can_work() -> None:
    for channel in (Channel.BY_HAND, Channel.UNSIGNED, Channel.SIGNED):
        assert trouble(channel) is None


@pytest.mark.parametrize(
    ("settings", "reading", "words"),
    [
        (replace(SET_UP, rpc_url=""), READING, "No Ethereum endpoint"),
        (replace(SET_UP, crypto_strategy=""), READING, "atomic.crypto_strategy"),
        (SET_UP, None, "No sync has read"),
        (SET_UP, replace(READING, trouble="It is paused."), "It is paused."),
    ],
)
def test_what_is_missing_is_named_for_transactions_and_never_for_what_is_by_hand(
    settings: AtomicSettings, reading: StrategyReading | None, words: str
) -> None:
    assert trouble(Channel.BY_HAND, settings, reading) is None
    for channel in (Channel.UNSIGNED, Channel.SIGNED):
        assert words in (trouble(channel, settings, reading) or "")


def test_a_signature_needs_the_owners_key() -> None:
    assert trouble(Channel.UNSIGNED, address=None) is None
    assert "no owner's key" in (trouble(Channel.SIGNED, address=None) or "")
    assert "owned by 0xOwner" in (trouble(Channel.SIGNED, address="0xother") or "")


def test_the_key_is_looked_for_only_for_a_signature_and_its_trouble_is_told() -> None:
    def locked() -> str | None:
        raise WalletError("Others can read the keystore.")

    told = [
        ways.trouble_with(channel, CHANGE, SET_UP, reading=READING, address=locked)
        for channel in (Channel.BY_HAND, Channel.UNSIGNED, Channel.SIGNED)
    ]
    assert told == [None, None, "Others can read the keystore."]


def test_without_the_libraries_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "find_spec", lambda _: None)
    assert "not installed" in (trouble(Channel.SIGNED) or "")
    assert trouble(Channel.BY_HAND) is None
