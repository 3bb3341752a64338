"""The stand-in as a server on this machine: `with StandIn() as awx: ...`."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType

import uvicorn

from .api import PLAIN_PREFIX, application
from .state import Controller


class StandIn:
    """A controller that is served; `url` says where, `environment` is what the modules of awx.awx need.

    With another `prefix` than AWX's it is one that is part of a platform: its API lies there, and nowhere else.
    """

    def __init__(self, prefix: str = PLAIN_PREFIX) -> None:
        self._prefix = prefix
        self.controller = Controller()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            application(self.controller, prefix), log_level="warning", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        """What says which AWX, and signs in."""
        environment = {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": self.controller.token}
        if self._prefix != PLAIN_PREFIX:
            environment["CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX"] = self._prefix
        return environment

    def __enter__(self) -> StandIn:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
