# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants as hosts of an inventory: their names, groups and variables; and the tenants that qlik-cli has contexts for.

The names of tenants and contexts are other people's data: what becomes of them here is safe as a host name, as part of
a file's name, and on a terminal.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
import unicodedata
from collections import Counter
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._api.organization import ListedTenant
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import Domains, normal_url
from ansible_collections.qlikops.cloud.plugins.module_utils._session.contexts import (
    read_contexts,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._variables_files import without_ending

ALL_TENANTS = "qlik_tenants"
LONGEST_NAME = 100
# Names that mean something else to Ansible.
_RESERVED = frozenset(("all", "ungrouped", "localhost", "127.0.0.1", ALL_TENANTS))
_QLIK_HOST = re.compile(r"[^.]+\.(?P<region>[a-z0-9-]+)\.qlikcloud\.com")


def nobody_else(_name: str, _tenant: ListedTenant) -> str:
    """The answer where there is no other inventory."""
    return ""


def name_hosts(
    tenants: t.Sequence[ListedTenant], kind: str, taken_by: t.Callable[[str, ListedTenant], str] = nobody_else
) -> tuple[dict[str, ListedTenant], list[str]]:
    """A host name for each tenant, and the warnings about names that couldn't be used as they are.

    C(kind) is C(name), C(id) or C(host). Tenants whose names clash all get their id appended: so none of these names
    depends on the order of the list. So does a tenant whose name another inventory uses for something else: C(taken_by)
    says for what, or nothing. Raises QlikError where that isn't enough.
    """
    bases = [_safe_name(_wanted_name(tenant, kind)) for tenant in tenants]
    longer = list(map(_with_identity, bases, tenants))
    taken = Counter(map(str.casefold, bases))
    reserved = _reserved_names(tenants) | set(map(str.casefold, longer))
    names = []
    clashes: dict[str, list[str]] = {}
    warnings = []
    for base, long, tenant in zip(bases, longer, tenants, strict=True):
        folded = base.casefold()
        other = taken_by(base, tenant)
        if not base or taken[folded] > 1 or folded in reserved:
            names.append(long)
            clashes.setdefault(folded, []).append(long)
        elif other:
            names.append(long)
            warnings.append(_twin(base, other, long))
        else:
            names.append(base)
    _insist_on_difference(names)
    _insist_on_being_alone(names, tenants, taken_by)
    clashing = [_clash(kind, base, found) for base, found in clashes.items()]
    return dict(zip(names, tenants, strict=True)), clashing + warnings


def _with_identity(base: str, tenant: ListedTenant) -> str:
    return "-".join(filter(None, (base, _identity(tenant))))


def _reserved_names(tenants: t.Sequence[ListedTenant]) -> set[str]:
    """Names that mean something else to Ansible, in small letters: its own, and the groups of these tenants."""
    reserved = set(_RESERVED)
    for tenant in tenants:
        reserved |= set(map(str.casefold, groups_of(tenant)))
    return reserved


def _clash(kind: str, base: str, names: t.Sequence[str]) -> str:
    if base and len(names) > 1:
        return f"{len(names)} tenants share the {kind} '{base}'. Their hosts are called {', '.join(names)}."
    return (
        f"The {kind} of a tenant means something else to Ansible, or is no name at all. The host is called"
        f" {', '.join(names)}."
    )


def _twin(base: str, other: str, name: str) -> str:
    return (
        f"A tenant is called as {other} of another inventory, '{base}'. It isn't that one, so its host is called"
        f" '{name}'. If it is"
        f" meant to be that host, put '{base}' into the group {ALL_TENANTS} there."
    )


def _insist_on_being_alone(
    names: t.Sequence[str], tenants: t.Sequence[ListedTenant], taken_by: t.Callable[[str, ListedTenant], str]
) -> None:
    for name, tenant in zip(names, tenants, strict=True):
        other = taken_by(name, tenant)
        if other:
            raise QlikError(
                f"A tenant would be called as {other} of another inventory, '{name}'. Set hostname to id or host."
            )


def _wanted_name(tenant: ListedTenant, kind: str) -> str:
    if kind == "id":
        return tenant.id
    host = urlsplit(tenant.url).netloc
    if kind == "host":
        return host
    return tenant.context or tenant.name or host


def _identity(tenant: ListedTenant) -> str:
    """What tells a tenant from every other, for ever."""
    return _safe_name(tenant.id) or hashlib.sha256(tenant.context.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _insist_on_difference(names: t.Sequence[str]) -> None:
    folded = Counter(map(str.casefold, names))
    same = sorted({name for name in names if folded[name.casefold()] > 1})
    if same:
        raise QlikError(f"Several tenants would be called {', '.join(same)}. Set hostname to id or host.")


def _safe_name(text: str) -> str:
    """Letters, digits, underscores, dots and hyphens of a text; what else stands between them becomes a hyphen.

    So does the dot of C(acme.yml): to the host of that name Ansible would give what somebody wrote for C(acme).
    """
    joined = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", text))
    return without_ending(joined.strip(".-")[:LONGEST_NAME].rstrip(".-"))


def groups_of(tenant: ListedTenant) -> list[str]:
    """The groups that a tenant belongs to by what is known of it; all of them are children of C(qlik_tenants)."""
    kinds = {
        "region": tenant.region.lower(),
        "country": tenant.country.lower(),
        "subscription": tenant.subscription,
        "status": tenant.status.lower(),
    }
    return [f"qlik_{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', value)}" for kind, value in kinds.items() if value]


def variables_of(tenant: ListedTenant, name: str) -> dict[str, t.Any]:
    """What the host called C(name) knows of its tenant. No credentials: C(ansible-inventory) prints these variables."""
    variables: dict[str, t.Any] = {
        "qlik_tenant_host": name,
        "qlik_tenant_url": tenant.url,
        "qlik_tenant_id": tenant.id,
        "qlik_tenant_name": tenant.name,
        "qlik_region": tenant.region,
        "qlik_country": tenant.country,
        "qlik_subscription": tenant.subscription,
        "qlik_status": tenant.status,
        "qlik_hostnames": list(tenant.hostnames),
    }
    if tenant.context:
        variables["qlik_context"] = tenant.context
    return variables


def same_tenant(tenant: ListedTenant, variables: t.Mapping[str, t.Any], groups: t.Container[str]) -> bool:
    """Whether a host of another inventory, with these variables and groups, is meant to be this tenant.

    It is when it says so itself, by the tenant's id or address, or, saying nothing, by being in the group
    C(qlik_tenants).
    """
    if tenant.id and variables.get("qlik_tenant_id"):
        return str(variables["qlik_tenant_id"]) == tenant.id
    if variables.get("qlik_tenant_url"):
        try:
            return normal_url(str(variables["qlik_tenant_url"])) == tenant.url
        except SignInError:
            return False
    return ALL_TENANTS in groups


def alone_at_their_addresses(tenants: t.Sequence[ListedTenant], warnings: list[str]) -> list[ListedTenant]:
    """The tenants of an organization without those that share an address, which can be that of one of them only.

    Nobody knows of which, and to the others' hosts it would be as if it were theirs: with their connections and
    passwords.
    """
    alone = []
    for url, found in _by_address(tenants).items():
        if len(found) == 1:
            alone += found
            continue
        named = ", ".join(f"{tenant.name} ({tenant.id})" for tenant in found)
        warnings.append(
            f"The organization says of several tenants that they lie at {url}: {named}. They are left out, since it can"
            " be the address of one of them only."
        )
    return alone


def why_left_out(tenant: ListedTenant, domains: Domains) -> str:
    """What is said of a tenant of an organization that has no address within C(domains)."""
    if not tenant.hostnames:
        return f"The tenant {tenant.name} ({tenant.id}) has no host name, so it is left out."
    return (
        f"The tenant {tenant.name} ({tenant.id}) lies at {', '.join(tenant.hostnames)}, and allowed_domains are"
        f" {', '.join(domains.names)}. It is left out, since secrets would be sent there. If the address is"
        " yours, name its domain in allowed_domains."
    )


def _by_address(tenants: t.Iterable[ListedTenant]) -> dict[str, list[ListedTenant]]:
    found: dict[str, list[ListedTenant]] = {}
    for tenant in tenants:
        found.setdefault(tenant.url, []).append(tenant)
    return found


def context_tenants(
    environ: t.Mapping[str, str], include: t.Sequence[str], exclude: t.Sequence[str], warnings: list[str]
) -> list[ListedTenant]:
    """The tenants that qlik-cli has contexts for, without credentials. Contexts of other servers than Qlik Cloud are
    left out.

    C(include) and C(exclude) are shell patterns for the contexts' names. Raises SignInError for a context without a
    usable address.
    """
    path, contexts = read_contexts(environ, warnings, "The contexts of qlik-cli")
    tenants: dict[str, ListedTenant] = {}
    for given, context in contexts.items():
        name = str(given)
        if _is_any(name, include) and not _is_any(name, exclude) and _is_cloud(context):
            tenants[name] = _context_tenant(name, context, path)
    for url, found in _by_address(tenants.values()).items():
        if len(found) > 1:
            names = ", ".join(tenant.context for tenant in found)
            warnings.append(
                f"The qlik-cli contexts {names} are one tenant, {url}: a run would do it several times. Use"
                " exclude_contexts."
            )
    return list(tenants.values())


def _context_tenant(name: str, context: t.Any, path: t.Any) -> ListedTenant:
    """The tenant of one context. Raises SignInError."""
    server = None
    if isinstance(context, dict):
        server = context.get("server")
    if not server or isinstance(server, (dict, list)):
        raise SignInError(f"The context '{name}' in {path} names no server. Fix it, or name it in exclude_contexts.")
    try:
        url = normal_url(str(server), "server")
    except SignInError as error:
        raise SignInError(f"The context '{name}' in {path}: {error} Fix it, or name it in exclude_contexts.") from None
    host = urlsplit(url).netloc
    region = ""
    qlik = _QLIK_HOST.fullmatch(host)
    if qlik:
        region = qlik["region"]
    return ListedTenant(url=url, hostnames=(host,), region=region, context=name)


def _is_any(name: str, patterns: t.Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _is_cloud(context: t.Any) -> bool:
    return not isinstance(context, dict) or str(context.get("server-type") or "cloud").lower() == "cloud"
