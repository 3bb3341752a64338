"""The architecture is what the folders of module_utils show: imports run one way, and the pure half does no I/O."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_UTILS = ROOT / "plugins/module_utils"
PREFIX = "ansible_collections.qlikops.cloud.plugins."
# From the lowest room to the highest: each may import those before it.
ROOMS = (
    "_errors",
    "_argspec",
    "_files",
    "_model",
    "_redaction",
    "_declared",
    "_session",
    "_api",
    "_reconcile",
    "_jobs",
    "_secrets_register",
    "_module",
)
# What decides without asking anybody: rooms, and files of `_reconcile`.
PURE_ROOMS = ("_errors", "_argspec", "_model", "_redaction", "_declared")
PURE_FILES = (
    "put_back",
    "way_back",
    "actions",
    "batches",
    "bodies",
    "breaches",
    "candidates",
    "attaching",
    "claims",
    "conditions",
    "decide",
    "demands",
    "digest",
    "drift",
    "expiring",
    "explain",
    "facts",
    "findings",
    "foresee",
    "lost_credentials",
    "match",
    "nearly",
    "pages",
    "pasted",
    "plan",
    "planned_action",
    "points",
    "privileges",
    "resolve",
    "rights",
    "rotation",
    "secret_policy",
    "subjects",
    "succession",
    "tagging",
    "updates",
    "verdict",
    "wanted",
    "way_in",
    "writes",
)
IMPURE_ROOMS = ("_session", "_api", "_jobs", "_module")


@functools.cache
def imports(path: Path) -> set[str]:
    """The modules that a file imports, also inside functions and under TYPE_CHECKING, by their dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(path: Path) -> str:
    """The room of a file: a folder of module_utils, or a file beside them."""
    return path.relative_to(MODULE_UTILS).parts[0].removesuffix(".py")


def ours(path: Path) -> set[str]:
    """What a file imports from module_utils, from the room on."""
    start = f"{PREFIX}module_utils."
    return {name.removeprefix(start) for name in imports(path) if name.startswith(start)}


def outside(path: Path) -> set[str]:
    """What a file imports that does I/O or belongs to Ansible; how Ansible reads a text that stands for a dictionary is
    its own to say, and asks nobody.
    """
    forbidden = ("requests", "urllib3", "urllib.request", "socket", "ssl", "http", "subprocess", "ansible.")
    allowed = "ansible.module_utils.common.validation."
    return {name for name in imports(path) if name.startswith(forbidden) and not name.startswith(allowed)}


FILES = sorted(path for path in MODULE_UTILS.rglob("*.py") if path.name != "__init__.py")
PURE = [
    path for path in FILES if room_of(path) in PURE_ROOMS or (room_of(path) == "_reconcile" and path.stem in PURE_FILES)
]


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(MODULE_UTILS))) for path in paths]


def test_every_room_has_its_place() -> None:
    assert {room_of(path) for path in FILES} == set(ROOMS)
    assert set(PURE_FILES) <= {path.stem for path in PURE}


@pytest.mark.parametrize("path", named(FILES))
def test_a_room_imports_only_those_below(path: Path) -> None:
    below = ROOMS[: ROOMS.index(room_of(path)) + 1]
    assert {name for name in ours(path) if name.split(".")[0] not in below} == set()
    assert {name for name in imports(path) if name.startswith(PREFIX)} == {
        f"{PREFIX}module_utils.{name}" for name in ours(path)
    }


@pytest.mark.parametrize("path", named(PURE))
def test_the_pure_half_asks_nobody(path: Path) -> None:
    assert outside(path) == set()
    assert {name for name in ours(path) if name.split(".")[0] in IMPURE_ROOMS} == set()
    reconcilers = {name.split(".")[-2] for name in ours(path) if name.startswith("_reconcile.")}
    assert reconcilers <= {*PURE_FILES, "connections"}


@pytest.mark.parametrize("path", named([path for path in FILES if room_of(path) == "_jobs"]))
def test_no_job_imports_another(path: Path) -> None:
    """What two jobs share stands in a file of its own, whose name begins with an underscore."""
    jobs = {name.split(".")[1] for name in ours(path) if name.startswith("_jobs.")}
    assert {job for job in jobs if not job.startswith("_")} == set()
