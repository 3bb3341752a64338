"""What must hold of the days until which secrets are good, whatever is declared and whatever is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ansible_collections.qlikops.cloud.plugins.module_utils._model.expiry import day_after, held_expiry, number_of_days
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_EXPIRES
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import plan_digest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.expiring import expiry_after
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.writes import connection_writes
from hypothesis import example, given, settings

from tests.property.worlds import TENANT, TODAY, World, plan, world_of, worlds
from tests.thoroughness import examples

many = settings(max_examples=examples(400))


def on_the_next_day(world: World) -> World:
    """The same tenant and definitions, after midnight."""
    targets = tuple(target._replace(today=TODAY + timedelta(days=1)) for target in world.targets)
    return replace(world, targets=targets)


def carried_out(world: World) -> list[Action]:
    return [action for action in plan(world) if action.writes and not action.problems]


def tags_sent(action: Action) -> list[list[str]]:
    """The tags that each of an action's requests writes to its own connection."""
    found = []
    for write in connection_writes(replace(action, disclaims=()), TENANT):
        operations = write.body if isinstance(write.body, list) else []
        found += [one["value"] for one in operations if one["path"] == "/tags"]
        if write.what == "create":
            found.append(write.body["tags"])
    return found


@many
@given(worlds())
def test_a_plan_of_yesterday_is_the_plan_of_today(world: World) -> None:
    yesterday, today = plan(world), plan(on_the_next_day(world))
    assert plan_digest("acme", [], yesterday, TENANT) == plan_digest("acme", [], today, TENANT)
    assert [action.changes for action in yesterday] == [action.changes for action in today]


@many
# A replacement whose secrets are sent to credentials that are there.
@example(world_of([7391, 11344, 32858955]))
@given(worlds())
def test_the_last_tags_tell_the_day_and_no_other(world: World) -> None:
    for action in carried_out(world):
        sent = tags_sent(action)
        for tags in sent:
            assert sum(tag.startswith(TAG_EXPIRES) for tag in tags) <= 1
        if sent and action.kind != "delete":
            assert held_expiry(sent[-1]) == expiry_after(action)


@many
@given(worlds())
def test_no_request_but_one_for_tags_names_the_day(world: World) -> None:
    for action in carried_out(world):
        for write in connection_writes(action, TENANT):
            operations = write.body if isinstance(write.body, list) else []
            others = [one for one in operations if one["path"] != "/tags"]
            if isinstance(write.body, dict):
                others.append({name: value for name, value in write.body.items() if name != "tags"})
            assert "expires" not in str(others)


@many
@given(worlds())
def test_a_day_is_counted_when_secrets_are_sent_and_never_else(world: World) -> None:
    for action in carried_out(world):
        definition, connection = action.target.definition, action.connection
        if definition.expires or action.kind == "delete" or action.gives_away or action.forgets:
            continue
        held = connection.expires if connection is not None else ""
        if action.sends and definition.expires_after:
            assert expiry_after(action) == day_after(TODAY, number_of_days(definition.expires_after))
        elif action.sends:
            assert expiry_after(action) == ""
        elif not action.builds:
            assert expiry_after(action) == held
