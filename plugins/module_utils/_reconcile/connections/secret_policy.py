# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When secrets are sent. Pure.

Source: qlik.dev, changelog 236: a changed host, server, url or connect statement must come with the credentials.
Everything else is the user's policy: Qlik never returns a secret, so that a tag has to tell what was sent last.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.compare import same_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    Address,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    Fingerprint,
    fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_value
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    HOST_NAMES,
    PORT_PROPERTY,
    has_encrypted_items,
    is_user_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import address_of, address_part
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.attaching import (
    attached_as_they_are,
    attaches_others,
    doubted,
    no_fingerprint,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.demands import (
    demand,
    has_what_is_demanded,
    missing_credentials,
    only_with_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.drift import (
    Drift,
    addresses_named,
    rival_addresses,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.lost_credentials import why_lost
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import (
    refusal_problem,
    rotation_warning,
)

WITHOUT_MEMORY = (
    "Secrets are declared without fingerprint_key or secrets_version, so a change of theirs can't be known: they are"
    " sent when a"
    " connection is created, and not again. Set one of the two, or update_secrets to on_create or always."
)


class SecretDecision(t.NamedTuple):
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


def decide_secrets(
    match: Match, connection: Connection, drift: Drift, defaults: t.Mapping[str, t.Any] | None = None
) -> SecretDecision:
    """What is done about the secrets of a connection that is there. C(defaults) are those of its source, as far as they
    are known.
    """
    return _with_refusal(match.target, _decide_secrets(match, connection, drift, defaults))


def _with_refusal(target: Target, decision: SecretDecision) -> SecretDecision:
    """The decision, unless it would send what was refused, or may have been; and what is to be said of that."""
    problem = refusal_problem(target) if decision.send else ""
    if problem:
        return SecretDecision(problem=problem)
    warning = rotation_warning(target)
    return decision._replace(warnings=(*decision.warnings, warning)) if warning else decision


def _decide_secrets(
    match: Match, connection: Connection, drift: Drift, defaults: t.Mapping[str, t.Any] | None
) -> SecretDecision:
    target, definition = match.target, match.target.definition
    demanded = demand(definition, connection, drift)
    if demanded and not has_what_is_demanded(definition, connection):
        missing = missing_credentials(definition, connection)
        return SecretDecision(problem=f"{demanded}, but the definition declares {missing}")
    if not definition.write_only:
        return SecretDecision()
    if _are_others_to_enter(target, connection):
        return SecretDecision(problem=only_with_secrets(demanded or _changed_encrypted_list(drift)))
    if target.is_refused and not target.holds_previous:
        return _decide_refused(match, connection, drift, demanded)
    why, retag = "", False
    if _has_policy_of_change(definition):
        why, retag = _why_send(match, connection)
    why = _why_anyway(target, connection) or why or demanded or _why_not_there(match, connection, drift)
    if not why:
        return _unsent(match, connection, retag=retag)
    problem = _unclear_address(definition, connection) or _undeclared_address(definition, connection, defaults or {})
    problem = problem or target.credentials_dispute
    if problem:
        return SecretDecision(problem=problem)
    warnings = () if definition.update_secrets == "always" else memory_warning(definition)
    return _sent(definition, why, warnings)


def _decide_refused(match: Match, connection: Connection, drift: Drift, demanded: str) -> SecretDecision:
    """What is done about secrets that were refused, where those that were put back aren't declared: nothing, unless
    something has to be sent.
    """
    target = match.target
    quiet = target._replace(definition=replace(target.definition, update_secrets="on_change"))
    needed = _why_anyway(quiet, connection) or demanded or _why_not_there(match, connection, drift)
    if not needed:
        return SecretDecision()
    return SecretDecision(
        problem=f"secrets have to be sent, because {needed}, and the declared ones were refused when they were tried"
        " last. Declare others; or those that were put back, as secrets_previous; or set send_refused."
    )


def _are_others_to_enter(target: Target, connection: Connection) -> bool:
    """Whether the secrets are somebody else's to enter: Qlik lets only the owner send credentials."""
    if not target.owner_id or target.owner_is_caller:
        return False
    return connection.owner_id == target.owner_id


def _why_anyway(target: Target, connection: Connection) -> str:
    """Why secrets are sent whatever is known of those that are there."""
    definition = target.definition
    if definition.only_secrets:
        back = ", and to put secrets_previous back if they don't connect" if definition.puts_back else ""
        return f"this run is to send them (secrets_only){back}"
    if definition.update_secrets == "always":
        return "update_secrets is always"
    if definition.separate_credentials is False and connection.separate_credentials:
        return "they take the place of separate credentials"
    if definition.credentials and not target.credentials_id:
        return f"credentials '{definition.credentials}' are made of them"
    if target.owner_is_caller and target.owner_id != connection.owner_id:
        return "Qlik doesn't hand them on to a new owner"
    return ""


def _why_not_there(match: Match, connection: Connection, drift: Drift) -> str:
    """Why the declared secrets may not be there, or have to come with something else."""
    return (
        why_lost(match, connection)
        or changed_user(drift)
        or _changed_encrypted_list(drift)
        or _unknown_to_successor(match.target.definition, connection)
        or _why_others_are_there(match, connection)
    )


def _unsent(match: Match, connection: Connection, *, retag: bool) -> SecretDecision:
    definition = match.target.definition
    warnings = [*memory_warning(definition), *_attached_warning(match, connection)]
    if match.target.credentials_dispute:
        warnings.append(f"{definition.label}: {match.target.credentials_dispute}")
    return SecretDecision(retag=retag, remember=retag, warnings=tuple(warnings))


def _sent(definition: Definition, why: str, warnings: tuple[str, ...] = ()) -> SecretDecision:
    names = ", ".join(sorted(definition.secrets) or sorted(definition.write_only))
    changes = (f"secrets ({names}): send, because {why}",)
    return SecretDecision(send=True, remember=has_memory(definition), retag=True, changes=changes, warnings=warnings)


def decide_attached(target: Target, other_user: str = "") -> SecretDecision:
    """What a new connection does with secrets when its separate credentials exist already: they may be newer than the
    definition. C(other_user): why they have another user name than the declared one.
    """
    return _with_refusal(target, _decide_attached(target, other_user))


def _decide_attached(target: Target, other_user: str) -> SecretDecision:
    definition = target.definition
    if not definition.write_only:
        return SecretDecision(changes=(f"{', '.join(definition.user_names)}: send",) if other_user else ())
    why = ""
    if definition.update_secrets == "always":
        why = "update_secrets is always"
    elif other_user or target.credentials_doubt:
        why = other_user or doubted(target)
    elif target.credentials_hold:
        return SecretDecision(remember=has_memory(definition))
    elif _has_policy_of_change(definition):
        why = no_fingerprint(definition)
    if not why:
        return SecretDecision(warnings=(attached_as_they_are(definition),))
    if target.credentials_dispute:
        return SecretDecision(problem=target.credentials_dispute)
    return _sent(definition, why)


def _has_policy_of_change(definition: Definition) -> bool:
    return definition.update_secrets == "on_change" and has_memory(definition)


def _why_others_are_there(match: Match, connection: Connection) -> str:
    """Why credentials may hold other secrets than those that the fingerprint of their connection tells."""
    target = match.target
    if target.credentials_doubt:
        return doubted(target)
    if target.credentials_hold or not attaches_others(match, connection):
        return ""
    return no_fingerprint(target.definition) if _has_policy_of_change(target.definition) else ""


def _attached_warning(match: Match, connection: Connection) -> tuple[str, ...]:
    """What is to be said where nothing tells whether credentials that are attached now hold the declared secrets."""
    definition = match.target.definition
    if match.target.credentials_hold or _has_policy_of_change(definition) or not attaches_others(match, connection):
        return ()
    return (attached_as_they_are(definition),)


def _unknown_to_successor(definition: Definition, connection: Connection) -> str:
    """Why a replacement that an earlier run built gets the secrets again, where no memory tells which it was made
    with.
    """
    if not connection.future_name or has_memory(definition):
        return ""
    return "nothing tells which ones the interrupted replacement was made with"


def _unclear_address(definition: Definition, connection: Connection) -> str:
    """Why secrets can't go where a connection leads, which says that more than once: its statement does, and no request
    of this run puts that right.
    """
    for held in (*_unmended_rivals(definition, connection), *_undeclared_rivals(definition, connection)):
        shown = ";".join([f"{one.name}={mask_value(one.name, one.value)}" for one in held])
        return (
            f"its secrets are not sent, because its connect statement says more than once where it leads ({shown}), and"
            " nobody can tell which of these counts for Qlik. Have the connection say it once."
        )
    return ""


def _unmended_rivals(definition: Definition, connection: Connection) -> t.Iterator[list[Address]]:
    """The pairs of each declared address that a request for a property leaves there, or of which some stand within the
    value of another pair, which an update of the statement would cut.
    """
    for name in rival_addresses(definition.declared_address, connection):
        held = addresses_named(name, connection)
        if any(one.enclosed or (one.name != name and not definition.statement) for one in held):
            yield held


def _undeclared_rivals(definition: Definition, connection: Connection) -> t.Iterator[list[Address]]:
    """The pairs of each address that nobody declared, and that stands there with several values. Where Qlik shows how
    it reads a statement, only what it shows can be an address.
    """
    names = {one.name.lower() for one in connection.addresses if not one.enclosed}
    if connection.shown is not None:
        names &= {name.lower() for name in connection.shown}
    for name in sorted(names - {name.lower() for name in definition.declared_address}):
        held = [one for one in addresses_named(name, connection) if not one.enclosed]
        if not all(same_value(held[0].value, one.value) for one in held):
            yield held


def _undeclared_address(definition: Definition, connection: Connection, defaults: t.Mapping[str, t.Any]) -> str:
    """Why secrets can't go where a connection leads now; empty when that is declared, or they went there before.

    A definition may leave the address out. Then anybody who may edit the connection says where the secrets go, so they
    go only where they were sent already.
    """
    held = address_of(connection.properties or {})
    usual_port = statement_text(held.get(PORT_PROPERTY)) == statement_text(defaults.get(PORT_PROPERTY))
    undeclared = [name for name in held if name in HOST_NAMES and name not in definition.declared_address]
    if PORT_PROPERTY in held and PORT_PROPERTY in defaults and not usual_port:
        undeclared += {PORT_PROPERTY} - definition.declared_address.keys()
    if not undeclared or _were_sent_to(held, connection, usual_port=usual_port):
        return ""
    where = ", ".join(f"{name} {mask_value(name, connection.meant[name])}" for name in held)
    return (
        f"its secrets are not sent, because the definition doesn't declare {undeclared[0]}, and nothing shows that they"
        f" ever went where the connection leads now: {where}. Declare {undeclared[0]} among the properties, if that is"
        " right."
    )


def _were_sent_to(address: t.Mapping[str, t.Any], connection: Connection, *, usual_port: bool) -> bool:
    """Whether secrets went to this address already. The usual port may have been left out then."""
    sent_last = connection.sending
    if sent_last is None:
        return False
    if sent_last.address == address_part(address):
        return True
    without_port = {name: value for name, value in address.items() if name != PORT_PROPERTY}
    return usual_port and sent_last.address == address_part(without_port)


def _fingerprint_here(definition: Definition, connection: Connection) -> Fingerprint | None:
    """The fingerprint of the declared secrets at the place where a connection is."""
    name = connection.future_name or connection.name
    return wanted_fingerprint(definition, connection.tenant_id, connection.space_id, name)


def _fingerprint_there(target: Target, connection: Connection) -> Fingerprint | None:
    """The fingerprint that a connection is to have, at the place where it will be; none can match a planned space."""
    space_id = connection.space_id
    if target.space is not None:
        if target.space.planned:
            return None
        space_id = target.space.id
    name = target.definition.name or connection.future_name or connection.name
    return wanted_fingerprint(target.definition, connection.tenant_id, space_id, name)


def _why_send(match: Match, connection: Connection) -> tuple[str, bool]:
    """Why on_change sends the secrets (empty: it doesn't), and whether the kept fingerprint must be written anew."""
    definition = match.target.definition
    kept, wanted = connection.fingerprint, _fingerprint_there(match.target, connection)
    if kept is None:
        if connection.is_managed:
            return "no fingerprint of those sent last is kept yet", True
        return "nobody can know which ones an adopted connection holds (once)", True
    if kept == wanted:
        return "", False
    moved = match.relocated or wanted is None or bool(definition.id)
    if moved and kept == _fingerprint_here(definition, connection):
        return "", True
    return _why_other_fingerprint(definition, kept, wanted), True


def _why_other_fingerprint(definition: Definition, kept: Fingerprint, wanted: Fingerprint | None) -> str:
    if definition.secrets_version:
        if kept.kind == "version":
            return f"secrets_version changed from '{kept.value}' to '{definition.secrets_version}'"
        return "they are now told apart by secrets_version (once)"
    if kept.kind == "version":
        return "they are now told apart by a fingerprint (once)"
    if wanted is not None and kept.key_id != wanted.key_id:
        return "the kept fingerprint was made with another key"
    return "they differ from those sent last, or the connection was renamed or moved by hand since"


def how_sent(match: Match, connection: Connection) -> str:
    """What a diff says of secrets that are sent: C(changed), C(sent again) where they are the same as before, C(sent)
    where nobody can know.
    """
    kept, here = connection.fingerprint, _fingerprint_here(match.target.definition, connection)
    if kept is None or here is None:
        return "sent"
    if kept in (here, _fingerprint_there(match.target, connection)):
        return "sent again"
    return "changed" if (kept.kind, kept.key_id) == (here.kind, here.key_id) else "sent"


def changed_user(drift: t.Mapping[str, t.Any]) -> str:
    """Why secrets go along with a user name that changes; empty when none does."""
    for name in drift:
        if is_user_name(name):
            return f"they belong to {name}, which changes"
    return ""


def _changed_encrypted_list(drift: Drift) -> str:
    for name, (_now, value) in drift.items():
        if has_encrypted_items(value):
            return f"{name} changes, which is sent as a whole"
    return ""


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
