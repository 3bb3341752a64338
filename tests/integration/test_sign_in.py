"""Every way to sign in, which of them wins, and the token of an OAuth client that is fetched once and kept."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run, task

CLIENT = {"client_id": "client-acme", "client_secret": "secret-acme"}


@pytest.fixture
def other(emulator: Emulator) -> Tenant:
    """A second tenant."""
    return emulator.add_tenant(
        {"name": "other", "oauth_clients": [{"client_id": "c", "client_secret": "canary-secret"}]}
    )


def names(run: Run) -> dict[str, str]:
    """Which tenant each task reached, and as whom."""
    return {
        line["task"]: f"{line['result']['tenant']['name']} {line['result']['user']['name']}" for line in run.results
    }


def test_options_environments_and_defaults(playbooks: Playbooks, acme: Tenant, other: Tenant, both_paths: str) -> None:
    task_environment = {"QLIK_TENANT_URL": other.url, "QLIK_API_KEY": "{{ other_key }}"}
    client, analyst = {"tenant_url": other.url, "client_id": "c"}, {"access_token": "key-analyst"}
    tasks = [
        task("environment", "qlik_tenant_info"),
        task("environment of the task", "qlik_tenant_info", environment=task_environment),
        task("environment again", "qlik_tenant_info"),
        task("options beat the environment", "qlik_tenant_info", analyst),
        task(
            "options beat both", "qlik_tenant_info", {**analyst, "tenant_url": acme.url}, environment=task_environment
        ),
        task("a client of the task", "qlik_tenant_info", {**client, "client_secret": "canary-secret"}),
        task("half a client", "qlik_tenant_info", client, environment={"QLIK_CLIENT_SECRET": "canary-secret"}),
    ]
    run = playbooks.tasks(
        tasks,
        "-vvv",
        environment={"QLIK_TENANT_URL": acme.url, "QLIK_API_KEY": acme.api_key},
        variables={"qlik_in_process": both_paths, "other_key": other.api_key},
    )
    assert run.returncode == 0, run.output
    assert names(run) == {
        "environment": "acme admin",
        "environment of the task": "other admin",
        "environment again": "acme admin",
        "options beat the environment": "acme analyst",
        "options beat both": "acme analyst",
        "a client of the task": r"other qlikbot\c",
        "half a client": r"other qlikbot\c",
    }


def test_module_defaults_are_for_every_module(playbooks: Playbooks, acme: Tenant, other: Tenant) -> None:
    acme.add_space("Sales")
    connection = {"name": "x", "data_source": "rest", "space": "Sales", "properties": {"url": "https://x.example"}}
    tasks = [
        task("qlik_tenant_info", "qlik_tenant_info"),
        task("qlik_space", "qlik_space", {"name": "Sales"}),
        task("qlik_data_connection", "qlik_data_connection", connection),
        task("qlik_data_connections", "qlik_data_connections", {"connections": [connection]}),
        task("qlik_data_connection_info", "qlik_data_connection_info"),
        task("qlik_data_source_info", "qlik_data_source_info", {"search": "rest"}),
    ]
    run = playbooks.tasks(tasks, tenant=acme, environment={"QLIK_TENANT_URL": other.url, "QLIK_API_KEY": other.api_key})
    assert run.returncode == 0, run.output
    for line in run.results:
        assert run.requests(acme, line["task"]), f"{line['task']} doesn't know the defaults of its group"
    assert other.log == []


def test_a_context_of_qlik_cli(playbooks: Playbooks, acme: Tenant, other: Tenant, both_paths: str) -> None:
    contexts: dict[str, Any] = {
        "acme": {"server": acme.url, "server-type": "cloud", "headers": {"Authorization": f"Bearer {acme.api_key}"}},
        "other": {"server": other.url, "oauth-client-id": "c", "oauth-client-secret": "canary-secret"},
        "empty": {"server": other.url},
    }
    file = playbooks.write("home/.qlik/contexts.yml", {"current-context": "acme", "contexts": contexts})
    file.chmod(0o600)
    environment = {"QLIK_CLI_USER_HOME_DIR": str(playbooks.folder / "home")}
    tasks = [
        task("key", "qlik_tenant_info", {"context": "acme"}),
        task("client", "qlik_tenant_info", {"context": "other"}),
        task("environment", "qlik_tenant_info", environment={"QLIK_CONTEXT": "acme"}),
    ]
    bad = [
        task("unknown", "qlik_tenant_info", {"context": "acem"}, ignore_errors=True),
        task("no credentials", "qlik_tenant_info", {"context": "empty"}, ignore_errors=True),
        task("another tenant", "qlik_tenant_info", {"context": "acme", "tenant_url": other.url}, ignore_errors=True),
        task("current is not taken", "qlik_tenant_info", {"tenant_url": acme.url}, ignore_errors=True),
    ]
    run = playbooks.tasks([*tasks, *bad], "-vvv", environment=environment, variables={"qlik_in_process": both_paths})
    assert run.result("key")["tenant"]["name"] == "acme"
    assert run.result("client")["user"]["name"] == r"qlikbot\c"
    assert run.result("environment")["tenant"]["name"] == "acme"
    assert not run.result("key").get("warnings")
    assert "It has: acme, empty, other." in run.result("unknown")["msg"]
    assert "neither an API key nor an OAuth client" in run.result("no credentials")["msg"]
    assert "belong to" in run.result("another tenant")["msg"]
    assert "no way to sign in was given" in run.result("current is not taken")["msg"]
    assert "canary" not in run.output

    file.chmod(0o640)
    run = playbooks.tasks(tasks[:1], environment=environment, variables={"qlik_in_process": both_paths})
    assert any("chmod 600" in warning for warning in run.result("key")["warnings"])


def kept(folder: Path) -> list[Path]:
    """The files of the token cache."""
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_token_is_fetched_once_and_kept(playbooks: Playbooks, acme: Tenant, tmp_path: Path, both_paths: str) -> None:
    cache = tmp_path / "kept" / "tokens"
    options = {"tenant_url": acme.url, **CLIENT}
    tasks = [task(f"task {number}", "qlik_tenant_info", options) for number in range(3)]
    environment = {"QLIK_TOKEN_CACHE": str(cache)}
    variables = {"qlik_in_process": both_paths}
    assert playbooks.tasks(tasks, environment=environment, variables=variables).returncode == 0
    assert playbooks.tasks(tasks[:1], environment=environment, variables=variables).returncode == 0
    assert [entry.path for entry in acme.log].count("/oauth/token") == 1

    (file,) = kept(cache)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    content = file.read_bytes()
    tokens = [key for key, grant in acme.grants.items() if grant.scopes is not None]
    assert all(token.encode() not in content for token in tokens)
    assert b"secret-acme" not in content
    assert b"client-acme" not in content


def test_a_kept_token_is_worth_nothing_without_its_secret(playbooks: Playbooks, acme: Tenant) -> None:
    environment = {"QLIK_TOKEN_CACHE": str(playbooks.folder / "cache")}
    right = {"tenant_url": acme.url, **CLIENT}
    run = playbooks.tasks(
        [
            task("right", "qlik_tenant_info", right),
            task("wrong secret", "qlik_tenant_info", {**right, "client_secret": "{{ wrong }}"}, ignore_errors=True),
            task("right again", "qlik_tenant_info", right),
        ],
        environment=environment,
        variables={"wrong": "canary-wrong"},
    )
    assert run.result("wrong secret")["status"] == "failed"
    assert "Check client_id and client_secret" in run.result("wrong secret")["msg"]
    assert run.result("right again")["status"] == "ok"
    assert "canary" not in run.output


def test_a_refused_or_spoilt_token_is_fetched_anew(playbooks: Playbooks, acme: Tenant) -> None:
    cache = playbooks.folder / "cache"
    environment = {"QLIK_TOKEN_CACHE": str(cache)}
    tasks = [task("tenant", "qlik_tenant_info", {"tenant_url": acme.url, **CLIENT})]
    playbooks.tasks(tasks, environment=environment)
    acme.expire_tokens()
    assert playbooks.tasks(tasks, environment=environment).returncode == 0
    (file,) = kept(cache)
    file.write_bytes(b"spoilt")
    assert playbooks.tasks(tasks, environment=environment).returncode == 0
    assert [entry.path for entry in acme.log].count("/oauth/token") == 3
    assert len(kept(cache)) == 1

    cache.chmod(0o755)
    assert playbooks.tasks(tasks, environment=environment).returncode == 0
    assert [entry.path for entry in acme.log].count("/oauth/token") == 4, "a folder that others may enter was trusted"
    assert playbooks.tasks(tasks, environment={"QLIK_TOKEN_CACHE": "off"}).returncode == 0
    assert len(kept(cache)) == 1
