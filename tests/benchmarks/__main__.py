"""Figures beside their goals: ``python -m tests.benchmarks [NAME...]``, all without a name.

Each is printed as it comes, and what takes its time now is said on standard error. ``--help``
names the benchmarks.
"""

from __future__ import annotations

import re
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ledger.clock import SystemClock
from ledger.credentials import PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE, Credentials, Secret
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.numerai.client import NumeraiClient
from ledger.rules.stakes.projection import project
from ledger.rules.stakes.strategy_facts import StrategyFacts
from ledger.sandbox import control
from ledger.sandbox.process import SandboxProcess
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.benchmarks import earnings, growth, growth_jobs, palette, peers, risk, start, table
from tests.benchmarks.chain_kills import ChainTrial
from tests.benchmarks.growth import first_model
from tests.benchmarks.kills import Trial
from tests.benchmarks.lies import LyingTrial
from tests.benchmarks.lying_kills import KilledTrial
from tests.benchmarks.mortal import Tally
from tests.benchmarks.progress import progress
from tests.benchmarks.shuffle import MODELS, ROUNDS, example, pandas_loop, vectorised
from tests.benchmarks.sync_kills import SyncTrial
from tests.benchmarks.terminal import Terminal
from tests.ledger.strategies import compound, constant, running, strategy

KILLS = 500
CHAIN_KILLS = 250
LYING_KILLS = 250
LIES = 3_000
LEDGERS = 6
LIES_SEED = 2_026
TALLIED = {
    "twice": "applied twice by us",
    "done": "called done and not applied",
    "refused": "called refused and applied",
    "lost": "lost",
}
EXAMPLES = 12
"""How many of the doubts that were left to the user are printed."""

OPENINGS = 7

HOME = "Net worth"
"""Shows that Home is there."""

CONFIG = """\
[app]
sync_on_start = false
sync_every = 0
"""


def report(what: str, figure: str, goal: str) -> None:
    """One line of the table."""
    print(f"{what:<52} {figure:>26}   {goal}", flush=True)


@contextmanager
def served(*, wait: float = 60, **world: int) -> Iterator[SandboxProcess]:
    """A sandbox in a process of its own, which may take ``wait`` seconds to be ready."""
    process = SandboxProcess(**world)
    process.start()
    process.wait_ready(wait)
    try:
        yield process
    finally:
        process.stop()


def fill(process: SandboxProcess, folder: Path) -> Path:
    """A ledger synced from ``process`` under ``folder``; returns the ledger file."""
    progress("a first sync")
    path = folder / "data" / "default.sqlite3"
    path.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(path, clock=SystemClock())
    client = connect(process)
    sync(client, store, SystemClock(), history_rounds=None)
    client.close()
    store.close()
    return path


def connect(process: SandboxProcess) -> NumeraiClient:
    """A client of ``process``."""
    credentials = Credentials(process.public_id, Secret(process.secret_key))
    return NumeraiClient(credentials, api_url=process.url, clock=SystemClock())


def benchmark_sync(folder: Path) -> None:
    """First and following sync of 32 models over 400 rounds at 50 ms latency."""
    with served(models=32, rounds=400) as process:
        control.fault(process.url, "latency", ms=50, times=1_000_000)
        store = Store.open(folder / "sync.sqlite3", clock=SystemClock())
        client = connect(process)
        for name, goal in (("first sync", "15 s"), ("following sync", "2 s, 20 requests")):
            requests, started = client.requests, time.perf_counter()
            log = sync(client, store, SystemClock(), history_rounds=None)
            seconds = time.perf_counter() - started
            sent = client.requests - requests
            report(
                f"{name}, 32 models, {log.rounds} rounds, 50 ms",
                f"{seconds:.2f} s, {sent} requests",
                f"goal {goal}",
            )
        client.close()
        store.close()


def benchmark_terminal(folder: Path) -> None:
    """This app beside a bare Textual app and other terminal programs, on the wire."""
    with served(models=32, rounds=260) as process:
        fill(process, folder)
    print("not installed:", ", ".join(peers.missing(folder)) or "none")
    for line in table.lines(table.run(folder, HOME, CONFIG)):
        print(line)


