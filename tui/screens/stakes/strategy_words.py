"""Atomic staking in words: a model's setting and who tells it, what it commits, what is idle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from textual.content import Content

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Origin, SettingReading, SystemReason
from ledger.reports.stakes.positions import TournamentPositions
from ledger.reports.stakes.strategy import ModelStrategy, TournamentStrategy
from tui.format import LONG_MONTHS, WEEKDAYS, Dates, count, exact, full, nmr, percent
from tui.theme import Meaning
from tui.widgets.line import Group
from tui.widgets.missing import STAKED, figure_text, sign_of, worst

ORIGINS = {
    Origin.CHAIN: "chain",
    Origin.CLAIMS: "claims",
    Origin.NUMERAI: "Numerai",
    Origin.POSITIONS: "positions",
    Origin.USER: "you",
    Origin.DERIVED: "derived",
}
"""Who tells a figure, in a word."""

BAR = 20
"""Cells of the bar that shows a ramp."""


def date_of(at: datetime) -> str:
    """``Sun 21 February 2027``."""
    return f"{WEEKDAYS[at.weekday()]} {at.day} {LONG_MONTHS[at.month - 1]} {at.year}"


def commits(per_round: NMR, rounds: int, total: NMR, at: datetime | None) -> str:
    """``1 NMR per round = 64 NMR once 64 rounds are running, on Sun 21 February 2027``."""
    when = f", on {date_of(at)}" if at is not None else ""
    return (
        f"{exact(per_round)} NMR per round = {exact(total)} NMR once {rounds} rounds are "
        f"running{when}"
    )


def ramp_bar(totals: ModelTotals) -> str:
    """``█████████░░░░░░░░░░░ 28 of 64 rounds (44%)``."""
    done = min(BAR, totals.at_setting * BAR // totals.rounds)
    share = percent(totals.ramp, 0)
    bar = "█" * done + "░" * (BAR - done)
    return f"{bar} {min(totals.at_setting, totals.rounds)} of {totals.rounds} rounds ({share})"


def setting(model: ModelStrategy) -> str:
    """``3.92 NMR per round (chain), constant (chain), enabled (positions)``."""
    enabled = {True: "enabled", False: "disabled", None: ""}
    parts = [
        _sourced(
            model, lambda reading: f"{reading.per_round} NMR per round" if reading.per_round else ""
        ),
        _sourced(model, lambda reading: reading.mode.value if reading.mode else ""),
        _sourced(model, lambda reading: enabled[reading.enabled]),
    ]
    unknown = ("per-round stake unknown", "mode unknown", "enabled or not unknown")
    return ", ".join(part or lack for part, lack in zip(parts, unknown, strict=True))


def _sourced(model: ModelStrategy, say: Callable[[SettingReading], str]) -> str:
    """What the most trusted source that tells it says, with its name."""
    for reading in model.readings:
        text = say(reading)
        if text:
            return f"{text} ({ORIGINS[reading.origin]})"
    return ""


def outlook(totals: ModelTotals, complete: datetime | None) -> str:
    """What the setting leads to."""
    model_setting = totals.setting
    if model_setting is None or model_setting.per_round is None:
        if model_setting is not None and model_setting.mode is StakeMode.COMPOUND:
            return "Compound: every claim is staked again, so positions follow their payouts."
        return "What the setting commits is not known: no source tells the per-round stake."
    if model_setting.enabled is False:
        last = f"; the last position resolves {full(totals.last)}" if totals.last else ""
        return f"Disabled: nothing new is staked{last}."
    if model_setting.mode is StakeMode.COMPOUND:
        return (
            f"Compound: {exact(model_setting.per_round)} NMR where there is no claim; otherwise "
            "each new position is the newest claim."
        )
    if totals.committed is None:
        return ""
    return f"{commits(model_setting.per_round, totals.rounds, totals.committed, complete)}."


def idle(entry: TournamentPositions) -> Iterator[str]:
    """What is idle, who says so, and until when it lasts; a sentence each."""
    label = entry.tournament.label
    if entry.idle is None:
        yield f"How much NMR is idle in {label}'s strategy is not known."
    elif entry.idle_origin is Origin.CHAIN:
        yield f"Idle: {exact(entry.idle)} NMR, as the chain has it."
    else:
        yield f"Idle: about {nmr(entry.idle, 3)} NMR, an estimate."
    yield from entry.estimate.rests_on if entry.estimate is not None else ()
    out = entry.runs_out
    if out is not None:
        yield (
            f"Idle runs out with round {out.round}, whose staking closes {full(out.at)}: at the "
            f"present settings {exact(out.missing)} NMR are missing for the next {entry.rounds} "
            "rounds."
        )
    elif entry.idle is not None:
        yield f"At the present settings it lasts for the next {entry.rounds} rounds at least."


def headline(
    entry: TournamentPositions,
    decimals: int,
    dates: Dates,
    missing: MissingFacts = NOTHING_MISSING,
    model_ids: Iterable[str] = (),
) -> tuple[Group, ...]:
    """One tournament's strategy in a line; ``model_ids`` are its models, of which something may
    be ``missing``."""
    from_chain = entry.idle_origin is Origin.CHAIN
    sign = sign_of(missing, model_ids, *STAKED[System.ATOMIC])
    moved = worst(missing, "", Fact.STAKE_TRANSACTIONS, Fact.WALLET_TRANSACTIONS)

    def figure(weight: int, label: str, text: str, style: Meaning = "") -> Group:
        return weight, ((f"{label} ", "muted"), (text, style))

    idle_gap = None if from_chain else moved
    about = "" if entry.idle_origin in {Origin.CHAIN, None} else "~"
    groups: list[Group] = [
        (0, ((f" {entry.tournament.label:<8}", "strong"),)),
        figure(0, "locked", nmr(entry.locked, decimals) + sign, "locked"),
        figure(
            0,
            "idle",
            about + figure_text(nmr(entry.idle, decimals), idle_gap, entry.idle),
            "strong",
        ),
    ]
    if entry.runs_out is not None:
        when = dates.moment(entry.runs_out.at)
        groups.append((0, (("runs out ", "muted"), (when, "burn"))))
    waits = nmr(entry.claimable, decimals) if entry.claims_known or entry.claimable else "?"
    groups.append(figure(2, "claimable", waits, "pending" if entry.claimable else "muted"))
    groups.append(figure(3, "committed", nmr(entry.committed, decimals) + sign))
    return tuple(groups)


def system_of(entry: TournamentStrategy) -> str:
    """Which system the tournament is on, and why."""
    how = "set in the config" if entry.reason is SystemReason.FORCED else "detected"
    return f"{entry.tournament.label} is on {entry.system.value} staking ({how}). {entry.why}"


def strategy(entry: TournamentStrategy, held: TournamentPositions | None) -> Content:
    """All that is known of a tournament's strategy, and how."""
    blocks = [Content(system_of(entry))]
    blocks += [Content.styled(f"! {sentence}", "$warning") for sentence in entry.trouble]
    if held is not None:
        figures = (
            ("locked", held.locked),
            ("claimable", held.claimable if held.claims_known else None),
            ("committed", held.committed),
            ("owner's wallet", held.owned),
        )
        lines = [f"{label:<15}{exact(value)} NMR" for label, value in figures if value is not None]
        blocks += [Content("\n".join(lines)), Content(" ".join(idle(held)))]
    blocks += _addresses(entry)
    disagreeing = list(_disagreements(entry.models))
    if disagreeing:
        head = Content.styled("Sources disagree; the first named is believed:", "bold")
        blocks.append(Content("\n").join([head, *disagreeing]))
    if entry.unknown:
        blocks.append(Content.styled("\n".join(entry.unknown), "$muted"))
    return Content("\n\n").join(blocks)


