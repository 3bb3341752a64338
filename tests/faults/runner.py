"""Running jobs as the campaigns need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils import _argspec
from ansible_collections.qlikops.cloud.plugins.module_utils._api import connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connection_test, data_connections
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job


def run_options(
    options: Mapping[str, Any], *, check: bool = False, timeout: float = 30, page_size: int = 100
) -> dict[str, Any]:
    """Run `qlik_data_connections` on its options. `timeout` may be shorter, and pages smaller, than users can have
    them.
    """
    connections._WHOLE["limit"] = page_size
    _argspec.LEAST["timeout"] = 0
    validation = ArgumentSpecValidator(_argspec.data_connections_spec()).validate(dict(options))
    assert not validation.error_messages, validation.error_messages
    result, _hidden = run_job(data_connections.run, {**validation.validated_parameters, "timeout": timeout}, check)
    return result


def run_test(options: Mapping[str, Any], *, timeout: float = 30) -> dict[str, Any]:
    """Run `qlik_data_connection_test` on its options, likewise."""
    _argspec.LEAST["timeout"] = 0
    validation = ArgumentSpecValidator(_argspec.data_connection_test_spec()).validate(dict(options))
    assert not validation.error_messages, validation.error_messages
    result, _hidden = run_job(data_connection_test.run, {**validation.validated_parameters, "timeout": timeout}, False)
    return result


# By the name of a job, in requests to a process of its own.
RUNNERS: Mapping[str, Callable[..., dict[str, Any]]] = {"connections": run_options, "test": run_test}
