"""An upgrade changes nothing by itself: what 0.1.0 left is read as it is, and finished where it is half done."""

from __future__ import annotations

from typing import Any

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks
from tests.upgrade.estate import DATABASE, MEMORIES, NEW, OLD, Estate, database, definitions

APPLIED = "Bring spaces and data connections to their declared state"


def test_the_first_run_of_the_new_version_writes_nothing(playbooks: Playbooks, emulator: Emulator) -> None:
    """And versions side by side, as in two execution environments, leave each other in peace."""
    estate = Estate(playbooks, emulator, definitions())
    estate.provision()
    estate.rotate_by_hand()
    estate.add_members()
    before = estate.held()
    assert all(len(held) == len(definitions()) for held in before.values()), "two are absent, two were made by hand"
    for arguments in (("--check", "--diff"), (), ("--extra-vars", "qlik_in_process=false")):
        run = estate.run(NEW, *arguments)
        assert run.returncode == 0, run.output
        assert run.statuses(APPLIED) == dict.fromkeys(MEMORIES, "ok")
    audit = estate.run(NEW, playbook="qlikops.cloud.audit")
    assert audit.returncode == 0, audit.output
    assert estate.writes() == {}
    assert estate.held() == before
    assert estate.questions_about_people() == {}, "who may use a space is nobody's business while nobody declares it"

    estate.change_databases()
    changed = estate.run(NEW)
    assert changed.returncode == 0, changed.output
    assert set(estate.writes()) == set(MEMORIES)
    estate.rotate_by_hand()
    before = estate.held()
    estate.forget()
    for version in (OLD, NEW):
        run = estate.run(version)
        assert run.returncode == 0, run.output
    assert estate.writes() == {}
    assert estate.held() == before


LEDGER = {"host": "db.example.com", "username": "qlik"}

ROLE: list[dict[str, Any]] = [
    {
        "name": "All at once",
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "tasks": [{"name": "Role", "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_connections"}}],
    }
]

# Where 0.1.0 was cut off in the middle of a replacement, tenant by tenant: what fails from then on.
STOPS: dict[str, dict[str, Any]] = {
    "keyed": {"method": "DELETE"},
    "versioned": {"method": "PATCH"},
    "once": {"method": "DELETE"},
    "forgetful": {"method": "PATCH"},
}


def test_a_replacement_that_was_cut_off_is_finished(playbooks: Playbooks, emulator: Emulator) -> None:
    estate = Estate(playbooks, emulator, [database("Ledger", "mysql", properties=LEDGER, replace="when_required")])
    assert estate.run(OLD).returncode == 0
    for name, host in estate.hosts.items():
        (ledger,) = host["qlik_connections_definitions"]
        ledger["data_source"] = "mssql"
        estate.tenants[name].set_faults([{"kind": "status", "status": 403, "match": STOPS[name], "times": None}])
    cut = estate.run(OLD, playbook=ROLE)
    assert cut.returncode != 0
    for tenant in estate.tenants.values():
        tenant.set_faults([])
        assert any("becoming" in item.name for item in tenant.connections.values()), cut.output
    run = estate.run(NEW)
    assert run.returncode == 0, run.output
    for tenant in estate.tenants.values():
        (ledger,) = [item for item in tenant.connections.values() if "Ledger" in item.name]
        assert (ledger.name, ledger.data_source) == ("Ledger", "mssql")
        assert tenant.secrets_of(ledger.id)["password"] == "canary-declared-Ledger"
    estate.forget()
    assert estate.run(NEW).returncode == 0
    assert estate.writes() == {}


def test_files_that_the_old_version_wrote_are_read(playbooks: Playbooks, emulator: Emulator) -> None:
    """An export over the same tenants changes nothing; a way back rebuilds what was deleted, beside the inventory that
    declares it.
    """
    declared = [
        database("Orders", tags=["nightly"]),
        database("Events {{ 1 + 1 }}", properties={**DATABASE, "db": "{% raw %}"}),
    ]
    declared.append(
        {
            "name": "Weather",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://weather.example.com"},
        }
    )
    estate = Estate(playbooks, emulator, declared)
    estate.escape_templates()
    estate.provision()
    assert estate.run(OLD, playbook="qlikops.cloud.export", qlik_export_managed="yes").returncode == 0
    exported = estate.run(NEW, "--inventory", "export")
    assert exported.returncode == 0, exported.output
    assert estate.writes() == {}

    before = {
        name: {item.name: dict(item.properties) for item in tenant.connections.values()}
        for name, tenant in estate.tenants.items()
    }
    words = f"decommission {', '.join(MEMORIES)}"
    options: dict[str, Any] = {
        "qlik_hosts": ",".join(MEMORIES),
        "qlik_confirm": words,
        "qlik_decommission_directory": "way-back",
    }
    gone = estate.run(OLD, playbook="qlikops.cloud.decommission", **options)
    assert gone.returncode == 0, gone.output
    assert all(
        "Orders" not in {item.name for item in tenant.connections.values()} for tenant in estate.tenants.values()
    )
    back = estate.run(NEW, "--inventory", "way-back")
    assert back.returncode == 0, back.output
    for name, tenant in estate.tenants.items():
        assert {item.name: dict(item.properties) for item in tenant.connections.values()} == before[name]
        assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "canary-declared-Orders"
