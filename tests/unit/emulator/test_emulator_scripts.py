"""The emulated script language: each documented rule of it, on connections that do what the test says."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.emulator.ends import HOSTILE_TEXT
from tests.emulator.privileges import DEFAULT_SCOPES, Identity
from tests.emulator.script import Script
from tests.emulator.script_log import Outcome, ScriptLog
from tests.emulator.script_sources import Sources
from tests.emulator.script_text import end_of_quoted, statements_of, unquoted, without_comments

MODE_0 = "SET ErrorMode=0;\n"


class Ran:
    """What came of a script."""

    def __init__(self, tenant: Tenant, text: str, *, user: str = "admin", space: str | None = None) -> None:
        behaviours = dataclasses.replace(tenant.behaviours)
        log = ScriptLog(behaviours)
        caller = Identity(tenant.user(user), None)
        sources = Sources(tenant, caller, tenant.space(space).id if space else None, log, waits=False)
        self.script = Script(sources, log, behaviours, {})
        self.outcome: Outcome = self.script.run(text)
        self.lines = [line for _seconds, line in log.entries]

    def __getitem__(self, name: str) -> Any:
        value = self.script.variables.get(name)
        return getattr(value, "number", value)

    @property
    def numbers(self) -> list[int]:
        """Give the engine's numbers that the log quotes."""
        marks = [line.rpartition(":")[2] for line in self.lines if line.startswith("The engine error code")]
        return [int(mark) for mark in marks]


@pytest.fixture
def places(acme: Tenant) -> Tenant:
    """Connections: Orders in the space Sales, Own in admin's personal space, Mine in analyst's, Lake of files."""
    acme.add_space("Sales")
    acme.add_connection("Orders", space="Sales", properties={"host": "db.example", "username": "u", "password": "p"})
    acme.add_connection("Own")
    acme.add_connection("Mine", owner="analyst")
    acme.add_connection("Lake", "File_AmazonS3ConnectorV2", {"bucketName": "b"}, space="Sales")
    acme.add_connection("Web", "rest", {"url": "https://x.example"}, space="Sales")
    return acme


def reach(name: str, statement: str = "SQL SELECT 1 AS x") -> str:
    """Write the two statements that try a connection, and note their errors."""
    return (
        f"LIB CONNECT TO '{name}';\nLET e1 = Num(ScriptError);\n{statement};\nLET e2 = Num(ScriptError);\n"
        "LET n = ScriptErrorCount;\n"
    )


class TestText:
    @pytest.mark.parametrize(
        ("text", "inner"),
        [
            ("'It''s'", "It's"),
            ("[a]]b]", "a]b"),
            ("[it's]", "it's"),
            ('"say ""x"""', 'say "x"'),
            ("`a'b`", "a'b"),
            ("`a``b`", None),
            ("'a' 'b'", None),
            ("'a", None),
            ("'", None),
        ],
    )
    def test_a_quote_is_doubled_inside_its_own_quotes_and_a_grave_accent_never(
        self, text: str, inner: str | None
    ) -> None:
        assert unquoted(text) == inner

    @given(st.text(alphabet="ab'\"[]`;$( {,", max_size=20))
    def test_what_is_quoted_is_one_quotation(self, name: str) -> None:
        quoted = "'" + name.replace("'", "''") + "'"
        assert unquoted(quoted) == name
        assert end_of_quoted(quoted + ";", 0) == len(quoted)
        bracketed = "[" + name.replace("]", "]]") + "]"
        assert unquoted(bracketed) == name

    def test_statements_end_with_semicolons_and_control_clauses_with_lines_too(self) -> None:
        text = "TRACE\n a;;IF x THEN\nTRACE 'b;c'; END IF\nrem no; it; \nNEXT f; LET a='x\ny';"
        assert [statement.text for statement in statements_of(text)] == [
            "TRACE\n a", "IF x THEN", "TRACE 'b;c'", "END IF", "it", "NEXT f", "LET a='x\ny'",
        ]  # fmt: skip

    def test_comments_are_no_statements_and_quoted_marks_are_no_comments(self) -> None:
        text = "a // b;\nc /* d\n e */ 'lib://x/*' f"
        assert without_comments(text) == "a \nc \n 'lib://x/*' f"


