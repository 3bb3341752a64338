# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A data connection as the tenant has it.

Source: the data-connections API on qlik.dev. Only C(qID) and C(qName) are sure to be there: data file connections lack
most other fields, C(tags) is null when empty, a personal connection has no C(space), the namespaced form says
C(createdAt).
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import decoded_url
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    Address,
    addresses_in,
    holds_at_sight,
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import earliest_day
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import Fingerprint, fingerprint_told
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import first_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_properties, mask_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_PROPERTY,
    URL_PROPERTY,
    is_rest_list,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import Sending, read_sending
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    RESERVED,
    TAG_EXPIRES,
    TAG_MANAGED,
    TAG_REATTACH,
    TAG_REPLACES,
    TAG_SECRETS,
    TAG_SENT,
    contents_by_kind,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment, may_tear
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed, member_with, record

DATAFILES_TYPE = "qix-datafiles.exe"
# The data source whose statements escape the equals signs of a URL.
_REST = "rest"

# A replacement is built under a name of its own.
_SUCCESSOR = " (becoming "


def successor_name(name: str, data_source: str, number: int = 1) -> str:
    """The name under which a replacement is built before it takes over;
    C(number) tells it from those that others have.
    """
    if number == 1:
        return f"{name}{_SUCCESSOR}{data_source})"
    return f"{name}{_SUCCESSOR}{data_source} {number})"


def is_successor_name(name: str) -> bool:
    """Whether a replacement could have this name while it is built; anybody else may use it too."""
    return _SUCCESSOR in name


