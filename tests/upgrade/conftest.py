"""The tests of an upgrade run playbooks as the integration tests do."""

from __future__ import annotations

from tests.integration.conftest import playbooks

__all__ = ["playbooks"]
