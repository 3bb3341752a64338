# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of an answer: whole, unpacked, and no longer than it may be."""

from __future__ import annotations

import typing as t
import zlib

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError

MAX_ANSWER_BYTES = 32 * 1024 * 1024
# What packs JSON well ends long before, and each part costs time.
_MAX_PARTS = 100
_GZIP = 16 + zlib.MAX_WBITS
_NO_BODY = (204, 304)


class BrokenAnswerError(Exception):
    """An answer came, but its form is none that could be trusted; says what is wrong with it."""


def check_head(status: int, headers: t.Mapping[str, str]) -> None:
    """Whether a status and headers can be those of an answer. Raises BrokenAnswerError."""
    if not 200 <= status < 600:
        raise BrokenAnswerError(f"its status {status} is none")
    length = headers.get("content-length")
    packed_how = headers.get("transfer-encoding", "").strip().lower()
    if packed_how not in ("", "chunked"):
        raise BrokenAnswerError("its Transfer-Encoding is unknown")
    if length is not None and not packed_how and _length(length) is None:
        raise BrokenAnswerError("its Content-Length is none")
    # A 304 says how long the body would have been.
    announces = packed_how or (status == 204 and length is not None and _length(length) != 0)
    if status in _NO_BODY and announces:
        raise BrokenAnswerError(f"its status {status} has no body, and yet one is announced")


def _length(text: str) -> int | None:
    """The number in a Content-Length, which may be there several times if it is the same."""
    numbers = set(map(str.strip, text.split(",")))
    number = numbers.pop()
    if numbers or not number.isascii() or not number.isdecimal() or len(number) >= 20:
        return None
    return int(number)


def read_body(response: t.Any, what: str) -> bytes:
    """The body of a response of urllib3.
    Raises AnswerError when it is too long, BrokenAnswerError when it isn't whole.
    """
    body = bytearray()
    while True:
        part = response.read(65536, decode_content=False)
        if not part:
            break
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise _too_long(what)
    length = response.headers.get("content-length")
    is_chunked = bool(response.headers.get("transfer-encoding"))
    if length is not None and not is_chunked and response.status not in _NO_BODY and _length(length) != len(body):
        raise BrokenAnswerError("it broke off")
    return _unpacked(bytes(body), response.headers.get("content-encoding", "").strip().lower(), what)


def _unpacked(body: bytes, encoding: str, what: str) -> bytes:
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise BrokenAnswerError("its Content-Encoding is one that wasn't asked for")
    found = bytearray()
    for _part in range(_MAX_PARTS):
        unpack = zlib.decompressobj(_GZIP)
        try:
            found += unpack.decompress(body, MAX_ANSWER_BYTES + 1 - len(found))
        except zlib.error:
            raise BrokenAnswerError("it isn't packed as its Content-Encoding says") from None
        if len(found) > MAX_ANSWER_BYTES:
            raise _too_long(what)
        if not unpack.eof:
            raise BrokenAnswerError("it broke off")
        body = unpack.unused_data
        if not body:
            return bytes(found)
    raise BrokenAnswerError("it is packed in too many parts")


def _too_long(what: str) -> AnswerError:
    return AnswerError(f"{what} answered with more than {MAX_ANSWER_BYTES >> 20} MiB.")
