# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin qlik_tenants: each tenant is a host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: qlik_tenants
short_description: Qlik Cloud tenants as hosts, from the organization or from the contexts of qlik-cli
version_added: 0.1.0
description:
  - Makes each Qlik Cloud tenant a host of the group C(qlik_tenants), which is where the playbooks of this collection
    look for tenants.
  - Tenants are read from Qlik's organization API (V(source=organization)) or from the contexts of Qlik's command line
    tool (V(source=contexts)).
  - The name of the configuration file must end in C(qlik_tenants.yml) or C(qlik_tenants.yaml).
  - Each host also belongs to groups by what is known of its tenant. They are called C(qlik_region_eu),
    C(qlik_country_de), C(qlik_subscription_…) and C(qlik_status_active), with an underscore for each character that a
    group's name can't hold. They are children of C(qlik_tenants), so their variables count more than those of
    C(qlik_tenants) itself.
  - The variables of each host are C(qlik_tenant_host) (its own name), C(qlik_tenant_url), C(qlik_tenant_id),
    C(qlik_tenant_name), C(qlik_region), C(qlik_country), C(qlik_subscription), C(qlik_status), C(qlik_hostnames) and
    C(ansible_connection) (V(local)). With V(source=contexts) there is C(qlik_context) too. What the source doesn't know
    is an empty text.
  - A tenant whose name is that of a host or group of another inventory, which was read before, gets its id appended,
    and a warning says so. A host there that is in the group C(qlik_tenants), or has the same C(qlik_tenant_id) or
    C(qlik_tenant_url), is taken as the tenant itself. Of inventories that are read later this plugin knows nothing. So
    the modules of this collection refuse a host that got another C(ansible_host) or C(ansible_connection), or whose
    C(qlik_tenant_host) isn't its own name.
  - Hosts are in the order of their names, so a rollout begins with the first of them.
  - No credentials become variables. With V(source=contexts) the tasks take them from the context that C(qlik_context)
    names. With V(source=organization), give the tenants an OAuth client in C(group_vars), as an organization's client
    has no access to tenants.
  - An option that isn't known is an error, as it would otherwise leave the list wider than it is meant to be.
  - It is all or nothing. When a part of the list can't be had, there is an error, and neither hosts nor a cache.
