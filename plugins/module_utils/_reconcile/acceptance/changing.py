# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that change connections of the run by PATCH, and changes that are refused."""

from __future__ import annotations

import secrets
import typing as t
from urllib.parse import quote

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import (
    HOST,
    OTHER_HOST,
    Made,
    StepError,
    World,
)

_PROPERTIES = "/connectionProperties"
_ACCEPTED: t.Mapping[int, str] = {204: "accept", 400: "reject"}


def _refused(world: World, fact: str, reply: Reply) -> None:
    """Note whether a documented refusal came."""
    world.findings.fact(fact, reply.status == 400, reply.words)


@step("Rename, tag, move and change a connection", "unknown_space_status")
def plain_changes(world: World) -> None:
    made = world.one("web")
    reply = world.set(made, "/qName", world.name("renamed"))
    world.findings.fact("patch_array", reply.status == 204, reply.words)
    shown = world.read(made)
    world.findings.fact("patch_name", shown["qName"] == world.name("renamed"), reply.words)
    world.set(made, "/qName", made.name)
    reply = world.patch(made, {"op": "add", "path": "/tags", "value": ["qlikops-acceptance"]})
    tags = list_at(world.read(made).body, "tags") or []
    world.findings.fact("patch_tags", "qlikops-acceptance" in tags, reply.words)
    reply = world.patch(made, {"op": "add", "path": "/tags", "value": [f"t{number}" for number in range(41)]})
    _refused(world, "tags_bounded", reply)
    reply = world.set(made, "/space", world.other_space)
    world.findings.fact("patch_space", world.read(made)["space"] == world.other_space, reply.words)
    world.set(made, "/space", world.space)
    reply = world.set(made, f"{_PROPERTIES}/timeout", "31")
    world.findings.fact("patch_property", str(world.parsed(made).get("timeout")) == "31", reply.words)
    reply = world.set(made, f"{_PROPERTIES}/queryHeaders", "this is no list")
    _refused(world, "patch_wrong_property", reply)
    reply = world.ask.send(
        "PATCH", f"data-connections/{made.id}", {"patchData": [{"op": "replace", "path": "/qName", "value": made.name}]}
    )
    _refused(world, "patch_data_refused", reply)
    reply = _move_nowhere(world, made)
    world.findings.either("unknown_space_status", {404: 404, 400: 400, 403: 403}, reply.status, reply.words)


def _move_nowhere(world: World, made: Made) -> Reply:
    """Move a connection into a space that doesn't exist: it was asked for just before."""
    nowhere = secrets.token_hex(12)
    if world.ask.get(f"spaces/{nowhere}").status != 404:
        raise StepError("no id was found that no space has")
    world.guard.nowhere = nowhere
    try:
        return world.set(made, "/space", nowhere)
    finally:
        world.guard.nowhere = ""


@step("PATCH with an empty array", "patch_empty")
def empty_patch(world: World) -> None:
    reply = world.patch(world.one("web"))
    world.findings.either("patch_empty", _ACCEPTED, reply.status, reply.words)


@step("PATCH with the members' names in capitals, as in older samples", "member_names")
def capital_members(world: World) -> None:
    operation = {"Op": "add", "Path": "/tags", "Value": ["qlikops-acceptance"]}
    reply = world.patch(world.one("web"), operation)
    world.findings.either("member_names", {204: "any_case", 400: "exact"}, reply.status, reply.words)


@step("Replace a property that isn't there yet", "patch_replace_missing")
def missing_property(world: World) -> None:
    made = world.one("database")
    if "db" in world.parsed(made):
        raise StepError("each property that was tried is there already")
    reply = world.set(made, f"{_PROPERTIES}/db", "orders")
    world.findings.either("patch_replace_missing", _ACCEPTED, reply.status, reply.words)


@step("PATCH by name", "patch_name_scope")
def patch_by_name(world: World) -> None:
    made = world.one("web")
    path = f"data-connections/{quote(made.name, safe='')}"
    body = [{"op": "add", "path": "/tags", "value": ["qlikops-acceptance"]}]
    reply = world.ask.send("PATCH", path, body, {"type": "connectionname"})
    answers = {204: "anywhere", 404: "personal"}
    world.findings.either("patch_name_scope", answers, reply.status, reply.words)


@step("Set values that an enumeration doesn't have", "enum_check")
def enumerations(world: World) -> None:
    made = world.one("database")
    name, choice = _enumeration(world)
    in_capitals = world.set(made, f"{_PROPERTIES}/{name}", choice.swapcase())
    foreign = world.set(made, f"{_PROPERTIES}/{name}", "qlikops-no-such-value")
    answers = {(204, 204): "none", (400, 204): "case", (400, 400): "strict"}
    why = f"{name}: other letters {in_capitals.words}, a foreign value {foreign.words}"
    world.findings.either("enum_check", answers, (in_capitals.status, foreign.status), why)
    world.set(made, f"{_PROPERTIES}/{name}", choice)


