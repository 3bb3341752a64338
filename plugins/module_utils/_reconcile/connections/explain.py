# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan says about itself: changes, both sides of a diff, warnings. Nothing here decides, and nothing shows a
secret. Pure.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, successor_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import planned_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    mask_properties,
    mask_statement,
    mask_value,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    is_address_name,
    is_user_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action, Delta
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import Drift
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import (
    expiry_after,
    expiry_changes,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    SecretDecision,
    how_sent,
    memory_warning,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.tagging import user_tags

# What a property holds that only turns something on or off, or nothing.
_SWITCHES = ("", "true", "false", "none")
# They say again which data source it is.
_SELECTORS = ("driver", "sourceType")


class UpdateReasons(t.NamedTuple):
    """Why an update does what it does: which properties become others, what was decided about secrets, which tags
    of the user's it is to have, and whether its user names are remembered from now on.
    """

    drift: Drift
    secrets: SecretDecision
    new_tags: t.Sequence[str]
    learns_users: bool = False


def explain_update(action: Action, match: Match, connection: Connection, reasons: UpdateReasons) -> Action:
    """The action with what it tells: changes, both sides of a diff, warnings."""
    delta, definition = action.delta, match.target.definition
    present = {name: now for name, (now, _value) in reasons.drift.items()}
    before, after = _update_sides(match, connection, delta, reasons)
    held, expires = connection.expires, expiry_after(action)
    if held != expires:
        before["expires"], after["expires"] = held, expires
    drifted = {
        f"{_line_name(name)}: {shown_value(name, now)} -> {shown_value(name, value)}": (name, present[name])
        for name, (now, value) in reasons.drift.items()
    }
    return replace(
        action,
        changes=tuple(_update_changes(action, match, connection, reasons, drifted)),
        drifted=drifted,
        before=before,
        after=after,
        warnings=(*reasons.secrets.warnings, *_owner_warning(match, delta), *_detach_warning(definition, delta)),
    )


def _update_changes(
    action: Action, match: Match, connection: Connection, reasons: UpdateReasons, drifted: t.Iterable[str]
) -> t.Iterator[str]:
    """What an update does and why, a line each; C(drifted) are those of properties."""
    delta = action.delta
    if connection.future_name and not match.predecessor:
        yield "finish the replacement that an earlier run began"
    for leftover in match.leftovers:
        yield f"remove '{leftover.name}', which an interrupted replacement left"
    yield from _place_changes(connection, delta)
    yield from drifted
    yield from reasons.secrets.changes
    if match.target.definition.auth_code:
        yield "sign in: send the authorization code, which works once"
    loses = action.gives_away or action.forgets
    yield from expiry_changes(match.target, connection, send=action.sends, loses=loses)
    yield from _tag_changes(connection, reasons.new_tags)
    if match.target.forgets_refusal and not reasons.secrets.send:
        yield "refused secrets: forgotten, since others are declared"
    if reasons.secrets.retag and not reasons.secrets.send:
        yield "fingerprint of the secrets: kept for the new place"
    if reasons.learns_users and reasons.drift.keys().isdisjoint(match.target.definition.user_names):
        yield "user name: remembered in a tag"


def _place_changes(connection: Connection, delta: Delta) -> t.Iterator[str]:
    """Where a connection goes, which credentials it gets, and whose it becomes."""
    if delta.name:
        yield f"rename '{connection.name}' to '{delta.name}'"
    if delta.space:
        yield f"move to {delta.space.label}"
    yield from _credential_changes(connection, delta)
    if delta.owner_id:
        yield f"owner: {connection.owner_id or '(unknown)'} -> {delta.owner_id}"


def _credential_changes(connection: Connection, delta: Delta) -> t.Iterator[str]:
    if delta.separate is not None:
        yield (
            f"separate credentials: {statement_text(connection.separate_credentials)} ->"
            f" {statement_text(delta.separate)}"
        )
    if delta.attach:
        again = ""
        if delta.reattach or connection.detached_credentials_id:
            again = " again, since Qlik detaches them when the host changes"
        yield f"credentials: attach {_shown_credentials(delta.attach)}{again}"
    elif delta.new_credentials:
        yield f"credentials: create '{delta.new_credentials}'"


def _shown_credentials(credentials_id: str) -> str:
    name = planned_name(credentials_id)
    return f"'{name}', which another connection of this run creates" if name else credentials_id


def _tag_changes(connection: Connection, new_tags: t.Sequence[str]) -> t.Iterator[str]:
    for tag in sorted(set(new_tags) - set(connection.user_tags)):
        yield f"tag '{tag}': add"
    for tag in sorted(set(connection.user_tags) - set(new_tags)):
        yield f"tag '{tag}': remove"
    if not connection.is_managed:
        yield "adopt: from now on managed by this collection"


def _update_sides(
    match: Match, connection: Connection, delta: Delta, reasons: UpdateReasons
) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Both sides of an update's diff, secrets masked."""
    before = _identity(connection, None if delta.space else match.target.space)
    previous = match.target.previous_space
    if delta.space and previous and previous.id == connection.space_id:
        before["space"] = previous.name
    after = {**before, "name": delta.name or connection.name, "tags": sorted(reasons.new_tags)}
    if delta.space:
        after["space"] = delta.space.name
    if reasons.drift:
        before["properties"], after["properties"] = _drift_sides(reasons.drift)
    if delta.owner_id:
        before["owner_id"], after["owner_id"] = connection.owner_id, delta.owner_id
    if delta.attach:
        before["credentials_id"], after["credentials_id"] = connection.credentials_id, _shown_credentials(delta.attach)
    if delta.separate is not None:
        before["separate_credentials"] = connection.separate_credentials
        after["separate_credentials"] = delta.separate
    if reasons.secrets.send:
        definition = match.target.definition
        names = sorted(definition.secrets) or sorted(definition.write_only)
        before["secrets"] = dict.fromkeys(names, MASK)
        after["secrets"] = dict.fromkeys(names, f"{MASK} ({how_sent(match, connection)})")
    if not connection.is_managed:
        before["managed"], after["managed"] = False, True
    return before, after


def _line_name(name: str) -> str:
    """A property's name at the beginning of its line: no two have the same line."""
    return json.dumps(name, ensure_ascii=False) if ": " in name or name.startswith('"') else name


def _drift_sides(drift: Drift) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """What differs as it is, as far as it is shown, and as it is declared; secrets masked."""
    before, after = {}, {}
    for name, (now, value) in drift.items():
        after[name] = mask_value(name, value)
        if now is not None:
            before[name] = shown_value(name, now) if isinstance(now, tuple) else mask_value(name, now)
    return before, after


def explain_deletion(action: Action, connection: Connection) -> Action:
    """The action with what it tells."""
    target = action.target
    return replace(action, changes=("delete",), before=_gone_side(connection, target.space, target.definition))


def explain_replacement(action: Action, match: Match, connection: Connection, wanted_source: str) -> Action:
    """The action with what it tells, if it creates what takes the place of a connection."""
    definition = match.target.definition
    changes = [_replacement_change(connection, wanted_source)]
    if match.target.space is not None and _moves(match, connection):
        changes.append(f"move to {match.target.space.label}")
    if action.temporary_name:
        changes += _naming_change(definition.name or connection.name, wanted_source, action.temporary_name)
    after = {
        **action.after,
        "name": definition.name or connection.name,
        "tags": sorted(user_tags(definition, connection.user_tags)),
    }
    return replace(
        action,
        changes=(*changes, *action.changes[1:]),
        before=_replaced_side(match, connection),
        after=after,
        warnings=(*action.warnings, *_replacement_warning(definition, connection)),
    )


def explain_succession(action: Action, match: Match, predecessor: Connection, wanted_source: str) -> Action:
    """The action with what it tells, if its connection takes the place of another, as an earlier run began it."""
    change = f"{_replacement_change(predecessor, wanted_source)} (begun by an earlier run)"
    return replace(
        action,
        changes=(change, *action.changes),
        before=_replaced_side(match, predecessor),
        warnings=(*action.warnings, *_replacement_warning(match.target.definition, predecessor)),
    )


def explain_creation(action: Action, attached: SecretDecision) -> Action:
    """The action with what it tells."""
    return replace(action, changes=("create", *attached.changes), after=_creation_side(action))


def creation_warnings(target: Target, attached: SecretDecision, delta: Delta) -> tuple[str, ...]:
    """What a creation warns of, whether it can be carried out or not."""
    warnings = [*memory_warning(target.definition), *attached.warnings]
    return (*warnings, *_owner_warning(Match(target, None), delta))


def _replacement_change(connection: Connection, wanted_source: str) -> str:
    """What becomes of a connection that is replaced, or of a replacement that isn't what is declared any more."""
    what = f"'{connection.name}', which an interrupted replacement left" if connection.future_name else "the connection"
    return f"replace {what} of data source '{connection.data_source}' by one of '{wanted_source}'"


def _naming_change(name: str, wanted_source: str, temporary_name: str) -> list[str]:
    """Under which name a replacement is built, when somebody has the one that it would have."""
    usual = successor_name(name, wanted_source)
    if temporary_name == usual:
        return []
    return [f"build it as '{temporary_name}', since there is '{usual}', made by somebody else"]


def _replaced_side(match: Match, connection: Connection) -> dict[str, t.Any]:
    """The connection that is replaced, as it is now."""
    space = None if _moves(match, connection) else match.target.space
    return _gone_side(connection, space, match.target.definition)


def _replacement_warning(definition: Definition, connection: Connection) -> tuple[str, ...]:
    """What a replacement means to those who refer to the connection; nothing for one that waits to be one."""
    if connection.future_name:
        return ()
    return (
        f"{definition.label} is replaced: its id changes ({connection.id} goes). Load scripts that refer to it by name"
        " go on; what refers to it by id (data integration projects, automations, lineage) must be pointed to the new"
        " one.",
    )


def _moves(match: Match, connection: Connection) -> bool:
    space = match.target.space
    return space is not None and space.key != connection.space_id


def _creation_side(action: Action) -> dict[str, t.Any]:
    """What a new connection will be: the only side of its diff, secrets masked."""
    target, definition = action.target, action.target.definition
    side: dict[str, t.Any] = {
        "name": definition.name,
        "space": target.space.name if target.space else "",
        "data_source": action.data_source,
        "tags": sorted(user_tags(definition, ())),
    }
    if definition.statement:
        side["connect_statement"] = mask_statement(definition.statement)
    else:
        side["properties"] = mask_properties(definition.properties)
    if definition.separate_credentials:
        side["separate_credentials"] = True
    if definition.credentials:
        side["credentials"] = definition.credentials
    if definition.secrets:
        side["secrets"] = dict.fromkeys(sorted(definition.secrets), MASK)
    if action.delta.owner_id:
        side["owner_id"] = action.delta.owner_id
    if expiry_after(action):
        side["expires"] = expiry_after(action)
    return side


def _gone_side(connection: Connection, space: Space | None, definition: Definition) -> dict[str, t.Any]:
    """What a connection that goes is: which one, whose, and what it leads to. Most of the properties that Qlik shows
    are the defaults of their source, which nobody declared.
    """
    held = connection.meant
    kept = {name: value for name, value in held.items() if name in definition.properties or _identifies(name, value)}
    return {**_identity(connection, space), "owner_id": connection.owner_id, "properties": mask_properties(kept)}


def _identity(connection: Connection, space: Space | None) -> dict[str, t.Any]:
    return {
        "name": connection.name,
        "space": connection.space_id if space is None else space.name,
        "data_source": connection.data_source,
        "tags": sorted(connection.user_tags),
    }


def _identifies(name: str, value: t.Any) -> bool:
    """Whether a property says something of this connection: an address, or a text. Switches and numbers are nearly
    always defaults.
    """
    text = statement_text(value)
    if is_address_name(name):
        return bool(text)
    if name in _SELECTORS:
        return False
    return text.lower() not in _SWITCHES and not text.isdigit()


def shown_value(name: str, value: t.Any) -> str:
    """A property for a person's eyes; a tuple holds several values, each of which is masked for itself."""
    if isinstance(value, tuple):
        return ";".join([shown_value(name, one) for one in value])
    if value is None and is_user_name(name):
        return "(not shown)"
    if value is None:
        return "(not set)"
    shown = mask_value(name, value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def _owner_warning(match: Match, delta: Delta) -> tuple[str, ...]:
    """Qlik hands no credentials on to a new owner (qlik.dev, actions/update)."""
    connection = match.connection
    definition, target = match.target.definition, match.target
    if not delta.owner_id or (connection is not None and connection.separate_credentials):
        return ()
    if target.owner_is_caller and definition.write_only:
        return ()
    return (
        f"{definition.label}: Qlik doesn't hand the credentials on to the new owner ({delta.owner_id}), who has to"
        " enter them"
        " before the connection works again.",
    )


def _detach_warning(definition: Definition, delta: Delta) -> tuple[str, ...]:
    if not delta.reattach:
        return ()
    return (
        f"{definition.label}: Qlik detaches separate credentials when the host changes. The caller's are attached"
        " again; other users"
        " have to choose theirs anew.",
    )


def replacement_problem(connection: Connection, wanted_source: str) -> str:
    """Why a connection can't become one of another source as it is."""
    return (
        f"it is a connection of data source '{connection.data_source}', and Qlik can't turn it into one of"
        f" '{wanted_source}'."
        " It needs to be replaced: set replace to when_required to have a new one take its place."
    )


def attached_problem(target: Target) -> str:
    """Why a new connection isn't made of a statement with both existing credentials and secrets."""
    return (
        f"credentials '{target.definition.credentials}' exist already and are attached as they are: leave the secrets"
        " out, or change"
        " them with qlik_data_credential."
    )
