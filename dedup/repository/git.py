"""Which work tree a folder is in, and which texts git tracks there: asked of git itself."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# The path of an entry, "mode hash stage\tpath", that is neither a link nor a submodule.
_REGULAR = re.compile(rb"(?:^|\0)100(?:644|755) [^\t]*\t([^\0]*)")
_OF_PATHSPECS = tuple(f"GIT_{kind}_PATHSPECS" for kind in ("LITERAL", "GLOB", "NOGLOB", "ICASE"))


class WorkTree(NamedTuple):
    """Name a work tree: its folder `top`, its own folder `git` inside git's.

    `here`: the folder that paths are told from, below `top`, with ``/``; empty at the top.
    """

    top: str
    git: Path
    here: str = ""

    def told(self, path: str) -> str:
        """Give a path below `top` as one sees it from `here`."""
        if not self.here:
            return path
        ours, its = self.here.split("/"), path.split("/")
        same = 0
        while same < min(len(ours), len(its) - 1) and ours[same] == its[same]:
            same += 1
        return "/".join([*[".."] * (len(ours) - same), *its[same:]])


def work_tree(folder: str) -> WorkTree | None:
    """Find the work tree that `folder` is in; None where it is in none, and no git is at hand.

    Raises:
        UsageError: the repository has no work tree here, or git does not want to.
    """
    asked = ("rev-parse", "--is-inside-work-tree", "--show-cdup", "--absolute-git-dir")
    try:
        done = _git(folder, *asked)
    except FileNotFoundError:
        if _looks_tracked(folder):
            raise UsageError(
                "git is not installed: install it, or name the texts, as in 'dedup check docs/'"
            ) from None
        return None
    except OSError:
        return None  # as where the folder was deleted
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().split("\n")[0].removeprefix("fatal: ")
        if "not a git repository" in said:
            return None
        if "work tree" in said:
            said = "this repository has no work tree here"
        raise UsageError(f"git: {said}: name the texts, as in 'dedup check docs/'")
    inside, up, git = os.fsdecode(done.stdout).split("\n", 2)
    if inside != "true":
        raise UsageError(
            "git: this repository has no work tree here: name the texts, as in 'dedup check docs/'"
        )
    folder = os.path.realpath(folder)
    top = os.path.realpath(Path(folder, up))
    here = os.path.relpath(folder, top)
    return WorkTree(top, Path(git.removesuffix("\n")), "" if here == "." else here)


def tracked(tree: WorkTree, patterns: Sequence[str] = ()) -> list[str]:
    """Give the tracked files, below the top, by their bytes.

    `patterns`: pathspecs; where there are any, a file has to fit one of them. Links and submodules
    are none. A file that is unmerged is one all the same.

    Raises:
        UsageError: git refuses, as where a pattern is wrong.
    """
    # What the environment names may be seen from another folder than the top.
    place = f"--git-dir={tree.git}", f"--work-tree={tree.top}"
    done = _git(tree.top, *place, "ls-files", "--stage", "-z", "--", *patterns)
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().split("\n")[0].removeprefix("fatal: ")
        raise UsageError(f"git: {said}")
    names = sorted(dict.fromkeys(_REGULAR.findall(done.stdout)))  # nearly in order as they come
    return os.fsdecode(b"\0".join(names)).split("\0") if names else []


def _git(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in _OF_PATHSPECS}
    return subprocess.run(  # noqa: S603 - no shell, and the arguments are ours
        # A monitor is a command that the repository names: it is not run.
        ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - the user's git
        cwd=folder,
        env={**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _looks_tracked(folder: str) -> bool:
    place = Path(folder).absolute()
    return any((up / ".git").exists() for up in (place, *place.parents))
