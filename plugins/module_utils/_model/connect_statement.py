# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect statements: C(CUSTOM CONNECT TO "provider=...;key=value;...") read and written.

Sources: statements in the answers of the data-connections API and in the guides on qlik.dev. Values are not escaped: a
pair ends at C(;) and splits at its first C(=). REST lists are text inside a value: C(%2) between name and value, C(%1)
after an item, C(%%) for a percent sign; that is Qlik's own encoding and not a URL's.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    PROVIDER_KEY,
    is_address_name,
    is_user_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import (
    Fragment,
    enclosed_places,
    torn_places,
)

_PROVIDER_LENGTH = len(PROVIDER_KEY)
# How Qlik writes a statement. Of its marks alone, and the blanks between words, this much is left where no blank stands
# beside a key, and each pair is one.
_BEGIN = f'CUSTOM CONNECT TO "{PROVIDER_KEY}='
_END = ';"'
_BLANKS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_WORDS = bytes(code for code in range(256) if code not in b"=;" + _BLANKS)
_MARKS = re.compile(rb"   (?:=[^;]*;)+\Z")
_FRAME = re.compile(r"""\A\s*CUSTOM\s+CONNECT\s+TO\s+(["'])(?P<body>.*)\1\s*(?:;\s*)?\Z""", re.IGNORECASE | re.DOTALL)
# What no statement can hold inside a value, as messages call it.
_UNWRITABLE = {";": ";", '"': '"', "\r": "a line break", "\n": "a line break"}
_BOOLEANS = {True: "true", False: "false"}
_TOKEN = re.compile(r"%([12%])")


class ConnectStatement(t.NamedTuple):
    """A statement taken apart. C(provider) is empty when it was missing; C(properties) keeps order and case of the
    keys. C(doubled) are keys that stand there again with another value: the last one counts here, and nobody can tell
    which one counts for Qlik. A value that may be a part of a secret is a C(Fragment).
    """

    provider: str
    properties: t.Mapping[str, str]
    doubled: tuple[str, ...] = ()


def parse_connect_statement(text: str) -> ConnectStatement:
    """Take a statement apart. Raises StatementError when it isn't of the C(CUSTOM CONNECT TO) form."""
    _begin, body, _end = parted(text)
    provider: str | None = None
    properties: dict[str, str] = {}
    doubled: list[str] = []
    torn = torn_places(body)
    for place, pair in enumerate(body.split(";")):
        key, equals, value = pair.partition("=")
        key = key.strip()
        if key and equals:
            if place in torn:
                value = Fragment(value)
            # There are thousands of statements with some thirty pairs each: most keys don't have as many characters.
            if len(key) == _PROVIDER_LENGTH and key.lower() == PROVIDER_KEY:
                if provider not in (None, value):
                    doubled.append(PROVIDER_KEY)
                if provider is None or place not in torn:
                    provider = value
            elif properties.setdefault(key, value) != value:
                doubled.append(key)
                properties[key] = value
        elif key or equals:
            raise StatementError(
                f"A part of the connect statement is not of the form key=value: the one after {len(properties)} pairs."
            )
    return ConnectStatement(provider or "", properties, tuple(dict.fromkeys(doubled)))


def parted(text: str) -> tuple[str, str, str]:
    """What stands before the pairs of a statement, the pairs, and what stands behind them, letter by letter. Raises
    StatementError when it isn't of the C(CUSTOM CONNECT TO) form.
    """
    frame = _FRAME.match(text)
    if frame is None:
        raise StatementError('This is not a statement of the form CUSTOM CONNECT TO "provider=...;key=value;...".')
    begin, end = frame.span("body")
    return text[:begin], text[begin:end], text[end:]


def holds_at_sight(text: str, declared: t.Mapping[str, t.Any]) -> bool:
    """Whether it is seen without taking a statement apart that it can be, and has each of these pairs once, letter by
    letter; a user name may be missing, as everywhere. If not, it may hold them all the same.

    There are thousands of statements, and taking one apart makes some sixty texts of it, most of which nobody asks for.
    """
    if not (text.startswith(_BEGIN) and text.endswith(_END) and text.isascii()) or ";=" in text:
        return False
    if not _MARKS.match(text.encode().translate(None, _WORDS)):
        return False
    for name, value in declared.items():
        times = text.count(f";{name}=")
        if not times and is_user_name(name):
            continue
        if isinstance(value, int):
            value = statement_text(value)
        if times != 1 or not isinstance(value, str) or f";{name}={value};" not in text:
            return False
        # A mark inside of one would part the pair elsewhere; and the provider is no property, whatever its case.
        if ";" in value or "=" in name or name.lower() == PROVIDER_KEY:
            return False
    return True


def format_connect_statement(provider: str, properties: t.Mapping[str, t.Any]) -> str:
    """Write a statement. Raises StatementError for a key or value that no statement can hold."""
    pairs = dict(properties)
    if provider:
        pairs = {PROVIDER_KEY: provider, **properties}
    body = "".join(f"{_key(key)}={_value(key, value)};" for key, value in pairs.items())
    return f'CUSTOM CONNECT TO "{body}"'


