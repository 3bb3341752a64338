"""One request and its answer, as the endpoints see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.datastructures import Headers, QueryParams

from .errors import ApiError, Dialect

if TYPE_CHECKING:
    from .privileges import Identity


@dataclass(slots=True)
class Answer:
    """A status and a body: `payload` is JSON data, `raw` ready bytes."""

    status: int = 200
    payload: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def content(self) -> bytes:
        """Give the body as it travels."""
        if self.raw is not None:
            return self.raw
        if self.payload is None:
            return b""
        return json.dumps(self.payload, separators=(",", ":")).encode()


@dataclass(slots=True)
class Call:
    """A request that found its endpoint. `origin` is scheme, host and port as the client wrote them."""

    method: str
    path: str
    query: QueryParams
    headers: Headers
    body: bytes
    origin: str
    namespaced: bool = False
    parameters: dict[str, str] = field(default_factory=dict)
    caller: Identity | None = None

    @property
    def identity(self) -> Identity:
        """Give who calls; only endpoints that need no sign-in are called without."""
        if self.caller is None:
            raise ApiError(401, "Unauthorized")
        return self.caller

    def json(self) -> Any:
        """Read the body as JSON; raise ApiError 400 when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise ApiError(400, "Invalid request body", "The body is not valid JSON") from None

    def json_object(self) -> dict[str, Any]:
        """Read the body as a JSON object."""
        data = self.json()
        if not isinstance(data, dict):
            raise ApiError(400, "Invalid request body", "The body must be an object")
        return data

    def flag(self, name: str) -> bool:
        """Read a boolean query parameter; absent means false."""
        text = self.query.get(name)
        if text is None:
            return False
        if text.lower() not in ("true", "false"):
            raise ApiError(400, "Invalid query parameter", f"{name} must be true or false")
        return text.lower() == "true"


Handler = Callable[[Any, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint: a path with {parameters}, and how it is counted and how it words its refusals.

    `query` names the query parameters that the documentation knows.
    """

    method: str
    path: str
    handler: Handler
    dialect: Dialect
    query: tuple[str, ...] = ()
    tier: int = 0
    namespaced: bool = False
    needs_sign_in: bool = True

    @property
    def rate_tier(self) -> int:
        """Give the tier that a call counts for: reads 1, writes 2, unless the route says otherwise."""
        return self.tier or (1 if self.method == "GET" else 2)


class Router:
    """Finds the route of a path whose segments are still percent-encoded, so that names may hold slashes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        self.routes = tuple(routes)
        for route in self.routes:
            segments = route.path.strip("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Give the route and its parameters, decoded; raise ApiError 404 or 405."""
        actual = path.strip("/").split("/")
        known_path = False
        for segments, route in self._by_length.get(len(actual), ()):
            parameters = _match(segments, actual)
            if parameters is None:
                continue
            known_path = True
            if route.method == method:
                return route, parameters
        if known_path:
            raise ApiError(405, "Method not allowed", code="HTTP-405")
        raise ApiError(404, "Not found", code="HTTP-404")


def _match(segments: list[str], actual: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for segment, text in zip(segments, actual, strict=True):
        if segment[0] == "{":
            if not text:
                return None
            parameters[segment[1:-1]] = unquote(text)
        elif segment != text:
            return None
    return parameters


def both_forms(routes: Iterable[Route]) -> list[Route]:
    """Serve routes under /api/v1 and, in the namespaced form, under /api/connectivity."""
    twins = []
    for route in routes:
        for prefix, namespaced in (("/api/v1", False), ("/api/connectivity", True)):
            twins.append(
                Route(
                    route.method, prefix + route.path, route.handler, route.dialect, route.query, route.tier, namespaced
                )
            )
    return twins


def members(body: Mapping[str, Any], names: Iterable[str], *, any_case: bool) -> dict[str, Any]:
    """Give the known members of a body under their proper names, matched with or without regard to case."""
    if not any_case:
        return {name: body[name] for name in names if name in body}
    proper = {name.lower(): name for name in names}
    return {proper[key.lower()]: value for key, value in body.items() if key.lower() in proper}


def text_member(body: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    """Give a member that must be a string; raise ApiError 400 when it is something else, or missing though required."""
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise ApiError(
            400,
            "Invalid request body",
            f"{name} must be a non-empty string" if required else f"{name} must be a string",
        )
    return value
