"""Run the acceptance playbook: against an emulated tenant, or against a real one whose address is given.

For a real one the key is in ACCEPTANCE_API_KEY, or the client in ACCEPTANCE_CLIENT_ID and ACCEPTANCE_CLIENT_SECRET. The
playbook then asks before it makes anything.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.pages import shown
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.points import POINTS

from tests.emulator import Emulator

HOST = "tenant"
ROOT = Path(__file__).parents[2]


def inventory_of(url: str, api_key: str | None = None) -> dict[str, Any]:
    """An inventory with one tenant; without a key, it is signed in by what the environment says."""
    variables: dict[str, Any] = {"qlik_tenant_url": url}
    if api_key is not None:
        variables["qlik_access_token"] = api_key
    else:
        for name in ("access_token", "client_id", "client_secret"):
            source = "API_KEY" if name == "access_token" else name.upper()
            value = f"lookup('ansible.builtin.env', 'ACCEPTANCE_{source}')"
            variables[f"qlik_{name}"] = f"{{{{ {value} | default(omit, true) }}}}"
    return {"all": {"hosts": {HOST: variables}}}


def table() -> str:
    """The table of switches in docs/what-tenants-answer.md."""
    rows = ["| switch | positions | seen |", "|---|---|---|"]
    for point in POINTS.values():
        seen = "yes"
        if point.unseen:
            seen = f"no: {point.unseen}"
        elif point.needs:
            seen = f"yes; it needs {point.needs}"
        positions = ", ".join(map(shown, point.positions)) or "any number"
        rows.append(f"| `{point.name}` | {positions} | {seen} |")
    return "\n".join(rows) + "\n"


def play(inventory: dict[str, Any], *extra: str) -> int:
    """Run the playbook; give its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.json"
        path.write_text(json.dumps(inventory), encoding="utf-8")
        directory = json.dumps({"qlik_acceptance_dir": str(ROOT / ".cache/acceptance")})
        command = ["ansible-playbook", "qlikops.cloud.acceptance", "-i", str(path), "-e", f"qlik_hosts={HOST}"]
        return subprocess.run([*command, "-e", directory, *extra], check=False).returncode


def main() -> int:
    """Give the exit status of the playbook."""
    parser = argparse.ArgumentParser(prog="make acceptance", description=__doc__)
    parser.add_argument("--tenant", metavar="URL", help="the tenant's address (default: an emulated one)")
    parser.add_argument("--like", metavar="PROFILE", help="profile.json that the emulated tenant is to be like")
    parser.add_argument("--table", action="store_true", help="print the table of switches, and do nothing else")
    options, extra = parser.parse_known_args()
    if options.table:
        sys.stdout.write(table())
        return 0
    if options.tenant:
        return play(inventory_of(options.tenant), *extra)
    with Emulator(like=options.like) as emulator:
        tenant = emulator.tenant("acme")
        confirmed = json.dumps({"qlik_confirm": f"acceptance {HOST}"})
        return play(inventory_of(tenant.url, tenant.api_key), "-e", confirmed, *extra)


if __name__ == "__main__":
    sys.exit(main())
