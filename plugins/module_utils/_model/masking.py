# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How secrets are kept out of sight: the texts to look for in an output, and properties and options for a person's eyes."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import decode_list, parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_names import (
    REST_LISTS,
    is_secret_item,
    is_secret_name,
    is_write_only,
)

MASK = "********"
# Hiding shorter texts that may or may not be secrets would mask too much.
TELLING_LENGTH = 6

SECRET_OPTIONS = frozenset(
    ("access_token", "api_key", "client_secret", "secrets", "fingerprint_key", "auth_code", "password", "qPassword", "values")
)
NO_LOG_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

PROPERTY_OPTIONS = frozenset(("properties", "connectionProperties", "connection_properties"))


def leaf_texts(value: t.Any) -> set[str]:
    """Every text inside a value, however deep: what no output may show of an option that is secret as a whole."""
    found: set[str] = set()
    _gather_texts(value, found)
    found.discard("")
    return found


def _gather_texts(value: t.Any, found: set[str]) -> None:
    if isinstance(value, str):
        found.add(str(value))
    elif isinstance(value, Mapping):
        for item in value.values():
            _gather_texts(item, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather_texts(item, found)
    elif value is not None and not isinstance(value, bool):
        found.add(str(value))


def _secret_texts(value: t.Any) -> set[str]:
    """The same for a single property: the name of a file or header is none."""
    if isinstance(value, (list, tuple)):
        return {text for item in value for text in _secret_texts(item)}
    return leaf_texts(value.get("value")) if isinstance(value, Mapping) and "value" in value else leaf_texts(value)


def pasted_secrets(properties: t.Any) -> set[str]:
    """The texts of all secrets inside a mapping of properties, encrypted items and secret-looking headers included."""
    found: set[str] = set()
    if not isinstance(properties, Mapping):
        return found
    for name, value in properties.items():
        if isinstance(value, str) and not is_secret_name(str(name)):
            found |= _secrets_of_url(value)
        elif is_write_only(str(name), value):
            found |= _secret_texts(value)
        elif isinstance(value, (list, tuple)):
            for item in value:
                if isinstance(item, Mapping) and (item.get("encrypt") or is_secret_item(str(item.get("name", "")))):
                    found |= leaf_texts(item.get("value"))
    return found


def mask_properties(properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The same properties for a person's eyes."""
    return {name: mask_value(name, value) for name, value in properties.items()}


def mask_value(name: str, value: t.Any) -> t.Any:
    if value is None:
        return value
    if is_write_only(name, value):
        return MASK
    if isinstance(value, (list, tuple)):
        return [
            {**item, "value": MASK}
            if isinstance(item, Mapping) and (item.get("encrypt") or is_secret_item(str(item.get("name"))))
            else item
            for item in value
        ]
    if isinstance(value, str):
        if name.lower() in REST_LISTS:
            return _mask_list(value)
        if "://" in value or name.lower() == "url":
            return _mask_url(value)
    return value


def _mask_list(text: str) -> str:
    return "".join(f"{name}%2{MASK if value and is_secret_item(name) else value}%1" for name, value in decode_list(text))


_URL_USER = re.compile(r"(?<=://)[^/@\s?#]+@")
_QUERY_VALUE = re.compile(r"(=|%2)(?!%)[^&#;]+")
_PAIR_END = re.compile("[&#;]")
_NAME_END = re.compile("=|%2")
# Looking behind keeps a long text without pairs from being read again from each of its characters.
_STATEMENT_PAIR = re.compile(r"(?<![A-Za-z0-9_ ])([A-Za-z0-9_ ]+)=([^;\"']+)")


def _mask_url(text: str) -> str:
    """A URL without what its query and its user part hold: anything there may be a key."""
    address, mark, query = _URL_USER.sub(f"{MASK}@", text).partition("?")
    return address + mark + _QUERY_VALUE.sub(lambda match: match.group(1) + MASK, query)


def url_holds_secret(text: str) -> bool:
    """Whether a URL carries a user part, or a query parameter whose name says that it is a key."""
    return bool(_URL_USER.search(text)) or bool(_secrets_of_url(text))


def url_values(text: str) -> list[tuple[str, str]]:
    """The names and values in the query of a URL; those of a REST statement have C(%2) for the equals sign."""
    if "://" not in text:
        return []
    pairs = (_NAME_END.split(pair, maxsplit=1) for pair in _PAIR_END.split(text.partition("?")[2]))
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and pair[1]]


def _secrets_of_url(text: str) -> set[str]:
    """What a URL carries that is secret by its name, and the password of its user part."""
    found = {value for name, value in url_values(text) if is_secret_item(name)}
    user = _URL_USER.search(text)
    password = user.group(0)[:-1].partition(":")[2] if user else ""
    return found | ({password} if password else set())


def statement_secrets(text: t.Any) -> set[str]:
    """The texts of the secrets inside a connect statement, also inside one that can't be read."""
    if not isinstance(text, str):
        return set()
    return {value for name, value in _STATEMENT_PAIR.findall(text) if is_secret_name(name.strip())} | _secrets_of_url(text)


def mask_options(options: t.Any) -> t.Any:
    """A module's options for a person's eyes: what no_log can't know of is masked too.

    What Ansible would find to be secret is called as it calls it: finding a thousand secrets in a thousand definitions takes it long.
    """
    if not isinstance(options, Mapping):
        return options
    shown = dict(options)
    for name, value in options.items():
        if name == "values":
            shown[name] = _names_only(value)
        elif name in SECRET_OPTIONS:
            shown[name] = _without_secrets(value)
        elif name in PROPERTY_OPTIONS and isinstance(value, Mapping):
            shown[name] = mask_properties(value)
        elif name == "connect_statement" and isinstance(value, str):
            shown[name] = mask_statement(value)
        elif name == "tenant_url" and isinstance(value, str):
            shown[name] = _mask_url(value)
        elif name == "connections" and isinstance(value, (list, tuple)):
            shown[name] = [mask_options(item) for item in value]
    return shown


def _without_secrets(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {name: _without_secrets(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(item) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else NO_LOG_MASK


def _names_only(values: t.Any) -> t.Any:
    return {name: _names_only(value) for name, value in values.items()} if isinstance(values, Mapping) else MASK


def mask_statement(text: str) -> str:
    """A connect statement for a person's eyes; one that can't be read is not shown at all."""
    if not text:
        return text
    try:
        statement = parse_connect_statement(text)
    except StatementError:
        return MASK
    pairs = {"provider": statement.provider} if statement.provider else {}
    pairs.update(mask_properties(statement.properties))
    return 'CUSTOM CONNECT TO "' + "".join(f"{key}={value};" for key, value in pairs.items()) + '"'


# ---- what files may hold


def mask_for_export(name: str, value: t.Any) -> t.Any:
    """A property as an export may hold it: with the mask in the place of each part that is secret, or that Qlik doesn't show.

    What comes back equal is whole: nothing of it is missing.
    """
    if is_secret_name(name):
        return mask_value(name, value)
    if isinstance(value, (list, tuple)):
        return mask_value(name, [{**item, "value": MASK} if _lacks_value(item) else item for item in value])
    if isinstance(value, str) and ("://" in value or name.lower() == "url"):
        return _mask_url_secrets(value)
    return mask_value(name, value)


def _lacks_value(item: t.Any) -> bool:
    """Whether Qlik shows only the name of an item: that of a file, or of an encrypted header."""
    return isinstance(item, Mapping) and "value" not in item


def _mask_url_secrets(text: str) -> str:
    """A URL without its user part, and without the values in its query that are secret by their names."""
    address, mark, query = _URL_USER.sub(f"{MASK}@", text).partition("?")
    pairs = re.split("([&#;])", query)
    for position, pair in enumerate(pairs):
        parts = _NAME_END.split(pair, maxsplit=1)
        if len(parts) == 2 and parts[1] and is_secret_item(parts[0]):
            pairs[position] = pair[: len(pair) - len(parts[1])] + MASK
    return address + mark + "".join(pairs)
