"""What stands in the wrong place, is called by no known name, or is quoted in another spelling isn't shown at any
verbosity.
"""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run, task
from tests.jobs import succeed

PASSWORD = 'canary-<"4711">/&%'
BASE = {"name": "Orders", "space": "Sales", "data_source": "postgres", "secrets": {"password": "canary-of-the-base"}}
LEVELS = {"default": (), "-v": ("-v",), "-vv": ("-vv",), "-vvv": ("-vvv",), "-vvvv and --diff": ("-vvvv", "--diff")}
# As modules in processes of their own, what each level shows is a part of what the next one does.
RUNS = [("true", level) for level in LEVELS] + [("false", "default"), ("false", "-vvvv and --diff")]

REST: dict[str, Any] = {
    "url": "https://me:canary-user@api.example/x?zzz=canary-query&page=2#access_token=canary-fragment",
    "requestBody": "grant_type=password&password=canary-form",
    "queryHeaders": [
        {"name": "Ocp-Apim-Subscription-Key", "value": "canary-header"},
        {"name": "X-Own", "value": "canary-own"},
    ],
    "queryParameters": [{"name": "appid", "value": "canary-parameter"}],
}
STATEMENT = (
    "CUSTOM CONNECT TO"
    ' "provider=P;driver=x;host=scott/canary-oracle@h;accountKey=canary-account;'
    'customProperties=uid=sa;pass=canary-odbc;"'
)
# What is given, and a part of what must be said about it.
WRONG_PLACES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a dash too many": (
        "qlik_data_connections",
        {"connections": ["{{ [base] }}"]},
        "item 1 must be a dictionary, but is a list",
    ),
    "a mapping for a list": ("qlik_data_connections", {"connections": "{{ base }}"}, "must be a list of dictionaries"),
    "a list for a mapping": (
        "qlik_data_connection",
        {"name": "x", "secrets": ["{{ base }}"]},
        "secrets must be a dictionary",
    ),
    "misspelt secrets": ("qlik_data_connection", {"name": "x", "secretts": "{{ base.secrets }}"}, "secretts"),
    "misspelt password": (
        "qlik_data_connections",
        {"connections": [{"name": "x", "pasword": "{{ base.secrets.password }}"}]},
        "pasword",
    ),
    "misspelt client secret": ("qlik_tenant_info", {"client_secrett": "{{ base.secrets.password }}"}, "client_secrett"),
    "misspelt connections": ("qlik_data_connections", {"conections": ["{{ base }}"]}, "conections"),
    "no choice": (
        "qlik_data_connection",
        {"name": "x", "state": "{{ base.secrets.password }}"},
        "state must be one of",
    ),
    "a key for a path": (
        "qlik_data_connection",
        {"name": "x", "secrets": {"KeyFilePath": {"path": "{{ key }}"}}},
        "can't be read",
    ),
}
KEY = "-----BEGIN PRIVATE KEY-----\ncanary-in-a-path\n-----END PRIVATE KEY-----"


def spellings(token: str) -> list[str]:
    """What a server may make of the password, and a token that an earlier run kept."""
    hexadecimal = "".join(f"&#x{ord(character):X};" for character in PASSWORD)
    return [
        html.escape(PASSWORD),
        hexadecimal,
        quote(PASSWORD, safe="").lower(),
        PASSWORD.replace("%", "%%"),
        json.dumps(PASSWORD).replace("/", "\\/"),
        json.dumps(json.dumps(PASSWORD)),
        base64.b64encode(f"qlik_reader:{PASSWORD}".encode()).decode(),
        token,
    ]


def assert_hidden(run: Run, *more: str) -> None:
    """No canary, in no spelling, in anything that a run gave."""
    said = run.output + json.dumps(run.results, ensure_ascii=False)
    for needle in ("canary", base64.b64encode(b"canary-").decode()[:8], "&#x63;&#x61;", *more):
        assert needle not in said, f"{needle}: ...{said[max(0, said.index(needle) - 300) : said.index(needle) + 80]}"


