"""``completion``: the script by which a shell completes what is typed."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from tui.cli.options import COMPLETE_VARIABLE
from tui.cli.output import remark
from tui.cli.printing import print_verbatim

PLACES = {
    "bash": "Put it into ~/.local/share/bash-completion/completions/numstake-tui (bash 4.4 or "
    'later, with bash-completion), or into ~/.bashrc as: eval "$(numstake-tui completion bash)"',
    "zsh": "Put it into a file _numstake-tui in a folder of $fpath, such as ~/.zfunc with "
    "`fpath+=~/.zfunc` before `compinit` in ~/.zshrc.",
    "fish": "Put it into ~/.config/fish/completions/numstake-tui.fish",
}
"""Where a shell looks for it."""

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(PLACES)), metavar="|".join(PLACES))
def completion(shell: str) -> None:
    """The script that completes commands and names in a shell.

    Goes to standard output; where it belongs is said on standard error. Commands, options,
    tournaments, and models, predictors, targets and changes of the ledger are completed.
    """
    from tui.cli.commands import cli
    from tui.cli.listing import PROGRAM

    script = _SHELLS[shell](cli, {}, PROGRAM, COMPLETE_VARIABLE)
    print_verbatim(script.source_template % script.source_vars() + "\n")
    remark(PLACES[shell])


def complete(instruction: str) -> int:
    """Print what ``instruction``, such as ``bash_complete``, asks for; nothing on any trouble: what
    it says would end up in the line that is being typed."""
    from tui.cli.commands import cli
    from tui.cli.listing import PROGRAM

    shell, _, task = instruction.partition("_")
    if task != "complete" or shell not in _SHELLS:
        return 1
    try:
        offers = _SHELLS[shell](cli, {}, PROGRAM, COMPLETE_VARIABLE).complete()
    except Exception:  # whatever it is, the shell goes on
        return 1
    print_verbatim(f"{offers}\n")
    return 0
