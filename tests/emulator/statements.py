"""Connect statements: composed from properties, and read back.

Text inside a value: `%` is written `%%`, `;` is written `%3`, `"` is written `%4`. Lists of items put `%2` between
name and value and `%1` after each item; the url of the REST connector writes `=` as `%2`. Everything is reversible.
Only `%%`, `%1` and `%2` are known from Qlik Cloud; `%3` and `%4` are this emulator's choice.
"""

from __future__ import annotations

import re
from typing import Any

from .sources import PropertySpec, SourceSpec

_ESCAPES = str.maketrans({"%": "%%", ";": "%3", '"': "%4"})
_MEANINGS = {"%%": "%", "%1": ";", "%2": "=", "%3": ";", "%4": '"'}
_ESCAPED = re.compile(r"%[%1234]")
_STATEMENT = re.compile(r"""^\s*CUSTOM\s+CONNECT\s+TO\s+(["'])(?P<body>.*)\1\s*;?\s*$""", re.IGNORECASE | re.DOTALL)


class StatementError(ValueError):
    """A text that is no connect statement of Qlik Cloud."""


def as_text(value: Any) -> str:
    """Write a JSON scalar as a statement does."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _encode(spec: PropertySpec | None, value: Any) -> str:
    if isinstance(value, list):
        if spec is not None and spec.shape == "files":
            return "".join(as_text(item.get("name")).translate(_ESCAPES) + "%1" for item in value)
        return "".join(
            f"{as_text(item.get('name')).translate(_ESCAPES)}%2{as_text(item.get('value')).translate(_ESCAPES)}%1"
            for item in value
        )
    text: str = value
    if "%" in text or ";" in text or '"' in text:
        return text.translate(_ESCAPES)
    return text


def _decode(text: str) -> str:
    return _ESCAPED.sub(lambda match: _MEANINGS[match[0]], text) if "%" in text else text


def _items(text: str, separator: str) -> list[str]:
    """Split at `%1` or `%2`, but not at the end of an escaped percent sign."""
    parts, start = [], 0
    for match in _ESCAPED.finditer(text):
        if match[0] == separator:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _decode_list(spec: PropertySpec, text: str) -> list[dict[str, Any]]:
    items = []
    for item in _items(text, "%1"):
        if not item:
            continue
        name, *rest = _items(item, "%2")
        if spec.shape == "files":
            items.append({"name": _decode(name)})
        else:
            items.append({"name": _decode(name), "value": _decode("%2".join(rest))})
    return items


def compose(source: SourceSpec, properties: dict[str, Any], *, separate: bool) -> str:
    """Give the statement of a connection, without secrets; `properties` holds text and lists of items."""
    parts = [f"provider={source.provider}"]
    if source.selector:
        parts.append(f"{source.selector}={source.selector_value}")
    for name, value in {**properties, **source.added(properties)}.items():
        encoded = _encode(source.properties.get(name), value)
        if source.id == "rest" and name == "url":
            encoded = encoded.replace("=", "%2")
        parts.append(f"{name}={encoded}")
    parts.append(f"separateCredentials={'true' if separate else 'false'}")
    return f'CUSTOM CONNECT TO "{";".join(parts)};"'


def parse(statement: str) -> dict[str, str]:
    """Split a statement into its pairs, values still encoded; raise StatementError when it is none."""
    match = _STATEMENT.match(statement)
    if match is None:
        raise StatementError('expected CUSTOM CONNECT TO "provider=...;..."')
    pairs: dict[str, str] = {}
    for part in match["body"].split(";"):
        key, separator, value = part.lstrip().partition("=")
        key = key.rstrip()
        if key and not separator:
            raise StatementError(f"expected key=value, not {key!r}")
        if key:
            pairs[key] = value
    return pairs


def properties_of(source: SourceSpec | None, pairs: dict[str, str]) -> dict[str, Any]:
    """Give the properties that a split statement holds, decoded, without provider, selector and separateCredentials."""
    passed = {"provider", "driver", "sourcetype", "separatecredentials"}
    properties: dict[str, Any] = {}
    for name, value in pairs.items():
        if name.lower() in passed:
            continue
        spec = source.properties.get(name) if source else None
        if spec is not None and spec.shape != "text":
            properties[name] = _decode_list(spec, value)
        else:
            properties[name] = _decode(value)
    return properties


def member(pairs: dict[str, str], name: str) -> str | None:
    """Look a key of a split statement up without regard to case."""
    return next((value for key, value in pairs.items() if key.lower() == name.lower()), None)
