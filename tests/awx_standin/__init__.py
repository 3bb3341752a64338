"""A stand-in for the API of AWX: as much of it as the modules of awx.awx need to hold what the role qlik_awx declares.

It keeps what is posted, refuses what AWX refuses (rules.py, surveys.py) in AWX's words, answers in AWX's form, and
notes every write. It syncs projects from repositories that a test describes (projects.py), and answers what a launch
would run with. It runs no jobs. Sources: the API guide of AWX 24, the serializers, models and views of AWX 24.6.1, and
the modules of awx.awx 24.6.1.
"""

from __future__ import annotations

from .api import PLATFORM_PREFIX
from .projects import Repository
from .refusals import RefusalError
from .server import StandIn
from .state import Controller, Write

__all__ = ["PLATFORM_PREFIX", "Controller", "RefusalError", "Repository", "StandIn", "Write"]
