# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the job of a fleet a few times before Ansible forks, for a tenant that exists on paper.

Ansible forks a process for each tenant, in which everything would be done for the first time: Python makes the code of
a function quicker once it has run a few times (PEP 659), libraries fill their caches, and every page of memory in which
that is noted is copied. What was done before the fork, all these processes begin with.

The tenant answers through a pair of sockets that both are this process's own: no name is looked up, and nothing is
connected to.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import socket
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import LEAST
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Job, Result, run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    KEY_LENGTH,
    fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import TAG_MANAGED
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._session.connections import (
    Direct,
    PlainPool,
    connections_to,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.sockets import BoundedSocket
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import Transport
from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck

ROUNDS = 3
CONNECTIONS = 4
# It is never connected to.
_URL = "http://127.0.0.1"
_TENANT = "paper"
_SPACE = {"id": "000000000000000000000000", "name": "Paper", "type": "shared", "ownerId": "", "description": ""}
_KEY = KEY_LENGTH * "-"
_MOST_OF_A_REQUEST = 65536


def warm_up(job: Job, check: OptionCheck) -> None:
    """Do the job of C(qlik_data_connections) a few times.

    It is done for speed alone: what doesn't work here, the task says that needs it, and nobody waits for it.
    """
    with contextlib.suppress(Exception), _unlogged():
        for _round in range(ROUNDS):
            if rehearse(job, check).get("failed"):
                break
    # Whatever is there by now, Python's search for cycles needn't touch again in each of them, which then had to be
    # given copies of it: see the documentation of gc.freeze.
    gc.freeze()


@contextlib.contextmanager
def _unlogged() -> t.Iterator[None]:
    """urllib3 tells of each request where somebody logs all there is, and these are none."""
    log = logging.getLogger("urllib3")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


def rehearse(job: Job, check: OptionCheck) -> Result:
    """What the job gives for a tenant that is as declared, all that it would write left out."""
    arguments = {
        "tenant_url": _URL,
        "access_token": _TENANT,
        "spaces": [{"name": _SPACE["name"]}],
        "connections": list(map(_definition, range(CONNECTIONS))),
        "fingerprint_key": _KEY,
        "max_wait": 0,
        "timeout": LEAST["timeout"],
    }
    checked = check.check(arguments)
    options = checked.validation.validated_parameters
    result, hidden = run_job(job, options, False, None, checked.misplaced, looks=True, sessions=_Session)
    occurring(hidden, shown_texts(result))
    return result


def _definition(number: int) -> dict[str, t.Any]:
    return {
        "name": f"Connection {number}",
        "space": _SPACE["name"],
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "port": 5432, "db": f"orders_{number}", "username": "reader"},
        "secrets": {"password": f"{_TENANT}-{number}"},
    }


def _connection(number: int) -> dict[str, t.Any]:
    """A connection as the tenant shows it, with the tags that this collection gave it."""
    declared = _definition(number)
    shown = {"driver": "postgres", **declared["properties"]}
    user = shown.pop("username")
    pairs = "".join(f"{name}={value};" for name, value in shown.items())
    place = {"space_id": _SPACE["id"], "name": declared["name"]}
    sent = fingerprint(_KEY, tenant_id=_TENANT, secrets=declared["secrets"], **place)
    identifier = f"00000000-0000-4000-8000-{number:012}"
    return {
        "id": identifier,
        "qID": identifier,
        "qName": declared["name"],
        "qType": "QvOdbcConnectorPackage.exe",
        "qConnectStatement": f'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;{pairs}"',
        "qSeparateCredentials": False,
        "qCredentialsID": identifier,
        "datasourceID": declared["data_source"],
        "space": _SPACE["id"],
        "tenant": _TENANT,
        "user": "",
        "created": "2026-01-01T00:00:00.000Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "tags": [sent.tag(), user_tag(_TENANT, {"username": user}), TAG_MANAGED],
    }


def _answer(request: bytes) -> bytes:
    """What the tenant answers to a request, both as they are sent."""
    found = list(map(_connection, range(CONNECTIONS)))
    if b"/spaces" in request.partition(b"\r\n")[0]:
        found = [{**_SPACE, "tenantId": _TENANT}]
    body = json.dumps({"data": found, "links": {}}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Connection(Direct):
    """A connection that ends in this process, which nobody else empties: what doesn't fit in fails."""

    _tenants: socket.socket | None = None

    def _new_conn(self) -> BoundedSocket:
        ours, self._tenants = socket.socketpair()
        self._tenants.setblocking(False)
        return BoundedSocket(ours.family, ours.type, ours.proto, ours.detach())

    def send(self, data: t.Any) -> None:
        super().send(data)
        if self._tenants is not None:
            self._tenants.sendall(_answer(self._tenants.recv(_MOST_OF_A_REQUEST)))

    def close(self) -> None:
        super().close()
        if self._tenants is not None:
            self._tenants.close()


class _Pool(PlainPool):
    ConnectionCls = _Connection


def _connections_on_paper(url: str, proxies: t.Mapping[str, str], verify: bool | str, parallel: int) -> t.Any:
    connections = connections_to(url, proxies, verify, parallel)
    connections.pool_classes_by_scheme = {"http": _Pool}
    return connections


class _Transport(Transport):
    connections_to = staticmethod(_connections_on_paper)


class _Session(TenantSession):
    transport = _Transport