@pytest.mark.parametrize(("in_process", "level"), RUNS)
def test_at_every_verbosity(
    playbooks: Playbooks, acme: Tenant, monkeypatch: pytest.MonkeyPatch, in_process: str, level: str
) -> None:
    acme.add_space("Sales")
    acme.add_oauth_client("bot", "canary-client-secret")
    monkeypatch.setenv("QLIK_TOKEN_CACHE", str(playbooks.folder / "tokens"))
    client = {"access_token": None, "client_id": "bot", "client_secret": "canary-client-secret"}
    succeed("qlik_tenant_info", acme, client)
    (token,) = [key for key, grant in acme.grants.items() if grant.scopes is not None]
    quoted = spellings(token)
    body = json.dumps({"errors": [{"code": "X-1", "title": "refused", "detail": " | ".join(quoted)}]})
    acme.add_fault(
        "status", status=400, body=body, match={"method": "POST", "path": "data-connections"}, times=None, after=2
    )
    sign_in = {"tenant_url": acme.url, "client_id": "bot", "client_secret": "{{ client_secret }}"}
    tasks = [
        task(name, module, {**sign_in, **options}, ignore_errors=True)
        for name, (module, options, _said) in WRONG_PLACES.items()
    ]
    rest = {**sign_in, "name": "api", "space": "Sales", "data_source": "rest"}
    changed = {
        **REST,
        "requestBody": "grant_type=password&password=canary-again",
        "url": REST["url"].replace("page=2", "page=3"),
    }
    made = {**sign_in, "name": "raw", "space": "Sales", "data_source": "mssql", "connect_statement": "{{ statement }}"}
    tasks += [
        task("made", "qlik_data_connection", {**rest, "properties": "{{ rest }}"}),
        task("differs", "qlik_data_connection", {**rest, "properties": "{{ changed }}"}, check_mode=True),
        task("raw", "qlik_data_connection", made, ignore_errors=True),
        task(
            "refused",
            "qlik_data_connection",
            {**sign_in, **BASE, "secrets": {"password": "{{ password }}"}},
            ignore_errors=True,
        ),
        task("read", "qlik_data_connection_info", {**sign_in, "definitions": True}),
    ]
    given = {"base": BASE, "key": KEY, "password": PASSWORD, "rest": REST, "changed": changed, "statement": STATEMENT}
    secrets = playbooks.write("secrets.json", json.dumps({**given, "client_secret": "canary-client-secret"}))
    log = playbooks.folder / "ansible.log"
    run = playbooks.tasks(
        tasks,
        f"--extra-vars=@{secrets}",
        *LEVELS[level],
        variables={"qlik_in_process": in_process},
        environment={"ANSIBLE_LOG_PATH": str(log)},
    )
    assert_hidden(run, token, *quoted)
    assert "canary" not in log.read_text()
    for name, (_module, _options, said) in WRONG_PLACES.items():
        assert run.result(name)["status"] == "failed"
        assert said in run.result(name)["msg"], name
    assert run.result("made")["action"] == "create", run.output
    assert "page=2" in str(run.result("differs")["changes"])
    assert "refused: ******** | ********" in run.result("refused")["msg"]
    assert [key for key, grant in acme.grants.items() if grant.scopes is not None] == [token], "the kept token was used"


def test_files_of_reports_and_exports(playbooks: Playbooks, emulator: Emulator) -> None:
    tenant = emulator.add_tenant({"name": "t1", "spaces": [{"name": "Sales"}]})
    succeed(
        "qlik_data_connections",
        tenant,
        {"connections": [{"name": "api", "space": "Sales", "data_source": "rest", "properties": REST}]},
    )
    tenant.add_connection("By hand", "rest", {**REST, "timeout": "30"}, space="Sales")
    changed = {**REST, "url": REST["url"].replace("canary-query", "canary-other"), "queryParameters": []}
    host = {
        "ansible_connection": "local",
        "qlik_tenant_url": tenant.url,
        "qlik_access_token": tenant.api_key,
        "qlik_connections_harmless_names": ["x-own"],
        "qlik_connections_definitions": [
            {"name": "api", "space": "Sales", "data_source": "rest", "properties": changed}
        ],
    }
    inventory = playbooks.write("inventory/tenants.yml", {"qlik_tenants": {"hosts": {"t1": host}}}).parent
    playbooks.run("qlikops.cloud.plan", "--diff", "-v", inventory=inventory, variables={"qlik_report_dir": "reports"})
    playbooks.run("qlikops.cloud.export", "--diff", "-v", inventory=inventory)
    files = [
        file for folder in ("reports", "export") for file in (playbooks.folder / folder).rglob("*") if file.is_file()
    ]
    assert {file.name for file in files} >= {"plan.json", "plan.html", "qlik_connections.yml"}
    for file in files:
        text = file.read_text().replace("canary-own", "")
        assert "canary" not in text, file
    exported = (playbooks.folder / "export/host_vars/t1/qlik_connections.yml").read_text()
    assert "canary-own" in exported, "what is listed as harmless is exported"
    assert "Ocp-Apim-Subscription-Key" in exported, "what is missing is named"


@pytest.mark.parametrize(
    "layer", ["qlik_connections_spaces", "qlik_connections_definitions", "qlik_connections_values"]
)
def test_variables_of_the_role_that_are_not_of_their_shape(playbooks: Playbooks, acme: Tenant, layer: str) -> None:
    variables = {"qlik_tenant_url": acme.url, "qlik_access_token": acme.api_key, layer: [[BASE]]}
    play = {"name": "Role", "hosts": "localhost", "gather_facts": False, "connection": "local", "vars": variables}
    run = playbooks.run([{**play, "roles": ["qlikops.cloud.qlik_connections"]}], "-vvv")
    assert run.returncode == 2, run.output
    assert layer.removeprefix("qlik_connections_") in run.output
    assert_hidden(run)
