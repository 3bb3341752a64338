# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking turns: no more than so many of a run's workers do something at the same time.

What C(throttle) of a task does. As an expression Ansible compiles that keyword twice for each host, also where nothing
is held back: for a tenant that is as declared this would take as long as comparing it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
import typing as t

from ansible.errors import AnsibleError

_PAUSE = 0.1


@contextlib.contextmanager
def taking_turns(folder: str, what: str, most: int) -> t.Iterator[None]:
    """Wait until fewer than C(most) hold a place for C(what), and hold one.

    All that share the C(folder) take turns: Ansible has one for each run, which its workers inherit. The system frees
    the place of a worker that was killed. Raises AnsibleError where that folder doesn't take locked files, and where
    the run ends meanwhile.
    """
    place = _free_place(folder, what, most)
    if place is None:
        with _untimed():
            place = _next_place(folder, what, most)
    try:
        yield
    finally:
        os.close(place)


def _next_place(folder: str, what: str, most: int) -> int:
    """The first place that becomes free. Raises AnsibleError."""
    run = os.getppid()
    while True:
        time.sleep(_PAUSE)
        # A worker outlives a run that is killed, and nobody would see what it does then.
        if os.getppid() != run:
            raise AnsibleError("Nothing was done: the run ended before it was this host's turn.")
        place = _free_place(folder, what, most)
        if place is not None:
            return place


@contextlib.contextmanager
def _untimed() -> t.Iterator[None]:
    """Without the time of the task running, which Ansible measures by an alarm: how long others take, the task's
    timeout isn't meant for. Where C(throttle) holds a task back, its time doesn't run either.
    """
    left = signal.alarm(0)
    try:
        yield
    finally:
        signal.alarm(left)


def _free_place(folder: str, what: str, most: int) -> int | None:
    """The first place that nobody held, held now by this process; None if there is none. Raises AnsibleError."""
    for number in range(most):
        try:
            place = os.open(os.path.join(folder, f"{what}-{number}"), os.O_RDWR | os.O_CREAT, 0o600)
            if _is_taken(place):
                return place
        except OSError as error:
            raise AnsibleError(
                f"Nothing was done, since files can't be locked in {folder}: {error.strerror}. Let ANSIBLE_LOCAL_TEMP"
                " name a folder on a disk of this machine."
            ) from None
    return None


def _is_taken(place: int) -> bool:
    """Whether nobody held a place, so that this process does now; otherwise it is closed. Raises OSError."""
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(place)
        if isinstance(error, BlockingIOError):
            return False
        raise
    return True