options:
  plugin:
    description:
      - Tells that this file is for this plugin.
    type: str
    required: true
    choices: [qlikops.cloud.qlik_tenants]
  source:
    description:
      - Where to look for tenants.
      - V(organization) is Qlik's organization API. It knows all tenants of all subscriptions of an organization.
      - V(contexts) is the file of Qlik's command line tool, C(~/.qlik/contexts.yml), or that in the folder
        E(QLIK_CLI_USER_HOME_DIR). Contexts of other servers than Qlik Cloud are left out.
    type: str
    choices: [organization, contexts]
    default: organization
  client_id:
    description:
      - The id of an organization-level OAuth client with the scope C(cloud-console.tenants:read). It may be a template,
        which sees extra variables only.
      - If neither this nor O(client_secret) is given in any way, E(QLIK_CLIENT_ID) and E(QLIK_CLIENT_SECRET) are used
        together.
    type: str
    env:
      - name: QLIK_ORGANIZATION_CLIENT_ID
  client_secret:
    description:
      - The secret of the OAuth client O(client_id). It may be a template, or encrypted with Ansible Vault.
      - The token is kept in the same way as those of the modules. See
        O(qlikops.cloud.qlik_tenant_info#module:client_secret).
    type: str
    env:
      - name: QLIK_ORGANIZATION_CLIENT_SECRET
  organization_url:
    description:
      - The address of the organization API.
      - V(http://) is accepted for loopback addresses only. Tenants with loopback addresses are then reached without TLS
        as well.
    type: str
    default: https://console.qlikcloud.com
  subscriptions:
    description:
      - The ids of the subscriptions whose tenants are wanted. Qlik documents them as required. Without any, the
        organization is asked all the same, and if it refuses, the error says so.
    type: list
    elements: str
    default: []
  regions:
    description:
      - The codes of the regions whose tenants are wanted, such as V(eu). All regions if empty.
    type: list
    elements: str
    default: []
  countries:
    description:
      - The codes of the countries whose tenants are wanted, such as V(DE). All countries if empty.
    type: list
    elements: str
    default: []
  statuses:
    description:
      - The statuses of the tenants that are wanted. Qlik knows V(active), V(disabled), V(deactivated) and V(deleted).
        All if empty.
    type: list
    elements: str
    default: [active]
  filter:
    description:
      - A filter in Qlik's own language (SCIM), which tenants must pass besides all the options above.
    type: str
  allowed_domains:
    description:
      - Where tenants may lie, with V(source=organization). The hosts get the address of the first of a tenant's host
        names that lies there, and clients' secrets are sent to it. A tenant without such a host name is left out, and a
        warning says so. So are tenants of which the organization gives the same address.
      - Names of hosts, V(*.example.com) for all below a domain, and V(loopback) for this machine. What is given takes
        the place of the default.
      - Contexts of qlik-cli aren't looked at, as their addresses are what somebody typed.
    type: list
    elements: str
    default: ['*.qlikcloud.com', '*.qlikcloudgov.com', loopback]
    version_added: 1.0.0
  include_contexts:
    description:
      - Shell patterns for the names of the contexts to take, with V(source=contexts).
    type: list
    elements: str
    default: ['*']
  exclude_contexts:
    description:
      - Shell patterns for the names of the contexts to leave out, with V(source=contexts). This counts more than
        O(include_contexts).
    type: list
    elements: str
    default: []
  hostname:
    description:
      - What hosts are called.
      - V(name) is the tenant's name, or that of the context. Characters other than letters, digits, underscores, dots
        and hyphens become hyphens, and so does the dot of C(.yml), C(.yaml) and C(.json) at the end, since Ansible
        would give a host C(acme.yml) what C(host_vars/acme.yml) says for the host C(acme). When tenants share a name,
        each of them gets its id appended, and a warning says so.
      - V(id) is the tenant's id, which never changes. Contexts don't know it.
      - V(host) is the first host name of the tenant.
    type: str
    choices: [name, id, host]
    default: name
  validate_certs:
    description:
      - Whether TLS certificates are verified. Leave this on, except against a test server.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a file with the certificates of the authorities to trust (PEM).
    type: path
  timeout:
    description:
      - How many seconds one whole request may take, from looking up the host's name to the last byte of the answer.
      - When they are over, the connection is closed, however slowly the answer is still coming.
    type: int
    default: 30
  max_wait:
    description:
      - How many seconds may be spent in all on waiting, for rate limits and before failed requests are repeated.
    type: int
    default: 900
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
requirements:
  - requests >= 2.28
notes:
  - Ansible only warns when an inventory can't be read, and goes on without its hosts. Set C(any_unparsed_is_failed) in
    the section C([inventory]) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), to stop instead.
  - Only tenants from the organization are cached, without secrets. A changed question is never answered from the cache.
seealso:
  - module: qlikops.cloud.qlik_data_connections
  - name: Organization-level OAuth clients
    description: How to create one.
    link: https://qlik.dev/authenticate/oauth/
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
---
# inventory/qlik_tenants.yml: all active tenants of a subscription. Two lines are enough:
#   plugin: qlikops.cloud.qlik_tenants
#   subscriptions: [65f0c1d2e3b4a5968778695a]
# The credentials are in QLIK_ORGANIZATION_CLIENT_ID and QLIK_ORGANIZATION_CLIENT_SECRET then.
#
# The contexts of qlik-cli, but those for experiments:
#   plugin: qlikops.cloud.qlik_tenants
#   source: contexts
#   exclude_contexts: ["sandbox-*"]
#
# Some regions, groups of one's own, and a cache that lasts an hour:
plugin: qlikops.cloud.qlik_tenants
client_id: 9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e
client_secret: "{{ vault_organization_client_secret }}"
subscriptions: [65f0c1d2e3b4a5968778695a]
regions: [eu, us]
compose:
  qlik_ca_path: "'/etc/ssl/certs/corporate.pem'"
groups:
  canaries: qlik_tenant_name is search('-test$')
keyed_groups:
  - key: qlik_tenant_name.split('-') | first
    prefix: customer
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible/inventory
cache_timeout: 3600
"""

import difflib
import hashlib
import json
import os
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._api.organization import (
        ListedTenant,
        Organization,
        Selection,
    )
    from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, printable
    from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import has_shape
    from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
    from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import QLIK_DOMAINS, Domains
    from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
        organization_settings,
    )
    from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
    from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
        Settings,
    )
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._tenant_hosts import (
        ALL_TENANTS,
        alone_at_their_addresses,
        context_tenants,
        groups_of,
        name_hosts,
        same_tenant,
        variables_of,
        why_left_out,
    )

SUFFIXES = ("qlik_tenants.yml", "qlik_tenants.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads tenants first, all of them, and only then adds hosts."""

    NAME = "qlikops.cloud.qlik_tenants"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        with hidden_defects():
            self._parse(path, cache)

    def _parse(self, path: str, cache: bool) -> None:
        self._insist_on_known_options(self._read_config_data(path))
        redact = Redactor()
        warnings: list[str] = []
        try:
            tenants = self._tenants(path, cache, redact, warnings)
            if not tenants:
                raise QlikError(" ".join([self._nothing_found(), *warnings]))
            hosts, clashes = name_hosts(tenants, self.get_option("hostname"), self._taken_by)
        except QlikError as error:
            raise AnsibleParserError(printable(redact(str(error)))) from None
        for warning in (*warnings, *clashes):
            self.display.warning(printable(redact(warning)))
        self._add_all(hosts)

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """What Ansible says of an option that isn't of its type quotes it, a secret too: so it is looked at before."""
        self._insist_on_shapes(direct or {})
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _insist_on_shapes(self, given: t.Mapping[str, t.Any]) -> None:
        """Raises AnsibleParserError for an option that can't be taken for what it was meant to be."""
        known = self.option_definitions
        problems = [_shape_problem(name, value, known[name]) for name, value in given.items() if name in known]
        if any(problems):
            raise AnsibleParserError(f"{self.NAME}: {' '.join(filter(None, problems))}")

    def _insist_on_known_options(self, given: t.Mapping[str, t.Any]) -> None:
        """Ansible ignores what it doesn't know: C(region) for C(regions) would mean all of them. Raises
        AnsibleParserError.
        """
        known = sorted(self.option_definitions)
        problems = []
        for name in sorted(str(name) for name in given if name not in known):
            advice = f"There are: {', '.join(known)}."
            near = difflib.get_close_matches(name.lower(), known, n=1)
            if near:
                advice = f"Did you mean '{near[0]}'?"
            problems.append(f"'{name}' is no option of {self.NAME}. {advice}")
        if problems:
            raise AnsibleParserError(printable(" ".join(problems)))

    def _tenants(self, path: str, cache: bool, redact: Redactor, warnings: list[str]) -> list[ListedTenant]:
        """The tenants that the source knows, and what is to be said of others. Raises QlikError."""
        if self.get_option("source") == "contexts":
            if self.get_option("hostname") == "id":
                raise QlikError("hostname is id, which the contexts of qlik-cli don't know. Set it to name or host.")
            return context_tenants(
                os.environ, self.get_option("include_contexts"), self.get_option("exclude_contexts"), warnings
            )
        settings = organization_settings(self._settings_options())
        redact.learn(settings.hidden)
        selection = self._selection()
        key = f"{self.get_cache_key(path)}_{_digest(settings.url, settings.client_id, selection.to_scim())}"
        tenants = None
        if cache and self.get_option("cache"):
            tenants = self._kept(key)
        if tenants is None:
            tenants = _ask(settings, selection, redact)
            if self.get_option("cache"):
                self._cache[key] = [tenant.to_cache() for tenant in tenants]
        return self._within_allowed_domains(tenants, settings.url, warnings)

    def _within_allowed_domains(
        self, tenants: t.Sequence[ListedTenant], organization_url: str, warnings: list[str]
    ) -> list[ListedTenant]:
        """The tenants of an organization to whose addresses secrets may be sent; a warning for each other."""
        domains = Domains(self.get_option("allowed_domains"))
        placed = []
        for tenant in tenants:
            found = tenant.within(domains, organization_url)
            if found.url:
                placed.append(found)
            else:
                warnings.append(why_left_out(found, domains))
        return alone_at_their_addresses(placed, warnings)

    def _settings_options(self) -> dict[str, t.Any]:
        options = {name: self.get_option(name) for name in ("validate_certs", "ca_path", "timeout", "max_wait")}
        self.templar.available_variables = self._vars or {}
        for name in ("client_id", "client_secret", "organization_url"):
            value = self.get_option(name) or ""
            if value:
                value = str(self.templar.template(value))
            options[name] = value
        return options

    def _selection(self) -> Selection:
        return Selection(
            subscriptions=tuple(self.get_option("subscriptions") or ()),
            regions=tuple(self.get_option("regions") or ()),
            countries=tuple(self.get_option("countries") or ()),
            statuses=tuple(self.get_option("statuses") or ()),
            expression=self.get_option("filter") or "",
        )

    def _kept(self, key: str) -> list[ListedTenant] | None:
        """What the cache holds for this question, None if that is nothing usable."""
        try:
            return [ListedTenant.from_cache(kept) for kept in self._cache[key]]
        except (KeyError, TypeError, ValueError):
            return None

    def _nothing_found(self) -> str:
        if self.get_option("source") == "contexts":
            return (
                "No context of qlik-cli is meant. Check include_contexts and exclude_contexts, and what `qlik"
                " context ls` says."
            )
        asked = self._selection().to_scim() or "none"
        return (
            "The organization has no tenant that is meant. Check subscriptions, regions, countries and statuses."
            f" The filter was: {asked}"
        )

    def _taken_by(self, name: str, tenant: ListedTenant) -> str:
        """What another inventory calls by this name, if it isn't the tenant itself."""
        if name in self.inventory.groups:
            return "a group"
        host = self.inventory.hosts.get(name)
        if host is None or same_tenant(tenant, host.get_vars(), {group.name for group in host.get_groups()}):
            return ""
        return "a host"

    def _add_all(self, hosts: t.Mapping[str, ListedTenant]) -> None:
        """Add all hosts; when a template of the user's fails in strict mode, take away again what was added."""
        known = set(self.inventory.hosts)
        try:
            self.inventory.add_group(ALL_TENANTS)
            # The first of them is the canary of a rollout, so the order must not be Qlik's of the day.
            for name in sorted(hosts):
                self._add(name, hosts[name])
        except Exception:
            for name in set(self.inventory.hosts) - known:
                self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _add(self, name: str, tenant: ListedTenant) -> None:
        self.inventory.add_host(name, group=ALL_TENANTS)
        self.inventory.set_variable(name, "ansible_connection", "local")
        for variable, value in variables_of(tenant, name).items():
            self.inventory.set_variable(name, variable, wrap_var(value))
        if not tenant.context and self.get_option("allowed_domains") != list(QLIK_DOMAINS):
            self.inventory.set_variable(name, "qlik_allowed_domains", wrap_var(self.get_option("allowed_domains")))
        for group in groups_of(tenant):
            self.inventory.add_group(group)
            self.inventory.add_child(ALL_TENANTS, group)
            self.inventory.add_host(name, group=group)
        strict = self.get_option("strict")
        variables = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), {}, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, name, strict=strict)


def _shape_problem(name: str, value: t.Any, definition: t.Mapping[str, t.Any]) -> str:
    """What is said of an option that can't be of its type; empty if it can."""
    kind = definition.get("type", "str")
    if kind in ("str", "path"):
        if isinstance(value, list):
            return f"{name} must be a text, but is a list."
        if isinstance(value, Mapping):
            return f"{name} must be a text, but is a dictionary."
    if kind not in ("int", "bool") or "{{" in str(value) or has_shape(value, {"type": kind}):
        return ""
    if kind == "int":
        return f"{name} must be an integer."
    return f"{name} must be true or false."


def _ask(settings: Settings, selection: Selection, redact: Redactor) -> list[ListedTenant]:
    session = TenantSession(settings, read_only=True, redact=redact, resources=RESOURCES, parallel=1)
    try:
        return Organization(session, settings.url).tenants(selection)
    finally:
        session.close()


def _digest(*question: str) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:16]
