# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an event source is told: which tenants, how often, and what it keeps. Nothing here asks anybody."""

from __future__ import annotations

import difflib
import math
import os
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import QLIK_DOMAINS
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import ENVIRONMENT
from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean

_CLIENT = ("client_id", "client_secret")
_OF_ONE_TENANT = ("access_token", "context")
WAYS_TO_SIGN_IN = (*_OF_ONE_TENANT, *_CLIENT)
_SIGN_IN = ("tenant_url", *WAYS_TO_SIGN_IN)
_CONNECTION = ("validate_certs", "ca_path")
_ORGANIZATION_CLIENT = (*_CLIENT, "organization_url")
_LISTS = ("subscriptions", "regions", "countries", "statuses", "allowed_domains")
_ORGANIZATION = (*_ORGANIZATION_CLIENT, *_LISTS, "filter", "hostname")
_HOST_NAMES = ("name", "id", "host")
_DEFAULTS = {"statuses": ["active"], "allowed_domains": list(QLIK_DOMAINS), "hostname": "name"}
# Option: what it is when left out, and the lowest that means something.
_NUMBERS: dict[str, tuple[float, float]] = {
    "interval": (300, 1),
    "compare_interval": (3600, 1),
    "overlap": (120, 0),
    "poll_seconds": (120, 1),
    "parallel": (8, 1),
    "timeout": (30, 1),
}
# A year: what can be waited for, and counted in by all that takes such numbers.
_MOST = 366 * 86400
# What ansible-rulebook adds by itself.
_FOREIGN = frozenset(("eda_feedback_queue",))

Options = Mapping[str, t.Any]


class OrganizationOptions(t.NamedTuple):
    """Which tenants of an organization, and the client that may list them."""

    client: Options
    subscriptions: tuple[str, ...]
    regions: tuple[str, ...]
    countries: tuple[str, ...]
    statuses: tuple[str, ...]
    expression: str
    allowed_domains: tuple[str, ...]
    hostname: str


class WatchOptions(t.NamedTuple):
    """All of it. Times are seconds; C(tenants) holds for each tenant what a module would be given to sign in.

    C(clients) are the OAuth clients of regions, for tenants of the organization; C(client) that of all others, empty if
    there is none.
    """

    tenants: tuple[Options, ...]
    organization: OrganizationOptions | None
    client: Options
    clients: Mapping[str, Options]
    connection: Options
    interval: float
    compare_interval: float
    overlap: float
    poll_seconds: float
    parallel: int
    state_dir: str


def read_options(given: Options, environ: Mapping[str, str] | None = None) -> WatchOptions:
    """Raises QlikError, which quotes no value. The environment gives whole OAuth clients to those that name no way."""
    if environ is None:
        environ = os.environ
    known = (*_SIGN_IN, *_CONNECTION, *_NUMBERS, "tenants", "organization", "clients", "state_dir")
    _insist_on_known(given, known, "qlik_connections")
    numbers = {name: _number(given, name) for name in _NUMBERS}
    connection = {
        "validate_certs": _flag(given, "validate_certs", default=True),
        "ca_path": _path(given, "ca_path"),
        "timeout": numbers["timeout"],
        "max_wait": int(numbers["poll_seconds"]),
    }
    sign_in = {name: _text(given, name) for name in _SIGN_IN if given.get(name) is not None}
    clients = _clients(given)
    tenants = _tenants(given, sign_in, environ)
    organization = _organization(given, connection)
    client = _client_for_all(sign_in, environ) if organization else {}
    if organization and not client and not clients:
        raise QlikError(
            "organization: no way to sign in to its tenants was given. Give client_id and client_secret (or"
            " QLIK_CLIENT_ID and QLIK_CLIENT_SECRET), or clients for their regions."
        )
    return WatchOptions(
        tenants=tenants,
        organization=organization,
        client=client,
        clients=clients,
        connection=connection,
        interval=numbers["interval"],
        compare_interval=numbers["compare_interval"],
        overlap=numbers["overlap"],
        poll_seconds=numbers["poll_seconds"],
        parallel=int(numbers["parallel"]),
        state_dir=_path(given, "state_dir"),
    )


def _tenants(given: Options, sign_in: Options, environ: Mapping[str, str]) -> tuple[Options, ...]:
    """What names the tenants: a list, or the options themselves, or else the environment."""
    if given.get("tenants") and given.get("organization"):
        raise QlikError("Give tenants or organization, not both: two event sources can watch them side by side.")
    if "organization" in given:
        alone = [name for name in ("tenant_url", *_OF_ONE_TENANT) if sign_in.get(name)]
        if alone:
            raise QlikError(
                f"{alone[0]} belongs to one tenant, and not to those of an organization: give clients, or client_id and"
                " client_secret."
            )
        return ()
    if "tenants" not in given:
        return (sign_in,)
    listed = given["tenants"]
    if not listed or not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise QlikError("tenants must be a list of dictionaries, one for each tenant.")
    if sign_in.get("tenant_url"):
        raise QlikError("Give tenant_url or tenants, not both.")
    return _listed_tenants(listed, {name: value for name, value in sign_in.items() if value}, environ)


