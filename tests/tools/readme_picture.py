"""Makes docs/first-run.svg, the picture at the top of the README: `tests/tools/run python -m
tests.tools.readme_picture`.

It is what a terminal shows of the README's first example, run against an emulated tenant: what would happen, doing it,
and doing it again.
"""

from __future__ import annotations

import re
import tempfile
from html import escape
from pathlib import Path

from tests.emulator import Emulator
from tests.integration.guides import ROOT, Guide
from tests.integration.playbooks import Playbooks

PICTURE = ROOT / "docs" / "first-run.svg"
SECTION = "At a glance"
WIDTH, LINE, LEFT, TOP = 84, 17, 16, 28
COLOURS = {"+": "#7ee787", "-": "#ffa198", "$": "#79c0ff", "c": "#e3b341", "o": "#7ee787"}


def lines_of(guide: Guide) -> list[str]:
    """What the terminal shows of the section's commands, without the width of this terminal and the addresses of this
    machine.
    """
    shown: list[str] = []
    for command, run in zip(commands_of(guide), guide.play(SECTION), strict=True):
        text = run.stdout.strip().replace(guide.tenant("acme").host, "acme.eu.qlikcloud.com")
        text = re.sub(r"(?m) \*+$", "", text)
        text = re.sub(r"(?m)^(PLAY RECAP|PLAY \[.*)\n", "", text)
        text = re.sub(r"\n{2,}", "\n", text)
        text = re.sub(r" +(unreachable|skipped|rescued|ignored)=0", "", text)
        shown += [f"$ {command}", *(line.rstrip() for line in text.splitlines()), ""]
    return shown[:-1]


def commands_of(guide: Guide) -> list[str]:
    """The section's commands that run something."""
    blocks = [block.text for block in guide.blocks if block.section == SECTION and block.language == "console"]
    found = [
        line.removeprefix("$ ").partition("  #")[0].strip()
        for text in blocks
        for line in text.splitlines()
        if line.startswith("$ ")
    ]
    return [command for command in found if command.startswith("ansible-playbook")]


def draw(lines: list[str]) -> str:
    """An SVG of a terminal with these lines."""
    height = TOP + LINE * len(lines) + 12
    width = LEFT * 2 + round(WIDTH * 7.3)
    rows = []
    for number, line in enumerate(lines):
        fill = COLOURS.get(line[:1], "#e6edf3")
        if line[:1] in "co" and not line.startswith(("changed:", "ok:")):
            fill = "#e6edf3"
        text = escape(line[:WIDTH])
        rows.append(f'<text x="{LEFT}" y="{TOP + LINE * number}" fill="{fill}" xml:space="preserve">{text}</text>')
    style = "font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
    label = "A terminal: the playbook would create a connection, creates it, and finds nothing more to do"
    return (
        "<!-- Made by tests/tools/readme_picture.py. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img"'
        f' aria-label="{label}">\n<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n<g style="{style}">\n'
        + "\n".join(rows)
        + "\n</g>\n</svg>\n"
    )


def make(playbooks: Playbooks, emulator: Emulator) -> str:
    """Run the README's first example and draw what came of it."""
    guide = Guide("README.md", playbooks, emulator)
    guide.tenant("acme").add_space("Sales")
    return draw(lines_of(guide))


def main() -> None:
    """Write the picture."""
    with Emulator() as emulator, tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / "playbooks"
        inner.mkdir()
        PICTURE.write_text(make(Playbooks(inner), emulator), encoding="utf-8")


if __name__ == "__main__":
    main()
