"""Named targets survive on disk, and a file edited by hand is read strictly."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.targets.target import Target, TargetKind, TargetSet
from ledger.errors import ConfigError
from ledger.targets.files import TargetFiles, read, write

MODELS = [
    Model("id-a", "alder", Tournament.SIGNALS),
    Model("id-b", "birch", Tournament.SIGNALS),
    Model("id-c", "cedar.v5 = x", Tournament.SIGNALS),
    Model("id-d", "alder", Tournament.CLASSIC),
]
TARGETS = TargetSet(
    "core",
    Tournament.SIGNALS,
    (
        Target("id-a", TargetKind.PERCENT, percent=Decimal("12.5")),
        Target("id-b", TargetKind.DELTA, nmr=NMR("-2.5"), locked=True),
        Target("id-c", TargetKind.KEEP, locked=True),
    ),
)


@pytest.fixture
def files(tmp_path: Path) -> TargetFiles:
    return TargetFiles(tmp_path / "targets")


def test_a_set_is_read_as_it_was_saved(files: TargetFiles) -> None:
    assert files.names() == ()
    path = files.save(TARGETS, MODELS)
    assert files.load("core", MODELS) == TARGETS
    assert files.names() == ("core",)
    assert [file.name for file in path.parent.iterdir()] == ["core.toml"]
    assert 'alder = "12.5%"' in path.read_text()


def test_a_set_is_replaced_only_on_request(files: TargetFiles) -> None:
    path = files.save(TARGETS, MODELS)
    path.write_text("# mine\n" + path.read_text())
    other = TargetSet("core", Tournament.CLASSIC, (Target("id-d", TargetKind.DRAIN),))
    with pytest.raises(ConfigError, match="exist already"):
        files.save(other, MODELS)
    assert path.read_text().startswith("# mine")
    files.save(other, MODELS, replace=True)
    assert files.load("core", MODELS) == other
    assert len(list(path.parent.iterdir())) == 1


def test_copies_keep_the_comments_and_deleting_deletes(files: TargetFiles) -> None:
    path = files.save(TARGETS, MODELS)
    path.write_text("# mine\n" + path.read_text())
    copy = files.duplicate("core", "core 2")
    assert copy.read_text() == path.read_text()
    assert files.load("core 2", MODELS).targets == TARGETS.targets
    with pytest.raises(ConfigError, match="exist already"):
        files.duplicate("core", "core 2")
    files.delete("core")
    assert files.names() == ("core 2",)
    for gone in (files.delete, lambda name: files.load(name, MODELS)):
        with pytest.raises(ConfigError, match="no targets called"):
            gone("core")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\n", "x" * 65, "end."])
def test_names_stay_in_their_folder(files: TargetFiles, name: str) -> None:
    with pytest.raises(ConfigError, match="can't be the name"):
        files.path(name)


@pytest.mark.parametrize(
    ("text", "what", "advice"),
    [
        ("tournament = 'signals'\n[targets]\nalder = 25%\n", "line 3", "Correct"),
        ("tournament = 'signals'\ntarget = 1\n", "line 2: target is not a key", "targets"),
        ("[targets]\nalder = '1'\n", "tournament is missing", "signals"),
        ("tournament = 'signal'\n", "line 1: tournament can't be 'signal'", "crypto"),
        ("tournament = true\n", "line 1: tournament can't be True", "crypto"),
        ("tournament = 11\ntargets = 3\n", "line 2: targets must be a table", "[targets]"),
        ("tournament = 11\n[targets]\nalder = 25\n", "line 3: alder must be a text", '"25"'),
        ("tournament = 11\n[targets]\nalder = 'lots'\n", "line 3: alder can't be 'lots'", "max"),
        ("tournament = 11\n[targets]\n\naldr = '1'\n", "line 4: aldr is no model", "alder?"),
        ("tournament = 11\nlocked = 'alder'\n", "line 2: locked must be a list", "alder"),
        ("tournament = 11\nlocked = ['oak']\n", "line 2: locked names oak", "birch"),
        ("tournament = 12\n[targets]\nalder = '1'\n", "line 3: alder is no model", "There are"),
    ],
)
def test_what_can_not_be_understood_is_named(
    tmp_path: Path, text: str, what: str, advice: str
) -> None:
    path = tmp_path / "hand.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(path, MODELS)
    assert what in caught.value.what
    assert "hand.toml" in caught.value.what
    assert advice in caught.value.advice


def test_a_file_that_can_not_be_read_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "hand.toml"
    with pytest.raises(ConfigError, match="can't be read"):
        read(path, MODELS)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        read(path, MODELS)


def test_a_target_for_a_model_elsewhere_is_not_written() -> None:
    lost = TargetSet("x", Tournament.CLASSIC, (Target("id-a", TargetKind.MAX),))
    with pytest.raises(ConfigError, match="not in Classic"):
        write(lost, MODELS)


@settings(deadline=None)
@given(st.integers(0, 10**24), st.booleans(), st.sampled_from(["nmr", "delta", "percent"]))
def test_amounts_are_exact_on_disk(
    tmp_path_factory: pytest.TempPathFactory, wei: int, locked: bool, kind: str
) -> None:
    nmr = NMR.from_wei(wei)
    share = NMR.from_wei(wei % 10**21).amount
    target = {
        "nmr": Target("id-a", TargetKind.NMR, nmr=nmr, locked=locked),
        "delta": Target("id-a", TargetKind.DELTA, nmr=-nmr or nmr, locked=locked),
        "percent": Target("id-a", TargetKind.PERCENT, percent=share, locked=locked),
    }[kind]
    path = tmp_path_factory.mktemp("targets") / "exact.toml"
    path.write_text(write(TargetSet("exact", Tournament.SIGNALS, (target,)), MODELS))
    assert read(path, MODELS).targets == (target,)
