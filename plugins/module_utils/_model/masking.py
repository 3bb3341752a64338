# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How secrets are kept out of sight: the texts to look for in an output, and properties and options for a person's
eyes.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    decode_list,
    encode_list,
    list_parts,
    parse_connect_statement,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import (
    TELLING_LENGTH,
    known_spans,
    masked_at,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    PROVIDER_KEY,
    URL_PROPERTY,
    is_hidden_name,
    is_open_item,
    is_rest_list,
    is_secret_item,
    is_secret_name,
    is_user_name,
    is_write_only,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import (
    hidden_parts,
    is_plain_word,
    masked_text,
    secrets_in,
    secrets_in_header,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment

MASK = "********"
_SHORTEST_PART = 3
# What parts a statement.
_PARTING = frozenset(";=")

SECRET_OPTIONS = frozenset(
    (
        "access_token",
        "api_key",
        "client_secret",
        "secrets",
        "secrets_previous",
        "fingerprint_key",
        "auth_code",
        "password",
        "qPassword",
        "values",
    )
)
NO_LOG_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

PROPERTY_OPTIONS = frozenset(("properties", "connectionProperties", "connection_properties"))
STATEMENT_OPTIONS = frozenset(("connect_statement", "qConnectStatement"))
# Statements by which connections are tried, each by what it is for.
TRIAL_OPTIONS = frozenset(("statements", "verify_statements"))


def leaf_texts(value: t.Any) -> set[str]:
    """Every text inside a value, however deep: what no output may show of an option that is secret as a whole."""
    found: set[str] = set()
    _gather_texts(value, found)
    found.discard("")
    return found


def shown_texts(value: t.Any) -> set[str]:
    """The same with the names of what is inside: all that a person would see of a result."""
    found: set[str] = set()
    _gather_texts(value, found, with_names=True)
    found.discard("")
    return found


def _gather_texts(value: t.Any, found: set[str], *, with_names: bool = False) -> None:
    if isinstance(value, str):
        found.add(str(value))
    elif isinstance(value, Mapping):
        if with_names:
            found.update(map(str, value))
        for item in value.values():
            _gather_texts(item, found, with_names=with_names)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather_texts(item, found, with_names=with_names)
    elif value is not None and not isinstance(value, bool):
        found.add(str(value))


def _secret_texts(value: t.Any) -> set[str]:
    """The same for a single property: the name of a file or header is none."""
    if isinstance(value, (list, tuple)):
        return set().union(*map(_secret_texts, value))
    if isinstance(value, Mapping) and "value" in value:
        return leaf_texts(value["value"])
    return leaf_texts(value)


def pasted_secrets(properties: t.Any) -> set[str]:
    """The texts of all secrets inside a mapping of properties, encrypted items and secret-looking headers included."""
    found: set[str] = set()
    if not isinstance(properties, Mapping):
        return found
    for name, value in properties.items():
        if value is None:
            found |= secrets_in_name(name)
        elif is_hidden_name(str(name)) or is_write_only(str(name), value):
            found |= _secret_texts(value)
        elif isinstance(value, str):
            if not is_plain_word(value):
                found |= _secrets_of_text(str(name), value)
        elif isinstance(value, Mapping):
            found |= pasted_secrets(value)
        elif isinstance(value, (list, tuple)):
            for item in value:
                found |= _secrets_of_item(item)
    return found


def secrets_in_name(name: t.Any) -> set[str]:
    """What is secret in a name that has no value:
    without a blank behind its colon, C(password:x) is all name to YAML.
    """
    text = str(name)
    if text.isidentifier():  # as nearly all are: nothing in them could part a name from a value
        return set()
    return _worth_hiding(secrets_in(text))


def shown_name(name: t.Any) -> str:
    """The same name for a person's eyes."""
    return masked_text(str(name), MASK)


def is_shown_secret(name: str) -> bool:
    """Whether a name among the secrets, without a value, may be seen: it could as well be the secret itself, as in
    C({x}).
    """
    return is_secret_name(name) or is_user_name(name) or len(name) < TELLING_LENGTH


def _secrets_of_text(name: str, text: str) -> set[str]:
    if is_rest_list(name):
        secret = [(item, value) for item, value in decode_list(text) if value and is_secret_item(item)]
        return set().union(*(_of_header(item, value) for item, value in secret))
    return _worth_hiding(secrets_in(text, is_url=_is_url(name, text)))


def _worth_hiding(texts: t.Iterable[str]) -> set[str]:
    """Those that may be hidden wherever they stand: what a form or a URL calls a key may be a word or a number."""
    return {text for text in texts if len(text) >= _SHORTEST_PART}


def _of_header(name: str, text: str) -> set[str]:
    """The value of a header or parameter that is secret, and what somebody may quote of it alone."""
    return {text} | _worth_hiding(secrets_in_header(name, text))


def _secrets_of_item(item: t.Any) -> set[str]:
    if isinstance(item, str):
        return _worth_hiding(secrets_in(item))
    if not isinstance(item, Mapping):
        return set()
    name = str(item.get("name", ""))
    if item.get("encrypt") or is_secret_item(name):
        return set().union(*(_of_header(name, text) for text in leaf_texts(item.get("value"))))
    return pasted_secrets({name: value for name, value in item.items() if name != "name"})


def uncertain_secrets(properties: t.Any) -> set[str]:
    """Values of headers and URLs that may be secret, since nothing is known of their names. Short ones would mask too
    much.
    """
    found: set[str] = set()
    if not isinstance(properties, Mapping):
        return found
    for name, value in properties.items():
        if isinstance(value, str):
            if _is_url(str(name), value):
                found.update(_doubtful_parts(value))
        elif isinstance(value, (list, tuple)):
            found.update(_doubtful_values(value))
    return {value for value in found if len(value) >= TELLING_LENGTH}


def _doubtful_parts(text: str) -> t.Iterator[str]:
    """The parts of a URL of which nobody knows whether they are secret."""
    for part in hidden_parts(text, is_url=True):
        if not part.secret:
            yield text[part.start : part.end]


def _doubtful_values(items: t.Iterable[t.Any]) -> t.Iterator[str]:
    """The same in a list of names and values."""
    for item in items:
        if not isinstance(item, Mapping) or is_open_item(str(item.get("name", ""))):
            continue
        value = item.get("value")
        if isinstance(value, (str, int)):
            yield str(value)


def mask_properties(properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The same properties for a person's eyes."""
    shown: dict[str, t.Any] = {}
    for name, value in without_fragments(properties).items():
        if value is None:
            shown[shown_name(name)] = None
        else:
            shown[name] = mask_value(name, value)
    return shown


def without_fragments(properties: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """The properties without those that may be parts of a secret, of which the names may be parts too."""
    return {name: value for name, value in properties.items() if not isinstance(value, Fragment)}


def mask_value(name: str, value: t.Any) -> t.Any:
    """A property for a person's eyes: masked as a whole when it is secret, and else in each part that is or may be."""
    if value is None or isinstance(value, bool):
        return value
    if is_write_only(name, value) or isinstance(value, Fragment):
        return MASK
    if is_hidden_name(name):
        return MASK if value != "" else value
    if isinstance(value, str):
        return _mask_text(name, value)
    if isinstance(value, Mapping):
        return {member: mask_value(str(member), held) for member, held in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_mask_item, value))
    return value


def _mask_text(name: str, text: str) -> str:
    if is_rest_list(name):
        return _mask_list(text)
    return masked_text(text, MASK, is_url=_is_url(name, text))


def mask_certain(name: str, text: str) -> str:
    """A property that is a text, masked where it is secret; the parameters of a URL stay unless their names say that
    they are keys.
    """
    if is_hidden_name(name) or is_rest_list(name) or isinstance(text, Fragment):
        return t.cast(str, mask_value(name, text))
    return masked_text(text, MASK, is_url=_is_url(name, text), doubtful=False)


def mask_for_export(name: str, value: t.Any) -> t.Any:
    """A property as an export may hold it: with the mask in the place of each part that is secret, or that Qlik doesn't
    show.
    """
    if isinstance(value, (list, tuple)) and not is_secret_name(name):
        value = list(map(_with_value, value))
    return mask_value(name, value)


def _with_value(item: t.Any) -> t.Any:
    """An item of a list, with the mask in the place of a value that Qlik doesn't show."""
    if isinstance(item, Mapping) and ("value" not in item or item.get("encrypt")):
        return {**item, "value": MASK}
    return item


def _mask_item(item: t.Any) -> t.Any:
    """An item of a list: a header or parameter is shown when its name is known to be harmless."""
    if isinstance(item, str):
        return masked_text(item, MASK)
    if not isinstance(item, Mapping):
        return item
    shown = dict(item)
    for member, value in item.items():
        if member != "name":
            shown[member] = mask_value(str(member), value)
    value = item.get("value")
    if value not in (None, "") and (item.get("encrypt") or not is_open_item(str(item.get("name")))):
        shown["value"] = MASK
    return shown


def _mask_list(text: str) -> str:
    parts = []
    for name, value, written in list_parts(text):
        shown = {"name": shown_name(name), "value": MASK}
        if not value or is_open_item(name):
            shown["value"] = masked_text(value, MASK)
        if shown == {"name": name, "value": value}:
            parts.append(written)
        else:
            parts.append(encode_list([shown]))
    return "".join(parts)


def _is_url(name: str, text: str) -> bool:
    return "://" in text or (len(name) == len(URL_PROPERTY) and name.lower() == URL_PROPERTY)


def statement_secrets(text: t.Any) -> set[str]:
    """The texts of the secrets inside a connect statement, also inside one that can't be read."""
    if not isinstance(text, str):
        return set()
    try:
        held = pasted_secrets(parse_connect_statement(text).properties)
    except StatementError:
        held = set()
    return held | _worth_hiding(secrets_in(text))


def mask_statement(text: str) -> str:
    """A connect statement for a person's eyes; one that can't be read is not shown at all."""
    if not text:
        return text
    # A secret may pass for pairs of its own, or reach into the name of another.
    apart = [(start, end) for start, end in known_spans(text) if not _PARTING.isdisjoint(text[start:end])]
    if any(";" in text[start:end] or "=" not in text[:start].rpartition(";")[2] for start, end in apart):
        return MASK
    try:
        statement = parse_connect_statement(masked_at(text, apart, MASK))
    except StatementError:
        return MASK
    values = (statement.provider, *statement.properties.values())
    # Of a secret that stands twice, what is read is one value: the other may be torn.
    if any(map(is_hidden_name, statement.doubled)) or any(isinstance(value, Fragment) for value in values):
        return MASK
    pairs = mask_properties(statement.properties)
    if statement.provider:
        pairs = {PROVIDER_KEY: statement.provider, **pairs}
    body = "".join(f"{key}={value};" for key, value in pairs.items())
    return f'CUSTOM CONNECT TO "{body}"'
