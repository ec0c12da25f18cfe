"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit in real repositories.

Their environment is built once, by pip, from a repository that holds what stands here.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import strategies
import yaml

ROOT = Path(__file__).parent.parent
IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
BASELINE = ".dedup-baseline.json"

FERRY = "The ferry to the island leaves twice a day from the harbour behind the old church."
NEAR = "The ferry to the island leaves twice a day from the harbour behind the old brown church."
INN = "Two lanterns hang over the door of the inn, and one of them is always lit in winter."
COOPER = "The cooper rolls his barrels down to the quay before the tide has turned again."
QUAY = "Nets are mended on the quay while the cats of the harbour master watch from the wall."
MILL = "A mill on the hill grinds whatever grain the farmers of three valleys bring to it."


@dataclass(frozen=True)
class Repository:
    """A git repository, and the environment in which its commands run."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command, check=True):
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done

    def git(self, *arguments, check=True):
        return self.run("git", *arguments, check=check)

    def pre_commit(self, *arguments):
        return self.run(sys.executable, "-m", "pre_commit", *arguments, check=False)

    def dedup(self, *arguments):
        return self.run(sys.executable, "-P", "-m", "dedup", *arguments, check=False)

    def write(self, name, *paragraphs):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def commit(self, *arguments):
        """Commit all that is there, with the hooks."""
        self.git("add", "-A")
        return self.git("commit", "-m", "Change", *arguments, check=False)


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    home = tmp_path_factory.mktemp("hooks")
    yield {**clean, **IDENTITY, "PRE_COMMIT_HOME": str(home)}
    shutil.rmtree(home)  # an environment is a quarter of a gigabyte


@pytest.fixture(scope="session")
def project(environment, tmp_path_factory):
    """Give a repository that holds this project as it stands here, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no clone: what belongs to the project is not known")
    found = Repository(tmp_path_factory.mktemp("project"), environment)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (found.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, found.folder / name)
    found.git("init", "-q", "-b", "main")
    found.git("add", "-A")
    found.git("commit", "-q", "-m", "All")
    return found


@pytest.fixture(scope="session")
def revision(project):
    return project.git("rev-parse", "HEAD").stdout.strip()


@pytest.fixture
def make(environment, project, revision, tmp_path):
    """Give what makes a repository with some of the hooks and a first commit."""

    def made(*hooks, texts=(("a.md", FERRY, INN), ("b.md", COOPER, QUAY))):
        found = Repository(tmp_path, environment)
        config = {"repo": str(project.folder), "rev": revision, "hooks": [{"id": h} for h in hooks]}
        found.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [config]}))
        for name, *paragraphs in texts:
            found.write(name, *paragraphs)
        found.git("init", "-q", "-b", "main")
        found.pre_commit("install")
        done = found.commit("--no-verify")
        assert done.returncode == 0, done.stdout
        return found

    return made


def test_the_manifest_is_valid_and_says_what_the_tests_rest_on(environment):
    here = Repository(ROOT, environment)
    done = here.pre_commit("validate-manifest", ".pre-commit-hooks.yaml")
    assert (done.returncode, done.stdout) == (0, "")
    hooks = {hook["id"]: hook for hook in yaml.safe_load(here.read(".pre-commit-hooks.yaml"))}
    assert set(hooks) == {"dedup-check", "dedup-clean", "dedup-baseline"}
    assert all(hook["require_serial"] and hook["language"] == "python" for hook in hooks.values())
    assert not hooks["dedup-check"]["pass_filenames"]
    texts = ["a.txt", "deep/b.md", "c.markdown"]
    settings = ["dedup.toml", "pyproject.toml", BASELINE]
    for name in [*texts, "d.rst", *settings, f"deep/{settings[0]}"]:
        assert re.search(hooks["dedup-check"]["files"], name), name
        assert bool(re.search(hooks["dedup-clean"]["files"], name)) == (name in texts), name
    for name in ["a.py", "mdx", "txt", "undedup.toml", "a.md.orig"]:
        assert not re.search(hooks["dedup-check"]["files"], name), name


