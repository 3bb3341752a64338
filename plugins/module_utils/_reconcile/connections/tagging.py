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
    sending,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    SERVER_TAG,
    TAG_EXPIRES,
    TAG_MANAGED,
    TAG_REATTACH,
    TAG_REFUSED,
    TAG_REPLACES,
    TAG_ROTATING,
    TAG_SECRETS,
    TAG_SENT,
    TAG_USER,
    is_reserved_tag,
    without_kinds,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, PlacedAction
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import declared_properties
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import expiry_after
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
    if definition.tags_mode == "merge":
        declared = [*held, *declared]
    return tuple(dict.fromkeys(declared))


def tags_after(placed: PlacedAction) -> list[str]:
    """All tags of a connection once the action is done: Qlik's own, the user's, this collection's."""
    action, definition = placed.action, placed.action.target.definition
    held: t.Sequence[str] = ()
    kept: list[str] = []
    if action.connection is not None:
        held = action.connection.user_tags
        if not action.builds:  # what was noted of an old connection isn't true of a new one
            kept = [tag for tag in action.connection.tags if _stays(tag)]
    memory = memory_tag(placed)
    if memory:
        kept = [tag for tag in kept if not tag.startswith(TAG_SECRETS)] + [memory]
    if action.gives_away or action.forgets:  # there are others by then than those that a fingerprint speaks of
        kept = list(without_claims(kept))
    if action.knows_users:
        kept = [tag for tag in kept if not tag.startswith(TAG_USER)]
        kept.append(user_tag(placed.tenant_id, definition.user_names))
    tags = [*user_tags(definition, held), *_with_notes(action, kept), TAG_MANAGED]
    return with_sending(action, with_expiry(action, tags))


def _with_notes(action: Action, tags: list[str]) -> list[str]:
    """The tags and what they are to say of secrets that are tried, or were refused."""
    target = action.target
    if action.forgets_refusal:
        tags = without_kinds(tags, TAG_REFUSED)
    if not action.sends:
        return tags
    return [*without_kinds(tags, TAG_ROTATING), *(action.notes or target.pending)]


def _stays(tag: str) -> bool:
    """Whether a tag isn't the user's and isn't written anew."""
    if tag == TAG_MANAGED or not is_reserved_tag(tag):
        return False
    return not tag.startswith((TAG_REPLACES, TAG_REATTACH, TAG_SENT, TAG_EXPIRES))


def memory_tag(placed: PlacedAction) -> str:
    """The tag that will tell which secrets were sent; empty when none is to."""
    action = placed.action
    if not action.remembers:
        return ""
    memory = wanted_fingerprint(action.target.definition, placed.tenant_id, placed.space.id, action.name)
    return memory.tag() if memory is not None else ""


def without_claims(tags: t.Iterable[str]) -> tuple[str, ...]:
    """The tags without what they tell of the secrets that were sent last."""
    return tuple(tag for tag in tags if not tag.startswith((TAG_SECRETS, TAG_SENT)))


def with_expiry(action: Action, tags: list[str]) -> list[str]:
    """The tags, among them until when the secrets are good. One that nobody declares goes where there is no room."""
    definition, day = action.target.definition, expiry_after(action)
    declares = bool(definition.expires or definition.expires_after)
    if not day or (not declares and _counted_tags(tags) + _KEPT_FREE >= MAX_TAGS):
        return tags
    return [*tags, TAG_EXPIRES + day]


def _counted_tags(tags: t.Iterable[str]) -> int:
    """How many tags count for Qlik's limit."""
    return sum(not tag.startswith(SERVER_TAG) for tag in tags)


def with_sending(action: Action, tags: list[str]) -> list[str]:
    """The tags and what they are to say of the last sending of secrets.

    It is left out where there is no room for one more tag: without it secrets are as well known as they were before it
    existed.
    """
    if action.gives_away or action.forgets or _counted_tags(tags) + _KEPT_FREE >= MAX_TAGS:
        return tags
    last = _last_sending(action, tags)
    return [*tags, last.tag()] if last is not None else tags


def _last_sending(action: Action, tags: t.Sequence[str]) -> Sending | None:
    """What is remembered of the last sending: of this one, or what was known, for a new fingerprint perhaps."""
    connection, definition = action.connection, action.target.definition
    if action.builds:
        if not action.sends:
            return None
        return sending(tags, action.maker_id, address_of(definition.declared_address))
    if connection is None:
        return None
    if not action.sends:
        known = connection.sending
        return known._replace(fingerprint=fingerprint_part(tags)) if known is not None else None
    changed = declared_properties(definition) if action.delta.statement else action.delta.sent
    address = address_of({**(connection.properties or {}), **changed})
    return sending(tags, action.delta.owner_id or connection.owner_id, address)
