"""The house: imports point left only, some doors are for some rooms only, and the door is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dedup"

STAGES = (
    "tokens characters normalize shingles minhash banding verify blocks plan context rewrite "
    "group decisions settle"
).split()  # Each row may import what stands in rows above it, and its own folder.
ORDER = [
    ["errors", "version"],
    ["model"],
    ["decoding", "words", "scripts", "patterns"],
    ["lines", "ignoring"],
    ["metadata"],
    ["files", "exchange", "atomic"],
    ["config", "toml"],
    ["settings"],
    ["kernels"],
    ["misreading"],
    ["protected"],
    STAGES,
    ["findings", "reference"],
    ["index", "formats", "reports"],
    ["baseline"],
    ["candidates"],
    ["pipeline"],
    ["apart", "explain", "result", "library"],
    ["intake"],
    ["waves"],
    ["incremental"],
    ["corpus"],
    ["repository"],
    ["cli"],
]
RANK = {room: number for number, rooms in enumerate(ORDER) for room in rooms}
# Rooms of one row that build on each other: the right one on the left one.
NEIGHBOURS = {
    *(("atomic", "exchange"), ("atomic", "files"), ("library", "result")),
    *(
        ("decisions", "blocks"),
        ("decisions", "rewrite"),
        ("characters", "tokens"),
        ("minhash", "shingles"),
    ),
    *(("group", "normalize"), ("normalize", "characters"), ("normalize", "tokens")),
    *(("settle", stage) for stage in ("blocks", "context", "plan", "rewrite")),
}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem[0] != "_"
)


def room(path):
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


def imported(path, *, typing_only):
    """Name the modules a file imports, the ones that only types need left out or alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (node in typing) is not typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module == "dedup":
                yield from (f"dedup.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def test_every_room_has_its_place():
    assert {room(path) for path in MODULES} == set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_left(path):
    own = room(path)
    for name in imported(path, typing_only=False):
        parts = name.split(".")
        if parts[0] != "dedup":
            continue
        other = parts[1]
        assert other == own or (own, other) in NEIGHBOURS or RANK[other] < RANK[own], name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_speaks_and_only_two_rooms_open_files(path):
    names = set(imported(path, typing_only=False))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {
        ast.unparse(node.func).split(".")[-1]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "Index.open"
    }
    if room(path) != "cli":
        assert "click" not in names
        assert not calls & {"print", "echo", "exit"}
    if room(path) not in {"files", "atomic"}:
        assert not calls & {"open", "read_bytes", "read_text", "write_bytes", "write_text"} - (
            {"open"} if path.name == "main.py" else set()  # /dev/null, for a closed pipe
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_read_loosely_or_run_from_data(path):
    text = path.read_text(encoding="utf-8")
    for word in ("pickle", "eval(", "exec(", 'errors="replace"', 'errors="ignore"', "yaml"):
        assert word not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_two_rooms(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 310


@pytest.mark.parametrize("module", ["dedup.library", "dedup.cli.main"])
def test_importing_brings_no_heavy_library(module):
    code = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"scipy", "datasketch"}
    assert ("click" in loaded) is (module == "dedup.cli.main")


def test_importing_the_package_costs_nothing():
    code = "import sys, dedup; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "numpy" not in done.stdout.split()


def test_what_a_command_has_in_common_brings_no_model_and_no_report():
    code = "import sys, dedup.cli.check; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "tempfile", "dedup.model", "dedup.pipeline"}
    assert {name for name in loaded if name.startswith("dedup.reports.")} == {"dedup.reports.text"}


def test_cleaning_a_text_loads_nothing_large_that_it_does_not_need():
    code = "import sys, dedup; dedup.clean('one\\n\\ntwo\\n' * 3); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy.ma", "numpy.random", "html", "tempfile"} & set(done.stdout.split())
