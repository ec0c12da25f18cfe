"""Owner, mode and extended attributes of files."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from dedup.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def copy_metadata(real: Path, descriptor: int, name: str) -> None:
    """Give the new file owner, mode and extended attributes (access lists among them) of the old.

    Refuses where that is not allowed: a file that silently changed hands would be no safe result.
    """
    old = real.stat()
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError:
            raise InputError(
                f"{name}: belongs to another user or group, and a new file would not: left as it is"
            ) from None
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))  # after chown, which takes setuid away
    if not hasattr(os, "listxattr"):
        return
    try:
        attributes = os.listxattr(real)
    except OSError as error:
        if error.errno in {errno.ENOTSUP, errno.ENOSYS}:
            return
        raise
    for attribute in attributes:
        value = os.getxattr(real, attribute)
        with contextlib.suppress(OSError):
            if os.getxattr(descriptor, attribute) == value:
                continue  # set by the system, as security labels are
        os.setxattr(descriptor, attribute, value)


def default_mode() -> int:
    """Give the mode that the umask leaves a new file."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask
