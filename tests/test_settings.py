"""dedup/settings.py: which file counts, what it sets, and one line for all that is wrong in it."""

import json
import os
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from test_config import CHANGES, INVISIBLE, PARAGRAPH

from dedup import Config, UsageError
from dedup.cli.options import settings_of
from dedup.settings import ABOUT_ONE_TEXT, find, load
from dedup.toml import written

SHORT = "Under the bridge it is quiet"
TEXT = f"{PARAGRAPH}\n\n{SHORT}\n\nx\n\n{SHORT}\n"


def put(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def toml(settings):
    return "".join(f"{name} = {written(value)}\n" for name, value in settings.items())


# --- which file counts ----------------------------------------------------------------------------


def test_the_nearest_folder_that_has_either_counts(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    top = put(tmp_path / "dedup.toml")
    assert find(inner) == top
    middle = put(tmp_path / "a" / "pyproject.toml", "[tool.dedup]\n")
    assert find(inner) == middle
    own = put(inner / "dedup.toml")
    assert find(inner) == own


@pytest.mark.parametrize(
    "text", ["", "[tool.ruff]\n", '[project]\nname = "dedup"\n', "tool = 1 # dedup", "[broken"]
)
def test_a_pyproject_that_says_nothing_to_us_is_passed_over(tmp_path, text):
    top = put(tmp_path / "dedup.toml")
    put(tmp_path / "a" / "pyproject.toml", text)
    assert find(tmp_path / "a") == top


def test_both_in_one_folder_are_refused_by_name(tmp_path, monkeypatch):
    put(tmp_path / "dedup.toml")
    put(tmp_path / "pyproject.toml", "[tool.dedup]\n")
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with pytest.raises(UsageError, match=r"^\.\./dedup\.toml and .* \.\./pyproject\.toml"):
        find(Path())


def test_a_settings_file_that_leads_nowhere_is_refused(tmp_path):
    (tmp_path / "dedup.toml").symlink_to("nowhere")
    with pytest.raises(UsageError, match="no such file"):
        load(find(tmp_path))


# --- what it sets ---------------------------------------------------------------------------------


def decisions(command, folder, *arguments):
    done = command("check", "--format", "json", *arguments, cwd=folder)
    assert done.status in {0, 1, 4}, done.err
    report = json.loads(done.out)
    return report["config"], [document["decisions"] for document in report["documents"]]


SETTINGS = {
    **{name: ([text], settings) for name, (text, settings) in CHANGES.items()},
    "threshold_across": (
        [PARAGRAPH, PARAGRAPH.replace("winds", "oils")],
        {"threshold_across": 1.0, "max_removed": 100},
    ),
    **{name: ([TEXT], {name: value}) for name, value in INVISIBLE.items()},
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("spelling", ["_", "-"])
@pytest.mark.parametrize("file", ["dedup.toml", "pyproject.toml"])
def test_every_setting_in_a_file_changes_what_is_decided(tmp_path, command, name, spelling, file):
    texts, settings = SETTINGS[name]
    for number, text in enumerate(texts):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / f"{number}.txt").write_bytes(data)
    head = "[tool.dedup]\n" if file == "pyproject.toml" else ""
    others = {key: value for key, value in settings.items() if key != name}
    put(tmp_path / file, head + toml(others))
    before = decisions(command, tmp_path, ".")
    line = toml({name.replace("_", spelling): settings[name]})
    put(tmp_path / file, head + toml(others) + line)
    after = decisions(command, tmp_path, ".")
    assert after[0][name] != before[0][name]
    assert (after[1] == before[1]) is (name in INVISIBLE)


def test_every_setting_can_be_set():
    assert set(SETTINGS) == {setting.name for setting in fields(Config)}


def test_the_command_line_wins_over_the_file_and_its_overrides(tmp_path, command):
    put(tmp_path / "a.txt", TEXT)
    put(
        tmp_path / "dedup.toml",
        'min-words = 4\n[[overrides]]\npaths = ["*"]\nmin-words = 3\nparagraphs = "line"\n',
    )
    assert decisions(command, tmp_path, "a.txt")[1][0][3]["action"] == "remove"
    report = command("check", "--format", "json", "--min-words", 8, "a.txt", cwd=tmp_path).out
    (document,) = json.loads(report)["documents"]
    assert document["decisions"][3]["action"] == "keep"
    assert document["config"] == {"paragraphs": "line"}


def test_config_names_a_file_and_no_config_ignores_all(tmp_path, command):
    put(tmp_path / "a.txt", TEXT)
    put(tmp_path / "dedup.toml", "min-words = 4\n")
    put(tmp_path / "other" / "any.name", "min-words = 5\n")
    put(tmp_path / "other" / "pyproject.toml", "[tool.dedup]\nmin-words = 6\n")
    for arguments, words in (
        ([], 4),
        (["--config", "other/any.name"], 5),
        (["--config", "other/pyproject.toml"], 6),
        (["--no-config"], 8),
    ):
        assert decisions(command, tmp_path, *arguments, "a.txt")[0]["min_words"] == words


def test_restore_asks_for_no_settings(tmp_path, command):
    put(tmp_path / "a.txt", f"{PARAGRAPH}\n\n{PARAGRAPH}\n")
    assert command("clean", "--in-place", "a.txt", cwd=tmp_path).status == 0
    put(tmp_path / "dedup.toml", "broken")
    assert command("restore", "a.txt", cwd=tmp_path).status == 0


def test_the_example_in_readme_is_right(tmp_path):
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Settings\n")[1]
    settings = load(put(tmp_path / "dedup.toml", section.split("```toml\n")[1].split("```")[0]))
    assert settings.config == Config(threshold=0.6, protect=("numbers", "dates", "names"))
    for path, own in (
        ("poems/new/a.txt", {"min_words": 4, "max_removed": 20}),
        ("b.lyrics.txt", {"min_words": 4, "max_removed": 20}),
        ("archive/old/poems/c.txt", {"min_words": 4, "max_removed": 20, "encoding": "cp1252"}),
        ("archive/new/d.txt", {}),
        ("legal/e.md", {"ignore": True}),
    ):
        assert settings.for_path(tmp_path / path).differing(settings.config) == own
    assert settings.takes(tmp_path / "poems" / "a.txt", endings=(".txt",))
    assert not settings.takes(tmp_path / "drafts" / "a.txt", endings=(".txt",))


# --- what is wrong in it --------------------------------------------------------------------------

OVERRIDE = '[[overrides]]\npaths = ["*.md"]\n'
WRONG = {
    "unknown key": ("treshold = 0.6", "treshold is no setting: did you mean 'threshold'?"),
    "unknown key, spelled otherwise": ("Min_Word = 6", "did you mean 'min-words'?"),
    "the name of an option": ('from = "plain"', "did you mean 'format'?"),
    "nothing like a key": ('output = "/x"', "output is no setting: known are threshold, "),
    "twice": ("min-words = 4\nmin_words = 4", "min-words and min_words are the same"),
    "quoted number": ('threshold = "0.6"', "threshold is '0.6': use a number"),
    "number that is none": ("threshold = nan", "threshold is nan: use a number from"),
    "part of a number": ("min-words = 2.5", "min-words is 2.5: use a whole number"),
    "boolean": ("max-removed = true", "max-removed is True: use a number"),
    "date": ("seed = 2026-11-23", "seed is datetime.date(2026, 11, 23): use"),
    "out of range": ("max-removed = 101", "max-removed is 101: use a number from 0 to 100"),
    "each right, together not": (
        "num-perm = 16\nthreshold = 0.3\nrecall = 0.9999",
        "num_perm 16 is too small for threshold 0.3 and recall 0.9999: raise num_perm",
    ),
    "no choice": ('keep = "newest"', "keep is 'newest': use one of first, last, longest"),
    "list for a word": ('keep = ["first"]', "keep is ['first']: use one of"),
    "protects nothing known": ('protect = ["number"]', "protect does not know 'number': did you"),
    "no codec": ('encoding = "utf-9"', "encoding: 'utf-9' is not a text encoding"),
    "codec of another kind": ('encoding = "cp037"', "encoding 'cp037' does not write ASCII"),
    "codec that is a number": ("encoding = 1252", "encoding is 1252: use a name"),
    "table of another file": ("[tool.dedup]", "stand at the top level"),
    "a table": ("[poems]\nkeep = 1", "poems is no setting: known are"),
    "one bracket": ('[overrides]\npaths = ["*"]', "overrides is no list of tables: write [["),
    "list of no tables": ("overrides = [1]", "overrides is no list of tables"),
    "no paths": ("[[overrides]]\nmin-words = 2", "overrides[1] has no paths"),
    "paths no list": (f'{OVERRIDE}[[overrides]]\npaths = "*"', "overrides[2].paths is '*': write"),
    "paths empty": ("[[overrides]]\npaths = []", "overrides[1].paths is []: write"),
    "path no string": ('[[overrides]]\npaths = ["a", 3]', "overrides[1].paths is ['a', 3]: write"),
    "path empty": ('[[overrides]]\npaths = [""]', "overrides[1].paths: '' selects nothing"),
    "path a comment": ('[[overrides]]\npaths = ["#a"]', "'#a' selects nothing"),
    "path no range": ('[[overrides]]\npaths = ["[z-a]"]', "'[z-a]' selects nothing"),
    "path of two lines": ('[[overrides]]\npaths = ["a\\nb"]', "selects nothing"),
    "path from here": ('[[overrides]]\npaths = ["./a"]', "'./a': patterns start at the folder"),
    "path upwards": ('[[overrides]]\npaths = ["../a"]', "'../a': patterns start at the folder"),
    "only exceptions": ('[[overrides]]\npaths = ["!a"]', "overrides[1].paths: only exceptions"),
    "include misspelled": ('includes = ["*"]', "includes is no setting: did you mean 'include'?"),
    "include no list": ('include = "*.md"', "include is '*.md': write a list of strings"),
    "include empty": ("include = []", "include is []: write a list of strings"),
    "include selects nothing": ('include = ["*.md", ""]', "include: '' selects nothing"),
    "include of exceptions": ('include = ["!a"]', "include: only exceptions"),
    "exclude of numbers": ("exclude = [1]", "exclude is [1]: write a list of strings"),
    "exclude from here": ('exclude = ["./a"]', "exclude: './a': patterns start at the folder"),
    "exclude of an override": (f'{OVERRIDE}exclude = ["a"]', "overrides[1].exclude is about fold"),
    "ignore no truth value": ('ignore = "yes"', "ignore is 'yes': use true or false"),
    "unknown key of an override": (
        f"{OVERRIDE}min-word = 2",
        "overrides[1].min-word is no setting: did you mean 'min-words'?",
    ),
    "wrong value of an override": (
        f"{OVERRIDE}{OVERRIDE}max_removed = -1",
        "overrides[2].max_removed is -1: use a number from 0 to 100",
    ),
    "no TOML": ("keep = first", ":1: is not valid TOML: invalid value"),
    "no UTF-8": (b"# a\n# caf\xe9", ":2: is not UTF-8"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize(
    "arguments", [["clean", "--in-place", "--report", "r.json"], ["check"], ["settings"]]
)
def test_what_is_wrong_is_one_line_and_nothing_is_done(tmp_path, command, case, arguments):
    text, hint = WRONG[case]
    put(tmp_path / "a.txt", f"{PARAGRAPH}\n\n{PARAGRAPH}\n")
    (tmp_path / "dedup.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = command(*arguments, "a.txt", cwd=tmp_path)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, b"", 1)
    assert done.err.startswith("dedup: dedup.toml:")
    assert hint in done.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert command(*arguments, "--no-config", "a.txt", cwd=tmp_path).status in {0, 1}


@pytest.mark.parametrize("name", [f.name for f in fields(Config) if f.name not in ABOUT_ONE_TEXT])
@pytest.mark.parametrize("spelling", ["_", "-"])
def test_an_override_sets_nothing_about_pairs(tmp_path, name, spelling):
    key = name.replace("_", spelling)
    put(tmp_path / "dedup.toml", f"{OVERRIDE}{key} = 1\n")
    with pytest.raises(UsageError, match=rf"overrides\[1\]\.{key} is about pairs .* two files"):
        load(tmp_path / "dedup.toml")


def test_a_key_in_pyproject_is_named_from_the_top(tmp_path, command):
    put(tmp_path / "pyproject.toml", "[tool.dedup]\ntreshold = 0.6\n")
    (tmp_path / "below").mkdir()
    done = command("settings", cwd=tmp_path / "below")
    assert (done.status, done.out) == (2, b"")
    assert "dedup: ../pyproject.toml: tool.dedup.treshold is no setting: did you" in done.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--config", "none.toml"], "none.toml: cannot be read: no such file"),
        (["--config", "."], ".: is a folder"),
        (["--config", ""], "empty name"),
        (["--config", "/dev/null"], "/dev/null: is not a regular file"),
        (["--config", "a.txt"], "a.txt:1: is not valid TOML"),
        (["--config", "a.txt", "--no-config"], "exclude each other"),
        (["--config", "pyproject.toml"], "pyproject.toml has no [tool.dedup]"),
        (["--config", "b/pyproject.toml"], "tool.dedup is 4: write a table"),
    ],
)
@pytest.mark.parametrize("name", ["clean", "check", "settings"])
def test_a_file_that_cannot_be_taken_is_refused(tmp_path, command, name, arguments, hint):
    put(tmp_path / "a.txt", TEXT)
    put(tmp_path / "pyproject.toml", "[tool.ruff]\n")
    put(tmp_path / "b" / "pyproject.toml", "[tool]\ndedup = 4\n")
    done = command(name, *arguments, "a.txt", cwd=tmp_path)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, b"", 1)
    assert hint in done.err


# --- overrides ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["poems/*"], "poems/a.txt poems/new/b.md"),
        (["/poems/*.txt"], "poems/a.txt"),
        (["*.md"], "c.md poems/new/b.md old/poems/d.md"),
        (["/*.md"], "c.md"),
        (["poems/"], "poems/a.txt poems/new/b.md old/poems/d.md"),
        (["**/poems/*.md"], "old/poems/d.md"),
        (["poems/**/b.md"], "poems/new/b.md"),
        (["*", "!*.md"], "poems/a.txt"),
        (["*.txt", "*.md", "!poems/"], "c.md"),
        (["!poems/", "*.md"], "c.md poems/new/b.md old/poems/d.md"),
        (["/poems/*", "!new/"], "poems/a.txt"),
        (["[ab].*"], "poems/a.txt poems/new/b.md"),
        (["nothing"], ""),
    ],
    ids=str,
)
def test_patterns_mean_what_they_mean_in_a_gitignore(tmp_path, monkeypatch, patterns, chosen):
    put(tmp_path / "s" / "dedup.toml", f"[[overrides]]\npaths = {written(patterns)}\nmin-words = 1")
    settings = load(tmp_path / "s" / "dedup.toml")
    texts = "poems/a.txt poems/new/b.md c.md old/poems/d.md".split()
    for folder, up in (("s", ""), ("s/poems/new", "../../"), (".", "s/")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        for path in (lambda text, up=up: up + text, lambda text: tmp_path / "s" / text):
            found = [text for text in texts if settings.for_path(path(text)).min_words == 1]
            assert found == [text for text in texts if text in chosen.split()]
    assert settings.for_path(tmp_path / "c.md").min_words == 8


def test_a_file_is_found_by_the_name_given_and_behind_links(tmp_path, monkeypatch):
    put(tmp_path / "real" / "dedup.toml", '[[overrides]]\npaths = ["in/*"]\nmin-words = 1\n')
    (tmp_path / "real" / "away").mkdir()
    (tmp_path / "real" / "in").symlink_to("away")
    (tmp_path / "link").symlink_to("real")
    settings = load(tmp_path / "real" / "dedup.toml")
    assert settings.for_path(tmp_path / "real" / "in" / "a.txt").min_words == 1
    assert settings.for_path(tmp_path / "real" / "away" / "a.txt").min_words == 8
    settings = load(tmp_path / "link" / "dedup.toml")
    (tmp_path / "real" / "in").unlink()
    (tmp_path / "real" / "in").mkdir()
    monkeypatch.chdir(tmp_path / "link")
    assert settings.for_path(os.path.join("in", "a.txt")).min_words == 1  # noqa: PTH118


def test_the_later_override_wins_key_by_key(tmp_path):
    put(
        tmp_path / "dedup.toml",
        'min-words = 9\nencoding = "cp1252"\n'
        '[[overrides]]\npaths = ["*.md"]\nmin-words = 1\nmax-removed = 5\n'
        '[[overrides]]\npaths = ["a.*"]\nmin_words = 2\n',
    )
    settings = load(tmp_path / "dedup.toml")
    both = Config(min_words=2, max_removed=5, encoding="cp1252")
    assert settings.for_path(tmp_path / "a.md") == both
    assert settings.config == Config(min_words=9, encoding="cp1252")


@pytest.mark.parametrize("name", ABOUT_ONE_TEXT)
@pytest.mark.parametrize("arguments", [["check", "--format", "json"], ["clean", "--report", "-"]])
@pytest.mark.parametrize("scope", ["each", "across"])
def test_an_override_changes_what_is_decided_of_its_texts_alone(
    tmp_path, command, name, arguments, scope
):
    (text,), settings = SETTINGS[name]
    data = text if isinstance(text, bytes) else text.encode()
    for path in ("a/t.txt", "b/t.txt"):
        put(tmp_path / path).write_bytes(data if path[0] == "b" or scope == "each" else b"x\n")
    if scope == "each":
        arguments = [*arguments, *(["--scope", "document"] if arguments[0] == "check" else [])]
    elif arguments[0] == "clean":
        arguments = [*arguments, "--across"]

    def documents():
        return json.loads(command(*arguments, "a", "b", cwd=tmp_path).out)["documents"]

    before = documents()
    put(tmp_path / "dedup.toml", f'[[overrides]]\npaths = ["b/*"]\n{toml(settings)}')
    after = documents()
    assert after[0] == before[0]
    assert after[1]["decisions"] != before[1]["decisions"]
    assert after[1]["config"] == settings


def test_explain_goes_by_the_overrides_too(tmp_path, command):
    put(tmp_path / "a.txt", TEXT)
    put(tmp_path / "dedup.toml", '[[overrides]]\npaths = ["*"]\nmin-words = 1\n')
    assert b": cut, exact:" in command("explain", "a.txt:7", cwd=tmp_path).out
    put(tmp_path / "dedup.toml", 'min-words = 1\n[[overrides]]\npaths = ["*"]\nmin-words = 20\n')
    explained = command("explain", "a.txt:7", cwd=tmp_path).out
    assert b": kept, short:" in explained
    assert b"--min-words 6" in explained


def test_standard_input_has_no_path(tmp_path, command):
    put(tmp_path / "dedup.toml", '[[overrides]]\npaths = ["*"]\nmin-words = 1\n')
    assert command("clean", "-", cwd=tmp_path, stdin=TEXT.encode()).out == TEXT.encode()
    put(tmp_path / "dedup.toml", "min-words = 1\n")
    assert command("clean", "-", cwd=tmp_path, stdin=TEXT.encode()).out != TEXT.encode()


def test_a_text_of_another_encoding_is_cleaned_and_restored(tmp_path, command):
    put(tmp_path / "dedup.toml", '[[overrides]]\npaths = ["old/"]\nencoding = "cp1252"\n')
    old = f"{PARAGRAPH}, señor\n\nx\n\n{PARAGRAPH}, señor\n".encode("cp1252")
    put(tmp_path / "old" / "a.txt").write_bytes(old)
    put(tmp_path / "b.txt", f"{SHORT}\n")
    assert command("clean", "--in-place", ".", cwd=tmp_path).err.count("warning") == 0
    assert len((tmp_path / "old" / "a.txt").read_bytes()) < len(old)
    assert command("restore", "old/a.txt", cwd=tmp_path).out == old


# --- which files of a folder are texts ------------------------------------------------------------

FILES = "a.txt b.md c.rst d.html drafts/e.txt drafts/f.md new/drafts/g.md .h.md .i/j.md k.TXT"


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ("", "a.txt b.md drafts/e.txt drafts/f.md new/drafts/g.md"),
        ('include = ["*.rst", "*.html"]', "c.rst d.html"),
        (
            'include = ["*"]',
            "a.txt b.md c.rst d.html drafts/e.txt drafts/f.md k.TXT new/drafts/g.md",
        ),
        ('include = ["*.md", "!drafts/"]', "b.md"),
        ('include = ["/drafts/*.md", "/*.txt"]', "a.txt drafts/f.md"),
        ('exclude = ["drafts/"]', "a.txt b.md"),
        ('exclude = ["/drafts/"]', "a.txt b.md new/drafts/g.md"),
        ('exclude = ["*.md", "!/drafts/f.md"]', "a.txt drafts/e.txt drafts/f.md"),
        ('include = ["*.rst", "*.md"]\nexclude = ["drafts"]', "b.md c.rst"),
    ],
)
def test_include_and_exclude_say_what_a_folder_means(tmp_path, command, rules, taken):
    for name in FILES.split():
        put(tmp_path / "s" / name, f"{name}\n")
    put(tmp_path / "s" / "a.txt.01234567.dedup.json", "{}")
    put(tmp_path / "s" / "dedup.toml", f"{rules}\n")
    for here, arguments, up in (("s", ["."], ""), (".", ["--config", "s/dedup.toml", "s"], "s/")):
        done = command("check", "--format", "json", *arguments, cwd=tmp_path / here)
        found = [document["path"] for document in json.loads(done.out)["documents"]]
        wanted = [up + name for name in taken.split()]
        # What a settings file is itself is a text as well, where everything is.
        assert [name for name in found if not name.endswith(".toml")] == wanted


