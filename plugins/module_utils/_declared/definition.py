# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition: what a user declares about one connection. What it leaves out is not touched and is no drift."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import (
    Replace,
    SpaceType,
    State,
    TagsMode,
    UpdateSecrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_PROPERTY,
    CODE_PROPERTY,
    NEW_CREDENTIALS_PROPERTY,
    SEPARATE_PROPERTY,
    STATEMENT_SIGN_IN,
    has_encrypted_items,
    is_address_name,
    is_user_name,
    split_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed, member_with, record

# The options that a definition takes over as they are, each by its own name.
_AS_GIVEN = frozenset(
    (
        "name",
        "id",
        "state",
        "space_type",
        "data_source",
        "type",
        "update_secrets",
        "fingerprint_key",
        "secrets_version",
        "tags_mode",
        "previous_name",
        "previous_space",
        "owner",
        "replace",
    )
)
# Of which types names and values are that are taken as they are.
_TEXTS = frozenset((str,))
_WHOLE = frozenset((str, int, bool))
# Up to here a floating-point number that is whole is exactly that number.
_EXACT = 2**53


@record
class Definition:
    """C(tags) and C(space) are None when left out; C(properties) can be read back, C(secrets) can't.

    C(space) is a name or an id as it was given, C(owner) a user's id or e-mail. C(credentials) the name or id of
    separate ones. C(statement) is a raw connect statement in place of properties. C(only_secrets), C(expected_address)
    and those after it: see rotation. C(secrets_previous) is what was in the place of some of the secrets before, and is
    sent again if these don't connect (C(puts_back)). C(send_refused): so are secrets that didn't connect. C(is_tried):
    whether it connects is tried after writing, so that a tag may have to say what came of it. C(space_type) and C(type)
    (Qlik's qType) are only compared with what is there. C(expires) is the last day on which the secrets are good,
    C(expires_after) how many days that is after they are sent. C(contradictions): what can't be declared together, a
    sentence each.
    """

    name: str = ""
    id: str = ""
    space: str | None = None
    state: State = "present"
    space_type: SpaceType | t.Literal[""] = ""
    data_source: str = ""
    type: str = ""
    properties: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    secrets: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    secrets_previous: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    statement: str = member_with(default="", repr=False)
    update_secrets: UpdateSecrets = "on_change"
    fingerprint_key: str = member_with(default="", repr=False)
    secrets_version: str = ""
    expires: str = ""
    expires_after: str = ""
    tags: tuple[str, ...] | None = None
    tags_mode: TagsMode = "merge"
    previous_name: str = ""
    previous_space: str | None = None
    owner: str = ""
    replace: Replace = "never"
    auth_code: str = member_with(default="", repr=False)
    separate_credentials: bool | None = None
    credentials: str = ""
    only_secrets: bool = False
    puts_back: bool = False
    send_refused: bool = False
    is_tried: bool = False
    expected_address: t.Mapping[str, t.Any] = member_with(default_factory=dict, repr=False)
    expected_credentials: str = ""
    expected_separate: bool | None = None
    contradictions: tuple[str, ...] = ()
    position: int = 0

    @classmethod
    def from_options(
        cls, options: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any] | None = None, position: int = 0
    ) -> Definition:
        """From a module's validated options; C(defaults), none of them null, fill what an item of a list, at this
        C(position) from 1, leaves out.

        Secrets among the properties are moved to the secrets, and the properties about separate credentials to where
        they belong, as somebody who pastes Qlik's examples expects. A property that is null counts as left out.
        """
        given = {**(defaults or {}), **_without_nulls(options)}
        properties, pasted = split_secrets(_plain_properties(given.get("properties")))
        separate, credentials = _separation(properties, given)
        secrets = {**pasted, **_plain_properties(given.get("secrets"))}
        sign_in = {spelling: given[name] for name, spelling in STATEMENT_SIGN_IN.items() if given.get(name)}
        contradictions: list[str] = []
        if sign_in:
            contradictions = _contradictions(sign_in, secrets, has_statement=bool(given.get("connect_statement")))
        if not contradictions:
            secrets.update(sign_in)
        tags = given.get("tags")
        if tags is not None:
            tags = tuple(dict.fromkeys(map(str, tags)))
        return cls(
            **{name: given[name] for name in _AS_GIVEN & given.keys()},
            space=given.get("space") or None,
            properties=properties,
            secrets=secrets,
            secrets_previous=_plain_properties(given.get("secrets_previous")),
            statement=given.get("connect_statement", ""),
            expires=str(given.get("expires", "")),
            expires_after=str(given.get("expires_after", "")),
            tags=tags,
            auth_code=given.get("auth_code", "").strip(),
            separate_credentials=separate,
            credentials=credentials,
            puts_back=bool(given.get("put_back")),
            send_refused=bool(given.get("send_refused")),
            is_tried=given.get("verify", "never") != "never",
            contradictions=tuple(contradictions),
            position=position,
        )

    def rotation(self) -> Definition:
        """What sends the secrets and touches nothing else: with them go the user names and the lists that are sent as a
        whole.

        It is for the declared source, address and credentials only, which it doesn't touch either.
        """
        names = {*self.user_names, *self.lists_with_secrets}
        kept = {name: value for name, value in self.properties.items() if name in names}
        name, space = self.name, self.space
        if self.id:
            name, space = "", None
        return Definition(
            name=name,
            id=self.id,
            space=space,
            state=self.state,
            data_source=self.data_source,
            properties=kept,
            expected_address=self.declared_address,
            expected_credentials=self.credentials,
            expected_separate=self.separate_credentials,
            secrets=self.secrets,
            secrets_previous=self.secrets_previous,
            statement=self.statement,
            update_secrets="always",
            fingerprint_key=self.fingerprint_key,
            secrets_version=self.secrets_version,
            expires=self.expires,
            expires_after=self.expires_after,
            only_secrets=True,
            puts_back=self.puts_back,
            send_refused=self.send_refused,
            is_tried=self.is_tried,
            type=self.type,
            contradictions=self.contradictions,
            position=self.position,
        )

    @computed
    def declared_address(self) -> dict[str, t.Any]:
        """The declared properties, or parts of the statement, that say where the connection leads."""
        if self.only_secrets:
            return dict(self.expected_address)
        declared = self.properties
        if self.statement:
            try:
                declared = parse_connect_statement(self.statement).properties
            except StatementError:
                declared = {}  # it is refused, with the reason
        return {name: value for name, value in declared.items() if is_address_name(name)}

    @property
    def label(self) -> str:
        """How messages call it."""
        if self.name:
            return f"connection '{one_line(self.name)}'"
        if self.id:
            return f"connection {one_line(self.id)}"
        if self.position:
            return f"connections, item {self.position}"
        return "the connection"

    @computed
    def lists_with_secrets(self) -> dict[str, t.Any]:
        """The declared lists of names and values in which something is encrypted."""
        return {name: value for name, value in self.properties.items() if has_encrypted_items(value)}

    @computed
    def write_only(self) -> dict[str, t.Any]:
        """What a fingerprint must cover: the secrets, and the encrypted list items, that Qlik doesn't return."""
        found = {}
        for name, items in self.lists_with_secrets.items():
            found[name] = [item for item in items if isinstance(item, Mapping) and item.get("encrypt")]
        return {**found, **self.secrets}

    @computed
    def user_names(self) -> dict[str, t.Any]:
        """The declared user names: not secret, but part of the credentials, so that statements need not show them."""
        return {name: value for name, value in self.properties.items() if is_user_name(name)}

    @computed
    def credentials_sent(self) -> dict[str, t.Any]:
        """What the credentials are made of: user names, secrets, and the lists with encrypted items. Empty without
        secrets.
        """
        if not self.write_only:
            return {}
        return {**self.user_names, **self.lists_with_secrets, **self.secrets}

    def sendable(self, *, with_code: bool = False) -> dict[str, t.Any]:
        """Properties and secrets as one mapping: what a new connection is made of. C(with_code): the code for signing
        in, too.
        """
        sent = {**self.properties, **self.secrets}
        code = self.auth_code
        if code.startswith("code="):
            code = code[len("code=") :]
        if code and with_code:
            sent[CODE_PROPERTY] = code
        return sent


