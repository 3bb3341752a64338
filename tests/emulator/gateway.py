"""The ASGI application: finds the origin by the port, logs, strikes faults, answers."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .exchange import Answer, Call
from .faults import Fault
from .hooks import Hook
from .records import LogEntry
from .site import Site

LOGGED_HEADERS = frozenset(
    {
        "accept", "authorization", "content-type", "host", "if-match", "qlik-api-version", "qlik-auth-code",
        "user-agent",
        "x-request-id",
    }
)  # fmt: skip
Transports = Callable[[Scope], asyncio.Transport | None]


class Gateway:
    """Hands each request to the site that listens on its port; `transports` finds the connection of a scope."""

    def __init__(self) -> None:
        self.sites: dict[int, Site] = {}
        self.control: ASGIApp | None = None
        self.control_port = 0
        self.transports: Transports = _no_transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        port = scope["server"][1]
        if port == self.control_port and self.control is not None:
            await self.control(scope, receive, send)
            return
        site = self.sites.get(port)
        if site is None:
            self._drop(scope)
            return
        try:
            await self._serve(site, scope, receive, send)
        except ClientDisconnect:
            return

    async def _serve(self, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        started = time.perf_counter()
        call, entry = _read(site, scope, body)
        site.log.append(entry)
        target = call.path + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        struck = [fault for fault in site.faults if fault.strikes(call.method, target)] if site.faults else []
        met = [hook for hook in site.hooks if hook.meets(call.method, target)] if site.hooks else []
        if struck:
            entry.fault = ",".join(fault.kind for fault in struck)
        await _run(met, "before", entry, None)
        wait = site.latency_ms + sum(float(fault.parameters["ms"]) for fault in struck if fault.kind == "latency")
        if wait:
            await asyncio.sleep(wait / 1000)
        kinds = {fault.kind: fault for fault in struck}
        if "reset" in kinds:
            self._drop(scope)
            return
        trace = site.trace_id()
        answer = _instead(kinds, target, trace)
        if answer is None:
            answer = site.answer(call, entry, trace)
            for fault in struck:
                _spoil(fault, answer, call)
        await _run(met, "after", entry, answer)
        entry.status = answer.status
        entry.duration_ms = (time.perf_counter() - started) * 1000
        if "lost_answer" in kinds:
            self._drop(scope)
            return
        response = Response(answer.content(), answer.status, {**answer.headers, "X-B3-Traceid": trace})
        if response.body:
            response.headers["content-type"] = answer.content_type
        if "truncate" in kinds and response.body:
            await self._send_part(scope, send, response, kinds["truncate"])
            return
        await response(scope, receive, send)

    async def _send_part(self, scope: Scope, send: Send, response: Response, fault: Fault) -> None:
        size = min(int(fault.parameters.get("bytes", len(response.body) // 2)), len(response.body) - 1)
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": bytes(response.body)[:size], "more_body": True})
        transport = self.transports(scope)
        if transport is not None:
            transport.close()

    def _drop(self, scope: Scope) -> None:
        """End the connection with a TCP reset."""
        transport = self.transports(scope)
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _run(hooks: list[Hook], when: str, entry: LogEntry, answer: Answer | None) -> None:
    for hook in hooks:
        if hook.when == when:
            await asyncio.to_thread(hook.action, entry, answer)


def _no_transport(_scope: Scope) -> asyncio.Transport | None:
    return None


def _read(site: Site, scope: Scope, body: bytes) -> tuple[Call, LogEntry]:
    headers = Headers(scope=scope)
    query = QueryParams(scope["query_string"])
    path = scope["raw_path"].decode("latin-1")
    origin = f"{'https' if site.tls else 'http'}://{headers.get('host') or site.url.split('//')[1]}"
    call = Call(scope["method"], path, query, headers, body, origin)
    data: Any = None
    if body:
        try:
            data = json.loads(body)
        except ValueError:
            data = body.decode("utf-8", "replace")
    logged = {key: value for key, value in headers.items() if key in LOGGED_HEADERS}
    values: dict[str, list[str]] = {}
    for key, value in query.multi_items():
        values.setdefault(key, []).append(value)
    return call, LogEntry(site.next_number(), call.method, path, values, data, logged, time.time())


def _instead(kinds: dict[str, Fault], target: str, trace: str) -> Answer | None:
    """Give the answer of a fault that keeps the request from being handled."""
    if "status" in kinds:
        settings = kinds["status"].parameters
        status = int(settings.get("status", 503))
        headers = {str(key): str(value) for key, value in (settings.get("headers") or {}).items()}
        if "retry_after" in settings:
            headers["retry-after"] = str(settings["retry_after"])
        body = settings.get(
            "body", {"errors": [{"code": f"HTTP-{status}", "title": "Service failure"}], "traceId": trace}
        )
        if isinstance(body, str):
            return Answer(status, raw=body.encode(), headers=headers, content_type="text/plain")
        return Answer(status, body, headers=headers)
    if "html" in kinds:
        status = int(kinds["html"].parameters.get("status", 502))
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return Answer(status, raw=page.encode(), content_type="text/html")
    if "expired_cursor" in kinds:
        status = int(kinds["expired_cursor"].parameters.get("status", 400))
        error = {"code": f"HTTP-{status}", "title": "Invalid query parameter", "detail": "the page cursor has expired"}
        return Answer(status, {"errors": [error], "traceId": trace})
    if "redirect" in kinds:
        settings = kinds["redirect"].parameters
        location = str(settings["location"])
        if not urlsplit(location).path.strip("/"):
            location = location.rstrip("/") + target
        return Answer(int(settings.get("status", 302)), headers={"location": location})
    return None


def _spoil(fault: Fault, answer: Answer, call: Call) -> None:
    """Change an answer in place."""
    if fault.kind == "garble":
        answer.raw = b'{"data": [' + answer.content()[: len(answer.content()) // 2]
    elif fault.kind == "deprecation" and call.headers.get("qlik-api-version") != "latest":
        settings = fault.parameters
        answer.headers["deprecation"] = f"@{settings.get('since', 1798761600)}"
        answer.headers["sunset"] = str(settings.get("sunset", "Fri, 31 Dec 2027 23:59:59 GMT"))
        answer.headers["link"] = str(settings.get("link", '<https://qlik.dev/changelog>; rel="deprecation"'))
    elif fault.kind in ("partial_list", "foreign_next"):
        data = json.loads(answer.content() or b"null")
        if not isinstance(data, dict):
            return
        if fault.kind == "partial_list" and isinstance(data.get("data"), list):
            kept = max(0, len(data["data"]) - int(fault.parameters.get("rows", 1)))
            data["data"] = data["data"][:kept]
            data["errors"] = [
                {"code": "DCERROR-0001", "title": "Some connections could not be returned", "status": 500}
            ]
        elif fault.kind == "foreign_next" and data.get("links", {}).get("next"):
            parts = urlsplit(data["links"]["next"]["href"])
            data["links"]["next"]["href"] = f"{fault.parameters['origin'].rstrip('/')}{parts.path}?{parts.query}"
        answer.raw = json.dumps(data).encode()
