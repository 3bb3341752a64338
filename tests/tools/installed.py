"""Is the collection in .cache/collections, which the tests import and run, made of the sources as they are now?

Contents are compared, because times say nothing after a checkout.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".cache/collections/ansible_collections/qlikops/cloud"
FOLDERS = ("plugins", "roles", "playbooks", "meta", "extensions")


def complaint(sources: Path = ROOT, installed: Path = INSTALLED) -> str:
    """What is wrong, and what to type; empty if both are the same."""
    if not installed.is_dir():
        return "The collection isn't built yet, and the tests run the built one. Type: make install"
    there, here = _files(installed), _files(sources)
    different = sorted(
        name
        for name in there.keys() | here.keys()
        if name not in there or name not in here or _differ(here[name], there[name])
    )
    if not different:
        return ""
    named = ", ".join(different[:3]) + (f" and {len(different) - 3} more" if len(different) > 3 else "")
    return f"The tests run the built collection, which differs from the sources in {named}. Type: make install"


def _files(folder: Path) -> dict[str, Path]:
    found = {}
    for name in FOLDERS:
        for path in (folder / name).rglob("*"):
            relative = path.relative_to(folder)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
            if path.is_file() and not hidden and path.suffix != ".pyc":
                found[str(relative)] = path
    return found


def _differ(one: Path, other: Path) -> bool:
    return one.stat().st_size != other.stat().st_size or one.read_bytes() != other.read_bytes()
