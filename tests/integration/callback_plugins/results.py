"""Writes each task result as a line of JSON, so that tests read results instead of texts."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: results for tests
description: results for tests
"""


class CallbackModule(CallbackBase):
    """Appends to the file that TEST_RESULTS names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Note when."""
        self._started[host.get_name(), task._uuid] = time.time()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Write it."""
        self._write("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002
        """Write it; whether the failure is ignored is the playbook's affair."""
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Write it."""
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Write it."""
        self._write("unreachable", result)

    def _write(self, status: str, result: Any) -> None:
        line = {
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "status": status,
            "result": dict(result._result),
        }
        line["started"], line["ended"] = self._started.get((line["host"], result._task._uuid), 0), time.time()
        with open(os.environ["TEST_RESULTS"], "a") as stream:
            stream.write(json.dumps(line, default=to_text) + "\n")
