# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is asked of Qlik can be asked of the emulator, by the same method, under the same paths."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES

from tests.emulator.emulator import TENANT_ROUTES
from tests.emulator.organization import ROUTES as ORGANIZATION_ROUTES
from tests.emulator.records import READING_POSTS

MODULE_UTILS = Path(__file__).parents[2] / "plugins/module_utils"
ROUTES = [(route.method, route.path) for route in (*TENANT_ROUTES.routes, *ORGANIZATION_ROUTES)]
SESSIONS = ("session", "_session")
SOME = "{}"


def written(node: ast.expr, file: ast.Module) -> str:
    """The path that an expression stands for, as far as its file says: `{}` is what isn't known before it runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part, file) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return written(node.value, file)
    name = getattr(node, "attr", getattr(node, "id", ""))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for returned in answers_of(node.func.id, file):
            return written(returned, file)
    elif name:
        for value in values_of(name, file):
            return written(value, file)
    return SOME


def answers_of(function: str, file: ast.Module) -> Iterator[ast.expr]:
    """What a function of the file returns."""
    for node in file.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            returns = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
            yield from (value for value in returns if value is not None)


def values_of(name: str, file: ast.Module) -> Iterator[ast.expr]:
    """What a constant, an attribute of `self` or a local name is."""
    for node in ast.walk(file):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if getattr(target, "attr", getattr(target, "id", "")) == name:
                yield node.value


def requests(text: str) -> Iterator[tuple[str, str]]:
    """The requests that a file sends through a session: method and path."""
    file = ast.parse(text)
    for node in ast.walk(file):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        session = node.func.value
        if getattr(session, "attr", getattr(session, "id", "")) not in SESSIONS:
            continue
        if node.func.attr in ("get", "pages"):
            yield "GET", written(node.args[0], file)
        elif node.func.attr == "query":
            yield "POST", written(node.args[0], file)
        elif node.func.attr == "write":
            yield written(node.args[0], file), written(node.args[1], file)


def unknown(text: str) -> list[str]:
    """The requests of a file that the emulator has no route for; a path that isn't known at all is left out."""
    found = []
    for method, path in requests(text):
        if path.startswith(SOME) or any(is_route(known, path) for of, known in ROUTES if of == method):
            continue
        found.append(f"{method} {path}")
    return found


def is_route(route: str, path: str) -> bool:
    """Whether a request for a path, with parts that aren't known yet, goes to a route."""
    parts, asked = route.split("/")[2:], path.split("/")
    if parts[: len(asked)] != asked and parts[0] != asked[0]:
        parts = parts[1:]
    if len(parts) != len(asked):
        return False
    return all(
        re.fullmatch(re.sub(r"\{\w*\}", "[^/]+", part), one) or one == SOME
        for part, one in zip(parts, asked, strict=True)
    )


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=str(path.relative_to(MODULE_UTILS))) for path in sorted(MODULE_UTILS.rglob("*.py"))],
)
def test_the_emulator_answers_whatever_is_asked(path: Path) -> None:
    assert unknown(path.read_text()) == [], "tests/emulator has no such route"


def test_an_endpoint_without_a_route_is_found() -> None:
    begin = "_RESOURCE = 'spaces'\n\ndef _path(one):\n    return f'{_RESOURCE}/{one}'\n\n"
    assert unknown(begin + "session.get('themes')") == ["GET themes"]
    assert unknown(begin + "self._session.write('POST', f'{_path(space)}/actions/publish')") == [
        "POST spaces/{}/actions/publish"
    ]
    assert unknown(begin + "session.write('PUT', _RESOURCE)") == ["PUT spaces"]
    assert unknown(begin + "session.write('PATCH', _path(space))\nsession.pages(_RESOURCE)") == []


def test_most_requests_are_known_before_they_are_sent() -> None:
    paths = [path for file in MODULE_UTILS.rglob("*.py") for _method, path in requests(file.read_text())]
    assert len([path for path in paths if not path.startswith(SOME)]) > 25


def test_resources_have_the_namespaces_that_the_emulator_answers_under() -> None:
    namespaces: dict[str, str] = {}
    for _method, path in ROUTES:
        _empty, _api, namespace, resource, *_rest = f"{path}/".split("/")
        if resource and namespace not in ("v1", "core"):
            namespaces[resource] = namespace
    assert dict(RESOURCES.namespaces) == namespaces


def test_every_post_of_ours_that_the_emulator_takes_for_reading_reads_here() -> None:
    """In check mode it would be stopped as a write."""
    asked = {request for file in MODULE_UTILS.rglob("*.py") for request in requests(file.read_text())}
    reading = {path for method, path in asked if method == "POST" and f"/{path}".endswith(READING_POSTS)}
    assert reading == set(RESOURCES.reading_posts)


@pytest.mark.parametrize("path", sorted((MODULE_UTILS / "_api").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_each_file_names_its_source(path: Path) -> None:
    text = path.read_text()
    if any(not path.startswith(SOME) for _method, path in requests(text)):
        assert "qlik.dev" in (ast.get_docstring(ast.parse(text)) or ""), "name the page of qlik.dev that it is from"