def benchmark_start(folder: Path) -> None:
    """From the command to Home, as it is configured by itself and with the sync it begins, beside
    a bare Textual app."""
    homes = {}
    with ExitStack() as servers:
        for name, (models, rounds) in start.SIZES.items():
            home, key = folder / name, {}
            home.mkdir()
            if models:
                process = servers.enter_context(
                    served(models=models, rounds=rounds, rate_scale=0, wait=growth.READY)
                )
                key = _synced(process, home)
                again = folder / f"{name}, synced"
                shutil.copytree(home, again)
                homes[f"{name} and its sync"] = start.Home.at(
                    again, process.url, models=True, key=key
                )
            homes[name] = start.Home.at(home, start.NOBODY, models=bool(models), key=key)
        for line in start.measured(homes):
            report(*line)


def _synced(process: SandboxProcess, home: Path) -> dict[str, str]:
    """Leave a ledger at ``home`` as the app's first sync does; the key to it, as variables."""
    server = {"url": process.url, "public_id": process.public_id, "secret_key": process.secret_key}
    (home / "config.toml").write_text(growth.CONFIG)
    with closing(growth_jobs.opened(home, server)) as book:
        book.sync()
    return {PUBLIC_ID_VARIABLE: process.public_id, SECRET_KEY_VARIABLE: process.secret_key}


def benchmark_opening(folder: Path) -> None:
    """From the key of the Stakes pane to its last byte, at 100 models and at 4."""
    (first, later), (bare, _) = (opening(folder / str(models), models) for models in (100, 4))
    report("opening Stakes with 100 models", f"{later:.0f} ms", "goal < 100 ms")
    report(
        "the first time in a run, less that of 4 models",
        f"{first:.0f} - {bare:.0f} = {first - bare:.0f} ms",
        "goal < 100 ms",
    )


def opening(folder: Path, models: int, key: str = "2") -> tuple[float, float]:
    """Milliseconds from ``key`` to the last byte of its pane, the first time in a run, and later;
    the median over several runs."""
    with served(models=models, rounds=260) as process:
        fill(process, folder)
    (folder / "config.toml").write_text(CONFIG + 'opens = "models"\n')
    marker = first_model(folder)
    first, later = [], []
    for turn in range(OPENINGS):
        progress(f"{models} models, run {turn + 1} of {OPENINGS}")
        with Terminal([sys.executable, "-m", "tui", "--at", str(folder)]) as terminal:
            terminal.wait_for(marker)
            terminal.read(1.0)
            first.append(terminal.milliseconds_to_paint(key))
            for _ in range(3):
                terminal.milliseconds_to_paint("1")
                later.append(terminal.milliseconds_to_paint(key))
    return statistics.median(first), statistics.median(later)


def benchmark_atomic(folder: Path) -> None:
    """A projection of 100 models over 64 rounds, and the Unlocks pane from the ledger."""
    settings = {f"m{n}": constant("0.5") if n % 2 else compound("0.25") for n in range(100)}
    held = [entry for name in settings for entry in running(name, NMR("0.5"), Tournament.CLASSIC)]
    facts = strategy(settings, held, idle="1000")
    report("projection of 100 models x 64 rounds", f"{projected(facts):.0f} ms", "goal < 200 ms")
    first, later = opening(folder / "unlocks", 100, key="6")
    report("opening Unlocks with 100 models", f"{later:.0f} ms", "goal < 100 ms")
    report("the first time in a run", f"{first:.0f} ms", "once")


def projected(facts: StrategyFacts) -> float:
    """Milliseconds of processor time; the median of several projections."""
    times = []
    for _ in range(OPENINGS):
        before = time.process_time()
        project(facts, rounds=64)
        times.append((time.process_time() - before) * 1000)
    return statistics.median(times)


def benchmark_earnings(folder: Path) -> None:
    """The Earnings mode at 100 models x 1,000 rounds: from its key, and from grouping to table."""
    (folder / "data").mkdir()
    earnings.fill(folder / "data" / "default.sqlite3")
    # What is waited for is a text, which differences would not send as one.
    (folder / "config.toml").write_text(CONFIG + 'opens = "models"\npaint = "full"\n')
    opened, grouped = earnings.measure(folder)
    what = f"{earnings.MODELS} models x {earnings.ROUNDS:,} rounds"
    report(f"opening Earnings with {what}", f"{opened:.0f} ms", "goal < 300 ms")
    for name, milliseconds in grouped.items():
        report(f"grouping them by {name}", f"{milliseconds:.0f} ms", "goal < 150 ms")


