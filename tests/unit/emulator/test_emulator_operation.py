"""How the emulator runs: rate limits, faults, the log, the control port, TLS, seeds, the command."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Emulator, SeedError, Tenant
from tests.emulator.behaviours import Behaviours
from tests.emulator.catalogue import CATALOGUE
from tests.emulator.faults import KINDS
from tests.emulator.statements import compose, parse, properties_of
from tests.unit.emulator.conftest import Client, error_of

ROOT = Path(__file__).parents[3]


class TestRateLimits:
    def test_tiers_are_counted_apart_and_lifted_after_the_window(
        self, admin: Client, analyst: Client, acme: Tenant
    ) -> None:
        acme.limits.configure(window_seconds=0.4, tier1_limit=3, tier2_limit=1)
        assert [admin("GET", "spaces").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = admin("GET", "data-sources")
        assert refused.json() == {
            "errors": [
                {
                    "code": "HTTP-429",
                    "title": "API rate limit reached.",
                    "detail": "You need to wait 1 seconds until limit is lifted.",
                }
            ]
        } | {key: value for key, value in refused.json().items() if key == "traceId"}
        assert refused.headers["retry-after"] == "1"
        assert [admin.create(name).status_code for name in ("A", "B")] == [201, 429]
        assert analyst("GET", "spaces").status_code == 200
        time.sleep(0.45)
        assert admin("GET", "spaces").status_code == 200

    def test_defaults_and_the_ceiling_of_a_small_tenant(self, admin: Client, acme: Tenant) -> None:
        assert (acme.limits.tier1_limit, acme.limits.tier2_limit, acme.limits.window_seconds) == (5000, 500, 300.0)
        acme.limits.configure(tier1_limit=4, ceiling_users=1)
        assert [admin("GET", "spaces").status_code for _ in range(3)] == [200, 200, 429]

    def test_tokens_count_as_writes(self, acme: Tenant) -> None:
        acme.limits.configure(tier2_limit=1)
        body = {"client_id": "client-acme", "client_secret": "secret-acme", "grant_type": "client_credentials"}
        statuses = [requests.post(f"{acme.url}/oauth/token", json=body, timeout=10).status_code for _ in range(2)]
        assert statuses == [200, 429]


class TestFaults:
    def test_status_for_a_pattern_after_and_times(self, admin: Client, acme: Tenant) -> None:
        match = {"method": "GET", "path": "/spaces"}
        acme.add_fault("status", match=match, after=1, times=2, status=503, retry_after=7)
        answers = [admin("GET", "spaces") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
        assert answers[1].headers["retry-after"] == "7"
        assert admin("GET", "data-sources").status_code == 200
        assert [entry.fault for entry in acme.log] == [None, "status", "status", None, None]

    def test_reset_happens_before_the_write_and_lost_answer_after(self, admin: Client, acme: Tenant) -> None:
        for kind, stored in (("reset", 0), ("lost_answer", 1)):
            acme.add_fault(kind, match={"method": "POST"})
            with pytest.raises(requests.ConnectionError):
                admin.create(kind)
            assert len(acme.connections) == stored
        assert [entry.status for entry in acme.writes()] == [0, 201]

    def test_truncated_and_garbled_bodies(self, admin: Client, acme: Tenant) -> None:
        acme.add_fault("truncate", bytes=10)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            admin("GET", "data-sources")
        acme.add_fault("garble")
        answer = admin("GET", "data-sources")
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"."):
            answer.json()

    def test_html_latency_redirect(self, admin: Client, acme: Tenant) -> None:
        acme.add_fault("html", status=502)
        assert admin("GET", "spaces").headers["content-type"].startswith("text/html")
        acme.add_fault("latency", ms=120)
        started = time.perf_counter()
        assert admin("GET", "spaces").status_code == 200
        assert time.perf_counter() - started >= 0.12
        acme.add_fault("redirect", location="http://127.0.0.2:1")
        answer = admin("GET", "spaces?limit=5")
        assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.2:1/api/v1/spaces?limit=5")

    def test_partial_lists_and_foreign_links(self, admin: Client, acme: Tenant) -> None:
        for number in range(3):
            acme.add_connection(f"c{number}")
        acme.add_fault("partial_list")
        page = admin("GET", "data-connections").json()
        assert (len(page["data"]), len(page["errors"])) == (2, 1)
        acme.add_fault("foreign_next", origin="https://evil.example")
        link = admin("GET", "data-connections?limit=1").json()["links"]["next"]["href"]
        assert link.startswith("https://evil.example/api/v1/data-connections?limit=1&page=")

    def test_deprecation_headers(self, admin: Client, acme: Tenant) -> None:
        acme.add_fault("deprecation", match={"path": "/api/v1/data-connections"}, times=None)
        assert admin("GET", "data-connections").headers["deprecation"].startswith("@")
        latest = admin("GET", "data-connections", headers={"qlik-api-version": "latest"})
        assert "deprecation" not in latest.headers

    @pytest.mark.parametrize(
        "fault",
        [{"kind": "nope"}, {"kind": "latency"}, {"kind": "reset", "ms": 1}, {"kind": "reset", "match": {"x": 1}}],
    )
    def test_impossible_faults(self, acme: Tenant, fault: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="fault"):
            acme.set_faults([fault])


class TestOrigin:
    def test_the_log_holds_everything(self, admin: Client, acme: Tenant) -> None:
        made = admin.create("A" * 5000)
        admin("GET", "data-connections?limit=5&filter=x", headers={"qlik-api-version": "2026-08"})
        first, second = acme.log
        assert (first.method, first.path, first.status) == ("POST", "/api/v1/data-connections", 201)
        assert first.body["qName"] == "A" * 5000
        assert first.body["connectionProperties"]["password"] == "p"
        assert second.query == {"limit": ["5"], "filter": ["x"]}
        assert second.headers["qlik-api-version"] == "2026-08"
        assert second.user == acme.user("admin").id
        assert acme.writes() == [first]
        assert made.headers["X-B3-Traceid"] != admin("GET", "spaces").headers["X-B3-Traceid"]
        acme.reset_log()
        assert acme.log == []

    def test_unknown_paths_and_methods(self, admin: Client) -> None:
        assert admin("GET", "nothing-here").status_code == 404
        assert admin("PUT", "spaces").status_code == 405
        assert admin("GET", "/api/connectivity/spaces").status_code == 404

    def test_ids_are_repeatable(self, emulator: Emulator) -> None:
        ids = []
        for _ in range(2):
            emulator.reset()
            acme = emulator.tenant("acme")
            ids.append([acme.id, acme.add_space("S").id, acme.add_connection("A", space="S").id, acme.user("admin").id])
        assert ids[0] == ids[1]

    def test_reset_brings_the_seed_back(self, emulator: Emulator) -> None:
        port = emulator.tenant("acme").port
        emulator.add_tenant({"name": "extra"})
        emulator.tenant("acme").add_connection("A")
        emulator.reset()
        assert list(emulator.tenants) == ["acme"]
        assert emulator.tenant("acme").port == port
        assert not emulator.tenant("acme").connections

    def test_many_connections_are_quick(self, admin: Client, acme: Tenant) -> None:
        started = time.perf_counter()
        for number in range(5000):
            acme.add_connection(f"c{number}", properties={"host": "h", "db": str(number), "password": "p"})
        assert time.perf_counter() - started < 5
        assert len(admin("GET", "data-connections").json()["data"]) == 5000

    def test_tls_tenant(self, emulator: Emulator) -> None:
        tenant = emulator.add_tenant({"name": "safe", "tls": True})
        assert tenant.url.startswith("https://")
        headers = {"Authorization": "Bearer key-safe"}
        answer = requests.get(f"{tenant.url}/api/v1/spaces", headers=headers, verify=str(tenant.ca_path), timeout=10)
        assert answer.json()["links"]["self"]["href"].startswith(tenant.url)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{tenant.url}/api/v1/spaces", headers=headers, timeout=10)


class TestControl:
    def test_everything_a_test_in_another_process_needs(self, emulator: Emulator, admin: Client, acme: Tenant) -> None:
        session = requests.Session()

        def control(method: str, path: str, status: int = 200, **arguments: Any) -> Any:
            answer = session.request(method, emulator.control_url + path, timeout=10, **arguments)
            assert answer.status_code == status, answer.text
            return answer.json() if answer.content else None

        base = "/tenants/acme"
        assert control("GET", "/tenants")["tenants"]["acme"]["url"] == acme.url
        assert control("GET", "/health") == {"status": "ok"}
        added = control(
            "POST", f"{base}/connections", 201, json={"name": "A", "properties": {"host": "h", "password": "p"}}
        )
        assert control("GET", f"{base}/connections")[0]["properties"]["host"] == "h"
        assert control("GET", f"{base}/secrets/{added['id']}") == {"password": "p"}
        control("POST", f"{base}/connections/{added['id']}", json={"properties": {"host": "by hand"}, "tags": ["x"]})
        seen = admin("GET", f"data-connections/{added['id']}?parseConnection=true").json()
        assert (seen["connectionProperties"]["host"], seen["tags"]) == ("by hand", ["x"])
        assert len(control("GET", f"{base}/log")) == 1
        assert control("GET", f"{base}/log?writes=true") == []
        control("DELETE", f"{base}/log", 204)
        assert control("PUT", f"{base}/behaviours", json={"parse_values": "typed"})["parse_values"] == "typed"
        control("PUT", f"{base}/behaviours", 400, json={"nope": 1})
        control("PUT", f"{base}/faults", json=[{"kind": "status", "match": {"path": "spaces"}}])
        assert admin("GET", "spaces").status_code == 503
        assert control("GET", f"{base}/faults")[0]["struck"] == 1
        assert control("PUT", f"{base}/limits", json={"tier1_limit": 9})["tier1_limit"] == 9
        assert control("PUT", f"{base}/latency", json={"latency_ms": 1}) == {"latency_ms": 1.0}
        control("POST", f"{base}/spaces", 201, json={"name": "S"})
        control("POST", f"{base}/users", 201, json={"name": "new", "roles": ["DataAdmin"]})
        assert control("POST", f"{base}/expire-tokens") == {"expired": 0}
        assert control("POST", "/tenants", 201, json={"name": "more"})["api_keys"] == ["key-more"]
        control("POST", "/tenants", 400, json={"name": "more"})
        control("GET", "/tenants/nobody/log", 404)
        control("DELETE", "/tenants/more", 204)
        control("DELETE", f"{base}/connections/{added['id']}", 204)
        control("POST", "/reset", 204)
        assert control("GET", f"{base}/connections") == []
        session.close()


class TestSeed:
    def test_a_full_seed(self) -> None:
        seed = yaml.safe_load(
            """
            oauth_clients: [{client_id: regional, client_secret: s, region: us}]
            organization: {oauth_clients: [{client_id: org, client_secret: s}]}
            tenants:
              - name: acme
                region: us
                users: [{name: boss, email: boss@acme.example, roles: [TenantAdmin]}]
                api_keys: [{key: k1, user: boss@acme.example}, {key: old, user: boss, expires: 2020-01-01T00:00:00Z}]
                spaces: [{name: Sales, type: data, owner: boss}]
                gateways: {DG_postgres: [{id: "a::a", name: G, default: true}]}
                disabled_sources: [rest]
                datafiles: true
                behaviours: {parse_values: typed}
                limits: {enabled: false}
                connections:
                  - {name: Orders, space: Sales, data_source: postgres, properties: {host: h, password: p}, tags: [a]}
                  - name: Raw
                    connect_statement: 'CUSTOM CONNECT TO "provider=QvRestConnector.exe;url=https://x;"'
                    data_source: rest
                  - {count: 3, name: "copy-{index}", data_source: mysql, properties: {host: "h{index}"}}
              - {name: "t{index}", count: 2}
            """
        )
        with Emulator(seed) as emulator:
            acme = emulator.tenant("acme")
            assert [row.name for row in acme.connections.values()] == ["Orders", "Raw", "copy-1", "copy-2", "copy-3"]
            assert acme.connection("copy-2").properties["host"] == "h2"
            assert acme.connection("Orders", "Sales").tags == ["a"]
            assert "regional" in acme.oauth_clients
            assert "regional" not in emulator.tenant("t1").oauth_clients
            assert emulator.tenant("t2").api_key == "key-t2"
            assert Client(acme, "old")("GET", "spaces").status_code == 401
            assert Client(acme, "k1")("GET", "spaces").status_code == 200

    @pytest.mark.parametrize(
        "seed",
        [
            {"tenant": []},
            {"tenants": [{"name": "a", "typo": 1}]},
            {"tenants": [{"name": "a"}, {"name": "a"}]},
            {"tenants": [{"name": "a", "connections": [{"name": "x", "space": "nowhere"}]}]},
            {"tenants": [{"name": "a", "connections": [{"name": "x", "colour": "red"}]}]},
            {"tenants": [{"name": "a", "behaviours": {"nope": 1}}]},
        ],
    )
    def test_mistakes_are_named(self, seed: dict[str, Any]) -> None:
        with pytest.raises(SeedError):
            Emulator(seed).start()

    def test_command(self, tmp_path: Path) -> None:
        seed, state = tmp_path / "seed.yml", tmp_path / "state.json"
        seed.write_text("tenants: [{name: acme}]\n", encoding="utf-8")
        command = [sys.executable, "-m", "tests.emulator", "--tenants", str(seed), "--state-file", str(state)]
        with subprocess.Popen(command, cwd=ROOT) as process:
            deadline = time.monotonic() + 10
            while not state.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            described = json.loads(state.read_text(encoding="utf-8"))
            tenant = described["tenants"]["acme"]
            headers = {"Authorization": f"Bearer {tenant['api_keys'][0]}"}
            assert requests.get(f"{tenant['url']}/api/v1/spaces", headers=headers, timeout=10).status_code == 200
            assert requests.get(f"{described['control_url']}/health", timeout=10).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
SCALARS = st.dictionaries(st.sampled_from(["host", "url", "method", "requestBody", "own"]), TEXTS)
PAIRS = st.lists(st.fixed_dictionaries({"name": TEXTS.filter(bool), "value": TEXTS}), max_size=4)


@given(SCALARS, PAIRS, st.sampled_from(["rest", "postgres", "File_AmazonS3ConnectorV2"]))
def test_statements_can_be_read_back(scalars: dict[str, str], pairs: list[dict[str, str]], source_id: str) -> None:
    source = CATALOGUE[source_id]
    properties: dict[str, Any] = dict(scalars)
    if source_id == "rest":
        properties["queryHeaders"] = pairs
    statement = compose(source, properties, separate=False)
    assert properties_of(source, parse(statement)) == properties


def test_every_switch_and_fault_stands_in_the_readme() -> None:
    readme = (ROOT / "tests" / "emulator" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (.*?) \| (.*?) \|$", readme, re.MULTILINE)
    described = {(name, default, meaning) for name, default, _others, meaning in table}
    assert described == {(name, default, meaning) for name, default, _others, meaning in Behaviours.described()}
    for kind in KINDS:
        assert f"| `{kind}`" in readme


def test_switches_refuse_what_they_do_not_know(acme: Tenant) -> None:
    for name, value in {
        "nope": 1,
        "parse_values": "loud",
        "names_case_sensitive": "true",
        "spaces_max_limit": "x",
    }.items():
        with pytest.raises(ValueError, match="behaviour"):
            acme.set_behaviours(**{name: value})


def test_refusals_name_a_trace(admin: Client) -> None:
    answer = admin("GET", "spaces/nowhere")
    assert answer.json()["traceId"] == answer.headers["X-B3-Traceid"]
    assert error_of(answer)["code"] == "SPACES-404"
