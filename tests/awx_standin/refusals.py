"""What AWX answers when it doesn't take something."""

from __future__ import annotations

from typing import Any


class RefusalError(Exception):
    """AWX would answer 400 with this body."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.body = body
