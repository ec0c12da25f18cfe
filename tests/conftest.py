"""What the tests share: how Hypothesis runs, where they stand, where larger data may be found."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dedup.cli.main import _status

settings.register_profile(
    "default",
    deadline=None,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,  # those used only patch, for the whole test
    ],
)
settings.load_profile("default")


# Whoever starts the tests in the background of a script, or under nohup, has them ignore these;
# what is ignored here, the commands that the tests start and stop would ignore too.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine(tmp_path_factory):
    """Let no settings file above the tests' folders, nor above this one, reach into a test.

    The nearest file counts, so an empty one in the folder that all their folders are in ends the
    search; whoever runs the command without a folder of his own stands there too.
    """
    base = tmp_path_factory.getbasetemp()
    (base / "dedup.toml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        patch.setattr(tempfile, "tempdir", str(base))
        yield


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    status: int
    out: bytes
    err: str


@pytest.fixture
def command(monkeypatch, capsysbinary):
    """Give a call of the command line inside this process."""

    def run(*arguments, cwd, stdin=b""):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["dedup", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = _status()
        out, err = capsysbinary.readouterr()
        return Done(status, out, err.decode())

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of labelled texts that lies beside the project on some machines."""
    path = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not (path / "open").is_dir():
        pytest.skip("the labelled texts, ../shared/data, are not on this machine")
    return path
