"""What a model stakes per round: as it is set, and as it would be set anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.targets.plan import Step


@dataclass(frozen=True, slots=True)
class PresentSetting:
    """How a model of an allocation strategy is set once the queue is done.

    ``setting`` is all of it, ``None`` where a part is not known. ``per_round`` (NMR), ``mode`` and
    ``enabled`` are its parts as far as they are. ``sentences`` say what it leads to and how long
    idle NMR lasts with it.
    """

    model: Model
    setting: ModelSetting | None
    per_round: NMR | None
    mode: StakeMode | None
    enabled: bool | None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PerRoundPlan:
    """Another setting for one model: ``step`` writes it in place of the ``present`` one.

    ``effects`` are sentences in order of time, ``warnings`` do not stop it. ``first`` (UTC) is the
    staking close that it rules first, ``complete`` the one from which it rules all positions.
    ``missing`` is the NMR idle lacks for the rounds to come with it, ``deposit`` the step that
    would bring what the wallet has of that: nobody asked for it.
    """

    present: PresentSetting
    step: Step
    first: datetime
    complete: datetime
    effects: tuple[str, ...]
    warnings: tuple[str, ...]
    missing: NMR = ZERO
    deposit: Step | None = None
