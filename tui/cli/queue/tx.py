"""``tx``: transactions of an allocation strategy, signed elsewhere or here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import done, echo_json, time_or_none
from tui.cli.queue.queue import change_id
from tui.cli.sinks import force_option, write_sink

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.secret import Secret
    from ledger.domain.stakes.strategy import ChainTransaction


@click.group(cls=Group)
def tx() -> None:
    """Transactions of an allocation strategy.

    They are exported, imported, signed and looked up. See also queue.
    """


@tx.command()
@change_id
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write it there instead of to standard output.",
)  # fmt: skip
@force_option
@click.pass_obj
def export(global_options: GlobalOptions, change_id: int, output: Path | None, force: bool) -> None:
    """The unsigned transaction of a change, to sign elsewhere.

    As JSON, after all checks.
    """
    with opened(global_options) as book:
        document = book.queue.signing.unsigned(change_id).as_json()
    if output is None:
        echo_json(document)
        return
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_sink(output, text, force=force)
    done(f"Written to {output}. Sign it, then: numstake-tui tx import {change_id} SIGNED")


@tx.command("import")
@change_id
@click.argument(
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
)
@json_option
@click.pass_obj
def import_(global_options: GlobalOptions, change_id: int, file: Path, as_json: bool) -> None:
    """Take a signed transaction for a confirmed change.

    It is raw, in hex; "-" reads standard input.

    Every field is checked against the change and the chain. Nothing is sent: `queue run` does.
    """
    raw = _signed(file)
    with opened(global_options) as book:
        _echo(book.queue.signing.import_signed(change_id, raw), as_json)


def _signed(file: Path) -> str:
    """The hex of a signed transaction, as far as a look at its form tells."""
    from ledger.chain.envelope import opened as taken_apart
    from ledger.errors import ChangeError, ConfigError
    from ledger.user_files import LARGEST_TEXT, text_of

    raw = sys.stdin.read(LARGEST_TEXT) if str(file) == "-" else text_of(file)
    try:
        taken_apart(raw)
    except ChangeError as error:
        name = "Standard input" if str(file) == "-" else str(file)
        raise ConfigError(f"{name}: {error.what}", error.advice) from None
    return raw.strip()


@tx.command()
@change_id
@json_option
@click.pass_obj
def sign(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """Sign a confirmed change's transaction with the owner's key.

    Asks for its passphrase.

    Reads the passphrase as a line where input is no terminal. Nothing is sent: `queue run` does.
    """
    with opened(global_options) as book:
        _restate(book, change_id)
        _echo(book.queue.signing.sign(change_id, ask_passphrase()), as_json)


@tx.command()
@change_id
@json_option
@click.pass_obj
def bump(global_options: GlobalOptions, change_id: int, as_json: bool) -> int:
    """Send a pending transaction again with a higher fee.

    It takes the place of the one that is pending.

    Both have the same nonce: one of them can take effect, never both.
    """
    with opened(global_options) as book:
        _restate(book, change_id)
        book.queue.signing.bump(change_id, ask_passphrase())
        change = book.queue.offer_again(change_id)
        _echo(book.queue.signing.transactions(change_id)[-1], as_json)
    return int(change.state.value == "unknown")


@tx.command("send-again")
@change_id
@json_option
@click.pass_obj
def send_again(global_options: GlobalOptions, change_id: int, as_json: bool) -> int:
    """Hand a signed transaction to the node again.

    The same one, when no node knows it.

    It is the same transaction with the same nonce, so it takes effect once at most.
    """
    with opened(global_options) as book:
        change = book.queue.offer_again(change_id)
        _echo(book.queue.signing.transactions(change_id)[-1], as_json)
    return int(change.state.value == "unknown")


@tx.command()
@change_id
@json_option
@click.pass_obj
def status(global_options: GlobalOptions, change_id: int, as_json: bool) -> None:
    """What was signed for a change, and what the ledger knows of it.

    `queue reconcile` asks what became of it.
    """
    with opened(global_options) as book:
        transactions = book.queue.signing.transactions(change_id)
    if as_json:
        echo_json({"transactions": [transaction_json(entry) for entry in transactions]})
        return
    for entry in transactions:
        _echo(entry, as_json=False)
    if not transactions:
        click.echo("Nothing was signed for this change.")


def ask_passphrase(*, twice: bool = False) -> Secret:
    """The passphrase of the owner's key, from the terminal without echo, or a line of input."""
    from ledger.domain.secret import Secret

    if not sys.stdin.isatty():
        return Secret(sys.stdin.readline().rstrip("\r\n"))
    return Secret(click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))


def _restate(book: Book, change_id: int) -> None:
    """What the passphrase is given for, to whom is asked for it."""
    from ledger.reports.words import headline

    if sys.stdin.isatty():
        line = book.queue.history(change_id).line
        click.echo(f"{change_id}: {headline(line.fields)}", err=True)


def transaction_json(transaction: ChainTransaction) -> dict[str, Any]:
    """One transaction; amounts of ether in wei."""
    return {
        "change": transaction.change_id,
        "hash": transaction.hash,
        "state": transaction.state.value,
        "chain_id": transaction.chain_id,
        "from": transaction.sender,
        "nonce": transaction.nonce,
        "to": transaction.to,
        "data": transaction.data,
        "value": str(transaction.value),
        "gas": transaction.gas,
        "max_fee_per_gas": str(transaction.max_fee),
        "max_priority_fee_per_gas": str(transaction.max_priority_fee),
        "made": time_or_none(transaction.made),
        "block": transaction.block,
        "replaces": transaction.replaces,
        "note": transaction.note,
    }


def _echo(transaction: ChainTransaction, as_json: bool) -> None:
    if as_json:
        echo_json(transaction_json(transaction))
        return
    where = "" if transaction.block is None else f" in block {transaction.block}"
    note = "" if transaction.note is None else f" {transaction.note}"
    click.echo(
        f"{transaction.hash} {transaction.state.value}{where}: change {transaction.change_id}, "
        f"nonce {transaction.nonce}, from {transaction.sender}.{note}"
    )
