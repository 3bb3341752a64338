"""What certification and inclusion ask of the repository, as far as a program can see it.

CONTRIBUTING.md has the list.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Support",
    "Communication",
    "Code of Conduct",
    "Release Notes",
    "License",
]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_the_readme_has_the_sections_in_this_order() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS


def test_what_the_list_of_requirements_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = text[text.index("## What the shelves ask for") :].splitlines()
    named = {
        name for row in rows for name in re.findall(r"\]\(([^)#]+)|`((?:tests|plugins)/[^`]+)`", row) for name in name
    }
    missing = [name for name in sorted(named - {""}) if not (ROOT / name).exists()]
    assert not missing


def test_every_page_of_the_readme_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    pages = re.findall(r"https://github\.com/qlikops/qlikops\.cloud/blob/main/([^)#]+)", text)
    assert not [page for page in pages if not (ROOT / page).exists()]


def test_every_guide_is_on_the_documentation_site() -> None:
    sections = yaml.safe_load((ROOT / "docs/docsite/extra-docs.yml").read_text())["sections"]
    listed = [name for section in sections for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    uses = re.findall(r"uses: (\S+)(.*)$", workflow.read_text(), re.MULTILINE)
    assert uses
    for action, comment in uses:
        local = action.startswith("./")
        assert local or (re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) and re.match(r" # v\d", comment)), action


def test_a_release_is_built_from_what_passed_and_published_as_it_was_built() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    assert (jobs["check"]["uses"], jobs["build"]["needs"], jobs["publish"]["needs"]) == (
        "./.github/workflows/ci.yml",
        "check",
        "build",
    )
    assert "make install" in [step.get("run") for step in jobs["build"]["steps"]]
    assert not [step for step in jobs["publish"]["steps"] if "make install" in step.get("run", "")]
