"""Processes that sign and send transactions, killed or two at a time: each takes effect once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.domain.queue.change import ChangeState
from ledger.domain.stakes.strategy import TransactionState
from tests.benchmarks.chain_kills import ChainTally, ChainTrial
from tests.ledger.queue.together import two_at_once

pytestmark = pytest.mark.long

KILLS = 8
RUNNER = """
import json, sys
from contextlib import suppress
from ledger.domain.queue.change import CONFIRMED
from ledger.errors import LedgerError
from tests.benchmarks.chain_work import PASSPHRASE, open_book

book = open_book(**json.loads(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
while waiting := book._store.changes(states=CONFIRMED):
    for change in waiting[::-1]:
        with suppress(LedgerError):
            book.queue.signing.sign(change.id, PASSPHRASE)
        with suppress(LedgerError):
            book.queue.run()
"""


def check(tally: ChainTally) -> None:
    assert not tally.twice
    assert not tally.wrong
    assert tally.sends <= tally.allowed
    assert set(tally.ends) <= {"accepted", "refused"}
    assert sum(tally.ends.values()) == tally.changes


def test_killed_at_random_nothing_is_applied_twice_or_lost(tmp_path: Path) -> None:
    with ChainTrial(tmp_path, seed=3) as trial:
        tally = trial.run(KILLS)
    check(tally)
    assert tally.kills == KILLS


def test_killed_while_blocks_are_taken_back(tmp_path: Path) -> None:
    with ChainTrial(tmp_path, seed=5, confirmations=2) as trial:
        tally = trial.run(KILLS // 2)
    check(tally)
    assert tally.taken_back
    assert tally.swapped


def test_killed_between_every_two_steps_of_sending(tmp_path: Path) -> None:
    with ChainTrial(tmp_path, seed=5) as trial:
        tally = trial.sweep("attempt", range(60, 300, 24))
    check(tally)
    assert tally.at["sending/sent"] > 0


def test_two_processes_sign_and_send_each_change_once(tmp_path: Path) -> None:
    with ChainTrial(tmp_path, seed=2) as trial:
        trial.open()
        trial.wish(7, swapped=False)
        trial.sandbox.fail("latency", on="rpc", ms=5, times=0)
        two_at_once(RUNNER, json.dumps(trial.where()))
        changes = trial.book.queue.report().lines
        transactions = [trial.book.queue.signing.transactions(line.change.id) for line in changes]
        sends = [one for one in trial.sandbox.requests if "eth_sendRawTransaction" in one["fields"]]
        hashes = {entry["tx_hash"] for entry in trial.sandbox.mutations_applied}
        trial.book.close()
    assert len(changes) == len(sends) == 8
    assert {line.change.state for line in changes} == {ChangeState.ACCEPTED}
    assert {one.hash for (one,) in transactions} == hashes
    assert {one.state for (one,) in transactions} == {TransactionState.MINED}
