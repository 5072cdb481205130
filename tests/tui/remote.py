"""Debian's sshd on loopback with keys of its own, and clients of it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.tui.emulated import Emulated, environment, until

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
MISSING = [
    name
    for name, found in (("sshd", SSHD), *((n, shutil.which(n)) for n in ("ssh", "ssh-keygen")))
    if not found
]

_SEPARATION = Path("/run/sshd")
"""Root's sshd insists on it; the package makes it when its service starts."""

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
ClientAliveInterval 1
ClientAliveCountMax 2
LogLevel VERBOSE
"""


@dataclass
class Sshd:
    """A server that knows one key; use it as a context manager."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Sshd:
        self.folder.mkdir()
        if os.geteuid() == 0:
            _SEPARATION.mkdir(mode=0o755, exist_ok=True)
        for name in ("host", "client"):
            kind = ["-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(["ssh-keygen", *kind], check=True)
        until(self._started, "sshd")
        host = (self.folder / "host.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def login(
        self, line: str, *, size: tuple[int, int] = (120, 36), term: str = "xterm-256color"
    ) -> Emulated:
        """``line`` run by the user's shell over there, on a terminal over here."""
        options = {
            "IdentityFile": self.folder / "client",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.folder / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "LogLevel": "ERROR",
        }
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        place = ["-p", str(self.port), f"{getpass.getuser()}@127.0.0.1"]
        command = ["ssh", "-F", "/dev/null", "-tt", *given, *place, line]
        return Emulated(command, env=environment(TERM=term), size=size)

    @property
    def log(self) -> str:
        """What the server said, for a test that fails."""
        return (self.folder / "log").read_text()

    def _started(self) -> bool:
        """Start it where nothing listens yet, again when the port was taken meanwhile."""
        if self.process is None or self.process.poll() is not None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            config = self.folder / "config"
            config.write_text(CONFIG.format(port=self.port, folder=self.folder))
            command = [str(SSHD), "-D", "-f", str(config), "-E", str(self.folder / "log")]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0
