# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values are secret, how they are kept out of sight, and how a change of theirs is known without keeping them.

Sources: the connection properties of the data sources on qlik.dev; their specifications don't mark secrets, so names decide.
Qlik never returns a secret, so a keyed digest of those sent last is kept in a tag of the connection.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import typing as t
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    decode_list,
    parse_connect_statement,
    statement_text,
)

MASK = "********"
# Hiding shorter texts that may or may not be secrets would mask too much.
TELLING_LENGTH = 6

_SECRET_NAMES = frozenset(
    {
        *("password", "sfpassword", "sftoken", "token", "apikey", "clientsecret", "refreshtoken", "authcode"),
        *("accesskey", "secretkey", "s3accesskey", "s3secretkey", "adlsclientappkey"),
        *("serviceaccountkeyfile", "keyfilepath", "jsoncredentials", "p12custompwd"),
        *("privatekey", "privatekeyfile", "priv_key_file", "privatekeypassphrase"),
        *("mutualpfxcertificatefiles", "mutualpfxcertificatekey"),
        *("qpassword", "qconnectionsecret"),
    }
)
_SECRET_PATTERN = re.compile(r"pass(word|wd|phrase)|pwd|secret|token|priv(ate)?_?key|credential|key_?file|app_?key|api_?key")
# Names that speak about a secret without holding one.
_NOT_SECRET = frozenset(("separatecredentials", "selectedcredentials", "credentialsname", "allownonselectqueries"))
_ABOUT_A_SECRET = re.compile(r"(url|uri|endpoint|type|mode|method|mechanism|name|enabled)$")
_SECRET_ITEMS = re.compile(r"authorization|cookie|x-api-key|^(api[_-]?)?key$|^code$|sig(nature)?$")

# Not secret, but part of the credentials: Qlik keeps it beside the password, and need not return it.
CREDENTIAL_NAMES = frozenset(("username", "userid", "user", "email", "qusername"))


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a property of this name holds a secret, by Qlik's own names and by what such names look like."""
    lowered = name.lower()
    if lowered in _SECRET_NAMES:
        return True
    if lowered in _NOT_SECRET or _ABOUT_A_SECRET.search(lowered):
        return False
    return bool(_SECRET_PATTERN.search(lowered))


def _is_secret_item(name: str) -> bool:
    """The same for a header or query parameter inside a REST list or a URL."""
    return is_secret_name(name) or bool(_SECRET_ITEMS.search(name.lower()))


def is_file(value: t.Any) -> bool:
    """Whether a value is a file property: C([{name, value: <base64>}]), told from a REST list by what is in it."""
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(item, Mapping) and set(item) <= {"name", "value", "path"} and "value" in item for item in value)
    )


_REST_LISTS = frozenset(("queryheaders", "queryparameters"))


def is_write_only(name: str, value: t.Any) -> bool:
    """Whether Qlik keeps this value to itself: a secret, a file, or a REST list with encrypted items."""
    if isinstance(value, bool):
        return False
    if is_secret_name(name):
        return True
    return is_file(value) and name.lower() not in _REST_LISTS


def has_encrypted_items(value: t.Any) -> bool:
    """Whether a REST list holds an item that Qlik encrypts."""
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) and item.get("encrypt") for item in value)


