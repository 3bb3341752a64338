"""Reading many tenants from one process with threads, to compare with Ansible's forks: what a task that runs once could
do.

`python fan_out.py TASK.json THREADS`, where the task holds `tenants` (`url`, `key`), `options` of
qlik_data_connections.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job


def main(task: dict[str, Any], threads: int) -> None:
    """Read every tenant; none may differ from what is declared."""

    def read(tenant: dict[str, str]) -> None:
        given = {"tenant_url": tenant["url"], "access_token": tenant["key"], **task["options"], "parallel": 1}
        validation = ArgumentSpecValidator(data_connections_spec()).validate(given)
        result, _hidden = run_job(data_connections.run, validation.validated_parameters, True)
        if result.get("failed") or result["changed"]:
            raise SystemExit(str(result.get("msg", result["summary"])))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, task["tenants"]))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), int(sys.argv[2]))
