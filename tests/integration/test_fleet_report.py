"""Reports of a fleet, made by a playbook from what came back from its tenants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks, Run

PASSWORD = "canary-password-of-all"
KEY = "canary-fingerprint-key-0123456789"
REPORT = "Report"
CONNECTIONS = [
    {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {
            "host": "{{ inventory_hostname }}.example.com",
            "port": 5432,
            "db": "orders",
            "username": "qlik",
        },
        "secrets": {"password": PASSWORD},
    },
    {
        "name": "Weather {{ '{{' }} 7 * 7 }}",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": "https://weather.example.com/?key=canary-key-in-a-url"},
    },
]


def fleet(emulator: Emulator) -> dict[str, Any]:
    """An inventory of four tenants: new, as declared, one with a wrong key, and one that the play leaves out."""
    hosts = {}
    for name in ("new", "same", "wrong-key", "left-out"):
        tenant = emulator.add_tenant({"name": name, "region": "eu"})
        hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key, "qlik_region": "eu"}
    hosts["wrong-key"]["qlik_access_token"] = "canary-wrong-key"
    hosts["new"].update(qlik_country="de", qlik_subscription="{{ no_such_variable }}", qlik_status="active")
    return {"qlik_tenants": {"hosts": hosts}}


def apply_task(**keywords: Any) -> dict[str, Any]:
    options = {
        "tenant_url": "{{ qlik_tenant_url }}",
        "access_token": "{{ qlik_access_token }}",
        "spaces": [{"name": "Sales"}],
        "connections": CONNECTIONS,
        "fingerprint_key": KEY,
    }
    return {
        "name": "Hold",
        "qlikops.cloud.qlik_data_connections": options,
        "register": "qlik_connections_result",
        **keywords,
    }


def plays(hosts: str, **report: Any) -> list[dict[str, Any]]:
    """The tenants, and then a report of the whole group."""
    task = {
        "name": REPORT,
        "qlikops.cloud.qlik_fleet_report": {
            "directory": "reports/of/today",
            "hosts": "{{ groups.qlik_tenants }}",
            **report,
        },
    }
    shared = {"gather_facts": False, "connection": "local"}
    return [
        {"name": "Tenants", "hosts": hosts, **shared, "tasks": [apply_task(ignore_errors=True)]},
        {"name": "Fleet", "hosts": "localhost", **shared, "tasks": [task]},
    ]


@pytest.fixture
def planned(playbooks: Playbooks, emulator: Emulator) -> Run:
    """A plan of the fleet, after which `same` is as declared."""
    inventory = fleet(emulator)
    made = playbooks.run([{**plays("same", kind="plan")[0]}], inventory=inventory)
    assert made.returncode == 0, made.output
    run = playbooks.run(plays("new,same,wrong-key", kind="plan"), "--check", "--diff", "-vvv", inventory=inventory)
    assert run.returncode == 0, run.output
    return run


def read(playbooks: Playbooks, name: str) -> str:
    return (playbooks.folder / "reports/of/today" / name).read_text(encoding="utf-8")


def test_a_plan_of_a_fleet_is_written_in_check_mode(planned: Run, playbooks: Playbooks) -> None:
    result = planned.result(REPORT)
    assert result["changed"] is False
    folder = playbooks.folder / "reports/of/today"
    assert result["paths"] == {
        "json": f"{folder}/plan.json",
        "html": f"{folder}/plan.html",
        "junit": f"{folder}/plan.junit.xml",
    }
    assert {path.name for path in folder.iterdir()} == {"plan.json", "plan.html", "plan.junit.xml"}
    assert result["summary"]["tenants"] == {
        "total": 4,
        "changed": 1,
        "unchanged": 1,
        "failed": 1,
        "skipped": 0,
        "not_reached": 1,
    }
    report = json.loads(read(playbooks, "plan.json"))
    assert report["summary"] == result["summary"]
    assert report["summary"]["connections"]["created"] == 2
    assert (
        report["collection_version"]
        == json.loads((_collection() / "MANIFEST.json").read_text())["collection_info"]["version"]
    )
    new, wrong = report["tenants"]["new"], report["tenants"]["wrong-key"]
    assert (new["region"], new["country"], new["subscription"], new["status"]) == ("eu", "de", "", "active")
    assert [entry["action"] for entry in new["spaces"]] == ["create"]
    assert "401" in wrong["error"]
    orders, weather = new["connections"]
    assert weather["name"] == "Weather {{ 7 * 7 }}"
    assert orders["before"] == {}
    assert orders["after"]["properties"]["host"] == "new.example.com"
    assert orders["after"]["secrets"] == {"password": "********"}
    hold = {line["host"]: line["result"] for line in planned.results if line["task"] == "Hold"}
    assert report["digests"] == {host: hold[host]["plan_digest"] for host in ("new", "same")}
    suites = ElementTree.fromstring(read(playbooks, "plan.junit.xml"))  # noqa: S314 our own text
    assert [suite.get("name") for suite in suites] == ["left-out", "new", "same", "wrong-key"]


def _collection() -> Path:
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import model

    return Path(model.__file__).parents[3]


def test_no_secret_is_in_a_report(planned: Run, playbooks: Playbooks) -> None:
    for name in ("plan.json", "plan.html", "plan.junit.xml"):
        text = read(playbooks, name)
        assert "weather.example.com" in text or name.endswith("xml")
        assert "canary" not in text
        assert "qlikops.cloud:secrets" not in text
    assert "canary" not in json.dumps([planned.result(REPORT), planned.stdout])


@pytest.mark.usefixtures("planned")
def test_a_plan_made_again_differs_in_its_time_only(playbooks: Playbooks, emulator: Emulator) -> None:
    first = json.loads(read(playbooks, "plan.json"))
    inventory = {
        "qlik_tenants": {"hosts": {name: _host(emulator, name) for name in ("new", "same", "wrong-key", "left-out")}}
    }
    inventory["qlik_tenants"]["hosts"]["new"].update(qlik_country="de", qlik_status="active")
    inventory["qlik_tenants"]["hosts"]["wrong-key"]["qlik_access_token"] = "canary-wrong-key"
    run = playbooks.run(plays("new,same,wrong-key", kind="plan"), "--check", inventory=inventory)
    assert run.returncode == 0, run.output
    second = json.loads(read(playbooks, "plan.json"))
    for report in (first, second):
        del report["created"], report["summary"]["seconds"]
        for tenant in report["tenants"].values():
            # What Qlik answers to a wrong key ends with the number of that request.
            del tenant["requests"], tenant["error"]
    assert json.dumps(first, indent=1) == json.dumps(second, indent=1)


def _host(emulator: Emulator, name: str) -> dict[str, Any]:
    tenant = emulator.tenant(name)
    return {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key, "qlik_region": "eu"}


@pytest.mark.usefixtures("planned")
def test_what_was_approved_is_done_and_nothing_else(playbooks: Playbooks, emulator: Emulator) -> None:
    digest = (
        "{{ (lookup('ansible.builtin.file', 'reports/of/today/plan.json') |"
        " qlikops.cloud.plan_digests)[inventory_hostname] }}"
    )
    hold = apply_task()
    hold["qlikops.cloud.qlik_data_connections"]["approved_plan"] = digest
    play = [{"name": "Approved", "hosts": "new", "gather_facts": False, "connection": "local", "tasks": [hold]}]
    inventory = {"qlik_tenants": {"hosts": {"new": _host(emulator, "new")}}}
    run = playbooks.run(play, inventory=inventory)
    assert run.returncode == 0, run.output
    assert run.result("Hold")["summary"]["created"] == 2
    hold["qlikops.cloud.qlik_data_connections"]["connections"] = [{**CONNECTIONS[0], "tags": ["nobody approved this"]}]
    again = playbooks.run(play, inventory=inventory)
    assert "not the one that was approved" in again.output


def test_defaults_are_the_hosts_of_the_play_and_all_formats(playbooks: Playbooks, emulator: Emulator) -> None:
    inventory = fleet(emulator)
    report = {
        "name": REPORT,
        "qlikops.cloud.qlik_fleet_report": {"kind": "provision", "directory": "~out"},
        "run_once": True,
    }
    tasks = [apply_task(ignore_errors=True), report]
    run = playbooks.run(
        [{"name": "One play", "hosts": "new,same", "gather_facts": False, "connection": "local", "tasks": tasks}],
        inventory=inventory,
    )
    assert run.returncode == 0, run.output
    assert run.result(REPORT)["summary"]["tenants"]["total"] == 2
    assert sorted(path.name for path in (playbooks.folder / "~out").iterdir()) == [
        "provision.html",
        "provision.json",
        "provision.junit.xml",
    ]


RESULTS = (
    "{{ dict(groups.qlik_tenants | zip(groups.qlik_tenants | map('extract', hostvars)"
    " | map(attribute='qlik_connections_result', default={}))) }}"
)
WAVE = ["new", "same", "wrong-key"]


def said_by(kind: str, **options: Any) -> dict[str, Any]:
    given = {"kind": kind, "hosts": "{{ groups.qlik_tenants }}", **options}
    return {"name": f"Said of {options.get('rollout', {}).get('part', kind)}", "qlikops.cloud.qlik_fleet_report": given}


def test_a_report_says_to_the_letter_what_the_filters_say(playbooks: Playbooks, emulator: Emulator) -> None:
    said = {
        "audit": ("lines", "summarize_audit(reasons=false)"),
        "plan": ("lines", "summarize_wave(check_mode=true, planning=true, reasons=false, total=true)"),
    }
    tasks = [said_by(kind) | {"register": kind} for kind in ("audit", "plan")]
    of_waves = []
    for part in ("passed", "failed"):
        told = said_by("provision", rollout={"part": part}) | {"run_once": True, "register": part}
        of_waves.append({**told, "when": "'left-out' not in ansible_play_batch"})
        words = f"part='{part}', hosts=wave, waiting=['left-out'], check_mode=true, reasons=false, total=true"
        said[part] = ("msg", f"summarize_wave({words})")
    for name, (where, words) in said.items():
        of = "results" if where == "lines" else "results | dict2items | selectattr('key', 'in', wave) | items2dict"
        heard = f"{name}.{where}" if where == "lines" else f"hostvars['{WAVE[0]}'].{name}.{where}"
        same = f"{heard} == {of} | qlikops.cloud.{words}"
        tasks.append({"name": f"Same {name}", "ansible.builtin.assert": {"that": [same, f"{heard} | length > 0"]}})
    shared = {"gather_facts": False, "connection": "local", "check_mode": True}
    fleet_play = {"name": "Fleet", "hosts": "localhost", **shared, "vars": {"results": RESULTS, "wave": WAVE}}
    waves_play = {"name": "Waves", "hosts": ",".join([*WAVE, "left-out"]), "serial": [len(WAVE), 1], **shared}
    run = playbooks.run(
        [
            {"name": "Tenants", "hosts": ",".join(WAVE), **shared, "tasks": [apply_task(ignore_errors=True)]},
            {**waves_play, "tasks": of_waves},
            {**fleet_play, "tasks": tasks},
        ],
        inventory=fleet(emulator),
    )
    assert run.returncode == 0, run.output
    assert "49" not in "".join(run.result("Said of plan")["lines"]), "a tenant's text is no template"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"kind": "plan", "directory": "file-in-the-way/reports"},
            "directory 'file-in-the-way/reports': the report can't be written there: Not a directory.",
        ),
        ({"kind": "plan", "directory": ".", "hosts": ["nobody"]}, "the inventory has no host 'nobody'"),
        ({"kind": "provision", "rollout": {"part": "all"}}, "value of part must be one of"),
        ({"kind": "provision", "message": [], "rollout": {}}, "mutually exclusive"),
        ({"kind": "gossip", "directory": "."}, "kind"),
        ({"kind": "plan", "directory": ".", "formats": ["pdf"]}, "formats"),
        ({"kind": "plan", "directory": ".", "folder": "."}, "folder"),
        ({"directory": ["reports"]}, "directory must be a path, but is a list."),
        ({"directory": {"a": 1}}, "directory must be a path, but is a dictionary."),
        ({"kind": "plan", "directory": "a\0b"}, "directory holds a character that no path can hold."),
        ({"result_variable": ["x"]}, "result_variable must be a text, but is a list."),
        ({"rollout": [1]}, "rollout must be a dictionary, but is a list."),
        ({"rollout": 5}, "rollout must be a dictionary, but is another value."),
        ({"rollout": True}, "rollout must be a dictionary, but is another value."),
        ({"directory": True}, "directory must be a path, but is true."),
    ],
)
def test_bad_options_are_explained(playbooks: Playbooks, options: dict[str, Any], said: str) -> None:
    playbooks.write("file-in-the-way", "")
    run = playbooks.tasks([{"name": REPORT, "qlikops.cloud.qlik_fleet_report": options, "ignore_errors": True}])
    result = run.result(REPORT)
    assert result["status"] == "failed"
    assert said in result["msg"]
    assert "Errno" not in result["msg"]
    assert "Traceback" not in run.output
