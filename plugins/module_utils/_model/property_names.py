# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties are secret. Their names decide: the specifications of the data sources don't mark secrets.

There are two questions, and the second must never answer the first. C(is_write_only) says what is sent as a secret:
what the fingerprint covers, what the tenant doesn't return, what is compared. It decides as it always did, since
another answer would write to connections that are as declared. C(is_hidden_name) and C(is_open_item) say what a person
doesn't get to see, which may be more.

Sources: the connection properties of the data sources on qlik.dev, and Qlik's own examples.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

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
_SECRET_PATTERN = re.compile(
    r"pass(word|wd|phrase)|pwd|secret|token|priv(ate)?_?key|credential|key_?file|app_?key|api_?key"
)
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


# Names that hold a secret where it is shown: the whole name, without what parts its words.
_HIDDEN = frozenset(
    {
        *(
            "pass",
            "pw",
            "psw",
            "jwt",
            "auth",
            "xauth",
            "bearer",
            "sas",
            "sig",
            "signature",
            "appid",
            "accountkey",
            "sharedkey",
        ),
        *(
            "subscriptionkey",
            "ocpapimsubscriptionkey",
            "functionskey",
            "xfunctionskey",
            "pin",
            "otp",
            "sessionid",
            "jsessionid",
            "sid",
        ),
    }
)
_HIDDEN_WORDS = frozenset(
    {
        *("pass", "passwd", "passcode", "pw", "pwd", "jwt", "bearer", "authorization", "cookie", "signature", "sas"),
        *("passwort", "kennwort", "wachtwoord", "senha", "contrasena"),
    }
)
# Words before C(key) that make it a name for rows, or half of a pair that everybody may have.
_OPEN_KEYS = frozenset(
    ("public", "primary", "foreign", "partition", "sort", "row", "unique", "cluster", "object", "map", "hot")
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Headers and parameters that say how to answer, and for whom nothing depends on who sees them.
_OPEN_ITEMS = frozenset(
    {
        *(
            "accept",
            "accept-charset",
            "accept-encoding",
            "accept-language",
            "cache-control",
            "content-encoding",
            "content-length",
        ),
        *(
            "content-type",
            "connection",
            "date",
            "host",
            "if-modified-since",
            "if-none-match",
            "pragma",
            "prefer",
            "user-agent",
        ),
        *("x-requested-with", "dataserviceversion", "odata-version", "odata-maxversion", "x-ms-version", "x-ms-date"),
        *(
            "page",
            "pages",
            "page_size",
            "pagesize",
            "per_page",
            "perpage",
            "page[size]",
            "page[number]",
            "limit",
            "offset",
            "start",
            "count",
        ),
        *(
            "skip",
            "top",
            "size",
            "rows",
            "$top",
            "$skip",
            "$format",
            "$select",
            "$orderby",
            "$expand",
            "$count",
            "$inlinecount",
        ),
        *(
            "format",
            "output",
            "sort",
            "sortby",
            "sort_by",
            "order",
            "orderby",
            "order_by",
            "direction",
            "fields",
            "select",
            "include",
        ),
        *(
            "expand",
            "lang",
            "language",
            "locale",
            "country",
            "region",
            "currency",
            "units",
            "timezone",
            "tz",
            "from",
            "to",
            "since",
        ),
        *(
            "until",
            "date_from",
            "date_to",
            "start_date",
            "end_date",
            "startdate",
            "enddate",
            "year",
            "month",
            "day",
            "interval",
        ),
        *("version", "v", "api-version", "api_version", "apiversion", "wsdl", "grant_type", "response_type"),
    }
)

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
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(
            isinstance(item, Mapping) and set(item) <= {"name", "value", "path"} and "value" in item for item in value
        )
    )


REST_LISTS = frozenset(("queryheaders", "queryparameters"))


def is_write_only(name: str, value: t.Any) -> bool:
    """Whether Qlik keeps this value to itself: a secret, a file, or a REST list with encrypted items."""
    if isinstance(
        value, bool
    ):  # what is only called like a secret may be a switch; a password is none, whatever YAML made of it
        return name.lower() in _SECRET_NAMES
    if is_secret_name(name):
        return True
    return is_file(value) and name.lower() not in REST_LISTS


def has_encrypted_items(value: t.Any) -> bool:
    """Whether a REST list holds an item that Qlik encrypts."""
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) and item.get("encrypt") for item in value)


def split_secrets(properties: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Properties as somebody pasted them, parted into those that can be read back and those that can't."""
    plain = {name: value for name, value in properties.items() if not is_write_only(name, value)}
    return plain, {name: value for name, value in properties.items() if name not in plain}
