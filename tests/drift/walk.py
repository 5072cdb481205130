"""The walk: each part of each document is taken away, and what became of the ledger is judged."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ledger.domain.knowledge import Fact
from ledger.errors import NumeraiError
from tests.drift.compare import Judge, Ledger, differences, missing, read, without
from tests.drift.elements import Element, elements_of, fault, variants
from tests.drift.scene import LATER, SETTINGS, Scene, Setting

FATAL = {
    ("RootQueryType", "account"),
    ("Account", "models"),
    ("Model", "id"),
    ("Model", "name"),
    ("Model", "tournament"),
}
"""Without these there is no sync."""

_ANOTHER_FORM = "another form of asking stands in for it"
_PERFORMANCES = "RootQueryType.v2RoundModelPerformances"

COSTS_NOTHING: dict[str, str] = {
    f"{_PERFORMANCES}(roundNumber__gte)": _ANOTHER_FORM,
    f"{_PERFORMANCES}(roundNumber__lte)": _ANOTHER_FORM,
    f"{_PERFORMANCES}(lastNRounds)": _ANOTHER_FORM,
    f"{_PERFORMANCES}(limit)": _ANOTHER_FORM,
    f"{_PERFORMANCES}(distinctOnRound)": "rows that come twice count once anyway",
    "RootQueryType.stakeTransactions(limit)": "pages are read to the end, however long they are",
    "Model.latestSubmissions(latestNRounds)": "as many come as the server gives by itself",
    "RootQueryType.submissionScores(lastNRounds)": "the scores of all rounds come then",
    "RootQueryType.rounds(limit)": "all rounds come then",
    "RootQueryType.rounds(number)": "a proof that the list was not cut short: it is asked again",
    "StakeTxn.amount": _ANOTHER_FORM,
    "Account.username": "the key names the account too",
    "ApiTokenInfo.accountUsername": "the account names itself",
    "ApiTokenInfo.publicId": "asked for together with the key's name, and not kept",
    "Payout.modelName": "names a row in the log of a sync",
    "Payout.payoutValue": "one price of several, which is not kept then",
    "Payout.currencySymbol": "the account's own currency stands in for it",
    "SymbolPriceConversion.targetSymbol": "it was asked for by that name",
    "RoundScoreConfig.name": "its name for display stands in for it",
    "V2RoundModelPerformance.intraRoundSubmissionScores": "not asked for by every sync",
    "V2ChangeStakeRequest.id": "no figure: only the log of the sync says so",
    "V2ChangeStakeRequest.status": "no figure: only the log of the sync says so",
}
"""Parts whose loss nobody sees, each with the reason."""

_OFTEN = 2
"""Sound syncs within which everything has to be as if nothing had been."""

_FACTS_OF_SYNCS = ("missing_fact", "covered")

_AGED = ("price",)
"""Tables of what was only so at the time of a sync."""


@dataclass(frozen=True)
class Case:
    """One element, one thing that happens to it, and whether a sound sync came before."""

    setting: Setting
    element: Element
    variant: str
    again: bool

    def __str__(self) -> str:
        when = "second sync" if self.again else "first sync"
        return f"{self.element} {self.variant}, {when}, {self.setting.name}"


@dataclass
class Verdict:
    """What became of a case; ``lost`` are the facts that were reported."""

    case: Case
    fatal: str = ""
    silent: list[str] = field(default_factory=list)
    unreported: list[str] = field(default_factory=list)
    not_healed: list[str] = field(default_factory=list)
    lost: frozenset[tuple[Fact, str]] = frozenset()

    @property
    def kinds(self) -> set[Fact]:
        """The kinds of facts that were reported."""
        return {fact for fact, _ in self.lost}

    @property
    def sound(self) -> bool:
        """Whether nothing is to be said against it."""
        return not (self.fatal or self.silent or self.unreported or self.not_healed)

    def __str__(self) -> str:
        said = [f"{self.case}: lost {', '.join(sorted(self.kinds)) or 'nothing'}"]
        if self.fatal:
            said.append(f"  FATAL {self.fatal}")
        said += [f"  UNREPORTED {line}" for line in self.unreported[:3]]
        said += [f"  SILENT {line}" for line in self.silent[:6]]
        said += [f"  NOT HEALED {line}" for line in self.not_healed[:6]]
        return "\n".join(said)


class Walk:
    """Tries cases in one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._before = read(scene.before)
        self._sound = {False: read(scene.first), True: read(scene.second)}
        self._healed = read(scene.healed)
        assert not missing(self._healed), missing(self._healed)

    def cases(self, passed: Iterable[Element] = ()) -> Iterator[Case]:
        """Everything that can happen in this scene to elements that are not ``passed`` over."""
        known = set(passed)
        for element in elements_of(self._scene.sent):
            if element in known:
                continue
            for variant in variants(element):
                for again in (False, True):
                    yield Case(self._scene.setting, element, variant, again)

    def tried(self, case: Case) -> Verdict:
        """Run one case: a sync under the fault, then sound ones."""
        scene, verdict = self._scene, Verdict(case)
        path = scene.copy(scene.before) if case.again else scene.ledger()
        kind, options = fault(case.element, case.variant)
        scene.sandbox.fail(kind, times=0, on="query", **options)
        try:
            scene.sync(path, lessons=case.setting.lessons)
        except NumeraiError as error:
            if (case.element.type, case.element.field) not in FATAL:
                verdict.fatal = f"{type(error).__name__}: {error.what}"
        except Exception:
            verdict.fatal = traceback.format_exc(limit=-3)
        finally:
            scene.sandbox.clear_faults()
        if path.exists():
            self._judge(verdict, read(path))
        self._heal(verdict, path)
        path.unlink()
        return verdict

    def _judge(self, verdict: Verdict, found: Ledger) -> None:
        case = verdict.case
        if not any(table == "account" for table, _ in found):
            return
        sound = self._sound[case.again]
        if case.again and _only_syncs(found) == _only_syncs(self._before):
            return
        verdict.lost = missing(found) - missing(sound)
        former = self._before if case.again else {}
        judge = Judge(found, sound, former)
        seen = list(
            differences(
                without(found, *_FACTS_OF_SYNCS),
                without(sound, *_FACTS_OF_SYNCS),
                rounded=case.variant.startswith("retyped"),
            )
        )
        verdict.silent = [
            str(difference)
            for difference in seen
            if judge.silent(difference, null_is_told=case.variant == "null")
        ]
        if case.variant != "null" and str(case.element) not in COSTS_NOTHING:
            verdict.unreported = [
                str(difference) for difference in seen if not judge.reported(difference)
            ]
            asked_again = case.variant.startswith("retyped") or case.element.alias
            if not (seen or verdict.lost or asked_again):
                verdict.unreported = ["nothing is lost, and nothing stands in for it"]

    def _heal(self, verdict: Verdict, path: Path) -> None:
        scene = self._scene
        scene.forget_lessons(path)
        for turn in range(1, _OFTEN + 1):
            scene.sync(path, at=scene.now + turn * LATER)
            left = differences(
                without(read(path), *_AGED),
                without(self._healed, *_AGED),
                rounded=verdict.case.variant.startswith("retyped"),
            )
            verdict.not_healed = [str(difference) for difference in left]
            if not verdict.not_healed:
                return


