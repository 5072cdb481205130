"""The one key for a chart: from the curve to bars to none."""

from __future__ import annotations

CURVE, BARS, NO_CHART = "curve", "bars", ""

TALL = 30
"""Rows from which there is room for a chart unless the user says otherwise."""

_CHARTS = (CURVE, BARS, NO_CHART)


class ChartToggle:
    """Which chart is shown: as the user says, until then a curve where there is room."""

    def __init__(self) -> None:
        self._said: str | None = None

    def kind(self, height: int) -> str:
        """What is shown in ``height`` rows, ``""`` for no chart."""
        if self._said is not None:
            return self._said
        return CURVE if height >= TALL else NO_CHART

    def step(self, height: int) -> None:
        """The user asks for the next."""
        self._said = _CHARTS[(_CHARTS.index(self.kind(height)) + 1) % len(_CHARTS)]
