"""Emulated apps, reloads, logs and items: rights, states, limits."""

from __future__ import annotations

import time
from typing import Any

import requests

from tests.emulator import Emulator, Tenant
from tests.unit.emulator.conftest import Apps, Client, error_of

BAD_SCRIPT = "LIB CONNECT TO 'nothing';"


def ran(apps: Apps, acme: Tenant, script: str) -> tuple[dict[str, Any], str]:
    """Run a script to its end; give the reload and its log."""
    app_id = apps.make(script)
    reload_id = apps.reload(app_id)["id"]
    acme.pass_time(2000)
    return apps.state(reload_id), apps.log(app_id, reload_id).text


class TestApps:
    def test_an_app_is_made_listed_and_deleted(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        app_id = apps.make(name="qlikops one")
        (item,) = admin("GET", "items?resourceType=app&name=QLIKOPS").json()["data"]
        assert (item["resourceId"], item["name"], item["ownerId"]) == (app_id, "qlikops one", acme.user("admin").id)
        assert "spaceId" not in item
        deleted = admin("DELETE", f"apps/{app_id}")
        assert (deleted.status_code, deleted.content) == (200, b"")
        assert admin("DELETE", f"apps/{app_id}").status_code == 404
        assert admin("GET", "items?resourceType=app").json()["data"] == []

    def test_items_are_paged_and_show_what_the_caller_sees(self, apps: Apps, admin: Client, analyst: Client) -> None:
        made = [apps.make(name=f"app {number}") for number in range(5)]
        theirs = Apps(analyst).make(name="app of analyst")
        seen, path = [], "items?resourceType=app&name=app&limit=2"
        for _page in range(3):
            page = admin("GET", path).json()
            seen += [item["resourceId"] for item in page["data"]]
            path = page["links"].get("next", {}).get("href", "")
        assert (sorted(seen), path) == (sorted([*made, theirs]), "")
        (only,) = analyst("GET", "items?resourceType=app").json()["data"]
        assert only["resourceId"] == theirs
        assert admin("GET", "items?limit=101").status_code == 400

    def test_foreign_apps_are_not_touched(self, apps: Apps, admin: Client, analyst: Client) -> None:
        mine, theirs = apps.make(), Apps(analyst).make()
        for request in (("DELETE", f"apps/{mine}"), ("POST", f"apps/{mine}/scripts")):
            assert analyst(*request, json={}).status_code == 404
        assert admin("POST", f"apps/{theirs}/scripts", json={"script": ""}).status_code == 403
        assert admin("DELETE", f"apps/{theirs}").status_code == 200

    def test_who_may_make_apps(self, admin: Client, acme: Tenant) -> None:
        body = {"attributes": {"name": "a"}}
        bot = _bot(acme)
        assert bot("POST", "apps", json=body).status_code == 403
        acme.set_behaviours(bot_apps="any")
        assert bot("POST", "apps", json=body).status_code == 200
        acme.set_behaviours(bot_apps="role")
        acme.user("qlikbot\\client-acme").roles.append("PrivateAnalyticsContentCreator")
        assert bot("POST", "apps", json=body).status_code == 200
        acme.user("admin").makes_apps = False
        assert admin("POST", "apps", json=body).status_code == 403

    def test_in_which_spaces(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        shared, managed = acme.add_space("Shared"), acme.add_space("Managed", "managed")
        for client, space, status in (
            (admin, shared.id, 200), (admin, managed.id, 403), (admin, "0" * 24, 404), (analyst, shared.id, 404),
        ):  # fmt: skip
            body = {"attributes": {"name": "a", "spaceId": space}}
            assert client("POST", "apps", json=body).status_code == status
        acme.assign(shared, acme.user("analyst").id, ["dataconsumer"])
        assert analyst("POST", "apps", json=body).status_code == 403

    def test_scopes_narrow(self, acme: Tenant) -> None:
        acme.set_behaviours(bot_apps="any")
        acme.oauth_clients["client-acme"].scopes = ["data-connections", "apps:create"]
        bot = _bot(acme)
        app_id = bot("POST", "apps", json={"attributes": {"name": "a"}}).json()["attributes"]["id"]
        assert bot("POST", f"apps/{app_id}/scripts", json={"script": ""}).status_code == 403
        assert error_of(bot("POST", "reloads", json={"appId": app_id}))["code"] == "RELOADS-003"
        assert bot("DELETE", f"apps/{app_id}").status_code == 403

    def test_bodies_keep_to_the_types(self, apps: Apps, admin: Client) -> None:
        app_id = apps.make()
        for path, body in (
            ("apps", {"name": "a"}), ("apps", {"attributes": {}}), ("apps", {"attributes": {"name": ""}}),
            (f"apps/{app_id}/scripts", {"script": 5}), ("reloads", {}), ("reloads", {"appId": app_id, "weight": "1"}),
            ("reloads", {"appId": app_id, "variables": {"a": "b" * 257}}),
            ("reloads", {"appId": app_id, "variables": {str(number): "" for number in range(21)}}),
        ):  # fmt: skip
            assert admin("POST", path, json=body).status_code == 400, body

    def test_validation_names_what_does_not_fit_together(self, admin: Client, acme: Tenant) -> None:
        issues = admin("POST", "apps/validatescript", json={"script": "IF 1 THEN"}).json()
        assert [bool(issues[name]) for name in ("Errors", "Warnings")] == [True, False]
        assert admin("POST", "apps/validatescript", json={"script": "TRACE a;"}).json()["Errors"] == []
        assert acme.writes() == []


def _bot(acme: Tenant) -> Client:
    body = {"client_id": "client-acme", "client_secret": "secret-acme", "grant_type": "client_credentials"}
    token = requests.post(f"{acme.url}/oauth/token", json=body, timeout=10).json()["access_token"]
    return Client(acme, token)


class TestReloads:
    def test_a_reload_waits_runs_and_ends(self, apps: Apps, acme: Tenant) -> None:
        app_id = apps.make("TRACE hello;\nSLEEP 5000;")
        queued = apps.reload(app_id)
        assert (queued["status"], queued["type"], queued["weight"]) == ("QUEUED", "external", 1)
        assert "startTime" not in queued
        acme.pass_time(1001)
        running = apps.state(queued["id"])
        assert running["status"] == "RELOADING"
        assert running["log"] == f"ReloadID: {queued['id']}\r\nStarted loading data\r\n"
        assert apps.log(app_id, queued["id"]).status_code == 404
        acme.pass_time(10)
        ended = apps.state(queued["id"])
        assert (ended["status"], ended["log"].split("\r\n")[-2]) == ("SUCCEEDED", "Finished successfully")
        assert ended["endTime"] > ended["startTime"] > ended["creationTime"]
        log = apps.log(app_id, queued["id"])
        assert log.headers["content-type"].lower() == "text/plain; charset=utf-8"
        assert "hello" in log.text

    def test_a_failed_one_says_why_in_its_summary(self, apps: Apps, acme: Tenant) -> None:
        reload, log = ran(apps, acme, BAD_SCRIPT)
        assert (reload["status"], reload["errorCode"]) == ("FAILED", "EngineReloadScriptError")
        assert reload["log"].split("\r\n")[2:] == [
            "The following error occurred:",
            "The connection nothing can't be found",
            "The engine error code: EDC_ERROR:11015",
            "The error occurred here:",
            "LIB CONNECT TO 'nothing'",
            "",
        ]
        assert log.rstrip().endswith("Execution Failed")

    def test_one_that_went_on_after_errors(self, apps: Apps, acme: Tenant) -> None:
        for how, status in (("succeeded", "SUCCEEDED"), ("failed", "FAILED")):
            acme.set_behaviours(reload_with_errors=how)
            assert ran(apps, acme, "SET ErrorMode=0;\n" + BAD_SCRIPT)[0]["status"] == status

    def test_one_whose_engine_is_gone_leaves_no_log(self, apps: Apps, acme: Tenant) -> None:
        acme.reload_settings.configure(failures=1)
        app_id = apps.make()
        for status, code, log in (("FAILED", "EngineConnectionError", 404), ("SUCCEEDED", None, 200)):
            reload_id = apps.reload(app_id)["id"]
            acme.pass_time(2000)
            reload = apps.state(reload_id)
            assert (reload["status"], reload.get("errorCode")) == (status, code)
            assert apps.log(app_id, reload_id).status_code == log

    def test_variables_reach_the_script(self, apps: Apps, acme: Tenant) -> None:
        app_id = apps.make("TRACE <$(v)>;")
        reload_id = apps.reload(app_id, variables={"v": "given"})["id"]
        acme.pass_time(2000)
        assert apps.state(reload_id)["status"] == "SUCCEEDED"
        assert "<given>" in apps.log(app_id, reload_id).text

    def test_one_reload_of_an_app_at_a_time(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        app_id = apps.make()
        apps.reload(app_id)
        refused = admin("POST", "reloads", json={"appId": app_id})
        assert (refused.status_code, error_of(refused)["code"]) == (429, "RELOADS-007")
        assert "retry-after" not in refused.headers
        apps.reload(apps.make())
        acme.pass_time(2000)
        apps.reload(app_id)

    def test_rights_and_quota(self, apps: Apps, admin: Client, analyst: Client, acme: Tenant) -> None:
        theirs = Apps(analyst).make()
        refused = admin("POST", "reloads", json={"appId": theirs})
        assert (refused.status_code, error_of(refused)["code"]) == (403, "RELOADS-003")
        mine = apps.make()
        assert analyst("POST", "reloads", json={"appId": mine}).status_code == 400
        reload_id = apps.reload(mine)["id"]
        assert analyst("GET", f"reloads/{reload_id}").status_code == 403
        assert admin("GET", f"reloads/{'0' * 24}").status_code == 404
        acme.reload_settings.configure(quota=1)
        apps.reload(apps.make())
        refused = admin("POST", "reloads", json={"appId": apps.make()})
        assert (refused.status_code, error_of(refused)["code"]) == (403, "RELOADS-013")

    def test_only_so_many_run_at_once(self, apps: Apps, acme: Tenant) -> None:
        acme.reload_settings.configure(slots=1, queued_seconds=0.0)
        first, second = (apps.reload(apps.make("SLEEP 60000;"))["id"] for _number in range(2))
        acme.pass_time(1)
        assert [apps.state(row)["status"] for row in (first, second)] == ["RELOADING", "QUEUED"]
        acme.pass_time(60)
        assert [apps.state(row)["status"] for row in (first, second)] == ["SUCCEEDED", "RELOADING"]

    def test_time_may_pass_by_the_poll(self, apps: Apps, acme: Tenant) -> None:
        acme.reload_settings.configure(seconds_per_poll=400.0)
        reload_id = apps.reload(apps.make())["id"]
        assert [apps.state(reload_id)["status"] for _poll in range(3)] == ["QUEUED", "QUEUED", "SUCCEEDED"]

    def test_cancelling(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        acme.set_end("hangs", "Own")
        acme.add_connection("Own")
        app_id = apps.make("TRACE mark;\nFLUSHLOG;\nTRACE lost;\nLIB CONNECT TO 'Own';")
        reload_id = apps.reload(app_id)["id"]
        acme.pass_time(1500)
        assert apps.state(reload_id)["status"] == "RELOADING"
        for _time in range(2):
            canceled = admin("POST", f"reloads/{reload_id}/actions/cancel")
            assert (canceled.status_code, canceled.json()) == (202, {"status": "CANCELING"})
        assert apps.state(reload_id)["status"] == "CANCELING"
        assert admin("POST", "reloads", json={"appId": app_id}).status_code == 429
        acme.pass_time(11)
        assert apps.state(reload_id)["status"] == "CANCELED"
        assert admin("POST", f"reloads/{reload_id}/actions/cancel").status_code == 409
        assert admin("POST", f"reloads/{'0' * 24}/actions/cancel").status_code == 404
        log = apps.log(app_id, reload_id).text
        assert ("mark" in log, "lost" in log) == (True, False)
        acme.set_behaviours(cancelled_log="whole")
        assert "lost" in apps.log(app_id, reload_id).text
        acme.set_behaviours(cancelled_log="none")
        assert apps.log(app_id, reload_id).status_code == 404

    def test_cancelling_what_only_waited(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        app_id = apps.make()
        for status in (204, 202):
            acme.set_behaviours(cancel_queued_status=status)
            reload_id = apps.reload(app_id)["id"]
            assert admin("POST", f"reloads/{reload_id}/actions/cancel").status_code == status
            assert apps.state(reload_id)["status"] == "CANCELED"
            assert apps.log(app_id, reload_id).status_code == 404

    def test_too_long_is_too_long(self, apps: Apps, acme: Tenant) -> None:
        acme.reload_settings.configure(slots=1)
        first = apps.reload(apps.make(f"SLEEP {4 * 3600 * 1000};"))["id"]
        acme.pass_time(1001)
        assert apps.state(first)["status"] == "RELOADING"
        acme.pass_time(3 * 3600)
        assert apps.state(first)["status"] == "EXCEEDED_LIMIT"
        acme.reload_settings.configure(queued_seconds=10 * 3600.0)
        second = apps.reload(apps.make())["id"]
        acme.pass_time(6 * 3600 + 1)
        assert apps.state(second)["status"] == "EXCEEDED_LIMIT"

    def test_a_deleted_app_takes_its_reload_along(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        app_id = apps.make()
        reload_id = apps.reload(app_id)["id"]
        assert admin("DELETE", f"apps/{app_id}").status_code == 200
        acme.pass_time(2000)
        assert apps.state(reload_id)["status"] == "CANCELED"
        assert apps.log(app_id, reload_id).status_code == 404

    def test_a_running_log_may_be_read(self, apps: Apps, acme: Tenant) -> None:
        app_id = apps.make("TRACE mark;\nFLUSHLOG;\nTRACE later;\nSLEEP 60000;")
        reload_id = apps.reload(app_id)["id"]
        acme.pass_time(1001)
        for how, later in (("flushed", False), ("whole", True)):
            acme.set_behaviours(running_log=how)
            log = apps.log(app_id, reload_id).text
            assert ("mark" in log, "later" in log) == (True, later)

    def test_limits_of_their_own(self, apps: Apps, admin: Client, acme: Tenant) -> None:
        assert (acme.limits.reload_minute_limit, acme.limits.reload_limit) == (50, 250)
        ids = [apps.make() for _number in range(4)]
        acme.limits.configure(reload_minute_limit=2, reload_limit=3, window_seconds=1.0, tier2_limit=1)
        statuses = [admin("POST", "reloads", json={"appId": app_id}).status_code for app_id in ids[:3]]
        assert statuses == [201, 201, 429]
        assert admin("POST", "apps", json={"attributes": {"name": "a"}}).status_code == 200
        time.sleep(0.21)
        refused = [admin("POST", "reloads", json={"appId": app_id}) for app_id in ids[2:]]
        assert [answer.status_code for answer in refused] == [201, 429]
        assert error_of(refused[1])["code"] == "HTTP-429"
        assert refused[1].headers["retry-after"] == "1"


def test_the_control_port_and_the_seed(emulator: Emulator) -> None:
    tenant = emulator.add_tenant(
        {
            "name": "seeded",
            "spaces": [{"name": "Sales"}],
            "ends": [{"kind": "refused", "data_source": "mysql"}],
            "reloads": {"slots": 2},
            "connections": [
                {"name": "A", "space": "Sales", "end": "hangs"},
                {"name": "B", "end": {"kind": "refused", "number": 30012}},
            ],
        }
    )
    base = f"{emulator.control_url}/tenants/seeded"
    rows = requests.get(f"{base}/ends", timeout=10).json()
    assert [(row["kind"], row["name"], row["space"]) for row in rows] == [
        ("refused", None, None), ("hangs", "A", "Sales"), ("refused", "B", ""),
    ]  # fmt: skip
    assert tenant.reload_settings.slots == 2
    assert requests.put(f"{base}/reloads", json={"slots": 5}, timeout=10).json()["slots"] == 5
    assert requests.put(f"{base}/reloads", json={"slot": 5}, timeout=10).status_code == 400
    assert requests.put(f"{base}/ends", json=rows[:1], timeout=10).json() == rows[:1]
    assert requests.post(f"{base}/ends", json={"kind": "works", "name": "A"}, timeout=10).status_code == 204
    assert tenant.ends.rules[0].end.kind == "works"
    before = tenant.clock()
    assert requests.post(f"{base}/time", json={"seconds": 100}, timeout=10).status_code == 204
    assert tenant.clock() >= before + 100
    assert requests.get(f"{base}/apps", timeout=10).json() == []
    assert requests.get(f"{base}/accesses", timeout=10).json() == []
