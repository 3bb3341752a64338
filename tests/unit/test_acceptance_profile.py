"""What a run takes with it: a profile by which another emulator answers alike, and a record that tells no secrets."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS

from tests.acceptance import ADMIN, NUMBERS, SEED, exchanges, fresh, run
from tests.emulator import Emulator
from tests.emulator.__main__ import main
from tests.emulator.behaviours import Behaviours
from tests.emulator.profile import ProfileError, read_profile

CANARIES = (
    "Canary",
    "key-acme",
    "127.0.0.1",
    "root@example.com",
    "ana@example.com",
    "max@example.com",
    "Root",
    "Sales",
)
CHANCE = 0.35


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    with Emulator(SEED) as emulator:
        yield emulator


def drawn(seed: int) -> dict[str, Any]:
    """Positions of some switches, drawn at random."""
    draw = random.Random(seed)
    found: dict[str, Any] = {}
    for switch in fields(Behaviours):
        choices = switch.metadata["choices"] or NUMBERS[switch.name]
        if draw.random() < CHANCE:
            found[switch.name] = draw.choice(choices)
    return found


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10))
def test_a_profile_makes_another_emulator_answer_alike(world: Emulator, tmp_path: Path, seed: int) -> None:
    positions = drawn(seed)
    answered = exchanges(fresh(world, **positions), tmp_path / "one", reload=True)
    profile = read_profile(tmp_path / "one/profile.json")["behaviours"]
    others = {name for name in positions.keys() & profile.keys() if profile[name] != positions[name]}
    # A user name that the statement shows is shown whatever becomes of credentials.
    assert others <= ({"parse_credentials"} if profile["username_in_statement"] else set())
    assert exchanges(fresh(world, **profile), tmp_path / "two", reload=True) == answered
    assert read_profile(tmp_path / "two/profile.json")["behaviours"] == profile


def test_an_emulator_takes_positions_and_errors_from_a_profile(world: Emulator, tmp_path: Path) -> None:
    run(fresh(world, parse_values="typed", unknown_space_status=403), tmp_path, record=True)
    path = tmp_path / "profile.json"
    profile = read_profile(path)
    exact = {"code": "OTHER-2", "title": "No", "detail": "Not to be had", "status": 404, "meta": {"hint": "<text-4>"}}
    profile["errors"]["GET data-connections 404"] = [exact, {"code": "MORE-1"}]
    profile["errors"]["PATCH data-connections 403"] = [{"code": "OTHER-1", "title": "Not there", "detail": "<text-1>"}]
    path.write_text(json.dumps(profile))
    with Emulator(SEED, like=path) as other:
        tenant = other.tenant("acme")
        assert tenant.behaviours.parse_values == "typed"
        other.reset()
        assert tenant.behaviours.unknown_space_status == 403
        result = run(tenant, tmp_path / "other", ADMIN, record=True)
    record = json.loads((tmp_path / "other/record.json").read_text())["exchanges"]
    missing = [row for row in record if row["path"].startswith("data-connections/") and row["status"] == 404]
    errors = next(row["answer"]["errors"] for row in missing if row["method"] == "GET")
    assert [sorted(error) for error in errors] == [["code", "detail", "meta", "status", "title"], ["code"]]
    assert (errors[0]["code"], errors[0]["status"], errors[1]["code"]) == ("OTHER-2", 404, "MORE-1")
    why = {point["name"]: point["why"] for point in result["points"]}
    assert why["unknown_space_status"].startswith("403 OTHER-1 Not there space ")


def test_what_is_no_profile_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "profile.json"
    shapes: list[dict[str, Any]] = [{"behaviours": []}, {"behaviours": 5}]
    wrong: list[Any] = [5, {"x": []}, {"x": ["a"]}]
    shapes += [{"errors": errors} for errors in wrong]
    misshapen = [json.dumps({"format": 1, **shape}) for shape in shapes]
    for content in ("", "[]", '{"format": 9}', '{"format": true}', "[" * 100_000, *misshapen):
        path.write_text(content)
        with pytest.raises(ProfileError):
            read_profile(path)
    path.write_text('{"format": 1, "behaviours": {"no_such_switch": 1}}')
    assert main(["--like", str(path)]) == 1
    assert "no_such_switch" in capsys.readouterr().err


def test_a_record_tells_neither_secrets_nor_whose_tenant_it_was(world: Emulator, tmp_path: Path) -> None:
    run(fresh(world), tmp_path, record=True)
    for path in tmp_path.iterdir():
        text = path.read_text()
        if path.name in ("record.json", "profile.json"):
            assert [canary for canary in CANARIES if canary.lower() in text.lower()] == []
        assert "Canary" not in text
        assert path.stat().st_mode & 0o77 == 0
    record = json.loads((tmp_path / "record.json").read_text())
    assert len(record["exchanges"]) > 150
    one = next(row for row in record["exchanges"] if row["method"] == "POST" and row["path"] == "data-connections")
    assert one["body"]["qName"] == "<run> database"
    assert one["body"]["connectionProperties"]["password"].startswith("<text-")
    assert one["answer"]["qID"] in {row["path"].partition("/")[2] for row in record["exchanges"]}


def test_every_position_of_the_registry_can_be_given_to_an_emulator() -> None:
    for point in POINTS.values():
        for position in point.positions or (point.expected_number,):
            Behaviours().update({point.name: position})
