"""The playbook awx with the real modules of awx.awx, against a stand-in for AWX; and its page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.awx_standin import RefusalError, Repository, StandIn, Write
from tests.integration.playbooks import Playbooks, Run
from tests.tools.awx_page import PAGE, ROOT, SECRETS, objects, run_playbook, transcript
from tests.tools.sections import section

# Each of some thirty tasks is a process of its own, and the machine may be busy.
pytestmark = pytest.mark.timeout(900)
DATA = objects()
TEMPLATES = {template["name"]: template for template in DATA["job_templates"]}
OURS = "Qlik Cloud"
# Another organization of the same AWX: clients of three regions, credentials for Git and for the registry, and a
# repository of its own.
THEIRS = "Data"
THEIR_REPOSITORY = "https://git.example.com/data/other-definitions.git"
ANOTHER = {
    "qlik_awx_organization": THEIRS,
    "qlik_awx_definitions_url": THEIR_REPOSITORY,
    "qlik_awx_definitions_credential": "Git",
    "qlik_awx_image_credential": "Registry",
    "qlik_awx_slices": 0,
    "qlik_awx_test_step": True,
    "qlik_awx_variables": {"provision": {"qlik_waves": [2, "100%"]}, "audit": {"qlik_audit_fail_on": ["drift"]}},
    "qlik_awx_credentials": [
        *(
            {"name": f"Clients {region}", "credential_type": f"Qlik OAuth client {region}"}
            for region in ("eu", "us", "ap1")
        ),
        # Of the same name as one of the first organization.
        {"name": "Qlik Cloud", "credential_type": "Qlik OAuth client"},
        {"name": "Qlik organization", "credential_type": "Qlik organization client"},
        {"name": "Passwords", "credential_type": "Vault", "inputs": {"vault_password": "canary-vault-password"}},
        {
            "name": "Old passwords",
            "credential_type": "Vault",
            "inputs": {"vault_password": "canary-vault-password", "vault_id": "old"},
        },
        {
            "name": "Git",
            "credential_type": "Source Control",
            # awx.awx marks `inputs` as secret, and ansible-core 2.22 masks each text in it wherever it occurs: "git"
            # would be masked in the address that AWX's message names.
            "inputs": {"username": "reader-of-definitions", "password": "{{ vault_git_password }}"},
        },
    ],
}
# To Ansible it would be a template, if the vaulted file didn't say `!unsafe`.
GIT_PASSWORD = "canary-git-password{{x{#y#}"
PROBLEM = "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled"
# The names of what version 0.1.0 made. Each is still there after an upgrade, as the same item: under its name, or a new
# one.
OF_0_1_0 = {
    "credential_types": ["Qlik tenant", "Qlik OAuth client", "Qlik organization client", "Qlik fingerprint key"],
    "execution_environments": ["Qlik Cloud"],
    "projects": ["Qlik Cloud playbooks", "Qlik Cloud definitions"],
    "inventories": ["Qlik Cloud tenants"],
    "inventory_sources": ["Qlik Cloud definitions"],
    "job_templates": [f"Qlik Cloud {name}" for name in ("plan", "provision", "audit", "export", "rotate secrets")],
    "schedules": ["Qlik Cloud nightly audit"],
    "workflow_job_templates": ["Qlik Cloud plan, approve, provision"],
    "workflow_job_template_nodes": ["plan", "approval", "provision", "audit"],
}
TEST_STEP = DATA["test_node"]["identifier"]
AFTER_PROVISION = ("workflow_job_template_nodes", "provision", "success_nodes")
RENAMED = {("execution_environments", "Qlik Cloud"): "Qlik Cloud (Qlik Cloud)"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    return Playbooks(tmp_path_factory.mktemp("awx"))


class Watched(list[Write]):
    """The writes, and before each what the workflows would begin with."""

    def __init__(self, awx: StandIn) -> None:
        super().__init__()
        self._awx = awx
        self.begun: set[str] = set()

    def append(self, write: Write) -> None:
        super().append(write)
        for workflow in self._awx.controller.items["workflow_job_templates"]:
            for step in unlinked(self._awx, workflow):
                if step.get("unified_job_template"):
                    template = self._awx.controller.find(step["unified_job_template"])
                    self.begun.add(template.get("playbook", template["name"]))


@pytest.fixture(scope="module")
def awx() -> Iterator[StandIn]:
    with StandIn() as running:
        running.controller.writes = Watched(running)
        yield running


def more(settings: dict[str, Any]) -> list[str]:
    return ["-e", json.dumps(settings)]


@pytest.fixture(scope="module")
def checked(folder: Playbooks, awx: StandIn) -> Run:
    """A run in check mode, when AWX has nothing."""
    run = run_playbook(folder, awx, "--check")
    assert run.returncode == 0, run.output
    assert awx.controller.writes == []
    return run


@pytest.fixture(scope="module")
def first(folder: Playbooks, awx: StandIn, checked: Run) -> Run:
    """The run that sets everything up."""
    assert checked.returncode == 0
    run = run_playbook(folder, awx)
    assert run.returncode == 0, run.output
    return run


@pytest.fixture(scope="module")
def failed(folder: Playbooks, awx: StandIn, first: Run) -> Run:
    """A second organization, where version 0.1.0 got as far as the execution environment, and whose repository can't be
    read.
    """
    assert first.returncode == 0
    organization = awx.controller.add("organizations", {"name": THEIRS})
    old = {"name": "Qlik Cloud", "image": "registry.example.com/qlik-cloud:0.0.9", "organization": organization["id"]}
    taken_over = awx.controller.add("execution_environments", old)
    registry = awx.controller.one("credential_types", "Container Registry")
    awx.controller.add("credentials", {"name": "Registry", "credential_type": registry["id"], "organization": None})
    awx.controller.repositories[THEIR_REPOSITORY] = Repository(problem=PROBLEM)
    folder.write("secrets.yml", folder.encrypt(f"vault_git_password: !unsafe '{GIT_PASSWORD}'\n"))
    run = run_playbook(folder, awx, *more(ANOTHER), "-e", "@secrets.yml", *folder.vault_arguments)
    assert run.returncode == 2, run.output
    renamed = awx.controller.one("execution_environments", "Qlik Cloud (Data)")
    assert renamed.items() >= {"id": taken_over["id"], "image": "registry.example.com/qlik-cloud:1.0.0"}.items()
    return run


@pytest.fixture(scope="module")
def second(folder: Playbooks, awx: StandIn, failed: Run) -> Run:
    """The first again, as talkative as can be."""
    assert failed.returncode
    before = list(awx.controller.writes)
    run = run_playbook(folder, awx, "-vvvv")
    assert run.returncode == 0, run.output
    assert awx.controller.writes == before
    return run


@pytest.fixture(scope="module")
def mended(folder: Playbooks, awx: StandIn, second: Run) -> Run:
    """The second organization again, now that its repository can be read. The execution environment of the old name
    isn't theirs now.
    """
    assert second.returncode == 0
    del awx.controller.repositories[THEIR_REPOSITORY]
    environments = awx.controller.items["execution_environments"]
    del environments[awx.controller.one("execution_environments", "Qlik Cloud (Data)")["id"]]
    not_theirs = {
        "name": "Qlik Cloud",
        "image": "other:1",
        "organization": awx.controller.one("organizations", OURS)["id"],
    }
    number = awx.controller.add("execution_environments", not_theirs)["id"]
    run = run_playbook(folder, awx, *more(ANOTHER), "-e", "@secrets.yml", *folder.vault_arguments)
    assert run.returncode == 0, run.output
    assert environments.pop(number) == {**not_theirs, "id": number}
    return run


@pytest.fixture(scope="module")
def upgraded(folder: Playbooks, awx: StandIn, mended: Run) -> dict[tuple[str, str], int]:
    """The first organization as 0.1.0 left it in AWX, with what somebody added by hand and a step that isn't wanted any
    more, and set up again. Gives the ids of before.
    """
    assert mended.returncode == 0
    held = awx.controller
    held.one("execution_environments", "Qlik Cloud (Qlik Cloud)", OURS)["name"] = "Qlik Cloud"
    for survey in held.surveys.values():
        survey["spec"] = [
            {**question, "required": True} for question in survey["spec"] if "plan" not in question["variable"]
        ]
    steps = {
        name: held.one("workflow_job_template_nodes", name, OURS)["id"]
        for name in OF_0_1_0["workflow_job_template_nodes"]
    }
    held.links["workflow_job_template_nodes", steps["approval"], "success_nodes"].clear()
    for step, links, other in LINKED_BY_HAND:
        held.attach("workflow_job_template_nodes", steps[step], links, steps[other])
    workflow = held.one("workflow_job_templates", DATA["workflow"]["name"], OURS)["id"]
    audit = held.one("job_templates", "Qlik Cloud audit", OURS)["id"]
    for name, (leads_here, links, leads_on) in OF_THEIR_OWN.items():
        own = {"identifier": name, "workflow_job_template": workflow, "unified_job_template": audit}
        number = held.add("workflow_job_template_nodes", own)["id"]
        held.attach("workflow_job_template_nodes", steps[leads_here], links, number)
        if leads_on:
            held.attach("workflow_job_template_nodes", number, "success_nodes", steps[leads_on])
    machine = {
        "name": "By hand",
        "credential_type": held.one("credential_types", "Machine")["id"],
        "organization": None,
    }
    template = held.one("job_templates", "Qlik Cloud plan", OURS)["id"]
    held.attach("job_templates", template, "credentials", held.add("credentials", machine)["id"])
    before = {(kind, name): ours(awx, kind, name)["id"] for kind, names in OF_0_1_0.items() for name in names}
    unwanted_step = {
        "identifier": TEST_STEP,
        "workflow_job_template": before["workflow_job_templates", DATA["workflow"]["name"]],
        "unified_job_template": held.one("job_templates", "Qlik Cloud test", OURS)["id"],
        "all_parents_must_converge": True,
    }
    unwanted = held.add("workflow_job_template_nodes", unwanted_step)["id"]
    held.links["workflow_job_template_nodes", steps["provision"], "success_nodes"].append(unwanted)
    # As a text, as `-e name=value` gives it.
    run = run_playbook(folder, awx, *more({"qlik_awx_test_step": "false"}))
    assert run.returncode == 0, run.output
    return before


# Links past the approval, as far as AWX takes them: one between two steps, so the approval leads to the provisioning
# when it is refused, and not when it is given.
LINKED_BY_HAND = [
    ("plan", "success_nodes", "provision"),
    ("plan", "failure_nodes", "audit"),
    ("approval", "failure_nodes", "provision"),
    ("approval", "always_nodes", "audit"),
]
# Steps of somebody's own: what leads to them, how, and where they lead on.
OF_THEIR_OWN = {
    "my-notify": ("audit", "success_nodes", ""),
    "my-rollback": ("provision", "failure_nodes", ""),
    "my-check": ("plan", "failure_nodes", "provision"),
    "my-log": ("plan", "always_nodes", ""),
}


def ours(awx: StandIn, kind: str, name: str) -> dict[str, Any]:
    """What the first organization has, or all have."""
    return awx.controller.one(kind, name, "" if kind == "credential_types" else OURS)


def test_a_second_run_writes_nothing_and_reports_no_change(second: Run) -> None:
    assert [line["task"] for line in second.results if line["status"] not in ("ok", "skipped")] == []


def test_no_secret_is_in_the_output_of_any_run(
    awx: StandIn, checked: Run, first: Run, failed: Run, second: Run, mended: Run
) -> None:
    held = awx.controller.one("credentials", "Qlik Cloud", OURS)
    assert held["inputs"]["client_secret"] == SECRETS["vault_qlik_client_secret"]
    for run in (checked, first, failed, second, mended):
        # The settings of the second organization are an argument of its command line, which -vvvv would show.
        for canary in (
            SECRETS["vault_qlik_client_secret"],
            awx.controller.token,
            "canary-git-password",
            "canary-vault-password",
        ):
            assert canary not in run.output


@pytest.mark.usefixtures("failed")
def test_a_password_with_braces_reaches_awx_as_the_vaulted_file_has_it(awx: StandIn) -> None:
    assert awx.controller.one("credentials", "Git", THEIRS)["inputs"]["password"] == GIT_PASSWORD


def test_check_mode_says_of_an_empty_awx_what_would_be_made(checked: Run) -> None:
    said = "\n".join(checked.result("Say what else would be made")["msg"])
    for kind, names in OF_0_1_0.items():
        for name in names:
            assert RENAMED.get((kind, name), name) in said, f"{name} is missing in:\n{said}"
    assert "Qlik fingerprint key, Qlik definitions" in said


def test_check_mode_goes_as_far_as_things_are_there(folder: Playbooks, awx: StandIn, first: Run) -> None:
    """A setup was cut off when the organization and the projects were made. No credentials are meant here."""
    assert first.returncode == 0
    organization = awx.controller.add("organizations", {"name": "Third"})["id"]
    for project in DATA["projects"]:
        given = {
            "name": project["name"],
            "organization": organization,
            "scm_type": "git",
            "scm_url": "https://git.example.com/other",
        }
        awx.controller.add("projects", given)
    before = list(awx.controller.writes)
    settings = {"qlik_awx_organization": "Third", "qlik_awx_credentials": []}
    check = run_playbook(folder, awx, "--check", *more(settings))
    assert check.returncode == 0, check.output
    assert awx.controller.writes == before
    assert check.result("Organization")["status"] == "ok"
    assert check.result("Inventory")["status"] == "changed"
    assert "Qlik Cloud nightly audit" in str(check.result("Say what else would be made")["msg"])


def test_a_failed_sync_is_told_in_the_words_of_the_update(failed: Run) -> None:
    said = failed.result("Say why it failed")["msg"]
    assert PROBLEM in said
    assert "'Qlik Cloud definitions'" in said
    assert "qlik_awx_definitions_credential" in said
    assert "Playbook not found" not in failed.output


@pytest.mark.usefixtures("mended")
def test_what_failed_before_is_synced_by_the_next_run(awx: StandIn) -> None:
    assert awx.controller.one("projects", "Qlik Cloud definitions", THEIRS)["status"] == "successful"
    assert (
        len([item for item in awx.controller.items["schedules"].values() if item["name"] == "Qlik Cloud nightly audit"])
        == 2
    )


@pytest.mark.usefixtures("mended")
def test_two_organizations_have_everything_of_their_own(awx: StandIn) -> None:
    for kind in ("execution_environments", "projects", "inventories", "job_templates", "workflow_job_templates"):
        names: dict[str, set[str]] = {organization: set() for organization in (OURS, THEIRS)}
        for organization, held in names.items():
            number = awx.controller.one("organizations", organization)["id"]
            held |= {item["name"] for item in awx.controller.items[kind].values() if item["organization"] == number}
        assert len(names[OURS]) == len(names[THEIRS]), kind
    template = awx.controller.one("job_templates", "Qlik Cloud plan", THEIRS)
    for name in ("inventory", "project", "execution_environment"):
        assert awx.controller.find(template[name])["organization"] == template["organization"]


@pytest.mark.usefixtures("mended")
def test_credentials_go_where_they_are_for(awx: StandIn) -> None:
    def used(kind: str, name: str) -> dict[str, Any]:
        return awx.controller.find(awx.controller.one(kind, name, THEIRS)["credential"])

    assert used("projects", "Qlik Cloud definitions")["name"] == "Git"
    assert used("execution_environments", "Qlik Cloud (Data)")["name"] == "Registry"
    assert used("inventory_sources", "Qlik Cloud definitions")["name"] == "Qlik organization"
    for name in TEMPLATES:
        of_jobs = ["Clients ap1", "Clients eu", "Clients us", "Old passwords", "Passwords", "Qlik Cloud"]
        assert awx.controller.linked("job_templates", name, "credentials", THEIRS) == of_jobs
        numbers = awx.controller.links[
            "job_templates", awx.controller.one("job_templates", name, THEIRS)["id"], "credentials"
        ]
        assert {awx.controller.find(number)["organization"] for number in numbers} == {
            awx.controller.one("organizations", THEIRS)["id"]
        }
    assert awx.controller.one("credential_types", "Qlik OAuth client ap1")["injectors"] == {
        "extra_vars": {"qlik_client_id_ap1": "{{ client_id }}", "qlik_client_secret_ap1": "{{ client_secret }}"}
    }


@pytest.mark.usefixtures("mended")
def test_variables_that_awx_would_drop_at_launch_can_be_set(awx: StandIn) -> None:
    provision = awx.controller.one("job_templates", "Qlik Cloud provision", THEIRS)
    audit = awx.controller.one("job_templates", "Qlik Cloud audit", THEIRS)
    assert yaml.safe_load(provision["extra_vars"]) == {"qlik_waves": [2, "100%"]}
    assert provision["job_slice_count"] == 0
    assert yaml.safe_load(audit["extra_vars"])["qlik_audit_fail_on"] == ["drift"]
    assert yaml.safe_load(awx.controller.one("job_templates", "Qlik Cloud provision", OURS)["extra_vars"]) == {}


def unlinked(awx: StandIn, workflow: int) -> list[dict[str, Any]]:
    """The steps to which no other leads."""
    links = awx.controller.links.items()
    led_to = {number for (_kind, _number, what), linked in links if what.endswith("_nodes") for number in linked}
    return [
        step
        for step in awx.controller.items["workflow_job_template_nodes"].values()
        if step["workflow_job_template"] == workflow and step["id"] not in led_to
    ]


def beginning(awx: StandIn, organization: str) -> set[str]:
    """The steps with which the workflow begins."""
    workflow = awx.controller.one("workflow_job_templates", DATA["workflow"]["name"], organization)["id"]
    return {step["identifier"] for step in unlinked(awx, workflow)}


@pytest.mark.usefixtures("first", "mended", "upgraded")
def test_wherever_a_run_stops_no_step_that_writes_begins_before_the_approval(awx: StandIn) -> None:
    """Also where links were changed in AWX. A step without an approval's template yet has none at all."""
    assert isinstance(awx.controller.writes, Watched)
    assert awx.controller.writes.begun == {"playbooks/plan.yml", "Approve the plan"}


