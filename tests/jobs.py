"""Running jobs of the collection in this process, against an emulated tenant: for tests that need many runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils import _argspec
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import (
    acceptance,
    data_connection,
    data_connection_info,
    data_connection_test,
    data_connections,
    data_credential,
    data_credential_info,
    data_source,
    data_source_info,
    space,
    tenant_info,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._session.today import utc_today

from tests.emulator import Tenant

JOBS = {
    "qlik_acceptance": (acceptance.job_with(data_connections.run, data_connection_info.run), _argspec.acceptance_spec),
    "qlik_data_connection": (data_connection.run, _argspec.data_connection_spec),
    "qlik_data_connections": (data_connections.run, _argspec.data_connections_spec),
    "qlik_data_connection_info": (data_connection_info.run, _argspec.data_connection_info_spec),
    "qlik_data_connection_test": (data_connection_test.run, _argspec.data_connection_test_spec),
    "qlik_data_credential": (data_credential.run, _argspec.data_credential_spec),
    "qlik_data_credential_info": (data_credential_info.run, _argspec.data_credential_info_spec),
    "qlik_data_source": (data_source.run, _argspec.data_source_spec),
    "qlik_data_source_info": (data_source_info.run, _argspec.data_source_info_spec),
    "qlik_space": (space.run, _argspec.space_spec),
    "qlik_tenant_info": (tenant_info.run, _argspec.tenant_info_spec),
}


def run(
    module: str,
    tenant: Tenant,
    options: Mapping[str, Any] | None = None,
    *,
    check: bool = False,
    today: date | None = None,
) -> dict[str, Any]:
    """Run a module's job with an API key of the tenant, unless the options say how to sign in. Its result, `failed`
    included. `today` is the day on which it runs.
    """
    job, spec = JOBS[module]
    given = {"tenant_url": tenant.url, "access_token": tenant.api_key, **(options or {})}
    validation = ArgumentSpecValidator(spec()).validate(
        {name: value for name, value in given.items() if value is not None}
    )
    assert not validation.error_messages, validation.error_messages
    day = today or utc_today()
    result, _hidden = run_job(job, validation.validated_parameters, check, today=lambda: day)
    return result


def succeed(
    module: str,
    tenant: Tenant,
    options: Mapping[str, Any] | None = None,
    *,
    check: bool = False,
    today: date | None = None,
) -> dict[str, Any]:
    """The same for a job that must not fail."""
    result = run(module, tenant, options, check=check, today=today)
    assert not result.get("failed"), result["msg"]
    return result


def fail(
    module: str,
    tenant: Tenant,
    options: Mapping[str, Any] | None = None,
    *,
    check: bool = False,
    today: date | None = None,
) -> str:
    """The message of a job that must fail."""
    result = run(module, tenant, options, check=check, today=today)
    assert result.get("failed"), result
    assert "unexpected" not in result["msg"], result["msg"]
    return str(result["msg"])


def requests_of(tenant: Tenant) -> list[str]:
    """What the tenant was asked since its log was reset, as `METHOD path`, ids shortened to `<id>`."""
    ids = {*tenant.connections, *tenant.credentials, *tenant.spaces, *tenant.users, tenant.id}

    def short(path: str) -> str:
        parts = path.removeprefix("/api/").split("/")
        return "/".join("<id>" if part in ids else part for part in parts)

    return [f"{entry.method} {short(entry.path)}" for entry in tenant.log]
