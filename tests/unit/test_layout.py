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
    "_record",
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
PURE_ROOMS = ("_errors", "_record", "_argspec", "_model", "_redaction", "_declared")
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
    "membership",
    "nearly",
    "pages",
    "pasted",
    "places",
    "plan",
    "planned_action",
    "points",
    "privileges",
    "proofs",
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
# What asks for the time or the surroundings, by which a decision would differ from run to run.
AROUND = (
    "os.environ",
    "os.getcwd",
    "time.time",
    "time.sleep",
    "time.monotonic",
    "datetime.now",
    "datetime.datetime.now",
    "date.today",
    "datetime.date.today",
)
# They ask no tenant, and aren't pure: one runs what does, one keeps a file.
NEITHER = {"_reconcile.parallel", "_reconcile.acceptance.ledger"}
IMPURE_ROOMS = ("_session", "_api", "_jobs", "_module")


@functools.cache
def imports(path: Path) -> set[str]:
    """The modules that a file imports, also inside functions and under TYPE_CHECKING, by their dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            found |= {f"{start}.{alias.name}" for alias in node.names}
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
    assert not [name for name in imports(path) if name.startswith(".")], "say the whole name"
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


def looks_around(text: str) -> list[str]:
    """Where a file opens others, or asks the clock or the environment: what is decided there, nobody can try again."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("open", "input", "print"):
            found.append(ast.unparse(node))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in AROUND:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", named(PURE))
def test_the_pure_half_looks_at_nothing_but_what_it_is_given(path: Path) -> None:
    assert looks_around(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["open(path)", "time.time()", "os.environ['HOME']", "datetime.now(timezone.utc)", "date.today()"]
)
def test_a_look_around_is_found(line: str) -> None:
    assert looks_around(f"def decide(path):\n    return {line}\n")


def test_every_file_of_the_reconcilers_that_asks_nobody_is_among_the_pure_ones() -> None:
    """So that it stays so: a file asks somebody if it imports what does, or a file that does."""
    files = {dotted(path): path for path in FILES if room_of(path) == "_reconcile"}
    asking = {name for name, path in files.items() if outside(path) or used_by(path) & set(IMPURE_ROOMS)}
    before: set[str] = set()
    while asking != before:
        before = set(asking)
        asking |= {name for name, path in files.items() if used_by(path) & before}
    silent = {name for name in files if name not in asking and files[name] not in PURE}
    assert silent - NEITHER == set(), "name it in PURE_FILES"


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(MODULE_UTILS).with_suffix("").parts)


def used_by(path: Path) -> set[str]:
    """The files and rooms that a file imports from."""
    return {name.rpartition(".")[0] for name in ours(path)} | {name.split(".")[0] for name in ours(path)} | ours(path)


@pytest.mark.parametrize("path", named([path for path in FILES if room_of(path) == "_jobs"]))
def test_no_job_imports_another(path: Path) -> None:
    """What two jobs share stands in a file of its own, whose name begins with an underscore."""
    jobs = {name.split(".")[1] for name in ours(path) if name.startswith("_jobs.")}
    assert {job for job in jobs if not job.startswith("_")} == set()


def test_no_comprehension_hides_a_name_of_its_file() -> None:
    """Early Pythons 3.12 run comprehensions inside the function around them, and then take the file's name for an unset
    variable in its next comprehension: UnboundLocalError, on those Pythons alone.
    """
    found = []
    for path in sorted((ROOT / "plugins").rglob("*.py")) + sorted((ROOT / "extensions").rglob("*.py")):
        tree = ast.parse(path.read_text())
        own = names_of_file(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.comprehension):
                found += [f"{path.name}: {name}" for name in names_in(node.target) if name in own]
    assert not found


def names_of_file(tree: ast.Module) -> set[str]:
    """What a file defines, imports or sets outside of functions and classes."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                names |= names_in(target)
        elif isinstance(node, ast.AnnAssign):
            names |= names_in(node.target)
    return names


def names_in(node: ast.AST) -> set[str]:
    """The names that are set in a statement or a target."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
