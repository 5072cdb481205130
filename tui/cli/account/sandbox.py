"""``numstake-tui sandbox``: the embedded Numerai for one's own scripts."""

from __future__ import annotations

import click

from ledger.domain.model import Tournament
from tui.cli.arguments import json_option
from tui.cli.arguments import tournament as tournament_named
from tui.cli.groups import Group

DEFAULT_PORT = 8642
"""Where ``serve`` listens and the others look."""


@click.group(cls=Group)
def sandbox() -> None:
    """An embedded Numerai on this machine, for demos and scripts."""


@sandbox.command()
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same world.")
@click.option("--models", type=click.IntRange(0), help="How many models.  [default: 32]")
@click.option("--rounds", type=click.IntRange(1), help="Rounds of history.  [default: 260]")
@click.option("--now", metavar="TIME", help="Where its clock starts (ISO-8601).  [default: now]")
@click.option(
    "--replay",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Answer from a recording that sync --record made.",
)
def serve(
    *,
    port: int,
    seed: int,
    models: int | None,
    rounds: int | None,
    now: str | None,
    replay: str | None,
) -> int:
    """Serve until Ctrl+C. Prints the address and an API key, as one line of JSON, with an Ethereum
    endpoint, the demo key that owns the allocation strategies, and their addresses.

    Log in with them: numstake-tui --profile sandbox --api-url ADDRESS login. To see what happens
    when Numerai is in trouble, post faults to ADDRESS_sandbox/fault, for example
    {"fault": "latency", "ms": 500, "times": 0}, and nothing to ADDRESS_sandbox/clear.

    With --replay it answers as Numerai did when the recording was made, and any key will do; its
    time stands still, and there is no chain.
    """
    from ledger.sandbox.__main__ import main

    arguments = [f"--port={port}", f"--seed={seed}"]
    if models is not None:
        arguments.append(f"--models={models}")
    if rounds is not None:
        arguments.append(f"--rounds={rounds}")
    if now is not None:
        arguments.append(f"--now={_time(now)}")
    if replay is not None:
        if len(arguments) > 2 or seed != 1:
            raise click.UsageError("A recording has its own models, rounds and time.")
        arguments.append(f"--replay={replay}")
    try:
        return main(arguments)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    except OSError as error:
        raise click.ClickException(
            f"Port {port} can't be used: {error.strerror}. Choose another with --port."
        ) from error


@sandbox.command()
@click.option("--rounds", type=click.IntRange(0), default=0, help="Rounds to move on.")
@click.option("--days", type=click.IntRange(0), default=0, help="Days to move on.")
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}/", show_default=True)
@json_option
def advance(rounds: int, days: int, url: str, as_json: bool) -> None:
    """Move a running sandbox's clock on.

    By one round if nothing else is said.
    """
    from ledger.sandbox import control
    from tui.cli.output import echo_json

    if not rounds and not days:
        rounds = 1
    status = control.advance(url, rounds=rounds, days=days)
    if as_json:
        echo_json(status)
    else:
        click.echo(f"It is {status['now']} in the sandbox.")


@sandbox.command()
@click.argument("tournament", type=tournament_named)
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}/", show_default=True)
@json_option
def migrate(tournament: Tournament, url: str, as_json: bool) -> None:
    """Move a running sandbox's tournament to atomic staking.

    TOURNAMENT is classic, signals or crypto, or its number. It begins with the next round that
    opens; each continuous round that still runs takes its share of the stakes along.
    """
    from ledger.sandbox import control
    from tui.cli.output import echo_json

    status = control.migrate(url, int(tournament))
    if as_json:
        echo_json(status)
    else:
        click.echo(f"Staking is atomic from round {status['first_atomic_round']} on.")


def _time(text: str) -> str:
    from ledger.clock import from_iso, iso

    try:
        return iso(from_iso(text))
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no ISO-8601 time, such as 2026-08-28T13:00:00Z.", param_hint="--now"
        ) from None
