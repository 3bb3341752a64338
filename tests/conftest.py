"""What every test has: the emulator, and no token kept outside its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import thoroughness
from tests.tools import installed

# A busy machine is no defect of what is tested.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=thoroughness.examples(100),
)
settings.load_profile("any machine")

pytest_plugins = ["tests.emulator.fixtures"]


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of whoever runs the tests names no tenant, and tokens are kept where the test can look."""
    signing_in = (
        "QLIK_API_KEY",
        "QLIK_CLIENT_ID",
        "QLIK_CLIENT_SECRET",
        "QLIK_ORGANIZATION_CLIENT_ID",
        "QLIK_ORGANIZATION_CLIENT_SECRET",
    )
    for name in ("QLIK_TENANT_URL", *signing_in, "QLIK_CONTEXT", "QLIK_CLI_USER_HOME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QLIK_TOKEN_CACHE", str(tmp_path / "tokens"))


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to test a built collection that isn't the sources'. The workers of pytest-xdist needn't look again.

    Each worker has a part of the tests in their order, so that those stay together which share an expensive fixture,
    and one that has no more takes half of what another still has: at the end nobody waits for a worker's slow tests.
    """
    if config.getoption("dist", "no") == "load":
        config.option.dist = "worksteal"
    complaint = "" if hasattr(config, "workerinput") else installed.complaint()
    if complaint:
        raise pytest.UsageError(complaint)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave most cases of exhaustive tests out where a part of them is enough."""
    if thoroughness.QUICK:
        kept = thoroughness.chosen(items)
        chosen = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = kept