def benchmark_palette(folder: Path) -> None:
    """The palette over 100 models and 1,400 rounds: a letter to its paint, and its bytes."""
    (folder / "data").mkdir()
    palette.fill(folder / "data" / "default.sqlite3")
    (folder / "config.toml").write_text(CONFIG + 'opens = "models"\n')
    figures = palette.measure(folder, "model_000")
    letters, sent = statistics.median(figures.letters), statistics.median(figures.letter_bytes)
    report("palette: a letter to its paint, p95", f"{figures.p95:.1f} ms", "goal <= 20 ms")
    report("the median, and what it sends", f"{letters:.1f} ms, {sent:,.0f} bytes", "")
    report("processor time, on average", f"{figures.processor:.1f} ms", "")
    opened = statistics.median(figures.opened)
    report("opening it, the first time and later", f"{figures.first:.0f}, {opened:.0f} ms", "")
    report("opened", f"{max(figures.opened_bytes):,} bytes", "goal <= 5 kB")


def benchmark_risk(folder: Path) -> None:
    """Figures of risk at 100 models: from the ledger, and back into it."""
    path = folder / "default.sqlite3"
    earnings.fill(path)
    for what, milliseconds in risk.measure(path).items():
        goal = "goal < 200 ms" if what == "computing" else ""
        report(f"risk of {earnings.MODELS} models: {what}", f"{milliseconds:.0f} ms", goal)


def benchmark_kills(folder: Path) -> None:
    """SIGKILL at random moments of the queue's execution, whatever the sandbox does and says."""
    with Trial(folder, seed=secrets.randbelow(1 << 30)) as trial:
        tally = trial.run(KILLS)
    report(
        f"{tally.kills} kills, {tally.under_way} with a change under way",
        f"{len(tally.twice)} twice, {len(tally.wrong)} wrong",
        "goal 0",
    )
    report(f"what became of {tally.changes} changes", str(dict(tally.ends)), "all ended")
    report("could not be told from the account", str(tally.unclear), "few")
    for what in tally.wrong:
        print(what)
    benchmark_lying_kills(folder)
    chain = folder / "chain"
    chain.mkdir()
    benchmark_chain_kills(chain)


def benchmark_lying_kills(folder: Path) -> None:
    """The same before a server that is slow and lies in its answers."""
    with KilledTrial(folder, seed=secrets.randbelow(1 << 30)) as trial:
        tally = trial.run_until_killed(LYING_KILLS)
    report(
        f"{trial.kills} kills before a slow liar, {trial.under_way} under way",
        f"{len(tally.twice)} twice, {len(tally.lost)} lost, {len(tally.wrong)} wrong",
        "goal 0",
    )
    report(f"what became of {tally.changes} changes", str(dict(tally.ends)), "all ended")
    report("left to the user", str(len(tally.left)), "where nothing could tell")
    for what in tally.wrong:
        print(what)