@pytest.mark.usefixtures("mended")
def test_the_workflow_tries_the_connections_if_that_is_wanted(awx: StandIn) -> None:
    assert awx.controller.linked(*AFTER_PROVISION, THEIRS) == ["audit", TEST_STEP]
    assert awx.controller.linked("workflow_job_template_nodes", "audit", "success_nodes", THEIRS) == []
    step = awx.controller.one("workflow_job_template_nodes", TEST_STEP, THEIRS)
    assert awx.controller.find(step["unified_job_template"])["playbook"] == "playbooks/test.yml"
    assert step["all_parents_must_converge"] is True
    assert beginning(awx, THEIRS) == {"plan"}


@pytest.mark.usefixtures("upgraded")
def test_a_step_that_is_wanted_no_longer_goes_and_begins_nothing_meanwhile(awx: StandIn) -> None:
    """Without what leads to it, a step would begin with the workflow: AWX takes that away with the step."""
    assert awx.controller.linked(*AFTER_PROVISION, OURS) == ["audit"]
    assert beginning(awx, OURS) == {"plan"}
    deleted = [write for write in awx.controller.writes if write.method == "DELETE"]
    assert len(deleted) == 1
    provision = ours(awx, "workflow_job_template_nodes", "provision")["id"]
    path = f"/api/v2/workflow_job_template_nodes/{provision}/success_nodes/"
    number = int(deleted[0].path.split("/")[-2])
    unlinked = [write for write in awx.controller.writes if write.path == path and write.body.get("disassociate")]
    assert number not in [write.body["id"] for write in unlinked]


