"""No more requests a minute than Numerai publishes, and no waiting before that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Cancelled
from ledger.numerai import documents
from ledger.numerai.client import NumeraiClient
from ledger.numerai.pacing import WINDOW, Pace
from tests.ledger.numerai.conftest import NOW, ApiKey
from tests.ledger.numerai.server import ScriptedServer, data


class Time:
    """A clock that only sleeping and the test move."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float, _stop: threading.Event | None) -> None:
        self.now += seconds


@given(
    budget=st.integers(1, 12),
    steps=st.lists(st.tuples(st.floats(0, 40), st.integers(1, 3)), max_size=60),
)
def test_no_minute_sees_more_than_the_budget(budget: int, steps: list[tuple[float, int]]) -> None:
    time = Time()
    pace = Pace(budget, sleep=time.sleep, now=lambda: time.now)
    sent: list[float] = []
    for pause, requests in steps:
        time.now += pause
        pace.wait(min(requests, budget))
        sent += [time.now] * min(requests, budget)
    for at in sent:
        assert sum(at - WINDOW + 1e-6 < other <= at for other in sent) <= budget


def test_a_burst_up_to_the_budget_does_not_wait() -> None:
    time = Time()
    pace = Pace(5, sleep=time.sleep, now=lambda: time.now)
    for _ in range(5):
        pace.wait()
    assert time.now == 100
    pace.wait()
    assert time.now == 160


def test_all_account_reads_share_one_pace(
    server: ScriptedServer, script: Callable[..., None]
) -> None:
    pauses: list[float] = []
    script(data(account={"models": []}))
    client = NumeraiClient(
        ApiKey(),
        api_url=server.url,
        account_reads_per_minute=2,
        clock=_Clock(),
        sleep=lambda seconds, _stop: pauses.append(seconds),
    )
    for document in (documents.ACCOUNT_CORE, documents.ACCOUNT_EXTRAS, documents.SUBMISSIONS):
        client.fetch(document, {})
    client.fetch(documents.ROUNDS, {})
    assert [round(seconds) for seconds in pauses] == [60]
    client.close()


def test_models_of_one_request_count_each(
    server: ScriptedServer, script: Callable[..., None]
) -> None:
    pauses: list[float] = []
    script(data(slice0=[]))
    client = NumeraiClient(
        ApiKey(),
        api_url=server.url,
        performance_reads_per_minute=4,
        clock=_Clock(),
        sleep=lambda seconds, _stop: pauses.append(seconds),
    )
    client.fetch(documents.running(3), {})
    client.fetch(documents.running(1), {})
    assert pauses == []
    client.fetch(documents.running(1), {})
    assert len(pauses) == 1
    client.close()


def test_a_stop_ends_the_waiting(server: ScriptedServer, script: Callable[..., None]) -> None:
    stop = threading.Event()
    script(data(account={"models": []}))
    client = NumeraiClient(ApiKey(), api_url=server.url, account_reads_per_minute=1, clock=_Clock())
    client.fetch(documents.ACCOUNT_CORE, {}, stop=stop)
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        client.fetch(documents.ACCOUNT_CORE, {}, stop=stop)
    assert len(server.script.received) == 1
    client.close()


class _Clock:
    def now(self) -> datetime:
        return NOW
