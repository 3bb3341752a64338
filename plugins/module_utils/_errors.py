# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tree of errors. Each message is for a person: where it happened, what is wrong, what to do."""

from __future__ import annotations

import re
import typing as t

BAD_REQUEST = 400

# What moves a terminal's cursor, rings its bell or turns the direction of writing; and halves of characters, which
# can't be written.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A text that may be shown on a terminal, whoever wrote it:
    what isn't meant to be read stands there as an escape.
    """
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The same for a name or a quotation inside a message, whose lines it must not imitate."""
    return printable(text.replace("\n", "\\n").replace("\t", "\\t"))


def counted(number: int, noun: str, many: str = "") -> str:
    """A number and its noun, in the plural unless it is one."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {many or noun + 's'}"


def placed(tenant: str, place: str, problem: object) -> str:
    """A problem with its place in a tenant: errors of requests say which tenant it was, and once is enough."""
    text = str(problem)
    if text.startswith(f"{tenant}: "):
        text = text[len(tenant) + 2 :]
    return f"{tenant}: {place}: {text}"


class QlikError(Exception):
    """The root: everything that this collection raises on purpose."""


class SignInError(QlikError):
    """No way to sign in, more than one, or one that can't be used."""


class DefinitionError(QlikError):
    """Something declared can't be what the user meant: found before the first write."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class StatementError(QlikError):
    """A connect statement can't be read, or a value can't be written into one."""


class ReadOnlyError(QlikError):
    """A request that writes was about to leave in check mode. It was stopped; this is a defect of the collection."""


class TransportError(QlikError):
    """No usable answer came: the host can't be reached, TLS failed, or the answer broke off.

    C(sent) is false when the request certainly never reached the tenant; C(transient) is true when trying again may
    help.
    """

    def __init__(self, message: str, *, sent: bool, transient: bool = True) -> None:
        self.sent = sent
        self.transient = transient
        super().__init__(message)


class AnswerError(TransportError):
    """An answer came that isn't what the API promises (HTML, broken JSON, too large, a foreign redirect)."""

    def __init__(self, message: str, *, sent: bool = True, transient: bool = False) -> None:
        super().__init__(message, sent=sent, transient=transient)


class WaitError(QlikError):
    """Rate limits or retries would take longer than the task may wait (C(max_wait)): C(seconds) more, if that is
    known.
    """

    def __init__(self, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class ApiError(QlikError):
    """The tenant answered with an error.

    Sources: error bodies of the data-connections, data-sources, spaces, users and OAuth APIs on qlik.dev, which
    differ in form. C(status) is the HTTP status, C(code) Qlik's own code ("DCERROR-0010"), C(trace_id) what Qlik's
    support asks for.
    """

    def __init__(
        self,
        *,
        tenant: str,
        request: str,
        status: int,
        code: str = "",
        title: str = "",
        detail: str = "",
        trace_id: str = "",
        advice: str = "",
    ) -> None:
        self.tenant = tenant
        self.request = request
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.trace_id = trace_id
        explanation = ": ".join(filter(None, (title, detail))) or "no explanation was given"
        answered = " ".join(filter(None, (str(status), code)))
        text = f"{tenant}: {request} was answered with {answered}: {explanation}"
        if not text.endswith((".", "!", "?")):
            text += "."
        if advice:
            text += f" {advice}"
        if trace_id:
            text += f" (Qlik's trace id: {trace_id})"
        super().__init__(text)


class UnauthorizedError(ApiError):
    """401: the token is wrong, expired or revoked."""


class ForbiddenError(ApiError):
    """403: signed in, but not allowed to."""


class NotFoundError(ApiError):
    """404: it isn't there, or the caller may not know that it is."""


class ConflictError(ApiError):
    """409: the name is taken."""


class NotEmptyError(ApiError):
    """412: a space that still holds something can't be deleted."""


class ServerError(ApiError):
    """5xx: the tenant failed; a write may or may not have happened. C(retry_after): the seconds after which it wants to
    be asked again.
    """

    retry_after = 0.0


ERROR_BY_STATUS: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: NotEmptyError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
    504: ServerError,
}


class OutcomeUnknownError(QlikError):
    """A write was sent and no answer tells whether it happened: read before you repeat it.

    C(earlier): the cause says what became of a further try only. C(looking): why it couldn't be looked up either.
    """

    def __init__(self, cause: QlikError, *, earlier: bool = False, looking: QlikError | None = None) -> None:
        if isinstance(cause, OutcomeUnknownError):
            cause = cause.cause
        self.cause: QlikError = cause
        text = f"{cause} Whether the write happened is unknown."
        if earlier:
            text = f"{cause} An earlier try had no answer: whether the write happened is unknown."
        if looking:
            text += f" It couldn't be looked up: {looking}"
        super().__init__(text)
