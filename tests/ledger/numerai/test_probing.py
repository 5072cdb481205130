"""What a server takes of our queries, asked of the embedded Numerai and of one that refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.errors import BadCredentials
from ledger.numerai.client import NumeraiClient
from ledger.numerai.probing import Probe, Standing, probe
from ledger.sandbox import Sandbox
from tests.ledger.numerai.conftest import NOW, ApiKey, HiddenSecret
from tests.ledger.numerai.server import error, page

Tell = Callable[..., None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=3, models=8, rounds=30, now=NOW, frozen=True) as running:
        yield running


def probed(sandbox: Sandbox, key: str = "full") -> dict[str, Probe]:
    public_id, secret = sandbox.keys[key]
    client = NumeraiClient(
        ApiKey(public_id, HiddenSecret(secret)),
        api_url=sandbox.url,
        clock=sandbox,
        sleep=lambda _seconds, _stop: None,
    )
    try:
        return {f"{entry.document} {entry.part}".strip(): entry for entry in probe(client)}
    finally:
        client.close()


def test_every_query_is_sent_and_timed(sandbox: Sandbox) -> None:
    found = probed(sandbox)
    assert found["account"].standing is Standing.TAKEN
    assert found["account"].rows == len(sandbox.world.slots)
    assert found["performances, last-n"].rows == 2
    assert found["performances, ranges"].standing is Standing.TAKEN
    assert found["days, ranges"].standing in {Standing.TAKEN, Standing.EMPTY}
    assert all(entry.milliseconds is not None for entry in found.values() if not entry.part)
    assert {entry.standing for entry in found.values()} <= {
        Standing.TAKEN, Standing.EMPTY,
    }  # fmt: skip


def test_a_key_without_a_scope_is_no_refusal(sandbox: Sandbox) -> None:
    found = probed(sandbox, "stake")
    assert found["claims"].standing is Standing.NO_SCOPE
    assert found["account"].standing is Standing.TAKEN


def test_a_server_that_refuses_everything_is_shown_in_its_words(
    client: NumeraiClient, script: Tell
) -> None:
    script(error("Not today", 400))
    found = list(probe(client))
    assert {entry.standing for entry in found} == {Standing.REFUSED}
    assert all("Not today" in entry.words for entry in found)


def test_a_server_that_is_down_is_no_refusal(client: NumeraiClient, script: Tell) -> None:
    script(page(502))
    assert {entry.standing for entry in probe(client)} == {Standing.FAILED}


def test_a_wrong_key_ends_it(client: NumeraiClient, script: Tell) -> None:
    script(error("Not authenticated"))
    with pytest.raises(BadCredentials):
        list(probe(client))
