"""The house keeps its rooms apart: checked in a fresh interpreter and in the source itself."""

import ast
import json
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ledger.clock import SystemClock
from ledger.store import Store
from tests.ledger.store.samples import FACTS, LOG

ROOT = Path(__file__).parent.parent
HEAVY = {"numerapi", "pandas", "numpy", "requests", "keyring", "graphql", "urllib3", "scipy"}
HEAVY |= {"tomlkit"}
ETHEREUM = {"eth_account", "eth_abi", "eth_keys", "eth_keyfile", "eth_utils", "eth_hash", "eth_rlp"}
SCREEN = {"textual", "rich", "tui"}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules that ``statement`` brings into a fresh interpreter."""
    code = (
        "import json, sys\n"
        f"{statement}\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(result.stdout))


def modules_of(package: str) -> list[str]:
    files = sorted((ROOT / package).rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def test_the_ledger_is_headless() -> None:
    imports = "; ".join(f"import {name}" for name in modules_of("ledger"))
    assert not loaded_by(imports) & SCREEN


@pytest.mark.parametrize(
    "module",
    [
        "ledger.book",
        "ledger.store",
        "ledger.syncing",
        "ledger.numerai.client",
        "ledger.chain.building",
        "ledger.chain.sending",
        "ledger.queue.wallet",
        "tui.app",
        "ledger.opening",
        "tui.cli",
        "ledger.account.risk, ledger.store.rounds.risk, ledger.rules.earnings.risk_restated",
    ],
)
def test_nothing_heavy_loads_before_the_first_paint(module: str) -> None:
    assert not loaded_by(f"import {module}") & (HEAVY | ETHEREUM)


NOT_YET = HEAVY | ETHEREUM | {"click", "csv", "email", "importlib.metadata", "zipfile"}
"""Of others', what nobody needs before something is on screen."""

MOST_MODULES = 175
"""Of ours, imported before something is on screen: each takes a third of a millisecond."""


def test_little_is_imported_and_compiled_before_the_first_paint(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[app]\nsync_on_start = false\n")
    ledger = Store.open(tmp_path / "data" / "default.sqlite3", clock=SystemClock())
    ledger.apply(FACTS, LOG)
    ledger.close()
    result = subprocess.run(
        [sys.executable, "-m", "tests.first_paint", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    start = json.loads(result.stdout)
    assert not NOT_YET & set(start["modules"])
    ours = [name for name in start["modules"] if name.split(".")[0] in {"ledger", "tui"}]
    assert "ledger.store.store" in ours and "tui.screens.pane" in ours
    assert len(ours) <= MOST_MODULES, ours
    assert start["compiled"] == []


def test_the_app_starts_without_what_reads_other_command_lines() -> None:
    assert "click" not in loaded_by(
        "import tui.cli, ledger.opening, tui.app, tui.screens.models.models"
    )


def test_only_signing_loads_the_ethereum_libraries() -> None:
    imports = "; ".join(f"import {name}" for name in modules_of("ledger"))
    assert not loaded_by(imports) & ETHEREUM


@pytest.mark.parametrize("room", ["domain", "rules", "store"])
def test_no_float_where_money_lives(room: str) -> None:
    found = []
    for file in (ROOT / "ledger" / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            is_float_name = isinstance(node, ast.Name) and node.id == "float"
            is_float_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_float_name or is_float_literal:
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_only_the_clock_asks_for_the_time() -> None:
    asking = {"now", "utcnow", "today"}
    found = []
    for file in (ROOT / "ledger").rglob("*.py"):
        if file.name == "clock.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in asking
                and isinstance(node.value, ast.Name)
                and node.value.id in {"datetime", "date"}
            ):
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not found


SAYS_NAMES_ITSELF = {
    "ledger/rules/naming.py",
    "ledger/reports/queue/checklist.py",
    "ledger/reports/stakes/unlock_files.py",
    "ledger/rules/targets/strategy_plan.py",
}
"""Where a name is no part of a sentence: labels, figures to copy, files, a defect."""


def test_no_sentence_holds_a_model_name_as_it_is() -> None:
    """A name could end the sentence, or fill the screen: `ledger.domain.names` says it."""
    models = re.compile(r"(^|[._])(model|slot|line|held)\.name$|\.model_name$|\._model_name$")
    bare = set()
    for package in ("ledger", "tui"):
        for file in (ROOT / package).rglob("*.py"):
            place = file.relative_to(ROOT).as_posix()
            if place.startswith("ledger/sandbox/"):
                continue
            values = (
                ast.unparse(node.value)
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.FormattedValue)
            )
            bare |= {f"{place}: {value}" for value in values if models.search(value)}
    assert {entry.partition(":")[0] for entry in bare} <= SAYS_NAMES_ITSELF, sorted(bare)


def test_threads_start_in_one_place() -> None:
    users = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "tui").rglob("*.py")
        if "thread=True" in file.read_text()
    }
    assert users <= {"tui/jobs.py"}


def test_files_and_tables_are_written_in_one_place() -> None:
    """Beside their names, for the user alone; cells that no spreadsheet runs."""
    only = {
        "write_text": set(),
        "write_bytes": {"ledger/files.py"},
        # One is a part of a package that is in memory.
        "open": {"ledger/files.py", "ledger/exports/sheets.py"},
        # SQLite itself writes a backup's draft.
        "mkstemp": {"ledger/files.py", "ledger/store/backups.py"},
        "mkdir": {"ledger/files.py"},
        "writer": {"ledger/cells.py"},
        "DictWriter": set(),
    }
    used: dict[str, set[str]] = {name: set() for name in only}
    for file in [*(ROOT / "ledger").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]:
        where, text = str(file.relative_to(ROOT)), file.read_text()
        if not any(f".{name}" in text for name in (*only, "fdopen")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and node.attr in only.keys() - {"open"}:
                used[node.attr].add(where)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"open", "fdopen"}:
                modes = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if any(isinstance(m, str) and set(m) & set("wx") and len(m) < 4 for m in modes):
                    used["open"].add(where)
    assert used == only


def test_the_top_level_holds_what_it_should() -> None:
    allowed = {
        "tui",
        "ledger",
        "tests",
        "config.example.toml",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    tops = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    assert {top for top in tops if not top.startswith(".")} <= allowed


def imports_of(file: Path, modules: set[str]) -> set[str]:
    """Modules of ours that a file imports anywhere: at the top, in a function, or for types."""
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            imported |= {name if name in modules else node.module for name in names}
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    return imported & modules


def test_no_files_import_each_other_in_a_circle() -> None:
    files = [file for package in ("ledger", "tui") for file in (ROOT / package).rglob("*.py")]
    by_name = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }
    order = TopologicalSorter(
        {name: imports_of(file, set(by_name)) - {name} for name, file in by_name.items()}
    )
    order.prepare()
