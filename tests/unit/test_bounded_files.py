"""Files on this machine are read up to a bound, and YAML that would take a worker down is refused with its line."""

from __future__ import annotations

import os
import stat
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.qlikops.cloud.plugins.module_utils._declared import files
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import read_local_file, with_files
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError, SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._files import reading, yaml_bounds
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._session.contexts import (
    read_context,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils import _definition_files
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_files import with_definitions
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_text import DefinitionText, TextError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thoroughness import examples

DEEP = {
    "lists in brackets": "[" * 100_000,
    "mappings in brackets": "{a: " * 100_000,
    "lists in a line": "- " * 100_000 + "x",
    "keys in a line": "? " * 100_000 + "x",
    "brackets over many lines": "[\n" * 100_000,
    "closed brackets in between": "[[], " * 100_000,
    "brackets with others in quotes": '["]", ' * 100_000,
    "columns": "\n".join(" " * level + "a:" for level in range(300)),
    "lists below their keys": "\n".join(" " * level + "- a:" for level in range(0, 400, 2)),
}
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n  k{n}: v\n" for n in range(1, 40))
GROWING = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200))
BOMBS = {
    "laughs": LAUGHS,
    "merges": MERGES,
    "levels": GROWING,
    "itself": "a: &a [1, *a]\n",
    "itself in keys": "a: &a {b: {c: *a}}\n",
}
FINE = {
    "nothing": "",
    "many lists": "".join(
        f"- {{name: N{number}, tags: [a, b], properties: {{x: '{{{{ y }}}}'}}}}\n" for number in range(500)
    ),
    "a key shared by thousands": "base: &base {x: 1, y: [1, 2]}\nall:\n"
    + "".join(f"- {{<<: *base, n: {n}}}\n" for n in range(500)),
    "a text that is far to the right": "a: |\n  x\n" + " " * 300 + "y\n",
    "ninety levels": "[" * 90 + "]" * 90,
}


def data(text: str, *, is_json: bool = False) -> Any:
    return DefinitionText(text.encode(), is_json=is_json).data(str)


@pytest.mark.parametrize("text", [*DEEP.values(), *BOMBS.values()], ids=[*DEEP, *BOMBS])
def test_definitions_that_would_take_a_worker_down(text: str) -> None:
    start = time.process_time()
    with pytest.raises(TextError) as caught:
        data(text)
    ((_line, problem),) = caught.value.problems
    assert "levels deep" in problem or "aliases" in problem or "holds itself" in problem
    assert time.process_time() - start < 10


@pytest.mark.parametrize("text", [*DEEP.values(), *BOMBS.values()], ids=[*DEEP, *BOMBS])
def test_contexts_that_would_take_a_worker_down(text: str, tmp_path: Path) -> None:
    (tmp_path / ".qlik").mkdir()
    (tmp_path / ".qlik/contexts.yml").write_text(text)
    with pytest.raises(SignInError, match=r"levels deep|aliases|holds itself"):
        read_context("acme", {"QLIK_CLI_USER_HOME_DIR": str(tmp_path)}, [])


