"""Makes the parts of docs/awx.md that repeat what the role says and does: `tests/tools/run python -m
tests.tools.awx_page`.

They are the tables of what is made in AWX, and the transcript of a run against a stand-in for AWX.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.awx_standin import StandIn
from tests.integration.playbooks import Playbooks, Run
from tests.tools.awx_collection import collections_path
from tests.tools.sections import section, table, write_section

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "awx.md"
OBJECTS = ROOT / "roles" / "qlik_awx" / "vars" / "main.yml"
COMMAND = "ansible-playbook qlikops.cloud.awx -e @awx.yml -e @secrets.yml --ask-vault-pass"
# What stands for the vaulted variable of the page's example.
SECRETS = {"vault_qlik_client_secret": "canary-secret-of-the-client"}


class _Loader(yaml.SafeLoader):
    """YAML with Ansible's mark for texts that are not templates."""


yaml.add_constructor("!unsafe", lambda _, node: str(node.value), _Loader)


def objects() -> dict[str, Any]:
    """The data of the role, with its templates unfilled, without the role's prefix."""
    data = yaml.load(OBJECTS.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    return {name.removeprefix("qlik_awx_"): value for name, value in data.items()}


def run_playbook(playbooks: Playbooks, awx: StandIn, *arguments: str, play: Any = "qlikops.cloud.awx") -> Run:
    """Run the page's example against the stand-in, or another play with its settings."""
    settings = section(PAGE, "settings").removeprefix("```yaml\n").removesuffix("```")
    playbooks.write("awx.yml", settings)
    # The playbook says that its modules run under Ansible's own Python; here they may be forked.
    variables = {**SECRETS, "ansible_python_interpreter": playbooks.interpreter}
    arguments = ("-e", "@awx.yml", *arguments)
    return playbooks.run(play, *arguments, variables=variables, environment=environment(awx), many=True)


def environment(awx: StandIn) -> dict[str, str]:
    """What a run against the stand-in needs."""
    installed = f"{ROOT / '.cache' / 'collections'}:{collections_path()}"
    # The stand-in speaks HTTP, and each request of awx.awx reads all authorities that the system trusts: a third of
    # what a run costs.
    return {**awx.environment, "ANSIBLE_COLLECTIONS_PATH": installed, "SSL_CERT_FILE": os.devnull}


def transcript(run: Run) -> str:
    """What a person sees, with the paths of a user, and without the width of this terminal."""
    text = re.sub(r"included: \S*/(ansible_collections/\S+)", r"included: ~/.ansible/collections/\1", run.stdout)
    text = re.sub(r" \*+$", "", text, flags=re.MULTILINE)
    return f"```console\n$ {COMMAND}\n{text.strip()}\n```"


def tables() -> dict[str, str]:
    """The tables of the page, by the names of their sections."""
    data = objects()
    return {
        "credential-types": _credential_types(data),
        "job-templates": _job_templates(data),
        "workflow": _workflow(data),
    }


def _credential_types(data: Mapping[str, Any]) -> str:
    rows = []
    for kind in data["credential_types"]:
        fields = [f"{field['label']}{' (secret)' if field.get('secret') else ''}" for field in kind["inputs"]["fields"]]
        injected = [
            f"`{name}`{' in a file of extra variables' if where == 'extra_vars' else ''}"
            for where, names in kind["injectors"].items()
            for name in names
        ]
        rows.append([kind["name"], ", ".join(fields), ", ".join(injected)])
    return table(["credential type", "fields", "what a job gets"], rows)


def _job_templates(data: Mapping[str, Any]) -> str:
    rows = [
        [
            template["name"],
            template["description"],
            ", ".join(f"`{question['variable']}`" for question in template["survey"]["spec"]),
        ]
        for template in data["job_templates"]
    ]
    return table(["job template", "does", "asks for"], rows)


def _workflow(data: Mapping[str, Any]) -> str:
    steps = data["workflow"]["nodes"]
    rows = [
        [step["identifier"], step.get("job_template") or step["approval"]["name"], ", ".join(step["then"]) or "end"]
        for step in steps
    ]
    return table(["step", "what", "when it succeeds"], rows)


def main() -> None:
    """Write all of them."""
    for name, text in tables().items():
        write_section(PAGE, name, text)
    with tempfile.TemporaryDirectory() as folder, StandIn() as awx:
        run = run_playbook(Playbooks(Path(folder)), awx)
        if run.returncode:
            raise SystemExit(run.output)
        write_section(PAGE, "transcript", transcript(run))


if __name__ == "__main__":
    main()
