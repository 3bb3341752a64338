"""Asking an emulated tenant without a socket: for tests that need a hundred runs of many requests.

What a transport would send is handed to the tenant in this process, and its answer handed back as urllib3 has it.
Faults, hooks and latency, which belong to the sockets, aren't there; `meddle` may change an answer, or raise.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import urllib3
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Transport
from starlette.datastructures import Headers, QueryParams

from tests.emulator import Tenant
from tests.emulator.exchange import Answer, Call
from tests.emulator.records import LogEntry

Meddle = Callable[[LogEntry, Answer | None], None]


@contextmanager
def direct(tenant: Tenant, meddle: Meddle | None = None) -> Iterator[None]:
    """While this lasts, requests to the tenant's origin stay in this process.

    `meddle(entry, None)` is called before a request is handled, `meddle(entry, answer)` afterwards.
    """

    def send(_self: Transport, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        assert url.startswith(tenant.url), url
        return _handed(tenant, method, url, data or b"", headers, meddle)

    with mock.patch.object(Transport, "_send", send):
        yield


def _handed(
    tenant: Tenant, method: str, url: str, data: bytes, headers: Mapping[str, str], meddle: Meddle | None
) -> urllib3.HTTPResponse:
    parts = urlsplit(url)
    call = Call(method, parts.path, QueryParams(parts.query), Headers(dict(headers)), data, tenant.url)
    body = json.loads(data) if data else None
    entry = LogEntry(tenant.next_number(), method, parts.path, parse_qs(parts.query), body, {}, time.time())
    tenant.log.append(entry)
    if meddle is not None:
        meddle(entry, None)
    answer = tenant.answer(call, entry, "0" * 32)
    entry.status = answer.status
    if meddle is not None:
        meddle(entry, answer)
    content = answer.content()
    shown = {"content-type": answer.content_type, **answer.headers}
    return urllib3.HTTPResponse(io.BytesIO(content), shown, answer.status, preload_content=False)