def _enumeration(world: World) -> tuple[str, str]:
    for name, spec in sorted(world.source("postgres").items()):
        choices = [one for one in list_at(spec, "enum") or [] if isinstance(one, str) and one.swapcase() != one]
        if choices:
            return name, choices[0]
    raise StepError("the source has no enumeration")


@step("Change the host with credentials, without, and where there are none", "host_change_without_secrets")
def hosts(world: World) -> None:
    database, web = world.one("database"), world.one("web")
    _refused(world, "rule_host", world.set(database, f"{_PROPERTIES}/host", OTHER_HOST))
    reply = world.patch(
        database,
        {"op": "replace", "path": f"{_PROPERTIES}/host", "value": OTHER_HOST},
        {"op": "replace", "path": f"{_PROPERTIES}/password", "value": world.secret},
    )
    world.findings.fact("host_with_secrets", reply.status == 204, reply.words)
    reply = world.set(web, f"{_PROPERTIES}/url", f"https://{OTHER_HOST}/")
    answers = {204: "accept", 400: "reject"}
    world.findings.either("host_change_without_secrets", answers, reply.status, reply.words)


@step("Change the host of a connection with separate credentials", "host_change_separate")
def separate_host(world: World) -> None:
    made = world.one("separate")
    identifier, _name = world.credentials_of(made)
    reply = world.set(made, f"{_PROPERTIES}/host", OTHER_HOST)
    world.findings.either("host_change_separate", _ACCEPTED, reply.status, reply.words)
    if reply.status != 204:
        return
    shown = world.findings.seen.get("credentials_id_shown")
    if shown is not None and shown.position == "never":
        return
    world.findings.fact("host_dissociates", not world.read(made)["qCredentialsID"], "read after the change")
    if not identifier:
        return
    reply = world.set(made, "/qCredentialsID", identifier)
    is_back = reply.status == 204 and world.read(made)["qCredentialsID"] == identifier
    world.findings.fact("separate_attach", is_back, reply.words)


@step("Break the rules about statements and credentials")
def statement_rules(world: World) -> None:
    made = world.one("database")
    statement = str(world.read(made)["qConnectStatement"])
    other = statement.replace(OTHER_HOST, HOST)
    if other == statement:
        other = statement.replace(HOST, OTHER_HOST)
    _refused(world, "rule_statement", world.set(made, "/qConnectStatement", other))
    reply = world.patch(
        made,
        {"op": "replace", "path": "/qConnectStatement", "value": other},
        {"op": "replace", "path": f"{_PROPERTIES}/port", "value": "5433"},
    )
    _refused(world, "rule_both", reply)
    reply = world.patch(
        made,
        {"op": "replace", "path": "/qPassword", "value": world.secret},
        {"op": "replace", "path": f"{_PROPERTIES}/password", "value": world.secret},
    )
    _refused(world, "rule_channels", reply)


@step("Duplicate a connection, move and delete several at once", "duplicate_credentials")
def several(world: World) -> None:
    made = world.one("database")
    name = world.name("duplicate")
    body = {"id": made.id, "name": name, "spaceId": world.space}
    reply = world.ask.send("POST", "data-connections/actions/duplicate", body)
    world.findings.fact("duplicate", reply.ok, reply.words)
    if not reply.ok:
        raise StepError(f"the duplicate was refused: {reply.words}")
    world.made["duplicate"] = Made(str(reply["qID"]), name, reply)
    if world.findings.profile.get("parse_credentials") == "none":
        world.findings.cannot_tell("duplicate_credentials", "parseConnection shows no user name")
    else:
        held = world.parsed(world.one("duplicate")).get("username")
        how = "copy" if held else "drop"
        world.findings.position("duplicate_credentials", how, f"the duplicate has {'a' if held else 'no'} user name")
    _batches(world)


def _batches(world: World) -> None:
    made = world.one("duplicate")
    item: dict[str, t.Any] = {"id": made.id, "spaceId": world.other_space, "spaceType": "shared"}
    reply = world.ask.send("POST", "data-connections/actions/update", {"connections": [item]})
    if reply.status == 403:
        world.findings.lacks("an administrator's role", "moving, handing over and deleting many connections at once")
        return
    is_done = reply.status == 207 and member(reply.rows[0] if reply.rows else None, "status") == 204
    world.findings.fact("batch_update", is_done, reply.words)
    reply = world.ask.send("POST", "data-connections/actions/delete", {"connections": [{"id": made.id}]})
    is_done = reply.status == 207 and member(reply.rows[0] if reply.rows else None, "status") == 204
    world.findings.fact("batch_delete", is_done, reply.words)
    if is_done:
        del world.made["duplicate"]
