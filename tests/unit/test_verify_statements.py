"""Sources of which the collection doesn't know what to ask: the user says it for tests, rollouts and rotations."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import host_options

from tests.emulator import Tenant
from tests.jobs import JOBS, fail, run, succeed
from tests.trial_time import TrialTime, without_waiting

MANY, ONE, TEST = "qlik_data_connections", "qlik_data_connection", "qlik_data_connection_test"
KEY = "a fingerprint key of tests"
OLD, NEW = "canary-old-7q", "canary-new-8w"
ASK = "SELECT _id AS x FROM health LIMIT 1"
SOURCES: dict[str, dict[str, Any]] = {
    "DG_mongo": {"host": "db.example.com", "database": "x", "username": "app", "gatewayInstance": "g1::g1"},
    "DG_GenericDriver": {"dsn": "warehouse", "username": "app", "gatewayInstance": "g1::g1"},
    "jdbc_cassandra": {"host": "db.example.com", "database": "x", "username": "app"},
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    acme.add_space("Sales")
    acme.gateways = {"DG_*": [{"id": "g1::g1", "name": "Frankfurt", "default": True}]}
    return without_waiting(monkeypatch, acme)


def definition(source: str = "DG_mongo", password: str = OLD, **more: Any) -> dict[str, Any]:
    found = {"name": "Documents", "space": "Sales", "data_source": source, "secrets": {"password": password}}
    return {**found, "properties": SOURCES[source], **more}


def rotation(source: str, **more: Any) -> dict[str, Any]:
    declared = definition(source, NEW, secrets_previous={"password": OLD})
    return {"connections": [declared], "fingerprint_key": KEY, "secrets_only": True, "put_back": True, **more}


def accepts(tenant: Tenant, password: str) -> None:
    tenant.set_end("accepts", "Documents", space="Sales", secrets={"password": password})


def held(tenant: Tenant) -> str:
    return str(tenant.secrets_of(tenant.connection("Documents", "Sales").id)["password"])


@pytest.mark.parametrize("opens_at", ["connect", "select"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("by", ["source", "name"])
def test_a_rotation_ends_as_verified_or_put_back(acme: Tenant, source: str, by: str, opens_at: str) -> None:
    acme.set_behaviours(odbc_opens_at=opens_at)
    succeed(MANY, acme, {"connections": [definition(source)], "fingerprint_key": KEY})
    statements = {"verify_statements": {source if by == "source" else "Sales:Documents": ASK}}
    accepts(acme, OLD)
    result = run(MANY, acme, rotation(source, **statements))
    assert "put back: it doesn't connect with the new secrets" in result["msg"]
    assert "It connects with secrets_previous" in result["msg"]
    assert (held(acme), result["results"][0]["works"]) == (OLD, True)
    accepts(acme, NEW)
    result = succeed(MANY, acme, rotation(source, **statements, send_refused=True))
    assert (held(acme), result["results"][0]["works"]) == (NEW, True)
    assert {access.text for access in acme.ends.accesses if access.what == "select"} == {ASK}


@pytest.mark.parametrize("state", ["42000", "42501", "HY000", ""])
@pytest.mark.parametrize("space", ["Sales", ""])
def test_what_worked_beforehand_is_refused_for_the_new_secrets(acme: Tenant, space: str, state: str) -> None:
    acme.set_behaviours(odbc_opens_at="select")
    text = f"SqlState: {state}, ErrorCode: 1044, ErrorMsg: denied" if state else "denied"
    found = definition("jdbc_cassandra", NEW, secrets_previous={"password": OLD})
    old = {**found, "secrets": {"password": OLD}}
    for one in (found, old):
        one["space"] = space or None
    succeed(MANY, acme, {"connections": [old], "fingerprint_key": KEY})
    acme.set_end("accepts", "Documents", space=space, secrets={"password": OLD}, text=text)
    statements = {"verify_statements": {f"{space}:Documents": ASK}}
    result = run(MANY, acme, {**rotation("jdbc_cassandra", **statements), "connections": [found]})
    assert "put back: it doesn't connect with the new secrets: denied" in result["msg"]
    assert acme.secrets_of(acme.connection("Documents", space or None).id)["password"] == OLD


def test_a_state_that_passes_says_nothing_of_the_new_secrets(acme: Tenant) -> None:
    acme.set_behaviours(odbc_opens_at="select")
    succeed(MANY, acme, {"connections": [definition("jdbc_cassandra")], "fingerprint_key": KEY})
    text = "SqlState: 40001, ErrorCode: 1213, ErrorMsg: deadlock"
    acme.set_end("accepts", "Documents", space="Sales", secrets={"password": OLD}, text=text)
    message = fail(MANY, acme, rotation("jdbc_cassandra", verify_statements={"jdbc_cassandra": ASK}))
    assert "the statement was refused" in message
    assert held(acme) == NEW


@pytest.mark.parametrize("later", [ASK, "SELECT another"])
def test_a_rotation_that_was_cut_off_knows_that_its_statement_worked(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    acme.set_behaviours(odbc_opens_at="select")
    succeed(MANY, acme, {"connections": [definition("jdbc_cassandra")], "fingerprint_key": KEY})
    accepts(acme, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(data_connections, "verified_rotation", killed)
        with pytest.raises(KeyboardInterrupt):
            run(MANY, acme, rotation("jdbc_cassandra", verify_statements={"jdbc_cassandra": ASK}))
    assert held(acme) == NEW
    acme.ends.accesses.clear()
    message = fail(MANY, acme, rotation("jdbc_cassandra", verify_statements={"jdbc_cassandra": later}))
    selected = [access for access in acme.ends.accesses if access.what == "select"]
    if later == ASK:  # with the new secrets, and with the old ones
        assert ("put back: it doesn't connect" in message, held(acme), len(selected)) == (True, OLD, 2)
        assert "not sent" in fail(MANY, acme, rotation("jdbc_cassandra", verify_statements={"jdbc_cassandra": ASK}))
    else:
        assert ("neither known to work nor put back" in message, held(acme)) == (True, NEW)
    assert not acme.apps
    rotating = [tag for tag in acme.connection("Documents", "Sales").tags if ":rotating:" in tag]
    assert len(rotating) == (later != ASK)


def killed(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_run_without_a_way_back_leaves_what_was_proven(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    succeed(MANY, acme, {"connections": [definition("jdbc_cassandra")], "fingerprint_key": KEY})
    statements = {"verify_statements": {"jdbc_cassandra": ASK}}
    with monkeypatch.context() as patch:
        patch.setattr(data_connections, "verified_rotation", killed)
        with pytest.raises(KeyboardInterrupt):
            run(MANY, acme, rotation("jdbc_cassandra", **statements))
    tags = set(acme.connection("Documents", "Sales").tags)
    declared = definition("jdbc_cassandra", NEW, secrets_previous={"password": OLD}, update_secrets="always")
    result = succeed(MANY, acme, {"connections": [declared], "fingerprint_key": KEY})
    assert "a rotation of its secrets was cut off" in " ".join(result["warnings"])
    assert set(acme.connection("Documents", "Sales").tags) == tags
    succeed(MANY, acme, rotation("jdbc_cassandra", **statements))
    assert not [tag for tag in acme.connection("Documents", "Sales").tags if ":rotating:" in tag]


@pytest.mark.parametrize("statement", ["SELECT {column} AS x", "SELECT 'a  b' AS x"])
def test_a_statement_is_run_as_it_was_given(acme: Tenant, statement: str) -> None:
    succeed(MANY, acme, {"connections": [definition()], "fingerprint_key": KEY})
    for given in (statement, f"SQL\n  {statement}\n;\n"):
        succeed(TEST, acme, {"statements": {"DG_mongo": given}})
    selected = [access.text for access in acme.ends.accesses if access.what == "select"]
    assert selected == [statement, statement]


@pytest.mark.parametrize("statement", ["", " \n", ";", " ; "])
def test_nothing_but_an_end_is_an_empty_statement(acme: Tenant, statement: str) -> None:
    succeed(MANY, acme, {"connections": [definition()], "fingerprint_key": KEY})
    assert succeed(TEST, acme, {"statements": {"DG_mongo": statement}})["tests"][0]["works"] is True


def test_a_statement_that_never_worked_is_not_taken_for_a_wrong_secret(acme: Tenant) -> None:
    succeed(MANY, acme, {"connections": [definition("jdbc_cassandra")], "fingerprint_key": KEY})
    statements = {"verify_statements": {"jdbc_cassandra": ASK}}
    acme.set_end("refused", "Documents", space="Sales", number=11042, text="no table health")
    message = fail(MANY, acme, rotation("jdbc_cassandra", **statements))
    assert "it connects, and the statement was refused. Name another (verify_statements)" in message
    assert held(acme) == NEW
    assert not acme.apps


def test_only_what_is_sent_and_needs_it_is_tried_beforehand(acme: Tenant) -> None:
    succeed(MANY, acme, {"connections": [definition("jdbc_cassandra")], "fingerprint_key": KEY})
    options = rotation("jdbc_cassandra", verify_statements={"jdbc_cassandra": ASK})
    for check, selected in ((True, 0), (False, 2), (False, 1)):
        acme.ends.accesses.clear()
        succeed(MANY, acme, options, check=check)
        assert len([access for access in acme.ends.accesses if access.what == "select"]) == selected


def test_without_a_statement_the_message_names_the_option_that_takes_one(acme: Tenant) -> None:
    succeed(MANY, acme, {"connections": [definition()], "fingerprint_key": KEY})
    message = fail(MANY, acme, rotation("DG_mongo"))
    assert "Name a statement, or an empty one to count that (verify_statements)" in message
    tried = succeed(TEST, acme)["tests"][0]
    assert "(statements)" in tried["message"]


def test_an_empty_statement_counts_that_it_opens(acme: Tenant) -> None:
    wanted = {**definition(), "fingerprint_key": KEY, "verify": "all"}
    assert succeed(ONE, acme, wanted)["works"] is None
    assert succeed(ONE, acme, {**wanted, "verify_statements": {"DG_mongo": ""}})["works"] is True
    both = {"Sales:Documents": "", "DG_mongo": ASK}
    assert succeed(ONE, acme, {**wanted, "verify_statements": both})["works"] is True
    assert not [access for access in acme.ends.accesses if access.what == "select"]


def test_the_callers_own_connection_has_a_name_too(acme: Tenant) -> None:
    mine = {name: value for name, value in definition().items() if name != "space"}
    wanted = {"connections": [mine], "fingerprint_key": KEY, "verify": "all"}
    assert succeed(MANY, acme, {**wanted, "verify_statements": {":Documents": ASK}})["results"][0]["works"] is True


@pytest.mark.parametrize("statement", ["DROP TABLE x", "SELECT 1; EXIT SCRIPT", None])
def test_what_cannot_be_a_statement_is_said_before_anything_is_written(acme: Tenant, statement: str | None) -> None:
    wrong = {"fingerprint_key": KEY, "verify": "changed", "verify_statements": {"DG_mongo": statement}}
    for check in (False, True):
        for options in ({"connections": [definition()], **wrong}, rotation("DG_mongo", **wrong)):
            message = run(MANY, acme, options, check=check)["msg"]
            assert "verify_statements can't be used as they are:\n- DG_mongo: it must be" in message
        assert "verify_statements can't be used" in run(ONE, acme, {**definition(), **wrong}, check=check)["msg"]
    assert not acme.writes()
    succeed(MANY, acme, {"connections": [definition()], **wrong, "verify": "never"})


def test_a_statement_has_a_bound(acme: Tenant) -> None:
    message = fail(TEST, acme, {"statements": {"DG_mongo": "SELECT " + "x" * 4000}})
    assert "- DG_mongo: it has more than 4000 characters" in message


@pytest.mark.parametrize(("module", "option"), [(MANY, "verify_statements"), (TEST, "statements")])
def test_a_key_in_a_statement_is_not_shown_among_the_options(module: str, option: str) -> None:
    _job, spec = JOBS[module]
    statement = "SELECT x FROM health WHERE password='canary-one' AND api_key = 'canary-two'"
    shown = mask_options({option: {"DG_mongo": statement, "Sales:A": ASK, "jdbc_x": ["canary-three"]}}, spec())
    assert "canary" not in str(shown)
    assert "SELECT x FROM health WHERE password=" in shown[option]["DG_mongo"]
    assert shown[option]["Sales:A"] == ASK
    assert "canary" not in str(mask_options({option: "canary-four"}, spec()))


def test_one_variable_serves_tests_rollouts_and_rotations() -> None:
    shared = {"qlik_test_statements": {"DG_mongo": ASK}, "qlik_test_app_space": "Tests"}
    assert host_options(shared, lambda value: value) == {"verify_statements": {"DG_mongo": ASK}, "app_space": "Tests"}
    own = {"qlik_connections_verify_statements": {}, "qlik_connections_app_space": "Rollouts"}
    found = host_options({**shared, **own}, lambda value: value)
    assert found == {"verify_statements": {}, "app_space": "Rollouts"}
