# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of the inventory plugin qlik_tenants that aren't, or no longer only, what it made them.

It sees only inventories that were read before its own. A later one can have a host of the same name, and Ansible makes
one host of both. And an inventory that was kept, as AWX keeps them, may hold addresses that nobody looked at.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import (
    QLIK_DOMAINS,
    Domains,
    host_of,
    normal_url,
)

_LOCAL = ("local", "ansible.builtin.local", "ansible.legacy.local")
_HERE = ("localhost", "127.0.0.1", "::1")
_ADVICE = (
    "Nothing was sent. Give one of the two another name (hostname: id in the file of the plugin"
    " qlikops.cloud.qlik_tenants does), or"
    " leave one of the inventories out."
)

Variables = t.Mapping[str, t.Any]
Evaluate = t.Callable[[t.Any], t.Any]


def refusal(variables: Variables, tenant_url: t.Any, evaluate: Evaluate) -> str:
    """Why a host isn't taken for the tenant that it is called as, for a person; empty if it is.

    C(tenant_url) is the address that a task was given, if it was. C(evaluate) makes values of variables that may be
    templates.
    """
    return _other_host(variables, evaluate) or _other_domain(variables, tenant_url, evaluate)


def _other_host(variables: Variables, evaluate: Evaluate) -> str:
    """What another inventory made of a host of the plugin."""
    if variables.get("qlik_tenant_host") is None:
        return ""
    name, called = str(variables.get("inventory_hostname")), str(evaluate(variables["qlik_tenant_host"]))
    if called != name:
        return f"The host '{name}' has the variables of the tenant '{called}' (qlik_tenant_host). {_ADVICE}"
    address = str(evaluate(variables.get("ansible_host")) or name)
    own = _host(str(evaluate(variables.get("qlik_tenant_url")) or ""))
    if address not in (name, *_HERE, own, *_listed_hosts(variables, evaluate)):
        return (
            f"The tenant '{name}' is also a host of another inventory, which is at {address} (ansible_host). {_ADVICE}"
        )
    connection = str(evaluate(variables.get("ansible_connection")) or "local")
    if connection not in _LOCAL:
        return (
            f"The tenant '{name}' is also a host of another inventory, which is reached by {connection}"
            f" (ansible_connection). {_ADVICE}"
        )
    return ""


def _other_domain(variables: Variables, tenant_url: t.Any, evaluate: Evaluate) -> str:
    """Why the organization's word alone isn't enough for an address. What else a task was given, somebody typed."""
    if not tenant_url or not variables.get("qlik_tenant_id") or variables.get("qlik_context"):
        return ""
    host = _host(str(tenant_url))
    try:
        domains = Domains(evaluate(variables.get("qlik_allowed_domains")) or QLIK_DOMAINS, "qlik_allowed_domains")
    except SignInError as error:
        return str(error)
    if domains.hold(host) or host not in _listed_hosts(variables, evaluate):
        return ""
    return (
        f"{host} was named by the organization, and lies in none of {', '.join(domains.names)}. Nothing was sent there."
        " If the address is"
        " yours, name its domain in allowed_domains of the inventory plugin qlikops.cloud.qlik_tenants."
    )


def _listed_hosts(variables: Variables, evaluate: Evaluate) -> set[str]:
    """The hosts that the organization named, without ports."""
    names = evaluate(variables.get("qlik_hostnames"))
    if not isinstance(names, (list, tuple)):
        return set()
    return {_host(str(name)) for name in names}


def _host(address: str) -> str:
    """The host of an address or host name; what is neither, the job says something about."""
    try:
        return host_of(normal_url(address.replace("http://", "https://", 1)))
    except SignInError:
        return ""
