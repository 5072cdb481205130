"""Where the program's files live: everything below one folder, or where the system puts such."""

from __future__ import annotations

from pathlib import Path

from ledger.dataclass import dataclass

APP_NAME = "numstake-tui"


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
