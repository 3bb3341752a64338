"""A rollout whose connections are tried stops at the wave in which one doesn't work, and does so again."""

from __future__ import annotations

from typing import Any

from tests.emulator import Emulator
from tests.emulator.postgres_server import PostgresServer
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import Fleet

NAMES = ("t1", "t2", "t3", "t4", "t5", "t6")
WAVES = {"qlik_waves": [1, 2, "100%"], "qlik_report_dir": "qlik-reports"}
RIGHT, WRONG = "canary-right-password", "canary-wrong-password"
NOT_WORKING = "qlikops.cloud:not-working"


class FleetOfSix(Fleet):
    """Six tenants, each with a user of its own in one real PostgreSQL, and one connection that is emulated alone."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator, server: PostgresServer) -> None:
        super().__init__(playbooks, emulator)
        self.server = server
        for name in NAMES[3:]:
            tenant = self.tenants[name] = emulator.add_tenant({"name": name})
            self.hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
        for name in NAMES:
            self.hosts[name]["database_user"] = f"rollout_{name}"
            server.set_user(f"rollout_{name}", RIGHT)
            self.tenants[name].set_end("accepts", "Archive", space="Sales", secrets={"password": RIGHT})

    def provision(self, password: str) -> str:
        """Provision all with this password; give the error, if there is one."""
        properties = {**self.server.properties("{{ database_user }}", "")}
        del properties["password"]
        definition = {"space": "Sales", "data_source": "postgres", "secrets": {"password": password}}
        run = self.run(
            "provision",
            variables=WAVES,
            qlik_connections_definitions=[
                {**definition, "name": "Orders", "properties": properties},
                {**definition, "name": "Archive", "properties": {**properties, "host": "db.example.com"}},
            ],
            qlik_connections_verify="changed",
        )
        assert "canary" not in run.output
        assert not any(tenant.apps for tenant in self.tenants.values())
        return run.output if run.returncode else ""

    @property
    def written(self) -> list[str]:
        return [name for name in NAMES if self.tenants[name].connections]

    @property
    def marked(self) -> dict[str, list[str]]:
        """By tenant the connections that carry the mark of those whose last trial didn't succeed."""
        found: dict[str, list[str]] = {}
        for name, tenant in self.tenants.items():
            marked = [one.name for one in tenant.connections.values() if NOT_WORKING in (one.tags or ())]
            if marked:
                found[name] = sorted(marked)
        return found

    def opened(self) -> dict[str, bool]:
        """By tenant whether the database lets in who signs in with what the connection holds."""
        found = {}
        for name in self.written:
            tenant = self.tenants[name]
            held = tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"]
            found[name] = self.server.accepts(f"rollout_{name}", held)
        return found


def test_a_rollout_stops_where_a_real_database_refuses_and_so_it_does_again(
    playbooks: Playbooks, emulator: Emulator, postgres: PostgresServer
) -> None:
    fleet = FleetOfSix(playbooks, emulator, postgres)
    for _run in range(2):
        error = fleet.provision(WRONG)
        assert "it doesn't connect" in error
        assert "password authentication failed" in error
        assert fleet.written == ["t1"]
        assert fleet.marked == {"t1": ["Archive", "Orders"]}
    # The right password for all, and in the second wave one database has another by now.
    postgres.set_user("rollout_t3", "canary-changed-by-hand")
    expected: dict[str, Any] = {"t1": True, "t2": True, "t3": False}
    for _run in range(2):
        assert "it doesn't connect" in fleet.provision(RIGHT)
        assert fleet.written == list(expected)
        assert fleet.marked == {"t3": ["Orders"]}
        assert fleet.opened() == expected
    postgres.set_user("rollout_t3", RIGHT)
    assert fleet.provision(RIGHT) == ""
    assert fleet.opened() == dict.fromkeys(NAMES, True)
    assert fleet.marked == {}


def test_an_approval_leads_past_no_trial_that_failed(playbooks: Playbooks, emulator: Emulator) -> None:
    fleet = Fleet(playbooks, emulator)
    for tenant in fleet.tenants.values():
        tenant.set_end("refused", "Orders", space="Sales")
    verified = {"qlik_connections_verify": "changed"}
    assert fleet.run("plan", variables={"qlik_report_dir": "qlik-reports"}, **verified).returncode == 0
    approved = {**WAVES, "qlik_approved_plan": "qlik-reports/plan.json", "qlik_approval_required": True}
    for _run in range(2):
        run = fleet.run("provision", variables=approved, **verified)
        assert run.returncode == 2
        assert "it doesn't connect" in run.output
        assert [len(tenant.connections) for tenant in fleet.tenants.values()] == [2, 0, 0]
    # What is tried is chosen by who provisions; on tenants that nobody approved it is nothing.
    fleet.playbooks.write(
        "none.json", '{"schema": "qlikops.cloud/report/1", "kind": "plan", "digests": {}, "tenants": {}}'
    )
    before = fleet.writes()
    run = fleet.run(
        "provision", variables={**approved, "qlik_approved_plan": "none.json"}, qlik_connections_verify="all"
    )
    assert run.returncode == 0
    assert "its connections were not tried" in run.output
    assert fleet.writes() == before
