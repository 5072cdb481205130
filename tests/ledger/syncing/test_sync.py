"""Numerai's world arrives in the ledger: whole, once, and whatever goes wrong on the way."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.syncing.coverage import Covered
from ledger.domain.syncing.facts import SyncLog, SyncProgress
from ledger.errors import BadAnswer, BadCredentials, Cancelled, Refused, Unreachable
from ledger.numerai.client import NumeraiClient
from ledger.rules.rounds.payout import payout
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.ledger.numerai.conftest import ApiKey, HiddenSecret
from tests.ledger.numerai.server import Handler, ScriptedServer, answer, page
from tests.ledger.numerai.shapes import load

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

VOLATILE = {
    *("sync", "sync_problem", "sync_state", "server_lesson", "sqlite_sequence", "model_key"),
    "ledger_mark",
}
"""Tables that tell of syncs and of the ledger rather than of Numerai, and keys: once learned they
are kept."""

Open = Callable[..., "Ledger"]


class Ledger:
    """A ledger of one sandbox or scripted server, and a client to fill it with."""

    def __init__(self, path: Path, clock: Any, url: str, key: ApiKey, **settings: Any) -> None:
        self.path = path
        self.clock = clock
        self.store = Store.open(path, clock=clock)
        self.client = NumeraiClient(
            key, api_url=url, clock=clock, sleep=lambda _seconds, _stop: None, **settings
        )

    def sync(self, history_rounds: int | None = None, **more: Any) -> SyncLog:
        return sync(self.client, self.store, self.clock, history_rounds=history_rounds, **more)

    def close(self) -> None:
        self.client.close()
        self.store.close()


SEEN = frozenset({"price", "score_day"})
"""Tables of what was only so at the time of a sync: who syncs more often has more of it."""


FILLED = frozenset({"score_day"})
"""Tables that fill up over several syncs."""


def content(path: Path, *, without: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
    """Every row of every table, but for what tells of syncs: row numbers, and whether a payout
    was still on Numerai's list of recent ones or had to be added up."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        rows = {}
        for (table,) in tables.fetchall():
            if table in VOLATILE | without:
                continue
            found = connection.execute(f"SELECT * FROM {table}")
            passed_over = {"id"} if table.endswith("_transaction") else {"source"}
            columns = [column[0] for column in found.description]
            kept = [i for i, column in enumerate(columns) if column not in passed_over]
            rows[table] = sorted(repr([row[i] for i in kept]) for row in found)
    return rows


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """A sandbox nobody moves or breaks."""
    with Sandbox(seed=5, models=9, rounds=80, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of this test's own."""
    with Sandbox(seed=5, models=4, rounds=40, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def ledger_of(tmp_path: Path) -> Iterator[Open]:
    """Opens ledgers of sandboxes."""
    opened: list[Ledger] = []

    def open_ledger(
        sandbox: Sandbox, name: str = "one", key: str = "full", **settings: Any
    ) -> Ledger:
        public_id, secret = sandbox.keys[key]
        ledger = Ledger(
            tmp_path / f"{name}.sqlite3",
            sandbox,
            sandbox.url,
            ApiKey(public_id, HiddenSecret(secret)),
            **settings,
        )
        opened.append(ledger)
        return ledger

    yield open_ledger
    for ledger in opened:
        ledger.close()


@pytest.fixture(scope="module")
def full(world: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger synced once with the world; to be read only."""
    path = tmp_path_factory.mktemp("full") / "full.sqlite3"
    public_id, secret = world.keys["full"]
    ledger = Ledger(path, world, world.url, ApiKey(public_id, HiddenSecret(secret)))
    ledger.sync()
    yield ledger
    ledger.close()


# ---- what arrives ----


def test_the_account_arrives(full: Ledger, world: Sandbox) -> None:
    account = full.store.account()
    assert account is not None
    assert account.available == world.world.account_wallet.available
    assert account.held_increases == world.world.account_wallet.held
    assert account.as_of == NOW
    assert "stake" in account.scopes
    models = {model.id: model for model in full.store.models(archived=True)}
    assert {slot.id for slot in world.world.slots} == set(models)
    for slot in world.world.slots:
        assert models[slot.id].name == slot.name
        assert models[slot.id].archived == slot.archived


def test_stakes_arrive(full: Ledger, world: Sandbox) -> None:
    stakes = full.store.stakes()
    staked = [slot for slot in world.world.slots if slot.stake and slot.id in stakes]
    assert staked
    assert any(slot.pending for slot in staked)
    for slot in staked:
        stake = stakes[slot.id]
        assert stake.settled == slot.stake
        assert (stake.pending is None) == (slot.pending is None)


def test_systems_are_detected(full: Ledger, world: Sandbox) -> None:
    assert full.store.systems() == {
        tournament: world.world.tournaments[tournament].system for tournament in Tournament
    }
    assert full.store.systems()[Tournament.SIGNALS] is System.CONTINUOUS


def test_rounds_arrive_with_their_scores(full: Ledger, world: Sandbox) -> None:
    for tournament in Tournament:
        rounds = full.store.rounds(tournament)
        competition = world.world.tournaments[tournament]
        assert {entry.number for entry in rounds} >= set(competition.rounds)
        for entry in rounds:
            if entry.number in competition.rounds:
                assert entry.resolved == competition.rounds[entry.number].resolved
                assert entry.payout_scores


def test_performances_arrive_with_payouts(full: Ledger) -> None:
    for tournament in Tournament:
        rows = full.store.performances(tournament)
        rounds = {entry.number: entry for entry in full.store.rounds(tournament)}
        assert rows
        settled = [row for row in rows if row.state is PayoutState.SETTLED]
        assert any(row.payout and row.payout > NMR(0) for row in settled)
        assert any(row.payout and row.payout < NMR(0) for row in settled)
        for row in rows:
            assert (row.state is PayoutState.SETTLED) == rounds[row.round].resolved
            assert row.clip == rounds[row.round].clip
            if row.submission_id and row.at_risk and row.state is PayoutState.SETTLED:
                assert row.payout is not None
                assert row.source is not None


def test_payout_sources_agree(full: Ledger) -> None:
    """Our arithmetic gives what Numerai paid, to the rounding of the published scores."""
    compared = 0
    for tournament in Tournament:
        for row in full.store.performances(tournament):
            ours = payout(row.at_risk, row.scores, row.factor, row.clip)
            if ours is not None and row.payout is not None and row.state is PayoutState.SETTLED:
                assert abs(ours - row.payout) <= row.at_risk.times(Decimal("0.001"))
                compared += 1
    assert compared > 100


def test_submissions_arrive_in_every_state(full: Ledger) -> None:
    states = {
        entry.state for tournament in Tournament for entry in full.store.submissions(tournament)
    }
    assert states >= {SubmissionState.SUBMITTED, SubmissionState.LATE, SubmissionState.MISSED}
    for tournament in Tournament:
        for entry in full.store.submissions(tournament):
            if entry.state is SubmissionState.LATE:
                assert entry.at is not None


def test_transactions_and_prices_arrive(full: Ledger) -> None:
    kinds = {row.type for row in full.store.stake_transactions()}
    assert "strategy stake" in kinds
    assert full.store.wallet_transactions()
    assert full.store.prices()


def test_the_log_tells_what_it_cost(full: Ledger) -> None:
    log = full.store.last_sync()
    assert log is not None
    assert log.outcome == "done"
    assert log.requests > 6
    assert log.rounds >= 80 * 3
    assert log.problems == ()


# ---- again, and incrementally ----


def test_again_changes_nothing_and_asks_little(world: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(world)
    first = ledger.sync()
    before = content(ledger.path, without=FILLED)
    second = ledger.sync()
    assert content(ledger.path, without=FILLED) == before
    assert second.rounds < first.rounds


def test_a_following_sync_of_32_models_takes_20_requests_at_most(ledger_of: Open) -> None:
    with Sandbox(seed=1, rounds=30, now=NOW, frozen=True) as sandbox:
        ledger = ledger_of(sandbox)
        ledger.sync()
        sandbox.advance(rounds=1)
        assert len(ledger.store.models()) == 32
        assert ledger.sync().requests <= 20


def test_step_by_step_comes_to_the_same_as_all_at_once(sandbox: Sandbox, ledger_of: Open) -> None:
    step_by_step = ledger_of(sandbox, "steps")
    step_by_step.sync()
    for rounds in (1, 2, 7, 40):
        sandbox.advance(rounds=rounds, days=0.2)
        step_by_step.sync()
    at_once = ledger_of(sandbox, "once")
    at_once.sync()
    assert content(step_by_step.path, without=SEEN) == content(at_once.path, without=SEEN)


def test_resolved_rounds_are_fetched_once(sandbox: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(sandbox)
    ledger.sync()
    log = ledger.sync()
    unresolved = sum(
        not entry.resolved and entry.opens <= sandbox.now()
        for tournament in Tournament
        for entry in ledger.store.rounds(tournament)
    )
    assert 0 < log.rounds <= unresolved
    assert unresolved < 3 * 40


def test_older_history_that_did_not_come_is_asked_for_again(
    sandbox: Sandbox, ledger_of: Open
) -> None:
    ledger = ledger_of(sandbox, "growing", max_parallel=1)
    ledger.sync(20)
    before = ledger.store.covered(Covered.PERFORMANCES)

    def spoil(step: SyncProgress) -> None:
        if step.stage == "submissions":
            sandbox.fail("nulls", times=0, fields=["slice0", "slice1", "slice2"])

    ledger.sync(None, on_progress=spoil)
    sandbox.clear_faults()
    assert ledger.store.covered(Covered.PERFORMANCES) == before
    assert {entry.fact for entry in ledger.store.missing()} == {Fact.PERFORMANCES}
    ledger.sync(None)
    whole = ledger_of(sandbox, "whole")
    whole.sync(None)
    assert content(ledger.path, without=FILLED) == content(whole.path, without=FILLED)


def test_history_is_limited_and_can_grow(sandbox: Sandbox, ledger_of: Open) -> None:
    growing = ledger_of(sandbox, "growing")
    growing.sync(20)
    numbers = {row.round for row in growing.store.performances(Tournament.SIGNALS)}
    assert max(numbers) - min(numbers) < 20
    growing.sync(None)
    whole = ledger_of(sandbox, "whole")
    whole.sync(None)
    assert content(growing.path, without=FILLED) == content(whole.path, without=FILLED)
    while (requests := growing.sync(None).requests) > whole.sync(None).requests:
        assert requests == whole.sync(None).requests + 1
    assert content(growing.path) == content(whole.path)


def test_past_days_that_do_not_come_are_asked_for_again(sandbox: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(sandbox)

    days = {"type": "V2RoundModelPerformance", "field": "intraRoundSubmissionScores"}
    sandbox.fail("null_field", times=0, error=True, **days)
    log = ledger.sync(30)
    sandbox.clear_faults()
    assert log.outcome == "done"
    assert {entry.fact for entry in ledger.store.missing()} == {Fact.DAILY_SCORES}
    whole = ledger_of(sandbox, "whole")
    whole.sync(30)
    ledger = ledger_of(sandbox)
    for _ in range(6):
        ledger.sync(30)
    assert content(ledger.path) == content(whole.path)


def test_rounds_become_missed_or_settled_as_time_goes_by(sandbox: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(sandbox)
    sandbox.advance(rounds=1)
    ledger.sync()
    current = max(
        entry.number
        for entry in ledger.store.rounds(Tournament.CLASSIC)
        if entry.opens <= sandbox.now()
    )
    first = {
        entry.model_id: entry.state
        for entry in ledger.store.submissions(Tournament.CLASSIC)
        if entry.round == current
    }
    assert SubmissionState.AWAITED in first.values()
    sandbox.advance(days=3)
    ledger.sync()
    later = {
        entry.model_id: entry.state
        for entry in ledger.store.submissions(Tournament.CLASSIC)
        if entry.round == current
    }
    assert set(first) <= set(later)
    assert SubmissionState.AWAITED not in later.values()


# ---- progress and stopping ----


def test_progress_ends_where_it_said(world: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(world)
    steps: list[SyncProgress] = []
    log = ledger.sync(on_progress=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].done == steps[-1].total == log.requests
    name = ledger.store.models()[0].name
    assert any(step.stage.startswith("scores of") and name in step.stage for step in steps)


def test_a_stopped_sync_leaves_the_ledger_as_it_was(world: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(world)
    before = content(ledger.path)
    stop = threading.Event()
    with pytest.raises(Cancelled):
        ledger.sync(on_progress=lambda _step: stop.set(), stop=stop)
    assert content(ledger.path) == before
    assert [log.outcome for log in ledger.store.syncs(5)] == ["stopped"]
    assert ledger.store.last_sync() is None
    ledger.sync()
    assert ledger.store.last_sync() is not None


def test_stopping_does_not_wait_for_a_server_that_hangs(sandbox: Sandbox, ledger_of: Open) -> None:
    ledger = ledger_of(sandbox, read_timeout=60.0)
    sandbox.fail("hang", seconds=120, times=0)
    stop = threading.Event()
    failed: list[Exception] = []

    def run() -> None:
        try:
            ledger.sync(stop=stop)
        except Cancelled as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert failed


# ---- trouble ----

TROUBLE = {
    "latency": {"ms": 5},
    "status_before": {"status": 503},
    "status_after": {"status": 500},
    "drop_before": {},
    "drop_after": {},
    "hang": {"seconds": 20},
    "too_many": {"retry_after": 1},
    "html": {},
    "nulls": {},
}


@pytest.mark.parametrize("fault", TROUBLE)
def test_passing_trouble_changes_nothing(
    fault: str, world: Sandbox, full: Ledger, ledger_of: Open
) -> None:
    ledger = ledger_of(world, read_timeout=1.5, max_parallel=2)
    world.fail(fault, times=2, on="query", **TROUBLE[fault])
    log = ledger.sync()
    world.clear_faults()
    assert log.outcome == "done"
    assert content(ledger.path, without=SEEN) == content(full.path, without=SEEN)


def test_nulls_in_scores_are_asked_for_again(world: Sandbox, full: Ledger, ledger_of: Open) -> None:
    """A fault in a settled round would stay for good: it is never fetched again."""
    ledger = ledger_of(world, max_parallel=1)

    spoiled = []

    def spoil(step: SyncProgress) -> None:
        if step.stage == "stake transactions" and not spoiled:
            world.fail("nulls", times=1, fields=["roundNumber"])
            world.fail("nulls", times=1, fields=["slice1"])
            spoiled.append(step)

    log = ledger.sync(on_progress=spoil)
    world.clear_faults()
    assert not ledger.store.missing()
    assert log.outcome == "done"
    assert content(ledger.path) == content(full.path)


def test_what_stays_null_is_reported_and_fetched_next_time(
    world: Sandbox, full: Ledger, ledger_of: Open
) -> None:
    ledger = ledger_of(world, max_parallel=1)

    def spoil(step: SyncProgress) -> None:
        if step.stage == "submissions":
            world.fail("nulls", times=0, fields=["slice0"])

    log = ledger.sync(on_progress=spoil)
    world.clear_faults()
    assert log.outcome == "done"
    names = {model.name for model in ledger.store.models(archived=True)}
    assert {problem.where for problem in log.problems} <= names
    assert {entry.fact for entry in ledger.store.missing()} == {
        Fact.PERFORMANCES,
        Fact.DAILY_SCORES,
    }
    assert ledger.store.account() == full.store.account()
    ledger.sync()
    assert content(ledger.path, without=FILLED) == content(full.path, without=FILLED)


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("status_before", {"status": 503}, Unreachable),
        ("drop_before", {}, Unreachable),
        ("too_many", {"retry_after": 1}, Unreachable),
        ("html", {}, BadAnswer),
        ("refuse", {"message": "No"}, Refused),
        ("nulls", {}, BadAnswer),
    ],
)
def test_lasting_trouble_leaves_the_ledger_as_it_was(
    fault: str, options: dict[str, Any], error: type[Exception], sandbox: Sandbox, ledger_of: Open
) -> None:
    ledger = ledger_of(sandbox)
    ledger.sync()
    before = content(ledger.path)
    sandbox.advance(rounds=1)
    sandbox.fail(fault, times=0, **options)
    with pytest.raises(error):
        ledger.sync()
    assert content(ledger.path) == before
    last = ledger.store.last_sync(done=False)
    assert last is not None
    assert last.outcome not in {"done", "stopped"}
    done = ledger.store.last_sync()
    assert done is not None
    assert done.finished == NOW


def test_a_wrong_key_is_told_apart(sandbox: Sandbox, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "x.sqlite3", sandbox, sandbox.url, ApiKey())
    with pytest.raises(BadCredentials):
        ledger.sync()
    ledger.close()


def test_a_key_that_may_only_read_is_enough(world: Sandbox, full: Ledger, ledger_of: Open) -> None:
    ledger = ledger_of(world, key="read_only")
    assert ledger.sync().problems == ()
    differing = frozenset({"account", "account_scope", "claim", "claims_read", "stake_round"})
    assert content(ledger.path, without=differing) == content(full.path, without=differing)


# ---- recorded answers ----

NAMES = {
    "apiTokenInfo": "account",
    "pendingV2ChangeStakeRequest": "account",
    "v3StakeConfig": "contracts",
    "pendingModelPayouts": "payouts",
    "latestSubmissions": "submissions",
    "stakeTransactions": "transactions",
    "v2RoundModelPerformances": "performances",
    "rounds(": "rounds",
}


def replay(server: ScriptedServer, **instead: str) -> None:
    """Let ``server`` answer from recorded shapes; ``instead`` names others for some."""

    def step(handler: Handler) -> None:
        document = server.script.received[-1].document
        name = next(name for field, name in NAMES.items() if field in document)
        data = json.loads(json.dumps(load(instead.get(name, name)), default=str))
        if name == "performances":
            data = {f"slice{i}": data.get("slice0") for i in range(3)}
        answer({"data": data})(handler)

    server.script.steps[:] = [step]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    running = ScriptedServer()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def recorded(server: ScriptedServer, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of the scripted server; one request at a time, so that answers match."""
    clock = FrozenClock(datetime(2026, 11, 23, 8, tzinfo=UTC))
    ledger = Ledger(tmp_path / "r.sqlite3", clock, server.url, ApiKey(), max_parallel=1)
    yield ledger
    ledger.close()


def test_recorded_shapes(server: ScriptedServer, recorded: Ledger) -> None:
    replay(server)
    recorded.sync()
    assert recorded.store.stakes()["m-alpha"].settled == NMR("1234.5")
    rows = {
        row.round: row
        for row in recorded.store.performances(Tournament.CLASSIC, model_id="m-alpha")
    }
    assert rows[1163].payout == NMR("-0.083")
    assert recorded.store.systems()[Tournament.CRYPTO] is System.ATOMIC
    assert recorded.store.systems()[Tournament.CLASSIC] is System.CONTINUOUS


@pytest.mark.parametrize(
    "instead",
    [
        {"account": "account_nulls"},
        {"account": "account_no_models"},
        {"account": "account_100_models"},
        {"rounds": "rounds_null"},
        {"performances": "performances_odd"},
        {"performances": "performances_null"},
        {
            "account": "account_nulls",
            "performances": "performances_odd",
            "rounds": "rounds_null",
        },
    ],
    ids=lambda instead: "+".join(instead.values()),
)
def test_odd_shapes_are_reported_and_the_rest_goes_through(
    instead: dict[str, str], server: ScriptedServer, recorded: Ledger
) -> None:
    replay(server, **instead)
    log = recorded.sync()
    assert log.outcome == "done"
    assert recorded.store.account() is not None
    odd = set(instead.values()) - {"account_no_models", "account_100_models"}
    assert bool(log.problems) >= bool(odd)
    recorded.sync()


def test_one_model_numerai_stumbles_over_does_not_stop_the_rest(
    server: ScriptedServer, recorded: Ledger
) -> None:
    replay(server)
    good = server.script.steps[0]

    def step(handler: Handler) -> None:
        received = server.script.received[-1]
        (page(500) if "m-beta" in received.variables.values() else good)(handler)

    server.script.steps[:] = [step]
    log = recorded.sync()
    assert log.outcome == "done"
    assert recorded.store.missing().of(Fact.PERFORMANCES, "m-beta")
    assert recorded.store.performances(Tournament.CLASSIC, model_id="m-alpha")
    assert not recorded.store.missing().of(Fact.PERFORMANCES, "m-alpha")
    assert "m-beta" not in recorded.store.covered(Covered.PERFORMANCES)


# ---- the process dies ----

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from ledger.clock import FrozenClock, from_iso
    from ledger.numerai.client import NumeraiClient
    from ledger.store import Store
    from ledger.syncing.sync import sync
    from tests.ledger.numerai.conftest import ApiKey, HiddenSecret

    path, url, public_id, secret, now = sys.argv[1:]
    clock = FrozenClock(from_iso(now))
    client = NumeraiClient(ApiKey(public_id, HiddenSecret(secret)), api_url=url, clock=clock)
    tell = lambda step: print(step.done, step.total, flush=True)
    sync(client, Store.open(Path(path), clock=clock), clock, history_rounds=None, on_progress=tell)
    print("end", flush=True)
    """
)


@pytest.mark.parametrize("moment", ["first", "last"])
def test_a_killed_sync_leaves_the_ledger_whole(
    moment: str, sandbox: Sandbox, ledger_of: Open
) -> None:
    ledger = ledger_of(sandbox, "killed")
    ledger.sync()
    sandbox.advance(rounds=3)
    public_id, secret = sandbox.keys["full"]
    arguments = [str(ledger.path), sandbox.url, public_id, secret, sandbox.now().isoformat()]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            done, total = line.split()
            if moment == "first" or done == total:
                process.kill()
                break
    assert ledger.store.check() == []
    assert len(ledger.store.syncs(10)) in {1, 2}
    ledger.sync()
    assert ledger.store.check() == []
    once = ledger_of(sandbox, "once")
    once.sync()
    assert content(ledger.path, without=SEEN) == content(once.path, without=SEEN)


def test_two_syncs_after_each_other_by_two_clients_agree(sandbox: Sandbox, ledger_of: Open) -> None:
    one, other = ledger_of(sandbox, "shared"), ledger_of(sandbox, "shared")
    one.sync()
    before = content(one.path)
    other.sync()
    assert content(one.path) == before
    assert one.clock.now() - NOW == timedelta(0)
