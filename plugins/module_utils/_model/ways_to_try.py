# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a connection is tried by a load script: what is run for which data source, and what can't be tried at all.

Sources: qlik.dev and Qlik's help about scripts; the statements beyond C(SELECT 1) are those of the databases' own
documentation. Nothing of the data is loaded: a statement gives one row, and a listing of files stops at the first.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import tells_of_an_error

Kind = t.Literal["statement", "files", "connect"]

REST_TYPE = "QvRestConnector.exe"
REST_STATEMENT = 'SELECT "__KEY_root" FROM JSON (wrap on) "root" PK "__KEY_root"'
ONE_ROW = "SELECT 1 AS {column}"
LONGEST_STATEMENT = 4000

# What stands for the column is another name in each statement: tables of equal columns become one.
_DIALECTS = {
    **dict.fromkeys(
        (
            "athena",
            "azure_sql",
            "azure_synapse",
            "databricks",
            "gbq",
            "hive",
            "impala",
            "mssql",
            "mysql",
            "postgres",
            "presto",
            "redshift",
            "snowflake",
            "spark",
            "sybase",
            "sybase_ase",
            "synapse",
            "teradata",
            "trino",
        ),
        ONE_ROW,
    ),
    "oracle": "SELECT 1 AS {column} FROM DUAL",
    **dict.fromkeys(("db2", "db2iseries", "db2luw", "db2zos", "ibm_db2"), "SELECT 1 AS {column} FROM SYSIBM.SYSDUMMY1"),
    **dict.fromkeys(("sap_hana", "saphana"), "SELECT 1 AS {column} FROM DUMMY"),
    "informix": "SELECT 1 AS {column} FROM systables WHERE tabid=1",
    "drill": "SELECT 1 AS {column} FROM (VALUES(1))",
    "phoenix": "SELECT 1 AS {column} FROM SYSTEM.CATALOG LIMIT 1",
    "sfdc": "SELECT Id FROM Organization LIMIT 1",
    "servicenow": "SELECT sys_id FROM sys_user LIMIT 1",
}
# They give no row, and no error either, to who may not see the table.
_ROW_NEEDS_A_RIGHT = frozenset(("sfdc", "servicenow"))
_DATA_INTEGRATION = ("repsrc_", "reptgt_")
_FILES = "file_"
_GATEWAY = re.compile(r"\Adg_")
_APACHE = re.compile(r"\Aapache_")
# By Qlik's own rule a name holds none of these (its error 2004). A colon ends the space's name.
_NOT_IN_NAMES = '\\/:*?"<>|'
_EXPANDED = "$("
_UNWRITABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))

_FIRST_WORD = re.compile(r"(?:SQL\s+)?(SELECT\b.*)\Z", re.IGNORECASE | re.DOTALL)
_QUOTES = "'\"`"
_CLOSING = {**{quote: quote for quote in _QUOTES}, "[": "]"}
_COMMENTS = ("//", "/*", "*/", "--")


class Way(t.NamedTuple):
    """How one connection is tried.

    C(statement) holds C({column}) where each needs a name of its own, unless it is the user's (C(own)). C(tells): when
    it is refused, that is about the connection and not about the statement. C(proven): so it is, and all the more,
    because it worked a moment ago. C(needs_row): only a row proves anything. C(opens): that LIB CONNECT succeeds
    counts, since the user says so.
    """

    kind: Kind
    statement: str = ""
    tells: bool = False
    needs_row: bool = False
    opens: bool = True
    own: bool = False
    proven: bool = False


def way_to_try(
    data_source: str, connector: str, properties: t.Mapping[str, t.Any] | None, given: str | None
) -> tuple[Way | None, str]:
    """How a connection of this source is tried, or None and why it can't be.

    C(connector) is the connection's type, C(given) the user's own statement, empty for LIB CONNECT alone.
    """
    source = _GATEWAY.sub("", data_source.lower().replace("-", "_"), count=1)
    if source.startswith(_DATA_INTEGRATION):
        return None, f"{data_source} is a source of data integration, which load scripts don't use"
    if source.startswith(_FILES):
        if given is not None:
            return None, "files are tried by listing them, and statements can't say otherwise"
        return Way("files"), ""
    if given is not None:
        return _way_of_statement(given)
    if connector.lower() == REST_TYPE.lower() or source == "rest":
        return _rest(properties)
    return _by_dialect(_APACHE.sub("", source, count=1))


