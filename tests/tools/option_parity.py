# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An option stands in many places: here is what they must have in common, for the tree in any folder.

The argument specification, the documentation of the module or of what modules share, the variables that roles pass on,
and a role's specification, defaults and README.
"""

from __future__ import annotations

import ast
import functools
import re
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Options = Mapping[str, Mapping[str, Any]]

# Options that no variable of the role sets, and why.
NO_VARIABLES = {
    "connections": "layers of definitions, each a variable of its own",
    "policy": "layers of rules, each a variable of its own",
    "host_variables": "says that there are variables",
    "tenant_variables": "says that there are variables",
}
# What a role says otherwise than the module, and why.
OTHER_TYPES = {"spaces": "checked by the module, which shows no secret of them"}
OTHER_DEFAULTS = {
    "list_unchanged": "a fleet's results stay small",
    "harmless_names": "an empty list and none mean the same",
}
# Options of a definition that the bulk module has for all definitions, too: there they are explained.
EXPLAINED_AT_THE_TASK = ("update_secrets", "fingerprint_key")
# How many sentences of its own the bulk module adds to what the single one says.
ADDED = {
    "connections[].space": 1,
    "connections[].credentials": 1,
    "connections[].auth_url_only": 1,
    "connections[].tags": 1,
    "connections[].replace": 1,
    "update_secrets": 1,
    "fingerprint_key": 1,
}
_COMPARED = ("type", "elements", "choices", "default", "required", "aliases")


class Tree:
    """The places where options stand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.specs = runpy.run_path(str(root / "plugins/module_utils/_argspec.py"))

    def spec(self, module: str) -> Options:
        """The argument specification of a module that talks to a tenant."""
        found: Options = self.specs[f"{module.removeprefix('qlik_')}_spec"]()
        return found

    def modules(self) -> list[str]:
        """The modules that talk to a tenant."""
        names = [path.stem for path in sorted((self.root / "plugins/modules").glob("qlik_*.py"))]
        return [name for name in names if f"{name.removeprefix('qlik_')}_spec" in self.specs]

    def documentation(self, module: str) -> dict[str, Any]:
        """The documented options of a module, with those that all modules share."""
        document = data(constant(self.root / f"plugins/modules/{module}.py", "DOCUMENTATION"))
        options: dict[str, Any] = {}
        if "qlikops.cloud.tenant" in document.get("extends_documentation_fragment", []):
            options |= self.tenant_documentation()
        return options | (document.get("options") or {})

    def tenant_documentation(self) -> dict[str, Any]:
        """The options that all modules share."""
        text = constant(self.root / "plugins/doc_fragments/tenant.py", "DOCUMENTATION")
        found: dict[str, Any] = data(text)["options"]
        return found

    def host_variables(self) -> dict[str, str]:
        """The variables that roles pass on, by option."""
        path = self.root / "plugins/plugin_utils/_host_variables.py"
        tenant, role = constant(path, "_OF_THE_TENANT"), constant(path, "_OF_THE_ROLE")
        return {
            **{option: f"qlik_{option}" for option in tenant},
            **{option: f"qlik_connections_{option}" for option in (*role, "definitions_from")},
        }

    def tenant_options(self) -> list[str]:
        """The options of which every role that signs in takes the variables."""
        return list(constant(self.root / "plugins/plugin_utils/_host_variables.py", "_OF_THE_TENANT"))

    def role_spec(self, role: str) -> dict[str, Any]:
        text = (self.root / f"roles/{role}/meta/argument_specs.yml").read_text()
        found: dict[str, Any] = data(text)["argument_specs"]["main"]["options"]
        return found

    def role_defaults(self, role: str) -> dict[str, Any]:
        path = self.root / f"roles/{role}/defaults/main.yml"
        return (data(path.read_text()) or {}) if path.exists() else {}

    def roles(self) -> list[str]:
        return [path.name for path in sorted((self.root / "roles").iterdir())]


@functools.cache
def data(text: str) -> Any:
    """What is in a YAML text, read once: nobody changes it."""
    return yaml.safe_load(text)


@functools.cache
def parsed(text: str) -> ast.Module:
    """A Python text, parsed once: nobody changes it."""
    return ast.parse(text)


