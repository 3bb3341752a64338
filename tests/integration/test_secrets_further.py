"""No secret in what Ansible's own plugins write, in what is left on disk, nor in the list of processes."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, task

SECRETS = {
    "password": 'canary-further-"password"\\;%2F ü',
    "key": "canary-further-fingerprint",
    "client_secret": "canary-further-client-secret",
}
BREAKERS = {
    "plan": "from {base}._reconcile.connections import decide as target; target._decide_create = broken",
    "bodies": "from {base}._reconcile.connections import apply as target; target.create_body = broken",
    "api": "from {base}._api.connections import DataConnections as target; target.create = broken",
    "http": "from {base}._session.session import TenantSession as target; target._exchange = broken",
    "auth": "from {base}._session.sign_in import ClientAuthenticator as target; target.token = broken",
    "model": "from {base}._declared.definition import Definition as target; target.sendable = broken",
}
BROKEN = '''
"""Breaks a layer from inside, before Ansible forks its workers."""
import sys
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "name: broken\\ntype: aggregate\\nshort_description: for tests\\ndescription: for tests"

def broken(*arguments, **more):
    frame = sys._getframe()
    seen = []
    while frame:
        seen.append(frame.f_locals.get("options"))
        frame = frame.f_back
    raise RuntimeError(f"stumbled over {{arguments!r}} {{more!r}} {{seen!r}}")

{breaker}

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "broken"
'''


def options(tenant: Tenant) -> dict[str, Any]:
    """A task's options with secrets from variables."""
    tenant.add_space("Sales")
    tenant.add_oauth_client("bot", SECRETS["client_secret"])
    content = {"data_source": "postgres", "properties": {"host": "h"}, "secrets": {"password": "{{ password }}"}}
    sign_in = {"tenant_url": tenant.url, "client_id": "bot", "client_secret": "{{ client_secret }}"}
    return {**sign_in, "name": "Orders", "space": "Sales", "fingerprint_key": "{{ key }}", **content}


def processes_with(text: bytes) -> list[str]:
    """The processes in whose command line or environment a text stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                if text in (folder / name).read_bytes():
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


def test_callbacks_caches_files_and_processes(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    given = options(acme)
    shown: list[str] = []
    acme.add_hook("before", lambda _entry, _answer: shown.extend(processes_with(b"canary-further")), times=3)
    folders = {name: playbooks.folder / name for name in ("junit", "tree", "facts", "remote", "local")}
    tasks = [
        task("made", "qlik_data_connection", given, register="made"),
        task(
            "failed", "qlik_data_connection", {**given, "data_source": "mysql"}, register="failed", ignore_errors=True
        ),
        {
            "name": "kept",
            "ansible.builtin.set_fact": {"made": "{{ made }}", "failed": "{{ failed }}", "cacheable": True},
        },
    ]
    environment = {
        "ANSIBLE_CALLBACKS_ENABLED": "results,junit,tree",
        "JUNIT_OUTPUT_DIR": str(folders["junit"]),
        "ANSIBLE_CALLBACK_TREE_DIR": str(folders["tree"]),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folders["facts"]),
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_REMOTE_TEMP": str(folders["remote"]),
        "ANSIBLE_LOCAL_TEMP": str(folders["local"]),
        "ANSIBLE_LOG_PATH": str(playbooks.folder / "ansible.log"),
    }
    playbooks.write("secrets.json", json.dumps(SECRETS))
    arguments = ["--extra-vars=@secrets.json", "-vvvv", "--diff"]
    run = playbooks.tasks(tasks, *arguments, variables={"qlik_in_process": both_paths}, environment=environment)
    assert run.returncode == 0, run.output
    assert acme.secrets_of(acme.connection("Orders", "Sales").id)["password"] == SECRETS["password"]
    assert shown == []
    handed_over = {"secrets.json", "playbook.yml", "variables.json"}
    files = [file for file in playbooks.folder.rglob("*") if file.is_file() and file.name not in handed_over]
    assert {file.parent.name for file in files} >= {"junit", "tree", "facts"}
    left = [file for file in files if folders["remote"] in file.parents]
    # What Ansible keeps of an ordinary module when it is told to keep it is the module with its arguments. Here nothing
    # is packed.
    assert bool(left) is (both_paths == "false")
    for file in files:
        assert file in left or b"canary-" not in file.read_bytes(), file
    assert "canary-" not in run.output


@pytest.mark.parametrize("layer", BREAKERS)
def test_a_defect_in_any_layer_shows_no_secret(playbooks: Playbooks, acme: Tenant, layer: str) -> None:
    base = "ansible_collections.qlikops.cloud.plugins.module_utils"
    playbooks.write("callback_plugins/broken.py", BROKEN.format(breaker=BREAKERS[layer].format(base=base)))
    playbooks.write("secrets.json", json.dumps(SECRETS))
    environment = {"ANSIBLE_CALLBACKS_ENABLED": "results,broken"}
    tasks = [task("broken", "qlik_data_connection", options(acme), ignore_errors=True)]
    run = playbooks.tasks(tasks, "--extra-vars=@secrets.json", "-vvvv", environment=environment)
    assert "unexpected error in qlikops.cloud: RuntimeError" in run.result("broken")["msg"], run.output
    assert "canary-" not in run.output
    assert "canary-" not in json.dumps(run.results)
