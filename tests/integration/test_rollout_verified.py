"""A rollout whose connections are tried stops at the wave in which one doesn't work, and does so again."""

from __future__ import annotations

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.integration.test_fleet_playbooks import DEFINITIONS, Fleet

NAMES = ("t1", "t2", "t3", "t4", "t5", "t6")
WAVES = {"qlik_waves": [1, 2, "100%"], "qlik_report_dir": "qlik-reports"}


def fleet_of_six(playbooks: Playbooks, emulator: Emulator) -> Fleet:
    fleet = Fleet(playbooks, emulator)
    for name in NAMES[3:]:
        tenant = fleet.tenants[name] = emulator.add_tenant({"name": name})
        fleet.hosts[name] = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
    return fleet


def written(fleet: Fleet) -> list[str]:
    return [name for name in NAMES if fleet.tenants[name].connections]


def test_a_rollout_stops_where_a_connection_does_not_work_until_it_does(
    playbooks: Playbooks, emulator: Emulator
) -> None:
    fleet = fleet_of_six(playbooks, emulator)
    databases = [one for one in DEFINITIONS if one["data_source"] == "postgres"]
    for tenant in fleet.tenants.values():
        tenant.set_end("accepts", "Orders", space="Sales", secrets={"password": "canary-password"})
    wrong = [{**one, "secrets": {"password": "canary-wrong"}} for one in databases]

    def provision(definitions: list[dict[str, object]]) -> str:
        run = fleet.run(
            "provision",
            variables=WAVES,
            qlik_connections_definitions=definitions,
            qlik_connections_verify="changed",
        )
        assert "canary" not in run.output
        assert not any(tenant.apps for tenant in fleet.tenants.values())
        return run.output if run.returncode else ""

    for _run in range(2):
        assert "it doesn't connect" in provision(wrong)
        assert written(fleet) == ["t1"]
    # The right password for all, and two of the databases still have another.
    fleet.tenants["t3"].set_end("refused", "Orders", space="Sales")
    for _run in range(2):
        assert "it doesn't connect" in provision(databases)
        assert written(fleet) == ["t1", "t2", "t3"]
    fleet.tenants["t3"].set_end("works", "Orders", space="Sales")
    assert provision(databases) == ""
    assert written(fleet) == list(NAMES)
    assert not any(
        "not-working" in tag
        for tenant in fleet.tenants.values()
        for one in tenant.connections.values()
        for tag in one.tags or ()
    )
