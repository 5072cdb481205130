"""Every setting there is: one dataclass per table of the config file, documented per field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from ledger.clock import zone_of
from ledger.config.setting import (
    Takes,
    allows_fewer,
    lets_less_out,
    no_amount,
    setting,
    warns_earlier,
)
from ledger.dataclass import dataclass
from ledger.domain.model import System, Tournament

DEFAULT_API_URL = "https://api-tournament.numer.ai/"
"""Numerai's GraphQL endpoint."""

PANES = ("home", "models", "stakes", "earnings", "slots", "queue", "unlocks", "notices")
"""The panes of the app, in the order of their keys."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def _no_tournaments(numbers: tuple[Any, ...]) -> str | None:
    tournaments = [int(tournament) for tournament in Tournament]
    if all(type(number) is int and number in tournaments for number in numbers):
        return None
    return f"a list of tournaments out of {', '.join(map(str, tournaments))}"


def _no_names(names: tuple[Any, ...]) -> str | None:
    if all(isinstance(name, str) and name.strip() for name in names):
        return None
    return "a list of names in quotes"


@dataclass(frozen=True, slots=True)
class AppSettings:
    """``[app]``: how the program behaves."""

    opens: str = setting(
        "home",
        'The pane the app opens with: "home", "models", "stakes", "earnings", "slots", "queue",\n'
        '"unlocks" or "notices".',
        choices=PANES,
        takes=Takes.AT_START,
        environment=True,
    )
    theme: str = setting(
        "numstake-dark",
        "Colours of the screen; `f2` in the app shows the choices.",
        takes=Takes.AT_ONCE,
        environment=True,
    )
    charts: str = setting(
        "auto",
        'Charts: "full", "plain" for slow lines, which is one row of bars, or "auto", which takes\n'
        "plain on serial lines below 38400 baud, on the Linux console and without UTF-8.",
        choices=("auto", "full", "plain"),
        takes=Takes.AT_ONCE,
        environment=True,
    )
    sync_on_start: bool = setting(
        True,
        "Whether starting the app asks Numerai for news at once, in the background.",
        takes=Takes.AT_START,
    )
    sync_every: int = setting(
        15,
        "Minutes between syncs while the app runs; 0 leaves it to the refresh key.",
        low=0,
        high=24 * 60,
        takes=Takes.AT_START,
    )
    paint: str = setting(
        "auto",
        'What is sent to the terminal: "diff" what changed on screen, "full" all that Textual\n'
        'paints, "auto" the changes where the terminal and the version of Textual are known.',
        choices=("auto", "full", "diff"),
        takes=Takes.AT_START,
        environment=True,
    )
    glyphs: str = setting(
        "auto",
        'Signs and lines: "unicode", "ascii" for terminals that have none, or "auto", which takes\n'
        "ascii on the Linux console and where the locale is not UTF-8.",
        choices=("auto", "unicode", "ascii"),
        takes=Takes.AT_START,
        environment=True,
    )
    mouse: bool = setting(
        True,
        "Whether the terminal reports clicks and the wheel; without, it selects text by itself,\n"
        "as it does while shift is held in any case.",
        takes=Takes.AT_START,
        environment=True,
    )


@dataclass(frozen=True, slots=True)
class NumeraiSettings:
    """``[numerai]``: where Numerai is and how to talk to it."""

    api_url: str = setting(
        DEFAULT_API_URL,
        "Numerai's GraphQL endpoint; https, or http to this machine (the sandbox).",
        private=True,
        takes=Takes.GUARDED,
    )
    connect_timeout: float = setting(
        5.0,
        "Seconds to wait for a connection.",
        low=0.1,
        high=120,
        takes=Takes.AT_START,
    )
    read_timeout: float = setting(
        30.0,
        "Seconds to wait for an answer. Numerai takes 20 on a bad day.",
        low=0.1,
        high=600,
        takes=Takes.AT_START,
    )
    max_parallel: int = setting(
        4,
        "Requests under way at a time.",
        low=1,
        high=4,
        takes=Takes.AT_START,
    )
    history_rounds: int = setting(
        400,
        "How many rounds back the first sync fetches (five a week); 0 fetches everything.",
        low=0,
        high=10_000,
        takes=Takes.AT_START,
    )
    account_reads_per_minute: int = setting(
        100,
        "Most requests a minute for the account and the key; Numerai takes 100.",
        low=1,
        high=1_000,
        takes=Takes.AT_START,
    )
    performance_reads_per_minute: int = setting(
        500,
        "Most models a minute whose rounds are asked for; Numerai takes 500.",
        low=1,
        high=10_000,
        takes=Takes.AT_START,
    )
    stake_write_seconds: float = setting(
        0.5,
        "Seconds between two changes of stakes, as Numerai asks for; what comes faster is refused.",
        low=0,
        high=60,
        takes=Takes.AT_START,
    )
    cancel_write_seconds: float = setting(
        1.0,
        "Seconds between two releases that are cancelled.",
        low=0,
        high=60,
        takes=Takes.AT_START,
    )
    take_profit_write_seconds: float = setting(
        0.1,
        "Seconds between two switches of take profit.",
        low=0,
        high=60,
        takes=Takes.AT_START,
    )


@dataclass(frozen=True, slots=True)
class CredentialSettings:
    """``[credentials]``: where API keys may come from, never the keys themselves."""

    allow_environment: bool = setting(
        False,
        "Whether NUMSTAKE_PUBLIC_ID and NUMSTAKE_SECRET_KEY, when both are set, serve instead of\n"
        "the system keyring. Other programs of the same user can read a process's environment.",
        takes=Takes.GUARDED,
    )
    keyring_seconds: float = setting(
        30.0,
        "Seconds the system keyring may take where nobody at a terminal would see it ask for its\n"
        "password, as under cron; at a terminal there is no limit.",
        low=0.1,
        high=3_600,
        takes=Takes.GUARDED,
    )


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """``[display]``: how figures look on screen. JSON output is always exact."""

    decimals: int = setting(
        3,
        "Digits after the decimal point of an NMR amount on screen.",
        low=0,
        high=8,
        takes=Takes.AT_ONCE,
        environment=True,
    )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """``[limits]``: what is never sent to Numerai, whatever was confirmed."""

    per_change_nmr: str = setting(
        "",
        'The most NMR one change may move, in quotes; "" sets no limit. A drain moves all that is\n'
        "staked; cancelling a release and switching take profit move nothing.",
        check=no_amount,
        takes=Takes.LIMIT,
        tighter=lets_less_out,
    )
    per_day_nmr: str = setting(
        "",
        'The most NMR all changes of one day (UTC) may move together; "" sets no limit.',
        check=no_amount,
        takes=Takes.LIMIT,
        tighter=lets_less_out,
    )
    smallest_change_nmr: str = setting(
        "",
        "The least NMR a change should move: a plan warns of a smaller step, since Numerai may\n"
        'refuse it; "" never warns.',
        check=no_amount,
        takes=Takes.LIMIT,
        tighter=warns_earlier,
    )
    tournaments: tuple[int, ...] = setting(
        (),
        "The only tournaments in which anything may change: 8 Classic, 11 Signals, 12 Crypto.\n"
        "[] allows all.",
        check=_no_tournaments,
        takes=Takes.LIMIT,
        tighter=allows_fewer,
    )
    models: tuple[str, ...] = setting(
        (),
        "The only models that may change, by name or id; [] allows all.",
        check=_no_names,
        takes=Takes.LIMIT,
        tighter=allows_fewer,
    )
    confirm_by_typing_above: str = setting(
        "100",
        "Confirming changes that move more NMR than this asks for the model's name to be typed,\n"
        'of several models for their number and total; "" never does.',
        check=no_amount,
        takes=Takes.LIMIT,
        tighter=lets_less_out,
    )


def _no_address(text: str) -> str | None:
    """An Ethereum address in quotes; nothing stands for none."""
    sound = not text or _ADDRESS.fullmatch(text)
    return None if sound else 'an Ethereum address in quotes, "0x" and 40 hex digits, or ""'


_SYSTEMS = ("auto", "continuous", "atomic")


@dataclass(frozen=True, slots=True)
class AtomicSettings:
    """``[atomic]``: atomic staking on Ethereum. Reading works without any of it."""

    rpc_url: str = setting(
        "",
        "An Ethereum JSON-RPC endpoint; https, or http to this machine. Without one nothing is\n"
        "read from the chain and nothing is sent to it.",
        private=True,
        takes=Takes.GUARDED,
        environment=True,
    )
    chain_id: int = setting(
        1,
        "The chain that endpoint has to be on; 1 is Ethereum.",
        low=1,
        high=2**53,
        takes=Takes.GUARDED,
    )
    classic_strategy: str = setting(
        "",
        "The allocation strategy's address per tournament; the V3 Stakes page shows it.",
        check=_no_address,
        takes=Takes.GUARDED,
    )
    signals_strategy: str = setting(
        "",
        "The same for Signals.",
        check=_no_address,
        takes=Takes.GUARDED,
    )
    crypto_strategy: str = setting(
        "",
        "The same for Crypto.",
        check=_no_address,
        takes=Takes.GUARDED,
    )
    classic_system: str = setting(
        "auto",
        'How stakes work in a tournament: "continuous", "atomic", or "auto" to find out.',
        choices=_SYSTEMS,
        takes=Takes.GUARDED,
    )
    signals_system: str = setting(
        "auto",
        "The same for Signals.",
        choices=_SYSTEMS,
        takes=Takes.GUARDED,
    )
    crypto_system: str = setting(
        "auto",
        "The same for Crypto.",
        choices=_SYSTEMS,
        takes=Takes.GUARDED,
    )
    channel: str = setting(
        "by-hand",
        'How a new atomic change is carried out: "by-hand" on the V3 Stakes page, as an\n'
        '"unsigned" transaction that you sign elsewhere, or "signed" here with the owner\'s key\n'
        "(needs numstake-tui[atomic]).",
        choices=("by-hand", "unsigned", "signed"),
        takes=Takes.GUARDED,
    )
    keystore: str = setting(
        "",
        'The owner\'s key as a keystore file that only you can read; "" uses the system keyring\n'
        "(`numstake-tui wallet import`).",
        takes=Takes.GUARDED,
    )
    max_fee_gwei: int = setting(
        60,
        "The most a unit of gas may cost, in gwei; a dearer transaction is not sent.",
        low=1,
        high=100_000,
        takes=Takes.GUARDED,
    )
    confirmations: int = setting(
        12,
        "How many blocks have to follow the one with a transaction before it counts as done;\n"
        "until then it may be taken back. 12 take two and a half minutes, within\n"
        "receipt_timeout, and are far more than the block or two that Ethereum drops now and\n"
        "then; 64 (13 minutes) are final. 0 is for a chain of one's own.",
        low=0,
        high=100,
        takes=Takes.GUARDED,
    )
    receipt_timeout: int = setting(
        180,
        "Seconds to wait until a transaction is done; later it is looked up by its hash.",
        low=0,
        high=3_600,
        takes=Takes.GUARDED,
    )
    search_blocks: int = setting(
        0,
        "How many blocks back (7200 a day) the first sync looks for a strategy's settings, to\n"
        "learn the models' keys from them. Endpoints limit such searches; 0 leaves it to\n"
        "`numstake-tui strategy learn-keys`.",
        low=0,
        high=10**9,
        takes=Takes.GUARDED,
    )
    mode_constant: int = setting(
        0,
        "The number the strategy contract has for constant mode.",
        low=0,
        high=255,
        takes=Takes.GUARDED,
    )
    mode_compound: int = setting(
        1,
        "The number the strategy contract has for compound mode.",
        low=0,
        high=255,
        takes=Takes.GUARDED,
    )
    finalise_days: int = setting(
        7,
        "Days after which Numerai moves a claim that was left alone to idle.",
        low=1,
        high=365,
        takes=Takes.GUARDED,
    )

    def strategy(self, tournament: Tournament) -> str | None:
        """The address of a tournament's allocation strategy, if it is known."""
        return getattr(self, f"{tournament.name.lower()}_strategy") or None

    def system(self, tournament: Tournament) -> System | None:
        """The system a tournament is forced to, ``None`` when it is to be found out."""
        name = getattr(self, f"{tournament.name.lower()}_system")
        return None if name == "auto" else System(name)

    def decide(self, tournament: Tournament, detected: Mapping[Tournament, System]) -> System:
        """The system a tournament counts as: as forced, else as ``detected``, else continuous."""
        return self.system(tournament) or detected.get(tournament, System.CONTINUOUS)


