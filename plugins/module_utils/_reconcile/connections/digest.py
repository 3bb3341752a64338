# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells one plan from another: a digest over everything that carrying it out would send, and delete. Pure.

A digest is shown to everybody who may see a report. So a secret goes into it as a digest of its own, made with the key
of its definition; without a key only that a secret is sent goes in, since anything else could be guessed. The same
holds for what is masked because it may be a secret, such as the value of a header, and for tags that are digests
without a key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import typing as t
from collections.abc import Mapping
from itertools import takewhile

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import parted
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    mask_certain,
    mask_properties,
    mask_statement,
    mask_value,
    without_fragments,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_MEMBER,
    SEPARATE_MEMBER,
    STATEMENT_SIGN_IN,
    is_hidden_name,
    is_write_only,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import address_of
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_EXPIRES, TAG_SENT, TAG_USER
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import torn_places
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import counted_expiry
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.writes import (
    Write,
    connection_writes,
    space_writes,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.spaces.decide import SpaceAction

FORM = "v2:"
_FIRST_FORM = re.compile(r"\A[0-9a-f]{64}\Z")
_UNBOUND = {"sent": "a secret that no key binds"}
_PROPERTY = "/connectionProperties/"
_PARTING = re.compile(r"://|[/;&?#@\\]")


class Concealing:
    """Puts keyed digests in the place of secrets. C(unbound) tells whether one had to go without, C(unread) whether
    a statement had of which nobody can tell what is secret.

    C(counted): the day that is counted from the run. In its place stands how it was declared, so that what was approved
    yesterday is the same plan today.
    """

    def __init__(self, definition: Definition, counted: str = "") -> None:
        self._definition = definition
        self._counted = TAG_EXPIRES + counted if counted else ""
        self.unbound = False
        self.unread = False

    def body(self, body: t.Any) -> t.Any:
        """The body of a request without secrets: a PATCH's operations, or the members of what is created."""
        if isinstance(body, Mapping):
            return {name: self._member(name, value) for name, value in body.items()}
        if isinstance(body, list):
            operations = [{**one, "value": self._operand(one["path"], one.get("value"))} for one in body]
            return sorted(operations, key=lambda one: str(one["path"]))
        return body

    def gone(self, connection: Connection) -> t.Any:
        """A connection that goes, so that it isn't another one by then than who approved that saw. Nothing of it
        changes by itself. None of its secrets is sent, so that none is left unbound, but for a statement of
        which nobody can tell what is secret.
        """
        shown = without_fragments(connection.meant)
        if connection.shown is None:  # numbers are not shown of it, and may be parts of a secret
            shown = {name: value for name, value in shown.items() if not str(value).isdigit()}
        held = {
            "qName": connection.name,
            "space": connection.space_id,
            "user": connection.owner_id,
            "datasourceID": connection.data_source,
            "qType": connection.type,
            "qConnectStatement": connection.statement,
            "connectionProperties": shown,
            SEPARATE_MEMBER: connection.separate_credentials,
            ATTACHED_MEMBER: connection.credentials_id,
            "tags": connection.tags,
        }
        apart = Concealing(self._definition)
        body = apart.body(held)
        self.unbound = self.unbound or apart.unread
        return body

    def told(self, action: Action) -> t.Iterator[t.Any]:
        """What the action says that changes. Of a property it is what that is now: what is shown of it depends on
        secrets that a plan need not bind.
        """
        held = Concealing(self._definition)
        for change in action.changes:
            name, now = action.drifted.get(change, ("", None))
            yield [name, held.body({"connectionProperties": {name: now}})] if name else change

    def tagged(self, action: Action) -> t.Any:
        """What tags speak of that don't count themselves, as far as no body need hold it: where the connection led that
        secrets are sent to, and who signs in.
        """
        held: dict[str, t.Any] = {}
        if action.sends and action.connection is not None and not action.builds:
            held.update(address_of(action.connection.meant))
        if action.knows_users:
            held.update(self._definition.user_names)
        return self.body({"connectionProperties": held})

    def secret(self, name: str, value: t.Any) -> t.Any:
        """What stands for a secret."""
        key = self._definition.fingerprint_key
        if not key:
            self.unbound = True
            return _UNBOUND
        message = b"qlikops.cloud plan\0" + json.dumps([name, value], sort_keys=True).encode()
        return {"sent": hmac.digest(key.encode("utf-8", "surrogatepass"), message, "sha256").hex()}

    def _operand(self, path: str, value: t.Any) -> t.Any:
        if path.startswith(_PROPERTY):
            return self._property(path[len(_PROPERTY) :].replace("~1", "/").replace("~0", "~"), value)
        return self._member(path[1:], value)

    def _member(self, name: str, value: t.Any) -> t.Any:
        if name in STATEMENT_SIGN_IN.values():
            return self.secret(name, value)
        if name == "connectionProperties":
            return {one: self._property(one, held) for one, held in value.items()}
        if name == "qConnectStatement":
            return self._statement(value)
        return sorted(map(self._tag, value)) if name == "tags" else value

    def _tag(self, tag: str) -> str:
        """Digests in tags are made without a key: of what is masked, they could be guessed from."""
        if tag.startswith(TAG_SENT):
            return tag.rpartition(":")[0]
        users = self._definition.user_names
        if tag.startswith(TAG_USER) and mask_properties(users) != users:
            return TAG_USER
        return TAG_EXPIRES + self._definition.expires_after if tag == self._counted else tag

    def _statement(self, text: str) -> t.Any:
        """The whole text, letter by letter, and not only what is read of it."""
        if not text:
            return text
        if self._definition.fingerprint_key:
            return self.secret("qConnectStatement", text)
        try:
            begin, pairs, end = parted(text)
        except StatementError:
            self.unread = True
            return [self.secret("qConnectStatement", text), _parting_signs(text)]
        held = pairs.split(";")
        if mask_statement(text) != MASK:
            return [begin, *map(self._pair, held), end]
        self.unread = True
        # Nobody can tell where a secret ends in it. None begins before these end.
        whole = held[: max(min(torn_places(pairs), default=len(held) + 1) - 1, 0)]
        shown = list(takewhile(self._is_shown, whole))
        rest = ";".join(held[len(shown) :])
        return [begin, shown, self.secret("qConnectStatement", rest), _parting_signs(rest), end]

    def _is_shown(self, pair: str) -> bool:
        """Whether a part of a statement is a pair without any secret, or blank."""
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals:
            return not name
        if name in self._definition.secrets or is_write_only(name, value) or is_hidden_name(name):
            return False
        return pair == mask_certain("", pair) and value == mask_certain(name, value)

    def _pair(self, text: str) -> t.Any:
        name, equals, value = text.partition("=")
        return [name + equals, self._property(name.strip(), value)]

    def _property(self, name: str, value: t.Any) -> t.Any:
        if isinstance(value, tuple):
            return [self._property(name, one) for one in value]
        if name in self._definition.secrets or is_write_only(name, value):
            return self.secret(name, value)
        if mask_value(name, value) == value:
            return value
        if self._definition.fingerprint_key:
            return self.secret(name, value)
        return self._without_secrets(name, value)

    def _without_secrets(self, name: str, value: t.Any) -> t.Any:
        """What is masked, without a key. A parameter of a URL that no name calls a key counts; nothing that could be
        guessed does. Of what is masked those signs count that part a URL: with others it leads elsewhere.
        """
        shown = mask_certain(name, value) if isinstance(value, str) else mask_value(name, value)
        if shown == value:
            return value
        self.unbound = True
        return _with_signs(value, shown)


def _with_signs(value: t.Any, shown: t.Any) -> t.Any:
    """What is shown of a value, and beside each text that is masked in part the signs in it that part a URL."""
    if shown in (value, MASK):
        return shown
    if isinstance(value, Mapping):
        return {name: _with_signs(held, shown[name]) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_with_signs, value, shown))
    return [shown, _parting_signs(value)]


