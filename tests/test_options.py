"""dedup/cli: every option of every command changes something that a user can see.

A new option needs a line in `OPTIONS`: the files, the call without it, what is added.
"""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import pytest
from test_config import CHANGES, PARAGRAPH

import dedup
from dedup import baseline
from dedup.cli.main import commands
from dedup.findings import findings

OTHER = "A letter lay on the sill for a week before anybody thought of opening it"
TEXT = f"{PARAGRAPH}\n\n{OTHER}\n\n{PARAGRAPH}\n"
TWO = {"a.txt": TEXT, "b.txt": f"{OTHER}\n"}

COMMANDS = {name: commands.get_command(None, name) for name in commands.list_commands(None)}
INDEX = COMMANDS.pop("index")
COMMANDS |= {f"index {name}": INDEX.get_command(None, name) for name in INDEX.list_commands(None)}


@dataclass(frozen=True)
class Case:
    """A call without an option, and what is added to it."""

    call: str
    added: str
    files: dict[str, str | bytes] = field(default_factory=lambda: {"a.txt": TEXT})
    links: dict[str, str] = field(default_factory=dict)


def settings_of(call):
    """Give a case for each option that sets something, on a call that names a.txt."""
    found = {
        "--from" if name == "format" else f"--{name.replace('_', '-')}": Case(
            call,
            f"--{'from' if name == 'format' else name.replace('_', '-')} {value[name]}",
            {"a.txt": text},
        )
        for name, (text, value) in CHANGES.items()
        if name not in {"containment", "ignore", "shingle", "shingle_size"}
    }
    file = {"a.txt": TEXT, "its.toml": "min-words = 40\n"}
    above = {"a.txt": TEXT, "dedup.toml": "min-words = 40\n"}
    lines = {"a.txt": f"{PARAGRAPH}\nx\n{PARAGRAPH}\n"}
    return found | {
        "--paragraphs": Case(call, "--paragraphs line", lines),
        "--config": Case(call, "--config its.toml", file),
        "--no-config": Case(call, "--no-config", above),
    }


RESULT = dedup.clean(TEXT)
RESTORED = {"clean.txt": RESULT.text, "cuts.json": RESULT.report("json")}
VARIANTS = {"a.txt": f"{PARAGRAPH} at 9\n\n{PARAGRAPH} at 8\n"}
RECORDS = "".join(
    f'{{"text": "{text}", "body": "{PARAGRAPH}", "name": "{name}", "date": {name}}}\n'
    for name, text in enumerate([PARAGRAPH, PARAGRAPH.replace("winds", "oils")])
)
SHARD = {"a.jsonl": RECORDS}
KEPT = baseline.written(map(baseline.Entry.of, findings(RESULT.run)))
# What they do is shown where a run is stopped, crowded or refused (test_corpus_run.py); the number
# of threads must change nothing.
ELSEWHERE = {"corpus": {"--jobs", "--max-memory", "--resume"}}


