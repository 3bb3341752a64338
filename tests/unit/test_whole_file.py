"""The one way in which the collection writes files: whole, at first for nobody else's eyes, and through no link that
waits there.
"""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._files import writing as _whole_file
from ansible_collections.qlikops.cloud.plugins.module_utils._files.writing import write_whole
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export import files as export_files
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.documents import MARK
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report import files as report_files

from tests import reports

PLUGINS = Path(_whole_file.__file__).parents[1]
# What makes a file, or fills one, wherever it is called.
WRITING = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "copyfile", "copy2", "touch"}


@pytest.fixture
def everybodys(tmp_path: Path) -> Iterator[Path]:
    """A folder that others may write to, under a umask that lets everybody read."""
    folder = tmp_path / "everybody"
    folder.mkdir()
    folder.chmod(0o777)
    before = os.umask(0o022)
    yield folder
    os.umask(before)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "authorized_keys"
    path.write_text("the user's own")
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def calls(source: str) -> Iterator[str]:
    """Each call in a program that writes a file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [
            one.value for one in (*node.args, *(word.value for word in node.keywords)) if isinstance(one, ast.Constant)
        ]
        opens = name in ("open", "fdopen") and any(
            isinstance(text, str) and set(text) & set("wax+") and len(text) < 4 for text in texts
        )
        if name in WRITING or opens:
            yield name


@pytest.mark.parametrize("hidden", [True, False], ids=["beside it", "in its place"])
@pytest.mark.parametrize("name", ["plan.json", "plan.html", "plan.junit.xml"])
def test_a_link_that_waits_for_a_report_leads_nowhere(everybodys: Path, victim: Path, name: str, hidden: bool) -> None:
    (everybodys / (f".{name}.{os.getpid()}" if hidden else name)).symlink_to(victim)
    paths = report_files.write(reports.report("plan", reports.small_fleet()), everybodys, ["json", "html", "junit"])
    assert victim.read_text() == "the user's own"
    for path in paths.values():
        assert not Path(path).is_symlink()
        assert Path(path).stat().st_size > 1000


def test_a_report_is_its_owners_unless_somebody_says_otherwise(everybodys: Path) -> None:
    report = reports.report("audit", reports.small_fleet())
    (everybodys / "audit.json").write_text("of an older version")
    (everybodys / "audit.json").chmod(0o666)
    paths = report_files.write(report, everybodys, ["json", "html", "junit"])
    assert [mode(Path(path)) for path in paths.values()] == [0o600] * 3
    paths = report_files.write(report, everybodys, ["json", "html"], 0o644)
    assert [mode(Path(path)) for path in paths.values()] == [0o644] * 2


@pytest.mark.parametrize(("given", "mode"), [("0600", 0o600), ("640", 0o640), ("0644", 0o644), (0o640, 0o640)])
def test_modes_of_reports(given: str | int, mode: int) -> None:
    assert report_files.file_mode(given) == mode


@pytest.mark.parametrize("given", ["0666", "0660", "0755", "0400", "u=rw", "", "06000", 640, 600, True, None])
def test_what_is_no_mode_or_lets_others_write_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="is no mode for reports"):
        report_files.file_mode(given)


def test_an_export_does_not_follow_a_link_of_somebody_else(
    everybodys: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim.write_text(f"# {MARK}\n")
    path = everybodys / "qlik_connections.yml"
    path.symlink_to(victim)
    monkeypatch.setattr(os, "geteuid", lambda: path.lstat().st_uid + 1)
    if path.lstat().st_uid == 0:
        os.chown(path, 12345, -1, follow_symlinks=False)
    outcome = export_files.write_file(str(path), "text", overwrite=True, dry=False)
    assert "is a link that another user made" in outcome.error
    assert victim.read_text() == f"# {MARK}\n"


def test_an_export_takes_no_mode_from_a_file_of_somebody_else(
    everybodys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = everybodys / "qlik_connections.yml"
    path.write_text(f"# {MARK}\n")
    path.chmod(0o666)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert export_files.write_file(str(path), "text", overwrite=True, dry=False).action == "update"
    assert mode(path) == 0o600


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    path = tmp_path / "plan.json"
    write_whole(str(path), [b"old"])
    with pytest.raises(OSError, match="No space"):
        write_whole(str(path), breaks())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_reads_a_file_while_it_is_written(everybodys: Path) -> None:
    seen: list[int] = []

    def parts() -> Iterator[bytes]:
        yield b"first"
        seen.extend(mode(path) for path in everybodys.iterdir())

    write_whole(str(everybodys / "plan.json"), parts(), mode=0o644)
    assert seen == [0o600]


def test_there_is_no_other_way() -> None:
    found = {path.name: list(calls(path.read_text())) for path in PLUGINS.rglob("*.py")}
    assert {name: names for name, names in found.items() if names} == {"writing.py": ["mkstemp", "fdopen"]}
