# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A credential as declared. Pure.

Source: qlik.dev, "Data credentials" and changelog 134: a credential can be renamed, given another user name or
password, and deleted; it can't be created by itself.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import State
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import has_control_characters, id_problem
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record


@record
class CredentialDefinition:
    """A credential as declared, known by C(name) or C(id). C(username) and C(password) are None when left out."""

    name: str = ""
    id: str = ""
    new_name: str = ""
    username: str | None = None
    password: str | None = member_with(default=None, repr=False)
    rotate: bool = False
    state: State = "present"
    force: bool = False
    orphaned: bool = False

    @classmethod
    def from_options(cls, options: t.Mapping[str, t.Any]) -> CredentialDefinition:
        return cls(
            name=options.get("name") or "",
            id=options.get("id") or "",
            new_name=options.get("new_name") or "",
            username=options.get("username"),
            password=options.get("password"),
            rotate=bool(options.get("rotate")),
            state=options.get("state") or "present",
            force=bool(options.get("force")),
            orphaned=bool(options.get("orphaned")),
        )

    @property
    def label(self) -> str:
        """How messages call it."""
        if self.name:
            return f"credential '{self.name}'"
        if self.id:
            return f"credential {self.id}"
        return "credential without a name"


def check_credential(definition: CredentialDefinition) -> str:
    """What is wrong with a definition whatever the tenant holds: a sentence, or nothing."""
    if bool(definition.name) == bool(definition.id):
        return "it is known by its name or by its id: give one of the two."
    for option in ("name", "id", "new_name"):
        if not _can_be_in_a_path(getattr(definition, option)):
            return f"{option} can't be a dot or two, nor hold a line break or another control character."
    if definition.id and id_problem(definition.id, "credential"):
        return id_problem(definition.id, "credential")
    return _contradiction(definition)


def _contradiction(definition: CredentialDefinition) -> str:
    """Why the options of a definition can't be meant together; empty when they can."""
    if definition.force and definition.orphaned:
        return "orphaned leaves alone what connections use, so force has nothing to do: choose one of the two."
    if definition.state == "absent":
        if definition.new_name:
            return "new_name can't be given with state=absent: give its present name or its id."
        return ""
    if definition.rotate and not definition.username and not definition.password:
        return "rotate needs a password, a username or both; an empty one can't be sent."
    return ""


def _can_be_in_a_path(reference: str) -> bool:
    return reference not in (".", "..") and not has_control_characters(reference)
