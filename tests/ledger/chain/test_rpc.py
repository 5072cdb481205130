"""JSON-RPC over HTTP: whatever an endpoint does is one of three errors, never repeated."""

from __future__ import annotations

import json
import time

import pytest

from ledger.chain import rpc
from ledger.chain.rpc import Rpc
from ledger.errors import (
    BadChainAnswer,
    ChainError,
    ChainUnreachable,
    ConfigError,
    LedgerError,
)
from tests.ledger.chain.node import Handler, Node, Reply, constant, refusing


def saying(body: bytes, status: int = 200) -> Reply:
    return lambda handler, _body: handler.say(body, status)


def hanging_up(handler: Handler, _body: bytes) -> None:
    handler.hang_up()


def half(handler: Handler, _body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"jsonrpc"')
    handler.wfile.flush()
    handler.hang_up()


def hanging(handler: Handler, _body: bytes) -> None:
    handler.server.let_go.wait(30)
    handler.hang_up()


def trickling(handler: Handler, _body: bytes) -> None:
    """A byte, then another, for as long as anybody listens."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.let_go.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


@pytest.mark.parametrize("method", ["call", "tell"])
def test_an_answer_that_trickles_has_a_deadline(node: Node, method: str) -> None:
    node.reply = trickling
    endpoint = Rpc(node.url, connect_timeout=0.2, read_timeout=0.2)
    began = time.monotonic()
    with pytest.raises(ChainUnreachable, match="took too long") as caught:
        getattr(endpoint, method)("eth_chainId", [])
    assert time.monotonic() - began < 5
    assert caught.value.sent is True


@pytest.mark.parametrize("method", ["call", "tell"])
def test_requests_say_which_program_asks_and_nothing_of_the_machine(
    node: Node, method: str
) -> None:
    named: list[str] = []

    def reply(handler: Handler, _body: bytes) -> None:
        named.append(handler.headers["User-Agent"])
        handler.say(b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}')

    node.reply = reply
    assert getattr(Rpc(node.url), method)("eth_chainId", []) == "0x1"
    assert named == ["numstake-tui"]


@pytest.mark.parametrize("method", ["call", "tell"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (hanging_up, ChainUnreachable),
        (half, ChainUnreachable),
        (hanging, ChainUnreachable),
        (saying(b"busy", 429), ChainUnreachable),
        (saying(b"<html>", 502), ChainUnreachable),
        (saying(b"<html>"), BadChainAnswer),
        (saying(b""), BadChainAnswer),
        (saying(b"[]"), BadChainAnswer),
        (saying(b"null"), BadChainAnswer),
        (saying(b'{"jsonrpc": "2.0", "id": 99, "result": "0x1"}'), BadChainAnswer),
        (saying(b'{"jsonrpc": "2.0", "id": 1}'), BadChainAnswer),
        (saying(b'{"jsonrpc": "2.0", "id": 1, "error": {}}'), ChainError),
        (saying(b'{"jsonrpc": "2.0", "id": 1, "error": {"code": "x", "data": 1}}'), ChainError),
        (saying(b'{"id": null, "error": {"code": -32700, "message": "no"}}', 400), ChainError),
    ],
)
def test_an_answer_that_is_none(
    node: Node, method: str, reply: Reply, kind: type[LedgerError]
) -> None:
    node.reply = reply
    endpoint = Rpc(node.url, read_timeout=0.3)
    with pytest.raises(kind) as caught:
        getattr(endpoint, method)("eth_chainId", [])
    assert type(caught.value) is kind
    assert "0123456789abcdef" not in str(caught.value)
    assert caught.value.__context__ is None
    if isinstance(caught.value, ChainUnreachable):
        assert caught.value.sent is True
    assert node.asked == ["eth_chainId"]


def test_what_never_left_is_known_not_to_have(node: Node) -> None:
    node.shutdown()
    node.server_close()
    with pytest.raises(ChainUnreachable) as caught:
        Rpc(node.url).tell("eth_sendRawTransaction", ["0x02"])
    assert caught.value.sent is False


def test_a_refusal_keeps_its_words_without_the_address_key(node: Node) -> None:
    words = "no such key 0123456789abcdef,\x1b[2J key-0123456789abcdef"
    node.results["eth_call"] = refusing(-32000, words, {"data": "0xDEADBEEF"})
    with pytest.raises(ChainError) as caught:
        Rpc(node.url).call("eth_call", [])
    assert caught.value.code == -32000
    assert caught.value.data == "0xdeadbeef"
    assert "key-0123456789abcdef" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (None, None),
        ("0x", "0x"),
        ("Reverted 0x30cd7471", "0x30cd7471"),
        ({"originalError": {"data": "0x30CD7471"}}, "0x30cd7471"),
        ("none", None),
        (7, None),
    ],
)
def test_revert_data_is_found_where_nodes_put_it(
    node: Node, data: object, found: str | None
) -> None:
    node.results["eth_call"] = refusing(3, "execution reverted", data)
    with pytest.raises(ChainError) as caught:
        Rpc(node.url).call("eth_call", [])
    assert caught.value.data == found


def test_many_calls_go_in_batches_and_keep_their_order(node: Node) -> None:
    node.results["eth_call"] = lambda request: request["params"][0]
    node.results["eth_gasPrice"] = refusing(-32601, "not here")
    calls = [("eth_call", [number]) for number in range(rpc.BATCH + 3)]
    answers = Rpc(node.url).call_many([*calls, ("eth_gasPrice", [])])
    assert answers[:-1] == list(range(rpc.BATCH + 3))
    assert isinstance(answers[-1], ChainError)


def test_an_endpoint_without_batches_is_asked_one_by_one(node: Node) -> None:
    def reply(handler: Handler, body: bytes) -> None:
        asked = json.loads(body)
        single = isinstance(asked, dict)
        known = single and asked["method"] == "eth_call"
        number = asked["id"] if single else None
        answer = {"result": "0x1"} if known else {"error": {"code": -32600, "message": "no batch"}}
        handler.say(json.dumps({"jsonrpc": "2.0", "id": number, **answer}).encode())

    node.reply = reply
    first, second = Rpc(node.url).call_many([("eth_call", []), ("eth_odd", [])])
    assert first == "0x1"
    assert isinstance(second, ChainError)


def test_an_answer_beyond_all_reason_is_not_read_on(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "LARGEST_ANSWER", 1000)
    node.results["eth_getLogs"] = constant("x" * 2000)
    with pytest.raises(ChainUnreachable, match="more than"):
        Rpc(node.url).call("eth_getLogs", [])


@pytest.mark.parametrize("url", ["http://example.com", "ftp://localhost", "", "https://", "x"])
def test_an_address_has_to_be_safe(url: str) -> None:
    with pytest.raises(ConfigError):
        Rpc(url)