def test_what_0_1_0_made_is_taken_over(awx: StandIn, upgraded: dict[tuple[str, str], int]) -> None:
    assert {(kind, name): ours(awx, kind, RENAMED.get((kind, name), name))["id"] for kind, name in upgraded} == upgraded
    for name in OF_0_1_0["job_templates"]:
        assert awx.controller.surveys[upgraded["job_templates", name]] == TEMPLATES[name]["survey"]
    assert awx.controller.linked("job_templates", "Qlik Cloud plan", "credentials", OURS) == [
        "Qlik Cloud",
        "Qlik definitions",
        "Qlik fingerprint key",
    ]


def test_links_past_the_approval_are_taken_away_again(awx: StandIn, upgraded: dict[tuple[str, str], int]) -> None:
    """Somebody linked steps by hand, so that the provisioning runs whatever becomes of the approval."""
    steps = {step: upgraded["workflow_job_template_nodes", step] for step in OF_0_1_0["workflow_job_template_nodes"]}
    for led_to, alone in (("provision", "approval"), ("audit", "provision"), ("approval", "plan")):
        leading = {
            (step, links)
            for step, number in steps.items()
            for links in ("always_nodes", "failure_nodes", "success_nodes")
            if steps[led_to] in awx.controller.links.get(("workflow_job_template_nodes", number, links), [])
        }
        assert leading == {(alone, "success_nodes")}
    work = ours(awx, "workflow_job_template_nodes", "provision")["unified_job_template"]
    assert awx.controller.find(work)["playbook"] == "playbooks/provision.yml"


