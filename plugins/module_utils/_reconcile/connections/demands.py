# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When Qlik demands credentials, and whether a definition brings any. Pure.

Source: qlik.dev, changelog 236: a changed host, server, url or connect statement must come with the credentials.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from itertools import chain

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import list_items
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    HOST_NAMES,
    SIGN_IN_PROPERTY,
    has_encrypted_items,
    is_rest_list,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    Drift,
    declared_properties,
)


def demand(definition: Definition, connection: Connection, drift: Drift) -> str:
    """Why Qlik demands credentials; empty when it doesn't. Separate ones are detached when only the host changes."""
    if definition.statement and drift:
        return "Qlik demands the credentials when the connect statement changes"
    if connection.separate_credentials:
        return ""
    for name in drift:
        if name in HOST_NAMES:
            return f"Qlik demands the credentials when {name} changes"
    return ""


def has_what_is_demanded(definition: Definition, connection: Connection) -> bool:
    """Whether credentials are declared, or Qlik demands none of such a connection."""
    if _brings_credentials(definition):
        return True
    # One that is to have separate credentials signs in, whatever it does now.
    return not definition.separate_credentials and is_anonymous(definition, connection)


def is_anonymous(definition: Definition, connection: Connection) -> bool:
    """A REST connection without sign-in has no credentials that Qlik could demand, unless it keeps an encrypted
    header.
    """
    held = connection.properties or {}
    declared = declared_properties(definition)
    schema = declared.get(SIGN_IN_PROPERTY, held.get(SIGN_IN_PROPERTY, ""))
    return str(schema).lower() == "anonymous" and not _encrypted_items(connection)


def _encrypted_items(connection: Connection) -> list[str]:
    """The names of headers and parameters that Qlik keeps encrypted: it shows them without a value."""
    hidden = []
    for name, value in (connection.properties or {}).items():
        if is_rest_list(name):
            hidden += [item for item, shown in list_items(value) if item and not shown]
    return hidden


def _brings_credentials(definition: Definition) -> bool:
    """Whether something is declared with which a connection can sign in at its source, and that has a value."""
    if any(value not in (None, "", []) for value in definition.secrets.values()):
        return True
    lists = [value for value in definition.properties.values() if has_encrypted_items(value)]
    return any(map(_is_encrypted_with_value, chain.from_iterable(lists)))


def _is_encrypted_with_value(item: t.Any) -> bool:
    return isinstance(item, Mapping) and bool(item.get("encrypt")) and bool(item.get("value"))


def missing_credentials(definition: Definition, connection: Connection) -> str:
    items = _encrypted_items(connection)
    if definition.credentials:
        named = one_line(definition.credentials)
        return f"no secrets. Declare those of credentials '{named}' in secrets, which sends them there."
    if not items:
        return "no secrets. Declare the credentials of this connection in secrets."
    return (
        f"no secrets, and the encrypted '{one_line(items[0])}' of the connection can't be read. Declare it with its"
        " value and encrypt: true."
    )


def only_with_secrets(why: str) -> str:
    """Why a change can't be made when its secrets are somebody else's to enter; empty when no secrets go with it."""
    if not why:
        return ""
    return (
        f"{why}, and Qlik takes credentials from the owner of a connection only. Have the owner change it, or declare"
        " another owner."
    )
