"""Payouts as Numerai lists them, and what follows for rows the ledger holds for final."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.syncing.requests import Request
from ledger.syncing.stored import StoredRows


class PayoutReading:
    """Asks for the newest settled and pending payouts of all tournaments."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.reply: Reply | None = None
        self.listed: Mapping[tuple[str, int], wire.ListedPayout] = {}

    def request(self) -> Request:
        """The request."""
        return Request("payouts", documents.PAYOUTS, self._take, self._fail)

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        return self.problems.missing.items()

    def settled_again(
        self, models: Mapping[str, Model], stored: StoredRows, fresh: Iterable[tuple[str, int]]
    ) -> Iterator[tuple[Performance, Performance]]:
        """Stored rows whose settled payout is listed as another by now, before and after.

        ``fresh``: rows that this sync has read anew anyway.
        """
        settled: defaultdict[Tournament, dict[tuple[str, int], NMR]] = defaultdict(dict)
        for key, payout in self.listed.items():
            if payout.state is PayoutState.SETTLED and key[0] in models:
                settled[models[key[0]].tournament][key] = payout.nmr
        read = set(fresh)
        for tournament, payouts in settled.items():
            for row in stored.paid_otherwise(tournament, payouts):
                key = (row.model_id, row.round)
                if key not in read and row.payout != payouts[key]:
                    settled_anew = replace(
                        row, payout=payouts[key], source=PayoutSource.NUMERAI, scores=()
                    )
                    yield row, settled_anew

    def _take(self, reply: Reply) -> Iterable[Request]:
        self.reply = reply
        self.listed = wire.read_listed_payouts(reply, documents.ALIASES, self.problems).payouts
        return ()

    def _fail(self, error: NumeraiError) -> Iterable[Request]:
        wire.read_listed_payouts(Reply.failed(error.what), documents.ALIASES, self.problems)
        return ()
