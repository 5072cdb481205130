"""What the editor of targets and their plan have in common: one stands over the other."""

from __future__ import annotations

from typing import Generic

from ledger.domain.knowledge import Fact
from tui.screens.pane import Pane, Report


class TargetsPane(Pane[Report], Generic[Report]):
    """Stands over the pane it was opened from; all of them close once their steps are queued."""

    RESTS_ON = frozenset({Fact.LISTED, Fact.PENDING})
