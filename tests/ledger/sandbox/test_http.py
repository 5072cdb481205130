"""Faults, control and life as a process, over real HTTP."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from ledger.clock import OffsetClock, iso
from ledger.errors import LedgerError, Unreachable
from ledger.sandbox import Sandbox, control
from ledger.sandbox.world.population import build
from tests.ledger.sandbox.asking import CHANGE, signals
from tests.ledger.sandbox.conftest import MONDAY, Client

QUERY = "{ account { username models { id name } } }"


def change(sandbox: Sandbox, client: Client) -> requests.Response:
    return client.post(CHANGE, m=signals(sandbox).id, t=11, type="increase", value="1")


# faults


@pytest.mark.parametrize(
    ("fault", "status", "applied"),
    [("status_before", 502, 0), ("status_after", 502, 1), ("html", 200, 0), ("refuse", 400, 0)],
)
def test_a_fault_answers_wrongly_once_and_applies_or_not(
    sandbox, client, fault, status, applied
) -> None:
    sandbox.fail(fault)
    answer = change(sandbox, client)
    assert answer.status_code == status
    assert len(sandbox.mutations_applied) == applied
    assert sandbox.requests[-1]["applied"] is bool(applied)
    assert change(sandbox, client).status_code == 200


@pytest.mark.parametrize(("fault", "applied"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_has_no_answer(sandbox, client, fault, applied) -> None:
    sandbox.fail(fault)
    with pytest.raises(requests.ConnectionError):
        change(sandbox, client)
    assert len(sandbox.mutations_applied) == applied


@pytest.mark.parametrize(("after", "applied"), [(False, 0), (True, 1)])
def test_a_hang_outlasts_the_clients_patience(sandbox, client, after, applied) -> None:
    sandbox.fail("hang", seconds=30, after=after)
    with pytest.raises(requests.ReadTimeout):
        client.session.post(
            sandbox.url,
            json={
                "query": CHANGE,
                "variables": {"m": signals(sandbox).id, "t": 11, "type": "increase", "value": "1"},
            },
            timeout=0.3,
        )
    assert len(sandbox.mutations_applied) == applied


def test_faults_name_their_own_status_message_and_wait(sandbox, client) -> None:
    sandbox.fail("status_before", status=504)
    assert client.post(QUERY).status_code == 504
    sandbox.fail("refuse", message="Not today")
    assert client.error(QUERY) == (400, "Not today")
    sandbox.fail("too_many", retry_after=7)
    answer = client.post(QUERY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(("form", "status"), [("html", 524), ("empty", 200), ("empty", 500)])
def test_a_body_is_no_answer_with_any_status(sandbox, client, form, status) -> None:
    sandbox.fail("body", form=form, status=status)
    answer = change(sandbox, client)
    assert answer.status_code == status
    assert (answer.text == "") == (form == "empty")
    assert ("<html>" in answer.text) == (form == "html")
    assert sandbox.mutations_applied == []
    sandbox.fail("body", form=form, status=status, after=True)
    assert change(sandbox, client).status_code == status
    assert len(sandbox.mutations_applied) == 1


@pytest.mark.parametrize(("after", "applied"), [(False, 0), (True, 1)])
def test_a_body_breaks_off(sandbox, client, after, applied) -> None:
    whole = client.post(QUERY).text
    sandbox.fail("body", form="truncated")
    cut = client.post(QUERY).text
    assert whole.startswith(cut)
    assert 0 < len(cut) < len(whole)
    sandbox.fail("body", form="truncated", after=after, on="mutation")
    answer = change(sandbox, client)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert len(sandbox.mutations_applied) == applied


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize(("after", "applied"), [(False, 0), (True, 1)])
def test_a_request_is_rate_limited_on_command(sandbox, client, status, after, applied) -> None:
    control.fault(sandbox.url, "rate_limited", **{"as": str(status)}, after=after)
    answer = change(sandbox, client)
    assert answer.status_code == status
    assert answer.json() == {"errors": [{"message": "Rate limit exceeded", "code": "rate_limited"}]}
    assert len(sandbox.mutations_applied) == applied


def test_an_internal_error_comes_with_200_and_no_data(sandbox, client) -> None:
    sandbox.fail("refuse", status=200, message="Internal server error")
    answer = client.post(QUERY)
    assert answer.status_code == 200
    assert answer.json() == {"errors": [{"message": "Internal server error"}]}


def test_faults_choose_queries_or_mutations(sandbox, client) -> None:
    sandbox.fail("status_before", on="mutation")
    assert client.post(QUERY).status_code == 200
    assert change(sandbox, client).status_code == 502


def test_faults_last_as_often_as_told_and_can_be_cleared(sandbox, client) -> None:
    sandbox.fail("status_before", times=2)
    assert [client.post(QUERY).status_code for _ in range(3)] == [502, 502, 200]
    sandbox.fail("status_before", times=0)
    assert [client.post(QUERY).status_code for _ in range(3)] == [502, 502, 502]
    sandbox.clear_faults()
    assert client.post(QUERY).status_code == 200


def test_nulls_everywhere_or_in_named_fields(sandbox, client) -> None:
    sandbox.fail("nulls")
    assert client.post(QUERY).json() == {"data": {"account": None}}
    sandbox.fail("nulls", fields=["name"])
    account = client.data(QUERY)["account"]
    assert account["username"] == "demo_quant"
    assert {model["name"] for model in account["models"]} == {None}


def test_latency_delays_and_still_answers_and_mixes_with_another_fault(sandbox, client) -> None:
    sandbox.fail("latency", ms=1, times=0)
    assert client.data(QUERY)["account"]["username"]
    sandbox.fail("status_before")
    assert [client.post(QUERY).status_code for _ in range(2)] == [502, 200]


@pytest.mark.parametrize(("fault", "on"), [("flood", "any"), ("html", "sometimes")])
def test_unknown_faults_are_a_mistake(sandbox, fault, on) -> None:
    with pytest.raises(ValueError, match="fault"):
        sandbox.fail(fault, on=on)


# HTTP


def test_one_connection_serves_many_requests(sandbox, client) -> None:
    with requests.Session() as session:
        session.trust_env = False
        local_ports = set()
        for _ in range(3):
            answer = session.post(sandbox.url, json={"query": QUERY}, timeout=20, stream=True)
            local_ports.add(answer.raw.connection.sock.getsockname()[1])
            assert answer.json()
    assert len(local_ports) == 1


def test_the_date_header_tells_the_sandboxs_time(sandbox, client) -> None:
    sandbox.advance(days=3)
    answer = client.post(QUERY)
    assert parsedate_to_datetime(answer.headers["Date"]) == MONDAY + timedelta(days=3)


@pytest.mark.parametrize("length", ["9999999999", "-5", "many"])
def test_impossible_lengths_are_refused(sandbox, length) -> None:
    with socket.create_connection(("127.0.0.1", int(sandbox.url.split(":")[2][:-1]))) as raw:
        raw.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        raw.settimeout(20)
        assert b" 413 " in raw.recv(4096)


OWN = "127.0.0.1:{port}"
JSON = "application/json"
ASKED = [
    ("POST", "/", OWN, JSON, 200),
    ("POST", "/", "localhost:{port}", "application/json; charset=utf-8", 200),
    ("POST", "/_sandbox/clear", "[::1]:{port}", JSON, 200),
    ("GET", "/_sandbox/status", OWN, None, 200),
    ("POST", "/", "rebound.example:{port}", JSON, 403),
    ("POST", "/rpc", "127.0.0.1.example:{port}", JSON, 403),
    ("POST", "/_sandbox/clear", "localhost", JSON, 403),
    ("POST", "/_sandbox/clear", "127.0.0.1:1", JSON, 403),
    ("POST", "/_sandbox/clear", "127.0.0.1:no", JSON, 403),
    ("POST", "/_sandbox/clear", "x@127.0.0.1:{port}", JSON, 403),
    ("GET", "/_sandbox/status", "rebound.example:{port}", None, 403),
    ("GET", "/_sandbox/clear", OWN, None, 405),
    ("GET", "/_sandbox/advance", OWN, JSON, 405),
    ("GET", "/", OWN, None, 400),
    ("PUT", "/_sandbox/clear", OWN, JSON, 501),
    ("POST", "/", OWN, "text/plain", 415),
    ("POST", "/rpc", OWN, "application/x-www-form-urlencoded", 415),
    ("POST", "/_sandbox/clear", OWN, None, 415),
]
"""Method, path, Host and Content-Type of a request, and the status of the answer."""


def test_only_what_names_it_and_sends_json_is_answered(sandbox) -> None:
    port = urlsplit(sandbox.url).port
    for method, path, host, kind, status in ASKED:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Host": host.format(port=port), "User-Agent": "test"}
        headers |= {"Content-Type": kind} if kind else {}
        body = None if method == "GET" else b'{"query": "{ latestNmrPrice { priceUsd } }"}'
        sandbox.clear_faults()
        sandbox.fail("refuse", on="mutation")
        connection.request(method, path, body, headers)
        assert connection.getresponse().status == status, (method, path, host, kind)
        connection.close()
        cleared = path == "/_sandbox/clear" and status == 200
        assert (change(sandbox, Client(sandbox)).status_code == 200) is cleared


def test_parallel_requests_are_all_answered(sandbox) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.append(Client(sandbox).post(QUERY).status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200] * 8


def test_a_stopped_sandbox_refuses_connections_and_can_start_again(sandbox, client) -> None:
    url = sandbox.url
    assert client.post(QUERY).status_code == 200
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        client.session.post(url, json={"query": QUERY}, timeout=5)
    with pytest.raises(RuntimeError, match="not running"):
        client.post(QUERY)
    sandbox.start()
    assert client.post(QUERY).status_code == 200


# clock


def test_advancing_by_rounds_days_and_to_a_time(sandbox) -> None:
    assert sandbox.now() == MONDAY
    assert sandbox.advance(rounds=1) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert sandbox.world.tournaments[8].latest == 1405
    assert sandbox.advance(rounds=5) == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert sandbox.advance(days=0.5) == datetime(2026, 12, 2, 0, tzinfo=UTC)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert sandbox.advance(to=later) == later
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance(to=MONDAY)
    with pytest.raises(ValueError, match="forward"):
        sandbox.advance(rounds=-1)
    assert sandbox.now() == later


def test_a_ticking_sandbox_follows_real_time_from_its_start() -> None:
    real = OffsetClock()
    sandbox = Sandbox(models=2, rounds=5, now=MONDAY)
    real.follow(MONDAY)
    first = sandbox.now()
    assert MONDAY <= first <= real.now() + timedelta(seconds=30)
    assert sandbox.now() > first


def test_a_ready_made_world_can_be_served() -> None:
    world = build(seed=9, models=3, rounds=5, now=MONDAY)
    with Sandbox(world=world, frozen=True) as sandbox:
        assert sandbox.now() == MONDAY
        assert sandbox.world is world
        assert len(Client(sandbox).data(QUERY)["account"]["models"]) == 3


@pytest.mark.parametrize("sizes", [{"models": -1}, {"models": 1000}, {"rounds": 0}])
def test_impossible_sizes_are_refused(sizes) -> None:
    with pytest.raises(ValueError, match="possible"):
        Sandbox(**sizes)


def test_a_world_before_daily_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="2022-10-25"):
        Sandbox(now=datetime(2022, 10, 20, tzinfo=UTC))


# control over HTTP


def test_control_moves_the_clock_and_sets_faults(sandbox, client) -> None:
    assert control.status(sandbox.url) == {
        "now": iso(MONDAY),
        "seed": 1,
        "models": 16,
        "rounds": 40,
    }
    assert control.advance(sandbox.url, rounds=1)["now"] == "2026-11-24T12:00:00Z"
    assert control.advance(sandbox.url, days=1)["now"] == "2026-11-25T12:00:00Z"
    assert control.advance(sandbox.url, to="2026-12-01T00:00:00Z")["now"] == iso(sandbox.now())
    control.fault(sandbox.url, "status_before", times=2, status=503)
    assert client.post(QUERY).status_code == 503
    control.clear(sandbox.url)
    assert client.post(QUERY).status_code == 200


def test_control_says_what_it_cannot_do(sandbox) -> None:
    with pytest.raises(LedgerError, match="no fault 'flood'"):
        control.fault(sandbox.url, "flood")
    with pytest.raises(LedgerError, match="forward"):
        control.advance(sandbox.url, rounds=-3)
    with pytest.raises(LedgerError):
        control.advance(sandbox.url, to="tomorrow")


@pytest.mark.parametrize(
    "url", ["https://api-tournament.numer.ai/", "http://example.com/", "file:///etc/passwd", ""]
)
def test_control_only_talks_to_this_machine(url) -> None:
    with pytest.raises(LedgerError, match="not a sandbox on this machine"):
        control.advance(url, rounds=1)


def test_control_tells_when_nobody_answers(sandbox) -> None:
    url = sandbox.url
    sandbox.stop()
    with pytest.raises(Unreachable, match="No sandbox answers"):
        control.status(url)
