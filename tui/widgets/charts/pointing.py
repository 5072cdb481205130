"""Which point of a drawing is meant by one of its columns. All pure, as in ``plot``."""

from __future__ import annotations

from tui.widgets.charts.plain_plot import plain_columns
from tui.widgets.charts.plot import Bars, Curve, bars_frame, curve_margin


def point_at(content: Curve | Bars, x: int, width: int, height: int, *, plain: bool) -> int | None:
    """The number of the point whose marker would stand nearest to column ``x``; ``None`` beside
    the plot. ``plain``: as for slow lines."""
    points = len(content.amounts if isinstance(content, Bars) else content.projected)
    if plain:
        columns = plain_columns(points, width)
        return columns[x] if 0 <= x < len(columns) else None
    if isinstance(content, Bars):
        margin, shown, pitch = bars_frame(content, width)
        column = x - margin - 1
        return points - shown + column // pitch if 0 <= column < pitch * shown else None
    margin = curve_margin(content, height)
    column, last = x - margin - 1, width - margin - 2
    return _nearest(column, points, last) if points and 0 <= column <= last else None


def _nearest(column: int, points: int, last: int) -> int:
    """Of ``points`` spread over the columns up to ``last``; of more than there are columns, the
    first in this one."""
    if points == 1:
        return 0
    right = -(-column * (points - 1) // last)
    left = max(0, right - 1)
    place_left, place_right = (at * last // (points - 1) for at in (left, right))
    return left if column - place_left < place_right - column else right