def _separation(properties: dict[str, t.Any], given: t.Mapping[str, t.Any]) -> tuple[bool | None, str]:
    """Whether each user is to bring credentials of their own, and which the caller's are. What the properties say of it
    is taken out of them.
    """
    separate: bool | None = given.get("separate_credentials")
    pasted = properties.pop(SEPARATE_PROPERTY, None)
    if pasted is not None:
        separate = statement_text(pasted).lower() in ("true", "1")
    attached = properties.pop(ATTACHED_PROPERTY, None)
    created = properties.pop(NEW_CREDENTIALS_PROPERTY, None)
    credentials = str(given.get("credentials") or attached or created or "")
    if credentials and separate is None:
        separate = True
    return separate, credentials


def _contradictions(sign_in: t.Mapping[str, str], secrets: t.Mapping[str, t.Any], *, has_statement: bool) -> list[str]:
    """What is wrong with a user name and a password that are given beside a connect statement, as Qlik's bodies have
    them.
    """
    given = []
    problems = []
    for name, spelling in STATEMENT_SIGN_IN.items():
        if spelling not in sign_in:
            continue
        given.append(f"{name} ({spelling})")
        held = {str(secrets[one]) for one in (name, spelling) if one in secrets}
        if held - {sign_in[spelling]}:
            problems.append(f"it declares {name} twice, in secrets and beside them, and the two differ: keep one.")
    if given and not has_statement:
        return [
            f"it declares {' and '.join(given)}, which belong to a connect_statement. Without one, give the user name"
            " in properties and the password in secrets, by the names that the data source gives them."
        ]
    return problems


def _without_nulls(mapping: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in mapping.items() if value is not None}


def _plain_properties(declared: t.Any) -> dict[str, t.Any]:
    properties: dict[str, t.Any] = {}
    if not declared:
        return properties
    if _TEXTS.issuperset(map(type, declared)) and _WHOLE.issuperset(map(type, declared.values())):
        return dict(declared)
    for name, value in declared.items():
        if value is not None:
            properties[str(name)] = _plain_number(value)
    return properties


def _plain_number(value: t.Any) -> t.Any:
    """The same value, with whole numbers as such: YAML and templates make C(5432.0) of them, which no port is."""
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, list):
        return [_plain_number(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain_number(item) for name, item in value.items()}
    return value
