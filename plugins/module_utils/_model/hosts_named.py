# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts a connection names: in its properties, in addresses and lists inside them, in its statement.

What may be meant as a host by one program, and as something else by another, counts as one: a rule that forbids a host
must not depend on who reads the address. No value is quoted but the hosts: it may hold a secret.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata
from collections.abc import Mapping
from urllib.parse import unquote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import decode_list, statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import Host, read_host
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_rest_list, is_secret_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_roles import holds_hosts
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment, torn_places

Pairs = t.Sequence[t.Tuple[str, t.Any]]
# A spelling of a host, and whether all programs take it for one.
_Spelling = t.Tuple[str, bool]

# Longer texts are looked through up to here; what stands behind it isn't known.
_LONGEST = 65536
# How items of a list end in a statement.
_ITEM_END = "%1"
_MOST_TEXT = 4 * _LONGEST
# No host has a longer name, and none is compared that has.
_LONGEST_HOST = 1024
# A connection that names more hosts is one of which not all are known.
MOST_HOSTS = 500
_PARTS = re.compile(r"[,;|\s]+")
_SEGMENTS = re.compile(r"[,;|]+")
_URL = re.compile(r"([a-z][a-z0-9+.-]{0,30}):[/\\]{2,}([^\s\"<>]+)", re.IGNORECASE)
# Browsers, and what reads addresses as they do, need no slashes here.
_URL_WITHOUT_SLASHES = re.compile(r"(?<![a-z0-9+.-])(?:https?|wss?|ftp):[/\\]?([^\s\"<>/\\]+)", re.IGNORECASE)
# C(HOST=db.example.com) in the names of Oracle, C(Server=…;) and C(Server={…}) in strings of ODBC.
_ASSIGNED = re.compile(r"([a-z][a-z_ .]{0,40}?[0-9]{0,2})\s{0,9}=\s{0,9}[\"'{\\]{0,2}([^;&()\"'{}]+)", re.IGNORECASE)
# C(\\\\host\\share), as Windows calls files elsewhere; and the same as an address.
_SHARE = re.compile(r"\\\\([^\\/\s]{1,256})[\\/]|file:(?:[/\\]{4}|[/\\]{2})([^\\/\s,;|\"'<>]{1,256})", re.IGNORECASE)
# C(jdbc:oracle:thin:@host:1521:sid)
_JDBC = re.compile(r"jdbc:[^\s\"'@]{0,200}@[/\\]{0,2}([^\s,;/\"'()]{1,2048})", re.IGNORECASE)
# What follows these is no host: a bucket, a file, a library.
_NO_HOSTS = frozenset(("s3", "s3a", "s3n", "gs", "file", "lib"))
_SCHEME = re.compile(r"[a-z][a-z0-9+.:-]{0,60}:[/\\]{2,}", re.IGNORECASE)
_NO_ADDRESS = frozenset(("", "true", "false"))
_PORT = re.compile(r"[0-9]{1,5}\Z", re.ASCII)
_LAST_PORT = 65535
# What SQL Server's clients take before a host.
_PROTOCOLS = frozenset(("tcp", "np", "lpc", "admin"))
# What ends a host for one program or another, once it is decoded.
_ENDS = re.compile(r"[\x00-\x20\x7f/\\?#@:]+")
# The letters of which one standard for names makes others, and another one doesn't (UTS #46, deviations).
_DEVIATING = re.compile("[\u00df\u1e9e\u03c2\u200c\u200d]")
_TOO_LONG = f"it holds texts of more than {_LONGEST} characters"
_TOO_MANY = f"it names more than {MOST_HOSTS} hosts"
_AMBIGUOUS = "an address that not all programs read alike"
_FRAGMENT = "an address that may be a part of a secret"


def statement_pairs(statement: str) -> list[tuple[str, str]]:
    """The names and values in a statement of any form, one that stands there twice included: who knows which one
    counts.
    """
    pairs = []
    body = statement.strip("\"' \t\r\n")
    torn = torn_places(body)
    for place, part in enumerate(body.split(";")):
        name, equals, value = part.partition("=")
        if equals:
            name = re.split("[\"'\\[]", name)[-1].strip()
            pairs.append((name, Fragment(value) if place in torn else value))
    return pairs


