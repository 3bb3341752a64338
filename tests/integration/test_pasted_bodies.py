"""Bodies copied from Qlik's guides work as they are, and what is secret in them is treated so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.playbooks import Playbooks, three_times

AS_IN_THE_GUIDE = {
    "dataSourceId": "File_AmazonS3ConnectorV2",
    "qName": "S3 example",
    "connectionProperties": {
        "region": "us-east-2",
        "bucketName": "example-bucket",
        "accessKey": "canary-access-key",
        "secretKey": "canary-secret-key",
    },
}


@pytest.mark.parametrize("module", ["qlik_data_connection", "qlik_data_connections"])
def test_a_body_from_the_create_guide(playbooks: Playbooks, acme: Tenant, both_paths: str, module: str) -> None:
    body: dict[str, Any] = {**AS_IN_THE_GUIDE, "space": acme.add_space("Sales").id}
    options = body if module == "qlik_data_connection" else {"connections": [body]}
    run = playbooks.tasks(
        three_times("paste", module, options), "--diff", "-vvv", tenant=acme, variables={"qlik_in_process": both_paths}
    )
    assert run.returncode == 0, run.output
    result = run.step(acme, "paste")
    made = acme.connection("S3 example", "Sales")
    assert acme.secrets_of(made.id) == {"accessKey": "canary-access-key", "secretKey": "canary-secret-key"}
    assert (made.properties["region"], made.properties["bucketName"]) == ("us-east-2", "example-bucket")
    assert "canary" not in run.output
    assert "canary" not in json.dumps(run.results)
    assert "canary" not in made.statement
    assert "canary" not in json.dumps(made.tags)
    assert any("fingerprint_key" in warning for warning in result["warnings"])


def test_the_other_spellings(playbooks: Playbooks, acme: Tenant) -> None:
    sales = acme.add_space("Sales").id
    rest = {"url": "https://api.example/x?key=canary-query", "authSchema": "anonymous"}
    older = {"datasourceID": "rest", "connectionName": "Older", "spaceId": sales, "connection_properties": rest}
    snake = {"data_source_id": "rest", "name": "Snake", "space_id": "Sales", "properties": rest}
    api_key = {"tenant_url": acme.url, "api_key": acme.api_key}
    tasks = [
        *three_times("older", "qlik_data_connection", {**older, **api_key}),
        *three_times("snake", "qlik_data_connection", {**snake, **api_key}),
        *three_times(
            "both",
            "qlik_data_connections",
            {"connections": [older, snake, {**older, "connectionName": "third"}], **api_key},
        ),
    ]
    run = playbooks.tasks(tasks, "--diff", "-vvv")
    assert run.returncode == 0, run.output
    for name in ("older", "snake", "both"):
        run.step(acme, name)
    assert run.result("both")["summary"]["unchanged"] == 2
    assert {one.name for one in acme.connections.values()} == {"Older", "Snake", "third"}
    assert "canary" not in run.output + json.dumps(run.results)
