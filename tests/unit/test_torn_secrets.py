"""A statement whose secret holds a semicolon: what stands behind it may be a part of the secret, whatever shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
MANY = "qlik_data_connections"
PLAIN = "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=h;db=a;"
KEY = "a fingerprint key of some length"
# What makes a secret out of the pairs behind it.
TORN = {
    "a quote": "pass='abc;{}y';",
    "a quotation mark": 'password="abc;{}";',
    "a brace": "pwd={{abc;{}}};",
    "a blank before it": "password= {{abc;{}}};",
    "a tab before it": "Password=\t'ab;{}';",
    "a doubled brace": "password={{a}}}};{}}};",
    "a doubled quote": "password='a'';{}';",
    "a curly quote": "password=\u201cab;{}\u201d;",
    "a mark behind a backslash": "password=\\'ab;{}\\';",
    "a header": "queryHeaders=Cookie%2sid=abc; {}%1;",
    "a header of a usual name": "queryHeaders=Authorization%2Bearer abc;{}%1;",
    "a header without a value": "queryHeaders=X-Key%2;{}%1;",
    "a header behind another": "queryHeaders=A%2b%1Cookie%2sid=abc; {}%1Accept%2x%1;",
    "a secret in an open header": "queryHeaders=Accept%2text/plain, password='ab;{}'%1;",
    "a form": 'body={{"password":"ab;{}"}};',
    "a form in another": 'body={{"a":{{"b":1}},"auth":{{"password":"ab;{}"}}}};',
    "a parameter of a URL": "url=https://h.example/?token='abc;{}';",
    "a string of ODBC": "conn=Driver={{X}} Pwd={{ab;{}}};",
    "an attribute": "body=<a password='ab;{}'/>;",
    "a quoted form": "conn='Pwd=ab;{}';",
}
# And what does not.
WHOLE = {
    "an end": "pass='abc';{}",
    "a closed brace": "pass={{abc}};{}",
    "a closed brace in it": "pass={{a}}}}b}};{}",
    "no mark": "pass=abc;{}",
    "a bracket, which is no mark": "pwd=[abc;{}",
    "a parenthesis, which is no mark": "sid=(abc;{}",
    "no secret": "zone='abc;{}",
    "nested braces": "body={{'auth':{{'password':'x'}}}};{}",
    "nested braces without marks": "requestBody={{auth:{{password:abcdef123}}}};{}",
    "nested brackets": 'body=[["password=x"]];{}',
    "brackets too many": "body=('password=x'));{}",
    "a form with an end": 'body={{"password":"x"}};{}',
    "secrets in braces": '"credentials={{"a":{{"b":"c"}}}};{}'.replace('"credentials', "credentials"),
    "an attribute with an end": "body=<a password='x'/>;{}",
    "a list whose last item has no end": "queryHeaders=X-Qlik-XrfKey%2000000000000%1User-Agent%2Windows;{}",
    "a list of one item without an end": "queryParameters=xrfkey%2000000000000;{}",
    "lists without ends": "queryParameters=xrfkey%2000000000000;queryHeaders=X-Key%2abcdef%1A%2b%1;{}",
    "brackets within a form": 'requestBody={{"auth":{{"password":"abc{{def123"}}}};{}',
    "brackets before a secret": 'requestBody={{"user":"u","pattern":"^{{","apiKey":"abcdef12"}};{}',
    "brackets of each kind": 'requestBody={{"password":"p(w[x{{1234"}};{}',
    "a query": 'requestBody={{"query":"mutation {{ login(password: \\"ab{{cdef12\\") {{ id }} }}"}};{}',
    "a list and one of files": "queryHeaders=X-Key%2abcdef;{}mutualPfxCertificateFiles=c.pfx%1;",
    "a list and a mark": "queryHeaders=X-Key%2abcdef;{}requestBody=a%1b;",
    "an open header with a semicolon": "queryHeaders=Accept%2application/json;odata=verbose%1;{}",
    "a list": "queryHeaders=Cookie%2sid=abc%1;{}",
    "an open header": "queryHeaders=Accept%2text/plain;{}",
    "a secret twice": "password=abc;password=abd;{}",
}


def statement(pairs: str) -> str:
    return f'CUSTOM CONNECT TO "{pairs}"'


def raw(pairs: str = PLAIN, **more: Any) -> dict[str, Any]:
    return {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "connect_statement": statement(pairs),
        "secrets": {"qPassword": "long-password"},
        **more,
    }


def by_hand(tenant: Tenant, text: str) -> None:
    held = tenant.connection("Raw", "Sales")
    tenant.edit_connection(held.id)
    held.statement = text


def many(tenant: Tenant, definition: dict[str, Any], *, check: bool = False, **more: Any) -> dict[str, Any]:
    return run(MANY, tenant, {"connections": [definition], "fingerprint_key": KEY, **more}, check=check)


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    assert many(acme, raw())["changed"]
    return acme


POLICY = [{"name": "ours", "hosts": {"allow": ["h"]}}]
BY_PROPERTIES = {
    "name": "Raw",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"zone": "x", "db": "a"},
    "secrets": {"password": "other-password"},
}


def all_that_tells(tenant: Tenant, pairs: str) -> list[Any]:
    """What a run says of a connection with such a statement, whatever is asked of it."""
    by_hand(tenant, statement(PLAIN + pairs))
    absent = {"name": "Raw", "space": "Sales", "state": "absent"}
    return [
        many(tenant, raw(), check=True),
        many(tenant, raw(PLAIN.replace("db=a", "db=b") + "zone=1;", update_secrets="always"), check=True),
        many(tenant, BY_PROPERTIES, check=True),
        many(tenant, raw(), check=True, secrets_only=True),
        many(tenant, absent, check=True),
        many(tenant, {**absent, "name": "Other"}, check=True, list_undeclared="all", list_targets=True),
        many(tenant, raw(), check=True, policy=POLICY, breaches="list", list_undeclared="all"),
        run("qlik_data_connection_info", tenant, {}),
        run("qlik_data_connection_info", tenant, {"definitions": True}),
    ]


@pytest.mark.parametrize(
    "inside",
    ["zone=canary-4711", "host=canary-4711;port=4712", "canary-4711=1", "db=canary-4711", "provider=canary-4711"],
)
@pytest.mark.parametrize("what", TORN)
def test_what_may_be_a_part_of_a_secret_is_shown_by_nothing(tenant: Tenant, what: str, inside: str) -> None:
    for told in all_that_tells(tenant, TORN[what].format(inside)):
        assert "canary" not in str(told)
    assert "canary" not in str(many(tenant, raw()))


@pytest.mark.parametrize("what", WHOLE)
def test_what_stands_behind_a_whole_secret_is_shown(tenant: Tenant, what: str) -> None:
    by_hand(tenant, statement(PLAIN + WHOLE[what].format("zone=harmless;")))
    (shown,) = succeed("qlik_data_connection_info", tenant, {})["connections"]
    assert shown["properties"]["zone"] == "harmless"


def test_what_stands_before_a_torn_secret_is_told_as_it_is(tenant: Tenant) -> None:
    by_hand(tenant, statement(PLAIN.replace("host=h", "host=evil") + "pass='abc;zone=1;"))
    planned = many(tenant, raw(f"{PLAIN}new=1;"), check=True)
    (result,) = planned["results"]
    assert {"host: evil -> h", "new: (not set) -> 1"} <= set(result["changes"])
    (sides,) = planned["diff"]
    assert sides["before"]["properties"] == {"host": "evil"}


@pytest.mark.parametrize("what", TORN)
def test_without_a_key_nothing_behind_it_is_in_a_digest(tenant: Tenant, what: str) -> None:
    found = set()
    for inside in ("zone=4711", "zone=4712"):
        by_hand(tenant, statement(PLAIN.replace("db=a", "db=z") + TORN[what].format(f"host={inside};{inside}")))
        wanted = [raw(update_secrets="always"), {"name": "Raw", "space": "Sales", "state": "absent"}]
        found.add(tuple(run(MANY, tenant, {"connections": [one]}, check=True)["plan_digest"] for one in wanted))
    assert len(found) == 1


@pytest.mark.parametrize("what", ["a quote", "a blank before it"])
def test_a_declared_one_is_shown_by_nothing(tenant: Tenant, what: str) -> None:
    torn = raw(PLAIN + TORN[what].format("zone=canary-4711"))
    assert "canary" not in str(many(tenant, torn, check=True))
    assert "canary" not in str(many(tenant, torn))
    assert not many(tenant, torn)["changed"]


def test_a_declared_secret_that_parts_a_statement_is_shown_by_nothing(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}password=ab;zone=canary-4711;"))
    secret: dict[str, Any] = {"secrets": {"qPassword": "ab;zone=canary-4711"}}
    for definition in (raw(**secret), raw(f"{PLAIN}zone=1;", **secret)):
        assert "canary" not in str(many(tenant, definition, check=True))


def test_an_export_says_that_it_leaves_some_out(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}pass='abc;zone=1;"))
    found = succeed("qlik_data_connection_info", tenant, {"definitions": True})
    assert found["definitions"][0]["properties"]["host"] == "h"
    assert "zone" not in found["definitions"][0]["properties"]
    assert "connect_statement" in found["definition_notes"][0]["left_out"]


def test_a_filter_gives_plain_texts() -> None:
    from ansible_collections.qlikops.cloud.plugins.filter.parse_connect_statement import parse_connect_statement

    parsed = parse_connect_statement(statement(f"{PLAIN}pass='abc;zone=1;"))
    assert {type(value) for value in parsed["properties"].values()} == {str}
    assert parsed["properties"]["zone"] == "1"


# What somebody put beside the declared host, and whether a request for a declared property puts it right.
RIVALS = {
    "before it": ("host=evil;host=h;", "evil;h", True),
    "behind it": ("host=h;host=evil;", "h;evil", True),
    "in another case": ("Host=evil;host=h;", "evil;h", False),
    "behind it in another case": ("host=h;HOST=evil;", "h;evil", False),
    "in its place": ("Host=evil;", "evil", False),
}


@pytest.mark.parametrize("what", RIVALS)
@pytest.mark.parametrize("how", [{"update_secrets": "always"}, {"secrets": {"qPassword": "another-password"}}])
def test_secrets_go_to_no_other_address_that_a_statement_says_as_well(
    tenant: Tenant, what: str, how: dict[str, Any]
) -> None:
    there, shown, _is_put_right = RIVALS[what]
    by_hand(tenant, statement(PLAIN.replace("host=h;", there)))
    planned = many(tenant, raw(**how), check=True)
    assert f"host: {shown} -> h" in planned["results"][0]["changes"]
    assert planned["diff"][0]["before"]["properties"]["host"] == shown
    assert many(tenant, raw(**how))["changed"]
    held = tenant.connection("Raw", "Sales")
    assert "evil" not in held.statement
    assert "host=h;" in held.statement
    assert not many(tenant, {**raw(**how), "update_secrets": "on_change"})["changed"]


@pytest.mark.parametrize("what", RIVALS)
def test_secrets_alone_are_not_sent_where_a_statement_says_another_address_too(tenant: Tenant, what: str) -> None:
    by_hand(tenant, statement(PLAIN.replace("host=h;", RIVALS[what][0])))
    tenant.reset_log()
    options = {"connections": [raw()], "fingerprint_key": KEY, "secrets_only": True}
    assert "its host is" in fail(MANY, tenant, options)
    assert tenant.writes() == []


@pytest.mark.parametrize("what", RIVALS)
def test_declared_properties_put_it_right_or_send_nothing(tenant: Tenant, what: str) -> None:
    there, _shown, is_put_right = RIVALS[what]
    by_hand(tenant, statement(PLAIN.replace("host=h;", there)))
    definition = {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h", "db": "a"},
        "secrets": {"password": "another-password"},
        "fingerprint_key": KEY,
    }
    tenant.reset_log()
    if is_put_right:
        assert succeed(MANY, tenant, {"connections": [definition]})["changed"]
        assert "evil" not in tenant.connection("Raw", "Sales").statement
        assert not succeed(MANY, tenant, {"connections": [definition]})["changed"]
        return
    assert "says more than once where it leads" in fail(MANY, tenant, {"connections": [definition]})
    assert tenant.writes() == []


def test_an_address_that_nobody_declared_and_that_is_there_twice_gets_no_secrets(acme: Tenant) -> None:
    acme.add_space("Sales")
    pairs = PLAIN.replace("host=h;", "")
    assert many(acme, raw(PLAIN))["changed"]
    for there in ("host=evil;host=h;", "Host=evil;host=h;"):
        by_hand(acme, statement(PLAIN.replace("host=h;", there)))
        acme.reset_log()
        said = many(acme, raw(pairs, update_secrets="always"))
        assert said["failed"]
        assert "says more than once where it leads" in str(said)
        assert acme.writes() == []


@pytest.mark.parametrize("name", ["endpoint", "gatewayInstance", "region", "port"])
def test_neither_does_any_other_address(tenant: Tenant, name: str) -> None:
    by_hand(tenant, statement(f"{PLAIN}{name}=first;{name.upper()}=evil;"))
    tenant.reset_log()
    for how in ({"update_secrets": "always"}, {"secrets_only": True}):
        said = many(tenant, raw(), **how)
        assert said["failed"]
        assert "says more than once where it leads" in str(said)
    assert tenant.writes() == []


# Values of other pairs in which an address seems to stand.
WITHIN = {
    "options": "odbcOptions={UseX=1;Port=6000;a=1};",
    "a script": "initSql={SET a=1;Host=x;b=2};",
    "a quoted secret": "extraPassword='ab;Host=x;c=d';",
    "a header": "queryHeaders=Forwarded%2for=1;Host=a, for=2;Host=b%1;",
    "nothing": "Host=;",
}


@pytest.mark.parametrize("what", WITHIN)
def test_what_stands_within_another_value_is_no_address(tenant: Tenant, what: str) -> None:
    plain = f"{PLAIN}port=5432;"
    assert many(tenant, raw(plain))["changed"]
    by_hand(tenant, statement(plain + WITHIN[what]))
    assert many(tenant, raw(plain), secrets_only=True)["changed"]
    properties = {**BY_PROPERTIES, "properties": {"host": "h", "port": "5432", "db": "a"}}
    assert many(tenant, properties, update_secrets="always", check=True)["changed"]
    (result,) = many(tenant, raw(plain.replace("db=a", "db=b")))["results"]
    assert [line for line in result["changes"] if "->" in line] == ["db: a -> b"]
    assert WITHIN[what] in tenant.connection("Raw", "Sales").statement


@pytest.mark.parametrize("pairs", ["opts={a=1;host=inner;b=2};host=h;", "host=h;opts={a=1;host=inner;b=2};"])
@pytest.mark.parametrize("secret", ["long-password", "another-password"])
def test_a_value_that_holds_the_very_address_is_not_cut(tenant: Tenant, pairs: str, secret: str) -> None:
    by_hand(tenant, statement(PLAIN.replace("host=h;", pairs)))
    tenant.reset_log()
    said = many(tenant, raw(PLAIN.replace("db=a", "db=b"), secrets={"qPassword": secret}))
    assert said["failed"]
    assert "says more than once where it leads" in str(said)
    assert tenant.writes() == []


@pytest.mark.parametrize("mark", ["{", "'", '"'])
def test_marks_that_nothing_closes_are_passed_over(mark: str) -> None:
    from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import enclosed_places

    class Counting(str):
        looked = 0

        def rstrip(self, chars: str | None = None, /) -> str:
            Counting.looked += 1
            return super().rstrip(chars)

        def split(self, *arguments: Any, **more: Any) -> list[str]:
            return [Counting(part) for part in super().split(*arguments, **more)]

    body = ";".join(f"x{number}={mark}a" for number in range(1000))
    assert enclosed_places(Counting(body)) == set()
    assert Counting.looked <= 3000


def test_what_is_not_declared_and_says_the_same_stays(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"Host=h;{PLAIN}".replace("db=a", "db=z")))
    (result,) = many(tenant, raw())["results"]
    assert result["changes"][0] == "db: z -> a"
    assert "Host=h;" in tenant.connection("Raw", "Sales").statement


REST: dict[str, Any] = {
    "name": "Rest",
    "space": "Sales",
    "data_source": "rest",
    "properties": {
        "url": "https://h.example/",
        "authSchema": "anonymous",
        "method": "POST",
        "requestBody": "{auth:{password:abcdef123}}",
        "queryParameters": [{"name": "customer", "value": "4711"}],
        "queryHeaders": [
            {"name": "Accept", "value": "application/json;odata=verbose"},
            {"name": "X-Api-Key", "value": "canary-4711", "encrypt": True},
        ],
    },
}


@pytest.mark.parametrize("body", ["{auth:{password:abcdef123}}", "{auth:{password:'abc", "Pwd={ab"])
def test_a_connection_with_lists_stays_as_it_is(tenant: Tenant, body: str) -> None:
    definition: dict[str, Any] = {**REST, "properties": {**REST["properties"], "requestBody": body}}
    assert many(tenant, definition)["changed"]
    tenant.reset_log()
    assert not many(tenant, definition)["changed"]
    assert tenant.writes() == []
    definition["properties"] = {**definition["properties"], "timeout": "61"}
    (result,) = many(tenant, definition)["results"]
    assert [line.partition(":")[0] for line in result["changes"]] == ["timeout"]


def test_an_error_shows_no_header_behind_a_torn_secret(tenant: Tenant) -> None:
    plain = [{"name": "X-Api-Key", "value": "canary-4711"}]
    body = {"requestBody": "{auth:{password:'abc"}
    assert many(tenant, {**REST, "properties": {**REST["properties"], "queryHeaders": plain, **body}})["changed"]
    other = {**REST, "properties": {"url": "https://h2.example/", "authSchema": "anonymous"}}
    for check in (True, False):
        assert "canary" not in str(many(tenant, other, check=check))


def test_a_target_shows_no_part_of_a_secret(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}password='ab;gatewayInstance=canary-4711';".replace("host=h", "host=10.0.0.1")))
    found = many(tenant, raw(), check=True, list_undeclared="all", list_targets=True)
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    "pairs", ["canary=1;canary=2';", "canarytoken=1';", 'canary-4711=x"y;', "gatewayInstance=canary-4711';"]
)
def test_an_error_about_a_declared_one_names_no_part_of_it(tenant: Tenant, pairs: str) -> None:
    for more in ({}, {"secrets_only": True}):
        said = many(tenant, raw(f"{PLAIN}pass='ab;{pairs}"), **more)
        assert "canary" not in str(said)


def test_a_provider_in_a_secret_is_none(tenant: Tenant) -> None:
    pairs = "driver=postgres;host=h;db=a;"
    by_hand(tenant, statement(f"{PLAIN}password='ab;provider=canary-4711';"))
    for definition in (raw(f"{pairs}new=1;"), raw(f"{PLAIN}new=1;")):
        assert "canary" not in str(many(tenant, definition, check=True))
    many(tenant, raw(f"{pairs}new=1;"))
    assert tenant.connection("Raw", "Sales").statement.startswith('CUSTOM CONNECT TO "provider=QvOdbc')


def test_the_same_address_twice_is_one(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}Host=h;host=h;"))
    assert many(tenant, raw(), secrets_only=True)["changed"]
    tenant.reset_log()
    assert not many(tenant, raw())["changed"]
    assert tenant.writes() == []
