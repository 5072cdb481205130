"""What another per-round stake leads to, in full sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.targets.per_round import PresentSetting
from ledger.rules.stakes.strategy_facts import StrategyFacts, committed
from ledger.rules.targets.sentences import moment
from ledger.rules.targets.strategy_sentences import commits, idle_unknown

_CLAIMS = {
    StakeMode.CONSTANT: "Constant mode takes profit: payouts stay idle and can be withdrawn.",
    StakeMode.COMPOUND: "Compound mode takes no profit: what comes back is staked again.",
}


def present(setting: PresentSetting, queue: Iterable[Change], rounds: int) -> Iterator[str]:
    """How a model is set, and which changes in the queue make it so."""
    yield f"{_set(setting)}{_comes_to(setting, rounds)}."
    ids = [change.id for change in queue]
    if ids:
        named = f"change {ids[0]}" if len(ids) == 1 else "changes " + ", ".join(map(str, ids))
        yield f"That is with {named} of the queue, which goes before."


def _set(setting: PresentSetting) -> str:
    stake = "unknown" if setting.per_round is None else f"{setting.per_round} NMR"
    mode = "mode unknown" if setting.mode is None else setting.mode.value
    off = ", switched off" if setting.enabled is False else ""
    return f"Per round {stake}, {mode}{off}"


def _comes_to(setting: PresentSetting, rounds: int) -> str:
    constant = setting.mode is StakeMode.CONSTANT and setting.enabled is not False
    if setting.per_round is None or not constant:
        return ""
    return f": {committed(setting.per_round, rounds)} NMR over {rounds} rounds"


def first(setting: ModelSetting, before: PresentSetting, number: int, at: datetime) -> str:
    """From which round on it holds."""
    since = f"From round {number}, whose staking closes {moment(at)}"
    if not setting.enabled:
        return f"{since}: no new position is opened."
    rather = ""
    if before.enabled is not False and before.per_round not in {None, setting.per_round}:
        rather = f" instead of {before.per_round}"
    if setting.mode is StakeMode.COMPOUND:
        return f"{since}: the newest claim; {setting.per_round} NMR{rather} where there is none."
    return f"{since}: {setting.per_round} NMR{rather}."


def leads_to(setting: ModelSetting, before: PresentSetting, rounds: int, complete: datetime) -> str:
    """What the setting commits once it rules all rounds that run."""
    if setting.mode is StakeMode.COMPOUND:
        return "What it commits follows its claims, gains and burns included."
    now = ""
    if before.per_round not in {None, setting.per_round} and before.mode is StakeMode.CONSTANT:
        was = committed(before.per_round, rounds) if before.enabled is not False else 0
        now = f"; now {was} NMR"
    return f"It commits {commits(setting.per_round, rounds, complete)}{now}."


def stay_locked(held: NMR, count: int, last: datetime) -> str:
    """Positions that run are not touched."""
    what = "1 position that runs" if count == 1 else f"{count} positions that run"
    return f"The {held} NMR in {what} stay locked, and can burn: the last resolves {moment(last)}."


def comes_back(days: int) -> str:
    """Where the NMR of a model goes that is switched off."""
    return f"What resolves goes to idle within {days} days, unless you claim it before."


def claims(mode: StakeMode) -> str:
    """What another mode does with payouts."""
    return _CLAIMS[mode]


def lasts(out: RunsOut | None, strategy: StrategyFacts) -> str:
    """How long idle NMR lasts, payouts left out."""
    if strategy.idle is None:
        return idle_unknown(strategy.tournament)
    if out is None:
        return f"Idle NMR lasts for the next {strategy.schedule.concurrent} rounds at least."
    return f"Idle NMR runs out with round {out.round}, whose staking closes {moment(out.at)}."


def without(names: Sequence[str]) -> str:
    """Models of which nobody knows what they will take of it."""
    if not names:
        return ""
    what = "1 model" if len(names) == 1 else f"{len(names)} models"
    return f" That is without {what} of unknown setting."


def idle(before: RunsOut | None, after: RunsOut | None, strategy: StrategyFacts) -> Iterator[str]:
    """How long idle NMR lasts, before and after, and what would have to be deposited by when."""
    if strategy.idle is None:
        return
    rounds = strategy.schedule.concurrent
    yield f"{lasts(after, strategy).removesuffix('.')}{_before(before, after, rounds)}."
    if after is not None:
        part = "" if before is None else _already(min(before.missing, after.missing))
        yield (
            f"It lacks {after.missing} NMR for all of the next {rounds} rounds, to be deposited "
            f"by then{part}."
        )


def _before(before: RunsOut | None, after: RunsOut | None, rounds: int) -> str:
    if (before and before.round) == (after and after.round):
        return ", as before"
    if before is None:
        return f"; before, it lasted for all {rounds}"
    return f"; before, it ran out with round {before.round}, {moment(before.at)}"


def _already(nmr: NMR) -> str:
    return f"; {nmr} NMR of that was lacking before"
