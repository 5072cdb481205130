"""Changes reach Numerai once or not at all; numerapi works over our transport."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.errors import (
    BadAnswer,
    BadCredentials,
    MissingCredentials,
    MissingScope,
    NumeraiError,
    RateLimited,
    Refused,
    TournamentMoved,
    Unreachable,
)
from ledger.numerai import official
from ledger.numerai.client import NumeraiClient
from ledger.sandbox import Sandbox
from tests.ledger.numerai.conftest import NOW, ApiKey, HiddenSecret
from tests.ledger.numerai.server import ScriptedServer, answer, data, error

MODEL = Model("m-alpha", "ALPHA", Tournament.SIGNALS)

Connect = Callable[..., NumeraiClient]
Change = Callable[[NumeraiClient, Model], Any]

CHANGES: dict[str, Change] = {
    "increase": lambda client, model: client.increase(model, NMR("1.25")),
    "decrease": lambda client, model: client.decrease(model, NMR("0.5")),
    "drain": lambda client, model: client.drain(model),
    "take profit": lambda client, model: client.set_take_profit(model, on=True),
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=3, models=8, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Connect]:
    opened: list[NumeraiClient] = []

    def connect(key: str = "full", secret: str = "", **settings: Any) -> NumeraiClient:
        public_id, known = sandbox.keys[key]
        client = NumeraiClient(
            ApiKey(public_id, HiddenSecret(secret or known)),
            api_url=sandbox.url,
            clock=sandbox,
            sleep=lambda _seconds, _stop: None,
            **settings,
        )
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def model(sandbox: Sandbox) -> Model:
    """A Signals model with a stake and nothing pending."""
    slot = next(
        slot
        for slot in sandbox.world.slots
        if slot.tournament is Tournament.SIGNALS
        and slot.stake > NMR(2)
        and slot.pending is None
        and not slot.archived
    )
    return Model(slot.id, slot.name, slot.tournament)


# ---- who am I ----


def test_check(connect: Connect) -> None:
    client = connect("read_only")
    info = client.check()
    assert info.username
    assert info.public_id.startswith("SANDBOX")
    assert "read_user_info" in info.scopes
    assert "stake" not in info.scopes
    assert client.requests == 1
    assert client.clock_skew is not None


def test_check_with_a_wrong_key(connect: Connect) -> None:
    with pytest.raises(BadCredentials):
        connect(secret="wrong-secret").check()


def test_check_without_a_key(server: ScriptedServer) -> None:
    client = NumeraiClient(None, api_url=server.url, clock=_FixedClock())
    with pytest.raises(MissingCredentials):
        client.check()


class _FixedClock:
    def now(self) -> datetime:
        return NOW


def test_check_of_an_answer_that_names_nobody(
    client: NumeraiClient, script: Callable[..., None]
) -> None:
    script(data(account=None, apiTokenInfo=None))
    with pytest.raises(BadAnswer):
        client.check()


# ---- changes ----


def test_every_change_arrives_once(connect: Connect, sandbox: Sandbox, model: Model) -> None:
    client = connect()
    client.api(model.tournament)
    before = client.snapshot(model)

    answer = client.increase(model, NMR("1.25"))
    assert (answer.kind, answer.amount) == ("increase", NMR("1.25"))
    after = client.snapshot(model)
    assert after.available == before.available - NMR("1.25")
    assert after.held == before.held + NMR("1.25")
    assert after.pending_kind == "increase"
    assert after.pending_amount == NMR("1.25")
    assert after.scheduled == before.scheduled + 1

    sandbox.advance(rounds=2)
    assert client.snapshot(model).pending_kind is None
    answer = client.decrease(model, NMR("0.5"))
    assert answer.kind == "decrease"
    assert answer.due is not None
    assert client.snapshot(model).pending_kind == "decrease"
    client.cancel_release(model)
    assert client.snapshot(model).pending_kind is None
    assert client.drain(model).kind == "drain"
    assert client.snapshot(model).pending_kind == "drain"
    client.set_take_profit(model, on=True)
    assert client.snapshot(model).take_profit is True
    client.set_take_profit(model, on=False)
    assert client.snapshot(model).take_profit is False
    assert len(sandbox.mutations_applied) == 6


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_one_request(
    kind: str, connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    client = connect()
    CHANGES[kind](client, model)
    assert client.requests == 1
    assert [request["kind"] for request in sandbox.requests] == ["mutation"]


NOT_KNOWN = {
    "status_before": {"status": 502},
    "status_after": {"status": 502},
    "drop_before": {},
    "drop_after": {},
    "hang": {"seconds": 20},
    "html": {},
    "nulls": {},
}


@pytest.mark.parametrize("fault", NOT_KNOWN)
@pytest.mark.parametrize("kind", CHANGES)
def test_a_lost_answer_is_unknown_and_never_sent_again(
    fault: str, kind: str, connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    client = connect(read_timeout=0.3)
    sandbox.fail(fault, on="mutation", **NOT_KNOWN[fault])
    with pytest.raises((Unreachable, BadAnswer)) as caught:
        CHANGES[kind](client, model)
    assert getattr(caught.value, "sent", True)
    assert client.requests == 1
    assert len(sandbox.mutations_applied) == (fault in {"status_after", "drop_after", "nulls"})


def test_a_refusal_is_kept_in_numerais_words(
    connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    client = connect()
    words = 'Variable "$value" has another type.'
    sandbox.fail("refuse", on="mutation", message=words)
    with pytest.raises(Refused) as caught:
        client.increase(model, NMR(1))
    assert (caught.value.message, caught.value.never_ran) == (words, True)
    with pytest.raises(Refused, match="Insufficient funds") as caught:
        client.increase(model, NMR(1_000_000))
    assert (caught.value.path, caught.value.never_ran) == (("v2ChangeStake",), False)
    sandbox.fail("refuse", on="mutation", message="Staking is closed for maintenance")
    with pytest.raises(BadAnswer, match="Staking is closed for maintenance"):
        client.increase(model, NMR(1))
    assert sandbox.mutations_applied == []


def test_a_change_that_came_too_fast_is_unknown(
    connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    sandbox.fail("too_many", on="mutation", retry_after=1)
    client = connect()
    with pytest.raises(RateLimited):
        client.drain(model)
    assert client.requests == 1
    assert sandbox.mutations_applied == []


@pytest.mark.parametrize("kind", CHANGES)
def test_a_missing_scope_is_named(
    kind: str, connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    with pytest.raises(MissingScope) as caught:
        CHANGES[kind](connect("read_only"), model)
    assert caught.value.scope == "stake"
    assert sandbox.mutations_applied == []


@pytest.mark.parametrize("kind", CHANGES)
def test_a_tournament_that_has_moved_is_told_apart(
    kind: str, connect: Connect, sandbox: Sandbox
) -> None:
    slot = next(slot for slot in sandbox.world.slots if slot.tournament is Tournament.CLASSIC)
    with pytest.raises(TournamentMoved, match="V2 staking is disabled") as caught:
        CHANGES[kind](connect(), Model(slot.id, slot.name, slot.tournament))
    assert caught.value.advice
    assert sandbox.mutations_applied == []


def test_a_server_that_is_gone_was_not_told(
    connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    client = connect()
    client.check()
    sandbox.stop()
    with pytest.raises(Unreachable) as caught:
        client.drain(model)
    assert not caught.value.sent


@pytest.mark.parametrize(
    "payload",
    [
        {"requestedAmount": 5, "dueDate": None},
        {"requestedAmount": "1", "dueDate": "whenever"},
        ["done"],
    ],
)
def test_an_answer_nobody_understands_leaves_the_change_open(
    payload: object, client: NumeraiClient, server: ScriptedServer, script: Callable[..., None]
) -> None:
    script(data(v2ChangeStake=payload))
    with pytest.raises(BadAnswer):
        client.increase(MODEL, NMR(1))
    assert len(server.script.received) == 1


@pytest.mark.parametrize("tournament", Tournament)
def test_amount_and_tournament_are_sent_as_they_are(
    tournament: Tournament,
    client: NumeraiClient,
    server: ScriptedServer,
    script: Callable[..., None],
) -> None:
    done = {"status": "", "type": "increase", "requestedAmount": "1", "dueDate": None}
    script(data(v2ChangeStake=done))
    client.increase(Model("m", "M", tournament), NMR("0.000000000000000001"))
    assert server.script.received[0].variables == {
        "value": "0.000000000000000001",
        "type": "increase",
        "modelId": "m",
        "tournamentNumber": int(tournament),
    }


# ---- queries ----


def test_query_is_strict_and_fetch_is_not(
    client: NumeraiClient, script: Callable[..., None]
) -> None:
    script(answer({"data": {"a": 1, "b": None}, "errors": [{"message": "no b", "path": ["b"]}]}))
    with pytest.raises(Refused, match="no b"):
        client.query("{ a b }", {})
    assert client.fetch("{ a b }", {}).data == {"a": 1, "b": None}


# ---- numerapi ----


def test_numerapi_reads_over_our_transport(connect: Connect) -> None:
    client = connect()
    api = client.api(Tournament.CLASSIC)
    account = api.get_account()
    assert account["username"] == client.check().username
    assert api.get_models()
    assert api.list_rounds(limit=2)[0]["number"] > 1000


def test_numerapi_neither_logs_nor_reads_the_environment(
    client: NumeraiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMERAI_PUBLIC_ID", "from")
    monkeypatch.setenv("NUMERAI_SECRET_KEY", "outside")
    handlers = list(logging.getLogger().handlers)
    api = client.api(Tournament.CRYPTO)
    assert logging.getLogger().handlers == handlers
    assert api.token is None
    assert api.tournament_id == 12
    api._login("a", "b")
    assert api.token is None


def test_without_numerapi_nothing_is_sent(
    connect: Connect, sandbox: Sandbox, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    official._classes.cache_clear()
    monkeypatch.setitem(sys.modules, "numerapi", None)
    client = connect()
    with pytest.raises(Unreachable, match="can't be imported") as caught:
        client.increase(model, NMR(1))
    assert (caught.value.sent, client.requests, sandbox.mutations_applied) == (False, 0, [])


def test_numerapis_writes_are_not_repeated(
    connect: Connect, sandbox: Sandbox, model: Model
) -> None:
    """Unlike numerapi itself, which sends a stake increase again after a 502."""
    api = connect().api(model.tournament)
    sandbox.fail("status_after", on="mutation", status=502)
    with pytest.raises(NumeraiError):
        api.stake_increase("1", model.id)
    assert len(sandbox.mutations_applied) == 1


def test_numerapis_broken_drain_is_refused_in_words(connect: Connect, model: Model) -> None:
    with pytest.raises(Refused, match="bool"):
        connect().api(model.tournament).stake_drain(model.id)


def test_numerapi_keeps_the_servers_words(
    client: NumeraiClient, script: Callable[..., None]
) -> None:
    script(error('Unknown argument "value".', 400))
    with pytest.raises(Refused, match="Unknown argument"):
        client.api(Tournament.CLASSIC).stake_increase("1", "m")


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys; import ledger.numerai.client, ledger.syncing.sync; "
        "heavy = {'requests', 'urllib3', 'numerapi', 'pandas', 'numpy', 'sqlite3', 'graphql'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_snapshot_is_dated_by_the_servers_clock(sandbox: Sandbox, model: Model) -> None:
    clock = FrozenClock(sandbox.now() + timedelta(hours=3))
    public_id, secret = sandbox.keys["full"]
    client = NumeraiClient(Credentials(public_id, Secret(secret)), api_url=sandbox.url, clock=clock)
    for hours in (0, -7):
        clock.jump(timedelta(hours=hours))
        read = client.snapshot(model)
        assert read.server is not None
        assert abs(read.server - sandbox.now()) < timedelta(seconds=2)
    client.close()
