"""The control port: tests that run in another process look at tenants and change them by it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .identifiers import rfc3339
from .records import Connection
from .site import Site
from .state import Tenant

if TYPE_CHECKING:
    from .emulator import Emulator

Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(emulator: Emulator) -> Starlette:
    """Make the application of the control port."""
    control = _Control(emulator)
    routes = [
        ("GET", "/health", control.health),
        ("GET", "/tenants", control.list_tenants),
        ("POST", "/tenants", control.add_tenant),
        ("DELETE", "/tenants/{tenant}", control.remove_tenant),
        ("POST", "/reset", control.reset),
        ("GET", "/tenants/{tenant}/log", control.get_log),
        ("DELETE", "/tenants/{tenant}/log", control.delete_log),
        ("GET", "/tenants/{tenant}/connections", control.get_connections),
        ("POST", "/tenants/{tenant}/connections", control.add_connection),
        ("POST", "/tenants/{tenant}/connections/{id}", control.edit_connection),
        ("DELETE", "/tenants/{tenant}/connections/{id}", control.remove_connection),
        ("GET", "/tenants/{tenant}/secrets", control.get_secrets),
        ("GET", "/tenants/{tenant}/secrets/{id}", control.get_secrets),
        ("GET", "/tenants/{tenant}/behaviours", control.get_behaviours),
        ("PUT", "/tenants/{tenant}/behaviours", control.put_behaviours),
        ("GET", "/tenants/{tenant}/faults", control.get_faults),
        ("PUT", "/tenants/{tenant}/faults", control.put_faults),
        ("GET", "/tenants/{tenant}/limits", control.get_limits),
        ("PUT", "/tenants/{tenant}/limits", control.put_limits),
        ("PUT", "/tenants/{tenant}/latency", control.put_latency),
        ("GET", "/tenants/{tenant}/apps", control.get_apps),
        ("GET", "/tenants/{tenant}/ends", control.get_ends),
        ("PUT", "/tenants/{tenant}/ends", control.put_ends),
        ("POST", "/tenants/{tenant}/ends", control.add_end),
        ("GET", "/tenants/{tenant}/accesses", control.get_accesses),
        ("PUT", "/tenants/{tenant}/reloads", control.put_reloads),
        ("POST", "/tenants/{tenant}/time", control.pass_time),
        ("POST", "/tenants/{tenant}/spaces", control.add_space),
        ("POST", "/tenants/{tenant}/users", control.add_user),
        ("POST", "/tenants/{tenant}/groups", control.add_group),
        ("GET", "/tenants/{tenant}/members", control.get_members),
        ("POST", "/tenants/{tenant}/expire-tokens", control.expire_tokens),
    ]
    return Starlette(routes=[Route(path, _guarded(endpoint), methods=[method]) for method, path, endpoint in routes])


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer 404 for unknown names and 400 for impossible values."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except KeyError as error:
            return JSONResponse({"error": f"not found: {error}"}, 404)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return guarded


class _Control:
    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def _site(self, request: Request) -> Site:
        name = request.path_params["tenant"]
        return self.emulator.organization if name == "organization" else self.emulator.tenant(name)

    def _tenant(self, request: Request) -> Tenant:
        return self.emulator.tenant(request.path_params["tenant"])

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def list_tenants(self, _request: Request) -> Response:
        return JSONResponse(self.emulator.describe())

    async def add_tenant(self, request: Request) -> Response:
        part = await request.json()
        # The server's own loop runs this handler: binding waits for that loop, so another thread has to do it.
        tenant = await run_in_threadpool(self.emulator.add_tenant, part)
        return JSONResponse(self.emulator.describe()["tenants"][tenant.name], 201)

    async def remove_tenant(self, request: Request) -> Response:
        await run_in_threadpool(self.emulator.remove_tenant, request.path_params["tenant"])
        return Response(status_code=204)

    async def reset(self, _request: Request) -> Response:
        await run_in_threadpool(self.emulator.reset)
        return Response(status_code=204)

    async def get_log(self, request: Request) -> Response:
        site = self._site(request)
        entries = site.writes() if request.query_params.get("writes") == "true" else list(site.log)
        return JSONResponse([entry.as_dict() for entry in entries])

    async def delete_log(self, request: Request) -> Response:
        self._site(request).reset_log()
        return Response(status_code=204)

    async def get_connections(self, request: Request) -> Response:
        tenant = self._tenant(request)
        return JSONResponse([_shown(tenant, row) for row in list(tenant.connections.values())])

    async def add_connection(self, request: Request) -> Response:
        tenant = self._tenant(request)
        return JSONResponse(_shown(tenant, tenant.add_connection(**await request.json())), 201)

    async def edit_connection(self, request: Request) -> Response:
        tenant = self._tenant(request)
        return JSONResponse(_shown(tenant, tenant.edit_connection(request.path_params["id"], **await request.json())))

    async def remove_connection(self, request: Request) -> Response:
        self._tenant(request).remove_connection(request.path_params["id"])
        return Response(status_code=204)

    async def get_secrets(self, request: Request) -> Response:
        tenant = self._tenant(request)
        if "id" in request.path_params:
            return JSONResponse(tenant.secrets_of(request.path_params["id"]))
        return JSONResponse({row: tenant.secrets_of(row) for row in list(tenant.connections)})

    async def get_behaviours(self, request: Request) -> Response:
        return JSONResponse(self._site(request).behaviours.as_dict())

    async def put_behaviours(self, request: Request) -> Response:
        site = self._site(request)
        site.set_behaviours(**await request.json())
        return JSONResponse(site.behaviours.as_dict())

    async def get_faults(self, request: Request) -> Response:
        return JSONResponse([fault.as_dict() for fault in self._site(request).faults])

    async def put_faults(self, request: Request) -> Response:
        site = self._site(request)
        site.set_faults(await request.json())
        return JSONResponse([fault.as_dict() for fault in site.faults])

    async def get_limits(self, request: Request) -> Response:
        return JSONResponse(self._site(request).limits.as_dict())

    async def put_limits(self, request: Request) -> Response:
        site = self._site(request)
        site.limits.configure(**await request.json())
        return JSONResponse(site.limits.as_dict())

    async def put_latency(self, request: Request) -> Response:
        site = self._site(request)
        site.latency_ms = float((await request.json())["latency_ms"])
        return JSONResponse({"latency_ms": site.latency_ms})

    async def get_apps(self, request: Request) -> Response:
        return JSONResponse([dataclasses.asdict(app) for app in list(self._tenant(request).apps.values())])

    async def get_ends(self, request: Request) -> Response:
        return JSONResponse(self._tenant(request).ends.rows())

    async def put_ends(self, request: Request) -> Response:
        tenant = self._tenant(request)
        tenant.ends.replace(await request.json())
        return JSONResponse(tenant.ends.rows())

    async def add_end(self, request: Request) -> Response:
        self._tenant(request).set_end(**await request.json())
        return Response(status_code=204)

    async def get_accesses(self, request: Request) -> Response:
        return JSONResponse([dataclasses.asdict(access) for access in list(self._tenant(request).ends.accesses)])

    async def put_reloads(self, request: Request) -> Response:
        tenant = self._tenant(request)
        tenant.reload_settings.configure(**await request.json())
        return JSONResponse(tenant.reload_settings.as_dict())

    async def pass_time(self, request: Request) -> Response:
        self._tenant(request).pass_time(float((await request.json())["seconds"]))
        return Response(status_code=204)

    async def add_space(self, request: Request) -> Response:
        space = self._tenant(request).add_space(**await request.json())
        return JSONResponse({"id": space.id, "name": space.name, "type": space.type}, 201)

    async def add_user(self, request: Request) -> Response:
        user = self._tenant(request).add_user(**await request.json())
        return JSONResponse({"id": user.id, "name": user.name, "roles": user.roles}, 201)

    async def add_group(self, request: Request) -> Response:
        group = self._tenant(request).add_group(**await request.json())
        return JSONResponse({"id": group.id, "name": group.name}, 201)

    async def get_members(self, request: Request) -> Response:
        return JSONResponse(members_by_space(self._tenant(request)))

    async def expire_tokens(self, request: Request) -> Response:
        return JSONResponse({"expired": self._site(request).expire_tokens()})


def members_by_space(tenant: Tenant) -> dict[str, dict[str, list[str]]]:
    """Give the roles of all members by the names of spaces, and of users (else e-mail, id) and groups."""
    found: dict[str, dict[str, list[str]]] = {}
    for space in list(tenant.spaces.values()):
        rows = found.setdefault(space.name, {})
        for row in list(space.assignments.values()):
            rows[_called(tenant, row.assignee_id)] = sorted(row.roles)
    return found


def _called(tenant: Tenant, assignee: str) -> str:
    if assignee in tenant.users:
        return tenant.users[assignee].email or tenant.users[assignee].name
    return tenant.groups[assignee].name if assignee in tenant.groups else assignee


def _shown(tenant: Tenant, row: Connection) -> dict[str, Any]:
    data = row.as_dict()
    data |= {"created": rfc3339(row.created), "updated": rfc3339(row.updated)}
    data["space_name"] = tenant.spaces[row.space].name if row.space in tenant.spaces else None
    return data
