"""Tests run the built collection: they don't begin with one that isn't the sources'."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tools.installed import complaint


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Sources, and what was built of them; older, as after a checkout."""
    for folder in ("sources", "installed"):
        for name in ("plugins/modules/one.py", "roles/r/tasks/main.yml", "playbooks/p.yml", "meta/runtime.yml"):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True)
            path.write_text("content\n")
    os.utime(tmp_path / "installed/playbooks/p.yml", (1, 1))
    return tmp_path / "sources", tmp_path / "installed"


def test_the_same_content_is_no_matter_how_old(folders: tuple[Path, Path]) -> None:
    (folders[0] / "plugins/__pycache__").mkdir()
    (folders[0] / "plugins/__pycache__/one.cpython-311.pyc").write_text("")
    assert complaint(*folders) == ""


@pytest.mark.parametrize("name", ["plugins/modules/one.py", "roles/r/tasks/main.yml", "meta/runtime.yml"])
@pytest.mark.parametrize("text", ["CONTENT\n", "longer content\n"])
def test_an_edited_file_is_named_with_what_to_type(folders: tuple[Path, Path], name: str, text: str) -> None:
    (folders[0] / name).write_text(text)
    assert (
        complaint(*folders)
        == f"The tests run the built collection, which differs from the sources in {name}. Type: make install"
    )


def test_a_new_file_and_a_deleted_one_count(folders: tuple[Path, Path]) -> None:
    (folders[0] / "plugins/modules/two.py").write_text("")
    assert "in plugins/modules/two.py. Type" in complaint(*folders)
    (folders[0] / "plugins/modules/two.py").unlink()
    (folders[0] / "playbooks/p.yml").unlink()
    assert "in playbooks/p.yml. Type" in complaint(*folders)


def test_many_are_counted(folders: tuple[Path, Path]) -> None:
    for number in range(5):
        (folders[0] / f"plugins/{number}.py").write_text("")
    assert "in plugins/0.py, plugins/1.py, plugins/2.py and 2 more. Type" in complaint(*folders)


def test_no_collection_at_all(folders: tuple[Path, Path]) -> None:
    assert (
        complaint(folders[0], folders[1] / "nothing")
        == "The collection isn't built yet, and the tests run the built one. Type: make install"
    )
