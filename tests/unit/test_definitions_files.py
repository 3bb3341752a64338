"""Definitions as files: Ansible reads back exactly what was written, and layers give together what each tenant has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import merge_definitions
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import fill
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_text import DefinitionText
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.documents import (
    MARK,
    Holdings,
    layered_texts,
    tenant_text,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.files import (
    folder_name,
    same_places,
    tenant_path,
    write_file,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.layering import split_layers
from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import export_names
from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain
from hypothesis import given
from hypothesis import strategies as st

FILE = export_names("/somewhere/export")
COMMON_LAYER, TENANT_LAYER = FILE.common, FILE.tenant

# Texts that YAML or Ansible might take for something else, and the signs that such texts are made of.
TRAPS = [
    *(
        "yes",
        "No",
        "on",
        "null",
        "~",
        "",
        " ",
        "1.0",
        "0123",
        "0x1F",
        "1e3",
        "12:30:45",
        "2026-11-01",
        "=",
        "<<",
        "---",
        "...",
        ".inf",
    ),
    *(
        "{{ a }}",
        "{% if x %}",
        "{# c #}",
        "${x}",
        "!unsafe a",
        "!vault |",
        "$ANSIBLE_VAULT;1.1;AES256\n61",
        "&a *a",
        "# no comment",
        "a: b",
        "- a",
    ),
    *(
        "a\nb",
        "a\n\n\n",
        "\n a",
        " a\n b",
        "a \nb",
        "a\n---\nb",
        "a\r\nb",
        "\t",
        "a\tb",
        "'",
        '"',
        "\\",
        "\u2028",
        "\x85",
        "\x07",
        "🎉",
    ),
]
TEXTS = st.one_of(
    st.sampled_from(TRAPS),
    st.lists(st.sampled_from([*TRAPS, "a", " ", "\n", ":", "#"]), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=3),
)
NAMES = TEXTS.filter(bool)


@st.composite
def definitions(
    draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES, values: st.SearchStrategy[Any] = VALUES
) -> dict[str, Any]:
    definition: dict[str, Any] = {"name": draw(names)}
    if draw(st.booleans()):
        definition["space"] = draw(names)
    definition["data_source"] = draw(st.sampled_from(["postgres", "rest"]))
    if draw(st.booleans()):
        definition["properties"] = draw(st.dictionaries(st.sampled_from(["host", "port", "db", "{{ key }}"]), values))
    if draw(st.booleans()):
        definition["separate_credentials"] = True
    if draw(st.booleans()):
        definition["tags"] = draw(st.lists(names, min_size=1, max_size=2))
    return definition


def tenants_of(*parts: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(definitions(*parts), max_size=4, unique_by=lambda one: (one.get("space", ""), one["name"]))


def note(**members: Any) -> dict[str, Any]:
    return {"id": "1", "managed": True, "secrets": [], "left_out": [], "credentials_id": "", **members}


def holdings(held: list[dict[str, Any]], **members: Any) -> Holdings:
    return Holdings(
        held, [note(**members) for _one in held], [{"name": "{{ s }}", "type": "shared", "description": "d: #"}]
    )


def load(text: str) -> dict[str, Any]:
    """What Ansible makes of a file of variables."""
    loaded: dict[str, Any] = plain(DataLoader().load(text, file_name="/vars.yml"))
    return loaded


def canonical(held: Any) -> list[str]:
    """Definitions without an order, and with the types of their values: for Python, 1 equals true."""
    return sorted(json.dumps(one, sort_keys=True) for one in held)


@given(tenants_of(), TEXTS)
def test_ansible_reads_back_what_was_written(held: list[dict[str, Any]], text: str) -> None:
    notes = {"managed": False, "secrets": ["password", text], "left_out": [text], "credentials_id": text}
    written = tenant_text(
        text, Holdings(held, [note(**notes) for _one in held], [{"name": text, "type": "shared"}], [text]), FILE
    )
    read = load(written)
    assert canonical(read[TENANT_LAYER]) == canonical(held)
    assert read[FILE.tenant_spaces] == [{name: value for name, value in (("name", text), ("type", "shared")) if value}]
    assert MARK in written.splitlines()[1]


@given(tenants_of(), TEXTS)
def test_a_definitions_file_takes_exported_texts_as_they_are(held: list[dict[str, Any]], text: str) -> None:
    """Nothing in them is a placeholder: what a tenant says must not fetch one of the user's values."""
    written = tenant_text("t", Holdings(held, [note() for _one in held], [{"name": text, "type": "shared"}]), FILE)
    content = written.replace(f"{FILE.tenant}:", "connections:").replace(f"{FILE.tenant_spaces}:", "spaces:")
    problems: list[Any] = []
    values = {"x": "canary-value", "password": "canary-value"}
    read = fill(DefinitionText(content.encode(), is_json=False).data(str), values, problems)
    assert problems == []
    assert canonical(read["connections"]) == canonical(held)
    assert read["spaces"] == [{name: value for name, value in (("name", text), ("type", "shared")) if value}]


