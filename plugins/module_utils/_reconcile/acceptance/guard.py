# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lets a request of the acceptance run through, or doesn't: it stands in the session, before each request leaves.

A write passes only when all that it names lies in spaces of the run, or was made by it. That something was made by the
run isn't believed because an answer says so: it is looked at, once, before the first write to it. What was there before
the run never counts as its own, whatever an answer says.
"""

from __future__ import annotations

import json
import re
import threading
import typing as t
from urllib.parse import unquote

from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import first_text, list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_MEMBER,
    ATTACHED_PROPERTY,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.ledger import Ledger, path_of
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.membership import Membership
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer, Request

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-f]{24}")
_SHAPES = {"spaces": _HEX, "connections": _UUID, "credentials": _UUID, "apps": _UUID}
_RESOURCES = {"spaces": "spaces", "connections": "data-connections", "credentials": "data-credentials"}
_SPACE_MEMBERS = {"name", "type", "description"}
_FIXED_MEMBERS = ("qID", "qEngineObjectID", "owner", "ownerId")
_REFERENCES = (ATTACHED_MEMBER, ATTACHED_PROPERTY)
_REFERENCES_FOLDED = frozenset(name.lower() for name in _REFERENCES)
_OF_SPACES_FOLDED = frozenset(("space", "spaceid"))
# The first parts of what the run changes by PATCH, in lower case.
_CHANGED = frozenset(
    (
        "connectionproperties",
        "qconnectstatement",
        "qcredentialsid",
        "qname",
        "qpassword",
        "qusername",
        "space",
        "tags",
    )
)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_TO_SECONDS = 19
_SERVER_ERRORS = 500

Ask = t.Callable[[Request], Answer]


class GuardError(QlikError):
    """A request would have touched what isn't the run's own. It was stopped; nothing of it left."""


class Guard:
    """Decides about each request of one run. C(ask) looks, C(address) makes a URL of a path.

    C(nowhere) is an id that no space has, which a move may name. C(owners) are the users who may become owners of
    connections that the run made, C(members) says who may become members of its spaces.
    """

    def __init__(self, ledger: Ledger, caller_id: str, ask: Ask, address: t.Callable[[str], str]) -> None:
        self.ledger = ledger
        self.nowhere = ""
        self.owners = {caller_id}
        self.members = Membership(caller_id, self._shown_at)
        self.stopped: list[str] = []
        self._caller_id = caller_id
        self._ask = ask
        self._address = address
        self._own: dict[str, set[str]] = {kind: set() for kind in _SHAPES}
        self._reloads: set[str] = set()
        self._began: dict[str, str] = {}
        self._lock = threading.RLock()

    # what a session asks

    def before(self, request: Request) -> None:
        """Let a request through. Raises GuardError."""
        parts = path_of(request.url)
        path = "/".join(parts)
        if request.method == "GET":
            return
        if not request.writes:
            if path not in RESOURCES.reading_posts and not request.url.endswith("/oauth/token"):
                self._stop(request, "it isn't known to read only")
            return
        problem = self._problem(request.method, parts, request)
        if problem:
            self._stop(request, problem)

    def after(self, request: Request, answer: Answer) -> None:
        """Note what was made, before anybody acts on it."""
        if request.method != "POST" or not request.writes:
            return
        path = "/".join(path_of(request.url))
        if answer.status in (200, 201):
            self._note_made(path, _json(answer))
        if answer.status < _SERVER_ERRORS and path == "spaces":
            self.ledger.answered(str(member(request.body, "name")))
        if answer.status < _SERVER_ERRORS and path == "apps":
            self.ledger.answered(Ledger.APP)

    def _note_made(self, path: str, made: t.Any) -> None:
        if path == "spaces":
            self._claim("spaces", member(made, "id"))
        if path in ("data-connections", "data-connections/actions/duplicate") and member(made, "qID"):
            self._claim("connections", member(made, "qID"))
        if path == "apps":
            self._claim("apps", member(made, "attributes", "id"))
        if path == "reloads" and isinstance(member(made, "id"), str):
            self._reloads.add(str(member(made, "id")))
        if path.endswith("/assignments"):
            self.members.note(made)

    # what steps ask

    def may_be_ours(self, credentials_id: t.Any) -> None:
        """Credentials that a connection of the run shows. They are looked at before they are written to."""
        if isinstance(credentials_id, str) and credentials_id:
            self._claim("credentials", credentials_id)

    def is_own(self, kind: str, identifier: t.Any) -> bool:
        """Whether something was made by the run. It is looked at once."""
        if not isinstance(identifier, str) or not _SHAPES[kind].fullmatch(identifier):
            return False
        if self.ledger.was_there(kind, identifier):
            return False
        with self._lock:
            if identifier not in self._own[kind] and self._is_ours(kind, identifier):
                self._own[kind].add(identifier)
            return identifier in self._own[kind]

    # inside

    def _claim(self, kind: str, identifier: t.Any) -> None:
        if not isinstance(identifier, str) or not _SHAPES[kind].fullmatch(identifier):
            return
        if self.ledger.was_there(kind, identifier):
            return
        self.ledger.claim(kind, identifier)

    def _shown_at(self, path: str) -> t.Any:
        return _json(self._ask(Request("GET", self._address(path))))

    def _stop(self, request: Request, problem: str) -> t.NoReturn:
        text = f"{request.what} was stopped before it left, since {problem}."
        self.stopped.append(text)
        raise GuardError(text)

    def _is_our_app(self, identifier: str) -> bool:
        """Whether an app has the run's mark, belongs to the caller, and lies in a space of the run that is no younger.

        Whoever lies about all of that, and hid the app from the list before the run, can't be told from a tenant that
        made it.
        """
        if not self.ledger.knows_apps:
            return False
        query = {"resourceType": "app", "resourceId": identifier}
        answer = self._ask(Request("GET", self._address("items"), query))
        for item in list_at(_json(answer), "data") or []:
            if member(item, "resourceId") != identifier:
                continue
            has_name = member(item, "name") == f"{self.ledger.marker} {Ledger.APP}"
            is_callers = member(item, "ownerId") == self._caller_id
            since = first_text(item, "resourceCreatedAt", "createdAt")
            return has_name and is_callers and self._lies_in_ours(member(item, "spaceId"), since)
        return False

    def _lies_in_ours(self, space_id: t.Any, since: str) -> bool:
        """Whether something that was made at a time lies in a space of the run: it can't be older than the space is.

        Both times are the tenant's. A time that isn't shown can't be compared.
        """
        if not self.is_own("spaces", space_id):
            return False
        space_since = self._began.get(space_id, "")
        if not _TIME.match(space_since) or not _TIME.match(since):
            return True
        return since[:_TO_SECONDS] >= space_since[:_TO_SECONDS]

    def _is_ours(self, kind: str, identifier: str) -> bool:
        if kind == "apps":
            return self._is_our_app(identifier)
        answer = self._ask(Request("GET", self._address(f"{_RESOURCES[kind]}/{identifier}")))
        shown = _json(answer)
        if answer.status != 200:
            return False
        if kind == "spaces":
            return self._is_our_space(identifier, shown)
        has_marker = self.ledger.marker in str(member(shown, "qName"))
        if kind == "connections":
            since = first_text(shown, "created", "createdAt") if isinstance(shown, dict) else ""
            is_it = has_marker and member(shown, "qID") == identifier
            return is_it and self._lies_in_ours(member(shown, "space"), since)
        return member(shown, "qID") == identifier and (has_marker or self._is_our_orphan(identifier))

    def _is_our_space(self, identifier: str, shown: t.Any) -> bool:
        self._began[identifier] = str(member(shown, "createdAt"))
        named = member(shown, "name") in self.ledger.promised_spaces
        return named and member(shown, "id") == identifier and member(shown, "ownerId") == self._caller_id

    def _is_our_orphan(self, identifier: str) -> bool:
        """Whether credentials without our mark belong to nothing any more, and to the caller, and did belong to a
        connection of the run.
        """
        if identifier not in self.ledger.claimed["credentials"]:
            return False
        path = "data-credentials/actions/filter-orphan"
        answer = self._ask(Request("POST", self._address(path), body={}, reads=True))
        for item in list_at(_json(answer), "data") or []:
            if member(item, "qID") == identifier:
                return bool(member(item, "user") == self._caller_id)
        return False

    def _problem(self, method: str, parts: tuple[str, ...], request: Request) -> str:
        """Why a write may not leave; empty if it may."""
        resource = parts[0] if parts else ""
        if resource == "spaces":
            return self._space_problem(method, parts, request.body)
        if resource == "data-connections":
            return self._connection_problem(method, parts, request)
        if resource == "data-credentials":
            return self._credential_problem(method, parts, request.body)
        if resource == "apps":
            return self._app_problem(method, parts, request.body)
        if resource == "reloads":
            return self._reload_problem(method, parts, request.body)
        return "the run writes to spaces, connections, credentials and an app only"

    def _space_problem(self, method: str, parts: tuple[str, ...], body: t.Any) -> str:
        if method == "POST" and len(parts) == 1:
            if not isinstance(body, dict) or set(body) - _SPACE_MEMBERS:
                return "a space is made of a name, a type and a description"
            if body.get("name") not in self.ledger.promised_spaces:
                return "the space's name wasn't noted down before"
            return ""
        if len(parts) > 2 and parts[2] == "assignments":
            if not self.is_own("spaces", parts[1]):
                return "that space isn't the run's own"
            return self.members.problem(method, parts, body)
        if method == "DELETE" and len(parts) == 2 and self.is_own("spaces", parts[1]):
            return ""
        return "that space isn't the run's own, or this is nothing that the run does to a space"

    def _connection_problem(self, method: str, parts: tuple[str, ...], request: Request) -> str:
        body = request.body
        if method == "POST" and len(parts) == 1:
            return self._creation_problem(body)
        if method == "POST" and len(parts) == 3 and parts[1] == "actions":
            return self._action_problem(parts[2], body)
        if len(parts) != 2 or method not in ("PATCH", "DELETE"):
            return "this is nothing that the run does to a connection"
        problem = self._target_problem(parts[1], request.params or {})
        if problem or method == "DELETE":
            return problem
        return self._patch_problem(body)

    def _target_problem(self, reference: str, params: t.Mapping[str, t.Any]) -> str:
        """Why the connection of a path may not be changed."""
        if params.get("type") != "connectionname":
            return (
                "" if self.is_own("connections", reference) else f"connection {reference} isn't known to be the run's"
            )
        # The mark makes a name that nobody else has.
        return "" if self.ledger.marker in unquote(reference) else "the name isn't one of the run's"

    def _creation_problem(self, body: t.Any) -> str:
        if not isinstance(body, dict):
            return "its body is no connection"
        if any(name in body for name in _FIXED_MEMBERS):
            return "the run leaves ids and owners to the tenant"
        if self.ledger.marker not in str(body.get("qName")):
            return "the connection's name doesn't have the run's mark"
        if not self.is_own("spaces", body.get("space")):
            return "the connection wouldn't lie in a space of the run"
        properties = body.get("connectionProperties")
        return self._reference_problem({**(properties if isinstance(properties, dict) else {}), **body})

    def _reference_problem(self, held: t.Mapping[str, t.Any]) -> str:
        for name in _REFERENCES:
            if held.get(name) and not self.is_own("credentials", held[name]):
                return "it would use credentials that aren't the run's own"
        return ""

    def _action_problem(self, action: str, body: t.Any) -> str:
        if action == "duplicate":
            if not isinstance(body, dict) or self.ledger.marker not in str(body.get("name")):
                return "the duplicate's name doesn't have the run's mark"
            if not self.is_own("connections", body.get("id")) or not self.is_own("spaces", body.get("spaceId")):
                return "it isn't about a connection of the run in a space of the run"
            return ""
        if action not in ("update", "delete"):
            return "the run doesn't use this action"
        items = list_at(body, "connections")
        if not items:
            return "it names no connection"
        for item in items:
            problem = self._item_problem(item)
            if problem:
                return problem
        return ""

    def _item_problem(self, item: t.Any) -> str:
        """Why one of the connections of a batch may not be changed."""
        if not self.is_own("connections", member(item, "id")):
            return f"connection {member(item, 'id')} isn't known to be the run's own"
        if "spaceId" in item and not self.is_own("spaces", item["spaceId"]):
            return "the connection would be moved out of the run's spaces"
        if "ownerId" in item and item["ownerId"] not in self.owners:
            return "the connection would get an owner that nobody named"
        return ""

    def _patch_problem(self, body: t.Any) -> str:
        operations = body
        if isinstance(body, dict):
            operations = body.get("patchData")
        if not isinstance(operations, list):
            return "its body isn't known"
        for operation in operations:
            if not isinstance(operation, dict):
                return "its body isn't known"
            spelled = {str(name).lower(): value for name, value in operation.items()}
            problem = self._operation_problem(str(spelled.get("path")), spelled.get("value"))
            if problem:
                return problem
        return ""

    def _operation_problem(self, path: str, value: t.Any) -> str:
        whole = path.strip("/").lower()
        parts = whole.split("/")
        if parts[0] not in _CHANGED or whole == "connectionproperties":
            return f"the run doesn't change {path}"
        return self._value_problem(parts[-1], value)

    def _value_problem(self, name: str, value: t.Any) -> str:
        """Why something may not get this value; C(name) is in lower case."""
        if name in _REFERENCES_FOLDED and value and not self.is_own("credentials", value):
            return "it would use credentials that aren't the run's own"
        leads_nowhere = bool(self.nowhere) and value == self.nowhere
        if name in _OF_SPACES_FOLDED and not leads_nowhere and not self.is_own("spaces", value):
            return "the connection would be moved out of the run's spaces"
        if name == "qname" and self.ledger.marker not in str(value):
            return "the connection would lose the run's mark"
        return ""

    def _app_problem(self, method: str, parts: tuple[str, ...], body: t.Any) -> str:
        if method == "POST" and len(parts) == 1:
            if self.ledger.marker not in str(member(body, "attributes", "name")):
                return "the app's name doesn't have the run's mark"
            if not self.is_own("spaces", member(body, "attributes", "spaceId")):
                return "the app wouldn't lie in a space of the run"
            return ""
        is_known = (method, len(parts)) == ("DELETE", 2) or (method == "POST" and parts[2:] == ("scripts",))
        if is_known and self.is_own("apps", parts[1]):
            return ""
        return "that app isn't known to be the run's own, or this is nothing that the run does to an app"

    def _reload_problem(self, method: str, parts: tuple[str, ...], body: t.Any) -> str:
        app_id = member(body, "appId")
        if method == "POST" and parts[2:] == ("actions", "cancel"):
            if parts[1] not in self._reloads:
                return "that reload wasn't started by the run"
            answer = self._ask(Request("GET", self._address(f"reloads/{parts[1]}")))
            app_id = member(_json(answer), "appId")
        elif method != "POST" or len(parts) != 1:
            return "this is nothing that the run does to a reload"
        return "" if self.is_own("apps", app_id) else "that app isn't known to be the run's own"

    def _credential_problem(self, method: str, parts: tuple[str, ...], body: t.Any) -> str:
        if len(parts) != 2 or method not in ("PATCH", "DELETE"):
            return "this is nothing that the run does to credentials"
        if not self.is_own("credentials", parts[1]):
            return f"credentials {parts[1]} aren't known to be the run's own"
        return self._patch_problem(body) if method == "PATCH" else ""


def _json(answer: Answer) -> t.Any:
    try:
        return json.loads(answer.body or b"null")
    except ValueError:
        return None
