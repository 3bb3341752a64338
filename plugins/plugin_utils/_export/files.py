# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an export's files go, and writing them so that nothing of somebody's own is lost."""

from __future__ import annotations

import os
import re
import stat
import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import PRIVATE, write_whole
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.documents import MARK
from ansible_collections.qlikops.cloud.plugins.plugin_utils._variables_files import hidden_by, last_ending

GROUP = "qlik_tenants"
FILE_NAME = "qlik_connections.yml"
COMMON_PATH = os.path.join("group_vars", GROUP, FILE_NAME)
INVENTORY_NAME = "qlik_export_inventory.yml"
_NOT_IN_NAMES = re.compile(r"[/\\%\x00-\x1f\x7f]|^\.")


def folder_name(host: str) -> str:
    """A host's name as the name of a folder. No two names give the same; nearly all stay as they are.

    A folder C(acme.yml) would be read for the host C(acme) too.
    """
    folder = _NOT_IN_NAMES.sub(lambda match: quote(match.group(), safe="").replace(".", "%2E"), host)
    ending = last_ending(folder)
    if ending:
        return f"{folder[: -len(ending)]}%2E{ending[1:]}"
    return folder


def tenant_path(host: str) -> str:
    """The file of a tenant, below the export's directory: where Ansible looks for the host's variables."""
    return os.path.join("host_vars", folder_name(host), FILE_NAME)


def same_places(paths: t.Sequence[str]) -> dict[str, str]:
    """Of these files, those that are one and the same, by a link for instance; each with another of them."""
    places: dict[t.Any, list[str]] = {}
    for path in paths:
        places.setdefault(_place(path), []).append(path)
    shared = {}
    for kept, *others in places.values():
        for path in others:
            shared[path] = kept
            shared.setdefault(kept, path)
    return shared


def _place(path: str) -> t.Any:
    """What is the same for two names of one file. Folders that are there are known by number, as not all file systems
    tell case.
    """
    real = os.path.realpath(path)
    try:
        folder = os.stat(os.path.dirname(real))
    except OSError:
        return real
    return (folder.st_dev, folder.st_ino, os.path.basename(real))


def needs_inventory_file(directory: str) -> bool:
    """Whether Ansible finds nothing in a folder that it could take for an inventory, which some settings make an
    error.
    """
    try:
        names = [name for name in os.listdir(directory) if not name.startswith(".")]
    except OSError:
        return True
    return set(names) <= {"host_vars", "group_vars", INVENTORY_NAME}


class Outcome(t.NamedTuple):
    """What became of a file: C(action) is create, update or none; C(before) what it held."""

    action: str = "none"
    before: str = ""
    error: str = ""


def is_export(path: str) -> bool:
    """Whether there is a file that an export wrote, and nobody made their own."""
    try:
        return _is_marked(_text_of(path))
    except OSError:
        return False


def write_file(path: str, text: str, *, overwrite: bool, dry: bool) -> Outcome:
    """Hold a file; with C(dry) only say what that would take. Another file than that of an export is never replaced.

    A reader sees the old content or the new one, and what is reported as written survives a loss of power.
    """
    try:
        problem = _place_problem(path)
        if problem:
            return Outcome(error=problem)
        outcome = Outcome("create")
        if os.path.lexists(path):
            outcome = _update(path, text, overwrite=overwrite)
        if outcome.action != "none" and not dry:
            _replace(os.path.realpath(path), text)
    except OSError as error:
        return Outcome(error=f"{path} can't be written: {error.strerror or error}.")
    return outcome


def _place_problem(path: str) -> str:
    """Why no file may be here, whatever it holds; empty if one may. Raises OSError."""
    if _is_foreign_link(path):
        return f"{path} is a link that another user made. Remove it, or choose another directory."
    hidden = _newly_hidden(os.path.dirname(path))
    if hidden:
        return (
            f"{path} would keep Ansible from reading {hidden}, since of the two it reads the folder only. Move that"
            " file into the folder, under another name, or choose another directory."
        )
    return ""


def _update(path: str, text: str, *, overwrite: bool) -> Outcome:
    """What is to become of a file that is there. Raises OSError."""
    before = _text_of(path)
    if before == text:
        return Outcome()
    if not _is_marked(before):
        return Outcome(
            error=f"{path} was not written by an export, or was made somebody's own. Move it, or choose another"
            " directory."
        )
    if not overwrite:
        return Outcome(
            error=f"{path} is there already, with another content that may still be needed. Choose another directory."
        )
    return Outcome("update", before)


def _newly_hidden(folder: str) -> str:
    """The variables of somebody's own that only an export's folder hides; where the folder holds more, they hid them
    themselves.
    """
    hidden = hidden_by(folder)
    if not hidden or not os.path.isdir(folder):
        return hidden
    for name in os.listdir(folder):
        if name != FILE_NAME and not name.startswith("."):
            return ""
    return hidden


def _is_marked(text: str) -> bool:
    return any(MARK in line for line in text.splitlines()[:2])


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace", newline="") as stream:
        return stream.read()


def _replace(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, [text.encode("utf-8")], mode=_mode_of(path))


def _mode_of(path: str) -> int:
    """The mode that the user gave to a file of theirs. A file that somebody else put there says nothing."""
    try:
        found = os.lstat(path)
    except OSError:
        return PRIVATE
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return stat.S_IMODE(found.st_mode)
    return PRIVATE


def _is_foreign_link(path: str) -> bool:
    """Whether somebody else made a link here, which may lead anywhere."""
    return os.path.islink(path) and os.lstat(path).st_uid not in (os.geteuid(), 0)


def as_diff(path: str, outcome: Outcome, after: str) -> dict[str, t.Any]:
    """Before and after of a file, as Ansible shows them."""
    return {"before": outcome.before, "after": after, "before_header": path, "after_header": path}
