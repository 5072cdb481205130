"""``prices``, ``export`` and ``summary``: records for accounting, from the ledger alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.domain.records.formats import FORMATS
from tui.cli.account.syncing import showing
from tui.cli.arguments import json_option, money, tournament_option
from tui.cli.groups import Group
from tui.cli.options import GlobalOptions, opened
from tui.cli.output import Column, done, echo_json, echo_table
from tui.cli.printing import print_verbatim
from tui.cli.sinks import check_free, force_option, write_sink
from tui.cli.tables import by_sign

if TYPE_CHECKING:
    from ledger.domain.model import Tournament
    from ledger.exports.books import Books
    from ledger.exports.tax_year import TaxYear
    from ledger.reports.records.yearly import YearLine, YearlyReport

_NAMES = tuple(entry.name for entry in FORMATS)

PAGES = ("text", "csv")


def day(text: str) -> date:
    """A day in ISO-8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date, such as 2026-12-24.") from None


currency_option = click.option(
    "--currency", type=money, metavar="CODE", help="Three letters.  [default: the account's own]"
)
interpolate_option = click.option(
    "--interpolate", is_flag=True, help="Days without a price take one between their neighbours'."
)


@click.group(cls=Group)
def prices() -> None:
    """Prices of NMR by day."""


@prices.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@currency_option
@click.option("--replace", is_flag=True, help="Also days that have another imported price.")
@json_option
@click.pass_obj
def import_(
    global_options: GlobalOptions, file: Path, currency: str | None, replace: bool, as_json: bool
) -> None:
    """Keep the prices of a file.

    A CSV with the columns date and price, CoinGecko's or Yahoo's as they are downloaded, or a
    journal with lines such as "P 2026-08-28 NMR 11.52 USD".
    """
    with opened(global_options) as book:
        imported = book.records.import_prices(file, currency=currency, replace=replace)
    if as_json:
        echo_json(
            {
                "currency": imported.currency,
                "days": imported.days,
                "first": imported.first.isoformat(),
                "last": imported.last.isoformat(),
                "missing": imported.missing,
                "column": imported.column,
            }
        )
        return
    place = "P lines" if imported.column == "P" else f"column “{imported.column}”"
    click.echo(
        f"{imported.days} prices in {imported.currency} from {imported.first} to {imported.last}, "
        f"from {place}; {imported.missing or 'no'} days between them have none."
    )


@prices.command("show")
@currency_option
@json_option
@click.pass_obj
def show_(global_options: GlobalOptions, currency: str | None, as_json: bool) -> None:
    """The price of every day that has one, and where it was seen."""
    with opened(global_options) as book:
        shown = currency or book.records.currency
        days, zone = book.records.prices().days(shown), str(book.records.zone)
    if as_json:
        listed = [
            {
                "date": price.day.isoformat(),
                "price": format(price.price, "f"),
                "source": price.source,
            }
            for price in days
        ]
        echo_json({"currency": shown, "time_zone": zone, "prices": listed})
        return
    columns = [Column("Date"), Column(shown, right=True), Column("Source")]
    echo_table(columns, [(f"{price.day}", f"{price.price:f}", price.source) for price in days])


