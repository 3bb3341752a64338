# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets inside texts: URLs, forms, JSON, XML, ODBC and JDBC strings, and a user with a password.

A property isn't only a name and a value. Its value may itself be made of names and values, of which some are secret.
Every pattern here takes time for the length of the text only.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import unquote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_names import is_hidden_name, is_open_item, is_secret_item


class Part(t.NamedTuple):
    """A part of a text that isn't shown: C(name) is what it belongs to, C(secret) what is secret of it, empty when nobody knows."""

    start: int
    end: int
    name: str
    secret: str


# One of these stands in every text that has such a part.
_MARKS = re.compile("[=@:<]|%2|%3[dD]")
_ADDRESS = re.compile("://")
# Up to the last @ before the path; or else, where what looks like a port is none, up to the last one of all.
_USER = re.compile(r"(?<=//)(?:[^/?#\s]*@|[^/?#@\s\[\]]*:(?![0-9]*(?:[/?#]|$))\S*@)")
_QUERY_END = re.compile("[&#;?]")
_NAME_END = re.compile("=|%2|%3[dD]")
_NAME = re.compile(r"""(?<![\w.$-])([A-Za-z_$][\w.$-]{0,99})\\?["']?[ \t]{0,8}(?:=|:(?!//)|%2|%3[dD])[ \t]{0,8}""")
_VALUE_END = re.compile(r"[;&\r\n]")
_ELEMENT = re.compile(r"<(?:[\w-]{1,50}:)?([A-Za-z_][\w.-]{0,99})(?:\s[^<>]{0,200})?>")
_USER_SLASH = re.compile(r"""(?:^|(?<=[:;=\s'"(,]))[\w.$#-]{1,99}/(?!/)([^\s;"'/][^\s;"']{0,255})@(?=[\w/(\[])""")
_USER_COLON = re.compile(r"""(?:^|(?<=[;=\s'"(,]))([\w.$-]{1,99}):([^\s/@;"':]{1,255})@(?=[\w\[])""")
_NO_USERS = frozenset(("mailto", "sip", "sips", "acct", "xmpp"))
# What stands where a key may stand, and has no name of its own.
_NO_NAMES = ("", "user", "password")
_CLOSING = {'"': '"', "'": "'", "{": "}", "[": "]"}


def hidden_parts(text: str, *, is_url: bool = False) -> list[Part]:
    """The parts of a text that nobody is shown, in the order of the text; none lies in another."""
    if not (is_url or _MARKS.search(text)):
        return []
    found = [*_users(text), *_query(text, is_url=is_url), *_pairs(text), *_elements(text)]
    apart: list[Part] = []
    end = 0
    for part in sorted(found, key=lambda part: (part.start, -part.end)):
        if part.start >= end:
            apart.append(part)
            end = part.end
        else:
            # Where two readings overlap, neither shows what the other hides, nor takes for doubtful what the other knows to be secret.
            last = apart[-1]
            end = max(end, part.end)
            apart[-1] = Part(last.start, end, last.name, last.secret or part.secret)
    return apart


def secrets_in(text: str, *, is_url: bool = False) -> set[str]:
    """What is certainly secret in a text, as it stands there and as a URL means it."""
    found = {part.secret for part in hidden_parts(text, is_url=is_url) if part.secret}
    return found | {unquote(secret) for secret in found if "%" in secret}


def masked_text(text: str, mask: str, *, is_url: bool = False, doubtful: bool = True) -> str:
    """The text with a mask in the place of each hidden part; unless C(doubtful), those stay that only have a name nobody knows."""
    pieces: list[str] = []
    position = 0
    for part in hidden_parts(text, is_url=is_url):
        if not (doubtful or part.secret or part.name in _NO_NAMES):
            continue
        pieces += [text[position : part.start], mask]
        position = part.end
    return "".join([*pieces, text[position:]])


def _users(text: str) -> t.Iterator[Part]:
    """The user of a URL, and a user and password before a host, as Oracle and others write it."""
    for match in _USER.finditer(text):
        yield Part(match.start(), match.end() - 1, "user", match.group()[:-1].partition(":")[2])
    for match in _USER_SLASH.finditer(text):
        yield Part(match.start(1), match.end(1), "password", match.group(1))
    for match in _USER_COLON.finditer(text):
        if match.group(1).lower() not in _NO_USERS:
            yield Part(match.start(2), match.end(2), "password", match.group(2))


def _query(text: str, *, is_url: bool) -> t.Iterator[Part]:
    """What follows the address in a URL. Anything in it may be a key, unless its name is known to be harmless."""
    address = _ADDRESS.search(text)
    if address is None and not is_url:
        return
    position = address.end() if address else 0
    begins = next((place for place in range(position, len(text)) if text[place] in "?#"), len(text))
    start = begins + 1
    while start < len(text):
        ends = _QUERY_END.search(text, start)
        end = ends.start() if ends else len(text)
        name, value = _item(text, start, end)
        if value < end and not is_open_item(name):
            yield Part(value, end, name, text[value:end] if is_secret_item(name) else "")
        start = end + 1


def _item(text: str, start: int, end: int) -> tuple[str, int]:
    """The name of a parameter and where its value begins; one that has no name may be a key, or a name that has no value."""
    mark = _NAME_END.search(text, start, end)
    if mark is None:
        bare = unquote(text[start:end])
        return (bare, start) if is_open_item(bare) else ("", start)
    return unquote(text[start : mark.start()]), mark.end()


def _pairs(text: str) -> t.Iterator[Part]:
    position = 0
    while True:
        match = _NAME.search(text, position)
        if match is None:
            return
        position = match.end()
        if not is_hidden_name(match.group(1)):
            continue
        start, end = _value(text, position)
        if end > start:
            yield Part(start, end, match.group(1), text[start:end])
        position = max(position, end)


def _value(text: str, start: int) -> tuple[int, int]:
    """Where the value that begins here begins and ends, without the quotes or braces around it."""
    closing = _CLOSING.get(text[start : start + 1])
    if closing is None:
        ends = _VALUE_END.search(text, start)
        return start, ends.start() if ends else len(text)
    opening, depth, place = text[start], 1, start + 1
    while place < len(text):
        character = text[place]
        if character == "\\" or (character == closing and text[place + 1 : place + 2] == closing and closing in "\"'"):
            place += 1
        elif character == closing:
            depth -= 1
            if not depth:
                return start + 1, place
        elif character == opening:
            depth += 1
        place += 1
    return start + 1, len(text)


def _elements(text: str) -> t.Iterator[Part]:
    """The contents of XML elements."""
    position = 0
    while True:
        match = _ELEMENT.search(text, position)
        if match is None:
            return
        position = match.end()
        if is_hidden_name(match.group(1)):
            closed = text.find("</", position)
            end = closed if closed >= 0 else len(text)
            if end > position:
                yield Part(position, end, match.group(1), text[position:end])
            position = end
