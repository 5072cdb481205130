"""Records of every movement of NMR, prices by day, and exports, as the book offers them."""

from __future__ import annotations

from datetime import UTC, date, tzinfo
from typing import TYPE_CHECKING

from ledger.account.new_records import NewRecords
from ledger.clock import day_in
from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.records.formats import PAGES
from ledger.domain.records.price import DOLLAR, IMPORTED, STAKED, checked_currency
from ledger.domain.records.record import Record
from ledger.errors import LedgerBusy, PriceError, PriceFileError, ReadOnly

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.exports.books import Books
    from ledger.exports.tax_year import TaxYear
    from ledger.reports.records.yearly import YearlyReport
    from ledger.rules.records.prices import PriceBook
    from ledger.store import Store


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file of prices in ``currency``.

    It has a price for ``days`` days, the ``first`` and the ``last`` of them; ``missing`` counts the
    days without one in between. ``column`` is where the file has them, as it calls it.
    """

    currency: str
    days: int
    first: date
    last: date
    missing: int
    column: str


_TRIES = 20
"""How often records are derived anew because others have added some meanwhile."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file for accounting: its ``content``, how many ``records`` it holds, how many days with
    movements have no price in its ``currency``, and how many transactions are not confirmed and
    not in it."""

    content: bytes
    records: int
    currency: str
    days_without_price: int
    unbooked: int


class RecordBook:
    """Records of one ledger. Needs no network; a large ledger takes a second or two.

    ``zone`` is where days and years begin. ``read_only``: nothing is kept, what would be is told
    all the same.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        atomic: AtomicSettings,
        *,
        zone: tzinfo = UTC,
        read_only: bool = False,
    ) -> None:
        self.zone = zone
        self._store = store
        self._clock = clock
        self._atomic = atomic
        self._read_only = read_only or store.read_only
        self._new = NewRecords(store, clock, atomic)

    def keep(self) -> tuple[Record, ...]:
        """Add what the last sync brought to the records; what was added. Again adds nothing.

        Nothing is booked before all of the history was once brought in.
        """
        revision = self._store.revision()
        if self._read_only or not revision or self._store.records.revision() == revision:
            return ()
        for _ in range(_TRIES):
            state = self._store.records.state()
            lacking = self._new.missing(state)
            if self._store.records.append(
                revision, lacking.records, after=state.last, booked=lacking.booked
            ):
                return lacking.records
            revision = self._store.revision()
            if self._store.records.revision() == revision:
                return ()
        raise LedgerBusy(
            "Other processes kept adding records to the ledger.", "Try again when they are done."
        )

    def all(self) -> tuple[Record, ...]:
        """Every record there is, oldest first; what is new is kept first, where that may be."""
        self.keep()
        kept = self._store.records.all()
        if self._read_only:
            kept += self._new.missing(self._store.records.state()).records
        return tuple(sorted(kept, key=lambda row: (row.at, row.key, row.part)))

    def prices(self, *, interpolate: bool = False) -> PriceBook:
        """Prices by day: those syncs saw, those of stake transactions, and imported ones."""
        from ledger.domain.syncing.facts import Price
        from ledger.rules.records.prices import PriceBook

        staked = [Price(at, DOLLAR, price, STAKED) for at, price in self._store.staked_prices()]
        return PriceBook([*self._store.prices(), *staked], interpolate=interpolate, zone=self.zone)

    @property
    def currency(self) -> str:
        """The account's own currency, US dollars where Numerai names none."""
        account = self._store.account()
        return (account.currency if account else None) or DOLLAR

    def _meant(self, currency: str | None) -> str:
        return self.currency if currency is None else checked_currency(currency)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those there is a price in, the account's own first."""
        own = self.currency
        return tuple(sorted(self._store.currencies(), key=lambda one: (one != own, one)))

    def import_prices(
        self, source: Path | str, *, currency: str | None = None, replace: bool = False
    ) -> Imported:
        """Keep the prices of a file, or of its text; they count before any other.

        The kinds of file are :mod:`ledger.rules.records.price_files`'.

        ``replace``: also for days that have another imported price.

        Raises:
            ReadOnly: nothing may be written.
            PriceFileError: the file is not as it should be.
            PriceError: a day has another price already, or the currency is none.
        """
        from ledger.rules.records.price_files import read_prices
        from ledger.user_files import lines_of

        if self._read_only:
            raise ReadOnly("Started with --read-only: no price is kept.", "Start without it.")
        money = self._meant(currency)
        if isinstance(source, str):
            read = read_prices(source.splitlines(), money)
        else:
            lines = lines_of(source, PriceFileError, advice="Give a CSV file.")
            read = read_prices(lines, money, str(source))
        prices = sorted(read.prices, key=lambda price: price.day)
        if not prices:
            name = "The file" if isinstance(source, str) else str(source)
            raise PriceFileError(
                f"{name} holds no prices in {money}.", "Add lines such as 2026-08-28,11.52"
            )
        kept = {price.day: price for price in self.prices().days(money) if price.source == IMPORTED}
        others = [
            price.day
            for price in prices
            if price.day in kept and kept[price.day].price != price.price
        ]
        if others and not replace:
            raise PriceError(
                f"{len(others)} days, {others[0]} the first, have another imported price.",
                "Give --replace to put the file's in their place.",
            )
        self._store.records.import_prices(prices)
        first, last = prices[0].day, prices[-1].day
        missing = (last - first).days + 1 - len(prices)
        return Imported(money, len(prices), first, last, missing, read.column)

    def books(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        tournament: Tournament | None = None,
        currency: str | None = None,
        interpolate: bool = False,
    ) -> Books:
        """Records from ``since`` to ``until`` (days, both included), with their prices.

        Raises:
            PriceError: ``currency`` is none.
        """
        from ledger.exports.books import Books
        from ledger.rules.naming import told_apart

        everything = self.all()
        history = everything if tournament is None else tuple(filter(_placed, everything))
        return Books(
            records=tuple(
                row
                for row in history
                if (since is None or day_in(self.zone, row.at) >= since)
                and (until is None or day_in(self.zone, row.at) <= until)
                and tournament in {None, row.tournament}
            ),
            models={model.id: model for model in told_apart(self._store.models(archived=True))},
            currency=self._meant(currency),
            prices=self.prices(interpolate=interpolate),
            history=history,
            accounts=self._store.records.accounts(),
            zone=self.zone,
        )

    def exported(
        self,
        kind: str,
        *,
        since: date | None = None,
        until: date | None = None,
        tournament: Tournament | None = None,
        currency: str | None = None,
    ) -> Exported:
        """Records from ``since`` to ``until`` as a file; ``kind`` is the name of one of
        :data:`ledger.domain.records.formats.FORMATS`, or of ``PAGES``, which are of the year of
        ``since`` and the whole account.

        Raises:
            ConfigError: what writes that format is not installed.
            PriceError: ``currency`` is none.
        """
        from ledger.exports.rendering import rendered, rendered_page

        books = self.books(since=since, until=until, tournament=tournament, currency=currency)
        if kind in {page.name for page in PAGES}:
            year = since.year if since is not None else self._clock.now().year
            content = rendered_page(kind, self.tax_year(year, currency=currency))
        else:
            content = rendered(kind, books)
        unpriced = len(books.missing())
        return Exported(content, len(books.records), books.currency, unpriced, self.unbooked())

    def yearly(
        self,
        year: int | None = None,
        *,
        tournament: Tournament | None = None,
        currency: str | None = None,
        interpolate: bool = False,
    ) -> YearlyReport:
        """Income, burns and net by year, tournament and model."""
        from ledger.reports.records.yearly import build_yearly

        books = self.books(
            since=date(year, 1, 1) if year else None,
            until=date(year, 12, 31) if year else None,
            tournament=tournament,
            currency=currency,
            interpolate=interpolate,
        )
        return build_yearly(
            books.records, books.models, books.prices, books.currency, zone=self.zone
        )

    def tax_year(
        self, year: int, *, currency: str | None = None, interpolate: bool = False
    ) -> TaxYear:
        """What a year brought, and what left it had cost, on a page; of the whole account."""
        from ledger.exports.tax_year import build_tax_year

        books = self.books(until=date(year, 12, 31), currency=currency, interpolate=interpolate)
        return build_tax_year(books, year, unbooked=self.unbooked())

    def unbooked(self) -> int:
        """How many rows of the wallet are not in the records, not being confirmed."""
        from ledger.rules.records.movements import unbooked

        return len(unbooked(self._store.wallet_transactions()))


def _placed(record: Record) -> bool:
    """Whether it stands in the export of one of the tournaments."""
    return record.tournament is not None
