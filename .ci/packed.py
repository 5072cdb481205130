"""Whether a wheel and a source distribution, named as arguments, hold what git tracks."""

import subprocess
import sys
import tarfile
import zipfile

tracked = set(subprocess.check_output(["/usr/bin/env", "git", "ls-files"], text=True).splitlines())
with zipfile.ZipFile(sys.argv[1]) as wheel:
    installed = {name for name in wheel.namelist() if ".dist-info/" not in name}
with tarfile.open(sys.argv[2]) as archive:
    source = {name.partition("/")[2] for name in archive.getnames()} - {"PKG-INFO"}
modules = {name for name in tracked if name.startswith(("ledger/", "tui/"))}
for what, packed, expected in (("wheel", installed, modules), ("sdist", source, tracked)):
    print(f"{what}: {len(packed)} files")
    if packed != expected:
        sys.exit(f"Not in the {what}: {expected - packed}. Nor tracked: {packed - expected}.")
