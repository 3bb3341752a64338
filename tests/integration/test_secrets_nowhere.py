"""No secret comes out anywhere: not on the terminal, in logs, caches, results, nor in what is left on disk."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, Run, task

CANARIES = {
    "password": "canary-password",
    "rotated": 'canary-"rotated"\\with;%2Fodd ümlauts',
    "header": "canary-header",
    "parameter": "canary-parameter",
    "url_key": "canary-query",
    "fingerprint": "canary-fingerprint-key",
    "client_secret": "canary-client-secret",
    "pasted": "canary-pasted-key",
}
FILE_CANARY = '{"private_key": "canary-in-a-file"}'
VAULTED_FILE_CANARY = '{"private_key": "canary-in-a-vaulted-file"}'


def given(playbooks: Playbooks) -> tuple[Path, list[str]]:
    """The variables file, whose secrets are in plain text, vaulted inline or in files; and the arguments that a run
    needs.
    """
    inline = playbooks.encrypt("canary-inline-vault")
    variables = playbooks.write("secrets.yml", {**CANARIES, "inline": inline})
    playbooks.write("files/key.json", FILE_CANARY)
    playbooks.write("files/vaulted.json", playbooks.encrypt(VAULTED_FILE_CANARY))
    return variables, [f"--extra-vars=@{variables}", *playbooks.vault_arguments, "--diff", "-vvvv"]


def encoded(text: str) -> list[str]:
    """The forms that a secret may take on its way out."""
    in_json = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    return [text, *in_json, base64.b64encode(text.encode()).decode(), repr(text)[1:-1]]


def assert_nowhere(run: Run, playbooks: Playbooks, acme: Tenant, log: Path) -> None:
    """Look for canaries in all that a run gave and left behind, apart from the files that were given to it."""
    tokens = [key for key, grant in acme.grants.items() if grant.scopes is not None] + [acme.api_key]
    texts = [*CANARIES.values(), "canary-inline-vault", FILE_CANARY, VAULTED_FILE_CANARY, *tokens]
    needles = {needle for text in texts for needle in encoded(text)} | {"canary-"}
    places = {"output": run.output, "results": json.dumps(run.results, ensure_ascii=False), "log": log.read_text()}
    handed_over = {"secrets.yml", "key.json", "vaulted.json", "vault-password", "variables.json", "playbook.yml"}
    for file in playbooks.folder.rglob("*"):
        if file.is_file() and file.name not in handed_over:
            places[str(file)] = file.read_bytes().decode("utf-8", "replace")
    assert log.stat().st_size > 1000
    for place, text in places.items():
        found = [needle for needle in needles if needle in text]
        assert not found, (
            f"{place} shows {found}: ...{text[max(0, text.index(found[0]) - 300) : text.index(found[0]) + 60]}"
        )


def run_tasks(
    playbooks: Playbooks, tasks: list[dict[str, Any]], both_paths: str, **environment: str
) -> tuple[Run, Path]:
    """Run tasks with all secrets at hand, everything logged."""
    _variables, arguments = given(playbooks)
    log = playbooks.folder / "ansible.log"
    run = playbooks.tasks(
        tasks,
        *arguments,
        variables={"qlik_in_process": both_paths},
        environment={"ANSIBLE_LOG_PATH": str(log), "QLIK_TOKEN_CACHE": str(playbooks.folder / "cache"), **environment},
    )
    return run, log


def definitions() -> dict[str, dict[str, Any]]:
    """Connections with a secret in each place where one can be; their values are templates."""
    rest: dict[str, Any] = {
        "url": "https://api.example/x?key={{ url_key }}&page=1",
        "authSchema": "basic",
        "username": "u",
    }
    rest["queryHeaders"] = [{"name": "X-API-Key", "value": "{{ header }}", "encrypt": True}]
    rest["queryParameters"] = [{"name": "token", "value": "{{ parameter }}"}]
    gbq = {"Email": "a@b.example", "Catalog": "c"}
    s3 = {"region": "eu-west-1", "bucketName": "b", "accessKey": "{{ pasted }}", "secretKey": "{{ inline }}"}
    return {
        "db": {
            "data_source": "postgres",
            "properties": {"host": "h", "username": "u"},
            "secrets": {"password": "{{ password }}"},
        },
        "api": {"data_source": "rest", "properties": rest, "secrets": {"password": "{{ inline }}"}},
        "bq": {"data_source": "gbq", "properties": gbq, "secrets": {"KeyFilePath": {"path": "key.json"}}},
        "bq2": {
            "data_source": "gbq",
            "properties": gbq,
            "secrets": {"KeyFilePath": {"path": "vaulted.json"}, "P12CustomPwd": "{{ inline }}"},
        },
        "s3": {"data_source": "File_AmazonS3ConnectorV2", "properties": s3},
        "raw": {
            "data_source": "mssql",
            "connect_statement": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=h;"',
            "secrets": {"qUsername": "u", "qPassword": "{{ password }}"},
        },
    }


def with_place(connections: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The definitions as a list."""
    return [
        {"name": name, "space": "Sales", "fingerprint_key": "{{ fingerprint }}", **content}
        for name, content in connections.items()
    ]


