"""Connections whose server is really there: an HTTP server and a PostgreSQL on this machine."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from tests.emulator import Tenant
from tests.emulator.postgres_client import PostgresClient, PostgresError
from tests.emulator.postgres_server import PostgresServer
from tests.emulator.real_ends import is_loopback
from tests.emulator.sftp import SftpServer
from tests.unit.emulator.conftest import Apps, Client


class _Server(ThreadingHTTPServer):
    """An HTTP server that wants a header and a user."""

    requests: ClassVar[list[tuple[str, str, str | None]]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.requests.append((self.command, self.path, self.headers.get("X-Key")))
        wanted = "Basic " + base64.b64encode(b"u:right").decode()
        status, body = (200, b'[{"a": 1}, {"a": 2}]') if self.headers.get("Authorization") == wanted else (401, b"no")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def web() -> Iterator[_Server]:
    """A real HTTP server on this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    _Server.requests.clear()


WEB_SCRIPT = (
    'SET ErrorMode=0;\nLIB CONNECT TO \'Web\';\nt: SQL SELECT "__KEY_root" FROM JSON (wrap on) "root";\n'
    "LET n = ScriptErrorCount;\nTRACE errors $(n) rows $(=NoOfRows('t')) end;"
)


def log_of(apps: Apps, acme: Tenant, script: str) -> str:
    """Run a script that talks to a real server; give its log."""
    app_id = apps.make(script)
    reload_id = apps.reload(app_id)["id"]
    acme.pass_time(2000)
    assert apps.state(reload_id)["status"] in ("RELOADING", "SUCCEEDED")
    acme.settle_reloads()
    acme.pass_time(60)
    assert apps.state(reload_id)["status"] == "SUCCEEDED"
    return apps.log(app_id, reload_id).text


