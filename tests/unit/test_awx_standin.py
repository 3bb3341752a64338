"""The stand-in for AWX refuses what AWX refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx_standin import Controller, RefusalError, Repository

RULE = "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
HOSTS = {
    "question_name": "Tenants",
    "variable": "qlik_hosts",
    "type": "text",
    "required": True,
    "default": "qlik_tenants",
}


class Awx:
    """A controller with an organization, a project and an inventory."""

    def __init__(self) -> None:
        self.held = Controller()
        self.organization = self.add("organizations", name="Data")
        self.project = self.add(
            "projects", name="Playbooks", organization=self.organization, scm_type="git", scm_url="https://git"
        )
        self.inventory = self.add("inventories", name="Tenants", organization=self.organization)

    def add(self, kind: str, **fields: Any) -> int:
        return int(self.held.add(kind, fields)["id"])

    def template(self, **fields: Any) -> int:
        whole = {
            "name": "Plan",
            "project": self.project,
            "inventory": self.inventory,
            "playbook": "playbooks/plan.yml",
            **fields,
        }
        return self.add("job_templates", **whole)

    def type(self, name: str) -> int:
        return int(self.held.one("credential_types", name)["id"])

    def credential(self, kind: str, name: str = "One", **inputs: Any) -> int:
        return self.add(
            "credentials", name=name, credential_type=self.type(kind), organization=self.organization, inputs=inputs
        )


@pytest.fixture
def awx() -> Awx:
    return Awx()


def refused(what: Any, *arguments: Any, **fields: Any) -> dict[str, Any]:
    with pytest.raises(RefusalError) as refusal:
        what(*arguments, **fields)
    return refusal.value.body


def test_a_schedule_answers_the_required_questions_of_a_survey(awx: Awx) -> None:
    template = awx.template(survey_enabled=True)
    awx.held.surveys[template] = {"name": "", "description": "", "spec": [HOSTS]}
    schedule = {"name": "Nightly", "rrule": RULE, "unified_job_template": template}
    assert refused(awx.add, "schedules", **schedule) == {"variables_needed_to_start": ["'qlik_hosts' value missing"]}
    assert refused(awx.held.launch, "job_templates", "Plan", {}) == {
        "variables_needed_to_start": ["'qlik_hosts' value missing"]
    }
    unasked = {"qlik_hosts": "eu", "qlik_waves": [1]}
    assert refused(awx.add, "schedules", **schedule, extra_data=unasked) == {
        "extra_data": ["Variables qlik_waves are not allowed on launch."]
    }
    assert awx.add("schedules", **schedule, extra_data={"qlik_hosts": "eu"})
    assert awx.held.launch("job_templates", "Plan", unasked) == {"qlik_hosts": "eu"}
    awx.held.surveys[template]["spec"] = [{**HOSTS, "required": False}]
    assert awx.add("schedules", **{**schedule, "name": "Weekly"})
    assert awx.held.launch("job_templates", "Plan", {}) == {"qlik_hosts": "qlik_tenants"}


def test_a_job_template_has_one_credential_of_a_type_and_only_of_some_kinds(awx: Awx) -> None:
    template = awx.template()

    def attach(credential: int) -> None:
        awx.held.attach("job_templates", template, "credentials", credential)

    attach(awx.credential("Machine"))
    attach(awx.credential("Vault", vault_id="a"))
    attach(awx.credential("Vault", "Two", vault_id="b"))
    assert refused(attach, awx.credential("Machine", "Two")) == {"error": "Cannot assign multiple Machine credentials."}
    assert refused(attach, awx.credential("Vault", "Three", vault_id="a")) == {
        "error": "Cannot assign multiple Vault (id=a) credentials."
    }
    for kind, called in (("Source Control", "scm"), ("Container Registry", "registry")):
        assert refused(attach, awx.credential(kind)) == {"error": f"Cannot assign a Credential of kind `{called}`."}


def test_credentials_of_projects_and_environments_are_of_their_kind(awx: Awx) -> None:
    machine = awx.credential("Machine")
    project = {"name": "Other", "organization": awx.organization, "scm_url": "https://git", "credential": machine}
    assert refused(awx.add, "projects", **project) == {"credential": ["Credential kind must be 'scm'."]}
    assert "credential" in refused(awx.add, "execution_environments", name="E", image="i", credential=machine)
    assert awx.add("projects", **{**project, "credential": awx.credential("Source Control")})
    assert awx.add("execution_environments", name="E", image="i", credential=awx.credential("Container Registry"))


def test_a_project_has_the_playbooks_of_its_last_sync_that_succeeded(awx: Awx) -> None:
    awx.held.repositories["https://broken"] = Repository(problem="fatal: not found")
    broken = awx.add("projects", name="Broken", organization=awx.organization, scm_type="git", scm_url="https://broken")
    assert awx.held.shown("projects", broken)["status"] == "failed"
    assert refused(awx.template, project=broken) == {"playbook": ["Playbook not found for project."]}
    assert refused(awx.template, playbook="playbooks/plans.yml") == {"playbook": ["Playbook not found for project."]}
    awx.held.repositories["https://broken"] = Repository(playbooks=["site.yml"])
    awx.held.sync(broken)
    assert awx.template(project=broken, playbook="site.yml")


def test_names_are_unique_where_they_are(awx: Awx) -> None:
    other = awx.add("organizations", name="Other")
    assert "already exists" in str(refused(awx.add, "organizations", name="Data"))
    environment = awx.add("execution_environments", name="E", image="i", organization=awx.organization)
    assert "already exists" in str(refused(awx.add, "execution_environments", name="E", image="i", organization=other))
    assert refused(awx.held.change, "execution_environments", environment, {"organization": other}) == {
        "organization": ["Cannot change the organization of an execution environment"]
    }
    assert awx.add("inventories", name="Tenants", organization=other)
    assert "already exists" in str(refused(awx.add, "inventories", name="Tenants", organization=other))
    # The organization of a job template is that of its project, whatever it is told.
    awx.template(organization=other)
    assert "already exists" in str(refused(awx.template, organization=awx.organization))
    machine = {"name": "One", "credential_type": awx.type("Machine")}
    assert awx.add("credentials", **machine, organization=awx.organization)
    assert awx.add("credentials", **machine, organization=other)
    assert "already exists" in str(refused(awx.add, "credentials", **machine, organization=other))


def test_it_takes_what_awx_takes(awx: Awx) -> None:
    assert awx.template(job_slice_count=0)
    assert refused(awx.template, name="Other", job_slice_count=-1) == {
        "job_slice_count": ["Ensure this value is greater than or equal to 0."]
    }
    assert refused(awx.credential, "Machine", "Two", vault_id="a").keys() == {"inputs"}


def test_between_two_steps_is_one_link_and_no_way_back(awx: Awx) -> None:
    workflow = awx.add("workflow_job_templates", name="W", organization=awx.organization)
    one, two, three = (
        awx.add("workflow_job_template_nodes", identifier=name, workflow_job_template=workflow) for name in "abc"
    )

    def link(number: int, what: str, other: int) -> None:
        awx.held.attach("workflow_job_template_nodes", number, what, other)

    link(one, "success_nodes", two)
    link(two, "failure_nodes", three)
    assert refused(link, one, "always_nodes", two) == {"Error": "Relationship not allowed."}
    assert refused(link, three, "success_nodes", one) == {"Error": "Cycle detected."}
    assert refused(link, one, "success_nodes", one) == {"Error": "Cycle detected."}
    shown = awx.held.shown("workflow_job_template_nodes", one)
    assert (shown["success_nodes"], shown["failure_nodes"], shown["always_nodes"]) == ([two], [], [])


def test_texts_and_numbers_that_awx_refuses(awx: Awx) -> None:
    required = ["This field is required."]
    assert refused(awx.add, "organizations", name=" ") == {"name": required}
    assert refused(awx.add, "organizations", name="n" * 513) == {
        "name": ["Ensure this field has no more than 512 characters."]
    }
    assert awx.held.add("organizations", {"name": " Other "})["name"] == "Other"
    project = {"name": "P", "organization": awx.organization, "scm_type": "git"}
    assert refused(awx.add, "projects", **project, scm_url="") == {"scm_url": ["SCM URL is required."]}
    assert refused(awx.add, "projects", **project, scm_url="htps://git") == {"scm_url": ["Unsupported git URL"]}
    assert refused(awx.add, "projects", **project, scm_url="https:///d") == {
        "scm_url": ["Host is required for https URL"]
    }
    assert awx.add("projects", **project, scm_url="git@git.example.com:d.git")
    assert refused(awx.add, "execution_environments", name="E", image="docker://r/i:1").keys() == {"image"}
    assert refused(awx.template, forks=2147483648).keys() == {"forks"}


def test_a_field_of_a_credential_holds_a_text_or_what_its_type_says(awx: Awx) -> None:
    def credential(kind: str, **inputs: Any) -> int:
        return awx.credential(kind, "One", **inputs)

    assert refused(credential, "Vault", vault_id=1) == {"inputs": {"vault_id": ["1 is not of type 'string'"]}}
    assert refused(credential, "Container Registry", verify_ssl="yes").keys() == {"inputs"}
    assert credential("Container Registry", verify_ssl=True)
    template = awx.template()
    awx.held.attach("job_templates", template, "credentials", credential("Vault", vault_id=None))
    another = awx.credential("Vault", "Two")
    assert "error" in refused(awx.held.attach, "job_templates", template, "credentials", another)
