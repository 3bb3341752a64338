"""On how many tenants connections are tried at the same time: what Ansible is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # before ansible-core 2.19 every text is a template that isn't marked otherwise

    def trusted(value: str) -> str:
        return value


ROLES = Path(__file__).parents[2] / "roles"


def throttle(variables: dict[str, Any]) -> int:
    """What the writing task has for a host with these variables."""
    (task,) = yaml.safe_load((ROLES / "qlik_connections/tasks/main.yml").read_text())
    known = {"ansible_check_mode": False, **variables}
    return int(Templar(DataLoader(), variables=known).template(trusted(task["throttle"])))


@pytest.mark.parametrize(
    ("variables", "tenants"),
    [
        ({}, 0),
        ({"qlik_connections_verify": "never"}, 0),
        ({"qlik_connections_verify": "changed"}, 3),
        ({"qlik_connections_verify": "all", "qlik_test_parallel": "10"}, 10),
        ({"qlik_connections_put_back": True}, 3),
        ({"qlik_connections_put_back": "true", "qlik_test_parallel": 1}, 1),
        ({"qlik_connections_put_back": "false"}, 0),
        ({"qlik_connections_verify": None}, 0),
        ({"qlik_connections_verify": "all", "qlik_test_parallel": 0}, 1),
        ({"qlik_connections_verify": "all", "qlik_test_parallel": "-1"}, 1),
        ({"qlik_connections_verify": "changed", "ansible_check_mode": True}, 0),
        ({"qlik_connections_put_back": True, "ansible_check_mode": True}, 0),
    ],
)
def test_only_a_run_that_tries_is_held_back(variables: dict[str, Any], tenants: int) -> None:
    assert throttle(variables) == tenants


def test_comparing_is_never_held_back() -> None:
    (task,) = yaml.safe_load((ROLES / "qlik_connections/tasks/compare.yml").read_text())
    assert "throttle" not in task