def test_a_near_copy_of_an_untouched_text_is_stopped_until_it_is_accepted(make):
    repository = make("dedup-check")
    repository.write("c.md", MILL, NEAR, "A word more.")
    stopped = repository.commit()
    assert stopped.returncode == 1
    assert "c.md:3: near repeats a.md:1 (Jaccard 0.86)" in stopped.stdout
    last = stopped.stdout.strip().splitlines()[-1]
    assert last.endswith("'dedup check --update-baseline' accepts it")
    assert repository.git("log", "--oneline").stdout.count("\n") == 1

    assert repository.dedup("check", "--update-baseline", ".").returncode == 0
    assert repository.commit().returncode == 0

    # What is accepted moves: to another place, to another file, and is wrapped.
    repository.write("c.md", MILL, "A word more.")
    repository.write(
        "0.md", INN.replace("winter", "summer or so"), NEAR.replace(" behind", "\nbehind")
    )
    repository.write(
        "0.md", COOPER.replace("barrels", "bundles"), NEAR.replace(" behind", "\nbehind")
    )
    moved = repository.commit()
    assert moved.returncode == 1, "another repeat is none that was accepted"
    repository.write("0.md", "Nobody was at home.", NEAR.replace(" behind", "\nbehind"))
    moved = repository.commit()
    assert moved.returncode == 0, moved.stdout

    # A third copy is a new repeat.
    repository.write("d.md", FERRY, MILL.replace("three", "all"), QUAY.replace("cats", "cats"))
    assert repository.commit().returncode == 1
    repository.git("rm", "-qf", "d.md")

    # Edited until it is no repeat: the entry is stale, and dropped on request.
    repository.write("0.md", "Nobody was at home, and the ferry had left for the other shore.")
    done = repository.commit("--quiet")
    assert done.returncode == 0
    assert f"1 entry of {BASELINE} is stale" in repository.dedup("check", ".").stdout
    assert "0 added, 1 dropped" in repository.dedup("check", "--update-baseline", ".").stdout
    assert repository.commit().returncode == 0


def test_cleaning_fixes_a_staged_file_and_says_so(make):
    repository = make("dedup-clean")
    repository.write("c.md", MILL, QUAY, MILL)
    repository.write("-d.md", INN, COOPER, INN)
    repository.write("e.rst", INN, COOPER, INN)
    repository.write("drafts/f.md", INN, COOPER, INN)
    (repository.folder / "dedup.toml").write_text('exclude = ["drafts/"]\n')
    stopped = repository.commit()
    assert stopped.returncode == 1
    assert "files were modified by this hook" in stopped.stdout
    assert "c.md: 1 of 3 paragraphs cut" in stopped.stdout
    assert repository.read("c.md") == f"{MILL}\n\n{QUAY}\n"
    assert repository.read("-d.md") == f"{INN}\n\n{COOPER}\n"
    assert repository.read("e.rst").count(INN) == 2
    assert repository.read("drafts/f.md").count(INN) == 2
    assert repository.git("show", ":c.md").stdout.count(MILL) == 2, "what is staged is the user's"
    assert list(repository.folder.glob("*.dedup.json")) == []
    assert repository.commit().returncode == 0
    assert repository.git("show", "HEAD:c.md").stdout == f"{MILL}\n\n{QUAY}\n"


@pytest.mark.parametrize("hook", ["dedup-check", "dedup-clean"])
def test_a_partly_staged_file_keeps_its_unstaged_part(make, hook):
    repository = make(hook)
    repository.write("b.md", COOPER, QUAY, MILL)
    repository.git("add", "b.md")
    repository.write("b.md", COOPER, QUAY, MILL, FERRY, "Not yet.", FERRY)
    done = repository.git("commit", "-m", "Part", check=False)
    assert done.returncode == 0, done.stdout
    assert "Unstaged files detected" in done.stdout
    assert "Restored changes" in done.stdout
    assert repository.git("show", "HEAD:b.md").stdout == f"{COOPER}\n\n{QUAY}\n\n{MILL}\n"
    assert repository.read("b.md").count(FERRY) == 2


