"""``login``, ``logout`` and ``doctor``: the API key, and whether everything is in order."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from tui.cli.arguments import json_option
from tui.cli.missing_output import line_json
from tui.cli.options import GlobalOptions, chosen, configured, opened, prepared
from tui.cli.output import Column, echo_json, echo_table
from tui.cli.printing import print_styled
from tui.cli.tables import by_level, styled

if TYPE_CHECKING:
    from ledger.config.config import Config
    from ledger.credentials import Credentials
    from ledger.doctor import Finding, Terminal
    from ledger.numerai.probing import Probe
    from ledger.opening import Options

SOURCES = ("numerai-cli", "env")
"""Where a key may be taken from, besides a file."""

_SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command()
@click.option(
    "--from",
    "source",
    type=click.Choice(SOURCES),
    help="Take the key numerai-cli keeps in ~/.numerai/.keys, or NUMERAI_PUBLIC_ID and "
    "NUMERAI_SECRET_KEY of the environment.",
)
@click.option(
    "--from-file",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Take it from a file with these two names in it, such as .env.",
)
@click.pass_obj
def login(global_options: GlobalOptions, source: str | None, file: Path | None) -> None:
    """Check an API key with Numerai and put it into the keyring.

    Asks for public id and secret key; reads them as two lines where input is no terminal. Where it
    is taken from elsewhere, that place is read once and left as it is.
    """
    from ledger.credentials import require_keyring
    from ledger.login import log_in

    _not_in_demo(global_options)
    if source is not None and file is not None:
        raise click.UsageError("Give --from or --from-file.")
    with prepared(global_options) as sources:
        require_keyring(to_write=True)
        key, place = _taken(source, file)
        address = sources.config.numerai.api_url
        kept = log_in(sources.profile, key, sources.client, api_url=address)
    click.echo(f"Account {kept.account}, key {kept.key}.")
    click.echo(f"Scopes: {', '.join(kept.scopes) or 'none'}.")
    for scope, meaning in kept.lacking.items():
        click.echo(f"Without the scope {scope}: {meaning}")
    if kept.lacking:
        click.echo("A key's scopes can't be extended: for more of them make a new key.")
    click.echo(f"Stored for profile {kept.profile} and {kept.address} in {kept.keyring}.")
    if place:
        click.echo(f"It was read from {place}, which is as it was.")
    if kept.readable:
        click.echo("This keyring keeps it as readable text in a file.", err=True)


@click.command()
@click.pass_obj
def logout(global_options: GlobalOptions) -> None:
    """Remove the API key from the keyring; the ledger stays."""
    from ledger import credentials

    _not_in_demo(global_options)
    options = chosen(global_options)
    profile = options.profile
    if credentials.forget(profile, api_url=configured(options).numerai.api_url):
        click.echo(f"The API key of profile {profile} was removed.")
    else:
        click.echo(f"Profile {profile} had no API key.")


@click.command()
@click.option("--api", is_flag=True, help="Send every query once and show what Numerai takes.")
@click.option(
    "--acknowledge",
    metavar="FACT|all",
    help="Take a fact that Numerai does not tell, or all of them, as seen: it stays unknown and "
    "listed, but is no notice and no reason to end with 4 any more.",
)
@json_option
@click.pass_obj
def doctor(
    global_options: GlobalOptions, *, api: bool, acknowledge: str | None, as_json: bool
) -> int:
    """Check that all is in order, and say what to do.

    Looks at ledger, config, keyring, API key, Numerai and terminal, and lists what Numerai does
    not tell.
    """
    from ledger import doctor as checks

    if api:
        return _probe(global_options, as_json)
    if acknowledge is not None:
        return _acknowledge(global_options, acknowledge, as_json)
    findings = _examine(global_options)
    if as_json:
        echo_json({"ok": not checks.exit_code(findings), "checks": _as_json(findings)})
    else:
        _echo_findings(findings)
    return checks.exit_code(findings)


def _probe(global_options: GlobalOptions, as_json: bool) -> int:
    """Show what Numerai takes of every query; 1 when it refuses anything."""
    from ledger.numerai.probing import Standing, probe

    with prepared(global_options) as sources:
        client = sources.client(sources.key())
        try:
            answers = list(probe(client))
        finally:
            client.close()
    bad = {Standing.REFUSED, Standing.FAILED}
    ok = not any(entry.standing in bad for entry in answers)
    if as_json:
        echo_json({"ok": ok, "queries": [_probe_json(entry) for entry in answers]})
    else:
        echo_table(_PROBE_COLUMNS, [_probe_row(entry) for entry in answers])
    return 0 if ok else 1


_PROBE_COLUMNS = (
    Column("Query"),
    Column("Part"),
    Column("Numerai"),
    Column("ms", right=True, rank=2),
    Column("Rows", right=True, rank=2),
    Column("Its words", rank=1),
)


def _probe_row(entry: Probe) -> list[str]:
    numbers = (entry.milliseconds, entry.rows)
    shown = ["" if number is None else str(number) for number in numbers]
    return [entry.document, entry.part, entry.standing.value, *shown, entry.words]


def _probe_json(entry: Probe) -> dict[str, str | int | None]:
    return {
        "query": entry.document,
        "part": entry.part or None,
        "standing": entry.standing.value,
        "milliseconds": entry.milliseconds,
        "rows": entry.rows,
        "words": entry.words or None,
    }


def _acknowledge(global_options: GlobalOptions, what: str, as_json: bool) -> int:
    """Acknowledge one fact, or all that are missing."""
    from ledger.domain.knowledge import Fact

    with opened(global_options) as book:
        missing = book.missing().lines
        there = sorted({line.fact for line in missing}, key=list(Fact).index)
        chosen = there if what == "all" else [fact for fact in there if fact.value == what]
        if what != "all" and not chosen:
            listed = ", ".join(there) or "nothing"
            raise click.UsageError(f"{what!r} is not missing; missing: {listed}.")
        book.acknowledge(chosen)
        lines = book.missing().lines
    if as_json:
        echo_json({"missing_facts": [line_json(line) for line in lines]})
        return 0
    for line in lines:
        if line.fact in chosen:
            click.echo(f"Acknowledged: {line.sentence}")
    if not chosen:
        click.echo("Nothing is missing.")
    return 0


def _examine(global_options: GlobalOptions) -> list[Finding]:
    from ledger import doctor as checks
    from ledger.clock import SystemClock
    from ledger.opening import set_up

    options = chosen(global_options)
    findings = [*checks.check_versions(), *checks.check_terminal(_terminal())]
    path = options.paths.config_file
    finding, config = checks.check_config(path, lambda: config_of_app(options))
    findings.append(finding)
    if config is None:
        ledger = options.paths.ledger_file(options.profile)
        findings += [checks.check_ledger(ledger, SystemClock()), *checks.check_file_system(ledger)]
        return [*findings, checks.check_keyring()]
    sources = set_up(options)
    try:
        if sources.sandbox is None:
            findings.append(checks.check_ledger(sources.ledger_file, sources.clock))
            findings += checks.check_file_system(sources.ledger_file)
            findings += checks.check_missing(sources.ledger_file, sources.clock)
            findings.append(checks.check_keyring(needed=not _key_in_environment(config)))
        finding, key = checks.check_key(sources.key)
        client = sources.client(key)
        try:
            local = urlsplit(config.numerai.api_url).scheme == "http"
            return [
                *findings,
                finding,
                *checks.check_numerai(
                    client, with_key=key is not None, simulated=global_options.demo or local
                ),
            ]
        finally:
            client.close()
    finally:
        sources.close()


def config_of_app(options: Options) -> Config:
    """The config, with the keys and the theme in it checked as the app would at its start.

    Raises:
        ConfigError: it can't be used; the file and line are named, or what else decides it.
    """
    from ledger.config.config import placed
    from ledger.errors import ConfigError
    from ledger.opening import load_config
    from tui.settings import check

    config = load_config(options)
    try:
        check(config)
    except ConfigError as error:
        raise placed(error, options.paths.config_file, elsewhere=config.elsewhere) from None
    return config


def _key_in_environment(config: Config) -> bool:
    from ledger.credentials import PUBLIC_ID_VARIABLE

    return config.credentials.allow_environment and PUBLIC_ID_VARIABLE in os.environ


def _terminal() -> Terminal:
    from ledger.doctor import Terminal

    size = shutil.get_terminal_size()
    return Terminal(
        environment=os.environ,
        columns=size.columns,
        rows=size.lines,
        encoding=sys.stdout.encoding,
        attached=sys.stdout.isatty(),
    )


def _as_json(findings: list[Finding]) -> list[dict[str, str]]:
    return [
        {
            "name": finding.name,
            "status": finding.level.value,
            "what": finding.what,
            "advice": finding.advice,
        }
        for finding in findings
    ]


def _echo_findings(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    indent = " " * (width + 8)
    advice_shown: set[str] = set()
    for finding in findings:
        print_styled(
            [
                styled(_SIGNS[finding.level], by_level(_SIGNS[finding.level])),
                (f"  {finding.name:<{width}}  {finding.what}", ""),
            ]
        )
        for line in () if finding.advice in advice_shown else finding.advice.splitlines():
            click.echo(f"{indent}{line}")
        advice_shown.add(finding.advice)


def _taken(source: str | None, file: Path | None) -> tuple[Credentials, str]:
    """The key and where it was read, "" when it was typed."""
    from ledger import key_sources

    if source == "env":
        return key_sources.from_environment(os.environ), "the environment"
    if source is not None:
        file = Path.home() / key_sources.NUMERAI_CLI
    return (_ask(), "") if file is None else (key_sources.from_file(file), str(file))


def _ask() -> Credentials:
    """Public id and secret key, typed (the secret is not echoed) or as two lines of a pipe."""
    from ledger.credentials import Credentials

    if sys.stdin.isatty():
        public_id = click.prompt("Public id", type=str, err=True)
        secret_key = click.prompt("Secret key (not shown)", type=str, hide_input=True, err=True)
    else:
        public_id, secret_key = sys.stdin.readline(), sys.stdin.readline()
    return Credentials.typed(public_id, secret_key)


def _not_in_demo(global_options: GlobalOptions) -> None:
    if global_options.demo:
        raise click.UsageError("The demo has its own key; it needs no login.")
