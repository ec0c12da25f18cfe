"""Kill the real command, or fail its system calls, at every call that touches the working folder.

A trace lists the calls, by name and number. Then the command runs once for each call and each
fault, and what it leaves is looked at: every text the old one or the new one, whole; a new one with
a report that gives the old one back; nothing left over by the run that follows.

``python tests/sweep.py [SCENARIO…]`` prints the table of the full sweep.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import dedup
from dedup.cli.main import commands
from dedup.errors import DedupError

PROCESSES = 2
KILL = "SIGKILL"

ERRORS = {
    "access": ("EIO", "EACCES", "EROFS"),
    "close": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
    "faccessat": ("EIO", "EACCES", "EROFS"),
    "fchmod": ("EIO", "EROFS", "EPERM"),
    "fchown": ("EIO", "EROFS", "EDQUOT", "EPERM"),
    "fgetxattr": ("EIO",),
    "flock": ("EINTR", "ENOLCK", "EIO"),
    "fsetxattr": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES"),
    "fstat": ("EIO",),
    "fsync": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EINTR"),
    "getdents64": ("EIO",),
    "getxattr": ("EIO", "EACCES"),
    "listxattr": ("EIO", "EACCES"),
    "lstat": ("EIO", "EACCES"),
    "mkdir": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES"),
    "newfstatat": ("EIO", "EACCES"),
    "openat": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EINTR"),
    "read": ("EIO", "EINTR"),
    "readlink": ("EIO", "EACCES"),
    "rename": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES"),
    "renameat2": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EINVAL", "ENOSYS"),
    "stat": ("EIO", "EACCES"),
    "unlink": ("EIO", "EROFS", "EACCES"),
    "write": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
}
"""What each call can fail with."""

_ALIASES = {
    "faccessat2": "faccessat",
    "fchmodat": "fchmod",
    "mkdirat": "mkdir",
    "open": "openat",
    "readlinkat": "readlink",
    "renameat": "rename",
    "renameat2": "rename",
    "statx": "newfstatat",
    "unlinkat": "unlink",
}

_ENVIRONMENT = {
    **os.environ,
    # These make the number of every system call the same in each run.
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8",
}


# --- the texts ------------------------------------------------------------------------------------


def text_with_repeats(seed: int, *, paragraphs: int = 40) -> bytes:
    """Give a text of which two paragraphs stand in it twice."""
    source = random.Random(seed)
    words = [
        "".join(source.choices("abdefgiklmnoprstuvz", k=length)) for length in range(3, 10)
    ] + ["".join(source.choices("aeioukstrnlm", k=6)) for _ in range(200)]
    plain = [" ".join(source.choices(words, k=20)).capitalize() + "." for _ in range(paragraphs)]
    plain.insert(paragraphs * 3 // 4, plain[3])
    plain.insert(paragraphs // 2, plain[7])
    return "\n\n".join([*plain, ""]).encode()


def cleaned(old: bytes) -> bytes:
    """Give what the library makes of a text: what the command must write."""
    new = dedup.clean(old).text
    if new == old:
        raise ValueError("the sweep needs a text in which something repeats")
    return new


def undo_name(name: str, new: bytes) -> str:
    """Name the undo report that --in-place leaves for `name`."""
    return f"{name}.{hashlib.sha256(new).hexdigest()[:8]}.dedup.json"


# --- the scenarios --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A file that the command may change, and where its report is; both below the folder."""

    place: str
    old: bytes | None
    new: bytes
    report: str | None = None
    original: bytes | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A folder, a command, and what it may become."""

    name: str
    arguments: tuple[str, ...]
    texts: tuple[Text, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    read_only: bool = False

    def build(self, folder: Path) -> None:
        """Lay out the folder."""
        files = self.files | {text.place: text.old for text in self.texts if text.old is not None}
        for place, data in files.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(data)
        for place, target in self.links.items():
            (folder / place).symlink_to(target)
        if self.read_only:
            folder.chmod(0o555)

    def command(self, folder: Path) -> list[str]:
        """Give the arguments after ``dedup``: ``@`` stands for the folder."""
        return [argument.replace("@", str(folder)) for argument in self.arguments]


def scenarios() -> list[Scenario]:
    """Give the eight of promise C1."""
    old, other, third = (text_with_repeats(seed) for seed in (1, 2, 3))
    new = cleaned(old)
    article = Text("article.txt", old, new, undo_name("article.txt", new), old)
    reported = Text("article.txt", old, new, "reports/cuts.json", old)
    in_place = ("clean", "--in-place")
    with_report = (*in_place, "--report", "@/reports/cuts.json", "@/article.txt")
    three = tuple(
        Text(f"{name}.txt", was, cleaned(was), undo_name(f"{name}.txt", cleaned(was)), was)
        for name, was in (("a", old), ("b", other), ("c", third))
    )
    real = Text("texts/real.txt", old, new, "texts/" + undo_name("real.txt", new), old)
    output = Text("out/clean.txt", None, new, "reports/cuts.json", old)
    foreign = dedup.clean(other).report("json")
    foreign = foreign if isinstance(foreign, bytes) else foreign.encode()
    undo = dedup.clean_documents([("article.txt", old)])[0].report("json")
    undo = undo if isinstance(undo, bytes) else undo.encode()
    return [
        Scenario("new report", with_report, (reported,), {"reports/.keep": b""}),
        Scenario("existing report", with_report, (reported,), {"reports/cuts.json": foreign}),
        Scenario(
            "-o",
            ("clean", "-o", "@/out/clean.txt", "--report", "@/reports/cuts.json", "@/article.txt"),
            (output,),
            {"article.txt": old, "reports/.keep": b""},
        ),
        Scenario("--in-place", (*in_place, "@/article.txt"), (article,)),
        Scenario("three files", (*in_place, "@/a.txt", "@/b.txt", "@/c.txt"), three),
        Scenario("symlink", (*in_place, "@/link.txt"), (real,), links={"link.txt": real.place}),
        Scenario("read-only folder", (*in_place, "@/article.txt"), (article,), read_only=True),
        Scenario("undo present", (*in_place, "@/article.txt"), (article,), {article.report: undo}),
    ]


# --- running under strace -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: the how-manieth of its name, and the path of the folder it touches first."""

    name: str
    number: int
    touches: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A call, and what befalls it: KILL or the name of an error."""

    call: Call
    how: str


class DriftError(Exception):
    """The fault befell another call than the trace had at this number."""


def missing() -> str | None:
    """Say why the sweep cannot run here, if it cannot."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if probe.returncode == 0 else f"strace may not trace: {probe.stderr.strip()}"


