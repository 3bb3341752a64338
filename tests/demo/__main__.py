"""Show what the collection does, against an emulated Qlik Cloud, and check that it does: `python -m tests.demo`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.demo.living import NAME, SPACE, TENANT, LivingDatabase
from tests.demo.world import (
    HEALTHY,
    INVENTORY,
    PROVISIONED_BEFORE,
    VAULT_PASSWORD,
    WHAT_THEY_ARE,
    WRONG_KEY,
    Vaults,
    change_by_hand,
    seed,
    unmanaged,
)
from tests.emulator import Emulator, Tenant
from tests.emulator.postgres_server import PostgresServer
from tests.integration.playbooks import Playbooks, Run

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "demo"
TASK = "Bring spaces and data connections to their declared state"
SUMMARY = "What came back from this wave"
FAILED = "What failed in this wave"
LINE = 120
ROTATION: dict[str, Any] = {"qlik_rotate_verify": True, "qlik_connections_only": [f"{SPACE}:{NAME}"]}
WIDTH = max(len(name) for name in WHAT_THEY_ARE)


class Demo:
    """One demonstration: the tenants, the runs, and everything that was said."""

    def __init__(self, emulator: Emulator, vaults: Vaults) -> None:
        self.emulator = emulator
        self.vaults = vaults
        self.said: list[str] = []
        self.claims: list[tuple[str, bool]] = []
        self._playbooks = Playbooks(FOLDER)
        self._living: LivingDatabase

    # saying

    def say(self, text: str = "") -> None:
        """Print, and remember for the search for secrets."""
        self.said.append(text)
        print(text, flush=True)

    def headline(self, text: str) -> None:
        """Begin a step."""
        self.say(f"\n== {text}")

    def claim(self, text: str, holds: bool) -> None:
        """Note something that the demonstration promises."""
        self.claims.append((text, holds))

    # doing

    def provision(self, log: str, *arguments: str) -> Run:
        """Run the playbook as a user would; its whole output goes into a file."""
        command = ["qlikops.cloud.provision", *arguments]
        self.say(
            f"   $ ansible-playbook qlikops.cloud.provision -i {INVENTORY.relative_to(ROOT)}"
            f" {' '.join(arguments)}".rstrip()
        )
        begun = time.monotonic()
        run = self._playbooks.run(*command, inventory=INVENTORY, environment=self._environment())
        (FOLDER / log).write_text(run.output, encoding="utf-8")
        self.say(f"   ({time.monotonic() - begun:.1f} s; all of its output is in {(FOLDER / log).relative_to(ROOT)})")
        return run

    def _environment(self) -> dict[str, str]:
        urls = {
            f"DEMO_URL_{name.upper().replace('-', '_')}": tenant.url for name, tenant in self.emulator.tenants.items()
        }
        return {
            **urls,
            "ANSIBLE_VAULT_PASSWORD_FILE": str(VAULT_PASSWORD),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_FORKS": "20",
            "QLIK_TOKEN_CACHE": str(FOLDER / "tokens"),
        }

    def say_summaries(self, run: Run) -> None:
        """Print what the playbook said after each wave."""
        number = 0
        for line in run.results:
            task = line["task"].split(" : ")[-1]
            if task not in (SUMMARY, FAILED):
                continue
            if task == SUMMARY:
                number += 1
                self.say(f"   wave {number}:")
            for text in line["result"]["msg"]:
                self.say(
                    textwrap.fill(
                        text, LINE, initial_indent="     ", subsequent_indent="         ", break_long_words=False
                    )
                )

    # the steps

    def set_the_scene(self) -> None:
        """Say who is who, and make the tenants what they are when the story begins."""
        self.headline("The tenants (emulated; nothing leaves this machine)")
        for name, what in WHAT_THEY_ARE.items():
            self.say(f"   {name:{WIDTH}}  {what}")
        self.say(
            "   What they should hold is in tests/demo/inventory: for all, by region, by tenant; passwords are in"
            " Ansible Vault."
        )
        self.say("   Two of them were provisioned some time ago:")
        run = self.provision("0-before.log", "--limit", ",".join(PROVISIONED_BEFORE))
        self.claim("two tenants could be provisioned beforehand", run.returncode == 0)
        change_by_hand(self.emulator.tenant("eu-drifted"))
        self._forget_requests()

    def look(self) -> None:
        """Step 1: check mode."""
        self.headline("1. What would happen? (--check --diff: nothing is written)")
        run = self.provision("1-check.log", "--check", "--diff")
        self.say_summaries(run)
        self.say("   For example, what was changed by hand on eu-drifted:")
        for item in run.result(TASK, "eu-drifted")["results"]:
            for change in item["changes"]:
                self.say(f"     {item['space']} / {item['name']}: {change}")
        written = sum(len(tenant.writes()) for tenant in self.emulator.tenants.values())
        self.claim("check mode wrote nothing", not written)

    def provision_all(self) -> None:
        """Step 2: the rollout, in which one tenant fails."""
        self.headline("2. Provision: the canary first, then a few, then all the others")
        run = self.provision("2-provision.log")
        self.say_summaries(run)
        statuses = run.statuses(TASK)
        message = str(run.result(TASK, WRONG_KEY).get("msg"))
        self.claim(
            f"{WRONG_KEY} failed alone, and the message is about its key",
            [name for name, status in statuses.items() if status == "failed"] == [WRONG_KEY] and "API key" in message,
        )
        self.claim(
            "every healthy tenant was reached",
            set(HEALTHY) <= {name for name, status in statuses.items() if status != "failed"},
        )
        self._forget_requests()

    def provision_again(self) -> None:
        """Step 3: the same once more."""
        self.headline("3. Provision again: what is as declared stays as it is")
        run = self.provision("3-again.log")
        self.say_summaries(run)
        statuses = run.statuses(TASK)
        self.claim(
            "the second run changed nothing on any healthy tenant", all(statuses.get(name) == "ok" for name in HEALTHY)
        )
        self.claim(
            "the second run sent no writing request",
            not any(self.emulator.tenant(name).writes() for name in WHAT_THEY_ARE),
        )

    def count(self) -> None:
        """Step 4: what the tenants hold, read from the emulator's own state."""
        self.headline("4. What the tenants hold now")
        for name in WHAT_THEY_ARE:
            tenant = self.emulator.tenant(name)
            connections = list(tenant.connections.values())
            managed = [item for item in connections if "qlikops.cloud:managed" in item.tags]
            spaces = Counter(tenant.spaces[item.space].name if item.space else "personal" for item in connections)
            where = ", ".join(f"{space} {number}" for space, number in sorted(spaces.items()))
            others = len(connections) - len(managed)
            self.say(
                f"   {name:{WIDTH}}  {len(managed)} managed, {others} not managed" + (f"  ({where})" if where else "")
            )
        self.claim("the secrets on the tenants are those in the vault", all(self._secrets_arrived()))

    def _secrets_arrived(self) -> Iterator[bool]:
        common = self.vaults.variables("group_vars/all")
        for name in HEALTHY:
            tenant = self.emulator.tenant(name)
            own = self.vaults.variables(f"host_vars/{name}").get("vault_own_orders_password")
            yield _secret(tenant, "Orders", "Sales", "password") == (own or common["vault_orders_password"])
            yield _secret(tenant, "Warehouse", "Finance", "password") == common["vault_warehouse_password"]
            yield _secret(tenant, "Ledger", "Finance", "password") == common["vault_ledger_password"]
            yield _secret(tenant, "Raw files", "Data lake", "secretKey") == common["vault_raw_secret_key"]
            headers = tenant.properties_of(tenant.connection("Exchange rates", "Finance").id)["queryHeaders"]
            yield {item["name"]: item["value"] for item in headers}["X-API-Key"] == common["vault_rates_key"]

    def try_connections(self) -> None:
        """Step 5: a real database, whose password changes."""
        self.headline("5. Do they work? Over a real PostgreSQL of this demo, on a port of this machine")
        with PostgresServer() as server:
            database = LivingDatabase(server, self.emulator.tenant(TENANT))
            self._living = database
            first, second = database.new_password(), database.new_password()
            database.change(first)
            run = self._live("5-verify.log", "provision", first, qlik_connections_verify="changed")
            self.claim("a new connection was written, tried, and works", run.returncode == 0 and database.is_open())

            self.say("   Somebody changes the password in the database. The nightly test:")
            database.change(second)
            run = self._live("6-nightly.log", "test", first)
            dead = run.returncode != 0 and "doesn't connect" in run.output
            self.claim("the nightly test names the connection that no longer connects", dead)

            self.say("   A rotation with the right password:")
            run = self._live("7-rotation.log", "rotate_secrets", second, first, **ROTATION)
            self.claim("a rotation with the right password works", run.returncode == 0 and database.is_open())

            self.say("   A rotation with a wrong one:")
            run = self._live("8-put-back.log", "rotate_secrets", database.new_password(), second, **ROTATION)
            came_back = run.returncode != 0 and "put back" in run.output and database.is_open()
            self.claim("a wrong password is noticed, and the right one put back", came_back)

    def _live(self, log: str, playbook: str, declared: str, previous: str = "", **variables: Any) -> Run:
        """Run a playbook over the tenant with the real database, and print what it says."""
        shown = " ".join(f"-e {name}={value}" for name, value in variables.items() if isinstance(value, (str, bool)))
        self.say(f"   $ ansible-playbook qlikops.cloud.{playbook} {shown}".rstrip())
        database = self._living
        environment = {**self._environment(), **database.environment(declared, previous)}
        given = {"qlik_report_dir": str(FOLDER / "reports"), **variables}
        begun = time.monotonic()
        run = self._playbooks.run(
            f"qlikops.cloud.{playbook}", inventory=database.inventory(), variables=given, environment=environment
        )
        (FOLDER / log).write_text(run.output, encoding="utf-8")
        self.say(f"   ({time.monotonic() - begun:.1f} s; all of its output is in {(FOLDER / log).relative_to(ROOT)})")
        for line in run.output.splitlines():
            if "doesn't connect" in line or "Connections:" in line:
                self.say(textwrap.shorten(line.strip(), LINE - 5, placeholder="…"))
                break
        return run

    def keep(self) -> None:
        """Leave the tenants running for somebody who wants to look, or to try a playbook of their own."""
        self.headline("The tenants keep running. In another terminal, in this folder, try:")
        for name, value in sorted(self._environment().items()):
            self.say(f"   export {name}={value}")
        self.say(
            f"   tests/tools/run ansible-playbook qlikops.cloud.provision -i {INVENTORY.relative_to(ROOT)} --limit"
            " eu-empty"
        )
        input("   Enter ends them. ")

    def verify(self, unmanaged_before: list[dict[str, Any]]) -> bool:
        """What was promised, and whether it holds."""
        self.claim("connections that nobody declared are untouched", unmanaged(self.emulator) == unmanaged_before)
        secrets = self.vaults.secrets() | self._living.passwords
        leaks = self._leaks(secrets)
        self.claim(
            f"none of the {len(secrets)} secrets is in anything printed, nor in any file that was left", not leaks
        )
        self.headline("Does it hold?")
        for text, holds in self.claims:
            self.say(f"   {'yes' if holds else 'NO '}  {text}")
        for place in leaks:
            self.say(f"   a secret is in {place}")
        return all(holds for _text, holds in self.claims)

    def _leaks(self, secrets: set[str]) -> list[str]:
        files = [path for path in sorted(FOLDER.rglob("*")) if path.is_file()]
        texts = {str(path.relative_to(ROOT)): path.read_bytes().decode("utf-8", "replace") for path in files}
        texts["what was printed"] = "\n".join(self.said)
        return [
            place for place, text in texts.items() if any(form in text for secret in secrets for form in _forms(secret))
        ]

    def _forget_requests(self) -> None:
        for tenant in self.emulator.tenants.values():
            tenant.reset_log()


