"""Small repositories for the tests: texts in a work tree, and what git does with them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PEOPLE = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "a", "EMAIL": "a@b.c", "DATE": "2020-01-01T00:00:00Z"}.items()
}


def git(folder, *arguments, check=True, **more):
    """Run git in a folder, as nobody in particular."""
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env={**os.environ, **PEOPLE, **nowhere},
        capture_output=True,
        check=check,
        **more,
    )


def repository(folder, texts=None):
    """Make a repository of texts, by path: str or bytes; all of them are staged."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    write(folder, texts or {})
    git(folder, "add", "-A")
    return folder


def write(folder, texts):
    """Write texts, by path."""
    for name, text in texts.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
