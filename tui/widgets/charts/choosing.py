"""How charts are drawn: in full, or plain for slow lines."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class ChoosesCharts(Protocol):
    """An app that says how charts are drawn; they are drawn in full in any other."""

    full_charts: bool
