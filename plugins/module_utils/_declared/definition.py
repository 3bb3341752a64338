# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition: what a user declares about one connection. What it leaves out is not touched and is no drift."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

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

# Up to here a floating-point number that is whole is exactly that number.
_EXACT = 2**53


@dataclass(frozen=True)
class Definition:
    """C(tags) and C(space) are None when left out; C(properties) can be read back, C(secrets) can't.

    C(space) is a name or an id as it was given, C(owner) a user's id or e-mail. C(credentials) the name or id of
    separate ones. C(statement) is a raw connect statement in place of properties. C(only_secrets), C(expected_address):
    see rotation. C(space_type) and C(type) (Qlik's qType) are only compared with what is there. C(contradictions): what
    can't be declared together, a sentence each.
    """

    name: str = ""
    id: str = ""
    space: str | None = None
    state: State = "present"
    space_type: SpaceType | t.Literal[""] = ""
    data_source: str = ""
    type: str = ""
    properties: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    secrets: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    statement: str = field(default="", repr=False)
    update_secrets: UpdateSecrets = "on_change"
    fingerprint_key: str = field(default="", repr=False)
    secrets_version: str = ""
    tags: tuple[str, ...] | None = None
    tags_mode: TagsMode = "merge"
    previous_name: str = ""
    previous_space: str | None = None
    owner: str = ""
    replace: Replace = "never"
    auth_code: str = field(default="", repr=False)
    separate_credentials: bool | None = None
    credentials: str = ""
    only_secrets: bool = False
    expected_address: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    contradictions: tuple[str, ...] = ()
    position: int = 0

    @classmethod
    def from_options(
        cls, options: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any] | None = None, position: int = 0
    ) -> Definition:
        """From a module's validated options; C(defaults) fill what an item of a list, at this C(position) from 1,
        leaves out.

        Secrets among the properties are moved to the secrets, and the properties about separate credentials to where
        they belong, as somebody who pastes Qlik's examples expects. A property that is null counts as left out.
        """
        defaults = defaults or {}

        def option(name: str) -> t.Any:
            value = options.get(name)
            return defaults.get(name) if value is None else value

        plain, pasted = split_secrets(_without_nulls(option("properties")))
        separate = plain.pop(SEPARATE_PROPERTY, None)
        separate = (
            option("separate_credentials") if separate is None else statement_text(separate).lower() in ("true", "1")
        )
        named = [plain.pop(name, None) for name in (ATTACHED_PROPERTY, NEW_CREDENTIALS_PROPERTY)]
        credentials = option("credentials") or next((str(name) for name in named if name), "")
        tags = option("tags")
        secrets = {**pasted, **_without_nulls(option("secrets"))}
        sign_in = {spelling: option(name) for name, spelling in STATEMENT_SIGN_IN.items() if option(name)}
        contradictions = _contradictions(sign_in, secrets, has_statement=bool(option("connect_statement")))
        return cls(
            name=option("name") or "",
            id=option("id") or "",
            space=option("space") or None,
            state=option("state") or "present",
            space_type=option("space_type") or "",
            data_source=option("data_source") or "",
            type=option("type") or "",
            properties=plain,
            secrets={**secrets, **({} if contradictions else sign_in)},
            statement=option("connect_statement") or "",
            update_secrets=option("update_secrets") or "on_change",
            fingerprint_key=option("fingerprint_key") or "",
            secrets_version=option("secrets_version") or "",
            tags=None if tags is None else tuple(dict.fromkeys(str(tag) for tag in tags)),
            tags_mode=option("tags_mode") or "merge",
            previous_name=option("previous_name") or "",
            previous_space=option("previous_space"),
            owner=option("owner") or "",
            replace=option("replace") or "never",
            auth_code=(option("auth_code") or "").strip(),
            separate_credentials=True if credentials and separate is None else separate,
            credentials=credentials,
            contradictions=tuple(contradictions),
            position=position,
        )

    def rotation(self) -> Definition:
        """What sends the secrets and touches nothing else: with them go the user names and the lists that are sent as a
        whole.

        It is for the declared source and address only, which it doesn't touch either.
        """
        names = {*self.user_names, *self.lists_with_secrets}
        kept = {name: value for name, value in self.properties.items() if name in names}
        return Definition(
            name="" if self.id else self.name,
            id=self.id,
            space=None if self.id else self.space,
            state=self.state,
            data_source=self.data_source,
            properties=kept,
            expected_address=self.declared_address,
            secrets=self.secrets,
            statement=self.statement,
            update_secrets="always",
            fingerprint_key=self.fingerprint_key,
            secrets_version=self.secrets_version,
            only_secrets=True,
            type=self.type,
            contradictions=self.contradictions,
            position=self.position,
        )

    @cached_property
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
        return f"connections, item {self.position}" if self.position else "the connection"

    @cached_property
    def lists_with_secrets(self) -> dict[str, t.Any]:
        """The declared lists of names and values in which something is encrypted."""
        return {name: value for name, value in self.properties.items() if has_encrypted_items(value)}

    @cached_property
    def write_only(self) -> dict[str, t.Any]:
        """What a fingerprint must cover: the secrets, and the encrypted list items, that Qlik doesn't return."""
        found = {}
        for name, items in self.lists_with_secrets.items():
            found[name] = [item for item in items if isinstance(item, Mapping) and item.get("encrypt")]
        return {**found, **self.secrets}

    @cached_property
    def user_names(self) -> dict[str, t.Any]:
        """The declared user names: not secret, but part of the credentials, so that statements need not show them."""
        return {name: value for name, value in self.properties.items() if is_user_name(name)}

    @cached_property
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
        code = self.auth_code[len("code=") :] if self.auth_code.startswith("code=") else self.auth_code
        return {**self.properties, **self.secrets, **({CODE_PROPERTY: code} if code and with_code else {})}


def _contradictions(sign_in: t.Mapping[str, str], secrets: t.Mapping[str, t.Any], *, has_statement: bool) -> list[str]:
    """What is wrong with a user name and a password that are given beside a connect statement, as Qlik's bodies have
    them.
    """
    names = [name for name, spelling in STATEMENT_SIGN_IN.items() if spelling in sign_in]
    if names and not has_statement:
        given = " and ".join(f"{name} ({STATEMENT_SIGN_IN[name]})" for name in names)
        return [
            f"it declares {given}, which belong to a connect_statement. Without one, give the user name in properties"
            " and the password in"
            " secrets, by the names that the data source gives them."
        ]
    problems = []
    for name in names:
        spelling = STATEMENT_SIGN_IN[name]
        held = {str(secrets[one]) for one in (name, spelling) if one in secrets}
        if held - {sign_in[spelling]}:
            problems.append(f"it declares {name} twice, in secrets and beside them, and the two differ: keep one.")
    return problems


def _without_nulls(mapping: t.Any) -> dict[str, t.Any]:
    return {str(name): _plain_number(value) for name, value in (mapping or {}).items() if value is not None}


def _plain_number(value: t.Any) -> t.Any:
    """The same value, with whole numbers as such: YAML and templates make C(5432.0) of them, which no port is."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, list):
        return [_plain_number(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain_number(item) for name, item in value.items()}
    return value
