"""What a key may be called: Textual's names, checked, with the one that may have been meant."""

from __future__ import annotations

import difflib
import string
import unicodedata
from functools import lru_cache

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

MODIFIERS = ("ctrl", "alt", "shift")


def named(key: str) -> str:
    """A key as Textual names it; a character may stand as it is."""
    key = key.strip()
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


@lru_cache(maxsize=1)
def _special() -> frozenset[str]:
    """Names of keys that are no letter or digit, without what is held down beside them."""
    plain = {key.value.rpartition("+")[2] for key in Keys if key.value[0] not in "<"}
    signs = {named(sign) for sign in string.punctuation}
    return frozenset(name for name in plain | signs if len(name) > 1 and "-" not in name)


def is_key(key: str) -> bool:
    """Whether a terminal can send a key of that name."""
    *held, name = key.split("+")
    if len(set(held)) != len(held) or any(modifier not in MODIFIERS for modifier in held):
        return False
    if len(name) == 1 and name.isalnum():
        plain = "ctrl" not in held or (name.isascii() and name == name.lower())
        return plain and ("shift" not in held or len(held) > 1) and held != ["ctrl", "shift"]
    return name in _special()


def likely(key: str) -> str:
    """The name that ``key`` may have been meant for; "" where none comes near."""
    *held, name = [part.strip() for part in key.replace("-", "+").split("+")]
    held = [_near(part, MODIFIERS) for part in held]
    if "" in held:
        return ""
    if held == ["shift"] and len(name) == 1:
        return name.upper()
    if len(name) != 1:
        name = named(_SAID.get(name.lower(), "")) or _near(name, sorted(_special()))
    elif "ctrl" in held:
        name = name.lower()
    pressed = "+".join([*held, named(name)])
    return pressed if is_key(pressed) else ""


_SAID = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "dot": "full_stop",
    "period": "full_stop",
    "hash": "number_sign",
    "star": "asterisk",
}


def _near(text: str, names: tuple[str, ...] | list[str]) -> str:
    matches = difflib.get_close_matches(text.lower(), names, n=1, cutoff=0.6)
    return matches[0] if matches else ""


def candidates() -> list[str]:
    """Keys that every terminal sends and no shell or terminal takes for itself, the shortest
    first; no digits, which are typed into tables."""
    signs = [named(sign) for sign in string.punctuation]
    letters = [*string.ascii_lowercase, *string.ascii_uppercase]
    functions = [f"f{number}" for number in range(1, 13)]
    with_ctrl = [f"ctrl+{letter}" for letter in string.ascii_lowercase if letter not in "chijmsz"]
    return [*letters, *signs, *functions, *with_ctrl]
