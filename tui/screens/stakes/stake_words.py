"""What stands around the table of stakes: one in words, where the NMR is, what comes free."""

from __future__ import annotations

from textual.content import Content

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.sums import NO_PARTS, Part, Sum
from ledger.reports.stakes.stakes import Release, StakeLine, StakesReport
from tui.format import Dates, full, nmr
from tui.theme import Meaning
from tui.widgets.line import Group
from tui.widgets.missing import STAKED, aged, figure_text, sum_text, worst

COMING = 5
"""How many days with NMR coming free are listed under the table."""


def summary(
    report: StakesReport, owned: NMR | None, decimals: int, dates: Dates
) -> tuple[Group, ...]:
    """Where the account's NMR is, for the line above the table; ``owned`` is in the wallets on
    Ethereum that own the strategies."""

    def figure(weight: int, label: str, text: str, style: Meaning = "") -> Group:
        return weight, ((f" {label} ", "muted"), (text, style))

    missing = report.missing
    wallet = figure_text(nmr(report.available, decimals), missing.of(Fact.WALLET), report.available)
    held = figure_text(nmr(report.held, decimals), missing.of(Fact.HELD_INCREASES), report.held)
    groups = [
        figure(0, "Numerai wallet", f"{wallet} NMR", "strong"),
        figure(3, "held", held),
        figure(2, "releasing", sum_text(report.releasing, decimals), "pending"),
    ]
    if owned is not None:
        groups.insert(1, figure(1, "owner's wallet", nmr(owned, decimals), "strong"))
    if report.releases:
        groups.append(figure(4, "next free", dates.moment(report.releases[0].at), "locked"))
    return tuple(groups)


def meaning(line: StakeLine) -> Content:
    """What the stake of one model means."""
    return Content.assemble(
        (said(line.name), "bold"),
        (f" · {line.tournament.label} · {line.system}\n", "$muted"),
        line.meaning,
    )


def holds(line: StakeLine, totals: ModelTotals, decimals: int) -> Content:
    """An atomic stake in a few words: what a round takes, what that comes to, and until when."""
    setting, parts = totals.setting, []
    if setting is not None and setting.enabled is False:
        parts.append("Disabled: nothing new is staked.")
    elif setting is not None and setting.per_round and totals.committed:
        parts.append(
            f"{nmr(setting.per_round, decimals)} NMR per round = {nmr(totals.committed, decimals)} "
            f"NMR once {totals.rounds} rounds are running; {totals.at_setting} hold it now."
        )
    if setting is not None and setting.mode is StakeMode.COMPOUND:
        parts.append("Compound: claims are staked again.")
    if totals.last is not None:
        parts.append(f"Locked until {full(totals.last)}, round by round.")
    if totals.debt:
        parts.append(f"{nmr(totals.debt, decimals)} NMR of burns are deferred.")
    title = (said(line.name), "bold")
    where = (f" · {line.tournament.label} · {line.system}\n", "$muted")
    return Content.assemble(title, where, " ".join(parts) or line.meaning)


def more(line: StakeLine) -> list[Content]:
    """What else there is to say about a stake, a paragraph each."""
    earnings = {True: "Earnings go to the Numerai wallet.", False: "Earnings compound."}
    texts = [earnings[line.take_profit]] if line.take_profit is not None else []
    if line.blocked and line.blocked not in line.meaning:
        texts.append(line.blocked)
    return [Content(text) for text in texts]


def coming(
    releases: list[Release],
    decimals: int,
    dates: Dates,
    missing: MissingFacts = NOTHING_MISSING,
    *,
    most: int = COMING,
) -> Content:
    """The next days on which NMR comes free, with what is free by then."""

    def added(entries: list[Release]) -> Sum:
        return Sum.of(_released(entry, missing) for entry in entries)

    if not releases:
        return Content.styled("No NMR is on its way to the Numerai wallet.", "$muted")
    days = _by_day(releases)
    rows = [Content.styled(f"{'free':<10}{'NMR':>11}{'in all':>12}", "$muted")]
    free = NO_PARTS
    for entries in days if len(days) <= most else days[: most - 1]:
        amount = added(entries)
        free += amount
        when = dates.day(entries[0].at)
        rows.append(_day_row(when, sum_text(amount, decimals), sum_text(free, decimals)))
    if len(rows) <= len(days):
        whole = added(releases)
        rows.append(_day_row(f"… {dates.day(days[-1][0].at)}", "", sum_text(whole, decimals)))
    return Content("\n").join(rows)


def _released(entry: Release, missing: MissingFacts) -> Part:
    facts = (Fact.STAKE, Fact.PENDING) if entry.kind == "release" else STAKED[System.ATOMIC]
    return aged(entry.amount, worst(missing, entry.model_id, *facts))


def _day_row(when: str, amount: str, free: str) -> Content:
    return Content.assemble((f"{when:<12}", "$locked"), f"{amount:>9}", (f"{free:>12}", "$muted"))


def _by_day(releases: list[Release]) -> list[list[Release]]:
    days: dict[object, list[Release]] = {}
    for entry in releases:
        days.setdefault(entry.at.date(), []).append(entry)
    return list(days.values())
