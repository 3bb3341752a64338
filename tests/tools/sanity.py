"""Runs all of ansible-test's sanity tests on the built collection, on each Python of this machine that they know.

ansible-test wants a folder named ansible_collections/qlikops/cloud, which it then litters; so it gets a copy in .cache.
A test that it skips because something is missing counts as failed. So does one whose requirements can't be installed:
the others are run all the same, and what came of all is said in a sentence. There are no ignore files.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import ansible_test

from tests.tools.pythons import find_pythons

CACHE = Path.cwd() / ".cache"
WORKSPACE = CACHE / "ws/ansible_collections/qlikops/cloud"
HOME = Path(os.environ["HOME"])
# What came of it, in a sentence.
VERDICT = CACHE / "sanity.txt"
TEST = re.compile(r'^Running sanity test "([\w-]+)"')
# How ansible-test ends where it couldn't run a test, which isn't how it ends where one found something.
STOPPED = 'FATAL: Command "'
ERROR = re.compile(r"^ERROR: (.*)")
SKIP = re.compile(r"^WARNING: .*(Skipping|skipped|not found)")
# Other Pythons than the one that runs ansible-test may be missing here; its own may not.
PERMITTED_SKIP = re.compile(r'Skipping sanity test ".*" on Python [\d.]+ because it could not be found\.')

# Stands in for the get-pip script that ansible-test fetches from its own host: installs pip from the wheel beside it.
# Older ones want setuptools and wheel too, which come from the package index.
GET_PIP = """\
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "{wheel}"))

from pip._internal.cli.main import main

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
if all(argument.startswith(("-", "pip==")) for argument in arguments):
    arguments.insert(0, "--no-index")
sys.exit(main(["install", "--upgrade", "--force-reinstall", "--find-links", here] + arguments))
"""


class Outcome(NamedTuple):
    """What ansible-test came to: its status, the skips that mustn't be, and at which test it stopped, and why."""

    status: int
    skipped: list[str]
    stopped_at: str
    error: str

    @property
    def passed(self) -> bool:
        """Whether all tests ran and found nothing."""
        return self.status == 0 and not self.skipped


def main(arguments: list[str]) -> int:
    """Run the tests, with further arguments for ansible-test; the result is the exit status."""
    prepare_workspace()
    prepare_pip_configuration()
    prepare_get_pip()
    environment = dict(os.environ, PATH=f"{link_pythons()}{os.pathsep}{os.environ['PATH']}")
    outcome = run_sanity(environment, arguments)
    verdict = said_of(outcome)
    if outcome.stopped_at:
        others = run_sanity(environment, [*arguments, "--skip-test", outcome.stopped_at])
        verdict = f"{outcome.stopped_at} can't run: {outcome.error}; of the others {said_of(others)}"
    print(f"sanity: {verdict}")
    VERDICT.write_text(verdict, encoding="utf-8")
    return 0 if outcome.passed else 1


def said_of(outcome: Outcome) -> str:
    """What came of it, in a few words."""
    if outcome.passed:
        return "nothing found"
    return "; ".join([f"it ended with {outcome.status}", *(f"not permitted: {line}" for line in outcome.skipped)])


def prepare_workspace() -> None:
    """Copy the installed collection, and the one file in tests/ that ansible-test reads."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    collection = CACHE / "collections/ansible_collections/qlikops/cloud"
    shutil.copytree(collection, WORKSPACE, ignore=shutil.ignore_patterns("__pycache__"))
    (WORKSPACE / "tests").mkdir()
    shutil.copy("tests/config.yml", WORKSPACE / "tests/config.yml")
    # Without a repository of its own, the one around .cache would say that all of this is ignored.
    subprocess.run(["git", "init", "--quiet", str(WORKSPACE)], check=True)


def prepare_pip_configuration() -> None:
    """Hand pip's settings on: ansible-test passes HOME to the pip that it runs, but none of the PIP_ variables."""
    settings = configparser.RawConfigParser()
    settings.read(os.environ.get("PIP_CONFIG_FILE", os.devnull), encoding="utf-8")
    if not settings.has_section("global"):
        settings.add_section("global")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            settings.set("global", name[4:].lower().replace("_", "-"), value)
    settings.set("global", "quiet", "2")
    target = HOME / ".config/pip/pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    with target.open("w", encoding="utf-8") as stream:
        settings.write(stream)


def prepare_get_pip() -> None:
    """Put a stand-in where ansible-test looks for its cached get-pip, made from the package index's pip.

    If that can't be had, ansible-test fetches its own.
    """
    source = Path(ansible_test.__file__).parent / "_internal/python_requirements.py"
    cache = HOME / ".ansible/test/cache"
    for version in sorted(set(re.findall(r"\bpip='([\d.]+)'", source.read_text(encoding="utf-8")))):
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        cache.mkdir(parents=True, exist_ok=True)
        wheel = next(cache.glob(f"pip-{version}-*.whl"), None)
        if wheel:
            script.write_text(GET_PIP.format(wheel=wheel.name), encoding="utf-8")
            continue
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache)]
        if subprocess.run([*download, f"pip=={version}"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            script.write_text(GET_PIP.format(wheel=next(cache.glob(f"pip-{version}-*.whl")).name), encoding="utf-8")


def link_pythons() -> Path:
    """Give a folder with one working interpreter for each version: those of pyenv aren't on PATH, its shims fail."""
    folder = CACHE / "pythons"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pythons = find_pythons([f"3.{minor}" for minor in range(8, 15)])
    for version, path in pythons.items():
        (folder / f"python{version}").symlink_to(path)
    print(f"modules are compiled and imported on Python {', '.join(pythons)}")
    return folder


def run_sanity(environment: dict[str, str], arguments: list[str]) -> Outcome:
    """Run ansible-test, repeating what it says."""
    command = ["ansible-test", "sanity", "--local", "--color", "no", *arguments]
    skipped = []
    test = error = stopped_at = ""
    with subprocess.Popen(
        command,
        cwd=WORKSPACE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            if SKIP.search(line) and not PERMITTED_SKIP.search(line):
                skipped.append(line.strip())
            if begun := TEST.match(line):
                test, error = begun.group(1), ""
            elif told := ERROR.match(line):
                error = told.group(1)[:200]
            elif line.startswith(STOPPED):
                stopped_at = test
    return Outcome(process.returncode, skipped, stopped_at, error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
