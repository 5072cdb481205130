"""Is everything in order? Each check is a finding: ok, warn or fail, and what to do about it.

Nothing in here prints; a front end shows the findings. Checks never raise expected errors: they
turn them into findings.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.credentials import Credentials, keyring_status
from ledger.domain.scope import SCOPES
from ledger.errors import LedgerError, NumeraiError, Unreachable
from ledger.version import __version__

if TYPE_CHECKING:
    from ledger.config.config import Config
    from ledger.numerai.client import KeyInfo, NumeraiClient

NEEDED_SCOPE = "read_user_info"
"""The one without which there is nothing to show."""

SPARE_SCOPE = "web3_staking"
"""The one whose lack is no reason to worry."""

SKEW_WARNING, SKEW_FAILURE = timedelta(seconds=30), timedelta(minutes=5)
"""From here on a countdown to a staking close misleads, or is plainly wrong."""

SLOW_ANSWER = 3.0
"""Seconds after which an answer counts as slow."""

SMALLEST = (80, 24)
"""The smallest terminal the screens are laid out for, columns and rows."""

_KEY_ADVICE = "Make a key with that scope on Numerai's website, then run `numstake-tui login`."
_PING = "query { latestNmrPrice { priceUsd } }"


class Level(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


_SCOPE_LEVELS = {NEEDED_SCOPE: Level.FAIL, SPARE_SCOPE: Level.OK}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check by ``name``: ``level`` is how it went, ``what`` was found, ``advice`` what to do.

    ``exit_code`` is what a failure ends a command line with, as in :mod:`ledger.errors`.
    """

    name: str
    level: Level
    what: str
    advice: str = ""
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class Terminal:
    """What is known of the terminal: environment, size in cells (``columns`` and ``rows``), the
    output's encoding, and whether the output is ``attached`` to a terminal at all."""

    environment: Mapping[str, str]
    columns: int
    rows: int
    encoding: str
    attached: bool


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing failed, 2 when config or credentials did, else 3 for Numerai, else 1.

    What has to be put right first decides.
    """
    codes = {finding.exit_code for finding in findings if finding.level is Level.FAIL}
    return next((code for code in (2, 3, 1) if code in codes), 0)


def missing_scopes(scopes: Collection[str]) -> dict[str, str]:
    """The scopes this program would use and the key lacks, with what that means."""
    return {scope: meaning for scope, meaning in SCOPES.items() if scope not in scopes}


def check_versions() -> list[Finding]:
    """What runs here."""
    packages = [f"{name} {_version(name)}" for name in ("textual", "numerapi", "keyring")]
    versions = [f"numstake-tui {__version__}", f"Python {platform.python_version()}", *packages]
    return [Finding("versions", Level.OK, ", ".join(versions)), *_check_numerapi()]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _check_numerapi() -> list[Finding]:
    """Whether what sends increases and decreases is there. It is not imported: that takes 70 MB."""
    if find_spec("numerapi") is not None:
        return []
    return [
        Finding(
            "numerapi",
            Level.WARN,
            "numerapi is missing, so no increase and no decrease of a stake can be sent",
            "Install numstake-tui anew into an environment of its own.",
        )
    ]


def check_config(path: Path, load: Callable[[], Config]) -> tuple[Finding, Config | None]:
    """Whether the config can be read, and the config."""
    try:
        config = load()
    except LedgerError as error:
        return _failed("config", error), None
    if config.ignored:
        return Finding("config", Level.WARN, config.ignored), config
    where = f"{path}" if path.exists() else f"{path} does not exist; defaults are used"
    return Finding("config", Level.OK, where), config


def check_missing(path: Path, clock: Clock) -> list[Finding]:
    """What Numerai does not tell, a finding for each fact; ones that are acknowledged are ok."""
    from ledger.reports.account.missing import build_missing
    from ledger.rules.naming import names
    from ledger.store import Store

    if not path.exists():
        return []
    try:
        with closing(Store.open(path, clock=clock, read_only=True)) as store:
            missing = build_missing(store.missing(), names(store.models(archived=True)))
    except LedgerError:
        return []  # the check of the ledger says it
    return [
        Finding(
            f"missing: {line.fact}",
            Level.OK if line.acknowledged and not line.must else Level.WARN,
            line.sentence,
            "" if line.acknowledged else f"Seen: `numstake-tui doctor --acknowledge {line.fact}`.",
        )
        for line in missing.lines
    ]


def check_ledger(path: Path, clock: Clock) -> Finding:
    """Whether the ledger opens and is sound inside; one that is not there yet is not created."""
    from ledger.store import Store

    if not path.exists():
        return Finding(
            "ledger", Level.WARN, f"{path} does not exist yet.", "Run `numstake-tui sync`."
        )
    try:
        with closing(Store.open(path, clock=clock, read_only=True)) as store:
            problems, last = store.check(), store.last_sync()
    except LedgerError as error:
        return _failed("ledger", error)
    if problems:
        return Finding(
            "ledger",
            Level.FAIL,
            f"{path}: {' '.join(problems)}",
            "Keep a copy of the file; sync fills a new one, changes' history is only in this one.",
        )
    synced = f"last sync {last.finished:%Y-%m-%d %H:%M} UTC" if last else "never synced"
    return Finding("ledger", Level.OK, f"{path} is sound, {synced}.")


def check_file_system(path: Path) -> list[Finding]:
    """Whether the ledger at ``path`` is on a file system that can lock, and is this machine's."""
    from ledger.store.file_systems import can_lock, file_system, is_full

    folder = next(parent for parent in path.parents if parent.is_dir())
    where = file_system(folder)
    if not can_lock(folder):
        return [
            Finding(
                "file system",
                Level.FAIL,
                f"Files on {where or folder} can't be locked: two processes could send a change.",
                "Mount it with locks (NFS: with its lock service), or use `--at DIR` on a disk of "
                "this machine.",
            )
        ]
    if is_full(folder):
        what = f"There is no room left on {where or folder}: nothing can be kept or sent."
        return [Finding("file system", Level.FAIL, what, "Make room.")]
    if where is not None and where.networked:
        what = f"The ledger is on {where}, which other machines may have too."
        return [
            Finding("file system", Level.WARN, what, "Use it from one machine at a time, or move.")
        ]
    return []


