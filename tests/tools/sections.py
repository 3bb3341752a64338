"""Parts of pages that are made by a program: between `<!-- begin NAME ... -->` and `<!-- end NAME -->`."""

from __future__ import annotations

import re
from pathlib import Path


def section(page: Path, name: str) -> str:
    """What stands between the marks. Raises ValueError when the page has no such section."""
    return _split(page, name)[1].strip("\n")


def write_section(page: Path, name: str, content: str) -> None:
    """Put new content between the marks."""
    before, _, after = _split(page, name)
    page.write_text(f"{before}\n\n{content.strip()}\n\n{after}", encoding="utf-8")


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, *rows]).replace(
        "\n", f"\n|{'---|' * len(headings)}\n", 1
    )


def _split(page: Path, name: str) -> tuple[str, str, str]:
    text = page.read_text(encoding="utf-8")
    parts = re.fullmatch(rf"(.*<!-- begin {name}\b[^\n]*-->)\n(.*)\n(<!-- end {name} -->.*)", text, re.DOTALL)
    if parts is None:
        raise ValueError(f"{page.name} has no section '{name}'.")
    before, content, after = parts.groups()
    return before, content, after
