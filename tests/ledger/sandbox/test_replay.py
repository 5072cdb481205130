"""A recording answers, over real HTTP, what it was asked and what is close to it."""

# ruff: noqa: S310 - every address here is on loopback
from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from ledger.sandbox.replay.replay_server import ReplayServer
from tests.contract.test_recordings import FOLDER

SHAPES = FOLDER / "recorded_shapes.jsonl"
HEADER = {"warning": "", "format": 1, "program": "", "recorded": "2026-11-24T09:00:00Z"}
ROWS = "roundNumber atRisk submissionId"
MODEL = "5d6e3a52-8f1b-4c0e-9a47-0b6f2f1c9e11"


def posted(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Request:
    return Request(url, body, {"Content-Type": "application/json", **(headers or {})})


def ask(server: ReplayServer, document: str, **variables: Any) -> tuple[int, Any, Any]:
    """Status, body and headers of an answer."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    request = posted(server.url, body, {"Authorization": "Token any$key"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def data(server: ReplayServer, document: str, **variables: Any) -> Any:
    status, body, _ = ask(server, document, **variables)
    assert status == 200
    assert "errors" not in body, body
    return body["data"]


def complaint(server: ReplayServer, document: str, **variables: Any) -> str:
    return ask(server, document, **variables)[1]["errors"][0]["message"]


def exchange(document: str, body: Any, status: int | None = 200, **variables: Any) -> Any:
    kind = "text/html" if isinstance(body, str) else "application/json"
    return {
        "document": document,
        "variables": variables,
        "status": status,
        "content_type": kind,
        "milliseconds": 1,
        "body": body,
    }


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Any]:
    """Serves recordings of the given exchanges."""
    running: list[ReplayServer] = []

    def serve(*exchanges: Any) -> ReplayServer:
        file = tmp_path / f"{len(running)}.jsonl"
        file.write_text("\n".join(map(json.dumps, [HEADER, *exchanges])))
        server = ReplayServer(file)
        server.start()
        running.append(server)
        return server

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def shapes() -> Iterator[ReplayServer]:
    with ReplayServer(SHAPES) as server:
        yield server


# the made recording


def test_a_part_of_what_was_told_under_other_names(shapes: ReplayServer) -> None:
    found = data(
        shapes, "{ mine: account { models(showArchived: true) { key: id called: name } } }"
    )
    assert found["mine"]["models"][0] == {"key": MODEL, "called": "qualm_ridge"}
    assert list(found) == ["mine"]


def test_figures_come_as_they_were_recorded(shapes: ReplayServer) -> None:
    stakes = "{ account { models { v2Stake { latestValue latestValueSettled } } } }"
    first, second, third, _ = data(shapes, stakes)["account"]["models"]
    assert first["v2Stake"] == {
        "latestValue": "0.456000000000000000",
        "latestValueSettled": "9.456000000000000000",
    }
    assert second["v2Stake"]["latestValueSettled"] == "1,204.998300000000000000"
    assert third["v2Stake"] is None


def test_what_several_documents_told_of_a_field_is_one(shapes: ReplayServer) -> None:
    both = "{ account { username defaultCurrency models { name returns { allTime } } } }"
    account = data(shapes, both)["account"]
    assert (account["username"], account["defaultCurrency"]) == ("gorrel_m", "USD")
    assert account["models"][0] == {"name": "qualm_ridge", "returns": {"allTime": -0.1654}}


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ("roundNumber__gte: 1370, roundNumber__lte: 1380", list(range(1380, 1369, -1))),
        ("roundNumber__gte: 1403", [1404, 1403]),
        ("roundNumber__eq: 1399", [1399]),
        ("lastNRounds: 2, distinctOnRound: true", [1404, 1403]),
        ("roundNumber__gte: 1350, limit: 2, offset: 1", [1403, 1402]),
        ("roundNumber__gte: 1389, roundNumber__lte: 1390", [1390, 1390, 1389]),
    ],
)
def test_rounds_are_found_by_any_range(
    shapes: ReplayServer, arguments: str, numbers: list[int]
) -> None:
    document = (
        "query($m: String!) { rows: v2RoundModelPerformances(modelId: $m, tournament: 11, "
        f"{arguments}) {{ {ROWS} }} }}"
    )
    found = data(shapes, document, m=MODEL)["rows"]
    assert [row["roundNumber"] for row in found] == numbers
    assert all(row["submissionId"] for row in found)


def test_pages_of_rounds_and_transactions(shapes: ReplayServer) -> None:
    rounds = data(shapes, "{ rounds(tournament: 11, limit: 3) { number } }")["rounds"]
    assert [row["number"] for row in rounds] == [1404, 1403, 1402]
    document = "query($m: [ID]) { stakeTransactions(modelIds: $m, limit: 5) { type amount } }"
    found = data(shapes, document, m=[MODEL])["stakeTransactions"]
    assert found == [{"type": "decrease", "amount": "9.000000000000000000"}]


def test_fewer_submissions_than_were_recorded(shapes: ReplayServer) -> None:
    document = (
        "query($n: Int) { account { models { "
        "latestSubmissions(latestNRounds: $n) { roundNumber } } } }"
    )
    first, second, *_ = data(shapes, document, n=60)["account"]["models"]
    assert (len(first["latestSubmissions"]), len(second["latestSubmissions"])) == (61, 62)
    first, *_ = data(shapes, document, n=10)["account"]["models"]
    assert len(first["latestSubmissions"]) == 11


def test_what_it_does_not_know_is_refused_with_status_200(shapes: ReplayServer) -> None:
    assert complaint(shapes, "{ account { shoeSize } }") == (
        'Cannot query field "shoeSize" on type "account".'
    )
    assert complaint(shapes, "{ weather { rain } }") == (
        'Cannot query field "weather" on type "RootQueryType".'
    )
    assert complaint(
        shapes, "{ account { models { currentPayoutSelection { takeProfit } } } }"
    ) == ('Cannot query field "currentPayoutSelection" on type "Model".')
    old = f'{{ v2RoundModelPerformances(modelId: "{MODEL}", roundNumberGte: 1400) {{ {ROWS} }} }}'
    assert complaint(shapes, old) == (
        'Unknown argument "roundNumberGte" on field "v2RoundModelPerformances" '
        'of type "RootQueryType".'
    )
    assert "Syntax Error" in complaint(shapes, "{ account {")
    assert "nothing can be changed" in complaint(shapes, "mutation { releaseStake { id } }")


def test_a_question_nobody_asked_is_not_answered_with_nothing(shapes: ReplayServer) -> None:
    for document in (
        f'{{ x: v2RoundModelPerformances(modelId: "somebody", tournament: 11) {{ {ROWS} }} }}',
        '{ x: latestCurrencyPrice(baseSymbol: "NMR", targetSymbol: "EUR") { price } }',
    ):
        status, body, _ = ask(shapes, document)
        assert (status, body["data"]) == (200, {"x": None})
        assert body["errors"][0]["message"].startswith("Not in this recording: ")
        assert body["errors"][0]["path"] == ["x"]


def test_recorded_errors_follow_their_field(shapes: ReplayServer) -> None:
    document = (
        "{ a: v3StakeConfig(tournamentId: 11) { address } b: v3StakeConfig(tournamentId: 12) "
        "{ paused } }"
    )
    _, body, _ = ask(shapes, document)
    assert body["data"] == {"a": None, "b": {"paused": False}}
    assert body["errors"] == [{"message": "Not found", "path": ["a"]}]


def test_it_tells_the_time_of_the_recording(shapes: ReplayServer) -> None:
    _, _, headers = ask(shapes, "{ account { username } }")
    assert headers["Date"] == "Tue, 24 Nov 2026 09:00:00 GMT"
    with urllib.request.urlopen(f"{shapes.url}_sandbox/status", timeout=10) as answer:
        assert json.loads(answer.read())["now"] == "2026-11-24T09:00:00Z"


def test_there_is_no_chain_in_it(shapes: ReplayServer) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        request = posted(f"{shapes.url}rpc", b'{"method": "eth_chainId"}')
        urllib.request.urlopen(request, timeout=10)


# order


def told(name: str) -> Any:
    return exchange("{ account { username } }", {"data": {"account": {"username": name}}})


def test_answers_come_in_order_and_the_last_repeats(served: Any) -> None:
    server = served(told("first"), told("second"))
    names = [data(server, "{ a: account { username } }")["a"]["username"] for _ in range(3)]
    assert names == ["first", "second", "second"]


def test_failures_come_once_where_they_came(served: Any) -> None:
    page = exchange("{ account { username } }", "<html>502</html>", 502)
    server = served(told("first"), page, told("second"))
    document = "{ account { username } }"
    assert data(server, document)["account"]["username"] == "first"
    status, body, headers = ask(server, document)
    assert (status, body, headers["Content-Type"]) == (502, "<html>502</html>", "text/html")
    assert data(server, document)["account"]["username"] == "second"
    assert data(server, document)["account"]["username"] == "second"


def test_silence_is_silence_again(served: Any) -> None:
    server = served(exchange("{ account { username } }", "", None), told("ann"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(server, "{ account { username } }")
    assert data(server, "{ account { username } }")["account"]["username"] == "ann"


def test_a_limit_is_met_once_whatever_is_selected(served: Any) -> None:
    limited = {"errors": [{"message": "Slow down", "code": "rate_limited"}]}
    server = served(exchange("{ account { username } }", limited), told("ann"))
    assert complaint(server, "{ account { username } }") == "Slow down"
    assert data(server, "{ account { username } }")["account"]["username"] == "ann"


def test_a_refusal_concerns_its_document_only(served: Any) -> None:
    words = {"errors": [{"message": 'Cannot query field "age" on type "Account".'}]}
    server = served(exchange("{ account { username age } }", words, 400), told("ann"))
    assert data(server, "{ account { username } }")["account"]["username"] == "ann"
    for _ in range(2):
        status, body, _ = ask(server, "{ account { username age } }")
        assert (status, json.loads(body)) == (400, words)
    assert complaint(server, "{ account { age } }") == words["errors"][0]["message"]


def test_an_argument_that_was_refused_is_refused_again(served: Any) -> None:
    words = {
        "errors": [
            {
                "message": 'Unknown argument "roundNumber__lte" on field '
                '"v2RoundModelPerformances" of type "RootQueryType".'
            }
        ]
    }
    refused = 'v2RoundModelPerformances(modelId: "m", roundNumber__lte: 5)'
    taken = 'v2RoundModelPerformances(modelId: "m", lastNRounds: 9)'
    rows = {"data": {"v2RoundModelPerformances": [{"roundNumber": 4}]}}
    server = served(
        exchange(f"{{ {refused} {{ roundNumber }} }}", words),
        exchange(f"{{ {taken} {{ roundNumber }} }}", rows),
    )
    other = '{ v2RoundModelPerformances(modelId: "m", roundNumber__lte: 4) { roundNumber } }'
    assert complaint(server, other) == words["errors"][0]["message"]
    assert data(server, f"{{ {taken} {{ roundNumber }} }}") == rows["data"]


# files and commands


@pytest.mark.parametrize(
    "content",
    ["", "{}", "not json", '{"format": 99, "recorded": "2026-11-24T09:00:00Z"}', "[]", "1\n2"],
)
def test_what_is_no_recording_is_said_so(tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"recording"):
        ReplayServer(file)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps(HEADER) + "\n" + json.dumps(exchange("{ account {", {})))
    with pytest.raises(ValueError, match="line 2"):
        ReplayServer(file)


@pytest.mark.parametrize(
    "command", [["-m", "ledger.sandbox"], ["-m", "tui", "sandbox", "serve"]], ids=["ledger", "tui"]
)
def test_the_commands_serve_a_recording(command: list[str]) -> None:
    arguments = [sys.executable, *command, "--port=0", f"--replay={SHAPES}"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            body = json.dumps({"query": "{ account { username } }"}).encode()
            with urllib.request.urlopen(posted(ready["url"], body), timeout=10) as answer:
                assert json.loads(answer.read())["data"]["account"]["username"] == "gorrel_m"
            assert ready["now"] == "2026-11-24T09:00:00Z"
        finally:
            process.terminate()
    assert process.returncode == 0


def test_the_command_refuses_other_files(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("hello")
    for more in ([f"--replay={other}"], [f"--replay={SHAPES}", "--models=3"]):
        result = subprocess.run(
            [sys.executable, "-m", "tui", "sandbox", "serve", "--port=0", *more],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 2
        assert "recording" in result.stderr
        assert "Traceback" not in result.stderr