def test_a_fix_that_meets_the_unstaged_part_is_rolled_back_and_nothing_is_lost(make):
    repository = make("dedup-clean")
    repository.write("b.md", COOPER, QUAY, COOPER)
    repository.git("add", "b.md")
    repository.write("b.md", COOPER, QUAY, COOPER, MILL)
    done = repository.git("commit", "-m", "Part", check=False)
    assert done.returncode == 1
    assert "Stashed changes conflicted with hook auto-fixes" in done.stdout
    assert repository.read("b.md") == f"{COOPER}\n\n{QUAY}\n\n{COOPER}\n\n{MILL}\n"
    assert repository.git("show", ":b.md").stdout.count(COOPER) == 2


def findings(output):
    return re.findall(r"^\S+:\d+: \w+ repeats .*$", output, re.MULTILINE)


def test_the_verdict_is_that_of_the_command_line(make):
    rnd = random.Random(7)
    texts = [(f"{number % 5}/{number}.md", *strategies.paragraphs(rnd, 12)) for number in range(30)]
    repository = make("dedup-check", texts=texts)
    every = sorted(name for name, *_ in texts)
    said = repository.dedup("check", *every)
    assert said.returncode == 1
    assert len(findings(said.stdout)) > 20
    repository.write("3/3.md", *texts[3][1:], "One more.")
    repository.git("add", "-A")
    changed = repository.pre_commit("run")
    named = repository.pre_commit("run", "--files", *rnd.sample(every, 3))
    complete = repository.pre_commit("run", "--all-files")
    wanted = findings(repository.dedup("check", *every).stdout)
    for done in (changed, named, complete):
        assert done.returncode == 1
        assert findings(done.stdout) == wanted


def test_two_branches_each_have_their_verdict_and_the_merge_its_own(make):
    repository = make("dedup-check")
    repository.git("switch", "-qc", "other")
    repository.write("c.md", MILL, "On the other branch.")
    assert repository.commit().returncode == 0
    repository.git("switch", "-q", "main")
    repository.write("d.md", "On the main branch.", MILL)
    assert repository.commit().returncode == 0, "the copy is on the other branch only"
    # git asks no hook for a merge without conflicts, so the next commit, or CI, has to see it.
    repository.git("merge", "-q", "-m", "Merge", "other")
    assert repository.pre_commit("run", "--all-files").returncode == 1
    assert repository.dedup("check", "--update-baseline", ".").returncode == 0
    assert repository.commit().returncode == 0
    repository.git("switch", "-q", "other")
    assert repository.pre_commit("run", "--all-files").returncode == 0


