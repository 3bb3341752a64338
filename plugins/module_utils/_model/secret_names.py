# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties are secret. Their names decide: the specifications of the data sources don't mark secrets.

Sources: the connection properties of the data sources on qlik.dev, and Qlik's own examples.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
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


def is_secret_item(name: str) -> bool:
    """The same for a header or query parameter inside a REST list or a URL."""
    return is_secret_name(name) or bool(_SECRET_ITEMS.search(name.lower()))


def is_file(value: t.Any) -> bool:
    """Whether a value is a file property: C([{name, value: <base64>}]), told from a REST list by what is in it."""
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(item, Mapping) and set(item) <= {"name", "value", "path"} and "value" in item for item in value)
    )


REST_LISTS = frozenset(("queryheaders", "queryparameters"))


def is_write_only(name: str, value: t.Any) -> bool:
    """Whether Qlik keeps this value to itself: a secret, a file, or a REST list with encrypted items."""
    if isinstance(value, bool):  # what is only called like a secret may be a switch; a password is none, whatever YAML made of it
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
