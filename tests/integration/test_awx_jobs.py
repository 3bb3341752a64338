"""Jobs of the role's templates, run with ansible-runner as AWX runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.integration.awx_jobs import DATA, Credential, Job, Outcome
from tests.integration.test_role_and_playbook import FOR_ALL, PASSWORD

CLIENT_SECRET = "canary-secret-of-the-region-client"
KEY = "canary-fingerprint-key-of-awx"
CLIENT = Credential("Qlik OAuth client", {"client_id": "region", "client_secret": CLIENT_SECRET})
FINGERPRINT = Credential("Qlik fingerprint key", {"fingerprint_key": KEY})
CANARIES = (CLIENT_SECRET, KEY, PASSWORD)
NAMES = [f"t{number}" for number in range(1, 5)]
LONG = 60_000
MakeJob = Callable[..., Job]


@pytest.fixture
def cloud() -> Iterator[Emulator]:
    """A server of its own: what a cancelled job asked for must not be carried out during another test."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def tenants(cloud: Emulator) -> dict[str, Tenant]:
    clients = [{"client_id": "region", "client_secret": CLIENT_SECRET}]
    return {name: cloud.add_tenant({"name": name, "oauth_clients": clients}) for name in NAMES}


@pytest.fixture
def inventory(tenants: dict[str, Tenant]) -> dict[str, Any]:
    """What AWX imported: the tenants with their addresses, and what they are to hold, but no way to sign in."""
    variables = {name: value for name, value in FOR_ALL.items() if name != "qlik_connections_fingerprint_key"}
    return {"hosts": {name: {"qlik_tenant_url": tenant.url} for name, tenant in tenants.items()}, "vars": variables}


@pytest.fixture
def job(tmp_path: Path, inventory: dict[str, Any]) -> MakeJob:
    """Makes jobs, each in a folder of its own."""

    def make(template: str, *credentials: Credential, **options: Any) -> Job:
        folder = tmp_path / f"job{len(list(tmp_path.glob('job*')))}"
        return Job(folder, template, options.pop("inventory", inventory), credentials, **options)

    return make


def held(tenant: Tenant) -> list[str]:
    return sorted(connection.name for connection in tenant.connections.values())


def assert_successful(outcome: Outcome) -> None:
    assert outcome.status == "successful", outcome.said()


def test_credentials_of_the_types_sign_in_and_bring_the_fingerprint_key(
    job: MakeJob, tenants: dict[str, Tenant]
) -> None:
    provision = job("Qlik Cloud provision", CLIENT, FINGERPRINT)
    first = provision.run()
    assert_successful(first)
    assert first.hosts == set(NAMES)
    assert first.stats["changed"].keys() == set(NAMES)
    for tenant in tenants.values():
        assert held(tenant) == ["Orders", "Weather"]
        orders = tenant.connection("Orders", "Sales")
        assert tenant.secrets_of(orders.id) == {"password": PASSWORD}
        assert [tag for tag in orders.tags if tag.startswith("qlikops.cloud:secrets:")]
    writes = {name: len(tenant.writes()) for name, tenant in tenants.items()}
    second = provision.run()
    assert_successful(second)
    assert not second.stats["changed"]
    assert {name: len(tenant.writes()) for name, tenant in tenants.items()} == writes


@pytest.mark.parametrize("address", ["in the inventory", "in the credential"])
def test_a_tenant_signs_in_by_token(
    job: MakeJob, inventory: dict[str, Any], tenants: dict[str, Tenant], address: str
) -> None:
    tenant = tenants["t1"]
    given = "" if address == "in the inventory" else tenant.url
    one: dict[str, Any] = {"hosts": {"t1": {} if given else inventory["hosts"]["t1"]}, "vars": inventory["vars"]}
    by_token = Credential("Qlik tenant", {"api_key": tenant.api_key, "tenant_url": given})
    outcome = job("Qlik Cloud provision", by_token, FINGERPRINT, inventory=one).run()
    assert_successful(outcome)
    assert held(tenant) == ["Orders", "Weather"]