def _listed_tenants(listed: t.Sequence[Options], shared: Options, environ: Mapping[str, str]) -> tuple[Options, ...]:
    """Each with a tenant_url of its own, and a whole way to sign in: its own, the one above, or the environment's
    client.
    """
    shared = shared or _client_of_environment(environ)
    tenants = []
    sharing = 0
    for one in listed:
        _insist_on_known(one, (*_SIGN_IN, "name"), "tenants")
        own = {name: _text(one, name) for name in one}
        if not own.get("tenant_url"):
            raise QlikError("tenants: each needs a tenant_url of its own.")
        if any(own.get(name) for name in WAYS_TO_SIGN_IN):
            tenants.append(own)
            continue
        if not shared:
            raise QlikError(
                "tenants: each needs a way to sign in: one of its own, or client_id and client_secret beside tenants"
                " (or QLIK_CLIENT_ID and QLIK_CLIENT_SECRET) for all."
            )
        sharing += 1
        tenants.append({**own, **shared})
    alone = [name for name in _OF_ONE_TENANT if name in shared]
    if alone and sharing > 1:
        raise QlikError(f"{alone[0]} belongs to one tenant: give it in tenants, with the one that it is for.")
    return tuple(tenants)


def _client_for_all(sign_in: Options, environ: Mapping[str, str]) -> Options:
    """The OAuth client that is named beside an organization, or else in the environment."""
    client = {name: sign_in[name] for name in _CLIENT if sign_in.get(name)}
    if len(client) == 1:
        raise QlikError("An OAuth client needs client_id and client_secret, and both as options.")
    return client or _client_of_environment(environ)


def _client_of_environment(environ: Mapping[str, str]) -> Options:
    """Both halves of an OAuth client, or nothing: none is completed with half of another."""
    client = {name: environ.get(ENVIRONMENT[name], "") for name in _CLIENT}
    return client if all(client.values()) else {}


def _organization(options: Options, connection: Options) -> OrganizationOptions | None:
    if "organization" not in options:
        return None
    named = options["organization"]
    if not named or not isinstance(named, Mapping):
        raise QlikError("organization must be a dictionary that says which tenants, such as by subscriptions.")
    _insist_on_known(named, _ORGANIZATION, "organization")
    # As in the inventory: a tenant that is switched off or deleted is still listed, and null is the default.
    given = {**_DEFAULTS, **{name: value for name, value in named.items() if value is not None}}
    lists = {name: _texts(given, name) for name in _LISTS}
    hostname = _text(given, "hostname")
    if hostname not in _HOST_NAMES:
        raise QlikError(f"organization.hostname must be one of {', '.join(_HOST_NAMES)}.")
    return OrganizationOptions(
        client={**connection, **{name: _text(given, name) for name in _ORGANIZATION_CLIENT}},
        subscriptions=lists["subscriptions"],
        regions=lists["regions"],
        countries=lists["countries"],
        statuses=lists["statuses"],
        expression=_text(given, "filter"),
        allowed_domains=lists["allowed_domains"],
        hostname=hostname,
    )


def _clients(given: Options) -> dict[str, Options]:
    """The clients of regions, by their codes in small letters."""
    listed = given.get("clients") or {}
    if not isinstance(listed, Mapping):
        raise QlikError("clients must be a dictionary.")
    clients = {str(region).lower(): _client(region, client) for region, client in listed.items()}
    if len(clients) < len(listed):
        raise QlikError("clients names a region twice: in capitals it is the same.")
    if clients and not given.get("organization"):
        raise QlikError(
            "clients are for the tenants of an organization: name that, or give client_id and client_secret."
        )
    return clients


def _client(region: str, given: t.Any) -> Options:
    if not isinstance(given, Mapping):
        raise QlikError("clients must be a dictionary of regions, each with client_id and client_secret.")
    _insist_on_known(given, _CLIENT, f"clients.{region}")
    client = {name: _text(given, name) for name in _CLIENT}
    if not all(client.values()):
        # Else it would be completed with half of another client.
        raise QlikError(f"clients.{region} needs client_id and client_secret, and both must hold something.")
    return client


def _text(given: Options, name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise QlikError(f"{name} must be a text.")
    return str(value)


def _path(given: Options, name: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise QlikError(f"{name} must be a text.")
    return value or ""


def _flag(given: Options, name: str, *, default: bool) -> bool:
    """What Ansible's modules take for true or false."""
    value = given.get(name)
    if value is None:
        return default
    try:
        return as_boolean(value, strict=True)
    except TypeError:
        raise QlikError(f"{name} must be true or false.") from None


def _texts(given: Options, name: str) -> tuple[str, ...]:
    value = given.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise QlikError(f"{name} must be a list of texts.")
    return tuple(value)


def _number(given: Options, name: str) -> float:
    default, least = _NUMBERS[name]
    value = given.get(name)
    if value is None:
        return default
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except OverflowError:
        number = math.inf
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise QlikError(f"{name} must be a number.")
    if number < least:
        raise QlikError(f"{name} must be {least:g} or more.")
    if number > _MOST:
        raise QlikError(f"{name} must be {_MOST} or less.")
    return number


def _insist_on_known(given: Options, known: t.Sequence[str], where: str) -> None:
    for name in sorted(str(name) for name in given):
        if name in known or name in _FOREIGN:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"There are: {', '.join(known)}."
        if near:
            advice = f"Did you mean '{near[0]}'?"
        raise QlikError(f"{where}: '{name[:64]}' is no option. {advice}")