def check_keyring(*, needed: bool = True) -> Finding:
    """Which keyring is in use and whether it can keep a secret.

    Where the API key comes from the environment, none is ``needed``.
    """
    from ledger.credentials import NO_KEYRING_ADVICE

    level = Level.FAIL if needed else Level.WARN
    try:
        status = keyring_status()
    except LedgerError as error:
        return Finding("keyring", level, error.what, error.advice, error.exit_code)
    if not status.usable:
        return Finding("keyring", level, "There is no keyring here.", NO_KEYRING_ADVICE, 2)
    if not status.encrypted:
        return Finding(
            "keyring",
            Level.WARN,
            f"{status.backend} keeps API keys as readable text in a file.",
            NO_KEYRING_ADVICE,
        )
    return Finding("keyring", Level.OK, status.backend)


def check_key(load: Callable[[], Credentials]) -> tuple[Finding, Credentials | None]:
    """Whether there is an API key, and the key."""
    try:
        credentials = load()
    except LedgerError as error:
        return _failed("API key", error), None
    return Finding("API key", Level.OK, f"public id {credentials.public_id}"), credentials


def check_numerai(
    client: NumeraiClient, *, with_key: bool, simulated: bool = False
) -> list[Finding]:
    """Reachability with latency, the key's account and scopes, and the clocks' difference.

    A ``simulated`` Numerai has a clock of its own.
    """
    try:
        info = client.check() if with_key else None
        seconds = _ping(client)
    except Unreachable as error:
        return [_failed("Numerai", error)]
    except NumeraiError as error:
        return [
            Finding("Numerai", Level.OK, "answers"),
            _failed("account", error),
            *check_clock(client.clock_skew, simulated=simulated),
        ]
    slow = seconds > SLOW_ANSWER
    return [
        Finding(
            "Numerai",
            Level.WARN if slow else Level.OK,
            f"answers in {seconds * 1000:.0f} ms",
            "Raise [numerai] read_timeout if syncs fail." if slow else "",
        ),
        *(check_account(info) if info is not None else []),
        *check_clock(client.clock_skew, simulated=simulated),
    ]