def test_what_is_named_is_taken_whatever_the_settings_say(tmp_path, command):
    for name in FILES.split():
        put(tmp_path / name, f"{name}\n")
    put(tmp_path / "dedup.toml", 'include = ["*.rst"]\nexclude = ["drafts/", "*.rst"]\n')
    for named, taken in (
        (["d.html", "drafts/e.txt"], ["d.html", "drafts/e.txt"]),
        (["*.rst", "drafts/*.md"], ["c.rst", "drafts/f.md"]),
        (["drafts", "a.txt"], ["a.txt"]),
    ):
        done = command("check", "--format", "json", *named, cwd=tmp_path)
        assert [document["path"] for document in json.loads(done.out)["documents"]] == taken
    assert "include and exclude in dedup.toml" in done.err


def test_what_is_excluded_is_left_out_by_force_however_it_is_named(tmp_path, command):
    text = f"{PARAGRAPH}\n\n{PARAGRAPH}\n"
    for name in ("a.txt", "drafts/e.txt"):
        put(tmp_path / name, text)
    put(tmp_path / "dedup.toml", 'include = ["*.rst"]\nexclude = ["drafts/"]\n')
    clean = "clean", "--in-place", "--no-undo", "--force-exclude"
    done = command(*clean, "drafts/e.txt", cwd=tmp_path)
    assert (done.status, done.err) == (
        0,
        "dedup: no text left: exclude in dedup.toml names what was named here\n",
    )
    assert command(*clean, "a.txt", "drafts/e.txt", cwd=tmp_path).status == 0
    assert (tmp_path / "a.txt").read_text() == f"{PARAGRAPH}\n"
    assert (tmp_path / "drafts/e.txt").read_text() == text


