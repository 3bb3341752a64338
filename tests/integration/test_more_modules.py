"""Credentials and the switches of data sources, as a user runs them: foreseen, done once, with the password nowhere to
be seen.
"""

from __future__ import annotations

from typing import Any

from tests.emulator import Tenant
from tests.emulator.records import Credential
from tests.integration.playbooks import Playbooks, Run, task, three_times
from tests.integration.test_secrets_nowhere import encoded

CANARY = 'canary-"rotated"\\with;%2Fodd ümlauts'


def add_credential(tenant: Tenant, name: str, *, used: bool) -> Credential:
    """A separate credential that one connection uses, or none."""
    properties = {"host": "h", "separateCredentials": "true", "credentialsName": name, "username": "u"}
    connection = tenant.add_connection(f"of {name}", "postgres", properties, secrets={"password": "canary-old"})
    credential = tenant.credential_of(connection)
    assert credential is not None
    if not used:
        tenant.remove_connection(connection.id)
    return credential


def results_of(run: Run, name: str) -> list[dict[str, Any]]:
    """The results in check mode, of the real run, and of the one after it."""
    return [run.result(f"{name} (check)"), run.result(name), run.result(f"{name} (again)")]


def test_a_source_is_disabled_and_enabled(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    acme.add_space("Sales")
    acme.add_connection("Orders", "mysql", {"host": "h"}, space="Sales")
    tasks = [
        *three_times("disable", "qlik_data_source", {"data_source": "mysql", "enabled": False}),
        *three_times("enable", "qlik_data_source", {"dataSourceId": "MySQL Enterprise Edition", "enabled": True}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    off = run.step(acme, "disable")
    assert off["changes"] == ["enabled: true -> false"]
    assert off["data_source"]["enabled"] is False
    assert [entry.method for entry in run.writes(acme, "disable")] == ["PUT"]
    assert '-    "enabled": true' in run.stdout
    said = " ".join(run.output.split())
    assert "1 connection of this source vanishes" in said
    assert run.step(acme, "enable")["data_source"]["enabled"] is True
    assert acme.disabled_sources == set()


def test_a_credential_through_the_rest_of_its_life(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    held = add_credential(acme, "old name", used=False)
    given = {"name": "old name", "new_name": "new / name", "username": "reader", "password": "canary-not-sent"}
    tasks = [
        *three_times("rename", "qlik_data_credential", given),
        task("read", "qlik_data_credential_info", {"id": held.id}),
        *three_times("delete", "qlik_data_credential", {"id": held.id, "state": "absent"}),
        task("read again", "qlik_data_credential_info", {"name": "new / name"}),
    ]
    run = playbooks.tasks(tasks, "--diff", tenant=acme, variables={"qlik_in_process": both_paths})
    assert run.returncode == 0, run.output
    renamed = run.step(acme, "rename")
    assert renamed["changes"] == ["name: old name -> new / name"]
    assert renamed["credential"]["name"] == "new / name"
    (read,) = run.result("read")["credentials"]
    assert (read["id"], read["name"], read["connections"], read["separated"]) == (held.id, "new / name", 0, True)
    assert run.step(acme, "delete")["diff"]["after"] == ""
    assert [entry.method for entry in run.writes(acme, "delete")] == ["DELETE"]
    assert run.result("read again")["credentials"] == []
    assert acme.credentials == {}


def test_a_rotated_password_is_sent_and_shown_nowhere(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    held = add_credential(acme, "svc", used=True)
    playbooks.write("secrets.yml", {"rotated": CANARY})
    options = {"name": "svc", "qUsername": "reader", "password": "{{ rotated }}"}
    quoted = {"errors": [{"code": "DCERROR-0010", "title": "bad", "detail": f"not {CANARY}"}]}
    acme.set_faults([{"kind": "status", "status": 400, "body": quoted, "after": 1, "match": {"method": "PATCH"}}])
    tasks = [
        task("not asked for", "qlik_data_credential", options),
        *three_times("rotate", "qlik_data_credential", {**options, "rotate": True}, register="rotated_result"),
        task("misspelt", "qlik_data_credential", {**options, "rotat": True}, ignore_errors=True),
        {"name": "shown", "ansible.builtin.debug": {"var": "rotated_result"}},
    ]
    tasks[3]["ignore_errors"] = True
    log = playbooks.folder / "ansible.log"
    run = playbooks.tasks(
        tasks,
        "--diff",
        "-vvvv",
        f"--extra-vars=@{playbooks.folder / 'secrets.yml'}",
        tenant=acme,
        variables={"qlik_in_process": both_paths},
        environment={"ANSIBLE_LOG_PATH": str(log)},
    )
    assert run.returncode == 0, run.output
    assert run.result("not asked for")["changed"] is False
    check, real, again = results_of(run, "rotate")
    assert run.writes(acme, "rotate (check)") == []
    assert check["changed"] is real["changed"] is True
    assert (
        check["changes"]
        == real["changes"]
        == ["username: sent, because of rotate", "password: sent, because of rotate"]
    )
    assert check["diff"] == real["diff"]
    assert (held.username, held.secrets) == ("reader", {"qPassword": CANARY})
    assert again["status"] == "failed"
    assert "credential 'svc': " in again["msg"]
    assert "DCERROR-0010: bad: not ****" in again["msg"]
    assert "Unsupported parameters" in run.result("misspelt")["msg"]
    texts = {"output": run.output, "results": str(run.results), "log": log.read_text()}
    for place, text in texts.items():
        found = [needle for needle in (*encoded(CANARY), "canary-") if needle in text]
        assert not found, (
            f"{place} shows {found}: ...{text[max(0, text.index(found[0]) - 300) : text.index(found[0]) + 60]}"
        )


def test_orphans_are_searched_in_check_mode_and_cleared_away(
    playbooks: Playbooks, acme: Tenant, both_paths: str
) -> None:
    for name in ("a", "b"):
        add_credential(acme, name, used=False)
    kept = add_credential(acme, "kept", used=True)
    clear = {"id": "{{ item.id }}", "state": "absent", "orphaned": True}
    tasks = [
        task(
            "search",
            "qlik_data_credential_info",
            {"orphans": True, "separated": True, "data_source": "postgres"},
            register="unused",
        ),
        task(
            "clear",
            "qlik_data_credential",
            clear,
            loop="{{ unused.credentials }}",
            loop_control={"label": "{{ item.name }}"},
        ),
        task("not that", "qlik_data_credential", {"id": kept.id, "state": "absent", "orphaned": True}),
    ]
    for check in (["--check"], []):
        acme.reset_log()
        run = playbooks.tasks(tasks, *check, tenant=acme, variables={"qlik_in_process": both_paths})
        assert run.returncode == 0, run.output
        search = run.result("search")
        assert [credential["name"] for credential in search["credentials"]] == ["a", "b"]
        assert (search["changed"], search["requests"]["writes"]) == (False, 0)
        # The last two ask who the caller is: other people's are left out.
        assert [entry.method for entry in run.requests(acme, "search")] == ["POST", "GET", "GET"]
        assert run.writes(acme, "search") == []
        assert run.result("clear")["changed"] is True
        assert run.result("not that")["changed"] is False
        assert [entry.method for entry in acme.writes()] == ([] if check else ["DELETE", "DELETE"])
    assert acme.credentials == {kept.id: kept}


def test_what_can_not_be(playbooks: Playbooks, acme: Tenant, both_paths: str) -> None:
    add_credential(acme, "used", used=True)
    add_credential(acme, "other", used=True)
    source, credential, info = "qlik_data_source", "qlik_data_credential", "qlik_data_credential_info"
    bad: dict[str, tuple[str, dict[str, Any], list[str]]] = {
        "unknown source": (source, {"data_source": "mysq", "enabled": True}, ["data source 'mysq'", "'mysql'"]),
        "no administrator": (
            source,
            {"data_source": "mysql", "enabled": False, "api_key": "key-analyst"},
            ["'mysql'", "TenantAdmin"],
        ),
        "in use": (
            credential,
            {"name": "used", "state": "absent"},
            ["credential 'used': 1 connection uses it", "force"],
        ),
        "not there": (
            credential,
            {"name": "nobody"},
            ["credential 'nobody': it doesn't exist", "created together with a connection"],
        ),
        "taken": (
            credential,
            {"name": "used", "new_name": "other"},
            ["credential 'used': it can't be renamed", "another one"],
        ),
        "nothing to send": (credential, {"name": "used", "rotate": True}, ["rotate needs a password"]),
        "nothing asked": (info, {}, ["give a name, an id, or orphans=true"]),
    }
    tasks = [task(name, module, options, ignore_errors=True) for name, (module, options, _said) in bad.items()]
    tasks.append(task("no switch", source, {"data_source": "mysql"}, ignore_errors=True))
    run = playbooks.tasks(tasks, tenant=acme, variables={"qlik_in_process": both_paths})
    for name, (_module, _options, said) in bad.items():
        result = run.result(name)
        assert result["status"] == "failed", name
        assert all(text in result["msg"] for text in said), result["msg"]
        assert result["msg"].startswith(acme.host), result["msg"]
    assert "missing required arguments: enabled" in run.result("no switch")["msg"]
    assert [entry.method for entry in acme.writes()] == ["PUT"], "who may switch a source only the tenant knows"
    assert acme.disabled_sources == set()
    assert len(acme.credentials) == 2