def split_secrets(properties: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Properties as somebody pasted them, parted into those that can be read back and those that can't."""
    plain = {name: value for name, value in properties.items() if not is_write_only(name, value)}
    return plain, {name: value for name, value in properties.items() if name not in plain}


# ---- keeping them out of sight


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
                if isinstance(item, Mapping) and (item.get("encrypt") or _is_secret_item(str(item.get("name", "")))):
                    found |= leaf_texts(item.get("value"))
    return found


def mask_properties(properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The same properties for a person's eyes."""
    return {name: mask_value(name, value) for name, value in properties.items()}


def mask_value(name: str, value: t.Any) -> t.Any:
    if value is None or isinstance(value, bool):
        return value
    if is_write_only(name, value):
        return MASK
    if isinstance(value, (list, tuple)):
        return [
            {**item, "value": MASK}
            if isinstance(item, Mapping) and (item.get("encrypt") or _is_secret_item(str(item.get("name"))))
            else item
            for item in value
        ]
    if isinstance(value, str):
        if name.lower() in _REST_LISTS:
            return _mask_list(value)
        if "://" in value or name.lower() == "url":
            return _mask_url(value)
    return value


def _mask_list(text: str) -> str:
    return "".join(f"{name}%2{MASK if value and _is_secret_item(name) else value}%1" for name, value in decode_list(text))


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
    found = {value for name, value in url_values(text) if _is_secret_item(name)}
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


# The options of modules that are secret as a whole, and what Ansible puts in the place of such a value.
SECRET_OPTIONS = frozenset(
    ("access_token", "api_key", "client_secret", "secrets", "fingerprint_key", "auth_code", "password", "qPassword", "values")
)
NO_LOG_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

PROPERTY_OPTIONS = frozenset(("properties", "connectionProperties", "connection_properties"))


_TELLING_LINE = 16


def _spellings(text: str) -> set[str]:
    """A text as it is, and in the forms that it takes inside JSON, Python, URLs and headers."""
    in_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    in_url = {quote(text, safe="", errors="surrogatepass"), quote_plus(text, errors="surrogatepass")}
    encoded = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return {text, *in_json, *in_url, repr(text)[1:-1], encoded.rstrip("=")}


class Redactor:
    """Takes known secrets out of texts: errors quoted from a server, tracebacks."""

    def __init__(self) -> None:
        self._learnt: set[str] = set()
        self._lock = threading.Lock()
        self._spelt: tuple[set[str], list[str]] = (set(), [])

    def learn(self, values: t.Iterable[str]) -> None:
        with self._lock:
            self._learnt = self._learnt.union(values)

    def _longest_first(self) -> list[str]:
        """All spellings of what was learnt. They are made when the first text comes: most runs have none."""
        with self._lock:
            learnt, (known, spelt) = self._learnt, self._spelt
            if learnt is not known:
                # Of a key that has many lines a server may quote just one.
                texts = {line for value in learnt for line in (value, *value.splitlines()) if line == value or len(line) >= _TELLING_LINE}
                spelt = sorted({one for text in texts - {""} for one in _spellings(text)}, key=len, reverse=True)
                self._spelt = learnt, spelt
            return spelt

    def __call__(self, text: str) -> str:
        for value in self._longest_first():
            if value in text:
                text = text.replace(value, MASK)
        return text


# ---- knowing that they changed

KEY_LENGTH = 16


class Fingerprint(t.NamedTuple):
    """What a connection's tag says of the secrets that were sent last.

    C(kind) is C(hmac) or C(version); C(key_id) tells keys apart (hmac only); C(value) is the digest, or the user's version.
    """

    kind: str
    key_id: str
    value: str

    def tag(self) -> str:
        parts = ["hmac", self.key_id, self.value] if self.kind == "hmac" else ["version", self.value]
        return TAG_SECRETS + ":".join(parts)


TAG_OWN = "qlikops.cloud:"
TAG_MANAGED = TAG_OWN + "managed"
TAG_SECRETS = TAG_OWN + "secrets:"
TAG_USER = TAG_OWN + "user:"


def read_fingerprint(tags: t.Iterable[str]) -> Fingerprint | None:
    """The fingerprint among a connection's tags; one that can't be read counts as none."""
    for tag in tags:
        if not tag.startswith(TAG_SECRETS):
            continue
        kind, _colon, rest = tag[len(TAG_SECRETS) :].partition(":")
        if kind == "version":
            return Fingerprint("version", "", rest)
        key_id, colon, digest = rest.partition(":")
        if kind == "hmac" and colon:
            return Fingerprint("hmac", key_id, digest)
    return None


def fingerprint(key: str, *, tenant_id: str, space_id: str, name: str, secrets: t.Mapping[str, t.Any]) -> Fingerprint:
    """A keyed digest of secrets at one place. Tags are readable by every viewer: without the key it says nothing.

    The form is canonical: neither the order of the properties nor the type of a number or boolean matters.
    """
    place = {"tenant": tenant_id, "space": space_id, "name": name, "secrets": _canonical(secrets)}
    message = json.dumps(place, sort_keys=True, separators=(",", ":")).encode()
    return Fingerprint("hmac", _key_id(key), _digest(key, b"qlikops.cloud secrets\0" + message)[:40])


def user_tag(tenant_id: str, users: t.Mapping[str, t.Any]) -> str:
    """The tag by which a change of a declared user name is known where the statement doesn't show it; empty without users.

    A user name is no secret, so the digest needs no key; it is salted so that nobody reads the name off a tag.
    """
    if not users:
        return ""
    message = json.dumps([tenant_id, _canonical(users)], sort_keys=True).encode()
    return TAG_USER + hashlib.sha256(b"qlikops.cloud user\0" + message).hexdigest()[:16]


@lru_cache(maxsize=1)
def _key_id(key: str) -> str:
    return _digest(key, b"qlikops.cloud key id")[:8]


def _digest(key: str, message: bytes) -> str:
    return hmac.digest(key.encode("utf-8", "surrogatepass"), message, "sha256").hex()


def _canonical(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {str(name): _canonical(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return statement_text(value)
