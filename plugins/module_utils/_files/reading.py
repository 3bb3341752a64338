# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading files on this machine, none of which goes on for ever."""

from __future__ import annotations

import errno
import os
import stat

# Keys and certificates have some kilobytes.
MAX_FILE_BYTES = 10 * 1024 * 1024
# Ten thousands of definitions.
MAX_DEFINITIONS_BYTES = 32 * 1024 * 1024


def read_bounded(path: str, most: int = MAX_FILE_BYTES) -> bytes:
    """The content of a file. Raises OSError, also for what is none (a pipe, a device) and for one of more than C(most)
    bytes.
    """
    handle = os.open(os.path.expanduser(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        _check(os.fstat(handle), most)
        # A file may grow while it is read, and those of the kernel have no size.
        content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(most)
    return content


def check_file(path: str, most: int) -> None:
    """Raises OSError for what C(read_bounded) wouldn't read, without opening it; says nothing of what isn't there."""
    try:
        found = os.stat(path)
    except OSError:
        return
    _check(found, most)


def _check(found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no file, but a pipe, a device or a socket")
    if found.st_size > most:
        raise _too_large(most)


def _too_large(most: int) -> OSError:
    return OSError(errno.EFBIG, f"it has more than the {most >> 20} MiB that it may have")
