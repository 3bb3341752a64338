# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of properties mean: the one place that knows particular properties.

Their names decide, since the specifications of the data sources mark neither what is secret nor what leads where. A
rule about one more property is a word in one of the tables here.

About secrets there are two questions, and the second must never answer the first. C(is_write_only) says what is sent as
a secret: what the fingerprint covers, what the tenant doesn't return, what is compared. It decides as it always did,
since another answer would write to connections that are as declared. C(is_hidden_name) and C(is_open_item) say what a
person doesn't get to see, which may be more.

Sources: the connection properties of the data sources on qlik.dev, and Qlik's own examples.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import holds_scalars


def _words(*lines: str) -> frozenset[str]:
    """The words of some lines."""
    return frozenset(" ".join(lines).split())


# Where a connection leads. A change of one of these makes Qlik demand the credentials again (qlik.dev, changelog 236).
URL_PROPERTY = "url"
HOST_NAMES = ("host", "server", URL_PROPERTY)
PORT_PROPERTY = "port"
# "Transport" names no port. Whoever runs a gateway or an agent sees what goes through it.
_ADDRESS = re.compile(
    r"(host|server|url|uri|endpoint|(?<!s)port|domain|region|bucket|bucketName|storageAccount"
    r"|gatewayInstance|agentId)\Z",
    re.IGNORECASE,
)
# Which Direct Access gateway the connections of DG_ sources go through.
GATEWAY_PROPERTY = "gatewayInstance"

# How REST connections sign in.
SIGN_IN_PROPERTY = "authSchema"

# The keys of a statement that choose the source: the provider, and which of the provider's.
PROVIDER_KEY = "provider"
SELECTOR_KEYS = ("driver", "sourceType")

# What takes the code of OAuth sources for signing in. It is worth one sign-in only.
CODE_PROPERTY = "authCode"

# A bucket and a sign-in by OAuth that nobody has, as an acceptance run sends them. The bucket also takes its secret.
BUCKET_SAMPLE = {"bucketName": "qlikops-acceptance", "region": "us-east-1", "accessKey": "qlikops"}
BUCKET_SECRET = "secretKey"
OAUTH_SAMPLE = {"OAuthMechanism": "1", "Catalog": "qlikops-acceptance"}

# Separate credentials: whether each user brings their own, the id of existing ones, the name of new ones. Every source
# takes these, whether its specification lists them or not.
SEPARATE_PROPERTY = "separateCredentials"
ATTACHED_PROPERTY = "selectedCredentials"
NEW_CREDENTIALS_PROPERTY = "credentialsName"
# The same as members of a body that is made of a raw connect statement.
SEPARATE_MEMBER = "qSeparateCredentials"
ATTACHED_MEMBER = "qCredentialsID"
NEW_CREDENTIALS_MEMBER = "qCredentialsName"
SEPARATION_PROPERTIES = (SEPARATE_PROPERTY, ATTACHED_PROPERTY, NEW_CREDENTIALS_PROPERTY)

# The members of Qlik's bodies that sign in beside a raw connect statement, by this collection's names for them.
STATEMENT_SIGN_IN = {"username": "qUsername", "password": "qPassword"}

# Not secret, but part of the credentials: Qlik keeps it beside the password, and need not return it.
_USER_NAMES = frozenset(("username", "userid", "user", "email", "qusername"))

# Lists of headers and parameters, C([{name, value, encrypt}]), which are text in a statement.
_REST_LISTS = frozenset(("queryheaders", "queryparameters"))
# Lists of names and values that aren't files.
_LISTS_OF_PAIRS = re.compile("header|param|query|propert|attribute|option")

_SECRET_NAMES = _words(
    "password sfpassword sftoken token apikey clientsecret refreshtoken authcode",
    "accesskey secretkey s3accesskey s3secretkey adlsclientappkey",
    "serviceaccountkeyfile keyfilepath jsoncredentials p12custompwd",
    "privatekey privatekeyfile priv_key_file privatekeypassphrase",
    "mutualpfxcertificatefiles mutualpfxcertificatekey",
    "qpassword qconnectionsecret",
)
_SECRET_PATTERN = re.compile(
    r"pass(word|wd|phrase)|pwd|secret|token|priv(ate)?_?key|credential|key_?file|app_?key|api_?key"
)
# Names that speak about a secret without holding one.
_NOT_SECRET = _words("separatecredentials selectedcredentials credentialsname allownonselectqueries")
_ABOUT_A_SECRET = re.compile(r"(url|uri|endpoint|type|mode|method|mechanism|name|enabled)$")
_SECRET_ITEMS = re.compile(r"authorization|cookie|x-api-key|^(api[_-]?)?key$|^code$|sig(nature)?$")

# Names that hold a secret where it is shown: the whole name, without what parts its words.
_HIDDEN = _words(
    "pass pw psw jwt auth xauth bearer sas sig signature appid accountkey sharedkey subscriptionkey",
    "ocpapimsubscriptionkey functionskey xfunctionskey pin otp sessionid jsessionid sid",
)
_HIDDEN_WORDS = _words(
    "pass passwd passcode pw pwd jwt bearer authorization cookie signature sas",
    "passwort kennwort wachtwoord senha contrasena",
)
# Words before C(key) that make it a name for rows, or half of a pair that everybody may have.
_OPEN_KEYS = _words("public primary foreign partition sort row unique cluster object map hot")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Headers and parameters that say how to answer, and for whom nothing depends on who sees them.
_OPEN_ITEMS = _words(
    "accept accept-charset accept-encoding accept-language cache-control content-encoding content-length",
    "content-type connection date host if-modified-since if-none-match pragma prefer user-agent",
    "x-requested-with dataserviceversion odata-version odata-maxversion x-ms-version x-ms-date",
    "page pages page_size pagesize per_page perpage page[size] page[number] limit offset start count",
    "skip top size rows $top $skip $format $select $orderby $expand $count $inlinecount",
    "format output sort sortby sort_by order orderby order_by direction fields select include expand",
    "lang language locale country region currency units timezone tz",
    "from to since until date_from date_to start_date end_date startdate enddate year month day interval",
    "version v api-version api_version apiversion wsdl grant_type response_type",
)


