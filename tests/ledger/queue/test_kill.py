"""The process dies in the middle of a change: it is never sent again, and its fate is found."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.errors import ChangeError
from ledger.queue.executor import SETTLING
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker

ROOT = Path(__file__).parents[3]
POLL = 0.01
SENDER = """
import sys
from datetime import datetime
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.queue.executor import Executor
from ledger.numerai.client import NumeraiClient
from ledger.store import Store

path, url, public_id, secret, now, change = sys.argv[1:]
clock = FrozenClock(datetime.fromisoformat(now))
store = Store.open(Path(path), clock=clock)
client = NumeraiClient(Credentials(public_id, Secret(secret)), api_url=url, clock=clock)
Executor(store, client, clock).send(int(change))
"""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(POLL)


@pytest.mark.parametrize("applied", [True, False])
def test_killed_while_the_answer_was_awaited(
    make_book: BookMaker, sandbox: Sandbox, ledger_file: Path, *, applied: bool
) -> None:
    book = make_book()
    model = next(
        line
        for line in book.portfolio().lines
        if line.tournament is Tournament.SIGNALS and line.staked and line.pending is None
    )
    draft = book.queue.draft(book.queue.preview(model.model_id, ChangeKind.INCREASE, "1.5"))
    change = book.queue.confirm(draft.id)
    sandbox.fail("hang", on="mutation", seconds=120, after=applied)
    public_id, secret = sandbox.keys["full"]
    sender = subprocess.Popen(
        [
            *(sys.executable, "-c", SENDER, str(ledger_file), sandbox.url),
            *(public_id, secret, book.now().isoformat(), str(change.id)),
        ],
        cwd=ROOT,
    )

    def under_way() -> bool:
        mutations = [entry for entry in sandbox.requests if entry["kind"] == "mutation"]
        return bool(sandbox.mutations_applied) if applied else bool(mutations)

    try:
        wait_until(under_way)
    finally:
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    assert book.queue.history(change.id).line.change.state is ChangeState.SENDING

    assert [entry.state for entry in book.queue.recover()] == [ChangeState.UNKNOWN]
    with pytest.raises(ChangeError):
        book.queue.send(change.id)
    sandbox.advance(days=SETTLING / timedelta(days=1) * 2)
    settled = book.queue.reconcile(change.id)
    assert settled.state is (ChangeState.ACCEPTED if applied else ChangeState.REFUSED)
    assert len(sandbox.mutations_applied) == int(applied)
    assert book.portfolio().lines