def _no_command(parts: tuple[Any, ...]) -> str | None:
    if all(isinstance(part, str) for part in parts) and (not parts or parts[0].strip()):
        return None
    return "a list of a program and its arguments, each in quotes"


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """``[notices]``: what deserves attention, and who is told."""

    command: tuple[str, ...] = setting(
        (),
        'A program and its arguments, such as ["notify", "--json"], run once for each notice that\n'
        "is loud, with the notice as JSON on its standard input; no shell is involved. [] runs\n"
        "nothing.",
        check=_no_command,
        takes=Takes.GUARDED,
    )
    timeout_seconds: float = setting(
        10.0,
        "Seconds that program may take for one notice before it is ended.",
        low=0.1,
        high=600,
        takes=Takes.AT_START,
    )
    close_within_hours: float = setting(
        3.0,
        "Hours before stakes close from which what a round would lose is loud: a staked model\n"
        "without a submission, idle NMR that does not pay for it. Earlier the notice is quiet.",
        low=0,
        high=168,
        takes=Takes.AT_START,
    )
    stale_after_hours: float = setting(
        12.0,
        "Hours after which a sync counts as stale.",
        low=0.1,
        high=8_760,
        takes=Takes.AT_START,
    )


def _no_zone(name: str) -> str | None:
    try:
        zone_of(name)
    except ValueError:
        return 'the name of a time zone that this system knows, such as "UTC" or "Europe/Berlin"'
    return None


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """``[records]``: movements for accounting."""

    time_zone: str = setting(
        "UTC",
        "Where the days and years of records begin: in exports, the yearly summary and prices by\n"
        'day. "UTC", or a name such as "Europe/Berlin".',
        check=_no_zone,
        takes=Takes.AT_START,
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. ``keys`` maps action ids to keys; the app knows which actions there are.

    ``ignored`` says in sentences what of the file does not count, and why; "" where all does.
    ``elsewhere`` names settings that something else than the file decides, and what does: a
    variable of the environment, an option of the command line.
    """

    app: AppSettings = AppSettings()
    numerai: NumeraiSettings = NumeraiSettings()
    credentials: CredentialSettings = CredentialSettings()
    display: DisplaySettings = DisplaySettings()
    limits: LimitSettings = LimitSettings()
    atomic: AtomicSettings = AtomicSettings()
    notices: NoticeSettings = NoticeSettings()
    records: RecordSettings = RecordSettings()
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignored: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
