"""`no_log` in a role's specification: ansible-core 2.22 registers each text in it, older ones do nothing with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

SPECIFICATIONS = sorted(Path("roles").glob("*/meta/argument_specs.yml"))
CANARY = "canary-of-a-role"


def options_at_any_depth(options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, option in options.items():
        yield name, option
        yield from options_at_any_depth(option.get("options", {}))


def options_of(specification: Path) -> dict[str, Any]:
    main: dict[str, Any] = yaml.safe_load(specification.read_text())["argument_specs"]["main"]
    return main.get("options") or {}


def test_roles_are_found() -> None:
    assert len(SPECIFICATIONS) >= 9


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda path: path.parts[1])
def test_only_single_secrets_are_marked(specification: Path) -> None:
    """A dictionary holds ports and names of users beside its secrets; these would be hidden in all that is printed."""
    for name, option in options_at_any_depth(options_of(specification)):
        if option["type"] != "str":
            assert not option.get("no_log"), name
        elif name.endswith(("_token", "_secret", "_password", "_key")):
            assert option["no_log"] is True, name


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda path: path.parts[1])
def test_a_complaint_shows_no_value_that_may_be_secret(specification: Path) -> None:
    """The check of a role prints its messages as they are: what may be secret must be of a type that isn't quoted."""
    options = options_of(specification)
    may_hold_secrets = ("token", "secret", "key", "values", "credentials", "definitions", "spaces")
    shapes: list[Any] = [CANARY, [CANARY], [[CANARY]], {"a": CANARY}, [{"a": CANARY}], [{"inputs": CANARY}]]
    for name, option in options.items():
        if name.endswith(may_hold_secrets) and option["type"] != "bool":
            for value in shapes:
                result = ArgumentSpecValidator(options).validate({name: value}, validate_role_argument_spec=True)
                assert CANARY not in " ".join(result.error_messages), name
