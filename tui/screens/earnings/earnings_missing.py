"""What Numerai does not tell of payouts: which of their sums lack something, and which are old."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.earnings.paid_rounds import Unit
from ledger.domain.knowledge import MissingFact
from ledger.domain.model import Model
from ledger.reports.earnings.earnings import EarningsGroup, EarningsReport, Paid
from tui.format import OLD, UNKNOWN
from tui.widgets.missing import LACKING, PAID, of_payouts


class MissingSigns:
    """The signs behind a report's figures.

    ``lacks``: a model's payouts were never told, so that it has no column and every sum lacks it.
    """

    def __init__(self, report: EarningsReport) -> None:
        self._report = report
        missing = report.missing
        self._gaps = {one.id: of_payouts(missing, one.id, one.tournament) for one in report.models}
        column_ids = set(self._gaps)
        self.lacks = any(
            gap.fact in PAID and gap.as_of is None and gap.subject not in column_ids
            for gap in missing
        )

    def gap(self, model: Model) -> MissingFact | None:
        """What of a model's payouts is not told."""
        return self._gaps.get(model.id)

    def sign(self, paid: Paid, models: Iterable[Model], *, running: bool = True) -> str:
        """What stands behind a sum over ``models``: that it lacks something, or is old.

        What has settled does not get old; ``running``: something of it has not.
        """
        gaps = [gap for one in models if (gap := self.gap(one)) is not None] if running else []
        untold = any(gap.as_of is None for gap in gaps)
        if self._report.view.unit is Unit.PERCENT and paid.unknown:
            return UNKNOWN
        return LACKING if untold else OLD if gaps else ""

    def sum_sign(self, group: EarningsGroup | None = None) -> str:
        """The same for a line's sum over all models, or that of all lines.

        A model whose payouts were never told has no column, and every sum lacks it.
        """
        if group is None:
            sign, model = self.sign(self._report.paid, self._report.models), None
        else:
            model = group.model
            models = self._report.models if model is None else (model,)
            sign = self.sign(group.paid, models, running=group.running)
        return LACKING if self.lacks and model is None else sign

    @property
    def width(self) -> int:
        """Cells for what may stand behind a figure; none while everything is told."""
        if self.lacks or any(gap is not None for gap in self._gaps.values()):
            return len(LACKING)
        return (
            len(UNKNOWN)
            if self._report.view.unit is Unit.PERCENT and self._report.paid.unknown
            else 0
        )