@record
class Connection:
    """One connection. C(space_id) is empty in a personal space;
    C(shown) are its properties where the answer, or what foresees it, spells them out.
    """

    id: str
    name: str
    data_source: str = ""
    type: str = ""
    statement: str = member_with(default="", repr=False)
    shown: t.Mapping[str, t.Any] | None = member_with(default=None, repr=False)
    space_id: str = ""
    owner_id: str = ""
    tenant_id: str = ""
    credentials_id: str = ""
    separate_credentials: bool = False
    tags: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()
    created: str = ""
    updated: str = ""
    qri: str = ""

    @classmethod
    def from_api(cls, answer: t.Mapping[str, t.Any]) -> Connection:
        shown = answer.get("connectionProperties")
        attached = first_text(answer, "qCredentialsID")
        if not isinstance(shown, dict):
            shown = None
        elif not attached:
            attached = first_text(shown, ATTACHED_PROPERTY)
        return cls(
            id=first_text(answer, "qID", "id"),
            name=first_text(answer, "qName"),
            data_source=first_text(answer, "datasourceID", "dataSourceId"),
            type=first_text(answer, "qType"),
            statement=first_text(answer, "qConnectStatement"),
            shown=shown,
            space_id=first_text(answer, "space"),
            owner_id=first_text(answer, "user"),
            tenant_id=first_text(answer, "tenant"),
            credentials_id=attached,
            separate_credentials=bool(answer.get("qSeparateCredentials")),
            tags=_texts(answer.get("tags")),
            privileges=_texts(answer.get("privileges")),
            created=first_text(answer, "created", "createdAt"),
            updated=first_text(answer, "updated", "updatedAt"),
            qri=first_text(answer, "qri"),
        )

    @computed
    def properties(self) -> t.Mapping[str, t.Any] | None:
        """Its properties, out of its statement where nothing else shows them; None where that can't be read."""
        if self.shown is not None and not may_tear(self.statement):
            return self.shown
        try:
            stated = parse_connect_statement(self.statement).properties
        except StatementError:
            return self.shown
        return stated if self.shown is None else _with_fragments(self.shown, stated)

    @property
    def meant(self) -> t.Mapping[str, t.Any]:
        """Its properties for whoever reads them: what a statement escapes is what it means."""
        held = self.properties or {}
        if self.shown is not None or "%" not in self.statement:
            return held
        return {name: self._meant(name, value) for name, value in held.items()}

    def _meant(self, name: str, value: str) -> str:
        if is_rest_list(name):
            return value
        if name == URL_PROPERTY and self.data_source == _REST:
            meant = str(decoded_url(value))
        else:
            meant = value.replace("%%", "%")
        return Fragment(meant) if isinstance(value, Fragment) else meant

    @computed
    def addresses(self) -> t.Sequence[Address]:
        """The pairs of its statement that say where it leads."""
        return addresses_in(self.statement)

    def holds_at_sight(self, declared: t.Mapping[str, t.Any]) -> bool:
        """Whether it can be seen, before its statement is taken apart, that it holds all of these. If not, it may."""
        return self.shown is None and holds_at_sight(self.statement, declared)

    @property
    def is_datafiles(self) -> bool:
        """Whether it is a space's own file store: made by Qlik, never managed."""
        return self.type.lower() == DATAFILES_TYPE

    @property
    def is_managed(self) -> bool:
        return TAG_MANAGED in self.tags

    @computed
    def future_name(self) -> str:
        """The name that this connection is to take over once its predecessor is gone; empty for an ordinary one."""
        if self.is_managed and self.predecessor_id:
            return self.name.rpartition(_SUCCESSOR)[0]
        return ""

    @computed
    def predecessor_id(self) -> str:
        """The id of the connection whose place this one is to take; empty for an ordinary one."""
        return self._note(TAG_REPLACES)

    @property
    def detached_credentials_id(self) -> str:
        """The id of separate credentials that an interrupted run was to attach again; empty when there are none."""
        return self._note(TAG_REATTACH)

    @computed
    def expires(self) -> str:
        """The last day on which its secrets are good, by its tag; empty when none tells it."""
        return earliest_day(self.notes[TAG_EXPIRES]) if TAG_EXPIRES in self.notes else ""

    @computed
    def fingerprint(self) -> Fingerprint | None:
        """What its tags say of the secrets that were sent last; None when they say nothing."""
        return fingerprint_told(self.notes.get(TAG_SECRETS, ()))

    @computed
    def sending(self) -> Sending | None:
        """What its tags say of the last sending of secrets; None when they say nothing."""
        return read_sending(self.tags) if TAG_SENT in self.notes else None

    @computed
    def notes(self) -> t.Mapping[str, t.Sequence[str]]:
        """What the tags of this collection's own say, by their kinds."""
        return contents_by_kind(self.tags)

    def _note(self, kind: str) -> str:
        """What the first tag of a kind says."""
        return self.notes[kind][0] if kind in self.notes else ""

    @computed
    def user_tags(self) -> tuple[str, ...]:
        """The tags that neither Qlik nor this collection put there."""
        return tuple([tag for tag in self.tags if not tag.startswith(RESERVED)])


def _with_fragments(shown: t.Mapping[str, t.Any], stated: t.Mapping[str, str]) -> t.Mapping[str, t.Any]:
    """Properties that Qlik read in a statement, of which it can't tell either what is a part of a secret."""
    torn = {name for name, value in stated.items() if isinstance(value, Fragment)}
    if not torn:
        return shown
    texts = {
        name: Fragment(statement_text(shown[name]))
        for name in torn & shown.keys()
        if not isinstance(shown[name], (list, dict))
    }
    return {**shown, **texts}


def show_connection(connection: Connection, space_name: str) -> dict[str, t.Any]:
    """The C(connection) of a module's result: snake_case, nothing secret."""
    return {
        "id": connection.id,
        "name": connection.name,
        "space": space_name,
        "space_id": connection.space_id,
        "data_source": connection.data_source,
        "type": connection.type,
        "connect_statement": mask_statement(connection.statement),
        "properties": mask_properties(connection.meant),
        "credentials_id": connection.credentials_id,
        "separate_credentials": connection.separate_credentials,
        "owner_id": connection.owner_id,
        "tags": sorted(connection.user_tags),
        "expires": connection.expires,
        "managed": connection.is_managed,
        "privileges": sorted(connection.privileges),
        "created": connection.created,
        "updated": connection.updated,
        "qri": connection.qri,
    }


def _texts(value: t.Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(map(str, value))
