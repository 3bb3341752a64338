"""What certification and inclusion ask of the repository, as far as a program can see it.

CONTRIBUTING.md has the list.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.tools.matrix import NOT_AT_HAND, PYTHONS, ran_on
from tests.tools.supported import supported

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
    missing = [name for name in sorted(files_of("\n".join(rows))) if not (ROOT / name).exists()]
    assert not missing


def files_of(row: str) -> set[str]:
    """The files that a row of the list names."""
    return {name for names in re.findall(r"\]\(([^)#]+)|`((?:tests|plugins)/[^`]+)`", row) for name in names} - {""}


def test_every_file_that_is_to_document_pythons_names_one_and_every_module_has_one() -> None:
    (row,) = re.findall(r"^\| unsupported Pythons are documented \|.+$", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    readme = (ROOT / "README.md").read_text()
    controller, target = re.findall(r"^- (?:On|Where) .*Python ([\d.]+) or newer", readme, re.M)
    named = {name: (ROOT / name).read_text() for name in files_of(row) if not name.startswith("tests/unit/")}
    assert f'python_requires: ">={target}"' in named.pop("tests/config.yml")
    assert f"  - Python >= {target} where the module runs" in named.pop("plugins/doc_fragments/tenant.py")
    assert named.pop("README.md")
    modules = {
        f"plugins/modules/{path.name}": path.read_text() for path in (ROOT / "plugins/modules").glob("qlik_*.py")
    }
    own = {name: text for name, text in modules.items() if "qlikops.cloud.tenant\n" not in documentation(text)}
    assert named == own
    for text in own.values():
        assert yaml.safe_load(documentation(text))["requirements"][0].startswith(f"Python >= {controller} ")


def documentation(module: str) -> str:
    return module.partition('DOCUMENTATION = r"""')[2].partition('"""')[0]


def test_the_readme_names_the_modules_without_the_options_that_say_which_tenant() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("qlik_*.py")}
    group = set(yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]["tenant"])
    (said,) = re.findall(
        r"All modules but (.+?), which work on the\s+controller", (ROOT / "README.md").read_text(), re.S
    )
    assert set(re.findall(r"`(\w+)`", said)) == modules - group


def test_the_readme_promises_what_the_page_on_security_does() -> None:
    promise = "the one before if that is less than 6 months old"
    for page in ("README.md", "SECURITY.md"):
        assert promise in " ".join((ROOT / page).read_text().split()), page


def test_no_python_that_is_not_at_hand_counts_as_tested() -> None:
    (row,) = re.findall(r"^\| (.+) \| not at hand \|", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    assert set(re.findall(r"Python ([\d.]+)", row)) == NOT_AT_HAND
    heading, _rule, *rows = (line.strip("|").split("|") for line in supported().splitlines())
    cells = {
        (row[0].strip(), python.split()[1]): cell.strip()
        for row in rows
        for python, cell in zip(heading[1:], row[1:], strict=True)
    }
    for (core, python), cell in cells.items():
        assert (cell == "") == (python not in PYTHONS[core])
        assert (cell == "tested") == (python in ran_on(core))
        assert cell != "tested" or python not in NOT_AT_HAND


def test_a_review_by_somebody_else_is_promised_once_there_is_somebody() -> None:
    text = " ".join((ROOT / "MAINTAINERS.md").read_text().split())
    (sentence,) = re.findall(r"[^.]*read by another person than its author[^.]*\.", text)
    assert sentence.strip().startswith("As soon as there are two maintainers")


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


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_runs_of_the_repository_has_the_whole_history(workflow: Path) -> None:
    for job in yaml.safe_load(workflow.read_text())["jobs"].values():
        steps = job.get("steps", [])
        checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
        if any(re.search(r"\bmake\b|\.ci/run|\btests[/.]|\bgit\b", step.get("run", "")) for step in steps):
            assert [step["with"].get("fetch-depth") for step in checkouts] == [0]


def test_a_release_is_built_from_what_passed_and_published_as_it_was_built() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    assert (jobs["check"]["uses"], jobs["build"]["needs"], jobs["publish"]["needs"]) == (
        "./.github/workflows/ci.yml",
        "check",
        "build",
    )
    steps = [step.get("run", "") for step in jobs["build"]["steps"]]
    looked = steps.index("tests/tools/run python -m tests.tools.artifact --release .cache/dist/*.tar.gz")
    assert steps[looked - 1] == "make install"
    assert not [step for step in jobs["publish"]["steps"] if "make install" in step.get("run", "")]
