"""Numerai stakes, knowable without a screen: :func:`open_book` is the way in from Python.

Nothing below this package imports ``textual``, ``rich`` or ``tui``; import-linter and
``tests/test_architecture.py`` hold it to that. To import it takes no time: all else is brought in
when a book is opened, or first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from ledger.book import Book

__all__ = ["open_book"]


def open_book(
    profile: str | None = None,
    *,
    demo: bool = False,
    at: str | PathLike[str] | None = None,
    read_only: bool = True,
) -> Book:
    """The stakes of a profile, for a script or a notebook; a context manager that lets go of it.

    What it tells comes from the ledger on disk: no network, no key. ``book.sync()`` asks Numerai
    for news. All amounts are exact: :class:`ledger.domain.nmr.NMR` (``.amount`` is a ``Decimal``)
    or ``Decimal``, in NMR; all times are aware and in UTC.

    - ``book.portfolio()``: all models on one page, a ``Portfolio`` whose ``lines`` are
      ``ModelLine``, one for each model.
    - ``book.earnings.frame(last=60)``: what rounds paid, a ``pandas.DataFrame`` with a row for each
      round and model; ``book.earnings.report(View(...))`` adds it up.
    - ``book.stakes.report()``: what is staked, what changes when; ``book.stakes.atomic`` for
      positions, strategies and what comes free.
    - ``book.targets.allocation(tournament)``: the targets being edited and their ``plan``, whose
      ``steps`` lead there; ``book.targets.simulation(tournament, rounds=30)`` carries them out.
    - ``book.slots.report(tournament, last=20)``: who submitted when, and the scores;
      ``book.slots.predictors`` and ``book.slots.shuffling`` know who sat where.
    - ``book.records.all()``: every movement of NMR; ``book.records.books()`` with its prices.
    - ``book.queue``, ``book.policy``, ``book.notices`` and ``book.risk`` as the app has them.

    ``profile``: as with ``--profile``; without it NUMSTAKE_PROFILE counts, then “default”.
    ``at``: the folder that holds config and ledgers, as with ``--at``; without it NUMSTAKE_AT, then
    where the system has such files. ``demo``: the embedded Numerai instead, a new one each time,
    synced before it is handed out, which takes seconds.

    ``read_only``, unless it is ``False``, is what ``--read-only`` is: no change of a stake can be
    drafted, confirmed or sent, and no record, price, policy or assignment is kept, whatever the key
    allows. A sync still brings the ledger up to date, and targets can be edited: both move nothing.

    Raises:
        ConfigError: the config, a variable or the profile's name can't be used.
        StoreError: the ledger can't be used.
        NumeraiError: the demo's first sync failed.
    """
    from pathlib import Path

    from ledger.opening import Options
    from ledger.opening import open_book as opened
    from ledger.paths import named_folder, named_profile

    folder = named_folder() if at is None else Path(at)
    name = named_profile() if profile is None else profile
    book = opened(Options(at=folder, profile=name, demo=demo, read_only=read_only))
    if demo:
        try:
            book.sync()
        except BaseException:
            book.close()
            raise
    return book
