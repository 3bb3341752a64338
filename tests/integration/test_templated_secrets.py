"""What Ansible evaluated for a task isn't handed on to callbacks: with the task go its arguments, and they hold all
definitions with their secrets.
"""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks

SPY = '''
import json
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: spy
type: aggregate
short_description: writes all that a callback is given
description: writes all that a callback is given
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "spy"

    def v2_runner_on_ok(self, result, **_more):
        fields = getattr(result, "task_fields", None) or getattr(result, "_task_fields", None)
        shown = {"fields": fields, "args": result._task.args, "result": result._result}
        with open("spied.jsonl", "a") as stream:
            stream.write(json.dumps(shown, default=repr) + chr(10))

    v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_on_ok
    v2_runner_retry = v2_runner_on_skipped = v2_runner_on_ok
'''
DEFINITION = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "db.example.com", "db": "orders", "username": "qlik"},
    "secrets": {"password": "{{ the_password }}"},
}


def test_no_callback_sees_an_evaluated_secret(playbooks: Playbooks, emulator: Emulator) -> None:
    tenant = emulator.tenant("acme")
    playbooks.write("callback_plugins/spy.py", SPY)
    signs_in = {"tenant_url": "{{ the_url }}", "access_token": "{{ the_token }}", "fingerprint_key": "{{ the_key }}"}
    bulk = {**signs_in, "spaces": [{"name": "Sales"}], "connections": "{{ the_connections }}"}
    single = {**signs_in, **{name: f"{{{{ item.{name} }}}}" for name in DEFINITION}}
    tasks: list[dict[str, Any]] = [
        {"name": "Bulk", "qlikops.cloud.qlik_data_connections": bulk, "register": "did"},
        # What the first try read, the second one needs again.
        {
            "name": "Again",
            "qlikops.cloud.qlik_data_connections": bulk,
            "register": "did",
            "until": "did.attempts | default(1) > 1",
            "retries": 2,
            "delay": 0,
            "ignore_errors": True,
        },
        {"name": "As a module", "qlikops.cloud.qlik_data_connections": bulk, "vars": {"qlik_in_process": False}},
        {"name": "Loop", "qlikops.cloud.qlik_data_connection": single, "loop": "{{ the_connections }}", "no_log": True},
        {
            "name": "Wrong",
            "qlikops.cloud.qlik_data_connections": {**bulk, "access_token": "{{ the_token }}-wrong"},
            "ignore_errors": True,
        },
    ]
    variables = {
        "the_url": tenant.url,
        "the_token": tenant.api_key,
        "the_key": "canary-fingerprint-key-0123456789",
        "the_password": "canary-password",
        "the_connections": [DEFINITION],
    }
    run = playbooks.tasks(tasks, variables=variables, environment={"ANSIBLE_CALLBACKS_ENABLED": "results,spy"})
    assert run.returncode == 0, run.output
    assert len(tenant.connections) == 1
    assert run.result("Again")["attempts"] == 2
    assert not run.result("Again")["changed"]
    assert run.result("Wrong")["status"] == "failed"
    spied = (playbooks.folder / "spied.jsonl").read_text()
    assert len(spied.splitlines()) >= len(tasks)
    for secret in (tenant.api_key, "canary-fingerprint-key-0123456789", "canary-password"):
        assert secret not in spied
    assert all("connections" not in (json.loads(line)["fields"] or {}).get("args", {}) for line in spied.splitlines())
