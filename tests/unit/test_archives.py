"""Which archives of modules the tests' runs of Ansible share, and with whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration import archives


def test_each_folder_gets_what_only_the_other_has_and_nothing_of_a_test_s_own(tmp_path: Path) -> None:
    mine, common = tmp_path / "mine", tmp_path / "common"
    for folder, names in (
        (mine, ["ansible.modules.copy-Z-none", "ansible.legacy.own-Z-none", "ansible.modules.file-Z-none-part"]),
        (common, ["ansible_collections.a.b.plugins.modules.c-Z-none", "ansible.modules.stat-Z-none.lock"]),
    ):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    before = {folder: {path.name for path in folder.iterdir()} for folder in (mine, common)}
    archives.exchange(mine, common)
    archives.exchange(mine, tmp_path / "gone")
    added = {folder: {path.name for path in folder.iterdir()} - before[folder] for folder in (mine, common)}
    assert added == {
        mine: {"ansible_collections.a.b.plugins.modules.c-Z-none"},
        common: {"ansible.modules.copy-Z-none"},
    }


def test_other_sources_have_another_folder_and_those_of_a_test_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "KEPT", tmp_path / "archives")
    monkeypatch.setattr(archives, "STEADY", (tmp_path / "steady",))
    module = tmp_path / "steady/ansible_collections/a/b/plugins/modules/c.py"
    module.parent.mkdir(parents=True)
    module.write_text("one")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path / "steady"))
    first = archives.common_folder()
    assert first == archives.common_folder()
    module.write_text("another")
    assert archives.common_folder() not in (first, None)
    monkeypatch.setenv("ANSIBLE_LIBRARY", str(tmp_path))
    assert archives.common_folder() is None
    monkeypatch.delenv("ANSIBLE_LIBRARY")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", f"{tmp_path}/steady:{tmp_path}/own")
    assert archives.common_folder() is None
