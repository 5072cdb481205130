"""Numbers on one thread: tables of a few hundred rows are done before threads have woken up, which
then spin, and sums in one order are the same on every machine."""

from __future__ import annotations

import os

_THREADS = "OPENBLAS_NUM_THREADS"


def load_numpy() -> None:
    """Load numpy for one thread, where it is not there yet and the environment says nothing else.

    What OpenBLAS goes by it reads once; the environment stays as it was, others inherit it.
    """
    said = _THREADS in os.environ
    os.environ.setdefault(_THREADS, "1")
    try:
        import numpy  # noqa: F401
    finally:
        if not said:
            del os.environ[_THREADS]
