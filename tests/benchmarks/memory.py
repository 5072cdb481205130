"""What processes take of memory, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def memory_of(process: int | str, which: str) -> float:
    """Megabytes of a process by its id, or of ``"self"``: ``VmRSS`` now, ``VmHWM`` at most.

    What ``getrusage`` tells as the most is at least what the process had that started this one.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(which))
    return int(line.split()[1]) / 1024