class TestNames:
    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("Sales:Orders", True),
            ("Own", True),
            (":Own", True),
            ("Orders", False),
            (":Orders", False),
            ("Sales:orders", False),
            ("sales:Orders", False),
            ("Sales:Own", False),
            ("Mine", False),
            ("Nowhere:Orders", False),
            ("Sales:Orders ", False),
        ],
    )
    def test_a_personal_app_finds_connections_by_space_or_in_the_personal_one(
        self, places: Tenant, name: str, found: bool
    ) -> None:
        ran = Ran(places, MODE_0 + reach(name))
        assert ran.numbers == ([] if found else [11015, 11030])

    def test_an_app_of_a_space_takes_a_bare_name_as_its_spaces_or_as_personal(self, places: Tenant) -> None:
        assert Ran(places, MODE_0 + reach("Orders"), space="Sales").numbers == []
        assert Ran(places, MODE_0 + reach(":Orders"), space="Sales").numbers == []
        assert Ran(places, MODE_0 + reach("Own"), space="Sales").numbers == [11015, 11030]
        places.set_behaviours(bare_names="personal")
        assert Ran(places, MODE_0 + reach("Own"), space="Sales").numbers == []
        assert Ran(places, MODE_0 + reach("Orders"), space="Sales").numbers == [11015, 11030]

    @pytest.mark.parametrize(
        ("roles", "found"),
        [([], False), (["consumer"], False), (["dataconsumer"], True), (["codeveloper"], False), (["producer"], True)],
    )
    def test_a_member_needs_dataconsumer_or_more(self, places: Tenant, roles: list[str], found: bool) -> None:
        if roles:
            places.assign(places.space("Sales"), places.user("analyst").id, roles)
        ran = Ran(places, MODE_0 + reach("Sales:Orders"), user="analyst")
        assert (ran.numbers == []) is found
        if not found:
            assert ran.numbers == [11015, 11030]

    def test_an_administrator_without_a_role_finds_nothing_unless_a_switch_says_so(self, places: Tenant) -> None:
        places.user("analyst").roles.append("TenantAdmin")
        assert Ran(places, MODE_0 + reach("Sales:Orders"), user="analyst").numbers == [11015, 11030]
        places.set_behaviours(admin_uses_connections=True)
        assert Ran(places, MODE_0 + reach("Sales:Orders"), user="analyst").numbers == []

    def test_odd_names_are_found_in_their_quotes(self, places: Tenant) -> None:
        for name in ("It's; odd", "[a]", "b]c", "{d},", "`", "$x", "( ;"):
            places.add_connection(name, space="Sales")
            single, brackets = name.replace("'", "''"), name.replace("]", "]]")
            for quoted in (f"'Sales:{single}'", f"[Sales:{brackets}]"):
                assert Ran(places, f"LIB CONNECT TO {quoted};\nTRACE in;").outcome == Outcome(), quoted

    def test_an_expansion_in_a_name_has_no_escape(self, places: Tenant) -> None:
        places.add_connection("a$(b)c", space="Sales")
        assert Ran(places, MODE_0 + "LIB CONNECT TO 'Sales:a$(b)c';").numbers == [11015]
        places.add_connection("ac", space="Sales")
        assert Ran(places, MODE_0 + "LIB CONNECT TO 'Sales:a$(b)c';").numbers == []

    def test_a_name_out_of_its_quotes_is_none(self, places: Tenant) -> None:
        assert Ran(places, MODE_0 + "LIB CONNECT TO Own;").numbers == [11003]
        assert Ran(places, MODE_0 + "LIB CONNECT TO 'It's';TRACE never';").numbers == [11003]
        assert Ran(places, MODE_0 + "ODBC CONNECT TO [x];").numbers == [11032]

    def test_what_the_caller_may_not_use_otherwise(self, places: Tenant) -> None:
        separate = {"host": "h", "username": "u", "password": "p", "separateCredentials": True}
        places.add_connection("Separate", properties=separate, space="Sales")
        places.add_connection("DI", "repsrc_mysql", {"server": "s"}, space="Sales")
        places.add_connection("Gone", "mysql", {"host": "h"}, space="Sales")
        places.disabled_sources.add("mysql")
        places.assign(places.space("Sales"), places.user("analyst").id, ["dataconsumer"])
        assert Ran(places, reach("Sales:Separate")).numbers == []
        for name, number in (("Separate", 2005), ("DI", 11044), ("Gone", 11048)):
            ran = Ran(places, MODE_0 + f"LIB CONNECT TO 'Sales:{name}';", user="analyst")
            assert ran.numbers == [number], name

    def test_a_gateway_source_needs_its_scope(self, places: Tenant) -> None:
        places.add_connection("Far", "DG_postgres", {"gatewayInstance": "g", "host": "h"})
        ran = Ran(places, reach("Far"))
        assert ran.outcome == Outcome()
        ran.script.sources.caller = Identity(places.user("admin"), frozenset(DEFAULT_SCOPES[:2]))
        assert ran.script.run("LIB CONNECT TO 'Far';").fault is not None


