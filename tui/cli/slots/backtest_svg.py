"""A backtest as one SVG: keep and shuffle side by side on one y axis, the average in both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from ledger.domain.slots.backtest import Backtest

WIDTH, HEIGHT = 960, 400
_TOP, _BOTTOM, _LEFT, _GAP = 54, 44, 58, 34
_PLOT = (WIDTH - _LEFT - 2 * _GAP) // 2
_FLOOR = HEIGHT - _BOTTOM
_POINTS = 400
"""Points a line is drawn with at most."""

_SLOT = "#7c93ab"
_AVERAGE = "#c2571a"
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.h{font-size:14px;font-weight:600}"
    f".s{{fill:none;stroke:{_SLOT};stroke-width:1;opacity:.65}}"
    f".a{{fill:none;stroke:{_AVERAGE};stroke-width:2.2}}"
    ".g{stroke:#ddd}.z{stroke:#999}"
)


def drawing(backtest: Backtest) -> str:
    """The whole file."""
    keep = [line.path for line in backtest.keep.slots]
    mixed = list(backtest.shuffle.example)
    average = backtest.average.line.path
    scale = _Scale([*keep, *mixed, average])
    spread = backtest.shuffle.spread_sd
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(_title(backtest))}</title><style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_chart(backtest, scale, _LEFT, "Every model keeps its slot", keep, labels=True),
        *_chart(backtest, scale, _LEFT + _PLOT + _GAP, "Shuffled every round (one example)", mixed),
        _text(_LEFT, 40, f"spread of final values {backtest.keep.spread_sd:.3f}"),
        _text(
            _LEFT + _PLOT + _GAP,
            40,
            f"spread {spread.mean:.3f}, 5 to 95 %: {spread.p5:.3f} to {spread.p95:.3f} "
            f"over {backtest.shuffle.shuffles:,} shuffles",
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Scale:
    """One y axis for both charts."""

    def __init__(self, paths: Sequence[Sequence[float]]) -> None:
        self.low = min(0.0, *(min(path) for path in paths))
        self.high = max(0.0, *(max(path) for path in paths))
        if self.low == self.high:
            self.high = self.low + 1.0
        rough = (self.high - self.low) / 5
        power = 10.0 ** floor(log10(rough))
        self.step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough)

    def y(self, value: float) -> float:
        """Where a value stands."""
        return _FLOOR - (value - self.low) / (self.high - self.low) * (_FLOOR - _TOP)

    def ticks(self) -> Iterable[float]:
        """Round values from bottom to top; zero is one of them."""
        for count in range(ceil(self.low / self.step), floor(self.high / self.step) + 1):
            yield count * self.step


def _title(backtest: Backtest) -> str:
    return f"Cumulative scores, rounds {backtest.rounds[0]} to {backtest.rounds[-1]}"


def _chart(
    backtest: Backtest,
    scale: _Scale,
    left: int,
    title: str,
    paths: Sequence[Sequence[float]],
    *,
    labels: bool = False,
) -> list[str]:
    lines = [_text(left, 22, title, "h")]
    for tick in scale.ticks():
        y = scale.y(tick)
        kind = "g" if tick else "z"
        lines.append(f'<path class="{kind}" d="M{left} {y:.1f}H{left + _PLOT}"/>')
        if labels:
            lines.append(_text(left - 8, y + 4, f"{tick:.4g}", anchor="end"))
    lines += [f'<path class="s" d="{_line(path, scale, left)}"/>' for path in paths]
    lines.append(f'<path class="a" d="{_line(backtest.average.line.path, scale, left)}"/>')
    lines.append(_text(left, HEIGHT - 22, str(backtest.rounds[0])))
    lines.append(_text(left + _PLOT, HEIGHT - 22, str(backtest.rounds[-1]), anchor="end"))
    lines.append(_text(left + _PLOT // 2, HEIGHT - 22, "average: bold line", anchor="middle"))
    return lines


def _line(path: Sequence[float], scale: _Scale, left: int) -> str:
    last = max(1, len(path) - 1)
    step = max(1, ceil(len(path) / _POINTS))
    places = [*range(0, len(path), step)]
    if places[-1] != len(path) - 1:
        places.append(len(path) - 1)
    points = (f"{left + _PLOT * at / last:.1f} {scale.y(path[at]):.1f}" for at in places)
    return "M" + "L".join(points)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'