class NamedHost(t.NamedTuple):
    """A host that is named. C(label): how messages call it; what only some programs take for a host may be part of a
    password to others, and isn't shown.
    """

    host: Host
    label: str

    @property
    def is_plain(self) -> bool:
        """Whether all programs take it for this host."""
        return self.label == self.host.label


class Named(t.NamedTuple):
    """The hosts that properties name, each once. C(unread): why these may not be all; empty when they are."""

    hosts: list[NamedHost]
    unread: str = ""


def hosts_named(pairs: Pairs) -> Named:
    """The hosts that properties name."""
    search = _Search()
    looked: set[tuple[str, bool, bool]] = set()
    left = _MOST_TEXT
    for name, value in pairs:
        shown = not isinstance(value, Fragment)
        for text, is_address in _texts(name, value, inside=False):
            if (text, is_address, shown) in looked:
                continue
            looked.add((text, is_address, shown))
            left -= len(text)
            if left < 0:
                return search.result(_TOO_LONG)
            search.look(text, is_address=is_address, shown=shown)
            if len(search.found) > MOST_HOSTS:
                return search.result(_TOO_MANY)
    return search.result()


class _Search:
    """What was found in the texts of a connection: hosts with their labels, and why these may not be all."""

    def __init__(self) -> None:
        self.found: dict[Host, str] = {}
        self._unread = ""

    def look(self, text: str, *, is_address: bool, shown: bool) -> None:
        """Add the hosts in one text. C(shown): no part of it can be one of a secret."""
        spellings = _few_spellings(text[:_LONGEST], is_address=is_address)
        for spelling, is_plain in spellings:
            host = read_host(spelling)
            label = _FRAGMENT
            if shown:
                label = host.label if is_plain else _AMBIGUOUS
            if host.names and (label == host.label or host not in self.found):
                self.found[host] = label
        if len(text) > _LONGEST:
            self._unread = _TOO_LONG
        elif len(spellings) > MOST_HOSTS:
            self._unread = _TOO_MANY
        elif is_address and not spellings and "=" in text:
            self._unread = "not all of its addresses can be read"

    def result(self, unread: str = "") -> Named:
        """All of it."""
        return Named([NamedHost(host, label) for host, label in self.found.items()], unread or self._unread)


def _few_spellings(text: str, *, is_address: bool) -> list[_Spelling]:
    """The spellings of hosts in a text, each once, and of very many not all."""
    found: dict[_Spelling, None] = {}
    for spelling in _spellings(text, is_address=is_address):
        found[spelling] = None
        if len(found) > MOST_HOSTS:
            break
    return list(found)


def _texts(name: str, value: t.Any, *, inside: bool) -> t.Iterator[tuple[str, bool]]:
    """The texts in a property, each with whether it is an address as a whole. Secrets aren't looked into. C(inside):
    it stands in a property that holds addresses.
    """
    if is_secret_name(name):
        return
    inside = inside or holds_hosts(name)
    if isinstance(value, Mapping):
        item = value.get("name")
        if isinstance(item, str) and "value" in value:
            yield from _texts(item, value["value"], inside=inside)
            return
        for member, held in value.items():
            yield from _texts(str(member), held, inside=inside)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(name, item, inside=inside)
    else:
        yield from _texts_in_statement(name, statement_text(value), inside=inside)


def _texts_in_statement(name: str, text: str, *, inside: bool) -> t.Iterator[tuple[str, bool]]:
    """The same for a text, which may be one as statements hold it: lists are one text there, and C(%) is doubled."""
    if is_rest_list(name):
        for item, held in decode_list(text):
            yield from _texts(item, held, inside=False)
    elif inside and text.endswith(_ITEM_END):
        for item, held in decode_list(text):
            yield from ((part, True) for part in (item, held))
    else:
        yield text, inside
        if "%%" in text:
            yield text.replace("%%", "%"), inside


def _spellings(text: str, *, is_address: bool) -> t.Iterator[_Spelling]:
    """What may be the host in an address, or in addresses inside another text."""
    written: set[_Spelling] = set()
    for spelling, is_plain in _written(text, is_address=is_address):
        if spelling and (spelling, is_plain) not in written:
            written.add((spelling, is_plain))
            yield from _decoded(spelling[:_LONGEST_HOST], is_plain=is_plain)


