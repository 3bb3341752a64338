"""Runs scripts of the emulated language for tests, beside any server."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.emulator import Tenant
from tests.emulator.privileges import Identity
from tests.emulator.script import Script
from tests.emulator.script_log import Outcome, ScriptLog
from tests.emulator.script_sources import Sources

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


def reach(name: str, statement: str = "SQL SELECT 1 AS x") -> str:
    """Write the two statements that try a connection, and note their errors."""
    return (
        f"LIB CONNECT TO '{name}';\nLET e1 = Num(ScriptError);\n{statement};\nLET e2 = Num(ScriptError);\n"
        "LET n = ScriptErrorCount;\n"
    )
