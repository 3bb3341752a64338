"""The playbook awx against a controller whose API lies below a prefix, as in Ansible Automation Platform."""

from __future__ import annotations

import pytest

from tests.awx_standin import PLATFORM_PREFIX, StandIn
from tests.integration.playbooks import Playbooks
from tests.tools.awx_page import objects, run_playbook

pytestmark = pytest.mark.timeout(900)


def test_everything_is_made_below_the_prefix_and_once(playbooks: Playbooks) -> None:
    with StandIn(PLATFORM_PREFIX) as platform:
        # A step that only some want is made once, too.
        settings = ["-e", '{"qlik_awx_test_step": true}']
        run = run_playbook(playbooks, platform, *settings)
        assert run.returncode == 0, run.output
        made = {item["name"] for item in platform.controller.items["job_templates"].values()}
        assert made == {template["name"] for template in objects()["job_templates"]}
        writes = len(platform.controller.writes)
        after = platform.controller.linked("workflow_job_template_nodes", "provision", "success_nodes")
        assert after == ["audit", "test-connections"]
        again = run_playbook(playbooks, platform, *settings)
        assert again.returncode == 0, again.output
        assert len(platform.controller.writes) == writes
    assert "canary" not in run.output + again.output


def test_without_the_prefix_nothing_is_made_and_the_error_names_the_address(playbooks: Playbooks) -> None:
    with StandIn(PLATFORM_PREFIX) as platform:
        environment = platform.environment
        del environment["CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX"]
        platform_without = type("Plain", (), {"environment": environment})
        run = run_playbook(playbooks, platform_without)  # type: ignore[arg-type]  # only its environment counts
    assert run.returncode != 0
    assert platform.controller.writes == []
    assert "/api/v2/" in run.output
