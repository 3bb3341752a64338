"""Check mode returns the connection as it will be: what the real run returns, but for what only Qlik can say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator import Emulator, Tenant
from tests.jobs import run, succeed
from tests.thoroughness import examples

ONE = "qlik_data_connection"
KEY = "a fingerprint key of some length"
PLACE = {"name": "Orders", "space": "Sales", "fingerprint_key": KEY, "replace": "when_required"}
TEXTS = st.text("abcdefgXYZ019 -_.%=ü", min_size=1, max_size=12).map(str.strip).filter(bool)
POSTGRES = st.fixed_dictionaries(
    {"host": TEXTS, "username": TEXTS, "port": st.integers(1, 65535)},
    optional={"db": TEXTS, "SSLMode": st.sampled_from(["disable", "require"]), "useBulkReader": st.booleans()},
)
HEADERS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abc"), "value": TEXTS}, optional={"encrypt": st.just(True)}),
    min_size=1,
    max_size=3,
    unique_by=lambda item: item["name"],
)
REST = st.fixed_dictionaries(
    {"url": TEXTS.map("https://api.example/?q={}".format)},
    optional={"timeout": st.integers(1, 99), "queryHeaders": HEADERS},
)
PROPERTIES = {"postgres": POSTGRES, "rest": REST}
SECRETS = st.fixed_dictionaries({"password": st.text("abcxyz", min_size=3, max_size=9).map("secret-{}".format)})
STATEMENTS = st.builds(
    'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host={};db={};"'.format,
    st.sampled_from(["h", "other"]),
    st.sampled_from(["d", "e"]),
)
CREDENTIALS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"separate_credentials": False},
        {"separate_credentials": True},
        {"separate_credentials": True, "credentials": "svc"},
        {"separate_credentials": True, "credentials": "svc 2"},
        {"credentials": "shared", "secrets": None},
    ]
)
OTHERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"tags": ["a", "b"]}, {"space": "Finance", "previous_space": "Sales"}, {"update_secrets": "always"}]
)


@st.composite
def definitions(draw: Any, *, stated: bool = True) -> dict[str, Any]:
    source = draw(st.sampled_from(sorted(PROPERTIES)))
    content: dict[str, Any] = {"properties": draw(PROPERTIES[source])}
    if stated and source == "postgres" and draw(st.booleans()):
        content = {"connect_statement": draw(STATEMENTS)}
    secrets = draw(SECRETS)
    if "connect_statement" in content:
        return {**PLACE, "data_source": source, **content, "secrets": {**secrets, "username": "u"}}
    return {**PLACE, "data_source": source, **content, "secrets": secrets, **draw(CREDENTIALS)}


def tenant_with(emulator: Emulator, start: dict[str, Any] | None) -> Tenant:
    """A tenant with two spaces, somebody's separate credentials, and what was declared before."""
    emulator.reset()
    tenant = emulator.tenant("acme")
    tenant.add_space("Sales", "shared")
    tenant.add_space("Finance", "shared")
    separate = {"separateCredentials": "true", "credentialsName": "shared"}
    tenant.add_connection("Other", "postgres", separate, secrets={"password": "theirs"})
    if start is not None:
        succeed(ONE, tenant, start)
    return tenant


# What only Qlik can say: when it wrote, and what it shows of credentials.
FROM_QLIK = {"updated", "qri"}
FROM_QLIK_ONCE_MADE = {"id", "created", "privileges", "owner_id"}
SHOWN_OF_CREDENTIALS = {"selectedCredentials", "credentialsName", "username"}


def as_text(value: Any) -> Any:
    """A value whatever its type is: numbers and booleans are texts to some tenants."""
    if isinstance(value, list):
        return sorted((item["name"], item["value"]) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def pairs(statement: str) -> list[str]:
    """The parts of a statement, whose order says nothing."""
    return sorted(statement.removesuffix('"').split(";"))


def compare(foreseen: dict[str, Any], done: dict[str, Any], *, made: bool) -> None:
    left_out = {"properties", "credentials_id", "connect_statement", *FROM_QLIK, *(FROM_QLIK_ONCE_MADE if made else ())}
    expected = {name: value for name, value in done.items() if name not in left_out}
    assert {name: value for name, value in foreseen.items() if name not in left_out} == expected
    if not made:
        assert pairs(foreseen["connect_statement"]) == pairs(done["connect_statement"])
    # Credentials that are made get their id then.
    assert foreseen["credentials_id"] in ("", done["credentials_id"])
    before = {name: as_text(value) for name, value in foreseen["properties"].items()}
    after = {name: as_text(value) for name, value in done["properties"].items()}
    if made:  # Qlik adds the defaults
        after = {name: value for name, value in after.items() if name in before}
    assert {**before, **dict.fromkeys(SHOWN_OF_CREDENTIALS)} == {**after, **dict.fromkeys(SHOWN_OF_CREDENTIALS)}


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Once properties are written into a raw statement, Qlik adds the defaults of all others: only it can say which.
@given(start=st.none() | definitions(stated=False), wanted=definitions(), others=OTHERS)
def test_check_mode_returns_what_the_real_run_returns(
    emulator_server: Emulator, start: dict[str, Any] | None, wanted: dict[str, Any], others: dict[str, Any]
) -> None:
    tenant = tenant_with(emulator_server, start)
    options = {**wanted, **others}
    foreseen = run(ONE, tenant, options, check=True)
    done = run(ONE, tenant, options)
    if foreseen.get("failed"):
        assert (done["failed"], done["msg"]) == (True, foreseen["msg"])
        return
    assert not done.get("failed"), done["msg"]
    assert foreseen["action"] == done["action"]
    compare(foreseen["connection"], done["connection"], made=done["action"] in ("create", "replace"))


OWN = {**PLACE, "data_source": "postgres", "properties": {"host": "h", "username": "u"}, "secrets": {"password": "x1"}}
STATEMENT = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host={};db=d;"'
STATED = {
    **PLACE,
    "data_source": "postgres",
    "connect_statement": STATEMENT.format("h"),
    "secrets": {"password": "x1", "username": "u"},
}
SEPARATE = {**OWN, "separate_credentials": True, "credentials": "svc"}


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (OWN, SEPARATE),
        (OWN, {**OWN, "separate_credentials": True}),
        (OWN, {**OWN, "credentials": "shared", "secrets": None}),
        (SEPARATE, {**SEPARATE, "credentials": "svc 2"}),
        (SEPARATE, {**OWN, "separate_credentials": False}),
        (SEPARATE, {**SEPARATE, "properties": {"host": "new", "username": "u"}}),
        (None, SEPARATE),
        (OWN, {**SEPARATE, "data_source": "mssql", "properties": {"host": "h"}}),
        (SEPARATE, {**OWN, "data_source": "mssql", "properties": {"host": "h"}}),
        (STATED, {**STATED, "connect_statement": STATEMENT.format("new")}),
        (OWN, {**OWN, "properties": {"host": "new", "port": 5433, "username": "other"}}),
    ],
)
def test_what_changes_of_credentials_and_statement_is_foreseen(
    emulator_server: Emulator, start: dict[str, Any] | None, wanted: dict[str, Any]
) -> None:
    tenant = tenant_with(emulator_server, start)
    foreseen = succeed(ONE, tenant, wanted, check=True)
    writes = tenant.writes()
    done = succeed(ONE, tenant, wanted)
    assert len(tenant.writes()) > len(writes)
    compare(foreseen["connection"], done["connection"], made=done["action"] in ("create", "replace"))
    assert foreseen["connection"]["separate_credentials"] == done["connection"]["separate_credentials"]
