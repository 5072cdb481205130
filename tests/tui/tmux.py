"""A tmux server of a test's own."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.tui.emulated import Emulated, environment, until

SESSION = "main"


@dataclass
class Tmux:
    """Lives on a socket in ``folder``; ``options`` are set as in a ``tmux.conf``."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    term: str = "tmux-256color"

    def __enter__(self) -> Tmux:
        self.folder.mkdir()
        lines = [f"set -g default-terminal {self.term}", "set -g status off"]
        lines += [f"set -g {name} {value}" for name, value in self.options.items()]
        (self.folder / "conf").write_text("\n".join(lines) + "\n")
        return self

    def __exit__(self, *_: object) -> None:
        self.tell("kill-server", check=False)

    @property
    def command(self) -> list[str]:
        """How to call this one."""
        return ["tmux", "-u", "-S", str(self.folder / "s"), "-f", str(self.folder / "conf")]

    def tell(self, *words: str, check: bool = True) -> str:
        """What tmux answers."""
        done = subprocess.run(
            [*self.command, *words],
            check=check,
            capture_output=True,
            encoding="utf-8",
            env=environment(),
        )
        return done.stdout

    def start(
        self, command: str, *, env: Mapping[str, str], size: tuple[int, int] = (120, 36)
    ) -> None:
        """A detached session of ``size`` that runs ``command``."""
        given = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
        shape = ["-x", str(size[0]), "-y", str(size[1])]
        self.tell("new-session", "-d", "-s", SESSION, *shape, *given, command)

    def attach_line(self, command: str) -> str:
        """For a shell: attach to the session, or begin it with ``command``."""
        return shlex.join([*self.command, "new-session", "-A", "-s", SESSION, command])

    def attach(self, *, size: tuple[int, int] = (120, 36), **env: str) -> Emulated:
        """A terminal attached to the session."""
        command = [*self.command, "attach-session", "-t", SESSION]
        return Emulated(command, env=environment(**env), size=size)

    def screen(self) -> str:
        """The pane as tmux has it."""
        return self.tell("capture-pane", "-p", "-t", SESSION)

    def wait_for(self, *texts: str) -> None:
        """Until the pane shows all ``texts``."""
        until(lambda: all(text in self.screen() for text in texts), self.screen)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self.tell("send-keys", "-t", SESSION, *keys)

    def wait_detached(self) -> None:
        """Until no terminal is attached."""
        until(lambda: not self.tell("list-clients", "-t", SESSION).strip(), "detached")
