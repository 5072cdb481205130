"""``config``: the config file, from a command line."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.errors import ConfigError, FileError, LedgerError
from tui.cli.arguments import json_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, chosen, configured
from tui.cli.output import Column, echo_json, echo_table, report_error
from tui.cli.printing import print_verbatim

if TYPE_CHECKING:
    from ledger.config.config import Config, Reading
    from ledger.opening import Options

HIDDEN = "hidden"
"""Stands for what may hold a provider's key, and is not as it would be without the file."""


@click.group(cls=Group)
def config() -> None:
    """Show, check and edit the config file."""


@config.command()
@click.pass_obj
def path(global_options: GlobalOptions) -> None:
    """Print where the config file is."""
    print_verbatim(f"{chosen(global_options).paths.config_file}\n")


@config.command()
@json_option
@click.pass_obj
def show(global_options: GlobalOptions, *, as_json: bool) -> None:
    """Print what counts of every setting, and by whom.

    What may hold a provider's key is not shown.
    """
    from ledger.config.config import KEYS, SETTINGS, read, value_of

    options = chosen(global_options)
    settings, reading = configured(options), read(options.paths.config_file)
    rows = [
        (name, _shown(name, value_of(settings, name)), _origin(name, reading, settings))
        for name in SETTINGS
    ]
    rows += [
        (f"{KEYS}.{action}", key, _origin(f"{KEYS}.{action}", reading, settings))
        for action, key in settings.keys.items()
    ]
    if as_json:
        file = options.paths.config_file
        listed = [{"name": name, "value": value, "from": where} for name, value, where in rows]
        echo_json({"file": str(file), "exists": file.exists(), "settings": listed})
        return
    columns = (Column("Setting"), Column("Value"), Column("From", rank=1))
    echo_table(columns, [[name, _written(value), where] for name, value, where in rows])


def _shown(name: str, value: Any) -> Any:
    from ledger.config.config import SETTINGS

    setting = SETTINGS[name]
    if setting.private and value not in {setting.default, ""}:
        return HIDDEN
    return list(value) if isinstance(value, tuple) else value


def _written(value: Any) -> str:
    import tomli_w

    return tomli_w.dumps({"x": value}, multiline_strings=False).partition(" = ")[2].rstrip("\n")


def _origin(name: str, reading: Reading, settings: Config) -> str:
    if name in settings.elsewhere:
        return settings.elsewhere[name]
    line = reading.lines.get(name)
    return f"line {line}" if line else "default"


@config.command()
@click.pass_obj
def check(global_options: GlobalOptions) -> None:
    """Check the config file as the app does at its start.

    Ends with 2 if it can't be used.
    """
    options = chosen(global_options)
    _checked(options)
    file = options.paths.config_file
    there = "is in order" if file.exists() else "does not exist; defaults are used"
    click.echo(f"{file} {there}.")


def _checked(options: Options) -> Config:
    from ledger.config.file import ConfigFile
    from tui.cli.account.account import config_of_app
    from tui.settings import check as check_for_app

    ConfigFile(options.paths.config_file, check_for_app).read()
    config_of_app(options)
    return configured(options)


@config.command()
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.pass_obj
def init(global_options: GlobalOptions, *, force: bool) -> None:
    """Write a config file with every setting explained."""
    file = chosen(global_options).paths.config_file
    _make(file, replace=force)
    click.echo(f"{file} is there now; it sets nothing yet.")


def _make(file: Path, *, replace: bool) -> None:
    from ledger.config.config import template
    from ledger.errors import FileTaken
    from ledger.files import make_folder, write_file
    from tui import keys

    text = template((action.id, action.key) for action in keys.ACTIONS)
    try:
        make_folder(file.parent)
        write_file(file, text, replace=replace)
    except FileTaken as error:
        raise FileTaken(error.what, "Replace it with --force.") from error
    except OSError as error:
        raise FileError(f"{file.parent} can't be made: {error.strerror}.") from error


@config.command()
@click.pass_obj
def edit(global_options: GlobalOptions) -> None:
    """Open the config file in your editor, then check it.

    One that is not there is made first, as by init. On a terminal what is wrong is told, and you
    are asked whether to go on editing.
    """
    options = chosen(global_options)
    file = options.paths.config_file
    if not file.exists():
        _make(file, replace=False)
    while True:
        _run_editor(file)
        try:
            _checked(options)
        except LedgerError as error:
            if not _has_terminal():
                raise
            report_error(error)
            if not click.confirm("Edit it again?", default=True, err=True):
                raise
        else:
            click.echo(f"{file} is in order.")
            return


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _run_editor(file: Path) -> None:
    """Wait until the editor has ended.

    Raises:
        ConfigError: there is none, or it says that it failed.
    """
    import subprocess

    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        code = subprocess.run([*shlex.split(command), str(file)], check=False).returncode  # noqa: S603
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The editor {command} can't be started ({error}).", "Name one in VISUAL or EDITOR."
        ) from error
    if code:
        raise ConfigError(f"The editor {command} ended with {code}.", f"{file} was not checked.")
