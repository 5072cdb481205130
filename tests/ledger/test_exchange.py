"""What is meant for this machine goes there; a proxy stands on the way to anybody else only."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ledger import exchange
from ledger.chain.rpc import Rpc
from tests.ledger.chain.node import constant, serving

PROXY = "http://user:word@proxy.example:3128"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
NAMES = (*VARIABLES, *map(str.upper, VARIABLES))
HERE = ("localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "127.255.255.254", "[::1]")
ELSEWHERE = (
    "api-tournament.numer.ai",
    "localhost.example",
    "127.0.0.1.example",
    "127.0.0.1234",
    "128.0.0.1",
    "[::2]",
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def proxies(url: str) -> dict[str, str]:
    """What a request to ``url`` would go through."""
    settings = exchange._session().merge_environment_settings(url, {}, True, None, None)
    return dict(settings["proxies"])


@pytest.mark.parametrize("name", NAMES)
def test_proxies_are_for_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, PROXY)
    for host in HERE:
        for scheme in ("http", "https"):
            assert proxies(f"{scheme}://{host}:8642/rpc") == {}, host
    scheme = "all" if name.lower() == "all_proxy" else name.lower().partition("_")[0]
    for host in ELSEWHERE:
        assert proxies(f"https://{host}/")[scheme] == PROXY, host


def test_a_request_to_this_machine_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving() as node:
        proxy.results["eth_chainId"] = constant("through the proxy")
        node.results["eth_chainId"] = constant("0x1")
        for name in NAMES:
            monkeypatch.setenv(name, proxy.url)
        endpoint = Rpc(node.url)
        assert (endpoint.call("eth_chainId", []), endpoint.tell("eth_chainId", [])) == ("0x1",) * 2
        endpoint.close()
        assert proxy.asked == []


def test_what_the_environment_says_is_looked_up_once_for_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a plain session finds it, for each address by itself, and no answer is another's."""
    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setenv("no_proxy", "direct.example")
    session, looked = exchange._session(), []
    plain = requests.Session.merge_environment_settings

    def counted(self: requests.Session, *args: Any) -> Any:
        looked.append(args)
        return plain(self, *args)

    monkeypatch.setattr(requests.Session, "merge_environment_settings", counted)
    for url in ("https://api.example/", "https://direct.example/", "https://api.example/") * 2:
        for stream in (True, False):
            settings = session.merge_environment_settings(url, {}, stream, None, None)
            assert settings == plain(requests.Session(), url, {}, stream, None, None)
            settings["proxies"]["https"] = "http://elsewhere.example"
    assert len(looked) == 4
