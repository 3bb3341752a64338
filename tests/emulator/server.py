"""One uvicorn server in a thread that listens on many ports, with and without TLS."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import uvicorn
from starlette.types import Scope

from .gateway import Gateway


class _ManyPorts(uvicorn.Server):
    """A uvicorn server whose listeners may come and go, each with a TLS context of its own or none."""

    def __init__(
        self, config: uvicorn.Config, listeners: Iterable[tuple[socket.socket, ssl.SSLContext | None]]
    ) -> None:
        super().__init__(config)
        self.pending = list(listeners)
        self.by_port: dict[int, Any] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        self.loop = asyncio.get_running_loop()
        self.servers = []
        await self.lifespan.startup()
        for sock, context in self.pending:
            await self.listen(sock, context)
        self.started = True
        self.ready.set()

    async def listen(self, sock: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop
            )
            return made

        server = await loop.create_server(protocol, sock=sock, ssl=context, backlog=self.config.backlog)
        self.servers.append(server)
        self.by_port[sock.getsockname()[1]] = server

    async def unlisten(self, port: int) -> None:
        server = self.by_port.pop(port)
        self.servers.remove(server)
        server.close()

    def transport_of(self, scope: Scope) -> asyncio.Transport | None:
        client, server = tuple(scope["client"]), tuple(scope["server"])
        connections: set[Any] = set(self.server_state.connections)
        for connection in connections:
            if connection.client == client and connection.server == server:
                transport: asyncio.Transport = connection.transport
                return transport
        return None


def bind(port: int) -> socket.socket:
    """Bind a loopback port; 0 takes a free one."""
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it each POST costs 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError as error:
        sock.close()
        raise OSError(f"port {port} of 127.0.0.1 can't be bound: {error}") from error
    return sock


class Server:
    """The running server. `start` returns when every port answers."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._server: _ManyPorts | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def start(self, listeners: Iterable[tuple[socket.socket, ssl.SSLContext | None]]) -> None:
        """Serve the sockets from a thread of its own."""
        _raise_descriptor_limit()
        config = uvicorn.Config(
            self.gateway,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=300,
            timeout_graceful_shutdown=1,
            server_header=False,
            backlog=1024,
        )
        self._server = _ManyPorts(config, listeners)
        self.gateway.transports = self._server.transport_of
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self._thread.start()
        while not self._server.ready.wait(0.2):
            if not self._thread.is_alive():
                raise RuntimeError("the emulator's server didn't start") from self._failure

    def _run(self) -> None:
        assert self._server is not None
        try:
            self._server.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the server was started
            self._failure = error

    def listen(self, sock: socket.socket, context: ssl.SSLContext | None) -> None:
        """Serve one more socket."""
        self._wait(self._running.listen(sock, context))

    def unlisten(self, port: int) -> None:
        """Stop serving a port."""
        self._wait(self._running.unlisten(port))

    def settle(self) -> None:
        """Return when no client is connected and nothing is being answered any more."""
        state = self._running.server_state
        quiet = tries = 0
        while quiet < 3:  # a request of a killed client may still wait to be accepted
            if tries % 50 == 0:
                # a closed requests session in this process keeps its connections until its pool is collected
                gc.collect()
            self._wait(asyncio.sleep(0.001))
            quiet = 0 if state.connections or state.tasks else quiet + 1
            tries += 1

    @property
    def _running(self) -> _ManyPorts:
        if self._server is None or self._server.loop is None:
            raise RuntimeError("the emulator isn't running")
        return self._server

    def _wait(self, coroutine: Any) -> None:
        assert self._running.loop is not None
        asyncio.run_coroutine_threadsafe(coroutine, self._running.loop).result(10)

    def stop(self) -> None:
        """Stop serving; open connections are closed."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._server = self._thread = None


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(65536, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