class TestErrors:
    def test_error_mode_0_goes_on_and_the_others_end_the_script(self, places: Tenant) -> None:
        text = "LIB CONNECT TO 'nothing';\nTRACE on;"
        for mode, went_on in (("", False), ("SET ErrorMode=1;", False), ("SET ErrorMode=2;", False), (MODE_0, True)):
            ran = Ran(places, mode + text)
            assert ("on" in ran.lines, ran.outcome.fault is None) == (went_on, went_on), mode
            assert ran.lines[-1] == ("Execution finished." if went_on else "Execution Failed")

    def test_script_error_is_of_the_last_statement_and_is_zero_after_a_good_one(self, places: Tenant) -> None:
        text = MODE_0 + "LIB CONNECT TO 'nothing';\nLET a=Num(ScriptError);\nLET b=Num(ScriptError);"
        ran = Ran(places, text)
        assert (ran["a"], ran["b"], ran["ScriptError"]) == (1, 0, 0)
        places.set_behaviours(let_reads_script_error="zero")
        assert Ran(places, text)["a"] == 0

    def test_a_control_statement_reads_it_and_leaves_it(self, places: Tenant) -> None:
        for reading in ("error", "zero"):
            places.set_behaviours(let_reads_script_error=reading)
            ran = Ran(
                places,
                MODE_0 + "LIB CONNECT TO 'nothing';\nIF ScriptError<>0 THEN\nIF ScriptError=1 THEN\nSET a=seen;\n"
                "END IF\nEND IF\nIF ScriptError<>0 THEN\nSET b=no;\nEND IF",
            )
            assert (ran["a"], ran["b"]) == ("seen", None)

    def test_script_error_is_dual_and_its_text_is_empty_when_there_is_none(self, places: Tenant) -> None:
        places.set_end("refused", "Own")
        ran = Ran(places, MODE_0 + "LIB CONNECT TO 'Own';\nTRACE <$(ScriptError)>;\nTRACE <$(ScriptError)>;")
        assert "<General custom database error>" in ran.lines
        assert "<>" in ran.lines
        ran = Ran(places, MODE_0 + "IF $(ScriptError)=0 THEN\nSET a=1;\nEND IF")
        assert ran.numbers == [11003]

    def test_counts_and_lists_are_never_reset(self, places: Tenant) -> None:
        ran = Ran(places, MODE_0 + reach("nothing") + reach("Own") + "LET list = ScriptErrorList;")
        assert (ran["n"], len(ran["list"].split("\n"))) == (2, 2)

    def test_error_details_are_not_there(self, places: Tenant) -> None:
        assert Ran(places, "LET a = IsNull(ScriptErrorDetails);")["a"] == -1

    @pytest.mark.parametrize(
        "text",
        ["LOAD * INLINE [a];", "SUB x", "a = 1;", "LET a = Unknown(1);", "LET a = (1;", "IF 1 THEN TRACE a; END IF"],
    )
    def test_what_the_interpreter_does_not_know_is_an_error_of_syntax(self, places: Tenant, text: str) -> None:
        ran = Ran(places, text)
        assert ran.outcome.fault is not None
        assert 11001 <= ran.outcome.fault.number <= 11023

    @pytest.mark.parametrize(
        "text",
        [
            "IF 1=1\nTHEN\nTRACE a;\nEND IF",
            "IF 1=1 THEN\nTRACE a;",
            "END IF",
            "ELSE",
            "FOR EACH a IN 'x',\n'y'\nNEXT",
            "FOR EACH a IN 'x'\nTRACE a;",
            "FOR EACH a IN 'x'\nNEXT b",
            "NEXT",
            "EXIT FOR",
            "EXIT\nSCRIPT",
            "IF 1 THEN\nELSE\nELSEIF 1 THEN\nEND IF",
        ],
    )
    def test_a_control_statement_that_crosses_a_line_or_has_no_partner_ends_all(
        self, places: Tenant, text: str
    ) -> None:
        ran = Ran(places, MODE_0 + "TRACE before;\n" + text)
        assert ran.outcome.fault is not None
        assert "before" not in ran.lines

    def test_trace_with_stars_breaks_the_script(self, places: Tenant) -> None:
        assert Ran(places, "TRACE *** a;").outcome.fault is not None


