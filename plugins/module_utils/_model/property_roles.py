# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What properties say of where a connection leads, and how: hosts, ports, gateways, encryption, targets.

With property_names, the one place that knows particular properties. Names are compared in lower case.

Sources: the connection properties of the data sources on qlik.dev, and Qlik's own examples.
"""

from __future__ import annotations

import re
import typing as t


def _words(*lines: str) -> frozenset[str]:
    """The words of some lines."""
    return frozenset(" ".join(lines).split())


# What may hold a host, or a list of such, in any of the sources' words; also as the key of a part of a longer text.
_HOST_HOLDER = re.compile(
    r"(host|server|url|uri|endpoint|domain|broker|bootstrap|contactpoint|address|addr|proxy|data ?source)"
    r"s?[ _]?(name|list)?s?[ _]?[0-9]{0,2}\Z",
    re.IGNORECASE,
)
_PORT = re.compile(r"port\Z", re.IGNORECASE)
# What connections go through, in a network of the customer's.
_GATEWAY_NAMES = _words("gatewayinstance agentid")

# Sources whose connections are encrypted whatever is declared: there is no other way to reach them.
_ENCRYPTED_ALWAYS = _words(
    "snowflake gbq athena sfdc file_amazons3connector file_amazons3connectorv2 amazons3connectorv2",
    "file_googlecloudstorageconnector googlecloudstorageconnector file_filetransferconnector",
    "reptgt_qdisnowflake reptgt_qdibigquery reptgt_qdis3 reptgt_qdigooglecloudstorage reptgt_qdidatabricks",
)
# Sources whose connections need name no host: that of a cloud's service, of which there is one, or one for each region,
# or none, for the files of a gateway's own machine.
_HOSTLESS = _words(
    "gbq athena sfdc file_amazons3connector file_amazons3connectorv2 amazons3connectorv2",
    "file_googlecloudstorageconnector googlecloudstorageconnector file_local",
    "reptgt_qdibigquery reptgt_qdis3 reptgt_qdigooglecloudstorage",
)
_MODES = _words("require required verify-ca verify_ca verify-full verify_full")
_ON = _words("1 true yes on")
# The property by which others say it, and the values that do.
_ENCRYPTED_BY = {
    "postgres": ("sslmode", _MODES),
    "databricks": ("ssl", _ON),
    "repsrc_mysql": ("sslmode", _MODES),
    "repsrc_postgresql": ("sslmode", _MODES),
    "repsrc_mssql": ("useencryptedconnection", _ON),
    "reptgt_mssqltarget": ("useencryptedconnection", _ON),
    "reptgt_qdipostgresql": ("sslmode", _MODES),
}
# And those that say it by the scheme of their address.
_ENCRYPTED_BY_SCHEME = _words("rest")

# The same kind of database behind sources of several ids, and the port that it has if none is said.
_FAMILIES = (
    ("postgres", "5432"),
    ("mysql", "3306"),
    ("mssql", "1433"),
    ("azure_sql", "1433"),
    ("azuresql", "1433"),
    ("oracle", "1521"),
    ("redshift", "5439"),
    ("teradata", "1025"),
    ("snowflake", "443"),
    ("databricks", "443"),
    ("mongo", "27017"),
    ("filetransfer", "22"),
)
_FAMILIES_WITHOUT_PORT = (("amazons3", "s3"), ("qdis3", "s3"), ("googlecloudstorage", "gcs"))
# What tells a target from others where a source doesn't say it, in the words of all sources; by what they mean.
HOST, PORT, URL = "host", "port", "url"
_TARGET_ROLES = {
    "host": "host",
    "server": "host",
    "url": "url",
    "port": "port",
    "sftpport": "port",
    "db": "database",
    "database": "database",
    "catalog": "catalog",
    "schema": "schema",
    "httppath": "path",
    "bucketname": "bucket",
    "region": "region",
    "awsregion": "region",
    "storageaccount": "account",
    "filesystem": "container",
    "envdomain": "host",
}
_GATEWAY_PREFIX = "dg_"
# The beginnings of the ids of sources whose connections go through a gateway, and the property that says which one.
_GATEWAY_SOURCES = {_GATEWAY_PREFIX: "gatewayinstance", "repsrc_": "agentid", "reptgt_": "agentid"}


def holds_hosts(name: str) -> bool:
    """Whether a property, or the key of a part of a longer text, holds hosts or their addresses."""
    return bool(_HOST_HOLDER.search(name.strip()))


def is_port_name(name: str) -> bool:
    """Whether a property holds a port."""
    return bool(_PORT.search(name))


def is_gateway_name(name: str) -> bool:
    """Whether a property says through which gateway a connection goes."""
    return name.lower() in _GATEWAY_NAMES


def reads_gateway(data_source: str, name: str) -> bool:
    """Whether a source goes through the gateway that a property of this name says; others may keep one for nothing."""
    lowered = data_source.lower()
    return any(lowered.startswith(start) and name.lower() == held for start, held in _GATEWAY_SOURCES.items())


def is_hostless(data_source: str) -> bool:
    """Whether connections of a source need name no host to lead where everybody knows."""
    return _without_gateway(data_source) in _HOSTLESS


class Encryption(t.NamedTuple):
    """How a source says that it encrypts: C(always), by the scheme of its address, or by a property (in lower case)
    that has one of some values.
    """

    always: bool = False
    by_scheme: bool = False
    property: str = ""
    values: frozenset[str] = frozenset()


def encryption_of(data_source: str) -> Encryption | None:
    """How a source says that it encrypts; None where that isn't known."""
    source = _without_gateway(data_source)
    if source in _ENCRYPTED_ALWAYS:
        return Encryption(always=True)
    if source in _ENCRYPTED_BY_SCHEME:
        return Encryption(by_scheme=True)
    if source in _ENCRYPTED_BY:
        name, values = _ENCRYPTED_BY[source]
        return Encryption(property=name, values=values)
    return None


def family_of(data_source: str) -> tuple[str, str]:
    """What kind of target a source leads to, whichever of its connectors that is, and its usual port, if it has one."""
    source = _without_gateway(data_source)
    for part, family in _FAMILIES_WITHOUT_PORT:
        if part in source:
            return family, ""
    for part, port in _FAMILIES:
        if part in source:
            return {"azure_sql": "mssql", "azuresql": "mssql"}.get(part, part), port
    return source, ""


def _without_gateway(data_source: str) -> str:
    lowered = data_source.lower()
    return lowered[len(_GATEWAY_PREFIX) :] if lowered.startswith(_GATEWAY_PREFIX) else lowered


def target_role(name: str) -> str:
    """What a property says of a target (C(host), C(port), C(database), ...), whatever it is called; empty for one that
    says nothing of it.
    """
    return _TARGET_ROLES.get(name.lower(), "")
