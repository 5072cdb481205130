"""Queries are repeated, writes never; nothing that goes wrong shows the secret."""

from __future__ import annotations

import base64
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ledger.errors import (
    BadAnswer,
    BadCredentials,
    Cancelled,
    LedgerError,
    MissingScope,
    Ran,
    RateLimited,
    Refused,
    Unreachable,
)
from ledger.numerai import transport as transport_module
from ledger.numerai.exchanges import Exchange
from ledger.numerai.transport import Transport
from tests.ledger.numerai.conftest import NOW, SECRET
from tests.ledger.numerai.server import (
    ScriptedServer,
    Step,
    answer,
    data,
    drop,
    error,
    half,
    hang,
    page,
    trickle,
    trickle_headers,
)

QUERY = "query { account { username } }"
WRITE = 'mutation { cancelPendingStakeRelease(modelId: "m") { status } }'
GOOD = data(account={"username": "ann"})
DONE = data(cancelPendingStakeRelease={"status": "done"})

Make = Callable[..., Transport]
Tell = Callable[..., None]


def test_connections_are_kept_and_signed(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(GOOD)
    transport = make_transport()
    for _ in range(3):
        assert transport.ask(QUERY, {"a": 1}).data == {"account": {"username": "ann"}}
    received = server.script.received
    assert len({request.connection for request in received}) == 1
    assert received[0].headers["Authorization"] == f"Token PUBLICID${SECRET}"
    assert received[0].variables == {"a": 1}
    assert transport.requests == 3


def test_unsigned_when_not_asked_to(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(GOOD)
    make_transport().ask(QUERY, {}, authorization=False)
    assert "Authorization" not in server.script.received[0].headers


def test_netrc_does_not_replace_the_key(
    server: ScriptedServer,
    script: Tell,
    make_transport: Make,
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123
        file.write("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", netrc)
    script(GOOD)
    transport = make_transport()
    transport.ask(QUERY, {})
    transport.ask(QUERY, {}, authorization=False)
    assert server.script.received[0].headers["Authorization"].startswith("Token ")
    other = base64.b64encode(b"other:other").decode()
    assert other not in str(server.script.received[1].headers)


@pytest.mark.parametrize(
    "trouble",
    [
        page(502),
        error("oops", 500),
        answer({}, 429),
        answer({}, 408),
        page(200),
        page(403),
        answer([1, 2]),
        answer({"data": None}),
        drop,
        half,
    ],
    ids=["502", "500", "429", "408", "html", "html403", "list", "null", "drop", "half"],
)
def test_a_query_outlives_trouble(
    trouble: Step, script: Tell, make_transport: Make, pauses: list[float]
) -> None:
    script(trouble, trouble, trouble, GOOD)
    assert make_transport().ask(QUERY, {}).data == {"account": {"username": "ann"}}
    assert pauses == [0.5, 1.0, 2.0]


def test_a_query_gives_up_in_the_end(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(error("the database is on fire", 503))
    with pytest.raises(Unreachable, match="the database is on fire") as caught:
        make_transport(retries=2).ask(QUERY, {})
    assert caught.value.sent
    assert len(server.script.received) == 3


def test_a_hanging_query_is_asked_again(script: Tell, make_transport: Make) -> None:
    script(hang, GOOD)
    assert make_transport(read=0.2).ask(QUERY, {}).data


def test_html_for_ever_is_a_bad_answer(script: Tell, make_transport: Make) -> None:
    script(page())
    with pytest.raises(BadAnswer, match="text/html"):
        make_transport(retries=1).ask(QUERY, {})


def test_pauses_grow_to_a_limit(script: Tell, make_transport: Make, pauses: list[float]) -> None:
    script(page(502))
    with pytest.raises(Unreachable):
        make_transport(retries=7).ask(QUERY, {})
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("9999", 60.0),
        (format_datetime(NOW + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(NOW - timedelta(seconds=20), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_honoured_within_reason(
    header: str, seconds: float, script: Tell, make_transport: Make, pauses: list[float]
) -> None:
    at = format_datetime(NOW, usegmt=True)
    script(_dated(answer({}, 429, Retry_After=header), at), GOOD)
    make_transport().ask(QUERY, {})
    assert pauses == pytest.approx([seconds + 0.05])


def test_nonsense_in_retry_after_is_passed_over(
    script: Tell, make_transport: Make, pauses: list[float]
) -> None:
    script(answer({}, 429, Retry_After="soon"), GOOD)
    make_transport().ask(QUERY, {})
    assert pauses == [0.5]


def _dated(step: Step, date: str) -> Step:
    """``step`` with the server's clock set to ``date``."""

    def run(handler: object) -> None:
        handler.date_time_string = lambda _timestamp=None: date  # type: ignore[attr-defined]
        step(handler)  # type: ignore[arg-type]

    return run


def test_the_servers_clock_is_compared(script: Tell, make_transport: Make) -> None:
    transport = make_transport()
    assert transport.skew is None
    script(_dated(GOOD, format_datetime(NOW + timedelta(minutes=3), usegmt=True)))
    transport.ask(QUERY, {})
    assert transport.skew == timedelta(minutes=3)


@pytest.mark.parametrize("status", [200, 400, 403])
def test_numerais_words_are_kept_from_any_status(
    status: int, server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(error('Cannot query field "x"\n on type \x1b[31mAccount', status))
    with pytest.raises(Refused) as caught:
        make_transport().ask(QUERY, {})
    assert caught.value.message == 'Cannot query field "x" on type [31mAccount'
    assert len(server.script.received) == 1


def test_a_missing_scope_is_named(script: Tell, make_transport: Make) -> None:
    script(error("Insufficient permission for web3_staking"))
    with pytest.raises(MissingScope) as caught:
        make_transport().ask(QUERY, {})
    assert caught.value.scope == "web3_staking"


@pytest.mark.parametrize(
    "step",
    [
        error("Your session is invalid or has expired.", 200, code="not_authenticated"),
        error("Not authenticated", 400),
        error("Invalid API key", 400),
        answer({"error": "Unauthorized"}, 401),
        answer({}, 401),
    ],
)
def test_a_bad_key_is_told_apart(
    step: Step, server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(step)
    with pytest.raises(BadCredentials):
        make_transport().ask(QUERY, {})
    assert len(server.script.received) == 1


def test_part_of_an_answer_comes_with_the_complaint(script: Tell, make_transport: Make) -> None:
    script(answer({"data": {"a": 1, "b": None}, "errors": [{"message": "no b", "path": ["b", 0]}]}))
    reply = make_transport().ask(QUERY, {})
    assert reply.data == {"a": 1, "b": None}
    assert [(entry.message, entry.path) for entry in reply.complaints] == [("no b", ("b", 0))]


def test_no_more_requests_at_once_than_allowed(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    arrived = threading.Semaphore(0)

    def slow(handler: object) -> None:
        arrived.release()
        server.script.let_go.wait(60)
        GOOD(handler)  # type: ignore[arg-type]

    script(slow)
    transport = make_transport(max_parallel=3)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(transport.ask, QUERY, {}) for _ in range(8)]
        for _ in range(3):
            assert arrived.acquire(timeout=60)
        server.script.let_go.set()
        assert all(future.result().data for future in futures)
    assert server.script.most_at_once == 3


def test_a_stop_ends_the_waiting(script: Tell, server: ScriptedServer) -> None:
    stop = threading.Event()

    def refuse_and_stop(handler: object) -> None:
        stop.set()
        answer({}, 429, Retry_After="50")(handler)  # type: ignore[arg-type]

    script(refuse_and_stop)
    transport = Transport(
        server.url,
        None,
        clock=transport_clock(),
        timeouts=transport_module.Timeouts(2, 5),
        max_parallel=1,
        retries=3,
    )
    with pytest.raises(Cancelled):
        transport.ask(QUERY, {}, stop=stop)
    assert len(server.script.received) == 1
    transport.close()


def transport_clock() -> object:
    from ledger.clock import FrozenClock

    return FrozenClock(NOW)


# ---- writes ----


def test_a_write_goes_out_on_a_connection_of_its_own(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(GOOD, DONE, DONE, GOOD)
    transport = make_transport()
    transport.ask(QUERY, {})
    assert transport.tell(WRITE, {}).data == {"cancelPendingStakeRelease": {"status": "done"}}
    transport.tell(WRITE, {})
    transport.ask(QUERY, {})
    first, one, other, last = (request.connection for request in server.script.received)
    assert first == last
    assert len({first, one, other}) == 3
    assert server.script.received[1].headers["Connection"] == "close"


@pytest.mark.parametrize(
    "trouble",
    [page(502), error("oops", 500), page(), drop, half, hang, answer({}, 408), answer({}, 302)],
    ids=["502", "500", "html", "drop", "half", "hang", "408", "302"],
)
def test_a_write_without_a_clear_answer_is_unknown_and_not_repeated(
    trouble: Step,
    server: ScriptedServer,
    script: Tell,
    make_transport: Make,
    pauses: list[float],
) -> None:
    script(trouble, DONE)
    with pytest.raises((Unreachable, BadAnswer)) as caught:
        make_transport(read=0.3).tell(WRITE, {})
    assert getattr(caught.value, "sent", True)
    assert len(server.script.received) == 1
    assert pauses == []


@pytest.mark.parametrize(
    "payload",
    [
        {"data": None},
        {"data": {}},
        {"data": {"cancelPendingStakeRelease": None}},
        {"errors": [{"message": "Internal server error"}]},
        {"data": {"cancelPendingStakeRelease": None}, "errors": [{"message": "Request timed out"}]},
    ],
)
def test_an_answer_that_tells_nothing_leaves_a_write_unknown(
    payload: object, server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(answer(payload))
    with pytest.raises(BadAnswer):
        make_transport().tell(WRITE, {})
    assert len(server.script.received) == 1


FIELD = "cancelPendingStakeRelease"


def no(words: str, *path: str, **fields: object) -> dict[str, object]:
    return {"errors": [{"message": words, "path": list(path)} | fields], "data": {FIELD: None}}


@pytest.mark.parametrize(
    ("payload", "never_ran"),
    [
        ({"errors": [{"message": 'Cannot query field "x" on type "Y".'}]}, True),
        ({"errors": [{"message": 'Unknown argument "x" on field "y".'}], "data": None}, True),
        (no("Not enough NMR available", FIELD), False),
        (no("Insufficient permission for stake", FIELD), False),
        ({"errors": [{"message": "Not authenticated"}], "data": None}, False),
    ],
)
def test_a_no_to_a_write_is_told_with_its_place(
    payload: dict[str, object], never_ran: bool, script: Tell, make_transport: Make
) -> None:
    script(answer(payload, 400), answer(payload))
    for _ in (400, 200):
        with pytest.raises(Refused) as caught:
            make_transport().tell(WRITE, {})
        assert caught.value.never_ran is never_ran
        placed = "path" in payload["errors"][0]  # type: ignore[index]
        assert caught.value.path == ((FIELD,) if placed else ())


@pytest.mark.parametrize(
    "payload",
    [
        no("Something nobody has seen before", FIELD),
        no("Internal server error", FIELD),
        no("Not enough NMR available"),
        no("Not enough NMR available", "another"),
        no("Cannot query field", FIELD),
        {"errors": [{"message": "Cannot query field"}], "data": {FIELD: None}},
        {"errors": [{"message": "Not enough NMR available"}]},
        {"errors": [{"message": 'Cannot query field "x"'}, {"message": "And more."}]},
    ],
)
def test_a_no_that_could_come_after_the_effect_tells_nothing(
    payload: dict[str, object], script: Tell, make_transport: Make
) -> None:
    script(answer(payload))
    with pytest.raises(BadAnswer) as caught:
        make_transport().tell(WRITE, {})
    assert not isinstance(caught.value, Ran)


def test_an_error_below_the_mutation_proves_that_it_ran(script: Tell, make_transport: Make) -> None:
    script(answer(no("Cannot return null", FIELD, "dueDate")))
    with pytest.raises(Ran, match="Cannot return null"):
        make_transport().tell(WRITE, {})


@pytest.mark.parametrize(
    "step",
    [
        answer({}, 429, Retry_After="3"),
        error("Rate limit exceeded", code="rate_limited"),
        error("slow down", extensions={"code": "rate_limited"}),
        answer({"data": {"a": None}, "errors": [{"message": "Too many requests", "path": ["a"]}]}),
    ],
    ids=["429", "code", "extension", "nulls"],
)
def test_a_write_that_came_too_fast_is_unknown_and_not_repeated(
    step: Step, server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(step, DONE)
    with pytest.raises(RateLimited, match="not known"):
        make_transport().tell(WRITE, {})
    assert len(server.script.received) == 1


@pytest.mark.parametrize(
    "step",
    [
        error("Rate limit exceeded", code="rate_limited"),
        error("slow down", extensions={"code": "rate_limited"}),
        answer(
            {"data": {"a": 1, "b": None}, "errors": [{"message": "rate_limited", "path": ["b"]}]}
        ),
    ],
    ids=["code", "extension", "part"],
)
def test_a_query_that_came_too_fast_is_asked_again(
    step: Step, script: Tell, make_transport: Make, pauses: list[float]
) -> None:
    script(step, step, GOOD)
    assert make_transport().ask(QUERY, {}).data == {"account": {"username": "ann"}}
    assert pauses == [0.5, 1.0]


def test_a_write_that_found_nobody_was_not_sent(make_transport: Make) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(Unreachable) as caught:
        make_transport(url).tell(WRITE, {})
    assert not caught.value.sent


@pytest.mark.parametrize("url", ["http://no such host/", "ftp://127.0.0.1/", "http://127.0.0.1:0/"])
def test_an_address_nobody_can_reach_was_not_sent(url: str, make_transport: Make) -> None:
    with pytest.raises(Unreachable) as caught:
        make_transport(url).tell(WRITE, {})
    assert not caught.value.sent


def test_a_failed_handshake_was_not_sent(server: ScriptedServer, make_transport: Make) -> None:
    """The server speaks no TLS, so the body is never written."""
    with pytest.raises(Unreachable) as caught:
        make_transport(server.url.replace("http:", "https:")).tell(WRITE, {})
    assert not caught.value.sent
    assert server.script.received == []


def test_a_dead_proxy_was_not_sent(make_transport: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(Unreachable) as caught:
        make_transport("https://numerai.invalid/").tell(WRITE, {})
    assert not caught.value.sent


# ---- the secret ----


@pytest.mark.parametrize(
    "trouble",
    [
        drop,
        half,
        hang,
        page(),
        page(502),
        error(f"Invalid token PUBLICID${SECRET}"),
        error(f"no {SECRET}", 500),
    ],
)
@pytest.mark.parametrize("writing", [False, True])
def test_the_secret_is_nowhere(
    trouble: Step,
    writing: bool,
    script: Tell,
    make_transport: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    script(trouble)
    transport = make_transport(read=0.2, retries=0)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(LedgerError) as caught:
        (transport.tell if writing else transport.ask)(WRITE, {})
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = "\n".join(
        [
            *shown.format(),
            repr(vars(caught.value)),
            repr(caught.value.args),
            repr(vars(transport)),
            caplog.text,
        ]
    )
    assert SECRET not in told
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("step", [trickle, trickle_headers])
@pytest.mark.parametrize("writing", [False, True])
def test_an_answer_that_trickles_has_a_deadline(
    step: Step, writing: bool, server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    """Each byte comes within the read time-out; all of them never do."""
    script(step)
    transport = make_transport(connect=0.1, read=0.3, retries=0)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="too long") as caught:
        (transport.tell if writing else transport.ask)(WRITE, {})
    assert time.monotonic() - began < 3
    assert caught.value.sent
    assert caught.value.timed_out
    assert len(server.script.received) == 1


def test_a_connection_outlives_the_deadlines_of_earlier_requests(
    server: ScriptedServer, script: Tell, make_transport: Make
) -> None:
    script(GOOD)
    transport = make_transport(connect=0.1, read=0.1)
    transport.ask(QUERY, {})
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer):
            timer.join()
    transport.ask(QUERY, {})
    assert len({request.connection for request in server.script.received}) == 1


def test_an_endless_answer_is_cut(
    script: Tell, make_transport: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "LARGEST_ANSWER", 1000)
    script(data(account="x" * 5000))
    with pytest.raises(Unreachable, match="larger"):
        make_transport(retries=0).ask(QUERY, {})


def test_an_observer_sees_every_exchange_of_a_query(
    make_transport: Callable[..., Transport], script: Callable[..., None]
) -> None:
    transport, seen = make_transport(), list[Exchange]()
    transport.observer = seen.append
    script(page(502), drop, data(a=1))
    transport.ask("query($x: Int) { a }", {"x": 3})
    assert [exchange.status for exchange in seen] == [502, None, 200]
    assert {exchange.document for exchange in seen} == {"query($x: Int) { a }"}
    assert [exchange.kind for exchange in seen] == ["text/html", "", "application/json"]
    assert seen[2].body == b'{"data": {"a": 1}}'
    assert dict(seen[2].variables) == {"x": 3}
    assert SECRET not in repr(seen)


def test_an_observer_is_told_of_no_write(
    make_transport: Callable[..., Transport], script: Callable[..., None]
) -> None:
    transport, seen = make_transport(), list[Exchange]()
    transport.observer = seen.append
    script(data(done=True))
    transport.tell("mutation { done }", {})
    assert seen == []
