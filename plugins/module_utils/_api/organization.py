# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization API: all tenants of an organization, at an origin of its own.

Source: qlik.dev, "Tenants" of the organization-level APIs, "Organization-level OAuth clients"
(C(cloud-console.tenants:read)).
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    DefinitionError,
    ForbiddenError,
    QlikError,
    SignInError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import (
    Domains,
    host_of,
    is_loopback,
    normal_url,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject, TenantSession

PATH = "core/tenants"
PAGE_SIZE = 100
_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]{1,5})?")


class ListedTenant(t.NamedTuple):
    """A tenant as a list of tenants knows it; what the list doesn't know is empty.

    C(url) is its origin, empty for a tenant without host names; C(context) the qlik-cli context that it was read from,
    if it was.
    """

    url: str
    id: str = ""
    name: str = ""
    hostnames: tuple[str, ...] = ()
    region: str = ""
    country: str = ""
    subscription: str = ""
    status: str = ""
    context: str = ""

    @classmethod
    def from_api(cls, item: t.Any, organization_url: str) -> ListedTenant:
        """Raises AnswerError for an item that can't be a tenant."""
        where = urlsplit(organization_url).netloc
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
            raise AnswerError(f"{where}: the list of tenants holds an item without an id.")
        hostnames = item.get("hostnames") or []
        if not isinstance(hostnames, list) or not all(map(_is_host_name, hostnames)):
            raise AnswerError(
                f"{where}: the host names of the tenant with the id '{item['id'][:64]}' aren't host names."
            )

        def text(member: str) -> str:
            return str(item.get(member) or "")

        url = ""
        if hostnames:
            url = _origin(hostnames[0], organization_url)
        return cls(
            url=url,
            id=item["id"],
            name=text("name"),
            hostnames=tuple(hostnames),
            region=text("regionCode"),
            country=text("countryCode"),
            subscription=text("subscriptionId"),
            status=text("status"),
        )

    def within(self, domains: Domains, organization_url: str) -> ListedTenant:
        """The tenant at the first of its host names that lies in C(domains); without an address where none does.

        Credentials go where this says, so the word of the organization alone isn't enough; nor is that of a cache.
        """
        for hostname in self.hostnames:
            try:
                url = _origin(hostname, organization_url)
            except AnswerError:
                continue
            if domains.hold(host_of(url)):
                return self._replace(url=url)
        return self._replace(url="")

    def to_cache(self) -> JsonObject:
        """As JSON can hold it."""
        return {**self._asdict(), "hostnames": list(self.hostnames)}

    @classmethod
    def from_cache(cls, kept: t.Mapping[str, t.Any]) -> ListedTenant:
        """Raises TypeError or KeyError for what C(to_cache) didn't make."""
        return cls(**{**kept, "hostnames": tuple(kept["hostnames"])})


def _is_host_name(name: t.Any) -> bool:
    return isinstance(name, str) and bool(_HOST_NAME.fullmatch(name))


def _origin(hostname: str, organization_url: str) -> str:
    """A tenant's address. Only an organization on this machine, reached without TLS, can have tenants that are so
    too.
    """
    here = urlsplit(organization_url).scheme == "http" and is_loopback(hostname.rsplit(":", 1)[0])
    try:
        return normal_url(f"{'http' if here else 'https'}://{hostname}")
    except SignInError:
        raise AnswerError(
            f"{urlsplit(organization_url).netloc}: '{hostname}' can't be the host name of a tenant."
        ) from None


class Selection(t.NamedTuple):
    """Which tenants are meant: those with one of the values, or with any where none are given. C(expression) is a SCIM
    filter besides.
    """

    subscriptions: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    expression: str = ""

    def to_scim(self) -> str:
        """The filter for the API. Raises DefinitionError for a value that SCIM's quotes can't hold: escapes aren't
        documented.
        """
        clauses = [
            _any_of("subscriptionId", "subscriptions", self.subscriptions),
            _any_of("regionCode", "regions", self.regions),
            _any_of("countryCode", "countries", self.countries),
            _any_of("status", "statuses", self.statuses),
        ]
        expression = self.expression.strip()
        if expression and any(clauses):
            expression = f"({expression})"
        return " and ".join(clause for clause in (*clauses, expression) if clause)

    def holds(self, tenant: ListedTenant) -> bool:
        """Whether a tenant is one of those meant: a list that ignored part of the filter must not widen what a run
        changes.
        """
        for wanted, value in (
            (self.subscriptions, tenant.subscription),
            (self.regions, tenant.region),
            (self.countries, tenant.country),
            (self.statuses, tenant.status),
        ):
            if wanted and value.casefold() not in map(str.casefold, wanted):
                return False
        return True


def _any_of(member: str, option: str, values: t.Sequence[str]) -> str:
    for value in values:
        if not value or '"' in value or "\\" in value or not value.isprintable():
            raise DefinitionError(
                [f"{option}: {value!r} can't be used in a filter: quotes, backslashes and control characters can't."]
            )
    clauses = [f'{member} eq "{value}"' for value in dict.fromkeys(values)]
    if len(clauses) > 1:
        return f"({' or '.join(clauses)})"
    return "".join(clauses)


class Organization:
    """The tenants of one organization."""

    def __init__(self, session: TenantSession, url: str) -> None:
        self._session = session
        self._url = url

    def tenants(self, selection: Selection) -> list[ListedTenant]:
        """All tenants that are meant, in the order of the list; all or, with an error, none.

        One request for each hundred. Raises QlikError, saying which option to change when that is the matter.
        """
        scim = selection.to_scim()
        query: dict[str, t.Any] = {"limit": PAGE_SIZE}
        if scim:
            query["filter"] = scim
        found: dict[str, ListedTenant] = {}
        try:
            for page in self._session.pages(PATH, query):
                if page.get("errors"):
                    why = self._session.quote(page["errors"])
                    raise AnswerError(
                        f"{self._session.tenant}: the list of tenants came incomplete: {why}. Try again later."
                    )
                for item in page["data"]:
                    tenant = ListedTenant.from_api(item, self._url)
                    found.setdefault(tenant.id, tenant)
        except ApiError as error:
            raise QlikError(f"{error}{_advice(error, scim)}") from None
        return [tenant for tenant in found.values() if selection.holds(tenant)]


def _advice(error: ApiError, scim: str) -> str:
    """What to do about a refused list, where options decide it."""
    if PATH not in error.request:
        return ""
    if error.status == 400 and "subscriptionid" not in scim.lower():
        return " Set the option subscriptions to the ids of your subscriptions: Qlik documents them as required here."
    if error.status == 400:
        return f" Check the options that make up the filter: {scim}"
    if isinstance(error, ForbiddenError):
        return (
            " Check that the OAuth client is one of the organization's own, with the scope cloud-console.tenants:read,"
            " and that all subscriptions belong to this organization."
        )
    return ""
