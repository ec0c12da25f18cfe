"""The command group, and what every command has in common: how it ends."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dedup.cli.check import check
from dedup.cli.clean import clean
from dedup.cli.explain import explain
from dedup.cli.output import OutputError, say
from dedup.cli.restore import restore
from dedup.cli.settings import settings
from dedup.errors import DedupError
from dedup.files import reason
from dedup.version import VERSION

if TYPE_CHECKING:
    from types import FrameType

_CLOSED_PIPE = 128 + signal.SIGPIPE


class _Stopped(BaseException):
    """A signal asked us to stop; temporary files are removed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try: dedup clean article.txt | dedup check *.txt | dedup restore article.txt",
)
@click.version_option(VERSION, prog_name="dedup")
def commands() -> None:
    """Find paragraphs that stand in a text more than once, and cut them, reversibly."""


commands.add_command(clean)
commands.add_command(check)
commands.add_command(explain)
commands.add_command(restore)
commands.add_command(settings)


def run() -> NoReturn:
    """Run the command line; the exit status is documented in README."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    try:
        status = _status()
    except _Stopped as stopped:
        say(f"stopped by {signal.Signals(stopped.number).name}: every file is whole, old or new")
        status = 128 + stopped.number
    except OutputError as broken:
        status = _CLOSED_PIPE if broken.error.errno == errno.EPIPE else 3
        if status == 3:
            say(f"standard output: cannot be written: {reason(broken.error)}")
        if sys.stdout is not None:
            # What is still buffered cannot be written either; without this the interpreter would
            # complain about it on its way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def _stop(number: int, _frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)  # a second one must not interrupt the tidying up
    raise _Stopped(number)


def _status() -> int:
    try:
        status: Any = commands.main(standalone_mode=False, prog_name="dedup")
    except click.ClickException as error:
        usage = isinstance(error, click.UsageError)
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context else "dedup"
        if type(error).__name__ == "NoArgsIsHelpError":
            click.echo(error.format_message(), err=True)
        else:
            say(f"{error.format_message()} ({command} --help)" if usage else error.format_message())
        return 2
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        return 128 + signal.SIGINT
    except DedupError as error:
        say(str(error))
        return error.exit_status
    except MemoryError:
        say("out of memory: nothing was written; cut the input into smaller files")
        return 3
    except OutputError:
        raise
    except OSError as error:
        name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        say(f"{name}{reason(error)}")
        return 3
    except Exception as error:  # noqa: BLE001 - a person gets one line, not a traceback
        say(f"internal error, nothing more was written: {error!r}; please report this")
        return 3
    return status if isinstance(status, int) else 0
