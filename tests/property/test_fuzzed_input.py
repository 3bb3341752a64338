"""Whatever a user types or a file holds, it ends in a result or in a message for a person that shows no secret: never
in a traceback.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.filter.format_connect_statement import format_connect_statement
from ansible_collections.qlikops.cloud.plugins.filter.merge_definitions import merge_definitions
from ansible_collections.qlikops.cloud.plugins.filter.parse_connect_statement import parse_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._api.organization import ListedTenant
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import check_definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import read_local_file, with_files
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError, SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import hidden_values
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import decode_list
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import normal_url
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    resolve_settings,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_files import with_definitions
from ansible_collections.qlikops.cloud.plugins.plugin_utils._tenant_hosts import (
    context_tenants,
    groups_of,
    name_hosts,
    variables_of,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.thoroughness import examples

# Part of every secret; some begin with a sign that means something to YAML where the quotes were forgotten.
CANARY = "canary"
SECRETS = st.sampled_from(
    [CANARY, f"*{CANARY}", f"&{CANARY} x", f"!{CANARY}", f"!<{CANARY}> x", f"@{CANARY}", f"%{CANARY}", f"{{{CANARY}"]
)
SIGNS = "\"'%;={}[]:,&*!|>#?@$-~\\/ \n\t\r\x00\x1b\x85\u2028\ud800"
TEXTS = st.text(SIGNS + "abpü1.", max_size=8) | st.sampled_from(
    ["${", "$${", "${a}", "provider=x;p=", "https://[", "\n- ", "'\": ", "\n---\n"]
)
SCALARS = TEXTS | st.sampled_from([None, True, -1, 10**40, 1.5, float("nan"), float("inf"), b"x"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=4
)
FILES = st.fixed_dictionaries({"path": TEXTS}) | st.lists(
    st.fixed_dictionaries({"name": TEXTS, "path": TEXTS}), max_size=2
)
OPTIONS = st.sampled_from(
    [*data_connections_spec()["connections"]["options"], "qName", "spaceId", "connectionProperties", "proprties"]
)
PROPERTIES = st.dictionaries(
    st.sampled_from(["host", "password", "separateCredentials", "queryHeaders", ""]) | TEXTS, VALUES | FILES
)
DEFINITIONS = st.dictionaries(OPTIONS, VALUES | PROPERTIES, max_size=5)
# What YAML and JSON stumble over: tags that lie, aliases, numbers without end, keys that can't be any.
TRAPS = st.sampled_from(
    [
        *(
            "!!bool x",
            "!!int ''",
            "!!int +",
            "!!float ''",
            "!!map [a]",
            "!!map a",
            "!!seq {a: b}",
            "!!set [a]",
            "!!omap x",
            "!!pairs x",
        ),
        *(
            "!!timestamp x",
            "2026-99-99",
            "!!binary x",
            "!!python/name:os.system",
            "!vault x",
            "!vault [a]",
            "!vault |\n  61",
            "!x {a: b}",
        ),
        *(
            "*x",
            "&x [*x]",
            "&x {a: *x}",
            "&x 1\n- &x 2",
            "{<<: x}",
            "{<<: [x]}",
            "{? [a] : b}",
            "{? {a: b} : c}",
            "{a: 1, a: 2}",
            "=",
        ),
        *(
            "0x" + "f" * 5000,
            "9" * 5000,
            "1:60:60",
            ".nan",
            "-.inf",
            "1e999",
            "[" * 1500,
            "[" * 600 + "]" * 600,
            "{" * 600,
            '{"a":' * 600,
        ),
        *(
            "%YAML 9.9",
            "---",
            "...",
            "NaN",
            "[1,]",
            '"\\ud800"',
            '"\\x"',
            "${nowhere}",
            "${a",
            "a${list}",
            "${map}",
            "x" * 200,
            "",
            "~",
        ),
    ]
)
PIECES = TRAPS | TEXTS | VALUES.map(repr)
YAML_TEXT = """\
connections:
- name: {0}
  space: {1}
  properties: {{host: {2}}}
  secrets:
    password: {secret}
- {3}
- {4}: {5}
spaces:
- {6}
"""
JSON_TEXT = """\
[{{"name": {0}, "space": {1}, "properties": {{"host": {2}}}, "secrets": {{"password": {secret}}}}},
 {3}, {{"tags": [{4}], "secrets_version": {5}}}, {6}]
