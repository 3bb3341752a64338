"""How each kind of source is tried, and what each number of an error says."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import Reading, read_log
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_script import NOT_REACHED
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_verdict import shown, verdict
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import ONE_ROW, Way, way_to_try
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.candidates import candidates

ODBC = "QvOdbcConnectorPackage.exe"
REST = "QvRestConnector.exe"
SQL = Way("statement", ONE_ROW, tells=True)
FAILED = [
    *(700, 401, 403, 404, 408, 11033, 11034, 11035, 11036, 11037, 11038, 11042, 11043),
    *(30002, 30003, 30012, 30015, 30020, 30026, 30031, 30034),
]
UNKNOWN = [
    *(6, 10, 19, 2001, 2005, 3003, 10000, 11000, 11002, 11014, 11015, 11020, 11024, 11025, 11030, 11040, 11041),
    *(11044, 11048, 12345),
]


def nothing(text: str) -> str:
    return text


@pytest.mark.parametrize("code", FAILED)
def test_numbers_that_say_a_connection_fails(code: int) -> None:
    judged = verdict(Reading(1, connect=5, counted=1, codes=(code,)), SQL, nothing)
    assert (judged.works, judged.again) == (False, False)
    assert str(code) in judged.message


@pytest.mark.parametrize("code", [18, 500, 501, 502, 503, 504])
def test_numbers_after_which_it_is_tried_once_more(code: int) -> None:
    judged = verdict(Reading(1, connect=5, counted=1, codes=(code,)), SQL, nothing)
    assert (judged.works, judged.again) == (False, True)


@pytest.mark.parametrize("code", UNKNOWN)
def test_numbers_that_say_nothing_of_the_connection(code: int) -> None:
    judged = verdict(Reading(1, connect=5, counted=1, codes=(code, 11043)), SQL, nothing)
    assert judged.works is None
    assert judged.message


def test_an_error_without_a_number_is_not_guessed_from_its_words() -> None:
    said = "Access denied: the password is wrong and the host can't be reached"
    assert verdict(Reading(1, connect=5, counted=1, text=said), SQL, nothing).works is None
    # ODBC's state is a number: 28 is a sign-in, 08 the network, 42 the statement.
    assert verdict(Reading(1, connect=3, counted=1, states=("28000",)), SQL, nothing).works is False
    assert verdict(Reading(1, connect=3, counted=1, states=("08001",)), SQL, nothing).works is False
    assert verdict(Reading(1, connect=3, counted=1, states=("42000",)), SQL, nothing).works is None
    # The script's own number, where Qlik gives it there.
    assert verdict(Reading(1, connect=11043, counted=1), SQL, nothing).works is False


def test_a_refused_statement_is_not_a_refused_connection() -> None:
    refused = Reading(1, read=5, counted=1, codes=(11043,))
    users = Way("statement", "SELECT x FROM y")
    assert verdict(refused, users, nothing).works is None
    assert "statements" in verdict(refused, users, nothing).message
    assert verdict(refused, SQL, nothing).works is False
    assert verdict(refused._replace(states=("42501",)), SQL, nothing).works is None
    assert verdict(refused._replace(states=("28000",)), users, nothing).works is False


def test_nothing_counts_as_working_that_was_not_seen_to() -> None:
    assert verdict(Reading(1), SQL, nothing).works is True
    assert verdict(Reading(1, read=NOT_REACHED), SQL, nothing).works is None
    assert verdict(Reading(1, counted=1), SQL, nothing).works is None
    assert verdict(Reading(1), Way("files"), nothing).works is None
    assert verdict(Reading(1, found=True), Way("files"), nothing).works is True
    assert verdict(Reading(1, codes=(30003,)), Way("files"), nothing).works is False
    assert verdict(Reading(1), SQL._replace(needs_row=True), nothing).works is None
    assert verdict(Reading(1), Way("connect", opens=False), nothing).works is None
    assert verdict(Reading(1), Way("connect"), nothing).works is True


@pytest.mark.parametrize(
    ("source", "connector", "statement"),
    [
        ("postgres", ODBC, ONE_ROW),
        ("DG_apache-hive", ODBC, ONE_ROW),
        ("DG_azure_sql", ODBC, ONE_ROW),
        ("oracle", ODBC, "SELECT 1 AS {column} FROM DUAL"),
        ("DG_oracle", ODBC, "SELECT 1 AS {column} FROM DUAL"),
        ("DG_apache-phoenix", ODBC, "SELECT 1 AS {column} FROM SYSTEM.CATALOG LIMIT 1"),
        ("sfdc", "QvSalesforceConnector.exe", "SELECT Id FROM Organization LIMIT 1"),
    ],
)
def test_statements_by_source(source: str, connector: str, statement: str) -> None:
    way, problem = way_to_try(source, connector, {}, None)
    assert problem == ""
    assert way is not None
    assert (way.kind, way.statement) == ("statement", statement)


def test_sources_without_a_statement() -> None:
    for source in ("mongo", "DG_sap-bw", "DG_GenericDriver", "jdbc_cassandra"):
        assert way_to_try(source, ODBC, {}, None) == (Way("connect", opens=False), "")
        assert way_to_try(source, ODBC, {}, "") == (Way("connect"), "")
    assert way_to_try("mlautoml", "QlikConnectorsCommonService.exe", {}, None) == (Way("connect", opens=False), "")
    for source in ("repsrc_mysql", "reptgt_qdis3"):
        way, problem = way_to_try(source, "x", {}, "SELECT 1")
        assert way is None
        assert "data integration" in problem
    for source in ("File_AmazonS3ConnectorV2", "DG_File_local"):
        assert way_to_try(source, "x", {}, None) == (Way("files"), "")


def test_a_rest_source_is_only_asked_by_get() -> None:
    way, problem = way_to_try("rest", REST, {"method": "get"}, None)
    assert way is not None
    assert 'FROM JSON (wrap on) "root"' in way.statement
    for properties in ({"method": "POST"}, {}, None):
        way, problem = way_to_try("rest", REST, properties, None)
        assert way is None
        assert "GET" in problem
    way, problem = way_to_try("rest", REST, {"method": "POST"}, 'SQL SELECT "a" FROM JSON (wrap on) "root";')
    assert way == Way("statement", 'SELECT "a" FROM JSON (wrap on) "root"', own=True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM x",
        "SELECT 1; SELECT 2",
        "SELECT $(=1)",
        "SELECT 'a",
        "SELECT 1 -- x",
        "SELECT /* x */ 1",
        "END IF",
        "SELECT [a",
        "SELECT a]",
        "SELECT '\"'",
        "SELECT \x07",
        "SELECTED",
        7,
        ["SELECT 1"],
    ],
)
def test_statements_that_could_leave_their_place(statement: object) -> None:
    way, problem = way_to_try("postgres", ODBC, {}, statement)  # type: ignore[arg-type] # what a user may give
    assert way is None
    assert "its statement can't be used" in problem


def test_who_can_be_reached_by_a_script_of_the_caller() -> None:
    connections = [
        Connection(id="1", name="Own", data_source="postgres", owner_id="me"),
        Connection(id="2", name="Other", data_source="postgres", owner_id="you"),
        Connection(id="3", name="Shared", data_source="postgres", space_id="s1", owner_id="you"),
        Connection(id="4", name="Hidden", data_source="postgres", space_id="s2"),
        Connection(id="5", name="$(x)", data_source="postgres", space_id="s1"),
        Connection(id="6", name="Mine", data_source="oracle", space_id="s1"),
    ]
    given = {"Sales:Mine": "SELECT 2 FROM DUAL", ":Own": "", "postgres": "SELECT 3"}
    found = candidates(connections, {"s1": "Sales"}, caller_id="me", statements=given)
    assert [one.name for one in found if one.way is not None] == ["Own", "Sales:Shared", "Sales:Mine"]
    assert found[0].way == Way("connect")
    assert found[2].way == Way("statement", "SELECT 3", own=True)
    assert found[5].way == Way("statement", "SELECT 2 FROM DUAL", own=True)
    assert "another user" in found[1].problem
    assert "$(" in found[4].problem
    in_space = candidates(connections, {"s1": "Sales"}, caller_id="me", statements={}, in_space=True)
    assert [one.name for one in in_space if one.way is not None] == ["Sales:Shared", "Sales:Mine"]


def test_what_a_log_says_is_read_with_its_times() -> None:
    log = (
        "\ufeff20260929T140501.200+0500 Execution started.\r\n"
        "20260929T140501.300+0500 TRACE qlikops r1 begin 1 mark\r\n"
        "20260929T140501.300+0500 qlikops r1 begin 1 mark\r\n"
        "20260929T140501.400+0500 LIB CONNECT TO 'Sales:A'\r\n"
        "20260929T140503.100+0500 The following error occurred:\r\n"
        "20260929T140503.100+0500 SQL##f - SqlState: S1000, ErrorCode: 1045, ErrorMsg: Access denied for 'app'\r\n"
        "20260929T140503.100+0500 The engine error code: EDC_ERROR:11043\r\n"
        "20260929T140503.100+0500 The error occurred here:\r\n"
        "20260929T140503.200+0500 TRACE qlikops r1 end 1 5 99999 0 1 0 mark\r\n"
        "20260929T140503.200+0500 qlikops r1 end 1 5 99999 0 1 0 mark\r\n"
    )
    reading = read_log(log, "r1").readings[1]
    assert (reading.connect, reading.counted, reading.codes, reading.states) == (5, 1, (11043,), ("S1000",))
    assert reading.seconds == 1.9
    assert verdict(reading, SQL, nothing).message == "Access denied for 'app' (Qlik's error 11043)"


def test_a_message_shows_no_secret_of_its_own_and_none_that_is_known() -> None:
    text = "postgres://app:hunter2hunter2@db.example.com failed; password=swordfish99; token s3cr3t-canary \x1b[31m"
    said = shown(text, lambda value: value.replace("s3cr3t-canary", "********"))
    for secret in ("hunter2hunter2", "swordfish99", "s3cr3t-canary", "\x1b"):
        assert secret not in said
