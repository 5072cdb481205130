"""The private names of Textual that the app touches: all of them are listed here, and are there.

A new version of Textual may rename them without a word, so ``pyproject.toml`` keeps to the minor
version they were looked up in. When it is raised, these tests say which names have gone.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.widget import AwaitMount, Widget
from textual.widgets import Input

import tui

NAMES: dict[type, tuple[str, ...]] = {
    App: (
        "_batch_count",
        "_broker_event",
        "_disable_tooltips",
        "_driver",
        "_get_screen",
        "_handle_exception",
        "_prune",
        "_register",
    ),
    AwaitMount: ("_widgets",),
    Screen: (
        "_compositor",
        "_compositor_refresh",
        "_css_update_count",
        "_extend_compose",
        "_on_timer_update",
        "_refresh_layout",
        "_repaint_required",
        "_screen_resized",
    ),
    Widget: ("_mounted_event",),
    Input: ("_get_component_classes", "_on_mount"),
    Compositor: ("_dirty_regions",),
    Driver: ("_app", "_loop", "_mouse"),
    LinuxDriver: ("_enable_mouse_support", "_file"),
    Stylesheet: ("_process_component_classes",),
    StylesCache: ("get_inner_outer",),
}
"""By the class of Textual that has them."""

MODULES = ("textual._styles_cache",)
"""Private modules that are imported."""

OURS = {"_exit"}
"""Private names that are the standard library's."""

_SET = re.compile(r"self\.(_[a-z]\w*)(?:\s*:[^=\n]+)?\s*=[^=]")
_MADE_BY_TEXTUAL = re.compile(
    r"_(decorated_handlers|merged_bindings|css_type_names?|reactives|computes|inherit_\w+|abc_impl)"
)
_SOURCES = sorted(Path(tui.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in NAMES.items() for name in names]
)
def test_textual_still_has(owner: type, name: str) -> None:
    assert name in names_of(owner)


def test_no_other_private_name_is_touched() -> None:
    listed = {name for names in NAMES.values() for name in names}
    assert touched() - defined() - OURS <= listed


def test_no_other_private_name_is_overridden() -> None:
    listed = {name for names in NAMES.values() for name in names}
    clashes = {
        f"{owner.__qualname__}.{name}" for owner in classes() for name in clashing(owner) - listed
    }
    assert not clashes


def test_no_other_private_module_is_imported() -> None:
    imported = {
        node.module
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual._")
    }
    assert imported == set(MODULES)


def trees() -> Iterator[ast.Module]:
    for path in _SOURCES:
        yield ast.parse(path.read_text(encoding="utf-8"))


def touched() -> set[str]:
    """Private names that are read of anything."""
    return {
        node.attr
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr)
    }


def defined() -> set[str]:
    """Names that the app itself defines."""
    names: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def classes() -> Iterator[type]:
    """The classes of the app that stand on one of Textual's."""
    for module in walk_packages(tui.__path__, "tui."):
        if module.name == "tui.__main__":
            continue
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and value.__module__ == module.name and bases(value):
                yield value


def bases(owner: type) -> list[type]:
    return [base for base in owner.__mro__ if base.__module__.startswith("textual.")]


def names_of(owner: type) -> set[str]:
    """What a class defines or sets on itself, and its bases."""
    return {
        name
        for base in owner.__mro__
        if base.__module__.startswith(("textual", "tui"))
        for name in (*vars(base), *_SET.findall(inspect.getsource(base)))
    }


def clashing(owner: type) -> set[str]:
    """Private names that ``owner`` and a class of Textual below it both define."""
    own = {*vars(owner), *_SET.findall(inspect.getsource(owner))}
    private = {
        name for name in own if re.match("_[^_]", name) and not _MADE_BY_TEXTUAL.fullmatch(name)
    }
    return private & {name for base in bases(owner) for name in names_of(base)}