@pytest.mark.parametrize(("before", "line"), [("", 1), ("a: 1\nb: 2\nc: ", 3)], ids=["at the start", "further on"])
def test_a_parser_with_a_bound_of_its_own_gives_the_same(
    before: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libyaml from 0.2.6 on refuses such a line itself, before it gives an event."""

    def refusing(text: str, **_loader: Any) -> Any:
        where = yaml.Mark("<unicode string>", 0, text.count("\n"), 1000, None, 0)
        raise yaml.MarkedYAMLError("while increasing flow level", where, "exceeded maximum nesting depth", where)

    monkeypatch.setattr(yaml, "parse", refusing)
    with pytest.raises(TextError) as caught:
        data(before + "[" * 100_000)
    assert caught.value.problems == [(line, f"{yaml_bounds.TOO_DEEP}.")]


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_what_is_large_and_plain_is_read(text: str) -> None:
    assert data(text) == yaml.safe_load(text)


@pytest.mark.parametrize("levels", [150, 900, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_that_is_nested_deeply(levels: int, opening: str, closing: str) -> None:
    document = DefinitionText((opening * levels + "1" + closing * levels).encode(), is_json=True)
    with pytest.raises(TextError, match="nested"):
        document.data(str)
    assert document.line(("a", 0)) == 0


@settings(max_examples=examples(50), deadline=None)
@given(
    st.recursive(
        st.none() | st.text("ab[]{}*&-?:'\" #\n"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("a-? "), inner),
    ),
    st.booleans(),
)
def test_no_text_has_more_levels_than_were_thought(value: Any, flow: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow)
    assert yaml_bounds._most_levels(text) >= _levels(value)
    yaml_bounds.check_text(text)


def _levels(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max((_levels(item) for item in items), default=0)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large", "sparse"])
def test_what_is_no_key_file_is_not_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as stream:
            stream.truncate(reading.MAX_FILE_BYTES + 1 if kind == "large" else 1 << 33)
    with pytest.raises(QlikError) as caught:
        with_files({"name": "Orders", "secrets": {"keyFile": {"path": str(path)}}}, read_local_file)
    assert str(caught.value).startswith(f"connection 'Orders': keyFile: the file {path} can't be read: ")


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"x" * 2000)
    monkeypatch.setattr(os, "fstat", lambda _handle: os.stat_result((stat.S_IFREG, *[0] * 9)))
    assert reading.read_bounded(str(path), 2000) == b"x" * 2000
    with pytest.raises(OSError, match="it has more than"):
        reading.read_bounded(str(path), 1999)


def test_files_of_all_connections_have_a_bound_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_bytes(b"x" * 1000)
    definitions = [
        {"name": f"N{number}", "secrets": {"keyFile": {"path": str(tmp_path / "key.pem")}}} for number in range(5)
    ]
    assert with_files({"connections": definitions}, read_local_file)["connections"]
    monkeypatch.setattr(files, "MAX_FILES_BYTES", 4500)
    with pytest.raises(DefinitionError, match="'N4'"):
        with_files({"connections": definitions}, read_local_file)


def test_secrets_are_looked_for_in_memory_for_the_texts_alone() -> None:
    text = "".join(f"{number:x}-{number * 7919:x} " for number in range(15_000))
    secrets = [f"secret-{number:08d}" for number in range(1000)] + ["7919", "ab1", text[5000:5040]]
    tracemalloc.start()
    try:
        found = occurring(secrets, [text, "secret-00000007"])
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {"secret-00000007", text[5000:5040]} <= found
    assert peak < 3 * len(text) + 2_000_000


@pytest.mark.parametrize("member", ["properties", "secrets"])
def test_the_files_of_a_single_connection_are_bounded_together(monkeypatch: pytest.MonkeyPatch, member: str) -> None:
    monkeypatch.setattr(files, "MAX_FILES_BYTES", 2500)
    options = {"name": "Orders", member: {"keys": [{"path": f"key{number}"} for number in range(3)]}}
    with pytest.raises(QlikError, match="the files of this task"):
        with_files(options, lambda _path: b"x" * 1000)
    monkeypatch.setattr(files, "MAX_FILES_BYTES", 3000)
    assert len(with_files(options, lambda _path: b"x" * 1000)[member]["keys"]) == 3


def test_definitions_files_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    class Folder:
        read_paths: list[str] = []

        def find(self, path: str) -> str:
            return path

        def read(self, path: str) -> bytes:
            self.read_paths.append(path)
            return b"[]" + b" " * 998

        def decrypt(self, text: str) -> str:
            return text

    paths = [f"/nowhere/{number}.yml" for number in range(10)]
    assert with_definitions({}, paths, {}, Folder())["connections"] == []
    monkeypatch.setattr(_definition_files, "MAX_FILES_BYTES", 2500)
    Folder.read_paths.clear()
    with pytest.raises(DefinitionError, match="together"):
        with_definitions({}, paths, {}, Folder())
    assert len(Folder.read_paths) == 3
