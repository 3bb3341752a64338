# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When secrets are sent. Pure.

Source: qlik.dev, changelog 236: a changed host, server, url or connect statement must come with the credentials.
Everything else is the user's policy: Qlik never returns a secret, so that a tag has to tell what was sent last.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import list_items
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    Fingerprint,
    fingerprint,
    read_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    HOST_NAMES,
    PORT_PROPERTY,
    SIGN_IN_PROPERTY,
    has_encrypted_items,
    is_rest_list,
    is_user_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import address_of, address_part, read_sending
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.attaching import (
    attached_as_they_are,
    attaches_others,
    doubted,
    no_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    Drift,
    declared_properties,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.lost_credentials import why_lost
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target

WITHOUT_MEMORY = (
    "Secrets are declared without fingerprint_key or secrets_version, so a change of theirs can't be known: they are"
    " sent when a"
    " connection is created, and not again. Set one of the two, or update_secrets to on_create or always."
)


@dataclass(frozen=True)
class SecretDecision:
    """What the plan does about secrets: send them, remember them in the tag, write the tag anew."""

    send: bool = False
    remember: bool = False
    retag: bool = False
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str = ""


def has_memory(definition: Definition) -> bool:
    return bool(definition.write_only) and bool(definition.secrets_version or definition.fingerprint_key)


def memory_warning(definition: Definition) -> tuple[str, ...]:
    if definition.write_only and definition.update_secrets == "on_change" and not has_memory(definition):
        return (WITHOUT_MEMORY,)
    return ()


def wanted_fingerprint(definition: Definition, tenant_id: str, space_id: str, name: str) -> Fingerprint | None:
    if not has_memory(definition):
        return None
    if definition.secrets_version:
        return Fingerprint("version", "", definition.secrets_version)
    return fingerprint(
        definition.fingerprint_key, tenant_id=tenant_id, space_id=space_id, name=name, secrets=definition.write_only
    )


def decide_secrets(match: Match, drift: Drift, defaults: t.Mapping[str, t.Any] | None = None) -> SecretDecision:
    """What is done about the secrets of a connection that is there. C(defaults) are those of its source, as far as they
    are known.
    """
    definition = match.target.definition
    connection = t.cast(Connection, match.connection)
    kept = definition.write_only
    demanded = "" if connection.separate_credentials else _demand(definition, drift)
    if demanded and not _brings_credentials(definition) and not is_anonymous(definition, connection):
        return SecretDecision(problem=f"{demanded}, but the definition declares {_missing_credentials(connection)}")
    if not kept:
        return SecretDecision()

    if match.target.owner_id and not match.target.owner_is_caller and connection.owner_id == match.target.owner_id:
        return SecretDecision()  # Qlik lets only the owner send credentials, and these are the owner's to enter
    warnings = (*memory_warning(definition), *_attached_warning(match))
    why, retag = _why_send(match) if _has_policy_of_change(definition) else ("", False)
    if definition.only_secrets:
        why = "this run is to send them (secrets_only)"
    elif definition.update_secrets == "always":
        why = "update_secrets is always"
    elif definition.separate_credentials is False and connection.separate_credentials:
        why = "they take the place of separate credentials"
    elif definition.credentials and not match.target.credentials_id:
        why = f"credentials '{definition.credentials}' are made of them"
    elif match.target.owner_is_caller and match.target.owner_id != connection.owner_id:
        why = "Qlik doesn't hand them on to a new owner"
    elif not why:
        why = demanded or why_lost(match) or changed_user(drift) or _changed_encrypted_list(drift)
        why = why or _unknown_to_successor(match) or _why_others_are_there(match)
    dispute = match.target.credentials_dispute
    if not why:
        told = (f"{definition.label}: {dispute}",) if dispute else ()
        return SecretDecision(retag=retag, remember=retag, warnings=(*warnings, *told))
    names = ", ".join(sorted(definition.secrets) or sorted(kept))
    problem = _undeclared_address(match, defaults or {}) or dispute
    if problem:
        return SecretDecision(problem=problem)
    return SecretDecision(
        send=True,
        remember=has_memory(definition),
        retag=True,
        changes=(f"secrets ({names}): send, because {why}",),
        warnings=() if definition.update_secrets == "always" else memory_warning(definition),
    )


def decide_attached(target: Target, other_user: str = "") -> SecretDecision:
    """What a new connection does with secrets when its separate credentials exist already: they may be newer than the
    definition. C(other_user): why they have another user name than the declared one.
    """
    definition = target.definition
    if not definition.write_only:
        return SecretDecision(changes=(f"{', '.join(definition.user_names)}: send",) if other_user else ())
    has = has_memory(definition)
    why = ""
    if definition.update_secrets == "always":
        why = "update_secrets is always"
    elif other_user or target.credentials_doubt:
        why = other_user or doubted(target)
    elif target.credentials_hold:
        return SecretDecision(remember=has)
    elif definition.update_secrets == "on_change" and has:
        why = no_fingerprint(definition)
    if not why:
        return SecretDecision(warnings=(attached_as_they_are(definition),))
    if target.credentials_dispute:
        return SecretDecision(problem=target.credentials_dispute)
    names = ", ".join(sorted(definition.secrets) or sorted(definition.write_only))
    return SecretDecision(send=True, remember=has, changes=(f"secrets ({names}): send, because {why}",))


def _has_policy_of_change(definition: Definition) -> bool:
    return definition.update_secrets == "on_change" and has_memory(definition)


def _why_others_are_there(match: Match) -> str:
    """Why credentials may hold other secrets than those that the fingerprint of their connection tells."""
    target = match.target
    if target.credentials_doubt:
        return doubted(target)
    unknown = attaches_others(match) and not target.credentials_hold
    return no_fingerprint(target.definition) if unknown and _has_policy_of_change(target.definition) else ""


def _attached_warning(match: Match) -> tuple[str, ...]:
    """What is to be said where nothing tells whether credentials that are attached now hold the declared secrets."""
    definition = match.target.definition
    if not attaches_others(match) or match.target.credentials_hold or _has_policy_of_change(definition):
        return ()
    return (attached_as_they_are(definition),)


def _unknown_to_successor(match: Match) -> str:
    """Why a replacement that an earlier run built gets the secrets again, where no memory tells which it was made
    with.
    """
    connection = t.cast(Connection, match.connection)
    if not connection.future_name or has_memory(match.target.definition):
        return ""
    return "nothing tells which ones the interrupted replacement was made with"


def _undeclared_address(match: Match, defaults: t.Mapping[str, t.Any]) -> str:
    """Why secrets can't go where a connection leads now; empty when that is declared, or they went there before.

    A definition may leave the address out. Then anybody who may edit the connection says where the secrets go, so they
    go only where they were sent already.
    """
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    held = address_of(connection.properties or {})
    undeclared = [name for name in held if name in HOST_NAMES and name not in definition.declared_address]
    usual_port = statement_text(held.get(PORT_PROPERTY)) == statement_text(defaults.get(PORT_PROPERTY))
    is_port_kept = PORT_PROPERTY in held and PORT_PROPERTY not in definition.declared_address
    if is_port_kept and PORT_PROPERTY in defaults and not usual_port:
        undeclared.append(PORT_PROPERTY)
    if not undeclared:
        return ""
    covered = {address_part(held)}
    if usual_port:
        covered.add(address_part({name: value for name, value in held.items() if name != PORT_PROPERTY}))
    said = read_sending(connection.tags)
    if said is not None and said.address in covered:
        return ""
    name = undeclared[0]
    where = ", ".join(f"{one} {mask_value(one, held[one])}" for one in held)
    return (
        f"its secrets are not sent, because the definition doesn't declare {name}, and nothing shows that they ever"
        " went where the"
        f" connection leads now: {where}. Declare {name} among the properties, if that is right."
    )


def _place_fingerprint(match: Match) -> Fingerprint | None:
    """The fingerprint that the connection is to have, at the place where it will be; none can match a planned space."""
    target, connection = match.target, t.cast(Connection, match.connection)
    space = target.space
    if space is not None and space.planned:
        return None
    space_id = space.id if space is not None else connection.space_id
    return wanted_fingerprint(
        target.definition,
        connection.tenant_id,
        space_id,
        target.definition.name or connection.future_name or connection.name,
    )


def _why_send(match: Match) -> tuple[str, bool]:
    """Why on_change sends the secrets (empty: it doesn't), and whether the kept fingerprint must be written anew."""
    definition = match.target.definition
    connection = t.cast(Connection, match.connection)
    current, wanted = read_fingerprint(connection.tags), _place_fingerprint(match)
    if current is not None and current == wanted:
        return "", False
    moved = match.relocated or wanted is None or bool(definition.id)
    if current is not None and moved:
        here = wanted_fingerprint(
            definition, connection.tenant_id, connection.space_id, connection.future_name or connection.name
        )
        if current == here:
            return "", True
    if current is None and not connection.is_managed:
        return "nobody can know which ones an adopted connection holds (once)", True
    if current is None:
        return "no fingerprint of those sent last is kept yet", True
    if definition.secrets_version:
        if current.kind == "version":
            return f"secrets_version changed from '{current.value}' to '{definition.secrets_version}'", True
        return "they are now told apart by secrets_version (once)", True
    if current.kind == "version":
        return "they are now told apart by a fingerprint (once)", True
    if wanted is not None and current.key_id != wanted.key_id:
        return "the kept fingerprint was made with another key", True
    return "they differ from those sent last, or the connection was renamed or moved by hand since", True


def how_sent(match: Match) -> str:
    """What a diff says of secrets that are sent: C(changed), C(sent again) where they are the same as before, C(sent)
    where nobody can know.
    """
    definition, connection = match.target.definition, t.cast(Connection, match.connection)
    current, wanted = read_fingerprint(connection.tags), _place_fingerprint(match)
    name = connection.future_name or connection.name
    here = wanted_fingerprint(definition, connection.tenant_id, connection.space_id, name)
    if current is None or here is None:
        return "sent"
    if current in (here, wanted):
        return "sent again"
    return "changed" if (current.kind, current.key_id) == (here.kind, here.key_id) else "sent"


def _demand(definition: Definition, drift: Drift) -> str:
    if definition.statement and drift:
        return "Qlik demands the credentials when the connect statement changes"
    hosts = [name for name in drift if name in HOST_NAMES]
    return f"Qlik demands the credentials when {hosts[0]} changes" if hosts else ""


def is_anonymous(definition: Definition, connection: Connection) -> bool:
    """A REST connection without sign-in has no credentials that Qlik could demand, unless it keeps an encrypted
    header.
    """
    declared = declared_properties(definition)
    held = connection.properties or {}
    schema = declared.get(SIGN_IN_PROPERTY, held.get(SIGN_IN_PROPERTY, ""))
    return str(schema).lower() == "anonymous" and not _encrypted_items(connection)


def _encrypted_items(connection: Connection) -> list[str]:
    """The names of headers and parameters that Qlik keeps encrypted: it shows them without a value."""
    held = connection.properties or {}
    lists = (value for name, value in held.items() if is_rest_list(name))
    return [name for value in lists for name, shown in list_items(value) if name and not shown]


def _brings_credentials(definition: Definition) -> bool:
    """Whether something is declared with which a connection can sign in at its source, and that has a value."""
    items = (item for value in definition.properties.values() if has_encrypted_items(value) for item in value)
    encrypted = any(isinstance(item, Mapping) and item.get("encrypt") and item.get("value") for item in items)
    return encrypted or any(value not in (None, "", []) for value in definition.secrets.values())


def _missing_credentials(connection: Connection) -> str:
    items = _encrypted_items(connection)
    if not items:
        return "no secrets. Declare the credentials of this connection in secrets."
    return (
        f"no secrets, and the encrypted '{one_line(items[0])}' of the connection can't be read. Declare it with its"
        " value and"
        " encrypt: true."
    )


def changed_user(drift: t.Mapping[str, t.Any]) -> str:
    names = [name for name in drift if is_user_name(name)]
    return f"they belong to {names[0]}, which changes" if names else ""


def _changed_encrypted_list(drift: Drift) -> str:
    names = [name for name, (_now, value) in drift.items() if has_encrypted_items(value)]
    return f"{names[0]} changes, which is sent as a whole" if names else ""


def credentials_to_send(definition: Definition, connection: Connection) -> dict[str, t.Any]:
    """The secrets, the lists with encrypted items, and a user name that the connection doesn't show, or that it may not
    have: what it shows is its own, and the credentials may be those of others too.
    """
    shown = connection.properties or {}
    users = definition.user_names
    if not connection.separate_credentials:
        users = {name: value for name, value in users.items() if name not in shown}
    lists = {name: value for name, value in definition.properties.items() if has_encrypted_items(value)}
    return {**users, **lists, **definition.secrets}
