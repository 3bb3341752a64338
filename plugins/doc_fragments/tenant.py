# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every module shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Which tenant, how to sign in, how long to wait."""

    DOCUMENTATION = r"""
options:
  tenant_variables:
    description:
      - Whether to take the options that say which tenant is meant from the variables of the host, as the roles of this
        collection do. These are O(tenant_url) from C(qlik_tenant_url), and likewise O(access_token), O(client_id),
        O(client_secret), O(context), O(validate_certs), O(ca_path), O(timeout), O(max_wait) and O(api_namespace).
      - Variables take precedence over the options of the task, so that these are defaults for all hosts. A variable
        that is not there, or null, is ignored.
    type: bool
    default: false
    version_added: 1.0.0
  tenant_url:
    description:
      - The address of the tenant, such as V(https://acme.eu.qlikcloud.com). A bare host name is taken as https.
      - V(http://) is accepted for loopback addresses only, since the token would travel in the clear.
      - If left out, the environment variable E(QLIK_TENANT_URL) is used.
      - A context (see O(context)) brings its own address. An address given here must then be the same.
    type: str
  access_token:
    description:
      - An API key, or an OAuth access token that you already have. Nothing can renew it, so it must last for the whole
        run.
      - If no way to sign in is given as an option, the environment variable E(QLIK_API_KEY) is used.
    type: str
    aliases: [api_key]
  client_id:
    description:
      - The id of an OAuth client (machine-to-machine). Needs O(client_secret).
      - The access token is fetched from the tenant itself, used by all tasks until it ends, and fetched anew when the
        tenant refuses it.
      - If no way to sign in is given as an option, the environment variable E(QLIK_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The secret of the OAuth client O(client_id).
      - If no way to sign in is given as an option, the environment variable E(QLIK_CLIENT_SECRET) is used. One half of
        a client may also be an option and the other half an environment variable.
      - Fetched tokens are kept in C(~/.cache/qlikops.cloud), or below E(XDG_CACHE_HOME) if that is set. Each is
        encrypted under this secret. The environment variable E(QLIK_TOKEN_CACHE) names another folder; V(off) keeps
        nothing. A folder that others may enter is not used.
    type: str
  context:
    description:
      - The name of a context of Qlik's command line tool C(qlik). Address and credentials are read from
        C(~/.qlik/contexts.yml).
      - The environment variable E(QLIK_CLI_USER_HOME_DIR) names another folder than the home directory, as it does for
        C(qlik) itself.
      - If no way to sign in is given as an option, the environment variable E(QLIK_CONTEXT) is used.
      - The context that C(qlik) currently uses is never taken by itself, so that a run can't reach a tenant by
        accident.
    type: str
  validate_certs:
    description:
      - Whether the tenant's TLS certificate is verified. Leave this on, except against a test server.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a file with the certificates of the authorities to trust (PEM), for example behind a proxy that inspects
        TLS.
      - If left out, the certificates that come with Python's C(requests) are used, or those that E(REQUESTS_CA_BUNDLE)
        names.
    type: path
  timeout:
    description:
      - How many seconds one whole request may take, from looking up the host's name to the last byte of the answer.
      - When they are over, the connection is closed, however slowly the answer is still coming.
    type: int
    default: 30
  max_wait:
    description:
      - How many seconds a task may spend in all on waiting, for rate limits and before it repeats failed requests.
      - When the next wait would exceed this, the task fails at once and says how long it would have been.
    type: int
    default: 900
  api_namespace:
    description:
      - Which form of Qlik's addresses to use for data connections, credentials and data sources.
      - V(v1) is C(/api/v1/…); V(connectivity) is C(/api/connectivity/…), which Qlik added in 2026.
    type: str
    choices: [v1, connectivity]
    default: v1
requirements:
  - Python >= 3.8 where the module runs
  - requests >= 2.28, for the Python that runs the module
notes:
  - Exactly one way to sign in must be given, that is an access token, an OAuth client, or a context. Options are looked
    at first. If they name none, the environment is. Two ways in the same place are an error, which lists the ways.
  - Proxies are taken from the usual environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY), in capitals or
    not. They may speak HTTP, SOCKS 5 (V(socks5h://), or V(socks5://) where names are looked up here) or SOCKS 4. A
    tenant without TLS, which can only be on this machine, is never reached by a proxy, as that could read the token.
  - The tenant's rate limits are kept without being told. Requests are paced, C(Retry-After) is obeyed, in a 503 too,
    and temporary errors are tried again.
  - Run these modules on the controller, with C(ansible_connection=local) on the hosts that stand for tenants, or on
    C(localhost). The job then runs inside Ansible's own worker process, which saves about half a second for each task.
    This needs a local connection, no C(become), no C(async), and no Python interpreter other than Ansible's own. In all
    other cases an ordinary module process does the same job, with the same result. The variable C(qlik_in_process), set
    to V(false), always chooses the latter.
seealso:
  - name: Data connections in Qlik's API reference
    description: The operations, fields and errors of the API behind this module.
    link: https://qlik.dev/apis/rest/data-connections/
"""
