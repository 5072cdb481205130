"""Named targets: one TOML file each, which the user may edit.

::

    tournament = "signals"
    locked = ["birch"]

    [targets]
    alder = "25%"
    birch = "=40"

Values are what the editor takes; a model that is not listed stays as it is. A table ``[policy]``
may say where payouts go, see :mod:`ledger.rules.policy.text`. Reading is strict:
what can't be understood is a :class:`ConfigError` that names file, key and line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.domain.model import Model, Tournament
from ledger.domain.nearest import did_you_mean
from ledger.domain.targets.target import Target, TargetKind, TargetSet
from ledger.errors import ChangeError, ConfigError, FileError, FileTaken
from ledger.files import make_folder, write_file
from ledger.rules.naming import told_apart
from ledger.rules.targets.target import parse_target, target_text
from ledger.user_files import cut, shown, text_of, toml_of

if TYPE_CHECKING:
    from ledger.domain.policy import Policy

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,62}[A-Za-z0-9_-])?")
"""What a set may be called: a file's name on any system."""

_KEYS = ("tournament", "locked", "targets", "policy")
_TOURNAMENTS = {tournament.label.lower(): tournament for tournament in Tournament}


class TargetFiles:
    """The target sets in one folder, which is made when the first one is saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """All sets, by name."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(file.stem for file in self.folder.glob("*.toml") if file.is_file()))

    def path(self, name: str) -> Path:
        """Where the set ``name`` is kept.

        Raises:
            ConfigError: that can't be a name.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"“{name}” can't be the name of targets.",
                "Use letters, digits, blanks, and . _ - between them; 64 at most.",
            )
        return self.folder / f"{name}.toml"

    def load(self, name: str, models: Iterable[Model]) -> TargetSet:
        """The set ``name``; ``models`` are those of the account.

        Raises:
            ConfigError: there is none, or something in it can't be understood.
        """
        path = self.path(name)
        if not path.exists():
            names = self.names()
            raise ConfigError(
                f"There are no targets called “{name}”.",
                f"{did_you_mean(name, names)}There are: {', '.join(names)}."
                if names
                else "Save some first.",
            )
        return read(path, models)

    def save(self, targets: TargetSet, models: Iterable[Model], *, replace: bool = False) -> Path:
        """Write a set; one of that name is only overwritten with ``replace``.

        Raises:
            ConfigError: the name is taken or can't be one, or the file can't be written.
        """
        path = self.path(targets.name)
        self._write(path, write(targets, models), replace=replace)
        return path

    def duplicate(self, name: str, new_name: str, *, replace: bool = False) -> Path:
        """Copy a set as it stands in its file, comments included.

        Raises:
            ConfigError: as for :meth:`load` and :meth:`save`.
        """
        path = self.path(new_name)
        self._write(path, _text(self._existing(name)), replace=replace)
        return path

    def delete(self, name: str) -> None:
        """Remove a set.

        Raises:
            ConfigError: there is none.
        """
        self._existing(name).unlink()

    def _existing(self, name: str) -> Path:
        path = self.path(name)
        if not path.exists():
            raise ConfigError(f"There are no targets called “{name}”.")
        return path

    def _write(self, path: Path, text: str, *, replace: bool) -> None:
        try:
            make_folder(self.folder)
            write_file(path, text, replace=replace)
        except FileTaken as error:
            raise ConfigError(
                f"Targets called “{path.stem}” exist already.",
                "Choose another name, or say that they are to be replaced.",
            ) from error
        except (FileError, OSError) as error:
            reason = error.what if isinstance(error, FileError) else f"{path}: {error.strerror}."
            raise ConfigError(reason) from error


def read(path: Path, models: Iterable[Model]) -> TargetSet:
    """The targets in any file; they are named after it.

    Raises:
        ConfigError: unreadable, not TOML, or anything in it that can't be understood.
    """
    text = _text(path)
    document = toml_of(path, text, advice="Correct that line.")
    return _Reader(path, text).targets(document, list(told_apart(models)))


def write(targets: TargetSet, models: Iterable[Model]) -> str:
    """The text of a file for ``targets``.

    Raises:
        ConfigError: a target is for none of ``models``.
    """
    import tomli_w

    names = {
        model.id: model.name
        for model in told_apart(models)
        if model.tournament is targets.tournament
    }
    for target in targets.targets:
        if target.model_id not in names:
            raise ConfigError(
                f"A target is for a model that is not in {targets.tournament.label}.",
                "Sync, then save again.",
            )
    document: dict[str, Any] = {"tournament": targets.tournament.label.lower()}
    locked = [names[target.model_id] for target in targets.targets if target.locked]
    if locked:
        document["locked"] = locked
    document["targets"] = {
        names[target.model_id]: target_text(target) or TargetKind.KEEP.value
        for target in targets.targets
        if target.kind is not TargetKind.KEEP or not target.locked
    }
    if targets.policy is not None:
        from ledger.reports.policy.text import policy_table

        document["policy"] = policy_table(targets.policy, names)
    return tomli_w.dumps(document)


def _text(path: Path) -> str:
    try:
        return text_of(path)
    except FileNotFoundError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error


class _Reader:
    """Understands one parsed file, or says where it can't."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def targets(self, document: Mapping[str, Any], models: list[Model]) -> TargetSet:
        for key in document:
            if key not in _KEYS:
                raise self._error(key, "is not a key of targets", _near(key, _KEYS))
        tournament = self._tournament(document.get("tournament"))
        ids = {model.name: model.id for model in models if model.tournament is tournament}
        labels: dict[str, str] = {model_id: name for name, model_id in ids.items()}
        locked = self._locked(document.get("locked", []), ids, labels)
        table = document.get("targets", {})
        if not isinstance(table, dict):
            raise self._error("targets", "must be a table", "Write [targets] on its own line.")
        rows: dict[str, Any] = {}
        for key, value in table.items():
            label = labels.get(str(key), str(key))
            if label in rows:
                raise self._error(key, "is there twice, by id and by name", "Keep one of them.")
            rows[label] = value
        targets = [
            self._target(name, value, ids, locked=name in locked) for name, value in rows.items()
        ]
        targets += [Target(ids[name], locked=True) for name in locked if name not in rows]
        policy = self._policy(document.get("policy"), tournament, ids)
        return TargetSet(self._path.stem, tournament, tuple(targets), policy)

    def _policy(self, value: Any, tournament: Tournament, ids: Mapping[str, str]) -> Policy | None:
        from ledger.rules.policy.text import read_policy

        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._error("policy", "must be a table", "Write [policy] on its own line.")
        try:
            return read_policy(value, tournament, {key: name for name, key in ids.items()})
        except ChangeError as error:
            raise self._error("policy", f"can't be meant: {error.what}", error.advice) from error

    def _tournament(self, value: Any) -> Tournament:
        if isinstance(value, str) and value.strip().lower() in _TOURNAMENTS:
            return _TOURNAMENTS[value.strip().lower()]
        if type(value) is int and value in set(Tournament):
            return Tournament(value)
        choices = ", ".join(f'"{label}"' for label in _TOURNAMENTS)
        what = "is missing" if value is None else f"can't be {shown(value)}"
        raise self._error("tournament", what, f"Choose one of {choices}.")

    def _locked(self, value: Any, ids: Mapping[str, str], labels: Mapping[str, str]) -> list[str]:
        """The names of locked models, which may be given by id."""
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise self._error("locked", "must be a list of names", 'Like ["alder", "birch"].')
        names = [labels.get(name, name) for name in value]
        for name in names:
            if name not in ids:
                raise self._error("locked", f"names {cut(name)}, no model here", _near(name, ids))
        return list(dict.fromkeys(names))

    def _target(self, name: str, value: Any, ids: Mapping[str, str], *, locked: bool) -> Target:
        if name not in ids:
            raise self._error(name, "is no model of this tournament", _near(name, ids))
        if not isinstance(value, str):
            raise self._error(name, "must be a text in quotes", _quoted(value))
        try:
            return parse_target(value, ids[name], locked=locked)
        except ChangeError as error:
            raise self._error(name, f"can't be {shown(value)}", error.advice) from error

    def _error(self, key: str, what: str, advice: str) -> ConfigError:
        assigned = re.compile(rf"""\s*\[?\s*["']?{re.escape(key)}["']?\s*[\].=]""")
        lines = [number for number, line in enumerate(self._lines, 1) if assigned.match(line)]
        where = f"{self._path}, line {lines[0]}" if lines else str(self._path)
        return ConfigError(f"{where}: {cut(key)} {what}.", advice)


def _quoted(value: object) -> str:
    """How a value that stands without quotation marks is written."""
    return f'Write "{value}".' if isinstance(value, int) else 'Write it like "25%".'


def _near(name: str, choices: Iterable[str]) -> str:
    names = list(choices)
    near = difflib.get_close_matches(cut(name), names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}There are: {', '.join(names)}."
