"""Runs one job with ansible-runner, as AWX does on an execution node: `python awx_runner.py FOLDER IDENT PLAYBOOK`.

A process of its own, so that several run side by side and that the job's threads don't meet those of the tests. The job
is cancelled when the file FOLDER/cancel appears. Prints the status.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ansible_runner


def main(folder: str, ident: str, playbook: str) -> None:
    runner = ansible_runner.run(
        private_data_dir=folder,
        ident=ident,
        playbook=playbook,
        quiet=True,
        cancel_callback=(Path(folder) / "cancel").exists,
    )
    print(runner.status)


if __name__ == "__main__":
    main(*sys.argv[1:])
