"""Notices of what Numerai does not tell, lists no longer, or says differently than before.

``models`` by id, under names that tell them apart within a tournament.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ledger.clock import iso
from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import ZERO
from ledger.domain.syncing.facts import PayoutCorrection
from ledger.reports.account.missing import build_missing, gone
from ledger.reports.notices.facts import NoticeFacts
from ledger.reports.notices.notice import Notice, NoticeKind
from ledger.rules.naming import names


def missing_facts(missing: MissingFacts, models: Mapping[str, Model]) -> Iterator[Notice]:
    """Facts whose loss the user has not acknowledged. Models that are gone have their own."""
    labels = names(models.values())
    for line in build_missing(missing, labels).lines:
        if line.acknowledged or line.fact is Fact.LISTED:
            continue
        state = "never" if line.as_of is None else "old"
        ids = tuple(sorted((key for key in line.subjects if key in labels), key=labels.__getitem__))
        yield Notice(
            f"missing:{line.fact}:{state}:{iso(line.since)}",
            NoticeKind.MISSING,
            None,
            tuple(labels[key] for key in ids),
            line.since,
            line.sentence,
            model_ids=ids,
        )


def gone_models(facts: NoticeFacts) -> Iterator[Notice]:
    """Models that Numerai lists no longer, whose last figures stand."""
    for model in facts.models.values():
        if model.missing_since is not None:
            name = model.name
            yield Notice(
                f"gone:{model.id}:{iso(model.missing_since)}",
                NoticeKind.GONE,
                model.tournament,
                (name,),
                model.missing_since,
                gone(model, name),
                facts.stakes([model.id]) if model.id in facts.staked else ZERO,
                (model.id,),
            )


def corrected_payouts(
    corrections: Iterable[PayoutCorrection], models: Mapping[str, Model]
) -> Iterator[Notice]:
    """Settled payouts that Numerai altered afterwards."""
    for entry in corrections:
        name = models[entry.model_id].name if entry.model_id in models else entry.model_id
        yield Notice(
            f"corrected:{int(entry.tournament)}:{entry.round}:{entry.model_id}:{entry.after}",
            NoticeKind.CORRECTED,
            entry.tournament,
            (name,),
            entry.at,
            f"Numerai corrected the payout of {said(name)} in {entry.tournament.label} round "
            f"{entry.round}: {entry.before} NMR before, {entry.after} "
            "NMR now. The records have the difference.",
            abs(entry.after - entry.before),
            (entry.model_id,),
            entry.round,
        )
