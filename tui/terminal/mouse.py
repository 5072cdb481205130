"""What the mouse may mean here: a click with its left button, and the wheel."""

from __future__ import annotations

from textual.events import Event, MouseDown, MouseMove, MouseUp

LEFT = 1


def is_idle(event: Event) -> bool:
    """Whether ``event`` is of the mouse and means nothing: its moves, which are not asked for and
    would have things under the pointer repainted, and its other buttons."""
    if isinstance(event, MouseDown | MouseUp):
        return event.button != LEFT
    return isinstance(event, MouseMove)
