# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of tenants, and the domains where they may lie.

An address is taken only in the plain form of which no two programs disagree which host it names: what isn't in it is
refused, not mended. Sources: RFC 3986 (section 3.2), RFC 1123 (section 2.1), the URL standard of the WHATWG (hosts that
end in a number).
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError

# Where Qlik Cloud's own tenants lie; and this machine.
LOOPBACK = "loopback"
QLIK_DOMAINS = ("*.qlikcloud.com", "*.qlikcloudgov.com", LOOPBACK)

_ADDRESS = re.compile(
    r"(?:(?P<scheme>https?)://)?"
    r"(?:(?P<name>[a-z0-9_.-]*[a-z0-9_])\.?|\[(?P<ip6>[0-9a-f:.]+)\])"
    r"(?::(?P<port>[0-9]{0,5}))?/?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
# What some programs read as an IPv4 address: only four decimal numbers are the same to all.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_IP4 = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}", re.ASCII)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# A password without a user stands where the port does.
_NO_PORT = re.compile(r"(?<=[^/\[:]):(?!//|[0-9]*(?:/|$))[^\]]*$")
_FOREIGN = re.compile(r"[^A-Za-z0-9_.:\[\]@-]")
_LONGEST_NAME = 253
_USUAL_PORT = {"http": 80, "https": 443}
_LAST_PORT = 65535


def normal_url(text: str, option: str = "tenant_url") -> str:
    """The origin C(https://host[:port]) that C(option) gives. A bare host is taken as https; http is for loopback only.

    Blanks and line breaks at the ends are left out. Raises SignInError, without what may be secret in the text.
    """
    text = text.strip(" \t\r\n")
    found = _ADDRESS.fullmatch(text)
    host = _host_in(found) if found else ""
    if not found or not host or not _is_port(found["port"]):
        raise SignInError(_why_not(text, option))
    scheme = (found["scheme"] or "https").lower()
    if scheme == "http" and not is_loopback(host):
        raise SignInError(f"{option} '{text}': http would send credentials in the clear; use https://{host}.")
    if ":" in host:
        host = f"[{host}]"
    port = int(found["port"] or 0)
    if port in (0, _USUAL_PORT[scheme]):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{port}"


def _host_in(address: re.Match[str]) -> str:
    """The host of an address, in small letters; empty when it can't be one."""
    name, ip6 = address["name"], address["ip6"]
    if ip6:
        return ip6.lower() if _is_ip6(ip6) else ""
    return name.lower() if _is_name(name.lower()) else ""


def _is_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return not _NUMBER.fullmatch(labels[-1]) or bool(_IP4.fullmatch(host) and _ip(host))


def _is_ip6(host: str) -> bool:
    address = _ip(host)
    return address is not None and address.version == 6


def _is_port(digits: str | None) -> bool:
    return not digits or 0 < int(digits) <= _LAST_PORT


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _why_not(text: str, option: str) -> str:
    """What is wrong with a text that is no address."""
    begin = f"{option} '{shown_url(text)}'"
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return f"{begin} is not a URL: its host or its port can't be one."
    if not host or parts.scheme not in ("http", "https"):
        return f"{begin} is not a URL such as https://acme.eu.qlikcloud.com."
    if parts.username is not None or parts.password is not None:
        return f"{begin} must not hold a user or password; use the options for signing in."
    if _FOREIGN.search(re.split("[/?#]", text.split("://", 1)[-1], maxsplit=1)[0]):
        return (
            f"{begin} holds a character that the host of an address can't have: letters a to z, digits, hyphens and"
            " dots are all there is. Write a name in another alphabet in its form that begins with xn--."
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        example = "<host>" if "@" in text else host
        return f"{begin} must be an address alone, such as https://{example}."
    return f"{begin} is not a URL: its host or its port can't be one."


def shown_url(url: str) -> str:
    """A URL without what may be secret in it, also where it isn't one: all before its last C(@), its query, and a port
    that is none.
    """
    user, mark, rest = url.rpartition("@")
    address = _NO_PORT.sub(":********", re.split("[?#]", rest, maxsplit=1)[0])
    if not mark:
        return address
    scheme = _SCHEME.match(user)
    if scheme is None:
        return f"********@{address}"
    return f"{scheme.group()}********@{address}"


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own: only there may credentials travel without TLS."""
    if host == "localhost":
        return True
    address = _ip(host)
    return address is not None and address.is_loopback


def host_of(url: str) -> str:
    """The host of an address that C(normal_url) gave, without its port."""
    return urlsplit(url).hostname or ""


class Domains:
    """The domains where tenants may lie: names of hosts, C(*.example.com) for all below a domain, C(loopback) for this
    machine.

    Raises SignInError for what is none of these.
    """

    def __init__(self, names: t.Iterable[str] = QLIK_DOMAINS, option: str = "allowed_domains") -> None:
        self.names = tuple(str(name).strip().lower() for name in names)
        for name in self.names:
            if name != LOOPBACK and not _is_domain(name):
                raise SignInError(
                    f"{option}: '{name}' is no domain. Name hosts such as qlik.example.com, all below a domain as"
                    " *.example.com, or this"
                    f" machine as {LOOPBACK}."
                )

    def hold(self, host: str) -> bool:
        """Whether a host, in small letters and without a port, lies in one of them."""
        return any(_lies_in(host, name) for name in self.names)


def _is_domain(name: str) -> bool:
    below = name[2:]
    if name.startswith("*.") and below:
        return "." in below and _is_name(below) and _ip(below) is None
    return _is_name(name) or _is_ip6(name)


def _lies_in(host: str, name: str) -> bool:
    if name == LOOPBACK:
        return is_loopback(host)
    if name.startswith("*."):
        return host.endswith(name[1:])
    return host == name
