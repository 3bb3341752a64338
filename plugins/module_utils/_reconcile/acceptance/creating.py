# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that create: spaces, connections in each form, and creations that are refused."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    ATTACHED_PROPERTY,
    BUCKET_SAMPLE,
    BUCKET_SECRET,
    CODE_PROPERTY,
    NEW_CREDENTIALS_PROPERTY,
    OAUTH_SAMPLE,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.asking import Reply
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import (
    HOST,
    Made,
    StepError,
    World,
)

_ONLY_IN_GUIDE = ("tags", "datasourceID", "qri", "tenant", "version")
UNKNOWN_PROPERTY = "qlikopsUnknown"
UNKNOWN_SOURCE = "qlikops_no_such_source"
_SPACE_BODY = {"type": "shared", "description": "Made by a test of this tenant, which removes it again."}


@step("Make two spaces for this run, and try one of the same name")
def spaces(world: World) -> None:
    for label in ("one", "two"):
        reply = _make_space(world, label)
        if not reply.ok:
            world.findings.lacks("creating shared spaces", "this run, and spaces that are declared")
            world.findings.obstacle = f"no space could be made to try anything in ({reply.words})"
            raise StepError(world.findings.obstacle)
        if not world.guard.is_own("spaces", reply["id"]):
            raise StepError("the tenant answered with a space that isn't the one that was to be made")
        world.space_ids.append(str(reply["id"]))
    listed = world.ask.get("spaces", {"name": world.ledger.marker})
    found = {member(row, "id") for row in listed.rows}
    world.findings.fact("space_create", found == set(world.space_ids), listed.words)
    reply = _make_space(world, "one")
    world.findings.fact("space_name_taken", reply.status == 409, reply.words)


def _make_space(world: World, label: str) -> Reply:
    name = world.space_name(label)
    world.ledger.promise_space(name)
    return world.ask.send("POST", "spaces", {"name": name, **_SPACE_BODY})


@step("Create a database from properties", "create_answer", "username_in_statement", "parse_values")
def database(world: World) -> None:
    made = world.database("database")
    world.findings.fact("create_properties", True, made.answer.words)
    shown = [name for name in _ONLY_IN_GUIDE if member(made.answer.body, name) is not None]
    kind = "guide" if shown else "types"
    world.findings.position("create_answer", kind, f"the answer holds {', '.join(shown) or 'none of them'}")
    reply = world.read(made)
    tags = list_at(reply.body, "tags") or []
    world.findings.fact("connector_tag", any(str(tag).startswith("DcaasAPI:") for tag in tags), reply.words)
    statement = str(reply["qConnectStatement"]).lower()
    world.findings.position("username_in_statement", "username=" in statement, "the statement of a database")
    _read_values(world, made)


def _read_values(world: World, made: Made) -> None:
    values = [value for value in world.parsed(made).values() if not isinstance(value, (list, dict))]
    is_typed = any(not isinstance(value, str) for value in values if value is not None)
    world.findings.position("parse_values", "typed" if is_typed else "text", f"{len(values)} values of a database")


@step("Create a database with separate credentials", "parse_credentials")
def separate(world: World) -> None:
    reply = world.separate("separate", world.name("separate credentials"))
    world.findings.fact("separate_create", reply.ok, reply.words)
    embedded, own = world.parsed(world.one("database")), world.parsed(world.one("separate"))
    kind = "none"
    if ATTACHED_PROPERTY in own or NEW_CREDENTIALS_PROPERTY in own:
        kind = "full"
    elif "username" in embedded:
        kind = "username"
    shown = sorted({"username", ATTACHED_PROPERTY, NEW_CREDENTIALS_PROPERTY} & set(own))
    why = f"it shows {', '.join(shown) or 'none of them'}"
    if world.findings.profile.get("username_in_statement"):
        why += "; the user name is in the statement, and would be shown in any case"
    world.findings.position("parse_credentials", kind, why)


