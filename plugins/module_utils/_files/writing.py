# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way in which this collection writes a file: whole or not at all, and never through a name that somebody could
foresee.

In a folder that others may write to, a link under a foreseeable name would lead the writing to a file of the user's
own.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t

# Nobody but the user reads what is written, unless they say otherwise.
PRIVATE = 0o600


def write_whole(path: str, parts: t.Iterable[bytes], *, mode: int = PRIVATE, lasting: bool = True) -> None:
    """Put a new file in the place of C(path), whose folder exists. Raises OSError, and then what was there is still
    there.

    Whoever reads meanwhile finds the old content or the new one. A link at C(path) is replaced, not followed. C(mode)
    holds whatever mode the file had before. With C(lasting) the content has reached the disk, so that it survives a
    loss of power.
    """
    # mkstemp takes a name at random, opens only what isn't there yet, and lets nobody else read it. Hidden, no glob
    # finds it.
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".")
    try:
        with os.fdopen(handle, "wb") as stream:
            for part in parts:
                stream.write(part)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), mode)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
