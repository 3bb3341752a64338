"""The log of a script, line by line with the time of each (seen in logs of Qlik Sense, client-managed).

How Qlik Cloud writes it nobody said: the switches `log_…` are about that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from .behaviours import Behaviours
from .script_text import EngineError

LINE_END = "\r\n"
FINISHED, FAILED = "Execution finished.", "Execution Failed"
NO_TEXT = "General Script Error"


def error_block(fault: EngineError, statement: str, *, text: bool = True, number: bool = True) -> list[str]:
    """Give the lines about an error: what was said, the engine's number, the statement."""
    lines = ["The following error occurred:", fault.text if text else NO_TEXT]
    if number:
        lines.append(f"The engine error code: EDC_ERROR:{fault.number}")
    return [*lines, "The error occurred here:", statement]


@dataclass
class Outcome:
    """How a run ended: `hung`, or with the error that ended it (None: none did), and the number of errors."""

    hung: bool = False
    errors: int = 0
    fault: EngineError | None = None
    statement: str = ""


@dataclass
class ScriptLog:
    """What a script wrote. `elapsed` are the seconds since its start."""

    behaviours: Behaviours
    elapsed: float = 0.0
    entries: list[tuple[float, str]] = field(default_factory=list)
    flushes: list[tuple[float, int]] = field(default_factory=list)
    last_trace: str = ""

    def spend(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed += seconds

    def write(self, *lines: str) -> None:
        """Write lines. One that holds line ends is not prefixed again: what follows them looks like a line."""
        for line in lines:
            self.entries.append((self.elapsed, line))

    def echo(self, raw: str, expanded: str) -> None:
        """Write a statement that is about to be executed."""
        if self.behaviours.log_echo != "none":
            self.write(expanded if self.behaviours.log_echo == "expanded" else raw)

    def error(self, fault: EngineError, statement: str) -> None:
        """Write an error as far as the log tells of errors."""
        told = self.behaviours.log_errors
        if told != "none":
            block = error_block(fault, statement, text=told in ("full", "text"), number=told in ("full", "number"))
            self.write(*block)

    def flush(self) -> None:
        """Force out what was written so far."""
        self.flushes.append((self.elapsed, len(self.entries)))

    def text(self, started: float, until: float, *, only_flushed: bool) -> str:
        """Give the log as it stands `until` seconds after the start, which was at `started`."""
        count = sum(1 for seconds, _line in self.entries if seconds <= until)
        if only_flushed:
            count = max((number for seconds, number in self.flushes if seconds <= until), default=0)
        lines = []
        for number, (seconds, line) in enumerate(self.entries[:count], start=1):
            shown = self._prefix(started + seconds, number) + line
            lines += [shown, shown] if self.behaviours.log_repeats else [shown]
        return "".join(line + LINE_END for line in lines)

    def _prefix(self, when: float, number: int) -> str:
        moment = datetime.fromtimestamp(when, UTC)
        form = self.behaviours.log_prefix
        if form == "engine":
            return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}+0000 "
        if form == "iso":
            return f"{moment:%Y-%m-%d %H:%M:%S} "
        return f"{moment:%Y%m%dT%H%M%S}.000Z {number:04d} " if form == "numbered" else ""
