"""What the global options were, on their way to a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.paths import named_folder, named_profile

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.config.config import Config
    from ledger.opening import Options, Sources


COLORS = ("auto", "always", "never")
"""When output is coloured."""

COMPLETE_VARIABLE = "_NUMSTAKE_TUI_COMPLETE"
"""Where a shell that wants something completed says so."""


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The global options as typed; folder and profile else as the environment has them."""

    at: Path | None = field(default_factory=named_folder)
    profile: str = field(default_factory=named_profile)
    demo: bool = False
    api_url: str | None = None
    read_only: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"


def chosen(global_options: GlobalOptions) -> Options:
    """The same, checked; from here on there is a log.

    Raises:
        ConfigError: the profile's name can't be one.
    """
    from ledger.opening import Options
    from tui.cli.logfile import log_to

    options = Options(
        at=global_options.at,
        profile=global_options.profile,
        demo=global_options.demo,
        api_url=global_options.api_url,
        read_only=global_options.read_only,
    )
    log_to(options.paths.log_file)
    return options


@contextmanager
def opened(global_options: GlobalOptions) -> Iterator[Book]:
    """The book a command works on, closed afterwards; a demo's is filled first."""
    from ledger.opening import open_book
    from tui.cli.account.syncing import run_sync

    book = open_book(chosen(global_options))
    try:
        _say_ignored(book.config)
        if book.demo:
            run_sync(book)
        yield book
    finally:
        book.close()


@contextmanager
def prepared(global_options: GlobalOptions) -> Iterator[Sources]:
    """Config, key and connection without the ledger, for the commands about the account."""
    from ledger.opening import set_up

    sources = set_up(chosen(global_options))
    try:
        _say_ignored(sources.config)
        yield sources
    finally:
        sources.close()


def configured(options: Options) -> Config:
    """The settings alone, for a command that needs neither ledger nor account.

    Raises:
        ConfigError: the file is not as it should be.
    """
    from ledger.opening import load_config

    config = load_config(options)
    _say_ignored(config)
    return config


def _say_ignored(config: Config) -> None:
    """Say on standard error what of the config does not count."""
    if config.ignored:
        import click

        click.echo(config.ignored, err=True)