def _parting_signs(text: str) -> str:
    return "".join(_PARTING.findall(text))


def plan_digest(
    tenant: str, space_actions: t.Iterable[SpaceAction], actions: t.Iterable[Action], tenant_id: str, policy: str = ""
) -> tuple[str, bool]:
    """The digest of one tenant's plan, C(v2:) and 64 hexadecimal digits, and whether it leaves a secret unbound.

    It is the same whatever the order of the definitions, of their tags and properties. Only of several that share new
    credentials the first one makes them: another one first is another plan. C(tenant) is where it would be carried out:
    what is made elsewhere of the same definitions is another plan. So is what other rules allowed: C(policy) is their
    digest, empty without any.
    """
    # What is masked is the same whatever other secrets this run knows, which nobody need have approved.
    with known_secrets(()):
        steps, unbound = _steps(space_actions, actions, tenant_id)
    if policy:
        steps.append(_text(["policy", policy]))
    return FORM + hashlib.sha256(json.dumps([tenant, *sorted(steps)]).encode()).hexdigest(), unbound


def _steps(
    space_actions: t.Iterable[SpaceAction], actions: t.Iterable[Action], tenant_id: str
) -> tuple[list[str], bool]:
    steps = [_space_step(action) for action in space_actions if action.writes]
    unbound = False
    for action in actions:
        if action.problems:
            steps.append(_text([action.kind, action.space_key, action.name, sorted(action.problems)]))
        elif action.writes:
            concealing = Concealing(action.target.definition, counted_expiry(action))
            steps.append(_connection_step(action, concealing, tenant_id))
            unbound = unbound or concealing.unbound
    return steps, unbound


def is_first_form(digest: str) -> bool:
    """Whether a digest is of the form that 0.1.0 made, which left out most of what is sent."""
    return bool(_FIRST_FORM.match(digest))


def _connection_step(action: Action, concealing: Concealing, tenant_id: str) -> str:
    writes = [_concealed(write, concealing) for write in connection_writes(action, tenant_id)]
    told = sorted(concealing.told(action), key=_text)
    return _text([action.kind, action.space_key, action.name, told, concealing.tagged(action), writes])


def _space_step(action: SpaceAction) -> str:
    writes = [[write.what, write.target, write.body] for write in space_writes(action)]
    gone = action.before if action.kind == "delete" else None
    return _text(["space", action.kind, action.definition.name, action.changes, writes, gone])


def _concealed(write: Write, concealing: Concealing) -> list[t.Any]:
    code = concealing.secret("auth_code", write.auth_code) if write.auth_code else ""
    gone = concealing.gone(write.gone) if write.gone is not None else None
    return [write.what, write.target, concealing.body(write.body), code, gone]


def _text(step: t.Any) -> str:
    return json.dumps(step, sort_keys=True)