def _only_syncs(ledger: Ledger) -> Ledger:
    return without(ledger, "missing_fact")


def all_cases(folder: Path) -> list[Case]:
    """Every case of every setting; what an earlier setting had is not tried again."""
    found: list[Case] = []
    passed: set[Element] = set()
    for number, setting in enumerate(SETTINGS):
        with Scene(folder / f"setting-{number}", setting) as scene:
            found += Walk(scene).cases(passed)
            passed |= set(elements_of(scene.sent))
    return found


def run(folder: Path, cases: list[Case]) -> Iterator[Verdict]:
    """Try cases one after another, in a scene for each setting."""
    for number, setting in enumerate(SETTINGS):
        own = [case for case in cases if case.setting == setting]
        if own:
            with Scene(folder / f"scene-{number}", setting) as scene:
                walk = Walk(scene)
                for case in own:
                    yield walk.tried(case)


def _share(folder: Path, cases: list[Case]) -> list[Verdict]:
    found = []
    for verdict in run(folder, cases):
        found.append(verdict)
        print("." if verdict.sound else f"\n{verdict}\n", end="", file=sys.stderr, flush=True)
    return found


def run_all(folder: Path, cases: list[Case], processes: int = 2) -> list[Verdict]:
    """Try all cases in a few processes."""
    with ProcessPoolExecutor(processes) as pool:
        shares = [
            pool.submit(_share, folder / f"share-{i}", cases[i::processes])
            for i in range(processes)
        ]
        return [verdict for share in shares for verdict in share.result()]


def table(verdicts: list[Verdict]) -> Iterator[tuple[str, str, str]]:
    """What to report: name, figure and goal; every offender is named with what it did."""
    elements = {(verdict.case.element, verdict.case.setting.name) for verdict in verdicts}
    yield f"{len(elements)} elements, each in several ways", f"{len(verdicts):,} tried", "all"
    for what, chosen in (
        ("fatal", [verdict for verdict in verdicts if verdict.fatal]),
        ("silent", [verdict for verdict in verdicts if verdict.silent]),
        ("not reported", [verdict for verdict in verdicts if verdict.unreported]),
        ("not healed", [verdict for verdict in verdicts if verdict.not_healed]),
    ):
        yield what, str(len(chosen)), "goal 0"
        for verdict in chosen:
            yield f"  {verdict.case}", "", ""


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        chosen = all_cases(Path(name) / "cases")
        words = sys.argv[1:]
        if words and words[0].isdigit():
            chosen = chosen[int((words[1:] or ["0"])[0]) :: int(words[0])]
        elif words:
            chosen = [case for case in chosen if all(word in str(case) for word in words)]
        for line in table(run_all(Path(name) / "walk", chosen)):
            print(*line)