def test_each_region_signs_in_with_a_client_of_its_own(
    job: MakeJob, cloud: Emulator, inventory: dict[str, Any]
) -> None:
    """One job over three regions. What group_vars say of a region comes to its hosts as AWX imports it: with the
    templates unfilled.
    """
    secrets = {region: f"canary-secret-of-the-client-of-{region}" for region in ("eu", "us", "ap1")}
    regions, hosts, clients = {}, {}, []
    for region, secret in secrets.items():
        regions[region] = cloud.add_tenant(
            {"name": region, "oauth_clients": [{"client_id": f"in-{region}", "client_secret": secret}]}
        )
        signs_in = {f"qlik_{what}": f"{{{{ qlik_{what}_{region} }}}}" for what in ("client_id", "client_secret")}
        hosts[f"tenant-{region}"] = {"qlik_tenant_url": regions[region].url, **signs_in}
        clients.append(
            Credential(f"Qlik OAuth client {region}", {"client_id": f"in-{region}", "client_secret": secret})
        )
    given = {"hosts": hosts, "vars": inventory["vars"]}
    outcome = job("Qlik Cloud provision", *clients, FINGERPRINT, inventory=given, arguments="-vvv").run()
    assert_successful(outcome)
    for tenant in regions.values():
        assert held(tenant) == ["Orders", "Weather"]
    assert outcome.files_with(secrets.values()) == set()

    # Where a region's credential is missing, no other region's client is tried.
    hosts["tenant-eu"]["qlik_client_id"] = "{{ qlik_client_id_jp }}"
    failed = job("Qlik Cloud provision", *clients, FINGERPRINT, inventory=given, arguments="--limit tenant-eu").run()
    assert failed.status == "failed"
    assert "qlik_client_id_jp" in failed.said()


def test_a_tenant_that_fails_is_an_event_of_its_own_the_others_are_provisioned_and_no_artifact_holds_a_secret(
    job: MakeJob, tenants: dict[str, Tenant]
) -> None:
    tenants["t3"].set_faults([{"kind": "reset", "match": {"method": "POST", "path": "connections"}, "times": None}])
    outcome = job("Qlik Cloud provision", CLIENT, FINGERPRINT, arguments="-vvvv --diff").run()
    assert outcome.status == "failed"
    failed = [event["event_data"]["host"] for event in outcome.events if event["event"] == "runner_on_failed"]
    assert set(failed) == {"t3"}
    assert set(outcome.stats["failures"]) == {"t3"}
    assert {name for name, tenant in tenants.items() if held(tenant)} == set(NAMES) - {"t3"}
    assert len(outcome.events) > 10
    # The runner itself notes the environment that it was given. AWX hides what is secret there, and throws the file
    # away.
    assert outcome.files_with(CANARIES) == {"command"}
    noted = json.loads((outcome.artifacts / "command").read_text())
    assert not any(canary in json.dumps(noted["command"]) for canary in CANARIES)
    assert [name for name, value in noted["env"].items() if any(canary in value for canary in CANARIES)] == [
        "QLIK_CLIENT_SECRET"
    ]


def test_slices_run_side_by_side_and_touch_each_tenant_once(job: MakeJob, tenants: dict[str, Tenant]) -> None:
    slices = [job("Qlik Cloud provision", CLIENT, FINGERPRINT, slice=(number, 2)) for number in (1, 2)]
    started = [one.start() for one in slices]
    outcomes = [one.finish(process) for one, process in zip(slices, started, strict=True)]
    for outcome in outcomes:
        assert_successful(outcome)
    assert [outcome.hosts for outcome in outcomes] == [{"t1", "t3"}, {"t2", "t4"}]
    for tenant in tenants.values():
        assert held(tenant) == ["Orders", "Weather"]
        # A space, then the connections: nobody else made them, and nobody signed in beside.
        assert len(tenant.writes()) == 3
        assert len([entry for entry in tenant.log if entry.path == "/oauth/token"]) == 1