@pytest.mark.parametrize("report", [[], ["cuts.json"]])
def test_a_folder_is_restored_whatever_it_means(tmp_path, command, report):
    text = f"{PARAGRAPH}\n\n{PARAGRAPH}\n"
    names = ["a.rst", "below/b.html", "c.md"]
    for name in names:
        put(tmp_path / "s" / name, text)
    put(tmp_path / "s" / "binary", "\0")
    put(tmp_path / "dedup.toml", 'include = ["*.rst", "*.html", "*.md"]\n')
    options = ["--report", *report] if report else []
    assert command("clean", "--in-place", *options, "s", cwd=tmp_path).status == 0
    assert [(tmp_path / "s" / name).read_text() for name in names] == [f"{PARAGRAPH}\n"] * 3
    done = command("restore", "s", *report, "-o", "s", cwd=tmp_path)
    assert (done.status, done.err) == (0, "dedup: 3 files restored\n")
    assert [(tmp_path / "s" / name).read_text() for name in names] == [text] * 3


def test_a_folder_elsewhere_goes_by_endings(tmp_path, command):
    put(tmp_path / "s" / "dedup.toml", 'include = ["*.rst"]\nexclude = ["*.md"]\n')
    put(tmp_path / "t" / "a.rst", "a\n")
    put(tmp_path / "t" / "b.md", "b\n")
    done = command("check", "--format", "json", "../t", cwd=tmp_path / "s")
    assert [d["path"] for d in json.loads(done.out)["documents"]] == ["../t/b.md"]


