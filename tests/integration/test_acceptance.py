"""The acceptance run as a user starts it: confirmed, on both paths, with its files, and nothing left of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, three_times

MODULE = "qlik_acceptance"
FILES = {"acceptance.html", "acceptance.json", "acceptance.junit.xml", "acceptance.txt", "profile.json"}


def test_a_tenant_is_tried(playbooks: Playbooks, acme: Tenant, both_paths: str, tmp_path: Path) -> None:
    acme.add_space("Sales")
    kept = acme.add_connection("Orders", "postgres", {"host": "db"}, space="Sales", secrets={"password": "p"})
    tasks = three_times("try", MODULE, {"directory": str(tmp_path / "found")})
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert "Make two spaces for this run, and try one of the same name" in run.result("try (check)")["plan"]
    for name in ("try", "try (again)"):
        result = run.result(name)
        assert (result["changed"], result["sentence"]) == (False, "Works on this tenant.")
    assert {path.name for path in (tmp_path / "found").iterdir()} == FILES
    assert [space.name for space in acme.spaces.values()] == ["Sales"]
    assert list(acme.connections) == [kept.id]
    assert list(acme.credentials) == [kept.credentials_id]


def test_the_playbook_asks_and_tells_of_each_tenant(playbooks: Playbooks, emulator: Emulator, tmp_path: Path) -> None:
    # The one that fails comes first, and keeps the other one from nothing.
    hosts = {}
    for name in ("initech", "globex"):
        tenant = emulator.add_tenant({"name": name})
        hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
    emulator.tenant("globex").set_behaviours(parse_values="typed")
    emulator.tenant("initech").users[next(iter(emulator.tenant("initech").users))].roles.clear()
    inventory = {"all": {"hosts": hosts}}
    folder = f"qlik_acceptance_dir={tmp_path}"
    named = ("-e", "qlik_hosts=initech,globex", "-e", folder)
    refused = playbooks.run("qlikops.cloud.acceptance", *named, "-e", "qlik_confirm=yes", inventory=inventory)
    assert refused.returncode != 0
    assert "To confirm it, add" in refused.output
    assert not emulator.tenant("globex").log
    confirmed = ("-e", '{"qlik_confirm": "acceptance initech, globex"}')
    run = playbooks.run("qlikops.cloud.acceptance", *named, *confirmed, inventory=inventory)
    assert run.returncode != 0
    assert "Works, with these differences: parse_values is typed." in run.output
    assert "What differs at parse_values: Values in connectionProperties of parseConnection" in run.output
    assert "Right that is lacking: creating shared spaces, needed for this run" in run.output
    # Who rolls out for the first time isn't met by the whole result in one line.
    assert '"facts": [' not in run.output
    assert json.loads((tmp_path / "globex/profile.json").read_text())["behaviours"]["parse_values"] == "typed"
    assert "Do not roll out" in (tmp_path / "initech/acceptance.txt").read_text()