"""
CONTEXTS_TEXT = """\
{0}: {1}
contexts:
  {2}:
    server: https://me:{secret}@{3}
    headers: {{Authorization: "Bearer canary"}}
  {4}:
    server: {5}
    oauth-client-id: {6}
    oauth-client-secret: {secret}
"""


def ends(action: Callable[[], Any], *errors: type[Exception]) -> Any:
    """What an action gives; None after one of these errors, whose message says something, and no secret."""
    try:
        return action()
    except errors as error:
        message = str(error)
    assert message.strip()
    assert CANARY not in message
    return None


def filled(template: str, pieces: list[str], secret: str) -> bytes:
    """A text with pieces at its places and a secret at those for secrets."""
    return template.format(*pieces, secret=secret).encode("utf-8", "surrogatepass")


class OneFile:
    """A controller whose only file has this content."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def find(self, _path: str) -> str:
        return self.name

    def read(self, _path: str) -> bytes:
        return self.content

    def decrypt(self, _text: str) -> str:
        return CANARY


@settings(derandomize=True, max_examples=examples(100))
@given(TEXTS | TEXTS.map(lambda text: f'CUSTOM CONNECT TO "{text}"'))
def test_any_text_as_a_connect_statement(text: str) -> None:
    parsed = ends(lambda: parse_connect_statement(text), AnsibleFilterError)
    if parsed is not None:
        again = ends(lambda: format_connect_statement(parsed), AnsibleFilterError)
        assert again is None or parse_connect_statement(again) == parsed
    mask_statement(text)
    decode_list(text)
    hidden_values({"connect_statement": text})


@settings(derandomize=True, max_examples=examples(100))
@given(
    VALUES
    | st.fixed_dictionaries(
        {"properties": PROPERTIES | st.dictionaries(SCALARS, VALUES)}, optional={"provider": VALUES}
    )
)
def test_anything_given_to_the_filters(value: Any) -> None:
    ends(lambda: parse_connect_statement(value), AnsibleFilterError)
    ends(lambda: format_connect_statement(value), AnsibleFilterError)
    ends(lambda: merge_definitions(value), AnsibleFilterError)


@pytest.mark.parametrize("sign", [" ", "a", '"', "a=b ", "://", ";"])
def test_a_long_text_is_judged_in_time_that_grows_with_its_length(sign: str) -> None:
    # If time grew with the square, this would take longer than any test may.
    text = f'CUSTOM CONNECT TO "x"{sign * 500_000}y'
    ends(lambda: parse_connect_statement(text), AnsibleFilterError)
    hidden_values({"connect_statement": text})


@settings(derandomize=True, max_examples=examples(100))
@given(st.lists(DEFINITIONS, max_size=3), st.lists(DEFINITIONS, max_size=2), SECRETS)
@example([{"name": "a", "tags": ["\ud800"], "secrets_version": "\ud800"}], [], CANARY)
@example(
    [{"name": "a", "properties": {"file": {"path": "\x00"}}}],
    [{"name": "a", "secrets": {"file": {"path": "\ud800"}}}],
    CANARY,
)
def test_any_definitions(first: list[Any], second: list[Any], secret: str) -> None:
    first = [*first, {"name": "Last", "secrets": {"password": secret}, "properties": {"apiKey": secret, "host": "h"}}]
    merged = ends(lambda: merge_definitions([first, second]), AnsibleFilterError) or first
    read = ends(lambda: with_files({"connections": merged}, read_local_file), QlikError)
    validation = ArgumentSpecValidator(data_connections_spec()).validate(read or {"connections": merged})
    assert CANARY not in " ".join(validation.error_messages)
    if validation.error_messages:
        return
    options = validation.validated_parameters
    hidden_values(options)
    for item in options["connections"]:
        definition = Definition.from_options(item, options)
        assert CANARY not in " ".join(check_definition(definition))
        assert CANARY not in repr(definition) + repr(definition.rotation())


