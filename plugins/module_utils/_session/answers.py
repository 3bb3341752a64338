# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of a tenant say: their JSON, their errors in each service's own form, how long to wait.

Sources: qlik.dev, "Errors", "Rate limiting", and the specifications of the single APIs.
"""

from __future__ import annotations

import json
import re
import time
import typing as t
from email.utils import parsedate_to_datetime

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    ERROR_BY_STATUS,
    AnswerError,
    ApiError,
    ServerError,
    one_line,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._files.json_bounds import is_deeper
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Answer
from ansible_collections.qlikops.cloud.plugins.module_utils._session.urls import origin_of

LONGEST_RETRY_AFTER_SECONDS = 3600.0
# Qlik's own answers have less than ten levels; what is nested much deeper breaks whatever goes through it.
MAX_LEVELS = 64
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?\Z", re.ASCII)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class AnswerReader:
    """Reads the answers of one tenant. C(redact) takes secrets out of what is quoted from them."""

    def __init__(self, settings: Settings, redact: Redactor) -> None:
        self._settings = settings
        self._redact = redact
        self._accepted = False

    def quote(self, errors: t.Any) -> str:
        """The first of the errors inside an answer, for a message."""
        error = errors
        if isinstance(errors, list) and errors:
            error = errors[0]
        if isinstance(error, dict):
            error = " ".join(str(error[member]) for member in ("code", "title", "detail") if error.get(member))
        return self._quoted(error, 300)

    def _quoted(self, value: t.Any, length: int) -> str:
        """The beginning of what the tenant said, for a message."""
        return one_line(self._redact.quoted(str(value), length))[:length]

    def parse(self, what: str, answer: Answer) -> t.Any:
        """The JSON of an answer, None for one without a body. Raises AnswerError."""
        if answer.status >= 300:
            where = origin_of(answer.headers.get("location", ""))
            if where:
                where = f" to {where}"
            raise AnswerError(
                f"{self._settings.tenant}: {what} was redirected{where}; a write is never sent elsewhere. If the tenant"
                f" moved, set {self._settings.url_option} to its address."
            )
        self._accepted = self._accepted or not what.endswith("/oauth/token")
        if not answer.body.strip():
            return None
        try:
            return _whole_characters(answer.body, _loaded(answer.body))
        except (ValueError, RecursionError):
            kind = "something"
            if answer.body.lstrip()[:1] == b"<":
                kind = "HTML"
            raise AnswerError(
                f"{self._settings.tenant}: {what} answered with {kind} that is not JSON."
                f" Is {self._settings.url_option} an address of Qlik Cloud?",
                transient=True,
            ) from None

    def api_error(self, what: str, answer: Answer) -> ApiError:
        """The error in the answer's body, whichever of the services' forms it has."""
        error, trace_id = _first_error(answer.body)

        def text(member: str) -> str:
            value = error.get(member)
            if not value:
                return ""
            return self._quoted(value, 500)

        kind = ERROR_BY_STATUS.get(answer.status, ApiError)
        if answer.status >= 500:
            # Proxies and gateways have statuses of their own beyond 504, which say as little about what became of a
            # write.
            kind = ServerError
        failure = kind(
            tenant=self._settings.tenant,
            request=what,
            status=answer.status,
            code=text("code"),
            title=text("title"),
            detail=text("detail"),
            trace_id=self._quoted(answer.headers.get("X-B3-Traceid", "") or trace_id, 64),
            advice=self._advice(what, answer.status),
        )
        if isinstance(failure, ServerError) and answer.headers.get("retry-after"):
            failure.retry_after = retry_after(answer.headers)
        return failure

    def _advice(self, what: str, status: int) -> str:
        if "/oauth/token" in what and status in (400, 401, 403):
            return self._advice_on_client()
        if status == 401:
            return self._advice_on_token()
        if status == 403:
            return "The caller lacks the right to do this."
        return ""

    def _advice_on_client(self) -> str:
        if self._settings.scope:
            return f"Check client_id and client_secret, and that the OAuth client has the scope {self._settings.scope}."
        return "Check client_id and client_secret, and that the OAuth client is published and trusted on this tenant."

    def _advice_on_token(self) -> str:
        if self._accepted:
            return (
                "The tenant took this sign-in for another request just now, so the caller may lack the right to this"
                " one; or the key or token has expired meanwhile."
            )
        if self._settings.access_token:
            return "The API key or access token is wrong, expired or revoked for this tenant."
        return "The token that the OAuth client was given is not accepted."


def _first_error(body: bytes) -> tuple[t.Mapping[str, t.Any], str]:
    """The first error in the body of an answer, whichever of the services' forms that has, and a trace id in it."""
    try:
        document = _loaded(body)
    except (ValueError, RecursionError):
        return {}, ""
    if not isinstance(document, dict):
        return {}, ""
    trace_id = str(document.get("traceId") or "")
    errors = document.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return errors[0], trace_id
    return document, trace_id


def _loaded(body: bytes) -> t.Any:
    """A body's JSON. Raises ValueError or RecursionError."""
    value = json.loads(body, parse_constant=_no_number)
    if len(body) > MAX_LEVELS and is_deeper(value, MAX_LEVELS):
        raise ValueError("nested too deeply")
    return value


def _no_number(name: str) -> t.NoReturn:
    """Python takes C(NaN) and C(Infinity), which JSON doesn't have, and nothing that goes on with them expects."""
    raise ValueError(f"{name} is no number of JSON")


def _whole_characters(body: bytes, value: t.Any) -> t.Any:
    """A parsed body without halves of characters, which JSON can spell but nothing can write."""
    # Looking for a byte takes a fraction of what a pattern does.
    is_possible = b"\\u" in body or b"\xed" in body
    if not is_possible or not _HALF.search(body):
        return value
    return _without_halves(value)


def _without_halves(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return list(map(_without_halves, value))
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(item) for name, item in value.items()}
    return value


def retry_after(headers: t.Mapping[str, str]) -> float:
    """The seconds to wait: whole ones by the documentation, or until a date (RFC 9110);
    1 when the header says neither.
    """
    text = headers.get("retry-after", "").strip()
    seconds = _until(text)
    if _NUMBER.match(text):
        seconds = float(text[:20])
    return min(max(seconds, 1.0), LONGEST_RETRY_AFTER_SECONDS)


def _until(date: str) -> float:
    """The seconds until a date of HTTP, 0 for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
