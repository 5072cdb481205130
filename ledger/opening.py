"""The composition root: the only place that puts store, Numerai, keyring and sandbox together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ledger.book import Book
from ledger.clock import OffsetClock, ServerClock, SystemClock
from ledger.config import config as settings
from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.errors import CredentialsError, MissingCredentials
from ledger.files import write_file
from ledger.paths import Paths, checked_profile
from ledger.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.chain.endpoint import Chain
    from ledger.clock import Clock
    from ledger.config.config import AtomicSettings, Config
    from ledger.credentials import Credentials
    from ledger.domain.secret import Secret
    from ledger.kept_demo import KeptDemos
    from ledger.login import LoggedIn
    from ledger.numerai.client import NumeraiClient
    from ledger.queue.wallet import KeyStore
    from ledger.sandbox.process import SandboxProcess

DEMO_PROFILE = "demo"
"""The profile of the embedded Numerai."""

DEMO_PASSPHRASE = "demo"  # noqa: S105 - it opens a simulation only
"""What the key of the demo's owner is locked with."""

_DEMO_WORK = 2**12
"""Rounds of scrypt for that key: it protects nothing."""

_DEMO_RPC = "http://127.0.0.1/rpc"
"""Stands for the demo's chain until its port is known."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line's global options say; ``at`` puts all files below one folder."""

    at: Path | None = None
    profile: str = "default"
    demo: bool = False
    api_url: str | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        checked_profile(self.profile)

    @property
    def paths(self) -> Paths:
        """Where config, ledger and log are."""
        return Paths.at(self.at) if self.at else Paths.system()


def load_config(options: Options) -> Config:
    """The settings of the file, with those of the environment and ``--api-url`` on top; from here
    on they say how long a keyring may take.

    Raises:
        ConfigError: the file, a variable or the URL is not as it should be.
    """
    from ledger import credentials, environment

    config = environment.overlaid(settings.load(options.paths.config_file))
    credentials.PATIENCE.seconds = config.credentials.keyring_seconds
    if options.api_url is None:
        return config
    url = settings.checked_api_url(options.api_url, "--api-url")
    elsewhere = {**config.elsewhere, "numerai.api_url": "--api-url"}
    return replace(_pointed(config, url), elsewhere=elsewhere)


def make_client(config: Config, credentials: Credentials | None, clock: Clock) -> NumeraiClient:
    """A client with the config's timeouts and limits."""
    from ledger.numerai.client import NumeraiClient

    numerai = config.numerai
    return NumeraiClient(
        credentials,
        api_url=numerai.api_url,
        connect_timeout=numerai.connect_timeout,
        read_timeout=numerai.read_timeout,
        max_parallel=numerai.max_parallel,
        account_reads_per_minute=numerai.account_reads_per_minute,
        performance_reads_per_minute=numerai.performance_reads_per_minute,
        clock=clock,
    )


def open_wallet(config: Config, *, may_prompt: bool = True) -> KeyStore:
    """What holds the owner's key: the keystore file of the config, else the system keyring."""
    from ledger.queue.wallet import KeyStore

    file = config.atomic.keystore
    return KeyStore(Path(file).expanduser() if file else None, may_prompt=may_prompt)


