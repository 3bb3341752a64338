"""A fleet as 0.1.0 left it: tenants with every kind of connection, provisioned by that version itself."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulator import Emulator, Tenant
from tests.emulator.records import Connection
from tests.integration.playbooks import Playbooks, Run
from tests.upgrade.released import collections_of

OLD = "0.1.0"
NEW = ""
PROVISION = "qlikops.cloud.provision"
KEY = "canary-fingerprint-key-0123456789"
GATEWAY = {"id": "g1::g1", "name": "Frankfurt", "default": True}
NFD = "Cafe\u0301"

# How each tenant knows which secrets were sent: by a keyed digest, by the user's own version, or not at all.
MEMORIES: dict[str, dict[str, Any]] = {
    "keyed": {"qlik_connections_fingerprint_key": KEY},
    "versioned": {},
    "once": {"qlik_connections_update_secrets": "on_create"},
    "forgetful": {},
}
DATABASE = {"host": "db.example.com", "port": 5432, "db": "orders", "username": "qlik"}


def database(name: str, source: str = "postgres", **more: Any) -> dict[str, Any]:
    secrets = {"password": f"canary-declared-{name}"}
    return {
        "name": name,
        "space": "Sales",
        "data_source": source,
        "properties": dict(DATABASE),
        "secrets": secrets,
        **more,
    }


def definitions() -> list[dict[str, Any]]:
    """Each way of declaring a connection that 0.1.0 knew and that converges under it."""
    headers = [
        {"name": "Accept", "value": "text/csv"},
        {"name": "X-API-Key", "value": "canary-header", "encrypt": True},
    ]
    key_file = [{"name": "key.json", "value": "Y2FuYXJ5LWtleQ=="}]
    return [
        database("Orders", tags=["finance", "nightly"]),
        database("Exact", tags=["only"], tags_mode="exact"),
        database("Spelt as in Qlik", properties={**DATABASE, "port": "5432", "password": "canary-pasted"}, secrets={}),
        database("Renamed", previous_name="Former name"),
        database("Ledger", replace="when_required"),
        database("Adopted"),
        database("Mine", owner="admin@keyed.example"),
        database("Given away", owner="analyst@keyed.example"),
        database("Each their own", separate_credentials=True, credentials="team"),
        {**database("Shared"), "credentials": "existing", "separate_credentials": True, "secrets": {}},
        database(NFD),
        database("Behind a gateway", "DG_postgres", properties={**DATABASE, "gatewayInstance": GATEWAY["id"]}),
        database("Gateway by name", "DG_postgres", properties={**DATABASE, "gatewayInstance": GATEWAY["name"]}),
        {
            "name": "Weather",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://weather.example.com/v1?city=Bern"},
        },
        {
            "name": "Api",
            "space": "Sales",
            "data_source": "rest",
            "properties": {
                "url": "https://api.example.com",
                "authSchema": "basic",
                "username": "u",
                "queryHeaders": headers,
            },
            "secrets": {"password": "canary-declared-Api"},
        },
        {
            "name": "Key in the address",
            "space": "Sales",
            "data_source": "rest",
            "properties": {"url": "https://api.example.com/v2?api_key=canary-query&page=1", "authSchema": "anonymous"},
        },
        {
            "name": "Events",
            "space": "Sales",
            "data_source": "gbq",
            "properties": {"Catalog": "c", "OAuthMechanism": "0", "Email": "svc@example.com"},
            "secrets": {"KeyFilePath": key_file},
        },
        {
            "name": "Raw",
            "space": "Sales",
            "data_source": "mssql",
            "connect_statement": "CUSTOM CONNECT TO"
            ' "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=db.example.com;port=1433;"',
            "secrets": {"qUsername": "reader", "qPassword": "canary-declared-Raw"},
        },
        {
            "name": "Lake",
            "space": "Lakes",
            "data_source": "File_FileTransferConnector",
            "properties": {"host": "sftp.example.com", "username": "u"},
            "secrets": {"password": "canary-sftp"},
        },
        {
            "name": "Replicated",
            "space": "Lakes",
            "data_source": "repsrc_mysql",
            "properties": {"agentId": "agent-1", "server": "db.example.com", "port": 3306, "username": "u"},
            "secrets": {"password": "canary-declared-Replicated"},
        },
        {"name": "Gone", "space": "Sales", "state": "absent"},
        {"name": "Absent in a space that isn't", "space": "No such space", "state": "absent"},
        {**database("Own", data_source="postgres"), "space": ""},
    ]


class Estate:
    """Four tenants, their inventory, and runs of either version over them."""

    def __init__(self, playbooks: Playbooks, emulator: Emulator, declared: Sequence[Mapping[str, Any]]) -> None:
        self.playbooks = playbooks
        self.tenants: dict[str, Tenant] = {}
        self.hosts: dict[str, dict[str, Any]] = {}
        for name, memory in MEMORIES.items():
            tenant = emulator.add_tenant(_seed(name))
            tenant.limits.configure(enabled=False)
            self.tenants[name] = tenant
            own = [_for_tenant(item, name) for item in declared]
            sign_in = {"qlik_tenant_url": tenant.url, "qlik_access_token": tenant.api_key}
            self.hosts[name] = {**sign_in, **memory, "qlik_connections_definitions": own}

    def provision(self) -> None:
        """Let 0.1.0 bring the tenants to what is declared: once to build what is replaced and renamed later, and once
        as declared.
        """
        for hosts in (self._first_hosts(), self.hosts):
            run = self.run(OLD, hosts=hosts)
            assert run.returncode == 0, run.output
        settled = self.run(OLD)
        assert settled.returncode == 0, settled.output
        self.forget()

    def run(
        self,
        version: str,
        *arguments: str,
        playbook: Any = PROVISION,
        hosts: Mapping[str, Any] | None = None,
        **variables: Any,
    ) -> Run:
        """Run a playbook of one of the versions over the tenants; by default all of them."""
        shared = {
            "qlik_connections_spaces": [{"name": "Sales"}, {"name": "Lakes", "type": "data", "description": "Files"}],
            "qlik_connections_prune": True,
            "qlik_connections_prune_spaces": ["Sales"],
        }
        inventory = {"qlik_tenants": {"hosts": dict(hosts or self.hosts), "vars": shared}}
        environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections_of(version))} if version else {}
        run = self.playbooks.run(
            playbook, *arguments, inventory=inventory, variables=variables, environment=environment
        )
        assert "canary" not in run.output
        return run

    def forget(self) -> None:
        """Forget which requests there were."""
        for tenant in self.tenants.values():
            tenant.reset_log()

    def writes(self) -> dict[str, list[str]]:
        """The writing requests since `forget`, by tenant; empty when there were none."""
        found = {
            name: [f"{entry.method} {entry.path} {entry.body}" for entry in tenant.writes()]
            for name, tenant in self.tenants.items()
        }
        return {name: entries for name, entries in found.items() if entries}

    def add_members(self) -> None:
        """Somebody lets others into the spaces, by hand."""
        for tenant in self.tenants.values():
            for space in tenant.spaces.values():
                tenant.assign(space, tenant.everyone, ["consumer"], "group")

    def questions_about_people(self) -> dict[str, list[str]]:
        """Which tenants were asked who the members of a space are, or for groups, since their logs were reset."""
        asked = {
            name: [entry.path for entry in tenant.log if "assignments" in entry.path or "groups" in entry.path]
            for name, tenant in self.tenants.items()
        }
        return {name: paths for name, paths in asked.items() if paths}

    def change_databases(self) -> None:
        """Declare something else of the connections that the caller may edit."""
        for host in self.hosts.values():
            for item in host["qlik_connections_definitions"]:
                if item.get("data_source") == "postgres" and item["name"] != "Given away":
                    item["properties"]["db"] = "other"

    def escape_templates(self) -> None:
        """Write what looks like a template so that it stays text, as a user does."""
        for host in self.hosts.values():
            for item in host["qlik_connections_definitions"]:
                item["name"] = _literal(item["name"])
                item["properties"] = {name: _literal(value) for name, value in item["properties"].items()}

    def rotate_by_hand(self) -> None:
        """Somebody enters other passwords in Qlik's own pages, on every connection that has credentials."""
        for tenant in self.tenants.values():
            for connection in list(tenant.connections.values()):
                secrets = tenant.secrets_of(connection.id)
                if "password" in secrets:
                    tenant.edit_connection(connection.id, secrets={"password": rotated(connection)})

    def held(self) -> dict[str, dict[str, Any]]:
        """What each tenant holds, secrets included: to be compared with what it holds later."""
        return {name: _held(tenant) for name, tenant in self.tenants.items()}

    def _first_hosts(self) -> dict[str, Any]:
        first = {}
        for name, host in self.hosts.items():
            items = []
            for item in host["qlik_connections_definitions"]:
                if item["name"] == "Renamed":
                    item = {**item, "name": "Former name"}
                if item["name"] == "Ledger":
                    item = {
                        **item,
                        "data_source": "mysql",
                        "properties": {"host": "db.example.com", "username": "qlik"},
                    }
                if (
                    item["name"] == "Given away"
                ):  # Qlik lets only the owner edit: made in full first, given away by the second run
                    item = {name: value for name, value in item.items() if name != "owner"}
                if item["name"] == "Gone":
                    item = _for_tenant(database("Gone"), name)
                items.append(item)
            first[name] = {**host, "qlik_connections_definitions": items}
        return first


