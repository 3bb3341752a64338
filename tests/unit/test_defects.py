# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A defect in a plugin of the controller's side tells its kind and its place, and nothing of what it stumbled over."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.inventory.qlik_tenants import InventoryModule
from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import (
    defect_message,
    defect_result,
    hidden_defects,
)

CANARY = "canary-4711"
FILTERS = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/filter").glob("*.py"))


def broken(*_arguments: Any, **_options: Any) -> Any:
    raise ValueError(CANARY)


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_tells_what_it_stumbled_over(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module = importlib.import_module(f"ansible_collections.qlikops.cloud.plugins.filter.{name}")
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AnsibleError, match=r"An unexpected error in qlikops.cloud: ValueError") as error:
        module.FilterModule().filters()[name]([CANARY])
    assert CANARY not in str(error.value)
    assert error.value.__suppress_context__ is True


def test_nor_does_the_inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = InventoryModule.__new__(InventoryModule)
    monkeypatch.setattr(InventoryModule.__mro__[1], "parse", lambda *_arguments: None)
    monkeypatch.setattr(InventoryModule, "_read_config_data", broken)
    with pytest.raises(AnsibleError, match=r"error in qlikops.cloud: ValueError in qlik_tenants") as error:
        plugin.parse(None, None, "qlik_tenants.yml")
    assert CANARY not in str(error.value)


def test_what_is_meant_for_people_is_told() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^Say something"), hidden_defects():
        raise AnsibleFilterError("Say something")


def test_the_place_is_the_last_one_of_ours() -> None:
    try:
        importlib.import_module("ansible_collections.qlikops.cloud.plugins.plugin_utils._plain")._plain_text(Odd())
    except TypeError as error:
        message, result = defect_message(error), defect_result(error)
    assert "TypeError in _plain.py, line " in message
    assert CANARY not in message
    assert CANARY not in str(result)
    assert "_plain.py" in result["exception"]
    assert defect_message(ValueError(CANARY)).startswith("An unexpected error in qlikops.cloud: ValueError. Please")


class Odd:
    """Something that is no text and can't become one."""

    def __str__(self) -> str:
        raise TypeError(CANARY)
