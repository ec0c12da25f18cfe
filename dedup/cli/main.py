"""The command group, and what every command has in common: how it ends."""

from __future__ import annotations

import errno
import gc
import os
import shlex
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dedup.cli.output import OutputError, say, write_data
from dedup.cli.progress import Stopped
from dedup.errors import DedupError
from dedup.files import reason
from dedup.version import VERSION

if TYPE_CHECKING:
    from types import FrameType

_CLOSED_PIPE = 128 + signal.SIGPIPE

_WELCOME = """\
dedup finds paragraphs that stand in a text more than once, and cuts them.
No file is touched unless you say --in-place, and every cut can be undone. Try:

  dedup clean article.txt > clean.txt     the text without its repeats
  dedup check articles/                   what repeats, as path:line
  dedup clean --in-place article.txt      rewrite it; 'dedup restore' goes back

dedup --help tells more.
"""


_MEANT = {
    "--dry-run": ["--diff"],
    "-n": ["--diff"],
    "-i": ["--in-place"],
    "--json": ["--report -", "--format json"],
    "-t": ["--threshold"],
}
"""What others call an option of ours."""


_COMMANDS = (
    *("clean", "check", "explain", "corpus", "index"),
    *("restore", "settings", "completion"),
)


class _Commands(click.Group):
    """The commands, each loaded when it is asked for, from the file of its name.

    A name that is none of them is answered with what was probably meant.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"dedup.cli.{cmd_name}"), cmd_name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            option = error.option_name
            for name in _COMMANDS:
                command = self.get_command(ctx, name)
                if command and any(option in parameter.opts for parameter in command.params):
                    raise click.UsageError(
                        f"{option} goes behind a command: dedup {name} {option} …", ctx
                    ) from None
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or name in _COMMANDS or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, _COMMANDS, 1)
        if os.path.exists(name):  # noqa: PTH110 - an overlong name is no error here
            hint = f"to clean this file: dedup clean {shlex.quote(name)}"
        elif near:
            hint = f"did you mean '{near[0]}'?"
        else:
            hint = f"use one of {', '.join(_COMMANDS)}"
        raise click.UsageError(f"no command is called '{name}': {hint}", ctx)


def _show_version(context: click.Context, _of: click.Parameter, *asked: bool) -> None:
    if any(asked) and not context.resilient_parsing:
        kernels = import_module("dedup.kernels")
        click.echo(f"dedup {VERSION} ({kernels.NAME} kernels)")
        context.exit()


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def commands(context: click.Context) -> None:
    """Find paragraphs that stand in a text more than once, and cut them, reversibly.

    \b
    Examples:
      dedup clean article.txt > clean.txt
      dedup check articles/
      dedup clean --in-place article.txt
      dedup restore article.txt -o article.txt
    """
    if context.invoked_subcommand is None:
        write_data(_WELCOME.encode())


def run() -> NoReturn:
    """Run the command line; the exit status is documented in README."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    try:
        status = _status()
    except Stopped as stopped:
        name = signal.Signals(stopped.number).name
        say(f"stopped by {name}{stopped.after}: every file is whole, old or new")
        status = 128 + stopped.number
    except OutputError as broken:
        status = _CLOSED_PIPE if broken.error.errno == errno.EPIPE else 3
        if status == 3:
            say(f"standard output: cannot be written: {reason(broken.error)}")
        if sys.stdout is not None:
            # What is still buffered cannot be written either; without this the interpreter would
            # complain about it on its way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    gc.freeze()  # else the interpreter looks through all there is twice more on its way out
    sys.exit(status)


def _stop(number: int, _frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)  # a second one must not interrupt the tidying up
    raise Stopped(number)


def _status() -> int:
    try:
        status: Any = commands.main(standalone_mode=False, prog_name="dedup")
    except click.ClickException as error:
        usage = isinstance(error, click.UsageError)
        context = error.ctx if isinstance(error, click.UsageError) else None
        path = context.command_path if context else "dedup"
        message = " ".join(error.format_message().split())  # click lists choices on lines
        if isinstance(error, click.NoSuchOption) and context:
            ours = {name for parameter in context.command.params for name in parameter.opts}
            for meant in _MEANT.get(error.option_name, ()):
                if meant.split()[0] in ours:
                    message = f"no option is called {error.option_name!r}: use {meant}"
        say(f"{message} ({path} --help)" if usage else message)
        return 2
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        return 128 + signal.SIGINT
    except DedupError as error:
        say(str(error))
        return error.exit_status
    except MemoryError:
        say("out of memory: nothing more was written; cut the input into smaller files")
        return 3
    except OutputError:
        raise
    except OSError as error:
        if error.filename is None and _is_nowhere():
            say("the working folder was deleted: change to one that is there")
            return 3
        name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        say(f"{name}{reason(error)}")
        return 3
    except Exception as error:  # noqa: BLE001 - a person gets one line, not a traceback
        say(f"internal error, nothing more was written: {error!r}; please report this")
        return 3
    return status if isinstance(status, int) else 0


def _is_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - it is about whether there is one
    except OSError:
        return True
    return False
