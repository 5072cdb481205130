"""Commands that run a module of this program in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

_BESIDE_LEDGER = str(Path(__file__).parents[1])
_PROGRAM = """\
import gc, sys
gc.disable()
sys.path.insert(0, sys.argv.pop(1))
import ledger
del sys.path[0]
from importlib import import_module
sys.exit(import_module(sys.argv.pop(1)).main())
"""
"""What the process runs: our own ``ledger``, wherever it lies. With ``-P``, modules that happen to
lie in the current folder are not imported; a ``random.py`` there would take the library's place."""


def command_of(module: str, *arguments: str) -> list[str]:
    """What runs ``main()`` of ``module``, without garbage collection, with ``arguments`` in
    ``sys.argv``."""
    return [sys.executable, "-P", "-c", _PROGRAM, _BESIDE_LEDGER, module, *arguments]
