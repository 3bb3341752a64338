"""Options of the inventory plugin that aren't of their type: they are named, and what they hold isn't shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.playbooks import Playbooks

CANARY = "canary-inventory-4711"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"client_secret": [CANARY]}, "client_secret must be a text, but is a list."),
        ({"client_id": {"client_secret": CANARY}}, "client_id must be a text, but is a dictionary."),
        ({"timeout": CANARY, "client_secret": CANARY}, "timeout must be an integer."),
    ],
)
def test_a_secret_in_an_option_of_another_type(playbooks: Playbooks, options: dict[str, Any], said: str) -> None:
    source = playbooks.write(
        "a.qlik_tenants.yml", {"plugin": "qlikops.cloud.qlik_tenants", "client_id": "x", **options}
    )
    run = playbooks.inventory(source, "--list", "-vvvv")
    assert said in " ".join(run.output.split())
    assert CANARY not in run.output
