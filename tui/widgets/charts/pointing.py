"""Which point of a drawing is meant by one of its columns. All pure, as in ``plot``."""

from __future__ import annotations

from tui.widgets.charts.plain_plot import plain_columns
from tui.widgets.charts.plot import WIDEST_BAR, Bars, Curve, draw


def point_at(content: Curve | Bars, x: int, width: int, height: int, *, plain: bool) -> int | None:
    """The number of the point whose marker would stand nearest to column ``x``; ``None`` beside
    the plot. ``plain``: as for slow lines."""
    points = len(content.amounts if isinstance(content, Bars) else content.projected)
    if plain:
        columns = plain_columns(points, width)
        return columns[x] if 0 <= x < len(columns) else None
    axis = draw(content, width, height)[0][0].text
    column, room = x - len(axis), width - len(axis)
    if not points or not 0 <= column < room:
        return None
    if isinstance(content, Curve):
        return _nearest(column, points, room - 1)
    shown = min(points, room)
    at = column // min(WIDEST_BAR, room // shown)
    return points - shown + at if at < shown else None


def _nearest(column: int, points: int, last: int) -> int:
    """Of ``points`` spread over the columns up to ``last``; of more than there are columns, the
    first in this one."""
    if points == 1:
        return 0
    right = -(-column * (points - 1) // last)
    left = max(0, right - 1)
    place_left, place_right = (at * last // (points - 1) for at in (left, right))
    return left if column - place_left < place_right - column else right
