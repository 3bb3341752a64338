"""A script without Ansible that does the fewest possible requests: what no tool can be faster than.

`python floor.py TASK.json`, where the task holds `url`, `key`, `connections` (bodies to create with, the name of the
space in place of its id) and `statements` (what the list shows of each connection that is as it should be). It knows
all about its connections, checks nothing, and is of no use but for comparing.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

THREADS = 8


class Tenant:
    """Requests with a session for each thread."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._local = threading.local()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        url = path if path.startswith("http") else f"{self._url}{path}"
        answer = self._local.session.request(method, url, json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def all(self, path: str) -> list[Any]:
        found: list[Any] = []
        following: str | None = path
        while following:
            page = self.ask("GET", following)
            found += page["data"]
            following = ((page.get("links") or {}).get("next") or {}).get("href")
        return found


def main(task: dict[str, Any]) -> None:
    """Hold the connections."""
    tenant = Tenant(task["url"], task["key"])
    spaces = {space["name"]: space["id"] for space in tenant.all("/api/v1/spaces?limit=100")}
    listed = tenant.all("/api/v1/data-connections?limit=100")
    present = {(connection["space"], connection["qName"]): connection for connection in listed}

    def hold(wanted: dict[str, Any]) -> None:
        there = present.get((spaces[wanted["space"]], wanted["qName"]))
        if there is None:
            tenant.ask("POST", "/api/v1/data-connections", {**wanted, "space": spaces[wanted["space"]]})
        elif there["qConnectStatement"] != task["statements"][wanted["qName"]]:
            change = {
                "op": "replace",
                "path": "/connectionProperties/db",
                "value": wanted["connectionProperties"]["db"],
            }
            tenant.ask("PATCH", f"/api/v1/data-connections/{there['qID']}", [change])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(hold, task["connections"]))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
