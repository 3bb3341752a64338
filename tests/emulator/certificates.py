"""A certificate authority for the TLS tenants, made when the first one is asked for."""

from __future__ import annotations

import ssl
import tempfile
from functools import cached_property
from pathlib import Path

import trustme


class Authority:
    """Signs a certificate for 127.0.0.1 and localhost; `path` is the PEM file that clients have to trust."""

    def __init__(self) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    @cached_property
    def _ca(self) -> trustme.CA:
        return trustme.CA(organization_name="Emulator")

    @cached_property
    def path(self) -> str:
        """Give the path of the CA's certificate; the file is there until `close`."""
        self._directory = tempfile.TemporaryDirectory(prefix="emulator-ca-")
        path = Path(self._directory.name) / "ca.pem"
        self._ca.cert_pem.write_to_path(str(path))
        return str(path)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Give the server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        return context

    def close(self) -> None:
        """Remove the file."""
        if self._directory is not None:
            self._directory.cleanup()