def test_a_job_that_is_cancelled_is_finished_by_the_next(job: MakeJob, tenants: dict[str, Tenant]) -> None:
    tenants["t2"].set_faults([{"kind": "latency", "ms": LONG, "match": {"method": "POST", "path": "connections"}}])
    (fault,) = tenants["t2"].faults
    provision = job("Qlik Cloud provision", CLIENT, FINGERPRINT)
    process = provision.start()
    deadline = time.monotonic() + 120
    while process.poll() is None and not fault.struck and time.monotonic() < deadline:
        time.sleep(0.02)
    assert fault.struck
    provision.cancel()
    cancelled = provision.finish(process)
    assert cancelled.status == "canceled", cancelled.said()
    assert held(tenants["t1"]) == ["Orders", "Weather"]
    assert cancelled.files_with(CANARIES) == {"command"}

    tenants["t2"].set_faults([])
    assert_successful(provision.run())
    for tenant in tenants.values():
        assert held(tenant) == ["Orders", "Weather"]
        assert tenant.secrets_of(tenant.connection("Orders", "Sales").id) == {"password": PASSWORD}


def test_the_plan_that_was_approved_travels_as_an_artifact_and_nothing_else_is_done(
    job: MakeJob, tenants: dict[str, Tenant], inventory: dict[str, Any], tmp_path: Path
) -> None:
    options = {"qlik_plan_as_artifact": True, "qlik_report_dir": str(tmp_path / "reports")}
    plan = job("Qlik Cloud plan", CLIENT, FINGERPRINT, variables=options).run()
    assert_successful(plan)
    assert [name for name, tenant in tenants.items() if tenant.writes()] == []
    artifact = plan.stats["artifact_data"]
    assert "qlik_approved_plan" in artifact
    assert not any(canary in json.dumps(artifact) for canary in CANARIES)

    # Somebody changes a definition between the approval and the provisioning.
    inventory["hosts"]["t4"]["qlik_connections_definitions_90"] = [
        {"name": "Weather", "space": "Sales", "state": "absent"}
    ]
    given = {**DATA["workflow"]["extra_vars"], "qlik_allow_empty": False, **artifact}
    slices = [job("Qlik Cloud provision", CLIENT, FINGERPRINT, variables=given, slice=(number, 2)) for number in (1, 2)]
    outcomes = [one.run() for one in slices]
    assert {name: held(tenant) for name, tenant in tenants.items()} == {
        name: [] if name == "t4" else ["Orders", "Weather"] for name in NAMES
    }
    assert outcomes[0].status == "successful", outcomes[0].said()


def test_names_that_were_typed_into_the_survey_are_rotated_and_no_others(
    job: MakeJob, tenants: dict[str, Tenant], inventory: dict[str, Any]
) -> None:
    others = [{**FOR_ALL["qlik_connections_definitions_00_all"][0], "name": name} for name in ("Reports", "Archive")]
    inventory["vars"]["qlik_connections_definitions_10"] = others
    assert_successful(job("Qlik Cloud provision", CLIENT, FINGERPRINT).run())
    before = {name: len(tenant.writes()) for name, tenant in tenants.items()}
    outcome = job(
        "Qlik Cloud rotate secrets", CLIENT, FINGERPRINT, variables={"qlik_connections_only": "Sales:Orders,Reports"}
    ).run()
    assert_successful(outcome)
    for name, tenant in tenants.items():
        written = {entry.path.split("/")[-1] for entry in tenant.writes()[before[name] :]}
        assert written == {tenant.connection(one, "Sales").id for one in ("Orders", "Reports")}
        assert not any(entry.path.endswith("/reloads") for entry in tenant.log)

    # The answer comes as a text. A client has no personal space to try connections in.
    inventory["vars"]["qlik_connections_app_space"] = "Sales"
    answers = {"qlik_connections_only": "Sales:Orders", "qlik_rotate_verify": "true"}
    assert_successful(job("Qlik Cloud rotate secrets", CLIENT, FINGERPRINT, variables=answers).run())
    for tenant in tenants.values():
        assert any(entry.method == "POST" and entry.path.endswith("/reloads") for entry in tenant.log)
        assert not tenant.apps