@pytest.mark.parametrize(
    "marked", ["!unsafe ${x}", "!unsafe '${x}'", "!unsafe ['${x}']", "!unsafe {k: '${x}'}", "{!unsafe '${x}': 1}"]
)
def test_a_mark_counts_wherever_ansible_takes_it(marked: str) -> None:
    read = fill(DefinitionText(f"- host: {marked}\n".encode(), is_json=False).data(str), {"x": "canary-value"}, [])
    assert "${x}" in str(read)
    assert "canary" not in str(read)


SIMILAR = (
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["x", "{{ x }}", 1, True, "1", 1.0, [{"name": "n", "value": "v"}]]),
)


@given(st.lists(tenants_of(*SIMILAR), min_size=1, max_size=4))
def test_layers_give_together_what_each_tenant_has(held: list[list[dict[str, Any]]]) -> None:
    tenants = {str(number): one for number, one in enumerate(held)}
    common, texts, number = layered_texts({host: holdings(one) for host, one in tenants.items()}, FILE)
    shared = load(common)[COMMON_LAYER]
    assert len(shared) == number
    for host, one in tenants.items():
        assert canonical(merge_definitions([shared, load(texts[host])[TENANT_LAYER]])) == canonical(one)


@given(st.lists(tenants_of(*SIMILAR), min_size=2, max_size=3))
def test_what_is_common_is_not_repeated(held: list[list[dict[str, Any]]]) -> None:
    common, own = split_layers({str(number): one for number, one in enumerate(held)})
    shared = {(one.get("space", ""), one["name"]): one for one in common}
    for rest in (one for layer in own.values() for one in layer):
        for_all = shared.get((rest.get("space", ""), rest["name"]), {})
        assert not set(rest.get("properties", {})) & set(for_all.get("properties", {}))
        assert not (set(rest) & set(for_all)) - {"name", "space", "properties"}


def test_one_tenant_has_nothing_in_common() -> None:
    one = {"name": "a", "data_source": "rest", "properties": {"url": "u"}}
    assert split_layers({"t": [one]}) == ([], {"t": [one]})


@pytest.mark.parametrize("text", ["a\n# - b", "a\x85b: c", "a\u2028b: c", "a\rb: c", "a\x00b"])
def test_nothing_leaves_a_comment(text: str) -> None:
    held = [{"name": "n", "data_source": "rest"}]
    written = tenant_text(
        text, Holdings(held, [note(secrets=[text], left_out=[text], credentials_id=text)], warnings=[text]), FILE
    )
    assert load(written) == {TENANT_LAYER: held}


def test_supplied_secrets_are_what_the_comments_say() -> None:
    held = [{"name": "My DB 1", "data_source": "postgres", "properties": {"host": "h"}, "tags": ["t"]}]
    written = tenant_text("t", holdings(held, secrets=["password"]), FILE)
    uncommented = written.replace("    # secrets:", "    secrets:").replace("    #   password", "      password")
    (definition,) = load(uncommented)[TENANT_LAYER]
    assert definition == {**held[0], "secrets": {"password": "{{ vault_my_db_1_password }}"}}


FOLDERS = st.one_of(
    st.sampled_from(
        [
            "way-back",
            "way_back",
            "Way-back",
            "way back",
            "way.back",
            "\u044d\u043a\u0441",
            "\u0438\u043c",
            "export",
            "_",
        ]
    ),
    st.text(st.characters(exclude_characters="/\0"), min_size=1),
)


@given(st.lists(FOLDERS, unique=True, min_size=2, max_size=6))
def test_exports_in_folders_of_different_names_have_variables_of_different_names(folders: list[str]) -> None:
    """Of two variables of one name Ansible takes one and forgets the other, and with it what it held."""
    named = [folder for folder in folders if folder not in (".", "..")]
    names = [export_names(f"/somewhere/{folder}") for folder in named]
    assert len({name for four in names for name in four}) == 4 * len(named)
    assert all(re.fullmatch("[a-z0-9_]+", name) for four in names for name in four)
    assert all(four.common < four.tenant for four in names)
    assert export_names("/elsewhere/export").tenant == "qlik_connections_definitions_000_held_export_tenant"


