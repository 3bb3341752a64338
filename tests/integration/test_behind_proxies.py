"""A fleet behind a proxy whose answers to writes are lost:
each connection is made once, by both ways of running a job.
"""

from __future__ import annotations

import pytest

from tests.emulator import Emulator
from tests.integration.playbooks import Playbooks, task
from tests.unit.socksserver import socks

TENANTS = ["acme1", "acme2"]


@pytest.mark.parametrize(("scheme", "in_process"), [("http", "false"), ("socks5h", "true")])
def test_writes_whose_answers_are_lost_behind_a_proxy(
    playbooks: Playbooks, emulator: Emulator, in_process: str, scheme: str
) -> None:
    hosts = {}
    for name in TENANTS:
        secret = f"canary-{name}"
        tenant = emulator.add_tenant(
            {"name": name, "tls": True, "oauth_clients": [{"client_id": "c", "client_secret": secret}]}
        )
        creations = {"method": "POST", "path": "/(data-connections|spaces)$"}
        tenant.set_faults([{"kind": "lost_answer", "match": creations, "times": 2, "after": 1}])
        hosts[name] = {
            "qlik_tenant_url": tenant.url,
            "secret": secret,
            "ansible_connection": "local",
            "qlik_in_process": in_process,
        }
    one = {"space": "Sales", "data_source": "postgres", "properties": {"host": "h", "db": "d", "username": "u"}}
    options = {
        "tenant_url": "{{ qlik_tenant_url }}",
        "client_id": "c",
        "client_secret": "{{ secret }}",
        "ca_path": str(emulator.ca_path),
        "spaces": [{"name": "Sales"}],
        "connections": [
            {**one, "name": f"c{number}", "secrets": {"password": "canary-password"}} for number in range(6)
        ],
    }
    tasks = [task("provision", "qlik_data_connections", options), task("again", "qlik_data_connections", options)]
    with socks() as proxy:
        environment = {"https_proxy": f"{scheme}://127.0.0.1:{proxy.port}", "no_proxy": "", "NO_PROXY": ""}
        play = {"name": "Test", "hosts": "all", "gather_facts": False, "tasks": tasks}
        ran = playbooks.run([play], "--forks", "4", inventory={"all": {"hosts": hosts}}, environment=environment)
    assert ran.returncode == 0, ran.output
    assert "canary" not in ran.output
    for name in TENANTS:
        result = ran.result("provision", name)
        assert (result["summary"]["created"], result["summary"]["failed"]) == (6, 0)
        assert sorted(connection.name for connection in emulator.tenant(name).connections.values()) == [
            f"c{number}" for number in range(6)
        ]
        assert [space.name for space in emulator.tenant(name).spaces.values()] == ["Sales"]
        assert not ran.result("again", name)["changed"]
    assert len(proxy.asked) >= len(TENANTS), "none goes round the proxy"