def test_secrets_while_all_goes_well(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_oauth_client("bot", CANARIES["client_secret"])
    sign_in = {"tenant_url": acme.url, "client_id": "bot", "client_secret": "{{ client_secret }}"}
    connections, out = definitions(), str(playbooks.folder / "out.json")
    rotated = {**connections, "db": {**connections["db"], "secrets": {"password": "{{ rotated }}"}}}
    tasks = [
        task(f"one {item['name']}", "qlik_data_connection", {**sign_in, **item}, check_mode=check)
        for item in with_place(connections)
        for check in ((True, False) if both_paths == "true" else (False,))
    ]
    tasks += [
        task("bulk (check)", "qlik_data_connections", {**sign_in, "connections": with_place(rotated)}, check_mode=True),
        task("bulk", "qlik_data_connections", {**sign_in, "connections": with_place(rotated)}, register="bulk"),
        task("read", "qlik_data_connection_info", {**sign_in, "definitions": True}, register="read"),
        {"name": "written out", "ansible.builtin.copy": {"content": "{{ [bulk, read] | to_nice_json }}", "dest": out}},
        {"name": "shown", "ansible.builtin.debug": {"var": "bulk"}},
        task("api key", "qlik_tenant_info", {"tenant_url": acme.url, "access_token": acme.api_key}),
    ]
    run, log = run_tasks(playbooks, tasks, both_paths)
    assert run.returncode == 0, run.output
    assert run.result("bulk")["summary"]["updated"] == 1
    assert len(json.loads(Path(out).read_text())) == 2
    assert list((playbooks.folder / "cache").iterdir())

    held = {one.name: acme.secrets_of(one.id) for one in acme.connections.values()}
    assert held["db"]["password"] == CANARIES["rotated"]
    assert held["api"] == {"password": "canary-inline-vault", "queryHeaders": {"X-API-Key": "canary-header"}}
    assert base64.b64decode(held["bq"]["KeyFilePath"][0]["value"]).decode() == FILE_CANARY
    assert base64.b64decode(held["bq2"]["KeyFilePath"][0]["value"]).decode() == VAULTED_FILE_CANARY
    assert held["s3"] == {"accessKey": "canary-pasted-key", "secretKey": "canary-inline-vault"}
    assert held["raw"]["qPassword"] == "canary-password"
    assert_nowhere(run, playbooks, acme, log)


def quoting(*names: str) -> str:
    """An error body that quotes secrets."""
    quoted = " and ".join(CANARIES[name] for name in names)
    return json.dumps(
        {"errors": [{"code": "DCERROR-0010", "title": f"can't use {quoted}", "detail": f"in {json.dumps(quoted)}"}]}
    )


def test_secrets_while_all_goes_wrong(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_oauth_client("bot", CANARIES["client_secret"])
    acme.add_connection("held", "postgres", {"host": "h"}, space="Sales")
    # In the order of the requests, each answer quotes what its request, or its task, was given.
    write = {"method": "POST|PATCH", "path": "data-connections"}
    quoted = [tuple(CANARIES), ("header", "parameter", "url_key"), ("pasted",)]
    for number, names in enumerate(quoted):
        acme.add_fault("status", status=400, body=quoting(*names), match=write, after=number)
    acme.add_fault("garble", match=write, after=3)
    body = quoting("password", "header", "parameter", "url_key", "pasted", "fingerprint")
    acme.add_fault("status", status=400, body=body, match=write, times=None, after=4)
    sign_in = {"tenant_url": acme.url, "access_token": "key-acme", "max_wait": 1}
    connections = {item["name"]: item for item in with_place(definitions())}
    wrong_type = {**connections["db"], "properties": {"host": ["{{ password }}"], "QueryTimeout": "{{ password }}"}}
    unknown = {**connections["db"], "secrets": {"pasword": "{{ password }}"}, "properties": {"pwd": "{{ rotated }}"}}
    in_statement = {**connections["raw"], "connect_statement": 'CUSTOM CONNECT TO "provider=x;Pwd={{ password }};"'}
    all_secrets = {name: "{{ " + name + " }}" for name in CANARIES}
    refused = {
        "refused api": connections["api"],
        "refused s3": connections["s3"],
        "garbled": connections["db"],
        "no list": {**connections["db"], "secrets": ["{{ password }}"]},
        "no mapping": {**connections["db"], "secrets": "{{ password }}"},
        "a misspelt option": {**connections["db"], "scerets": {"password": "{{ password }}"}},
        "wrong type": wrong_type,
        "unknown": unknown,
        "in a statement": in_statement,
        "a wrong choice": {**connections["api"], "state": "here"},
    }
    tasks = [
        task(name, "qlik_data_connection", {**sign_in, **options}, ignore_errors=True)
        for name, options in refused.items()
    ]
    held = {
        "name": "held",
        "space": "Sales",
        "properties": {"host": "h"},
        "update_secrets": "always",
        "secrets": all_secrets,
    }
    held["fingerprint_key"] = "{{ fingerprint }}"
    change = {**sign_in, "connections": [held], "validate": False}
    tasks.insert(0, task("refused change", "qlik_data_connections", change, ignore_errors=True))
    tasks += [
        task(
            "bulk",
            "qlik_data_connections",
            {**sign_in, "connections": list(connections.values())},
            ignore_errors=True,
            register="bulk",
        ),
        task(
            "bulk, wrong",
            "qlik_data_connections",
            {**sign_in, "connections": [in_statement, unknown]},
            ignore_errors=True,
        ),
        {"name": "shown", "ansible.builtin.debug": {"var": "bulk"}},
        task(
            "wrong client",
            "qlik_tenant_info",
            {"tenant_url": acme.url, "client_id": "nobody", "client_secret": "{{ client_secret }}"},
            ignore_errors=True,
        ),
        task(
            "wrong key",
            "qlik_tenant_info",
            {"tenant_url": acme.url, "access_token": "{{ password }}"},
            ignore_errors=True,
        ),
        task(
            "a key in the address",
            "qlik_tenant_info",
            {**sign_in, "tenant_url": "https://u:{{ password }}@x"},
            ignore_errors=True,
        ),
    ]
    run, log = run_tasks(playbooks, tasks, both_paths)
    failed = [line["task"] for line in run.results if line["status"] == "failed"]
    assert set(failed) == {one["name"] for one in tasks} - {"shown", "garbled"}, run.output
    assert "DCERROR-0010" in run.result("refused api")["msg"]
    assert_nowhere(run, playbooks, acme, log)


BROKEN = '''
"""Breaks the job from inside, before Ansible forks its workers."""
from ansible.plugins.callback import CallbackBase
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections import apply

DOCUMENTATION = "name: broken\\ntype: aggregate\\nshort_description: for tests\\ndescription: for tests"

def broken(placed):
    action = placed.action
    raise RuntimeError(f"stumbled over {action.target.definition.secrets!r} of {action.target.definition!r}")

apply.create_body = broken

class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "broken"
'''


def test_an_unexpected_error_shows_no_secret(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    playbooks.write("callback_plugins/broken.py", BROKEN)
    sign_in = {"tenant_url": acme.url, "access_token": "key-acme"}
    options = {**sign_in, "name": "db", "space": "Sales", "fingerprint_key": "{{ fingerprint }}", **definitions()["db"]}
    options["secrets"] = {"password": "{{ rotated }}"}
    tasks = [
        task("broken", "qlik_data_connection", options, ignore_errors=True),
        task(
            "broken bulk",
            "qlik_data_connections",
            {**sign_in, "connections": [options_of(options)]},
            ignore_errors=True,
        ),
    ]
    run, log = run_tasks(playbooks, tasks, "true", ANSIBLE_CALLBACKS_ENABLED="results,broken")
    for name in ("broken", "broken bulk"):
        assert "unexpected error in qlikops.cloud: RuntimeError" in run.result(name)["msg"], run.output
    assert_nowhere(run, playbooks, acme, log)


def options_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """A task's options without those that say how to sign in."""
    return {name: value for name, value in options.items() if name not in ("tenant_url", "access_token")}


@pytest.mark.parametrize("where", ["environment of ansible-playbook", "environment of the task"])
def test_secrets_from_the_environment(playbooks: Playbooks, acme: Tenant, both_paths: str, where: str) -> None:
    acme.add_oauth_client("bot", CANARIES["client_secret"])
    sign_in = {"QLIK_TENANT_URL": acme.url, "QLIK_CLIENT_ID": "bot"}
    options: dict[str, Any] = {}
    if where == "environment of the task":
        options["environment"] = {**sign_in, "QLIK_CLIENT_SECRET": "{{ client_secret }}"}
        sign_in = {}
    else:
        sign_in["QLIK_CLIENT_SECRET"] = CANARIES["client_secret"]
    run, log = run_tasks(playbooks, [task("tenant", "qlik_tenant_info", **options)], both_paths, **sign_in)
    assert run.result("tenant")["user"]["is_bot"] is True
    if where == "environment of the task" and both_paths == "false":
        # Ansible itself writes a task's environment into the command line that starts a module, and shows that from
        # -vvv on.
        run.stdout = re.sub(r"QLIK_CLIENT_SECRET=\S+", "", run.stdout)
        log.write_text(re.sub(r"QLIK_CLIENT_SECRET=\S+", "", log.read_text()))
    assert_nowhere(run, playbooks, acme, log)
