# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter plan_digests."""

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_digests
short_description: Give the digest of each tenant's plan in a report
version_added: 0.1.0
description:
  - Takes a plan that M(qlikops.cloud.qlik_fleet_report) wrote as JSON, and gives the digest of each tenant's plan. As
    the option O(qlikops.cloud.qlik_data_connections#module:approved_plan) it makes sure that nothing else is done than
    what was approved.
  - Tenants whose plan failed, or that were not reached, have no digest.
  - Anything else than a whole plan of this version is an error. So is nothing, or an empty text. A plan that holds no
    tenant approves none.
options:
  _input:
    description:
      - The text of the file, or its content as a dictionary. What this filter gave before, such as an artifact of an
        earlier job, is given back.
    type: raw
    required: true
seealso:
  - module: qlikops.cloud.qlik_fleet_report
  - module: qlikops.cloud.qlik_data_connections
author:
  - qlikops.cloud contributors (@qlikops)
"""

EXAMPLES = r"""
- name: Do what was approved for this tenant, and nothing else
  qlikops.cloud.qlik_data_connections:
    connections: "{{ sales_connections }}"
    approved_plan: "{{ (lookup('ansible.builtin.file', 'plan.json') | qlikops.cloud.plan_digests)[inventory_hostname]
      }}"
"""

RETURN = r"""
_value:
  description: The digests by host name.
  type: dict
  sample:
    acme-eu: "v2:4a44dc15364204a80fe80e9039455cc1608281820fe2b24f1e5233ade6af1dd5"
"""

import json
import re
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import hidden_defects
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import SCHEMA

_DIGEST = re.compile("v2:[0-9a-f]{64}")
# Those of 0.1.0 covered less than what is written.
_FIRST_FORM = re.compile("[0-9a-f]{64}")
_NAME = "qlikops.cloud.plan_digests"
_MAKE = "Make one with the playbook qlikops.cloud.plan, or with qlikops.cloud.qlik_fleet_report and kind plan."


def plan_digests(plan: t.Any) -> dict[str, str]:
    """The digests in a plan by host. Raises AnsibleFilterError for anything else than a plan that this version can
    read.
    """
    if plan is None or plan in ("", b""):
        raise AnsibleFilterError(
            f"{_NAME}: an approved plan is demanded, and none was given, or an empty one. {_MAKE} In a workflow of AWX"
            " the plan is handed on by the step that made it: see whether that step comes before this one."
        )
    report = plan
    if isinstance(plan, (str, bytes)):
        report = _parse(plan)
    if not isinstance(report, Mapping):
        raise _no_report()
    if report and _are_digests(report):
        return _current(report)
    return _current(_digests_of(report))


def _no_report() -> AnsibleFilterError:
    return AnsibleFilterError(f"{_NAME}: this is no report of qlikops.cloud. {_MAKE}")


def _digests_of(report: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    """What a plan says of its hosts. Raises AnsibleFilterError."""
    schema = report.get("schema")
    if not isinstance(schema, str) or not schema.startswith("qlikops.cloud/report/"):
        raise _no_report()
    if schema != SCHEMA:
        raise AnsibleFilterError(
            f"{_NAME}: this report has the form {schema}, and this version of the collection reads {SCHEMA}. {_MAKE}"
        )
    if report.get("kind") != "plan":
        raise AnsibleFilterError(
            f"{_NAME}: this report is of kind '{report.get('kind')}', and only a plan can be approved. {_MAKE}"
        )
    digests = report.get("digests")
    if not isinstance(digests, Mapping) or not _are_digests(digests):
        raise AnsibleFilterError(f"{_NAME}: this plan is damaged: its digests are missing. {_MAKE}")
    return digests


def _are_digests(mapping: Mapping[t.Any, t.Any]) -> bool:
    """Whether all that a mapping holds are digests, of this form or the first."""
    for digest in mapping.values():
        if not isinstance(digest, str) or not (_DIGEST.fullmatch(digest) or _FIRST_FORM.fullmatch(digest)):
            return False
    return True


def _current(digests: Mapping[t.Any, t.Any]) -> dict[str, str]:
    """The digests, if they cover all that is written. Raises AnsibleFilterError."""
    old = [str(host) for host, digest in digests.items() if _FIRST_FORM.fullmatch(digest)]
    if old:
        raise AnsibleFilterError(
            f"{_NAME}: this plan was made by qlikops.cloud 0.1.0 (the digest of {old[0]}), whose digests cover less"
            " than what is"
            " written. Nothing was done: plan again with this version, and approve that plan."
        )
    return {str(host): str(digest) for host, digest in digests.items()}


def _parse(text: str | bytes) -> t.Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AnsibleFilterError(f"{_NAME}: the text is no JSON, or was cut off ({error}). {_MAKE}") from None


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"plan_digests": hidden_defects()(plan_digests)}
