"""Risk as the book offers it: what the running rounds may bring together, kept in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.clock import iso
from ledger.dataclass import dataclass
from ledger.own_process import command_of
from ledger.rules.naming import names
from ledger.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.clock import Clock
    from ledger.domain.earnings.paid_rounds import TournamentEarnings
    from ledger.domain.model import Model, Tournament
    from ledger.domain.risk import RiskFigures, RiskRestated
    from ledger.domain.targets.allocation import Allocation
    from ledger.rules.earnings.risk_facts import RiskFacts, RunningRounds
    from ledger.store import Store
    from ledger.store.rounds.earnings import PaidTexts

RUNNING = 100
"""How many of the newest rounds can still run: those of 60 scoring days are 64 at a time."""


_PATIENCE = 120.0
"""Seconds that another process may take, which is done within one."""


class RiskBook:
    """Risk of one ledger. Needs no network. ``read_only``: nothing is kept. ``apart``: computed in
    a process of its own, for who runs on and on."""

    def __init__(
        self, store: Store, clock: Clock, *, read_only: bool = False, apart: bool = False
    ) -> None:
        self._store = store
        self._clock = clock
        self._read_only = read_only or store.read_only
        self._apart = apart

    def kept(self) -> RiskFigures | None:
        """The figures as they were last computed, ``None`` before; reads the ledger, no more."""
        figures = self._store.risk(names(self._store.models(archived=True)))
        if figures is None:
            return None
        return replace(figures, stale=figures.basis.revision != self._store.revision())

    def current(self) -> RiskFigures | None:
        """Those kept, computed anew where the ledger has changed since; ``None`` before a sync.

        Computing takes some tenths of a second and loads numpy: call it in a worker.
        """
        figures = self.kept()
        return self.keep() if figures is None or figures.stale else figures

    def keep(self) -> RiskFigures | None:
        """Compute the figures from the ledger as it is, and keep them where that may be.

        ``None`` before the first sync.
        """
        read = self._read()
        if not read.revision:
            return None
        digest = read.digest()
        if not self._read_only and self._store.renew_risk(read.now, read.revision, digest):
            return self.kept()
        if self._kept_apart(read):
            return self.kept()
        from ledger.rules.earnings.risk import estimate
        from ledger.rules.earnings.single_threaded import load_numpy

        load_numpy()
        figures = estimate(self._facts(read))
        if not self._read_only:
            self._store.keep_risk(figures, digest)
        return figures

    def _kept_apart(self, read: _Read) -> bool:
        """Whether another process has computed and kept the figures of what was ``read``."""
        if not self._apart or self._read_only:
            return False
        done = _keep_apart(self._store.path, read.now)
        return done and self._store.renew_risk(read.now, read.revision, read.digest())

    def under_targets(
        self, figures: RiskFigures, allocations: Iterable[Allocation]
    ) -> RiskRestated | None:
        """How the outlook changes under the targets being edited, a tournament each; ``None``
        without an outlook, or where no row has a target. Takes no more than a sum over models."""
        from ledger.rules.earnings.risk_restated import restated

        return restated(figures, allocations)

    def _read(self) -> _Read:
        from ledger.rules.earnings.risk_facts import HISTORY, RunningRounds

        now, revision = self._clock.now(), self._store.revision()
        models = self._store.models(archived=True)
        tournaments = sorted({model.tournament for model in models})
        rounds = {one: self._store.rounds(one, newest=RUNNING) for one in tournaments}
        newest = {one: own[0].number if own else 0 for one, own in rounds.items()}
        return _Read(
            now=now,
            revision=revision,
            models=models,
            running={one: RunningRounds.of(own, now) for one, own in rounds.items()},
            paid={
                one: self._store.paid_texts(one, since=newest[one] - HISTORY + 1)
                for one in tournaments
            },
        )

    def _facts(self, read: _Read | None = None) -> RiskFacts:
        from ledger.rules.earnings.risk_facts import RiskFacts

        read = read or self._read()
        return RiskFacts(
            earned=tuple(self._earned(one, read) for one in read.paid),
            running=read.running,
            names=names(read.models),
            computed=read.now,
            revision=read.revision,
        )

    def _earned(self, tournament: Tournament, read: _Read) -> TournamentEarnings:
        from ledger.domain.earnings.paid_rounds import TournamentEarnings

        own = tuple(model for model in read.models if model.tournament is tournament)
        ids = [model.id for model in own]
        paid = self._store.paid_rounds(tournament, ids, texts=read.paid[tournament])
        return TournamentEarnings(tournament, own, paid)


def _keep_apart(ledger: Path, now: datetime) -> bool:
    """Have a process compute the figures of ``ledger`` as of ``now``, and keep them there, as
    :mod:`ledger.account.risk_apart` does; ``False`` where it could not."""
    import subprocess

    command = command_of("ledger.account.risk_apart", str(ledger), iso(now))
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


@dataclass(frozen=True, slots=True)
class _Read:
    """What the figures follow from, as the ledger has it ``now``, at its ``revision``; what rounds
    have ``paid`` is still in texts."""

    now: datetime
    revision: int
    models: tuple[Model, ...]
    running: Mapping[Tournament, RunningRounds]
    paid: Mapping[Tournament, PaidTexts]

    def digest(self) -> str:
        """Of all but the time and the revision; and of the version that computes with it."""
        named = names(self.models)
        models = [(one.id, int(one.tournament), one.archived, named[one.id]) for one in self.models]
        running = [
            (int(one), entry.at_once, sorted(entry.shares.items()))
            for one, entry in self.running.items()
        ]
        everything = (__version__, models, running, sorted(self.paid.items()))
        return hashlib.sha256(repr(everything).encode()).hexdigest()