def _by_dialect(source: str) -> tuple[Way | None, str]:
    statement = _DIALECTS.get(source)
    if statement is not None:
        return Way("statement", statement, tells=statement == ONE_ROW, needs_row=source in _ROW_NEEDS_A_RIGHT), ""
    # Whether LIB CONNECT signs in, or the first statement does, differs by connector, and nothing tells which.
    return Way("connect", opens=False), ""


def _way_of_statement(given: str) -> tuple[Way | None, str]:
    problem = statement_problem(given)
    if problem:
        return None, f"its statement can't be used: {problem}"
    statement = _plain_statement(given)
    if not statement:
        return Way("connect"), ""
    return Way("statement", statement, own=True), ""


def _rest(properties: t.Mapping[str, t.Any] | None) -> tuple[Way | None, str]:
    methods = [str(value) for name, value in (properties or {}).items() if name.lower() == "method"]
    if not methods:
        return None, "its HTTP method can't be told, and only GET is sure to change nothing"
    if methods[0].upper() != "GET":
        return None, (
            f"its HTTP method is {one_line(methods[0])[:20]}, and only GET is sure to change nothing. Give it a"
            " statement to have it sent all the same"
        )
    return Way("statement", REST_STATEMENT, tells=True), ""


def statement_problem(given: t.Any) -> str:
    """Why a user's statement can't be a part of the script: it must be one SELECT that ends where it seems to.

    Empty when it can.
    """
    if not isinstance(given, str):
        return "it must be a text"
    if len(given) > LONGEST_STATEMENT:
        return f"it has more than {LONGEST_STATEMENT} characters"
    text = _plain_statement(given)
    if not text:
        return ""
    if any(unicodedata.category(character) in _UNWRITABLE for character in text):
        return "it holds a control character"
    if ";" in text:
        return "it must be one statement, without a semicolon inside"
    if _EXPANDED in text:
        return "it must not hold $(, which Qlik replaces"
    if any(mark in text for mark in _COMMENTS):
        return "it must not hold a comment"
    if tells_of_an_error(text):
        return "it looks like an error in a log, which may show it"
    if not _FIRST_WORD.match(text):
        return "it must begin with SELECT"
    if not _has_closed_quotes(text):
        return "a quote or bracket in it isn't closed"
    return ""


def _plain_statement(given: str) -> str:
    """A statement on one line, without what the script adds: no line of it can be read as something else."""
    lines = given.replace("\t", " ").splitlines()
    text = " ".join(line.strip() for line in lines if line.strip())
    text = text[:-1].rstrip() if text.endswith(";") else text
    match = _FIRST_WORD.match(text)
    return match.group(1) if match else text


def _has_closed_quotes(text: str) -> bool:
    """Whether all quotes end, read in either way: those inside other quotes count, or they don't."""
    if any(text.count(quote) % 2 for quote in _QUOTES) or text.count("[") != text.count("]"):
        return False
    closing = ""
    for character in text:
        if closing:
            closing = "" if character == closing else closing
        elif character == "]":
            return False
        else:
            closing = _CLOSING.get(character, "")
    return not closing


def script_name(space_name: str, name: str) -> str:
    """The name by which a script calls a connection; C(space_name) is empty for a personal one."""
    return f"{space_name}:{name}" if space_name else name


def name_problem(space_name: str, name: str) -> str:
    """Why a script can't call a connection by its name without risk; empty when it can.

    Qlik replaces C($(…)) inside quotes too, and has no escape for it.
    """
    whole = script_name(space_name, name)
    if any(unicodedata.category(character) in _UNWRITABLE for character in whole):
        return "its name, or its space's, holds a control character, which no script can name"
    if _EXPANDED in whole:
        return "its name, or its space's, holds $(, which Qlik would replace in a script"
    if any(character in _NOT_IN_NAMES for character in space_name + name):
        return f"its name, or its space's, holds one of {_NOT_IN_NAMES}, by which a script can't name it"
    if not name:
        return "it has no name"
    if tells_of_an_error(whole):
        return "its name and its space's look like an error in a log, which may show them"
    return ""
