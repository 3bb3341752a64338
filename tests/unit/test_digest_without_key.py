"""What a plan's digest binds without a key, and what nobody can guess from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, succeed
from tests.unit.test_plan_digest import DATABASE, KEY, planned

pytestmark = pytest.mark.usefixtures("short_pauses")
# Where a secret stands in an address, beside a host that anybody may see.
SPELLINGS = [
    "https://u:a/{}@{}/x",
    "https://u:{}@34@{}/x",
    "https://reader@corp.example:{}@{}/x",
    "https://{1}/v1;token={0}",
    "https://{1}/v1/token={0}/x",
    "https://{1}/v1#{0}",
    "{1}/v1?token={0}",
    "u:{}@{}/v1",
]
HOSTS = ["scott/{}@{}", "{1};pwd={0}", "jdbc:postgresql://u:a/{}@{}"]
MANAGED = ["qlikops.cloud:managed"]


def rest(url: str, **options: Any) -> dict[str, Any]:
    secrets = {"password": "long-password"}
    return {
        "name": "R",
        "space": "Sales",
        "data_source": "rest",
        "properties": {"url": url},
        "secrets": secrets,
        **options,
    }


def database(properties: dict[str, Any]) -> dict[str, Any]:
    secrets = {"password": "long-password"}
    return {"name": "D", "space": "Sales", "data_source": "postgres", "properties": properties, "secrets": secrets}


def of(*connections: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"connections": list(connections), **options}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def three(tenant: Tenant, make: Any) -> list[str]:
    """The digests of a plan, of one with another secret, and of one with another host."""
    return [
        planned(tenant, make(*one)) for one in (("4711", "h.example"), ("4712", "h.example"), ("4711", "evil.example"))
    ]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("version", ["", "7"])
def test_a_secret_in_an_address_that_is_made_is_not_told(tenant: Tenant, spelling: str, version: str) -> None:
    more = {"secrets_version": version} if version else {}
    first, other_secret, other_host = three(tenant, lambda *parts: of(rest(spelling.format(*parts), **more)))
    assert first == other_secret
    assert first != other_host


@pytest.mark.parametrize("spelling", HOSTS)
def test_a_secret_in_a_host_is_not_told(tenant: Tenant, spelling: str) -> None:
    def make(*parts: str) -> dict[str, Any]:
        return of(database({**DATABASE, "host": spelling.format(*parts)}))

    first, other_secret, other_host = three(tenant, make)
    assert first == other_secret
    assert first != other_host


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("key", [None, KEY])
def test_an_update_that_only_sends_secrets_binds_where_they_go(tenant: Tenant, spelling: str, key: str | None) -> None:
    held = tenant.add_connection("R", "rest", {"url": "https://h.example"}, space="Sales", tags=MANAGED)

    def make(*parts: str) -> dict[str, Any]:
        url = spelling.format(*parts)
        tenant.edit_connection(held.id, properties={"url": url})
        return of(rest(url, update_secrets="always"), fingerprint_key=key)

    first, other_secret, other_host = three(tenant, make)
    assert (first == other_secret) == (key is None)
    assert first != other_host


@pytest.mark.parametrize("key", [None, KEY])
def test_tags_that_are_kept_tell_nothing_of_where_secrets_went(tenant: Tenant, key: str | None) -> None:
    found = set()
    for secret in ("4711", "4712"):
        definition = rest(f"https://u:a/{secret}@h.example/x", secrets_version="7")
        succeed("qlik_data_connections", tenant, of(definition, fingerprint_key=key))
        tags = tenant.connection("R", "Sales").tags
        assert any(tag.startswith("qlikops.cloud:sent:") for tag in tags)
        found.add(planned(tenant, of({**definition, "tags": ["new"]}, fingerprint_key=key)))
    assert len(found) == 1


@pytest.mark.parametrize("there", [False, True], ids=["create", "update"])
def test_a_secret_in_a_user_name_is_not_told(tenant: Tenant, there: bool) -> None:
    def make(user: str) -> dict[str, Any]:
        return of({**database({**DATABASE, "username": user}), "update_secrets": "always"})

    if there:
        tenant.add_connection("D", "postgres", {**DATABASE}, space="Sales", tags=MANAGED)
    first, other_secret, other_user = (
        planned(tenant, make(user)) for user in ("u;pwd=4711", "u;pwd=4712", "v;pwd=4711")
    )
    assert first == other_secret
    assert first != other_user


@pytest.mark.parametrize("key", [None, KEY])
def test_the_order_of_properties_that_are_changed_makes_no_other_plan(tenant: Tenant, key: str | None) -> None:
    tenant.add_connection("D", "postgres", {**DATABASE}, space="Sales", tags=MANAGED)
    changed = {**DATABASE, "db": "payroll", "port": 5433}
    one, other = (database(properties) for properties in (changed, dict(reversed(list(changed.items())))))
    assert planned(tenant, of(one, fingerprint_key=key)) == planned(tenant, of(other, fingerprint_key=key))


def test_a_host_inside_of_a_harmless_header_is_another_plan(tenant: Tenant) -> None:
    def make(value: str) -> dict[str, Any]:
        definition = rest("https://h.example")
        definition["properties"]["queryHeaders"] = [
            {"name": "Referer", "value": value},
            {"name": "X-K", "value": "a/b"},
        ]
        return of(definition, harmless_names=["Referer"])

    approved = planned(tenant, make("https://caller:first@good.example/x"))
    assert approved == planned(tenant, make("https://caller:other@good.example/x"))
    assert approved != planned(tenant, make("https://evil.example\\@good.example/x"))
    assert approved != planned(tenant, make("https://evil.example:p/ss@good.example/x"))


def test_signs_of_a_header_that_is_masked_as_a_whole_are_not_told(tenant: Tenant) -> None:
    def make(value: str) -> dict[str, Any]:
        definition = rest("https://h.example")
        definition["properties"]["queryHeaders"] = [{"name": "X-K", "value": value}]
        return of(definition)

    assert planned(tenant, make("a/b;c")) == planned(tenant, make("abc"))


BEGIN = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;'


def statement(pairs: str) -> dict[str, Any]:
    held = {"connect_statement": f'{BEGIN}{pairs}"', "secrets": {"qPassword": "long-password"}}
    return of({"name": "Raw", "space": "Sales", "data_source": "postgres", **held})


@pytest.mark.parametrize("name", ["pass", "accountKey", "pin"])
@pytest.mark.parametrize("quote", ["'", "{"])
def test_what_stands_before_a_secret_without_an_end_is_bound(tenant: Tenant, name: str, quote: str) -> None:
    def digest(pairs: str) -> str:
        return planned(tenant, statement(pairs))

    approved = digest(f"host=good;db=orders;{name}={quote}abc;x=1;")
    result = succeed("qlik_data_connections", tenant, statement(f"host=good;{name}={quote}abc;"), check=True)
    assert any("plan_digest doesn't bind" in warning for warning in result["warnings"])
    for other in ("abd;x=1;", "abc;x=2;", "abc;y=1;"):
        assert digest(f"host=good;db=orders;{name}={quote}{other}") == approved
    for other in ("host=good;db=payroll;", "host=evil;db=orders;", "db=orders;host=good;", "host=good;db=orders;y=1;"):
        assert digest(f"{other}{name}={quote}abc;x=1;") != approved
    assert digest(f"host=good;db=orders;{name}={quote}abc;x=1;allowNonSelectQueries=true;") != approved


ABSENT = {"name": "G", "space": "Sales", "state": "absent"}
# Statements of which nobody can tell what is secret, whether some of it is bound all the same, and whether some isn't.
UNREAD = {
    "of another form": ("OLEDB CONNECT TO [Provider=p;Data Source={};Password=x]", False, True),
    "a folder": ("/data/{}", False, True),
    "no pair": ('CUSTOM CONNECT TO "provider=p.exe;host={};nonsense"', True, True),
    "before a secret without an end": ('CUSTOM CONNECT TO "provider=p.exe;host={};pass=\'abc;"', True, False),
    "before a secret that goes on": ("CUSTOM CONNECT TO \"provider=p.exe;host={};pass='abc;x=1';\"", True, True),
    "behind a secret without an end": ('CUSTOM CONNECT TO "provider=p.exe;pass=\'abc;host={};"', False, True),
}


@pytest.mark.parametrize("what", UNREAD)
@pytest.mark.parametrize("key", [None, KEY])
def test_what_goes_and_cannot_be_read_is_bound_as_it_was_shown_or_warned_of(
    tenant: Tenant, what: str, key: str | None
) -> None:
    held = tenant.add_connection("G", "postgres", {**DATABASE}, space="Sales")
    text, is_bound, is_warned = UNREAD[what]

    def becomes(host: str) -> None:
        held.statement = text.format(host)
        tenant.changed()

    becomes("test")
    options = of(ABSENT, fingerprint_key=key)
    result = succeed("qlik_data_connections", tenant, options, check=True)
    assert any("plan_digest doesn't bind" in one for one in result.get("warnings", ())) == (key is None and is_warned)
    approved = result["plan_digest"]
    assert planned(tenant, options) == approved
    becomes("prod")
    assert (planned(tenant, options) != approved) == (is_bound or key is not None)
    if is_bound:
        assert "not the one that was approved" in fail(
            "qlik_data_connections", tenant, {**options, "approved_plan": approved}
        )


def test_what_goes_depends_on_no_other_secret(tenant: Tenant) -> None:
    held = tenant.add_connection("G", "postgres", {**DATABASE}, space="Sales")
    held.statement = UNREAD["behind a secret without an end"][0].format("long-host")
    succeed("qlik_data_connections", tenant, of(database(DATABASE)))
    found = set()
    for password in ("long-host", "other-password", "provider"):
        kept = {**database(DATABASE), "secrets": {"password": password}, "update_secrets": "on_create"}
        found.add(planned(tenant, of(kept, ABSENT)))
    assert len(found) == 1
