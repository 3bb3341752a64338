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

    def credential(self, kind: str, name: str = "One", **inputs: str) -> int:
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
