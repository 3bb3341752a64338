"""A stand-in for the API of AWX: as much of it as the modules of awx.awx need to hold what the role qlik_awx declares.

It keeps what is posted, refuses what AWX would refuse (rules.py), answers in AWX's form, and notes every write. It runs no jobs.
Sources: the API guide of AWX 24, and its behaviour towards the modules of awx.awx 24.6.1.
"""

from __future__ import annotations

from .server import StandIn
from .state import Controller, Write

__all__ = ["Controller", "StandIn", "Write"]
