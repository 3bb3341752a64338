# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps about credentials of connections of the run, about deletion, and about an owner."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import list_at, member
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import Made, StepError, World

_ACCEPTED = {204: "accept", 400: "reject"}


@step(
    "Read separate credentials by name, in other letters",
    "credential_separated_shown",
    "credential_count_shown",
    "credential_names_case_sensitive",
)
def read_credentials(world: World) -> None:
    world.one("separate")
    name = world.name("separate credentials")
    reply = world.credentials_by_name(name)
    world.findings.fact("credentials_by_name", reply["qName"] == name, reply.words)
    if not reply.ok:
        raise StepError(f"credentials could not be read by name: {reply.words}")
    world.guard.may_be_ours(reply["qID"])
    world.credentials["separate"] = str(reply["qID"])
    world.findings.position("credential_separated_shown", reply["qSeparated"] is not None, "an answer about one")
    world.findings.position("credential_count_shown", reply["qConnCount"] is not None, "an answer about one")
    reply = world.credentials_by_name(name.upper())
    answers = {200: False, 404: True}
    world.findings.either("credential_names_case_sensitive", answers, reply.status, f"in capitals: {reply.words}")


@step("Change separate credentials", "credential_patch_add", "credential_password_alone")
def change_credentials(world: World) -> None:
    identifier = world.credentials.get("separate", "")
    if not identifier:
        raise StepError("there are no credentials to change")
    path = f"data-credentials/{identifier}"
    reply = world.ask.send("PATCH", path, [{"op": "add", "path": "/qUsername", "value": "qlikops"}])
    world.findings.either("credential_patch_add", _ACCEPTED, reply.status, reply.words)
    reply = world.ask.send("PATCH", path, [{"op": "replace", "path": "/qPassword", "value": world.secret}])
    world.findings.either("credential_password_alone", _ACCEPTED, reply.status, reply.words)


@step("Use a name of credentials twice", "credential_names_unique")
def credential_names(world: World) -> None:
    reply = world.separate("twice", world.name("separate credentials"))
    if reply.status == 201:
        world.findings.position("credential_names_unique", "no", reply.words)
        return
    if reply.status != 409:
        raise StepError(f"a name of credentials that is taken was answered with {reply.words}")
    _identifier, name = world.credentials_of(world.one("database"))
    if world.ledger.marker not in name:
        raise StepError("the name of embedded credentials isn't shown, or not one of the run's")
    reply = world.separate("embedded twice", name)
    answers = {201: "separate", 409: "owner"}
    world.findings.either("credential_names_unique", answers, reply.status, reply.words)


@step("Delete connections, and look for their credentials", "embedded_credentials_on_delete")
def deletions(world: World) -> None:
    made = world.database("to delete")
    identifier, name = world.credentials_of(made)
    reply = world.delete(made)
    after = world.read(made)
    world.findings.fact("delete", reply.ok and after.status == 404, f"{reply.words}, then {after.words}")
    if identifier or name:
        found = world.ask.get(f"data-credentials/{identifier}") if identifier else world.credentials_by_name(name)
        answers = {200: "keep", 404: "delete"}
        world.findings.either("embedded_credentials_on_delete", answers, found.status, found.words)
    again = world.database("to delete")
    world.findings.fact("name_free_again", again.answer.ok, again.answer.words)
    _separate_stay(world)


def _separate_stay(world: World) -> None:
    """Delete a connection with separate credentials, find them among those that belong to none, and delete them."""
    reply = world.separate("to orphan", world.name("orphan credentials"))
    if not reply.ok:
        return
    identifier, _name = world.credentials_of(world.one("to orphan"))
    world.delete(world.one("to orphan"))
    orphans = world.ask.query("data-credentials/actions/filter-orphan", {"qSeparated": 1})
    names = [member(row, "qName") for row in list_at(orphans.body, "data") or []]
    world.findings.fact("separate_stay", world.name("orphan credentials") in names, orphans.words)
    if identifier:
        reply = world.ask.send("DELETE", f"data-credentials/{identifier}")
        world.findings.fact("credentials_delete", reply.status == 204, reply.words)


@step("Try to delete a space that isn't empty, and make one that is")
def full_space(world: World) -> None:
    made = world.plain("in the way")
    moved = world.set(made, "/space", world.other_space)
    if moved.status != 204:
        raise StepError(f"nothing could be put into the second space: {moved.words}")
    reply = world.ask.send("DELETE", f"spaces/{world.other_space}")
    world.findings.fact("space_not_empty", reply.status == 412, reply.words)
    world.delete(made)
    if reply.status == 412:
        reply = world.ask.send("DELETE", f"spaces/{world.other_space}")
        world.findings.fact("space_delete", reply.status == 204, reply.words)


@step(
    "Give a connection to the owner that was named, and delete it",
    "owner_change_credentials",
    "admin_patch_status",
    option="owner",
)
def owner(world: World) -> None:
    if not world.owner or world.owner == world.caller.id:
        raise StepError("qlik_acceptance_owner names nobody else, and ownership is given to nobody who wasn't named")
    deleted = world.findings.facts.get("batch_delete")
    if deleted is None or not deleted.held:
        raise StepError("it isn't proved that the caller could delete what it gave away, so nothing was given away")
    made = world.database("given away")
    identifier, name = world.credentials_of(made)
    item = {"id": made.id, "ownerId": world.owner}
    reply = world.ask.send("POST", "data-connections/actions/update", {"connections": [item]})
    if member(reply.rows[0] if reply.rows else None, "status") != 204:
        raise StepError(f"the owner could not be changed: {reply.words}")
    if identifier or name:
        found = world.ask.get(f"data-credentials/{identifier}") if identifier else world.credentials_by_name(name)
        answers = {200: "keep", 404: "drop"}
        world.findings.either("owner_change_credentials", answers, found.status, found.words)
    _patch_what_was_given(world, made)
    world.ask.send("POST", "data-connections/actions/delete", {"connections": [{"id": made.id}]})


def _patch_what_was_given(world: World, made: Made) -> None:
    """Try to change a connection of somebody else, as an administrator."""
    if "update" in (list_at(world.read(made).body, "privileges") or []):
        world.findings.cannot_tell("admin_patch_status", "the caller still has the privilege update")
        return
    reply = world.patch(made, {"op": "add", "path": "/tags", "value": ["qlikops-acceptance"]})
    world.findings.either("admin_patch_status", {403: 403, 404: 404}, reply.status, reply.words)