def check_account(info: KeyInfo) -> list[Finding]:
    """Whose key it is and what each missing scope means."""
    scopes = ", ".join(sorted(info.scopes)) or "none"
    account = Finding("account", Level.OK, f"{info.username}; scopes: {scopes}")
    return [
        account,
        *(
            Finding(
                f"scope {scope}",
                _SCOPE_LEVELS.get(scope, Level.WARN),
                f"missing: {meaning}",
                _KEY_ADVICE,
                exit_code=2,
            )
            for scope, meaning in missing_scopes(info.scopes).items()
        ),
    ]


def check_clock(skew: timedelta | None, *, simulated: bool = False) -> list[Finding]:
    """How far this machine's clock is from the server's."""
    if skew is None:
        return []
    seconds = skew.total_seconds()
    if abs(skew) < SKEW_WARNING:
        return [Finding("clock", Level.OK, f"{abs(seconds):.0f} s off the server's")]
    side = "behind" if seconds > 0 else "ahead of"
    what = f"This machine's clock is {_duration(abs(skew))} {side} the server's."
    if simulated:
        return [Finding("clock", Level.OK, what, "A sandbox has a clock of its own.")]
    return [
        Finding(
            "clock",
            Level.FAIL if abs(skew) >= SKEW_FAILURE else Level.WARN,
            what,
            "Set it (timedatectl set-ntp true): until then closes, deadlines and limits go by the "
            "server's.",
        )
    ]


def _duration(length: timedelta) -> str:
    """In the largest unit of which there are at least two."""
    seconds = int(length.total_seconds())
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
    return next(
        (f"{seconds // size} {unit}" for unit, size in units if seconds >= 2 * size),
        f"{seconds} s",
    )


def check_terminal(terminal: Terminal) -> list[Finding]:
    """Type, colours, size, encoding, and what tmux needs."""
    if not terminal.attached:
        return [Finding("terminal", Level.WARN, "Output is not a terminal; not checked.")]
    return [
        _colours(terminal.environment),
        _size(terminal),
        _encoding(terminal.encoding),
        *_multiplexer(terminal.environment),
    ]


def _colours(environment: Mapping[str, str]) -> Finding:
    kind = environment.get("TERM", "")
    if kind in {"", "dumb", "unknown"}:
        return Finding(
            "terminal",
            Level.FAIL,
            f"TERM is {kind or 'not set'}; the app can't draw.",
            "Set TERM to what the terminal is, for example xterm-256color.",
        )
    if "NO_COLOR" in environment:
        return Finding("terminal", Level.OK, f"{kind}, without colours (NO_COLOR)")
    if environment.get("COLORTERM") in {"truecolor", "24bit"}:
        return Finding("terminal", Level.OK, f"{kind}, 16 million colours")
    if "256color" in kind or "direct" in kind:
        return Finding("terminal", Level.OK, f"{kind}, 256 colours")
    return Finding(
        "terminal",
        Level.WARN,
        f"{kind} promises 16 colours only.",
        "If the terminal can do more: export TERM=xterm-256color, or COLORTERM=truecolor.",
    )


def _size(terminal: Terminal) -> Finding:
    size = f"{terminal.columns}x{terminal.rows}"
    if terminal.columns < SMALLEST[0] or terminal.rows < SMALLEST[1]:
        return Finding(
            "size", Level.WARN, f"{size} is small.", "Use 80x24 or more; columns are dropped."
        )
    return Finding("size", Level.OK, size)


def _encoding(encoding: str) -> Finding:
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("locale", Level.OK, "UTF-8")
    return Finding(
        "locale",
        Level.WARN,
        f"The locale's encoding is {encoding}; graphs and signs may come out wrong.",
        "Set a UTF-8 locale, for example LANG=C.UTF-8.",
    )


def _multiplexer(environment: Mapping[str, str]) -> list[Finding]:
    if "TMUX" not in environment:
        return []
    hints = [
        "copying needs `set -g set-clipboard on` (OSC 52)",
    ]
    if environment.get("COLORTERM") not in {"truecolor", "24bit"}:
        hints.insert(0, "true colours need `set -ga terminal-features ',*:RGB'`")
    return [Finding("tmux", Level.OK, f"In tmux {'; '.join(hints)}.")]


def _ping(client: NumeraiClient) -> float:
    """Seconds for one small answer, after the connection stands; refusals are answers too."""
    started = time.monotonic()
    client.fetch(_PING, {}, authorization=False)
    return time.monotonic() - started


def _failed(name: str, error: LedgerError) -> Finding:
    return Finding(name, Level.FAIL, error.what, error.advice, error.exit_code)