@settings(derandomize=True, max_examples=examples(100))
@given(st.sampled_from(["a.yml", "a.json"]), st.lists(PIECES, min_size=7, max_size=7), SECRETS, st.booleans())
@example("a.yml", ["a", "!!map [a]", "b", "{}", "c", "d", "{name: s}"], CANARY, True)
@example("a.json", ['"a"', '"b"', "9" * 5000, "{}", '"c"', '"d"', "{}"], CANARY, True)
def test_any_text_of_a_definitions_file(name: str, pieces: list[str], secret: str, quoted: bool) -> None:
    template = YAML_TEXT if name == "a.yml" else JSON_TEXT
    file = OneFile(name, filled(template, pieces, json.dumps(secret) if quoted else secret))
    values = {"list": [CANARY], "map": {"password": CANARY}, "a": {"token": CANARY}}
    options = ends(lambda: with_definitions({}, [name], values, file), DefinitionError)
    if options is not None:
        test_any_definitions.hypothesis.inner_test(options["connections"], [], secret)  # type: ignore[attr-defined]


@settings(derandomize=True, max_examples=examples(100))
@given(st.binary(max_size=40) | TRAPS.map(str.encode), st.sampled_from(["a.yml", "a.json"]))
def test_any_bytes_as_a_definitions_file(content: bytes, name: str) -> None:
    ends(lambda: with_definitions({}, [name], {}, OneFile(name, content)), DefinitionError)


@settings(derandomize=True, max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, min_size=7, max_size=7), SECRETS, st.sampled_from(["x", "c"]), TEXTS | st.just("*"))
@example(["a", "!!bool x", "0123", "[", "b", "https://x", "0x" + "f" * 5000], CANARY, "0123", "*")
@example(["a", "b", '"\\ud800"', "h", "'0123'", "acme.eu.qlikcloud.com", "0123"], CANARY, "0123", "[z-a]")
@example(["a", "b", "'x'", "h", "c", "{headers: canary}", "d"], CANARY, "c", "*")
def test_any_contexts_of_qlik_cli(tmp_path: Path, pieces: list[str], secret: str, name: str, pattern: str) -> None:
    environ = {"QLIK_CLI_USER_HOME_DIR": str(tmp_path)}
    file = tmp_path / ".qlik" / "contexts.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(filled(CONTEXTS_TEXT, pieces, secret))
    os.chmod(file, 0o600)
    warnings: list[str] = []
    ends(lambda: resolve_settings({"context": name}, environ), SignInError)
    tenants = ends(lambda: context_tenants(environ, [pattern], ["b"], warnings), SignInError) or []
    for tenant in tenants:
        assert CANARY not in json.dumps(variables_of(tenant, "acme"))
    ends(lambda: name_hosts(tenants, "name"), QlikError)
    assert CANARY not in " ".join(warnings)


def test_a_context_keeps_its_texts_where_yaml_sees_numbers(tmp_path: Path) -> None:
    file = tmp_path / ".qlik" / "contexts.yml"
    file.parent.mkdir()
    file.write_text(
        "contexts: {0123: {server: acme.eu.qlikcloud.com, oauth-client-id: 0017, oauth-client-secret: 1e5}}"
    )
    found = resolve_settings({"context": "0123"}, {"QLIK_CLI_USER_HOME_DIR": str(tmp_path)})
    assert (found.client_id, found.client_secret) == ("0017", "1e5")


@settings(derandomize=True, max_examples=examples(100))
@given(TEXTS, st.sampled_from(["https://", "http://", "ftp://", "", "//", "https://["]), TEXTS, TEXTS)
@example("me:", "https://", "", "[x")
@example("me:", "https://", "/x", "host")
def test_any_address_shows_no_password(before: str, scheme: str, after: str, host: str) -> None:
    ends(lambda: normal_url(f"{scheme}{before}{CANARY}{after}@{host}"), SignInError)
    ends(lambda: normal_url(f"{scheme}{host}x?token={CANARY}{after}"), SignInError)
    ends(lambda: resolve_settings({"tenant_url": f"{scheme}{before}{CANARY}@{host}"}, {}), SignInError)


@settings(derandomize=True, max_examples=examples(100))
@given(
    st.lists(
        st.builds(ListedTenant, st.just("https://a.eu.qlikcloud.com"), *[TEXTS] * 2, st.just(()), *[TEXTS] * 5),
        max_size=5,
    ),
    st.sampled_from(["name", "id", "host"]),
)
def test_any_names_of_tenants(tenants: list[ListedTenant], kind: str) -> None:
    hosts = ends(lambda: name_hosts(tenants, kind), QlikError)
    for tenant in tenants:
        groups_of(tenant)
        variables_of(tenant, "acme")
    assert hosts is None or len(hosts[0]) == len(tenants)
