"""Where the program's files live: everything below one folder, or where the system puts such."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ledger.dataclass import dataclass
from ledger.errors import ConfigError

APP_NAME = "numstake-tui"

DEFAULT_PROFILE = "default"
"""The profile where nobody names one."""

PROFILE_VARIABLE = "NUMSTAKE_PROFILE"
"""Says in the environment what ``--profile`` says on the command line."""

AT_VARIABLE = "NUMSTAKE_AT"
"""The same for ``--at``. Empty, both count as not set."""

_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def named_profile() -> str:
    """The profile that the environment names, else the default one."""
    return os.environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE


def named_folder() -> Path | None:
    """The folder that the environment names for all files, if it does."""
    named = os.environ.get(AT_VARIABLE)
    return Path(named) if named else None


def checked_profile(name: str) -> str:
    """A profile's name, which is part of a file's.

    Raises:
        ConfigError: it can't be one.
    """
    if not _PROFILE.fullmatch(name):
        raise ConfigError(
            f"“{name}” can't be a profile.",
            "Use letters, digits, dots, dashes and underscores, 64 at most.",
        )
    return name


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one installation. ``ledger_file`` is per profile, so accounts never mix."""

    config_file: Path
    data_dir: Path
    log_file: Path
    state_dir: Path
    cache_dir: Path

    @classmethod
    def at(cls, root: Path) -> Paths:
        """Everything under one portable folder."""
        root = root.expanduser().resolve()
        return cls(
            config_file=root / "config.toml",
            data_dir=root / "data",
            log_file=root / "numstake-tui.log",
            state_dir=root / "state",
            cache_dir=root / "cache",
        )

    @classmethod
    def system(cls) -> Paths:
        """The platform's own folders (XDG on Linux)."""
        from platformdirs import PlatformDirs

        dirs = PlatformDirs(APP_NAME, appauthor=False)
        return cls(
            dirs.user_config_path / "config.toml",
            dirs.user_data_path,
            dirs.user_log_path / "numstake-tui.log",
            dirs.user_state_path,
            dirs.user_cache_path,
        )

    def ledger_file(self, profile: str) -> Path:
        """The SQLite file of one profile."""
        return self.data_dir / f"{profile}.sqlite3"

    def state_file(self, profile: str) -> Path:
        """What the app remembers for a profile; some systems put it beside ``config.toml``."""
        return self.state_dir / f"{profile}.state.toml"