def _literal(value: Any) -> Any:
    """A text that holds braces as an expression whose value is that text."""
    return f"{{{{ {json.dumps(value)} }}}}" if isinstance(value, str) and "{" in value else value


def rotated(connection: Connection) -> str:
    return f"canary-by-hand-{connection.name}"


def _seed(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "users": [
            {"name": "admin", "email": f"admin@{name}.example", "roles": ["TenantAdmin"]},
            {"name": "analyst", "email": f"analyst@{name}.example", "roles": []},
        ],
        "api_keys": [{"key": f"key-{name}", "user": "admin"}],
        "gateways": {"DG_postgres": [GATEWAY]},
        "spaces": [{"name": "Sales", "owner": "admin", "roles": {"analyst": ["producer"]}}],
        "connections": [
            # Made by hand before there was any automation.
            {
                "name": "Adopted",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {**DATABASE, "password": "canary-by-hand"},
            },
            {
                "name": "By hand",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {**DATABASE, "password": "canary-by-hand"},
            },
            {
                "name": "Keeper of credentials",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {
                    **DATABASE,
                    "password": "canary-shared",
                    "separateCredentials": True,
                    "credentialsName": "existing",
                },
            },
        ],
    }


def _for_tenant(declared: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    item = copy.deepcopy(dict(declared))
    if "owner" in item:
        item["owner"] = item["owner"].replace("keyed", tenant)
    if tenant == "versioned" and item.get("state") != "absent":
        item["secrets_version"] = "2026-01"
    return item


def _held(tenant: Tenant) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for connection in tenant.connections.values():
        whole = tenant.properties_of(connection.id)
        held[f"{connection.space} {connection.name}"] = (
            connection.id,
            connection.owner,
            connection.tags,
            connection.updated,
            whole,
        )
    return held
