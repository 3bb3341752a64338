"""Running what a page shows: files are written, plays and tasks are run, console lines are typed, and what they print
is compared.

A page is Markdown. Of its fenced blocks
- one whose first line is a comment with a file's name (`# inventory/tenants.yml`) becomes that file, or several of
  them;
- other YAML is a playbook or a list of tasks, and is run;
- `console` holds commands after `$ ` and, below them, what they print, where `…` stands for anything.
A file that a command made before is not written, but must hold the lines that the page shows of it.
A block that can't be run says why in a comment above it: `<!-- not run here: the reason -->`.

Two things of a block are not taken as they stand: the address of a tenant or of the organization becomes that of the
emulator, and `…` where a person fills something in becomes a text that starts with `canary-`, which no command may
print.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator import Emulator, Tenant
from tests.integration.playbooks import Playbooks, Run

ROOT = Path(__file__).parents[2]
VAULT_PASSWORD = "canary-vault-password"
MARK = re.compile(r"<!-- not run here: (\S.*) -->$")
FILE_NAME = re.compile(r"(?:\A|(?<=\n\n))# ([\w./-]+\.(?:yml|yaml|json|cfg))\b[^\n]*\n")
TENANT = re.compile(r"(https://)?\b([a-z0-9-]+)\.[a-z]+\.qlikcloud\.com")
FAILURE = re.compile(r"(?:fatal|failed): \[.*?\].* => (\{.*\})$")
BLANK = re.compile(r"^(\s*)(\w+): …(?=\s|$)", re.MULTILINE)
ANSIBLE = {"ansible", "ansible-doc", "ansible-inventory", "ansible-playbook"}
NOT_RUN = {
    "ansible-galaxy": "needs a network",
    "ansible-vault": "opens an editor; the file is written as the page shows it, and encrypted",
    "jq": "not on every machine",
    "opa": "not on every machine",
    "make": "would run the tests that run this",
    "openssl": "its output is for a person to keep",
    "pip": "needs a network",
}


@dataclass
class Block:
    """A fenced block: the heading above it, its line, language and text, why it isn't run, and whether it was."""

    section: str
    line: int
    language: str
    text: str
    reason: str
    ran: bool = False

    @property
    def counts(self) -> bool:
        """Whether it must be run."""
        return not self.reason and self.language in ("yaml", "console", "ini")


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    blocks: list[Block] = []
    section = reason = ""
    inside: list[str] | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if inside is not None:
            if line == "```":
                blocks[-1].text = "".join(f"{one}\n" for one in inside)
                inside = None
            else:
                inside.append(line)
        elif line.startswith("```"):
            blocks.append(Block(section, number, line[3:], "", reason))
            inside = []
        elif line.startswith("#"):
            section = line.lstrip("#").strip()
        # Between the mark and the block there may be other comments.
        if mark := MARK.match(line):
            reason = mark[1]
        elif line and not line.startswith("<!--"):
            reason = ""
    assert inside is None, f"{page.name}: a block isn't closed"
    return blocks


