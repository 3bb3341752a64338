"""What the role qlik_awx asks AWX for before it writes anything: credential types and their fields, credentials that
settings name, steps of somebody's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.awx_standin import PLATFORM_PREFIX, StandIn
from tests.integration.playbooks import Playbooks, Run
from tests.tools.awx_page import environment, objects

PREFIX = "CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX"
pytestmark = pytest.mark.timeout(300)
WORKFLOW = objects()["workflow"]["name"]
TEST_STEP = objects()["test_node"]["identifier"]
CHECKED = {"check_mode": True}
NEEDED = {"qlik_awx_image": "i", "qlik_awx_definitions_url": "https://git.example.com/d.git"}


def _credential(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"qlik_awx_credentials": [{"name": "One", "credential_type": kind, "inputs": inputs}]}


# What only AWX knows, by what is said of it.
NOT_HELD: dict[str, dict[str, Any]] = {
    "AWX has no credential 'Mirror' of the type Source Control, which qlik_awx_playbooks_credential names.": {
        "qlik_awx_playbooks_credential": "Mirror"
    },
    "AWX has no credential 'Twin' of the type Container Registry, which qlik_awx_image_credential names.": {
        "qlik_awx_image_credential": "Twin"
    },
    "AWX has no credential type 'Qlik Oauth client', which qlik_awx_credentials names.": _credential(
        "Qlik Oauth client", client_secret="canary-of-no-type"
    ),
    "item 1 has the inputs clientsecret, which the type 'Qlik OAuth client' doesn't have.": _credential(
        "Qlik OAuth client", client_id="x", clientsecret="canary-misspelt"
    ),
    "has the inputs key, which the type 'Qlik OAuth client us' doesn't have.": _credential(
        "Qlik OAuth client us", client_id="x", key="canary-misspelt"
    ),
    "item 1: AWX doesn't take the values of client_id, client_secret.": _credential(
        "Qlik OAuth client", client_id=1, client_secret={"value": "canary-nested"}
    ),
    "item 1: AWX doesn't take the values of verify_ssl, host.": _credential(
        "Container Registry", username="u", host=["canary-list"], verify_ssl="canary-true"
    ),
}
HELD: list[dict[str, Any]] = [
    _credential("Container Registry", username="u", verify_ssl=False),
    _credential("Vault", vault_id=None, vault_password=""),
    {"qlik_awx_image_credential": "Registry"},
]


@pytest.fixture
def awx() -> Iterator[StandIn]:
    with StandIn() as running:
        running.controller.add("organizations", {"name": "Qlik Cloud"})
        yield running


def run_parts(playbooks: Playbooks, awx: StandIn, *cases: dict[str, Any], **more: Any) -> Run:
    """The looks of the role with each of these settings; what is refused is rescued."""
    tasks: list[dict[str, Any]] = []
    for number, settings in enumerate(cases):
        role = {"name": "qlikops.cloud.qlik_awx", "tasks_from": "held", "rolespec_validate": False}
        one = {"name": f"Case {number}", "ansible.builtin.include_role": role, "vars": {**NEEDED, **settings}}
        taken = {"name": f"Case {number} was taken", "ansible.builtin.debug": {}}
        tasks.append(
            {"block": [one, taken], "rescue": [{"ansible.builtin.debug": {"var": "ansible_failed_task.name"}}]}
        )
    unsigned = more.pop("unsigned", {})
    run = playbooks.tasks(tasks, "-vvv", environment={**environment(awx), **unsigned}, many=True, **more)
    assert run.returncode == 0, run.output
    assert "canary" not in run.output
    assert awx.controller.writes == []
    return run


def taken(run: Run) -> list[str]:
    return [line["task"] for line in run.results if line["task"].endswith("was taken")]


def test_what_only_awx_knows_is_asked_for_before_anything_is_written(playbooks: Playbooks, awx: StandIn) -> None:
    registry = awx.controller.one("credential_types", "Container Registry")
    awx.controller.add("credentials", {"name": "Registry", "credential_type": registry["id"], "organization": None})
    # Of two with this name outside of the organization, nobody knows which is meant.
    for name in ("Other", "Another"):
        organization = awx.controller.add("organizations", {"name": name})["id"]
        twin = {"name": "Twin", "credential_type": registry["id"], "organization": organization}
        awx.controller.add("credentials", twin)
    run = run_parts(playbooks, awx, *NOT_HELD.values(), *HELD)
    assert taken(run) == [f"Case {len(NOT_HELD) + number} was taken" for number in range(len(HELD))]
    said = str([line["result"] for line in run.results if line["status"] == "failed"]).replace("\\'", "'")
    for text in NOT_HELD:
        assert f"{text} Nothing was changed." in said, text


def test_an_awx_that_cannot_be_read_is_left_alone(playbooks: Playbooks, awx: StandIn) -> None:
    """The modules may be told by their defaults how to sign in; what is asked for isn't."""
    play = {"module_defaults": {"group/awx.awx.controller": {"controller_oauthtoken": awx.controller.token}}}
    run = run_parts(playbooks, awx, {}, unsigned={"CONTROLLER_OAUTH_TOKEN": "wrong"}, play=play)
    assert taken(run) == []
    assert "AWX can't be read. Nothing was changed." in run.result("Say that AWX must be readable")["msg"]


