"""This machine's clock beside Numerai's, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ledger.reports.notice import Notice, NoticeKind


def off_by(shift: timedelta) -> str:
    """``2 h 05 min behind`` or ``ahead of``: this machine's clock by what is added to it; empty
    for nothing."""
    minutes = round(abs(shift).total_seconds() / 60)
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    length = f"{hours} h {rest:02} min" if hours else f"{minutes} min"
    return f"{length} {'behind' if shift > timedelta(0) else 'ahead of'}"


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