@step("Create a REST connection, one of Amazon S3, and one from a ready statement")
def other_forms(world: World) -> None:
    world.plain("web")
    if "File_AmazonS3ConnectorV2" in world.sources:
        world.create("files", "File_AmazonS3ConnectorV2", {**BUCKET_SAMPLE, BUCKET_SECRET: world.secret})
    shown = world.read(world.one("web"))
    body = {
        "datasourceID": "rest",
        "qName": world.name("statement"),
        "space": world.space,
        "qType": shown["qType"],
        "qConnectStatement": shown["qConnectStatement"],
    }
    reply = world.try_create(body)
    world.findings.fact("create_statement", reply.ok, reply.words)


@step("Create with a property that the source doesn't have", "unknown_properties")
def unknown_property(world: World) -> None:
    world.source("rest")
    given = {"url": f"https://{HOST}/", UNKNOWN_PROPERTY: "1"}
    reply = world.try_create(world.body("unknown property", "rest", given))
    if not reply.ok:
        world.findings.either("unknown_properties", {400: "reject"}, reply.status, reply.words)
        return
    kind = "keep" if UNKNOWN_PROPERTY in world.parsed(world.one("unknown property")) else "drop"
    world.findings.position("unknown_properties", kind, "it was created")


@step("Create under a name that is taken, and in other letters", "names_case_sensitive")
def taken_names(world: World) -> None:
    made = world.one("web")
    body = world.body("web", "rest", {"url": f"https://{HOST}/"})
    reply = world.ask.send("POST", "data-connections", body)
    world.findings.fact("name_taken", reply.status == 409, reply.words)
    other = world.name("WEB")
    reply = world.try_create({**body, "qName": other})
    answers = {201: True, 409: False}
    detail = f"'{other}' beside '{made.name}': {reply.words}"
    world.findings.either("names_case_sensitive", answers, reply.status, detail)


@step("Create with a source that doesn't exist", "unknown_source_status")
def unknown_source(world: World) -> None:
    reply = world.try_create(world.body("unknown source", UNKNOWN_SOURCE, {"url": f"https://{HOST}/"}))
    world.findings.either("unknown_source_status", {404: 404, 400: 400}, reply.status, reply.words)


@step("Create with a disabled source", "disabled_source_status")
def disabled_source(world: World) -> None:
    if not world.disabled:
        raise StepError("no data source of the tenant is disabled")
    reply = world.try_create(world.body("disabled source", world.disabled[0], {"host": HOST}))
    answers = {403: 403, 400: 400, 404: 404}
    world.findings.either("disabled_source_status", answers, reply.status, reply.words)


@step("Create a connection that signs in by OAuth, with a code that is none", "create_auth_code")
def auth_code(world: World) -> None:
    source = world.source("gbq")
    bare: dict[str, t.Any] = dict(OAUTH_SAMPLE)
    reply = world.try_create(world.body("oauth address", "gbq", bare, authUrlOnly=True))
    is_address = reply.ok and bool(reply["authUrl"]) and not reply["qID"]
    world.findings.fact("create_oauth_url", is_address, reply.words)
    without = world.try_create(world.body("oauth without code", "gbq", bare))
    code = {"qlik-auth-code": "code=qlikops-no-code"}
    in_header = world.try_create(world.body("oauth header", "gbq", bare), headers=code)
    in_property = world.try_create(world.body("oauth property", "gbq", {**bare, CODE_PROPERTY: "qlikops-no-code"}))
    looks_at_header = in_header.words != without.words
    has_property = CODE_PROPERTY in source
    looks_at_property = has_property and in_property.words != without.words
    kinds = {(True, True): "both", (True, False): "header", (False, True): "property"}
    kind = kinds.get((looks_at_header, looks_at_property))
    why = f"without: {without.words}; header: {in_header.words}; property: {in_property.words}"
    if kind is None:
        world.findings.cannot_tell("create_auth_code", f"all answers are alike: {without.words}")
    else:
        world.findings.position("create_auth_code", kind, why)
