"""How emulated scripts find connections, what those do, and what comes of it: tables, files, errors."""

from __future__ import annotations

import pytest

from tests.emulator import Tenant
from tests.emulator.ends import HOSTILE_TEXT
from tests.emulator.privileges import DEFAULT_SCOPES, Identity
from tests.emulator.script_log import Outcome
from tests.unit.emulator.scripts import MODE_0, Ran, reach


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