def constant(path: Path, name: str) -> Any:
    """A constant of a Python file, at its top or in a class."""
    for node in ast.walk(parsed(path.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no {name}")


def problems(root: Path) -> list[str]:
    """What differs between the places of the options in a tree."""
    tree = Tree(root)
    found: list[str] = []
    for module in tree.modules():
        found += undocumented(tree.spec(module), tree.documentation(module), module)
    found += different_words(tree)
    found += missing_variables(tree)
    for role in tree.roles():
        found += incomplete_role(tree, role)
        found += unused_variables(tree, role)
    found += different_roles(tree)
    return found


def unused_variables(tree: Tree, role: str) -> Iterator[str]:
    """The variables of a role that nothing reads: none of its tasks, no plugin, and no other variable."""
    read = texts(tree.root / "roles" / role / "tasks") + texts(tree.root / "roles" / role / "vars")
    passed_on = tree.host_variables().values()
    for name in sorted(tree.role_spec(role)):
        if name not in passed_on and not re.search(rf"\b{name}\b", read + texts(tree.root / "plugins")):
            yield f"{role}: nothing reads {name}"


@functools.cache
def texts(folder: Path) -> str:
    """All that is written in the files of a folder."""
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".yml"))


def unread(options: Options, root: Path, where: str) -> Iterator[str]:
    """Options that no line of code asks for, however well they are documented."""
    for name, meant in options.items():
        if name not in asked_for(root):
            yield f"{where}: nothing reads {name}"
        yield from unread(meant.get("options") or {}, root, f"{where}.{name}")


@functools.cache
def asked_for(root: Path) -> frozenset[str]:
    """The texts in the code by which options can be asked for: not those that only say that there are such."""
    found: set[str] = set()
    for folder in ("module_utils", "action", "plugin_utils"):
        for path in (root / "plugins" / folder).rglob("*.py"):
            if path.name not in ("_argspec.py", "_host_variables.py"):
                found.update(re.findall(r"[\"'](\w+)[\"']", path.read_text()))
    return frozenset(found)


def shown_secrets(options: Options, secret_options: frozenset[str], where: str) -> Iterator[str]:
    """Options of which only one of two says that they are secret: the specification, and what hides options."""
    for name, meant in options.items():
        names = {name, *meant.get("aliases", [])}
        if meant.get("no_log") and not names <= secret_options:
            yield f"{where}: {name} has no_log, and SECRET_OPTIONS in _model/masking.py lacks it"
        if not meant.get("no_log") and names & secret_options:
            yield f"{where}: {name} is in SECRET_OPTIONS of _model/masking.py, and has no no_log"
        yield from shown_secrets(meant.get("options") or {}, secret_options, f"{where}.{name}")


def undocumented(spec: Options, documented: Options, where: str) -> list[str]:
    """Where an argument specification and its documentation differ."""
    found = [f"{where}: {name} is only specified" for name in sorted(set(spec) - set(documented))]
    found += [f"{where}: {name} is only documented" for name in sorted(set(documented) - set(spec))]
    for name in spec.keys() & documented.keys():
        said, meant = documented[name], spec[name]
        for key in _COMPARED:
            if said.get(key) != meant.get(key):
                found.append(f"{where}: {name} has {key} {meant.get(key)!r}, documented is {said.get(key)!r}")
        if "options" in meant or "suboptions" in said:
            found += undocumented(meant.get("options") or {}, said.get("suboptions") or {}, f"{where}.{name}")
    return found


def different_words(tree: Tree) -> list[str]:
    """Where the bulk module explains an option in other words than the module for one thing, but for its path."""
    bulk = tree.documentation("qlik_data_connections")
    single = tree.documentation("qlik_data_connection")
    space = tree.documentation("qlik_space")
    pairs: dict[str, tuple[Any, Any]] = {}
    for name, said in bulk["connections"]["suboptions"].items():
        if name in EXPLAINED_AT_THE_TASK:
            pairs[name] = (bulk[name], single.get(name))
        else:
            pairs[f"connections[].{name}"] = (said, single.get(name))
    for name, said in bulk["spaces"]["suboptions"].items():
        pairs[f"spaces[].{name}"] = (said, space.get(name))
    found = []
    for path, (said, elsewhere) in pairs.items():
        words = [re.sub(r"O\((connections|spaces)\[\]\.", "O(", text) for text in said["description"]]
        expected = elsewhere["description"] if elsewhere else []
        added = words[len(expected) :]
        if words[: len(expected)] != expected or len(added) != ADDED.get(path, 0):
            found.append(f"{path} isn't explained in the words of the module for one")
    return found


