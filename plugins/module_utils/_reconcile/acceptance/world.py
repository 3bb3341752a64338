# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of a run share: whom they ask, what they found, what they made."""

from __future__ import annotations

import secrets
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import first_text, member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    NEW_CREDENTIALS_PROPERTY,
    SEPARATE_PROPERTY,
    SIGN_IN_PROPERTY,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Asker, Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.clock import Clock
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.findings import Findings
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.guard import Guard
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import TITLE, Ledger
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

HOST = "qlikops-acceptance.invalid"
OTHER_HOST = "qlikops-acceptance-other.invalid"
Operation = t.Dict[str, t.Any]
Properties = t.Mapping[str, t.Any]


class StepError(Exception):
    """A step can't go on, since what it needs didn't come about. The message says why."""


@dataclass
class Caller:
    """Who runs this."""

    id: str
    roles: tuple[str, ...] = ()
    # The user of an OAuth client, not a person.
    is_bot: bool = False

    @property
    def is_admin(self) -> bool:
        return any(role in ("TenantAdmin", "AnalyticsAdmin", "DataAdmin") for role in self.roles)


@dataclass
class Made:
    """A connection that the run made."""

    id: str
    name: str
    answer: Reply


@dataclass
class World:
    """One run over one tenant."""

    session: TenantSession
    ask: Asker
    guard: Guard
    ledger: Ledger
    findings: Findings
    caller: Caller
    clock: Clock
    owner: str = ""
    group: str = ""
    # Why no app may be made; empty when one may.
    no_scripts: str = "qlik_acceptance_reload wasn't asked for"
    app_id: str = ""
    space_ids: list[str] = field(default_factory=list)
    sources: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    disabled: list[str] = field(default_factory=list)
    specs: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    names_of_credentials: dict[str, str] = field(default_factory=dict)
    secret: str = field(default_factory=lambda: f"Canary-{secrets.token_hex(12)}")

    # names

    def name(self, label: str) -> str:
        """The name of a connection or of credentials of this run."""
        name = f"{self.ledger.marker} {label}"
        self.names.add(name)
        return name

    def space_name(self, label: str) -> str:
        return f"{TITLE} {self.ledger.marker} {label}"

    @property
    def space(self) -> str:
        """The id of the run's first space."""
        if not self.space_ids:
            raise StepError("the run has no space of its own")
        return self.space_ids[0]

    @property
    def other_space(self) -> str:
        """The id of the run's second space."""
        if len(self.space_ids) < 2:
            raise StepError("the run has no second space of its own")
        return self.space_ids[1]

    # what steps do again and again

    def source(self, source_id: str) -> dict[str, t.Any]:
        """The properties of an enabled source by their names. Raises StepError when the tenant doesn't offer it."""
        if source_id not in self.sources:
            raise StepError(f"the tenant doesn't offer the data source {source_id}")
        if source_id not in self.specs:
            reply = self.ask.get(f"data-sources/{quote(source_id, safe='')}/api-specs")
            found = member(reply.body, "connectionProperties", "properties")
            self.findings.fact("source_specs", isinstance(found, dict), f"{source_id}: {reply.words}")
            if not isinstance(found, dict):
                raise StepError(f"the data source {source_id} has no specification: {reply.words}")
            self.specs[source_id] = found
        return self.specs[source_id]

    def body(self, label: str, source_id: str, properties: Properties, **more: t.Any) -> dict[str, t.Any]:
        """The body of a creation in the run's first space."""
        return {
            "datasourceID": source_id,
            "qName": self.name(label),
            "space": self.space,
            "connectionProperties": dict(properties),
            **more,
        }

    def create(self, label: str, source_id: str, properties: Properties, **more: t.Any) -> Made:
        """Create a connection. Raises StepError when that is refused."""
        reply = self.try_create(self.body(label, source_id, properties, **more))
        if label not in self.made:
            raise StepError(f"'{label}' was not created: {reply.words}")
        return self.made[label]

    def try_create(self, body: Properties, headers: t.Mapping[str, str] | None = None) -> Reply:
        """Send a creation, which may be refused. What comes about is kept under the name without the run's mark."""
        reply = self.ask.send("POST", "data-connections", body, headers=headers)
        name = str(body.get("qName"))
        if reply.ok and reply["qID"]:
            self.made[name[len(self.ledger.marker) + 1 :]] = Made(str(reply["qID"]), name, reply)
        return reply

    def database(self, label: str, **properties: t.Any) -> Made:
        """A database with secrets of its own."""
        self.source("postgres")
        given = {"host": HOST, "port": "5432", "username": "qlikops", "password": self.secret, **properties}
        return self.create(label, "postgres", given)

    def separate(self, label: str, credentials_name: str) -> Reply:
        """Try to create a database with separate credentials of this name."""
        self.source("postgres")
        given = {
            "host": HOST,
            "port": "5432",
            "username": "qlikops",
            "password": self.secret,
            SEPARATE_PROPERTY: "true",
            NEW_CREDENTIALS_PROPERTY: credentials_name,
        }
        return self.try_create(self.body(label, "postgres", given))

    def plain(self, label: str) -> Made:
        """A connection without any secret."""
        self.source("rest")
        given = {"url": f"https://{HOST}/", "method": "GET", SIGN_IN_PROPERTY: "anonymous"}
        return self.create(label, "rest", given)

    def one(self, label: str) -> Made:
        """A connection that an earlier step made. Raises StepError when it isn't there."""
        if label not in self.made:
            raise StepError(f"'{label}' could not be created before")
        return self.made[label]

    def read(self, made: Made, **params: t.Any) -> Reply:
        """Read a connection of the run, and remember the credentials that it shows."""
        reply = self.ask.get(f"data-connections/{made.id}", params or None)
        self.guard.may_be_ours(reply["qCredentialsID"])
        return reply

    def parsed(self, made: Made) -> dict[str, t.Any]:
        """The properties of a connection, as Qlik reads them out of the statement."""
        found = self.read(made, parseConnection="true")["connectionProperties"]
        if not isinstance(found, dict):
            raise StepError("parseConnection shows no properties")
        return found

    def patch(self, made: Made, *operations: Operation) -> Reply:
        return self.ask.send("PATCH", f"data-connections/{made.id}", list(operations))

    def set(self, made: Made, path: str, value: t.Any) -> Reply:
        return self.patch(made, {"op": "replace", "path": path, "value": value})

    def delete(self, made: Made) -> Reply:
        reply = self.ask.send("DELETE", f"data-connections/{made.id}")
        for label, one in list(self.made.items()):
            if one.id == made.id and reply.ok:
                del self.made[label]
        return reply

    def listed(self, **params: t.Any) -> Reply:
        """A page of the connections of the run's first space."""
        return self.ask.get("data-connections", {"spaceId": self.space, "noDatafiles": "true", **params})

    def by_name(self, name: str, **params: t.Any) -> Reply:
        return self.ask.get(f"data-connections/{quote(name, safe='')}", {"type": "connectionname", **params})

    def credentials_by_name(self, name: str) -> Reply:
        return self.ask.get(f"data-credentials/{quote(name, safe='')}", {"byCredentialName": "true"})

    def credentials_of(self, made: Made) -> tuple[str, str]:
        """Id and name of a connection's credentials, as far as something shows them."""
        shown, created = _mapping(self.read(made)), _mapping(made.answer)
        name = first_text(created, "qCredentialsName")
        identifier = first_text(shown, "qCredentialsID") or first_text(created, "qCredentialsID")
        reply = None
        if identifier:
            reply = self.ask.get(f"data-credentials/{identifier}")
        elif name:
            reply = self.credentials_by_name(name)
        if reply is not None and reply.ok:
            self.guard.may_be_ours(reply["qID"])
            return str(reply["qID"]), str(reply["qName"] or "")
        return identifier, name


def _mapping(reply: Reply) -> t.Mapping[str, t.Any]:
    """The members of an answer; none when it is something else."""
    return reply.body if isinstance(reply.body, dict) else {}
