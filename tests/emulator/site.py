"""What every origin of the emulator has: an address, a log, faults, limits, and a way to answer."""

from __future__ import annotations

import itertools
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from .behaviours import Behaviours
from .contract import breach_of, exchange_of
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, Router
from .faults import Fault
from .hooks import Action, Hook
from .limits import Limits
from .privileges import Identity
from .records import Grant, LogEntry

_PAGING = frozenset({"limit", "page", "next", "prev", "sort"})


class Site:
    """One origin. Subclasses say which routes there are and who may come in."""

    def __init__(self, name: str, routes: Router) -> None:
        self.name = name
        self.router = routes
        self.port = 0
        self.tls = False
        self.ca_path: str | None = None
        self.lock = threading.RLock()
        self.log: list[LogEntry] = []
        self.faults: list[Fault] = []
        self.hooks: list[Hook] = []
        self.behaviours = Behaviours.from_environment()
        self.limits = Limits()
        self.latency_ms = 0.0
        self.token_lifetime = 21600.0
        # The errors of a tenant whose profile was taken, by method, resource and status.
        self.errors_like: dict[str, list[dict[str, Any]]] = {}
        # Where to note answers that break the contract; None: they aren't checked.
        self.breaches: list[str] | None = None
        self.grants: dict[str, Grant] = {}
        self._numbers = itertools.count(1)
        self._traces = itertools.count(1)

    @property
    def url(self) -> str:
        """Give the origin, `http://127.0.0.1:<port>` or https for a TLS tenant."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def clear(self) -> None:
        """Forget everything but the address."""
        self.log = []
        self.faults = []
        self.hooks = []
        self.behaviours = Behaviours.from_environment()
        self.limits = Limits()
        self.latency_ms = 0.0
        self.token_lifetime = 21600.0
        self.grants = {}
        self._numbers = itertools.count(1)

    def writes(self) -> list[LogEntry]:
        """Give the logged requests that could change something:
        no GET, and no POST that only reads or fetches a token.
        """
        return [entry for entry in list(self.log) if entry.writes]

    def reset_log(self) -> None:
        """Forget the logged requests."""
        self.log = []

    def set_behaviours(self, **changes: Any) -> None:
        """Set switches by name; ValueError for one that doesn't exist."""
        with self.lock:
            self.behaviours.update(changes)
            self.changed()

    def changed(self) -> None:
        """Forget what was computed from the state."""

    def add_fault(self, kind: str, **settings: Any) -> Fault:
        """Add a fault: `match={"method": ..., "path": ...}`, `after`, `times` (None: always), the kind's parameters."""
        fault = Fault.from_dict({"kind": kind, **settings})
        self.faults.append(fault)
        return fault

    def set_faults(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Replace all faults."""
        self.faults = [Fault.from_dict(fault) for fault in faults]

    def add_hook(self, when: str, action: Action, **settings: Any) -> Hook:
        """Have `action(entry, answer)` called `before` a request is handled or `after`: `match`, `after`, `times` as
        for faults.
        """
        hook = Hook.make(when, action, settings)
        self.hooks.append(hook)
        return hook

    def expire_tokens(self) -> int:
        """Expire every access token handed out so far (not the API keys); give their number."""
        tokens = [grant for grant in self.grants.values() if grant.scopes is not None]
        for grant in tokens:
            grant.expires = 0.0
        return len(tokens)

    def revoke(self, key: str) -> None:
        """Revoke an API key or access token."""
        self.grants[key].revoked = True

    def trace_id(self) -> str:
        """Give the next X-B3-Traceid."""
        return f"{next(self._traces):032x}"

    def next_number(self) -> int:
        """Give the number of the next request in the log."""
        return next(self._numbers)

    def identify(self, grant: Grant) -> Identity | None:
        """Give who a valid grant stands for; None when it stands for nobody any more."""
        raise NotImplementedError

    def answer(self, call: Call, entry: LogEntry, trace: str) -> Answer:
        """Handle a request."""
        route: Route | None = None
        dialect = Dialect.EDGE
        with self.lock:
            try:
                route, call.parameters = self.router.find(call.method, call.path)
                call.namespaced = route.namespaced
                if route.needs_sign_in:
                    call.caller = self._sign_in(call)
                    entry.user = call.caller.user.id
                    self.limits.count(entry.user, route.rate_tier)
                dialect = route.dialect
                self._check_query(call, route)
                _check_content_type(call, route)
                given = route.handler(self, call)
            except ApiError as error:
                given = self._like(call, self._refusal(error, dialect, trace))
            except Exception:  # noqa: BLE001 - a defect must show, and must not end the connection
                traceback.print_exc(file=sys.stderr)
                given = Answer(500, {"errors": [{"code": "EMULATOR", "title": "The emulator has a defect"}]})
            if self.breaches is not None and route is not None:
                breach = breach_of(route, call, given, all_defaults=self.behaviours == Behaviours())
                if breach:
                    self.breaches.append(breach)
            return given

    def _like(self, call: Call, given: Answer) -> Answer:
        """Give a refusal the errors that the tenant has for it whose profile was taken: the same members, no others."""
        known = self.errors_like.get(f"{call.method} {'/'.join(call.path.split('/')[3:4])} {given.status}")
        own = given.payload.get("errors") if known and isinstance(given.payload, dict) else None
        if known and own:
            given.payload["errors"] = [_worded(error, own[0]) for error in known]
        return given

    def _refusal(self, error: ApiError, dialect: Dialect, trace: str) -> Answer:
        if error.status == 401 and dialect is Dialect.EDGE and self.behaviours.edge_401 != "json":
            if self.behaviours.edge_401 == "empty":
                return Answer(401, raw=b"", content_type="text/plain")
            page = b"<html><head><title>401 Authorization Required</title></head><body></body></html>"
            return Answer(401, raw=page, content_type="text/html")
        return Answer(error.status, error.body(dialect, trace), headers=error.headers)

    def _sign_in(self, call: Call) -> Identity:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self.grants.get(token.strip()) if scheme.lower() == "bearer" else None
        if grant is None or grant.revoked or (grant.expires is not None and grant.expires <= time.time()):
            raise ApiError(401, "Unauthorized", "The access token is missing, unknown or expired", code="HTTP-401")
        identity = self.identify(grant)
        if identity is None or identity.user.status != "active":
            raise ApiError(401, "Unauthorized", "The user is not active", code="HTTP-401")
        return identity

    def _check_query(self, call: Call, route: Route) -> None:
        if self.behaviours.unknown_query != "reject":
            return
        for name in call.query:
            if name not in route.query and name not in _PAGING:
                raise ApiError(400, "Invalid query parameter", f"query parameter {name} is not known")


def _check_content_type(call: Call, route: Route) -> None:
    """Refuse a body that doesn't say that it is JSON; the token endpoint alone takes forms too."""
    if not call.body or route.method == "GET" or exchange_of(route) is None:
        return
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        route.path == "/oauth/token" and kind == "application/x-www-form-urlencoded"
    ):
        raise ApiError(400, "Invalid request", f"Content-Type must be application/json, not {kind or 'nothing'}")


# What stands in a record where a text of the tenant stood.
_REPLACED = re.compile(r"<(run|time|[a-z]+-\d+)>")


def _worded(known: Any, own: Any) -> Any:
    """A value of a profile. What was replaced there ("<text-1>") tells nothing, so our own stands in its place."""
    if isinstance(known, dict):
        held = own if isinstance(own, dict) else {}
        return {name: _worded(value, held.get(name)) for name, value in known.items()}
    if isinstance(known, str) and _REPLACED.search(known):
        return own if isinstance(own, str) else known
    return known
