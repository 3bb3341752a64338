"""Tenants as hosts: names, groups, variables, and the filter that asks for them."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.organization import ListedTenant, Selection
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, DefinitionError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._tenant_hosts import (
    alone_at_their_addresses,
    groups_of,
    name_hosts,
    variables_of,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.organization import FIELDS, OPERATORS
from tests.emulator.scim import compile_filter

CONSOLE = "https://console.qlikcloud.com"
NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["acme", "Acme", "acme-1", "all", "qlik_region_eu", "{{ x }}", "a b", "a-b", "..", ""]),
)
VALUES = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "S"], exclude_characters='"\\\u00a0'),
    min_size=1,
    max_size=6,
).filter(str.isprintable)


def tenants_of(names: list[str]) -> list[ListedTenant]:
    return [
        ListedTenant(url="https://x.eu.qlikcloud.com", id=f"{n:024x}", name=name, region="eu")
        for n, name in enumerate(names)
    ]


@given(st.lists(NAMES, max_size=8), st.randoms(use_true_random=False))
def test_host_names_are_safe_different_and_do_not_depend_on_the_order(names: list[str], random: Random) -> None:
    tenants = tenants_of(names)
    hosts, _ = name_hosts(tenants, "name")
    assert sorted(tenant.id for tenant in hosts.values()) == sorted(tenant.id for tenant in tenants)
    assert len({name.casefold() for name in hosts}) == len(tenants)
    for name in hosts:
        assert re.fullmatch(r"[\w][\w.-]*", name), name
        assert name not in ("all", "localhost", "qlik_region_eu", "qlik_tenants")
    random.shuffle(tenants)
    assert name_hosts(tenants, "name")[0] == hosts


@pytest.mark.parametrize("kind", ["name", "id"])
@pytest.mark.parametrize("ending", ["yml", "yaml", "json", "YML", "yml.json"])
def test_no_name_is_that_of_the_file_of_another_hosts_variables(kind: str, ending: str) -> None:
    """Ansible reads host_vars/acme.yml, with the passwords of the tenant acme, for a host of that very name, too."""
    (host,), _ = name_hosts(
        [ListedTenant("https://x.eu.qlikcloud.com", id=f"acme.{ending}", name=f"acme.{ending}")], kind
    )
    assert host == f"acme.{ending}"[: -len(ending.rpartition(".")[2]) - 1] + "-" + ending.rpartition(".")[2]
    twins, _ = name_hosts(tenants_of([f"acme.{ending}"] * 2), "name")
    assert not any(name.lower().endswith((".yml", ".yaml", ".json")) for name in twins)
    (context,), _ = name_hosts([ListedTenant("https://x.eu.qlikcloud.com", context=f"acme.{ending}")], "name")
    assert context == host


def test_names_that_are_alone_stay_as_they_are() -> None:
    hosts, warnings = name_hosts(tenants_of(["acme", "globex.eu", "Ünder_score"]), "name")
    assert list(hosts) == ["acme", "globex.eu", "Ünder_score"]
    assert warnings == []


def test_a_name_cannot_take_that_of_another_tenant() -> None:
    identity = f"{0:024x}"
    hosts, warnings = name_hosts(tenants_of(["acme", "acme", f"acme-{identity}"]), "name")
    assert hosts[f"acme-{identity}"].id == identity
    assert len(hosts) == 3
    assert len(warnings) == 2


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=10), st.text(max_size=10))
def test_groups_have_names_that_ansible_takes(region: str, country: str, subscription: str, status: str) -> None:
    groups = groups_of(ListedTenant("", region=region, country=country, subscription=subscription, status=status))
    assert len(groups) == sum(bool(value) for value in (region, country, subscription, status))
    assert all(re.fullmatch(r"qlik_[A-Za-z0-9_]+", group) for group in groups)


def test_groups_of_a_tenant() -> None:
    tenant = ListedTenant("", region="eu", country="DE", subscription="65-F0", status="active")
    assert groups_of(tenant) == ["qlik_region_eu", "qlik_country_de", "qlik_subscription_65_F0", "qlik_status_active"]


@given(
    st.lists(VALUES, max_size=3),
    st.lists(st.sampled_from(["eu", "us"]), max_size=3),
    st.lists(VALUES, max_size=2),
    st.sampled_from(["", 'name eq "x" or name eq "y"']),
)
def test_the_filter_means_what_the_options_say(
    subscriptions: list[str], regions: list[str], countries: list[str], expression: str
) -> None:
    selection = Selection(tuple(subscriptions), tuple(regions), tuple(countries), expression=expression)
    rows = [
        {"subscriptionId": subscription, "regionCode": region, "countryCode": country, "status": "active", "name": name}
        for subscription in [*subscriptions, "other"]
        for region in ("eu", "us")
        for country in [*countries, "other"]
        for name in ("x", "z")
    ]
    scim = selection.to_scim()
    accepts = compile_filter(scim, FIELDS, allowed=OPERATORS) if scim else lambda _row: True
    for row in rows:
        meant = (
            (not subscriptions or row["subscriptionId"] in subscriptions)
            and (not regions or row["regionCode"] in regions)
            and (not countries or row["countryCode"] in countries)
            and (not expression or row["name"] == "x")
        )
        assert accepts(row) == meant, (scim, row)


def test_simple_filters_have_no_parentheses() -> None:
    assert Selection(("s",), statuses=("active",)).to_scim() == 'subscriptionId eq "s" and status eq "active"'
    assert Selection(regions=("eu", "us")).to_scim() == '(regionCode eq "eu" or regionCode eq "us")'
    assert Selection(expression='name eq "x"').to_scim() == 'name eq "x"'


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", ""])
def test_values_that_a_filter_cannot_hold(value: str) -> None:
    with pytest.raises(DefinitionError, match="regions"):
        Selection(regions=(value,)).to_scim()


def test_a_list_that_ignores_the_filter_widens_nothing() -> None:
    selection = Selection(("s",), ("eu",), ("DE",), ("active",))
    tenant: dict[str, Any] = {"url": "", "subscription": "S", "region": "EU", "country": "de", "status": "Active"}
    assert selection.holds(ListedTenant(**tenant))
    for member in ("subscription", "region", "country", "status"):
        assert not selection.holds(ListedTenant(**{**tenant, member: "other"}))


@pytest.mark.parametrize(
    "item",
    [
        None,
        [],
        {},
        {"id": 5},
        {"id": ""},
        {"id": "1", "hostnames": "a"},
        {"id": "1", "hostnames": [None]},
        {"id": "1", "hostnames": ["a b"]},
    ],
)
def test_items_that_are_no_tenants(item: object) -> None:
    with pytest.raises(AnswerError, match=r"console\.qlikcloud\.com"):
        ListedTenant.from_api(item, CONSOLE)


def test_an_address_that_several_tenants_have_is_nobodys() -> None:
    rows = [
        ("1", "a.eu.qlikcloud.com"),
        ("2", "A.eu.qlikcloud.com."),
        ("3", "b.eu.qlikcloud.com"),
        ("4", "a.eu.qlikcloud.com:443"),
    ]
    tenants = [
        ListedTenant.from_api({"id": number, "name": f"n{number}", "hostnames": [host]}, CONSOLE)
        for number, host in rows
    ]
    warnings: list[str] = []
    assert [tenant.id for tenant in alone_at_their_addresses(tenants, warnings)] == ["3"]
    (warning,) = warnings
    assert "https://a.eu.qlikcloud.com: n1 (1), n2 (2), n4 (4)" in warning


def test_only_an_organization_on_this_machine_has_tenants_without_tls() -> None:
    item = {"id": "1", "hostnames": ["127.0.0.1:8080"]}
    assert ListedTenant.from_api(item, "http://127.0.0.1:9").url == "http://127.0.0.1:8080"
    assert ListedTenant.from_api(item, CONSOLE).url == "https://127.0.0.1:8080"
    assert (
        ListedTenant.from_api({"id": "1", "hostnames": ["a.eu.qlikcloud.com"]}, "http://127.0.0.1:9").url
        == "https://a.eu.qlikcloud.com"
    )


def test_the_cache_gives_back_what_it_was_given() -> None:
    tenant = ListedTenant("https://a.example", "1", "{{ x }}", ("a.example", "b.example"), "eu", "DE", "s", "active")
    assert ListedTenant.from_cache(json.loads(json.dumps(tenant.to_cache()))) == tenant
    assert variables_of(tenant, "acme")["qlik_hostnames"] == ["a.example", "b.example"]
