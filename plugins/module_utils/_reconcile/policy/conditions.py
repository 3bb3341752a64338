# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a connection is as a rule wants it. Pure.

Three answers: it is, it isn't (and why), or it can't be told. What can't be told is never taken for obedience.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import Rule, Wanted
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import is_in
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import NamedHost
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import URL_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_roles import (
    Encryption,
    encryption_of,
    is_gateway_name,
    is_hostless,
    reads_gateway,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.wildcards import LONGEST, Pattern
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.policy.subjects import Subject

_ENCRYPTED_SCHEME = "https://"
_MODE = re.compile("[A-Za-z_-]{1,16}\\Z")
_ILLEGIBLE = "its connect statement can't be read"


class Reason(t.NamedTuple):
    """Why a connection doesn't obey; C(told) is false where that can't be told."""

    text: str
    told: bool = True


Owners = t.Mapping[str, str]


def reasons(rule: Rule, subject: Subject, owners: Owners) -> t.Iterator[Reason]:
    """Why a connection doesn't obey a rule. C(owners): the ids of the users whose e-mail addresses rules name."""
    for name, wanted in rule.lists.items():
        yield from _LISTS[name](wanted, subject, owners)
    for name in rule.required:
        yield from _REQUIRED[name](subject)
    yield from _tags(rule, subject)


def _judged(what: str, text: str, wanted: Wanted) -> t.Iterator[Reason]:
    """One text against what is allowed and denied."""
    if len(text) > LONGEST:
        yield Reason(f"its {what} has more than {LONGEST} characters, with which no pattern is compared", told=False)
        return
    denied = _matching(wanted.deny, text)
    if denied is not None:
        yield Reason(f"its {what} is '{one_line(text)}', which is denied ({one_line(denied.text)})")
    elif wanted.allow is not None and _matching(wanted.allow, text) is None:
        yield Reason(f"its {what} is '{one_line(text)}', which isn't allowed")


def _matching(patterns: t.Iterable[Pattern], text: str) -> Pattern | None:
    return next((pattern for pattern in patterns if pattern.matches(text)), None)


def _data_sources(wanted: Wanted, subject: Subject, _owners: Owners) -> t.Iterator[Reason]:
    if not subject.data_source:
        yield Reason("Qlik doesn't say of which data source it is", told=False)
        return
    yield from _judged("data source", subject.data_source, wanted)


def _spaces(wanted: Wanted, subject: Subject, _owners: Owners) -> t.Iterator[Reason]:
    if subject.space is None:
        yield Reason("it is in a space that the caller can't see", told=False)
        return
    yield from _judged("space", subject.space, wanted)


def _names(wanted: Wanted, subject: Subject, _owners: Owners) -> t.Iterator[Reason]:
    yield from _judged("name", subject.name, wanted)


def _owned(wanted: Wanted, subject: Subject, owners: Owners) -> t.Iterator[Reason]:
    if not subject.owner_id:
        yield Reason("it isn't known who will own it", told=False)
        return
    spellings = [subject.owner_id, *(email for email, user in owners.items() if user == subject.owner_id)]
    denied = next((one for one in spellings if _matching(wanted.deny, one) is not None), None)
    if denied is not None:
        yield Reason(f"its owner is {one_line(denied)}, who is denied")
    elif wanted.allow is not None and all(_matching(wanted.allow, one) is None for one in spellings):
        yield Reason(f"its owner is {one_line(spellings[-1])}, who isn't allowed")


def _hosts(wanted: Wanted, subject: Subject, _owners: Owners) -> t.Iterator[Reason]:
    found = subject.hosts
    for named in found.hosts:
        yield from _host(wanted, named)
    if found.unread:
        yield Reason(f"it can't be told where else it leads: {found.unread}", told=False)
    if found.hosts or found.unread:
        return
    if not subject.is_legible:
        yield Reason(f"it can't be told where it leads: {_ILLEGIBLE}", told=False)
    elif wanted.allow is not None or not is_hostless(subject.data_source):
        yield Reason("it can't be told where it leads: it names no host", told=False)


def _host(wanted: Wanted, named: NamedHost) -> t.Iterator[Reason]:
    """One host against what is allowed and denied: denied if one of its spellings is, allowed if all of it is."""
    host, label = named
    if any(len(name) > LONGEST for name in host.names):
        yield Reason(f"the name of its host has more than {LONGEST} characters", told=False)
        return
    if any(_matching(wanted.deny, name) is not None for name in host.names):
        yield Reason(f"it leads to {one_line(label)}, which is denied")
    elif any(is_in(host, network) for network in wanted.denied_networks):
        yield Reason(f"it leads to {one_line(label)}, which is in a network that is denied")
    elif wanted.allow is not None and not _is_allowed(wanted, named):
        yield Reason(f"it leads to {one_line(label)}, which isn't allowed")


def _is_allowed(wanted: Wanted, named: NamedHost) -> bool:
    """Whether a host is allowed by its name, or all addresses that it may have are in networks that are."""
    host = named.host
    if host.addresses:
        networks = wanted.allowed_networks
        if all(any(address in network for network in networks) for address in host.addresses):
            return True
        return all(_matching(wanted.allow or (), str(address)) is not None for address in host.addresses)
    return any(_matching(wanted.allow or (), name) is not None for name in host.names)


_LISTS: t.Mapping[str, t.Callable[[Wanted, Subject, Owners], t.Iterator[Reason]]] = {
    "data_sources": _data_sources,
    "spaces": _spaces,
    "names": _names,
    "hosts": _hosts,
    "owners": _owned,
}


def _gateway(subject: Subject) -> t.Iterator[Reason]:
    if subject.values(lambda name: reads_gateway(subject.data_source, name)):
        return
    if subject.values(is_gateway_name):
        text = "it can't be told whether it goes through the gateway that it names: its source isn't known to"
        yield Reason(text, told=False)
    elif not subject.is_legible:
        yield Reason(f"it can't be told whether it goes through a gateway: {_ILLEGIBLE}", told=False)
    else:
        yield Reason("it goes through no gateway")


def _separate(subject: Subject) -> t.Iterator[Reason]:
    if not subject.separate_credentials:
        yield Reason("its users share one user's credentials: it has no separate ones")


def _tls(subject: Subject) -> t.Iterator[Reason]:
    encryption = encryption_of(subject.data_source)
    if encryption is None:
        source = f"data source '{one_line(subject.data_source)}'" if subject.data_source else "its data source"
        yield Reason(f"it can't be told whether it is encrypted: {source} isn't one that is known", told=False)
    elif encryption.by_scheme:
        yield from _encrypted_by_scheme(subject)
    elif encryption.property:
        yield from _encrypted_by_property(encryption, subject)


def _encrypted_by_scheme(subject: Subject) -> t.Iterator[Reason]:
    addresses = subject.values(lambda name: name.lower() == URL_PROPERTY)
    if not addresses:
        yield Reason("it can't be told whether it is encrypted: it names no url", told=False)
    if any(not address.lower().startswith(_ENCRYPTED_SCHEME) for address in addresses):
        yield Reason("it isn't encrypted: its url isn't one of https")


def _encrypted_by_property(encryption: Encryption, subject: Subject) -> t.Iterator[Reason]:
    held = subject.values(lambda name: name.lower() == encryption.property)
    if not held:
        yield Reason(
            f"it can't be told whether it is encrypted: nothing says what its {encryption.property} is", told=False
        )
    for value in held:
        if value.lower() not in encryption.values:
            # What isn't a word as such modes are may hold anything, a password, too.
            shown = f"'{value}'" if _MODE.match(value) else "none that is known"
            yield Reason(f"it isn't encrypted for sure: its {encryption.property} is {shown}")
            return


_REQUIRED: t.Mapping[str, t.Callable[[Subject], t.Iterator[Reason]]] = {
    "gateway": _gateway,
    "separate_credentials": _separate,
    "tls": _tls,
}


def _tags(rule: Rule, subject: Subject) -> t.Iterator[Reason]:
    if rule.any_tag and not subject.tags:
        yield Reason("it has no tag")
    missing = [pattern.text for pattern in rule.tags if not any(map(pattern.matches, subject.tags))]
    if missing:
        yield Reason(f"it lacks the tag {', '.join(map(one_line, missing))}")