@pytest.mark.parametrize("union", [True, False], ids=["union", "by hand"])
def test_baselines_of_two_branches_merge(make, union):
    repository = make("dedup-check", texts=[("a.md", FERRY, INN, COOPER, QUAY, MILL)])
    if union:
        repository.write(".gitattributes", f"{BASELINE} merge=union")
        assert repository.commit().returncode == 0
    # None is there yet: what both branches add, they add in the same place.
    for branch, text in (("one", QUAY), ("two", MILL)):
        repository.git("switch", "-qc", branch, "main")
        repository.write(f"{branch}.md", text, f"This is {branch}.")
        assert repository.commit().returncode == 1
        assert repository.dedup("check", "--update-baseline", ".").returncode == 0
        assert repository.commit().returncode == 0
    merged = repository.git("merge", "-m", "Merge", "one", check=False)
    assert (merged.returncode == 0) == union
    if not union:
        stopped = repository.dedup("check", ".")
        assert stopped.returncode == 2
        assert f"{BASELINE}:4: holds the marks of a merge conflict" in stopped.stdout
        lines = repository.read(BASELINE).splitlines()
        repository.write(
            BASELINE, "\n".join(x for x in lines if x[:7] not in {"<" * 7, "=" * 7, ">" * 7})
        )
        assert repository.commit().returncode == 0
    done = repository.pre_commit("run", "--all-files")
    assert done.returncode == 0, done.stdout
    done = repository.dedup("check", ".")
    assert "(2 accepted)" in done.stdout
    assert "stale" not in done.stdout


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.slow)])
def test_many_files_are_compared_in_one_run(make, count):
    """What pre-commit splits over processes, or shuffles, is compared with a part only."""
    texts = [
        (f"{'long' * 40}/{number % 40}/{number:04}.md", f"Text {number}.")
        for number in range(count)
    ]
    rnd = random.Random(11)
    texts = [
        (name, " ".join([*strategies.sentence(rnd, 14, protected=False), "in", first]))
        for name, first in texts
    ]
    (first, text), (last, _) = texts[0], texts[-1]
    texts[-1] = (last, text, "The last one.")
    repository = make("dedup-check", "dedup-clean", texts=texts)
    done = repository.pre_commit("run", "--all-files", "--verbose")
    assert f"{last}:1: exact repeats {first}:1" in done.stdout
    assert len(findings(done.stdout)) == 1
    assert done.stdout.count("dedup: 1 repeat in ") == 1
    assert repository.git("status", "--porcelain").stdout == ""


# --- README ---------------------------------------------------------------------------------------

OURS = "https://github.com/OWNER/dedup"


def blocks():
    """Give what README shows for a repository, by kind, in its order."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## In a repository\n")[1].split("\n## ")[0]
    found = {}
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE):
        found.setdefault(kind, []).append(text)
    return found


def test_what_readme_shows_works(make, project, revision):
    shown = blocks()
    (config, workflow), (settings,), (_, commands) = shown["yaml"], shown["toml"], shown["sh"]
    assert OURS in config
    repository = make("dedup-check", texts=[("a.md", FERRY, INN), ("b.md", COOPER, FERRY, QUAY)])
    (repository.folder / ".pre-commit-config.yaml").write_text(
        config.replace(OURS, str(project.folder)).replace("rev: v0.1.0", f"rev: {revision}")
    )
    (repository.folder / "pyproject.toml").write_text(settings)
    assert repository.commit().returncode == 1

    # What a step of the workflow runs fails as the hook does, and passes as the hook does.
    steps = yaml.safe_load(workflow)["jobs"]["repeats"]["steps"]
    install, check = (step["run"] for step in steps if "run" in step)
    assert install == f"pip install git+{OURS}@v0.1.0"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = Repository(repository.folder, {**repository.environment, "PATH": path})
    annotated = shell.run("sh", "-c", check, check=False).stdout
    assert (
        "::error file=b.md,line=3,endLine=3,title=dedup%3A exact::exact repeats a.md:1" in annotated
    )
    first, by_hook, *rest = commands.splitlines()
    assert "1 added, 0 dropped" in shell.run("sh", "-c", first).stdout
    written = repository.read(BASELINE)
    (repository.folder / BASELINE).unlink()
    # A hook that writes a file which git does not know is no hook that fails.
    assert "1 added, 0 dropped" in shell.run("sh", "-c", by_hook).stdout
    assert repository.read(BASELINE) == written
    shell.run("sh", "-ec", "\n".join(rest))
    done = repository.commit()
    assert done.returncode == 0, done.stdout
    assert "(1 accepted)" in shell.run("sh", "-c", check).stdout
    assert repository.git("check-attr", "merge", BASELINE).stdout.endswith("merge: union\n")
    assert "dedup baseline" not in done.stdout


@pytest.mark.slow
def test_try_repo(make, project):
    repository = make("dedup-check")
    repository.write("c.md", FERRY, MILL)
    repository.git("add", "-A")
    done = repository.pre_commit("try-repo", str(project.folder), "dedup-check", "--all-files")
    assert done.returncode == 1
    assert "c.md:1: exact repeats a.md:1" in done.stdout
