"""What the README shows works as it stands, and works again."""

from __future__ import annotations

import pytest

from tests.emulator import Emulator
from tests.integration.guides import Guide
from tests.integration.playbooks import Playbooks
from tests.tools.readme_picture import PICTURE, make


@pytest.fixture
def readme(playbooks: Playbooks, emulator: Emulator) -> Guide:
    return Guide("README.md", playbooks, emulator)


def test_the_picture_shows_what_the_first_example_does(playbooks: Playbooks, emulator: Emulator) -> None:
    made = make(playbooks, emulator)
    assert made == PICTURE.read_text(encoding="utf-8"), "run: tests/tools/run python -m tests.tools.readme_picture"


def test_one_tenant(readme: Guide) -> None:
    acme = readme.tenant("acme")
    for section in ("Installation", "Try it without a tenant"):
        readme.play(section)
    readme.play("A first playbook")
    assert acme.secrets_of(acme.connection("Orders", "Sales").id) == {"password": "canary-vault_orders_password"}
    # The picture above shows the first example.
    for block in readme.blocks:
        block.ran |= block.section == "At a glance"
    readme.finish()
