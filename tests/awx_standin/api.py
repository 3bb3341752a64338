"""The addresses of the stand-in, as a Starlette application."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .refusals import RefusalError
from .state import TYPES, UNIFIED, Controller, Write
from .surveys import check_survey

PRODUCT = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
# A controller as part of Ansible Automation Platform, whose gateway has the plain addresses for itself.
PLATFORM = {"X-API-Product-Name": "Red Hat Ansible Automation Platform", "X-API-Product-Version": "4.6.18"}
PLAIN_PREFIX = "/api/"
PLATFORM_PREFIX = "/api/controller/"
Handler = Callable[[Request], Awaitable[Response]]


def application(controller: Controller, prefix: str) -> Starlette:
    """The API of one controller below a prefix, which any test may look into meanwhile."""
    api = _Api(controller, prefix)
    base = f"{prefix}v2/"
    number = f"{base}{{kind}}/{{number:int}}/"
    routes = [
        Route(base + "ping/", api.ping),
        Route(base + "unified_job_templates/", api.guarded(api.unified)),
        Route(base + "project_updates/{number:int}/", api.guarded(api.sync)),
        Route(base + "project_updates/{number:int}/events/", api.guarded(api.events)),
        Route(base + "projects/{number:int}/update/", api.guarded(api.update), methods=["POST"]),
        Route(
            base + "workflow_job_template_nodes/{number:int}/create_approval_template/",
            api.guarded(api.approval),
            methods=["POST"],
        ),
        Route(number + "survey_spec/", api.guarded(api.survey), methods=["GET", "POST"]),
        Route(number + "{what}/", api.guarded(api.links), methods=["GET", "POST"]),
        Route(number, api.guarded(api.item), methods=["GET", "PATCH", "DELETE"]),
        Route(base + "{kind}/", api.guarded(api.kind), methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes)


class _Api:
    def __init__(self, controller: Controller, prefix: str) -> None:
        self.controller = controller
        self._prefix = prefix

    def guarded(self, handler: Handler) -> Handler:
        """Note writes, ask for the token, and answer what is refused or missing."""

        async def guarded(request: Request) -> Response:
            if request.headers.get("Authorization") != f"Bearer {self.controller.token}":
                return JSONResponse({"detail": "Authentication credentials were not provided."}, 401, PRODUCT)
            if request.method != "GET":
                body = json.loads(await request.body() or "null")
                self.controller.writes.append(Write(request.method, request.url.path, body))
            try:
                response = await handler(request)
            except RefusalError as refusal:
                response = JSONResponse(refusal.body, 400)
            except KeyError:
                response = JSONResponse({"detail": "Not found."}, 404)
            return self._placed(response)

        return guarded

    def _placed(self, response: Response) -> Response:
        """The answer with its addresses below the prefix, as a platform gives them, and the product's name."""
        body = bytes(response.body)
        product = PRODUCT
        if self._prefix != PLAIN_PREFIX:
            body = body.replace(b'"/api/v2/', f'"{self._prefix}v2/'.encode())
            product = PLATFORM
        return Response(body, response.status_code, product, response.media_type)

    async def ping(self, _: Request) -> Response:
        """Who answers here, which anybody may ask."""
        return self._placed(JSONResponse({"ha": False, "version": "24.6.1"}))

    async def kind(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if request.method == "POST":
            begun = set(self.controller.syncs)
            item = self.controller.add(kind, await request.json())
            return self._written(kind, item["id"], begun, 201)
        return self._listed([self.controller.shown(kind, number) for number in self.controller.items[kind]], request)

    async def item(self, request: Request) -> Response:
        kind, number = request.path_params["kind"], request.path_params["number"]
        if request.method == "PATCH":
            begun = set(self.controller.syncs)
            self.controller.change(kind, number, await request.json())
            return self._written(kind, number, begun, 200)
        if request.method == "DELETE":
            self.controller.remove(kind, number)
            return Response(status_code=204)
        return JSONResponse(self.controller.shown(kind, number))

    async def links(self, request: Request) -> Response:
        kind, number, what = (request.path_params[name] for name in ("kind", "number", "what"))
        if kind not in TYPES or number not in self.controller.items[kind] or kind == "workflow_approval_templates":
            raise KeyError(kind)
        linked = self.controller.links.setdefault((kind, number, what), [])
        if request.method == "GET":
            return _page([{"id": one} for one in linked])
        body = await request.json()
        if body.get("disassociate"):
            linked.remove(body["id"])
        else:
            self.controller.attach(kind, number, what, body["id"])
        return Response(status_code=204)

    async def survey(self, request: Request) -> Response:
        number = request.path_params["number"]
        if request.method == "POST":
            survey = await request.json()
            check_survey(survey)
            self.controller.surveys[number] = survey
        return JSONResponse(self.controller.surveys.get(number, {}))

    async def approval(self, request: Request) -> Response:
        item = self.controller.approval(request.path_params["number"], await request.json())
        return JSONResponse(self.controller.shown("workflow_approval_templates", item["id"]), 201)

    async def unified(self, request: Request) -> Response:
        return self._listed(
            [self.controller.shown(kind, number) for kind in UNIFIED for number in self.controller.items[kind]], request
        )

    async def update(self, request: Request) -> Response:
        sync = self.controller.sync(request.path_params["number"])
        # It has only begun, as far as the answer says.
        return JSONResponse({**sync.shown(), "status": "pending", "failed": False, "finished": None}, 202)

    async def sync(self, request: Request) -> Response:
        return JSONResponse(self.controller.syncs[request.path_params["number"]].shown())

    async def events(self, request: Request) -> Response:
        events = self.controller.syncs[request.path_params["number"]].events()
        asked = request.query_params.items()
        return _page([event for event in events if all(str(event.get(name)) == value for name, value in asked)])

    def _written(self, kind: str, number: int, begun: set[int], status: int) -> Response:
        """The item after a write, with the sync that the write has started."""
        shown = self.controller.shown(kind, number)
        for sync in self.controller.syncs.keys() - begun:
            shown["summary_fields"] = {"current_update": {"id": sync}}
        return JSONResponse(shown, status)

    def _listed(self, items: list[dict[str, Any]], request: Request) -> Response:
        """Those items that have all that the query asks for, and one of those that it asks for with `or__`."""
        asked = {name: value for name, value in request.query_params.items() if name != "page_size"}
        either = {name.removeprefix("or__"): asked.pop(name) for name in list(asked) if name.startswith("or__")}
        value = self.controller.value
        found = [item for item in items if all(str(value(item, name)) == text for name, text in asked.items())]
        if either:
            found = [item for item in found if any(str(item.get(name)) == text for name, text in either.items())]
        return _page(found)


def _page(items: list[dict[str, Any]]) -> Response:
    return JSONResponse({"count": len(items), "next": None, "previous": None, "results": items})