class Guide:
    """A page and the folder in which its reader works; tenants come into being when the page names them."""

    def __init__(self, name: str, playbooks: Playbooks, emulator: Emulator) -> None:
        self.page = ROOT / name
        self.blocks = blocks_of(self.page)
        self.playbooks = playbooks
        self.emulator = emulator
        # What the reader has exported; a page that shows vaulted files says itself how their password is given.
        self.environment: dict[str, str] = {}
        self.tenants: dict[str, Tenant] = {}
        self.runs: list[Run] = []
        self._keys: set[str] = set()
        self._clients: dict[str, dict[str, str]] = {}
        self._own: set[str] = set()
        self._written: list[tuple[str, Block]] = []

    def tenant(self, name: str) -> Tenant:
        """The tenant that the page calls https://NAME.…"""
        if name not in self.tenants:
            known = name in self.emulator.tenants
            tenant = self.emulator.tenant(name) if known else self.emulator.add_tenant({"name": name})
            self.tenants[name] = tenant
            self._let_in(tenant)
        return self.tenants[name]

    def play(self, section: str, *, fails: bool = False) -> list[Run]:
        """Do what a section shows, in order, and give what its commands gave;
        with `fails` they must end with an error.
        """
        mine = [block for block in self.blocks if block.section == section]
        assert mine, f"{self.page.name} shows nothing under {section!r}"
        before = len(self.runs)
        for block in mine:
            if not block.reason:
                self._play(block, fails)
        return self.runs[before:]

    def give_vault_password(self) -> None:
        """Have a reader who keeps the vault's password in a file, for a page that begins where another one ended."""
        self.environment["ANSIBLE_VAULT_PASSWORD_FILE"] = str(self.playbooks.write("../vault-password", VAULT_PASSWORD))

    def try_out(self, command: str) -> Run:
        """Run a command that the page doesn't show, so that the files which it shows are used."""
        words = shlex.split(command)
        self._ended(self.playbooks.command(words, self.environment, VAULT_PASSWORD), command, fails=False)
        self._used(words)
        return self.runs[-1]

    def finish(self, elsewhere: Sequence[str] = ()) -> None:
        """Assert that all was run that isn't marked, and that nothing printed a secret; sections `elsewhere` have tests
        of their own.
        """
        left = [block for block in self.blocks if block.counts and not block.ran and block.section not in elsewhere]
        assert not left, "\n".join(
            f"{self.page.name}:{block.line}: neither run nor marked `not run here`" for block in left
        )
        assert not [run for run in self.runs if "canary-" in run.output]

    def writes(self) -> int:
        """How many requests that write the tenants got since this was asked last; fetching a token is none."""
        count = sum(entry.path != "/oauth/token" for tenant in self.tenants.values() for entry in tenant.writes())
        for tenant in self.tenants.values():
            tenant.reset_log()
        return count

    def _play(self, block: Block, fails: bool) -> None:
        if block.language == "console":
            self._type(block, fails)
            block.ran = True
        elif FILE_NAME.match(block.text):
            for name, text in files_in(block.text):
                if name not in self._own and (self.playbooks.folder / name).exists():
                    self._look(name, text)
                    block.ran = True
                else:
                    self.write(name, text)
                    # What is replaced before any command has used it wasn't run.
                    self._written = [one for one in self._written if one[0] != name] + [(name, block)]
        elif block.language == "yaml":
            self._run(yaml.safe_load(self._fill(block.text)), block)

    def write(self, name: str, text: str) -> None:
        """Write a file as the page's reader would, filled in, and encrypted if it holds variables called vault_…"""
        filled = self._fill(text)
        if "plugin: qlikops.cloud.qlik_tenants" in filled and "source: contexts" not in filled:
            filled += f"organization_url: {self.emulator.organization.url}\n"
        if "canary-vault_" in filled:
            filled = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))]).encrypt(filled).decode()
        self.playbooks.write(name, filled)
        self._own.add(name)

    def _look(self, name: str, text: str) -> None:
        held = (self.playbooks.folder / name).read_text().splitlines()
        missing = [line for line in text.splitlines() if line not in held]
        assert not missing, f"{self.page.name}: {name} doesn't hold {missing}:\n" + "\n".join(held)

    def _run(self, content: Any, block: Block) -> None:
        where = f"{self.page.name}:{block.line}"
        assert isinstance(content, list), (
            f"{where}: neither plays nor tasks, and no file: name the file in the first line"
        )
        if "hosts" in content[0]:
            inventory = self.playbooks.folder / "inventory"
            run = self.playbooks.run(
                content, inventory=inventory if inventory.exists() else None, environment=self.environment
            )
        else:
            run = self.playbooks.tasks(content, tenant=self.tenant("acme"), environment=self.environment)
        self._ended(run, where, fails=False)
        block.ran = True

    def _type(self, block: Block, fails: bool) -> None:
        commands = list(commands_in(block.text))
        for (command, shown), (following, _shown) in zip(commands, [*commands[1:], ("", [])], strict=True):
            where = f"{self.page.name}:{block.line}: $ {command}"
            words = shlex.split(self._address(command), comments=True)
            if words == ["echo", "$?"]:
                assert shown == [str(self.runs[-1].returncode)], f"{where}:\n{self.runs[-1].output}"
            elif words[0] == "export":
                self.environment.update(self._exported(words[1:]))
            elif words[0] in ANSIBLE:
                run = self.playbooks.command(words, self.environment, VAULT_PASSWORD)
                self._ended(run, where, fails=None if following == "echo $?" else fails)
                self._compare(where, shown)
                self._used(words)
            else:
                assert words[0] in NOT_RUN, (
                    f"{where}: a command that nobody knows: mark the block, or say in NOT_RUN why it isn't run"
                )

    def _ended(self, run: Run, where: str, *, fails: bool | None) -> None:
        self.runs.append(run)
        assert fails is None or fails is (run.returncode != 0), f"{where}\n{run.output}"

    def _compare(self, where: str, shown: list[str]) -> None:
        """Each line that the page shows is a line of the output, `…` being anything; blanks don't count."""
        printed = {" ".join(line.split()) for line in printed_lines(self.runs[-1].output)}
        for line in shown:
            pattern = re.escape(" ".join(self._address(line).split())).replace("…", ".*")
            assert any(re.fullmatch(pattern, one) for one in printed), (
                f"{where}: doesn't print {line!r}:\n{self.runs[-1].output}"
            )

    def _exported(self, words: list[str]) -> dict[str, str]:
        pairs = dict(word.split("=", 1) for word in words)
        return {name: self._canary(name) if value == "…" else value for name, value in pairs.items()}

    def _used(self, words: list[str]) -> None:
        """Files of variables count as run with the next command, playbooks with the one that names them."""
        later = []
        for name, block in self._written:
            if _is_playbook(self.playbooks.folder / name) and name not in words:
                later.append((name, block))
            else:
                block.ran = True
        self._written = later

    def _fill(self, text: str) -> str:
        return BLANK.sub(lambda blank: f"{blank[1]}{blank[2]}: {self._canary(blank[2])}", self._address(text))

    def _address(self, text: str) -> str:
        return TENANT.sub(
            lambda address: self.tenant(address[2]).url.removeprefix("" if address[1] else "http://"), text
        )

    def _canary(self, name: str) -> str:
        """A value for `name` that works: API keys and clients are let in by all tenants."""
        if name.lower().endswith("key"):
            self._keys.add(f"canary-{name}")
        # The id of a client is no secret, and belongs into no vaulted file.
        value = f"id-{name}" if name.lower().endswith("client_id") else f"canary-{name}"
        client, _, part = re.sub(r"^(vault_)?(qlik_)?([a-z]{2}_)?", "", name.lower()).rpartition("_")
        if client.endswith("client"):
            self._clients.setdefault(client, {})[part] = value
        for tenant in self.tenants.values():
            self._let_in(tenant)
        return value

    def _let_in(self, tenant: Tenant) -> None:
        for key in self._keys:
            tenant.add_api_key(key, "admin")
        for parts in self._clients.values():
            if len(parts) == 2:
                tenant.add_oauth_client(parts["id"], parts["secret"])


def printed_lines(output: str) -> Iterator[str]:
    """The lines of an output; and those of a failure's message, which ansible-core before 2.19 prints as JSON in a line
    with the whole result.
    """
    for line in output.splitlines():
        yield line
        if failure := FAILURE.match(line):
            yield from str(json.loads(failure[1]).get("msg", "")).splitlines()


def files_in(text: str) -> Iterator[tuple[str, str]]:
    """The files of a block: name and text."""
    _nothing, *parts = FILE_NAME.split(text)
    yield from zip(parts[::2], parts[1::2], strict=True)


def commands_in(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines below it."""
    for part in re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, [line for line in shown if line.strip()]


def _is_playbook(path: Path) -> bool:
    """Whether a file is a list with plays; an encrypted one isn't, nor is an inventory, whose groups have hosts too."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith(("#", "---"))]
    return lines[0].startswith("- ") and any(
        re.match(r"[- ] (hosts|ansible\.builtin\.import_playbook):", line) for line in lines
    )
