"""The playbooks that are compared, as data: the same connections held in different ways."""

from __future__ import annotations

from typing import Any

Play = dict[str, Any]
LABEL = {"loop_control": {"label": "{{ item.name }}"}}
PER_TENANT = {"tenant_url": "{{ url }}", "access_token": "{{ key }}", "fingerprint_key": "{{ fingerprint_key }}"}


def play(tasks: list[Any], hosts: str = "localhost", **keywords: Any) -> list[Play]:
    """One play."""
    return [{"name": "Bench", "hosts": hosts, "gather_facts": False, **keywords, "tasks": tasks}]


def empty() -> list[Play]:
    """Nothing: what starting Ansible takes."""
    return play([])


def uri_loop() -> list[Play]:
    """What people write without a collection: list, create what is missing, patch what is there.

    A playbook can't compare connect statements, so every connection that is there is patched.
    """
    common = {"headers": {"Authorization": "Bearer {{ key }}"}, "body_format": "json"}
    there = "dict(listed.json.data | map(attribute='qName') | zip(listed.json.data | map(attribute='qID')))"
    body = {
        "datasourceID": "{{ item.data_source }}",
        "qName": "{{ item.name }}",
        "space": "{{ space_ids[item.space] }}",
        "connectionProperties": "{{ item.properties | combine(item.secrets) }}",
    }
    patch = [{"op": "replace", "path": "/connectionProperties/db", "value": "{{ item.properties.db }}"}]
    return play(
        [
            {
                "name": "Spaces",
                "ansible.builtin.uri": {"url": "{{ url }}/api/v1/spaces?limit=100", **common},
                "register": "found",
            },
            {
                "name": "List",
                "ansible.builtin.uri": {"url": "{{ url }}/api/v1/data-connections", **common},
                "register": "listed",
            },
            {
                "name": "What is there",
                "ansible.builtin.set_fact": {
                    "there": f"{{{{ {there} }}}}",
                    "space_ids": "{{ dict(found.json.data | map(attribute='name') | zip(found.json.data |"
                    " map(attribute='id'))) }}",
                },
            },
            {
                "name": "Create",
                "ansible.builtin.uri": {
                    **common,
                    "url": "{{ url }}/api/v1/data-connections",
                    "method": "POST",
                    "body": body,
                    "status_code": 201,
                },
                "loop": "{{ connections | rejectattr('name', 'in', there) }}",
                **LABEL,
            },
            {
                "name": "Patch",
                "ansible.builtin.uri": {
                    **common,
                    "url": "{{ url }}/api/v1/data-connections/{{ there[item.name] }}",
                    "method": "PATCH",
                    "body": patch,
                    "status_code": [200, 204],
                },
                "loop": "{{ connections | selectattr('name', 'in', there) }}",
                **LABEL,
            },
        ]
    )


def single() -> list[Play]:
    """A loop over the module for one connection."""
    taken = ("name", "space", "data_source", "properties", "secrets")
    options = {**PER_TENANT, **{name: f"{{{{ item.{name} }}}}" for name in taken}}
    task = {"name": "One", "qlikops.cloud.qlik_data_connection": options, "loop": "{{ connections }}", **LABEL}
    return play([task])


def bulk() -> list[Play]:
    """One task for all."""
    options = {**PER_TENANT, "spaces": "{{ spaces }}", "connections": "{{ connections }}"}
    return play([{"name": "All", "qlikops.cloud.qlik_data_connections": options}])


def bulk_from_file() -> list[Play]:
    """One task for all, with definitions that don't pass through Ansible's templates."""
    options = {**PER_TENANT, "spaces": "{{ spaces }}", "definitions_from": ["{{ definitions_file }}"]}
    return play([{"name": "All", "qlikops.cloud.qlik_data_connections": options}])


def debug() -> list[Play]:
    """The least that Ansible can do on every host."""
    return play([{"name": "Nothing", "ansible.builtin.debug": {"msg": "x"}}], hosts="qlik_tenants")


def role() -> list[Play]:
    """The role over the tenants."""
    taken = {"name": "qlikops.cloud.qlik_connections", "rolespec_validate": False}
    return play([{"name": "Hold", "ansible.builtin.import_role": taken}], hosts="qlik_tenants")


def role_as_in_its_readme() -> list[Play]:
    """The role without a word about its argument specification, which Ansible then checks for each tenant."""
    return play(
        [{"name": "Hold", "ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_connections"}}],
        hosts="qlik_tenants",
    )


def provision(*, look_first: bool = False) -> list[Play]:
    """The playbook of the collection, all tenants in one wave."""
    return _imported("provision", look_first)


def audit() -> list[Play]:
    """The playbook that only looks, all tenants in one task first."""
    return _imported("audit", look_first=True)


def _imported(name: str, look_first: bool) -> list[Play]:
    return [
        {
            "name": name.capitalize(),
            "ansible.builtin.import_playbook": f"qlikops.cloud.{name}",
            "vars": {"qlik_waves": ["100%"], "qlik_look_first": look_first},
        }
    ]