@pytest.mark.usefixtures("upgraded")
def test_steps_of_your_own_stay_where_they_are(awx: StandIn) -> None:
    for name, (leads_here, links, leads_on) in OF_THEIR_OWN.items():
        assert name in awx.controller.linked("workflow_job_template_nodes", leads_here, links, OURS)
        following = awx.controller.linked("workflow_job_template_nodes", name, "success_nodes", OURS)
        assert following == ([leads_on] if leads_on else [])


@pytest.mark.usefixtures("first")
def test_the_braces_of_injectors_reach_awx_as_they_are(awx: StandIn) -> None:
    client = awx.controller.one("credential_types", "Qlik OAuth client")
    assert client["injectors"] == {
        "env": {"QLIK_CLIENT_ID": "{{ client_id }}", "QLIK_CLIENT_SECRET": "{{ client_secret }}"}
    }
    for declared in DATA["credential_types"]:
        held = awx.controller.one("credential_types", declared["name"])
        assert {name: held[name] for name in ("inputs", "injectors", "kind")} == {
            name: declared[name] for name in ("inputs", "injectors", "kind")
        }


@pytest.mark.usefixtures("first")
def test_the_inventory_signs_in_to_the_organization_and_jobs_to_the_tenants(awx: StandIn) -> None:
    source = awx.controller.one("inventory_sources", DATA["inventory_source"]["name"], OURS)
    assert awx.controller.find(source["credential"])["name"] == "Qlik organization"
    assert (
        awx.controller.find(source["source_project"])["scm_url"] == "https://git.example.com/data/qlik-definitions.git"
    )
    of_jobs = ["Qlik Cloud", "Qlik definitions", "Qlik fingerprint key"]
    for name in TEMPLATES:
        assert awx.controller.linked("job_templates", name, "credentials", OURS) == of_jobs


