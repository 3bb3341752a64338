# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spellings of a host: C(DB.EXAMPLE.), C(0x0a000001) and C([::ffff:10.0.0.1]) name hosts that have plainer names.

Where programs disagree about what a spelling means, it stands for everything that one of them may take it for. No name
is looked up: what a name leads to today says nothing of tomorrow.

Sources: RFC 4291 (IPv6), RFC 6052 (IPv4 inside IPv6), the URL standard of the WHATWG (numbers as IPv4 addresses),
inet_aton of POSIX, UTS #46 (what doesn't count in names).
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import re
import typing as t
import unicodedata
from urllib.parse import unquote

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

_DOTS = re.compile("[\u3002\uff0e\uff61]")
# What nobody sees in a name, and what URL parsers leave out.
_UNSEEN = re.compile("[\t\r\n\u00ad\u200b-\u200f\u2060\ufeff]")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z", re.ASCII)
_OCTAL = re.compile(r"0[0-7]+\Z", re.ASCII)
# Networks whose addresses end with an IPv4 address: NAT64, also that of one's own (RFC 8215), those compatible with it,
# and those translated to it (RFC 2765).
_ENDING_WITH_IPV4 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")))
# Longer names aren't looked up (RFC 1035), and reading them takes squared time.
_LONGEST_NAME = 256
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
# No number of an address has more digits, but for zeros in front.
_MOST_DIGITS = 40
_ZEROS = re.compile(r"\A(0x|0(?=[0-7]))?0*(?=[0-9a-f])")


class Host(t.NamedTuple):
    """A host by all that its spelling may stand for: its names in lower case, and its addresses."""

    names: frozenset[str]
    addresses: frozenset[Address]

    @property
    def label(self) -> str:
        """How messages call it."""
        shown = set(map(str, self.addresses)) or self.names
        return min(shown, key=lambda name: (len(name), name), default="")


def read_host(text: str) -> Host:
    """What a spelling of a host stands for. C(text) has neither port nor user."""
    names: set[str] = set()
    addresses: set[Address] = set()
    for spelling in dict.fromkeys((text, unquote(text))):
        name = plain_name(spelling)
        if not name:
            continue
        found = _addresses(name)
        addresses |= found
        names |= {name, *_international(name), *map(str, found)}
    return Host(frozenset(names), frozenset(addresses))


def plain_name(text: str) -> str:
    """A host's name without what makes no difference: case, dots at the end, brackets, what nobody sees."""
    seen = _DOTS.sub(".", _UNSEEN.sub("", text.strip()))
    name = unicodedata.normalize("NFKC", seen).casefold().strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    return name.rstrip(".")


def read_network(text: str) -> Network | None:
    """A network such as C(10.0.0.0/8) or a single address; None for what is a name, or a pattern of names."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        # The addresses in it have the shorter form, too, which they have alone as a rule.
        return ipaddress.ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def is_in(host: Host, network: Network) -> bool:
    """Whether an address that the host may have is in a network."""
    return any(address in network for address in host.addresses)


def _international(name: str) -> t.Iterator[str]:
    """A name as it is looked up, and as people read it, where the two differ."""
    if len(name) > _LONGEST_NAME:
        return
    with contextlib.suppress(UnicodeError):
        yield name.encode("idna").decode("ascii")
    with contextlib.suppress(UnicodeError):
        yield name.encode("ascii").decode("idna").casefold()


def _addresses(name: str) -> set[Address]:
    """The addresses that a name without further marks may be."""
    try:
        # What stands behind a % says through which interface.
        address = ipaddress.IPv6Address(name.partition("%")[0])
    except ValueError:
        return set(_numbers(name))
    return {address, *_inside(address)}


def _inside(address: ipaddress.IPv6Address) -> t.Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    for found in (address.ipv4_mapped, address.sixtofour):
        if found is not None:
            yield found
    if address.teredo is not None:
        yield address.teredo[1]
    if int(address) > 1 and any(address in network for network in _ENDING_WITH_IPV4):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _numbers(name: str) -> t.Iterator[ipaddress.IPv4Address]:
    """What one to four numbers between dots may be as an IPv4 address: the last one fills what the others leave."""
    parts = [_ZEROS.sub(r"\1", part, count=1) for part in name.split(".")[:5]]
    if len(parts) > 4 or not all(_NUMBER.match(part) and len(part) <= _MOST_DIGITS for part in parts):
        return
    for numbers in itertools.product(*map(_readings, parts)):
        room = 256 ** (5 - len(numbers))
        if max(numbers[:-1], default=0) > 255 or numbers[-1] >= room:
            continue
        value = numbers[-1]
        for place, number in enumerate(numbers[:-1]):
            value += number << (24 - 8 * place)
        yield ipaddress.IPv4Address(value)


def _readings(part: str) -> set[int]:
    """What a number may be: C(010) is eight to some programs and ten to others."""
    if part.startswith("0x"):
        return {int(part[2:] or "0", 16)}
    found = {int(part)}
    if _OCTAL.match(part):
        found.add(int(part, 8))
    return found