@click.command()
@click.argument("kind", type=click.Choice(_NAMES), metavar="FORMAT")
@click.option("--from", "since", type=day, metavar="DATE", help="The first day.")
@click.option("--to", "until", type=day, metavar="DATE", help="The last day.")
@tournament_option(".  [default: all]")
@currency_option
@interpolate_option
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; without it text goes to standard output.",
)
@force_option
@json_option
@click.pass_obj
def export(
    global_options: GlobalOptions,
    *,
    kind: str,
    since: date | None,
    until: date | None,
    tournament: Tournament | None,
    currency: str | None,
    interpolate: bool,
    file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Every movement of NMR as a file for accounting. Without network.

    FORMAT is csv, hledger, beancount, xlsx, koinly, cointracking or rotki. Files for Koinly,
    CoinTracking and rotki hold only what enters or leaves the account: income, losses, deposits
    and withdrawals.
    """
    from ledger.exports.rendering import rendered

    if file is not None:
        check_free(file, force=force)
    if file is None and (kind == "xlsx" or as_json):
        raise click.UsageError("Say where to write it: -o FILE.")
    if since is not None and until is not None and since > until:
        raise click.UsageError(f"--from {since} is after --to {until}.")
    with opened(global_options) as book:
        books = book.records.books(
            since=since,
            until=until,
            tournament=tournament,
            currency=currency,
            interpolate=interpolate,
        )
        unbooked = book.records.unbooked()
        with showing(f"Writing {len(books.records):,} records as {kind}"):
            content = rendered(kind, books)
    if file is None:
        print_verbatim(content.decode())
        return
    write_sink(file, content, force=force)
    missing = books.missing()
    if as_json:
        echo_json(
            {
                "file": str(file),
                "records": len(books.records),
                "currency": books.currency,
                "time_zone": str(books.zone),
                "days_without_price": [one.isoformat() for one in missing],
                "not_booked": unbooked,
            }
        )
        return
    done(f"{len(books.records)} records written to {file}.")
    if missing:
        click.echo(_gaps(missing, books), err=True)
    if unbooked:
        click.echo(f"{unbooked} wallet transactions are not confirmed and not in it.", err=True)


def _gaps(missing: tuple[date, ...], books: Books) -> str:
    days = f"{len(missing)} days with movements have no price in {books.currency}"
    if not books.prices.interpolate:
        return f"{days}; `numstake-tui prices import FILE` takes them, --interpolate fills them in."
    left = [one for one in missing if books.prices.price_on(one, books.currency) is None]
    filled = f"all but {len(left)} are" if left else "they are"
    return f"{days} of their own; {filled} interpolated."


@click.command()
@click.option("--year", type=click.IntRange(2000, 2200), metavar="Y", help="Only this year.")
@tournament_option(".  [default: all]")
@currency_option
@interpolate_option
@click.option(
    "--page",
    type=click.Choice(PAGES),
    help="A page for a tax adviser instead: opening, income and burns by month, what left and what "
    "it had cost, closing, prices, what is missing.",
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the page goes; without it to standard output.",
)
@force_option
@json_option
@click.pass_obj
def summary(
    global_options: GlobalOptions,
    *,
    year: int | None,
    tournament: Tournament | None,
    currency: str | None,
    interpolate: bool,
    page: str | None,
    file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Income, burns and net by year, tournament and model. A record, not tax advice."""
    from ledger.exports.books import RECORD_ONLY

    if page is not None:
        if year is None or tournament is not None or as_json:
            raise click.UsageError("A page is of one --year, the whole account, and no JSON.")
        with opened(global_options) as book:
            taxed = book.records.tax_year(year, currency=currency, interpolate=interpolate)
        _echo_page(taxed, page, file, force=force)
        return
    if file is not None:
        raise click.UsageError("-o takes a page: give --page text or --page csv.")
    with opened(global_options) as book:
        report = book.records.yearly(
            year, tournament=tournament, currency=currency, interpolate=interpolate
        )
        decimals = book.config.display.decimals
    if as_json:
        echo_json(_summary_json(report, RECORD_ONLY))
        return
    _echo_summary(report, decimals)
    click.echo(f"{RECORD_ONLY} Years are those of {report.zone}.")


def _echo_page(report: TaxYear, page: str, file: Path | None, *, force: bool) -> None:
    from ledger.exports.tax_year import tax_csv, tax_page

    text = tax_csv(report) if page == "csv" else tax_page(report)
    if file is None:
        print_verbatim(text)
        return
    write_sink(file, text, force=force)
    done(f"{report.year} written to {file}.")


def _summary_json(report: YearlyReport, note: str) -> dict[str, Any]:
    return {
        "note": note,
        "currency": report.currency,
        "time_zone": str(report.zone),
        "models": [_line_json(line) for line in report.models],
        "tournaments": [_line_json(line) for line in report.tournaments],
        "years": [_line_json(line) for line in report.years],
    }


def _line_json(line: YearLine) -> dict[str, Any]:
    from ledger.reports.records.yearly import cents

    return {
        "year": line.year,
        "tournament": None if line.tournament is None else int(line.tournament),
        "model": line.name or None,
        "model_id": line.model_id,
        "income": str(line.income),
        "burned": str(line.burned),
        "net": str(line.net),
        "income_value": str(cents(line.income_value)),
        "burned_value": str(cents(line.burned_value)),
        "net_value": str(cents(line.net_value)),
        "without_price": str(line.unpriced),
    }


def _echo_summary(report: YearlyReport, decimals: int) -> None:
    from ledger.reports.records.yearly import cents
    from tui import format as show

    columns = [
        Column("Year"),
        Column("Tournament"),
        Column("Model", name=True),
        Column("Income", right=True),
        Column("Burns", right=True),
        Column("Net", right=True, tone=by_sign),
        Column(f"Income {report.currency}", right=True, rank=2),
        Column(f"Burns {report.currency}", right=True, rank=2),
        Column(f"Net {report.currency}", right=True, rank=1),
        Column("Without a price", right=True, rank=3),
    ]
    rows = [
        (
            str(line.year),
            line.tournament.label if line.tournament else "all",
            line.name or "all",
            show.nmr(line.income, decimals),
            show.nmr(line.burned, decimals),
            show.payout(line.net, decimals),
            f"{cents(line.income_value):,}",
            f"{cents(line.burned_value):,}",
            f"{cents(line.net_value):,}",
            show.nmr(line.unpriced, decimals) if line.unpriced else "",
        )
        for line in (*report.models, *report.tournaments, *report.years)
    ]
    echo_table(columns, rows)
