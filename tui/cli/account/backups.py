"""``backup`` and ``restore``: the ledger in one file, and back."""

from __future__ import annotations

from pathlib import Path

import click

from ledger.clock import SystemClock
from tui.cli.account.syncing import showing
from tui.cli.arguments import json_option
from tui.cli.options import GlobalOptions, chosen
from tui.cli.output import done, echo_json, time_or_none

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@json_option
@click.pass_obj
def backup(global_options: GlobalOptions, *, file: Path, force: bool, as_json: bool) -> None:
    """Copy the ledger into FILE, checked, also while the app runs.

    It holds the history of the queue, predictors and records. It does not hold the API key, the
    owner's key, the config and saved target sets.
    """
    from ledger.store import backups

    _not_in_demo(global_options)
    options = chosen(global_options)
    ledger = options.paths.ledger_file(options.profile)
    with showing("Copying and checking the ledger"):
        backups.back_up(ledger, file, SystemClock(), force=force)
    if as_json:
        echo_json({"file": str(file), "profile": options.profile, "bytes": file.stat().st_size})
        return
    done(f"The ledger of profile {options.profile} is in {file}, and is sound.")
    done(
        "Not in it: the API key and the owner's key (in the keyring), the config "
        f"{options.paths.config_file}, target sets under {options.paths.data_dir / 'targets'}."
    )


@click.command()
@click.argument("file", type=_FILE)
@json_option
@click.pass_obj
def restore(global_options: GlobalOptions, *, file: Path, as_json: bool) -> None:
    """Put the backup FILE in the ledger's place, and keep that aside.

    Changes that were sent after the backup are not in it. So what was confirmed in it is a draft
    again, and nothing is confirmed or sent before a sync.
    """
    from ledger.store import backups

    _not_in_demo(global_options)
    options = chosen(global_options)
    done = backups.restore(options.paths.ledger_file(options.profile), file, SystemClock())
    if as_json:
        aside = None if done.aside is None else str(done.aside)
        echo_json({"file": str(file), "made": time_or_none(done.copied), "aside": aside})
        return
    made = f", a backup of {done.copied:%Y-%m-%d %H:%M} UTC" if done.copied else ""
    click.echo(f"The ledger of profile {options.profile} is {file} again{made}.")
    if done.aside is not None:
        click.echo(f"The one before is kept as {done.aside}.")
    click.echo(
        "Run `numstake-tui sync` now: it compares the ledger with the account. Changes sent after "
        "the backup are not in it, so what was confirmed in it is a draft again, and what was on "
        "its way then may stay unknown until you judge it."
    )


def _not_in_demo(global_options: GlobalOptions) -> None:
    if global_options.demo:
        raise click.UsageError("A demo's ledger holds nothing to keep.")
