"""``python -m ledger.sandbox``: serve a sandbox; prints one JSON line when it is ready."""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ledger.clock import from_iso
from ledger.sandbox.manners import HARD, KIND
from ledger.sandbox.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted, terminated, or (``--until-stdin-closes``) until nobody holds the
    other end of standard input."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.replay is not None:
            from ledger.sandbox.replay.replay_server import replay

            return replay(options.replay, options.port)
        sandbox = Sandbox(
            seed=options.seed,
            models=options.models,
            rounds=options.rounds,
            now=options.now,
            built=options.built,
            port=options.port,
            shuffled_until=options.shuffled_until,
            manners=KIND if options.kind else HARD,
            rate_scale=options.rate_scale,
        )
    except ValueError as error:
        parser.error(str(error))
    gc.freeze()  # the world is here to stay, and building it made hardly any garbage
    gc.enable()
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    if options.until_stdin_closes:
        # The parent's terminal sends its Ctrl+C to the whole group; the parent decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with sandbox:
        public_id, secret_key = sandbox.keys["full"]
        ready = {
            "url": sandbox.url,
            "public_id": public_id,
            "secret_key": secret_key,
            "rpc_url": sandbox.rpc_url,
            "owner_key": sandbox.owner_key,
            "owner_address": sandbox.owner_address,
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        if options.until_stdin_closes:
            threading.Thread(target=_watch_stdin, args=(ended,), daemon=True).start()
        try:
            ended.wait()
        except KeyboardInterrupt:
            ended.set()
    return 0


def _watch_stdin(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--now", type=from_iso)
    parser.add_argument("--built", type=from_iso, help="make the world for this time")
    parser.add_argument("--shuffled-until", type=int)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--kind", action="store_true", help="serve the kinder forms")
    parser.add_argument("--rate-scale", type=float, help="times the published rate limits; 0: none")
    parser.add_argument("--replay", type=Path, metavar="FILE")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