def connect_chain(settings: AtomicSettings, clock: Clock) -> Chain:
    """The configured Ethereum endpoint; nothing of it is imported before this is called."""
    from ledger.chain.endpoint import connect

    return connect(settings, clock)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a book is made from, nothing of it opened yet but, in a demo, the sandbox.

    ``key`` touches the keyring when it is called, ``client`` makes a connection for a key, or one
    that can ask only what is public; ``chain`` connects to an Ethereum endpoint,
    ``wallet`` opens what holds the owner's key; ``clock`` follows Numerai's; ``fill`` puts into a
    ledger just opened what no sync brings; ``synced`` is called within every sync that went
    through; ``close`` lets go of what the sources themselves hold.
    """

    profile: str
    config: Config
    clock: ServerClock
    ledger_file: Path
    key: Callable[[], Credentials]
    client: Callable[[Credentials | None], NumeraiClient]
    chain: Callable[[AtomicSettings], Chain]
    wallet: Callable[[], KeyStore]
    sandbox: SandboxProcess | None = None
    fill: Callable[[Store], None] = lambda _: None
    synced: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


def set_up(options: Options, *, for_screen: bool = False) -> Sources:
    """Find out what to open: a profile, or a demo of its own.

    ``for_screen``: the app is about to own the terminal, so a keyring that asks for its password
    there is opened now; any other one waits until Numerai is needed.

    Raises:
        ConfigError: the config can't be used.
        CredentialsError: a keyring that was opened now can't be used.
    """
    make = _demo if options.demo else _profile
    return make(options, for_screen=for_screen)


def log_in(options: Options, public_id: str, secret_key: Secret) -> LoggedIn:
    """Check a key that was typed in the app, and keep it in the keyring.

    Raises:
        CredentialsError: the key can't be one or the config has another used, or no keyring keeps
            it.
        NumeraiError: Numerai does not know the key, or can't be reached.
    """
    from ledger import credentials, login

    sources = set_up(options)
    try:
        config = sources.config
        key = credentials.Credentials.typed(public_id, secret_key.reveal())
        if config.credentials.allow_environment and credentials.in_environment():
            raise CredentialsError(
                "The config takes the key from the environment, which has one.",
                "Unset both variables, or [credentials] allow_environment in the config.",
            )
        return login.log_in(
            sources.profile,
            key,
            sources.client,
            api_url=config.numerai.api_url,
            may_prompt=False,
        )
    finally:
        sources.close()


def open_book(options: Options, *, for_screen: bool = False) -> Book:
    """The book of a profile, or of a demo.

    Raises:
        ConfigError, StoreError, CredentialsError: as in :func:`set_up`, or the ledger can't be
            used.
    """
    sources = set_up(options, for_screen=for_screen)
    try:
        store = Store.open(sources.ledger_file, clock=sources.clock)
        sources.fill(store)
        return Book(
            profile=sources.profile,
            store=store,
            clock=sources.clock,
            config=sources.config,
            connect=lambda: sources.client(sources.key()),
            read_only=options.read_only,
            demo=sources.sandbox,
            on_synced=sources.synced,
            on_close=sources.close,
            chain=sources.chain,
            wallet=sources.wallet,
            for_screen=for_screen,
        )
    except BaseException:
        sources.close()
        raise


def _profile(options: Options, *, for_screen: bool) -> Sources:
    config = load_config(options)
    clock = ServerClock(SystemClock())
    return Sources(
        profile=options.profile,
        config=config,
        clock=clock,
        ledger_file=options.paths.ledger_file(options.profile),
        key=_key(options.profile, config, for_screen=for_screen),
        client=lambda key: make_client(config, key, clock.machine),
        chain=partial(connect_chain, clock=clock),
        wallet=partial(open_wallet, config, may_prompt=not for_screen),
    )


def _key(profile: str, config: Config, *, for_screen: bool) -> Callable[[], Credentials]:
    from ledger import credentials

    load = partial(
        credentials.load,
        profile,
        api_url=config.numerai.api_url,
        allow_environment=config.credentials.allow_environment,
    )
    if not (for_screen and credentials.prompts_in_terminal()):
        return partial(load, may_prompt=not for_screen)
    try:
        credentials_read = load()
    except MissingCredentials as error:
        return partial(_raise, error)
    return lambda: credentials_read


def _raise(error: Exception) -> NoReturn:
    raise error


def _demo(options: Options, *, for_screen: bool) -> Sources:
    """A demo: its Numerai starts before anything else is done, its ledger begins as one that is
    kept, or else with the year of shuffles; for a screen that year is put in by the first sync,
    which waits for Numerai anyway."""
    import atexit
    import shutil
    import tempfile

    from ledger.kept_demo import KeptDemos
    from ledger.rules.rounds import calendar
    from ledger.sandbox.process import SandboxProcess

    machine = OffsetClock()
    clock = ServerClock(machine)
    config = load_config(replace(options, api_url=None))
    kept = KeptDemos(
        options.paths.cache_dir, (config.numerai.history_rounds, config.atomic.channel)
    )
    newest = kept.newest(clock.now())
    built = newest.built if newest else clock.now().replace(microsecond=0)
    latest = calendar.latest_round(built)
    sandbox = SandboxProcess(shuffled_until=latest, built=built)
    sandbox.start()
    folder = Path(tempfile.mkdtemp(prefix="numstake-demo-"))
    remove = partial(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(remove)
    ledger_file = folder / "demo.sqlite3"
    content = newest.content() if newest else None
    if content is not None:
        write_file(ledger_file, content)
    year = _Year(latest, kept, ledger_file, sandbox, built, whole=content is not None)

    def key() -> Credentials:
        from ledger.credentials import Credentials
        from ledger.domain.secret import Secret

        year.shuffle()
        make_client(config, None, machine).close()  # loaded while the sandbox gets ready
        return Credentials(sandbox.public_id, Secret(sandbox.secret_key))

    def client(key: Credentials | None) -> NumeraiClient:
        machine.follow(sandbox.now())
        return make_client(_pointed(config, sandbox.url), key, machine)

    return Sources(
        profile=DEMO_PROFILE,
        config=replace(config, atomic=_demo_chain(config, sandbox)),
        clock=clock,
        ledger_file=ledger_file,
        key=key,
        client=client,
        chain=lambda settings: connect_chain(replace(settings, rpc_url=sandbox.rpc_url), clock),
        wallet=partial(_demo_wallet, folder / "keystore.json", sandbox),
        sandbox=sandbox,
        fill=partial(year.open, at_once=not for_screen),
        synced=year.keep,
        close=_both(sandbox.stop, remove),
    )


def _demo_chain(config: Config, sandbox: SandboxProcess) -> AtomicSettings:
    """The demo's own chain; what the config says of a real one stays out of it.

    Its port is known once the sandbox serves, for which nothing waits before it is needed.
    """
    return settings.AtomicSettings(
        rpc_url=_DEMO_RPC,
        search_blocks=10**9,
        confirmations=0,
        channel=config.atomic.channel,
        classic_strategy=sandbox.strategies[Tournament.CLASSIC],
        signals_strategy=sandbox.strategies[Tournament.SIGNALS],
        crypto_strategy=sandbox.strategies[Tournament.CRYPTO],
    )


def _demo_wallet(file: Path, sandbox: SandboxProcess) -> KeyStore:
    """The demo's owner, locked with a passphrase that everybody knows."""
    from ledger.domain.secret import Secret
    from ledger.queue.wallet import KeyStore

    wallet = KeyStore(file, work=_DEMO_WORK)
    if not file.exists():
        wallet.import_(DEMO_PROFILE, Secret(sandbox.owner_key), Secret(DEMO_PASSPHRASE))
    return wallet


