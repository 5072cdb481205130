"""``python -m tui`` and the ``numstake-tui`` command."""

import os
import signal
import sys
import threading
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit code.

    Until there is something to stop in order, ctrl+c ends it without a word.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tui.cli import run

    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """Leave without waiting for a request that hangs in a worker thread."""
    others = set(threading.enumerate()) - {threading.main_thread()}
    if all(thread.daemon for thread in others):
        sys.exit(code)
    import logging

    logging.shutdown()
    os._exit(code)


if __name__ == "__main__":
    main()