def _addresses(entry: TournamentStrategy) -> Iterator[Content]:
    lines = []
    if entry.address:
        lines.append(f"strategy       {entry.address}")
    if entry.contract is not None:
        lines.append(f"staking        {entry.contract.address}")
    reading = entry.reading
    if reading is not None and entry.system is System.ATOMIC:
        lines.append(f"owner          {reading.owner or 'unknown'}")
        lines.append(f"read           block {reading.block}, {full(reading.as_of)}")
    if lines:
        yield Content("\n".join(lines))


def _disagreements(models: Iterable[ModelStrategy]) -> Iterator[Content]:
    for model in models:
        for one in model.disagreements:
            yield Content.assemble((f"{said(model.name)}: ", "bold"), one.sentence)


def holding(
    totals: ModelTotals | None, model: ModelStrategy | None, complete: datetime | None
) -> list[Content]:
    """One model's setting and what it has in positions, a line each."""
    lines: list[Content] = []
    if model is not None:
        lines.append(Content(setting(model)))
    if totals is None:
        return [*lines, Content("No position and no setting is known.")]
    lines.append(Content(outlook(totals, complete)))
    last = f", the last until {full(totals.last)}" if totals.last else ""
    held = f"{exact(totals.locked)} NMR locked in {count(totals.running, 'position')}{last}."
    if totals.claimable:
        held += f" {exact(totals.claimable)} NMR wait to be claimed."
    if totals.debt:
        held += f" {exact(totals.debt)} NMR of burns are deferred: later payouts pay them."
    lines.append(Content(held))
    lines.append(Content.assemble(("ramp ", "$muted"), ramp_bar(totals)))
    if model is not None:
        lines += [
            Content.styled(f"! Sources disagree. {one.sentence}", "$accent")
            for one in model.disagreements
        ]
    return lines
