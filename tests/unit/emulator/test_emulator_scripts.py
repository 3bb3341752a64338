"""The emulated script language: text, statements, errors and log, each documented rule of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.emulator.script_text import end_of_quoted, statements_of, unquoted, without_comments
from tests.unit.emulator.scripts import MODE_0, Ran, reach


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
