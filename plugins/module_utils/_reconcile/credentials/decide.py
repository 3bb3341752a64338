# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about one credential: a pure function, like the plan for connections.

Source: qlik.dev, "Data credentials" and changelog 134 (the body of a PATCH is a bare array): a credential can be
renamed, given another user name or password, and deleted; it can't be created by itself.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import CredentialDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential, show_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.planned_action import ResourceAction
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record

# The members of a PATCH that sign in, by the options that give them. What they were before can't be read.
_SIGN_IN = {"username": "qUsername", "password": "qPassword"}


@record
class CredentialAction(ResourceAction[Credential]):
    """C(kind): update, delete or none. C(patch) holds the members to set; C(changes) says what, a line each, without
    secrets.
    """

    kind: ActionKind
    definition: CredentialDefinition
    credential: Credential | None = None
    patch: t.Mapping[str, str] = member_with(default_factory=dict, repr=False)
    changes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def held(self) -> Credential | None:
        return self.credential

    @property
    def foreseen(self) -> Credential | None:
        if self.kind == "delete" or self.credential is None:
            return None
        return self.credential._replace(name=self.patch.get("qName", self.credential.name))

    def shown(self, resource: Credential) -> dict[str, t.Any]:
        shown = show_credential(resource)
        # When it was last written is no difference that somebody declared, and check mode can't foresee it.
        shown.pop("updated")
        return shown

    @property
    def before(self) -> dict[str, t.Any]:
        return {**super().before, **dict.fromkeys(self._sent, MASK)}

    @property
    def after(self) -> dict[str, t.Any]:
        return {**super().after, **dict.fromkeys(self._sent, f"{MASK} (new)")}

    @property
    def _sent(self) -> list[str]:
        return [name for name, member in _SIGN_IN.items() if member in self.patch]


def decide_credential(
    definition: CredentialDefinition,
    credential: Credential | None,
    namesake: Credential | None = None,
) -> CredentialAction:
    """Compare a definition with the credential that it is about.
    C(namesake) is the one that has the new name already.
    """
    action = CredentialAction("none", definition, credential)
    if credential is None:
        if definition.state == "absent":
            return action
        return replace(action, problem=_missing(definition))
    if definition.orphaned and credential.connections != 0:
        return action
    if definition.state == "absent":
        return _decide_delete(action, credential)
    return _decide_update(action, credential, namesake)


def _decide_delete(action: CredentialAction, credential: Credential) -> CredentialAction:
    if not action.definition.force and credential.connections != 0:
        return replace(action, problem=_in_use(credential))
    return replace(action, kind="delete", changes=("delete",))


def _decide_update(action: CredentialAction, credential: Credential, namesake: Credential | None) -> CredentialAction:
    definition = action.definition
    patch: dict[str, str] = {}
    changes = []
    if definition.new_name and definition.new_name != credential.name:
        if namesake is not None and namesake.id != credential.id:
            problem = f"it can't be renamed: '{definition.new_name}' is the name of another one ({namesake.id})."
            return replace(action, problem=problem)
        patch["qName"] = definition.new_name
        changes.append(f"name: {credential.name} -> {definition.new_name}")
    if definition.rotate:
        for name, value in (("username", definition.username), ("password", definition.password)):
            if value:
                patch[_SIGN_IN[name]] = value
                changes.append(f"{name}: sent, because of rotate")
    return replace(action, kind="update" if patch else "none", patch=patch, changes=tuple(changes))


def patch_operations(action: CredentialAction) -> list[dict[str, t.Any]]:
    """The body of the PATCH. Every credential has these members, and Qlik's examples replace them."""
    return [{"op": "replace", "path": f"/{member}", "value": value} for member, value in action.patch.items()]


def _missing(definition: CredentialDefinition) -> str:
    also = f" Neither does '{definition.new_name}'." if definition.name and definition.new_name else ""
    return (
        f"it doesn't exist, or the caller can't see it.{also} A credential is only created together with a connection:"
        " see qlikops.cloud.qlik_data_connection."
    )


def _in_use(credential: Credential) -> str:
    """Why it isn't deleted."""
    if credential.connections is None:
        used = "Qlik doesn't say how many connections use it"
    elif credential.connections == 1:
        used = "1 connection uses it"
    else:
        used = f"{credential.connections} connections use it"
    return f"{used}, and would be left without credentials. Give them others first, or set force."
