"""NMR that comes free, over both systems of staking."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.sums import Part, Sum


class UnlockKind(StrEnum):
    """How NMR comes free.

    ``release``: a continuous stake's decrease is paid into the wallet. ``resolution``: an atomic
    position's round resolves. ``claim``: a resolved position waits to be claimed.
    """

    RELEASE = "release"
    RESOLUTION = "resolution"
    CLAIM = "claim"


class UnlockView(StrEnum):
    """What is taken for granted about the next rounds.

    ``stays``: every setting stays as it is, so what comes free is staked again as far as the
    setting asks for it. ``disabled``: every model of the strategies is disabled now.
    """

    STAYS = "stays"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Unlock:
    """NMR of one model that stops being locked at ``at`` (UTC), by ``kind``.

    ``nmr`` is the stake with ``payout``, which is projected before ``at`` and may be negative;
    ``None`` when the stake is not known. ``name`` is the name of ``model_id`` in ``tournament``,
    ``round`` is set for positions. ``restaked`` is what the model's next position takes of it if
    the settings stay: that part is locked again at the next staking close. ``latest`` is when
    Numerai moves an unclaimed position to idle by itself; from ``at`` until then the owner can
    claim it. ``as_of`` is when ``nmr`` was last told, if it is old.
    """

    at: datetime
    nmr: NMR | None
    payout: NMR | None
    restaked: NMR
    tournament: Tournament
    model_id: str
    name: str
    round: int | None
    kind: UnlockKind
    latest: datetime | None = None
    as_of: datetime | None = None

    def free(self, view: UnlockView) -> NMR | None:
        """The NMR the user can dispose of, as ``view`` has it."""
        if self.nmr is None:
            return None
        return self.nmr - (self.restaked if view is UnlockView.STAYS else ZERO)

    def part(self, view: UnlockView) -> Part:
        """The same for a total."""
        return Part(self.free(view), self.as_of)


@dataclass(frozen=True, slots=True)
class UnlockSum:
    """What comes free in the day or week that begins at ``start``.

    ``nmr`` is of that day or week, ``cumulative`` all until its end.
    """

    start: date
    nmr: Sum
    cumulative: Sum