class TestConnections:
    def test_select_without_an_open_connection_is_11030(self, places: Tenant) -> None:
        assert Ran(places, MODE_0 + "SQL SELECT 1 AS x;").numbers == [11030]
        assert Ran(places, MODE_0 + "LIB CONNECT TO 'Own';DISCONNECT;SQL SELECT 1 AS x;").numbers == [11030]
        assert Ran(places, MODE_0 + "LIB CONNECT TO 'Own';SELECT 1 AS x;").numbers == []

    def test_after_a_failed_connect_select_goes_to_the_connection_before(self, places: Tenant) -> None:
        text = MODE_0 + reach("Own") + reach("nothing")
        assert Ran(places, text).numbers == [11015]
        assert [access.what for access in places.ends.accesses] == ["connect", "select", "select"]
        places.set_behaviours(failed_connect="closes")
        assert Ran(places, text).numbers == [11015, 11030]
        places.set_behaviours(failed_connect="keeps")
        assert Ran(places, MODE_0 + reach("Own") + "DISCONNECT;" + reach("nothing")).numbers == [11015, 11030]

    @pytest.mark.parametrize(
        ("kind", "name", "statement", "numbers"),
        [
            ("works", "Orders", "SQL SELECT 1 AS x", []),
            ("refused", "Orders", "SQL SELECT 1 AS x", [11043, 11030]),
            ("unreachable", "Orders", "SQL SELECT 1 AS x", [11043, 11030]),
            ("no_row", "Orders", "SQL SELECT 1 AS x", []),
            ("refused", "Web", 'SQL SELECT "k" FROM JSON (wrap on) "root" PK "k"', [401]),
            ("unreachable", "Web", 'SQL SELECT "k" FROM JSON (wrap on) "root" PK "k"', [700]),
            ("works", "Web", "SQL SELECT 1 AS x", [11042]),
            ("works", "Lake", "SQL SELECT 1 AS x", [11042]),
            ("works", "Orders", "SQL DELETE FROM x", [11042]),
        ],
    )
    def test_ends(self, places: Tenant, kind: str, name: str, statement: str, numbers: list[int]) -> None:
        places.set_end(kind, name, space="Sales")
        ran = Ran(places, MODE_0 + reach(f"Sales:{name}", statement))
        assert ran.numbers == numbers
        assert ran["n"] == len(numbers)

    def test_an_end_is_told_by_name_space_or_source_and_the_newest_counts(self, places: Tenant) -> None:
        places.set_end("refused", data_source="postgres")
        places.set_end("works", "Own", space="")
        assert Ran(places, MODE_0 + reach("Own")).numbers == []
        assert Ran(places, MODE_0 + reach("Sales:Orders")).numbers == [11043, 11030]
        with pytest.raises(ValueError, match="can't be 'broken'"):
            places.set_end("broken")
        with pytest.raises(ValueError, match="no txt"):
            places.set_end("works", txt="a")

    def test_a_number_and_a_text_of_ones_own_may_quote_secrets(self, places: Tenant) -> None:
        text = "no {password}; TRACE x;\r\nThe engine error code: EDC_ERROR:0 $(y) {other}"
        places.set_end("refused", "Orders", number=30012, error=3, text=text)
        ran = Ran(places, MODE_0 + reach("Sales:Orders"))
        assert ran.numbers[0] == 30012
        assert ran["e1"] == 3
        assert text.replace("{password}", "p") in ran.lines

    def test_a_hostile_message_repeats_markers_and_tells_secrets_but_executes_nothing_by_itself(
        self, places: Tenant
    ) -> None:
        places.set_end("refused", "Orders", space="Sales", text=HOSTILE_TEXT)
        ran = Ran(places, MODE_0 + "TRACE mark 7;\n" + reach("Sales:Orders") + "TRACE after;")
        said = "\n".join(ran.lines)
        assert "\nmark 7\n" in said.split("TRACE mark 7", 1)[1].split("mark 7", 1)[1].replace("\r\n", "\n")
        assert "postgresql://u:p@db.example:5432/db password=p" in said
        assert (ran.lines[-2], ran.outcome.fault) == ("after", None)

    def test_a_message_in_a_trace_becomes_code(self, places: Tenant) -> None:
        places.set_end("refused", "Own", text="x; SET owned=yes; LET sum = $(=1+1)")
        ran = Ran(places, MODE_0 + "LIB CONNECT TO 'Own';\nTRACE $(ScriptErrorList);")
        assert (ran["owned"], ran["sum"]) == ("yes", 2)
        assert "x" in ran.lines

    def test_odbc_opens_at_connect_or_at_select(self, places: Tenant) -> None:
        places.set_end("refused", "Own")
        ran = Ran(places, MODE_0 + reach("Own"))
        assert (ran["e1"], ran.numbers) == (5, [11043, 11030])
        places.set_behaviours(odbc_opens_at="select")
        ran = Ran(places, MODE_0 + reach("Own"))
        assert (ran["e1"], ran["e2"], ran.numbers) == (0, 5, [11042])

    def test_a_hung_connection_ends_the_log_there(self, places: Tenant) -> None:
        places.set_end("hangs", "Own")
        ran = Ran(places, MODE_0 + "TRACE before;\nLIB CONNECT TO 'Own';\nTRACE after;")
        assert ran.outcome.hung
        assert ran.lines[-1] == "LIB CONNECT TO 'Own'"

    def test_secrets_may_decide(self, places: Tenant) -> None:
        places.set_end("accepts", "Orders", secrets={"password": "q"})
        assert Ran(places, MODE_0 + reach("Sales:Orders")).numbers == [11043, 11030]
        places.edit_connection(places.connection("Orders", "Sales").id, secrets={"password": "q"})
        assert Ran(places, MODE_0 + reach("Sales:Orders")).numbers == []

    @pytest.mark.parametrize(
        ("source", "bad", "good"),
        [
            ("DG_oracle", "SELECT 1 AS x", "SELECT 1 AS x FROM DUAL"),
            ("sfdc", "SELECT 1", "SELECT Id FROM Organization LIMIT 1"),
        ],
    )
    def test_a_statement_of_another_dialect_is_refused(self, places: Tenant, source: str, bad: str, good: str) -> None:
        places.add_connection("Other", source, {})
        assert Ran(places, MODE_0 + reach("Other", f"SQL {bad}")).numbers == [11042]
        assert Ran(places, MODE_0 + reach("Other", f"SQL {good}")).numbers == []


