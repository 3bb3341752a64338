"""The emulator as tests use it: start, tenants, reset, stop."""

from __future__ import annotations

import copy
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from . import (
    api_apps,
    api_assignments,
    api_audits,
    api_connections,
    api_credentials,
    api_data_sources,
    api_groups,
    api_reloads,
    api_spaces,
    api_users_tenants,
    oauth,
)
from .certificates import Authority
from .control import control_app
from .exchange import Router
from .gateway import Gateway
from .organization import Organization, organization_item
from .profile import make_like, read_profile
from .seed import DEFAULT_SEED, expand_tenants, fill_organization, fill_tenant, read_seed
from .server import Server, bind
from .state import Tenant

TENANT_ROUTES = Router(
    [
        *api_connections.ROUTES,
        *api_credentials.ROUTES,
        *api_data_sources.ROUTES,
        *api_spaces.ROUTES,
        *api_assignments.ROUTES,
        *api_groups.ROUTES,
        *api_audits.ROUTES,
        *api_users_tenants.ROUTES,
        *api_apps.ROUTES,
        *api_reloads.ROUTES,
        *oauth.ROUTES,
    ]
)
SUBSCRIPTION = "subscription-1"


class Emulator:
    """Qlik Cloud on this machine: `with Emulator(seed) as emulator: emulator.tenant("acme").url`.

    `seed` is a dict, the path of a YAML file, or nothing for one tenant named acme with the API key `key-acme`.
    `like` is a tenant's profile.json: every tenant here answers as that one does, as far as it is known.
    With `base_port`, tenants without a port get base_port, base_port + 1, ... instead of free ports. With
    `holds_contract`, every answer is compared with Qlik's own reference; `breaches` says how some broke it.
    """

    def __init__(
        self,
        seed: Mapping[str, Any] | str | Path | None = None,
        *,
        control_port: int = 0,
        base_port: int = 0,
        holds_contract: bool = False,
        like: str | Path | None = None,
    ) -> None:
        self.breaches: list[str] = []
        self._holds_contract = holds_contract
        if isinstance(seed, (str, Path)):
            seed = read_seed(seed)
        self._seed: dict[str, Any] = copy.deepcopy(dict(DEFAULT_SEED if seed is None else seed))
        self._profile = None if like is None else read_profile(like)
        self._parts: dict[str, dict[str, Any]] = {}
        self._tenants: dict[str, Tenant] = {}
        self._seeded: list[str] = []
        self._next_port = base_port
        self._wanted_control_port = control_port
        self._gateway = Gateway()
        self._server = Server(self._gateway)
        self._authority = Authority()
        self._running = False
        self.organization = Organization(self._organization_rows)
        self.organization.breaches = self.breaches if holds_contract else None

    # life

    def start(self) -> Emulator:
        """Bind the ports, fill the tenants, serve; everything answers when this returns."""
        listeners: list[tuple[socket.socket, ssl.SSLContext | None]] = []
        try:
            self._bind_all(listeners)
        except BaseException:
            for sock, _ in listeners:
                sock.close()
            raise
        self._server.start(listeners)
        self._running = True
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
        self._authority.close()
        self._running = False

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Make every seeded tenant and the organization what the seed says; take away tenants added since.
        Ports stay.
        """
        self.breaches.clear()
        for name in list(self._tenants):
            if name not in self._seeded:
                self.remove_tenant(name)
                continue
            self._fill(self._tenants[name], self._parts[name])
        fill_organization(self.organization, self._seed.get("organization") or {})

    def settle(self) -> None:
        """Wait until every client is gone and what they sent is done with; also what a killed one or one that gave up
        sent.
        """
        self._server.settle()

    # tenants

    @property
    def tenants(self) -> dict[str, Tenant]:
        """Give all tenants by name."""
        return dict(self._tenants)

    def tenant(self, name: str) -> Tenant:
        """Give a tenant; KeyError when there is none of the name."""
        return self._tenants[name]

    def add_tenant(self, part: Mapping[str, Any]) -> Tenant:
        """Add a tenant at run time; `part` is what stands under `tenants` in a seed."""
        (checked,) = expand_tenants({"tenants": [dict(part)]})
        if checked["name"] in self._tenants:
            raise ValueError(f"tenant {checked['name']} exists already")
        tenant = self._make(checked)
        sock = self._bind(tenant, checked)
        if self._running:
            self._server.listen(sock, self._context(tenant))
        return tenant

    def remove_tenant(self, name: str) -> None:
        """Take a tenant away; its port is closed."""
        tenant = self._tenants.pop(name)
        self._parts.pop(name)
        del self._gateway.sites[tenant.port]
        self._server.unlisten(tenant.port)

    @property
    def control_url(self) -> str:
        """Give the origin of the control port."""
        return f"http://127.0.0.1:{self._gateway.control_port}"

    @property
    def ca_path(self) -> str:
        """Give the PEM file of the authority that signed the TLS tenants' certificate."""
        return self._authority.path

    def describe(self) -> dict[str, Any]:
        """Give the addresses and keys, the state file of `python -m tests.emulator`."""
        rows = {}
        for tenant in self._tenants.values():
            rows[tenant.name] = {
                "url": tenant.url,
                "id": tenant.id,
                "api_keys": [key for key, grant in tenant.grants.items() if grant.scopes is None],
                "oauth_clients": {row.client_id: row.client_secret for row in tenant.oauth_clients.values()},
            } | ({"ca_path": self.ca_path} if tenant.tls else {})
        clients = {row.client_id: row.client_secret for row in self.organization.oauth_clients.values()}
        organization = {"url": self.organization.url, "oauth_clients": clients}
        return {"control_url": self.control_url, "organization": organization, "tenants": rows}

    # inside

    def _bind_all(self, listeners: list[tuple[socket.socket, ssl.SSLContext | None]]) -> None:
        organization = self._seed.get("organization") or {}
        for part in expand_tenants(self._seed):
            tenant = self._make(part)
            listeners.append((self._bind(tenant, part), self._context(tenant)))
            self._seeded.append(tenant.name)
        fill_organization(self.organization, organization)
        listeners.append((bind(int(organization.get("port", 0))), None))
        self.organization.port = listeners[-1][0].getsockname()[1]
        self._gateway.sites[self.organization.port] = self.organization
        listeners.append((bind(self._wanted_control_port), None))
        self._gateway.control_port = listeners[-1][0].getsockname()[1]
        self._gateway.control = control_app(self)

    def _regional(self) -> list[dict[str, Any]]:
        return list(self._seed.get("oauth_clients") or [])

    def _fill(self, tenant: Tenant, part: dict[str, Any]) -> None:
        fill_tenant(tenant, part, self._regional())
        if self._profile is not None:
            make_like(tenant, self._profile)

    def _make(self, part: dict[str, Any]) -> Tenant:
        tenant = Tenant(part["name"], TENANT_ROUTES)
        tenant.breaches = self.breaches if self._holds_contract else None
        self._fill(tenant, part)
        tenant.tls = bool(part.get("tls", False))
        if tenant.tls:
            tenant.ca_path = self.ca_path
        self._parts[tenant.name] = part
        return tenant

    def _bind(self, tenant: Tenant, part: dict[str, Any]) -> socket.socket:
        port = int(part.get("port") or 0)
        if not port and self._next_port:
            port, self._next_port = self._next_port, self._next_port + 1
        sock = bind(port)
        tenant.port = sock.getsockname()[1]
        self._gateway.sites[tenant.port] = tenant
        # Nobody is told of it before it has its address.
        self._tenants[tenant.name] = tenant
        return sock

    def _context(self, tenant: Tenant) -> ssl.SSLContext | None:
        return self._authority.context if tenant.tls else None

    def _organization_rows(self) -> list[dict[str, Any]]:
        return [
            organization_item(
                name=tenant.name, hostnames=[*tenant.hostnames, tenant.host], id=tenant.id, region=tenant.region,
                subscription=tenant.subscription or SUBSCRIPTION, country=tenant.country, status=tenant.status,
            )
            for tenant in list(self._tenants.values())
        ]  # fmt: skip
