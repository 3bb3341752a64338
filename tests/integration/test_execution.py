"""Where a task's job runs: inside Ansible's worker when nothing speaks against it, otherwise as an ordinary module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, Run, task

PACKED = "AnsiballZ_qlik_"


def connection(name: str) -> dict[str, Any]:
    """A connection with a secret."""
    properties = {"host": "h", "username": "u"}
    return {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "properties": properties,
        "secrets": {"password": "canary"},
    }


def ran_as_module(run: Run, name: str) -> bool:
    """Whether Ansible packed a module for a task; the output must be that of -vvv."""
    (part,) = (part for part in run.stdout.split("\nTASK [") if part.startswith(f"{name}]"))
    return PACKED in part


def another_python(folder: Path) -> str:
    """The interpreter under the path of another environment."""
    (folder / "bin").mkdir(parents=True)
    os.symlink(sys.executable, folder / "bin" / "python")
    (folder / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    os.symlink(Path(sys.prefix) / "lib", folder / "lib")
    return str(folder / "bin" / "python")


def test_what_speaks_against_running_in_process(playbooks: Playbooks, acme: Tenant, tmp_path: Path) -> None:
    acme.add_space("Sales")
    keywords: dict[str, dict[str, Any]] = {
        "plainly": {},
        "switched off": {"vars": {"qlik_in_process": False}},
        "detached": {"async": 30, "poll": 1},
        "another interpreter": {"vars": {"ansible_python_interpreter": another_python(tmp_path / "other")}},
        "delegated": {"delegate_to": "localhost"},
        "the same interpreter": {"vars": {"ansible_python_interpreter": sys.executable}},
        "any interpreter": {"vars": {"ansible_python_interpreter": "auto_silent"}},
    }
    tasks = [task(name, "qlik_data_connection", connection(name), **more) for name, more in keywords.items()]
    run = playbooks.tasks(tasks, "-vvv", tenant=acme)
    assert run.returncode == 0, run.output
    for name in keywords:
        assert run.result(name)["status"] == "changed", name
        assert run.result(name)["connection"]["name"] == name
        assert acme.secrets_of(acme.connection(name, "Sales").id) == {"password": "canary"}
    modules = {name for name in keywords if ran_as_module(run, name)}
    assert modules == {"switched off", "detached", "another interpreter"}
    assert "canary" not in run.output


def test_another_user_runs_the_module(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    # Not every machine lets a test become somebody: this stands for sudo, and runs what it is given.
    sudo = playbooks.write("sudo", '#!/bin/sh\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n')
    sudo.chmod(0o755)
    become = {
        "become": True,
        "become_method": "ansible.builtin.sudo",
        "become_user": "root",
        "vars": {"ansible_become_exe": str(sudo)},
    }
    tasks = [
        task("become", "qlik_data_connection", connection("become"), **become),
        task("become in vain", "qlik_data_connection", connection("become"), become=False),
    ]
    run = playbooks.tasks(tasks, "-vvv", tenant=acme)
    assert run.result("become")["status"] == "changed", run.output
    assert run.result("become in vain")["status"] == "ok"
    assert (ran_as_module(run, "become"), ran_as_module(run, "become in vain")) == (True, False)
    assert "canary" not in run.output


def test_a_remote_looking_host_is_a_tenant(playbooks: Playbooks, acme: Tenant) -> None:
    acme.add_space("Sales")
    hosts = {name: {"qlik_tenant_url": acme.url} for name in ("acme.eu.qlikcloud.com", "unreachable.invalid")}
    sign_in = {"tenant_url": "{{ qlik_tenant_url }}", "access_token": acme.api_key}
    tasks = [
        task("delegated", "qlik_tenant_info", sign_in, delegate_to="localhost"),
        task("local", "qlik_tenant_info", sign_in, vars={"ansible_connection": "local"}),
    ]
    play = {"name": "Test", "hosts": "all", "gather_facts": False, "tasks": tasks}
    run = playbooks.run([play], "-vvv", inventory={"all": {"hosts": hosts}})
    assert run.returncode == 0, run.output
    assert PACKED not in run.output
    assert set(run.statuses("delegated").values()) == {"ok"}
    assert {line["result"]["tenant"]["name"] for line in run.results} == {"acme"}


def test_a_delegated_host_may_have_another_interpreter(playbooks: Playbooks, acme: Tenant, tmp_path: Path) -> None:
    hosts = {
        "tenant": {},
        "controller": {"ansible_connection": "local", "ansible_python_interpreter": another_python(tmp_path / "other")},
    }
    tasks = [
        task(
            "delegated",
            "qlik_tenant_info",
            {"tenant_url": acme.url, "access_token": acme.api_key},
            delegate_to="controller",
        )
    ]
    play = {"name": "Test", "hosts": "tenant", "gather_facts": False, "tasks": tasks}
    run = playbooks.run([play], "-vvv", inventory={"all": {"hosts": hosts}})
    assert run.returncode == 0, run.output
    assert PACKED in run.output


def test_loops_conditions_and_registered_results(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    tasks = [
        task("loop", "qlik_data_connection", connection("{{ item }}"), loop=["a", "b"], register="made", no_log=False),
        task(
            "by its id", "qlik_data_connection_info", {"id": "{{ made.results[1].connection.id }}"}, when="made.changed"
        ),
        task("left out", "qlik_data_connection", connection("c"), when="not made.changed"),
        task("foreseen", "qlik_data_connection", connection("d"), check_mode=True, register="foreseen"),
        {
            "name": "asserted",
            "ansible.builtin.assert": {"that": ["foreseen.connection.name == 'd'", "foreseen.connection.id == ''"]},
        },
        task(
            "until",
            "qlik_data_connection_info",
            {"name": "a"},
            register="found",
            until="found.connections != []",
            retries=2,
            delay=1,
        ),
        task("failed_when", "qlik_tenant_info", failed_when=False, changed_when=True),
        task("no_log", "qlik_data_connection", connection("e"), no_log=True),
    ]
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    assert [item["changed"] for item in run.result("loop")["results"]] == [True, True]
    assert run.result("by its id")["connections"][0]["name"] == "b"
    assert run.result("left out")["status"] == "skipped"
    assert run.result("failed_when")["status"] == "changed"
    assert sorted(one.name for one in acme.connections.values()) == ["a", "b", "e"]
