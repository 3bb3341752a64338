# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that only read: who calls, what the tenant offers, how lists and refusals look."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.pages import items_of
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import StepError, World

NO_UUID = "this-is-no-id"
UNKNOWN_ID = "00000000-0000-4000-8000-0a11ce5ca1e5"
UNKNOWN_USER = "0a11ce5ca1e50a11ce5ca1e5"
GATEWAY_SOURCE = "DG_"
MANY = 1000
# More than a list without limit gives, where it gives less than all.
ROWS_IN_SPACE = 23


@step("Ask who calls, without following the redirect", "redirect_location")
def redirect(world: World) -> None:
    reply = world.ask.get_unfollowed("users/me")
    location = reply.headers.get("location")
    if location is None:
        world.findings.cannot_tell("redirect_location", f"users/me doesn't redirect: {reply.words}")
        return
    kind = "absolute" if "://" in location else "relative"
    world.findings.position("redirect_location", kind, f"users/me was answered with {reply.status}")


@step("Ask with a token that is none", "edge_401")
def wrong_token(world: World) -> None:
    reply = world.ask.get_without_right("users/me")
    kind = "html"
    if not reply.raw.strip():
        kind = "empty"
    elif reply.is_json:
        kind = "json"
    if reply.status == 401:
        world.findings.position("edge_401", kind, f"{len(reply.raw)} bytes came with the status 401")
    else:
        world.findings.cannot_tell("edge_401", f"a wrong token was answered with {reply.words}")


@step("Read the data sources and the switch of one")
def sources(world: World) -> None:
    reply = world.ask.get("data-sources", {"includeDisabled": "true"})
    if reply.status == 400:
        reply = world.ask.get("data-sources")
    for item in list_at(reply.body, "dataSources") or []:
        name = str(member(item, "dataSourceId"))
        if member(item, "disabled"):
            world.disabled.append(name)
        else:
            world.sources[name] = item
    if not world.sources:
        raise StepError(f"the tenant offers no data source: {reply.words}")
    settings = world.ask.get(f"data-sources/{sorted(world.sources)[0]}/settings")
    world.findings.fact("source_settings", isinstance(settings["disabled"], bool), settings.words)


@step("Ask for the gateways of a source", "gateway_scope_status")
def gateways(world: World) -> None:
    name = next((one for one in sorted(world.sources) if one.startswith(GATEWAY_SOURCE)), "")
    if not name:
        raise StepError("the tenant offers no data source that works through a gateway")
    reply = world.ask.get(f"data-sources/{name}/gateways")
    if reply.ok or reply.status == 404:
        return
    world.findings.lacks("direct-access-gateways:consume_data", "connections through a Direct Access gateway")
    world.findings.either("gateway_scope_status", {401: 401, 403: 403}, reply.status, reply.words)


@step("List with a query parameter that nobody documented", "unknown_query")
def unknown_query(world: World) -> None:
    reply = world.listed(limit=1, qlikopsUnknown="1")
    world.findings.either("unknown_query", {200: "ignore", 400: "reject"}, reply.status, reply.words)


@step("List the connections of another user", "foreign_user_status")
def foreign_user(world: World) -> None:
    if world.caller.is_admin:
        raise StepError("the caller is an administrator, who may list what others own")
    reply = world.ask.get("data-connections", {"userId": UNKNOWN_USER, "limit": 1})
    world.findings.either("foreign_user_status", {400: 400, 403: 403}, reply.status, reply.words)


@step("Ask for limits outside their range", "limit_out_of_range", "spaces_max_limit")
def limits(world: World) -> None:
    reply = world.listed(limit=MANY)
    world.findings.either("limit_out_of_range", {200: "clamp", 400: "reject"}, reply.status, reply.words)
    most = _most_spaces(world)
    if most is None:
        world.findings.cannot_tell("spaces_max_limit", "every limit is accepted, and there are too few spaces to see")
    else:
        world.findings.position("spaces_max_limit", most, f"limit={MANY} and smaller ones were tried")


def _most_spaces(world: World) -> int | None:
    """The largest limit that the list of spaces takes; 0 when it takes all that was tried, None when that says
    nothing.
    """
    reply = _spaces(world, MANY)
    if reply.ok:
        seen = world.findings.seen.get("limit_out_of_range")
        if member(reply.body, "links", "next", "href") and len(reply.rows) < MANY:
            return len(reply.rows)
        return None if seen is None or seen.position == "clamp" else 0
    return most_accepted(lambda limit: _spaces(world, limit))


def most_accepted(ask: t.Callable[[int], Reply]) -> int:
    """The largest limit of a list that isn't refused; MANY when none is. Raises StepError when each is refused."""
    if ask(MANY).ok:
        return MANY
    accepted, refused = 0, MANY
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if ask(middle).ok:
            accepted = middle
        else:
            refused = middle
    if not accepted:
        raise StepError(f"each limit was refused, the smallest with {ask(1).words}")
    return accepted


