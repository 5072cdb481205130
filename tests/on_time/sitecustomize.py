"""Read by every Python that the tests start: the machine's clock goes on from the day of the tests'
worlds, since what these hold would go out of date."""

import os
from contextlib import suppress
from datetime import timedelta

with suppress(ImportError):
    from ledger.clock import OffsetClock, SystemClock

    _clock = OffsetClock(timedelta(seconds=float(os.environ["NUMSTAKE_TESTS_AHEAD"])))
    SystemClock.now = lambda _: _clock.now()
    SystemClock.uptime = lambda _: _clock.uptime()