def is_address_name(name: str) -> bool:
    """Whether a property says where a connection leads, in any of the sources' words."""
    return bool(_ADDRESS.search(name))


def is_user_name(name: str) -> bool:
    """Whether a property holds the name of the user who signs in at the source."""
    return name.lower() in _USER_NAMES


def is_rest_list(name: str) -> bool:
    """Whether a property is a list of headers or parameters."""
    return name.lower() in _REST_LISTS


def is_list_of_pairs(name: str) -> bool:
    """Whether a list of this name holds names and values rather than files."""
    return bool(_LISTS_OF_PAIRS.search(name.lower()))


def statement_sign_in(secrets: t.Mapping[str, t.Any], option: str) -> str:
    """The user name or the password (C(option)) beside a raw statement, by either of its names; empty without one."""
    for name in (STATEMENT_SIGN_IN[option], option):
        if name in secrets:
            return str(secrets[name])
    return ""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a property of this name holds a secret, by Qlik's own names and by what such names look like."""
    lowered = name.lower()
    if lowered in _SECRET_NAMES:
        return True
    if lowered in _NOT_SECRET or _ABOUT_A_SECRET.search(lowered):
        return False
    return bool(_SECRET_PATTERN.search(lowered))


# What the user says is harmless, in lower case. A run of a job sets it; without one nothing is.
_harmless: ContextVar[frozenset[str]] = ContextVar("harmless_names", default=frozenset())


@contextmanager
def harmless_names(names: t.Iterable[str] | None) -> t.Iterator[None]:
    """For as long as this lasts, values of these headers, parameters and properties are shown and exported.

    What Qlik keeps to itself stays hidden all the same. Threads see it only when they are started with the context of
    who starts them.
    """
    before = _harmless.set(frozenset(str(name).lower() for name in names or ()))
    try:
        yield
    finally:
        _harmless.reset(before)


def is_hidden_name(name: str) -> bool:
    """Whether what stands beside this name is kept out of sight: a secret, or what is called as one."""
    return _looks_hidden(name) and (name.lower() not in _harmless.get() or is_secret_name(name))


@lru_cache(maxsize=4096)
def _looks_hidden(name: str) -> bool:
    lowered = name.lower()
    if is_secret_name(name):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    if joined in _HIDDEN:
        return True
    if lowered in _NOT_SECRET or _ABOUT_A_SECRET.search(lowered):
        return False
    if not _HIDDEN_WORDS.isdisjoint(words):
        return True
    return words[-1:] == ["key"] and (len(words) == 1 or words[-2] not in _OPEN_KEYS)


def is_secret_item(name: str) -> bool:
    """The same for a header or query parameter inside a REST list or a URL: one that is certainly a secret."""
    return name.lower() not in _harmless.get() and (_looks_hidden(name) or bool(_SECRET_ITEMS.search(name.lower())))


def is_open_item(name: str) -> bool:
    """Whether the value of a header or query parameter may be seen:
    anything else may be a key, whatever it is called.
    """
    lowered = name.strip().lower()
    return lowered in _OPEN_ITEMS or lowered in _harmless.get()


def is_file(value: t.Any) -> bool:
    """Whether a value is a file property: C([{name, value: <base64>}]), told from a REST list by what is in it."""
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_file_item, value))


def _is_file_item(item: t.Any) -> bool:
    return isinstance(item, Mapping) and "value" in item and set(item) <= {"name", "value", "path"}


def is_write_only(name: str, value: t.Any) -> bool:
    """Whether Qlik keeps this value to itself: a secret, a file, or a REST list with encrypted items."""
    if isinstance(value, bool):
        # What is only called like a secret may be a switch; a password is none, whatever YAML made of it.
        return name.lower() in _SECRET_NAMES
    if is_secret_name(name):
        return True
    return is_file(value) and not is_rest_list(name)


def has_encrypted_items(value: t.Any) -> bool:
    """Whether a REST list holds an item that Qlik encrypts."""
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) and item.get("encrypt") for item in value)


def without_encrypted_values(properties: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Properties as Qlik shows them again: of an item that is encrypted only the name."""
    shown: dict[str, t.Any] = dict(properties)
    for name, value in properties.items():
        if isinstance(value, list):
            shown[name] = [_without_encrypted_value(item) for item in value]
    return shown


def _without_encrypted_value(item: t.Any) -> t.Any:
    if isinstance(item, Mapping) and item.get("encrypt"):
        return {**item, "value": ""}
    return item


def split_secrets(properties: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Properties as somebody pasted them, parted into those that can be read back and those that can't."""
    plain: dict[str, t.Any] = {}
    secrets: dict[str, t.Any] = {}
    if holds_scalars(properties.values()) and not any(map(is_secret_name, properties)):
        return dict(properties), secrets
    for name, value in properties.items():
        part = secrets if is_write_only(name, value) else plain
        part[name] = value
    return plain, secrets
