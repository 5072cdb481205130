"""Stake transactions, page by page until one holds nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.records.transaction import StakeTransaction
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.syncing.requests import Request

PAGE = 1000
"""Rows asked for in one page; the server may give fewer."""

_MOST_PAGES = 200
"""Pages after which a server repeats itself without end."""


class TransactionReading:
    """Reads pages until one is empty, or holds only rows the ledger has.

    The latter counts only where the ledger has all that there were (``whole``) and pages run back
    in time; else everything is read once more. Afterwards ``complete`` says whether all of it came.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        stored: Iterable[StakeTransaction],
        *,
        whole: bool,
    ) -> None:
        self.problems = Problems()
        self.complete = False
        self.rows: list[StakeTransaction] = []
        self._why: str | None = None
        self._models = models
        self._stored_keys = frozenset(map(_key, stored)) if whole else frozenset()

    def request(self, offset: int = 0, page_number: int = 1) -> Request:
        """Ask for one page, and for the next while there may be more."""

        def take(reply: Reply) -> Iterable[Request]:
            problems = Problems()
            page = wire.read_stake_transactions(reply, self._models, problems)
            self.problems.take(problems)
            self.rows.extend(page.rows)
            lost = (Fact.STAKE_TRANSACTIONS, "") in problems.missing
            if lost or page_number == _MOST_PAGES:
                self._why = problems.missing.get((Fact.STAKE_TRANSACTIONS, ""), "without end")
            elif self._ends(page):
                self.complete = True
            else:
                yield self.request(offset + page.size, page_number + 1)

        def fail(error: NumeraiError) -> Iterable[Request]:
            self._why = error.what
            return ()

        variables = {"modelIds": list(self._models), "limit": PAGE, "offset": offset}
        document = documents.STAKE_TRANSACTIONS
        return Request("stake transactions", document, take, fail, variables)

    def missing(self) -> Iterable[tuple[tuple[Fact, str], str]]:
        """What did not come, with the reason."""
        yield from self.problems.missing.items()
        if self._why is not None:
            yield (Fact.STAKE_TRANSACTIONS, ""), self._why

    def _ends(self, page: wire.Page) -> bool:
        if page.size == 0:
            return True
        old = bool(page.rows) and all(_key(row) in self._stored_keys for row in page.rows)
        return old and page.newest_first


def _key(row: StakeTransaction) -> tuple[object, ...]:
    """What tells stake transactions apart; Numerai gives them no id."""
    return (row.model_id, row.round, row.type, row.amount, row.time)
