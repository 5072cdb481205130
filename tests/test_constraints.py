"""The file with hashes holds what the project asks for, and nothing of where it came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
EXTRAS = ("atomic", "optimise", "xlsx")


def pinned() -> list[tuple[Requirement, list[str]]]:
    """Each requirement of the file with its hashes."""
    lines = (ROOT / ".github" / "constraints.txt").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    entries = [line.split(" --hash=") for line in text.splitlines() if line.strip()]
    return [(Requirement(name), [part.strip() for part in parts]) for name, *parts in entries]


def test_it_pins_what_the_project_asks_for() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = document["project"]
    asked = [*project["dependencies"], *document["build-system"]["requires"]]
    asked += [entry for extra in EXTRAS for entry in project["optional-dependencies"][extra]]
    versions: dict[str, list[str]] = {}
    for requirement, _ in pinned():
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        versions.setdefault(canonicalize_name(requirement.name), []).append(pin.version)
    for requirement in map(Requirement, asked):
        for version in versions[canonicalize_name(requirement.name)]:
            assert version in requirement.specifier, requirement


def test_every_package_has_its_hashes_and_no_place() -> None:
    for requirement, hashes in pinned():
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement
        assert requirement.url is None