def missing_variables(tree: Tree) -> list[str]:
    """Where the options of the bulk module and the variables that roles pass on differ."""
    options = set(tree.spec("qlik_data_connections")) - set(NO_VARIABLES)
    variables = tree.host_variables()
    found = [f"no variable of a host sets {name}" for name in sorted(options - set(variables))]
    found += [f"{variables[name]} sets no option" for name in sorted(set(variables) - options)]
    told = " ".join(tree.tenant_documentation()["tenant_variables"]["description"])
    found += [
        f"the documentation of tenant_variables doesn't name {name}"
        for name in tree.tenant_options()
        if f"O({name})" not in told
    ]
    return found


def incomplete_role(tree: Tree, role: str) -> Iterator[str]:
    """Where a role's specification, defaults and README differ."""
    spec, defaults = tree.role_spec(role), tree.role_defaults(role)
    readme = (tree.root / f"roles/{role}/README.md").read_text()
    specified = {name: said["default"] for name, said in spec.items() if "default" in said}
    computed = {
        name for name, value in defaults.items() if "{{" in str(value) and name in spec.keys() - specified.keys()
    }
    for name in sorted((specified.keys() | defaults.keys()) - computed):
        if specified.get(name) != defaults.get(name) or (name in specified) != (name in defaults):
            yield f"{role}: the default of {name} is another in meta/argument_specs.yml than in defaults"
    for name in sorted(spec):
        if f"`{name}`" not in readme:
            yield f"{role}: the README doesn't name {name}"
    for name in sorted(set(re.findall(r"^\| `(qlik_\w+)`", readme, re.MULTILINE)) - set(spec)):
        yield f"{role}: the README names {name}, which is no option"


def different_roles(tree: Tree) -> Iterator[str]:
    """Where roles and the modules that they run differ."""
    options = tree.spec("qlik_data_connections")
    variables = tree.host_variables()
    role = tree.role_spec("qlik_connections")
    for name in sorted(set(role) - set(variables.values())):
        yield f"qlik_connections: nothing passes {name} on"
    for option, name in variables.items():
        if name not in role:
            yield f"qlik_connections: {name} is not in meta/argument_specs.yml"
        elif option in options:
            yield from different_option(option, options[option], role[name])
    # The others say that the variables of qlik_connections count.
    with_tenant = [other for other in tree.roles() if "qlik_tenant_url" in tree.role_spec(other)]
    for tenant_option in tree.tenant_options():
        name = f"qlik_{tenant_option}"
        for other in with_tenant:
            if tree.role_spec(other).get(name) != role.get(name):
                yield f"{other}: {name} isn't specified as in qlik_connections"

    spaces = role["qlik_connections_spaces"]["options"]
    for option, meant in options["spaces"]["options"].items():
        yield from different_option(option, meant, spaces.get(option, {}))
    for option in sorted(set(spaces) - set(options["spaces"]["options"])):
        yield f"qlik_connections: a space has no {option}"


def different_option(option: str, meant: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    """Where the role's specification says something else of an option than the module's."""
    for key in ("type", "elements", "choices"):
        if said.get(key) != meant.get(key) and option not in OTHER_TYPES:
            there, here = meant.get(key), said.get(key)
            yield f"qlik_connections: {option} has {key} {here!r} in the role, {there!r} in the module"
    # ansible-core 2.22 hides each text in what a role marks, however short, wherever it prints: names of regions too.
    is_marked_in_roles = bool(meant.get("no_log")) and meant.get("type") == "str"
    if bool(said.get("no_log")) != is_marked_in_roles:
        yield f"qlik_connections: no_log of {option} differs from the module's"
    if "default" in said and said["default"] != meant.get("default") and option not in OTHER_DEFAULTS:
        yield f"qlik_connections: the default of {option} differs from the module's"