def benchmark_lies(folder: Path) -> None:
    """Changes sent to a server that lies in its answers: :data:`LIES` of them in several ledgers,
    since a ledger's queue grows slower with its history."""
    tallies = [_lied_to(folder / str(number), LIES_SEED + number) for number in range(LEDGERS)]
    changes = sum(tally.changes for tally in tallies)
    report(f"{changes} changes to servers that lie", f"{sum(t.writes for t in tallies)} writes", "")
    for what in ("twice", "done", "refused", "lost"):
        report(TALLIED[what], str(sum(len(getattr(tally, what)) for tally in tallies)), "goal 0")
    left = [line for tally in tallies for line in tally.left]
    report("left to the user", str(len(left)), "where nothing could tell")
    print("ends:", dict(sum((tally.ends for tally in tallies), Counter())))
    wrong = [line for tally in tallies for line in tally.wrong]
    for line in [*wrong, *left[:: max(1, len(left) // EXAMPLES)]]:
        print(line)


def _lied_to(folder: Path, seed: int) -> Tally:
    folder.mkdir()
    with LyingTrial(folder, seed=seed) as trial:
        return trial.run(LIES // LEDGERS)


def benchmark_chain_kills(folder: Path) -> None:
    """The same while transactions are signed and sent, also twice with a higher fee."""
    with ChainTrial(folder, seed=secrets.randbelow(1 << 30)) as trial:
        tally = trial.run(CHAIN_KILLS)
    report(
        f"{tally.kills} kills while transactions were signed and sent",
        f"{len(tally.twice)} twice, {len(tally.wrong)} wrong",
        "goal 0",
    )
    report(f"what became of {tally.changes} changes", str(dict(tally.ends)), "all ended")
    report(
        f"handed over, with {tally.replaced} replaced, {tally.offered} offered again",
        f"{tally.sends} times",
        f"goal <= {tally.allowed}",
    )
    report("not told by the chain at first", str(tally.unclear), "any")
    report("where they died", str(dict(tally.at)), "everywhere")
    for what in tally.wrong:
        print(what)


def benchmark_sync_kills(folder: Path) -> None:
    """A kill at every tenth of a first sync of the largest ledger, and what goes on from there."""
    models, rounds = growth.SIZES[-1]
    with SyncTrial(folder, models=models, rounds=rounds) as trial:
        for tenth, rows, requests in trial.run():
            report(f"killed at tenth {tenth}", f"{rows:,} rows, {requests} requests", "in all")
    tally = trial.tally
    report("inconsistent", str(len(tally.wrong)), "goal 0")
    most = tally.most / tally.clean
    report(f"requests beside {tally.clean} of one sync", f"{most:.2f}x", "goal < 1.2x")
    anew = tally.again / tally.clean
    report("asked anew by every attempt", f"{tally.again} = {anew:.2f}x", "what may have changed")
    print(*tally.wrong[:EXAMPLES], sep="\n")


def benchmark_shuffle(_: Path) -> None:
    """The shuffle backtest beside a plain pandas loop, 350 rounds of 32 models."""
    table = example()
    vectorised(table, 10)
    fast = vectorised(table, 1_000)
    slow = pandas_loop(table, 1_000)
    report(
        f"1,000 shuffles of {ROUNDS} x {MODELS}, pandas loop / ours",
        f"{slow:.1f} / {fast:.3f} s = {slow / fast:.0f}x",
        "goal >= 100x",
    )
    report(
        f"10,000 shuffles of {ROUNDS} x {MODELS}, one core",
        f"{vectorised(table, 10_000):.2f} s",
        "goal about 1 s on two",
    )


def benchmark_exports(folder: Path) -> None:
    """Exports of 100 models over 1,000 rounds, from the ledger to the file's content."""
    from tests.benchmarks.exporting import measured

    for name, seconds in measured(folder):
        report(f"export: {name}", f"{seconds:.1f} s", "goal < 5 s")


def benchmark_drift(folder: Path) -> None:
    """Every part of every document that a sync sends, taken away in every way there is."""
    from tests.drift.walk import all_cases, run_all, table

    for line in table(run_all(folder / "walk", all_cases(folder / "cases"))):
        report(*line)


def benchmark_mutated(folder: Path) -> None:
    """Ten thousand answers mutated at random, through the real client and sync."""
    from tests.drift.mutated import run_all

    tally = run_all(folder, 10_000)
    report(
        f"{tally.answers:,} mutated answers, {tally.syncs} syncs", f"{tally.failed} failed", "any"
    )
    for what, found in (
        ("raised what is no error of the program's own", tally.raised),
        ("amounts that no answer held", tally.invented),
        ("ledgers that did not come back to a sound one", tally.stuck),
    ):
        report(what, str(len(found)), "goal 0")
        print(*found, sep="\n", end="\n" if found else "")


def main(names: list[str]) -> None:
    """Run the named benchmarks, all without names; with ``--help`` say which there are.

    Raises:
        SystemExit: there is none of a name.
    """
    known: dict[str, Callable[[Path], None]] = {
        "sync": benchmark_sync,
        "terminal": benchmark_terminal,
        "start": benchmark_start,
        "opening": benchmark_opening,
        "atomic": benchmark_atomic,
        "earnings": benchmark_earnings,
        "palette": benchmark_palette,
        "risk": benchmark_risk,
        "growth": growth.run,
        "kills": benchmark_kills,
        "lying-kills": benchmark_lying_kills,
        "chain-kills": benchmark_chain_kills,
        "lies": benchmark_lies,
        "sync-kills": benchmark_sync_kills,
        "shuffle": benchmark_shuffle,
        "exports": benchmark_exports,
        "drift": benchmark_drift,
        "mutated": benchmark_mutated,
    }
    if {"-h", "--help"} & {*names}:
        for name, benchmark in known.items():
            words = " ".join((benchmark.__doc__ or "").split())
            print(f"{name:<12} {re.split('[.:] ', words)[0].rstrip('.')}.")
        return
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no benchmark: {', '.join(unknown)}; there are: {', '.join(known)}")
    for name in names or known:
        progress(name)
        with tempfile.TemporaryDirectory() as folder:
            known[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
