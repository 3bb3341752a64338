# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A defect on the controller's side of a task, outside of the job, fails the task and shows no secret."""

from __future__ import annotations

import json

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task

SECRETS = {
    "password": "canary-defect-password",
    "key": "canary-defect-fingerprint",
    "token": "canary-defect-token",
}
# What is broken, each in the task of its name.
BROKEN = {
    "reading the host's variables": "_host_variables.Evaluation.__call__",
    "merging definitions": "_definition_files.with_paths",
    "reading files": "_in_process.with_files",
    "looking at the host": "_in_process.refusal",
    "checking options": "_option_check.OptionCheck.check",
    "masking options": "_in_process.mask_options",
    "searching the result": "_in_process.occurring",
    "writing files": "_export.documents.Holdings.from_result",
    "writing a report": "_report.model.describe",
}
CALLBACK = '''
"""Breaks parts of plugin_utils from inside, before Ansible forks its workers: each while the task of its name runs."""
import functools
import importlib
import sys
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "name: broken\\ntype: aggregate\\nshort_description: for tests\\ndescription: for tests"
BASE = "ansible_collections.qlikops.cloud.plugins.plugin_utils"

def runs(name, seen):
    frame = sys._getframe()
    found = False
    while frame:
        seen.append(dict(frame.f_locals))
        task = getattr(frame.f_locals.get("self"), "_task", None)
        found = found or getattr(task, "name", None) == name
        frame = frame.f_back
    return found

def breaking(name, original):
    @functools.wraps(original)
    def broken(*arguments, **more):
        seen = []
        if runs(name, seen):
            secrets = {word for word in repr(seen).replace("'", " ").split() if word.startswith("canary-")}
            # Older versions of ansible-core show the lines of a traceback: the word stands in none of them as a whole.
            raise RuntimeError(f"stumbled over {arguments!r} {more!r} {secrets!r} {'canary'}-defect-text")
        return original(*arguments, **more)
    return broken

for name, place in BREAKERS.items():
    words = place.split(".")
    depth = next(count for count in range(1, len(words)) if words[count] in ("Evaluation", "OptionCheck", "Holdings")
                 or count == len(words) - 1)
    target = importlib.import_module(".".join([BASE, *words[:depth]]))
    for word in words[depth:-1]:
        target = getattr(target, word)
    original = target.__dict__[words[-1]]
    if isinstance(original, classmethod):
        setattr(target, words[-1], classmethod(breaking(name, original.__func__)))
    else:
        setattr(target, words[-1], breaking(name, original))

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "broken"
'''
ORDERS = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "h", "username": "u"},
    "secrets": {"password": "{{ password }}"},
}


def test_a_defect_outside_of_the_job_shows_no_secret(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    playbooks.write("callback_plugins/broken.py", CALLBACK.replace("BREAKERS.items()", f"{BROKEN!r}.items()"))
    playbooks.write("secrets.json", json.dumps(SECRETS))
    playbooks.write("definitions.yml", [ORDERS])
    sign_in = {"tenant_url": acme.url, "access_token": "{{ token }}"}
    options = {**sign_in, "fingerprint_key": "{{ key }}"}
    bulk = {**options, "connections": [ORDERS], "definitions_from": ["definitions.yml"]}
    tasks = [
        task(name, "qlik_data_connections", {**bulk, "host_variables": True}, ignore_errors=True)
        for name in list(BROKEN)[:2]
    ]
    tasks += [
        task(name, "qlik_data_connection", {**options, **ORDERS}, ignore_errors=True) for name in list(BROKEN)[2:7]
    ]
    held = {"definitions": [], "definition_notes": [], "definition_spaces": [], "message": "{{ password }}"}
    tasks += [
        {"name": "held", "ansible.builtin.set_fact": {"held": held, "qlik_connections_result": held}},
        task(
            "writing files",
            "qlik_definitions_files",
            {"directory": "export", "hosts": ["localhost"], "variable": "held"},
            ignore_errors=True,
        ),
        task("writing a report", "qlik_fleet_report", {"kind": "audit", "directory": "report"}, ignore_errors=True),
    ]
    variables = {"qlik_connections_fingerprint_key": "{{ key }}"}
    run = playbooks.tasks(
        tasks,
        "--extra-vars=@secrets.json",
        "-vvv",
        variables=variables,
        # An invocation is only made, and masked, where it is asked for: since ansible-core 2.21 it isn't by itself.
        environment={"ANSIBLE_CALLBACKS_ENABLED": "results,broken", "ANSIBLE_INJECT_INVOCATION": "1"},
    )
    for name in BROKEN:
        result = run.result(name)
        assert result["msg"].startswith("An unexpected error in qlikops.cloud: RuntimeError in "), (name, result)
        assert "Please report it" in result["msg"]
        assert result["status"] == "failed"
    told = [line for line in run.results if line["task"] != "held"]
    assert "canary-" not in json.dumps(told)
    shown = [part for part in run.output.split("\nTASK [") if not part.startswith("held]")]
    assert "canary-" not in "".join(shown)


def test_what_stands_beside_an_undefined_variable_is_not_printed(playbooks: Playbooks) -> None:
    hosts = {"t1": {"qlik_access_token": "canary-token", "qlik_tenant_url": "{{ nowhere_defined }}"}}
    run = playbooks.run("qlikops.cloud.audit", "-vvv", inventory={"qlik_tenants": {"hosts": hosts}})
    assert run.returncode == 2
    assert "nowhere_defined" in run.output
    assert "canary" not in run.output
