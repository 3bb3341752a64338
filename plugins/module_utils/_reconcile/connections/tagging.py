# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags a connection is to have. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import MAX_TAGS
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import (
    Sending,
    address_of,
    fingerprint_part,
    read_sending,
    sending,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    SERVER_TAG,
    TAG_MANAGED,
    TAG_REATTACH,
    TAG_REPLACES,
    TAG_SECRETS,
    TAG_SENT,
    TAG_USER,
    is_reserved_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import declared_properties
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    wanted_fingerprint,
)

# For the marks of a replacement, and of credentials that are to be attached again.
_KEPT_FREE = 1


def user_tags(definition: Definition, held: t.Sequence[str]) -> tuple[str, ...]:
    """The user's tags as they are to be: declared ones join the present ones, or replace them."""
    if definition.tags is None:
        return tuple(held)
    declared = [tag for tag in definition.tags if not is_reserved_tag(tag)]
    return tuple(dict.fromkeys([*(held if definition.tags_mode == "merge" else ()), *declared]))


def tags_after(action: Action, space: Space, tenant_id: str) -> list[str]:
    """All tags of a connection once the action is done: Qlik's own, the user's, this collection's."""
    definition, connection = action.target.definition, action.connection
    held = connection.tags if connection else ()
    if action.builds:
        held = ()  # what Qlik and this collection noted of the old connection isn't true of the new one
    kept = [
        tag
        for tag in held
        if is_reserved_tag(tag) and tag != TAG_MANAGED and not tag.startswith((TAG_REPLACES, TAG_REATTACH, TAG_SENT))
    ]
    memory = wanted_fingerprint(definition, tenant_id, space.id, action.name) if action.remembers else None
    if memory is not None:
        kept = [tag for tag in kept if not tag.startswith(TAG_SECRETS)] + [memory.tag()]
    if action.gives_away or action.forgets:  # there are others by then than those that a fingerprint speaks of
        kept = list(without_claims(kept))
    if action.knows_users:
        kept = [tag for tag in kept if not tag.startswith(TAG_USER)] + [user_tag(tenant_id, definition.user_names)]
    return with_sending(
        action, [*user_tags(definition, connection.user_tags if connection else ()), *kept, TAG_MANAGED]
    )


def without_claims(tags: t.Iterable[str]) -> tuple[str, ...]:
    """The tags without what they tell of the secrets that were sent last."""
    return tuple(tag for tag in tags if not tag.startswith((TAG_SECRETS, TAG_SENT)))


def with_sending(action: Action, tags: list[str]) -> list[str]:
    """The tags and what they are to say of the last sending of secrets."""
    said = _sending_after(action, tags)
    return [*tags, said.tag()] if said is not None else tags


def _sending_after(action: Action, tags: t.Sequence[str]) -> Sending | None:
    """What is remembered of the last sending once the action is done: of this one, or what was known, for a new
    fingerprint perhaps.

    It is left out where there is no room for one more tag: without it secrets are as well known as they were before it
    existed.
    """
    own = [tag for tag in tags if not tag.startswith(SERVER_TAG)]
    if action.gives_away or action.forgets or len(own) + _KEPT_FREE >= MAX_TAGS:
        return None
    connection, definition, delta = action.connection, action.target.definition, action.delta
    if action.builds:
        return sending(tags, action.maker_id, address_of(definition.declared_address)) if action.sends else None
    if connection is None:
        return None
    if action.sends:
        changed = declared_properties(definition) if delta.statement else delta.sent
        address = address_of({**(connection.properties or {}), **changed})
        return sending(tags, delta.owner_id or connection.owner_id, address)
    said = read_sending(connection.tags)
    return said._replace(fingerprint=fingerprint_part(tags)) if said is not None else None
