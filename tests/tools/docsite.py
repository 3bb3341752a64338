"""Makes the guides' pages of the documentation site: `python -m tests.tools.docsite docs FOLDER`.

docs.ansible.com and antsibull-docs take reStructuredText from docs/docsite/rst of the artifact. The guides are written
in Markdown, which the repository shows, and which the tests run (tests/integration/guides.py). The build turns them
over, so that none is written twice. Links between guides stay links within the site; a module's full name links to its
page.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode as Node

LABEL = "ansible_collections.qlikops.cloud.docsite"
REPOSITORY = "https://github.com/qlikops/qlikops.cloud/blob/main"
MODULES = {f"qlikops.cloud.{path.stem}" for path in (Path(__file__).parents[2] / "plugins/modules").glob("qlik_*.py")}
UNDERLINES = {"h1": "=", "h2": "-", "h3": "~", "h4": "^"}
LANGUAGES = {"yaml": "yaml+jinja", "": "text"}


class Page:
    """One guide on its way."""

    def __init__(self, source: Path, guides: set[str]) -> None:
        self._name = source.stem
        self._guides = guides
        self._tree = Node(MarkdownIt("commonmark").enable("table").parse(source.read_text(encoding="utf-8")))
        self._anchors: set[str] = set()

    def text(self) -> str:
        """All of it as reStructuredText."""
        lines = [f".. _{LABEL}.{self._name}:", ""]
        for node in self._tree.children:
            lines += self._block(node)
        return "\n".join(lines).rstrip() + "\n"

    def _block(self, node: Node) -> list[str]:
        writers: dict[str, Callable[[Node], list[str]]] = {
            "heading": self._heading,
            "paragraph": lambda one: [self._inline(one.children[0]), ""],
            "fence": self._fence,
            "table": self._table,
            "bullet_list": lambda one: self._list(one, lambda _number: "- "),
            "ordered_list": lambda one: self._list(one, lambda number: f"{number}. "),
            "blockquote": lambda one: self._indented([line for child in one.children for line in self._block(child)]),
            "html_block": lambda _comment: [],
        }
        return writers[node.type](node)

    def _heading(self, node: Node) -> list[str]:
        title = self._inline(node.children[0])
        anchor = _anchor(_plain(node.children[0]))
        label = [] if node.tag == "h1" or anchor in self._anchors else [f".. _{LABEL}.{self._name}.{anchor}:", ""]
        self._anchors.add(anchor)
        contents = [".. contents::", "   :local:", "   :depth: 1", ""] if node.tag == "h1" else []
        return [*label, title, UNDERLINES[node.tag] * max(len(title), 3), "", *contents]

    def _fence(self, node: Node) -> list[str]:
        # A file whose name stands in a comment above it is no JSON.
        language = (
            "text" if node.info == "json" and node.content.startswith("#") else LANGUAGES.get(node.info, node.info)
        )
        return [f".. code-block:: {language}", "", *self._indented(node.content.rstrip("\n").split("\n")), ""]

    def _table(self, node: Node) -> list[str]:
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
        for row in (row for part in node.children for row in part.children):
            for number, cell in enumerate(row.children):
                text = self._inline(cell.children[0]) if cell.children else ""
                begins = "     - " if number else "   * - "
                lines.append(f"{begins}{text}".rstrip())
        return [*lines, ""]

    def _list(self, node: Node, mark: Callable[[int], str]) -> list[str]:
        lines = []
        for number, item in enumerate(node.children, 1):
            inner = [line for child in item.children for line in self._block(child)]
            sign = mark(number)
            first, *others = "\n".join(inner).rstrip("\n").split("\n")
            lines += [f"{sign}{first}", *(textwrap.indent(line, " " * len(sign)) for line in others), ""]
        return lines

    @staticmethod
    def _indented(lines: list[str]) -> list[str]:
        return [textwrap.indent(line, "   ") for line in lines]

    def _inline(self, node: Node) -> str:
        return _spaced(self._pieces(node)).strip()

    def _pieces(self, node: Node) -> Iterator[tuple[bool, str]]:
        """The pieces of a line, and whether each is markup, which needs a border."""
        for child in node.children:
            if child.type == "text":
                yield False, _escaped(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                yield False, " "
            elif child.type == "code_inline":
                yield True, _code(child.content)
            elif child.type == "strong":
                yield True, f"**{_escaped(_plain(child))}**"
            elif child.type == "em":
                yield True, f"*{_escaped(_plain(child))}*"
            elif child.type == "link":
                yield True, self._link(str(child.attrs["href"]), _plain(child))
            elif child.type == "image":
                yield True, f"`{child.content} <{self._url(str(child.attrs['src']))}>`__"
            else:
                raise ValueError(f"{self._name}: {child.type} has no form in reStructuredText here")

    def _link(self, target: str, title: str) -> str:
        title = title.replace("\\", "").replace("`", "").replace("<", "")
        guide, _, anchor = target.removeprefix(f"{REPOSITORY}/docs/").partition("#")
        name = guide.removesuffix(".md") or self._name
        if name in self._guides and (guide.endswith(".md") or not guide):
            label = f"{LABEL}.{name}.{anchor}" if anchor else f"{LABEL}.{name}"
            return f":ref:`{title} <{label}>`"
        return f"`{title} <{self._url(target)}>`__"

    @staticmethod
    def _url(target: str) -> str:
        if target.startswith(("https://", "http://")):
            return target
        return (
            f"{REPOSITORY}/{target.removeprefix('../')}" if target.startswith("../") else f"{REPOSITORY}/docs/{target}"
        )


def _spaced(pieces: Iterator[tuple[bool, str]]) -> str:
    """Join them; markup that touches a letter gets an escaped blank, which isn't shown."""
    text = ""
    after_markup = False
    for markup, piece in pieces:
        if markup:
            touches = re.search(r"[^\s(\[{<\-/:'\"]\Z", text) is not None
        else:
            touches = after_markup and re.match(r"[^\s.,;:!?)\]}>\-/'\"]", piece) is not None
        text += f"\\ {piece}" if touches else piece
        after_markup = markup
    return text


def _plain(node: Node) -> str:
    """The text without its markup."""
    if not node.children:
        return " " if node.type in ("softbreak", "hardbreak") else node.content
    return "".join(_plain(child) for child in node.children)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*`|]|_(?=\W|$))", r"\\\1", text)


def _code(text: str) -> str:
    if text in MODULES:
        return f":ansplugin:`{text}#module`"
    # A literal can't begin or end with a blank, and knows no escapes.
    return f"``{text.strip()}``"


def _anchor(heading: str) -> str:
    """The anchor that the repository's pages give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def write(sources: Path, target: Path) -> None:
    """Make the page of each guide."""
    target.mkdir(parents=True, exist_ok=True)
    guides = {path.stem for path in sources.glob("*.md")}
    for path in sorted(sources.glob("*.md")):
        (target / f"{path.stem}.rst").write_text(Page(path, guides).text(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
