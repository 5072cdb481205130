"""``wallet``: the key that owns the allocation strategies, for signing on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, chosen, configured
from tui.cli.output import echo_json
from tui.cli.queue.tx import ask_passphrase

if TYPE_CHECKING:
    from ledger.domain.secret import Secret
    from ledger.queue.wallet import KeyStore


@click.group(cls=Group)
def wallet() -> None:
    """The owner's key, encrypted in keyring or keystore file.

    Only needed to sign here; everything else works without. Needs numstake-tui[atomic].
    """


@wallet.command("import")
@click.argument(
    "file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
)
@json_option
@click.pass_obj
def import_(global_options: GlobalOptions, file: Path, as_json: bool) -> None:
    """Keep the owner's key from a file, or typed.

    A keystore file (Web3 V3 JSON) or a private key in hex; "-" asks for it, twice and without
    showing it, or reads it from a pipe.

    Asks for the passphrase: that of the keystore, or a new one to encrypt a private key with.
    From a script the passphrase is the first line of standard input.
    """
    from ledger.domain.secret import Secret

    if str(file) == "-" and not sys.stdin.isatty():
        passphrase, text = ask_passphrase(), Secret(sys.stdin.read().strip())
    else:
        text = _ask() if str(file) == "-" else _read(file)
        passphrase = ask_passphrase(twice=not text.reveal().startswith("{"))
    address = _store(global_options).import_(chosen(global_options).profile, text, passphrase)
    _echo({"address": address}, f"The key of {address} is kept, encrypted.", as_json)


@wallet.command()
@json_option
@click.pass_obj
def show(global_options: GlobalOptions, as_json: bool) -> int:
    """The address of the key that is kept, never the key."""
    address = _store(global_options).address(chosen(global_options).profile)
    _echo({"address": address}, address or "No key is kept.", as_json)
    return int(address is None)


@wallet.command()
@json_option
@click.pass_obj
def forget(global_options: GlobalOptions, as_json: bool) -> None:
    """Remove the key from the keyring; a keystore file stays."""
    gone = _store(global_options).forget(chosen(global_options).profile)
    text = "The key was removed." if gone else "No key was kept."
    _echo({"removed": gone}, text, as_json)


def _ask() -> Secret:
    """A key typed or pasted at the terminal, twice the same; nothing of it is shown."""
    from ledger.domain.secret import Secret

    typed = click.prompt(
        "Private key (not shown)", hide_input=True, confirmation_prompt=True, err=True
    )
    return Secret(typed.strip())


def _read(file: Path) -> Secret:
    from ledger.chain.signing import require_key
    from ledger.domain.secret import Secret
    from ledger.errors import WalletError
    from ledger.user_files import text_of

    text = Secret(text_of(file, WalletError, advice="Give a keystore or a key in hex.").strip())
    try:
        require_key(text)
    except WalletError as error:
        raise WalletError(f"{file}: {error.what}", error.advice) from None
    return text


def _store(global_options: GlobalOptions) -> KeyStore:
    from ledger.opening import open_wallet

    return open_wallet(configured(chosen(global_options)))


def _echo(document: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        echo_json(document)
    else:
        click.echo(text)