def merged_statement(text: str, declared: ConnectStatement) -> str:
    """A statement with the declared pairs put in. What wasn't declared stays as it stands there, even twice, and with
    marks that couldn't be written anew, but for other values of declared addresses in letters of another case: where it
    led then would depend on who reads it. Raises StatementError when it can't be read.
    """
    held = parse_connect_statement(text)
    provider = declared.provider or held.provider
    missing = dict(declared.properties)
    addresses = {name.lower(): value for name, value in missing.items() if is_address_name(name)}
    pairs = [(PROVIDER_KEY, provider)] if provider else []
    enclosed = enclosed_places(parted(text)[1])
    for place, name, value in _placed_pairs(text):
        if name in missing:
            pairs.append((name, missing.pop(name)))
        elif name == PROVIDER_KEY or name in declared.properties:
            continue
        elif place in enclosed or not value or addresses.get(name.lower(), value) == value:
            pairs.append((name, value))
    body = "".join(f"{name}={value};" for name, value in (*pairs, *missing.items()))
    return f'CUSTOM CONNECT TO "{body}"'


def changed_beside(text: str, written: str) -> dict[str, tuple[t.Any, str]]:
    """What becomes another when a statement is written in the place of one, though nobody compares it: the provider,
    and what stood there with several values: a tuple. Raises StatementError when either can't be read.
    """
    before, after = parse_connect_statement(text), parse_connect_statement(written)
    left = {PROVIDER_KEY: after.provider, **after.properties}
    found: dict[str, tuple[t.Any, str]] = {}
    if before.provider != after.provider:
        found[PROVIDER_KEY] = (before.provider or None, after.provider)
    for name in before.doubled:
        if name not in after.doubled:
            found[name] = (tuple(value for one, value in _pairs(text) if one == name), left[name])
    return found


def is_torn(text: str) -> bool:
    """Whether some pairs of a statement may be parts of a secret."""
    try:
        return any(isinstance(value, Fragment) for _name, value in _pairs(text))
    except StatementError:
        return False


class Address(t.NamedTuple):
    """A pair of a statement that says where it leads. C(enclosed): to some it is a part of another one's value."""

    name: str
    value: str
    enclosed: bool


def addresses_in(text: str) -> list[Address]:
    """The pairs of a statement that say where it leads, each as it stands there; none of one that can't be read."""
    try:
        enclosed = enclosed_places(parted(text)[1])
        return [
            Address(name, value, place in enclosed)
            for place, name, value in _placed_pairs(text)
            if value and is_address_name(name)
        ]
    except StatementError:
        return []


def _pairs(text: str) -> t.Iterator[tuple[str, str]]:
    """The pairs of a statement that can be read, as they stand there."""
    for _place, name, value in _placed_pairs(text):
        yield name, value


def _placed_pairs(text: str) -> t.Iterator[tuple[int, str, str]]:
    """The same with their places, which count blank ones too."""
    body = parted(text)[1]
    torn = torn_places(body)
    for place, pair in enumerate(body.split(";")):
        name, _equals, value = pair.partition("=")
        name = name.strip()
        if name:
            name = PROVIDER_KEY if name.lower() == PROVIDER_KEY else name
            yield place, name, Fragment(value) if place in torn else value


def _key(key: str) -> str:
    if not key or key != key.strip() or any(character in key for character in '=;"\r\n'):
        raise StatementError(f"'{key}' can't be the name of a property in a connect statement.")
    return key


def _value(key: str, value: t.Any) -> str:
    if isinstance(value, Mapping):
        raise StatementError(f"The value of '{key}' is a mapping, which no connect statement can hold.")
    if isinstance(value, (list, tuple)):
        text = encode_list(value)
    else:
        text = statement_text(value)
    for character, shown in _UNWRITABLE.items():
        if character in text:
            raise StatementError(
                f"The value of '{key}' holds {shown}, which no connect statement can hold. Give it in properties, where"
                " Qlik encodes it."
            )
    return text


def statement_text(value: t.Any) -> str:
    """A scalar as statements hold it: C(true)/C(false), numbers as plain text, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _BOOLEANS[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def encode_list(items: t.Sequence[t.Any]) -> str:
    """A REST list C([{name, value, encrypt}]) as text. The value of an encrypted item is left empty, as Qlik does."""
    return "".join(map(_encode_item, items))


def _encode_item(item: t.Any) -> str:
    if not isinstance(item, Mapping):
        return f"{_percent(statement_text(item))}%1"
    name, value = statement_text(item.get("name")), ""
    if not item.get("encrypt"):
        value = statement_text(item.get("value"))
    return f"{_percent(name)}%2{_percent(value)}%1"


def decode_list(text: str) -> list[tuple[str, str]]:
    """The names and values in the text of a REST list."""
    return [(name, value) for name, value, _written in list_parts(text)]


def list_parts(text: str) -> list[tuple[str, str, str]]:
    """The names and values in the text of a REST list, each with how both stand there; a last item without C(%1) counts
    too.
    """
    items: list[tuple[str, str, str]] = []
    name: str | None = None
    current = ""
    begin = position = 0
    for token in _TOKEN.finditer(text):
        current += text[position : token.start()]
        position = token.end()
        if token.group(1) == "%":
            current += "%"
        elif token.group(1) == "2" and name is None:
            name, current = current, ""
        elif token.group(1) == "2":
            current += token.group(0)
        else:
            items.append((*_item(name, current), text[begin:position]))
            name, current, begin = None, "", position
    current += text[position:]
    if name is not None or current:
        items.append((*_item(name, current), text[begin:]))
    return items


def _item(name: str | None, text: str) -> tuple[str, str]:
    """An item of a list; one without C(%2) is all name."""
    if name is None:
        return text, ""
    return name, text


def _percent(text: str) -> str:
    return text.replace("%", "%%")
