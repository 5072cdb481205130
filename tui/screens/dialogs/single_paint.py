"""Screens that open in one paint and render nothing in vain.

Textual styles and lays a new screen out in several steps and paints after each, at its next tick;
while paints are held back it still renders, and throws that away.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from textual.widget import Widget

    _Screen = Screen[Any]
else:
    _Screen = object


def paint_now(screen: Screen[Any]) -> None:
    """Lay out and paint what waits for Textual's next tick."""
    screen._on_timer_update()


class SinglePaint(_Screen):
    """Mixed into a screen: nothing is rendered while paints are held back, but once after."""

    def _compositor_refresh(self) -> None:
        if not self.app._batch_count:
            super()._compositor_refresh()


class Opening(SinglePaint):
    """Mixed into a screen that opens before another: its frame is painted first, and at once.

    All paints are held back from :meth:`hold` until it is laid out.
    """

    _held: ExitStack | None = None
    _frame_first: Widget | None = None

    @property
    def is_opening(self) -> bool:
        """Whether nothing of it was painted yet."""
        return self._held is not None

    def hold(self) -> None:
        """Before anything is composed."""
        self._held = ExitStack()
        self._held.enter_context(self.app.batch_update())

    def open_with(self, frame: Widget) -> None:
        """All is there: ``frame``, which hides what is behind it, is painted once it has its place.

        The rest follows; on the terminal it is what was there before.
        """
        self.call_after_refresh(self._open, frame)

    def let_go(self) -> None:
        """Let others paint; also if the screen goes before it was painted."""
        if self._held is not None:
            held, self._held = self._held, None
            held.close()

    def _open(self, frame: Widget) -> None:
        if self._held is None:
            return
        self._held.close()
        self._frame_first = frame
        self._refresh_layout()
        self._frame_first = self._held = None
        self.refresh()

    def _compositor_refresh(self) -> None:
        if self._frame_first is not None and self._frame_first.region:
            regions = self._compositor._dirty_regions
            regions.clear()
            regions.add(self._frame_first.region)
        super()._compositor_refresh()

    def update_node_styles(self, animate: bool = True) -> None:
        """Not again for what was styled a moment ago, when it was mounted."""
        if not self.is_opening:
            super().update_node_styles(animate)