class TestTables:
    def test_rows_and_tables_can_be_asked_for_and_dropped(self, places: Tenant) -> None:
        ran = Ran(
            places,
            "LIB CONNECT TO 'Own';\np1: SQL SELECT 1 AS x1;\nLET rows=NoOfRows('p1');\nLET t=TableNumber('p1');\n"
            "DROP TABLE p1;\nLET gone=IsNull(TableNumber('p1'));",
        )
        assert (ran["rows"], ran["t"], ran["gone"]) == (1, 0, -1)
        assert "1 lines fetched" in ran.lines

    def test_no_row_makes_a_table_without_rows(self, places: Tenant) -> None:
        places.set_end("no_row", "Own")
        ran = Ran(places, "LIB CONNECT TO 'Own';\np1: SQL SELECT 1 AS x1;\nLET rows=NoOfRows('p1');")
        assert (ran["rows"], "0 lines fetched" in ran.lines) == (0, True)

    def test_a_table_that_is_not_there_can_not_be_dropped(self, places: Tenant) -> None:
        ran = Ran(places, MODE_0 + "DROP TABLE p1;\nLET e=Num(ScriptError);")
        assert (ran["e"], ran.numbers) == (10, [11001])

    def test_equal_tables_are_added_to_the_first(self, places: Tenant) -> None:
        text = "LIB CONNECT TO 'Own';\na: SQL SELECT 1 AS x;\nb: SQL SELECT 1 AS x;\n"
        text += "LET rows=NoOfRows('a');\nLET b=TableNumber('b');"
        ran = Ran(places, text)
        assert (ran["rows"], ran["b"]) == (2, None)
        places.set_behaviours(equal_tables="apart")
        ran = Ran(places, text)
        assert (ran["rows"], ran["b"]) == (1, 1)


