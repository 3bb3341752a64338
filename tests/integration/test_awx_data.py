"""What the role qlik_awx declares and refuses before it changes anything, and the parts of its page that are made from
that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx_standin.texts import problems_of_rule
from tests.integration.playbooks import Playbooks, Run
from tests.tools.awx_page import PAGE, ROOT, objects, tables
from tests.tools.sections import section

DATA = objects()
TEMPLATES = {template["name"]: template for template in DATA["job_templates"]}
# How AWX tells a playbook from other YAML in a project.
LISTED_BY_AWX = re.compile(
    r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?include|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE
)


NEEDED = {
    "qlik_awx_image": "registry.example.com/qlik-cloud:1.0.0",
    "qlik_awx_definitions_url": "https://git.example.com/data/definitions.git",
}
RULE = "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
# Settings that AWX would refuse half-way, by what is said of them.
SETTINGS: dict[str, dict[str, Any]] = {
    "qlik_awx_image is empty": {"qlik_awx_image": ""},
    "the image of the execution environment, with its registry and tag": {
        "qlik_awx_image": "docker://registry.example.com/qlik-cloud"
    },
    "qlik_awx_organization is empty, has a blank": {"qlik_awx_organization": " Data"},
    "Give the name of an organization": {"qlik_awx_organization": ""},
    "is longer than 499 characters": {"qlik_awx_organization": "D" * 500},
    "Give the name of an organization. It can't be a number": {"qlik_awx_organization": "6"},
    "qlik_awx_organization is empty, has a blank before or behind it, is longer than 499 characters, or isn't of": {
        "qlik_awx_organization": "C++ team"
    },
    "qlik_awx_definitions_credential is empty": {"qlik_awx_definitions_credential": "+1_2"},
    "qlik_awx_playbooks_credential is empty": {"qlik_awx_playbooks_credential": "\u0663"},
    "qlik_awx_image_credential is empty": {"qlik_awx_image_credential": "Quay++"},
    "qlik_awx_credentials, item 5: it must be a dictionary": {
        "qlik_awx_credentials": [
            *({"name": name, "credential_type": "Vault"} for name in ("1a", "1.0", "1 2", "c+")),
            {"name": "11", "credential_type": "Vault"},
        ]
    },
    "qlik_awx_credentials, item 6: it must be a dictionary": {
        "qlik_awx_credentials": [
            *({"name": name, "credential_type": "Vault"} for name in "abcde"),
            {"name": "C++", "credential_type": "Vault"},
        ]
    },
    "qlik_awx_credentials, item 7: it must be a dictionary": {
        "qlik_awx_credentials": [
            *({"name": name, "credential_type": "Vault"} for name in "abcdef"),
            {"name": "g", "credential_type": "8"},
        ]
    },
    "qlik_awx_inventory_file is empty": {"qlik_awx_inventory_file": ""},
    "qlik_awx_definitions_url is empty": {"qlik_awx_definitions_url": ""},
    "Give the address of the Git repository with your definitions": {
        "qlik_awx_definitions_url": "htps://git.example.com/data/definitions.git"
    },
    "qlik_awx_playbooks_url is empty": {"qlik_awx_playbooks_url": "https:///qlikops.cloud.git"},
    "Give a branch, tag or commit of your definitions": {"qlik_awx_definitions_branch": "b" * 257},
    "qlik_awx_audit_schedule is no rule that AWX takes": {"qlik_awx_audit_schedule": "every night"},
    "qlik_awx_credentials, item 4: it must be a dictionary": {
        "qlik_awx_credentials": [
            *({"name": name, "credential_type": f"Qlik OAuth client {name}"} for name in ("eu", "us", "ap")),
            {"name": "", "credential_type": "Qlik OAuth client"},
        ]
    },
    "qlik_awx_approval_seconds must be 0 or more, and less": {"qlik_awx_approval_seconds": 2147483648},
    "'Some/Type', and AWX takes one of a type": {
        "qlik_awx_credentials": [{"name": name, "credential_type": "Some/Type"} for name in ("a", "b")]
    },
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
# Of the rule of a schedule: what AWX refuses, and what it takes.
RULES = [
    "",
    "RRULE:FREQ=DAILY;INTERVAL=1",
    "DTSTART:20260101T020000Z",
    "DTSTART:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
    "DTSTART:20261301T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
    "DTSTART:20260101T020000Z RRULE:FREQ=DAILY",
    "DTSTART:20260101T020000Z RRULE:INTERVAL=1",
    "DTSTART:20260101T020000Z RRULE:FREQ=NIGHTLY;INTERVAL=1",
    "DTSTART:20260101T020000Z RRULE:FREQ=SECONDLY;INTERVAL=60",
    "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000",
    "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1;COUNT=9;UNTIL=20270101T000000Z",
    "DTSTART:20260101T020000Z RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=2MO",
    "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1 EXDATE:20260102T020000Z",
    "DTSTART:20260101T020000Z EXRULE:FREQ=DAILY;INTERVAL=1",
    "DTSTART:20260101T020000Z DTSTART:20260102T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
]
RULES_TAKEN = [
    RULE,
    "DTSTART;TZID=America/Argentina/Buenos_Aires:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
    "DTSTART:20260101T020000Z RRULE:INTERVAL=2;FREQ=WEEKLY;BYDAY=MO,FR;WKST=SU;UNTIL=20270101T000000Z",
    "DTSTART:20260101T020000Z\nRRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR;COUNT=999\n",
    f"{RULE} RRULE:FREQ=HOURLY;INTERVAL=6;BYHOUR=2,8 EXRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1,-1",
]
# What AWX takes, of other settings.
TAKEN: list[dict[str, Any]] = [
    {"qlik_awx_image": "localhost:5000/a/b@sha256:" + "0" * 64},
    {"qlik_awx_definitions_branch": "", "qlik_awx_playbooks_version": "1.0.0"},
    {"qlik_awx_image": "qlik-cloud", "qlik_awx_organization": 'R&D + 50% "x" ü/1'},
    *({"qlik_awx_organization": name} for name in ("4 + 4", "24x7", "7-11", "1_", "+")),
    {"qlik_awx_definitions_url": "git@git.example.com:data/definitions.git", "qlik_awx_playbooks_url": "/srv/git/q"},
    {"qlik_awx_definitions_url": "ssh://git@git.example.com:2222/d.git", "qlik_awx_playbooks_url": "file:///srv/q"},
    {
        "qlik_awx_credentials": [
            {"name": name, "credential_type": "Ansible Galaxy/Automation Hub API Token"} for name in ("a", "b")
        ]
    },
    {
        "qlik_awx_credentials": [
            {"name": f"{vault}", "credential_type": "Vault", "inputs": {"vault_id": vault}} for vault in (None, "a")
        ]
    },
]
SETTINGS["'Vault', and AWX takes one of a type for a template"] = {
    "qlik_awx_credentials": [
        {"name": "a", "credential_type": "Vault", "inputs": {"vault_id": None}},
        {"name": "b", "credential_type": "Vault"},
    ]
}


def _settings_tried(playbooks: Playbooks, cases: Sequence[dict[str, Any]]) -> Run:
    """Each of these alone, before anything is written; what is refused is rescued."""
    tasks: list[dict[str, Any]] = []
    for number, settings in enumerate(cases):
        role = {"name": "qlikops.cloud.qlik_awx", "tasks_from": "settings", "rolespec_validate": False}
        one = {"name": f"Case {number}", "ansible.builtin.include_role": role, "vars": {**NEEDED, **settings}}
        taken = {"name": f"Case {number} was taken", "ansible.builtin.debug": {}}
        refused = {"name": f"Case {number} was refused", "ansible.builtin.debug": {"var": "ansible_failed_task.name"}}
        tasks.append({"block": [one, taken], "rescue": [refused]})
    run = playbooks.tasks(tasks, "-vvv")
    assert run.returncode == 0, run.output
    assert "canary" not in run.output
    return run


def test_what_awx_would_refuse_half_way_is_refused_before_anything_is_written(playbooks: Playbooks) -> None:
    run = _settings_tried(playbooks, list(SETTINGS.values()))
    said = [
        result["msg"]
        for line in run.results
        if line["status"] == "failed"
        for result in [line["result"], *line["result"].get("results", [])]
        if result.get("evaluated_to") is False
    ]
    assert "was taken" not in run.output
    for text in SETTINGS:
        assert any(text in message and "Nothing was changed" in message for message in said), f"{text} not in {said}"


def test_of_rules_and_names_what_awx_takes_is_taken_and_no_more(playbooks: Playbooks) -> None:
    for rule in RULES:
        assert problems_of_rule(rule), rule
    for rule in RULES_TAKEN:
        assert problems_of_rule(rule) == [], rule
    refused = [{"qlik_awx_audit_schedule": rule} for rule in RULES]
    taken = [*({"qlik_awx_audit_schedule": rule} for rule in RULES_TAKEN), *TAKEN]
    run = _settings_tried(playbooks, [*refused, *taken])
    outcomes = [line["task"] for line in run.results if re.search("was (taken|refused)$", line["task"])]
    said = ["refused" if number < len(refused) else "taken" for number in range(len(refused) + len(taken))]
    assert outcomes == [f"Case {number} was {outcome}" for number, outcome in enumerate(said)]


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