def _spaces(world: World, limit: int) -> Reply:
    return world.ask.get("spaces", {"limit": limit, "name": world.ledger.marker})


@step("Read which kinds of events there are", "audit_events")
def events(world: World) -> None:
    reply = world.ask.get("audits/types")
    if reply.status == 403:
        world.findings.lacks("an administrator's role", "saying who changed a connection")
        raise StepError("the caller may not read audit events")
    if not reply.ok:
        raise StepError(f"audit events could not be read: {reply.words}")
    kinds = [str(kind) for kind in reply.rows]
    about = [kind for kind in kinds if "connection" in kind.lower()]
    kind = "all" if about else "documented"
    world.findings.position("audit_events", kind, f"{len(about)} of {len(kinds)} kinds are about connections")


@step("Read what isn't there")
def unknown_ids(world: World) -> None:
    reply = world.ask.get(f"data-connections/{UNKNOWN_ID}")
    world.findings.fact("unknown_id", reply.status == 404, reply.words)
    reply = world.ask.get(f"data-connections/{NO_UUID}")
    world.findings.fact("no_uuid", reply.status == 400, reply.words)


@step("Read a connection by id and by name, in other letters and without its space", "name_lookup_without_space")
def lookup(world: World) -> None:
    made = world.one("database")
    reply = world.read(made)
    world.findings.fact("read_by_id", reply["qID"] == made.id and reply["qName"] == made.name, reply.words)
    reply = world.by_name(made.name, spaceId=world.space)
    world.findings.fact("read_by_name", reply["qID"] == made.id, reply.words)
    reply = world.by_name(made.name)
    answers = {200: "anywhere", 404: "personal"}
    world.findings.either("name_lookup_without_space", answers, reply.status, f"without spaceId: {reply.words}")


@step("List and filter the run's space", "filter_case_sensitive", "credentials_id_shown")
def lists(world: World) -> None:
    made = world.one("database")
    reply = world.listed(limit=100)
    held = {str(member(row, "qID")): row for row in reply.rows}
    world.findings.fact("list_space", {one.id for one in world.made.values()} <= set(held), reply.words)
    _credentials_shown(world, held)
    reply = world.listed(limit=100, filter=f'qName eq "{made.name}"')
    world.findings.fact("list_filter", [member(row, "qID") for row in reply.rows] == [made.id], reply.words)
    reply = world.listed(limit=100, filter=f'qName eq "{made.name.upper()}"')
    if reply.ok:
        world.findings.position("filter_case_sensitive", not reply.rows, f"{len(reply.rows)} rows for capital letters")


def _credentials_shown(world: World, held: dict[str, object]) -> None:
    made = world.one("database")
    in_list = bool(member(held.get(made.id), "qCredentialsID"))
    in_single = bool(world.read(made)["qCredentialsID"])
    kind = "never"
    if in_single:
        kind = "always" if in_list else "single"
    why = f"qCredentialsID {'is' if in_single else 'is not'} in a single answer"
    world.findings.position("credentials_id_shown", kind, why)


@step("Follow the pages of a list, and list without limit", "v1_default_limit", "namespaced_default_limit")
def pages(world: World) -> None:
    total = len(world.listed(limit=100).rows)
    for number in range(total, ROWS_IN_SPACE):
        world.plain(f"row {number}")
    expected = {str(member(row, "qID")) for row in world.listed(limit=100).rows}
    path, params = "data-connections", {"spaceId": world.space, "noDatafiles": "true", "limit": 7}
    found = [str(member(row, "qID")) for row in items_of(world.session.pages(path, params))]
    is_whole = set(found) == expected and len(found) == len(expected)
    world.findings.fact("list_pages", is_whole, f"{len(found)} rows in pages of 7, {len(expected)} in one")
    for point, form in (("v1_default_limit", "v1"), ("namespaced_default_limit", "connectivity")):
        reply = world.ask.get(path, {"spaceId": world.space, "noDatafiles": "true"}, form)
        if not reply.ok:
            world.findings.cannot_tell(point, reply.words)
            continue
        rows = len(reply.rows)
        is_all = rows >= len(expected)
        world.findings.position(point, 0 if is_all else rows, f"{rows} of {len(expected)} rows came without limit")


@step("List connections of disabled sources", "disabled_source_connections")
def of_disabled_sources(world: World) -> None:
    if not world.disabled:
        raise StepError("no data source of the tenant is disabled")
    for name in world.disabled:
        query = {"filter": f'datasourceID eq "{name}"', "limit": 1, "noDatafiles": "true"}
        if not world.ask.get("data-connections", {**query, "includeDisabled": "true"}).rows:
            continue
        shown = bool(world.ask.get("data-connections", query).rows)
        how = "show" if shown else "hide"
        world.findings.position("disabled_source_connections", how, "one list with includeDisabled, one without")
        return
    raise StepError("no connection of a disabled source is visible")
