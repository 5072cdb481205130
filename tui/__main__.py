"""``python -m tui`` and the ``numstake-tui`` command."""

import logging
import os
import sys
import threading
from typing import NoReturn

from tui.cli import run


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """Leave without waiting for a request that hangs in a worker thread."""
    others = set(threading.enumerate()) - {threading.main_thread()}
    if all(thread.daemon for thread in others):
        sys.exit(code)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
