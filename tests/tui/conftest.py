"""What the screens' tests share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nothing_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app does not look for garbage in pauses: a process with all tests has much to look
    through, and many pauses. The test of tidying brings it back."""
    from tui.terminal import tidying

    monkeypatch.setattr(tidying, "PAUSE", 3600.0)
    monkeypatch.setattr(tidying, "LONG_PAUSE", 3600.0)
