"""Every door a user's file comes in by, and what may be in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

DEEP = 100_000


@dataclass(frozen=True)
class Door:
    """Where a file comes in: ``sound`` is one that is taken; ``arguments`` name FILE.

    ``nested``, ``huge`` and ``long`` are texts of the door's own kind: nested without end, with a
    number of 5,000 digits, with a field of a million characters. ``apart``: the file is found by
    its name rather than named on the command line.
    """

    name: str
    arguments: tuple[str, ...]
    file: str
    sound: str
    nested: str
    huge: str
    long: str
    apart: bool = False

    def inputs(self) -> Iterator[tuple[str, bytes | None]]:
        """Names and contents; ``None`` is a directory in the file's place."""
        sound = self.sound.encode()
        yield "nested", self.nested.encode()
        yield "huge number", self.huge.encode()
        yield "long field", self.long.encode()
        yield "truncated", sound[: len(sound) * 2 // 3]
        yield "binary", bytes(range(256)) * 64
        yield "UTF-16", self.sound.encode("utf-16")
        yield "latin-1", sound + "\n# é".encode("latin-1")
        yield "NUL", sound[:20] + b"\0" + sound[20:]
        yield "empty", b""
        yield "directory", None


DIGITS = "9" * 5_000
LONG = "x" * 1_000_000
BRACKETS = "[" * DEEP + "]" * DEEP
OBJECTS = '{"a":' * DEEP + "1" + "}" * DEEP
KEYSTORE = json.dumps(
    {
        "version": 3,
        "address": "00" * 20,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "00" * 16},
            "ciphertext": "00" * 32,
            "kdf": "scrypt",
            "kdfparams": {"n": 2, "r": 1, "p": 1, "dklen": 32, "salt": "00" * 32},
            "mac": "00" * 32,
        },
    }
)
SLOTS_JSON = json.dumps(
    {"version": 1, "tournament": 8, "predictors": [], "assignments": []}, indent=1
)

DOORS = (
    Door(
        "config", ("wallet", "show"), "config.toml", '[app]\ntheme = "numstake-dark"\n',
        f"[app]\ntheme = {BRACKETS}\n", f"[app]\nsync_every = {DIGITS}\n",
        f'[app]\n{LONG} = "x"\n', apart=True,
    ),
    Door(
        "config, dotted keys", ("wallet", "show"), "config.toml", '[app]\ncharts = "plain"\n',
        "a" + ".a" * DEEP + " = 1\n", f"[notices]\ntimeout_seconds = 1e{DIGITS}\n",
        f'[app]\ncharts = "{LONG}"\n', apart=True,
    ),
    Door(
        "targets", ("targets", "import", "FILE"), "mine.toml",
        'tournament = "signals"\n[targets]\n"no such model" = "25%"\n',
        f'tournament = "signals"\nlocked = {BRACKETS}\n',
        f'tournament = "signals"\n[targets]\nalder = {DIGITS}\n',
        f'tournament = "signals"\n[targets]\n{LONG} = "1"\n',
    ),
    Door(
        "planned targets", ("plan", "--targets", "FILE"), "other.toml",
        'tournament = "signals"\n[targets]\n"no such model" = "25%"\n',
        '[policy]\nx = ' + '{a = ' * DEEP + "1" + "}" * DEEP,
        f"tournament = {DIGITS}\n", f'tournament = "{LONG}"\n',
    ),
    Door(
        "slots, CSV", ("slots", "import", "FILE", "--tournament", "8"), "log.csv",
        "round,slot,predictor\n1400,no such slot,a\n", "[" * DEEP,
        f"round,slot,predictor\n{DIGITS},a,b\n",
        f"round,slot,predictor\n1400,{LONG},b\n",
    ),
    Door(
        "slots, JSON", ("slots", "import", "FILE", "--tournament", "8"), "log.json",
        SLOTS_JSON, OBJECTS, SLOTS_JSON.replace("8", DIGITS), SLOTS_JSON.replace("version", LONG),
    ),
    Door(
        "prices", ("prices", "import", "FILE"), "prices.csv", "date,price\n2026-08-28,11.5x\n",
        "[" * DEEP, f"date,price\n2026-08-28,1{DIGITS}\n", f"date,price\n2026-08-28,{LONG}\n",
    ),
    Door(
        "scores", ("shuffle", "backtest", "--csv", "FILE"), "scores.csv", "round,a,b\n1,0.1,x\n",
        "[" * DEEP, f"round,a,b\n1,0.1,{DIGITS}\n", f"round,a,b\n1,0.1,{LONG}\n",
    ),
    Door(
        "keystore", ("wallet", "show"), "keystore.json", KEYSTORE[:-1], OBJECTS,
        KEYSTORE.replace('"n": 2', f'"n": {DIGITS}'), KEYSTORE.replace("scrypt", LONG)[:-1],
        apart=True,
    ),
    Door(
        "wallet import", ("wallet", "import", "FILE"), "key.json", KEYSTORE, OBJECTS,
        KEYSTORE.replace('"n": 2', f'"n": {DIGITS}'), KEYSTORE.replace("kdfparams", LONG),
    ),
    Door(
        "signed transaction", ("tx", "import", "1", "FILE"), "signed.hex", "0x02f8",
        "0x" + ("c1" * 20_000) + "c0", "0x02" + "f8" * 5_000, "0x" + "00" * 1_000_000,
    ),
    Door(
        "recording", ("sandbox", "serve", "--port", "0", "--replay", "FILE"), "sync.jsonl",
        '{"format": 1, "program": "x", "recorded": "2026-08-28T13:00:00Z", "tournaments": [8]}\n'
        '{"document": "query {"}\n',
        f"{OBJECTS}\n", f'{{"format": {DIGITS}}}\n', f'{{"{LONG}": 1}}\n',
    ),
)  # fmt: skip