def unbound() -> str | None:
    """Say why permission bits would not bind the command, if they would not."""
    if os.geteuid() != 0:
        return None
    if shutil.which("setpriv") is None:
        return "root ignores permission bits, and setpriv is not installed"
    probe = subprocess.run([*_bound(), "true"], capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else f"root ignores permission bits: {probe.stderr}"


def _bound() -> list[str]:
    """Give the command before a command that makes permission bits bind root too."""
    return ["setpriv", "--bounding-set=-all", "--"] if os.geteuid() == 0 else []


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, what it said, and the log of strace."""

    status: int
    errors: str
    log: list[str]


def _strace(scenario: Scenario, folder: Path, *options: str) -> Outcome:
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch, "log")
        done = subprocess.run(
            (_bound() if scenario.read_only else [])
            + ["strace", "-f", "-y", "-qq", "-o", str(log), *options, "--"]
            + [sys.executable, "-m", "dedup", *scenario.command(folder)],
            capture_output=True,
            text=True,
            check=False,
            env=_ENVIRONMENT,
            cwd=scratch,
            timeout=120,
        )
        return Outcome(done.returncode, done.stderr, log.read_text().splitlines())


_LINE = re.compile(r"(\d+) +(\w+)\((.*)")


def _calls(log: list[str], folder: Path) -> list[tuple[Call, str]]:
    """Number the main thread's calls by name; give those that touch the folder, with their line."""
    touched = re.compile(re.escape(str(folder)) + r'[^"<>]*')
    counts: Counter[str] = Counter()
    found = []
    main = None
    for line in log:
        match = _LINE.match(line)
        if not match or "resumed>" in line:
            continue
        main = main or match[1]
        if match[1] != main:
            continue
        counts[match[2]] += 1
        path = touched.search(match[3])
        if path and match[2] != "execve":
            place = re.sub(r"\.[a-z0-9_]{8}\.dedup-tmp", ".*.dedup-tmp", path[0])
            place = place.removeprefix(str(folder)) or "/"
            found.append((Call(match[2], counts[match[2]], place), line))
    return found


@contextlib.contextmanager
def _folder(scenario: Scenario):
    """Give the folder of a scenario, fresh."""
    with tempfile.TemporaryDirectory(prefix="dedup-sweep-") as scratch:
        folder = Path(scratch, "work")
        folder.mkdir()
        scenario.build(folder)
        try:
            yield folder
        finally:
            folder.chmod(0o755)


def trace(scenario: Scenario) -> list[tuple[Call, str]]:
    """Run the command undisturbed; give every call that touches the folder, in order."""
    with _folder(scenario) as folder:
        outcome = _strace(scenario, folder, "--seccomp-bpf", "-e", "trace=%file,%desc")
        problems = list(_damage(scenario, folder, outcome))
        if not scenario.read_only:
            problems += _unfinished(scenario, folder)
        if problems:
            raise RuntimeError(f"{scenario.name}, undisturbed: {problems}: {outcome.errors}")
        return _calls(outcome.log, folder)


def plain_name(call: Call) -> str:
    """Name a call as its oldest form."""
    return _ALIASES.get(call.name, call.name)


def faults(calls: list[Call]) -> list[Fault]:
    """Give every call once killed, and once with each error it can give."""
    return [
        Fault(call, how)
        for call in calls
        for how in (KILL, *(ERRORS.get(call.name) or ERRORS.get(plain_name(call), ())))
    ]


def strike(scenario: Scenario, fault: Fault) -> list[str]:
    """Run the command with one fault, then once more without; say what was lost or left."""
    call = fault.call
    effect = f"signal={KILL}" if fault.how == KILL else f"error={fault.how}"
    with _folder(scenario) as folder:
        options = ["-e", f"trace={call.name}"]
        options += ["-e", f"inject={call.name}:{effect}:when={call.number}"]
        if fault.how != KILL:
            options.append("--seccomp-bpf")  # much faster, but it delivers no signals
        outcome = _strace(scenario, folder, *options)
        struck = [found for found, _ in _calls(outcome.log, folder) if found == call]
        if not struck:
            raise DriftError(f"{scenario.name}: {fault} befell another call")
        problems = [*_damage(scenario, folder, outcome)]
        if fault.how == KILL and outcome.status != -9:
            problems.append(f"was to be killed, and ended with {outcome.status}")
        if fault.how != KILL:
            problems += _badly_ended(scenario, folder, outcome)
        problems += _follow_up(scenario, folder)
    return [f"{scenario.name}: {call.name} {call.number} {call.touches} {fault.how}: {problem}"
            for problem in problems]  # fmt: skip


# --- what must hold afterwards --------------------------------------------------------------------


def _damage(scenario: Scenario, folder: Path, outcome: Outcome):
    """Name every file that is neither old nor new, and every new text that cannot be undone."""
    for place, data in scenario.files.items():
        is_report = any(text.report == place for text in scenario.texts)
        if not is_report and (folder / place).read_bytes() != data:
            yield f"{place} was changed"
    for place, target in scenario.links.items():
        if not (folder / place).is_symlink() or str((folder / place).readlink()) != target:
            yield f"{place} is no longer the link to {target}"
    for text in scenario.texts:
        found = _content(folder / text.place)
        if found not in {text.old, text.new}:
            yield f"{text.place} is neither old nor new"
        report = _content(folder / text.report)
        if report is not None:
            try:
                json.loads(report)
            except ValueError:
                yield f"{text.report} is no whole JSON"
        if found == text.new:
            try:
                if report is None or dedup.restore(found, report) != text.original:
                    yield f"{text.place} is new and {text.report} does not give the old one back"
            except DedupError as error:
                yield f"{text.place} is new and {text.report} does not fit: {error}"
    if "Traceback" in outcome.errors or "internal error" in outcome.errors:
        yield f"said {outcome.errors!r}"


def _badly_ended(scenario: Scenario, folder: Path, outcome: Outcome):
    """Name an exit status, or a message, that does not fit what was done."""
    states = {text.place: _content(folder / text.place) for text in scenario.texts}
    if outcome.status == 0 and any(states[text.place] != text.new for text in scenario.texts):
        yield f"not all was written, and the exit status is 0: {outcome.errors!r}"
    if outcome.status not in {0, 2, 3}:
        yield f"exit status {outcome.status}: {outcome.errors!r}"
    if outcome.status != 0 and not outcome.errors.startswith("dedup: "):
        yield f"exit status {outcome.status}, and no word of it: {outcome.errors!r}"
    if "standard output" in outcome.errors:
        yield f"blames standard output: {outcome.errors!r}"
    for text in scenario.texts:
        name = Path(text.place).name
        left = re.search(rf"\b{re.escape(name)}: .*left as it", outcome.errors)
        if left and states[text.place] == text.new:
            yield f"{text.place} is new, and it says {outcome.errors!r}"


def _unfinished(scenario: Scenario, folder: Path):
    """Name what differs from the state that an undisturbed run reaches."""
    for text in scenario.texts:
        if _content(folder / text.place) != text.new:
            yield f"{text.place} is not the new one"
    for path in folder.rglob("*.dedup-tmp"):
        yield f"{path.name} was left over"


_one_at_a_time = threading.Lock()


def _follow_up(scenario: Scenario, folder: Path) -> list[str]:
    """Run the command again, undisturbed; say where it does not reach the end."""
    folder.chmod(0o755)
    with _one_at_a_time, contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            status = commands.main(scenario.command(folder), standalone_mode=False)
        except (DedupError, OSError) as error:
            status = repr(error)
    problems = [f"then {problem}" for problem in _unfinished(scenario, folder)]
    if status not in {0, None}:
        problems.append(f"then exit status {status}: {errors.getvalue()!r}")
    return problems


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def strike_all(scenario: Scenario, chosen: list[Fault]) -> list[str]:
    """Strike with each fault; give all that was lost, left or said wrongly."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(itertools.chain(*pool.map(lambda fault: strike(scenario, fault), chosen)))


def main(names: list[str]) -> int:
    """Print the table of the full sweep, or of the scenarios named."""
    reason = missing()
    if reason:
        print(reason)
        return 2
    pairs = runs = 0
    problems: list[str] = []
    for scenario in scenarios():
        if names and scenario.name not in names:
            continue
        if scenario.read_only and unbound():
            print(f"{scenario.name:18} skipped: {unbound()}")
            continue
        calls = [call for call, _ in trace(scenario)]
        chosen = faults(calls)
        found = strike_all(scenario, chosen)
        problems += found
        pairs, runs = pairs + len(calls), runs + len(chosen)
        print(
            f"{scenario.name:18} {len(calls):4} calls {len(chosen):5} runs {len(found):4} problems",
            flush=True,
        )
    print(f"{'all':18} {pairs:4} calls {runs:5} runs {len(problems):4} problems")
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