@given(st.lists(st.text(min_size=1), unique=True, min_size=2, max_size=6))
def test_every_host_has_a_folder_of_its_own(hosts: list[str]) -> None:
    folders = [folder_name(host) for host in hosts]
    assert len(set(folders)) == len(hosts)
    assert not any("/" in folder or folder in (".", "..") or "\0" in folder for folder in folders)


@pytest.mark.parametrize("host", ["acme", "acme.eu.qlikcloud.com", "10.0.0.1", "acme-eu_1", "Größe", "a b"])
def test_ordinary_hosts_keep_their_names(host: str) -> None:
    assert folder_name(host) == host


def files_that_ansible_reads(directory: Path, host: str) -> list[str]:
    found = DataLoader().find_vars_files(str(directory / "host_vars"), host)
    return [str(Path(str(path)).relative_to(directory)) for path in found]


@pytest.mark.parametrize("ending", ["yml", "yaml", "json", "YML"])
@pytest.mark.parametrize("host", ["acme", "globex.eu"])
def test_the_file_of_one_host_is_not_read_for_another(tmp_path: Path, host: str, ending: str) -> None:
    """What is called host_vars/acme.yml is Ansible's for the host acme."""
    twin = f"{host}.{ending}"
    written = tmp_path / tenant_path(twin)
    assert write_file(str(written), f"# {MARK}\n", overwrite=True, dry=False).action == "create"
    assert files_that_ansible_reads(tmp_path, host) == []
    # Nor where file systems don't tell large letters from small ones.
    written.parent.rename(written.parent.with_name(written.parent.name.lower()))
    assert files_that_ansible_reads(tmp_path, host) == []


@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize("ending", [".yml", ".yaml", ".json"])
def test_no_folder_hides_what_somebody_wrote_for_a_host(tmp_path: Path, ending: str, dry: bool) -> None:
    own = tmp_path / "host_vars" / f"acme{ending}"
    own.parent.mkdir()
    own.write_text("qlik_connections_definitions_90_own: []\n")
    outcome = write_file(str(tmp_path / tenant_path("acme")), f"# {MARK}\n", overwrite=True, dry=dry)
    assert str(own) in outcome.error
    assert outcome.action == "none"
    assert files_that_ansible_reads(tmp_path, "acme") == [f"host_vars/acme{ending}"]
    # As an earlier version left it.
    (tmp_path / tenant_path("acme")).parent.mkdir()
    (tmp_path / tenant_path("acme")).write_text(f"# {MARK}\n")
    assert str(own) in write_file(str(tmp_path / tenant_path("acme")), f"# {MARK}\n", overwrite=True, dry=dry).error
    # The folder is the user's own as soon as it holds more: they know what they hid.
    (tmp_path / "host_vars" / "acme" / "mine.yml").write_text("")
    assert write_file(str(tmp_path / tenant_path("acme")), f"# {MARK}\n", overwrite=True, dry=dry).error == ""


def test_files_that_are_one_are_told(tmp_path: Path) -> None:
    for host in ("a", "b", "c"):
        (tmp_path / "host_vars" / host).mkdir(parents=True)
    (tmp_path / "host_vars" / "linked").symlink_to("a")
    (tmp_path / "host_vars" / "late").symlink_to("new")
    (tmp_path / "host_vars" / "b" / "qlik_connections.yml").symlink_to("../c/qlik_connections.yml")
    paths = {host: str(tmp_path / tenant_path(host)) for host in ("a", "b", "c", "d", "linked", "late", "new")}
    pairs = [("a", "linked"), ("b", "c"), ("late", "new")]
    assert same_places(list(paths.values())) == {
        paths[one]: paths[other] for pair in pairs for one, other in (pair, pair[::-1])
    }


def test_what_is_there_is_kept_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "host_vars"
    path.write_text("in the way")
    outcome = write_file(str(path / "t" / "f.yml"), "text", overwrite=True, dry=False)
    assert "can't be written" in outcome.error
    assert path.read_text() == "in the way"


def test_a_file_keeps_its_mode_and_a_new_one_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    assert write_file(str(path), f"---\n# {MARK}\n", overwrite=True, dry=False).action == "create"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert write_file(str(path), "other", overwrite=True, dry=False).action == "update"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [item.name for item in tmp_path.iterdir()] == ["f.yml"]
