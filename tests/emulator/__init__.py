"""An emulator of Qlik Cloud for tests and demonstrations on one machine; see README.md."""

from __future__ import annotations

from .emulator import Emulator
from .records import Connection, LogEntry, Space, User
from .seed import SeedError
from .state import Tenant

__all__ = ["Connection", "Emulator", "LogEntry", "SeedError", "Space", "Tenant", "User"]