class TestFiles:
    LIST = "FOR EACH f IN FileList('lib://Sales:Lake/*')\nLET n = n & 'x';\nEXIT FOR\nNEXT f\n"

    def test_a_listing_is_cut_short(self, places: Tenant) -> None:
        assert Ran(places, self.LIST)["n"] == "x"
        whole = Ran(places, self.LIST.replace("EXIT FOR\n", "") + "LET last = f;")
        assert (whole["n"], whole["last"]) == ("xxx", "lib://Sales:Lake/file3.csv")

    def test_no_file_and_no_error(self, places: Tenant) -> None:
        places.set_end("no_row", "Lake")
        ran = Ran(places, self.LIST)
        assert (ran["n"], ran.outcome) == (None, Outcome())

    def test_a_listing_that_fails_is_an_error_or_silent(self, places: Tenant) -> None:
        places.set_end("refused", "Lake")
        text = MODE_0 + self.LIST + "IF ScriptError<>0 THEN\nSET seen=yes;\nEND IF"
        ran = Ran(places, text)
        assert (ran["n"], ran["seen"], ran.numbers) == (None, "yes", [30031])
        places.set_behaviours(file_list_fails="silently")
        ran = Ran(places, text)
        assert (ran["n"], ran["seen"], ran.numbers) == (None, None, [])

    def test_other_paths(self, places: Tenant) -> None:
        for path, number in (("lib://Sales:Gone/*", 11024), ("lib://Sales:Orders/*", 11025), ("c:\\x", 11025)):
            assert Ran(places, MODE_0 + f"FOR EACH f IN FileList('{path}')\nNEXT").numbers == [number]

    def test_a_size_is_null_and_no_error(self, places: Tenant) -> None:
        assert Ran(places, "LET a = FileSize('lib://Sales:Lake/a.csv');")["a"] == 1024
        places.set_end("refused", "Lake")
        ran = Ran(places, "LET a = IsNull(FileSize('lib://Sales:Lake/a.csv'));")
        assert (ran["a"], ran.numbers) == (-1, [])


