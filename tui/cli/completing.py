"""What a shell offers at a tab: names out of the ledger, at once, and silence on any trouble."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.domain.model import Tournament

if TYPE_CHECKING:
    from ledger.paths import Paths

Completer = Callable[[click.Context, click.Parameter, str], list[str]]

_PLAIN = re.compile(r"[\w.+#-]+")
"""Names that a shell takes without quotes; others are left to be typed."""


def tournaments(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Tournaments by name."""
    return _begun((tournament.name.lower() for tournament in Tournament), incomplete)


def _of_ledger(what: str) -> Completer:
    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
        from ledger.store.account.status import glance_at_names

        paths, profile = _where(context)
        return _begun(glance_at_names(paths.ledger_file(profile), what), incomplete)

    return complete


models = _of_ledger("models")
predictors = _of_ledger("predictors")
changes = _of_ledger("changes")


def targets(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Saved targets by name."""
    paths, profile = _where(context)
    folder = paths.data_dir / "targets" / profile
    return _begun(sorted(file.stem for file in folder.glob("*.toml")), incomplete)


def _where(context: click.Context) -> tuple[Paths, str]:
    """The paths and the profile that the command line names; nothing of it was carried out."""
    from ledger.paths import Paths, checked_profile, named_folder, named_profile

    given = context.find_root().params
    at = given.get("at") or named_folder()
    paths = Paths.at(Path(at)) if at else Paths.system()
    return paths, checked_profile(given.get("profile") or named_profile())


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    typed = incomplete.casefold()
    return [name for name in names if name.casefold().startswith(typed) and _PLAIN.fullmatch(name)]