class Gateway(HTTPServer):
    """What stands before AWX: it leads elsewhere, if it was told where, or has a page for everything."""

    def __init__(self, elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Gateway)
        self.elsewhere = elsewhere
        self.signed: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Gateway:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Gateway(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        self.server.signed += self.headers.get_all("Authorization", [])
        page = b"<!doctype html><title>Ansible Automation Platform</title>"
        self.send_response(302 if self.server.elsewhere else 200)
        if self.server.elsewhere:
            self.send_header("Location", f"{self.server.elsewhere}{self.path};jsessionid=canary-session?token=canary-q")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nobody needs to read it."""


def test_an_address_that_leads_elsewhere_is_refused_and_gets_no_token(playbooks: Playbooks, awx: StandIn) -> None:
    """The modules would follow, and their writes would become reads."""
    signed_in = awx.url.replace("//", "//canary-user:canary/pass#word@")
    with Gateway(signed_in) as gateway:
        host = gateway.url.replace("//", "//canary-me:canary-mine@")
        run = run_parts(playbooks, awx, {}, unsigned={"CONTROLLER_HOST": f"{host}/?canary#/home"})
        assert gateway.signed == []
    assert taken(run) == []
    said = run.result("Nobody answers that AWX is elsewhere")["msg"]
    assert f"{gateway.url}/api/v2/ping/ redirects to {awx.url}/api/v2/ping/. Nothing was changed." in said
    assert "CONTROLLER_HOST to where AWX itself answers: what stands before /api/v2/ping/" in said


def test_an_address_that_awx_itself_would_complete_is_no_other_one(playbooks: Playbooks, awx: StandIn) -> None:
    run = run_parts(playbooks, awx, {}, unsigned={"CONTROLLER_HOST": f"{awx.url}/", PREFIX: "/api/"}, play=CHECKED)
    assert taken(run) == ["Case 0 was taken"]


@pytest.mark.parametrize(
    ("case", "prefix", "said"),
    [
        ("a page", PLATFORM_PREFIX, "Failed to parse the response json"),
        ("none", "/api/", "Request failed: "),
        ("AWX", PLATFORM_PREFIX, "The requested object could not be found at /api/controller/v2/"),
    ],
)
def test_where_awx_was_looked_for_is_said(
    playbooks: Playbooks, awx: StandIn, case: str, prefix: str, said: str
) -> None:
    with Gateway() as gateway:
        host = {"a page": gateway.url, "none": "http://127.0.0.1:1", "AWX": awx.url}[case]
        run = run_parts(playbooks, awx, {}, unsigned={"CONTROLLER_HOST": host, PREFIX: prefix})
    assert taken(run) == []
    message = run.result("Say that AWX must be readable")["msg"]
    assert f"AWX can't be read. Nothing was changed. It was looked for where {host}{prefix}v2/ping/ is." in message
    assert f"{PREFIX}, /api/controller/ for Ansible Automation Platform" in message
    assert said in message


@pytest.mark.parametrize(
    ("name", "value", "task", "said"),
    [
        ("CONTROLLER_HOST", "", "Where AWX is", "Set the environment variable CONTROLLER_HOST"),
        *(
            ("CONTROLLER_HOST", wrong, "Nobody signs in by the address", "There is an @ in")
            for wrong in ("http://jo:canary-pw/x@127.0.0.1:9", "jo:canary#x@awx.example.com", "https://jo:c?anary@h/")
        ),
        ("TOWER_HOST", "https://other.example.com", "There is one AWX", "Unset TOWER_HOST"),
        *(
            (PREFIX, wrong, "Where its API is", f"{PREFIX} is '{wrong}'")
            for wrong in ("/api/controller", "api/controller/", "", "/a\tpi/")
        ),
    ],
)
def test_an_environment_that_cannot_be_right_is_refused(
    playbooks: Playbooks, awx: StandIn, name: str, value: str, task: str, said: str
) -> None:
    run = run_parts(playbooks, awx, {}, unsigned={name: value})
    assert taken(run) == []
    assert "canary" not in run.output
    message = run.result(task)["msg"]
    assert said in message
    assert "Nothing was changed." in message


def test_the_step_that_tries_connections_stays_while_another_follows_only_it(
    playbooks: Playbooks, awx: StandIn
) -> None:
    held = awx.controller
    organization = held.one("organizations", "Qlik Cloud")["id"]
    workflow = held.add("workflow_job_templates", {"name": WORKFLOW, "organization": organization})["id"]
    provision, tried, own = (
        held.add("workflow_job_template_nodes", {"identifier": name, "workflow_job_template": workflow})["id"]
        for name in ("provision", TEST_STEP, "my-ticket")
    )
    held.attach("workflow_job_template_nodes", provision, "success_nodes", tried)
    held.attach("workflow_job_template_nodes", tried, "failure_nodes", own)
    run = run_parts(playbooks, awx, {}, {"qlik_awx_test_step": True})
    assert taken(run) == ["Case 1 was taken"]
    assert "my-ticket, follows only the step test-connections" in run.output
    held.attach("workflow_job_template_nodes", provision, "failure_nodes", own)
    assert taken(run_parts(playbooks, awx, {})) == ["Case 0 was taken"]
