"""This machine's clock beside Numerai's, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ledger.clock import off_by
from ledger.reports.notices.notice import Notice, NoticeKind


def clock_is_off(shift: timedelta) -> Iterator[Notice]:
    """Said while Numerai's time is used instead of this machine's."""
    off = off_by(shift)
    if off:
        yield Notice(
            f"clock:{off}",
            NoticeKind.CLOCK,
            None,
            (),
            None,
            f"This machine's clock is {off} Numerai's: "
            "closes, deadlines and limits go by Numerai's. Set it (timedatectl set-ntp true).",
        )
