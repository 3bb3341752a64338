"""What the role qlik_awx declares and refuses before it changes anything, and the parts of its page that are made from
that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playbooks import Playbooks
from tests.tools.awx_page import PAGE, ROOT, objects, tables
from tests.tools.sections import section

DATA = objects()
TEMPLATES = {template["name"]: template for template in DATA["job_templates"]}
# How AWX tells a playbook from other YAML in a project.
LISTED_BY_AWX = re.compile(
    r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?include|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE
)


# Settings that AWX would refuse half-way, by what is said of them.
SETTINGS: dict[str, dict[str, Any]] = {
    "'Qlik OAuth client', and AWX takes one of a type": {
        "qlik_awx_credentials": [{"name": name, "credential_type": "Qlik OAuth client"} for name in ("EU", "US")]
    },
    "'Vault', and AWX takes one of a type": {
        "qlik_awx_credentials": [
            {"name": name, "credential_type": "Vault", "inputs": {"vault_id": "one"}} for name in ("a", "b")
        ]
    },
    "'Qlik organization client', and AWX takes one of a type": {
        "qlik_awx_credentials": [{"name": name, "credential_type": "Qlik organization client"} for name in ("a", "b")]
    },
    "no credential type 'Qlik OAuth client EU'": {
        "qlik_awx_credentials": [{"name": "EU", "credential_type": "Qlik OAuth client EU"}]
    },
    "Name it in qlik_awx_definitions_credential or qlik_awx_playbooks_credential": {
        "qlik_awx_credentials": [{"name": "Git", "credential_type": "Source Control"}]
    },
    "Name it in qlik_awx_image_credential": {
        "qlik_awx_credentials": [{"name": "Quay", "credential_type": "Container Registry"}]
    },
    "qlik_awx_credentials, item 1: it must be a dictionary": {
        "qlik_awx_credentials": [[{"name": "Git", "inputs": {"password": "canary-nested"}}]]
    },
    "qlik_awx_credentials, item 2: it must be a dictionary": {
        "qlik_awx_credentials": [{"name": "Vault", "credential_type": "Vault"}, "password=canary-text"]
    },
    "qlik_awx_credentials, item 3: it must be a dictionary": {
        "qlik_awx_credentials": [
            {"name": "Vault", "credential_type": "Vault"},
            {"name": "Machine", "credential_type": "Machine"},
            {"name": "Git", "credential_type": "Source Control", "inputs": "canary-inputs"},
        ]
    },
    "item 1 has client_secret, which a credential doesn't have": {
        "qlik_awx_credentials": [
            {"name": "A", "credential_type": "Qlik OAuth client", "client_secret": "canary-beside"}
        ]
    },
    "several credentials 'Passwords' of the type 'Vault'": {
        "qlik_awx_credentials": [
            {"name": "Passwords", "credential_type": "Vault", "inputs": {"vault_id": vault}} for vault in ("a", "b")
        ]
    },
    "qlik_awx_variables, provision: it must be a dictionary": {"qlik_awx_variables": {"provision": "qlik_waves"}},
    "qlik_awx_forks must be 0 or more": {"qlik_awx_forks": -5},
    "qlik_awx_variables has 'provison'": {"qlik_awx_variables": {"provison": {"qlik_waves": [1]}}},
}


def test_what_awx_would_refuse_half_way_is_refused_before_anything_is_written(playbooks: Playbooks) -> None:
    tasks: list[dict[str, Any]] = []
    for number, settings in enumerate(SETTINGS.values()):
        role = {"name": "qlikops.cloud.qlik_awx", "tasks_from": "settings", "rolespec_validate": False}
        block = [{"name": f"Case {number}", "ansible.builtin.include_role": role, "vars": {**settings}}]
        missed = [{"name": f"Case {number} was taken", "ansible.builtin.fail": {}}]
        tasks.append(
            {"block": [*block, *missed], "rescue": [{"ansible.builtin.debug": {"var": "ansible_failed_task.name"}}]}
        )
    run = playbooks.tasks(tasks, "-vvv")
    assert run.returncode == 0, run.output
    assert "canary" not in run.output
    said = [
        result["msg"]
        for line in run.results
        if line["status"] == "failed"
        for result in line["result"].get("results", [])
        if result.get("evaluated_to") is False
    ]
    assert "was taken" not in run.output
    for text in SETTINGS:
        assert any(text in message for message in said), f"{text} is not in {said}"


def test_each_slice_may_run_beside_the_others() -> None:
    assert [name for name, template in TEMPLATES.items() if template["job_slice_count"] != 1] == [
        "Qlik Cloud provision"
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_playbook_of_a_job_template_is_there_and_awx_lists_it(name: str) -> None:
    playbook = ROOT / TEMPLATES[name]["playbook"]
    assert playbook.exists(), f"{name} runs {playbook.name}, which is not in playbooks/"
    assert LISTED_BY_AWX.search(playbook.read_text())


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_playbook_says_what_the_variables_mean_that_its_job_template_sets(name: str) -> None:
    template = TEMPLATES[name]
    variables = {*template["extra_vars"], *(question["variable"] for question in template["survey"]["spec"])}
    said = re.findall(r"^# +(qlik_\w+)", (ROOT / template["playbook"]).read_text(), re.MULTILINE)
    assert variables <= set(said)


def test_a_missing_collection_is_an_error_that_says_what_to_do(playbooks: Playbooks) -> None:
    variables = {"qlik_awx_image": "i", "qlik_awx_definitions_url": "https://git.example.com/d.git"}
    run = playbooks.run("qlikops.cloud.awx", variables=variables)
    assert run.returncode == 2
    assert "ansible-galaxy collection install awx.awx" in run.result("Say how to get it")["msg"]
    assert "couldn't resolve module" not in run.output


@pytest.mark.parametrize("missing", ["qlik_awx_image", "qlik_awx_definitions_url"])
def test_what_only_the_user_can_know_is_asked_for(playbooks: Playbooks, missing: str) -> None:
    variables = {"qlik_awx_image": "i", "qlik_awx_definitions_url": "https://git.example.com/d.git"}
    del variables[missing]
    run = playbooks.run("qlikops.cloud.awx", variables=variables)
    assert run.returncode == 2
    assert f"missing required arguments: {missing}" in run.output


def test_the_linter_knows_the_modules_of_awx_and_no_others() -> None:
    known = yaml.safe_load((ROOT / ".ansible-lint").read_text())["mock_modules"]
    used = {
        found
        for path in (ROOT / "roles/qlik_awx/tasks").glob("*.yml")
        for found in re.findall(r"^ +(awx\.awx\.\w+):", path.read_text(), re.M)
    }
    assert sorted(used) == known


@pytest.mark.parametrize("name", tables())
def test_the_tables_of_the_page_are_what_the_role_holds(name: str) -> None:
    assert section(PAGE, name) == tables()[name], "run: tests/tools/run python -m tests.tools.awx_page"


def test_defaults_and_what_is_documented_are_the_same() -> None:
    role = ROOT / "roles/qlik_awx"
    specs: dict[str, Any] = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    defaults: dict[str, Any] = yaml.safe_load((role / "defaults/main.yml").read_text())
    documented = {name: option["default"] for name, option in specs.items() if "default" in option}
    computed = defaults.pop("qlik_awx_playbooks_version")
    assert "collection_info.version" in computed
    assert documented == defaults
    readme = (role / "README.md").read_text()
    assert [name for name in specs if f"`{name}`" not in readme] == []
    assert Path(PAGE).exists()
