# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials: what signs a connection in at its data source.

Source: qlik.dev, "Data credentials". Neither the user name nor the secrets are ever returned. The v1 form says
C(created), the namespaced one C(createdAt).
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import first_text

# Stands for the id of credentials that don't exist yet; no id of Qlik's holds a colon.
_PLANNED = "planned:"


def planned_id(name: str) -> str:
    """What stands for the id of credentials that another definition of the same run creates."""
    return _PLANNED + name


def planned_name(credentials_id: str) -> str:
    """The name of credentials that another definition of the same run creates; empty for an id of Qlik's."""
    if not credentials_id.startswith(_PLANNED):
        return ""
    return credentials_id[len(_PLANNED) :]


class Credential(t.NamedTuple):
    """A credential as Qlik shows it. C(connections) is how many connections use it.

    C(connections) and C(separated) are None where Qlik doesn't say; C(owner_id), a user's id, is known of orphans
    alone.
    """

    id: str
    name: str
    type: str = ""
    data_source: str = ""
    connections: int | None = None
    separated: bool | None = None
    created: str = ""
    updated: str = ""
    owner_id: str = ""

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Credential:
        separated = _number(answer.get("qSeparated"))
        return cls(
            id=first_text(answer, "qID"),
            name=first_text(answer, "qName"),
            type=first_text(answer, "qType"),
            data_source=first_text(answer, "datasourceID"),
            connections=_number(answer.get("qConnCount")),
            separated=bool(separated) if separated is not None else None,
            created=first_text(answer, "created", "createdAt"),
            updated=first_text(answer, "updated", "updatedAt"),
            owner_id=first_text(answer, "user"),
        )

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"credential '{self.name}'"


def _number(value: t.Any) -> int | None:
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def show_credential(credential: Credential) -> dict[str, t.Any]:
    """The C(credential) of a module's result."""
    return {
        "id": credential.id,
        "name": credential.name,
        "type": credential.type,
        "data_source": credential.data_source,
        "connections": credential.connections,
        "separated": credential.separated,
        "created": credential.created,
        "updated": credential.updated,
    }