def _written(text: str, *, is_address: bool) -> t.Iterator[_Spelling]:
    """The same as it is written."""
    for scheme, rest in _URL.findall(text):
        if scheme.lower() not in _NO_HOSTS:
            for part in _PARTS.split(_up_to_path(rest)):
                yield from _in_part(part)
    for rest in (*_URL_WITHOUT_SLASHES.findall(text), *_JDBC.findall(text)):
        yield from _in_part(rest)
    for share, address in _SHARE.findall(text):
        yield share or address, True
    for name, value in _ASSIGNED.findall(text):
        if holds_hosts(name):
            yield from _in_list(value)
    if is_address:
        yield from _in_address(text)


def _in_address(text: str) -> t.Iterator[_Spelling]:
    """The hosts of a text that is an address, or a list of such, in which other things may be assigned as well."""
    if "=" not in text.partition("://")[0]:
        yield from _in_list(text)
        return
    for segment in _SEGMENTS.split(text):
        if "=" not in _up_to_path(segment):
            yield from _in_list(segment)


def _up_to_path(text: str) -> str:
    return re.split(r"[/?#]", text, maxsplit=1)[0]


def _in_list(text: str) -> t.Iterator[_Spelling]:
    """The hosts of a list of addresses; a number that follows one is its port."""
    known = False
    for part in _PARTS.split(text.strip()):
        if part.casefold() in _NO_ADDRESS or (known and _PORT.match(part) and int(part) <= _LAST_PORT):
            continue
        known = True
        scheme = _SCHEME.match(part)
        if scheme is None:
            yield from _in_part(part.lstrip("/\\"))
        elif scheme.group().partition(":")[0].lower() not in _NO_HOSTS:
            yield from _in_part(part[scheme.end() :])


def _in_part(text: str) -> t.Iterator[_Spelling]:
    """The hosts of one part of a list; none of C(databaseName=x), which says something else."""
    if "=" not in _up_to_path(text).rpartition("@")[2]:
        yield from _in_authority(text)


def _in_authority(text: str) -> t.Iterator[_Spelling]:
    """The hosts of what follows the scheme. A backslash ends a host for some programs, and not for others."""
    authority = _up_to_path(text)
    before, backslash, after = authority.partition("\\")
    if not backslash or "@" not in after:
        yield from _without_port(before.rpartition("@")[2])
        return
    for part in (authority.rpartition("@")[2], before.rpartition("@")[2]):
        for spelling, _is_plain in _without_port(part):
            yield spelling, False


def _without_port(text: str) -> t.Iterator[_Spelling]:
    """The host of C(host:port). An IPv6 address without brackets has no port."""
    host, colon, rest = text.partition(":")
    if text.startswith("[") or not colon or read_host(text[:_LONGEST_HOST]).addresses:
        yield text, True
    elif rest == "" or rest.isdecimal():
        yield host, True
    elif host.lower() in _PROTOCOLS and ":" not in rest:
        yield rest, True
    elif read_host(text.rpartition(":")[0][:_LONGEST_HOST]).addresses:
        yield text.rpartition(":")[0], True
    else:
        for piece in dict.fromkeys(text.split(":")):
            if piece and not _PORT.match(piece):
                yield piece, False


def _decoded(spelling: str, *, is_plain: bool) -> t.Iterator[_Spelling]:
    """A spelling by all that programs may make of it before they look it up."""
    decoded = unicodedata.normalize("NFKC", unquote(spelling))
    if spelling.startswith("[") or read_host(spelling).addresses or not _ENDS.search(decoded):
        yield spelling, is_plain
    else:
        # Where a program ends it depends on the program.
        for piece in filter(None, _ENDS.split(decoded)):
            yield piece, False
    if _DEVIATING.search(decoded):
        yield ".".join(map(_as_looked_up, decoded.split("."))), False


def _as_looked_up(label: str) -> str:
    """A part of a name as the newer standard looks it up (RFC 5891), which keeps letters that the older one changes."""
    lowered = label.lower()
    if lowered.isascii():
        return lowered
    return f"xn--{lowered.encode('punycode', 'replace').decode('ascii', 'replace')}"