class TestStatements:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("SET a = 1+1;", "1+1"),
            ("SET a = 'x;y';", "x;y"),
            ("LET a = 1+1;", 2),
            ("LET a = 2*3-4/2;", 4),
            ("LET a = 'x' & 1;", "x1"),
            ("LET a = 'It''s';", "It's"),
            ("LET a = 1=1;", -1),
            ("LET a = not 1=2 and 2>=2;", -1),
            ("LET a = unknown;", None),
            ("SET a=1;\nLET a=;", None),
            ("SET a=;", ""),
            ("SET a=1;\r\nIF a=1 THEN\r\nSET a=2;\r\nEND IF\r\n", "2"),
            ("LET a = If(1<2, 'y', 'n');", "y"),
            ("LET a = Alt(Num('x'), 5);", 5),
            ("LET a = Len('abc') & Chr(65);", "3A"),
            ("SET b=2;\nLET a = b + 1;", 3),
            ("SET b=c;\nSET c=deep;\nSET a = $($(b));", "deep"),
            ("SET a = <$(nothing)>;", "<>"),
            ("SET a = $(=1+2);", "3"),
            ("SET b='''; SET x=1; ';\nLET a = '$(b)';", ""),
            ("LET A = 1;\nLET a = A & B;", "1"),
            ("SET a=1;\nEXIT SCRIPT;\nSET a=2;", "1"),
            ("SET a=1;\nEXIT SCRIPT WHEN 1=2;\nSET a=2;", "2"),
            ("SET a=1;\nEXIT SCRIPT UNLESS 1=2;\nSET a=2;", "1"),
            ("IF 1=2 THEN\nSET a=1;\nELSEIF 2=2 THEN\nSET a=2;\nELSE\nSET a=3;\nEND IF", "2"),
            ("IF 1=2 THEN; SET a=1; ELSE; SET a=3; END IF;", "3"),
            ("FOR EACH f IN 'x','y'\nLET a = a & f;\nNEXT", "xy"),
            ("FOR EACH f IN 'x','y'\nEXIT FOR WHEN f='y'\nLET a = a & f;\nNEXT", "x"),
            ("SLEEP 10;\nSET a=1; FLUSHLOG;", "1"),
        ],
    )
    def test_statements_and_expressions(self, places: Tenant, text: str, value: object) -> None:
        assert Ran(places, text)["a"] == value

    def test_an_endless_expansion_is_an_error(self, places: Tenant) -> None:
        ran = Ran(places, MODE_0 + "LET a = '$' & '(a)';\nTRACE $(a);")
        assert ran.numbers == [11002]


class TestLog:
    TEXT = MODE_0 + "SET m=one;\nTRACE mark $(m);\nFLUSHLOG;\nLIB CONNECT TO 'nothing';\n"

    def _text(self, places: Tenant, text: str = TEXT, **how: Any) -> list[str]:
        ran = Ran(places, text)
        written = ran.script.log.text(1790000000.0, 1e9, only_flushed=how.get("only_flushed", False))
        assert written.endswith("\r\n")
        return written.split("\r\n")[:-1]

    def test_it_begins_and_ends_as_seen_with_a_time_before_each_line(self, places: Tenant) -> None:
        lines = self._text(places)
        assert lines[0] == "20260921T141320.000+0000 Execution started."
        assert lines[-1].endswith("+0000 Execution finished.")
        block = [line.split(" ", 1)[1] for line in lines[-6:-1]]
        assert block == [
            "The following error occurred:",
            "The connection nothing can't be found",
            "The engine error code: EDC_ERROR:11015",
            "The error occurred here:",
            "LIB CONNECT TO 'nothing'",
        ]

    def test_statements_are_echoed(self, places: Tenant) -> None:
        for echo, expected in (("expanded", "TRACE mark one"), ("raw", "TRACE mark $(m)"), ("none", None)):
            places.set_behaviours(log_echo=echo, log_prefix="none")
            found = [line for line in self._text(places) if line.startswith("TRACE")]
            assert found == ([expected] if expected else [])

    def test_prefixes(self, places: Tenant) -> None:
        forms = {"none": "Ex", "iso": "2026-09-21 14:13:20 Ex", "numbered": "20260921T141320.000Z 0001 Ex"}
        for prefix, first in forms.items():
            places.set_behaviours(log_prefix=prefix)
            assert self._text(places)[0].startswith(first)

    def test_lines_may_be_there_twice(self, places: Tenant) -> None:
        places.set_behaviours(log_repeats=True)
        lines = self._text(places)
        assert lines[0::2] == lines[1::2]

    def test_errors_may_be_told_in_part(self, places: Tenant) -> None:
        for told, text, number in (("number", False, True), ("text", True, False), ("none", False, False)):
            places.set_behaviours(log_errors=told)
            whole = "\n".join(self._text(places))
            assert ("can't be found" in whole, "EDC_ERROR:11015" in whole) == (text, number)

    def test_what_was_flushed_is_what_a_cut_log_holds(self, places: Tenant) -> None:
        places.set_end("hangs", "Own")
        lines = self._text(places, self.TEXT + "LIB CONNECT TO 'Own';", only_flushed=True)
        assert lines[-1].endswith("FLUSHLOG")
