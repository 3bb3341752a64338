"""Names and values are data everywhere: a template in them is never evaluated, and none of them moves a terminal's
cursor.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.exchange import Answer
from tests.emulator.records import LogEntry
from tests.integration.playbooks import Playbooks, task

ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m"
FORMULA = '=cmd|"/C calc"!A0'
HTML = "<script>alert(1)</script>"


def template(folder: Path, where: str) -> str:
    """What would leave a file behind if anybody evaluated it."""
    return f"{{{{ lookup('ansible.builtin.pipe', 'touch {folder}/evaluated-{where}') }}}}{{% raw %}}{{# c #}}"


def fill(tenant: Tenant, folder: Path) -> dict[str, str]:
    """A tenant whose texts are all like that."""
    texts = {
        where: template(folder, where)
        for where in ("name", "tag", "host", "db", "space", "description", "gateway", "user")
    }
    tenant.add_space("Sales", description=texts["description"])
    tenant.add_space(texts["space"])
    tenant.gateways = {"DG_postgres": [{"id": "a::a", "name": texts["gateway"], "default": True}]}
    tenant.user("admin").name = texts["user"]
    properties = {"host": texts["host"], "db": texts["db"]}
    tags = [texts["tag"], FORMULA]
    tenant.add_connection(texts["name"], "postgres", properties, space="Sales", tags=tags, secrets={"password": "p"})
    tenant.add_connection(HTML, "postgres", {"host": HTML}, space=texts["space"], tags=[FORMULA])
    return texts


def test_templates_in_what_a_tenant_says_stay_texts(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    texts = fill(acme, playbooks.folder)
    acme.add_space("Copies")
    out = playbooks.folder / "out.json"
    used = {
        "name": "Copy of {{ item.name }}",
        "space": "Copies",
        "data_source": "postgres",
        "properties": "{{ item.properties }}",
    }
    tasks: list[dict[str, Any]] = [
        task("read", "qlik_data_connection_info", {"definitions": True}, register="read"),
        task("sources", "qlik_data_source_info", {"data_source": "DG_postgres", "gateways": True}, register="sources"),
        task("tenant", "qlik_tenant_info", register="tenant"),
        task("space", "qlik_space", {"name": "Sales"}, register="space"),
        {
            "name": "kept",
            "ansible.builtin.set_fact": {"kept": "{{ read.definitions }}", "first": "{{ read.connections[0].name }}"},
        },
        {
            "name": "shown",
            "ansible.builtin.debug": {"msg": "{{ kept }} {{ first }} {{ sources }} {{ tenant }} {{ space }}"},
        },
        {"name": "asserted", "ansible.builtin.assert": {"that": ["kept | length == 2", "first is string"]}},
        task("again", "qlik_data_connections", {"connections": "{{ kept }}"}),
        task("bulk again", "qlik_data_connections", {"connections": "{{ kept }}"}, register="bulk"),
        task("copies", "qlik_data_connection", used, loop="{{ kept }}", loop_control={"label": "{{ item.name }}"}),
        {
            "name": "written",
            "ansible.builtin.copy": {"content": "{{ [read, bulk, kept] | to_json }}", "dest": str(out)},
        },
    ]
    run = playbooks.tasks(tasks, "-vvv", "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output[-2000:]
    assert not list(playbooks.folder.glob("evaluated-*"))
    read, _bulk, kept = json.loads(out.read_text())
    by_name = {one["name"]: one for one in read["connections"]}
    assert next(one for one in kept if one["name"] == texts["name"])["properties"]["host"] == texts["host"]
    assert by_name[texts["name"]]["tags"] == sorted([texts["tag"], FORMULA])
    assert by_name[HTML]["space"] == texts["space"]
    assert {one["name"] for one in kept} == set(by_name)
    assert run.result("bulk again")["changed"] is False
    copied = acme.connection(f"Copy of {texts['name']}", "Copies")
    assert (copied.properties["host"], copied.properties["db"]) == (texts["host"], texts["db"])


def test_templates_in_errors_and_warnings_stay_texts(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    said = template(playbooks.folder, "error")
    acme.add_fault(
        "status", status=400, body={"errors": [{"code": said, "title": said, "detail": said}]}, match={"method": "POST"}
    )
    acme.add_fault("deprecation", sunset=template(playbooks.folder, "sunset"), times=None)
    options = {"name": "New", "space": "Sales", "data_source": "postgres", "properties": {"host": "h"}}
    tasks = [
        task("refused", "qlik_data_connection", options, register="refused", ignore_errors=True),
        {"name": "shown", "ansible.builtin.debug": {"msg": "{{ refused.msg }} {{ refused.warnings | default([]) }}"}},
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output[-2000:]
    assert said in run.result("refused")["msg"]
    assert said in run.result("shown")["msg"]
    assert not list(playbooks.folder.glob("evaluated-*"))


@pytest.mark.parametrize(("in_process", "result_format"), [("true", "json"), ("true", "yaml"), ("false", "json")])
def test_no_text_of_a_tenant_reaches_the_terminal_raw(
    playbooks: Playbooks, acme: Tenant, in_process: str, result_format: str
) -> None:
    acme.add_space("Sales")
    acme.add_space(f"Space {ESCAPE}")
    for number in range(12):
        name = f"Left {number} {ESCAPE}"
        acme.add_connection(
            name, "postgres", {"host": f"h{ESCAPE}"}, space="Sales", tags=["qlikops.cloud:managed", ESCAPE]
        )
    held = acme.add_connection("Held", "postgres", {"host": "h", "db": ESCAPE}, space="Sales", tags=[ESCAPE])
    quoted = {"errors": [{"code": ESCAPE, "title": f"no\n{ESCAPE}", "detail": ESCAPE}], "traceId": ESCAPE}

    def partial(_entry: LogEntry, answer: Answer | None) -> None:
        assert answer is not None
        answer.raw = json.dumps({"data": [], "errors": [{"title": ESCAPE}]}).encode()

    prune: dict[str, Any] = {"connections": [], "prune": True, "prune_spaces": ["Sales"]}
    edit = {"id": held.id, "properties": {"db": "other"}}
    tasks = [
        task("read", "qlik_data_connection_info", register="read"),
        task("too many", "qlik_data_connections", prune, ignore_errors=True),
        task("check", "qlik_data_connections", {**prune, "max_deletions": 99}, check_mode=True),
        task("edit", "qlik_data_connection", edit),
        task("a typing error", "qlik_data_connection", {"name": "held", "space": "Space"}, ignore_errors=True),
        task("refused", "qlik_space", {"name": "New"}, ignore_errors=True),
    ]
    acme.add_fault("status", status=400, body=quoted, match={"method": "POST", "path": "/spaces"}, times=None)
    variables = {"qlik_in_process": in_process}
    environment = {"ANSIBLE_CALLBACK_RESULT_FORMAT": result_format}
    run = playbooks.tasks(tasks, "--diff", "-v", tenant=acme, variables=variables, environment=environment)
    acme.add_hook("after", partial, match={"path": "/data-connections"}, times=None)
    last = [task("partial", "qlik_data_connections", prune, ignore_errors=True)]
    partial_run = playbooks.tasks(last, "-v", tenant=acme, variables=variables, environment=environment)
    assert run.result("edit")["changed"] is True, run.result("edit")["msg"]
    assert any(one["name"].endswith(ESCAPE) for one in run.result("read")["connections"])
    assert "no\\n\\x1b]0;owned" in run.result("refused")["msg"]
    assert "\x9b" not in json.dumps([one["result"].get("msg") for one in run.results], ensure_ascii=False)
    for name in ("too many", "a typing error", "refused"):
        assert run.result(name)["status"] == "failed"
    assert partial_run.result("partial")["status"] == "failed"
    for output in (run.output, partial_run.output):
        # Results are data. Ansible shows them as JSON or YAML, of which the former leaves C1 characters as they are.
        found = [character for character in ("\x1b", "\x07") if character in output]
        assert not found, output[max(0, output.index(found[0]) - 300) : output.index(found[0]) + 50]
