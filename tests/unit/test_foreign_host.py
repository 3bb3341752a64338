"""Which hosts of the inventory plugin are refused: those that another inventory made into something else, and foreign
addresses.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._foreign_host import refusal

URL = "https://acme.eu.qlikcloud.com"
HOST: dict[str, Any] = {
    "inventory_hostname": "acme",
    "qlik_tenant_host": "acme",
    "qlik_tenant_id": "1",
    "qlik_tenant_url": URL,
    "qlik_hostnames": ["acme.eu.qlikcloud.com", "alias.eu.qlikcloud.com"],
    "ansible_connection": "local",
}


def refused(url: str = URL, **variables: Any) -> str:
    return refusal({**HOST, **variables}, url, lambda value: value)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"ansible_host": "acme"},
        {"ansible_host": "127.0.0.1"},
        {"ansible_host": "acme.eu.qlikcloud.com"},
        {"ansible_host": "alias.eu.qlikcloud.com"},
        {"ansible_connection": "ansible.builtin.local"},
        {"ansible_user": "qlik"},
        # Written by hand, a host may say what it likes.
        {"qlik_tenant_host": None, "ansible_host": "10.0.0.5", "ansible_connection": "ssh"},
    ],
)
def test_hosts_that_are_what_the_plugin_made_them(variables: dict[str, Any]) -> None:
    assert refused(**variables) == ""


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"qlik_tenant_host": "globex"}, "The host 'acme' has the variables of the tenant 'globex'"),
        ({"ansible_host": "10.0.0.5"}, "which is at 10.0.0.5 (ansible_host)"),
        ({"ansible_host": "acme.eu.qlikcloud.com.evil.example"}, "(ansible_host)"),
        ({"ansible_connection": "ssh"}, "which is reached by ssh (ansible_connection)"),
        ({"ansible_connection": "community.docker.docker"}, "(ansible_connection)"),
    ],
)
def test_hosts_that_another_inventory_made_into_something_else(variables: dict[str, Any], reason: str) -> None:
    assert reason in refused(**variables)


@pytest.mark.parametrize("url", ["https://evil.example", "evil.example:8443", "https://169.254.169.254"])
def test_an_address_that_only_the_organization_named(url: str) -> None:
    named = ["evil.example", "169.254.169.254"]
    assert "was named by the organization" in refused(url, qlik_hostnames=named)
    assert "was named by the organization" in refused(url, qlik_hostnames=named, qlik_tenant_host=None)
    assert "was named by the organization" in refused(
        url, qlik_hostnames=named, qlik_allowed_domains=["*.acme.example"]
    )
    assert refused(url, qlik_hostnames=named, qlik_allowed_domains=named) == ""
    assert "is no domain" in refused(url, qlik_hostnames=named, qlik_allowed_domains=["*"])


def test_an_address_that_somebody_typed() -> None:
    assert refused("https://qlik.acme.example") == ""
    assert (
        refused("https://evil.example", qlik_tenant_id="", qlik_context="mine", qlik_hostnames=["evil.example"]) == ""
    )
    assert refused("", qlik_hostnames=["evil.example"]) == ""
    assert refused("http://127.0.0.1:8080", qlik_hostnames=["127.0.0.1:8080"]) == ""
