"""Repositories, and the syncs of projects from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWN_PLAYBOOKS = Path(__file__).parents[2] / "playbooks"


def _own_playbooks() -> list[str]:
    return [f"playbooks/{path.name}" for path in sorted(OWN_PLAYBOOKS.glob("*.yml"))]


@dataclass
class Repository:
    """What lies at an address: playbooks, or a problem in Git's words, which makes a sync fail."""

    playbooks: list[str] = field(default_factory=_own_playbooks)
    problem: str = ""


@dataclass(frozen=True)
class Sync:
    """A finished update of a project."""

    number: int
    project: int
    revision: str
    problem: str

    @property
    def status(self) -> str:
        """How it ended."""
        return "failed" if self.problem else "successful"

    def shown(self) -> dict[str, Any]:
        """As AWX answers."""
        url = f"/api/v2/project_updates/{self.number}/"
        return {
            "id": self.number,
            "type": "project_update",
            "url": url,
            "related": {"events": f"{url}events/"},
            "project": self.project,
            "status": self.status,
            "failed": bool(self.problem),
            "finished": "2026-01-01T00:00:01Z",
            "event_processing_finished": True,
            "job_explanation": "",
            "result_traceback": "",
            "scm_revision": self.revision,
        }

    def events(self) -> list[dict[str, Any]]:
        """What happened: of a failed one, the task that failed, with what it said."""
        begun = {"id": 1, "event": "playbook_on_start", "failed": False, "event_data": {}}
        if not self.problem:
            return [begun]
        data = {"task": "Update project using git", "res": {"failed": True, "msg": self.problem}}
        return [begun, {"id": 2, "event": "runner_on_failed", "failed": True, "event_data": data}]