def test_settings_prints_what_a_folder_means(tmp_path, command):
    assert b'# include = ["*.txt", "*.md"]' in command("settings", cwd=tmp_path).out
    rules = 'include = ["*.rst", "!drafts/"]\nexclude = ["/old/"]\n'
    put(tmp_path / "dedup.toml", rules)
    out = command("settings", cwd=tmp_path).out.decode()
    found = tomllib.loads(out)
    assert (found["include"], found["exclude"]) == (["*.rst", "!drafts/"], ["/old/"])
    assert next(line for line in out.splitlines() if "include" in line).endswith("# dedup.toml")
    put(tmp_path / "dedup.toml", out)
    assert load(tmp_path / "dedup.toml").include == load(put(tmp_path / "x.toml", rules)).include


# --- dedup settings -------------------------------------------------------------------------------

FULL = """\
threshold = 0.6
protect = "numbers, dates"
shingle = "word"
encoding = "latin-1"
[[overrides]]
paths = ["*.md", 'odd "\\ name']
min-words = 3
[[overrides]]
paths = ["a.*"]
min-words = 2
max-removed = 5
"""


@pytest.mark.parametrize("text", ["", FULL])
@pytest.mark.parametrize("path", [None, "a.md", "b.md", "c.txt", "-"])
@pytest.mark.parametrize("options", [[], ["--min-words", "4", "--keep", "last"]])
def test_what_settings_prints_can_be_pasted(tmp_path, command, text, path, options):
    for name in ("a.md", "b.md", "c.txt"):
        put(tmp_path / name)
    put(tmp_path / "dedup.toml", text)
    given = {"min_words": 4, "keep": "last"} if options else {}
    before = load(tmp_path / "dedup.toml").under(given)
    done = command("settings", *options, *([] if path is None else [path]), cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    put(tmp_path / "dedup.toml", done.out.decode())
    after = load(tmp_path / "dedup.toml")
    if path in {None, "-"}:
        assert after.config == before.config
    for name in ("a.md", "b.md", "c.txt") if path is None else {path} - {"-"}:
        assert after.for_path(tmp_path / name) == before.for_path(tmp_path / name)


def test_settings_says_where_each_comes_from(tmp_path, command):
    put(tmp_path / "a.md")
    put(tmp_path / "dedup.toml", FULL)
    (tmp_path / "below").mkdir()
    out = command("settings", "--keep", "last", "../a.md", cwd=tmp_path / "below").out.decode()
    found = dict(line.split("  # ") for line in out.splitlines() if not line.startswith("#"))
    origins = {line.split(" = ")[0]: origin for line, origin in found.items()}
    assert origins["threshold"] == "../dedup.toml"
    assert origins["min-words"] == "overrides[2] in ../dedup.toml"
    assert origins["keep"] == "command line"
    assert origins["recall"] == "default"
    assert all(line.partition("  # ")[2] for line in out.splitlines())
    assert set(tomllib.loads(out)) == {f.name.replace("_", "-") for f in fields(Config)} - {
        "shingle-size"
    }


def test_settings_of_what_is_no_text_are_refused(tmp_path, command):
    for path, hint in (("none.txt", "no such file"), (".", "is a folder")):
        done = command("settings", path, cwd=tmp_path)
        assert (done.status, done.out) == (2, b"")
        assert hint in done.err


def test_a_folder_that_is_gone_has_no_settings(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert settings_of({"config_file": None, "no_config": False}).config == Config()
