"""What leads a secret elsewhere beside host, server and URL:
a port that isn't declared, a gateway, a region, a bucket.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, succeed

KEY = "a fingerprint key of some length"
GATEWAYS: list[dict[str, Any]] = [
    {"id": "g1::g1", "name": "Frankfurt", "default": True},
    {"id": "g2::g2", "name": "Paris"},
]
S3 = "File_AmazonS3ConnectorV2"
PROPERTIES: dict[str, dict[str, Any]] = {
    "DG_mssql": {"host": "db.example.com", "username": "u", "gatewayInstance": "Frankfurt"},
    S3: {"region": "eu-west-1", "bucketName": "declared"},
    "postgres": {"host": "db.example.com", "username": "u"},
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.gateways = {"DG_mssql": GATEWAYS}
    return acme


def options(source: str, secret: str, **changes: Any) -> dict[str, Any]:
    secrets = {"secretKey": secret, "accessKey": "an access key"} if source == S3 else {"password": secret}
    connection = {
        "name": "Orders",
        "space": "Sales",
        "data_source": source,
        "properties": PROPERTIES[source],
        "secrets": secrets,
    }
    return {"connections": [connection], "fingerprint_key": KEY, **changes}


def held(tenant: Tenant) -> Any:
    return tenant.connection("Orders", "Sales")


@pytest.mark.parametrize("gateway", ["Frankfurt", "g1::g1"])
@pytest.mark.parametrize(
    ("source", "by_hand"),
    [("DG_mssql", {"gatewayInstance": "g2::g2"}), (S3, {"bucketName": "hand"}), (S3, {"region": "us-east-1"})],
)
def test_rotation_goes_through_no_other_gateway_and_to_no_other_bucket(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, source: str, by_hand: dict[str, str], gateway: str
) -> None:
    monkeypatch.setitem(PROPERTIES, "DG_mssql", {**PROPERTIES["DG_mssql"], "gatewayInstance": gateway})
    succeed("qlik_data_connections", tenant, options(source, "canary-one"))
    tenant.edit_connection(held(tenant).id, properties=by_hand)
    tenant.reset_log()
    rotation = options(source, "canary-two", secrets_only=True)
    said = fail("qlik_data_connections", tenant, rotation)
    assert f"its {next(iter(by_hand))} is " in said
    assert "no secrets are sent there" in said
    assert tenant.writes() == []
    succeed("qlik_data_connections", tenant, options(source, "canary-one"))  # puts it right
    succeed("qlik_data_connections", tenant, rotation)
    assert "canary-two" in tenant.secrets_of(held(tenant).id).values()
    assert not succeed("qlik_data_connections", tenant, options(source, "canary-two"))["changed"]


@pytest.mark.parametrize("first_version", [True, False])
@pytest.mark.parametrize("more", [{}, {"update_secrets": "always"}, {"secrets_only": True}])
def test_a_port_that_is_not_declared_is_the_usual_one_or_the_known_one(
    tenant: Tenant, more: dict[str, Any], first_version: bool
) -> None:
    succeed("qlik_data_connections", tenant, options("postgres", "canary-one"))
    if first_version:
        tenant.edit_connection(held(tenant).id, tags=[tag for tag in held(tenant).tags if ":sent:" not in tag])
    succeed("qlik_data_connections", tenant, options("postgres", "canary-two", **more))
    tenant.edit_connection(held(tenant).id, properties={"port": "6666"})
    tenant.reset_log()
    assert not succeed("qlik_data_connections", tenant, options("postgres", "canary-two"))["changed"]
    said = fail("qlik_data_connections", tenant, options("postgres", "canary-three", **more))
    assert "the definition doesn't declare port" in said
    assert "port 6666" in said
    assert tenant.writes() == []
