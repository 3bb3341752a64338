"""Fixtures of the integration tests: a folder with playbooks, and both ways in which a module's job can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.playbooks import Playbooks

# What a user types first, and what looks at processes: here each run starts the program itself. See `forking`.
REAL_PROGRAMS = {
    "test_execution::test_a_delegated_host_may_have_another_interpreter",
    "test_execution::test_a_remote_looking_host_is_a_tenant",
    "test_execution::test_another_user_runs_the_module",
    "test_execution::test_what_speaks_against_running_in_process",
    "test_guides::test_quick_start",
    "test_readme_examples",
    "test_secrets_further",
}


@pytest.fixture
def playbooks(tmp_path: Path, request: pytest.FixtureRequest) -> Playbooks:
    """A folder of its own for each test."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    file = request.path.stem
    return Playbooks(folder, may_fork=REAL_PROGRAMS.isdisjoint({file, f"{file}::{request.node.originalname}"}))


@pytest.fixture(params=["in process", "as a module"])
def both_paths(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with the job in Ansible's worker, and as an ordinary module. Gives the value of
    `qlik_in_process`.
    """
    return "true" if request.param == "in process" else "false"
