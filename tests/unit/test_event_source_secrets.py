"""What the event source signs in with is in no event and no file, whoever wrote it into a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.organization import OrganizationWatch
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import TenantWatch, watched

from tests.emulator import Emulator, Tenant
from tests.unit.test_event_source import kinds, looked
from tests.unit.test_event_source_truth import listing, organization_options


def kept_in(folder: Path) -> str:
    return " ".join(file.name + file.read_text() for file in folder.glob("*.json"))


def watch_by_client(tenant: Tenant, folder: Path) -> TenantWatch:
    options = read_options(
        {
            "tenant_url": tenant.url,
            "client_id": "client-acme",
            "client_secret": "secret-acme",
            "state_dir": str(folder),
        }
    )
    return TenantWatch(watched({**options.connection, **options.tenants[0]}, {}), options)


@pytest.mark.parametrize("cache", ["off", "on"])
def test_a_token_that_was_fetched_is_as_secret_as_a_key(
    acme: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    if cache == "off":
        monkeypatch.setenv("QLIK_TOKEN_CACHE", "off")
    watch = watch_by_client(acme, tmp_path)
    looked(watch)
    token = watch._token.token
    assert token
    acme.add_connection(f"N {token}", tags=[f"T {token}"])
    watch.tenant.about["name"] = f"acme {token}"
    (event,) = looked(watch)
    assert event["event"] == "connection_created"
    assert token not in json.dumps([event, watch.about]) + kept_in(tmp_path)
    # With the next token the one before is no news.
    acme.expire_tokens()
    watch._compared = None
    assert looked(watch) == []
    assert watch._token.token != token
    assert token not in kept_in(tmp_path)


def test_a_name_is_shown_as_far_as_it_is_no_secret(acme: Tenant, tmp_path: Path) -> None:
    watch = watch_by_client(acme, tmp_path)
    looked(watch)
    acme.add_connection("Orders secret-acme")
    ((_kind, name),) = kinds(looked(watch))
    assert name.startswith("Orders ")
    assert "secret-acme" not in name + kept_in(tmp_path)


@pytest.mark.parametrize("secret", ["canary-org-secret", "secret-acme", "canary+eu/secret", "the token"])
@pytest.mark.parametrize("placed", [True, False])
def test_what_an_organization_and_its_tenants_are_asked_with_is_in_no_tenant(
    emulator: Emulator, acme: Tenant, tmp_path: Path, secret: str, placed: bool
) -> None:
    clients = {"eu2": {"client_id": "eu", "client_secret": "canary+eu/secret"}}
    args = organization_options(emulator, acme, clients=clients, state_dir=str(tmp_path))
    watch = OrganizationWatch(read_options(args))
    watch.handed_over(watch.look().seen)
    secret = watch._token.token if secret == "the token" else secret
    assert secret
    new: dict[str, Any] = {"status": "active", "subscriptionId": "s1", "regionCode": secret, "countryCode": secret}
    new.update(id=f"id-{secret}", name=f"New {secret}", hostnames=["127.0.0.1:9"] if placed else [])
    listing(emulator.organization, "/core/tenants", lambda data: [*data, new], 1)
    look = watch.look()
    watch.handed_over(look.seen)
    assert [event["event"] for event in look.events] == ["tenant_created"] * placed
    shown = [look.events, look.seen, list(look.tenants), {one: list(why) for one, why in look.unwatched.items()}]
    said = json.dumps([*shown, [tenant.about for tenant in look.tenants.values()]])
    assert secret not in said + kept_in(tmp_path)
    assert "canary-eu-secret" not in said
    assert "New" in said
