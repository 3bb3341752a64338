"""Runs of a job in processes of their own, forked from one that has everything imported, so that they can be killed.

`python -m tests.faults.child` reads requests as lines of JSON and answers each with the process id of the child.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from tests.faults import ROOT


class Nursery:
    """The process that children are forked from."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT / ".cache" / "collections"), str(ROOT), *sys.path])
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-m", "tests.faults.child"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait(10)
        self._pipe(self._process.stdout).close()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe

    def _line(self) -> int:
        text = self._pipe(self._process.stdout).readline()
        assert text, "the process that children are forked from has ended"
        return int(text)

    def run(self, request: dict[str, Any], started: Child) -> dict[str, Any] | None:
        """Run a job in a child and wait for its end; its result, or None when it was killed before it had one.

        `request` holds the arguments of `run_options`, and the file for the `result`; with the name of another `job`
        the arguments of its function.
        """
        result = Path(request["result"])
        result.unlink(missing_ok=True)
        stdin = self._pipe(self._process.stdin)
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        started.born(self._line())
        self._line()
        return json.loads(result.read_text()) if result.exists() else None


class Child:
    """A child that may be killed as soon as it is born, and from any thread."""

    def __init__(self) -> None:
        self._known = threading.Event()
        self._id = 0

    def born(self, process_id: int) -> None:
        self._id = process_id
        self._known.set()

    def kill(self) -> None:
        assert self._known.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._id, 9)


def _serve() -> None:
    from tests.faults.clock import fast_waits
    from tests.faults.runner import RUNNERS

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            written = Path(request.pop("result") + ".new")
            run = RUNNERS[request.pop("job", "connections")]
            with fast_waits():
                written.write_text(json.dumps(run(**request)))
            written.rename(written.with_suffix(""))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _id, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
