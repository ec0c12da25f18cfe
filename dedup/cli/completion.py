"""``dedup completion``: what a shell needs to complete our commands, options and file names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dedup.cli.output import write_data
from dedup.errors import UsageError

_VARIABLE = "_DEDUP_COMPLETE"
"""The one by which the script asks: click derives it from the name of the program."""


@click.command(short_help="Print what makes your shell complete names.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that makes a shell complete commands, options and file names.

    \b
    Examples: put the line of your shell where it starts
      eval "$(dedup completion bash)"       in ~/.bashrc
      eval "$(dedup completion zsh)"        in ~/.zshrc, after compinit
      dedup completion fish | source        in ~/.config/fish/config.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"{shell}: this version of click has no completion for it")
    script = kind(context.find_root().command, {}, "dedup", _VARIABLE).source()
    write_data(script.encode() + b"\n")
    return 0
