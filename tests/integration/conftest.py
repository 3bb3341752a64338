"""Fixtures of the integration tests: a folder with playbooks, and both ways in which a module's job can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.playbooks import Playbooks


@pytest.fixture
def playbooks(tmp_path: Path) -> Playbooks:
    """A folder of its own for each test."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    return Playbooks(folder)


@pytest.fixture(params=["in process", "as a module"])
def both_paths(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with the job in Ansible's worker, and as an ordinary module. Gives the value of `qlik_in_process`."""
    return "true" if request.param == "in process" else "false"
