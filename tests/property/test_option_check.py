"""The quick check of options says what Ansible's own says, for whatever is given."""

from __future__ import annotations

from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck
from hypothesis import given
from hypothesis import strategies as st

SPEC = data_connections_spec()
DEFINITION = SPEC["connections"]["options"]
WELL_TYPED = {
    "str": st.text(max_size=4),
    "bool": st.booleans(),
    "dict": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
}
ODD = st.sampled_from(
    [
        None,
        1,
        1.5,
        True,
        "yes",
        "absent",
        "exact",
        "{",
        '{"a": 1}',
        "a=1",
        [],
        ["x"],
        [1],
        [None],
        {},
        {"a": None},
        "x,y",
    ]
)


def values(said: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that an option takes as they are, mostly."""
    if "choices" in said:
        return st.sampled_from(said["choices"])
    return WELL_TYPED.get(said["type"], st.lists(st.text(max_size=3), max_size=2))


FINE = st.fixed_dictionaries({}, optional={name: values(said) for name, said in DEFINITION.items()})
NAMES = st.sampled_from([*DEFINITION, "qName", "spaceId", "connectionProperties", "datasourceID", "nonsense"])
ITEMS = FINE | st.builds(lambda item, more: {**item, **more}, FINE, st.dictionaries(NAMES, ODD, max_size=2)) | ODD
LISTS = st.lists(ITEMS, max_size=5) | ODD
REST = st.fixed_dictionaries(
    {},
    optional={
        "spaces": st.lists(st.fixed_dictionaries({}, optional={"name": st.text(max_size=3), "type": ODD}), max_size=2)
        | ODD,
        "prune": ODD,
        "timeout": ODD,
        "tags": ODD,
    },
)


def outcome(validator: Any, arguments: dict[str, Any]) -> tuple[list[str], Any]:
    validation = validator.validate(arguments)
    return validation.error_messages, validation.validated_parameters


@given(LISTS, REST)
def test_it_agrees_with_ansible(connections: Any, rest: dict[str, Any]) -> None:
    arguments = {**rest, "connections": connections}
    assert outcome(OptionCheck(SPEC), arguments) == outcome(ArgumentSpecValidator(SPEC), arguments)


@given(st.lists(FINE, min_size=1, max_size=3))
def test_what_is_fine_never_reaches_ansible(connections: list[dict[str, Any]]) -> None:
    with mock.patch.object(
        ArgumentSpecValidator, "validate", autospec=True, side_effect=ArgumentSpecValidator.validate
    ) as asked:
        found = OptionCheck(SPEC).validate({"connections": connections}).validated_parameters["connections"]
    assert asked.call_args.args[1] == {"connections": [item for item in connections if not item]}
    assert (
        found == ArgumentSpecValidator(SPEC).validate({"connections": connections}).validated_parameters["connections"]
    )