def indexed(*documents, **settings):
    """Give the bytes of an index of some texts."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "index")
        with dedup.Index.open(place, dedup.Config(**settings)) as index:
            index.add_many((str(number), text) for number, text in enumerate(documents))
        return place.read_bytes()


def reading(call, more):
    """Give the cases of a command that reads texts into an index."""
    wanted = {"--min-words", "--from", "--paragraphs", "--config", "--no-config"}
    cases = {name: case for name, case in settings_of(call).items() if name in wanted}
    cases = {name: replace(case, files={**case.files, **more}) for name, case in cases.items()}
    records = {**SHARD, **more}
    lines = {"a.txt": f"{PARAGRAPH}\n{OTHER}\n", **more}
    return cases | {
        "--paragraphs": Case(call, "--paragraphs line", lines),
        "--text-field": Case(call.replace("a.txt", "a.jsonl"), "--text-field body", records),
        "--id-field": Case(call.replace("a.txt", "a.jsonl"), "--id-field name", records),
        "--quiet": Case(call, "-q", {"a.txt": TEXT, **more}),
    }


HELD = {"i.dedup": indexed(OTHER)}
ASKING = "index query i.dedup a.txt"
OPTIONS = {
    "clean": {
        **settings_of("clean a.txt"),
        "--output": Case("clean a.txt", "-o out.txt"),
        "--in-place": Case("clean a.txt", "--in-place"),
        "--diff": Case("clean a.txt", "--diff"),
        "--against": Case("clean a.txt", "--against i.dedup", {"a.txt": TEXT, **HELD}),
        "--across": Case("clean -o out a.txt b.txt", "--across", TWO),
        "--report": Case("clean a.txt", "--report cuts.json"),
        "--no-undo": Case("clean --in-place a.txt", "--no-undo"),
        "--force-exclude": Case(
            "clean a.txt", "--force-exclude", {"a.txt": TEXT, "dedup.toml": 'exclude = ["a.*"]\n'}
        ),
        "--break-hardlinks": Case(
            "clean --in-place a.txt", "--break-hardlinks", links={"b.txt": "a.txt"}
        ),
        "--quiet": Case("clean a.txt", "-q"),
        "--verbose": Case("clean a.txt", "-v"),
    },
    "check": {
        **settings_of("check a.txt"),
        "--format": Case("check a.txt", "--format json"),
        "--scope": Case("check a.txt b.txt", "--scope document", TWO),
        "--baseline": Case("check a.txt", "--baseline its.json", {"a.txt": TEXT, "its.json": KEPT}),
        "--update-baseline": Case("check --no-config a.txt", "--update-baseline"),
        "--quiet": Case("check a.txt", "-q"),
        "--verbose": Case("check a.txt", "-v", VARIANTS),
    },
    "explain": {
        **settings_of("explain a.txt:1"),
        "--among": Case("explain b.txt:1", "--among a.txt", TWO),
    },
    "corpus": {
        **{
            option: case
            for option, case in settings_of("corpus a.txt -o out").items()
            if option != "--encoding"
        },
        "--output": Case("corpus a.txt -o out", "-o other"),
        "--scope": Case("corpus a.txt b.txt -o out", "--scope document", TWO),
        "--against": Case("corpus a.txt -o out", "--against i.dedup", {"a.txt": TEXT, **HELD}),
        "--text-field": Case("corpus a.jsonl -o out", "--text-field body", SHARD),
        "--id-field": Case("corpus a.jsonl -o out", "--id-field name", SHARD),
        "--keep-by": Case("corpus a.jsonl -o out --max-removed 100", "--keep-by date:desc", SHARD),
        "--max-removed-run": Case(
            "corpus a.jsonl -o out --max-removed 100", "--max-removed-run 1", SHARD
        ),
        "--no-text": Case("corpus a.txt -o out", "--no-text"),
        "--quiet": Case("corpus a.txt -o out", "-q"),
        "--verbose": Case("corpus a.txt -o out", "-v"),
    },
    "index build": reading("index build new.dedup a.txt", {}),
    "index add": reading("index add i.dedup a.txt", HELD),
    "index query": {
        **{
            option: replace(case, files={**case.files, **HELD})
            for option, case in settings_of(ASKING).items()
            if option != "--encoding"
        },
        **{
            option: case
            for option, case in reading(ASKING, {"i.dedup": indexed(PARAGRAPH)}).items()
            if option in {"--text-field", "--id-field", "--quiet"}
        },
        "--verbose": Case(ASKING, "-v", {**VARIANTS, **HELD}),
    },
    "index remove": {},
    "index check": {},
    "index info": {},
    "restore": {
        "--output": Case("restore clean.txt cuts.json", "-o a.txt", RESTORED),
        "--quiet": Case("restore clean.txt cuts.json -o a.txt", "-q", RESTORED),
    },
    "settings": settings_of("settings a.txt"),
    "completion": {},
}
CASES = [(name, option) for name, cases in OPTIONS.items() for option in cases]


def test_every_option_has_its_case():
    # The longest of its names: --quiet, not -q.
    found = {
        name: {
            max(option.opts, key=len)
            for option in command.params
            if isinstance(option, click.Option) and not option.hidden
        }
        - ELSEWHERE.get(name, set())
        for name, command in COMMANDS.items()
    }
    assert {name: set(cases) for name, cases in OPTIONS.items()} == found


@pytest.mark.parametrize(("name", "option"), CASES, ids=map("".join, CASES))
def test_the_option_changes_something(tmp_path, command, name, option):
    case = OPTIONS[name][option]
    assert case.call.startswith(name)
    given = next(param for param in COMMANDS[name].params if max(param.opts, key=len) == option)
    assert set(case.added.split()) & set(given.opts)
    without = outcome(command, tmp_path / "without", case, [])
    added = outcome(command, tmp_path / "with", case, case.added.split())
    assert 2 not in {without[0].status, added[0].status}, added[0].err
    assert added != without


def outcome(command, folder: Path, case: Case, added: list[str]):
    """Call the command in a folder of its own: how it ended, what it wrote and where."""
    folder.mkdir()
    for path, text in case.files.items():
        (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    for link, path in case.links.items():
        (folder / link).hardlink_to(folder / path)
    done = command(*case.call.split(), *added, cwd=folder)
    return done, {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
