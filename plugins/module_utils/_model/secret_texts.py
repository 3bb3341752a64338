# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets inside texts: URLs, forms, JSON, XML, ODBC and JDBC strings, and a user with a password.

A property isn't only a name and a value. Its value may itself be made of names and values, of which some are secret.
Every pattern here takes time for the length of the text only.
"""

from __future__ import annotations

import base64
import re
import typing as t
from urllib.parse import unquote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_texts import (
    json_secrets,
    json_value,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_spans, masked_at, telling
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    is_hidden_name,
    is_open_item,
    is_secret_item,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import as_json, levels


class Part(t.NamedTuple):
    """A part of a text that isn't shown: C(name) is what it belongs to, C(secret) what is secret of it, empty when
    nobody knows. C(mark): in which marks it stands where JSON says where it ends.
    """

    start: int
    end: int
    name: str
    secret: str
    mark: str = ""


# One of these stands in every text that has such a part.
_MARKS = re.compile(
    "[=@:<]|%2|%3[dD]|-----BEGIN|--?[A-Za-z]|[Bb][Ee][Aa][Rr][Ee][Rr] |[Bb][Aa][Ss][Ii][Cc] |&lt;|&quot;"
)
# Nothing in such a text parts a name from a value.
_PLAIN_WORD = re.compile(r"[\w.]*\Z")
_ADDRESS = re.compile("://")
# Up to the last @ before the path; or else, where what looks like a port is none, up to the last one of all.
_USER = re.compile(r"(?<=//)(?:[^/?#\s]*@|[^/?#@\s\[\]]*:(?![0-9]*(?:[/?#]|$))\S*@)")
_QUERY_BEGIN = re.compile("[?#]")
_QUERY_END = re.compile("[&#;?]")
_NAME_END = re.compile("=|%2|%3[dD]")
_NAME = re.compile(
    r"""(?<![\w.$-])(?:--?D?)?([A-Za-z_$][\w.$-]{0,99})(?:\\?["']\s{0,8}|[ \t]{0,8})(?:=|:(?!//)|%2|%3[dD])[ \t]{0,8}"""
)
_VALUE_END = re.compile(r"[;&\r\n]")
# In YAML a value may stand below its name.
_BELOW = re.compile(r"(?:\r?\n[ \t]+[^\r\n]*)+")
_GOES_ON = frozenset(("", "|", ">", "|-", ">-", "|+", ">+"))
_ELEMENT = re.compile(r"<(?:[\w-]{1,50}:)?([A-Za-z_][\w.-]{0,99})(?:\s[^<>]{0,200})?>")
_USER_SLASH = re.compile(
    r"""(?:^|(?<=[:;=\s'"(,]))[\w.$#-]{1,99}/(?!/)([^\s;"'/][^\s;"']{0,255}|"[^"\r\n]{1,255}")@(?=[\w/(\[])"""
)
_USER_COLON = re.compile(r"""(?:^|(?<=[;=\s'"(,]))([\w.$-]{1,99}):([^\s/@;"':]{1,255})@(?=[\w\[])""")
# An item that says its name and its value apart, as JSON and XML write it.
_NAMED = re.compile(
    r"""\b(?:name|key)\\?["']?\s{0,8}[=:]\s{0,8}\\?["']([^"'\\<>]{1,100})\\?["']\s{0,8},?\s{0,8}"""
    r"""\\?["']?value\\?["']?\s{0,8}[=:]\s{0,8}""",
    re.IGNORECASE,
)
_OPTION = re.compile(r"""(?<![\w-])--?([A-Za-z][\w.-]{0,99})[ \t]{1,8}(?=[^\s-])("[^"]*"|'[^']*'|[^\s;]+)""")
_BEARER = re.compile(r"\bbearer\s{1,8}([\w.~+/=-]{8,})", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic\s{1,8}([A-Za-z0-9+/]{6,}={0,2})(?![\w+/=])", re.IGNORECASE)
# The value of a header that signs in: a scheme and what follows it; and cookies, of which not all are secret.
_SIGNED_IN = re.compile(r"[A-Za-z][\w-]{0,30}[ \t]{1,8}(\S+)\Z")
_COOKIE = re.compile(r"(?:^|;)\s{0,8}([^=;\s]{1,100})=([^;]+)")
_SESSION = re.compile(r"session|sessid|auth\Z|(?:^|[._-])sid\Z", re.IGNORECASE)
_SIGNS_IN = re.compile(r"(?:^|-)auth(?:orization)?(?:-(?:header|key|token))?\Z", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----")
_KEY_END = "-----END"
_NO_USERS = frozenset(("mailto", "sip", "sips", "acct", "xmpp"))
# What stands where a key may stand, and has no name of its own.
_NO_NAMES = ("", "user", "password")
_CLOSING = {'"': '"', "'": "'", "{": "}", "[": "]"}


def is_plain_word(text: str) -> bool:
    """Whether a text is nothing but letters, digits and dots, as names of hosts and databases are: no part of it is
    hidden, and it is no list.
    """
    return _PLAIN_WORD.match(text) is not None


def hidden_parts(text: str, *, is_url: bool = False) -> list[Part]:
    """The parts of a text that nobody is shown, in the order of the text; none lies in another."""
    return _apart(_found(text, is_url=is_url))


def _found(text: str, *, is_url: bool) -> list[Part]:
    if not (is_url or _MARKS.search(text)):
        return []
    return [*_query(text, is_url=is_url), *_readings(text)]


def _apart(found: t.Iterable[Part]) -> list[Part]:
    apart: list[Part] = []
    end = 0
    for part in sorted(found, key=lambda part: (part.start, -part.end)):
        if part.start >= end:
            apart.append(part)
            end = part.end
        else:
            # Where two readings overlap, neither shows what the other hides, nor takes for doubtful what the other
            # knows to be secret.
            last = apart[-1]
            end = max(end, part.end)
            apart[-1] = last._replace(end=end, secret=last.secret or part.secret)
    return apart


def secrets_in(text: str, *, is_url: bool = False) -> set[str]:
    """What is certainly secret in a text, as it stands there and as a URL means it; of what holds several values, each
    of these.
    """
    parts = _found(text, is_url=is_url)
    if not parts:
        return set()
    # Whoever reads too little or too much of a text knows no end of what overlaps; JSON says where its values end.
    found = {part.secret for part in _apart(part for part in parts if not part.mark) if part.secret}
    found.update(*(json_secrets(part.secret, part.mark) for part in parts if part.mark))
    return found | {unquote(secret) for secret in found if "%" in secret}


def secrets_in_header(name: str, text: str) -> set[str]:
    """What somebody may quote alone of the value of a header that is secret as a whole."""
    found: set[str] = set()
    if _SIGNS_IN.search(name):
        signed = _SIGNED_IN.match(text.strip())
        if signed:
            found.update((signed.group(1), signed.group(1).partition(":")[2]))
        basic = [match.group(1) for match in _BASIC.finditer(text) if _is_basic(match.group(1))]
        found.update(_of_base64(one).decode("utf-8", "replace").partition(":")[2] for one in basic)
    elif "cookie" in name.lower():
        found.update(value for cookie, value in _COOKIE.findall(text) if _SESSION.search(cookie))
    return secrets_in(text) | telling(found)


def masked_text(text: str, mask: str, *, is_url: bool = False, doubtful: bool = True) -> str:
    """The text with a mask in the place of each hidden part, and then of each secret that the run knows; unless
    C(doubtful), parts stay that only have a name nobody knows.
    """
    spans = [
        (part.start, part.end)
        for part in hidden_parts(text, is_url=is_url)
        if doubtful or part.secret or part.name in _NO_NAMES
    ]
    if not spans:
        return text
    return masked_at(text, [*spans, *known_spans(text)], mask)


def _readings(text: str) -> t.Iterator[Part]:
    """What is hidden in a text as it stands there, and as it means what is escaped in it."""
    views = levels(text)
    for view in [*views, *as_json(views)]:
        read = view.text
        for part in (*_users(read), *_pairs(read), *_named(read), *_elements(read), *_by_form(read)):
            start, end = view.span(part.start, part.end)
            if start < end:
                yield part._replace(start=start, end=end)


def _users(text: str) -> t.Iterator[Part]:
    """The user of a URL, and a user and password before a host, as Oracle and others write it."""
    for match in _USER.finditer(text):
        yield Part(match.start(), match.end() - 1, "user", match.group()[:-1].partition(":")[2])
    for match in _USER_SLASH.finditer(text):
        yield Part(match.start(1), match.end(1), "password", match.group(1).strip('"'))
    for match in _USER_COLON.finditer(text):
        if match.group(1).lower() not in _NO_USERS:
            yield Part(match.start(2), match.end(2), "password", match.group(2))


def _query(text: str, *, is_url: bool) -> t.Iterator[Part]:
    """What follows the address in a URL. Anything in it may be a key, unless its name is known to be harmless."""
    address = _ADDRESS.search(text)
    if address is None and not is_url:
        return
    position = address.end() if address else 0
    begins = _QUERY_BEGIN.search(text, position)
    if begins is None:
        return
    start = begins.end()
    while start < len(text):
        end = _place_of(_QUERY_END, text, start)
        name, value = _item(text, start, end)
        if value < end and not is_open_item(name):
            secret = text[value:end] if is_secret_item(name) else ""
            yield Part(value, end, name, secret)
        start = end + 1


def _place_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where something begins in a text, or the end of the text."""
    found = pattern.search(text, start)
    return found.start() if found else len(text)


def _item(text: str, start: int, end: int) -> tuple[str, int]:
    """The name of a parameter and where its value begins; one that has no name may be a key, or a name that has no
    value.
    """
    mark = _NAME_END.search(text, start, end)
    if mark is None:
        bare = unquote(text[start:end])
        if not is_open_item(bare):
            bare = ""
        return bare, start
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
        part = _part(text, match.group(1), position)
        if part.end > part.start:
            yield part
        position = max(position, part.end)


def _named(text: str) -> t.Iterator[Part]:
    """The values of items whose names stand beside them, and of options of a command."""
    for match in _NAMED.finditer(text):
        if is_secret_item(match.group(1)):
            part = _part(text, match.group(1), match.end())
            if part.end > part.start:
                yield part
            if part.end == len(text):
                break
    for match in _OPTION.finditer(text):
        if is_hidden_name(match.group(1)):
            yield Part(match.start(2), match.end(2), match.group(1), match.group(2).strip("\"'"))


def _by_form(text: str) -> t.Iterator[Part]:
    """What is a secret whatever it is called: private keys, and what signs in to a web service."""
    for match in _BEARER.finditer(text):
        yield Part(match.start(1), match.end(1), "bearer", match.group(1))
    for match in _BASIC.finditer(text):
        if _is_basic(match.group(1)):
            yield Part(match.start(1), match.end(1), "basic", match.group(1))
    position = 0
    while True:
        begins = _PRIVATE_KEY.search(text, position)
        if begins is None:
            return
        position = _find(text, _KEY_END, begins.end())
        if position > begins.end():
            yield Part(begins.end(), position, "private key", text[begins.end() : position].strip())


def _find(text: str, part: str, start: int) -> int:
    """Where a part of a text stands, or the end of the text."""
    place = text.find(part, start)
    return place if place >= 0 else len(text)


def _is_basic(text: str) -> bool:
    """Whether it is a user with a password, as basic authentication sends them, and no word."""
    try:
        return b":" in _of_base64(text)
    except ValueError:
        return False


def _of_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _part(text: str, name: str, start: int) -> Part:
    """The value of a name that begins here."""
    found = json_value(text, start)
    if found:
        return Part(found.start, found.end, name, text[found.start : found.end], found.mark)
    start, end = _value(text, start)
    return Part(start, end, name, text[start:end])


def _value(text: str, start: int) -> tuple[int, int]:
    """Where the value that begins here begins and ends, without the quotes or braces around it."""
    closing = _CLOSING.get(text[start : start + 1])
    if closing is None:
        return start, _end_of_value(text, start)
    end = _closed_at(text, start, closing)
    if end < len(text) and not _is_whole(text, end + 1):
        return start, _end_of_value(text, end + 1)
    return start + 1, end


def _closed_at(text: str, start: int, closing: str) -> int:
    """Where the quote or brace that begins here is closed; the end of the text when it isn't."""
    opening, depth, place = text[start], 1, start + 1
    while place < len(text):
        character = text[place]
        if character == "\\" or (character == closing and _is_doubled(text, place, depth)):
            place += 1
        elif character == closing:
            depth -= 1
            if not depth:
                return place
        elif character == opening:
            depth += 1
        place += 1
    return len(text)


def _is_doubled(text: str, place: int, depth: int) -> bool:
    """Whether a closing mark is a part of the value, since it is doubled. In ODBC's braces nothing else needs to be."""
    closing = text[place]
    if text[place + 1 : place + 2] != closing:
        return False
    return closing in "\"'" or (closing == "}" and depth == 1)


def _is_whole(text: str, place: int) -> bool:
    """Whether a value ends with the quote or brace before this place, which it may as well begin with by chance."""
    return place >= len(text) or not (text[place].isalnum() or text[place] in "_\"'{}[%!$+-.")


def _end_of_value(text: str, start: int) -> int:
    end = _place_of(_VALUE_END, text, start)
    if text[start:end].strip() in _GOES_ON:
        below = _BELOW.match(text, end)
        if below:
            return below.end()
    return end


def _elements(text: str) -> t.Iterator[Part]:
    """The contents of XML elements."""
    position = 0
    while True:
        match = _ELEMENT.search(text, position)
        if match is None:
            return
        position = match.end()
        if is_hidden_name(match.group(1)):
            end = _end_of_element(text, match.group(1), position)
            if end > position:
                yield Part(position, end, match.group(1), text[position:end])
            position = end


def _end_of_element(text: str, name: str, start: int) -> int:
    """Where the tag begins that ends an element, or any tag that ends one; the end of the text without one."""
    closed = text.find(f"{name}>", start)
    if closed < 0:
        return _find(text, "</", start)
    begins = text.rfind("</", start, closed)
    return begins if begins >= 0 else len(text)
