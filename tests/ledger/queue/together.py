"""Processes that begin at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def two_at_once(program: str, *arguments: str) -> list[str]:
    """Run ``program`` in two processes; what each wrote after they were let go together.

    It prints "ready" once it has all it needs, and waits for a line then.
    """
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for runner in runners:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "ready\n"
    for runner in runners:
        assert runner.stdin is not None
        runner.stdin.write("go\n")
        runner.stdin.flush()
    return [runner.communicate(timeout=60)[0] for runner in runners]
