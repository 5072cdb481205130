"""Screens that open in one paint and render nothing in vain.

Textual styles and lays a new screen out in several steps and paints after each, at its next tick;
while paints are held back it still renders, and throws that away.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Self
from weakref import ref

from textual.screen import Screen
from textual.widget import AwaitMount

if TYPE_CHECKING:
    from textual.await_remove import AwaitRemove
    from textual.geometry import Region, Size
    from textual.widget import Widget

    _Screen = Screen[Any]
else:
    _Screen = object


_TOASTS = "textual-toastrack"


class Mounted(AwaitMount):
    """Waits until a screen and all in it are there. Textual then has it laid out once more, which
    it was when it came to the front."""

    def __await__(self) -> Generator[None, None, None]:
        async def mounted() -> None:
            for widget in self._widgets:
                await widget._mounted_event.wait()

        return mounted().__await__()


def paint_now(screen: Screen[Any]) -> None:
    """Lay out and paint what waits for Textual's next tick."""
    screen._on_timer_update()


class SinglePaint(_Screen):
    """Mixed into a screen: nothing is rendered while paints are held back, but once after."""

    painted: ClassVar[ref[Screen[Any]] | None] = None
    """Whose all of the terminal shows, or whose frame before the screen below it."""

    def remove(self) -> AwaitRemove:
        """Go for good. The screen below is painted once, as soon as it is in front; Textual has it
        laid out and painted twice more when the last widget of this one has ended."""
        return self.app._prune(self)

    def _extend_compose(self, widgets: list[Widget]) -> None:
        """The place of toasts is out of sight from the start, not from the second layout on."""
        super()._extend_compose(widgets)
        for widget in widgets:
            if widget.id == _TOASTS:
                widget.display = False

    def _screen_resized(self, size: Size) -> None:
        """Textual tells the screens behind one that opens, too, whose size is as it was."""
        if size != self.size or self is self.app.screen:
            super()._screen_resized(size)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """The first time all widgets get a size, for which Textual has each of them laid out and
        painted once more; only a scroll bar that comes up alters anything."""
        first = not self._compositor.widgets
        bars = self._scroll_bars() if first else {}
        super()._refresh_layout(size, scroll)
        if first and bars == self._scroll_bars():
            for widget in self._compositor.full_map:
                widget._layout_required = widget._repaint_required = False

    def _scroll_bars(self) -> dict[Widget, tuple[bool, bool]]:
        return {widget: widget.scrollbars_enabled for widget in self.query("*")}

    def _compositor_refresh(self) -> None:
        if not self.app._batch_count:
            if self is self.app.screen and self.size.region in self._compositor._dirty_regions:
                SinglePaint.painted = ref(self)
            super()._compositor_refresh()


class Opening(SinglePaint):
    """Mixed into a screen that opens before another: its frame is painted first, and at once.

    All paints are held back from :meth:`hold` until it is laid out.
    """

    _held: ExitStack | None = None
    _frame: Widget | None = None
    _frame_first = False
    is_before_all = False
    """Whether what is being painted is the frame, or in it, and nothing behind can be seen."""

    @property
    def is_opening(self) -> bool:
        """Whether nothing of it was painted yet."""
        return self._held is not None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """What is behind the frame stays as it is when what is in it gets another place."""
        repaint = repaint and not layout
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def hold(self) -> None:
        """Before anything is composed."""
        self._held = ExitStack()
        self._held.enter_context(self.app.batch_update())

    def open_with(self, frame: Widget) -> None:
        """All is there: ``frame``, which hides what is behind it, is painted once it has its place.

        The rest is not painted where the terminal shows it already.
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
        stack, painted = self.app.screen_stack, SinglePaint.painted
        below = stack[stack.index(self) - 1]
        self._frame, self._frame_first = frame, True
        self._refresh_layout()
        self._frame_first, self._held = False, None
        SinglePaint.painted = ref(self)
        if painted is not None and painted() is below:
            self._repaint_required = False
            below.check_idle()  # What came up there meanwhile was held back as well.
        else:
            self.refresh()

    def _compositor_refresh(self) -> None:
        regions, frame = self._compositor._dirty_regions, self._frame
        if self._frame_first and frame is not None and frame.region:
            regions.clear()
            regions.add(frame.region)
        self.is_before_all = frame is not None and all(
            frame.region.contains_region(region) for region in regions
        )
        super()._compositor_refresh()
        self.is_before_all = False

    def update_node_styles(self, animate: bool = True) -> None:
        """Not again for what was styled a moment ago, when it was mounted."""
        if not self.is_opening:
            super().update_node_styles(animate)
