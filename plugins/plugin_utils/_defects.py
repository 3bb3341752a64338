# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A defect of ours must not print what it stumbled over.

Inside a job it is known which values are secret, and the runner takes them out of the error. On the controller's side
nobody knows: a host's variables may be secrets, evaluated or not. So of such an error only its kind and its place are
told, never its text.
"""

from __future__ import annotations

import contextlib
import traceback
import typing as t
from pathlib import PurePath

from ansible.errors import AnsibleError
from jinja2.exceptions import TemplateError

# What Ansible's own parts, and ours on purpose, say to a person.
MEANT = (AnsibleError, TemplateError)
_OURS = PurePath("ansible_collections/qlikops/cloud").parts


def defect_message(error: BaseException) -> str:
    """What is told of an error that nobody foresaw: its kind, and where in the collection it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)]
    place = ""
    if ours:
        place = f" in {PurePath(ours[-1].filename).name}, line {ours[-1].lineno}"
    return (
        f"An unexpected error in qlikops.cloud: {type(error).__name__}{place}. Please report it. What it says isn't"
        " shown, since it may hold a secret."
    )


def defect_result(error: BaseException) -> dict[str, t.Any]:
    """The result of a task that such an error ended, with the lines of code that led to it."""
    lines = traceback.format_tb(error.__traceback__)
    return {"failed": True, "msg": defect_message(error), "exception": f"{''.join(lines)}{type(error).__name__}\n"}


def hide_sources(error: BaseException | None) -> None:
    """Let Ansible say in which line of which file an error arose, and not print the lines before that one: in an
    inventory, a token may stand there.
    """
    while error is not None:
        if isinstance(error, AnsibleError):
            error._show_content = False
        error = error.__cause__


@contextlib.contextmanager
def hidden_defects() -> t.Iterator[None]:
    """Let through what is meant for people. Raises AnsibleError in the place of any other error."""
    try:
        yield
    except MEANT:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its text isn't shown
        raise AnsibleError(defect_message(error)) from None


def _is_ours(filename: str) -> bool:
    parts = PurePath(filename).parts
    return any(parts[start : start + len(_OURS)] == _OURS for start in range(len(parts)))
