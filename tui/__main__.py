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
    _keep_no_core()
    from tui.cli import run

    _leave(run(sys.argv[1:]))


def _keep_no_core() -> None:
    """Leave no image of the memory, which may hold keys, behind after a crash.

    Of a limit of zero Linux takes no notice where cores go to a program; of one byte it does.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    most = 1 if sys.platform == "linux" else 0
    resource.setrlimit(resource.RLIMIT_CORE, (most if hard else 0, hard))


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
