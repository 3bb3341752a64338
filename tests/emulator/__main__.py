"""Run the emulator by itself: `python -m tests.emulator --tenants seed.yml`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from .emulator import Emulator
from .profile import ProfileError
from .seed import SeedError


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--tenants", metavar="FILE", help="seed file (default: one tenant named acme)")
    parser.add_argument("--like", metavar="PROFILE", help="profile.json of a tenant that the tenants are to be like")
    parser.add_argument(
        "--state-file", metavar="FILE", help="write the addresses here, when ready, instead of to stdout"
    )
    parser.add_argument(
        "--base-port", type=int, default=0, help="first port of tenants that name none (default: free ports)"
    )
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API (default: a free one)")
    options = parser.parse_args(arguments)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        ports = {"control_port": options.control_port, "base_port": options.base_port}
        emulator = Emulator(options.tenants, like=options.like, **ports).start()
    except (OSError, SeedError, ProfileError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    try:
        text = json.dumps(emulator.describe(), indent=2)
        if options.state_file:
            target = Path(options.state_file)
            partial = target.with_name(f".{target.name}.{os.getpid()}")
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)
        else:
            print(text, flush=True)
        while not done.wait(3600):
            pass
    finally:
        emulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
