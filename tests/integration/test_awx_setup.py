"""The playbook awx with the real modules of awx.awx, against a stand-in for AWX; and its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx_standin import StandIn
from tests.integration.playbooks import Playbooks, Run
from tests.tools.awx_page import PAGE, ROOT, SECRETS, objects, run_playbook, tables, transcript
from tests.tools.sections import section

# Each of some thirty tasks is a process of its own, and the machine may be busy.
pytestmark = pytest.mark.timeout(900)
DATA = objects()
TEMPLATES = {template["name"]: template for template in DATA["job_templates"]}
# What runs and when: without the things that it needs, which are there.
JOBS_ONLY = {
    "hosts": "localhost",
    "gather_facts": False,
    "connection": "local",
    "tasks": [{"ansible.builtin.import_role": {"name": "qlikops.cloud.qlik_awx", "tasks_from": "jobs", "rolespec_validate": False}}],
}
# How AWX tells a playbook from other YAML in a project.
LISTED_BY_AWX = re.compile(r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?include|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    return Playbooks(tmp_path_factory.mktemp("awx"))


@pytest.fixture(scope="module")
def awx() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture(scope="module")
def first(folder: Playbooks, awx: StandIn) -> Run:
    """The run that sets everything up."""
    run = run_playbook(folder, awx)
    assert run.returncode == 0, run.output
    return run


@pytest.fixture(scope="module")
def second(folder: Playbooks, awx: StandIn, first: Run) -> Run:
    """The same again, as talkative as can be."""
    assert len(first.results) > 0
    before = list(awx.controller.writes)
    run = run_playbook(folder, awx, "-vvvv")
    assert run.returncode == 0, run.output
    assert awx.controller.writes == before
    return run


def test_a_second_run_writes_nothing_and_reports_no_change(second: Run) -> None:
    assert [line["task"] for line in second.results if line["status"] not in ("ok", "skipped")] == []


def test_no_secret_is_in_the_output_of_either_run(awx: StandIn, first: Run, second: Run) -> None:
    held = awx.controller.one("credentials", "Qlik Cloud")
    assert held["inputs"]["client_secret"] == SECRETS["vault_qlik_client_secret"]
    for output in (first.output, second.output):
        assert SECRETS["vault_qlik_client_secret"] not in output
        assert awx.controller.token not in output


@pytest.mark.usefixtures("first")
def test_the_braces_of_injectors_reach_awx_as_they_are(awx: StandIn) -> None:
    client = awx.controller.one("credential_types", "Qlik OAuth client")
    assert client["injectors"] == {"env": {"QLIK_CLIENT_ID": "{{ client_id }}", "QLIK_CLIENT_SECRET": "{{ client_secret }}"}}
    for declared in DATA["credential_types"]:
        held = awx.controller.one("credential_types", declared["name"])
        assert {name: held[name] for name in ("inputs", "injectors", "kind")} == {
            name: declared[name] for name in ("inputs", "injectors", "kind")
        }


@pytest.mark.usefixtures("first")
def test_the_inventory_signs_in_to_the_organization_and_jobs_to_the_tenants(awx: StandIn) -> None:
    source = awx.controller.one("inventory_sources", DATA["inventory_source"]["name"])
    assert awx.controller.find(source["credential"])["name"] == "Qlik organization"
    assert awx.controller.find(source["source_project"])["scm_url"] == "https://git.example.com/data/qlik-definitions.git"
    for name in TEMPLATES:
        assert awx.controller.linked("job_templates", name, "credentials") == ["Qlik Cloud", "Qlik definitions", "Qlik fingerprint key"]


@pytest.mark.usefixtures("first")
def test_the_playbooks_are_those_of_the_version_of_the_collection(awx: StandIn) -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert awx.controller.one("projects", "Qlik Cloud playbooks")["scm_branch"] == version


@pytest.mark.usefixtures("first")
def test_nothing_is_provisioned_in_the_workflow_but_what_was_approved(awx: StandIn) -> None:
    order = {
        step: awx.controller.linked("workflow_job_template_nodes", step, "success_nodes") for step in ("plan", "approval", "provision")
    }
    assert order == {"plan": ["approval"], "approval": ["provision"], "provision": ["audit"]}
    template = {
        step: awx.controller.find(awx.controller.one("workflow_job_template_nodes", step)["unified_job_template"])
        for step in (*order, "audit")
    }
    assert template["approval"]["timeout"] == 259200
    assert [template[step]["playbook"] for step in ("plan", "provision", "audit")] == [
        "playbooks/plan.yml",
        "playbooks/provision.yml",
        "playbooks/audit.yml",
    ]
    assert yaml.safe_load(template["plan"]["extra_vars"])["qlik_plan_as_artifact"] is True
    assert template["plan"]["job_slice_count"] == 1


@pytest.mark.usefixtures("first")
def test_every_step_of_the_workflow_demands_an_approved_plan_and_nobody_sets_that_otherwise(awx: StandIn) -> None:
    workflow = awx.controller.one("workflow_job_templates", DATA["workflow"]["name"])
    assert yaml.safe_load(workflow["extra_vars"]) == {"qlik_approval_required": True, "qlik_allow_empty": False}
    assert workflow["ask_variables_on_launch"] is False
    steps = [awx.controller.one("workflow_job_template_nodes", step["identifier"]) for step in DATA["workflow"]["nodes"]]
    assert all(step["all_parents_must_converge"] is True for step in steps)


@pytest.mark.usefixtures("second")
def test_links_past_the_approval_are_taken_away_again(folder: Playbooks, awx: StandIn) -> None:
    """Somebody linked steps by hand, so that the provisioning runs whatever becomes of the approval."""
    numbers = {step["identifier"]: number for number, step in awx.controller.items["workflow_job_template_nodes"].items()}
    added = [("plan", "always_nodes"), ("plan", "failure_nodes"), ("plan", "success_nodes"), ("approval", "failure_nodes")]
    for step, links in added:
        awx.controller.links.setdefault(("workflow_job_template_nodes", numbers[step], links), []).append(numbers["provision"])
    run = run_playbook(folder, awx, play=[JOBS_ONLY])
    assert run.returncode == 0, run.output
    leading = {
        (step, links)
        for step, number in numbers.items()
        for links in ("always_nodes", "failure_nodes", "success_nodes")
        if numbers["provision"] in awx.controller.links.get(("workflow_job_template_nodes", number, links), [])
    }
    assert leading == {("approval", "success_nodes")}


@pytest.mark.usefixtures("first")
def test_surveys_are_held_as_they_are_declared(awx: StandIn) -> None:
    for name, template in TEMPLATES.items():
        assert awx.controller.surveys[awx.controller.one("job_templates", name)["id"]] == template["survey"]


def test_each_question_is_required_because_awx_hands_on_an_empty_answer() -> None:
    asked = [question for template in [*TEMPLATES.values(), DATA["workflow"]] for question in template["survey"]["spec"]]
    assert asked
    assert all(question["required"] and question.get("default") != "" for question in asked)


def test_each_slice_may_run_beside_the_others() -> None:
    assert [name for name, template in TEMPLATES.items() if template["job_slice_count"] != 1] == ["Qlik Cloud provision"]


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


# ---- the page


@pytest.mark.parametrize("name", tables())
def test_the_tables_of_the_page_are_what_the_role_holds(name: str) -> None:
    assert section(PAGE, name) == tables()[name], "run: tests/tools/run python -m tests.tools.awx_page"


def test_the_transcript_of_the_page_is_what_the_playbook_says(first: Run) -> None:
    assert section(PAGE, "transcript") == transcript(first), "run: tests/tools/run python -m tests.tools.awx_page"


def test_defaults_and_what_is_documented_are_the_same() -> None:
    role = ROOT / "roles/qlik_awx"
    specs: dict[str, Any] = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults: dict[str, Any] = yaml.safe_load((role / "defaults/main.yml").read_text())
    documented = {name: option["default"] for name, option in specs.items() if "default" in option}
    computed = defaults.pop("qlik_awx_playbooks_version")
    assert "collection_info.version" in computed
    assert documented == defaults
    readme = (role / "README.md").read_text()
    assert [name for name in specs if f"`{name}`" not in readme] == []
    assert Path(PAGE).exists()