def _secret(tenant: Tenant, name: str, space: str, member: str) -> Any:
    return tenant.secrets_of(tenant.connection(name, space).id).get(member)


def _forms(secret: str) -> set[str]:
    """How a secret looks in a text, in JSON, in YAML and in Python."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        secret.replace("'", "''"),
    }


def tell(keep: bool) -> bool:
    """The whole demonstration. Gives whether all that it claims holds."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    vaults = Vaults()
    with Emulator(seed(vaults)) as emulator:
        demo = Demo(emulator, vaults)
        before = unmanaged(emulator)
        steps: list[Callable[[], None]] = [
            demo.set_the_scene,
            demo.look,
            demo.provision_all,
            demo.provision_again,
            demo.count,
            demo.try_connections,
        ]
        for step in steps:
            step()
        good = demo.verify(before)
        if keep:
            demo.keep()
        demo.headline("6. Clean up")
    _clean_up()
    print(f"   The emulator is gone. The logs are left in {FOLDER.relative_to(ROOT)}.")
    return good


def _clean_up() -> None:
    """Leave nothing but the logs."""
    for path in FOLDER.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".log":
            path.unlink()


def main() -> int:
    """Run the demonstration; the exit status is 1 when something that it claims doesn't hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument(
        "--keep", action="store_true", help="leave the tenants running at the end, until Enter is pressed"
    )
    options = parser.parse_args()
    begun = time.monotonic()
    good = tell(options.keep)
    print(f"\n{'All of it holds.' if good else 'Something does not hold: see above.'} {time.monotonic() - begun:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