@pytest.mark.usefixtures("first")
def test_the_playbooks_are_those_of_the_version_of_the_collection(awx: StandIn) -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert awx.controller.one("projects", "Qlik Cloud playbooks", OURS)["scm_branch"] == version


@pytest.mark.usefixtures("first")
def test_nothing_is_provisioned_in_the_workflow_but_what_was_approved(awx: StandIn) -> None:
    steps = ("plan", "approval", "provision")
    order = {step: awx.controller.linked("workflow_job_template_nodes", step, "success_nodes", OURS) for step in steps}
    assert order == {"plan": ["approval"], "approval": ["provision"], "provision": ["audit"]}
    template = {
        step: awx.controller.find(awx.controller.one("workflow_job_template_nodes", step, OURS)["unified_job_template"])
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
    workflow = awx.controller.one("workflow_job_templates", DATA["workflow"]["name"], OURS)
    assert yaml.safe_load(workflow["extra_vars"]) == {"qlik_approval_required": True, "qlik_allow_empty": False}
    assert workflow["ask_variables_on_launch"] is False
    steps = [
        awx.controller.one("workflow_job_template_nodes", step["identifier"], OURS)
        for step in DATA["workflow"]["nodes"]
    ]
    assert all(step["all_parents_must_converge"] is True for step in steps)


@pytest.mark.usefixtures("first")
def test_surveys_are_held_as_they_are_declared(awx: StandIn) -> None:
    for name, template in TEMPLATES.items():
        assert awx.controller.surveys[awx.controller.one("job_templates", name, OURS)["id"]] == template["survey"]


@pytest.mark.usefixtures("first")
def test_a_launch_without_answers_gets_the_default_ones(awx: StandIn) -> None:
    """By the API, by a webhook, and by a schedule, which AWX would refuse if an answer were required, whether or not it
    has a default.
    """
    for name, template in TEMPLATES.items():
        asked = {question["variable"]: question.get("default") for question in template["survey"]["spec"]}
        given = {"qlik_connections_only": "Sales:Orders"} if "qlik_connections_only" in asked else {}
        launched = awx.controller.launch("job_templates", name, given, OURS)
        assert launched.items() >= {**asked, **given}.items()
        assert launched["qlik_hosts"] == "qlik_tenants"
    assert (
        awx.controller.launch("workflow_job_templates", DATA["workflow"]["name"], {}, OURS)["qlik_approval_required"]
        is True
    )


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("template", "given", "said"),
    [
        ("Qlik Cloud provision", {"qlik_hosts": ""}, "'qlik_hosts' value  is too small"),
        ("Qlik Cloud provision", {"qlik_max_failed_percent": ""}, "expected to be an integer"),
        ("Qlik Cloud plan", {"qlik_plan_max_failed_percent": 101}, "too large"),
        ("Qlik Cloud rotate secrets", {}, "'qlik_connections_only' value missing"),
    ],
)
def test_an_empty_or_wrong_answer_is_refused_by_awx(
    awx: StandIn, template: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(RefusalError, match=re.escape(said)):
        awx.controller.launch("job_templates", template, given, OURS)


def test_the_transcript_of_the_page_is_what_the_playbook_says(first: Run) -> None:
    assert section(PAGE, "transcript") == transcript(first), "run: tests/tools/run python -m tests.tools.awx_page"
