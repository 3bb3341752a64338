"""Ansible's processes read what Python compiled of this collection before, and never anything else than the sources."""

from __future__ import annotations

import ast
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import OwnSource

from tests.tools.installed import INSTALLED

ROOT = Path(__file__).parents[2]
FIRST = "ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode"

# As Ansible loads a plugin; then which of our modules there are, who loaded each, and from which bytecode.
LOAD = """
import json, os, sys
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader([os.environ["COLLECTIONS"]])
finders = list(sys.meta_path)
loaded = action_loader.get("qlikops.cloud." + sys.argv[1], class_only=True)
assert sys.meta_path == finders, "others' imports go on as before"
from ansible_collections.qlikops.cloud.plugins.module_utils import _errors
found = {}
for name, module in list(sys.modules.items()):
    if name.startswith("ansible_collections.qlikops.cloud.plugins."):
        spec = module.__spec__
        found[name] = [type(spec.loader).__name__, bool(spec.cached and os.path.exists(spec.cached))]
print(json.dumps({"modules": found, "class": loaded.__name__, "said": _errors.counted(2, "tenant")}))
"""


@pytest.fixture
def collections(tmp_path: Path) -> Path:
    """A place with nothing but this collection, as Ansible Galaxy installs it."""
    shutil.copytree(
        INSTALLED,
        tmp_path / "ansible_collections/qlikops/cloud",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return tmp_path


def load(collections: Path, action: str = "qlik_data_connections", **environment: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANSIBLE_"))}
    finished = subprocess.run(
        [sys.executable, "-c", LOAD, action],
        env={**clean, "COLLECTIONS": str(collections), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


def ours(found: dict[str, Any]) -> dict[str, list[Any]]:
    """Those that plugins import: Ansible loads plugins itself, and knows Python's cache for them."""
    inner = re.compile(r"\.(?:module_utils|plugin_utils)\.")
    return {name: how for name, how in found["modules"].items() if inner.search(name) and name != FIRST}


def test_what_was_compiled_once_is_read_by_the_next_process(collections: Path) -> None:
    for _run in range(2):
        found = ours(load(collections))
        assert len(found) > 100
        assert {name: how for name, how in found.items() if how != ["OwnSource", True]} == {}
    compiled = {path: path.stat().st_mtime_ns for path in collections.rglob("_jobs/__pycache__/*.pyc")}
    load(collections)
    assert compiled == {path: path.stat().st_mtime_ns for path in compiled}
    assert compiled


def test_a_changed_source_counts_at_once(collections: Path) -> None:
    assert load(collections)["said"] == "2 tenants"
    source = next(collections.rglob("module_utils/_errors.py"))
    source.write_text(source.read_text() + '\n\ndef counted(*_given):\n    return "another source"\n')
    assert load(collections)["said"] == "another source"


def saying(source: Path, what: str) -> Path:
    """A version of a source, of the same size and time whatever it says."""
    source.write_text(f'SAID = "{what}"\n')
    os.utime(source, (1e9, 1e9))
    return source


def said(source: Path) -> str:
    """What a process would find that begins now."""
    namespace: dict[str, str] = {}
    code = OwnSource("module", str(source)).get_code("module")
    assert code
    exec(code, namespace)  # noqa: S102 - as Python does with a module
    return namespace["SAID"]


def test_a_source_of_the_same_size_and_time_counts_at_once(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    for what in ("version 1", "version 2", "version 2", "version 1"):
        assert said(saying(source, what)) == what


@pytest.mark.parametrize("valid", py_compile.PycInvalidationMode)
def test_what_others_compiled_counts_for_the_same_source_alone(
    tmp_path: Path, valid: py_compile.PycInvalidationMode
) -> None:
    source = saying(tmp_path / "module.py", "theirs")
    py_compile.compile(str(source), invalidation_mode=valid, doraise=True)
    kept = Path(cache_from_source(str(source)))
    saying(source, "source")
    for _run in range(2):
        assert said(source) == "source"
    before = kept.read_bytes()
    assert said(source) == "source"
    assert kept.read_bytes() == before


@pytest.mark.parametrize("rest", [b"", b"half", bytes(200), b"N", b"garbage, more of it than there was " * 9])
def test_what_was_kept_broken_is_kept_anew(tmp_path: Path, rest: bytes) -> None:
    """As a disk that was full leaves it: its head says that it is valid."""
    source = saying(tmp_path / "module.py", "source")
    assert said(source) == "source"
    kept = Path(cache_from_source(str(source)))
    whole = kept.read_bytes()
    broken = whole[: len(whole) // 2] if rest == b"half" else whole[:16] + rest
    kept.write_bytes(broken)
    assert said(source) == "source"
    assert kept.read_bytes() == whole


def test_what_is_wrong_in_a_source_is_said(tmp_path: Path) -> None:
    source = saying(tmp_path / "module.py", "source")
    for content, error in ((b"def (:", SyntaxError), (b"a = 1\0", (SyntaxError, ValueError))):
        source.write_bytes(content)
        with pytest.raises(error):
            said(source)


def test_python_itself_goes_by_the_sources_with_what_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    assert said(saying(source, "version 1")) == "version 1"
    for what in ("version 1", "version 2"):
        saying(source, what)
        code = SourceFileLoader("module", str(source)).get_code("module")
        assert code
        assert what in code.co_consts


def test_a_collection_of_the_same_sizes_and_times_counts_at_once(collections: Path) -> None:
    source = next(collections.rglob("module_utils/_errors.py"))
    before = source.read_text()
    for what in ("version 1", "version 2"):
        source.write_text(f'{before}\n\ndef counted(*_given):\n    return "{what}"\n')
        os.utime(source, (1e9, 1e9))
        assert load(collections)["said"] == what


def test_nothing_is_written_where_python_is_told_so(collections: Path) -> None:
    found = load(collections, PYTHONDONTWRITEBYTECODE="1")
    assert found["class"] == "ActionModule"
    assert list(collections.rglob("*.pyc")) == []


def test_where_nothing_can_be_kept_all_works_as_before(collections: Path) -> None:
    # A file in the place of each folder of bytecode: not even root can write there.
    for folder in {path.parent for path in collections.rglob("plugins/**/*.py")}:
        (folder / "__pycache__").write_text("")
    found = load(collections)
    assert found["said"] == "2 tenants"
    assert not any(cached for _loader, cached in ours(found).values())


@pytest.mark.parametrize("content", [b"", b"nothing that Python compiled"])
def test_damaged_bytecode_is_left_aside(collections: Path, content: bytes) -> None:
    load(collections)
    for path in collections.rglob("plugin*/**/*.pyc"):
        path.write_bytes(content)
    assert load(collections)["said"] == "2 tenants"


PLUGINS = sorted(
    path
    for kind in ("action", "filter", "inventory", "lookup")
    for path in (ROOT / "plugins" / kind).glob("*.py")
    if "ansible_collections" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_plugin_asks_for_it_before_it_imports_anything_of_ours(path: Path) -> None:
    outside = []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.With) and ast.unparse(statement.items[0]) == "kept_bytecode()":
            continue
        found = [part.module for part in ast.walk(statement) if isinstance(part, ast.ImportFrom)]
        outside += [name for name in found if name and name.startswith("ansible_collections.")]
    assert outside == [FIRST]


def test_the_collection_that_is_built_brings_no_bytecode() -> None:
    listed = json.loads((INSTALLED / "FILES.json").read_text())
    assert [entry["name"] for entry in listed["files"] if "pycache" in entry["name"]] == []
