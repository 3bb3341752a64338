"""Records: made once, equal by what they hold, silent about secrets; and what is computed of them is computed once."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed, member_with, record

PLUGINS = Path(__file__).parents[2] / "plugins"
PACKAGE = "ansible_collections.qlikops.cloud.plugins"


@record
class Door:
    """One of these."""

    name: str
    key: str = member_with(default="", repr=False)
    marks: dict[str, str] = member_with(default_factory=dict)
    asked = 0

    @computed
    def sign(self) -> str:
        """What stands on it."""
        type(self).asked += 1
        return self.name.upper()


def test_records_are_equal_by_what_they_hold() -> None:
    first, second = Door("a", "canary-key"), Door("a", "canary-key")
    assert first == second
    assert first != Door("a", "another")
    assert first.marks is not second.marks
    assert "canary" not in repr(first)


def test_what_is_computed_is_computed_once() -> None:
    door = Door("b")
    before = Door.asked
    assert [door.sign, door.sign] == ["B", "B"]
    assert Door.asked == before + 1
    assert dataclasses.replace(door, name="c").sign == "C", "another record has its own"


def test_what_was_computed_makes_no_other_record() -> None:
    first, second = Door("d"), Door("d")
    assert first.sign == "D"
    assert first == second


def test_a_definition_does_not_show_what_is_secret() -> None:
    canary = "canary-of-a-record"
    given = {
        "name": "n",
        "properties": {"password": canary},
        "secrets": {"token": canary},
        "secrets_previous": {"token": canary},
        "connect_statement": canary,
        "fingerprint_key": canary,
        "auth_code": canary,
    }
    assert canary not in repr(Definition.from_options(given))


def named_tuples() -> Iterator[type[Any]]:
    for path in sorted([*(PLUGINS / "module_utils").rglob("_*.py"), *(PLUGINS / "module_utils").rglob("[a-z]*.py")]):
        if path.name == "__init__.py":
            continue
        words = path.relative_to(PLUGINS).with_suffix("").parts
        module = importlib.import_module(".".join([PACKAGE, *words]))
        for _name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and issubclass(kind, tuple) and hasattr(kind, "_fields"):
                yield kind


@pytest.mark.parametrize("kind", list(named_tuples()), ids=lambda kind: kind.__qualname__)
def test_no_default_that_all_share_is_a_list_or_holds_anything(kind: Any) -> None:
    """Whoever wrote into it would write into all of its kind."""
    for name, default in kind._field_defaults.items():
        assert not isinstance(default, (list, set)), name
        assert not isinstance(default, dict) or not default, name
