"""What deserves attention, apart from what it is: how bad it is, and until when."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, StrEnum

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR


class Level(StrEnum):
    """How much something asks for attention, the most first."""

    LOUD = "loud"
    QUIET = "quiet"
    NEWS = "news"


class Outlook(Enum):
    """What is to be expected of something that deserves attention.

    ``AVERTABLE``: something is lost when its time comes unless somebody acts. ``UNGUARDED``: losses
    would go unseen, or nothing could be done about them. ``DOUBTFUL``: something is not as it
    should be, and nobody can say what it costs. ``LOST``: it has happened. ``NEWS``: nothing is
    lost.
    """

    AVERTABLE = "avertable"
    UNGUARDED = "unguarded"
    DOUBTFUL = "doubtful"
    LOST = "lost"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Concern:
    """What something that deserves attention comes to.

    ``nmr`` is what is at stake, lost or moved, ``None`` where nobody can say. ``at`` is when (UTC),
    of what lasts since when, ``None`` if it is so now.
    """

    outlook: Outlook
    nmr: NMR | None
    at: datetime | None
