"""A provider's key in the address of an endpoint: whatever happens, it is shown nowhere."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import click
import pytest

from ledger.chain.rpc import Rpc
from ledger.config.config import Config, load
from ledger.config.settings import AtomicSettings
from ledger.errors import ConfigError, LedgerError
from ledger.paths import Paths
from ledger.sandbox import Sandbox
from tests.ledger.chain.node import Handler, Node, serving
from tui.cli import run
from tui.cli.commands import cli

KEY = "k3y+Hush/7"
"""In an address it is written with escapes."""

WRITTEN = quote(KEY, safe="")
HUSHED = (KEY, WRITTEN, "Hush")
AUTHORITY, PATH = f"user:{WRITTEN}@", f"/v2/{WRITTEN}?apikey={WRITTEN}&chain=1#{WRITTEN}"
BAD = {
    "unencrypted": f'"http://rpc.example{PATH}"',
    "no scheme": f'"rpc.example{PATH}"',
    "no host": f'"https://{PATH}"',
    "no address": f'"{KEY}"',
    "a blank": f'"https://rpc.example{PATH} "',
    "no port": f'"https://rpc.example:port{PATH}"',
    "brackets": f'"https://[rpc.example{PATH}"',
    "a list": f'["https://rpc.example{PATH}"]',
    "no quotes": f"https://rpc.example{PATH}",
    "user": f'"https://{AUTHORITY}rpc.example/"',
    "user here": f'"http://{AUTHORITY}127.0.0.1/"',
}


def holds_key(text: str) -> bool:
    return any(hushed.lower() in text.lower() for hushed in HUSHED)


@pytest.mark.parametrize("setting", ["numerai.api_url", "atomic.rpc_url"])
@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_a_config_that_is_wrong_is_told_without_it(
    tmp_path: Path, setting: str, value: str
) -> None:
    table, name = setting.split(".")
    file = tmp_path / "config.toml"
    file.write_text(f"[{table}]\n{name} = {value}\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert not holds_key("".join(traceback.format_exception(caught.value)))
    assert str(file) in str(caught.value)


def test_settings_print_without_it() -> None:
    assert not holds_key(repr(Config(atomic=AtomicSettings(rpc_url=f"https://x{PATH}"))))


def echoed(handler: Handler, _body: bytes) -> None:
    """An error in JSON that quotes what was asked, as it is, decoded, and key by key."""
    words = f"no access to {handler.path} ({KEY}, {WRITTEN}, {KEY.upper()})"
    handler.say(b'{"error": {"code": -32000, "message": "%s"}}' % words.encode())


def page(handler: Handler, _body: bytes) -> None:
    handler.say(f"<h1>{handler.path} not found</h1>".encode(), 404)


def moved(handler: Handler, _body: bytes) -> None:
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()
    handler.wfile.flush()


def odd_headers(handler: Handler, _body: bytes) -> None:
    """Headers that ``urllib3`` would log a warning about, with the address."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header\r\n\r\n{}")
    handler.wfile.flush()


def hung_up(handler: Handler, _body: bytes) -> None:
    handler.hang_up()


@pytest.mark.parametrize("reply", [echoed, page, moved, odd_headers, hung_up])
@pytest.mark.parametrize("method", ["call", "tell"])
def test_an_endpoint_that_fails_is_told_without_it(
    reply: object, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with serving() as node:
        node.reply = reply  # type: ignore[assignment]
        endpoint = Rpc(address(node))
        with pytest.raises(LedgerError) as caught:
            getattr(endpoint, method)("eth_chainId", [])
        endpoint.close()
    assert not holds_key("".join(traceback.format_exception(caught.value)))
    assert not holds_key(repr(caught.value))
    assert not holds_key(caplog.text)


def address(node: Node) -> str:
    return f"http://127.0.0.1:{node.server_address[1]}{PATH}"


def commands(group: click.Group = cli, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command, but those that serve or calculate for long."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group) and name not in {"sandbox", "shuffle"}:
            yield from commands(command, *before, name)
        elif not isinstance(command, click.Group):
            yield (*before, name)


SETTING = "--kind set-per-round --per-round 0.75 --mode constant --enabled --channel unsigned"
ON_THE_CHAIN = tuple(
    tuple(line.split())
    for line in (
        f"queue add --tournament 12 --model quartz_mmc {SETTING}",
        "queue confirm 1",
        "tx export 1",
        "tx sign 1",
        "queue run",
        "queue log 1",
        "tx status 1",
        "tx bump 1",
        "tx send-again 1",
    )
)
"""A change that needs the endpoint, and what is asked of it."""


def test_no_command_shows_it(
    chain_ledger_file: Path,
    sandbox: Sandbox,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home"
    ledger = Paths.at(home).ledger_file("default")
    ledger.parent.mkdir(parents=True)
    chain_ledger_file.rename(ledger)
    public_id, secret = sandbox.keys["full"]
    monkeypatch.setenv("NUMSTAKE_PUBLIC_ID", public_id)
    monkeypatch.setenv("NUMSTAKE_SECRET_KEY", secret)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with serving() as node:
        node.reply = echoed
        strategies = "".join(
            f'{tournament.name.lower()}_strategy = "{strategy}"\n'
            for tournament, strategy in sandbox.strategies.items()
        )
        (home / "config.toml").write_text(
            "[credentials]\nallow_environment = true\n"
            f'[atomic]\nrpc_url = "{address(node)}"\n{strategies}'
        )
        place = ("--at", str(home), "--api-url", sandbox.url)
        for command in (*ON_THE_CHAIN, *commands()):
            run([*place, *command])
            printed = capsys.readouterr()
            assert "Unexpected" not in printed.err
            assert not holds_key(printed.out + printed.err), command
        assert node.asked
    kept = [file for file in home.rglob("*") if file.is_file() and file.name != "config.toml"]
    assert [file for file in kept if holds_key(file.read_bytes().decode("latin-1"))] == []
