"""Starts the app and ends it at its first paint, saying what was imported by then.

``python -m tests.first_paint DIR``, where DIR holds config and ledger, prints all modules, and the
dataclasses of ours whose methods the library has compiled (:mod:`ledger.dataclass` compiles them
when they are called).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from tui.cli.app import only_app, run_app

OURS = frozenset({"ledger", "tui"})


def compiled() -> Iterator[str]:
    """The names of dataclasses that the library's own decorator has made."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OURS:
            for value in list(vars(module).values()):
                inner = list(vars(value).values()) if isinstance(value, type) else []
                for one in (value, *inner):
                    if isinstance(one, type) and one.__module__ == name:
                        code = getattr(vars(one).get("__init__"), "__code__", None)
                        if code is not None and code.co_filename == "<string>":
                            yield f"{name}.{one.__qualname__}"


def run(app: Any, **_: object) -> None:
    """Instead of ``app.run``: without a terminal, and up to the first paint."""
    import tui.app

    def end(screen: Any) -> None:
        started = {"modules": sorted(sys.modules), "compiled": sorted(compiled())}
        sys.__stdout__.write(json.dumps(started))
        screen.app.exit()

    tui.app.paint_now = end
    type(app)._count = lambda _: None  # what is imported after the paint
    run_in_full(app, headless=True)


if __name__ == "__main__":
    options = only_app(["--at", sys.argv[1]])
    assert options is not None
    from textual.app import App

    run_in_full, App.run = App.run, run  # type: ignore[method-assign, assignment]
    run_app(options)
