"""The acceptance run sees every switch of the emulator, or it can't be seen: both are proved for each position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.run import (
    LAST_STEPS,
    MOST_READS,
    MOST_WRITES,
    STEPS,
    plan,
)

from tests.acceptance import ADMIN, MEMBER, SEED, SEEN_BY, alternatives, exchanges, fresh, run
from tests.emulator import Emulator
from tests.emulator.behaviours import Behaviours, ScriptBehaviours
from tests.tools.acceptance import ROOT, table

OF_SCRIPTS = {switch.name for switch in fields(ScriptBehaviours)}
UNSEEN = {name for name, point in POINTS.items() if point.unseen}
SEEN = [pytest.param(name, value, id=f"{name}={value}") for name, value in alternatives() if name not in UNSEEN]


def hidden() -> list[Any]:
    """Positions that can't be seen, each with a caller. Those of scripts are set together."""
    found = []
    scripts: dict[int, dict[str, Any]] = {}
    for name, value in alternatives():
        if name in UNSEEN and name not in OF_SCRIPTS:
            found.append(pytest.param({name: value}, ADMIN, id=f"{name}={value}"))
        elif name in UNSEEN:
            number = sum(name in others for others in scripts.values())
            scripts.setdefault(number, {})[name] = value
    found += [pytest.param(others, ADMIN, id=f"scripts {number}") for number, others in scripts.items()]
    # What an administrator doesn't meet, somebody else might.
    member: dict[str, Any] = {"settings_status": 403, "no_access_status": 404, "admin_creates_in_spaces": False}
    member["assignments_read_by"] = "managers"
    return [*found, pytest.param(member, MEMBER, id="a caller without an administrator's role")]


HIDDEN = hidden()


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


def test_the_registry_knows_every_switch_and_no_other() -> None:
    switches = {switch.name: switch for switch in fields(Behaviours)}
    assert set(POINTS) == set(switches)
    for name, point in POINTS.items():
        assert point.expected == switches[name].default, name
        assert set(map(repr, point.positions)) == set(map(repr, switches[name].metadata["choices"])), name


def test_the_documented_table_of_switches_is_the_registrys() -> None:
    assert table() in (ROOT / "docs/what-tenants-answer.md").read_text(encoding="utf-8")


def test_every_point_that_can_be_seen_is_told_of_by_a_step() -> None:
    told = {name for step in (*STEPS, *LAST_STEPS) for name in step.tells}
    assert told == set(POINTS) - UNSEEN


def test_a_plan_names_only_what_was_asked_for() -> None:
    usual = plan({})
    for option in ("owner", "group", "reload"):
        asked = plan({option: "Analysts"})
        wanted = [step.asks for step in (*STEPS, *LAST_STEPS) if step.option == option]
        assert wanted
        assert [step for step in asked if step not in usual] == wanted
    assert plan({"cleanup": True, "reload": True}) == ["Remove what an earlier run left"]


def test_a_tenant_as_it_is_taken_for_works(world: Emulator, tmp_path: Path) -> None:
    tenant = fresh(world)
    result = run(tenant, tmp_path, reload=True)
    assert (result["verdict"], result["sentence"]) == ("works", "Works on this tenant.")
    # What the bot of an OAuth client may become isn't met by a person.
    unheld = {fact["name"]: fact["held"] for fact in result["facts"] if not fact["held"]}
    assert unheld == {"owner_unlisted": None, "owner_no_member": None}
    counts = result["counts"]
    assert counts["reads"] <= MOST_READS + 20
    assert counts["writes"] <= MOST_WRITES
    unseen = {point["name"] for point in result["points"] if not point["seen"]}
    assert unseen == UNSEEN | set(SEEN_BY)
    assert all(point["why"] for point in result["points"])


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "value"), SEEN)
def test_each_other_position_is_named(world: Emulator, tmp_path: Path, name: str, value: Any) -> None:
    tenant = fresh(world, **{name: value})
    result = run(tenant, tmp_path, SEEN_BY.get(name, ADMIN), reload=name in OF_SCRIPTS)
    differing = {point["name"]: point["position"] for point in result["points"] if point["differs"]}
    assert differing == {name: value}, result["sentence"]
    assert result["verdict"] == "works_with_differences"
    # The collection's own part among them.
    assert [fact for fact in result["facts"] if fact["held"] is False] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize(("positions", "caller"), HIDDEN)
def test_what_cant_be_seen_changes_no_byte_of_an_exchange(
    world: Emulator, tmp_path: Path, positions: dict[str, Any], caller: str, usual: dict[str, Any]
) -> None:
    if caller not in usual:
        usual[caller] = exchanges(fresh(world), tmp_path / "usual", caller, reload=True)
    found = exchanges(fresh(world, **positions), tmp_path / "other", caller, reload=True)
    assert len(found) > 150
    assert found == usual[caller]


def test_every_position_that_cant_be_seen_is_among_those_that_change_nothing() -> None:
    tried = {(name, repr(value)) for one in HIDDEN for name, value in one.values[0].items()}
    assert tried == {(name, repr(value)) for name, value in alternatives() if name in UNSEEN}


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """What is asked and answered where every switch stands as usual, by caller."""
    return {}