class TestRest:
    def test_a_rest_connection_sends_its_request(self, apps: Apps, acme: Tenant, web: _Server) -> None:
        properties = {
            "url": f"http://127.0.0.1:{web.server_port}/v1?a=1",
            "authSchema": "basic",
            "username": "u",
            "password": "right",
            "queryParameters": [{"name": "b", "value": "2"}],
            "queryHeaders": [{"name": "X-Key", "value": "k", "encrypt": True}],
        }
        made = acme.add_connection("Web", "rest", properties)
        assert "errors 0 rows 2 end" in log_of(apps, acme, WEB_SCRIPT)
        assert web.requests == [("GET", "/v1?a=1&b=2", "k")]
        acme.edit_connection(made.id, secrets={"password": "wrong"})
        log = log_of(apps, acme, WEB_SCRIPT)
        assert "errors 1 rows  end" in log
        assert "EDC_ERROR:401" in log

    def test_nobody_there(self, apps: Apps, acme: Tenant, web: _Server) -> None:
        web.shutdown()
        web.server_close()
        acme.add_connection("Web", "rest", {"url": f"http://localhost:{web.server_port}/"})
        assert "EDC_ERROR:30002" in log_of(apps, acme, WEB_SCRIPT)

    def test_what_is_not_loopback_is_never_contacted(
        self, apps: Apps, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def contacted(*_arguments: Any) -> None:
            raise AssertionError("contacted")

        monkeypatch.setattr("tests.emulator.real_ends.send_request", contacted)
        for url in (
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://[bad",
            "127.0.0.1",
        ):
            acme.add_connection("Web", "rest", {"url": url})
            assert "errors 0" in log_of(apps, acme, WEB_SCRIPT)
            acme.remove_connection(acme.connection("Web").id)
        acme.add_connection("Web", "rest", {"url": "http://127.0.0.1/"})
        acme.set_end("refused", "Web")
        assert "EDC_ERROR:401" in log_of(apps, acme, WEB_SCRIPT)
        assert [is_loopback(host) for host in ("127.8.0.1", "::1", "[::1]", "LOCALHOST")] == [True] * 4
        assert not any(is_loopback(host) for host in ("0.0.0.0", "localhost.", "", None, "2130706433", "10.0.0.1"))


def database(statement: str = "SELECT 1 AS x") -> str:
    """Write a script that tries the connection Base."""
    return (
        "SET ErrorMode=0;\nLIB CONNECT TO 'Base';\nLET e = Num(ScriptError);\n"
        f"IF e=0 THEN\nt: SQL {statement};\nEND IF\n"
        "LET n = ScriptErrorCount;\nTRACE errors $(n) rows $(=NoOfRows('t')) end;"
    )


class TestPostgres:
    def test_the_password_decides(self, apps: Apps, acme: Tenant, postgres: PostgresServer) -> None:
        postgres.set_user("qlik's", "first; $(x) 'right'")
        made = acme.add_connection("Base", "postgres", postgres.properties("qlik's", "first; $(x) 'right'"))
        assert "errors 0 rows 1 end" in log_of(apps, acme, database())
        postgres.set_user("qlik's", "second")
        log = log_of(apps, acme, database())
        assert "errors 1 rows  end" in log
        assert "EDC_ERROR:11043" in log
        assert "SqlState: 28P01, ErrorCode: 210, ErrorMsg: [Qlik][PostgreSQL] FATAL: password authentication" in log
        assert "first" not in log
        acme.edit_connection(made.id, secrets={"password": "second"})
        assert "errors 0 rows 1 end" in log_of(apps, acme, database())
        assert (postgres.accepts("qlik's", "second"), postgres.accepts("qlik's", "first")) == (True, False)

    @pytest.mark.parametrize(
        ("change", "number", "state"),
        [
            ({"port": "1"}, 11043, "08001"),
            ({"port": "many"}, 11043, "08001"),
            ({"db": "nowhere"}, 11043, "3D000"),
            ({"SSLMode": "require"}, 11043, "08001"),
            ({"host": "localhost"}, None, None),
        ],
        ids=str,
    )
    def test_what_may_be_wrong(
        self,
        apps: Apps,
        acme: Tenant,
        postgres: PostgresServer,
        change: dict[str, str],
        number: int | None,
        state: str | None,
    ) -> None:
        postgres.set_user("reader", "r")
        acme.add_connection("Base", "postgres", {**postgres.properties("reader", "r"), **change})
        log = log_of(apps, acme, database())
        assert (f"EDC_ERROR:{number}" in log, f"SqlState: {state}," in log) == (number is not None, number is not None)

    def test_statements_give_rows_or_errors(self, apps: Apps, acme: Tenant, postgres: PostgresServer) -> None:
        postgres.set_user("reader", "r")
        acme.add_connection("Base", "postgres", postgres.properties("reader", "r"))
        assert "errors 0 rows 0 end" in log_of(apps, acme, database("SELECT 1 AS x WHERE 1=2"))
        log = log_of(apps, acme, database("SELECT x FROM nowhere"))
        assert ("EDC_ERROR:11042" in log, "SqlState: 42P01," in log, "errors 1" in log) == (True, True, True)

    def test_a_server_that_never_answers_is_waited_for_and_can_be_cancelled(
        self, apps: Apps, admin: Client, acme: Tenant
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            acme.add_connection(
                "Base", "postgres", {"host": "127.0.0.1", "port": port, "username": "u", "password": "p"}
            )
            app_id = apps.make(database())
            reload_id = apps.reload(app_id)["id"]
            acme.pass_time(1001)
            assert apps.state(reload_id)["status"] == "RELOADING"
            assert admin("POST", f"reloads/{reload_id}/actions/cancel").status_code == 202
            acme.pass_time(11)
            assert apps.state(reload_id)["status"] == "CANCELED"
        acme.settle_reloads()
        assert apps.state(reload_id)["status"] == "CANCELED"

    def test_a_server_of_another_kind(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:

            def greet() -> None:
                client, _address = other.accept()
                with client:
                    client.recv(1000)
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            threading.Thread(target=greet, daemon=True).start()
            with pytest.raises(PostgresError, match="isn't a PostgreSQL server"):
                PostgresClient("127.0.0.1", other.getsockname()[1], "u", "p", "d", seconds=5.0)

    def test_nobody_but_loopback(
        self, apps: Apps, acme: Tenant, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
    ) -> None:
        monkeypatch.setattr("tests.emulator.real_ends.ask_postgres", pytest.fail)
        acme.add_connection("Base", "postgres", {**postgres.properties("u", "p"), "host": "10.0.0.1"})
        assert "errors 0 rows 1 end" in log_of(apps, acme, database())


def test_the_server_leaves_nothing_behind() -> None:
    with PostgresServer() as server:
        assert server.sql("SHOW listen_addresses") == [["127.0.0.1"]]
        folder, process = server.folder, server.process
    assert folder is not None
    assert not folder.exists()
    assert process is not None
    assert process.poll() is not None


SFTP_SCRIPT = (
    "SET ErrorMode=0;\nLET n = 0;\nFOR EACH f IN FileList('lib://Files/*')\nLET n = n + 1;\nNEXT f\n"
    "TRACE errors $(ScriptErrorCount) files $(n) end;"
)


class TestSftp:
    def test_an_sftp_connection_signs_in_and_lists(self, apps: Apps, acme: Tenant, sftp: SftpServer) -> None:
        acme.set_behaviours(file_list_fails="error")
        sftp.set_user("lister", "right")
        properties = sftp.properties("lister", "right")
        made = acme.add_connection("Files", "File_FileTransferConnector", properties)
        assert "errors 0 files 1 end" in log_of(apps, acme, SFTP_SCRIPT)
        acme.edit_connection(made.id, secrets={"password": "wrong"})
        log = log_of(apps, acme, SFTP_SCRIPT)
        assert "errors 1 files 0 end" in log
        assert "EDC_ERROR:30031" in log

    @pytest.mark.parametrize(
        ("changed", "number"),
        [({"publicKeyFingerprint": "SHA256:other"}, 30026), ({"sftpPort": "1"}, 30002), ({"sftpPort": "x"}, 30002)],
    )
    def test_another_server_or_nobody_there(
        self, apps: Apps, acme: Tenant, sftp: SftpServer, changed: dict[str, str], number: int
    ) -> None:
        acme.set_behaviours(file_list_fails="error")
        sftp.set_user("lister", "right")
        properties = {**sftp.properties("lister", "right"), **changed}
        acme.add_connection("Files", "File_FileTransferConnector", properties)
        assert f"EDC_ERROR:{number}" in log_of(apps, acme, SFTP_SCRIPT)

    def test_no_other_host_is_contacted(self, apps: Apps, acme: Tenant) -> None:
        acme.add_connection("Files", "File_FileTransferConnector", {"host": "192.0.2.1", "username": "u"})
        reload_id = apps.reload(apps.make(SFTP_SCRIPT))["id"]
        acme.pass_time(2000)
        assert apps.state(reload_id)["status"] == "SUCCEEDED"