class _Year:
    """What a demo's ledger has behind it: put in once, and kept after the first sync. A ledger
    that is ``whole`` began as one that was kept."""

    def __init__(
        self,
        latest: int,
        kept: KeptDemos,
        ledger_file: Path,
        sandbox: SandboxProcess,
        built: datetime,
        *,
        whole: bool,
    ) -> None:
        self._latest = latest
        self._kept = kept
        self._file = ledger_file
        self._sandbox = sandbox
        self._built = built
        self._store: Store | None = None
        self._to_shuffle = self._to_keep = not whole
        self._by_hand = 0

    def open(self, store: Store, *, at_once: bool) -> None:
        """The ledger was opened."""
        self._store = store
        if at_once:
            self.shuffle()

    def shuffle(self) -> None:
        """Put in who sat where, unless it is there."""
        if self._to_shuffle and self._store is not None:
            from ledger.demo import shuffle_a_year
            from ledger.store.snapshot import by_hand

            self._to_shuffle = False
            before = by_hand(self._file)
            shuffle_a_year(self._store, self._latest)
            self._by_hand = by_hand(self._file) if not before else -1

    def keep(self) -> None:
        """After a sync: keep what the ledger holds, if nothing in it was done by hand yet."""
        from ledger.kept_demo import copy_of
        from ledger.store.snapshot import by_hand

        to_keep, self._to_keep = self._to_keep, False
        if to_keep and not self._sandbox.touched and by_hand(self._file) == self._by_hand:
            content = copy_of(self._file, self._file.parent)
            if content is not None:
                self._kept.keep(content, self._built)


def _pointed(config: Config, url: str) -> Config:
    return replace(config, numerai=replace(config.numerai, api_url=url))


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            first()
        finally:
            second()

    return run
